"""What people write stays where it belongs: marked text goes through every route and fault, and all that comes out is
searched for it: logs, metrics, traces, error bodies, what the model is sent, what the table keeps.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import fault_proxy
import httpx
import pytest
from fault_proxy import Exchange, Fault, wait_until
from running_system import ENDPOINT, RunningSystem

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[1]
MARK = "zanzibarite"  # stands in all that is sent
NAME, PHONE, BIRTH = "Quackenbush", "555-201-9988", "03/05/1961"
QUESTION = f"I'm Zelda {NAME}, born {BIRTH}, call {PHONE}. What are the symptoms of asthma? ({MARK})"
OPTIONS = {"A": f"wheezing, says Zelda {NAME} ({MARK})", "B": f"a rash, call {PHONE} {MARK}"}
COMMENT = f"{MARK}: good answer, call me on {PHONE}, Zelda {NAME}"
SNIPPET = 40  # characters of an answer or a passage that no log has by chance

# What is wrong with each, and still carries the mark.
WRONG_QUESTIONS: list[dict[str, Any]] = [
    {"content": f"{MARK} no JSON {{"},
    {"content": f'{{"question": "{MARK}'.encode() + b"\xff"},
    {"content": f'["{MARK}"]', "headers": {"Content-Type": "application/json"}},
    {"content": MARK, "headers": {"Content-Type": "text/plain"}},
    {"json": {"question": [MARK]}},
    {"json": {"question": f"{MARK} " * 400}},
    {"json": {"question": f"{MARK} \ud800"}},
    {"json": {"question": QUESTION, "top_k": MARK}},
    {"json": {"question": QUESTION, MARK: MARK}},
    {"json": {"question": QUESTION, "options": {MARK * 4: "x", "B": MARK}}},
    {"json": {"question": QUESTION, "options": {"A": MARK, "B": [MARK]}}},
    {"json": {"question": QUESTION, "options": {"A": MARK}}},
    {"json": {"question": QUESTION}, "headers": {"Idempotency-Key": f"{MARK} \t{MARK * 40}"}},
]

FAULTS: dict[str, tuple[str, Fault]] = {
    "endpoint in html": ("runtime", fault_proxy.says(200, f"<html>{MARK}</html>".encode(), "text/html")),
    "endpoint refuses with the text": ("runtime", fault_proxy.refuses("ModelError", 424, Message=MARK)),
    "endpoint cut": ("runtime", fault_proxy.cut),
    "table refuses with the text": ("dynamodb", fault_proxy.refuses("ValidationException", 400, message=MARK)),
    "table cut": ("dynamodb", fault_proxy.cut),
    "table in html": ("dynamodb", fault_proxy.says(200, f"<html>{MARK}</html>".encode(), "text/html")),
}
SHORT = ("endpoint in html", "table refuses with the text")  # of these; the others with --soak


def json_bytes(record: Any) -> bytes:
    """Return JSON as any client may write it, halves of surrogate pairs included."""
    return json.dumps(record).encode()


def send(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    if "json" in request:
        headers = {"Content-Type": "application/json"} | request.get("headers", {})
        request = {"content": json_bytes(request["json"]), "headers": headers}
    return client.request(method, path, **request)


def use_every_route(client: httpx.Client) -> Iterator[httpx.Response]:
    """Send marked text to each route, rightly and wrongly, and yield the answers."""
    asked = send(client, "POST", "/v1/questions", json={"question": QUESTION})
    yield asked
    yield send(client, "POST", "/v1/questions", json={"question": QUESTION, "options": OPTIONS})
    yield send(client, "POST", "/v1/questions", json={"question": f"I can't breathe! {MARK}, Zelda {NAME}"})
    yield send(client, "POST", "/v1/questions", json={"question": f"{MARK} oil change of a {MARK} car, {PHONE}"})
    for wrong in WRONG_QUESTIONS:
        yield send(client, "POST", "/v1/questions", **wrong)
    question_id = asked.json().get("id", "0")
    feedback = f"/v1/questions/{question_id}/feedback"
    yield send(client, "POST", feedback, json={"rating": "up", "comment": COMMENT})
    yield send(client, "POST", feedback, json={"rating": MARK, "comment": COMMENT})
    yield send(client, "POST", feedback, json={"rating": "up", "comment": f"{MARK} " * 2_000})
    yield client.get(f"/v1/questions/{question_id}")
    yield client.get("/v1/questions", params={"limit": 5})
    for wrong_query in ({"limit": MARK}, {"cursor": MARK}, {MARK: MARK}):
        yield client.get("/v1/questions", params=wrong_query)
    yield client.delete(f"/v1/questions/{question_id}")
    yield client.request("PUT", "/v1/questions", content=MARK)


def logged(system: RunningSystem) -> str:
    """Return all that the API, the cloud and the model's container have told so far, metrics included."""
    with system.environment():
        logs, cloudwatch = boto3.client("logs"), boto3.client("cloudwatch")
        told = ["".join(system.api.log), (system.folder / "cloud" / "cloud.log").read_text("utf-8")]
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                told.append(group["logGroupName"])
                events = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                told += [event["message"] for found in events for event in found["events"]]
        told.append(json.dumps(cloudwatch.list_metrics()["Metrics"], default=str))
    return "\n".join(told)


