"""The steps from an empty account to a page that answers: the stack in its phases, the function's code, the API's test.

Each step finds what an earlier run has made and goes on from there.
"""

import importlib.util
import json
import re
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from medassist import aws, config, storage
from medassist.errors import ConfigurationError, DeploymentError
from medassist.production import refusals, stack, template

HEALTH_LIMIT_S = 180.0  # a new function fetches its index before it answers for the first time
PAUSE_S = 3.0
# Types whose resources outlive stacks or are made by services themselves, with the property that names them.
_ADOPTABLE = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
}
_PLACEHOLDER = re.compile(r"\$\{([\w:]+)\}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person has asked for; what is None stays as the stack has it, or as the template says."""

    preset: str | None = None
    corpus: str | None = None
    emergency_phone: str | None = None
    crisis_line: str | None = None
    poison_centre: str | None = None
    model_words: str | None = None
    redaction: str | None = None
    alarm_email: str | None = None
    monthly_budget: str | None = None
    retention_days: str | None = None
    endpoint_name: str | None = None
    index_uri: str | None = None
    index_store: str | None = None


def parameters(stack_name: str, wishes: Wishes) -> dict[str, str]:
    """Return the template's parameters: the stack's own, with the wishes in their place."""
    declared = template.parameters()
    values = {name: value for name, value in stack.read_parameters(stack_name).items() if name in declared}
    values.setdefault("EndpointName", f"{stack_name}-t5")  # two stacks, two endpoints
    for field in fields(wishes):
        if (value := getattr(wishes, field.name)) is not None:
            values[stack.output_key(field.name)] = value
    return values


def propose(stack_name: str, values: Mapping[str, str], *, mend: bool = False) -> stack.Proposal | None:
    """Ask what these parameters would change in the stack; None if nothing.

    What has the name of a resource that the stack is about to create, and belongs to no stack, is taken over with all
    that is in it: the bucket of notebooks that ran without a stack, or a log group that outlived an earlier one. It is
    imported as it is; ``mend`` then gives it the template's settings.

    Raises
    ------
    DeploymentError
        If a value is not one that the template takes, the bucket's name is another account's, or the stack allows no
        change.
    """
    outputs, status = stack.read_outputs(stack_name), stack.status_of(stack_name)
    translated = template.translate(values)
    known = stack.resource_ids(stack_name) if outputs else {}
    if not outputs and not stack.is_stuck(status):
        check_bucket(bucket_name(stack_name))
    adopted = adopting(translated, names_in_use(stack_name, values), known)
    bucket = outputs.bucket_name if outputs else ""
    return stack.propose(stack_name, adopted or translated, values, bucket=bucket, adopt=adopted is not None, mend=mend)


def check_name(stack_name: str) -> None:
    """Refuse a name that a stack may have, but what is named after it may not: bucket and sign-in domain.

    Raises
    ------
    DeploymentError
        If it is not 1 to 35 lower-case letters, digits and hyphens (a bucket's name has 63 characters at most, of
        which account and region take up to 28), or has a word that Cognito keeps for AWS.
    """
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,33}[a-z0-9])?", stack_name):
        raise DeploymentError(
            f"{stack_name!r} is no name for a stack, as its bucket is named after it; use up to 35 lower-case letters, "
            "digits and hyphens, a letter first."
        )
    if word := next((word for word in ("amazon", "aws", "cognito") if word in stack_name), ""):
        raise DeploymentError(
            f"{stack_name!r} is no name for a stack: Cognito takes no sign-in domain with {word!r} in it; use another."
        )


