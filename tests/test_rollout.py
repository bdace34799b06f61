"""From a published package to the endpoint: registry, card, smoke test, approval, deployment, and back again."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from medassist import aws, model_packages, storage, training_job
from medassist.cloud import Cloud
from medassist.endpoint import EndpointClient
from medassist.errors import EndpointError, ModelPackageError
from medassist.production import model_registry, rollout, serving
from medassist.production.model_registry import ModelVersion
from medassist.production.serving import Hosting
from medassist.prompts import PassageText

BUCKET, GROUP, NAME = "medassist-rollout-tests", "medassist-rollout", "rollout-t5"
SMALL = Hosting(kind="serverless", memory_mb=2048, max_concurrency=2)
PASSAGES = [PassageText("fern", "fern is a green plant.")]


def publish(folder: Path, name: str, work: Path, **of_the_code: str) -> ModelVersion:
    """Publish the tiny model under another name, its serving code changed as told, and register it."""
    model, code = work / name, work / f"{name}-code"
    shutil.copytree(folder, model)
    settings = json.loads((model / "medassist.json").read_text())
    (model / "medassist.json").write_text(json.dumps({**settings, "name": name}))
    shutil.copytree(model_packages.SERVING_CODE, code)
    script = (code / "inference.py").read_text()
    for old, new in of_the_code.items():
        assert old in script
        script = script.replace(old, new)
    (code / "inference.py").write_text(script)
    package = model_packages.build_package(model, work / f"{name}.tar.gz", code=code)
    uri = model_packages.publish_package(package, f"s3://{BUCKET}/models/tiny", version=name, description={})
    return model_registry.register(GROUP, uri, properties={"name": name})


def served_name() -> str:
    return EndpointClient(NAME).generate("What is fern?", PASSAGES).model


def deploy(version: ModelVersion) -> serving.EndpointState:
    return rollout.deploy(NAME, version, SMALL, role=training_job.default_role())


def try_out(version: ModelVersion) -> ModelVersion:
    return rollout.smoke_test(version, NAME, SMALL, role=training_job.default_role())


@pytest.fixture(scope="module")
def work(emulated_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Path:
    storage.ensure_bucket(BUCKET)
    return tmp_path_factory.mktemp("rollout")


@pytest.fixture(scope="module")
def first(work: Path, exported_t5: Path) -> Iterator[ModelVersion]:
    """A version that was tried, approved and deployed."""
    version = publish(exported_t5, "first", work)
    assert (version.number, version.status, version.smoke_test) == (1, "PendingManualApproval", "")
    # GIVEN a new version WHEN somebody would skip a step THEN it is said which
    with pytest.raises(ModelPackageError, match="is PendingManualApproval and cannot be deployed; approve it first"):
        deploy(version)
    with pytest.raises(ModelPackageError, match="cannot be approved: its smoke test has not been run"):
        model_registry.approve(version, "looks good")
    # WHEN nothing is skipped THEN it serves, and the endpoint aside is gone
    version = model_registry.approve(try_out(version), "it passed")
    assert (version.approved, version.reason, version.smoke_test) == (True, "it passed", "passed")
    assert deploy(version).status == "InService"
    assert served_name() == "first"
    with pytest.raises(EndpointError, match=f"no endpoint {NAME}-smoke"):
        serving.describe(f"{NAME}-smoke")
    yield version
    serving.delete(NAME)


@pytest.mark.integration
def test_a_version_is_registered_once_with_its_card_and_its_scores(first: ModelVersion) -> None:
    # WHEN the same package is registered again THEN it is the version that is there
    assert model_registry.register(GROUP, first.uri) == first
    with pytest.raises(ModelPackageError, match=r"no model package at s3://.*nowhere"):
        model_registry.register(GROUP, f"s3://{BUCKET}/nowhere/model.tar.gz")
    # AND its card is one by the SDK's own reading of the schema, with the scores that training measured
    from sagemaker.core.shapes.model_card_shapes import ModelCardContent

    described = aws.client("sagemaker").describe_model_package(ModelPackageName=first.arn)
    content = json.loads(described["ModelCard"]["ModelCardContent"])
    card = ModelCardContent(**content)
    assert card.model_dump(exclude_unset=True, mode="json") == content
    metrics = storage.read_json(described["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    (group,) = card.evaluation_details[0].metric_groups
    assert {metric.name: metric.value for metric in group.metric_data}["answer_token_f1"] == metrics["answer_token_f1"]
    assert "Not for diagnosis" in card.intended_uses.intended_uses


@pytest.mark.integration
def test_what_is_recorded_of_a_version_is_what_sagemaker_takes(first: ModelVersion) -> None:
    # GIVEN the signs that the API reference allows in CustomerMetadataProperties, and a failure that has others
    allowed = re.compile(r"[\w .:/=+@-]{1,256}")
    failure = 'chooses: The options\' probabilities sum to 2.7000, not to 1; answers: "so" \u2013 (1,024?)' + 300 * "x"
    size = serving.Hosting(kind="serverless").size
    # WHEN it is recorded THEN every value is one of these, and can be told
    recorded = model_registry.record_smoke_test(first, size=size, when="2026-01-31T12:00:00+00:00", failure=failure)
    assert all(allowed.fullmatch(value) for value in recorded.properties.values())
    assert recorded.smoke_test.startswith("failed: chooses: The options probabilities sum to 2.7000 not to 1 answers")
    # WHEN it passes THEN that is found again by the size
    passed = model_registry.record_smoke_test(first, size=size, when="2026-01-31T12:10:00+00:00")
    assert passed.passed_on(size)
    model_registry.record_smoke_test(first, size=SMALL.size, when="2026-01-31T12:20:00+00:00")


@pytest.mark.integration
def test_a_model_that_fails_its_smoke_test_is_rejected_and_the_old_one_serves_on(
    first: ModelVersion, work: Path, exported_t5: Path
) -> None:
    # GIVEN a model whose probabilities do not sum to 1 and that answers what it must refuse
    wrong = {
        "return json.dumps(asdict(prediction))": 'return json.dumps(asdict(prediction) | {"probabilities": '
        '{key: 0.9 for key in prediction.probabilities}} if hasattr(prediction, "choice") else asdict(prediction))',
    }
    version = publish(exported_t5, "wrong", work, **wrong)
    # WHEN it is tried THEN what is wrong is said and recorded
    with pytest.raises(EndpointError, match=r"failed its smoke test .*probabilities sum to 2\.7000, not to 1"):
        try_out(version)
    rejected = model_registry.read(version.arn)
    assert (rejected.status, rejected.smoke_test.startswith("failed: chooses")) == ("Rejected", True)
    # AND it can be neither approved nor deployed, and the old model answers
    with pytest.raises(ModelPackageError, match="cannot be approved: its smoke test failed"):
        model_registry.approve(version, "never mind")
    with pytest.raises(ModelPackageError, match="is Rejected and cannot be deployed"):
        deploy(version)
    assert served_name() == "first"
    with pytest.raises(EndpointError, match=f"no endpoint {NAME}-smoke"):
        serving.describe(f"{NAME}-smoke")


@pytest.mark.integration
def test_a_newer_version_serves_until_it_is_rolled_back(first: ModelVersion, work: Path, exported_t5: Path) -> None:
    # GIVEN a second version, approved and deployed
    version = model_registry.approve(try_out(publish(exported_t5, "second", work)), "better")
    assert model_registry.latest_approved(GROUP) == version
    deploy(version)
    assert served_name() == "second"
    assert rollout.served_version(NAME) == version
    # WHEN it is rolled back THEN the one approved before serves, and the newest is not chosen again
    previous = rollout.roll_back(NAME, SMALL, "it lies", role=training_job.default_role())
    assert previous.number == first.number
    assert served_name() == "first"
    assert model_registry.latest_approved(GROUP) == previous
    assert model_registry.read(version.arn).reason == "Rolled back: it lies"
    # AND there is nothing before the first one
    with pytest.raises(ModelPackageError, match="no approved version before"):
        rollout.roll_back(NAME, SMALL, "again", role=training_job.default_role())
    # AND starting the same package again goes by the registry
    role = training_job.default_role()
    assert rollout.start(NAME, first.uri, SMALL, group=GROUP, role=role).reused


def test_a_group_that_is_not_there_has_no_versions(emulated_cloud: Cloud) -> None:
    assert model_registry.versions("nobody") == []
    assert model_registry.latest_approved("nobody") is None


def test_a_card_without_scores_says_so() -> None:
    card = model_registry.model_card({}, "s3://b/models/x/v1/model.tar.gz")
    assert "evaluation_details" not in card
    assert "Nothing is known of its training" in card["training_details"]["training_observations"]
