"""Decides who may call MLflow: the first of a token's known groups, and what it may call."""

import json
import os
import time
import urllib.request

from jose import jwk, jwt
from jose.utils import base64url_decode

ARN = "arn:aws:execute-api:{REGION}:{ACCOUNT}:{REST_API_ID}/prod/".format(**os.environ)
PREFIX = "ajax-api/2.0/mlflow/"
READ = [
    "POST/" + PREFIX + "runs/search",
    "POST/" + PREFIX + "experiments/search",
    "GET/" + PREFIX + "*",
    "GET/get-artifact",
    "GET/model-versions/*",
]
APPROVE = READ + ["POST/" + PREFIX + "registered-models/*", "*/" + PREFIX + "model-versions/*"]
GROUPS = [("admins", ["*/*"]), ("readers", READ), ("model-approvers", APPROVE)]

with urllib.request.urlopen(os.environ["COGNITO_KEYS_URL"]) as answer:
    KEYS = json.load(answer)["keys"]


def claims_of(token):
    kid = jwt.get_unverified_headers(token)["kid"]
    keys = [key for key in KEYS if key["kid"] == kid]
    if not keys:
        raise Exception("Unauthorized")
    message, signature = token.rsplit(".", 1)
    if not jwk.construct(keys[0]).verify(message.encode(), base64url_decode(signature.encode())):
        raise Exception("Unauthorized")
    claims = jwt.get_unverified_claims(token)
    if time.time() > claims["exp"] or claims["aud"] != os.environ["APP_CLIENT_ID"]:
        raise Exception("Unauthorized")
    return claims


def handler(event, context):
    token = event["headers"]["Authorization"]
    claims = claims_of(token[len("Bearer "):] if token.startswith("Bearer ") else token)
    principal = claims["cognito:username"]
    for group, calls in GROUPS:
        if group in claims["cognito:groups"]:
            statement = {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": [ARN + call for call in calls],
            }
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return {"principalId": principal, "policyDocument": policy}
    raise NameError("No statements defined for the policy")
