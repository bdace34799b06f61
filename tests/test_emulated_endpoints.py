"""Endpoints of the emulated cloud: a model package served through plain boto3, and everything that can go wrong."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError, WaiterError

from medassist import aws, cloud

EMULATOR = Path(__file__).parents[1] / "deploy" / "local" / "emulator.py"
BUCKET = "endpoint-tests"

ECHO = """
import os, time

def model_fn(model_dir):
    with open(os.path.join(model_dir, "weights.txt")) as file:
        return {"weights": file.read(), "who": os.environ.get("WHO"), "pid": os.getpid()}

def predict_fn(data, model):
    if "raise" in data:
        raise ValueError(data["raise"])
    if "exit" in data:
        os._exit(data["exit"])
    if "iterate" in data:
        return iter(["a", "b"])
    time.sleep(data.get("sleep", 0))
    return {"echo": data, **model}

def stream_fn(data, model):
    for word in data["text"].split():
        while word.startswith("/") and not os.path.exists(word):
            time.sleep(0.02)
        if word == "raise":
            raise ValueError("in the middle")
        yield {"token": word}
    yield {"done": True}
"""

WITH_TYPES = """
def input_fn(body, content_type):
    return body.upper() if content_type == "text/plain" else None

def predict_fn(data, model, context):
    return data, context.get_request_header(0, "Content-Type")

def output_fn(prediction, accept, context):
    text, content_type = prediction
    if text is None:
        context.set_response_status(400)
        return '{"error": "only text/plain is read"}', "application/json"
    return f"{text} as {content_type}", "text/plain"
"""


def package(files: dict[str, str]) -> bytes:
    """Return a ``model.tar.gz`` with these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


class Aws:
    """Clients, and the few calls that bring an endpoint up."""

    def __init__(self, **options: Any) -> None:
        config = Config(retries={"total_max_attempts": 1}, read_timeout=30)
        self.s3, self.sagemaker, self.runtime, self.logs = (
            boto3.Session().client(service, config=config, **options)
            for service in ("s3", "sagemaker", "sagemaker-runtime", "logs")
        )
        with contextlib.suppress(ClientError):
            location = {"LocationConstraint": "eu-west-1"}
            self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)

    def configure(
        self, name: str, files: dict[str, str], variant: dict[str, Any] | None = None, **environment: str
    ) -> None:
        """Upload a package and create the model and the endpoint configuration ``name``; ``variant`` adds to it."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=package(files))
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn="arn:aws:iam::123456789012:role/role",
            PrimaryContainer={
                "Image": "image",
                "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
                "Environment": environment,
            },
        )
        hosting = variant or {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{"VariantName": "main", "ModelName": name, **hosting}]
        )

    def create(
        self, name: str, files: dict[str, str], variant: dict[str, Any] | None = None, **environment: str
    ) -> None:
        """Bring up an endpoint and wait until it is in service."""
        self.configure(name, files, variant, **environment)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.wait(name)

    def wait(self, name: str) -> None:
        waiter = self.sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 40})

    def status(self, name: str) -> tuple[str, str]:
        """Return an endpoint's status and failure reason."""
        described = self.sagemaker.describe_endpoint(EndpointName=name)
        return described["EndpointStatus"], described.get("FailureReason", "")

    def wait_for_stage(self, name: str, stage: str) -> None:
        """Wait until an update is that far."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            pending = self.sagemaker.describe_endpoint(EndpointName=name).get("PendingDeploymentSummary")
            if pending and pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == stage:
                return
            time.sleep(0.05)
        raise AssertionError(f"{name} never was {stage}")

    def invoke(self, name: str, body: Any) -> Any:
        """Send JSON and return the JSON that comes back."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=data)
        return json.load(answer["Body"])

    def stream(self, name: str, body: Any) -> Iterator[bytes]:
        """Ask for a response stream as our packages are asked, and yield its parts."""
        answer = self.runtime.invoke_endpoint_with_response_stream(
            EndpointName=name, ContentType="application/json", Body=json.dumps({**body, "stream": True})
        )
        for event in answer["Body"]:
            yield event["PayloadPart"]["Bytes"]


