"""Questions, their answers and the feedback on them in DynamoDB: readable by the caller who asked, and by nobody else.

The table's keys are ``caller`` and ``question_id``. Ids are UUIDs of version 7 (RFC 9562): they begin with the time, so
that a caller's items stand in the order in which they were asked. Beside them, with the prefix ``idempotency#``, stand
the records of idempotency keys: they hold no text, only which key led to which question. Items expire by DynamoDB's
time to live. Whoever deletes gets rid of all of it; backups (point-in-time recovery) forget within 35 days.
"""

import itertools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from medassist import aws
from medassist.errors import NotFoundError, StorageError
from medassist.items import from_item, to_item
from medassist.resilience import call_again

EXPIRY_ATTRIBUTE = "expires_at"
KEY_PREFIX = "idempotency"  # of the sort keys of idempotency records; ids are hexadecimal, so none begins like it
FIRST_ID, AFTER_LAST_ID = "0", "g"  # all ids lie between
SECONDS_A_DAY = 86_400
# A put takes some 10 ms; whoever waits for an answer should not wait long for its record. A silent table costs two
# attempts, 1.8 seconds with the pause between them; one that refuses at once gets four, in half a second.
TIMEOUT_S = 0.8
ATTEMPTS, PAUSE_S, RETRY_S = 4, 0.1, 1.0
# Codes of errors that say nothing about the request (DynamoDB's developer guide, "Error handling").
PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}
DELETE_S = 20.0  # for deleting a whole history: API Gateway gives up after 29
BATCH = 25  # items of one BatchWriteItem, as DynamoDB limits it


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A stretch of a caller's history, the newest first; ``last_id`` is where the next begins, empty at the end."""

    bodies: list[dict[str, Any]]
    last_id: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """How many questions were deleted, and whether those were all."""

    deleted: int
    complete: bool


class _PassingError(StorageError):
    """The table did not do it this time."""


class _ConditionError(StorageError):
    """The table is not in the state that was asked for."""


