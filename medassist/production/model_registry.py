"""The model registry: each model that was published as a numbered version, with its card, its scores and its approval.

A version is a SageMaker model package in a model package group. It begins as pending, carries the result of its smoke
test, and only a version that a person (or a notebook's explicit parameter) approved may be deployed. What was approved
before it can be gone back to.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from medassist import aws, storage
from medassist.errors import ModelPackageError
from medassist.production import serving

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
# Types that a person who deploys from the SageMaker console is offered; code may use any other.
INSTANCE_TYPES = ("ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge", "ml.c5.xlarge", "ml.c6i.xlarge", "ml.m6i.xlarge")
_TESTED, _TESTED_ON, _TESTED_AT = "smoke_test", "smoke_test_on", "smoke_test_at"
PASSED = "passed"
_LONGEST_VALUE = 256  # characters of a property, and the signs that it may hold, by SageMaker's API
_OTHER_SIGNS = re.compile(r"[^\w.:/=+@-]+")


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One entry of the registry.

    Parameters
    ----------
    group, number, arn
        The group it belongs to, its number in it (from 1), its address.
    uri, image : str
        The model package on S3 and the container that serves it.
    status : str
        ``"PendingManualApproval"``, ``"Approved"`` or ``"Rejected"``; ``reason`` says why.
    properties : mapping of str to str
        What was recorded about it: name, base model, result of the smoke test.
    """

    group: str
    number: int
    arn: str
    uri: str
    image: str
    status: str
    created: datetime
    reason: str = ""
    description: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def approved(self) -> bool:
        """Whether it may be deployed."""
        return self.status == APPROVED

    @property
    def smoke_test(self) -> str:
        """``"passed"``, ``"failed: …"``, or empty if there was none."""
        return self.properties.get(_TESTED, "")

    def passed_on(self, size: str) -> bool:
        """Tell whether its smoke test passed on a hosting of this size."""
        return self.smoke_test == PASSED and self.properties.get(_TESTED_ON) == size


def register(
    group: str,
    package_uri: str,
    *,
    image: str = "",
    description: str = "",
    properties: Mapping[str, str] | None = None,
) -> ModelVersion:
    """Enter a published model package into the registry as a pending version; one that is there is returned as it is.

    The group is created if it is missing (at AWS the stack makes it). Scores and card come from the ``metrics.json``
    beside the package.

    Parameters
    ----------
    group : str
        Model package group.
    package_uri : str
        As :func:`medassist.model_packages.publish_package` returned it.
    image : str
        Container; :func:`medassist.production.serving.serving_image` if empty.
    description : str
        For people.
    properties : mapping of str to str, optional
        What else to record; SageMaker takes 256 characters a value, letters, digits and some signs.

    Raises
    ------
    ModelPackageError
        If there is no such package, or SageMaker refuses.
    """
    container = serving.container(package_uri, image=image)
    for version in versions(group):
        if (version.uri, version.image) == (package_uri, container["Image"]):
            return version
    if not storage.exists(package_uri):
        raise ModelPackageError(f"There is no model package at {package_uri}; publish it with notebook 03_finetune_t5.")
    metrics_uri = f"{package_uri.rpartition('/')[0]}/metrics.json"
    metrics = storage.read_json(metrics_uri) if storage.exists(metrics_uri) else {}
    quality = {"Statistics": {"ContentType": "application/json", "S3Uri": metrics_uri}}
    with _errors(group):
        _ensure_group(group)
        arn = aws.client("sagemaker").create_model_package(
            ModelPackageGroupName=group,
            ModelPackageDescription=description or f"{metrics.get('model', 'T5')} for questions with passages",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
                "SupportedRealtimeInferenceInstanceTypes": list(INSTANCE_TYPES),
            },
            ModelApprovalStatus=PENDING,
            ModelCard={"ModelCardContent": json.dumps(model_card(metrics, package_uri)), "ModelCardStatus": "Draft"},
            CustomerMetadataProperties=_metadata({"package": package_uri, **(properties or {})}),
            **({"ModelMetrics": {"ModelQuality": quality}} if metrics else {}),
        )["ModelPackageArn"]
    return read(arn)


