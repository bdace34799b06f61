"""The resources that a stack of the emulated cloud really makes, by boto3 against this cloud's own services.

A type that stands in no table here is *recorded*: the stack knows it, gives it an id and attributes that look right,
and makes nothing. Its event says so.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from account import ACCOUNT, REGION

Properties = Mapping[str, Any]
GetClient = Callable[[str], Any]


@dataclass(frozen=True)
class Made:
    """What was made: its physical id, which is also what ``Ref`` gives, and its attributes."""

    id: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class Kind:
    """How resources of a type are made, changed and removed."""

    create: Callable[[GetClient, str, Properties], Made]
    delete: Callable[[GetClient, str, Properties], None]
    update: Callable[[GetClient, str, Properties], None] | None = None  # None: nothing to do in the emulated cloud
    name: str = ""  # property that names it; a change of it means another resource
    survives: bool = False  # whether the emulated cloud remembers it when it is started again
    find: Callable[[GetClient, str], Made | None] | None = None  # for those that can be imported


def recorded_name(stack: str, logical_id: str, type_: str, properties: Properties) -> str:
    """Return the physical name: the one that the template gives, else one like CloudFormation's."""
    kind, short = KINDS.get(type_), type_.rpartition("::")[2]
    for name in (kind.name if kind else "", f"{short}Name", "Name"):
        if name and isinstance(properties.get(name), str):
            return str(properties[name])
    suffix = secrets.token_hex(6)
    return f"{stack}-{logical_id}-{suffix}".lower() if type_ == "AWS::S3::Bucket" else f"{stack}-{logical_id}-{suffix}"


def recorded_attribute(type_: str, physical_id: str, attribute: str) -> str:
    """Return an attribute of a resource that was only recorded: ARNs look like ARNs, the rest like its name."""
    if attribute.endswith("Arn"):
        service = type_.split("::")[1].lower()
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{physical_id}"
    return f"{physical_id}-{attribute}".lower()


def _only(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


# --- S3 and DynamoDB ----------------------------------------------------------------------------------------------


def _create_bucket(client: GetClient, name: str, properties: Properties) -> Made:
    s3 = client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    _set_bucket(client, name, properties)
    return _described_bucket(name)


def _described_bucket(name: str) -> Made:
    host = f"{name}.s3.{REGION}.amazonaws.com"
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": host, "RegionalDomainName": host})


def _set_bucket(client: GetClient, name: str, properties: Properties) -> None:
    s3 = client("s3")
    if status := properties.get("VersioningConfiguration", {}).get("Status"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    if access := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration={key: _is_true(value) for key, value in access.items()}
        )
    if rules := properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"):
        known = [{"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]} for rule in rules]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": known})


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _find_bucket(client: GetClient, name: str) -> Made | None:
    names = [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
    return _described_bucket(name) if name in names else None


def _create_table(client: GetClient, name: str, properties: Properties) -> Made:
    given = _only(
        properties,
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexes",
        "StreamSpecification",
    )
    if "SSESpecification" in properties:
        given["SSESpecification"] = {"Enabled": _is_true(properties["SSESpecification"].get("SSEEnabled"))}
    client("dynamodb").create_table(TableName=name, **given)
    _set_table(client, name, properties)
    return _find_table(client, name) or Made(name, {})


def _set_table(client: GetClient, name: str, properties: Properties) -> None:
    dynamodb = client("dynamodb")
    if expiry := properties.get("TimeToLiveSpecification"):
        wanted = {"AttributeName": expiry["AttributeName"], "Enabled": _is_true(expiry["Enabled"])}
        current = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if (current["TimeToLiveStatus"] == "ENABLED") != wanted["Enabled"]:
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        wanted = {"PointInTimeRecoveryEnabled": _is_true(recovery["PointInTimeRecoveryEnabled"])}
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted)
    if "DeletionProtectionEnabled" in properties:
        protected = _is_true(properties["DeletionProtectionEnabled"])
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=protected)


def _find_table(client: GetClient, name: str) -> Made | None:
    if name not in client("dynamodb").list_tables()["TableNames"]:
        return None
    return Made(name, {"Arn": client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]})


# --- roles, keys, sign-in -----------------------------------------------------------------------------------------


