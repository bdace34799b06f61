"""Requests that arrive together are answered together: a bounded queue in front of a model.

A batch is formed while the model is busy with the one before; when it is idle, the first request waits for a few
milliseconds for others. Who finds the queue full is told when to come back, who gives up frees its place, and who
comes while the queue is being closed is sent away. Threads and the standard library only.
"""

import json
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol

from medassist.errors import AbandonedError, BusyError, ConfigurationError, StoppingError
from medassist.model_requests import Request
from medassist.schemas import Generation

logger = logging.getLogger(__name__)

OnPiece = Callable[[int, str], bool]
MAX_RETRY_S = 60  # who is told to come back later than that had better ask another instance
_MEMORY = 0.8  # weight of the batches before in the measured rate


class Answering(Protocol):
    """What answers batches; :meth:`medassist.generation.Generator.respond` does."""

    def __call__(self, requests: Sequence[Request], on_piece: OnPiece | None = None) -> list[Generation]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests are taken, and how they are put together.

    Parameters
    ----------
    max_batch : int
        Requests that are answered at once; 1 answers each by itself.
    max_waiting : int
        Requests in the queue, beside those that are being answered; more are refused.
    window_s : float
        How long a request that finds the model idle waits for others, in seconds.
    workers : int
        Batches that are answered at the same time, each by a thread of its own.
    """

    max_batch: int = 8
    max_waiting: int = 64
    window_s: float = 0.003  # little beside an answer's tenths of a second, enough for what was sent at once
    workers: int = 1

    def __post_init__(self) -> None:
        for name, least in (("max_batch", 1), ("max_waiting", 1), ("window_s", 0), ("workers", 1)):
            if (value := getattr(self, name)) < least:
                raise ConfigurationError(f"{name} is {value}; use {least} or more.")


class Ticket:
    """A request in the queue: its pieces as they are written, and its answer."""

    def __init__(self, request: Request, stream: bool, leave: Callable[["Ticket"], None]) -> None:
        self.request, self.stream = request, stream
        self.arrived = time.monotonic()
        self.abandoned = False
        self.streamed = False
        self._leave = leave
        self._pieces: SimpleQueue[str | None] = SimpleQueue()
        self._answer: Future[Generation] = Future()

    def result(self) -> Generation:
        """Wait for the answer.

        Raises
        ------
        StoppingError
            If the queue was closed before it came.
        AbandonedError
            If :meth:`leave` was called.
        Exception
            Whatever the model raised.
        """
        return self._answer.result()

    def pieces(self) -> Iterator[str]:
        """Yield the pieces of a streamed answer as they are written, none where the model chooses.

        Raises as :meth:`result`.
        """
        while (piece := self._pieces.get()) is not None:
            yield piece
        self.result()

    def leave(self) -> None:
        """Give up: a waiting request leaves the queue, one that is being answered ends at its next token."""
        self._leave(self)

    def take(self, piece: str) -> bool:
        """Keep a piece for the reader; tell whether anybody still wants more."""
        if piece and self.stream:
            self.streamed = True
            self._pieces.put(piece)
        return not self.abandoned

    def settle(self, outcome: Generation | BaseException) -> None:
        """Set the answer or the error, once; what comes later is forgotten. The queue's lock is held."""
        if self._answer.done():
            return
        if isinstance(outcome, BaseException):
            self._answer.set_exception(outcome)
        else:
            self._answer.set_result(outcome)
        self._pieces.put(None)


