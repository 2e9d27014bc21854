"""Deploys the sample's pool and bearer side on ministack and prints where they are.

argv: endpoint, upstream URL, password for every user, and the files of the authorizer's package:
the first is the handler.
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import boto3

endpoint, upstream, password, *files = sys.argv[1:]
GROUPS = ["admins", "readers", "model-approvers"]
USERS = {
    "mlflow-admin@example.com": ["admins"],
    "mlflow-reader@example.com": ["readers"],
    "mlflow-model-approver@example.com": ["model-approvers"],
    "both@example.com": ["readers", "model-approvers"],
    "nobody@example.com": [],
}


def client(service):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


cognito = client("cognito-idp")
pool = cognito.create_user_pool(PoolName="mlflow-user-pool", UsernameAttributes=["email"])["UserPool"]["Id"]
app = cognito.create_user_pool_client(
    UserPoolId=pool,
    ClientName="mlflow-app-client",
    ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]["ClientId"]
for group in GROUPS:
    cognito.create_group(UserPoolId=pool, GroupName=group)
for user, groups in USERS.items():
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=user,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": user}, {"Name": "email_verified", "Value": "true"}],
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=password, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=user, GroupName=group)

gateway = client("apigateway")
api = gateway.create_rest_api(name="mlflow-rest-api")["id"]

archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as package:
    for file in map(Path, files):
        package.writestr(file.name, file.read_text())
function = client("lambda").create_function(
    FunctionName="mlflow-authorizer",
    Runtime="python3.11",
    Role="arn:aws:iam::000000000000:role/authorizer",
    Handler=f"{Path(files[0]).stem}.handler",
    Code={"ZipFile": archive.getvalue()},
    Timeout=30,
    Environment={
        "Variables": {
            "REGION": "us-west-2",
            "ACCOUNT": "000000000000",
            "COGNITO_USER_POOL_ID": pool,
            "REST_API_ID": api,
            "COGNITO_KEYS_URL": f"{endpoint}/{pool}/.well-known/jwks.json",
            "APP_CLIENT_ID": app,
        }
    },
)["FunctionArn"]

root = gateway.get_resources(restApiId=api)["items"][0]["id"]
authorizer = gateway.create_authorizer(
    restApiId=api,
    name="mlflow-authorizer",
    type="REQUEST",
    authorizerUri=f"arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/{function}/invocations",
    identitySource="method.request.header.Authorization",
    authorizerResultTtlInSeconds=0,
)["id"]
proxy = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
gateway.put_method(
    restApiId=api,
    resourceId=proxy,
    httpMethod="ANY",
    authorizationType="CUSTOM",
    authorizerId=authorizer,
    requestParameters={"method.request.path.proxy": True},
)
gateway.put_integration(
    restApiId=api,
    resourceId=proxy,
    httpMethod="ANY",
    type="HTTP_PROXY",
    integrationHttpMethod="ANY",
    uri=f"{upstream}/{{proxy}}",
    requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
)
gateway.create_deployment(restApiId=api, stageName="prod")
print(
    json.dumps(
        {
            "user_pool_id": pool,
            "client_id": app,
            "rest_api_id": api,
            "api_url": f"{endpoint}/restapis/{api}/prod/_user_request_/",
            "users": USERS,
        }
    )
)
