"""The REST API: over HTTP as at home, and by API Gateway's events as in Lambda; both against the emulated cloud."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import app
import httpx
import pytest
from api_process import RunningApi, start

from medassist import cursors, interactions, storage
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.retrieval import Index

ROOT = Path(__file__).parents[1]
EVENTS = Path(__file__).with_name("events")
TABLE, POOL = "test-api-interactions", "test-api"
QUESTION = "What are the symptoms of asthma?"
SECRET = "zebrafinch"  # stands in questions; must stand in no log
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def settings(emulated_cloud: Cloud, sample_index_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of an API whose index is in S3 and whose table exists; its model endpoint does not."""
    storage.ensure_bucket("test-api")
    uri = "s3://test-api/index/sample/first"
    storage.upload_folder(sample_index_folder, uri)
    storage.write_json("s3://test-api/index/sample/latest.json", {"version": "first", "uri": uri})
    interactions.create_table(TABLE)
    cursors.create_key("test-api-cursors")
    return Settings(
        bucket="test-api",
        table_name=TABLE,
        endpoint_name="no-such-endpoint",
        cursor_secret="test-api-cursors",
        cache_dir=str(tmp_path_factory.mktemp("cache")),
    )


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[RunningApi]:
    running = RunningApi(settings, POOL)
    yield running
    running.stop()
    # All tests of this module have put this word into questions by now; no log may hold it.
    assert SECRET not in "".join(running.log)


@pytest.fixture(scope="module")
def api(running: RunningApi) -> httpx.Client:
    return running.http


# --- over HTTP ----------------------------------------------------------------------------------------------------


def test_a_question_gets_a_cited_answer_that_can_be_read_again(api: httpx.Client) -> None:
    # WHEN a question is asked
    response = api.post("/v1/questions", json={"question": QUESTION, "top_k": 4})
    # THEN the answer has the documented form, and each statement cites a passage in it
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {
        "id", "created_at", "recorded", "question", "answer", "statements", "passages", "choice", "probabilities",
        "abstained", "extractive", "fallback", "urgent", "disclaimer", "model", "index", "timings_ms", "feedback",
        "redacted", "advice", "options",
    }  # fmt: skip
    assert [passage["n"] for passage in answer["passages"]] == [1, 2, 3, 4]
    assert answer["statements"]
    for statement in answer["statements"]:
        assert statement["citations"]
        assert set(statement["citations"]) <= {1, 2, 3, 4}
        assert all(statement["text"] in answer["passages"][n - 1]["text"] for n in statement["citations"])
    assert "wheezing" in answer["answer"]
    # AND, as there is no endpoint, it says that it quotes, and was not late
    assert answer["extractive"]
    assert answer["fallback"]
    assert answer["recorded"]
    # AND it can be read again
    assert api.get(f"/v1/questions/{answer['id']}").json() == answer


def test_a_question_that_the_corpus_does_not_cover_is_not_answered(api: httpx.Client) -> None:
    answer = api.post("/v1/questions", json={"question": "How do I change the oil of my car?"}).json()
    assert answer["abstained"]
    assert answer["statements"] == []


def test_urgent_symptoms_get_the_message_first(api: httpx.Client) -> None:
    answer = api.post("/v1/questions", json={"question": f"I can't breathe ({SECRET})"}).json()
    assert answer["urgent"]["category"] == "breathing"
    assert answer["urgent"]["phone"] in answer["answer"]


def test_identifiers_are_not_stored(api: httpx.Client) -> None:
    asked = api.post("/v1/questions", json={"question": f"{QUESTION} I am {SECRET}@example.org"}).json()
    assert SECRET not in api.get(f"/v1/questions/{asked['id']}").text