class Batcher:
    """The queue, and the threads that answer from it.

    Parameters
    ----------
    respond : callable
        Answers a batch; see :class:`Answering`. With several workers it is called from several threads.
    limits : Limits
    alike : callable, optional
        Requests are answered in one batch only if this returns the same for them, so that nobody waits for another
        kind of computation; by default all are alike.
    """

    def __init__(
        self, respond: Answering, limits: Limits = Limits(), *, alike: Callable[[Request], Hashable] = lambda _: None
    ) -> None:
        self.limits = limits
        self._respond, self._alike = respond, alike
        self._waiting: deque[Ticket] = deque()
        self._running: set[Ticket] = set()
        self._changed = threading.Condition()
        self._closing = False
        self._rate = 0.0  # requests a second of one worker; 0 before the first batch
        self._refused = self._abandoned = 0
        for number in range(limits.workers):
            threading.Thread(target=self._work, name=f"batches-{number}", daemon=True).start()

    def submit(self, request: Request, *, stream: bool = False) -> Ticket:
        """Put a request into the queue; with ``stream``, its pieces can be read as they are written.

        Raises
        ------
        BusyError
            If as many requests are waiting as ``limits`` allow.
        StoppingError
            If the queue is being closed.
        """
        ticket = Ticket(request, stream, self._forget)
        with self._changed:
            if self._closing:
                raise StoppingError("The model is being stopped and takes no more requests; try again.", 1)
            if len(self._waiting) >= self.limits.max_waiting:
                self._refused += 1
                raise self._busy()
            self._waiting.append(ticket)
            self._changed.notify_all()
        return ticket

    def close(self, limit_s: float) -> bool:
        """Take no more requests, and wait until all others are answered.

        Parameters
        ----------
        limit_s : float
            Seconds after which those that are left get a StoppingError.

        Returns
        -------
        bool
            Whether all were answered.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._waiting and not self._running, limit_s)
            late = StoppingError(f"The model was stopped, and {limit_s:g} s were not enough to answer; ask again.", 1)
            for ticket in (*self._waiting, *self._running):
                ticket.abandoned = True
                ticket.settle(late)
            self._waiting.clear()
            self._changed.notify_all()
        return done

    def _busy(self) -> BusyError:
        """Say when there may be room: once half of what is waiting is answered, at the rate of the last batches."""
        rate = self._rate * self.limits.workers
        seconds = math.ceil(len(self._waiting) / 2 / rate) if rate else 1
        after = min(max(seconds, 1), MAX_RETRY_S)
        return BusyError(
            f"{len(self._waiting)} requests are waiting for the model, the limit is {self.limits.max_waiting}; try "
            f"again in {after} s.",
            after,
        )

    def _forget(self, ticket: Ticket) -> None:
        with self._changed:
            ticket.abandoned = True
            self._abandoned += ticket in self._running or ticket in self._waiting
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            ticket.settle(AbandonedError("The caller has left; nothing is answered."))
            self._changed.notify_all()

    def _work(self) -> None:
        while batch := self._next_batch():
            begun = time.monotonic()
            outcomes = self._answer(batch)
            self._note(batch, begun, time.monotonic())
            with self._changed:
                for ticket, outcome in zip(batch, outcomes, strict=True):
                    ticket.settle(outcome)
                    self._running.discard(ticket)
                self._changed.notify_all()

    def _next_batch(self) -> list[Ticket]:
        """Wait for requests and take those that are answered next; none once the queue is closed and empty."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return []
                if (left := self._window_left()) <= 0:
                    break
                self._changed.wait(left)
            kind = self._alike(self._waiting[0].request)
            batch = [ticket for ticket in self._waiting if self._alike(ticket.request) == kind]
            batch = batch[: self.limits.max_batch]
            for ticket in batch:
                self._waiting.remove(ticket)
            self._running.update(batch)
            return batch

    def _window_left(self) -> float:
        """Return how long the first request still waits for others."""
        if self._closing or len(self._waiting) >= self.limits.max_batch:
            return 0.0
        return self._waiting[0].arrived + self.limits.window_s - time.monotonic()

    def _answer(self, batch: list[Ticket]) -> Sequence[Generation | BaseException]:
        """Answer a batch; if that fails, each by itself, so that a request breaks nobody's answer but its own."""
        try:
            return self._respond([ticket.request for ticket in batch], lambda row, piece: batch[row].take(piece))
        except Exception as error:  # the model's; each caller gets its own
            if len(batch) == 1:
                return [error]
            logger.warning("a batch of %d failed (%s), each is tried alone", len(batch), type(error).__name__)
            lost = [ticket.abandoned or ticket.streamed for ticket in batch]  # a stream cannot begin anew
            return [error if gone else self._answer([ticket])[0] for ticket, gone in zip(batch, lost, strict=True)]

    def _note(self, batch: list[Ticket], begun: float, ended: float) -> None:
        """Keep the rate, and log numbers: none of them says what was asked."""
        seconds = max(ended - begun, 1e-6)
        with self._changed:
            rate = len(batch) / seconds
            self._rate = _MEMORY * self._rate + (1 - _MEMORY) * rate if self._rate else rate
            numbers = {
                "batch": len(batch),
                "waiting": len(self._waiting),
                "waited_ms": round(1000 * (begun - min(ticket.arrived for ticket in batch))),
                "took_ms": round(1000 * seconds),
                "refused": self._refused,
                "abandoned": self._abandoned,
            }
        logger.info("%s", json.dumps(numbers))
