"""What the emulated CloudFormation keeps: stacks with their resources, change sets, and what they are compared by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stack_resources as kinds
from account import ACCOUNT, REGION
from stack_templates import LIMIT_BYTES, Template

_UNKNOWN = "{known after it is made}"  # stands for ids and attributes of what a change set would make


class StackError(Exception):
    """A call that CloudFormation refuses; ``code`` is AWS's."""

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Resource:
    """A resource of a stack as it stands."""

    type: str
    name: str  # that it was made with; the id may be another, for instance an ARN
    id: str
    properties: dict[str, Any]
    attributes: dict[str, str]
    status: str
    retain: bool = False
    changed_at: str = ""

    def drift(self, mends: bool) -> list[str]:
        """Return the properties to set again where drift is reverted: of what was imported, as nobody has compared."""
        return sorted(self.properties) if mends and self.status == "IMPORT_COMPLETE" else []


@dataclass
class ChangeSet:
    """A template with parameters, and what it would change."""

    id: str
    name: str
    kind: str
    document: dict[str, Any]
    parameters: dict[str, str]
    tags: list[dict[str, str]]
    imports: bool  # of what exists already
    mends: bool  # what differs from the template without a change of the template
    created_at: datetime
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Stack:
    """A stack; everything but events and change sets outlives the cloud."""

    name: str
    id: str
    created_at: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    updated_at: str = ""
    protected: bool = False
    document: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def template(self, document: Mapping[str, Any], parameters: Mapping[str, str]) -> Template:
        pseudo = {
            "AWS::StackName": self.name,
            "AWS::StackId": self.id,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Template(document, parameters, pseudo)

    def attribute(self, name: str, attribute: str) -> str:
        """Return what Ref (``attribute`` empty) or GetAtt gives for a resource that exists."""
        resource = self.resources.get(name)
        if resource is None:
            return _UNKNOWN
        if not attribute:
            return resource.id
        if attribute in resource.attributes:
            return resource.attributes[attribute]
        return kinds.recorded_attribute(resource.type, resource.id, attribute)


def check_body(text: str, *, inline: bool) -> None:
    """Refuse a template that is too long for the call that brings it."""
    if inline and len(text.encode()) > LIMIT_BYTES:
        raise StackError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LIMIT_BYTES}"
        )


def different(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


def is_replaced(existing: Resource, properties: Mapping[str, Any]) -> bool:
    kind = kinds.KINDS.get(existing.type)
    if kind is None or not kind.name:
        return False
    return existing.properties.get(kind.name) != properties.get(kind.name)


def now() -> str:
    return datetime.now(UTC).isoformat()
