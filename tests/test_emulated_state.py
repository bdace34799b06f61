"""What the emulated cloud remembers: buckets, objects and tables, across a stop and across a crash."""

import hashlib
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from medassist import aws, cloud
from medassist.errors import CloudError
from medassist.production import stack

REGION = {"LocationConstraint": "eu-west-1"}


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def crash(state_dir: Path) -> None:
    """Kill the cloud that keeps its state in ``state_dir``, without a chance to write anything."""
    os.kill(json.loads((state_dir / "cloud.json").read_text())["pid"], signal.SIGKILL)


def content_files(state_dir: Path) -> dict[str, int]:
    """Names and times of the files that hold objects."""
    return {path.name: path.stat().st_mtime_ns for path in (state_dir / "s3").iterdir()}


def test_objects_survive_a_stop(tmp_path: Path) -> None:
    # GIVEN objects with metadata, one of them sent in parts, one deleted again, one replaced
    large = os.urandom(20_000_000)
    (tmp_path / "large").write_bytes(large)
    state = tmp_path / "state"
    with cloud.connect(state_dir=state):
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration=REGION)
        s3.put_object(Bucket="kept", Key="a/ü.txt", Body=b"old")
        s3.put_object(Bucket="kept", Key="a/ü.txt", Body=b"text", ContentType="text/plain", Metadata={"sha256": "1f"})
        s3.put_object(Bucket="kept", Key="gone", Body=b"x")
        s3.delete_object(Bucket="kept", Key="gone")
        s3.upload_file(str(tmp_path / "large"), "kept", "large")
        before = s3.head_object(Bucket="kept", Key="large")

    # WHEN a new cloud starts on the same state
    with cloud.connect(state_dir=state):
        s3 = aws.client("s3")

        # THEN everything is there again, byte by byte
        assert s3.get_bucket_location(Bucket="kept")["LocationConstraint"] == "eu-west-1"
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="kept")["Contents"]] == ["a/ü.txt", "large"]
        text = s3.get_object(Bucket="kept", Key="a/ü.txt")
        assert (text["Body"].read(), text["ContentType"], text["Metadata"]) == (b"text", "text/plain", {"sha256": "1f"})
        after = s3.get_object(Bucket="kept", Key="large")
        assert hashlib.sha256(after["Body"].read()).digest() == hashlib.sha256(large).digest()
        assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])
        assert s3.get_object(Bucket="kept", Key="large", Range="bytes=10-19")["Body"].read() == large[10:20]


def test_unchanged_objects_are_not_written_again(tmp_path: Path) -> None:
    # GIVEN a state with two objects
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration=REGION)
        for key in ("one", "two"):
            s3.put_object(Bucket="kept", Key=key, Body=key.encode() * 1000)
    before = content_files(tmp_path)

    # WHEN a later run replaces one of them
    with cloud.connect(state_dir=tmp_path):
        aws.client("s3").put_object(Bucket="kept", Key="two", Body=b"new")

    # THEN the other's file is untouched, and the replaced one's is gone
    after = content_files(tmp_path)
    assert len(before) == len(after) == 2
    assert len(before.items() & after.items()) == 1


def test_state_survives_a_crash(tmp_path: Path) -> None:
    # GIVEN objects and items, and the time that the cloud has to write them
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration=REGION)
        s3.put_object(Bucket="kept", Key="key", Body=b"value")
        create_table("crash")
        aws.client("dynamodb").put_item(TableName="crash", Item={"id": {"S": "1"}})
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and b'"items":[{' not in saved_table(tmp_path, "crash"):
            time.sleep(0.1)

        # WHEN the cloud is killed
        crash(tmp_path)

    # THEN the next one has it all
    with cloud.connect(state_dir=tmp_path):
        assert aws.client("s3").get_object(Bucket="kept", Key="key")["Body"].read() == b"value"
        assert aws.client("dynamodb").get_item(TableName="crash", Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}


def test_crash_while_writing_loses_only_the_newest(tmp_path: Path) -> None:
    # GIVEN a state on disk
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration=REGION)
        s3.put_object(Bucket="kept", Key="old", Body=b"old")

    # WHEN a cloud is killed in the middle of many writes
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3")
        for number in range(100):
            s3.put_object(Bucket="kept", Key=f"new/{number}", Body=bytes(1000))
        time.sleep(0.55)  # the writer has just begun
        crash(tmp_path)

    # THEN the next one starts, and every object that it lists can be read
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3")
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="kept")["Contents"]]
        assert "old" in keys
        for key in keys:
            assert s3.get_object(Bucket="kept", Key=key)["Body"].read() == (b"old" if key == "old" else bytes(1000))


def test_objects_can_be_replaced_while_they_are_read(tmp_path: Path) -> None:
    # GIVEN six threads that write and read the same key
    with cloud.connect(state_dir=tmp_path):
        s3 = aws.client("s3", attempts=1)
        s3.create_bucket(Bucket="busy", CreateBucketConfiguration=REGION)

        def write_and_read(number: int) -> None:
            data = bytes([number]) * 1_000_000
            for _ in range(4):
                put = s3.put_object(Bucket="busy", Key="same", Body=data)
                assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
                got = s3.get_object(Bucket="busy", Key="same")["Body"].read()
                assert got == got[:1] * 1_000_000

        # THEN every call works and sees one of the writes, whole
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write_and_read, range(6)))
    with cloud.connect(state_dir=tmp_path):
        got = aws.client("s3").get_object(Bucket="busy", Key="same")["Body"].read()
        assert got == got[:1] * 1_000_000


