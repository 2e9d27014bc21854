"""MLflow's own Python client, unmodified, through the sandbox's gateway.

argv: base URL, reader's ID token. The SigV4 side takes its credentials from the
environment, as MLflow does. Prints one JSON object of what was seen.
"""

import json
import os
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import RestException
from mlflow.utils.rest_utils import MlflowHostCreds, http_request

url, token = sys.argv[1:]
seen = {}


def refused(call, *arguments):
    try:
        call(*arguments)
    except (RestException, mlflow.MlflowException) as error:
        return "403" in str(error) or "not authorized" in str(error) or "Missing Authentication" in str(error)
    return False


# Bearer, as the patched UI sends it, over MLflow's own transport.
bearer = MlflowHostCreds(url, token=token)
answer = http_request(bearer, "/ajax-api/2.0/mlflow/experiments/search", "POST", json={"max_results": 10})
seen["bearer_search"] = answer.status_code
seen["bearer_names"] = sorted(item["name"] for item in answer.json()["experiments"])
answer = http_request(bearer, "/ajax-api/2.0/mlflow/registered-models/create", "POST", json={"name": "nope"})
seen["bearer_register"] = answer.status_code

# SigV4, as a notebook in Studio sends it.
os.environ["MLFLOW_TRACKING_AWS_SIGV4"] = "true"
mlflow.set_tracking_uri(url)
client = MlflowClient()
seen["sigv4_names"] = sorted(experiment.name for experiment in client.search_experiments())
experiment = client.create_experiment("from-the-client")
run = client.create_run(experiment)
client.log_param(run.info.run_id, "depth", 3)
client.log_metric(run.info.run_id, "auc", 0.9, step=1)
client.set_terminated(run.info.run_id)
found = client.search_runs([experiment])
seen["sigv4_params"] = found[0].data.params
seen["sigv4_metrics"] = found[0].data.metrics
client.create_registered_model("from-the-client")
version = client.create_model_version("from-the-client", f"{run.info.artifact_uri}/model", run.info.run_id)
client.transition_model_version_stage("from-the-client", version.version, "Staging")
seen["sigv4_stage"] = client.get_model_version("from-the-client", version.version).current_stage

# Unsigned, as the sample's labs show.
del os.environ["MLFLOW_TRACKING_AWS_SIGV4"]
seen["unsigned_refused"] = refused(client.search_experiments)
print(json.dumps(seen))