def check_code(path: Path) -> None:
    """Refuse a zip that cannot be the function's.

    Raises
    ------
    ConfigurationError
        If it is missing, cannot be read, is no zip, or has no handler.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(
            f"The function's zip {path} cannot be read ({reason}); leave --code out, and it is built."
        ) from error
    if "app.py" not in names:
        raise ConfigurationError(
            f"{path} has no app.py, so it is not the function's; leave --code out, and it is built."
        )


def check_index(uri: str, bucket: str, store: str = config.BUNDLE) -> None:
    """Refuse an index that the function could not load.

    Raises
    ------
    DeploymentError
        If it is not in the stack's bucket, there is none, or it is one of another store.
    """
    if not uri.startswith(f"s3://{bucket}/"):
        raise DeploymentError(f"The index {uri!r} is not in the stack's bucket; it must begin with s3://{bucket}/.")
    if not storage.exists(f"{uri.rstrip('/')}/{storage.MANIFEST}"):
        raise DeploymentError(f"There is no index at {uri}; leave --index-uri out for the corpus's latest.")
    if (f"/{config.S3_VECTORS}/" in uri) != (store == config.S3_VECTORS):
        raise DeploymentError(
            f"The index {uri!r} is not one of the store {store!r}; choose its own with --index-store."
        )


def bucket_name(stack_name: str) -> str:
    """Return what the stack's bucket is called: ``<stack>-<account>-<region>``."""
    return storage.default_bucket().replace(stack.NAME, stack_name, 1)


def check_bucket(bucket: str) -> bool:
    """Return whether the bucket is there; refuse a name that is taken, before CloudFormation finds out halfway.

    Raises
    ------
    DeploymentError
        If the bucket is another account's.
    """
    from botocore.exceptions import ClientError

    with refusals.explained(f"looking for the bucket {bucket}"):
        try:
            aws.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("404", "NoSuchBucket"):
                return False
            if code in ("403", "AccessDenied"):
                raise DeploymentError(
                    f"The bucket name {bucket} is taken by another account, or you may not see it (s3:ListBucket); "
                    "deploy under another --stack-name."
                ) from error
            raise
    return True


def names_in_use(stack_name: str, values: Mapping[str, str]) -> "Names":
    """Return what looks names of buckets and log groups up."""
    bucket = bucket_name(stack_name)
    account, region = bucket.removeprefix(f"{stack_name}-").split("-", 1)
    pseudo = {"AWS::StackName": stack_name, "AWS::AccountId": account, "AWS::Region": region}
    defaults = {name: str(about.get("Default", "")) for name, about in template.parameters().items()}
    return Names({**defaults, **values, **pseudo})


class Names:
    """Resolves names in a template over ``values`` and says which are in use."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def resolve(self, name: Any) -> str:
        """Return the name as CloudFormation will read it; empty if it depends on another resource."""
        if isinstance(name, str):
            return name
        ((function, text),) = name.items()
        if function == "Ref":
            return self._values.get(text, "")
        if function != "Fn::Sub" or not isinstance(text, str):
            return ""
        known = all(part in self._values for part in _PLACEHOLDER.findall(text))
        return _PLACEHOLDER.sub(lambda match: self._values[match[1]], text) if known else ""

    def exists(self, type_: str, name: str) -> bool:
        """Tell whether there is a resource of that type and name."""
        if type_ == "AWS::S3::Bucket":
            return check_bucket(name)
        with refusals.explained(f"looking for {name}"):
            if type_ == "AWS::DynamoDB::Table":
                pages = aws.client("dynamodb").get_paginator("list_tables").paginate()
                return any(name in page["TableNames"] for page in pages)
            if type_ == "AWS::Logs::LogGroup":
                groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
                return any(group["logGroupName"] == name for group in groups)
            pages = aws.client("sagemaker").get_paginator("list_model_package_groups").paginate(NameContains=name)
            found = (group for page in pages for group in page["ModelPackageGroupSummaryList"])
            return any(group["ModelPackageGroupName"] == name for group in found)


def adopting(translated: dict[str, Any], names: Names, known: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the template so that CloudFormation imports what exists; None if it is to create everything.

    CloudFormation imports by itself what has a plain name and is retained; the next change set takes both back.
    """
    resources, taken = dict(translated["Resources"]), False
    for logical_id, resource in translated["Resources"].items():
        property_ = _ADOPTABLE.get(resource["Type"])
        if property_ is None or logical_id in known:
            continue
        name = names.resolve(resource.get("Properties", {}).get(property_, ""))
        if name and names.exists(resource["Type"], name):
            taken = True
            properties = {**resource["Properties"], property_: name}
            resources[logical_id] = {**resource, "DeletionPolicy": "Retain", "Properties": properties}
    return {**translated, "Resources": resources} if taken else None


