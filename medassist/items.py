"""JSON ↔ DynamoDB: plain values as the typed attributes of an item, and back."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain JSON values as DynamoDB's typed attributes: floats become decimals, as DynamoDB has no floats."""
    from boto3.dynamodb.types import TypeSerializer

    plain = json.loads(json.dumps(values, allow_nan=False), parse_float=Decimal)
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in plain.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain JSON values of an item."""
    from boto3.dynamodb.types import TypeDeserializer

    deserializer = TypeDeserializer()
    return {name: _plain(deserializer.deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
