"""Removing everything: what is there, what it holds, taking it away in the right order, and what remains."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from medassist import aws, vector_upload
from medassist.config import S3_VECTORS
from medassist.errors import DeploymentError, StorageError
from medassist.production import model_registry, refusals, rollout, serving, stack
from medassist.production.stack_events import Event

BATCH = 1000  # objects that S3 deletes in one call at most
# Log groups that SageMaker makes itself, for all of an account's jobs together.
SHARED_LOGS = ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs")


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there of one stack, and what it holds."""

    stack_name: str
    status: str  # of the stack; empty without one
    resources: tuple[tuple[str, str, str], ...]  # logical id, type, physical id
    bucket: str  # empty: there is none
    versions: int  # of objects, delete markers included
    bytes: int
    table: str  # empty: there is none
    items: int  # as DynamoDB last counted them, every six hours
    endpoint: str  # empty: there is none
    package_group: str
    packages: tuple[str, ...]  # ARNs of model packages
    user_pool: str
    vector_bucket: str = ""  # empty: there is none
    vector_indexes: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to remove."""
        held = (self.bucket, self.vector_bucket, self.table, self.endpoint, self.packages)
        return not (self.status or any(held))


@dataclass(slots=True)
class Progress:
    """Where :func:`remove` tells how far it is."""

    say: Callable[[str], None] = print
    deleted: Callable[[int], None] = lambda count: None  # so many versions more are gone
    on_event: Callable[[Event], None] = lambda event: None
    on_trouble: Callable[[str], None] = lambda line: None
    kept: list[Event] = field(default_factory=list)  # what the stack's policies keep


def take_stock(stack_name: str, bucket: str, table: str, endpoint: str) -> Stock:
    """Look at what is there; the names say where to look if the stack does not know (any more)."""
    status = stack.status_of(stack_name)
    resources = stack.resources(stack_name) if status else ()
    by_type = {type_: physical for _, type_, physical in resources}
    bucket = by_type.get("AWS::S3::Bucket") or bucket
    table = by_type.get("AWS::DynamoDB::Table") or table
    if status:
        endpoint = stack.read_parameters(stack_name).get("EndpointName", endpoint)
    vector_bucket = bucket  # is called the same
    bucket = bucket if _has_bucket(bucket) else ""
    counts = [size for _, _, size in _versions(bucket)] if bucket else []
    items = _count_items(table)
    vectors = _vector_indexes(vector_bucket, stack_name if status else "")
    return Stock(
        stack_name,
        status,
        resources,
        bucket,
        len(counts),
        sum(counts),
        table if items is not None else "",
        items or 0,
        endpoint if _has_endpoint(endpoint) else "",
        stack_name,
        tuple(model_registry.version_arns(stack_name)),
        by_type.get("AWS::Cognito::UserPool", ""),
        vector_bucket if vectors is not None else "",
        tuple(vectors or ()),
    )


def remove(stock: Stock, progress: Progress) -> None:
    """Remove all of it, in an order in which nothing is in use any more when it goes; a second run continues.

    Raises
    ------
    DeploymentError
        If something cannot be removed: names it, the reason and the next step.
    """
    if stock.status:
        stack.wait_until_free(stock.stack_name, progress.on_event, progress.on_trouble)
    if stock.endpoint:
        progress.say(f"deleting the endpoint {stock.endpoint}")
        serving.delete(stock.endpoint)
        serving.delete(rollout.aside(stock.endpoint))  # which a smoke test that was killed may have left
    _delete_packages(stock, progress)
    if stock.vector_bucket:
        progress.say(f"deleting the vector bucket {stock.vector_bucket} with {len(stock.vector_indexes)} indexes")
        vector_upload.delete_bucket(stock.vector_bucket)
    if stock.bucket:
        progress.say(f"emptying the bucket {stock.bucket}")
        empty_bucket(stock.bucket, progress.deleted)
    _lift_protection(stock)
    if stock.status:
        progress.say(f"deleting the stack {stock.stack_name}")

        def on_event(event: Event) -> None:
            if event.status == "DELETE_SKIPPED":
                progress.kept.append(event)
            progress.on_event(event)

        stack.delete(stock.stack_name, on_event, progress.on_trouble)
    _delete_leftovers(stock, progress)


def remains(stock: Stock, kept: list[Event]) -> list[tuple[str, str]]:
    """Return what is still there and what it costs."""
    found = [
        (f"{event.resource} ({event.type})", "kept by the template on purpose; costs nothing")
        for event in kept
        if event.type != "AWS::Lambda::Version"  # these went with their function
    ]
    for resource, type_, physical in stock.resources:
        if type_ == "AWS::KMS::Key":
            found.append((f"{resource} (key {physical})", "disabled now, deleted in 30 days; costs nothing until then"))
        if type_ == "AWS::DynamoDB::Table":
            about = "kept by DynamoDB for 35 days with the questions in it; costs nothing"
            found.append((f"backup of {physical}", about))
    with refusals.explained("looking at what remains"):
        logs = aws.client("logs")
        prefixes = [*SHARED_LOGS, f"/aws/lambda/{stock.stack_name}-api"]
        if stock.endpoint:
            prefixes.append(f"/aws/sagemaker/Endpoints/{stock.endpoint}")
        for prefix in prefixes:
            for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
                size = f"{group.get('storedBytes', 0) / 1e6:.1f} MB"
                found.append((f"log group {group['logGroupName']}", f"{size}; storage is billed by the GB and month"))
    if stock.bucket and _has_bucket(stock.bucket):
        found.append((f"bucket {stock.bucket}", "storage is billed by the GB and month; run it again"))
    if stock.vector_bucket and vector_upload.index_names(stock.vector_bucket) is not None:
        found.append((f"vector bucket {stock.vector_bucket}", "storage is billed by the GB and month; run it again"))
    if stock.table and _count_items(stock.table) is not None:
        found.append((f"table {stock.table}", "storage is billed by the GB and month; run it again"))
    return found


def empty_bucket(bucket: str, deleted: Callable[[int], None] = lambda count: None) -> int:
    """Delete all versions of all objects, delete markers and unfinished uploads; return how many versions."""
    s3, total = aws.client("s3"), 0
    with refusals.explained(f"emptying the bucket {bucket}", "What is deleted is gone; run it again and it continues."):
        batch: list[dict[str, str]] = []
        for key, version, _ in _versions(bucket):
            batch.append({"Key": key, "VersionId": version})
            if len(batch) == BATCH:
                total += _delete_batch(s3, bucket, batch, deleted)
                batch = []
        if batch:
            total += _delete_batch(s3, bucket, batch, deleted)
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return total


def _delete_batch(s3: Any, bucket: str, batch: list[dict[str, str]], deleted: Callable[[int], None]) -> int:
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    if errors := answer.get("Errors"):
        first = errors[0]
        raise DeploymentError(f"s3://{bucket}/{first['Key']} cannot be deleted ({first['Code']}: {first['Message']}).")
    deleted(len(batch))
    return len(batch)


def _versions(bucket: str) -> Iterator[tuple[str, str, int]]:
    """Yield key, version id and size of all versions and delete markers."""
    with refusals.explained(f"listing the bucket {bucket}"):
        for page in aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in page.get("Versions", []):
                yield version["Key"], version["VersionId"], int(version["Size"])
            for marker in page.get("DeleteMarkers", []):
                yield marker["Key"], marker["VersionId"], 0


def _has_bucket(bucket: str) -> bool:
    with refusals.explained("listing buckets"):
        pages = aws.client("s3").get_paginator("list_buckets").paginate(Prefix=bucket)
        return any(item["Name"] == bucket for page in pages for item in page["Buckets"])


def _vector_indexes(bucket: str, stack_name: str) -> list[str] | None:
    """Return the indexes of a vector bucket; None if there is none.

    Who may not even look for it, and has not chosen S3 Vectors, is not kept from removing the rest.
    """
    try:
        return vector_upload.index_names(bucket)
    except StorageError:
        if stack_name and stack.read_parameters(stack_name).get("IndexStore") == S3_VECTORS:
            raise
        return None


def _count_items(table: str) -> int | None:
    dynamodb = aws.client("dynamodb")
    with refusals.explained(f"looking at the table {table}"):
        try:
            return int(dynamodb.describe_table(TableName=table)["Table"].get("ItemCount", 0))
        except dynamodb.exceptions.ResourceNotFoundException:
            return None


def _has_endpoint(name: str) -> bool:
    with refusals.explained(f"looking for the endpoint {name}"):
        pages = aws.client("sagemaker").get_paginator("list_endpoints").paginate(NameContains=name)
        return any(item["EndpointName"] == name for page in pages for item in page["Endpoints"])


def _delete_packages(stock: Stock, progress: Progress) -> None:
    if not stock.packages:
        return
    progress.say(f"deleting {len(stock.packages)} model packages")
    sagemaker = aws.client("sagemaker")
    with refusals.explained("deleting model packages"):
        for arn in stock.packages:
            sagemaker.delete_model_package(ModelPackageName=arn)


def _lift_protection(stock: Stock) -> None:
    """Lift what prod's table and user pool are protected with; the stack's own protection is lifted when it goes."""
    if stock.table:
        with refusals.explained(f"lifting the protection of {stock.table}"):
            aws.client("dynamodb").update_table(TableName=stock.table, DeletionProtectionEnabled=False)
    if not stock.user_pool:
        return
    client = aws.client("cognito-idp")
    with refusals.explained(f"lifting the protection of the user pool {stock.user_pool}"):
        pool = client.describe_user_pool(UserPoolId=stock.user_pool)["UserPool"]
        if pool.get("DeletionProtection") == "ACTIVE":
            # What is not named in this call goes back to its default: so everything is named again as it is.
            known = client.meta.service_model.operation_model("UpdateUserPool").input_shape.members
            same = {name: value for name, value in pool.items() if name in known}
            if "AdminCreateUserConfig" in same:  # its old name for what the password policy says now
                same["AdminCreateUserConfig"].pop("UnusedAccountValidityDays", None)
            client.update_user_pool(**{**same, "UserPoolId": stock.user_pool, "DeletionProtection": "INACTIVE"})


def _delete_leftovers(stock: Stock, progress: Progress) -> None:
    """Delete what belongs to no stack: made by notebooks without one, or left by a stack that went before it."""
    if stock.bucket and _has_bucket(stock.bucket):
        progress.say(f"deleting the bucket {stock.bucket}")
        with refusals.explained(f"deleting the bucket {stock.bucket}"):
            aws.client("s3").delete_bucket(Bucket=stock.bucket)
    if stock.packages and model_registry.has_group(stock.package_group):
        with refusals.explained(f"deleting the model package group {stock.package_group}"):
            aws.client("sagemaker").delete_model_package_group(ModelPackageGroupName=stock.package_group)
    if stock.table and _count_items(stock.table) is not None:
        progress.say(f"deleting the table {stock.table}")
        with refusals.explained(f"deleting the table {stock.table}"):
            aws.client("dynamodb").delete_table(TableName=stock.table)