@pytest.fixture(scope="module")
def client(emulated_cloud: cloud.Cloud) -> Aws:
    return Aws()


@pytest.fixture(scope="module")
def echo(client: Aws) -> Iterator[str]:
    """An endpoint in service that answers what it gets."""
    client.create("echo", {"code/inference.py": ECHO, "weights.txt": "some"}, WHO="me", WHERE="/opt/ml/model/x")
    yield "echo"
    client.sagemaker.delete_endpoint(EndpointName="echo")


def test_model_answers_with_its_weights_and_environment(client: Aws, echo: str) -> None:
    answer = client.invoke(echo, {"text": "Füße"})
    assert answer["echo"] == {"text": "Füße"}
    assert (answer["weights"], answer["who"]) == ("some", "me")


def test_response_stream_comes_in_parts(client: Aws, echo: str) -> None:
    assert list(client.stream(echo, {"text": "a b"})) == [b'{"token": "a"}\n', b'{"token": "b"}\n', b'{"done": true}\n']


def test_first_part_arrives_before_the_model_has_finished(client: Aws, echo: str, tmp_path: Path) -> None:
    # GIVEN a model that goes on only when a file appears
    parts = client.stream(echo, {"text": f"first {tmp_path / 'go'} last"})

    # THEN its first part can be read before that
    assert next(parts) == b'{"token": "first"}\n'
    (tmp_path / "go").touch()
    assert list(parts)[-2:] == [b'{"token": "last"}\n', b'{"done": true}\n']


def test_stream_without_stream_fn_carries_the_whole_answer(client: Aws) -> None:
    client.create("plain", {"code/inference.py": "def predict_fn(data, model):\n    return data['x'] * 2\n"})
    assert list(client.stream("plain", {"x": [1]})) == [b"[1, 1]"]
    client.sagemaker.delete_endpoint(EndpointName="plain")


def test_iterator_is_joined_for_a_plain_call(client: Aws, echo: str) -> None:
    answer = client.runtime.invoke_endpoint(EndpointName=echo, Body=b'{"iterate": 1}', ContentType="application/json")
    assert answer["Body"].read() == b"ab"


def test_error_in_the_middle_of_a_stream_is_raised(client: Aws, echo: str) -> None:
    parts = client.stream(echo, {"text": "a raise b"})
    assert next(parts) == b'{"token": "a"}\n'
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        next(parts)


@pytest.mark.parametrize(("body", "said"), [({"raise": "too long"}, "too long"), (b"{not json", "property name")])
def test_error_of_the_model_is_a_model_error(client: Aws, echo: str, body: Any, said: str) -> None:
    with pytest.raises(client.runtime.exceptions.ModelError) as caught:
        client.invoke(echo, body)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert said in json.loads(response["OriginalMessage"])["message"]


def test_handlers_see_types_and_context(client: Aws) -> None:
    # GIVEN a package with all three functions, two of which want the context
    client.create("typed", {"code/inference.py": WITH_TYPES})

    # WHEN text is sent, THEN types go through
    answer = client.runtime.invoke_endpoint(EndpointName="typed", Body=b"abc", ContentType="text/plain")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"ABC as text/plain", "text/plain")

    # WHEN the model sets another status, THEN it is a model error with the model's own words
    with pytest.raises(client.runtime.exceptions.ModelError) as caught:
        client.invoke("typed", {})
    assert caught.value.response["OriginalStatusCode"] == 400
    assert json.loads(caught.value.response["OriginalMessage"]) == {"error": "only text/plain is read"}
    client.sagemaker.delete_endpoint(EndpointName="typed")


BUSY = """
def predict_fn(data, model, context):
    context.set_response_status(429)
    context.set_response_header(0, "Retry-After", "7")
    return {"error": "try again in 7 s"}
"""


def test_a_busy_model_is_a_model_error_with_its_status(client: Aws) -> None:
    client.create("busy", {"code/inference.py": BUSY})
    with pytest.raises(client.runtime.exceptions.ModelError) as caught:
        client.invoke("busy", {})
    response = caught.value.response
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["OriginalStatusCode"]) == (424, 429)
    assert json.loads(response["OriginalMessage"]) == {"error": "try again in 7 s"}
    client.sagemaker.delete_endpoint(EndpointName="busy")