def _create_role(client: GetClient, name: str, properties: Properties) -> Made:
    iam = client("iam")
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Path=properties.get("Path", "/"))["Role"]
    _set_role(client, name, properties)
    return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _set_role(client: GetClient, name: str, properties: Properties) -> None:
    iam = client("iam")
    wanted = {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties.get("Policies", [])}
    for gone in set(iam.list_role_policies(RoleName=name)["PolicyNames"]) - wanted.keys():
        iam.delete_role_policy(RoleName=name, PolicyName=gone)
    for policy, document in wanted.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _delete_role(client: GetClient, name: str, properties: Properties) -> None:
    iam = client("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _create_key(client: GetClient, name: str, properties: Properties) -> Made:
    about = client("kms").create_key(Description=properties.get("Description", ""))["KeyMetadata"]
    return Made(about["KeyId"], {"Arn": about["Arn"], "KeyId": about["KeyId"]})


def _delete_key(client: GetClient, name: str, properties: Properties) -> None:
    client("kms").schedule_key_deletion(KeyId=name, PendingWindowInDays=properties.get("PendingWindowInDays", 30))


def _create_secret(client: GetClient, name: str, properties: Properties) -> Made:
    manager, wanted = client("secretsmanager"), properties.get("GenerateSecretString", {})
    value = manager.get_random_password(**_only(wanted, "PasswordLength", "ExcludePunctuation"))["RandomPassword"]
    arn = manager.create_secret(Name=name, Description=properties.get("Description", ""), SecretString=value)["ARN"]
    return Made(arn, {"Id": arn})


def _create_user_pool(client: GetClient, name: str, properties: Properties) -> Made:
    given = _only(properties, "UsernameAttributes", "AutoVerifiedAttributes", "AdminCreateUserConfig", "Policies")
    pool = client("cognito-idp").create_user_pool(PoolName=properties.get("UserPoolName", name), **given)["UserPool"]
    provider = f"cognito-idp.{REGION}.amazonaws.com/{pool['Id']}"
    return Made(pool["Id"], {"Arn": pool["Arn"], "ProviderName": provider, "UserPoolId": pool["Id"]})


def _create_pool_client(client: GetClient, name: str, properties: Properties) -> Made:
    given = _only(properties, "UserPoolId", "ExplicitAuthFlows", "GenerateSecret", "CallbackURLs", "AllowedOAuthFlows")
    made = client("cognito-idp").create_user_pool_client(ClientName=properties.get("ClientName", name), **given)
    made_id = made["UserPoolClient"]["ClientId"]
    return Made(made_id, {"ClientId": made_id, "Name": name})


def _delete_pool_client(client: GetClient, name: str, properties: Properties) -> None:
    client("cognito-idp").delete_user_pool_client(UserPoolId=properties["UserPoolId"], ClientId=name)


def _create_domain(client: GetClient, name: str, properties: Properties) -> Made:
    client("cognito-idp").create_user_pool_domain(Domain=properties["Domain"], UserPoolId=properties["UserPoolId"])
    return Made(properties["Domain"], {})


def _delete_domain(client: GetClient, name: str, properties: Properties) -> None:
    client("cognito-idp").delete_user_pool_domain(Domain=name, UserPoolId=properties["UserPoolId"])


# --- logs, alarms, the model registry, the page -------------------------------------------------------------------


def _create_log_group(client: GetClient, name: str, properties: Properties) -> Made:
    client("logs").create_log_group(logGroupName=name)
    _set_log_group(client, name, properties)
    return _find_log_group(client, name) or Made(name, {})


def _set_log_group(client: GetClient, name: str, properties: Properties) -> None:
    if days := properties.get("RetentionInDays"):
        client("logs").put_retention_policy(logGroupName=name, retentionInDays=int(days))


def _find_log_group(client: GetClient, name: str) -> Made | None:
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = any(group["logGroupName"] == name for group in groups)
    return Made(name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"}) if found else None


def _create_topic(client: GetClient, name: str, properties: Properties) -> Made:
    arn = client("sns").create_topic(Name=name)["TopicArn"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _create_dashboard(client: GetClient, name: str, properties: Properties) -> Made:
    _set_dashboard(client, name, properties)
    return Made(name, {})


def _set_dashboard(client: GetClient, name: str, properties: Properties) -> None:
    client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=properties["DashboardBody"])


def _create_package_group(client: GetClient, name: str, properties: Properties) -> Made:
    arn = client("sagemaker").create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    return Made(arn, {"ModelPackageGroupArn": arn})


def _create_alarm(client: GetClient, name: str, properties: Properties) -> Made:
    _set_alarm(client, name, properties)
    return Made(name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"})


def _set_alarm(client: GetClient, name: str, properties: Properties) -> None:
    given = {key: value for key, value in properties.items() if key not in ("AlarmName", "Tags")}
    for number in ("EvaluationPeriods", "DatapointsToAlarm", "Period"):
        if number in given:
            given[number] = int(given[number])
    if "Threshold" in given:
        given["Threshold"] = float(given["Threshold"])
    client("cloudwatch").put_metric_alarm(AlarmName=name, **given)


def _find_package_group(client: GetClient, name: str) -> Made | None:
    groups = client("sagemaker").list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]
    for group in groups:
        if group["ModelPackageGroupName"] == name:
            return Made(group["ModelPackageGroupArn"], {"ModelPackageGroupArn": group["ModelPackageGroupArn"]})
    return None


def _create_app(client: GetClient, name: str, properties: Properties) -> Made:
    app = client("amplify").create_app(name=properties.get("Name", name))["app"]
    return Made(app["appArn"], {"AppId": app["appId"], "Arn": app["appArn"], "DefaultDomain": app["defaultDomain"]})


def _delete_app(client: GetClient, name: str, properties: Properties) -> None:
    client("amplify").delete_app(appId=name.rpartition("/")[2])


def _create_branch(client: GetClient, name: str, properties: Properties) -> Made:
    branch = properties["BranchName"]
    arn = client("amplify").create_branch(appId=properties["AppId"], branchName=branch)["branch"]["branchArn"]
    return Made(arn, {"Arn": arn, "BranchName": branch})


def _delete_branch(client: GetClient, name: str, properties: Properties) -> None:
    client("amplify").delete_branch(appId=properties["AppId"], branchName=properties["BranchName"])


KINDS: dict[str, Kind] = {
    "AWS::S3::Bucket": Kind(
        _create_bucket,
        lambda client, name, properties: client("s3").delete_bucket(Bucket=name),
        _set_bucket,
        name="BucketName",
        survives=True,
        find=_find_bucket,
    ),
    "AWS::DynamoDB::Table": Kind(
        _create_table,
        lambda client, name, properties: client("dynamodb").delete_table(TableName=name),
        _set_table,
        name="TableName",
        survives=True,
        find=_find_table,
    ),
    "AWS::IAM::Role": Kind(_create_role, _delete_role, _set_role, name="RoleName"),
    "AWS::KMS::Key": Kind(_create_key, _delete_key),
    "AWS::SecretsManager::Secret": Kind(
        _create_secret,
        lambda client, name, properties: client("secretsmanager").delete_secret(
            SecretId=name, ForceDeleteWithoutRecovery=True
        ),
    ),
    "AWS::Cognito::UserPool": Kind(
        _create_user_pool, lambda client, name, properties: client("cognito-idp").delete_user_pool(UserPoolId=name)
    ),
    "AWS::Cognito::UserPoolClient": Kind(_create_pool_client, _delete_pool_client),
    "AWS::Cognito::UserPoolDomain": Kind(_create_domain, _delete_domain),
    "AWS::Logs::LogGroup": Kind(
        _create_log_group,
        lambda client, name, properties: client("logs").delete_log_group(logGroupName=name),
        _set_log_group,
        name="LogGroupName",
        find=_find_log_group,
    ),
    "AWS::SNS::Topic": Kind(
        _create_topic, lambda client, name, properties: client("sns").delete_topic(TopicArn=name), name="TopicName"
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        _create_dashboard,
        lambda client, name, properties: client("cloudwatch").delete_dashboards(DashboardNames=[name]),
        _set_dashboard,
        name="DashboardName",
    ),
    "AWS::CloudWatch::Alarm": Kind(
        _create_alarm,
        lambda client, name, properties: client("cloudwatch").delete_alarms(AlarmNames=[name]),
        _set_alarm,
        name="AlarmName",
    ),
    "AWS::SageMaker::ModelPackageGroup": Kind(
        _create_package_group,
        lambda client, name, properties: client("sagemaker").delete_model_package_group(
            ModelPackageGroupName=name.rpartition("/")[2]
        ),
        name="ModelPackageGroupName",
        survives=True,
        find=_find_package_group,
    ),
    "AWS::Amplify::App": Kind(_create_app, _delete_app),
    "AWS::Amplify::Branch": Kind(_create_branch, _delete_branch),
}
