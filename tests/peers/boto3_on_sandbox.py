"""boto3 and pycognito, unmodified, as clients of the sandbox.

Everything comes from the environment that the sandbox prints. argv[1]: a user's
password. Prints one JSON object of what was seen.
"""

import json
import os
import sys
import urllib.request

import boto3
import jwt
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

password = sys.argv[1]
seen = {}


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


sts, iam, ssm = boto3.client("sts"), boto3.client("iam"), boto3.client("ssm")
cognito, sagemaker, gateway = boto3.client("cognito-idp"), boto3.client("sagemaker"), boto3.client("apigateway")

seen["account"] = sts.get_caller_identity()["Account"]
names = ["mlflow-restApiId", "mlflow-restApiUrl", "mlflow-uiUrl", "mlflow-deploy-bucket", "no-such"]
parameters = ssm.get_parameters(Names=names)
found = {item["Name"]: item["Value"] for item in parameters["Parameters"]}
seen["parameters"] = sorted(found)
seen["missing_parameters"] = parameters["InvalidParameters"]

pool = next(p["Id"] for p in cognito.list_user_pools(MaxResults=60)["UserPools"] if p["Name"] == "mlflow-user-pool")
client = cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"][0]["ClientId"]
seen["groups"] = sorted(g["GroupName"] for g in cognito.list_groups(UserPoolId=pool)["Groups"])
pages = list(cognito.get_paginator("list_users").paginate(UserPoolId=pool))
seen["largest_page"] = max(len(page["Users"]) for page in pages)
seen["users"] = sum(len(page["Users"]) for page in pages)
reader = cognito.list_users(UserPoolId=pool, Filter='email = "mlflow-reader@example.com"')["Users"]
seen["reader_status"] = reader[0]["UserStatus"]
seen["reader_created"] = reader[0]["UserCreateDate"].year > 2000
seen["weak_password"] = refused(
    cognito.admin_create_user, UserPoolId=pool, Username="weak@example.com", TemporaryPassword="weak"
)
seen["same_email"] = refused(
    cognito.admin_create_user,
    UserPoolId=pool,
    Username="mlflow-reader@example.com",
    UserAttributes=[{"Name": "email", "Value": "mlflow-reader@example.com"}],
)


def sign_in(secret):
    srp = AWSSRP("mlflow-reader@example.com", secret, pool, client, client=cognito)
    return srp.authenticate_user()["AuthenticationResult"]


seen["wrong_password"] = refused(sign_in, secret="Wrong!pass1")
tokens = sign_in(password)
with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/{pool}/.well-known/jwks.json") as answer:
    keys = jwt.PyJWKSet.from_dict(json.load(answer))
key = keys[jwt.get_unverified_header(tokens["IdToken"])["kid"]].key
claims = jwt.decode(tokens["IdToken"], key, algorithms=["RS256"], audience=client)
seen["token_groups"] = claims["cognito:groups"]
seen["access_token_has_audience"] = "aud" in jwt.decode(tokens["AccessToken"], key, algorithms=["RS256"])
seen["password_flow"] = refused(
    cognito.initiate_auth,
    ClientId=client,
    AuthFlow="USER_PASSWORD_AUTH",
    AuthParameters={"USERNAME": "mlflow-reader@example.com", "PASSWORD": password},
)
refreshed = cognito.initiate_auth(
    ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
)
seen["refreshed"] = "IdToken" in refreshed["AuthenticationResult"]

domain = sagemaker.list_domains()["Domains"][0]["DomainId"]
seen["profiles"] = sorted(p["UserProfileName"] for p in sagemaker.list_user_profiles()["UserProfiles"])
profile = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="mlflow-reader")
role = profile["UserSettings"]["ExecutionRole"]
apps = sagemaker.list_apps(DomainIdEquals=domain, UserProfileNameEquals="mlflow-reader")["Apps"]
seen["apps"] = sorted((app["AppType"], app["AppName"]) for app in apps)

name = role.rsplit("/", 1)[1]
seen["trust"] = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
seen["inline"] = sorted(iam.list_role_policies(RoleName=name)["PolicyNames"])
seen["assume"] = refused(sts.assume_role, RoleArn=role, RoleSessionName="peer")
seen["no_such_role"] = refused(iam.get_role, RoleName="no-such-role")
api = found["mlflow-restApiId"]
arn = f"arn:aws:execute-api:us-west-2:{seen['account']}:{api}/prod/POST/api/2.0/mlflow/runs/create"
results = iam.simulate_principal_policy(
    PolicySourceArn=role, ActionNames=["execute-api:Invoke"], ResourceArns=[arn, arn.replace("runs/create", "runs/search")]
)["EvaluationResults"]
seen["simulated"] = [result["EvalDecision"] for result in results]

seen["stage"] = gateway.get_stages(restApiId=api)["item"][0]["stageName"]
seen["paths"] = sorted(item["path"] for item in gateway.get_resources(restApiId=api, limit=500)["items"])
authorizer = gateway.get_authorizers(restApiId=api)["items"][0]
seen["authorizer"] = authorizer["type"]
test = gateway.test_invoke_authorizer(
    restApiId=api, authorizerId=authorizer["id"], headers={"Authorization": f"Bearer {tokens['IdToken']}"}
)
seen["test_invoke"] = test["clientStatus"]
seen["test_policy_statements"] = len(json.loads(test["policy"])["Statement"]) > 0

wrong = boto3.client(
    "sts", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="not-the-secret"
)
seen["wrong_secret"] = refused(wrong.get_caller_identity)
print(json.dumps(seen))