LISTENS = """
import threading
from pathlib import Path

def predict_fn(data, model, context):
    gone = threading.Event()
    context.on_disconnect(gone.set)
    Path(data["path"]).with_suffix(".begun").touch()
    if gone.wait(30):
        Path(data["path"]).with_suffix(".gone").touch()

def stream_fn(data, model, context):
    yield "first"
    predict_fn(data, model, context)
"""


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_who_leaves_is_noticed_by_the_model(client: Aws, tmp_path: Path, stream: bool) -> None:
    # GIVEN a model that listens to its callers, and a caller in a process of its own
    name = f"listens-{stream}".lower()
    client.create(name, {"code/inference.py": LISTENS})
    call = "invoke_endpoint_with_response_stream" if stream else "invoke_endpoint"
    body = json.dumps({"path": str(tmp_path / "it"), "stream": stream})
    code = f"from medassist import aws\nanswer = aws.client('sagemaker-runtime', attempts=1).{call}("
    code += f"EndpointName={name!r}, ContentType='application/json', Body={body!r})\nlist(answer['Body'])"
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        wait_for(tmp_path / "it.begun")
        # WHEN it ends in the middle of its call THEN the model is told
        caller.kill()
    wait_for(tmp_path / "it.gone")
    client.sagemaker.delete_endpoint(EndpointName=name)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.02)


def test_missing_endpoint_is_a_validation_error(client: Aws) -> None:
    with pytest.raises(client.runtime.exceptions.ValidationError, match=r"Endpoint nowhere of account .* not found"):
        client.invoke("nowhere", {})
    with pytest.raises(ClientError, match="Could not find endpoint"):
        client.sagemaker.describe_endpoint(EndpointName="nowhere")


def test_large_body_is_refused(client: Aws, echo: str) -> None:
    with pytest.raises(ClientError, match="larger than 6291456 bytes") as caught:
        client.invoke(echo, b"x" * 6_291_457)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert len(client.invoke(echo, {"x": "x" * 6_000_000})["echo"]["x"]) == 6_000_000


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        ("no-code", {"weights.txt": "x"}, "has no code/inference.py"),
        ("no-weights", {"code/inference.py": ECHO}, "No such file or directory.*weights.txt"),
        ("no-syntax", {"code/inference.py": "def model_fn(:"}, "SyntaxError"),
        ("no-predict", {"code/inference.py": "x = 1"}, "neither predict_fn nor transform_fn"),
        ("escape", {"../../evil.txt": "x", "code/inference.py": ECHO}, "outside the destination"),
    ],
)
def test_unusable_package_fails_with_its_reason(client: Aws, name: str, files: dict[str, str], reason: str) -> None:
    # GIVEN a package that cannot be served, WHEN an endpoint is created, THEN the waiter fails and tells why
    with pytest.raises(WaiterError) as caught:
        client.create(name, files)
    assert caught.value.last_response["EndpointStatus"] == "Failed"
    assert re.search(reason, caught.value.last_response["FailureReason"])
    client.sagemaker.delete_endpoint(EndpointName=name)


def test_missing_package_fails_with_its_address(client: Aws) -> None:
    client.configure("missing", {})
    client.s3.delete_object(Bucket=BUCKET, Key="missing/model.tar.gz")
    client.sagemaker.create_endpoint(EndpointName="missing", EndpointConfigName="missing")
    with pytest.raises(WaiterError):
        client.wait("missing")
    assert f"s3://{BUCKET}/missing/model.tar.gz" in client.status("missing")[1]


