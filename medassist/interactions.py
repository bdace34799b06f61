"""Questions and their answers in DynamoDB: one item an interaction, readable by the caller who asked.

The table's keys are ``caller`` and ``question_id``. Ids are UUIDs of version 7 (RFC 9562): they begin with the time, so
that a caller's items stand in the order in which they were asked. Items expire by DynamoDB's time to live.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from medassist import aws
from medassist.errors import NotFoundError, StorageError

EXPIRY_ATTRIBUTE = "expires_at"
SECONDS_A_DAY = 86_400


class InteractionStore:
    """The table of interactions. Building one makes a client and calls nothing."""

    def __init__(self, table_name: str, *, retention_days: int = 90, timeout_s: float = 5.0) -> None:
        """Use an existing table.

        Parameters
        ----------
        table_name : str
            Made by :func:`create_table` or the deployment's template.
        retention_days : int
            After so many days DynamoDB may delete an item.
        timeout_s : float
            Time limit of one attempt, in seconds; an answer must not wait long for its record.
        """
        self.table_name = table_name
        self._retention_days = retention_days
        self._client = aws.client("dynamodb", timeout_s=timeout_s, attempts=2)

    def record(self, caller: str, body: Mapping[str, Any]) -> None:
        """Store an interaction.

        Parameters
        ----------
        caller : str
            Who asked.
        body : mapping
            What the caller got, as JSON would hold it; ``body["id"]`` is its id, from :func:`new_question_id`.

        Raises
        ------
        StorageError
            If DynamoDB does not take it.
        """
        keys = {"caller": caller, "question_id": body["id"]}
        expiry = int(time.time()) + self._retention_days * SECONDS_A_DAY
        item = _to_item({**keys, EXPIRY_ATTRIBUTE: expiry, "body": body})
        with self._errors():
            self._client.put_item(
                TableName=self.table_name, Item=item, ConditionExpression="attribute_not_exists(question_id)"
            )

    def get(self, caller: str, question_id: str) -> dict[str, Any]:
        """Return the body that was recorded.

        Raises
        ------
        NotFoundError
            If there is none, it is another caller's, or it has expired.
        StorageError
            If DynamoDB cannot be read.
        """
        key = _to_item({"caller": caller, "question_id": question_id})
        with self._errors():
            found = self._client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True).get("Item")
        # DynamoDB deletes expired items within days, not at once.
        item = _from_item(found) if found else None
        if item is None or item[EXPIRY_ATTRIBUTE] <= time.time():
            raise NotFoundError(f"There is no question {question_id!r} of yours; check its id, or ask again.")
        body: dict[str, Any] = item["body"]
        return body

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"The table {self.table_name} cannot be used ({_reason(error)}); try again.") from error


def create_table(table_name: str) -> bool:
    """Create the table, billed by request, with its time to live; return whether it was new.

    Raises
    ------
    StorageError
        If it cannot be created.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    client = aws.client("dynamodb", timeout_s=30)
    try:
        created = _create(client, table_name)
        client.get_waiter("table_exists").wait(TableName=table_name, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
        _set_expiry(client, table_name)
    except (BotoCoreError, ClientError) as error:
        raise StorageError(
            f"The table {table_name} cannot be created ({_reason(error)}); check its name and your permissions."
        ) from error
    return created


def new_question_id(milliseconds: int | None = None) -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix time in milliseconds, then randomness.

    Parameters
    ----------
    milliseconds : int, optional
        The time, now if not given.
    """
    milliseconds = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    random = int.from_bytes(os.urandom(10))
    value = (
        (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    )
    return str(uuid.UUID(int=value))


def asked_at(question_id: str) -> str:
    """Return the time in a question id, as ISO 8601 in UTC."""
    milliseconds = uuid.UUID(question_id).int >> 80
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _create(client: Any, table_name: str) -> bool:
    try:
        client.create_table(
            TableName=table_name,
            KeySchema=[
                {"AttributeName": "caller", "KeyType": "HASH"},
                {"AttributeName": "question_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "caller", "AttributeType": "S"},
                {"AttributeName": "question_id", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    except client.exceptions.ResourceInUseException:
        return False
    return True


def _set_expiry(client: Any, table_name: str) -> None:
    status = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if status == "DISABLED":
        client.update_time_to_live(
            TableName=table_name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY_ATTRIBUTE},
        )


def _to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain JSON values → DynamoDB's typed attributes; floats become decimals, as DynamoDB has no floats."""
    from boto3.dynamodb.types import TypeSerializer

    plain = json.loads(json.dumps(values, allow_nan=False), parse_float=Decimal)
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in plain.items()}


def _from_item(item: Mapping[str, Any]) -> dict[str, Any]:
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


def _reason(error: Exception) -> str:
    """Return an error's code: its message could hold parts of the request."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
