"""Deadlines, second attempts and circuit breakers, with a clock that the test turns."""

import random
import threading
from collections.abc import Callable

import pytest

from medassist.errors import CircuitOpenError, EndpointError, InvalidRequestError, PassingEndpointError
from medassist.resilience import CircuitBreaker, call_again, call_within


class Clock:
    """Time that passes when it is told to, or slept away."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def failing(times: int, error: Exception, then: str = "done") -> Callable[[], str]:
    """Return a function that fails so many times, then works."""
    left = iter([error] * times)

    def work() -> str:
        for fault in left:
            raise fault
        return then

    return work


# --- deadlines ----------------------------------------------------------------------------------------------------


def test_what_is_in_time_is_returned_and_what_fails_is_raised() -> None:
    assert call_within(30, lambda: "done") == "done"
    with pytest.raises(InvalidRequestError, match="no"):
        call_within(30, failing(1, InvalidRequestError("no")))


def test_nobody_waits_for_what_never_ends() -> None:
    # GIVEN work that ends only when the test says so
    end = threading.Event()
    try:
        # WHEN it is given a moment, THEN the caller is free again, while it still goes on
        with pytest.raises(TimeoutError):
            call_within(0.05, end.wait)
        assert not end.is_set()
        # AND with no time left there is no waiting at all
        with pytest.raises(TimeoutError):
            call_within(-1.0, end.wait)
    finally:
        end.set()


# --- second attempts ----------------------------------------------------------------------------------------------


def test_a_passing_fault_is_tried_again_after_growing_random_pauses() -> None:
    # GIVEN what works at the fourth attempt, many times over
    random.seed(13)
    clocks = [Clock() for _ in range(200)]
    for clock in clocks:
        work = failing(3, PassingEndpointError("busy"))
        found = call_again(
            work, PassingEndpointError, attempts=4, pause_s=1.0, until=1e9, clock=clock, sleep=clock.sleep
        )
        assert found == "done"
    # THEN the pauses differ, lie within 1, 2 and 4 seconds, and use all of that room
    for number, longest in enumerate((1.0, 2.0, 4.0)):
        pauses = [clock.pauses[number] for clock in clocks]
        assert 0.9 * longest < max(pauses) <= longest
        assert min(pauses) < 0.1 * longest


def test_after_the_last_attempt_the_fault_is_raised() -> None:
    clock = Clock()
    with pytest.raises(PassingEndpointError, match="busy"):
        call_again(
            failing(9, PassingEndpointError("busy")),
            PassingEndpointError,
            attempts=3,
            pause_s=1.0,
            until=1e9,
            clock=clock,
            sleep=clock.sleep,
        )
    assert len(clock.pauses) == 2


def test_what_another_attempt_cannot_mend_is_raised_at_once() -> None:
    clock = Clock()
    with pytest.raises(EndpointError, match="missing"):
        call_again(
            failing(1, EndpointError("missing")),
            PassingEndpointError,
            attempts=3,
            pause_s=1.0,
            until=1e9,
            clock=clock,
            sleep=clock.sleep,
        )
    assert clock.pauses == []


def test_no_pause_reaches_beyond_the_deadline() -> None:
    # GIVEN two seconds in all, WHEN everything fails
    clock = Clock()
    with pytest.raises(PassingEndpointError):
        call_again(
            failing(99, PassingEndpointError("busy")),
            PassingEndpointError,
            attempts=99,
            pause_s=0.5,
            until=clock.now + 2.0,
            clock=clock,
            sleep=clock.sleep,
        )
    # THEN it was tried again, and given up in time
    assert clock.pauses
    assert clock.now < 102.0


# --- the circuit breaker ------------------------------------------------------------------------------------------


def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(EndpointError, lambda: CircuitOpenError("open"), failures=3, pause_s=8.0, clock=clock)


def call(circuit: CircuitBreaker, error: Exception | None = None) -> None:
    with circuit.guard():
        if error is not None:
            raise error


def break_it(circuit: CircuitBreaker, times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises(EndpointError, match="down"):
            call(circuit, EndpointError("down"))


def test_failures_in_a_row_open_it_and_others_do_not() -> None:
    clock = Clock()
    circuit = breaker(clock)
    # GIVEN two failures, a success, two failures, and a refusal that shows that the neighbour is well
    break_it(circuit, 2)
    call(circuit)
    break_it(circuit, 2)
    with pytest.raises(InvalidRequestError):
        call(circuit, InvalidRequestError("too long"))
    break_it(circuit, 2)
    # THEN calls go through; WHEN a third failure follows, THEN none does
    break_it(circuit, 1)
    for _ in range(5):
        with pytest.raises(CircuitOpenError):
            call(circuit)


def test_after_the_pause_one_call_tries_for_all() -> None:
    clock = Clock()
    circuit = breaker(clock)
    break_it(circuit)
    # GIVEN that the pause, give or take a quarter, is over
    clock.now += 5.9
    with pytest.raises(CircuitOpenError):
        call(circuit)
    clock.now += 4.2
    # WHEN one call is under way, THEN the others are still refused
    with circuit.guard(), pytest.raises(CircuitOpenError):
        call(circuit)
    # AND since it worked, all go through, and one new failure changes nothing
    break_it(circuit, 2)
    call(circuit)


def test_a_trial_that_fails_begins_the_next_pause() -> None:
    clock = Clock()
    circuit = breaker(clock)
    break_it(circuit)
    clock.now += 10.1
    break_it(circuit, 1)
    with pytest.raises(CircuitOpenError):
        call(circuit)
    clock.now += 10.1
    call(circuit)
