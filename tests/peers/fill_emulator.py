"""A pool and an execution role on an emulator; argv[1] is its endpoint. Prints the pool's id."""

import json
import sys

import boto3


def client(service):
    return boto3.client(
        service,
        endpoint_url=sys.argv[1],
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


iam = client("iam")
iam.create_role(
    RoleName="reader",
    AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ),
)
iam.put_role_policy(
    RoleName="reader",
    PolicyName="restApiReader",
    PolicyDocument=document(
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:us-west-2:1:a/*/GET/*"}
    ),
)
print(client("cognito-idp").create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"])
