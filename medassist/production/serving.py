"""SageMaker endpoints as they are run: on what, how they come up, how their model is changed, how they go.

Plain boto3, the same in both clouds. An endpoint is either *real-time* (instances that are always there, and cost as
long as they are) or *serverless* (capacity that is there while it is asked; the first request after a pause waits for
a cold start). Serverless inference has no response streams, no VPC, no blue/green deployment with alarms, and no way
to it from a real-time endpoint.

Data capture, which would copy every request to S3, is never switched on: requests are people's medical questions.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from medassist import aws
from medassist.errors import ConfigurationError, EndpointError

VARIANT = "primary"
REALTIME, SERVERLESS = "realtime", "serverless"
START_LIMIT_S = 3_600.0  # large models take minutes to be fetched and loaded, a guarded update its waits beside
MAX_ALARMS, MAX_WAIT_S = 10, 3_600  # of an update, by SageMaker's API
MAX_SERVERLESS_CONCURRENCY = 200  # of one endpoint, by SageMaker's API
SERVERLESS_MEMORY = (1024, 2048, 3072, 4096, 5120, 6144)  # MB that SageMaker offers
# AWS's accounts that hold its containers, where it is not the one of most regions.
_REGISTRIES = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-northeast-3": "364406365360",
    "ap-south-2": "772153158452",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ca-west-1": "204538143572",
    "eu-central-2": "380420809688",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
}
_ARM = re.compile(r"ml\.[a-z]+\d+g[a-z]*\.")  # Graviton: ml.c7g, ml.m6gd; not ml.g5, which has a GPU

Progress = Callable[[str, float], None]  # called with the endpoint's status and the seconds so far


@dataclass(frozen=True, slots=True)
class Hosting:
    """What an endpoint runs on.

    Parameters
    ----------
    kind : str
        ``"realtime"`` or ``"serverless"``.
    instance_type, instances
        Of a real-time endpoint. Two instances are the least for a canary, and stand in two availability zones.
    memory_mb, max_concurrency : int
        Of a serverless endpoint: memory (processors come with it) and requests at once; more are turned away.
    """

    kind: str = REALTIME
    instance_type: str = "ml.m5.xlarge"  # 4 vCPU, 16 GB: a small T5 answers in tenths of a second
    instances: int = 1
    memory_mb: int = 4096
    max_concurrency: int = 5

    def __post_init__(self) -> None:
        if self.kind not in (REALTIME, SERVERLESS):
            raise ConfigurationError(f"An endpoint of kind {self.kind!r} is unknown; use {REALTIME} or {SERVERLESS}.")
        if self.kind == SERVERLESS and self.memory_mb not in SERVERLESS_MEMORY:
            raise ConfigurationError(
                f"A serverless endpoint cannot have {self.memory_mb} MB; SageMaker offers "
                f"{', '.join(map(str, SERVERLESS_MEMORY))}."
            )
        if self.kind == SERVERLESS and not 1 <= self.max_concurrency <= MAX_SERVERLESS_CONCURRENCY:
            raise ConfigurationError(
                f"max_concurrency is {self.max_concurrency}; SageMaker takes 1 to {MAX_SERVERLESS_CONCURRENCY}."
            )
        if self.kind == REALTIME and self.instances < 1:
            raise ConfigurationError(f"A real-time endpoint with {self.instances} instances is none; use 1 or more.")

    @classmethod
    def from_preset(cls, preset: Mapping[str, Any], *, kind: str = "", instance_type: str = "") -> "Hosting":
        """Read a preset of the stack's template; ``kind`` and ``instance_type`` take its place where they are given.

        A preset without instances of its own (``EndpointMinInstances`` is 0) is serverless.
        """
        instances = int(preset["EndpointMinInstances"])
        return cls(
            kind=kind or (REALTIME if instances or instance_type else SERVERLESS),
            instance_type=instance_type or str(preset["EndpointInstanceType"]),
            instances=max(1, instances),
            memory_mb=int(preset["ServerlessMemory"]),
            max_concurrency=int(preset["ServerlessMaxConcurrency"]),
        )

    @property
    def size(self) -> str:
        """What one of it is: two hostings of the same size run a model alike."""
        return self.instance_type if self.kind == REALTIME else f"serverless with {self.memory_mb} MB"

    def alone(self) -> "Hosting":
        """Return the smallest hosting of the same size, for trying a model aside."""
        return replace(self, instances=1, max_concurrency=1)

    def variant(self, model_name: str) -> dict[str, Any]:
        """Return the production variant of an endpoint configuration."""
        common = {"VariantName": VARIANT, "ModelName": model_name}
        if self.kind == SERVERLESS:
            size = {"MemorySizeInMB": self.memory_mb, "MaxConcurrency": self.max_concurrency}
            return {**common, "ServerlessConfig": size}
        return {**common, "InstanceType": self.instance_type, "InitialInstanceCount": self.instances}


@dataclass(frozen=True, slots=True)
class TrafficShift:
    """How requests move to a new model: blue/green, which SageMaker takes back by itself if an alarm goes off.

    The new fleet is brought up beside the old one. One of its instances, the canary, takes its share of the requests
    for ``canary_s`` seconds, then all instances take all requests, and for ``bake_s`` seconds more the old fleet stands
    by. With a single instance there can be no canary (it may be half of the fleet at most) and all requests move at
    once. Both fleets are paid for meanwhile. Serverless endpoints know none of this and simply move.
    """

    canary_s: int = 300
    bake_s: int = 300
    alarms: tuple[str, ...] = ()  # names of CloudWatch alarms; without them only a crash is noticed

    def __post_init__(self) -> None:
        if len(self.alarms) > MAX_ALARMS:
            raise ConfigurationError(f"An update watches {MAX_ALARMS} alarms at most, not {len(self.alarms)}; choose.")
        for name, seconds in (("canary_s", self.canary_s), ("bake_s", self.bake_s)):
            if not 0 <= seconds <= MAX_WAIT_S:
                raise ConfigurationError(f"{name} is {seconds}; SageMaker waits 0 to {MAX_WAIT_S} seconds.")

    def deployment(self, instances: int) -> dict[str, Any]:
        """Return SageMaker's ``DeploymentConfig`` for a fleet of that many instances."""
        canary = {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": self.canary_s,
        }
        at_once = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
        policy = {
            "TrafficRoutingConfiguration": canary if instances > 1 else at_once,
            "TerminationWaitInSeconds": self.bake_s,
            "MaximumExecutionTimeoutInSeconds": min(28_800, 1_800 + self.canary_s + self.bake_s),
        }
        alarms = [{"AlarmName": name} for name in self.alarms]
        rollback = {"AutoRollbackConfiguration": {"Alarms": alarms}} if alarms else {}
        return {"BlueGreenUpdatePolicy": policy, **rollback}


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What SageMaker says of an endpoint. ``reused`` is set where :func:`create` found it as it should be."""

    name: str
    status: str
    config: str
    failure: str = ""
    kind: str = REALTIME
    instances: int = 0
    stage: str = ""  # of an update: Creating, ActivatingTraffic, Baking, …
    reused: bool = False


def serving_image(region: str) -> str:
    """Return the newest Hugging Face CPU inference container of AWS for a region.

    The SageMaker SDK lists them; a test holds this against its list, as the SDK is too heavy to ask each time.
    """
    tag = "2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04"
    account = _REGISTRIES.get(region, "763104351884")
    return f"{account}.dkr.ecr.{region}.amazonaws.com/huggingface-pytorch-inference:{tag}"


def container(model_uri: str, *, image: str = "", environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the definition of a container that serves a model package.

    Parameters
    ----------
    model_uri : str
        The package's address on S3.
    image : str
        :func:`serving_image` if empty.
    environment : mapping, optional
        More environment variables.
    """
    return {
        "Image": image or serving_image(aws.client("sagemaker").meta.region_name),
        "ModelDataUrl": model_uri,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait take the processor from other requests
            **(environment or {}),
        },
    }


