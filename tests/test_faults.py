"""Faults in the running local cloud: processes killed and frozen, services slow, silent, throttled, talking nonsense.

What must hold in each: a question is answered, by quotation if the model cannot be asked; what an answer says about its
record is true; errors are problems of one sentence; and when the fault is over, everything is as before.
"""

import contextlib
import json
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fault_proxy
import httpx
import pytest
from fault_proxy import Fault, wait_until
from running_system import INDEX, RunningSystem, frozen, publish_index

from medassist import assistant, datasets, passages, retrieval, storage

pytestmark = pytest.mark.integration

Asking = Callable[[], dict[str, Any]]
FULL = pytest.mark.soak  # what is left to `make soak`: cousins of what the short form tries
QUESTION = "What are the symptoms of asthma?"
SECRET = "symptoms of asthma"  # stands in every question; must stand in no log
PROMISED_S = 3.0  # from the endpoint's fault to the answer
HTML = fault_proxy.says(200, b"<html>Bad gateway</html>", "text/html")


@pytest.fixture
def system(running_system: RunningSystem) -> Iterator[RunningSystem]:
    """Return the system; afterwards see that it is as before: the model is asked, answers are kept, logs are clean."""
    yield running_system
    wait_until(lambda: is_well(running_system))
    logged = "".join(running_system.api.log) + (running_system.folder / "cloud" / "cloud.log").read_text()
    assert SECRET not in logged


@pytest.fixture
def promptly(system: RunningSystem, pytestconfig: pytest.Config) -> Callable[[], dict[str, Any]]:
    """Return what asks a question while the endpoint is at fault; with ``--soak`` the answer must come in time."""

    def ask() -> dict[str, Any]:
        begun = time.monotonic()
        answer = system.ask(QUESTION)
        waited = time.monotonic() - begun
        assert waited < PROMISED_S or not pytestconfig.getoption("--soak"), f"the answer took {waited:.1f} s"
        return answer

    return ask


def is_well(system: RunningSystem) -> bool:
    answer = system.ask()
    return bool(answer["model"]) and answer["recorded"] and system.read(answer["id"]).json() == answer


def assert_quoted(answer: dict[str, Any]) -> None:
    """The answer is there without the model: quotations that cite passages, and it says why."""
    assert answer["fallback"] == assistant.ENDPOINT_FAILED
    assert answer["extractive"]
    assert "wheezing" in answer["answer"]
    assert all(statement["citations"] for statement in answer["statements"])


def assert_problem(response: Any, status: int) -> None:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert SECRET not in response.text


# --- the model endpoint -------------------------------------------------------------------------------------------


def test_a_killed_model_costs_its_words_only(system: RunningSystem, promptly: Asking) -> None:
    # GIVEN an endpoint whose container has just been killed
    system.container().kill()
    # WHEN a question comes THEN it is answered and stored
    answer = promptly()
    assert_quoted(answer)
    assert answer["recorded"]
    # AND an endpoint that is brought up again is asked again: see the fixture
    with system.environment():
        system.start_endpoint()


def test_a_frozen_model_holds_up_nobody(system: RunningSystem, promptly: Asking) -> None:
    # GIVEN a model that takes requests and answers none
    with frozen(system.container()), ThreadPoolExecutor(8) as pool:
        # WHEN many ask at once THEN all get an answer while it is frozen
        for answer in [asked.result() for asked in [pool.submit(promptly) for _ in range(8)]]:
            assert_quoted(answer)
            assert answer["recorded"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault_proxy.slow(30), id="slow"),
        pytest.param(fault_proxy.silent, id="silent", marks=FULL),
        pytest.param(fault_proxy.dripping, id="dripping"),
        pytest.param(fault_proxy.cut, id="cut", marks=FULL),
        pytest.param(fault_proxy.torn, id="torn"),
        pytest.param(fault_proxy.ENDPOINT_THROTTLED, id="throttled"),
        pytest.param(fault_proxy.ENDPOINT_UNAVAILABLE, id="unavailable", marks=FULL),
        pytest.param(fault_proxy.MODEL_FAILED, id="failed", marks=FULL),
        pytest.param(HTML, id="html"),
        pytest.param(fault_proxy.says(200, b"\x00\xff" * 1000), id="bytes", marks=FULL),
        pytest.param(fault_proxy.says(200, {"text": ["no", "text"], "model": None}), id="other types"),
        pytest.param(fault_proxy.says(200, b"[" * 100_000), id="nested"),
        pytest.param(fault_proxy.says(500, b"<html>oops</html>", "text/html"), id="error in html", marks=FULL),
    ],
)
def test_whatever_the_endpoint_does_the_question_is_answered(
    system: RunningSystem, promptly: Asking, fault: Fault
) -> None:
    with system.proxies["runtime"].injecting(fault):
        answer = promptly()
    assert_quoted(answer)
    assert answer["recorded"]


