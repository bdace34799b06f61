"""What keeps a slow or broken neighbour from becoming our own fault: deadlines, second attempts, circuit breakers.

Written here because it is small: what the libraries for it add (strategies, decorators, asyncio) would be imported in
every cold start of the function.
"""

import contextvars
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


def call_within(seconds: float, function: Callable[[], Result]) -> Result:
    """Call a function in a thread of its own and wait for it, but no longer than ``seconds``.

    The thread goes on if time is up; what it does should have time limits of its own, so that it ends.

    Raises
    ------
    TimeoutError
        If time is up.
    """
    answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            answers.put((context.run(function), None))
        except BaseException as error:  # handed over, whatever it is
            answers.put((None, error))

    threading.Thread(target=work, daemon=True, name="deadline").start()
    try:
        result, error = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    found: Result = result
    return found


def call_again(
    function: Callable[[], Result],
    on: type[Exception],
    *,
    attempts: int,
    pause_s: float,
    until: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Call a function until it works, ``attempts`` times at most.

    Between attempts lies a random pause of up to ``pause_s``, then up to twice that, and so on, so that many callers
    do not come back all at once ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
    2015).

    Parameters
    ----------
    function : callable
    on : type of exception
        What is worth another attempt.
    attempts : int
        The first included.
    pause_s : float
        Longest first pause, in seconds.
    until : float
        By ``clock``: no pause reaches beyond it.
    """
    for attempt in range(attempts):
        try:
            return function()
        except on:
            pause = random.uniform(0.0, pause_s * 2**attempt)
            if attempt + 1 == attempts or clock() + pause >= until:
                raise
            sleep(pause)
    raise ValueError(f"attempts is {attempts}, but must be 1 at least.")


class CircuitBreaker:
    """Leaves a neighbour alone that has failed several times in a row (Nygard, "Release It!", 2007).

    After ``failures`` in a row, calls are refused for ``pause_s``, give or take a quarter, so that many containers do
    not try again at once. Then one call is let through: if it works, all are again; if not, the next pause begins. Safe
    to use from several threads.

    Parameters
    ----------
    on : type of exception
        What counts as a failure; anything else shows that the neighbour is well.
    refuse : callable
        Makes the exception that refused callers get.
    failures : int
    pause_s : float
        Seconds.
    """

    def __init__(
        self,
        on: type[Exception],
        refuse: Callable[[], Exception],
        *,
        failures: int,
        pause_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on, self._refuse, self._failures, self._pause_s, self._clock = on, refuse, failures, pause_s, clock
        self._in_a_row = 0
        self._closed_until = 0.0  # while in the future, calls are refused
        self._lock = threading.Lock()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a call through, or refuse it; note how it ended."""
        if not self._lets_through():
            raise self._refuse()
        try:
            yield
        except self._on:
            self._note_failure()
            raise
        except Exception:
            self._note_success()
            raise
        self._note_success()

    def _lets_through(self) -> bool:
        with self._lock:
            if self._in_a_row < self._failures:
                return True
            if self._clock() < self._closed_until:
                return False
            self._closed_until = self._next_try()  # this call tries for all; the others wait another pause
            return True

    def _note_failure(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._failures:
                self._closed_until = self._next_try()

    def _note_success(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def _next_try(self) -> float:
        return self._clock() + self._pause_s * random.uniform(0.75, 1.25)
