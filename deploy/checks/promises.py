"""What we promise about the production stack, as functions of a translated template.

Each promise yields what it objects to, one sentence a fault, and nothing if it is kept. ``PROMISES`` lists them all;
``tests/test_template.py`` holds them against every preset and phase, and breaks the template to see that each can
object.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]
Objections = Iterator[str]

OPEN_ROUTES = {("get", "/v1/health")}
# Actions that IAM lets nobody restrict to a resource ("Actions, resources, and condition keys for AWS services").
WITHOUT_RESOURCE = {
    "comprehendmedical:DetectPHI",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
}
# Services that tell a role's trust policy no account to ask for.
TELL_NO_ACCOUNT = {"lambda.amazonaws.com", "apigateway.amazonaws.com"}
PRIVATE = re.compile(r"(?i)body|querystring|identity|sourceIp|authorizer|requestOverride|header|\$context\.path\b")


def of_type(template: Template, type_: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the properties of each resource of a type."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == type_:
            yield name, resource.get("Properties", {})


def is_prod(template: Template) -> bool:
    """Tell the preset by what only prod has: the customer-managed key."""
    return any(of_type(template, "AWS::KMS::Key"))


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement of each role's, resource's and key's policy, with the resource's name."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)
                     and "PolicyDocument" in policy]  # fmt: skip
        documents += [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
        for document in documents:
            yield from ((name, statement) for statement in document["Statement"])


def condition_of(statement: Mapping[str, Any]) -> str:
    """Return a statement's condition as text, in which a reference within ``Fn::Sub`` looks like any other."""
    return re.sub(r"\$\{(AWS::AccountId)\}", r'"\1"', json.dumps(statement.get("Condition", {})))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- data ---------------------------------------------------------------------------------------------------------


def data_is_encrypted(template: Template) -> Objections:
    """Bucket and table always; in prod table, logs and alarms with a key of our own, which is renewed every year."""
    prod = is_prod(template)
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        if not bucket.get("BucketEncryption"):
            yield f"The bucket {name} is not encrypted."
    for name, table in of_type(template, "AWS::DynamoDB::Table"):
        encryption = table.get("SSESpecification", {})
        if not encryption.get("SSEEnabled") or prod != ("KMSMasterKeyId" in encryption):
            yield f"The table {name} is not encrypted as its preset asks."
    encrypted = {
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::SecretsManager::Secret": "KmsKeyId",
    }
    for type_, key in encrypted.items():
        for name, properties in of_type(template, type_):
            if prod and not isinstance(properties.get(key), dict):
                yield f"{name} is not encrypted with our own key."
    for name, key in of_type(template, "AWS::KMS::Key"):
        if key.get("EnableKeyRotation") is not True:
            yield f"The key {name} is never renewed."


def data_travels_by_tls_only(template: Template) -> Objections:
    """Bucket and topic refuse what is not encrypted on its way."""
    for type_ in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"):
        policies = list(of_type(template, type_))
        if not policies:
            yield f"There is no {type_}."
        for name, policy in policies:
            denied = [
                statement
                for statement in policy["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny"
                and statement["Principal"] == "*"
                and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            ]
            if not denied:
                yield f"{name} lets requests in that are not encrypted."


def nothing_is_public(template: Template) -> Objections:
    """No bucket can be opened, and no policy allows everybody."""
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        block = bucket.get("PublicAccessBlockConfiguration", {})
        needed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        if not all(block.get(key) is True for key in needed):
            yield f"The bucket {name} can be made public."
    for name, statement in statements(template):
        principal = statement.get("Principal")
        if statement["Effect"] == "Allow" and (principal == "*" or "*" in as_list((principal or {}).get("AWS", []))):
            yield f"{name} allows everybody."


def data_comes_to_an_end(template: Template) -> Objections:
    """Questions expire, logs are kept for a stated time, old versions and jobs' leftovers go."""
    for name, table in of_type(template, "AWS::DynamoDB::Table"):
        if not table.get("TimeToLiveSpecification", {}).get("Enabled"):
            yield f"Items of the table {name} never expire."
    for name, group in of_type(template, "AWS::Logs::LogGroup"):
        if not group.get("RetentionInDays"):
            yield f"The log group {name} keeps everything for ever."
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        rules = json.dumps(bucket.get("LifecycleConfiguration", {}))
        for rule in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "training/", "checkpoints/"):
            if rule not in rules:
                yield f"The bucket {name} has no rule for {rule}."


