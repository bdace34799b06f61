"""The queue in front of the model: what is answered together, who is refused, who leaves, how it ends."""

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pytest

from medassist.batching import Batcher, Limits, OnPiece, Ticket
from medassist.errors import AbandonedError, BusyError, ConfigurationError, InvalidRequestError, StoppingError
from medassist.model_requests import Request
from medassist.schemas import Generation

WAIT_S = 10  # longest wait for what must happen; nothing is timed


class Model:
    """Answers in capitals, word by word, as slowly as the test wants: each word waits for :meth:`go`."""

    def __init__(self) -> None:
        self.begun: SimpleQueue[list[str]] = SimpleQueue()
        self.words = threading.Semaphore(0)
        self.ended: list[str] = []

    def go(self, words: int = 1000) -> None:
        self.words.release(words)

    def respond(self, requests: Any, on_piece: OnPiece | None = None) -> list[Generation]:
        assert on_piece is not None
        self.begun.put([request.question for request in requests])
        texts = [request.question.upper().split() for request in requests]
        going = set(range(len(texts)))
        for number in range(max(map(len, texts))):
            assert self.words.acquire(timeout=WAIT_S)
            for row in sorted(going):
                if texts[row][number] == "BREAK":
                    raise ValueError("this one breaks")
                if not on_piece(row, f"{texts[row][number]} ") or number + 1 == len(texts[row]):
                    going.discard(row)
                    self.ended.append(f"{requests[row].question} {number + 1}")
            if not going:
                break
        return [Generation(" ".join(words), "model") for words in texts]


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.go()


def batcher(model: Model, **limits: Any) -> Batcher:
    return Batcher(model.respond, Limits(**{"window_s": 0.0, **limits}))


def ask(queue: Batcher, *questions: str) -> list[Ticket]:
    return [queue.submit(Request(question)) for question in questions]


def text(ticket: Ticket) -> str:
    return ticket.result().text


def test_what_waits_while_the_model_is_busy_is_one_batch(model: Model) -> None:
    # GIVEN a model that is busy with a first request
    queue = batcher(model, max_batch=3)
    (first,) = ask(queue, "a")
    assert model.begun.get(timeout=WAIT_S) == ["a"]
    # WHEN five more come meanwhile
    others = ask(queue, "b", "c", "d", "e", "f")
    model.go()
    # THEN they are answered in order, as many at once as are allowed, each with its own answer
    assert [text(ticket) for ticket in (first, *others)] == ["A", "B", "C", "D", "E", "F"]
    assert model.begun.get(timeout=WAIT_S) == ["b", "c", "d"]
    assert model.begun.get(timeout=WAIT_S) == ["e", "f"]


def test_an_idle_model_waits_a_moment_for_what_comes_together(model: Model) -> None:
    # GIVEN a window that is longer than this test
    model.go()
    queue = batcher(model, max_batch=2, window_s=60.0)
    # WHEN as many come as a batch holds THEN nobody waits for the window's end
    assert [text(ticket) for ticket in ask(queue, "a", "b")] == ["A", "B"]
    assert model.begun.get(timeout=WAIT_S) == ["a", "b"]


def test_different_work_is_not_mixed(model: Model) -> None:
    queue = Batcher(model.respond, Limits(window_s=0.0), alike=lambda request: request.task)
    ask(queue, "first")
    assert model.begun.get(timeout=WAIT_S) == ["first"]
    for question, task in (("a", "answer"), ("b", "judge"), ("c", "answer")):
        queue.submit(Request(question, task=task))
    model.go()
    assert model.begun.get(timeout=WAIT_S) == ["a", "c"]
    assert model.begun.get(timeout=WAIT_S) == ["b"]


def test_a_full_queue_says_when_to_come_back(model: Model) -> None:
    # GIVEN a queue of two, and a model that is busy
    queue = batcher(model, max_waiting=2)
    ask(queue, "a")
    model.begun.get(timeout=WAIT_S)
    waiting = ask(queue, "b", "c")
    # WHEN another comes THEN it is refused, with the limit and a time
    with pytest.raises(
        BusyError, match=r"2 requests are waiting for the model, the limit is 2; try again in 1 s"
    ) as full:
        ask(queue, "d")
    assert full.value.retry_after_s == 1
    # AND there is room once somebody gives up
    waiting[0].leave()
    (late,) = ask(queue, "d")
    model.go()
    assert text(late) == "D"
    with pytest.raises(AbandonedError):
        waiting[0].result()
    assert model.begun.get(timeout=WAIT_S) == ["c", "d"]


