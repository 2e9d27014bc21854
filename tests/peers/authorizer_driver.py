"""Runs the drop-in authorizer as Lambda would, once for each line of standard input.

argv: the handler's source, the JWT library that the package is to carry (`jose`, `jose-alone`
without cryptography, or `pyjwt`), a folder to put the package into.
A line: {"rules": text or null, "events": [...], "environment": {...}, "times": [...]}; each is a
cold start, and `times` are what the clock shows for each event. A line of output: what came of
each event.
"""

import json
import logging
import os
import sys
import time
from pathlib import Path

source, library, folder = sys.argv[1:]
if library == "pyjwt":
    sys.modules["jose"] = None
else:
    sys.modules["jwt"] = None
if library == "jose-alone":
    sys.modules["cryptography"] = None

handler = Path(folder) / "index.py"
handler.write_text(Path(source).read_text())
rules = Path(folder) / "access-matrix.json"
code = compile(handler.read_text(), str(handler), "exec")
clock = time.monotonic
# Lambda writes the log down; here it goes to standard error.
logging.basicConfig(stream=sys.stderr)


def outcome(module, event):
    try:
        return {"policy": module["handler"](event, None)}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("rules") is None:
        rules.unlink(missing_ok=True)
    else:
        rules.write_bytes(asked["rules"].encode("utf-8", "surrogatepass"))
    os.environ.update(asked.get("environment", {}))
    module = {"__name__": "index", "__file__": str(handler)}
    exec(code, module)
    answers = []
    for at, event in enumerate(asked["events"]):
        times = asked.get("times")
        time.monotonic = (lambda: times[at]) if times else clock
        answers.append(outcome(module, event))
    print(json.dumps(answers), flush=True)