def test_tables_survive_a_stop(tmp_path: Path) -> None:
    # GIVEN a table with an index, time to live and items of every kind, and one that is deleted again
    item = {
        "id": {"S": "7"},
        "caller": {"S": "me"},
        "data": {"B": b"\x00\xff"},
        "map": {"M": {"list": {"L": [{"BOOL": True}, {"NULL": True}, {"N": "1.50"}]}, "set": {"SS": ["x", "y"]}}},
    }
    with cloud.connect(state_dir=tmp_path):
        dynamodb = aws.client("dynamodb")
        create_table("kept")
        create_table("gone")
        for number in range(60):
            dynamodb.put_item(TableName="kept", Item={**item, "id": {"S": str(number)}})
        dynamodb.delete_table(TableName="gone")

    # WHEN a new cloud starts on the same state
    with cloud.connect(state_dir=tmp_path):
        dynamodb = aws.client("dynamodb")

        # THEN definition, settings and items are there
        assert dynamodb.list_tables()["TableNames"] == ["kept"]
        assert (
            dynamodb.describe_table(TableName="kept")["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        )
        live = dynamodb.describe_time_to_live(TableName="kept")["TimeToLiveDescription"]
        assert live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        assert dynamodb.get_item(TableName="kept", Key={"id": {"S": "7"}})["Item"] == item
        query = {"KeyConditionExpression": "caller = :c", "ExpressionAttributeValues": {":c": {"S": "me"}}}
        assert dynamodb.query(TableName="kept", IndexName="by-caller", **query)["Count"] == 60


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"format": 1, "buck', "not readable as JSON"), ('{"format": 99}', "has format 99, but this version reads 1")],
)
def test_unreadable_state_is_named_and_kept(tmp_path: Path, text: str, reason: str) -> None:
    # GIVEN a state that was damaged from outside
    (tmp_path / "s3.json").write_text(text)

    # WHEN a cloud is to use it, THEN it says so and leaves it alone
    with pytest.raises(CloudError, match=reason):
        cloud.connect(state_dir=tmp_path)
    assert (tmp_path / "s3.json").read_text() == text


def create_table(name: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": field, "AttributeType": "S"} for field in ("id", "caller")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-caller",
                "KeySchema": [{"AttributeName": "caller", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    specification = {"Enabled": True, "AttributeName": "expires"}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)


def saved_table(state_dir: Path, name: str) -> bytes:
    path = state_dir / "dynamodb" / f"{name}.json"
    return path.read_bytes() if path.exists() else b""


def test_a_stack_under_way_comes_to_its_end_when_whoever_asked_goes(tmp_path: Path) -> None:
    # GIVEN a stack of many resources
    topics = {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(40)}
    with cloud.connect(state_dir=tmp_path):
        proposal = stack.propose("many", {"Resources": topics}, {})
        # WHEN the cloud is left as soon as it has begun
        aws.client("cloudformation").execute_change_set(ChangeSetName=proposal.change_set_id)

    # THEN the next one has the whole stack
    with cloud.connect(state_dir=tmp_path):
        assert stack.status_of("many") == "CREATE_COMPLETE"
        assert len(stack.resource_ids("many")) == 40


def test_the_model_registry_survives_a_crash(tmp_path: Path) -> None:
    # GIVEN a registered version with a card, approved
    container = {"Image": "image", "ModelDataUrl": "s3://kept/model.tar.gz", "Environment": {"A": "b"}}
    specification = {"Containers": [container], "SupportedContentTypes": [], "SupportedResponseMIMETypes": []}
    with cloud.connect(state_dir=tmp_path):
        sagemaker = aws.client("sagemaker")
        sagemaker.create_model_package_group(ModelPackageGroupName="kept")
        arn = sagemaker.create_model_package(
            ModelPackageGroupName="kept",
            InferenceSpecification=specification,
            ModelApprovalStatus="PendingManualApproval",
            ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
            CustomerMetadataProperties={"name": "first"},
        )["ModelPackageArn"]
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        before = sagemaker.describe_model_package(ModelPackageName=arn)
        assert before["CustomerMetadataProperties"] == {"name": "first"}  # an update leaves what it does not name
        crash(tmp_path)

    # WHEN a new cloud starts on the same state THEN it is there as it was, and the next one gets the next number
    with cloud.connect(state_dir=tmp_path):
        sagemaker = aws.client("sagemaker")
        after = sagemaker.describe_model_package(ModelPackageName=arn)
        assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
        second = sagemaker.create_model_package(ModelPackageGroupName="kept", InferenceSpecification=specification)
        assert second["ModelPackageArn"].endswith("/2")
        # AND a group goes only when it is empty
        with pytest.raises(ClientError, match="contains model packages"):
            sagemaker.delete_model_package_group(ModelPackageGroupName="kept")
        for version in (arn, second["ModelPackageArn"]):
            sagemaker.delete_model_package(ModelPackageName=version)
        sagemaker.delete_model_package_group(ModelPackageGroupName="kept")
        with pytest.raises(ClientError, match="does not exist"):
            sagemaker.describe_model_package_group(ModelPackageGroupName="kept")
