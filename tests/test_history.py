"""One's own questions over HTTP: history in pages, deletion, feedback, idempotency; and that they are nobody else's."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from api_process import RunningApi
from boto3.dynamodb.types import TypeDeserializer

from medassist import cursors, interactions, storage
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.production import sign_in

TABLE = POOL = "test-history"
QUESTION = "What are the symptoms of asthma?"


@pytest.fixture(scope="module")
def running(
    emulated_cloud: Cloud, sample_index_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApi]:
    storage.ensure_bucket(POOL)
    uri = f"s3://{POOL}/index/sample/first"
    storage.upload_folder(sample_index_folder, uri)
    interactions.create_table(TABLE)
    cursors.create_key(POOL)
    running = RunningApi(
        Settings(
            bucket=POOL,
            index_uri=uri,
            table_name=TABLE,
            endpoint_name="no-such-endpoint",
            cursor_secret=POOL,
            cache_dir=str(tmp_path_factory.mktemp("cache")),
        ),
        POOL,
    )
    yield running
    running.stop()


@pytest.fixture
def ada(running: RunningApi) -> Iterator[httpx.Client]:
    """Return a client of somebody who has asked nothing yet."""
    with running.client() as client:
        yield client


@pytest.fixture
def eve(running: RunningApi) -> Iterator[httpx.Client]:
    with running.client() as client:
        yield client


def ask(client: httpx.Client, question: str = QUESTION, key: str = "") -> httpx.Response:
    return client.post("/v1/questions", json={"question": question}, headers={"Idempotency-Key": key} if key else {})


def items_of(client: httpx.Client) -> list[dict[str, Any]]:
    """Return all that the table holds of a caller, read past the API."""
    caller = sign_in.subject_of(client.headers["Authorization"])
    answer = boto3.client("dynamodb").query(
        TableName=TABLE,
        KeyConditionExpression="#c = :c",
        ExpressionAttributeNames={"#c": "caller"},
        ExpressionAttributeValues={":c": {"S": caller}},
    )
    return [TypeDeserializer().deserialize({"M": item}) for item in answer["Items"]]


# --- history ------------------------------------------------------------------------------------------------------


def test_pages_hold_every_question_once_the_newest_first(ada: httpx.Client, eve: httpx.Client) -> None:
    # GIVEN seven questions of one's own, one of them asked with a key, and one of somebody else
    asked = [ask(ada, key="k" if number == 3 else "").json() for number in range(7)]
    ask(eve)
    # WHEN the history is read in pages of three
    seen, cursor, sizes = [], None, []
    while cursor is not None or not sizes:
        page = ada.get("/v1/questions", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
    # THEN it has all of them, in short
    assert sizes == [3, 3, 1]
    assert [item["id"] for item in seen] == [answer["id"] for answer in reversed(asked)]
    short = {name: asked[-1][name] for name in ("id", "created_at", "question", "answer", "abstained", "extractive")}
    assert seen[0] == {**short, "urgent": False, "feedback": None}
    # AND what is asked meanwhile does not move the next page
    first = ada.get("/v1/questions", params={"limit": 3}).json()
    ask(ada)
    second = ada.get("/v1/questions", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in second["items"]] == [item["id"] for item in seen[3:6]]


def test_a_page_that_ends_with_the_last_question_has_no_next(ada: httpx.Client) -> None:
    assert ada.get("/v1/questions").json() == {"items": [], "next_cursor": None}
    for _ in range(2):
        ask(ada)
    assert ada.get("/v1/questions", params={"limit": 2}).json()["next_cursor"] is None


def test_a_cursor_is_good_for_its_caller_only(ada: httpx.Client, eve: httpx.Client) -> None:
    for _ in range(2):
        ask(ada)
    cursor = ada.get("/v1/questions", params={"limit": 1}).json()["next_cursor"]
    for client, wrong in ((eve, cursor), (ada, cursor[:-1]), (ada, "x" + cursor), (ada, "nothing"), (ada, "")):
        response = client.get("/v1/questions", params={"cursor": wrong})
        assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "", "1.5"])
def test_limits_of_a_page_are_kept(ada: httpx.Client, limit: str) -> None:
    response = ada.get("/v1/questions", params={"limit": limit})
    assert (response.status_code, response.json()["detail"][:6]) == (400, "limit:")


def test_expired_questions_are_in_no_history(ada: httpx.Client) -> None:
    # GIVEN two questions, of which DynamoDB has not deleted the expired one yet
    old, new = ask(ada).json(), ask(ada).json()
    caller = sign_in.subject_of(ada.headers["Authorization"])
    boto3.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"caller": {"S": caller}, "question_id": {"S": old["id"]}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )
    # THEN it is not listed, not read, not rated and not deleted a second time
    assert [item["id"] for item in ada.get("/v1/questions").json()["items"]] == [new["id"]]
    path = f"/v1/questions/{old['id']}"
    assert ada.get(path).status_code == 404
    assert ada.post(f"{path}/feedback", json={"rating": "up"}).status_code == 404
    assert ada.delete(path).status_code == 404


# --- feedback -----------------------------------------------------------------------------------------------------


def test_feedback_is_stored_with_the_answer_and_can_be_changed(ada: httpx.Client) -> None:
    answer = ask(ada).json()
    path = f"/v1/questions/{answer['id']}"
    # WHEN an answer is rated twice
    ada.post(f"{path}/feedback", json={"rating": "up"}).raise_for_status()
    given = ada.post(f"{path}/feedback", json={"rating": "down", "comment": "Write to me: ann@example.org"})
    # THEN the second holds, without the address, and is read with the answer
    assert given.status_code == 200
    feedback = given.json()
    assert feedback["rating"] == "down"
    assert "ann@example.org" not in feedback["comment"]
    assert feedback["comment"].startswith("Write to me: ")
    assert ada.get(path).json() == answer | {"feedback": feedback}
    assert ada.get("/v1/questions").json()["items"][0]["feedback"] == feedback
    assert "ann@example.org" not in json.dumps(items_of(ada), default=str)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "rating"),
        ({"rating": "sideways"}, "rating"),
        ({"rating": "up", "comment": "a" * 1001}, "comment"),
        ({"rating": "up", "comment": 5}, "comment"),
        ({"rating": "up", "coment": "fine"}, "perhaps comment is meant"),
        ([], "JSON object"),
    ],
)
def test_wrong_feedback_is_refused(ada: httpx.Client, body: Any, place: str) -> None:
    response = ada.post("/v1/questions/some-id/feedback", json=body)
    assert response.status_code == 400
    assert place in response.json()["detail"]


# --- deletion -----------------------------------------------------------------------------------------------------


def test_a_deleted_question_is_gone_with_all_that_belongs_to_it(ada: httpx.Client) -> None:
    # GIVEN a question asked with a key and rated, and another one
    answer, other = ask(ada, key="mine").json(), ask(ada, key="other").json()
    ada.post(f"/v1/questions/{answer['id']}/feedback", json={"rating": "up", "comment": "fine"})
    assert len(items_of(ada)) == 4
    # WHEN it is deleted
    response = ada.delete(f"/v1/questions/{answer['id']}")
    # THEN nothing of it is left, and the other is as it was
    assert (response.status_code, response.content) == (204, b"")
    left = items_of(ada)
    assert len(left) == 2
    assert answer["id"] not in json.dumps(left, default=str)
    assert ada.get(f"/v1/questions/{answer['id']}").status_code == 404
    assert ada.delete(f"/v1/questions/{answer['id']}").status_code == 404
    assert ada.get(f"/v1/questions/{other['id']}").json() == other
    # AND its key is free again
    assert ask(ada, key="mine").json()["id"] != answer["id"]


def test_all_of_ones_questions_are_deleted_and_nobody_elses(ada: httpx.Client, eve: httpx.Client) -> None:
    # GIVEN more questions than DynamoDB deletes in one request, with their keys
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda n: ask(ada, key=f"k{n}").json()["recorded"], range(30)))
    kept = ask(eve).json()
    # WHEN all are deleted
    response = ada.delete("/v1/questions")
    # THEN there is nothing left of this caller, and everything of the other
    assert (response.status_code, response.json()) == (200, {"deleted": 30, "complete": True})
    assert items_of(ada) == []
    assert ada.delete("/v1/questions").json() == {"deleted": 0, "complete": True}
    assert eve.get(f"/v1/questions/{kept['id']}").json() == kept


def test_deleting_stops_when_time_is_up_and_says_so(emulated_cloud: Cloud, running: RunningApi) -> None:
    # GIVEN a clock on which each batch takes three of five seconds
    store = interactions.InteractionStore(TABLE)
    for _ in range(60):
        store.record("bob", {"id": interactions.new_question_id(), "answer": "It can."})
    now = iter(range(0, 1000, 3))
    done = store.delete_all("bob", within_s=5.0, clock=lambda: float(next(now)))
    # THEN it ends in between, and the next one does the rest
    assert (done.deleted, done.complete) == (25, False)
    assert store.delete_all("bob") == interactions.Deletion(35, complete=True)


# --- nobody else's ------------------------------------------------------------------------------------------------


def test_anothers_question_does_not_exist(ada: httpx.Client, eve: httpx.Client) -> None:
    answer = ask(ada, key="k").json()
    path = f"/v1/questions/{answer['id']}"
    missing = [eve.get(path), eve.delete(path), eve.post(f"{path}/feedback", json={"rating": "up"})]
    # THEN each is answered as for an id that there never was
    unknown = eve.get("/v1/questions/01890a5d-ac96-774b-bcce-b302099a8057")
    for response in missing:
        assert response.status_code == unknown.status_code == 404
        assert response.json()["title"] == unknown.json()["title"]
    assert eve.get("/v1/questions").json()["items"] == []
    assert ada.get(path).json() == answer
    # AND another's key is another key
    assert ask(eve, key="k").json()["id"] != answer["id"]


def test_records_of_keys_are_no_questions(ada: httpx.Client) -> None:
    ask(ada, key="k")
    (record,) = [item for item in items_of(ada) if "body" not in item]
    path = "/v1/questions/" + record["question_id"].replace("#", "%23")
    assert ada.get(path).status_code == ada.delete(path).status_code == 404
    assert ada.post(f"{path}/feedback", json={"rating": "up"}).status_code == 404
    assert len(items_of(ada)) == 2
    # AND they expire, and hold neither the key nor a text
    assert 0 < int(record["expires_at"]) - time.time() <= 24 * 3600
    assert "asthma" not in json.dumps(record, default=str)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_every_route_but_health_asks_who_is_there(running: RunningApi, method: str) -> None:
    with httpx.Client(base_url=running.url) as nobody:
        for path in ("/v1/questions", "/v1/questions/some-id", "/v1/openapi.json", "/v1/docs", "/v1/nothing", "/v1"):
            for token in ("", "abc", "Bearer a.b.c"):
                response = nobody.request(method, path, headers={"Authorization": token} if token else {})
                assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
                assert response.headers["content-type"] == "application/problem+json"
        assert nobody.get("/v1/health").status_code == 200


def test_names_that_are_not_this_machines_are_not_answered(running: RunningApi) -> None:
    for path in ("/", "/v1/health", "/config.json", "/sign-in/oauth2/authorize"):
        assert httpx.get(running.url + path, headers={"Host": "evil.example"}).status_code == 421


# --- idempotency --------------------------------------------------------------------------------------------------


def test_a_key_gets_the_first_answer_and_one_record(ada: httpx.Client) -> None:
    first, second, third = ask(ada, key="one").json(), ask(ada, key="one").json(), ask(ada, key="two").json()
    assert first == second
    assert first["id"] != third["id"]
    assert len(ada.get("/v1/questions").json()["items"]) == 2


def test_a_key_with_another_body_is_refused(ada: httpx.Client) -> None:
    first = ask(ada, key="one").json()
    response = ask(ada, "What are the symptoms of gout?", key="one")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert "Idempotency-Key" in response.json()["detail"]
    # AND the first answer is still the key's
    assert ask(ada, key="one").json() == first


def test_requests_at_once_with_one_key_make_one_record(ada: httpx.Client) -> None:
    # WHEN twelve requests with one key come together
    with ThreadPoolExecutor(12) as pool:
        responses = list(pool.map(lambda _: ask(ada, key="same"), range(12)))
    # THEN each has the one answer, or is told to come again
    answered = [response.json()["id"] for response in responses if response.status_code == 200]
    waiting = [response for response in responses if response.status_code != 200]
    assert len(set(answered)) == 1
    assert all((response.status_code, response.headers["retry-after"]) == (409, "1") for response in waiting)
    assert len(ada.get("/v1/questions").json()["items"]) == 1
    assert ask(ada, key="same").json()["id"] == answered[0]


@pytest.mark.parametrize("key", ["", "a b", "ä", "a" * 256])
def test_keys_of_another_form_are_refused(ada: httpx.Client, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    response = ada.post("/v1/questions", json={"question": QUESTION}, headers=headers)
    assert (response.status_code, "idempotency" in response.json()["detail"].lower()) == (400, True)


def test_a_refused_question_leaves_its_key_free(ada: httpx.Client) -> None:
    assert ask(ada, "", key="k").status_code == 400
    assert ask(ada, key="k").status_code == 200
