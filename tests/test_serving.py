"""Endpoints as they are run: what they run on, coming up, being changed, going, and what is refused."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from medassist import aws, model_packages, storage, training_job
from medassist.cloud import Cloud
from medassist.endpoint import EndpointClient
from medassist.errors import ConfigurationError, EndpointError
from medassist.production import serving, template
from medassist.production.serving import Hosting, TrafficShift
from medassist.prompts import PassageText

BUCKET = "medassist-serving-tests"
PASSAGES = [PassageText("fern", "fern is a green plant.")]
SERVERLESS = Hosting(kind="serverless", memory_mb=1024, max_concurrency=3)


def test_the_image_is_the_newest_that_the_sdk_lists() -> None:
    # GIVEN the SDK's list of Hugging Face's inference containers
    from packaging.version import Version
    from sagemaker.core import image_uris

    listed = image_uris.config_for_framework("huggingface")["inference"]["versions"]
    newest = max(listed, key=Version)
    (framework,) = (name for name in listed[newest] if name.startswith("pytorch"))
    # WHEN it names the newest one for a CPU THEN it is ours, in every region of AWS's usual partition
    registries = listed[newest][framework]["registries"]
    for region in (name for name in registries if not name.startswith(("cn-", "us-iso"))):
        uri = image_uris.retrieve(
            framework="huggingface",
            region=region,
            version=newest,
            base_framework_version=framework,
            py_version=listed[newest][framework]["py_versions"][-1],
            instance_type="ml.m5.xlarge",
            image_scope="inference",
        )
        assert serving.serving_image(region) == uri


def test_the_presets_say_what_an_endpoint_runs_on() -> None:
    dev, prod = (Hosting.from_preset(template.preset(name)) for name in ("dev", "prod"))
    assert (dev.kind, prod.kind) == ("serverless", "realtime")
    assert dev.variant("m")["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 5}
    assert prod.variant("m")["InitialInstanceCount"] == prod.instances >= 2  # enough for a canary
    # AND what a person names takes its place
    assert Hosting.from_preset(template.preset("dev"), instance_type="ml.c5.large").instance_type == "ml.c5.large"
    assert Hosting.from_preset(template.preset("prod"), kind="serverless").size == "serverless with 4096 MB"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "batch"}, "kind 'batch' is unknown"),
        ({"kind": "serverless", "memory_mb": 1500}, "cannot have 1500 MB; SageMaker offers 1024"),
        ({"kind": "serverless", "max_concurrency": 0}, "max_concurrency is 0"),
        ({"instances": 0}, "0 instances"),
    ],
)
def test_what_sagemaker_does_not_offer_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Hosting(**wrong)


def test_a_single_instance_has_no_canary() -> None:
    shift = TrafficShift(canary_s=60, bake_s=120, alarms=("errors", "latency"))
    pair, single = (shift.deployment(instances) for instances in (2, 1))
    routing = pair["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["CanarySize"]["Value"], routing["WaitIntervalInSeconds"]) == ("CANARY", 1, 60)
    assert single["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert [alarm["AlarmName"] for alarm in single["AutoRollbackConfiguration"]["Alarms"]] == ["errors", "latency"]


def test_an_update_that_sagemaker_would_not_watch_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="watches 10 alarms at most, not 11"):
        TrafficShift(alarms=tuple(map(str, range(11))))
    with pytest.raises(ConfigurationError, match="bake_s is 3601; SageMaker waits 0 to 3600 seconds"):
        TrafficShift(bake_s=3601)


# ---- In the emulated cloud --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package_uri(emulated_cloud: Cloud, model_package: Path) -> str:
    storage.ensure_bucket(BUCKET)
    return model_packages.publish_package(model_package, f"s3://{BUCKET}/models/tiny", version="v1", description={})


@pytest.fixture(scope="module")
def served(package_uri: str) -> Iterator[str]:
    """Return the name of a real-time endpoint of two instances that serves the tiny model."""
    name = "serving-t5"
    state = serving.create(name, serving.container(package_uri), Hosting(instances=2), role=training_job.default_role())
    assert (state.status, state.reused, state.instances) == ("InService", False, 2)
    yield name
    assert serving.delete(name) is True
    assert serving.delete(name) is False


def ask(name: str) -> str:
    return EndpointClient(name).generate("What is fern?", PASSAGES).text


@pytest.mark.integration
def test_an_endpoint_as_it_should_be_is_left_alone_and_another_is_updated(served: str, package_uri: str) -> None:
    # GIVEN the endpoint in service WHEN it is asked for again THEN nothing happens
    role, two = training_job.default_role(), Hosting(instances=2)
    before = serving.describe(served)
    assert serving.create(served, serving.container(package_uri), two, role=role).reused
    assert serving.describe(served) == before
    # AND with another environment it is updated step by step, and answers
    stages: list[str] = []
    updated = serving.create(
        served,
        serving.container(package_uri, environment={"WHO": "me"}),
        two,
        role=role,
        shift=TrafficShift(canary_s=1, bake_s=1),
        progress=lambda status, _: stages.append(status),
    )
    assert (updated.reused, updated.status, updated.config != before.config) == (False, "InService", True)
    assert any(stage.startswith("Updating (") for stage in stages)
    assert stages[-1] == "InService"
    assert ask(served)
    # AND requests are not captured
    described = aws.client("sagemaker").describe_endpoint_config(EndpointConfigName=updated.config)
    assert "DataCaptureConfig" not in described


@pytest.mark.integration
def test_an_endpoint_that_is_on_its_way_is_waited_for(package_uri: str) -> None:
    # GIVEN a call that was given up while the endpoint came up
    name, role, container = "waited-t5", training_job.default_role(), serving.container(package_uri)
    with pytest.raises(EndpointError, match="is still Creating after 0 s"):
        serving.create(name, container, role=role, limit_s=0.0)
    # WHEN the same is asked for again THEN what was begun is taken, not updated
    assert serving.create(name, container, role=role).reused
    assert ask(name)
    assert serving.delete(name)


@pytest.mark.integration
def test_a_failing_update_leaves_the_old_model_and_a_failed_endpoint_is_replaced(
    served: str, package_uri: str, tmp_path: Path
) -> None:
    # GIVEN a package without its script, put on S3 by somebody else WHEN an endpoint is to serve it
    role, broken_uri = training_job.default_role(), f"s3://{BUCKET}/models/tiny/broken/model.tar.gz"
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("config.json"))
    storage.upload_file(tmp_path / "model.tar.gz", broken_uri)
    with pytest.raises(EndpointError, match=r"could not be brought up: .*no code/inference\.py"):
        serving.create("broken-t5", serving.container(broken_uri), role=role)
    with pytest.raises(EndpointError, match=r"rolled back, the old model still serves: .*no code/inference\.py"):
        serving.create(served, serving.container(broken_uri), Hosting(instances=2), role=role)
    # THEN the one that served before still does
    assert ask(served)
    # AND the failed one is replaced by a whole package, this time a serverless one
    state = serving.create("broken-t5", serving.container(package_uri), SERVERLESS, role=role)
    assert (state.status, state.kind) == ("InService", "serverless")
    # which answers a stream in one piece, as it cannot stream
    assert list(EndpointClient("broken-t5").stream("What is fern?", PASSAGES)) == [ask("broken-t5")]
    assert serving.delete("broken-t5")


@pytest.mark.integration
def test_an_alarm_brings_the_old_model_back(served: str, package_uri: str) -> None:
    # GIVEN an alarm that is on WHEN an update names it
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="serving-latency", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1,
        MetricName="ModelLatency", Namespace="AWS/SageMaker", Period=60, Statistic="Average",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="serving-latency", StateValue="ALARM", StateReason="test")
    before = serving.describe(served)
    new = serving.container(package_uri, environment={"WHO": "somebody else"})
    shift = TrafficShift(canary_s=600, bake_s=600, alarms=("serving-latency",))
    # THEN it is taken back at once, and nothing of it is left
    with pytest.raises(EndpointError, match=r"rolled back, the old model still serves: .*serving-latency"):
        serving.create(served, new, Hosting(instances=2), role=training_job.default_role(), shift=shift)
    assert serving.describe(served).config == before.config
    assert ask(served)
    configs = aws.client("sagemaker").list_endpoint_configs(NameContains=served)["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in configs] == [before.config]


@pytest.mark.integration
def test_what_cannot_be_is_said_before_anything_is_made(served: str, package_uri: str) -> None:
    role, container = training_job.default_role(), serving.container(package_uri)
    with pytest.raises(EndpointError, match="runs on instances, and SageMaker cannot make it serverless"):
        serving.create(served, container, SERVERLESS, role=role)
    with pytest.raises(EndpointError, match=r"ml\.c7g\.large has an ARM processor"):
        serving.create("arm", container, Hosting(instance_type="ml.c7g.large"), role=role)
    with pytest.raises(EndpointError, match=r"refused a call for the endpoint giant \(ValidationException"):
        serving.create("giant", container, Hosting(instance_type="ml.x99.large"), role=role)
    with pytest.raises(EndpointError, match="no endpoint nobody; create it"):
        serving.describe("nobody")
