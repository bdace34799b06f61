"""Questions and answers in the emulated DynamoDB."""

import time
import uuid
from decimal import Decimal

import boto3
import pytest

from medassist import interactions
from medassist.cloud import Cloud
from medassist.errors import NotFoundError, StorageError
from medassist.interactions import InteractionStore

TABLE = "test-interactions"


@pytest.fixture(scope="module")
def store(emulated_cloud: Cloud) -> InteractionStore:
    interactions.create_table(TABLE)
    return InteractionStore(TABLE, retention_days=30)


def body(**more: object) -> dict[str, object]:
    return {"id": interactions.new_question_id(), "answer": "It can.", **more}


def test_what_was_recorded_is_read_back_unchanged(store: InteractionStore) -> None:
    # GIVEN a body with all kinds of JSON values
    recorded = body(
        score=0.03252,
        whole=3,
        tiny=1e-30,
        flag=True,
        nothing=None,
        empty="",
        statements=[{"text": "Ünïcode 💊", "citations": [1, 2], "support": 1.0}],
        probabilities={},
    )
    # WHEN it is stored and read
    store.record("ada", recorded)
    # THEN it is the same
    assert store.get("ada", str(recorded["id"])) == recorded


def test_nobody_reads_anothers(store: InteractionStore) -> None:
    recorded = body()
    store.record("ada", recorded)
    with pytest.raises(NotFoundError, match=str(recorded["id"])):
        store.get("eve", str(recorded["id"]))


def test_an_unknown_id_is_not_found(store: InteractionStore) -> None:
    with pytest.raises(NotFoundError):
        store.get("ada", "no-such-id")


def test_items_expire_after_the_retention_time(store: InteractionStore) -> None:
    # WHEN an interaction is stored with a retention of 30 days
    recorded = body()
    store.record("ada", recorded)
    # THEN the item carries that time, and the table deletes by it
    client = boto3.client("dynamodb")
    key = {"caller": {"S": "ada"}, "question_id": {"S": str(recorded["id"])}}
    item = client.get_item(TableName=TABLE, Key=key)["Item"]
    assert Decimal(item["expires_at"]["N"]) - int(time.time()) == pytest.approx(30 * 86_400, abs=60)
    description = client.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert (description["TimeToLiveStatus"], description["AttributeName"]) == ("ENABLED", "expires_at")


def test_an_expired_item_is_gone_although_it_is_still_there(emulated_cloud: Cloud, store: InteractionStore) -> None:
    recorded = body()
    InteractionStore(TABLE, retention_days=-1).record("ada", recorded)
    with pytest.raises(NotFoundError):
        store.get("ada", str(recorded["id"]))


def test_one_id_is_not_written_twice(store: InteractionStore) -> None:
    recorded = body()
    store.record("ada", recorded)
    with pytest.raises(StorageError):
        store.record("ada", {**recorded, "answer": "Something else."})
    assert store.get("ada", str(recorded["id"])) == recorded


def test_creating_the_table_again_changes_nothing(store: InteractionStore) -> None:
    recorded = body()
    store.record("ada", recorded)
    assert interactions.create_table(TABLE) is False
    assert store.get("ada", str(recorded["id"])) == recorded
    table = boto3.client("dynamodb").describe_table(TableName=TABLE)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_missing_table_is_a_storage_error_without_the_answer_in_it(emulated_cloud: Cloud) -> None:
    with pytest.raises(StorageError, match="no-such-table") as caught:
        InteractionStore("no-such-table").record("ada", body(answer="secret"))
    assert "secret" not in str(caught.value)


def test_ids_are_version_7_and_sort_by_time() -> None:
    ids = [interactions.new_question_id(milliseconds) for milliseconds in (1_700_000_000_000, 1_700_000_000_001)]
    assert ids == sorted(ids)
    assert all(uuid.UUID(value).version == 7 and uuid.UUID(value).variant == uuid.RFC_4122 for value in ids)
    assert interactions.asked_at(ids[1]) == "2023-11-14T22:13:20.001+00:00"
    assert len({interactions.new_question_id(0) for _ in range(1000)}) == 1000
