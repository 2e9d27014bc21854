"""boto3, unmodified, as a client of the sandbox's Lambda. Prints one JSON object of what was seen."""

import base64
import hashlib
import io
import json
import urllib.error
import urllib.request
import zipfile

import boto3
from botocore.exceptions import ClientError

functions, gateway = boto3.client("lambda"), boto3.client("apigateway")
seen = {}


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


api = gateway.get_rest_apis()["items"][0]["id"]
uri = gateway.get_authorizers(restApiId=api)["items"][0]["authorizerUri"]
function = uri.split("/functions/")[1].removesuffix("/invocations")
got = functions.get_function(FunctionName=function)
with urllib.request.urlopen(got["Code"]["Location"]) as answer:
    package = answer.read()
configuration = got["Configuration"]
digest = lambda data: base64.b64encode(hashlib.sha256(data).digest()).decode()
seen["hash"] = digest(package) == configuration["CodeSha256"]
seen["handler"] = [configuration["Handler"], configuration["Runtime"], configuration["PackageType"]]
archive = zipfile.ZipFile(io.BytesIO(package))
seen["test"] = archive.testzip()
seen["files"] = sorted(archive.namelist())
compile(archive.read("index.py"), "index.py", "exec")
seen["environment"] = sorted(configuration["Environment"]["Variables"])

version = functions.publish_version(FunctionName=function, CodeSha256=configuration["CodeSha256"])
seen["version"] = [version["Version"], version["FunctionArn"].endswith(":1")]
again = functions.publish_version(FunctionName=function)
seen["same_version"] = again["Version"]
seen["other_hash"] = refused(functions.publish_version, FunctionName=function, CodeSha256="x")

new = io.BytesIO()
with zipfile.ZipFile(new, "w") as writer:
    writer.writestr("index.py", "def handler(event, context): ...\n")
new = new.getvalue()
revision = functions.get_function_configuration(FunctionName=function)["RevisionId"]
seen["stale"] = refused(functions.update_function_code, FunctionName=function, ZipFile=new, RevisionId="other")
updated = functions.update_function_code(FunctionName=function, ZipFile=new, RevisionId=revision)
seen["updated"] = [updated["LastUpdateStatus"], updated["CodeSha256"] == digest(new)]
seen["busy"] = refused(functions.update_function_code, FunctionName=function, ZipFile=new)
functions.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
seen["after"] = functions.get_function_configuration(FunctionName=function)["LastUpdateStatus"]
seen["no_zip"] = refused(functions.update_function_code, FunctionName=function, ZipFile=b"no zip")
pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function, PaginationConfig={"PageSize": 1})
seen["versions"] = [version["Version"] for page in pages for version in page["Versions"]]
old = functions.get_function(FunctionName=function, Qualifier="1")
seen["old"] = old["Configuration"]["CodeSha256"] == configuration["CodeSha256"]
seen["no_function"] = refused(functions.get_function, FunctionName="no-such-function")
print(json.dumps(seen))