def test_an_endpoint_that_fails_again_and_again_is_left_alone(system: RunningSystem) -> None:
    # GIVEN an endpoint that says nothing WHEN one question follows the other
    with system.proxies["runtime"].injecting(fault_proxy.silent) as calls:
        for _ in range(12):
            assert_quoted(system.ask(QUESTION))
        # THEN most of them do not wait for it
        assert 0 < len(calls) <= 8


# --- the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault_proxy.DYNAMODB_THROTTLED, id="throttled"),
        pytest.param(fault_proxy.DYNAMODB_BROKEN, id="broken", marks=FULL),
        pytest.param(fault_proxy.silent, id="silent"),
        pytest.param(fault_proxy.cut, id="cut", marks=FULL),
        pytest.param(fault_proxy.torn, id="torn"),
        pytest.param(HTML, id="html"),
    ],
)
def test_what_could_not_be_stored_is_answered_and_marked(system: RunningSystem, fault: Fault) -> None:
    # GIVEN an answer from before
    before = system.ask(QUESTION)
    # WHEN the table cannot be used
    with system.proxies["dynamodb"].injecting(fault):
        # THEN a question is answered all the same, says that it is not stored
        answer = system.ask(QUESTION)
        assert answer["statements"]
        assert not answer["recorded"]
        # AND reading is refused for now, not answered with "there is none"
        assert_problem(system.read(before["id"]), 503)
    # AND afterwards what was stored is there
    assert system.read(before["id"]).json() == before


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault_proxy.sometimes(fault_proxy.DYNAMODB_THROTTLED, every=2), id="throttled"),
        pytest.param(fault_proxy.sometimes(fault_proxy.cut, every=2), id="cut", marks=FULL),
        pytest.param(fault_proxy.sometimes(fault_proxy.cut_after_the_service_has_done_it, every=2), id="answer lost"),
        pytest.param(fault_proxy.slow(0.3), id="slow", marks=FULL),
    ],
)
def test_a_passing_fault_of_the_table_loses_nothing(system: RunningSystem, fault: Fault) -> None:
    # GIVEN a table of which every second call fails WHEN questions come at once
    with system.proxies["dynamodb"].injecting(fault, only="PutItem"), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(system.ask, [QUESTION] * 4))
    # THEN what says that it is stored is stored, and all are
    assert all(answer["recorded"] for answer in answers)
    assert {answer["id"] for answer in answers} <= system.stored()
    assert all(system.read(answer["id"]).json() == answer for answer in answers)


# --- the whole cloud ----------------------------------------------------------------------------------------------


def test_a_frozen_cloud_holds_up_nobody(system: RunningSystem) -> None:
    with frozen(system.cloud.process):
        answer = system.ask(QUESTION)
        assert_quoted(answer)
        assert not answer["recorded"]
        assert system.http.get("/v1/health").status_code == 200
    wait_until(lambda: is_well(system))