def data_can_be_restored(template: Template) -> Objections:
    """Versions in the bucket, points in time of the table; in prod neither table nor user pool can go by accident."""
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"The bucket {name} keeps no versions."
    for name, table in of_type(template, "AWS::DynamoDB::Table"):
        if table.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield f"The table {name} has no point-in-time recovery."
        if is_prod(template) and table.get("DeletionProtectionEnabled") is not True:
            yield f"The table {name} can be deleted by accident."
    for name, pool in of_type(template, "AWS::Cognito::UserPool"):
        if is_prod(template) and pool.get("DeletionProtection") != "ACTIVE":
            yield f"The user pool {name} can be deleted by accident."


def logs_name_nobody(template: Template) -> Objections:
    """No bodies, addresses or callers in the access log, no traces of data, no samples; identifiers are masked."""
    for name, stage in of_type(template, "AWS::ApiGateway::Stage"):
        if found := PRIVATE.search(stage["AccessLogSetting"]["Format"]):
            yield f"The access log of {name} holds {found[0]}."
        for setting in stage["MethodSettings"]:
            if setting.get("DataTraceEnabled") is not False or setting.get("LoggingLevel") != "OFF":
                yield f"API Gateway logs requests of {name}."
    for name, group in of_type(template, "AWS::Logs::LogGroup"):
        operations = [part["Operation"] for part in group.get("DataProtectionPolicy", {}).get("Statement", [])]
        if not {"Audit", "Deidentify"} <= {key for operation in operations for key in operation}:
            yield f"The log group {name} does not mask identifiers."
    for name, firewall in of_type(template, "AWS::WAFv2::WebACL"):
        if '"SampledRequestsEnabled": true' in json.dumps(firewall):
            yield f"The firewall {name} keeps samples of requests."


# --- who may do what ----------------------------------------------------------------------------------------------


def operations(template: Template) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the method, path and definition of each operation of the REST API."""
    for _, api in of_type(template, "AWS::ApiGateway::RestApi"):
        for path, methods in api["Body"]["paths"].items():
            yield from ((method, path, definition) for method, definition in methods.items())


def callers_are_known(template: Template) -> Objections:
    """Every route but health asks Cognito; OPTIONS tells only who may ask."""
    for _, api in of_type(template, "AWS::ApiGateway::RestApi"):
        schemes = api["Body"].get("securityDefinitions") or api["Body"].get("components", {}).get("securitySchemes", {})
        authorizers = {
            name
            for name, scheme in schemes.items()
            if scheme.get("x-amazon-apigateway-authtype") == "cognito_user_pools"
            and scheme["x-amazon-apigateway-authorizer"]["providerARNs"] == [{"Fn::GetAtt": ["UserPool", "Arn"]}]
        }
        if not authorizers:
            yield "The API has no authoriser of our user pool."
        for method, path, definition in operations(template):
            asked = {name for requirement in definition.get("security", []) for name in requirement}
            open_ = method == "options" or (method, path) in OPEN_ROUTES
            if not open_ and not asked & authorizers:
                yield f"{method.upper()} {path} asks nobody who they are."


def only_the_page_may_read_answers(template: Template) -> Objections:
    """Browsers are told one origin: the page's."""
    page = {"Fn::Sub": "'https://main.${Page.DefaultDomain}'"}
    for name, api in of_type(template, "AWS::ApiGateway::RestApi"):
        found = re.findall(r'Access-Control-Allow-Origin": ("[^"]*"|\{"Fn::Sub": "[^"]*"\})', json.dumps(api["Body"]))
        origins = [json.loads(value) for value in found if value not in ("true", "false")]
        if not origins:
            yield f"{name} allows no page at all."
        for origin in origins:
            if origin != page:
                yield f"{name} allows {origin}."


