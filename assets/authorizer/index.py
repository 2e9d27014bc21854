"""The drop-in Lambda authorizer: who may do what stands in access-matrix.json beside this file.

It takes the place of the sample's authorizer, with the same environment and the same answers:
`Unauthorized` (401) for what is no valid ID token of the app client, else a policy for the
caller's groups. Whatever else goes wrong means a policy that denies everything, never a crash.

It needs the standard library, and the JWT library that the package carries: python-jose, as the
sample's does, or PyJWT with cryptography. Nothing of a token or of its claims is ever logged.
"""

import base64
import json
import logging
import os
import time
import urllib.request
from pathlib import Path

RULES_FILE = Path(__file__).with_name("access-matrix.json")
METHODS = {"*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
BEARER = "Bearer "
# How long the user pool may take to hand out its keys, and how long a key that it does not have
# is not asked for again; in seconds.
KEYS_TIMEOUT = 3
KEYS_PAUSE = 60

log = logging.getLogger()
log.setLevel(logging.INFO)


class Refused(Exception):
    """This is no ID token to be trusted."""


# --- The rules -----------------------------------------------------------------------------------


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def check(condition, what):
    if not condition:
        raise ValueError(what)


def read_rules(text):
    """The rules, checked part by part: a file that is odd anywhere grants nothing at all."""
    rules = json.loads(text, object_pairs_hook=once)
    check(set(rules) == {"schema", "rule", "nobody", "group"}, "its parts are not those known here")
    check(type(rules["schema"]) is int and rules["schema"] == 1, "its form is not known here")
    check(rules["rule"] in ("first-match", "union"), "its rule is not known here")
    check(rules["nobody"] in ("deny", "crash"), "what becomes of nobody is not known here")
    check(isinstance(rules["group"], list), "its groups are no list")
    for group in rules["group"]:
        check({"name", "allow"} <= set(group) <= {"name", "allow", "deny"}, "a group is odd")
        check(isinstance(group["name"], str), "a group's name is no text")
        for effect in ("allow", "deny"):
            check(isinstance(group.setdefault(effect, []), list), "a group's rules are no list")
            for rule in group[effect]:
                check(set(rule) == {"method", "path"} and rule["method"] in METHODS, "a rule is odd")
                check(isinstance(rule["path"], str), "a rule's path is no text")
    return rules


def load_rules():
    try:
        return read_rules(RULES_FILE.read_text(encoding="utf-8"))
    except Exception as error:  # Whatever it is, it must not grant anything.
        log.error("%s cannot be used, so everything is denied: %r", RULES_FILE.name, error)
        return {"rule": "first-match", "group": []}


RULES = load_rules()


def statements(groups, stage):
    """What callers in these groups may do. Patterns as in IAM: `*` takes anything, `/` included."""
    known = [group for group in RULES["group"] if group["name"] in groups]
    if RULES["rule"] == "first-match":
        known = known[:1]
    found = {}
    for effect in ("Allow", "Deny"):
        rules = [rule for group in known for rule in group[effect.lower()]]
        arns = [stage + rule["method"] + "/" + rule["path"].removeprefix("/") for rule in rules]
        if arns:
            found[effect] = list(dict.fromkeys(arns))
    return found or {"Deny": [stage + "*"]}


# --- The token -----------------------------------------------------------------------------------


class Keys:
    """The user pool's public keys: fetched when first needed, and again for one that is not there."""

    def __init__(self):
        self.known = {}
        self.asked = 0.0

    def get(self, kid):
        now = time.monotonic()
        if kid not in self.known and (not self.known or now - self.asked > KEYS_PAUSE):
            self.asked = now
            with urllib.request.urlopen(os.environ["COGNITO_KEYS_URL"], timeout=KEYS_TIMEOUT) as answer:
                self.known = {key["kid"]: key for key in json.load(answer)["keys"]}
        return self.known.get(kid)


KEYS = Keys()


def key_of(token):
    """The key that the token says it is signed with; its header is trusted for nothing else."""
    try:
        head = token.split(".")[0].encode("ascii")
        kid = json.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4)))["kid"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refused("it is no token") from None
    key = KEYS.get(kid) if isinstance(kid, str) else None
    if key is None or key.get("kty") != "RSA":
        raise Refused("its key is none of the user pool's")
    return key


def decode(token, key):
    """The claims, where the signature is the key's and the time is not up."""
    options = {"verify_aud": False, "verify_iat": False}
    # Imported here, so that a package with neither of them denies instead of crashing.
    try:
        from jose import jwt
        from jose.exceptions import JOSEError as Invalid

        options.update(require_exp=True, verify_at_hash=False)
    except ImportError:
        import jwt
        from jwt.exceptions import InvalidTokenError as Invalid

        options["require"] = ["exp"]
        key = jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(key))
    try:
        return jwt.decode(token, key, algorithms=["RS256"], options=options)
    except (Invalid, ValueError, TypeError, OverflowError) as error:
        raise Refused(type(error).__name__) from None


def claims_of(token):
    claims = decode(token, key_of(token))
    if claims.get("aud") != os.environ["APP_CLIENT_ID"]:
        raise Refused("it is for another app client")
    # An access token is signed by the same key, and carries the groups as well.
    if claims.get("token_use") != "id":
        raise Refused("it is no ID token")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    if pool and not str(claims.get("iss")).endswith("/" + pool):
        raise Refused("it is of another user pool")
    return claims


def token_of(event):
    if event.get("type") == "TOKEN":
        token = event.get("authorizationToken")
    else:
        headers = event.get("headers") or {}
        token = next((headers[name] for name in headers if name.lower() == "authorization"), None)
    if not isinstance(token, str):
        raise Refused("there is none")
    return token.removeprefix(BEARER)


# --- The answer ----------------------------------------------------------------------------------


def answer(principal, found):
    parts = [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arns}
        for effect, arns in found.items()
    ]
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": parts},
    }


def handler(event, context):
    """What API Gateway asks for each request; `context` is not used."""
    try:
        claims = claims_of(token_of(event))
        groups = claims.get("cognito:groups")
        principal = str(claims.get("cognito:username") or claims["sub"])
        # arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH; a trial has a stage of its own.
        api, stage = event["methodArn"].split("/")[:2]
        found = statements(groups if isinstance(groups, list) else [], f"{api}/{stage}/")
        return answer(principal, found)
    except Refused as reason:
        log.info("the token is refused: %s", reason)
    except Exception as error:  # The keys cannot be had, the environment is odd, a claim is missing.
        log.error("no policy can be made, so everything is denied: %s", type(error).__name__)
        return answer("unknown", {"Deny": ["*"]})
    raise Exception("Unauthorized")
