"""The CloudFormation stack: what it puts out, and how it is changed and removed."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from medassist import aws
from medassist.errors import DeploymentError
from medassist.production import refusals, stack_events
from medassist.production.stack_events import Event
from medassist.production.template import INLINE_LIMIT, to_json

NAME = "medassist"  # of the stack, if no other is given
PROPOSAL_LIMIT_S = 300.0  # a change set of a hundred resources takes some ten seconds
_EMPTY = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")  # such a stack holds nothing
_NEW = ("", "REVIEW_IN_PROGRESS")  # such a stack is created, others are updated
# Nothing but deleting helps a stack whose creation or removal failed.
_STUCK = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
_PREFIX = "medassist-"  # of our change sets' names


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
    cursor_secret: str = ""  # Secrets Manager: what the history's cursors are signed with
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


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a change set: what would happen to which resource."""

    action: str  # Add, Modify, Remove, Import or Dynamic
    resource: str  # its logical id in the template
    type: str
    replacement: str = ""  # True: a new one takes its place and the old one is deleted; Conditional: perhaps
    properties: tuple[str, ...] = ()  # which of its properties change

    @property
    def destroys(self) -> bool:
        """Whether what there is may be lost."""
        return self.action == "Remove" or self.replacement in ("True", "Conditional")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that waits to be applied."""

    stack_name: str
    stack_id: str
    change_set_id: str
    creates: bool
    changes: tuple[Change, ...]


def describe(name: str) -> dict[str, Any] | None:
    """Return what CloudFormation says about the stack; None if there is none.

    Raises
    ------
    DeploymentError
        If the name is not one that a stack can have, or the stack cannot be read.
    """
    from botocore.exceptions import ClientError

    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", name):
        raise DeploymentError(
            f"{name!r} is no name for a stack; use up to 128 letters, digits and hyphens, a letter first."
        )
    with refusals.explained(f"reading the stack {name}"):
        try:
            stacks: list[dict[str, Any]] = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":  # the name is valid: there is no such stack
                return None
            raise
    return stacks[0]


def status_of(name: str) -> str:
    """Return the stack's status; empty if there is no stack."""
    found = describe(name)
    return str(found["StackStatus"]) if found else ""


def read_outputs(name: str) -> Outputs | None:
    """Return what the stack puts out; None if there is no stack, or nothing in it."""
    found = describe(name)
    if found is None or found["StackStatus"] in _EMPTY:
        return None
    return Outputs.from_outputs({output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])})


def read_parameters(name: str) -> dict[str, str]:
    """Return the stack's parameters as they were given last; empty without a stack."""
    found = describe(name)
    if found is None or found["StackStatus"] in _EMPTY:
        return {}
    return {item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])}


def resources(name: str) -> tuple[tuple[str, str, str], ...]:
    """Return logical id, type and physical id of each of the stack's resources."""
    with refusals.explained(f"reading the stack {name}"):
        pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
        return tuple(
            (item["LogicalResourceId"], item["ResourceType"], item.get("PhysicalResourceId", ""))
            for page in pages
            for item in page["StackResourceSummaries"]
            if item["ResourceStatus"] != "DELETE_COMPLETE"
        )


def resource_ids(name: str) -> dict[str, str]:
    """Return the physical ids of the stack's resources by their logical ids."""
    return {logical: physical for logical, _, physical in resources(name)}


def is_stuck(status: str) -> bool:
    """Tell whether a stack in this state can only be deleted and created again."""
    return status in _STUCK