def test_crashed_model_is_noticed_and_can_be_replaced(client: Aws) -> None:
    # GIVEN an endpoint whose process ends in the middle of a call
    files = {"code/inference.py": ECHO, "weights.txt": "x"}
    client.create("crash", files)
    with pytest.raises(client.runtime.exceptions.ServiceUnavailable):
        client.invoke("crash", {"exit": 3})

    # THEN the endpoint says so, and calls are refused
    deadline = time.monotonic() + 10
    while client.status("crash")[0] != "Failed" and time.monotonic() < deadline:
        time.sleep(0.05)
    status, reason = client.status("crash")
    assert status == "Failed"
    assert "exit code 3" in reason
    with pytest.raises(client.runtime.exceptions.ServiceUnavailable):
        client.invoke("crash", {})

    # WHEN it is updated, THEN it serves again
    client.configure("crash-2", files)
    client.sagemaker.update_endpoint(EndpointName="crash", EndpointConfigName="crash-2")
    client.wait("crash")
    assert client.invoke("crash", {})["weights"] == "x"
    client.sagemaker.delete_endpoint(EndpointName="crash")


def test_update_swaps_models_and_keeps_the_old_one_if_the_new_one_fails(client: Aws) -> None:
    # GIVEN an endpoint, a better package and a broken one
    client.create("swap", {"code/inference.py": ECHO, "weights.txt": "old"})
    client.configure("swap-new", {"code/inference.py": ECHO, "weights.txt": "new"})
    client.configure("swap-broken", {"code/inference.py": "raise OSError('broken')"})

    # WHEN it is updated to the broken one, THEN the old one goes on serving
    client.sagemaker.update_endpoint(EndpointName="swap", EndpointConfigName="swap-broken")
    client.wait("swap")
    assert client.invoke("swap", {})["weights"] == "old"
    assert "broken" in client.status("swap")[1]
    assert client.sagemaker.describe_endpoint(EndpointName="swap")["EndpointConfigName"] == "swap"

    # WHEN it is updated to the better one, THEN that one serves, and the old process is gone
    old = client.invoke("swap", {})["pid"]
    client.sagemaker.update_endpoint(EndpointName="swap", EndpointConfigName="swap-new")
    client.wait("swap")
    assert client.invoke("swap", {})["weights"] == "new"
    assert_gone(old)
    client.sagemaker.delete_endpoint(EndpointName="swap")


PAIR = {"InstanceType": "ml.c6i.large", "InitialInstanceCount": 2}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}


def canary(wait_s: int, *alarms: str, size: int = 1) -> dict[str, Any]:
    """Return a deployment that gives one instance its share for ``wait_s`` seconds, then everything for one."""
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": wait_s}
    routing["CanarySize"] = {"Type": "INSTANCE_COUNT", "Value": size}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 1}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": policy, **rollback}


@pytest.fixture(scope="module")
def blue(client: Aws) -> Iterator[str]:
    """An endpoint of two instances that serves "old", with the configuration of "new" beside it, and an alarm."""
    client.create("blue", {"code/inference.py": ECHO, "weights.txt": "old"}, PAIR)
    client.configure("green", {"code/inference.py": ECHO, "weights.txt": "new"}, PAIR)
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="blue-errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1,
        MetricName="Invocation5XXErrors", Namespace="AWS/SageMaker", Period=60, Statistic="Sum",
    )  # fmt: skip
    yield "blue"
    client.sagemaker.delete_endpoint(EndpointName="blue")


@pytest.mark.parametrize("trouble", ["alarm", "crash"])
def test_trouble_during_the_canary_brings_the_old_model_back(client: Aws, blue: str, trouble: str) -> None:
    # GIVEN an update whose canary takes half of the requests for a long time
    deployment = canary(600, "blue-errors")
    client.sagemaker.update_endpoint(EndpointName=blue, EndpointConfigName="green", DeploymentConfig=deployment)
    client.wait_for_stage(blue, "Baking")
    answers = [client.invoke(blue, {}) for _ in range(4)]
    assert [answer["weights"] for answer in answers] == ["old", "new"] * 2

    # WHEN the alarm goes off, or the new container ends
    if trouble == "alarm":
        aws.client("cloudwatch").set_alarm_state(AlarmName="blue-errors", StateValue="ALARM", StateReason="test")
    else:
        assert client.invoke(blue, {})["weights"] == "old"  # the next one is the canary's
        with pytest.raises(client.runtime.exceptions.ServiceUnavailable):
            client.invoke(blue, {"exit": 7})
    client.wait(blue)
    aws.client("cloudwatch").set_alarm_state(AlarmName="blue-errors", StateValue="OK", StateReason="test")

    # THEN the old model has all requests, the new process is gone, and the endpoint says why
    assert {client.invoke(blue, {})["weights"] for _ in range(4)} == {"old"}
    assert_gone(answers[1]["pid"])
    reason = {"alarm": "alarm blue-errors is in state ALARM", "crash": "exit code 7"}[trouble]
    assert reason in client.status(blue)[1]
    assert client.sagemaker.describe_endpoint(EndpointName=blue)["EndpointConfigName"] == "blue"