def versions(group: str, limit: int = 50) -> list[ModelVersion]:
    """Return the group's newest versions, ``limit`` of them at most; none if there is no such group."""
    return [read(arn) for arn in version_arns(group)[:limit]]


def version_arns(group: str) -> list[str]:
    """Return the addresses of all of the group's versions, the newest first; none if there is no such group."""
    if not has_group(group):
        return []
    with _errors(group):
        pages = aws.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        arns = [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]
    return sorted(arns, key=lambda arn: int(arn.rpartition("/")[2]), reverse=True)


def has_group(group: str) -> bool:
    """Tell whether there is a group of that name."""
    from botocore.exceptions import ClientError

    with _errors(group):
        try:
            aws.client("sagemaker").describe_model_package_group(ModelPackageGroupName=group)
        except ClientError as error:
            if aws.is_missing(error):
                return False
            raise
    return True


def read(arn: str) -> ModelVersion:
    """Return a version as the registry has it now."""
    with _errors(arn):
        found = aws.client("sagemaker").describe_model_package(ModelPackageName=arn)
    container = found["InferenceSpecification"]["Containers"][0]
    return ModelVersion(
        group=found["ModelPackageGroupName"],
        number=found["ModelPackageVersion"],
        arn=found["ModelPackageArn"],
        uri=container["ModelDataUrl"],
        image=container["Image"],
        status=found["ModelApprovalStatus"],
        created=found["CreationTime"],
        reason=found.get("ApprovalDescription", ""),
        description=found.get("ModelPackageDescription", ""),
        properties=found.get("CustomerMetadataProperties", {}),
    )


def latest_approved(group: str, *, before: int | None = None) -> ModelVersion | None:
    """Return the newest approved version, or the newest older than number ``before``; None if there is none."""
    found = map(read, version_arns(group))  # one by one: the newest is approved more often than not
    chosen = (version for version in found if before is None or version.number < before)
    return next((version for version in chosen if version.approved), None)


def approve(version: ModelVersion, reason: str) -> ModelVersion:
    """Approve a version that passed its smoke test.

    Raises
    ------
    ModelPackageError
        If it has not passed one.
    """
    current = read(version.arn)
    if current.smoke_test != PASSED:
        raise ModelPackageError(
            f"Version {version.number} of {version.group} cannot be approved: its smoke test "
            f"{current.smoke_test or 'has not been run'}; run rollout.smoke_test, and train again if it fails."
        )
    return _update(version, ModelApprovalStatus=APPROVED, ApprovalDescription=reason)


def reject(version: ModelVersion, reason: str) -> ModelVersion:
    """Take a version out of the choice: it is not deployed again unless somebody approves it anew."""
    return _update(version, ModelApprovalStatus=REJECTED, ApprovalDescription=reason)


def record_smoke_test(version: ModelVersion, *, size: str, when: str, failure: str = "") -> ModelVersion:
    """Write the result of a smoke test into a version: where and when, and what failed."""
    result = f"failed: {failure}" if failure else PASSED
    properties = _metadata({_TESTED: result, _TESTED_ON: size, _TESTED_AT: when})
    return _update(version, CustomerMetadataProperties=properties)


