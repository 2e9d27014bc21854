"""Fills a fresh MLflow server with what a browser must bear: argv[1] is its URL.

Nested runs, many metrics and long histories, odd numbers and names, artifacts of several
kinds, models with versions, stages, aliases and tags, things that were deleted; on MLflow 3
also logged models, traces, prompts and datasets. Prints the ids that a test asks for.
"""

import json
import math
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

URL = sys.argv[1]
mlflow.set_tracking_uri(URL)
client = MlflowClient(URL, URL)
NEWEST = mlflow.__version__.startswith("3.")
NOW = 1_760_000_000_000


def png(width, height):
    """A small picture: a gradient."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 128)) for x in range(width))
        for y in range(height)
    )

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


housing = client.create_experiment("housing", tags={"team": "pricing", "mlflow.note.content": "House prices"})
odd = client.create_experiment("odd/names & things")
gone = client.create_experiment("gone")
client.delete_experiment(gone)

# A parent with children, as a search for parameters makes them.
parent = client.create_run(housing, run_name="search", start_time=NOW)
children = []
for at in range(3):
    child = client.create_run(
        housing,
        run_name=f"search-{at}",
        start_time=NOW + 1_000 * (at + 1),
        tags={"mlflow.parentRunId": parent.info.run_id, "mlflow.source.name": "train.py", "mlflow.user": "ada"},
    )
    run = child.info.run_id
    client.log_batch(
        run,
        metrics=[Metric("loss", 1.0 / (step + 1 + at), NOW + step * 1_000, step) for step in range(50)]
        + [Metric("auc", 0.7 + at / 10, NOW, 0)],
        params=[Param("depth", str(at + 2)), Param("model/kind", "forest")],
        tags=[RunTag("stage", "candidate")],
    )
    client.set_terminated(run, end_time=NOW + 60_000 + at)
    children.append(run)
client.set_terminated(parent.info.run_id, status="FAILED", end_time=NOW + 90_000)

# Numbers that JSON has no words for, names that a terminal must not take at their word.
strange = client.create_run(odd, run_name="\u202eevil\x1b[31m run \u4e2d\u6587", start_time=NOW)
run = strange.info.run_id
for key, value in (("nan", math.nan), ("up", math.inf), ("down", -math.inf), ("small", 1e-300)):
    for step in range(2):
        client.log_metric(run, key, value, timestamp=NOW, step=step)
client.set_tag(run, "note", "line one\nline two\x07")
with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    (root / "data").mkdir()
    (root / "data" / "table.csv").write_text("city,price\nZurich,12\n\"a,b\",3\n")
    (root / "config.yaml").write_text("depth: 3\nkind: forest\n")
    (root / "metrics.json").write_text(json.dumps({"auc": 0.9, "nested": {"deep": [1, 2]}}))
    (root / "notes.txt").write_text("plain \x1b[31mred\x1b[0m text\n")
    (root / "plot.png").write_bytes(png(40, 20))
    (root / "with space & more.bin").write_bytes(bytes(range(256)) * 16)
    client.log_artifacts(run, folder)
client.set_terminated(run, end_time=NOW + 1)

deleted = client.create_run(housing, run_name="thrown away", start_time=NOW)
client.delete_run(deleted.info.run_id)

# Registered models.
client.create_registered_model("housing-price", tags={"owner": "ada"}, description="Predicts prices")
for at, run in enumerate(children):
    source = client.get_run(run).info.artifact_uri + "/model"
    client.create_model_version("housing-price", source, run, tags={"round": str(at)}, description=f"round {at}")
client.transition_model_version_stage("housing-price", "1", "Archived")
client.transition_model_version_stage("housing-price", "2", "Production")
client.set_registered_model_alias("housing-price", "champion", "2")
client.create_registered_model("empty")
client.create_registered_model("gone")
client.delete_registered_model("gone")

found = {"housing": housing, "odd": odd, "gone": gone, "parent": parent.info.run_id, "children": children,
         "strange": strange.info.run_id, "deleted": deleted.info.run_id}

# A run with a dataset as its input.
from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: E402

client.log_inputs(
    children[0],
    [DatasetInput(Dataset("houses", "abc123", "local", "houses.csv", schema="{}", profile="{}"),
                  [InputTag("mlflow.data.context", "training")])],
)

if NEWEST:
    logged = client.create_logged_model(
        housing, name="forest", source_run_id=children[0], params={"depth": "2"}, model_type="forest", tags={"a": "b"}
    )
    client.finalize_logged_model(logged.model_id, "READY")
    mlflow.set_experiment(experiment_id=housing)
    with mlflow.start_span("outer") as span:
        span.set_inputs({"question": "how much?"})
        with mlflow.start_span("inner"):
            pass
        span.set_outputs({"answer": 12})
    # A trace with spans below spans, one of which failed, and a name that no terminal may obey.
    with mlflow.start_span("answer", span_type="AGENT", attributes={"model": "small"}) as span:
        span.set_inputs({"question": "how much?"})
        with mlflow.start_span("search", span_type="RETRIEVER") as part:
            part.set_inputs({"most": 3})
            part.set_outputs([{"page_content": "houses cost 12"}])
        try:
            with mlflow.start_span("ask \u202e\x1b[31mit", span_type="LLM"):
                with mlflow.start_span("attempt"):
                    raise ValueError("no such model")
        except ValueError:
            pass
        span.set_outputs({"answer": 12})
    mlflow.flush_trace_async_logging()
    questions = mlflow.genai.create_dataset(name="questions", experiment_id=[housing], tags={"team": "pricing"})
    questions.merge_records([
        {"inputs": {"question": "how much?"}, "expectations": {"answer": 12}, "tags": {"kind": "price"}},
        {"inputs": {"question": "where \x1b[31m?"}, "expectations": {"answer": "Zurich", "also": [1, {"a": None}]}},
        {"inputs": {"a": 1, "b": [1, 2]}},
    ])
    mlflow.genai.create_dataset(name="\u202eodd\x1b[31m questions", experiment_id=[odd])
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", commit_message="first")
    found["logged_model"] = logged.model_id
    found["questions"] = questions.dataset_id
print(json.dumps(found))
