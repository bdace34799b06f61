"""The endpoint's server: a real process with a real package, asked over HTTP by many at once.

A batch waits as long as the file "hold" is there, or until it is let through, and the log tells what has come and gone:
so the tests know who waits for whom, and none of them sleeps and hopes.
"""

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from server_process import SERVER, ServerProcess

from medassist import model_packages
from medassist.model_settings import ModelSettings

pytestmark = pytest.mark.integration

PASSAGES = [{"title": "Soil", "text": "Soil is brown earth."}, {"title": "fern", "text": "fern is a green plant."}]
OPTIONS = {"A": "a green plant", "B": "brown earth"}
WAITING = 3  # places in the queue of the server under test

# The package's own functions, made observable.
GATE = """
import json, sys, time
from pathlib import Path
import served
from served import *
from medassist.batching import Batcher
from medassist.generation import Generator

hold, let_through = Path(__file__).with_name("hold"), Path(__file__).with_name("let-through")
respond, submit, forget = Generator.respond, Batcher.submit, Batcher._forget

def say(**numbers):
    sys.stdout.write(json.dumps(numbers) + "\\n")  # at once: print writes the line's end by itself
    sys.stdout.flush()

def held(self, requests, on_piece=None):
    say(begun=len(requests))
    while hold.exists() and not let_through.exists():
        time.sleep(0.005)
    let_through.unlink(missing_ok=True)
    answers = respond(self, requests, on_piece)
    say(tokens=[answer.output_tokens for answer in answers])
    return answers

def told(self, request, **more):
    ticket = submit(self, request, **more)
    say(queued=1)
    return ticket

def forgotten(self, ticket):
    forget(self, ticket)
    say(left=1)

Generator.respond, Batcher.submit, Batcher._forget = held, told, forgotten
"""


class Gated(ServerProcess):
    """A server whose batches can be held."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._hold = folder / "code" / "hold"
        super().__init__(folder, *arguments, **environment)

    def hold(self) -> None:
        self._hold.touch()

    def let_one_through(self) -> None:
        self._hold.with_name("let-through").touch()

    def release(self) -> None:
        self._hold.unlink(missing_ok=True)

    def numbers(self, key: str) -> list[Any]:
        """Return what the log's lines say under ``key``."""
        found = (json.loads(line[line.index("{") :]) for line in list(self.lines) if f'"{key}":' in line)
        return [numbers[key] for numbers in found]

    def wait_for_count(self, key: str, count: int) -> None:
        self.wait_for(lambda line: f'"{key}":' in line, count)


