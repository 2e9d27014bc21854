"""boto3's IAM, unmodified, as a client of the sandbox: roles and their policies are written.

Prints one JSON object of what was seen.
"""

import json

import boto3
from botocore.exceptions import ClientError

iam = boto3.client("iam")
seen = {}


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, **more):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


trust = document({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"})
pilot = {"RoleName": "pilot"}
seen["made"] = iam.create_role(**pilot, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
seen["twice"] = refused(iam.create_role, **pilot, AssumeRolePolicyDocument=trust)
seen["bad_name"] = refused(iam.create_role, RoleName="two words", AssumeRolePolicyDocument=trust)
seen["bad_trust"] = refused(iam.create_role, RoleName="other", AssumeRolePolicyDocument=document(allow("s3:*")))

# Inline policies: written, written over, refused.
own = {**pilot, "PolicyName": "own"}
iam.put_role_policy(**own, PolicyDocument=document(allow("s3:List*")))
seen["policy"] = iam.get_role_policy(**own)["PolicyDocument"]["Statement"][0]["Action"] == "s3:List*"
iam.put_role_policy(**own, PolicyDocument=document(allow("s3:Get*")))
seen["replaced"] = [statement["Action"] for statement in iam.get_role_policy(**own)["PolicyDocument"]["Statement"]]
seen["malformed"] = [
    refused(iam.put_role_policy, **own, PolicyDocument=text)
    for text in (
        "{",
        document({"Action": "s3:*", "Resource": "*"}),
        document({"Effect": "Allow", "Resource": "*"}),
        document({"Effect": "Allow", "Action": "s3:*"}),
        document(allow("s3:*", Principal="*")),
    )
]
seen["bad_policy_name"] = refused(iam.put_role_policy, **pilot, PolicyName="a b", PolicyDocument=document(allow("s3:*")))

# The inline policies of a role have 10,240 characters together, white space not counted.
def size(text):
    return len("".join(text.split()))


room = 10_240 - size(document(allow("s3:Get*")))
large = document(allow("s3:Get*", Sid=""))
large = document(allow("s3:Get*", Sid="x" * (room - size(large))))
iam.put_role_policy(**pilot, PolicyName="large", PolicyDocument=large)
documents = [iam.get_role_policy(**pilot, PolicyName=name)["PolicyDocument"] for name in ("own", "large")]
seen["fits"] = sum(size(json.dumps(held)) for held in documents)
seen["too_large"] = refused(iam.put_role_policy, **pilot, PolicyName="more", PolicyDocument=document(allow("s3:*")))

# Managed policies.
arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
iam.attach_role_policy(**pilot, PolicyArn=arn)
iam.attach_role_policy(**pilot, PolicyArn=arn)
attached = iam.list_attached_role_policies(**pilot)["AttachedPolicies"]
seen["attached"] = [policy["PolicyName"] for policy in attached]
seen["no_such_policy"] = refused(iam.attach_role_policy, **pilot, PolicyArn=arn + "x")

# A role goes when it has no policies.
seen["in_use"] = refused(iam.delete_role, **pilot)
iam.detach_role_policy(**pilot, PolicyArn=arn)
for name in iam.list_role_policies(**pilot)["PolicyNames"]:
    iam.delete_role_policy(**pilot, PolicyName=name)
iam.delete_role(**pilot)
seen["gone"] = refused(iam.get_role, **pilot)
print(json.dumps(seen))
