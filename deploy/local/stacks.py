"""CloudFormation of the emulated cloud: change sets, events, rollback, protection; one operation a stack at a time.

moto's own creates a stack within one call, without events of its resources, compares templates by their text and lets
an update delete a table and its items. This one behaves as AWS does where ``medassist`` depends on it. Which resources
it really makes stands in ``stack_resources.py``; the others are recorded.
"""

import contextlib
import json
import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stack_resources as kinds
from stack_records import ACCOUNT, REGION, ChangeSet, Resource, Stack, StackError, different, is_replaced, now
from stack_templates import Template, TemplateError

logger = logging.getLogger(__name__)

STACK_TYPE = "AWS::CloudFormation::Stack"
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
RECORDED = "recorded only: the emulated cloud makes nothing of this type"
_TAKEN = (
    "BucketAlreadyOwnedByYou",
    "BucketAlreadyExists",
    "EntityAlreadyExists",
    "InvalidParameterException",
    "ResourceAlreadyExistsException",
    "ResourceInUseException",
)
_GONE = (
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
)


class Stacks:
    """All stacks, kept in ``file``; ``client`` returns the boto3 client of this cloud for a service."""

    def __init__(self, client: Callable[[str], Any], file: Path) -> None:
        self._client, self._file = client, file
        self._stacks: dict[str, Stack] = {}  # by id
        self._lock = threading.RLock()
        self._under_way: list[threading.Thread] = []

    # --- calls ----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Stack:
        """Return a stack by its name or, deleted ones too, by its id."""
        for stack in self._stacks.values():
            if stack.id == name or (stack.name == name and stack.status != "DELETE_COMPLETE"):
                return stack
        raise StackError(f"Stack with id {name} does not exist")

    def all(self) -> list[Stack]:
        """Return all stacks that are there."""
        return [stack for stack in self._stacks.values() if stack.status != "DELETE_COMPLETE"]

    def propose(self, name: str, set_name: str, kind: str, body: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        """Create a change set, and with ``CREATE`` the stack that it would fill; return both."""
        with self._lock:
            stack = self._stack_for(name, kind)
            identity = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{set_name}/{uuid.uuid4()}"
            given = {
                item["ParameterKey"]: stack.parameters[item["ParameterKey"]]
                if item.get("UsePreviousValue")
                else item.get("ParameterValue", "")
                for item in options.get("Parameters", [])
            }
            imports = bool(options.get("ImportExistingResources"))
            mends = options.get("DeploymentMode") == "REVERT_DRIFT"
            tags, created = options.get("Tags", []), datetime.now(UTC)
            found = ChangeSet(identity, set_name, kind, dict(body), given, tags, imports, mends, created)
            try:
                found.changes = self._compare(stack, stack.template(body, given), found)
            except TemplateError as error:
                if kind == "CREATE" and not stack.change_sets:
                    self._stacks.pop(stack.id, None)
                raise StackError(str(error)) from error
            if not found.changes and stack.outputs == self._outputs(stack, found):
                found.status, found.execution, found.reason = "FAILED", "UNAVAILABLE", NO_CHANGES
            stack.change_sets[found.id] = found
            return stack, found

    def change_set(self, name: str) -> tuple[Stack, ChangeSet]:
        """Return a change set by its id, with its stack."""
        for stack in self._stacks.values():
            for found in stack.change_sets.values():
                if name in (found.id, found.name):
                    return stack, found
        raise StackError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFoundException")

    def withdraw(self, name: str) -> None:
        """Delete a change set."""
        stack, found = self.change_set(name)
        del stack.change_sets[found.id]

    def execute(self, name: str) -> None:
        """Begin to apply a change set."""
        with self._lock:
            stack, found = self.change_set(name)
            if found.execution != "AVAILABLE" or stack.busy:
                state = found.execution if not stack.busy else "OBSOLETE"
                raise StackError(
                    f"ChangeSet [{found.id}] cannot be executed in its current execution status of [{state}]",
                    "InvalidChangeSetStatusException",
                )
            for other in stack.change_sets.values():
                other.execution = "OBSOLETE"
            found.execution = "EXECUTE_IN_PROGRESS"
            creates = stack.status == "REVIEW_IN_PROGRESS"
            self._event(stack, "CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS", reason="User Initiated")
            self._begin(stack, self._create_all if creates else self._update_all, found)

    def delete(self, name: str) -> None:
        """Begin to delete a stack; deleting one that does not exist is no error, as at AWS."""
        with self._lock:
            try:
                stack = self.find(name)
            except StackError:
                return
            if stack.protected:
                raise StackError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            if stack.status == "DELETE_COMPLETE" or stack.busy:
                return
            if stack.status == "REVIEW_IN_PROGRESS":
                stack.status = "DELETE_COMPLETE"
                return
            self._event(stack, "DELETE_IN_PROGRESS", reason="User Initiated")
            self._begin(stack, self._delete_all, None)

    def protect(self, name: str, on: bool) -> Stack:
        """Set or lift the protection against deletion."""
        stack = self.find(name)
        stack.protected = on
        self._save()
        return stack

    def object(self, bucket: str, key: str) -> str:
        """Return a template that lies on S3."""
        from botocore.exceptions import ClientError

        try:
            body: bytes = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise StackError(f"S3 error: {error.response['Error']['Message']}") from error
        return body.decode()

    # --- memory ---------------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Bring back the stacks of an earlier run, and make again what the cloud itself has forgotten."""
        if not self._file.is_file():
            return
        for saved in json.loads(self._file.read_text("utf-8")):
            resources = {name: Resource(**about) for name, about in saved.pop("resources").items()}
            stack = Stack(**saved, resources=resources)
            self._stacks[stack.id] = stack
            self._event(stack, stack.status, reason="The emulated cloud was started again")
            self._make_again(stack)

    def _make_again(self, stack: Stack) -> None:
        template = stack.template(stack.document, stack.parameters)
        for name in template.order():
            resource = stack.resources.get(name)
            kind = kinds.KINDS.get(resource.type) if resource else None
            if resource is not None and kind is not None and not kind.survives:
                properties = template.properties(name, stack.attribute)
                try:
                    made = kind.create(self._client, resource.name, properties)
                except Exception:
                    logger.exception("%s of the stack %s could not be made again", name, stack.name)
                    continue
                resource.id, resource.attributes, resource.properties = made.id, made.attributes, properties
        stack.outputs = template.outputs(stack.attribute)

    def _save(self) -> None:
        with self._lock:
            kept = []
            for stack in self.all():
                if stack.status != "REVIEW_IN_PROGRESS":
                    kept.append(
                        {key: item for key, item in asdict(stack).items() if key not in ("events", "change_sets")}
                    )
            part = self._file.with_name(self._file.name + ".tmp")
            part.write_text(json.dumps(kept), "utf-8")
            os.replace(part, self._file)

    # --- what would change ----------------------------------------------------------------------------------------

    def _stack_for(self, name: str, kind: str) -> Stack:
        try:
            stack = self.find(name)
        except StackError:
            if kind != "CREATE":
                raise StackError(f"Stack [{name}] does not exist") from None
            identity = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{uuid.uuid4()}"
            stack = self._stacks[identity] = Stack(name, identity, now())
            self._event(stack, "REVIEW_IN_PROGRESS", reason="User Initiated")
            return stack
        if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
            raise StackError(f"Stack [{name}] already exists and cannot be created again with the changeSet.")
        if stack.busy or stack.status in ("ROLLBACK_COMPLETE", "DELETE_FAILED"):
            raise StackError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack

    def _compare(self, stack: Stack, template: Template, wanted: ChangeSet) -> list[dict[str, Any]]:
        changes = []
        for name in template.order():
            type_ = template.resources[name]["Type"]
            properties = template.properties(name, stack.attribute)
            existing = stack.resources.get(name)
            if existing is None:
                action = "Import" if wanted.imports and self._importable(template, name, properties) else "Add"
                changes.append({"Action": action, "LogicalResourceId": name, "ResourceType": type_, "Details": []})
            elif names := different(existing.properties, properties) or existing.drift(wanted.mends):
                replaced = is_replaced(existing, properties)
                changes.append(
                    {
                        "Action": "Modify",
                        "LogicalResourceId": name,
                        "PhysicalResourceId": existing.id,
                        "ResourceType": type_,
                        "Replacement": "True" if replaced else "False",
                        "Scope": ["Properties"],
                        "Details": [{"Target": {"Attribute": "Properties", "Name": key}} for key in names],
                    }
                )
        for name, existing in stack.resources.items():
            if name not in template.resources:
                changes.append(
                    {
                        "Action": "Remove",
                        "LogicalResourceId": name,
                        "PhysicalResourceId": existing.id,
                        "ResourceType": existing.type,
                        "Details": [],
                    }
                )
        return [{"Type": "Resource", "ResourceChange": change} for change in changes]

    def _importable(self, template: Template, name: str, properties: Mapping[str, Any]) -> bool:
        """An import wants a name that stands in the template as it is, and a policy that retains the resource."""
        resource = template.resources[name]
        kind = kinds.KINDS.get(resource["Type"])
        if kind is None or kind.find is None or not isinstance((resource.get("Properties") or {}).get(kind.name), str):
            return False
        retained = resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
        return retained and kind.find(self._client, properties[kind.name]) is not None

    def _outputs(self, stack: Stack, found: ChangeSet) -> dict[str, str]:
        return stack.template(found.document, found.parameters).outputs(stack.attribute)

    # --- operations -----------------------------------------------------------------------------------------------

    def _begin(self, stack: Stack, operation: Callable[[Stack, Any], None], found: ChangeSet | None) -> None:
        def run() -> None:
            try:
                operation(stack, found)
            except Exception as error:
                logger.exception("the stack %s", stack.name)
                self._event(stack, "UPDATE_ROLLBACK_FAILED", reason=f"Internal failure: {error}")
            self._save()

        thread = threading.Thread(target=run, name=f"stack {stack.name}", daemon=True)
        self._under_way = [other for other in self._under_way if other.is_alive()] + [thread]
        thread.start()

    def close(self, limit_s: float = 15.0) -> None:
        """Let what is under way come to its end, as CloudFormation goes on when whoever asked is gone."""
        for thread in self._under_way:
            thread.join(limit_s)

    def _create_all(self, stack: Stack, found: ChangeSet) -> None:
        template = stack.template(found.document, found.parameters)
        stack.document, stack.parameters, stack.tags = found.document, found.parameters, found.tags
        try:
            for name in template.order():
                self._create(stack, template, name, found.imports)
        except _ResourceError as error:
            self._event(
                stack,
                "ROLLBACK_IN_PROGRESS",
                reason=f"The following resource(s) failed to create: [{error}]. Rollback requested by user.",
            )
            for name in reversed(list(stack.resources)):
                with contextlib.suppress(_ResourceError):
                    self._delete(stack, name, keep=stack.resources[name].retain)
            self._event(stack, "ROLLBACK_COMPLETE")
            return
        stack.outputs = template.outputs(stack.attribute)
        self._event(stack, "CREATE_COMPLETE")

    def _update_all(self, stack: Stack, found: ChangeSet) -> None:
        template = stack.template(found.document, found.parameters)
        before = {name: Resource(**asdict(resource)) for name, resource in stack.resources.items()}
        try:
            for name in template.order():
                if name not in stack.resources:
                    self._create(stack, template, name, found.imports)
                else:
                    self._update(stack, template, name, found.mends)
        except _ResourceError as error:
            reason = f"The following resource(s) failed to update: [{error}]."
            self._event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason=reason)
            for name in reversed(list(stack.resources)):
                with contextlib.suppress(_ResourceError):
                    if name not in before:
                        self._delete(stack, name, keep=False)
                    elif before[name].properties != stack.resources[name].properties:
                        self._set(stack, name, before[name].properties)
            self._event(stack, "UPDATE_ROLLBACK_COMPLETE")
            return
        stack.document, stack.parameters, stack.tags = found.document, found.parameters, found.tags
        self._event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for name in [name for name in stack.resources if name not in template.resources]:
            with contextlib.suppress(_ResourceError):
                self._delete(stack, name, keep=stack.resources[name].retain)
        stack.outputs, stack.updated_at = template.outputs(stack.attribute), now()
        self._event(stack, "UPDATE_COMPLETE")

    def _delete_all(self, stack: Stack, found: None) -> None:
        failed = []
        for name in reversed(list(stack.resources)):
            try:
                self._delete(stack, name, keep=stack.resources[name].retain)
            except _ResourceError:
                failed.append(name)
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]."
            self._event(stack, "DELETE_FAILED", reason=reason)
        else:
            self._event(stack, "DELETE_COMPLETE")

    # --- one resource ---------------------------------------------------------------------------------------------

    def _create(self, stack: Stack, template: Template, name: str, imports: bool) -> None:
        document = template.resources[name]
        type_, properties = document["Type"], template.properties(name, stack.attribute)
        imported = imports and self._importable(template, name, properties)
        doing = "IMPORT" if imported else "CREATE"
        self._event(stack, f"{doing}_IN_PROGRESS", name, type_)
        retain = document.get("DeletionPolicy") == "Retain"
        physical = kinds.recorded_name(stack.name, name, type_, properties)
        with self._failing(stack, name, type_, f"{doing}_FAILED"):
            made, reason = self._make(physical, type_, properties, imported)
        status = f"{doing}_COMPLETE"
        stack.resources[name] = Resource(type_, physical, made.id, properties, made.attributes, status, retain, now())
        self._event(stack, status, name, type_, made.id, reason)

    def _make(self, physical: str, type_: str, properties: dict[str, Any], imported: bool) -> tuple[kinds.Made, str]:
        kind = kinds.KINDS.get(type_)
        if kind is None:
            return kinds.Made(physical, {}), RECORDED
        if imported and kind.find is not None and (found := kind.find(self._client, physical)) is not None:
            return found, ""
        return kind.create(self._client, physical, properties), ""

    def _update(self, stack: Stack, template: Template, name: str, mends: bool) -> None:
        existing, properties = stack.resources[name], template.properties(name, stack.attribute)
        existing.retain = template.resources[name].get("DeletionPolicy") == "Retain"
        if not different(existing.properties, properties) and not existing.drift(mends):
            return
        if is_replaced(existing, properties):
            old = stack.resources.pop(name)
            self._create(stack, template, name, False)
            kind = kinds.KINDS.get(old.type)
            if kind is not None:
                with self._failing(stack, name, old.type, "DELETE_FAILED"):
                    kind.delete(self._client, old.id, old.properties)
        else:
            self._set(stack, name, properties)

    def _set(self, stack: Stack, name: str, properties: dict[str, Any]) -> None:
        existing = stack.resources[name]
        self._event(stack, "UPDATE_IN_PROGRESS", name, existing.type, existing.id)
        kind = kinds.KINDS.get(existing.type)
        if kind is not None and kind.update is not None:
            with self._failing(stack, name, existing.type, "UPDATE_FAILED"):
                kind.update(self._client, existing.id, properties)
        existing.properties, existing.status, existing.changed_at = properties, "UPDATE_COMPLETE", now()
        self._event(stack, "UPDATE_COMPLETE", name, existing.type, existing.id, "" if kind else RECORDED)

    def _delete(self, stack: Stack, name: str, *, keep: bool) -> None:
        resource = stack.resources[name]
        kind = kinds.KINDS.get(resource.type)
        if keep:
            self._event(stack, "DELETE_SKIPPED", name, resource.type, resource.id)
        else:
            self._event(stack, "DELETE_IN_PROGRESS", name, resource.type, resource.id)
            if kind is not None:
                with self._failing(stack, name, resource.type, "DELETE_FAILED"):
                    kind.delete(self._client, resource.id, resource.properties)
            self._event(stack, "DELETE_COMPLETE", name, resource.type, resource.id)
        del stack.resources[name]

    @contextlib.contextmanager
    def _failing(self, stack: Stack, name: str, type_: str, status: str) -> Iterator[None]:
        """Turn a refusal of a service into an event with its reason, in the words of CloudFormation's handlers."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            details = error.response["Error"]
            service = error.response.get("ResponseMetadata", {})
            if status == "DELETE_FAILED" and details["Code"] in _GONE:
                return  # what is gone already counts as deleted
            code = "AlreadyExists" if details["Code"] in _TAKEN else "GeneralServiceException"
            reason = (
                f'Resource handler returned message: "{details["Message"]} (Service: {type_.split("::")[1]}, Status '
                f'Code: {service.get("HTTPStatusCode")}, Request ID: {uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, '
                f"HandlerErrorCode: {code})"
            )
            self._event(stack, status, name, type_, reason=reason)
            raise _ResourceError(name) from error
        except (BotoCoreError, KeyError, TypeError, ValueError) as error:
            self._event(
                stack, status, name, type_, reason=f"Properties validation failed for resource {name}: {error!r}"
            )
            raise _ResourceError(name) from error

    def _event(
        self,
        stack: Stack,
        status: str,
        name: str = "",
        type_: str = STACK_TYPE,
        physical_id: str = "",
        reason: str = "",
    ) -> None:
        with self._lock:
            if not name:
                stack.status, stack.reason = status, reason
            stack.events.append(
                {
                    "StackId": stack.id,
                    "EventId": str(uuid.uuid4()),
                    "StackName": stack.name,
                    "LogicalResourceId": name or stack.name,
                    "PhysicalResourceId": physical_id if name else stack.id,
                    "ResourceType": type_,
                    "Timestamp": datetime.now(UTC),
                    "ResourceStatus": status,
                    **({"ResourceStatusReason": reason} if reason else {}),
                }
            )


class _ResourceError(Exception):
    """A resource failed; its event has been written."""