def requests_are_limited(template: Template) -> Objections:
    """The stage is throttled, has a usage plan, and stands behind a firewall that limits each address."""
    for name, stage in of_type(template, "AWS::ApiGateway::Stage"):
        for setting in stage["MethodSettings"]:
            if not setting.get("ThrottlingRateLimit") or not setting.get("ThrottlingBurstLimit"):
                yield f"{name} is not throttled."
        guarded = [
            link
            for _, link in of_type(template, "AWS::WAFv2::WebACLAssociation")
            if f"${{{name}}}" in json.dumps(link["ResourceArn"])
        ]
        if not guarded:
            yield f"{name} has no firewall."
        if not any({"Ref": name} == part["Stage"] for _, plan in of_type(template, "AWS::ApiGateway::UsagePlan")
                   for part in plan["ApiStages"]):  # fmt: skip
            yield f"{name} has no usage plan."
    for name, firewall in of_type(template, "AWS::WAFv2::WebACL"):
        rules = json.dumps(firewall["Rules"])
        for rule in ("RateBasedStatement", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"):
            if rule not in rules:
                yield f"The firewall {name} lacks {rule}."


def sign_in_is_strict(template: Template) -> Objections:
    """Strong passwords, nobody signs up, no client secret, the code flow only."""
    for name, pool in of_type(template, "AWS::Cognito::UserPool"):
        policy = pool.get("Policies", {}).get("PasswordPolicy", {})
        if policy.get("MinimumLength", 0) < 12:
            yield f"{name} takes short passwords."
        if pool.get("AdminCreateUserConfig") != {"AllowAdminCreateUserOnly": True}:
            yield f"Anybody can sign up at {name}."
    for name, client in of_type(template, "AWS::Cognito::UserPoolClient"):
        if client.get("GenerateSecret") or client.get("AllowedOAuthFlows") != ["code"]:
            yield f"{name} is not a public client of the code flow."
        if client.get("PreventUserExistenceErrors") != "ENABLED":
            yield f"{name} tells who has an account."


def permissions_are_by_action_and_resource(template: Template) -> Objections:
    """No wildcard in an action; ``*`` as a resource only where IAM knows no other, or where a key means itself."""
    for name, statement in statements(template):
        if statement["Effect"] != "Allow":
            continue
        of_key = template["Resources"][name]["Type"] == "AWS::KMS::Key"
        actions = as_list(statement["Action"])
        if not of_key and (broad := [action for action in actions if "*" in action]):
            yield f"{name} allows {', '.join(broad)}."
        if not of_key and "*" in as_list(statement["Resource"]) and not set(actions) <= WITHOUT_RESOURCE:
            yield f"{name} allows {', '.join(actions)} on everything."
    for name, role in of_type(template, "AWS::IAM::Role"):
        for arn in role.get("ManagedPolicyArns", []):
            if "AmazonAPIGatewayPushToCloudWatchLogs" not in json.dumps(arn):
                yield f"{name} has the ready-made policy {arn}."


def wildcards_are_explained(template: Template, source: str = "") -> Objections:
    """Where a statement has a wildcard, a comment stands beside its ``Sid`` in the template."""
    source = source or (Path(__file__).parents[1] / "template.yaml").read_text(encoding="utf-8")
    explained = set(re.findall(r"- Sid: (\w+) +#", source))
    for name, statement in statements(template):
        texts = json.dumps([statement["Action"], statement.get("Resource", ""), statement.get("Principal", "")])
        if "*" in texts and statement.get("Sid") not in explained:
            yield f"A wildcard of {name} is not explained: {statement.get('Sid', texts)}."


def no_confused_deputy(template: Template) -> Objections:
    """A service acts for this account only, wherever it says for whom it acts."""
    account = {"Ref": "AWS::AccountId"}
    for name, role in of_type(template, "AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            services = set(as_list(statement["Principal"].get("Service", [])))
            asked = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
            if not services or (not services <= TELL_NO_ACCOUNT and asked != account):
                yield f"{name} trusts {', '.join(services) or 'no service'} on behalf of any account."
    for name, policy in of_type(template, "AWS::SNS::TopicPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            asked = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
            if statement["Effect"] == "Allow" and asked != account:
                yield f"{name} takes messages on behalf of any account."
    for name, key in of_type(template, "AWS::KMS::Key"):
        for statement in key["KeyPolicy"]["Statement"]:
            if "Service" in statement["Principal"] and '"AWS::AccountId"' not in condition_of(statement):
                yield f"{name} serves {statement['Sid']} on behalf of any account."
    for name, permission in of_type(template, "AWS::Lambda::Permission"):
        if not permission.get("SourceArn"):
            yield f"{name} lets any API call the function."


def nothing_is_tied_to_one_account(template: Template) -> Objections:
    """No account number and no region is written down."""
    text = json.dumps({key: template.get(key) for key in ("Resources", "Outputs")})
    for pattern in (r"(?<![\dA-Za-z])\d{12}(?![\dA-Za-z])", r"\b(?:us|eu|ap|ca|sa|me|af|il|mx)-[a-z]+-\d\b"):
        for found in re.findall(pattern, text):
            yield f"The template holds {found}."


# --- running it ---------------------------------------------------------------------------------------------------


def every_service_has_alarms(template: Template) -> Objections:
    """Errors and slowness of API, function, model and table, quality of answers; each alarm reaches the topic."""
    watched: set[str] = set()
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        if alarm.get("AlarmActions") != [{"Ref": "AlarmTopic"}]:
            yield f"The alarm {name} reaches nobody."
        watched |= set(re.findall(r'"MetricName": "(\w+)"', json.dumps(alarm)))
    needed = {"Invocation5XXErrors", "Invocation4XXErrors", "ModelLatency", "ReadThrottleEvents", "WriteThrottleEvents"}
    if any(of_type(template, "AWS::Lambda::Function")):
        needed |= {"5XXError", "Latency", "Errors", "Throttles", "Duration", "ConcurrentExecutions", "BlockedRequests"}
        needed |= {"AnswersAbstained", "AnswersQuoted", "Questions", "InteractionsNotStored"}
    for metric in sorted(needed - watched):
        yield f"No alarm watches {metric}."


def prod_scales(template: Template) -> Objections:
    """In prod table, function and model follow the load between a least and a most, each by target tracking."""
    if not is_prod(template):
        return
    needed = {"dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"}
    if any(of_type(template, "AWS::Lambda::Function")):
        needed.add("lambda:function:ProvisionedConcurrency")
    targets = dict(of_type(template, "AWS::ApplicationAutoScaling::ScalableTarget"))
    policies = [policy for _, policy in of_type(template, "AWS::ApplicationAutoScaling::ScalingPolicy")]
    for dimension in sorted(needed - {target["ScalableDimension"] for target in targets.values()}):
        yield f"{dimension} does not scale."
    for name in targets:
        tracking = [
            policy
            for policy in policies
            if policy["ScalingTargetId"] == {"Ref": name} and policy["PolicyType"] == "TargetTrackingScaling"
        ]
        if not tracking:
            yield f"{name} follows no target."


def versions_are_ready_and_shifted_gradually(template: Template) -> Objections:
    """Warm by SnapStart or by provisioned concurrency, never both; CodeDeploy shifts, alarms take it back."""
    for _, function in of_type(template, "AWS::Lambda::Function"):
        aliases = list(of_type(template, "AWS::Lambda::Alias"))
        snapshot = "SnapStart" in function
        provisioned = any("ProvisionedConcurrencyConfig" in alias for _, alias in aliases)
        if snapshot == provisioned:
            yield "The function needs either SnapStart or provisioned concurrency; Lambda refuses both."
        if snapshot and function.get("EphemeralStorage", {}).get("Size", 512) > 512:
            yield "Lambda refuses SnapStart with more than 512 MB of ephemeral storage."
        if is_prod(template) and not function.get("ReservedConcurrentExecutions"):
            yield "The function can take all of the account's executions."
    for name in (name for name, _ in of_type(template, "AWS::Lambda::Alias")):
        if "CodeDeployLambdaAliasUpdate" not in template["Resources"][name].get("UpdatePolicy", {}):
            yield f"The alias {name} moves all at once."
    for name, group in of_type(template, "AWS::CodeDeploy::DeploymentGroup"):
        events = group.get("AutoRollbackConfiguration", {}).get("Events", [])
        if "DEPLOYMENT_STOP_ON_ALARM" not in events or not group.get("AlarmConfiguration", {}).get("Alarms"):
            yield f"{name} does not roll back on an alarm."
        if is_prod(template) and "Canary" not in json.dumps(group["DeploymentConfigName"]):
            yield f"{name} has no canary."


def the_page_is_locked_down(template: Template) -> Objections:
    """The page's headers let in nothing but its own files and the two services that it talks to."""
    for name, page in of_type(template, "AWS::Amplify::App"):
        headers = json.dumps(page.get("CustomHeaders", ""))
        for needed in (
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "Strict-Transport-Security",
        ):
            if needed not in headers:
                yield f"{name} does not send {needed}."
        if "unsafe" in headers:
            yield f"{name} allows unsafe scripts or styles."


PROMISES: tuple[Callable[[Template], Objections], ...] = (
    data_is_encrypted,
    data_travels_by_tls_only,
    nothing_is_public,
    data_comes_to_an_end,
    data_can_be_restored,
    logs_name_nobody,
    callers_are_known,
    only_the_page_may_read_answers,
    requests_are_limited,
    sign_in_is_strict,
    permissions_are_by_action_and_resource,
    wildcards_are_explained,
    no_confused_deputy,
    nothing_is_tied_to_one_account,
    every_service_has_alarms,
    prod_scales,
    versions_are_ready_and_shifted_gradually,
    the_page_is_locked_down,
)
