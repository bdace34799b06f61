"""Puts our CloudFormation (``stacks.py``) behind moto's wire format, in the place of moto's own."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from stack_records import ChangeSet, Stack, StackError, check_body
from stacks import Stacks

PAGE = 50  # items of an answer that comes in pages: fewer than AWS's, so that paging is in use


def install(stacks: Stacks) -> None:
    """Replace moto's calls in this process."""
    from moto.cloudformation.responses import CloudFormationResponse

    response: Any = CloudFormationResponse
    response.RESPONSE_KEY_PATH_TO_TRANSFORMER = {
        key: value
        for key, value in response.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
        if not key.startswith(("DescribeChangeSet", "DescribeStacks"))
    }
    calls = _Calls(stacks)
    for name in dir(calls):
        if not name.startswith("_"):
            setattr(response, name, _as_method(getattr(calls, name)))


def _as_method(call: Callable[[Any], dict[str, Any] | None]) -> Callable[[Any], Any]:
    from moto.cloudformation.exceptions import CloudFormationError
    from moto.core.responses import ActionResult

    def method(self: Any) -> Any:
        try:
            return ActionResult(call(self))
        except StackError as error:
            raise CloudFormationError(error.code, error.message) from error

    return method


class _Calls:
    """CloudFormation's calls: each takes moto's request and returns what AWS answers."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks

    def create_change_set(self, request: Any) -> dict[str, Any]:
        stack, found = self._stacks.propose(
            request._get_param("StackName"),
            request._get_param("ChangeSetName"),
            request._get_param("ChangeSetType", "UPDATE"),
            self._document(request),
            request._get_params(),
        )
        return {"Id": found.id, "StackId": stack.id}

    def describe_change_set(self, request: Any) -> dict[str, Any]:
        stack, found = self._stacks.change_set(request._get_param("ChangeSetName"))
        changes, token = _page(found.changes, request)
        return _summary(stack, found) | {"Changes": changes, "NextToken": token, "Tags": found.tags}

    def list_change_sets(self, request: Any) -> dict[str, Any]:
        stack = self._stacks.find(request._get_param("StackName"))
        return {"Summaries": [_summary(stack, found) for found in stack.change_sets.values()]}

    def delete_change_set(self, request: Any) -> dict[str, Any]:
        self._stacks.withdraw(request._get_param("ChangeSetName"))
        return {}

    def execute_change_set(self, request: Any) -> dict[str, Any]:
        self._stacks.execute(request._get_param("ChangeSetName"))
        return {}

    def create_stack(self, request: Any) -> dict[str, Any]:
        return self._at_once(request, "CREATE")

    def update_stack(self, request: Any) -> dict[str, Any]:
        return self._at_once(request, "UPDATE")

    def delete_stack(self, request: Any) -> None:
        self._stacks.delete(request._get_param("StackName"))

    def update_termination_protection(self, request: Any) -> dict[str, Any]:
        on = str(request._get_param("EnableTerminationProtection")).lower() == "true"
        return {"StackId": self._stacks.protect(request._get_param("StackName"), on).id}

    def describe_stacks(self, request: Any) -> dict[str, Any]:
        name = request._get_param("StackName")
        stacks = [self._stacks.find(name)] if name else self._stacks.all()
        return {"Stacks": [_described(stack) for stack in stacks]}

    def list_stacks(self, request: Any) -> dict[str, Any]:
        wanted = request._get_param("StackStatusFilter", [])
        found = [stack for stack in self._stacks.all() if not wanted or stack.status in wanted]
        return {"StackSummaries": [_described(stack) for stack in found]}

    def describe_stack_events(self, request: Any) -> dict[str, Any]:
        events, token = _page(self._stacks.find(request._get_param("StackName")).events[::-1], request)
        return {"StackEvents": events, "NextToken": token}

    def list_stack_resources(self, request: Any) -> dict[str, Any]:
        found, token = _page(_resources(self._stacks.find(request._get_param("StackName"))), request)
        return {"StackResourceSummaries": found, "NextToken": token}

    def describe_stack_resources(self, request: Any) -> dict[str, Any]:
        stack, wanted = self._stacks.find(request._get_param("StackName")), request._get_param("LogicalResourceId")
        return {"StackResources": [item for item in _resources(stack) if wanted in (None, item["LogicalResourceId"])]}

    def describe_stack_resource(self, request: Any) -> dict[str, Any]:
        stack, wanted = self._stacks.find(request._get_param("StackName")), request._get_param("LogicalResourceId")
        for item in _resources(stack):
            if item["LogicalResourceId"] == wanted:
                return {"StackResourceDetail": item}
        raise StackError(f"Resource {wanted} does not exist for stack {stack.name}")

    def get_template(self, request: Any) -> dict[str, Any]:
        return {"TemplateBody": json.dumps(self._stacks.find(request._get_param("StackName")).document)}

    def _at_once(self, request: Any, kind: str) -> dict[str, Any]:
        stack, found = self._stacks.propose(
            request._get_param("StackName"), "at-once", kind, self._document(request), request._get_params()
        )
        if found.status == "FAILED":
            raise StackError("No updates are to be performed.")
        self._stacks.execute(found.id)
        return {"StackId": stack.id}

    def _document(self, request: Any) -> dict[str, Any]:
        from moto.cloudformation.models import Stack as MotoStack

        body = request._get_param("TemplateBody")
        if request._get_param("UsePreviousTemplate"):
            return self._stacks.find(request._get_param("StackName")).document
        if body is None:
            return dict(MotoStack.parse_template(self._from_s3(request._get_param("TemplateURL") or "")))
        check_body(body, inline=True)
        return dict(MotoStack.parse_template(body))

    def _from_s3(self, url: str) -> str:
        bucket, _, key = urlsplit(url).path.lstrip("/").partition("/")
        if not key:
            raise StackError("TemplateURL must be a supported URL.")
        body: str = self._stacks.object(bucket, key)
        return body


def _summary(stack: Stack, found: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetName": found.name,
        "ChangeSetId": found.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": found.created_at,
        "Status": found.status,
        "ExecutionStatus": found.execution,
        "StatusReason": found.reason,
    }


def _described(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": str(stack.document.get("Description", "")),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in _values(stack).items()],
        "CreationTime": datetime.fromisoformat(stack.created_at),
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in stack.outputs.items()],
        "Tags": stack.tags,
        "EnableTerminationProtection": stack.protected,
    }


def _values(stack: Stack) -> dict[str, str]:
    return stack.template(stack.document, stack.parameters).parameters if stack.document else {}


def _resources(stack: Stack) -> list[dict[str, Any]]:
    return [
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "LogicalResourceId": name,
            "PhysicalResourceId": resource.id,
            "ResourceType": resource.type,
            "ResourceStatus": resource.status,
            "LastUpdatedTimestamp": datetime.fromisoformat(resource.changed_at),
            "Timestamp": datetime.fromisoformat(resource.changed_at),
        }
        for name, resource in stack.resources.items()
    ]


def _page(items: list[dict[str, Any]], request: Any) -> tuple[list[dict[str, Any]], str | None]:
    start = int(request._get_param("NextToken") or 0)
    end = start + PAGE
    return items[start:end], str(end) if end < len(items) else None