@pytest.fixture(scope="module")
def package_folder(model_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = model_packages.unpack_package(model_package, tmp_path_factory.mktemp("server") / "model")
    (folder / "code" / "inference.py").rename(folder / "code" / "served.py")
    (folder / "code" / "inference.py").write_text(GATE)
    return folder


@pytest.fixture(scope="module")
def running(package_folder: Path) -> Iterator[Gated]:
    server = Gated(package_folder, MEDASSIST_MAX_WAITING=str(WAITING), MEDASSIST_MAX_BATCH="8")
    server.wait_until_healthy()
    yield server
    server.close()


@pytest.fixture
def server(running: Gated) -> Iterator[Gated]:
    """The server with an empty log, which lets go at the end whatever happens."""
    running.lines.clear()
    yield running
    running.release()


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def occupy(server: Gated, callers: ThreadPoolExecutor) -> "Future[Any]":
    """Hold the model with a request of its own, so that what comes next waits in the queue."""
    server.hold()
    busy = callers.submit(server.post, question="What is fern?", passages=PASSAGES, max_new_tokens=3)
    server.wait_for_count("begun", 1)
    return busy


def question(plant: str, **more: Any) -> dict[str, Any]:
    return {"question": f"What is {plant}?", "passages": PASSAGES, "max_new_tokens": 12, **more}


def test_all_three_tasks_are_answered(server: Gated, package_folder: Path) -> None:
    status, headers, answer = server.post(**question("fern"))
    assert (status, headers["content-type"]) == (200, "application/json")
    assert answer["output_tokens"] > 0
    assert answer["use_baseline"] is ("answer" in ModelSettings.read(package_folder).baseline_tasks)
    chosen, judged = (
        server.post(**question("fern", options=OPTIONS))[2],
        server.post(**question("fern", task="judge"))[2],
    )
    assert set(chosen["probabilities"]) == {"A", "B"}
    assert chosen["text"] == OPTIONS[chosen["choice"]]
    assert set(judged["probabilities"]) == {"yes", "no", "maybe"}


def test_a_batch_answers_as_each_would_be_alone(server: Gated, callers: ThreadPoolExecutor) -> None:
    # GIVEN the answers of three requests, one after the other
    requests = [question("fern"), question("moss", max_new_tokens=5), question("oak", max_new_tokens=30)]
    alone = [server.post(**request)[2] for request in requests]
    server.lines.clear()
    # WHEN they come while the model is busy
    busy = occupy(server, callers)
    together = [callers.submit(server.post, **request) for request in requests]
    server.wait_for_count("queued", 4)
    server.release()
    # THEN they are one batch, with the same answers
    assert [future.result()[2] for future in together] == alone
    assert server.numbers("batch") == [1, 3]
    assert busy.result()[0] == 200


def test_choices_are_a_batch_of_their_own(server: Gated, callers: ThreadPoolExecutor) -> None:
    requests = [question("fern", options=OPTIONS), question("fern"), question("fern", task="judge")]
    alone = [server.post(**request)[2] for request in requests]
    server.lines.clear()
    occupy(server, callers)
    together = [callers.submit(server.post, **request) for request in requests]
    server.wait_for_count("queued", 4)
    server.release()
    for future, expected in zip(together, alone, strict=True):
        answer = future.result()[2]
        assert answer["text"] == expected["text"]
        assert answer["probabilities"] == pytest.approx(expected["probabilities"], rel=1e-4)
    assert sorted(server.numbers("batch")) == [1, 1, 2]


def test_a_stream_comes_in_parts_from_within_a_batch(server: Gated, callers: ThreadPoolExecutor) -> None:
    # GIVEN a stream and a plain request in one batch
    plain = server.post(**question("fern", max_new_tokens=20))[2]["text"]
    server.lines.clear()
    occupy(server, callers)
    streamed = callers.submit(server.post, **question("fern", max_new_tokens=20, stream=True))
    other = callers.submit(server.post, **question("fern", max_new_tokens=20))
    server.wait_for_count("queued", 3)
    server.release()
    # THEN the stream has the plain answer's words, piece by piece
    lines = [json.loads(line) for line in streamed.result()[2].splitlines()]
    assert "".join(line["token"] for line in lines[:-1]) == plain == other.result()[2]["text"]
    assert len(lines) > 2
    assert lines[-1]["done"] is True
    assert server.numbers("batch")[-1] == 2


def test_a_stream_of_a_choice_is_one_part(server: Gated) -> None:
    answer = server.post(**question("fern", options=OPTIONS, stream=True))[2]
    assert json.loads(answer)["choice"] in OPTIONS


def test_a_full_queue_is_a_429_with_the_time_to_come_back(server: Gated, callers: ThreadPoolExecutor) -> None:
    # GIVEN a busy model and a full queue
    busy = occupy(server, callers)
    waiting = [callers.submit(server.post, **question("moss")) for _ in range(WAITING)]
    server.wait_for_count("queued", 1 + WAITING)
    # WHEN more come, plain and as streams
    for more in ({}, {"stream": True}):
        status, headers, answer = server.post(**question("oak", **more))
        # THEN they are told when to come back, and the others are answered
        assert status == 429
        assert int(headers["retry-after"]) >= 1
        assert "3 requests are waiting for the model, the limit is 3; try again in" in answer["error"]
    server.release()
    assert {future.result()[0] for future in (busy, *waiting)} == {200}
    assert server.numbers("refused")[-1] == 2


def test_a_caller_who_leaves_frees_its_place_in_the_queue(server: Gated, callers: ThreadPoolExecutor) -> None:
    occupy(server, callers)
    leavers = [server.begin(**question("moss")) for _ in range(WAITING)]
    server.wait_for_count("queued", 1 + WAITING)
    assert server.post(**question("oak"))[0] == 429
    # WHEN those who wait hang up THEN there is room, and their requests are never computed
    for leaver in leavers:
        leaver.close()
    server.wait_for_count("left", WAITING)
    late = callers.submit(server.post, **question("oak"))
    server.wait_for_count("queued", 2 + WAITING)
    server.release()
    assert late.result()[0] == 200
    assert server.numbers("begun") == [1, 1]


def test_a_caller_who_leaves_a_running_batch_ends_its_row(server: Gated, callers: ThreadPoolExecutor) -> None:
    # GIVEN a batch that has begun: of a stream, of one who will leave, and of one who will stay
    whole = server.post(**question("fern", max_new_tokens=20))[2]
    server.lines.clear()
    occupy(server, callers)
    leavers = [server.begin(**question("fern", max_new_tokens=20, stream=stream)) for stream in (True, False)]
    server.wait_for_count("queued", 3)
    stayer = callers.submit(server.post, **question("fern", max_new_tokens=20))
    server.wait_for_count("queued", 4)
    server.let_one_through()
    server.wait_for_count("begun", 2)
    # WHEN two hang up THEN their rows end at the first token, and the third has its whole answer
    for leaver in leavers:
        leaver.close()
    server.wait_for_count("left", 2)
    server.release()
    assert stayer.result()[2] == whole
    server.wait_for_count("tokens", 2)
    assert server.numbers("tokens")[-1] == [1, 1, whole["output_tokens"]]
    assert server.numbers("abandoned")[-1] - server.numbers("abandoned")[0] == 2


LONG = "What is this very long question about, and why? " * 80


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        ({"question": " "}, 400, "question is empty"),
        (b'{"question": "\\ud800"}', 400, "holds a broken character; send it again as valid Unicode"),
        ({"question": LONG[:3_999]}, 400, r"question and its options have \d+ tokens, the limit is \d+; shorten"),
        ({"question": "x" * 4_001}, 400, "4001 characters, the limit is 4000; shorten it"),
        ({"question": "x", "max_new_tokens": 257}, 400, "max_new_tokens is 257; send a whole number from 1 to 256"),
        ({"question": "x", "beams": 9}, 400, "beams is 9; send a whole number from 1 to 8"),
        ({"question": "x", "passages": PASSAGES * 11}, 400, "22 passages, the limit is 20; send fewer"),
        ({"question": "x", "task": "diagnose"}, 400, "task is 'diagnose'; send answer, choose, judge"),
        ({"question": "x", "task": "judge", "options": OPTIONS}, 400, "Options go with the task choose"),
        ({"question": "x", "task": "choose"}, 400, "choose needs options"),
        ({"question": "x", "stream": "yes"}, 400, "stream must be true or false"),
        ({"question": "x", "padding": "x" * 1_048_577}, 413, "bytes, the limit is 1048576; send fewer or shorter"),
        (b"x" * 6_291_457, 413, "more than 6291456 bytes"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_one_sentence(server: Gated, body: Any, status: int, said: str) -> None:
    got, _, answer = server.ask("POST", "/invocations", body)
    assert got == status
    assert set(answer) == {"error"}
    assert re.search(said, answer["error"])
    # AND it never was in the queue, nor does the log know what was asked
    assert server.numbers("queued") == []
    assert not any("very long question" in line for line in server.lines)


def test_other_types_and_routes_are_refused(server: Gated) -> None:
    assert server.ask("POST", "/invocations", b"a,b", "text/csv")[2] == {
        "error": "The content type is text/csv; send application/json."
    }
    assert server.ask("GET", "/invocations")[0] == server.ask("GET", "/")[0] == 404


def test_a_server_is_healthy_once_it_has_warmed_up_and_finishes_its_work_when_told_to_stop(
    package_folder: Path, callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    # GIVEN a server that cannot finish its warm-up
    folder = shutil.copytree(package_folder, tmp_path / "model")
    (folder / "code" / "hold").touch()
    server = Gated(folder, MEDASSIST_MAX_BATCH="1")
    try:
        server.wait_for_count("begun", 1)
        # THEN it is not healthy and takes nothing
        assert server.ask("GET", "/ping")[0] == 503
        status, headers, answer = server.post(**question("fern"))
        assert (status, headers["retry-after"]) == (503, "2")
        assert "still being loaded" in answer["error"]
        server.release()
        server.wait_until_healthy()

        # WHEN it is told to stop while one request runs and another waits
        server.lines.clear()
        busy = occupy(server, callers)
        waiting = callers.submit(server.post, **question("moss"))
        server.wait_for_count("queued", 2)
        server.terminate()
        while server.ask("GET", "/ping")[0] == 200:
            pass
        # THEN it takes no new one, but answers both, and ends well
        status, headers, answer = server.post(**question("oak"))
        assert (status, headers["retry-after"]) == (503, "2")
        assert "being stopped" in answer["error"]
        server.release()
        assert [future.result()[0] for future in (busy, waiting)] == [200, 200]
        assert server.wait() == 0
    finally:
        server.close()


@pytest.mark.parametrize(("setting", "example"), [("MEDASSIST_MAX_BATCH", 8), ("MEDASSIST_THREADS", 0)])
def test_a_setting_that_is_no_number_ends_the_server_with_a_sentence(
    package_folder: Path, setting: str, example: int
) -> None:
    server = Gated(package_folder, **{setting: "many"})
    assert server.wait() == 1
    server.wait_for(lambda line: f"{setting} is 'many'; use a number, such as {example}" in line)


def test_what_is_not_answered_in_time_is_told_so(
    package_folder: Path, callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    # GIVEN a server that may take no time to stop, and a model that is stuck
    folder = shutil.copytree(package_folder, tmp_path / "model")
    server = Gated(folder, "--drain", "0")
    try:
        server.wait_until_healthy()
        server.lines.clear()
        busy = occupy(server, callers)
        stream = callers.submit(server.post, **question("soil", stream=True))
        server.wait_for_count("queued", 2)
        server.terminate()
        for future in (busy, stream):
            status, headers, answer = future.result()
            assert (status, headers["retry-after"]) == (503, "1")
            assert "0 s were not enough to answer; ask again" in answer["error"]
        assert server.wait() == 0
    finally:
        server.close()


def test_the_image_is_built_from_files_that_are_there_and_pinned() -> None:
    # GIVEN the recipe of our own image and the list of what the build may see
    root = SERVER.parents[2]
    recipe = (SERVER.parent / "Dockerfile").read_text().splitlines()
    sources = [name for line in recipe if line.startswith("COPY ") for name in line.split()[1:-1]]
    seen = (SERVER.parent / "Dockerfile.dockerignore").read_text().splitlines()
    # THEN it copies what is there and seen, the server among it, and installs pinned versions alone
    assert str(SERVER.relative_to(root)) in sources
    assert all((root / name).is_file() and f"!{name}" in seen for name in sources)
    pinned = {line.partition("==")[0] for line in (root / "constraints.txt").read_text().splitlines()}
    wanted = (SERVER.parent / "requirements.txt").read_text().splitlines()
    assert {re.split("[<>=]", line)[0] for line in wanted if not line.startswith("#")} | {"uvicorn"} <= pinned
