"""The CloudFormation stack: what it puts out, and how it is changed and removed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from medassist import aws
from medassist.errors import DeploymentError

NAME = "medassist"  # of the stack, if no other is given
_EMPTY_STATES = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")  # such a stack holds nothing


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the stack puts out: the contract between ``deploy/template.yaml`` and everything that uses the stack.

    A field's name in snake case is the output's in Pascal case: ``api_url`` is the output ``ApiUrl``. Outputs of parts
    that are not deployed yet are empty.
    """

    preset: str  # dev or prod
    bucket_name: str  # data, index bundles, models, the function's code
    sagemaker_role_arn: str  # what training, processing and endpoint run under
    model_package_group_name: str  # the model registry's group
    endpoint_name: str  # SageMaker endpoint that the function asks
    endpoint_alarm_names: str = ""  # comma-separated; an endpoint update is rolled back if one of them goes off
    table_name: str = ""  # questions and answers
    function_name: str = ""  # the API's Lambda function; its alias is live
    api_url: str = ""  # address of the REST API, without a slash at the end and without /v1
    user_pool_id: str = ""  # Cognito: who may ask
    user_pool_client_id: str = ""
    page_url: str = ""  # the web page
    amplify_app_id: str = ""
    amplify_branch: str = ""
    alarm_topic_arn: str = ""  # SNS: where alarms go
    dashboard_url: str = ""

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str]) -> "Outputs":
        """Build from CloudFormation's outputs by name.

        Raises
        ------
        DeploymentError
            If one is missing that every stack has.
        """
        given = {name: outputs[key] for name in cls.names() if (key := output_key(name)) in outputs}
        required = ("preset", "bucket_name", "sagemaker_role_arn", "model_package_group_name", "endpoint_name")
        if missing := [output_key(name) for name in required if not given.get(name)]:
            raise DeploymentError(
                f"The stack has no output {', '.join(missing)}; deploy it again with `medassist deploy`."
            )
        return cls(**given)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the fields' names."""
        return tuple(field.name for field in fields(cls))


def output_key(name: str) -> str:
    """``api_url`` → ``ApiUrl``; SageMaker keeps its own spelling."""
    return name.title().replace("_", "").replace("Sagemaker", "SageMaker")


def describe(name: str) -> dict[str, Any] | None:
    """Return what CloudFormation says about the stack; None if there is none.

    Raises
    ------
    DeploymentError
        If the name is not one that a stack can have, or the stack cannot be read.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", name):
        raise DeploymentError(f"{name!r} is no name for a stack; use up to 128 letters, digits and hyphens.")
    try:
        stacks: list[dict[str, Any]] = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # the name is valid, so this means: no such stack
            return None
        raise DeploymentError(f"The stack {name} cannot be read ({error}); check credentials and region.") from error
    except BotoCoreError as error:
        raise DeploymentError(f"The stack {name} cannot be read ({error}); check credentials and region.") from error
    return stacks[0]


def read_outputs(name: str) -> Outputs | None:
    """Return what the stack puts out; None if there is no stack, or nothing in it."""
    found = describe(name)
    if found is None or found["StackStatus"] in _EMPTY_STATES:
        return None
    return Outputs.from_outputs({output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])})
