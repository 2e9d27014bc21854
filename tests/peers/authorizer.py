"""The sample's authorizer contract as a Lambda function, for ministack.

Checks RS256 against the pool's keys, `exp` and `aud`, then takes the first of
the groups it knows. Header names are read whatever their case.
"""

import json
import os
import urllib.request

import jwt

READ = [
    ("POST", "/ajax-api/2.0/mlflow/runs/search"),
    ("POST", "/ajax-api/2.0/mlflow/experiments/search"),
    ("GET", "/ajax-api/2.0/mlflow/*"),
    ("GET", "/get-artifact"),
    ("GET", "/model-versions/*"),
]
APPROVE = [
    ("POST", "/ajax-api/2.0/mlflow/registered-models/*"),
    ("*", "/ajax-api/2.0/mlflow/model-versions/*"),
]
RULES = {"admins": [("*", "/*")], "readers": READ, "model-approvers": READ + APPROVE}


def key_of(token):
    with urllib.request.urlopen(os.environ["COGNITO_KEYS_URL"]) as answer:
        keys = json.load(answer)["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.PyJWK(next(key for key in keys if key["kid"] == kid)).key


def handler(event, context):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    token = headers["authorization"].removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, key_of(token), algorithms=["RS256"], audience=os.environ["APP_CLIENT_ID"])
    except jwt.InvalidTokenError:
        raise Exception("Unauthorized")
    groups = claims["cognito:groups"]
    group = next(group for group in RULES if group in groups)
    api = event["methodArn"].split("/")[0]
    stage = event["methodArn"].split("/")[1]
    return {
        "principalId": claims["sub"],
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": [f"{api}/{stage}/{method}{path}" for method, path in RULES[group]],
                }
            ],
        },
    }
