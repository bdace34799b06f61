"""Requests against botocore's description of a service: what is missing, too long or no value that it may have.

boto3 checks types and missing parameters before it sends anything, but leaves most limits to the service.
"""

import re
from collections.abc import Iterator
from typing import Any

PLURALS = {"string": "have length", "list": "have length", "map": "have length"}


class Checker:
    """Checks the requests of one service."""

    def __init__(self, service: str) -> None:
        from botocore.loaders import Loader
        from botocore.model import ServiceModel

        self._model = ServiceModel(Loader().load_service_model(service, "service-2"))

    def faults(self, operation: str, request: dict[str, Any]) -> list[dict[str, str]]:
        """Return what is wrong with a request, as the service lists it: ``[{"path", "message"}]``."""
        shape = self._model.operation_model(operation).input_shape
        return [{"path": path, "message": message} for path, message in _faults(shape, request, "")]

    def status(self, error: str) -> int:
        """Return the HTTP status of an error by its code."""
        return int(self._model.shape_for(error).metadata.get("error", {}).get("httpStatusCode", 400))


def _faults(shape: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if shape.type_name == "structure" and not shape.is_document_type:
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"{path}/{name}", "Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _faults(member, value[name], f"{path}/{name}")
        return
    yield from _limits(shape, value, path)
    if shape.type_name == "list" and shape.member.type_name not in ("float", "integer"):
        for number, item in enumerate(value, start=1):
            yield from _faults(shape.member, item, f"{path}/{number}/member")


def _limits(shape: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if shape.type_name in ("integer", "long", "float") else len(value) if hasattr(value, "__len__") else 0
    if (least is not None and size < least) or (most is not None and size > most):
        verb = PLURALS.get(shape.type_name, "be")
        limit = f"between {least} and {most}, inclusive" if most is not None else f"at least {least}"
        yield path, f"Member must {verb} {limit}"
    if (allowed := shape.metadata.get("enum")) and value not in allowed:
        yield path, f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    # The description's patterns are Java's; the few properties of characters in them are not Python's.
    if (pattern := shape.metadata.get("pattern")) and r"\p" not in pattern and not re.fullmatch(pattern, value):
        yield path, f"Member must satisfy regular expression pattern: {pattern}"