def test_a_killed_cloud_comes_back_with_what_was_stored(system: RunningSystem) -> None:
    # GIVEN an answer that was stored, and written down by the cloud
    before = system.ask(QUESTION)
    table = system.folder / "cloud" / "dynamodb" / f"{system.settings.table_name}.json"
    wait_until(lambda: before["id"] in table.read_text())
    # WHEN the cloud is killed, and with it model, table and index
    system.cloud.kill()
    # THEN questions are answered, and nothing claims to be stored
    answer = system.ask(QUESTION)
    assert_quoted(answer)
    assert not answer["recorded"]
    assert_problem(system.read(before["id"]), 503)
    # AND when it is back, so is what was stored
    system.restart_cloud()
    with system.environment():
        system.start_endpoint()
    wait_until(lambda: system.read(before["id"]).status_code == 200)
    assert system.read(before["id"]).json() == before


# --- S3 and the index ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault_proxy.cut, id="cut"),
        pytest.param(fault_proxy.silent, id="silent", marks=FULL),
        pytest.param(fault_proxy.torn, id="torn", marks=FULL),
        pytest.param(
            fault_proxy.says(503, b"<Error><Code>SlowDown</Code></Error>", "text/xml"), id="throttled", marks=FULL
        ),
        pytest.param(fault_proxy.altered(lambda body: body[:-1] + b"\x00"), id="altered"),
    ],
)
def test_an_api_that_cannot_fetch_its_index_says_so_and_starts_when_it_can(
    system: RunningSystem, fault: Fault, tmp_path: Path
) -> None:
    # GIVEN an empty cache and S3 in trouble WHEN an API starts THEN it ends with one sentence
    with system.proxies["s3"].injecting(fault), pytest.raises(AssertionError, match="did not start") as ended:
        system.start_api(cache_dir=str(tmp_path))
    assert "Traceback" not in str(ended.value)
    # AND nothing half-fetched keeps the next one from starting
    api = system.start_api(cache_dir=str(tmp_path))
    assert api.stop() == 0


def test_an_api_that_has_fetched_its_index_before_starts_without_s3(system: RunningSystem) -> None:
    # GIVEN the cache of an API that runs WHEN another one starts from it while S3 cannot be used
    with system.proxies["s3"].injecting(fault_proxy.cut):
        api = system.start_api()
    # THEN it serves the same index
    with contextlib.closing(system.client(api)) as client:
        assert client.get("/v1/health").json() == system.http.get("/v1/health").json()
    assert api.stop() == 0


@contextlib.contextmanager
def somebody_asking(system: RunningSystem, people: int = 1) -> Iterator[list[dict[str, Any]]]:
    """Let people ask without a rest meanwhile; yield the list that their answers are added to."""
    answers: list[dict[str, Any]] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            answers.append(system.ask(QUESTION))

    with ThreadPoolExecutor(people) as pool:
        asking = [pool.submit(ask) for _ in range(people)]
        try:
            yield answers
        finally:
            enough.set()
        for person in asking:
            person.result()


def test_an_index_is_changed_under_a_service_that_goes_on(
    system: RunningSystem, sample_index_folder: Path, encoder_folder: Path, tmp_path: Path
) -> None:
    # GIVEN a smaller index beside the one that is served, and somebody who asks all the time
    other = tmp_path / "other"
    pieces = passages.split_documents(datasets.load_corpus("data/sample").documents[:12])
    retrieval.build(pieces, encoder_folder, other, corpus="sample", passage_words=180, progress=False)
    old = system.http.get("/v1/health").json()["index"]
    with somebody_asking(system) as answers, system.environment():
        # WHEN it takes the other's place, and an API starts from it, with the cache that the running one uses
        publish_index(other, "second")
        api = system.start_api()
        with contextlib.closing(system.client(api)) as client:
            new = client.get("/v1/health").json()["index"]
            assert client.post("/v1/questions", json={"question": QUESTION}).json()["index"] == new
        # AND the old one is removed from S3
        files = storage.read_json(f"{INDEX}/first/{storage.MANIFEST}")["files"]
        remove(f"{INDEX}/first", [file["path"] for file in files])
        wait_until(lambda: len(answers) > 5)
        # and both are put back as they were
        api.stop()
        publish_index(sample_index_folder, "first")
    # THEN the running service has answered from its own all the while
    assert {answer["index"] for answer in answers} == {old}
    assert new != old
    assert all(answer["statements"] and answer["recorded"] for answer in answers)