def create(
    endpoint_name: str,
    served: Mapping[str, Any],
    hosting: Hosting | None = None,
    *,
    role: str,
    shift: TrafficShift | None = None,
    check: Callable[[], None] | None = None,
    limit_s: float = START_LIMIT_S,
    progress: Progress | None = None,
) -> EndpointState:
    """Bring up an endpoint that serves a model, and wait until it is in service.

    An endpoint of that name is updated and serves meanwhile; one that failed is replaced; one that has this very
    configuration, or is on its way to it, is left as it is. How many instances scaling has given an endpoint survives
    an update.

    Parameters
    ----------
    endpoint_name : str
    served : mapping
        The container: :func:`container`, or ``{"ModelPackageName": arn}`` for a version of the model registry.
    hosting : Hosting, optional
        What it runs on.
    role : str
        ARN of the role that the container runs under; it must be allowed to read the package and, if ``shift`` names
        alarms, to describe them.
    shift : TrafficShift, optional
        How an update of a real-time endpoint moves the requests; all at once if not given.
    check : callable, optional
        Called once a new or changed endpoint is in service. If it raises an EndpointError, an update is taken back.
    limit_s : float
        Seconds to wait at most.
    progress : callable, optional
        Called with the endpoint's status and the seconds so far.

    Raises
    ------
    EndpointError
        If SageMaker refuses, the endpoint fails or was rolled back (with the reason; the old model serves on), the
        check fails, or the endpoint is not in service in time.
    """
    hosting = hosting or Hosting()
    _check_image(served, hosting)
    sagemaker = aws.client("sagemaker")
    config = f"{endpoint_name[:50]}-{_short_hash(served, hosting.variant(''), role)}"
    with _control_errors(endpoint_name):
        before = _await_settled(sagemaker, _describe(sagemaker, endpoint_name), limit_s, progress)
        if before and before.status == "InService" and before.config == config:
            return replace(before, reused=True)
        if before and before.status != "InService":
            _remove(sagemaker, before, limit_s)
            before = None
        _check_kind(before, hosting)
        _prepare(sagemaker, config, served, hosting.variant(config), role)
        _bring_up(sagemaker, endpoint_name, config, before, hosting, shift)
        state = _await_settled(sagemaker, _describe(sagemaker, endpoint_name), limit_s, progress)
        _check_outcome(sagemaker, endpoint_name, config, before, state, shift)
        assert state is not None  # or _check_outcome had raised
        if check:
            _try_out(sagemaker, state, before, check, limit_s, progress)
        if before and before.config != config:
            _delete_config(sagemaker, before.config)
    return state


