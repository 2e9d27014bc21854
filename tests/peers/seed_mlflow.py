"""Fills a fresh MLflow server with the kind of data an admin has: argv[1] is its URL."""

import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient(sys.argv[1], sys.argv[1])
for name in ("churn", "pricing"):
    experiment = client.create_experiment(name, tags={"team": "data"})
    for step in range(3):
        run = client.create_run(experiment, run_name=f"{name}-{step}")
        client.log_param(run.info.run_id, "depth", step)
        client.log_metric(run.info.run_id, "auc", 0.8 + step / 100, step=step)
        client.set_tag(run.info.run_id, "step", str(step))
        with tempfile.TemporaryDirectory() as folder:
            artifact = Path(folder) / "model.txt"
            artifact.write_text(f"{name} {step}")
            client.log_artifact(run.info.run_id, str(artifact))
        client.set_terminated(run.info.run_id)
client.create_registered_model("churn-model", description="who leaves")
for _ in range(2):
    client.create_model_version("churn-model", f"{run.info.artifact_uri}/model.txt", run.info.run_id)
client.set_registered_model_alias("churn-model", "champion", "1")