def test_a_canary_without_trouble_takes_over(client: Aws) -> None:
    client.create("calm", {"code/inference.py": ECHO, "weights.txt": "old"}, PAIR)
    old = client.invoke("calm", {})["pid"]
    client.configure("calm-2", {"code/inference.py": ECHO, "weights.txt": "new"}, {**PAIR, "InitialInstanceCount": 5})
    client.sagemaker.update_endpoint(
        EndpointName="calm", EndpointConfigName="calm-2", DeploymentConfig=canary(1), RetainAllVariantProperties=True
    )
    client.wait("calm")
    assert {client.invoke("calm", {})["weights"] for _ in range(4)} == {"new"}
    assert_gone(old)
    # the number of instances is the one that it had, as was asked
    variant = client.sagemaker.describe_endpoint(EndpointName="calm")["ProductionVariants"][0]
    assert variant["DesiredInstanceCount"] == 2
    client.sagemaker.delete_endpoint(EndpointName="calm")


def test_serverless_turns_away_what_is_too_much_at_once_and_streams(client: Aws) -> None:
    # GIVEN a serverless endpoint that takes one request at once, and is busy with one
    client.create("thin", {"code/inference.py": ECHO, "weights.txt": "x"}, SERVERLESS)
    with ThreadPoolExecutor() as pool:
        busy = pool.submit(client.invoke, "thin", {"sleep": 2})
        time.sleep(0.5)
        # WHEN another comes THEN it is turned away, and served when there is room
        with pytest.raises(ClientError) as caught:
            client.invoke("thin", {})
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
        assert busy.result()["weights"] == "x"
    assert client.invoke("thin", {})["weights"] == "x"
    # AND response streams are refused, by another reason than that it is missing
    with pytest.raises(client.runtime.exceptions.ValidationError, match="no response streams"):
        list(client.stream("thin", {"text": "a"}))
    client.sagemaker.delete_endpoint(EndpointName="thin")


def test_what_sagemaker_refuses_is_refused(client: Aws, blue: str) -> None:
    client.configure("no-instances", {"code/inference.py": ECHO, "weights.txt": "x"}, SERVERLESS)
    for config, deployment, said in (
        ("no-instances", None, "cannot be updated to serverless"),
        ("green", canary(60, size=2), "at most half of the 2 instances"),
        ("nowhere", None, "Could not find"),
    ):
        arguments = {"DeploymentConfig": deployment} if deployment else {}
        with pytest.raises(ClientError, match=said):
            client.sagemaker.update_endpoint(EndpointName=blue, EndpointConfigName=config, **arguments)


@pytest.mark.parametrize("instance_type", ["ml.g5.xlarge", "ml.c6i.large", "ml.c7g.large", "ml.m6i.large"])
def test_todays_instance_types_are_taken_and_nothing_is_made_up(client: Aws, instance_type: str) -> None:
    name = instance_type.replace(".", "-")
    client.configure(name, {}, {"InstanceType": instance_type, "InitialInstanceCount": 1})
    described = client.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert described["ProductionVariants"][0]["InstanceType"] == instance_type
    assert "DataCaptureConfig" not in described
    assert "VpcConfig" not in client.sagemaker.describe_model(ModelName=name)


def test_an_instance_type_that_does_not_exist_is_refused(client: Aws) -> None:
    with pytest.raises(ClientError, match="failed to satisfy constraint"):
        client.configure("giant", {}, {"InstanceType": "ml.x99.large", "InitialInstanceCount": 1})


