"""boto3's SageMaker, unmodified, as a client of the sandbox, whose time passes by ten
minutes with every call and where everything takes fifteen.

Prints one JSON object of what was seen.
"""

import json

import boto3
from botocore.exceptions import ClientError

sagemaker = boto3.client("sagemaker")
seen = {}
unknown = set()


def compared(shape, value, place):
    """Notes what the service's own model does not know; the parser would leave it out."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                compared(shape.members[name], inner, f"{place}.{name}")
            else:
                unknown.add(f"{place}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            compared(shape.member, inner, place)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        unknown.add(f"{place}={value}")


def heard(operation_model, response_dict, **_):
    if response_dict["status_code"] == 200 and operation_model.output_shape:
        compared(operation_model.output_shape, json.loads(response_dict["body"]), operation_model.name)


sagemaker.meta.events.register("before-parse.sagemaker", heard)


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


domain = sagemaker.list_domains()["Domains"][0]["DomainId"]
role = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="mlflow-reader")["UserSettings"]["ExecutionRole"]
admin = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="mlflow-admin")["UserSettings"]["ExecutionRole"]
ada = {"DomainId": domain, "UserProfileName": "ada-lovelace"}


def profile():
    return sagemaker.describe_user_profile(**ada)


# A profile's life.
made = sagemaker.create_user_profile(
    **ada, UserSettings={"ExecutionRole": role}, Tags=[{"Key": "user", "Value": "ada@example.com"}]
)
seen["coming"] = [profile()["Status"], profile()["Status"]]
seen["arn"] = made["UserProfileArn"] == profile()["UserProfileArn"]
seen["twice"] = refused(sagemaker.create_user_profile, **ada)
seen["bad_name"] = refused(sagemaker.create_user_profile, DomainId=domain, UserProfileName="ada@example.com")
seen["no_domain"] = refused(sagemaker.create_user_profile, DomainId="d-elsewhere", UserProfileName="ada")
sagemaker.update_user_profile(**ada, UserSettings={"ExecutionRole": admin})
seen["changing"] = [profile()["Status"], profile()["Status"]]
seen["role"] = profile()["UserSettings"]["ExecutionRole"] == admin

# Tags.
tags = {"ResourceArn": made["UserProfileArn"]}
added = sagemaker.add_tags(**tags, Tags=[{"Key": "team", "Value": "pricing"}])["Tags"]
seen["tags"] = [tag["Key"] for tag in added]
sagemaker.delete_tags(**tags, TagKeys=["user"])
pages = sagemaker.get_paginator("list_tags").paginate(**tags)
seen["tags_left"] = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
seen["tags_of_nothing"] = refused(sagemaker.list_tags, ResourceArn=tags["ResourceArn"] + "x")

# A space and its app.
space = {"DomainId": domain, "SpaceName": "adas-lab"}
sagemaker.create_space(**space, OwnershipSettings={"OwnerUserProfileName": "ada-lovelace"})
seen["space_coming"] = [sagemaker.describe_space(**space)["Status"] for _ in range(2)]
seen["space_owner"] = sagemaker.describe_space(**space)["OwnershipSettings"]["OwnerUserProfileName"]
listed = sagemaker.list_spaces(DomainIdEquals=domain, SpaceNameContains="lab")["Spaces"]
seen["space_listed"] = [item["OwnershipSettingsSummary"]["OwnerUserProfileName"] for item in listed]
lab = {**space, "AppType": "JupyterLab", "AppName": "default"}
sagemaker.create_app(**lab, ResourceSpec={"InstanceType": "ml.t3.medium"})
seen["app_coming"] = [sagemaker.describe_app(**lab)["Status"] for _ in range(2)]
app = sagemaker.describe_app(**lab)
seen["activity_is_a_health_check"] = app["LastUserActivityTimestamp"] == app["LastHealthCheckTimestamp"]
seen["app_twice"] = refused(sagemaker.create_app, **lab)
seen["app_of_nobody"] = refused(sagemaker.create_app, DomainId=domain, AppType="JupyterLab", AppName="default")
seen["app_type"] = refused(sagemaker.create_app, **{**lab, "AppType": "Emacs"})

# Who has something stays.
seen["profile_in_use"] = refused(sagemaker.delete_user_profile, **ada)
seen["space_in_use"] = refused(sagemaker.delete_space, **space)
sagemaker.delete_app(**lab)
seen["app_going"] = [sagemaker.describe_app(**lab)["Status"] for _ in range(2)]
seen["app_gone"] = refused(sagemaker.delete_app, **lab)
still = sagemaker.list_apps(DomainIdEquals=domain, SpaceNameEquals="adas-lab")["Apps"]
seen["app_listed"] = [item["Status"] for item in still]
sagemaker.delete_space(**space)
seen["space_going"] = sagemaker.describe_space(**space)["Status"]
seen["space_gone"] = refused(sagemaker.describe_space, **space)

# Lists.
pages = sagemaker.get_paginator("list_user_profiles").paginate(
    DomainIdEquals=domain, SortBy="LastModifiedTime", SortOrder="Descending", PaginationConfig={"PageSize": 3}
)
names = [[item["UserProfileName"] for item in page["UserProfiles"]] for page in pages]
seen["pages"] = [len(page) for page in names]
seen["last_changed"] = names[0][0]
seen["some"] = [
    item["UserProfileName"] for item in sagemaker.list_user_profiles(UserProfileNameContains="reader")["UserProfiles"]
]
seen["too_many"] = refused(sagemaker.list_apps, MaxResults=101)
seen["sort_key"] = refused(sagemaker.list_apps, SortBy="LastModifiedTime")
oldest, newest = (
    sagemaker.list_apps(SortBy="CreationTime", SortOrder=order, MaxResults=1)["Apps"][0]
    for order in ("Ascending", "Descending")
)
seen["newest_app"] = newest["AppType"], newest["CreationTime"] > oldest["CreationTime"]

# A domain goes when it is empty, and nothing is made in one that goes.
domains = {"DomainId": domain}
seen["domain_in_use"] = refused(sagemaker.delete_domain, **domains)
sagemaker.update_domain(**domains, DefaultUserSettings={"ExecutionRole": admin})
seen["default_role"] = sagemaker.describe_domain(**domains)["DefaultUserSettings"]["ExecutionRole"] == admin
pages = sagemaker.get_paginator("list_apps").paginate(DomainIdEquals=domain)
for running in [app for page in pages for app in page["Apps"] if app["Status"] == "InService"]:
    named = {key: running[key] for key in ("UserProfileName", "SpaceName", "AppType", "AppName") if key in running}
    sagemaker.delete_app(**domains, **named)
pages = sagemaker.get_paginator("list_user_profiles").paginate(DomainIdEquals=domain)
for one in [item["UserProfileName"] for page in pages for item in page["UserProfiles"]]:
    if one != "ada-lovelace":
        while refused(sagemaker.delete_user_profile, **domains, UserProfileName=one) == "ResourceInUse":
            pass

sagemaker.delete_user_profile(**ada)
seen["going"] = profile()["Status"]
seen["gone"] = refused(profile)
seen["deleted_twice"] = refused(sagemaker.delete_user_profile, **ada)
while refused(sagemaker.delete_domain, **domains) == "ResourceInUse":
    pass
seen["into_it"] = refused(sagemaker.create_user_profile, **ada)
seen["domain_gone"] = refused(sagemaker.describe_domain, **domains)
seen["domains"] = sagemaker.list_domains()["Domains"]
seen["unknown"] = sorted(unknown)
print(json.dumps(seen))