def is_busy(status: str) -> bool:
    """Tell whether CloudFormation is at work on a stack in this state."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


# --- change sets --------------------------------------------------------------------------------------------------


def propose(
    name: str,
    template: Mapping[str, Any],
    parameters: Mapping[str, str],
    *,
    bucket: str = "",
    adopt: bool = False,
    mend: bool = False,
) -> Proposal | None:
    """Ask CloudFormation what a template would change; return None if nothing.

    Parameters
    ----------
    name : str
        Of the stack; one that does not exist would be created.
    template : mapping
        Plain CloudFormation.
    parameters : mapping of str to str
        Those that the template does not declare are left out.
    bucket : str
        Where a template of more than 51,200 bytes is put; a stack that makes the bucket itself begins with a shorter.
    adopt : bool
        Whether resources that exist under a name of the template, belong to no stack and are retained are taken over.
    mend : bool
        Whether resources that differ from the template, which those taken over may, are brought in line with it.

    Raises
    ------
    DeploymentError
        If the stack is in a state that allows no change, or CloudFormation refuses the template.
    """
    _refuse_stuck(name, status := status_of(name))
    client = aws.client("cloudformation")
    given = {key: value for key, value in parameters.items() if key in template.get("Parameters", {})}
    with refusals.explained(f"proposing changes to the stack {name}"):
        if status:
            _remove_stale(client, name)
        made = client.create_change_set(
            StackName=name,
            ChangeSetName=f"{_PREFIX}{time.time_ns() // 1_000_000}",
            ChangeSetType="CREATE" if status in _NEW else "UPDATE",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": "project", "Value": NAME}],
            ImportExistingResources=adopt,
            **({"DeploymentMode": "REVERT_DRIFT"} if mend else {}),
            **_body(template, bucket),
        )
        described = _await_proposal(client, made["Id"])
    changes = tuple(_change(item["ResourceChange"]) for item in described["Changes"] if "ResourceChange" in item)
    if described["Status"] == "FAILED":
        _discard(client, made["Id"])
        if _says_no_changes(described.get("StatusReason", "")):
            return None
        raise DeploymentError(
            f"CloudFormation refuses the template: {described.get('StatusReason', 'no reason given')}"
        )
    return Proposal(name, made["StackId"], made["Id"], status in _NEW, changes)


def withdraw(proposal: Proposal) -> None:
    """Remove a change set that is not wanted; a stack that was never created is removed with it."""
    client = aws.client("cloudformation")
    _discard(client, proposal.change_set_id)
    if proposal.creates:
        with refusals.explained(f"removing the empty stack {proposal.stack_name}"):
            client.delete_stack(StackName=proposal.stack_id)


def apply(
    proposal: Proposal,
    on_event: Callable[[Event], None] = lambda event: None,
    on_trouble: Callable[[str], None] = lambda line: None,
) -> Outputs:
    """Apply a change set and follow it to its end; return what the stack puts out then.

    Raises
    ------
    DeploymentError
        If it fails: names the resource that failed first, its reason and the next step.
    """
    from botocore.exceptions import ClientError

    client, name = aws.client("cloudformation"), proposal.stack_name
    known = stack_events.known_events(proposal.stack_id)
    with refusals.explained(f"changing the stack {name}"):
        try:
            client.execute_change_set(ChangeSetName=proposal.change_set_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidChangeSetStatus", "ChangeSetNotFound"):
                raise DeploymentError(
                    f"Another deployment has changed the stack {name} meanwhile; run `medassist deploy` again."
                ) from error
            raise
    events = stack_events.follow(proposal.stack_id, known, on_event, on_trouble)
    if (status := status_of(name)) not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        raise _failure(f"The stack {name} could not be {'created' if proposal.creates else 'changed'}", status, events)
    outputs = read_outputs(name)
    if outputs is None:
        raise DeploymentError(f"The stack {name} is gone; another command has removed it.")
    return outputs


def delete(
    name: str,
    on_event: Callable[[Event], None] = lambda event: None,
    on_trouble: Callable[[str], None] = lambda line: None,
) -> bool:
    """Delete the stack and follow it to its end; return whether there was one.

    Raises
    ------
    DeploymentError
        If a resource cannot be deleted: names it, its reason and the next step.
    """
    found = describe(name)
    if found is None:
        return False
    client, stack_id = aws.client("cloudformation"), found["StackId"]
    known = stack_events.known_events(stack_id)
    with refusals.explained(f"deleting the stack {name}"):
        if found.get("EnableTerminationProtection"):
            client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
        client.delete_stack(StackName=stack_id)
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":  # nothing was made: it goes at once and says nothing
        return True
    events = stack_events.follow(stack_id, known, on_event, on_trouble)
    if status := status_of(name):
        raise _failure(f"The stack {name} could not be deleted", status, events)
    return True


def wait_until_free(
    name: str,
    on_event: Callable[[Event], None] = lambda event: None,
    on_trouble: Callable[[str], None] = lambda line: None,
) -> str:
    """Wait while CloudFormation is at work on the stack for somebody else; return its status then."""
    while is_busy(status := status_of(name)):
        known = stack_events.known_events(name)
        found = describe(name)
        if found is not None and is_busy(found["StackStatus"]):
            stack_events.follow(found["StackId"], known, on_event, on_trouble)
    return status


def protect(name: str) -> None:
    """Refuse to delete the stack until the protection is lifted; :func:`delete` lifts it."""
    with refusals.explained(f"protecting the stack {name}"):
        aws.client("cloudformation").update_termination_protection(StackName=name, EnableTerminationProtection=True)


def _refuse_stuck(name: str, status: str) -> None:
    if is_busy(status):
        raise DeploymentError(
            f"Another deployment is at work on the stack {name} ({status}); wait until it is done and run it again."
        )
    if is_stuck(status):
        raise DeploymentError(
            f"The stack {name} is {status}, where it can only be deleted; remove it with `medassist destroy` first."
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise DeploymentError(
            f"The stack {name} is {status}: its last change failed and could not be undone; mend what its events name, "
            f"then run `aws cloudformation continue-update-rollback --stack-name {name}` and this again."
        )


def _remove_stale(client: Any, name: str) -> None:
    """Remove our change sets that an interrupted run has left behind."""
    for page in client.get_paginator("list_change_sets").paginate(StackName=name):
        for found in page["Summaries"]:
            if found["ChangeSetName"].startswith(_PREFIX) and found.get("ExecutionStatus") != "EXECUTE_IN_PROGRESS":
                _discard(client, found["ChangeSetId"])


def _discard(client: Any, change_set_id: str) -> None:
    from botocore.exceptions import ClientError

    with refusals.explained("removing a change set"):
        try:
            client.delete_change_set(ChangeSetName=change_set_id)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("InvalidChangeSetStatus", "ChangeSetNotFound"):
                raise


def _await_proposal(client: Any, change_set_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PROPOSAL_LIMIT_S
    while True:
        pages = list(client.get_paginator("describe_change_set").paginate(ChangeSetName=change_set_id))
        described: dict[str, Any] = pages[0] | {"Changes": [item for page in pages for item in page.get("Changes", [])]}
        if described["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return described
        if time.monotonic() > deadline:
            raise DeploymentError(
                f"CloudFormation has not said within {PROPOSAL_LIMIT_S:.0f} seconds what would change; run it again."
            )
        time.sleep(1.0)


def _says_no_changes(reason: str) -> bool:
    # The one thing that CloudFormation tells by text alone: status and code are those of any other failure.
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def _change(change: Mapping[str, Any]) -> Change:
    replacement = change.get("Replacement", "")
    targets = [detail.get("Target", {}) for detail in change.get("Details", [])]
    return Change(
        change["Action"],
        change["LogicalResourceId"],
        change["ResourceType"],
        replacement if replacement in ("True", "Conditional") else "",
        tuple(sorted({target.get("Name") or target.get("Attribute", "") for target in targets})),
    )


def _failure(what: str, status: str, events: Sequence[Event]) -> DeploymentError:
    first = stack_events.first_failure(events)
    if first is None:
        return DeploymentError(f"{what}: it is {status or 'gone'}, and no resource says why; look at its events.")
    after = " What had been made was undone." if "ROLLBACK" in status else ""
    return DeploymentError(f"{what}: {refusals.explain_event(first.resource, first.type, first.reason)}{after}")


# --- the template on its way --------------------------------------------------------------------------------------


def _body(template: Mapping[str, Any], bucket: str) -> dict[str, str]:
    """Return the argument that carries the template: itself, or where on S3 it was put."""
    text = to_json(template).encode()
    if len(text) <= INLINE_LIMIT:
        return {"TemplateBody": text.decode()}
    if not bucket:
        raise DeploymentError(
            f"The template has {len(text):,} bytes, of which CloudFormation takes {INLINE_LIMIT:,} before there is a "
            "bucket for it; make its first phase smaller."
        )
    key = f"templates/{hashlib.sha256(text).hexdigest()}.json"
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=text, ContentType="application/json")
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{bucket}/{key}"}