def remove(uri: str, names: list[str]) -> None:
    from medassist import aws

    bucket, prefix = storage.parse_uri(uri)
    keys = [{"Key": f"{prefix}/{name}"} for name in [*names, storage.MANIFEST]]
    aws.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": keys})


# --- the service itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGKILL, id="killed"), pytest.param(signal.SIGTERM, id="stopped", marks=FULL)]
)
def test_what_somebody_got_is_stored_even_if_the_service_dies(system: RunningSystem, how: signal.Signals) -> None:
    # GIVEN several people who ask another API process
    api, got = system.start_api(), []
    client = system.client(api)

    def ask_until_it_is_gone() -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                response = client.post("/v1/questions", json={"question": QUESTION})
                got.append(response.raise_for_status().json())

    # WHEN it dies in the middle of it
    with ThreadPoolExecutor(4) as pool:
        people = [pool.submit(ask_until_it_is_gone) for _ in range(4)]
        wait_until(lambda: len(got) >= 8)
        os.kill(api.pid, how)
    client.close()
    assert all(person.result() is None for person in people)
    # THEN whatever was answered is stored
    assert api.popen.wait(30) == (0 if how == signal.SIGTERM else -how)
    assert all(answer["recorded"] for answer in got)
    assert {answer["id"] for answer in got} <= system.stored()


def test_clients_that_stall_or_leave_hold_up_nobody(system: RunningSystem) -> None:
    # GIVEN more clients than the server works on at once, who begin a request and do not end it
    host, port = system.api.url.removeprefix("http://").split(":")
    body = json.dumps({"question": QUESTION}).encode()
    head = f"POST /v1/questions HTTP/1.1\r\nHost: {host}\r\nAuthorization: {system.headers['Authorization']}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(socket.create_connection((host, int(port))))
            client.sendall(head.encode() + body[:5])
        # WHEN somebody else asks THEN they get an answer
        assert system.ask(QUESTION)["statements"]
    # AND so do those who ask after clients who sent whole requests and did not wait
    for _ in range(10):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(head.encode() + body)
    assert system.ask(QUESTION)["statements"]


# --- all of it ----------------------------------------------------------------------------------------------------

STORM_S = {"short": 4.0, "soak": 180.0}
WEATHER: dict[str, list[Fault]] = {
    "runtime": [
        fault_proxy.slow(30),
        fault_proxy.silent,
        fault_proxy.torn,
        fault_proxy.ENDPOINT_THROTTLED,
        fault_proxy.sometimes(fault_proxy.cut, every=2),
        HTML,
    ],
    "dynamodb": [
        fault_proxy.DYNAMODB_THROTTLED,
        fault_proxy.DYNAMODB_BROKEN,
        fault_proxy.cut_after_the_service_has_done_it,
        fault_proxy.sometimes(fault_proxy.cut, every=3),
        fault_proxy.slow(0.5),
    ],
}


def test_a_storm_of_faults_leaves_every_answer_true(system: RunningSystem, pytestconfig: pytest.Config) -> None:
    # GIVEN people who ask all the time
    dice = random.Random(29)
    deadline = time.monotonic() + STORM_S["soak" if pytestconfig.getoption("--soak") else "short"]
    with somebody_asking(system, people=3) as answers:
        # WHEN one fault follows the other, at the endpoint, at the table, at both, or in the model's process
        while time.monotonic() < deadline:
            with contextlib.ExitStack() as stack:
                for name in dice.choice([["runtime"], ["dynamodb"], ["runtime", "dynamodb"], []]):
                    stack.enter_context(system.proxies[name].injecting(dice.choice(WEATHER[name])))
                if dice.random() < 0.2:
                    stack.enter_context(frozen(system.container()))
                time.sleep(dice.uniform(0.2, 1.5))
    # THEN every question was answered with cited statements, and what is said to be stored is stored
    assert len(answers) > 10
    assert all(statement["citations"] for answer in answers for statement in answer["statements"])
    assert all(answer["statements"] for answer in answers)
    assert {answer["id"] for answer in answers if answer["recorded"]} <= system.stored()
