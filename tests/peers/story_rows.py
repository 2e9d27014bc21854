"""Prints, of an MLflow database (argv[1], SQLite), the rows that stories own and live ("live …"),
how many of theirs are marked deleted ("marked …"), every other row of every table, and every file of
the artifacts (argv[2])."""

import hashlib
import sqlite3
import sys
from pathlib import Path

PREFIX = "mlwarden-story-"
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
experiments = {}
for row in database.execute("select experiment_id, name, lifecycle_stage from experiments"):
    if row["name"].startswith(PREFIX):
        experiments[str(row["experiment_id"])] = row["lifecycle_stage"]
runs = {}
for row in database.execute("select run_uuid, experiment_id, lifecycle_stage from runs"):
    if str(row["experiment_id"]) in experiments:
        runs[row["run_uuid"]] = row["lifecycle_stage"]
for kind, rows in (("experiment", experiments), ("run", runs)):
    for stage in rows.values():
        print("live" if stage != "deleted" else "marked", kind)
tables = [row[0] for row in database.execute("select name from sqlite_master where type='table' order by name")]
for table in tables:
    lines = []
    for row in database.execute(f'select * from "{table}"'):
        fields = dict(row)
        owner = str(fields.get("experiment_id"))
        if owner in experiments or fields.get("run_uuid") in runs:
            continue
        if any(str(value).startswith(PREFIX) for value in fields.values()):
            lines.append("live")
        lines.append(repr(tuple(row)))
    for line in sorted(lines):
        print(table, line)
root = Path(sys.argv[2])
for path in sorted(root.rglob("*")):
    if path.is_file():
        print(path.relative_to(root), hashlib.sha256(path.read_bytes()).hexdigest())
