"""Prints what MLflow's own client returns for every listing, as one JSON object: argv[1] is the
server's URL. With a second argument it only prints how long the listing of runs and one run took
and how many requests they were.

Field names are those of MLflow's REST API, so that both sides can be compared as they are.
"""

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.utils import rest_utils

URL = sys.argv[1]
mlflow.set_tracking_uri(URL)
client = MlflowClient(URL, URL)
NEWEST = mlflow.__version__.startswith("3.")


def pairs(tags):
    return [{"key": key, "value": value} for key, value in tags.items()]


def pages(search, **arguments):
    token = None
    while True:
        page = search(page_token=token, **arguments)
        yield from page
        token = page.token
        if not token:
            return


def number(value):
    return "NaN" if value != value else value


def metric(point):
    return {"key": point.key, "value": number(point.value), "timestamp": point.timestamp, "step": point.step}


def experiment(one):
    return {
        "experiment_id": one.experiment_id, "name": one.name, "artifact_location": one.artifact_location,
        "lifecycle_stage": one.lifecycle_stage, "creation_time": one.creation_time,
        "last_update_time": one.last_update_time, "tags": pairs(one.tags),
        **({"workspace": one.workspace} if hasattr(one, "workspace") else {}),
    }


def run(one):
    made = {
        "info": {
            "run_id": one.info.run_id, "run_name": one.info.run_name, "experiment_id": one.info.experiment_id,
            "status": one.info.status, "user_id": one.info.user_id, "start_time": one.info.start_time,
            "end_time": one.info.end_time, "artifact_uri": one.info.artifact_uri,
            "lifecycle_stage": one.info.lifecycle_stage,
        },
        "data": {
            "metrics": [metric(point) for point in one.data._metric_objs],
            "params": pairs(one.data.params), "tags": pairs(one.data.tags),
        },
        "inputs": {"dataset_inputs": [
            {"tags": [{"key": tag.key, "value": tag.value} for tag in used.tags], "dataset": dict(used.dataset)}
            for used in one.inputs.dataset_inputs
        ]},
    }
    if NEWEST:
        made["inputs"]["model_inputs"] = [{"model_id": used.model_id} for used in one.inputs.model_inputs]
        outputs = one.outputs.model_outputs if one.outputs else []
        made["outputs"] = {"model_outputs": [{"model_id": made.model_id, "step": made.step} for made in outputs]}
    return made


def version(one):
    made = {
        "name": one.name, "version": str(one.version), "current_stage": one.current_stage, "status": one.status,
        "status_message": one.status_message, "source": one.source, "run_id": one.run_id, "run_link": one.run_link,
        "user_id": one.user_id, "description": one.description, "creation_timestamp": one.creation_timestamp,
        "last_updated_timestamp": one.last_updated_timestamp, "tags": pairs(one.tags),
        "aliases": list(one.aliases),
    }
    if NEWEST:
        made["model_id"] = one.model_id
    return made


def model(one):
    return {
        "name": one.name, "description": one.description, "creation_timestamp": one.creation_timestamp,
        "last_updated_timestamp": one.last_updated_timestamp, "tags": pairs(one.tags),
        "latest_versions": [version(each) for each in one.latest_versions],
        "aliases": [{"alias": alias, "version": str(of)} for alias, of in one.aliases.items()],
    }


def artifacts(run_id, folder=None):
    for one in client.list_artifacts(run_id, folder):
        yield {"path": one.path, "is_dir": one.is_dir, "file_size": one.file_size}
        if one.is_dir:
            yield from artifacts(run_id, one.path)


def digests(run_id):
    """Each file's content as the client downloads it."""
    with tempfile.TemporaryDirectory() as folder:
        if not client.list_artifacts(run_id):
            return {}
        root = Path(client.download_artifacts(run_id, "", folder))
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }


def everything():
    views = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}
    told = {"experiments": {
        name: [experiment(one) for one in pages(client.search_experiments, view_type=view)]
        for name, view in views.items()
    }}
    ids = [one["experiment_id"] for one in told["experiments"]["active"]]
    told["runs"] = {
        name: [run(one) for one in pages(client.search_runs, experiment_ids=ids, run_view_type=view)]
        for name, view in views.items()
    }
    told["best"] = [
        run(one)
        for one in client.search_runs(
            ids, filter_string="metrics.auc > 0.75 and params.depth = '4'", order_by=["metrics.auc DESC"]
        )
    ]
    listed = [one["info"]["run_id"] for one in told["runs"]["all"]]
    told["run"] = {each: run(client.get_run(each)) for each in listed}
    told["history"] = {
        each: {
            key: [metric(point) for point in client.get_metric_history(each, key)]
            for key in client.get_run(each).data.metrics
        }
        for each in listed
    }
    told["artifacts"] = {each: list(artifacts(each)) for each in listed}
    told["files"] = {each: digests(each) for each in listed}
    told["models"] = [model(one) for one in pages(client.search_registered_models)]
    told["model"] = {one["name"]: model(client.get_registered_model(one["name"])) for one in told["models"]}
    told["versions"] = {
        name: [
            version(client.get_model_version(name, one.version))
            for one in pages(client.search_model_versions, filter_string=f"name = '{name}'")
        ]
        for name in told["model"]
    }
    if NEWEST:
        told["logged_models"] = [
            {
                "info": {
                    "model_id": one.model_id, "experiment_id": one.experiment_id, "name": one.name,
                    "creation_timestamp_ms": one.creation_timestamp,
                    "last_updated_timestamp_ms": one.last_updated_timestamp, "artifact_uri": one.artifact_location,
                    "status": f"LOGGED_MODEL_{one.status.value}", "model_type": one.model_type, "source_run_id": one.source_run_id,
                    "tags": pairs(one.tags),
                },
                "data": {
                    "params": pairs(one.params), "metrics": [metric(point) for point in one.metrics or []],
                },
            }
            for one in client.search_logged_models(experiment_ids=ids)
        ]
        told["traces"] = [
            {
                "trace_id": one.info.trace_id, "state": one.info.state.value,
                "experiment_id": one.info.experiment_id, "request_preview": one.info.request_preview,
                "response_preview": one.info.response_preview, "trace_metadata": one.info.trace_metadata,
                "tags": one.info.tags, "spans": [span.name for span in one.data.spans],
            }
            for one in client.search_traces(locations=ids)
        ]
        # Of each span: what it is called, what it stands below, what it is and how it ended.
        told["trees"] = {
            one.info.trace_id: [
                [span.span_id, span.parent_id or "", span.name, span.span_type, span.status.status_code.value]
                for span in one.data.spans
            ]
            for one in client.search_traces(locations=ids)
        }
        told["evaluation_datasets"] = [
            {
                "dataset_id": one.dataset_id, "name": one.name, "tags": one.tags, "digest": one.digest,
                "created_time": one.created_time, "last_update_time": one.last_update_time,
                "created_by": one.created_by, "last_updated_by": one.last_updated_by, "schema": one.schema,
                "profile": one.profile,
            }
            for one in client.search_datasets(experiment_ids=ids)
        ]
        told["records"] = {
            one.dataset_id: sorted(
                (
                    {
                        "dataset_record_id": record.dataset_record_id, "dataset_id": record.dataset_id,
                        "inputs": record.inputs, "outputs": record.outputs, "expectations": record.expectations,
                        "tags": record.tags, "source_type": record.source_type,
                        "created_time": record.created_time, "last_update_time": record.last_update_time,
                        "created_by": record.created_by, "last_updated_by": record.last_updated_by,
                    }
                    for record in client.get_dataset(one.dataset_id).records
                ),
                key=lambda record: record["dataset_record_id"],
            )
            for one in client.search_datasets(experiment_ids=ids)
        }
        told["prompts"] = [
            {"name": one.name, "tags": one.tags} for one in mlflow.genai.search_prompts()
        ]
    return told


def measured():
    """How long a listing of runs and one run took, and with how many requests."""
    count = 0
    send = rest_utils.http_request

    def counted(*arguments, **more):
        nonlocal count
        count += 1
        return send(*arguments, **more)

    for module in list(sys.modules.values()):
        if getattr(module, "http_request", None) is send:
            module.http_request = counted
    ids = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(ids, max_results=1)[0].info.run_id

    def timed(work):
        nonlocal count
        best, calls = None, 0
        for _ in range(5):
            count, start = 0, time.perf_counter()
            work()
            took = time.perf_counter() - start
            best, calls = min(took, best or took), count
        return {"seconds": best, "calls": calls}

    return {
        "runs": timed(lambda: list(pages(client.search_runs, experiment_ids=ids, max_results=1000))),
        "run": timed(lambda: client.get_run(found)),
    }


print(json.dumps(measured() if len(sys.argv) > 2 else everything()))