def assert_clean(text: str, shown: set[str]) -> None:
    """Nothing that was written or answered stands in a text."""
    for secret in (MARK, NAME, PHONE, BIRTH, *shown):
        assert secret.lower() not in text.lower(), f"{secret!r} came out: …{around(text, secret)}…"


def around(text: str, secret: str) -> str:
    place = text.lower().find(secret.lower())
    return text[max(0, place - 150) : place + 100]


def shown_in(answer: dict[str, Any]) -> set[str]:
    """Return what would betray an answer, its passages and its message."""
    texts = [answer["answer"], *(part["text"] for part in (*answer["statements"], *answer["passages"]))]
    return {text[:SNIPPET] for text in texts if len(text) >= SNIPPET}


@pytest.fixture
def system(running_system: RunningSystem) -> Iterator[RunningSystem]:
    yield running_system
    wait_until(lambda: bool(running_system.ask()["model"]))  # it is as it was


def test_nothing_that_people_write_or_read_comes_out(system: RunningSystem, pytestconfig: pytest.Config) -> None:
    shown: set[str] = set()

    def go_through(fault: str) -> None:
        for response in use_every_route(system.http):
            if response.status_code >= 400:
                assert_clean(response.text, set())
            elif "passages" in response.text and "statements" in response.json():
                shown.update(shown_in(response.json()))
        assert shown, fault

    # WHEN marked text goes through every route, with everything well and with each fault
    go_through("none")
    for fault in FAULTS if pytestconfig.getoption("--soak") else SHORT:
        service, what = FAULTS[fault]
        with system.proxies[service].injecting(what):
            go_through(fault)
    # THEN no log, metric or error has any of it
    told = logged(system)
    assert "answered" in told  # logs were looked at
    assert f"/aws/sagemaker/Endpoints/{ENDPOINT}" in told  # the model's too
    assert_clean(told, shown)


def test_identifiers_reach_neither_the_model_nor_the_table(system: RunningSystem) -> None:
    sent: list[bytes] = []

    def listening(exchange: Exchange) -> None:
        sent.append(exchange.body)
        exchange.pass_on()

    # WHEN every route is used while somebody listens before the model and the table
    with system.proxies["runtime"].injecting(listening), system.proxies["dynamodb"].injecting(listening):
        answers = list(use_every_route(system.http))
    # THEN the text is there, as it must be to be answered, and no identifier is
    whole = b"\n".join(sent).decode()
    assert MARK in whole
    assert "asthma" in whole
    for secret in (NAME, PHONE, BIRTH):
        assert secret not in whole, around(whole, secret)
    # AND people are told what was taken out
    answer = answers[0].json()
    assert answer["question"].startswith("I'm [name], born [date of birth], call [phone]. What are the symptoms of")
    assert set(answer["redacted"]) == {"name", "date of birth", "phone"}