def describe(endpoint_name: str) -> EndpointState:
    """Return an endpoint's state.

    Raises
    ------
    EndpointError
        If there is none.
    """
    with _control_errors(endpoint_name):
        state = _describe(aws.client("sagemaker"), endpoint_name)
    if state is None:
        raise EndpointError(f"There is no endpoint {endpoint_name}; create it with notebook 04_deploy_endpoint.")
    return state


def served_container(endpoint_name: str) -> dict[str, Any]:
    """Return the container definition that an endpoint was created with: an image and a package, or a registry version.

    Raises
    ------
    EndpointError
        If there is no such endpoint.
    """
    state, sagemaker = describe(endpoint_name), aws.client("sagemaker")
    with _control_errors(endpoint_name):
        config = sagemaker.describe_endpoint_config(EndpointConfigName=state.config)
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    definition: dict[str, Any] = model.get("PrimaryContainer") or model["Containers"][0]
    return definition


def delete(endpoint_name: str, *, limit_s: float = START_LIMIT_S) -> bool:
    """Delete an endpoint with its configuration and model, and wait until it is gone; False if there was none."""
    sagemaker = aws.client("sagemaker")
    with _control_errors(endpoint_name):
        state = _await_settled(sagemaker, _describe(sagemaker, endpoint_name), limit_s, None)
        if state is None:
            return False
        _remove(sagemaker, state, limit_s)
        _delete_config(sagemaker, state.config)
    return True


def _check_image(served: Mapping[str, Any], hosting: Hosting) -> None:
    image = str(served.get("Image", ""))
    if hosting.kind == REALTIME and _ARM.match(hosting.instance_type) and "huggingface-pytorch-inference:" in image:
        raise EndpointError(
            f"{hosting.instance_type} has an ARM processor, but Hugging Face's container runs on x86 only; use ml.m5, "
            "ml.c5, ml.m6i or ml.c6i, or an image of your own."
        )


def _check_kind(before: EndpointState | None, hosting: Hosting) -> None:
    if before and before.kind == REALTIME and hosting.kind == SERVERLESS:
        raise EndpointError(
            f"The endpoint {before.name} runs on instances, and SageMaker cannot make it serverless; delete it first, "
            "or choose another name."
        )


def _bring_up(
    sagemaker: Any, name: str, config: str, before: EndpointState | None, hosting: Hosting, shift: TrafficShift | None
) -> None:
    if before is None:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return
    arguments: dict[str, Any] = {}
    if before.kind == hosting.kind == REALTIME:
        # Instances that scaling has added stay; capture, which somebody may have switched on by hand, does not.
        renewed = ["DataCaptureConfig", *(["DesiredInstanceCount"] if before.instances < hosting.instances else [])]
        arguments = {
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": each} for each in renewed],
        }
        if shift:
            arguments["DeploymentConfig"] = shift.deployment(max(before.instances, hosting.instances))
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, **arguments)


def _check_outcome(
    sagemaker: Any,
    name: str,
    config: str,
    before: EndpointState | None,
    state: EndpointState | None,
    shift: TrafficShift | None,
) -> None:
    """Raise unless the endpoint serves the configuration; what was prepared for it is removed then."""
    if state is not None and state.status == "InService" and state.config == config:
        return
    failure = state.failure if state else "it was deleted meanwhile"
    if state is not None and state.status == "InService" and before:
        reason = failure or _alarms_on(shift.alarms if shift else ()) or "SageMaker gives no reason"
        _delete_config(sagemaker, config)
        raise EndpointError(f"The update of the endpoint {name} was rolled back, the old model still serves: {reason}")
    raise EndpointError(f"The endpoint {name} could not be brought up: {failure or 'no reason given'}")


