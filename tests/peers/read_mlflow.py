"""Prints what MLflow's own client reads of a server (argv[1] is its URL), without the times of
changes: every experiment, run, registered model and version, deleted or not.
"""

import json
import sys

from mlflow import MlflowClient
from mlflow.entities import ViewType

client = MlflowClient(sys.argv[1], sys.argv[1])


def every(search, **terms):
    token = None
    while True:
        page = search(page_token=token, **terms)
        yield from page
        token = page.token
        if not token:
            return


def told(thing, *left_out):
    """An entity's properties by name, as text."""
    return {name: str(value) for name, value in sorted(dict(thing).items()) if name not in left_out}


experiments = list(every(client.search_experiments, view_type=ViewType.ALL))
print("\n".join(json.dumps(told(one, "last_update_time")) for one in sorted(experiments, key=lambda one: one.experiment_id)))
ids = [one.experiment_id for one in experiments]
runs = every(client.search_runs, experiment_ids=ids, run_view_type=ViewType.ALL)
for run in sorted(runs, key=lambda run: run.info.run_id):
    data = run.data
    print(json.dumps([told(run.info), sorted(data.tags.items()), sorted(data.params.items()), str(sorted(data.metrics.items()))]))
for model in sorted(every(client.search_registered_models), key=lambda model: model.name):
    model = client.get_registered_model(model.name)
    print(json.dumps([told(model, "last_updated_timestamp", "latest_versions"), sorted(model.aliases.items())]))
versions = every(client.search_model_versions)
for version in sorted(versions, key=lambda version: (version.name, int(version.version))):
    version = client.get_model_version(version.name, version.version)
    print(json.dumps([told(version, "last_updated_timestamp"), sorted(version.aliases)]))