def test_deleting_really_deletes(system: RunningSystem) -> None:
    client = system.http
    response = send(client, "POST", "/v1/questions", json={"question": QUESTION})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["id"] in system.stored()
    assert client.delete("/v1/questions").json()["deleted"] >= 1  # those of the tests before, too
    assert answer["id"] not in system.stored()
    assert client.get(f"/v1/questions/{answer['id']}").status_code == 404


# --- in Lambda ----------------------------------------------------------------------------------------------------

# Handles the events of standard input as Lambda would, one a line; answers go to descriptor 3.
PROGRAM = """
import json, os, sys, types
import app
with os.fdopen(int(sys.argv[1]), "w") as answers:
    for line in sys.stdin:
        name, _, event = line.partition(" ")
        root = f"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e7{name}"
        os.environ["_X_AMZN_TRACE_ID"] = f"{root};Parent=9a9197af755a6419;Sampled=1"
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:medassist-api:live"
        context = types.SimpleNamespace(
            function_name="medassist-api", memory_limit_in_mb=1769, invoked_function_arn=arn,
            aws_request_id="request", get_remaining_time_in_millis=lambda: 29_000,
        )
        print(json.dumps(app.handler(json.loads(event), context)), file=answers, flush=True)
"""


def events() -> Iterator[dict[str, Any]]:
    template = json.loads((ROOT / "tests" / "events" / "ask_with_claims.json").read_text())
    bodies: list[Any] = [
        {"question": QUESTION},
        {"question": QUESTION, "options": OPTIONS},
        {"question": [MARK]},
        {"question": QUESTION, MARK: MARK},
        f"{MARK} no JSON",
    ]
    for body in bodies:
        yield template | {"body": body if isinstance(body, str) else json.dumps(body)}


def test_neither_traces_nor_metrics_of_the_function_carry_text(system: RunningSystem, tmp_path: Path) -> None:
    # GIVEN X-Ray's daemon, which takes traces by UDP, and Lambda's variables
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(1)
        environment = {
            **{"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda'}"},
            **{"LAMBDA_TASK_ROOT": str(ROOT), "AWS_LAMBDA_FUNCTION_NAME": "medassist-api"},
            **{"AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}"},
            **system.cloud.ready["environment"],
            **system.settings.to_environment(),
        }
        # WHEN the handler answers questions and refuses what is none
        answers, told = run(PROGRAM, environment, [json.dumps(event) for event in events()])
        traces = "".join(received(daemon))
    # THEN traces, log lines and metrics are there, and none has any of the text
    statuses = [answer["statusCode"] for answer in answers]
    assert statuses == [200, 200, 400, 400, 400], answers
    assert "dynamodb" in traces.lower()
    assert '"answered"' in told
    assert "QuestionsQuoted" in told or "Questions" in told
    shown = set().union(*(shown_in(json.loads(answer["body"])) for answer in answers[:2]))
    assert_clean(traces + told, shown)
    for answer in answers[2:]:
        assert_clean(answer["body"], set())


def run(program: str, environment: dict[str, str], lines: list[str]) -> tuple[list[dict[str, Any]], str]:
    """Return what a program answered to lines on descriptor 3, and what else it wrote."""
    reading, writing = os.pipe()
    numbered = "".join(f"{number:02x} {line}\n" for number, line in enumerate(lines))
    found: list[str] = []
    with os.fdopen(reading) as answers:
        reader = threading.Thread(target=lambda: found.extend(answers))
        reader.start()
        done = subprocess.run(
            [sys.executable, "-c", program, str(writing)],
            input=numbered, text=True, env=environment, pass_fds=[writing], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        os.close(writing)
        reader.join()
    assert done.returncode == 0, done.stdout[-3000:]
    return [json.loads(line) for line in found], done.stdout


def received(daemon: socket.socket) -> Iterator[str]:
    """Yield what a socket has received."""
    while True:
        try:
            yield daemon.recv(65_536).decode()
        except TimeoutError:
            return