def test_the_time_to_come_back_follows_from_the_measured_rate(model: Model) -> None:
    queue = batcher(model, max_waiting=100)
    queue._rate = 10.0  # answered a second, as measured
    ask(queue, "first")
    model.begun.get(timeout=WAIT_S)
    ask(queue, *map(str, range(100)))
    with pytest.raises(BusyError) as full:
        ask(queue, "too many")
    assert full.value.retry_after_s == 5  # half of a hundred, ten a second


def test_who_leaves_a_running_batch_ends_at_its_next_word(model: Model) -> None:
    # GIVEN two streams of one batch, each with its first word
    queue = batcher(model, max_batch=2, window_s=60.0)
    leaver, stayer = (queue.submit(Request(question), stream=True) for question in ("a b c d", "e f g h"))
    streams = [ticket.pieces() for ticket in (leaver, stayer)]
    model.go(1)
    assert [next(stream) for stream in streams] == ["A ", "E "]
    # WHEN one gives up
    leaver.leave()
    model.go()
    # THEN its row ends at the next word, and the other one goes on to its end
    assert list(streams[1]) == ["F ", "G ", "H "]
    assert text(stayer) == "E F G H"
    assert model.ended == ["a b c d 2", "e f g h 4"]
    with pytest.raises(AbandonedError):
        list(streams[0])


def test_a_request_that_breaks_the_model_breaks_no_other(model: Model) -> None:
    # GIVEN a batch in which one request makes the model fail
    model.go()
    queue = batcher(model, max_batch=3, window_s=60.0)
    good, bad, also_good = ask(queue, "a", "break", "c")
    # THEN the others are answered, and the queue goes on
    assert [text(good), text(also_good)] == ["A", "C"]
    with pytest.raises(ValueError, match="this one breaks"):
        bad.result()
    assert model.begun.get(timeout=WAIT_S) == ["a", "break", "c"]


def test_a_stream_that_has_begun_is_not_begun_anew(model: Model) -> None:
    model.go()
    queue = batcher(model, max_batch=2, window_s=60.0)
    stream = queue.submit(Request("a b c"), stream=True)
    ask(queue, "d break")
    pieces = stream.pieces()
    assert [next(pieces), next(pieces)] == ["A ", "B "]
    with pytest.raises(ValueError, match="this one breaks"):
        next(pieces)


def test_closing_answers_what_is_there_and_takes_nothing_more(model: Model) -> None:
    queue = batcher(model, max_batch=1)
    tickets = ask(queue, "a", "b")
    model.begun.get(timeout=WAIT_S)
    with ThreadPoolExecutor() as pool:
        # WHEN it is closed while one runs and one waits
        closing = pool.submit(queue.close, WAIT_S)
        while not queue._closing:
            pass
        # THEN a third is sent away, and both are answered
        with pytest.raises(StoppingError, match="takes no more requests"):
            ask(queue, "c")
        model.go()
        assert [text(ticket) for ticket in tickets] == ["A", "B"]
        assert closing.result()


def test_what_is_not_answered_in_time_is_told_so(model: Model) -> None:
    queue = batcher(model, max_batch=1)
    running, waiting = ask(queue, "a b", "c")
    model.begun.get(timeout=WAIT_S)
    assert not queue.close(0.0)
    for ticket in (running, waiting):
        with pytest.raises(StoppingError, match="not enough to answer; ask again"):
            ticket.result()


def test_numbers_alone_are_logged(model: Model, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "medassist.batching"):
        model.go()
        queue = batcher(model, max_batch=2, window_s=60.0)
        for ticket in ask(queue, "secret", "question"):
            text(ticket)
    told = [json.loads(message) for message in caplog.messages]  # another test's queue may have one too
    assert 2 in [numbers["batch"] for numbers in told]
    for numbers in told:
        assert set(numbers) == {"batch", "waiting", "waited_ms", "took_ms", "refused", "abandoned"}
        assert all(isinstance(value, int) for value in numbers.values())


def test_two_workers_answer_two_batches_at_once(model: Model) -> None:
    queue = batcher(model, max_batch=1, workers=2)
    tickets = ask(queue, "a", "b")
    assert {model.begun.get(timeout=WAIT_S)[0] for _ in tickets} == {"a", "b"}  # before either has ended
    model.go()
    assert [text(ticket) for ticket in tickets] == ["A", "B"]


@pytest.mark.parametrize("wrong", [{"max_batch": 0}, {"max_waiting": 0}, {"window_s": -1.0}, {"workers": 0}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"is (0|-1\.0); use [01] or more"):
        Limits(**wrong)


def test_an_error_of_the_model_reaches_its_caller(model: Model) -> None:
    def refuse(requests: Any, on_piece: OnPiece | None = None) -> list[Generation]:
        raise InvalidRequestError("too long")

    ticket = Batcher(refuse, Limits(window_s=0.0)).submit(Request("a"))
    with pytest.raises(InvalidRequestError, match="too long"):
        list(ticket.pieces())
