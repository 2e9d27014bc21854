"""Runs the drop-in authorizer for real: with keys, tokens and rules of its own.

argv: the handler's file, `jose` or `jwt` for the library that it is to find, and what to do:

`policies`  for each line of standard input, `{"rules": TEXT, "asks": [[group, …], …]}`, a line
            with the policy document that each set of groups gets by a signed token
`hostile`   one JSON object: what comes of each odd token, event and rules file
"""

import base64
import http.server
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import rsa

source, library, mode = sys.argv[1:]
if library == "jwt":
    sys.modules["jose"] = None
else:
    sys.modules["jwt"] = None

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
POOL = "us-west-2_Pool"
CLIENT = "client"
ARN = "arn:aws:execute-api:us-west-2:123456789012:a1b2c3/prod/GET/ajax-api/2.0/mlflow/runs/get"
logging.disable(logging.CRITICAL)


def jwk(key, kid):
    numbers = key.public_key().public_numbers()
    encode = lambda number: base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": encode(numbers.n), "e": encode(numbers.e)}


class Jwks(http.server.BaseHTTPRequestHandler):
    asked = 0
    broken = False

    def do_GET(self):
        Jwks.asked += 1
        self.send_response(500 if Jwks.broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": [jwk(KEY, "known")]}).encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jwks)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ.update(
    REGION="us-west-2",
    ACCOUNT="123456789012",
    REST_API_ID="a1b2c3",
    COGNITO_USER_POOL_ID=POOL,
    COGNITO_KEYS_URL=f"http://127.0.0.1:{server.server_port}/{POOL}/.well-known/jwks.json",
    APP_CLIENT_ID=CLIENT,
)