def test_options_come_back_as_they_were_used(api: httpx.Client) -> None:
    # GIVEN a multiple-choice question with an address in an option
    options = {"A": "A reliever inhaler", "B": f"Insulin, says {SECRET}@example.org"}
    question = "What opens the airways in asthma?"
    answer = api.post("/v1/questions", json={"question": question, "options": options}).json()
    # THEN the answer has the options without it, and so has what was stored
    assert answer["options"] == {"A": "A reliever inhaler", "B": "Insulin, says [email]"}
    assert answer["redacted"] == ["email"]
    assert api.get(f"/v1/questions/{answer['id']}").json() == answer
    # AND a question without options has none
    assert api.post("/v1/questions", json={"question": question}).json()["options"] is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSON object"),
        (b"null", "JSON object"),
        (b"[]", "JSON object"),
        (b"{}", "question"),
        (b"not json zebrafinch", "not valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 60_000, "nested"),
        (b'{"question": ""}', "empty"),
        (b'{"question": "' + b"a" * 2001 + b'"}', "2,001"),
        (b'{"question": 5}', "string"),
        (b'{"question": null}', "string"),
        (b'{"question": "\\ud800"}', "broken character"),
        (b'{"question": "zebrafinch", "top_k": 0}', "top_k is 0"),
        (b'{"question": "zebrafinch", "top_k": 21}', "top_k is 21"),
        (b'{"question": "zebrafinch", "top_k": "5"}', "top_k"),
        (b'{"question": "zebrafinch", "top_k": NaN}', "top_k"),
        (b'{"question": "zebrafinch", "options": {"A": "x"}}', "1 options"),
        (b'{"question": "zebrafinch", "options": ["x", "y"]}', "options"),
        (b'{"question": "zebrafinch", "topk": 3}', "perhaps top_k"),
    ],
)
def test_bad_bodies_get_one_clear_sentence(api: httpx.Client, content: bytes, words: str) -> None:
    response = api.post("/v1/questions", content=content, headers={"Content-Type": "application/json"})
    check_problem(response.status_code, response.headers["content-type"], response.json(), 400)
    assert words in response.json()["detail"]
    assert SECRET not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/questions/no-such-id", 404),
        ("PUT", "/v1/questions", 405),
        ("PUT", "/v1/questions/some-id", 405),
        ("GET", "/v1/questions/some-id/feedback", 405),
        ("POST", "/v1/health", 405),
        ("GET", f"/v1/questions/{'a' * 101}", 400),
    ],
)
def test_the_frameworks_own_errors_are_problems_too(api: httpx.Client, method: str, path: str, status: int) -> None:
    response = api.request(method, path)
    check_problem(response.status_code, response.headers["content-type"], response.json(), status)
    assert ("allow" in response.headers) == (status == 405)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "application/xml", "application/x-www-form-urlencoded"]
)
def test_other_content_types_are_refused(api: httpx.Client, content_type: str) -> None:
    response = api.post("/v1/questions", content=b"x", headers={"Content-Type": content_type})
    check_problem(response.status_code, response.headers["content-type"], response.json(), 415)


def test_huge_bodies_are_refused(api: httpx.Client) -> None:
    response = api.post("/v1/questions", content=b" " * 300_000, headers={"Content-Type": "application/json"})
    check_problem(response.status_code, response.headers["content-type"], response.json(), 413)


def test_health_names_the_index(api: httpx.Client, sample_index_folder: Path) -> None:
    health = api.get("/v1/health").json()
    assert health["status"] == "ok"
    assert health["index"] == Index.load(sample_index_folder, threads=1).version
    assert health["passages"] == 300