def _try_out(
    sagemaker: Any,
    state: EndpointState,
    before: EndpointState | None,
    check: Callable[[], None],
    limit_s: float,
    progress: Progress | None,
) -> None:
    """Call the check; if it fails after an update, put the old configuration back."""
    try:
        check()
    except EndpointError as error:
        if before is None:
            raise
        sagemaker.update_endpoint(EndpointName=state.name, EndpointConfigName=before.config)
        _await_settled(sagemaker, _describe(sagemaker, state.name), limit_s, progress)
        _delete_config(sagemaker, state.config)
        raise EndpointError(f"The update of the endpoint {state.name} was taken back: {error}") from error


def _alarms_on(names: tuple[str, ...]) -> str:
    """Name those of the alarms that are on; empty if none is."""
    if not names:
        return ""
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=list(names))["MetricAlarms"]
    on = [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]
    return f"the alarm {', '.join(on)} went off." if on else ""


def _describe(sagemaker: Any, name: str) -> EndpointState | None:
    from botocore.exceptions import ClientError

    try:
        found = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if aws.is_missing(error):
            return None
        raise
    variant = (found.get("ProductionVariants") or [{}])[0]
    pending = (found.get("PendingDeploymentSummary", {}).get("ProductionVariants") or [{}])[0]
    stages = [stage["Status"] for stage in pending.get("VariantStatus") or variant.get("VariantStatus") or []]
    return EndpointState(
        name=name,
        status=found["EndpointStatus"],
        config=found["EndpointConfigName"],
        failure=found.get("FailureReason", ""),
        kind=SERVERLESS if "CurrentServerlessConfig" in variant else REALTIME,
        instances=int(variant.get("DesiredInstanceCount") or variant.get("CurrentInstanceCount") or 0),
        stage=stages[0] if stages else "",
    )


def _prepare(sagemaker: Any, name: str, served: Mapping[str, Any], variant: Any, role: str) -> None:
    """Create the model and the endpoint configuration unless they are there: their name stands for their content."""
    from botocore.exceptions import ClientError

    calls: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
        (sagemaker.create_model, {"ModelName": name, "PrimaryContainer": dict(served), "ExecutionRoleArn": role}),
        (sagemaker.create_endpoint_config, {"EndpointConfigName": name, "ProductionVariants": [variant]}),
    )
    for call, arguments in calls:
        try:
            call(**arguments)
        except ClientError as error:
            message = error.response["Error"].get("Message", "")
            if "already exist" not in message and "Cannot create already existing" not in message:
                raise


def _await_settled(
    sagemaker: Any, state: EndpointState | None, limit_s: float, progress: Progress | None
) -> EndpointState | None:
    """Wait while the endpoint is on its way to another status."""
    started, pause, waited = time.monotonic(), 0.5, False
    while state is not None and state.status.endswith(("ing", "Back")):  # Creating, Updating, RollingBack, …
        seconds = time.monotonic() - started
        if progress:
            progress(f"{state.status} ({state.stage})" if state.stage else state.status, seconds)
        if seconds > limit_s:
            raise EndpointError(
                f"The endpoint {state.name} is still {state.status} after {limit_s:.0f} s; see its log in "
                f"/aws/sagemaker/Endpoints/{state.name}, or wait longer."
            )
        time.sleep(pause)
        pause, waited = min(1.5 * pause, 5.0), True
        state = _describe(sagemaker, state.name)
    if progress and waited and state is not None:
        progress(state.status, time.monotonic() - started)
    return state


def _remove(sagemaker: Any, state: EndpointState, limit_s: float) -> None:
    sagemaker.delete_endpoint(EndpointName=state.name)
    _await_settled(sagemaker, _describe(sagemaker, state.name), limit_s, None)


def _delete_config(sagemaker: Any, name: str) -> None:
    from botocore.exceptions import ClientError

    for call, key in ((sagemaker.delete_endpoint_config, "EndpointConfigName"), (sagemaker.delete_model, "ModelName")):
        try:
            call(**{key: name})
        except ClientError as error:
            if not aws.is_missing(error):
                raise


def _short_hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


@contextmanager
def _control_errors(name: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        message = str(said.get("Message", ""))[:300]  # a wrong instance type is answered with all that there are
        raise EndpointError(
            f"SageMaker refused a call for the endpoint {name} ({said.get('Code')}: {message}); check its name, role "
            "and instance type."
        ) from error
    except BotoCoreError as error:
        raise EndpointError(f"SageMaker cannot be reached ({error}); check network, region and credentials.") from error