def code_key(path: Path) -> str:
    """Return where on S3 the function's code lies: named by its content."""
    return f"code/{storage.sha256_of(path)}.zip"


def build_code(folder: Path) -> Path:
    """Build the function's zip with ``deploy/build_lambda.py`` and return its path."""
    script = config.project_root() / "deploy" / "build_lambda.py"
    specification = importlib.util.spec_from_file_location("build_lambda", script)
    if specification is None or specification.loader is None or not script.is_file():
        raise DeploymentError(f"{script} is missing; restore it from the repository.")
    module: Any = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look their module up there
    specification.loader.exec_module(module)
    path = folder / "medassist-x86_64.zip"
    module.build(path)
    return path


def prune_versions(function_name: str, keep: int = 3) -> int:
    """Delete the function's versions but the latest ``keep`` and those that an alias names; return how many.

    Each update publishes a version, which stays for the way back. SnapStart bills for each one that is there.
    """
    from botocore.exceptions import ClientError

    client = aws.client("lambda")
    with refusals.explained(f"removing old versions of {function_name}"):
        try:
            pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function_name)
            versions = [int(v["Version"]) for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"]
            aliases = client.list_aliases(FunctionName=function_name)["Aliases"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return 0
            raise
        named = {alias["FunctionVersion"] for alias in aliases}
        old = [version for version in sorted(versions)[:-keep] if str(version) not in named]
        for version in old:
            client.delete_function(FunctionName=function_name, Qualifier=str(version))
    return len(old)


def check_ready(bucket: str, corpus: str) -> str:
    """Return where the corpus's latest bundle lies; refuse to bring up an API that would have nothing to search.

    Its address goes into the function's settings: so a new index is a new version of the function, shifted to and
    rolled back like new code.

    Raises
    ------
    DeploymentError
        If the corpus's index or model is not on S3.
    """
    for kind, notebook in (("index", "02_build_index"), ("models", "03_finetune_t5")):
        if not storage.exists(f"s3://{bucket}/{kind}/{corpus}/latest.json"):
            raise DeploymentError(
                f"s3://{bucket} holds no {kind} of {corpus!r}; run the notebook {notebook}, or leave out "
                "--skip-notebooks."
            )
    return str(storage.read_json(f"s3://{bucket}/index/{corpus}/latest.json")["uri"])


def smoke_test(
    url: str, headers: Mapping[str, str], question: str, *, limit_s: float = HEALTH_LIMIT_S
) -> dict[str, Any]:
    """Ask the API whether it is well, then one question; return the answer.

    Raises
    ------
    DeploymentError
        If it is not well within ``limit_s`` seconds, or refuses the question.
    """
    deadline = time.monotonic() + limit_s
    while True:
        try:
            health = _request(f"{url}/v1/health", {}, None)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise DeploymentError(
                    f"The API at {url} is not well after {limit_s:.0f} seconds ({error}); look at the function's log."
                ) from error
            time.sleep(PAUSE_S)
    if health.get("status") != "ok":
        raise DeploymentError(f"The API at {url} says {health.get('status')!r}; look at the function's log.")
    try:
        return _request(f"{url}/v1/questions", headers, {"question": question})
    except OSError as error:
        raise DeploymentError(f"The API at {url} does not answer a question ({error}); look at its log.") from error


def _request(url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=40) as response:
            return dict(json.load(response))
    except ValueError as error:
        raise OSError(f"{url} answers something that is not JSON") from error