def load(rules):
    """The handler as a Lambda has it, with this text beside it."""
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copy(source, folder / "index.py")
        if rules is not None:
            (folder / "access-matrix.json").write_text(rules)
        spec = importlib.util.spec_from_file_location("index", folder / "index.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        shutil.rmtree(folder)


def token(groups=None, key=KEY, kid="known", algorithm="RS256", **claims):
    now = int(time.time())
    body = {
        "sub": "5f0c",
        "iss": f"https://cognito-idp.us-west-2.amazonaws.com/{POOL}",
        "aud": CLIENT,
        "token_use": "id",
        "iat": now,
        "exp": now + 600,
        "cognito:username": "ada",
    }
    if groups is not None:
        body["cognito:groups"] = groups
    body.update(claims)
    body = {name: value for name, value in body.items() if value is not None}
    return pyjwt.encode(body, key, algorithm=algorithm, headers={"kid": kid})


def event(text, **parts):
    return {"type": "REQUEST", "headers": {"authorization": text}, "methodArn": ARN, **parts}


def outcome(module, asked):
    try:
        answer = module.handler(asked, None)
    except Exception as error:
        return f"raised {error}"
    statements = answer["policyDocument"]["Statement"]
    return "allow" if any(one["Effect"] == "Allow" for one in statements) else "deny"


def policies():
    tokens = {}
    module = load(None)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            module.RULES = module.read_rules(asked["rules"])
        except Exception as error:
            print(json.dumps({"refused": str(error)}))
            continue
        answers = []
        for groups in asked["asks"]:
            name = tuple(groups)
            tokens.setdefault(name, token(groups))
            answers.append(module.handler(event("Bearer " + tokens[name]), None)["policyDocument"])
        print(json.dumps(answers))


def hostile():
    rules = json.dumps({"schema": 1, "rule": "first-match", "group": [{"name": "admins", "allow": [{"method": "*", "path": "/*"}]}]})
    module = load(rules)
    head, body, signature = token(["admins"]).split(".")
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    unsigned = encode({"alg": "none", "kid": "known"}) + "." + body + "."
    # The public key as if it were a shared secret.
    shared = pyjwt.encode({"aud": CLIENT, "exp": time.time() + 60, "cognito:groups": ["admins"]}, "x" * 64, algorithm="HS256", headers={"kid": "known"})
    found = {
        "good": outcome(module, event("Bearer " + token(["admins"]))),
        "good without prefix": outcome(module, event(token(["admins"]))),
        "good as TOKEN": outcome(module, {"type": "TOKEN", "authorizationToken": token(["admins"]), "methodArn": ARN}),
        "good with a capital header": outcome(module, {"type": "REQUEST", "headers": {"Authorization": token(["admins"])}, "methodArn": ARN}),
        "test-invoke": outcome(module, event(token(["admins"]), methodArn="arn:aws:execute-api:us-west-2:123456789012:a1b2c3/test-invoke-stage/GET/")),
        "no group": outcome(module, event(token(None))),
        "unknown group": outcome(module, event(token(["interns"]))),
        "group as text": outcome(module, event(token("admins"))),
        "group as numbers": outcome(module, event(token([1, None]))),
        "no token": outcome(module, event("")),
        "no headers": outcome(module, {"type": "REQUEST", "headers": None, "methodArn": ARN}),
        "header is a list": outcome(module, event(["x"])),
        "not a token": outcome(module, event("Bearer nonsense")),
        "two dots": outcome(module, event("Bearer ..")),
        "odd base64": outcome(module, event("Bearer %%%.%%%.%%%")),
        "head is a list": outcome(module, event(f"{encode([1])}.{body}.{signature}")),
        "other key": outcome(module, event(token(["admins"], key=OTHER))),
        "unknown kid": outcome(module, event(token(["admins"], kid="unknown"))),
        "kid is a list": outcome(module, event(f"{encode({'alg': 'RS256', 'kid': ['known']})}.{body}.{signature}")),
        "tampered": outcome(module, event(f"{head}.{encode({'aud': CLIENT, 'exp': 9999999999, 'cognito:groups': ['admins']})}.{signature}")),
        "alg none": outcome(module, event(unsigned)),
        "alg HS256": outcome(module, event(shared)),
        "expired": outcome(module, event(token(["admins"], exp=1))),
        "no exp": outcome(module, event(token(["admins"], exp=None))),
        "other audience": outcome(module, event(token(["admins"], aud="another"))),
        "access token": outcome(module, event(token(["admins"], aud=None, token_use="access", client_id=CLIENT))),
        "access token with audience": outcome(module, event(token(["admins"], token_use="access"))),
        "other pool": outcome(module, event(token(["admins"], iss="https://cognito-idp.us-west-2.amazonaws.com/us-west-2_Other"))),
        "no user name and no sub": outcome(module, event(token(["admins"], **{"cognito:username": None, "sub": None}))),
        "odd methodArn": outcome(module, event(token(["admins"]), methodArn="nonsense")),
        "no methodArn": outcome(module, {"type": "REQUEST", "headers": {"authorization": token(["admins"])}}),
        "event is empty": outcome(module, {}),
    }
    asked = Jwks.asked
    for _ in range(50):
        outcome(module, event(token(["admins"], kid="unknown")))
    found["unknown kids ask again"] = Jwks.asked - asked
    for name, text in {
        "file missing": None,
        "file empty": "",
        "file is a list": "[]",
        "other schema": rules.replace('"schema": 1', '"schema": 2'),
        "other rule": rules.replace("first-match", "any"),
        "unknown part": rules.replace('"schema": 1', '"schema": 1, "more": 1'),
        "other method": rules.replace('"*"', '"ANY"'),
        "path is a number": rules.replace('"/*"', "7"),
        "rule with more": rules.replace('"path": "/*"', '"path": "/*", "when": "never"'),
        "group without rules": rules.replace('"allow"', '"allows"'),
    }.items():
        found[name] = outcome(load(text), event(token(["admins"])))
    Jwks.broken = True
    found["keys cannot be had"] = outcome(load(rules), event(token(["admins"])))
    Jwks.broken = False
    fresh = load(rules)
    del os.environ["APP_CLIENT_ID"]
    found["no client in the environment"] = outcome(fresh, event(token(["admins"])))
    print(json.dumps(found))


policies() if mode == "policies" else hostile()
