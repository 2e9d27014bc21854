"""Does everyday jobs with MLflow's own client, and prints which requests each of them sent.

Usage: drive_jobs.py URL-OF-A-SERVER. Every job runs in a process of its own, so that nothing
that one of them learned spares another a request. The requests pass a proxy on loopback, which
writes down method and path. Prints one JSON object: job -> list of "METHOD /path".
"""

import http.client
import json
import os
import sys
import tempfile
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import mlflow
import mlflow.pyfunc
from mlflow import MlflowClient

MAJOR = int(mlflow.__version__.split(".")[0])
SERVER = urlsplit(sys.argv[1])
SEEN = []
NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        SEEN.append(f"{self.command} {urlsplit(self.path).path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self.chunks()
        headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_PASSED_ON}
        there = http.client.HTTPConnection(SERVER.hostname, SERVER.port)
        there.request(self.command, self.path, body, headers)
        answer = there.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except BrokenPipeError:
            pass  # the job had what it wanted
        there.close()

    def chunks(self):
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = pass_on

    def log_message(self, *_):
        pass


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


def log_run(_):
    mlflow.set_experiment("jobs")
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("loss", 0.5)
        mlflow.log_metrics({"auc": 0.9, "f1": 0.8})
        mlflow.set_tag("kind", "job")
        mlflow.log_text("a note", "note.txt")
    return {"run": run.info.run_id, "experiment": run.info.experiment_id}


def log_model(_):
    mlflow.set_experiment("jobs")
    with mlflow.start_run() as run:
        where = {"name": "model"} if MAJOR >= 3 else {"artifact_path": "model"}
        mlflow.pyfunc.log_model(python_model=Model(), pip_requirements=[], **where)
    return {"model_run": run.info.run_id}


def search_runs(_):
    mlflow.search_experiments()
    mlflow.search_runs(experiment_names=["jobs"])


def read_run(known):
    client = MlflowClient()
    client.get_run(known["run"])
    client.get_metric_history(known["run"], "loss")
    client.list_artifacts(known["run"])


def download_artifacts(known):
    mlflow.artifacts.download_artifacts(run_id=known["run"], artifact_path="note.txt")


def register_model(known):
    mlflow.register_model(f"runs:/{known['model_run']}/model", "job-model")


def create_version(known):
    client = MlflowClient()
    client.create_registered_model("bare-model")
    source = client.get_run(known["model_run"]).info.artifact_uri + "/model"
    client.create_model_version("bare-model", source, known["model_run"])


def transition_model(_):
    MlflowClient().transition_model_version_stage("job-model", "1", "Staging")


def set_alias(_):
    MlflowClient().set_registered_model_alias("job-model", "champion", "1")


def describe_model(_):
    client = MlflowClient()
    client.update_registered_model("job-model", description="new")
    client.update_model_version("job-model", "1", description="new")
    client.set_registered_model_tag("job-model", "owner", "me")
    client.set_model_version_tag("job-model", "1", "checked", "yes")


def browse_models(_):
    client = MlflowClient()
    client.search_registered_models()
    client.search_model_versions("name = 'job-model'")
    client.get_registered_model("job-model")
    client.get_model_version("job-model", "1")


def latest_versions(_):
    MlflowClient().get_latest_versions("job-model")


def load_run_model(known):
    mlflow.pyfunc.load_model(f"runs:/{known['model_run']}/model")


def load_version(_):
    mlflow.pyfunc.load_model("models:/job-model/1")


def load_stage(_):
    mlflow.pyfunc.load_model("models:/job-model/Staging")


def load_alias(_):
    mlflow.pyfunc.load_model("models:/job-model@champion")


def log_trace(_):
    mlflow.set_experiment("jobs")
    with mlflow.start_span("work") as span:
        span.set_inputs({"question": "?"})
        span.set_outputs({"answer": "!"})
    mlflow.flush_trace_async_logging()
    return {"trace": span.trace_id}


def search_traces(known):
    mlflow.search_traces(locations=[known["experiment"]])


def read_trace(known):
    mlflow.get_trace(known["trace"])


def register_prompt(_):
    mlflow.genai.register_prompt(name="job-prompt", template="Say {{what}}.")


def load_prompt(_):
    mlflow.genai.load_prompt("prompts:/job-prompt/1")


def search_prompts(_):
    mlflow.genai.search_prompts()


def write_dataset(known):
    from mlflow.genai.datasets import create_dataset

    dataset = create_dataset(name="job-data", experiment_id=[known["experiment"]])
    dataset.merge_records([{"inputs": {"question": "?"}, "expectations": {"answer": "!"}}])
    return {"dataset": dataset.dataset_id}


def read_dataset(known):
    from mlflow.genai.datasets import get_dataset, search_datasets

    search_datasets(experiment_ids=[known["experiment"]])
    get_dataset(dataset_id=known["dataset"]).to_df()


JOBS = {
    "log-run": log_run,
    "log-model": log_model,
    "search-runs": search_runs,
    "read-run": read_run,
    "download-artifacts": download_artifacts,
    "register-run-model": register_model,
    "create-version": create_version,
    "transition-model": transition_model,
    "set-alias": set_alias,
    "describe-model": describe_model,
    "browse-models": browse_models,
    "latest-versions": latest_versions,
    "load-run-model": load_run_model,
    "load-version": load_version,
    "load-stage": load_stage,
    "load-alias": load_alias,
}
JOBS_OF_3 = {
    "log-trace": log_trace,
    "search-traces": search_traces,
    "read-trace": read_trace,
    "register-prompt": register_prompt,
    "load-prompt": load_prompt,
    "search-prompts": search_prompts,
    "write-dataset": write_dataset,
    "read-dataset": read_dataset,
}


def in_a_process(job, known, uri):
    """Runs a job and returns what it made known; its failure is this script's."""
    with tempfile.NamedTemporaryFile("r+") as result:
        child = os.fork()
        if child == 0:
            try:
                os.dup2(2, 1)
                mlflow.set_tracking_uri(uri)
                made = job(known) or {}
                with open(result.name, "w") as out:
                    json.dump(made, out)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"the job {job.__name__} failed")
        return json.load(result)


def main():
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    uri = f"http://127.0.0.1:{proxy.server_port}"
    requests, known = {}, {}
    for name, job in {**JOBS, **(JOBS_OF_3 if MAJOR >= 3 else {})}.items():
        SEEN.clear()
        known.update(in_a_process(job, known, uri))
        requests[name] = list(dict.fromkeys(SEEN))
    print(json.dumps(requests, indent=1))


main()