def test_the_openapi_document_is_valid_and_describes_the_answers(api: httpx.Client) -> None:
    document = api.get("/v1/openapi.json").json()
    validate = pytest.importorskip("openapi_spec_validator").validate
    validate(document)
    # AND it has every route with every answer, and says which one needs no caller
    answers = {
        f"{method} {path}": " ".join(sorted(operation["responses"]))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert answers == {
        "post /v1/questions": "200 400 401 409 413 415 422 429 503",
        "get /v1/questions": "200 400 401 413 429 503",
        "delete /v1/questions": "200 400 401 413 429 503",
        "get /v1/questions/{question_id}": "200 400 401 404 413 429 503",
        "delete /v1/questions/{question_id}": "204 400 401 404 413 429 503",
        "post /v1/questions/{question_id}/feedback": "200 400 401 404 413 415 429 503",
        "get /v1/health": "200 413 429 503",
    }
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/v1/health"]["get"]["security"] == []
    problems = [
        answer["content"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]
    assert all(set(content) == {PROBLEM} for content in problems)


def test_the_documentation_asks_nobody_else_for_anything(api: httpx.Client) -> None:
    response = api.get("/v1/docs")
    assert response.status_code == 200
    assert "SwaggerUIBundle" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script src" not in response.text
    assert "<link rel=" not in response.text


def test_the_page_and_nothing_outside_of_its_folder_is_served(api: httpx.Client) -> None:
    page = api.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    for path in (path for path in (ROOT / "deploy" / "web").rglob("*") if path.is_file()):
        name = path.relative_to(ROOT / "deploy" / "web").as_posix()
        assert api.get(f"/{name}").status_code == 200, name
    assert api.get("/config.json").json()["api_url"] == ""  # the API is the page's own
    for outside in ("/../local/api.py", "/%2e%2e/local/api.py", "/..%2flocal/api.py", "/nothing"):
        assert api.get(outside).status_code == 404


def test_the_page_travels_compressed_safe_and_once(running: RunningApi) -> None:
    from api import PAGE_HEADERS

    with httpx.Client(base_url=running.url) as client:
        for path in ("/", "/app.js", "/style.css", "/config.json", "/nothing"):
            # WHEN a browser loads a file THEN the headers are those that Amplify sends
            response = client.get(path, headers={"Accept-Encoding": "gzip"})
            assert {name: response.headers.get(name) for name in PAGE_HEADERS} == PAGE_HEADERS, path
        for path in ("/", "/app.js", "/style.css"):
            # AND text is compressed for who can read that, the same for who cannot
            packed = client.get(path, headers={"Accept-Encoding": "gzip"})
            plain = client.get(path, headers={"Accept-Encoding": "identity"})
            assert packed.headers["content-encoding"] == "gzip"
            assert "content-encoding" not in plain.headers
            assert packed.content == plain.content
            assert packed.num_bytes_downloaded < plain.num_bytes_downloaded
            assert "Accept-Encoding" in plain.headers["vary"]
            # AND what has not changed is not sent again
            known = {"If-None-Match": packed.headers["etag"], "Accept-Encoding": "gzip"}
            again = client.get(path, headers=known)
            assert (again.status_code, again.content) == (304, b"")


def test_many_at_once_get_their_own_answers(api: httpx.Client) -> None:
    # GIVEN more requests at once than the server works on
    questions = [f"What are the symptoms of {name}?" for name in ("asthma", "gout", "influenza", "shingles")] * 15
    # WHEN they are sent together
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda text: api.post("/v1/questions", json={"question": text}).json(), questions))
    # THEN each gets the answer to its own question, and all ids differ
    assert [answer["question"] for answer in answers] == questions
    assert len({answer["id"] for answer in answers}) == len(questions)
    assert all(answer["recorded"] for answer in answers)


# --- starting and stopping ----------------------------------------------------------------------------------------


def test_a_taken_port_is_one_sentence(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(settings, "--port", str(port))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert str(port) in err


def test_a_missing_index_is_one_sentence(settings: Settings) -> None:
    missing = Settings(bucket="test-api", corpus="nothing", cache_dir=settings.cache_dir)
    process = start(missing, "--port", "0")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert "index/nothing" in err


@pytest.mark.parametrize("how", ["terminate", "interrupt"])
def test_it_stops_when_told_to(settings: Settings, how: str) -> None:
    import signal

    process = start(settings, "--port", "0")
    assert process.stdout is not None
    assert "url" in json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM if how == "terminate" else signal.SIGINT)
    assert process.wait(15) == 0
    process.communicate()


# --- as in Lambda -------------------------------------------------------------------------------------------------


class Context:
    """What Powertools reads of Lambda's context."""

    function_name = "medassist"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:medassist"
    aws_request_id = "5f0c2d1e-8a34-4c7b-9d21-0e6f7a8b9c0d"


