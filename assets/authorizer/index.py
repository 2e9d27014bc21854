"""The drop-in Lambda authorizer: who may do what stands in access-matrix.json beside this file.

It takes the place of the sample's authorizer, with the same environment and the same answers:
`Unauthorized` (401) for what is no valid ID token of this app client, else a policy for the
caller's groups. Whatever else goes wrong means a policy that denies everything, never a crash.

Only the standard library is used, and the JWT library that the package carries: python-jose, as
the sample does, or PyJWT.
"""

import base64
import json
import logging
import os
import time
import urllib.request
from pathlib import Path

logging.getLogger().setLevel(logging.INFO)

RULES_FILE = Path(__file__).with_name("access-matrix.json")
BEARER = "Bearer "
METHODS = {"*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
# For how long the keys are not asked for again, however many unknown ones come, in seconds.
KEYS_PAUSE = 60
KEYS_TIMEOUT = 3


class NotAuthorized(Exception):
    """The token is not one to be trusted."""


def read_rules(text):
    """The rules, checked part by part: a file that is odd anywhere grants nothing."""
    rules = json.loads(text)
    if rules["schema"] != 1 or not set(rules) <= {"schema", "rule", "nobody", "group"}:
        raise ValueError("not a form that is known here")
    if rules.get("rule", "first-match") not in ("first-match", "union"):
        raise ValueError("no such rule")
    for group in rules["group"]:
        if not isinstance(group["name"], str) or not set(group) <= {"name", "allow", "deny"}:
            raise ValueError("not a group")
        for rule in group["allow"] + group.get("deny", []):
            if rule["method"] not in METHODS or not isinstance(rule["path"], str) or len(rule) != 2:
                raise ValueError("not a rule")
    return rules


def load_rules():
    try:
        return read_rules(RULES_FILE.read_text(encoding="utf-8"))
    except Exception as error:  # whatever it is, nothing may be granted by it
        logging.error("%s cannot be used, so everything is denied: %s", RULES_FILE.name, type(error).__name__)
        return {"schema": 1, "rule": "first-match", "group": []}


RULES = load_rules()


class Keys:
    """The user pool's public keys: fetched when they are first needed, and again for an unknown one."""

    def __init__(self):
        self.keys = {}
        self.asked = None

    def find(self, kid):
        due = self.asked is None or time.monotonic() - self.asked > KEYS_PAUSE
        if kid not in self.keys and due:
            self.fetch()
        return self.keys.get(kid)

    def fetch(self):
        # An address that does not answer is asked again at the next request.
        with urllib.request.urlopen(os.environ["COGNITO_KEYS_URL"], timeout=KEYS_TIMEOUT) as answer:
            keys = json.load(answer)["keys"]
        self.keys = {key["kid"]: key for key in keys}
        self.asked = time.monotonic()


KEYS = Keys()


def signed_claims(token, key):
    """The claims, if the signature is RS256 by `key` and the token is in its time, for this client."""
    audience = os.environ["APP_CLIENT_ID"]
    try:
        from jose import jwt
        from jose.exceptions import JOSEError as Invalid

        def decode():
            options = {"verify_at_hash": False, "require_exp": True, "require_aud": True}
            return jwt.decode(token, key, algorithms=["RS256"], audience=audience, options=options)

    except ImportError:
        import jwt
        from jwt.exceptions import PyJWTError as Invalid

        def decode():
            options = {"require": ["exp", "aud"]}
            key_of_jwt = jwt.PyJWK(key).key
            return jwt.decode(token, key_of_jwt, algorithms=["RS256"], audience=audience, options=options)

    try:
        return decode()
    except (Invalid, ValueError, TypeError, KeyError) as error:
        raise NotAuthorized(type(error).__name__) from None


def key_id(token):
    """The key that the token says it is signed with; the header is not trusted for more."""
    try:
        head = token.split(".")[0]
        return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    except (ValueError, TypeError, KeyError):
        raise NotAuthorized("not a token") from None


def claims_of(token):
    if token.count(".") != 2:
        raise NotAuthorized("not a token")
    key = KEYS.find(key_id(token))
    if key is None or key.get("kty") != "RSA":
        raise NotAuthorized("an unknown key")
    claims = signed_claims(token, key)
    # An access token is signed by the same key and says other things.
    if claims.get("token_use", "id") != "id":
        raise NotAuthorized("not an ID token")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    if pool and not str(claims.get("iss", pool)).endswith("/" + pool):
        raise NotAuthorized("another user pool")
    return claims


def token_of(event):
    if event.get("type") == "TOKEN":
        value = event.get("authorizationToken")
    else:
        headers = event.get("headers") or {}
        value = next((text for name, text in headers.items() if name.lower() == "authorization"), None)
    if not isinstance(value, str) or not value:
        raise NotAuthorized("no token")
    return value[len(BEARER):] if value.startswith(BEARER) else value


def deciding(groups):
    """The rules of the groups that decide: the first that is known, or all of them."""
    known = [group for group in RULES["group"] if group["name"] in groups]
    return known if RULES.get("rule", "first-match") == "union" else known[:1]


def statements(groups, start):
    """What the caller's groups may do, as statements; a deny wins, as everywhere in IAM."""
    rules = deciding(groups)
    if not rules:
        return [("Deny", [start + "*"])]
    found = []
    for effect, key in (("Allow", "allow"), ("Deny", "deny")):
        arns = [
            start + rule["method"] + "/" + (rule["path"][1:] if rule["path"].startswith("/") else rule["path"])
            for group in rules
            for rule in group.get(key, [])
        ]
        if arns:
            found.append((effect, list(dict.fromkeys(arns))))
    # A policy without a statement is none, and API Gateway would answer 500.
    return found or [("Deny", [start + "*"])]


def policy(principal, parts):
    return {
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arns} for effect, arns in parts
            ],
        },
    }


def start_of(event):
    """The ARN of the stage, which every rule begins with."""
    api, stage = event["methodArn"].split("/")[:2]
    return f"{api}/{stage}/"


def handler(event, context):
    try:
        claims = claims_of(token_of(event))
    except NotAuthorized as reason:
        logging.info("refused: %s", reason)
        raise Exception("Unauthorized") from None
    except Exception as error:  # the keys cannot be had, the environment is odd
        logging.error("the token could not be checked, so it is denied: %s", type(error).__name__)
        return policy("unknown", [("Deny", ["*"])])
    try:
        groups = claims.get("cognito:groups", [])
        groups = groups if isinstance(groups, list) else []
        principal = str(claims.get("cognito:username") or claims["sub"])
        return policy(principal, statements(groups, start_of(event)))
    except Exception as error:
        logging.error("no policy could be made, so everything is denied: %s", type(error).__name__)
        return policy("unknown", [("Deny", ["*"])])