def test_names_of_models_and_configurations_are_unique(client: Aws) -> None:
    client.configure("twice", {})
    with pytest.raises(ClientError, match="already existing model"):
        client.configure("twice", {})


def test_deleted_endpoint_leaves_no_process(client: Aws) -> None:
    client.create("brief", {"code/inference.py": ECHO, "weights.txt": "x"})
    pid = client.invoke("brief", {})["pid"]
    with pytest.raises(ClientError, match="already existing endpoint"):
        client.sagemaker.create_endpoint(EndpointName="brief", EndpointConfigName="brief")
    client.sagemaker.delete_endpoint(EndpointName="brief")
    assert_gone(pid)
    with pytest.raises(client.runtime.exceptions.ValidationError):
        client.invoke("brief", {})


def test_endpoint_deleted_while_it_is_created_never_serves(client: Aws) -> None:
    slow = "import time\ntime.sleep(1)\n" + ECHO
    client.configure("hasty", {"code/inference.py": slow, "weights.txt": "x"})
    client.sagemaker.create_endpoint(EndpointName="hasty", EndpointConfigName="hasty")
    assert client.status("hasty")[0] == "Creating"
    client.sagemaker.delete_endpoint(EndpointName="hasty")
    time.sleep(2)
    with pytest.raises(client.runtime.exceptions.ValidationError):
        client.invoke("hasty", {})


def test_output_reaches_cloudwatch_logs(client: Aws) -> None:
    code = "print('loading the model')\ndef predict_fn(data, model):\n    return data\n"
    client.create("talks", {"code/inference.py": code})
    group = "/aws/sagemaker/Endpoints/talks"
    deadline = time.monotonic() + 10
    lines: list[str] = []
    while "loading the model" not in lines and time.monotonic() < deadline:
        lines = [event["message"] for event in client.logs.filter_log_events(logGroupName=group)["events"]]
        time.sleep(0.1)
    assert "loading the model" in lines
    client.sagemaker.delete_endpoint(EndpointName="talks")


def test_frozen_and_slow_models_end_in_errors(tmp_path: Path) -> None:
    # GIVEN a cloud that gives a model two seconds
    command = [sys.executable, str(EMULATOR), "--state-dir", str(tmp_path), "--invocation-timeout", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        client = Aws(
            endpoint_url=ready["url"],
            region_name="eu-west-1",
            aws_access_key_id="emulated",
            aws_secret_access_key="emulated",
        )
        client.create("slow", {"code/inference.py": ECHO, "weights.txt": "x"})
        pid = client.invoke("slow", {})["pid"]

        # WHEN the model takes too long, THEN it is a model error, and the next call works
        with pytest.raises(client.runtime.exceptions.ModelError, match="timed out"):
            client.invoke("slow", {"sleep": 3})
        time.sleep(1.2)
        client.invoke("slow", {})

        # WHEN the process is frozen, THEN calls end in the same error, and it can still be deleted
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(client.runtime.exceptions.ModelError, match="timed out"):
            client.invoke("slow", {})
        client.sagemaker.delete_endpoint(EndpointName="slow")
        assert_gone(pid)


def test_large_frames_are_read_by_boto3_and_carry_any_bytes() -> None:
    # GIVEN our encoding and botocore's own decoder
    from botocore.eventstream import EventStreamBuffer
    from event_stream import payload_part, stream_error

    buffer = EventStreamBuffer()
    data = bytes(range(256)) * 1000
    buffer.add_data(payload_part(data) + stream_error("off", "Code"))

    # THEN it accepts lengths and checksums and finds what was put in
    first, second = list(buffer)
    assert first.payload == data
    assert first.headers == {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }
    assert second.headers[":exception-type"] == "ModelStreamError"
    assert json.loads(second.payload) == {"Message": "off", "ErrorCode": "Code"}


def assert_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


def test_project_client_reaches_the_runtime(client: Aws, echo: str) -> None:
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=echo, Body=b"{}", ContentType="application/json"
    )
    assert answer["InvokedProductionVariant"] == "main"