@pytest.fixture
def in_lambda(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    app.services.cache_clear()
    yield monkeypatch
    app.services.cache_clear()


def invoke(name: str = "ask_with_claims", **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    event = {**json.loads((EVENTS / f"{name}.json").read_text()), **changes}
    response = app.handler(event, Context())
    return response, json.loads(response["body"])


def content_type(response: dict[str, Any]) -> str:
    return str(response["multiValueHeaders"]["Content-Type"][0])


def check_problem(status: int, kind: str, problem: dict[str, Any], expected: int) -> None:
    """RFC 9457: media type, members, and the status repeated."""
    assert status == expected
    assert kind == PROBLEM
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == expected
    assert problem["detail"].endswith(".")


def test_an_event_is_answered_and_read_again_by_its_caller_only(in_lambda: pytest.MonkeyPatch) -> None:
    # GIVEN an answer to a signed-in caller
    response, answer = invoke()
    assert response["statusCode"] == 200
    assert answer["statements"]
    path = {"path": f"/v1/questions/{answer['id']}", "httpMethod": "GET", "body": None}
    # WHEN the same caller reads it, THEN it is the same
    assert invoke(**path)[1] == answer
    # WHEN another caller reads it, THEN it does not exist
    other = json.loads((EVENTS / "ask_with_claims.json").read_text())["requestContext"]
    other["authorizer"]["claims"]["sub"] = "somebody-else"
    response, problem = invoke(**path, requestContext=other)
    check_problem(response["statusCode"], content_type(response), problem, 404)


def test_without_claims_there_is_no_answer(in_lambda: pytest.MonkeyPatch) -> None:
    response, problem = invoke("ask_without_claims")
    check_problem(response["statusCode"], content_type(response), problem, 401)


def test_health_needs_no_caller(in_lambda: pytest.MonkeyPatch) -> None:
    response, health = invoke("ask_without_claims", path="/v1/health", httpMethod="GET", body=None)
    assert (response["statusCode"], health["status"]) == (200, "ok")


def test_base64_bodies_are_read(in_lambda: pytest.MonkeyPatch) -> None:
    import base64

    encoded = base64.b64encode(json.dumps({"question": QUESTION}).encode()).decode()
    assert invoke(body=encoded, isBase64Encoded=True)[0]["statusCode"] == 200
    response, problem = invoke(body=base64.b64encode(b"\xff\xfe").decode(), isBase64Encoded=True)
    check_problem(response["statusCode"], content_type(response), problem, 400)


def test_the_document_names_the_stage(in_lambda: pytest.MonkeyPatch) -> None:
    event = json.loads((EVENTS / "ask_with_claims.json").read_text())
    context = {**event["requestContext"], "path": "/prod/v1/openapi.json"}
    document = invoke(path="/v1/openapi.json", httpMethod="GET", body=None, requestContext=context)[1]
    assert document["servers"] == [{"url": "/prod"}]


def test_an_answer_that_cannot_be_stored_is_given_marked_and_counted(
    in_lambda: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a table that does not exist
    in_lambda.setenv("MEDASSIST_TABLE_NAME", "test-api-missing")
    # WHEN a question is asked
    response, answer = invoke(body=json.dumps({"question": f"{QUESTION} I am {SECRET}@example.org"}))
    # THEN it is answered, says that it was not recorded, and the metric counts it
    assert response["statusCode"] == 200
    assert answer["statements"]
    assert answer["recorded"] is False
    out = capsys.readouterr().out
    metrics = [json.loads(line) for line in out.splitlines() if '"_aws"' in line]
    assert [line["InteractionsNotStored"] for line in metrics] == [[1.0]]
    # AND no log line or metric holds the question
    assert SECRET not in out


def test_reading_without_the_table_is_unavailable_not_missing(in_lambda: pytest.MonkeyPatch) -> None:
    in_lambda.setenv("MEDASSIST_TABLE_NAME", "test-api-missing")
    response, problem = invoke(path="/v1/questions/some-id", httpMethod="GET", body=None)
    check_problem(response["statusCode"], content_type(response), problem, 503)
    assert "test-api-missing" not in problem["detail"]


def test_a_missing_index_is_unavailable_and_tried_again(in_lambda: pytest.MonkeyPatch) -> None:
    # GIVEN an index that is not there
    in_lambda.setenv("MEDASSIST_CORPUS", "nothing")
    response, problem = invoke()
    check_problem(response["statusCode"], content_type(response), problem, 503)
    # WHEN it is there at the next request, THEN that is answered
    in_lambda.setenv("MEDASSIST_CORPUS", "sample")
    assert invoke()[0]["statusCode"] == 200


def test_a_fault_of_ours_tells_nothing_about_itself(
    in_lambda: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a fault in the code whose message holds the question
    def fail(*_: object) -> None:
        raise KeyError(SECRET)

    app.services()
    in_lambda.setattr(interactions, "new_question_id", fail)
    # WHEN it strikes
    response, problem = invoke(body=json.dumps({"question": f"{QUESTION} {SECRET}"}))
    # THEN the answer is a plain problem, and neither it nor the log tells what was asked
    check_problem(response["statusCode"], content_type(response), problem, 500)
    assert SECRET not in response["body"] + capsys.readouterr().out


def test_the_bundle_is_fetched_once(in_lambda: pytest.MonkeyPatch, settings: Settings) -> None:
    # GIVEN a container that has fetched its index
    invoke()
    files = [path for path in Path(settings.cache_dir).rglob("*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in files}
    time.sleep(0.01)
    # WHEN another one starts with the same cache, THEN nothing is written again
    app.services.cache_clear()
    invoke()
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert files