class InteractionStore:
    """The table of interactions. Building one makes a client and calls nothing."""

    def __init__(self, table_name: str, *, retention_days: int = 90, timeout_s: float = TIMEOUT_S) -> None:
        """Use an existing table.

        Parameters
        ----------
        table_name : str
            Made by :func:`create_table` or the deployment's template.
        retention_days : int
            After so many days DynamoDB may delete an item.
        timeout_s : float
            Time limit of one attempt, in seconds.
        """
        self.table_name = table_name
        self._retention_days = retention_days
        self._client = aws.client("dynamodb", timeout_s=timeout_s, attempts=1)

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
        item = to_item({**keys, EXPIRY_ATTRIBUTE: expiry, "body": body})
        try:
            self._call("put_item", Item=item, ConditionExpression="attribute_not_exists(question_id)")
        except _ConditionError:
            # An attempt may have been taken, and its answer lost: then what lies there is ours.
            if self._found(caller, body["id"]).get("body") != from_item(item)["body"]:
                raise

    def get(self, caller: str, question_id: str) -> dict[str, Any]:
        """Return the body that was recorded, with the feedback given since.

        Raises
        ------
        NotFoundError
            If there is none, it is another caller's, or it has expired.
        StorageError
            If DynamoDB cannot be read.
        """
        item = self._found(caller, question_id)
        if not _is_current(item):
            raise _missing(question_id)
        return _body_of(item)

    def history(self, caller: str, limit: int, after: str = "") -> HistoryPage:
        """Return a caller's questions, the newest first.

        Parameters
        ----------
        caller : str
        limit : int
            How many at most.
        after : str
            The ``last_id`` of the page before; empty for the newest.

        Raises
        ------
        StorageError
            If DynamoDB cannot be read.
        """
        bodies: list[dict[str, Any]] = []
        ids: list[str] = []
        for item in self._items(caller, FIRST_ID, after or AFTER_LAST_ID, limit + 1):
            if item["question_id"] == after or not _is_current(item):
                continue
            if len(bodies) == limit:
                return HistoryPage(bodies, ids[-1])
            bodies.append(_body_of(item))
            ids.append(item["question_id"])
        return HistoryPage(bodies, "")

    def give_feedback(self, caller: str, question_id: str, feedback: Mapping[str, Any]) -> None:
        """Store what a caller thinks of an answer, in the place of what was thought before.

        Raises
        ------
        NotFoundError
            If there is no such question of the caller's.
        StorageError
            If DynamoDB does not take it.
        """
        values = to_item({":feedback": feedback, ":now": int(time.time())})
        try:
            self._call(
                "update_item",
                Key=to_item({"caller": caller, "question_id": question_id}),
                UpdateExpression="SET feedback = :feedback",
                ConditionExpression=f"attribute_exists(body) AND {EXPIRY_ATTRIBUTE} > :now",
                ExpressionAttributeValues=values,
            )
        except _ConditionError:
            raise _missing(question_id) from None

    def delete(self, caller: str, question_id: str) -> None:
        """Delete a question with its answer and feedback, and the idempotency records that lead to it.

        Raises
        ------
        NotFoundError
            If there is no such question of the caller's.
        StorageError
            If DynamoDB cannot be used; then the question is still there, and can be deleted again.
        """
        if not _is_current(self._found(caller, question_id)):
            raise _missing(question_id)
        records = [
            item["question_id"]
            for item in self._items(caller, KEY_PREFIX + "#", KEY_PREFIX + "$")
            if item.get("data") == json.dumps(question_id)
        ]
        for sort_key in (*records, question_id):  # the question last: what fails before can be done again
            self._call("delete_item", Key=to_item({"caller": caller, "question_id": sort_key}))

    def delete_all(
        self, caller: str, *, within_s: float = DELETE_S, clock: Callable[[], float] = time.monotonic
    ) -> Deletion:
        """Delete everything of a caller, some hundred questions a second, until time is up.

        Raises
        ------
        StorageError
            If DynamoDB cannot be used; what was deleted before is gone.
        """
        deadline, deleted = clock() + within_s, 0
        keys = self._query(caller, ProjectionExpression="#caller, question_id")
        for batch in _batches(keys, BATCH):
            if clock() > deadline or not self._delete_batch(batch, deadline, clock):
                return Deletion(deleted, complete=False)
            deleted += sum(not key["question_id"]["S"].startswith(KEY_PREFIX) for key in batch)
        return Deletion(deleted, complete=True)

    def _delete_batch(self, keys: list[dict[str, Any]], deadline: float, clock: Callable[[], float]) -> bool:
        """Delete up to 25 items; return whether time was enough for all of them."""
        waiting: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys]
        pause_s = 0.05
        while True:
            answer = self._call("batch_write_item", named=False, RequestItems={self.table_name: waiting})
            waiting = answer.get("UnprocessedItems", {}).get(self.table_name, [])
            if not waiting or clock() > deadline:
                return not waiting
            time.sleep(pause_s)  # the table is short of capacity
            pause_s = min(2 * pause_s, 1.0)

    def _found(self, caller: str, question_id: str) -> dict[str, Any]:
        key = to_item({"caller": caller, "question_id": question_id})
        found = self._call("get_item", Key=key, ConsistentRead=True).get("Item")
        return from_item(found) if found else {}

    def _items(self, caller: str, first: str, last: str, page: int = 100) -> Iterator[dict[str, Any]]:
        """Yield a caller's items between two sort keys, the last first."""
        found = self._query(
            caller,
            condition=" AND question_id BETWEEN :first AND :last",
            values={":first": {"S": first}, ":last": {"S": last}},
            ScanIndexForward=False,
            Limit=page,
        )
        return map(from_item, found)

    def _query(
        self, caller: str, *, condition: str = "", values: Mapping[str, Any] | None = None, **more: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield DynamoDB's items of a caller, page by page."""
        request = {
            "KeyConditionExpression": "#caller = :caller" + condition,
            "ExpressionAttributeNames": {"#caller": "caller"},
            "ExpressionAttributeValues": {":caller": {"S": caller}, **(values or {})},
            "ConsistentRead": True,
            **more,
        }
        start: dict[str, Any] = {}
        while True:
            answer = self._call("query", **request, **start)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _call(self, operation: str, *, named: bool = True, **request: Any) -> dict[str, Any]:
        """Do an operation, again if need be; ``named`` says whether the request names the table beside the items."""

        def do() -> dict[str, Any]:
            with self._errors():
                table = {"TableName": self.table_name} if named else {}
                answer: dict[str, Any] = getattr(self._client, operation)(
                    **table, **request, ReturnConsumedCapacity="TOTAL"
                )
            # boto3 takes anything that comes with status 200 for an answer, and reads nothing out of a proxy's page.
            if "ConsumedCapacity" not in answer:
                raise _PassingError(f"The table {self.table_name} gave no readable answer; try again.")
            return answer

        until = time.monotonic() + RETRY_S
        return call_again(do, _PassingError, attempts=ATTEMPTS, pause_s=PAUSE_S, until=until)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            code = aws.reason(error)
            passing = not isinstance(error, ClientError) or code in PASSING or _status(error) >= 500
            class_ = _ConditionError if code == "ConditionalCheckFailedException" else StorageError
            class_ = _PassingError if passing else class_
            raise class_(f"The table {self.table_name} cannot be used ({code}); try again.") from error


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
            f"The table {table_name} cannot be created ({aws.reason(error)}); check its name and your permissions."
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


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(items, size)):
        yield batch


def _is_current(item: Mapping[str, Any]) -> bool:
    """Tell an interaction from nothing, from other records, and from what DynamoDB deletes within days, not at once."""
    return "body" in item and bool(item[EXPIRY_ATTRIBUTE] > time.time())


def _body_of(item: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = item["body"]
    return body | {"feedback": item["feedback"]} if "feedback" in item else body


def _missing(question_id: str) -> NotFoundError:
    return NotFoundError(f"There is no question {question_id!r} of yours; check its id, or ask again.")