def model_card(metrics: Mapping[str, Any], package_uri: str) -> dict[str, Any]:
    """Return the model card in SageMaker's JSON schema: intended use, limits, training, evaluation.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html (of a model package, the overview holds creator and
    artifact only)

    Parameters
    ----------
    metrics : mapping
        ``metrics.json`` as training wrote it; may be empty.
    package_uri : str
        The card in words, ``model_card.md``, lies beside it.
    """
    numbers = {name: float(value) for name, value in metrics.items() if isinstance(value, int | float)}
    scores = [{"name": name, "type": "number", "value": value} for name, value in numbers.items() if _is_score(name)]
    details = {"model_card": f"{package_uri.rpartition('/')[0]}/model_card.md", "data_capture": "off"}
    card: dict[str, Any] = {
        "model_overview": {"model_creator": "medassist", "model_artifact": [package_uri]},
        "intended_uses": _INTENDED_USES,
        "training_details": {"training_observations": _training_in_words(metrics)},
        "additional_information": {**_CAVEATS, "custom_details": details},
    }
    if scores:
        group = {"name": "held-out examples", "metric_data": scores}
        evaluation = {"name": "Held-out scores", "evaluation_observation": _READING_SCORES, "metric_groups": [group]}
        card["evaluation_details"] = [evaluation]
    return card


_INTENDED_USES = {
    "purpose_of_model": "Write a short answer to a health question from passages that were retrieved for it, or choose "
    "among given options, or judge yes, no or maybe.",
    "intended_uses": "Inside medassist, which shows nothing of its text that the passages do not support, for "
    "information, research and teaching. Not for diagnosis, doses, triage or emergencies; not a medical device.",
    "factors_affecting_model_efficiency": "Passages that do not hold the answer, questions unlike the training "
    "questions, languages other than English.",
    "risk_rating": "High",
    "explanations_for_risk_rating": "A wrong sentence about health can do harm, and the model does make sentences up. "
    "Grounding, quotations and abstention around it lower the risk; it must not be asked without them.",
}
_CAVEATS = {
    "ethical_considerations": "Questions are about people's health. They are not captured by the endpoint, and no log "
    "holds their text.",
    "caveats_and_recommendations": "Not tested on patients. In a task in which the model was not shown to be better "
    "than what costs nothing (baseline_..., see the card in words) the product gives the baseline and says so.",
}
_READING_SCORES = (
    "On examples about topics that training did not see. baseline_... is the score of the best of the trivial "
    "baselines on the same examples; mean_score the mean of the tasks' first measures."
)


def _is_score(name: str) -> bool:
    return name.endswith(("_f1", "_rouge_l", "_accuracy", "_loss", "_score")) or name.startswith("scored_")


def _training_in_words(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return "Nothing is known of its training: there is no metrics.json beside the package."
    counts = metrics.get("examples", {})
    examples = "; ".join(f"{split}: {count}" for split, count in counts.items()) if isinstance(counts, dict) else ""
    return (
        f"{metrics.get('model', 'T5')}, from {metrics.get('base_model', 'an unnamed base')}, "
        f"{metrics.get('parameters', 'unknown')} parameters, {metrics.get('steps', 'unknown')} steps. "
        f"Examples by task: {examples or 'unknown'}."
    )[:1024]


def _metadata(properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties as SageMaker takes them: other signs become spaces, long values are cut, empty ones go."""
    found = {name: " ".join(_OTHER_SIGNS.sub(" ", value).split()) for name, value in properties.items()}
    return {name: value[:_LONGEST_VALUE].rstrip() for name, value in found.items() if value}


def _ensure_group(group: str) -> None:
    if not has_group(group):
        aws.client("sagemaker").create_model_package_group(
            ModelPackageGroupName=group, ModelPackageGroupDescription="T5 models of medassist, one version each"
        )


def _update(version: ModelVersion, **changes: Any) -> ModelVersion:
    with _errors(version.arn):
        aws.client("sagemaker").update_model_package(ModelPackageArn=version.arn, **changes)
    return read(version.arn)


@contextmanager
def _errors(what: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise ModelPackageError(
            f"The model registry refused a call for {what} ({said.get('Code')}: {said.get('Message')}); check its name "
            "and your permissions."
        ) from error
    except BotoCoreError as error:
        raise ModelPackageError(
            f"The model registry cannot be reached ({error}); check network, region and credentials."
        ) from error
