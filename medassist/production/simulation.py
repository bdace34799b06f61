"""A day of questions against the stack's limits and scaling policies: discrete events, with simpy.

A question passes API Gateway's throttle, takes an environment of the function, reads passages, asks the model, grounds,
and is recorded in DynamoDB. Stage times are drawn from measured questions, each with all of its stages; limits and
policies come from the template (:class:`medassist.production.scaling.Policies`); what AWS neither documents nor lets us
measure stands in :class:`Assumptions`.
"""

import itertools
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from medassist.config import Settings
from medassist.errors import ConfigurationError
from medassist.production import costs
from medassist.production.load_test import Measurements
from medassist.production.scaling import Policies, TokenBucket, Tracker

Floats = NDArray[np.float64]
MINUTE = 60.0


class Outcome(IntEnum):
    """What became of a question. Up to MODEL_SLOW the person got an answer to read, written or quoted."""

    WRITTEN = 0  # the model was asked and answered
    UNASKED = 1  # urgent, or no passage was close: answered without the model as it should be
    MODEL_FULL = 2  # answered by quotation: the endpoint refused the call
    MODEL_SLOW = 3  # answered by quotation: the model did not answer in time
    API_THROTTLED = 4  # 429 of API Gateway
    FUNCTION_THROTTLED = 5  # no environment was to be had
    TIMED_OUT = 6  # nobody was waiting any more


CAUSES = {
    Outcome.API_THROTTLED: "API Gateway's throttle",
    Outcome.FUNCTION_THROTTLED: "the function's concurrency",
    Outcome.MODEL_FULL: "the model refuses",
    Outcome.MODEL_SLOW: "the model is too slow",
    Outcome.TIMED_OUT: "time-out",
}
NOT_STORED = "DynamoDB's write capacity"
SLOW = "slow answers"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is neither in the template nor measured, each with its reason."""

    account_concurrency: int = 1000  # Lambda's default quota; a new account may have 10
    starts_a_second: float = 100.0  # 1,000 new environments in 10 s: lambda/latest/dg/scaling-behavior.html
    start_s: float = 1.3  # a fresh environment; replaced by the measured init time
    restore_s: float = 0.8  # SnapStart: "as low as sub-second" (lambda/latest/dg/snapstart.html); not measurable here
    idle_s: float = 600.0  # how long an idle environment is kept; not documented, minutes in practice
    provision_s: float = 120.0  # "a minute or two" until provisioned environments are there (Lambda's guide)
    model_workers: int = 4  # of an ml.m5.xlarge: one a processor, as the container's server does by default
    model_queue: int = 100  # requests that may wait at an instance; the container's server refuses more
    least_outstanding: bool = False  # SageMaker routes at random unless told otherwise
    instance_start_s: float = 300.0  # an instance with container and model; minutes
    serverless_start_s: float = 15.0  # a serverless container with its model; longer than the function waits
    serverless_idle_s: float = 300.0  # how long an idle container is kept; not documented
    model_timeout_s: float = Settings().endpoint_timeout_s  # after that the function quotes
    gateway_timeout_s: float = 29.0  # of a REST API's integration
    put_s: float = 0.01  # DynamoDB: "single-digit milliseconds", and the way there
    on_demand_writes: float = 4000.0  # a second, of a new table: on-demand-capacity-mode.html
    burst_s: float = 300.0  # unused write capacity that DynamoDB keeps: burst-adaptive-capacity.html
    cores: int = 0  # processors that all parts share; 0: each has its own, as on AWS


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Measured questions, in seconds; row by row they belong together."""

    search: Floats  # before the model: retrieval and the handler's own work
    model: Floats  # 0: not asked
    ground: Floats  # after it
    write_units: int

    @classmethod
    def from_measurements(cls, found: Measurements) -> "ServiceTimes":
        """Take the times of the handler, each question alone."""
        rows = [(each.retrieve + each.own, each.generate, each.ground) for each in found.timings]
        search, model, ground = np.array(rows).T / 1000
        item = float(np.mean([each.item_bytes for each in found.timings]))
        return cls(search, model, ground, costs.write_units(item))

    @classmethod
    def constant(cls, *, search: float = 0.0, model: float = 0.0, ground: float = 0.0, write_units: int = 1) -> Self:
        """Return one question for all: for cases that can be worked out by hand."""
        return cls(np.array([search]), np.array([model]), np.array([ground]), write_units)

    @property
    def model_share(self) -> float:
        """Share of the questions that reach the model."""
        return float(np.mean(self.model > 0))

    @property
    def handler_s(self) -> float:
        """Mean time of a question in the function."""
        return float(np.mean(self.search + self.model + self.ground))


@dataclass(slots=True)
class Series:
    """What was so minute by minute; each list has one value a minute."""

    concurrency: list[int] = field(default_factory=list)  # the minute's most
    provisioned: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # environments started or restored
    instances: list[int] = field(default_factory=list)  # in service
    wanted_instances: list[int] = field(default_factory=list)
    model_busy: list[float] = field(default_factory=list)  # share of the workers' time
    write_capacity: list[float] = field(default_factory=list)
    on_demand_s: list[float] = field(default_factory=list)  # the function's time outside of provisioned concurrency
    provisioned_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What a simulation has found."""

    policies: Policies
    arrival: Floats  # (questions,) s
    latency: Floats  # (questions,) s until the answer or the refusal
    outcome: NDArray[np.int8]  # (questions,)
    stored: NDArray[np.bool_]  # (questions,) False: answered, but DynamoDB did not take the record
    series: Series

    @property
    def minutes(self) -> int:
        """Length of the simulation."""
        return len(self.series.concurrency)

    def counts(self) -> dict[str, int]:
        """Return how many questions came to which outcome; they add up to all that arrived."""
        return {outcome.name.lower(): int(np.sum(self.outcome == outcome)) for outcome in Outcome}

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Which questions got an answer."""
        return self.outcome <= Outcome.MODEL_SLOW

    def latency_by_minute(self, percent: float, *, window: int = 1) -> Floats:
        """Return a percentile of the answers' latency by the minute of arrival, or by windows of some minutes.

        Each minute has its window's value; NaN where nothing was answered.
        """
        found = np.full(self.minutes, np.nan)
        arrived, latency = self.arrival[self.answered], self.latency[self.answered]
        starts = np.arange(0, self.minutes + window, window)
        for start, (low, high) in zip(
            starts, itertools.pairwise(np.searchsorted(arrived, starts * MINUTE)), strict=False
        ):
            if high > low:
                found[start : start + window] = np.percentile(latency[low:high], percent)
        return found

    def by_minute(self, chosen: NDArray[np.bool_]) -> Floats:
        """Count questions by the minute of their arrival."""
        minutes = np.arange(self.minutes + 1) * MINUTE
        return np.histogram(self.arrival[chosen], bins=minutes)[0].astype(float)

    def failures_by_cause(self) -> dict[str, Floats]:
        """Return the failures of each minute by their cause, those that occurred at all."""
        found = {cause: self.by_minute(self.outcome == outcome) for outcome, cause in CAUSES.items()}
        found[NOT_STORED] = self.by_minute(~self.stored)
        return {cause: counts for cause, counts in found.items() if counts.any()}

    def capacities(self, times: ServiceTimes) -> dict[str, Floats]:
        """Return, by the minute, how many questions a second each part is set to bear at its policy's target."""
        policies, found = self.policies, {}
        if policies.model:
            a_second = policies.model.target / MINUTE / times.model_share
            found["endpoint's instances"] = np.array(self.series.instances) * a_second
        if policies.function:
            a_second = policies.function.target / times.handler_s
            found["provisioned concurrency"] = np.array(self.series.provisioned) * a_second
        if policies.writes:
            a_second = policies.writes.target / 100 / times.write_units
            found["DynamoDB's writes"] = np.array(self.series.write_capacity) * a_second
        return found

    def first_break(self, *, share: float = 0.01, least: int = 10) -> tuple[str, int] | None:
        """Return what failed first, and in which minute: more than ``share`` of its questions, and ``least`` of them.

        Slow answers count if the 95th percentile is above the preset's own alarm for three minutes, as the alarm would
        have it. None if everything held.
        """
        asked = np.maximum(1.0, self.by_minute(np.ones(len(self.arrival), dtype=bool)))
        failures = self.failures_by_cause()
        causes = {cause: (counts > share * asked) & (counts >= least) for cause, counts in failures.items()}
        slow = np.nan_to_num(self.latency_by_minute(95)) > self.policies.sizes["LatencyAlarm"] / 1000
        causes[SLOW] = slow & np.roll(slow, 1) & np.roll(slow, 2) & (np.arange(self.minutes) >= 2)
        firsts = [(int(np.argmax(broken)), cause) for cause, broken in causes.items() if broken.any()]
        if not firsts:
            return None
        minute, cause = min(firsts)
        return cause, minute


# ---- Arrivals -----------------------------------------------------------------------------------------------------


def poisson(rates: Sequence[float] | Floats, seed: int) -> Floats:
    """Return arrival times, in seconds, of a Poisson process whose rate a second changes from minute to minute.

    Exact for rates that are constant within a minute: the count is Poisson, the times are uniform.
    """
    draw = np.random.default_rng(seed)
    counts = draw.poisson(np.asarray(rates, dtype=float) * MINUTE)
    starts = np.repeat(np.arange(len(counts)) * MINUTE, counts)
    times: Floats = np.sort(starts + draw.uniform(0.0, MINUTE, len(starts)))
    return times


def day(questions: float, *, burst_at_hour: float = 14.0, burst_minutes: float = 20.0, burst: float = 10.0) -> Floats:
    """Return a day's rates a second by the minute: the price estimate's daily curve, and a burst on top of it.

    Parameters
    ----------
    questions : float
        A day, the burst left out.
    burst_at_hour, burst_minutes
        When the burst begins and how long it lasts.
    burst : float
        How many times the day's average rate is asked then.
    """
    hours = np.arange(24 * 60) / 60
    curve = np.array(costs.DAY_CURVE, dtype=float)
    # From the middle of one hour to the middle of the next the rate changes evenly.
    rates: Floats = np.interp(hours, np.arange(-1, 25) + 0.5, np.concatenate([curve[-1:], curve, curve[:1]]))
    rates *= questions / 86_400 / rates.mean()
    rates[(hours >= burst_at_hour) & (hours < burst_at_hour + burst_minutes / 60)] = burst * questions / 86_400
    return rates


def jump(rate: float, *, before: int = 20, during: int = 30, after: int = 20, factor: float = 10.0) -> Floats:
    """Return rates a second by the minute: a tenth of ``rate`` at first, tenfold at once, and back."""
    return np.array([rate / factor] * before + [rate] * during + [rate / factor] * after)


# ---- The run ------------------------------------------------------------------------------------------------------


def run(
    times_of_arrival: Floats,
    policies: Policies,
    times: ServiceTimes,
    assumptions: Assumptions | None = None,
    *,
    seed: int = 13,
    questions: Sequence[int] | None = None,
    minutes: int | None = None,
    settled_at: float = 0.0,
) -> Result:
    """Simulate the stack.

    Parameters
    ----------
    times_of_arrival : ndarray
        Seconds from the start, in order.
    policies : Policies
        Limits and scaling.
    times : ServiceTimes
        What stages take.
    assumptions : Assumptions, optional
        The rest.
    seed : int
        Of the drawn questions, the routing and the pauses before a second attempt.
    questions : sequence of int, optional
        Which measured question each arrival asks; drawn if not given.
    minutes : int, optional
        How long; until the last arrival's minute is over if not given.
    settled_at : float
        Questions a second to which scaling has settled before the start.

    Raises
    ------
    ConfigurationError
        If the arrivals are not in the order of their times.
    """
    if len(times_of_arrival) and np.any(np.diff(times_of_arrival) < 0):
        raise ConfigurationError("The arrivals are not in the order of their times; sort them.")
    simulated = _Run(times_of_arrival, policies, times, assumptions or Assumptions(), seed, questions, settled_at)
    return simulated.result(minutes)


class _Idle:
    """Environments or containers that wait for work, as far as they are kept; who was busy last is taken first."""

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self._since: deque[float] = deque()  # the longest idle first

    def add(self, now: float) -> None:
        self._since.append(now)

    def take(self, now: float) -> bool:
        """Take one out; False if there is none."""
        while self._since and now - self._since[0] > self._kept_s:
            self._since.popleft()
        if not self._since:
            return False
        self._since.pop()
        return True


class _Run:
    """One simulation: the way of a question, and what its stages wait for."""

    def __init__(
        self,
        arrival: Floats,
        policies: Policies,
        times: ServiceTimes,
        assumptions: Assumptions,
        seed: int,
        questions: Sequence[int] | None,
        settled_at: float,
    ) -> None:
        import simpy

        draw = np.random.default_rng(seed)
        count = len(arrival)
        chosen = draw.integers(len(times.search), size=count) if questions is None else np.asarray(questions)
        self.env = simpy.Environment()
        self.assumptions, self.policies = assumptions, policies
        self.patience = min(assumptions.gateway_timeout_s, policies.function_timeout_s)
        self.arrival = arrival.tolist()
        self.search, self.model_s = times.search[chosen].tolist(), times.model[chosen].tolist()
        self.ground = times.ground[chosen].tolist()
        self.chance = draw.random(count).tolist()  # of routing, and of the pause before a second attempt to record
        self.latency = np.zeros(count)
        self.outcome = np.full(count, Outcome.TIMED_OUT, dtype=np.int8)
        self.stored = np.ones(count, dtype=bool)
        self.series = Series()
        self.cores = simpy.Resource(self.env, assumptions.cores) if assumptions.cores else None
        self.gateway = TokenBucket(policies.api_rate, policies.api_burst)
        self.function = _Function(self, settled_at * times.handler_s)
        asked = settled_at * times.model_share
        self.model: _Instances | _Serverless = _Instances(self, asked) if policies.model else _Serverless(self)
        self.table = _Table(self, times.write_units, settled_at)

    def result(self, minutes: int | None) -> Result:
        last = self.arrival[-1] if self.arrival else 0.0
        minutes = minutes or math.floor(last / MINUTE) + 1
        self.env.process(self._arrive())
        self.env.process(self._watch(minutes))
        self.env.run()
        arrival = np.array(self.arrival)
        return Result(self.policies, arrival, self.latency, self.outcome, self.stored, self.series)

    def _arrive(self) -> Any:
        for number, when in enumerate(self.arrival):
            yield self.env.timeout(when - self.env.now)
            if self.gateway.take(when):
                self.function.enter(number)
            else:
                self.outcome[number] = Outcome.API_THROTTLED

    def _watch(self, minutes: int) -> Any:
        """Close each minute: metrics, then what the policies make of them."""
        for _ in range(minutes):
            yield self.env.timeout(MINUTE)
            self.function.close_minute(self.series)
            self.model.close_minute(self.series)
            self.table.close_minute(self.series)

    def after(self, seconds: float, then: Callable[[Any], None]) -> None:
        """Go on with ``then`` after some time that needs no processor of ours."""
        self.env.timeout(seconds).callbacks.append(then)

    def compute(self, seconds: float, then: Callable[[Any], None]) -> None:
        """Go on with ``then`` after so much computing."""
        if self.cores is None:
            self.env.timeout(seconds).callbacks.append(then)
            return
        cores, taken = self.cores, self.cores.request()

        def done(event: Any) -> None:
            cores.release(taken)
            then(event)

        taken.callbacks.append(lambda _: self.after(seconds, done))

    # The stages of a question that has an environment; ``leave`` gives it back.

    def read(self, number: int, leave: Callable[[], None]) -> None:
        def searched(_: Any) -> None:
            if self.model_s[number]:
                self.model.ask(number, lambda outcome: self._ground(number, outcome, leave))
            else:
                self._ground(number, Outcome.UNASKED, leave)

        self.compute(self.search[number], searched)

    def _ground(self, number: int, outcome: Outcome, leave: Callable[[], None]) -> None:
        def closed(_: Any) -> None:
            waited = self.env.now - self.arrival[number]
            self.latency[number] = min(waited, self.patience)
            self.outcome[number] = outcome if waited <= self.patience else Outcome.TIMED_OUT
            leave()

        self.compute(self.ground[number], lambda _: self.table.put(number, closed))


class _Function:
    """Environments: provisioned ones first, then idle ones, then new ones as far as quotas go."""

    def __init__(self, run: _Run, busy: float) -> None:
        policies, assumptions = run.policies, run.assumptions
        self._run = run
        self._limit = policies.reserved_concurrency or assumptions.account_concurrency
        self._new_s = assumptions.restore_s if policies.snapstart else assumptions.start_s
        self._new = TokenBucket(assumptions.starts_a_second, 10 * assumptions.starts_a_second)
        self._tracker = Tracker(policies.function) if policies.function else None
        self._provisioned = policies.function.settled(busy) if policies.function else 0
        self._in_use = 0  # provisioned ones
        self._others = 0  # executions outside of provisioned concurrency
        self._idle = _Idle(assumptions.idle_s)
        self._allocating = False
        self._started, self._most, self._in_use_s, self._since = 0, 0, 0.0, 0.0
        self._spent = [0.0, 0.0]  # seconds of other and of provisioned environments

    def enter(self, number: int) -> None:
        now = self._run.env.now
        if self._in_use < self._provisioned:
            self._count_use(now)
            self._in_use += 1
            self._begin(number, 0.0, provisioned=True)
        elif self._others >= self._limit - self._provisioned:
            self._run.outcome[number] = Outcome.FUNCTION_THROTTLED
        elif self._idle.take(now):
            self._others += 1
            self._begin(number, 0.0, provisioned=False)
        elif self._new.take(now):
            self._started += 1
            self._others += 1
            self._begin(number, self._new_s, provisioned=False)
        else:
            self._run.outcome[number] = Outcome.FUNCTION_THROTTLED

    def _begin(self, number: int, start_s: float, *, provisioned: bool) -> None:
        begun = self._run.env.now
        self._most = max(self._most, self._in_use + self._others)

        def leave() -> None:
            now = self._run.env.now
            self._spent[provisioned] += now - begun
            if provisioned:
                self._count_use(now)
                self._in_use -= 1
            else:
                self._others -= 1
                self._idle.add(now)

        if start_s:
            self._run.after(start_s, lambda _: self._run.read(number, leave))
        else:
            self._run.read(number, leave)

    def _count_use(self, now: float) -> None:
        self._in_use_s += self._in_use * (now - self._since)
        self._since = now

    def close_minute(self, series: Series) -> None:
        self._count_use(self._run.env.now)
        series.concurrency.append(max(self._most, self._in_use + self._others))
        series.provisioned.append(self._provisioned)
        series.starts.append(self._started)
        series.on_demand_s.append(self._spent[0])
        series.provisioned_s.append(self._spent[1])
        if self._tracker and not self._allocating:
            used = self._in_use_s / MINUTE / max(1, self._provisioned)
            wanted = self._tracker.observe(self._run.env.now, used, self._provisioned)
            if wanted > self._provisioned:
                self._allocating = True
                self._run.after(self._run.assumptions.provision_s, lambda _: self._provide(wanted))
            else:
                self._provisioned = wanted
        self._started, self._most, self._in_use_s, self._spent = 0, 0, 0.0, [0.0, 0.0]

    def _provide(self, wanted: int) -> None:
        self._allocating = False
        self._provisioned = wanted


class _Instance:
    """Workers that are busy, and who waits for one."""

    __slots__ = ("busy", "queue")

    def __init__(self) -> None:
        self.busy = 0
        self.queue: deque[tuple[float, Callable[[Outcome], None]]] = deque()


class _Instances:
    """A real-time endpoint: instances with workers and a queue each.

    Who gives up after the client's time limit leaves the request behind: the server works on it all the same.
    """

    def __init__(self, run: _Run, asked: float) -> None:
        policy = run.policies.model
        assert policy is not None
        self._run, self._tracker = run, Tracker(policy)
        self._wanted = policy.settled(MINUTE * asked)
        self._serving = [_Instance() for _ in range(self._wanted)]
        self._asked, self._busy_s = 0, 0.0

    def ask(self, number: int, answer: Callable[[Outcome], None]) -> None:
        self._asked += 1
        instance, assumptions = self._choose(number), self._run.assumptions
        seconds = self._run.model_s[number]
        is_free = instance.busy < assumptions.model_workers
        if is_free and seconds <= assumptions.model_timeout_s:
            self._serve(instance, seconds, answer)
        elif len(instance.queue) >= assumptions.model_queue:
            self._run.after(0.0, lambda _: answer(Outcome.MODEL_FULL))
        else:
            reply = _once(answer)
            self._run.after(assumptions.model_timeout_s, lambda _: reply(Outcome.MODEL_SLOW))
            if is_free:
                self._serve(instance, seconds, reply)
            else:
                instance.queue.append((seconds, reply))

    def _serve(self, instance: _Instance, seconds: float, reply: Callable[[Outcome], None]) -> None:
        instance.busy += 1

        def served(_: Any) -> None:
            instance.busy -= 1
            self._busy_s += seconds
            if instance.queue:
                self._serve(instance, *instance.queue.popleft())
            reply(Outcome.WRITTEN)

        self._run.compute(seconds, served)

    def _choose(self, number: int) -> _Instance:
        if self._run.assumptions.least_outstanding:
            return min(self._serving, key=lambda instance: instance.busy + len(instance.queue))
        return self._serving[int(self._run.chance[number] * len(self._serving))]

    def close_minute(self, series: Series) -> None:
        """SageMaker changes the number of instances once the change before is done (its endpoint is InService)."""
        serving, workers = len(self._serving), self._run.assumptions.model_workers
        series.instances.append(serving)
        series.model_busy.append(self._busy_s / MINUTE / serving / workers)
        if serving == self._wanted:
            wanted = self._tracker.observe(self._run.env.now, self._asked / serving, serving)
            if wanted > serving:
                self._run.after(self._run.assumptions.instance_start_s, lambda _: self._grow())
            else:
                del self._serving[wanted:]  # what they have taken on they finish
            self._wanted = wanted
        series.wanted_instances.append(self._wanted)
        self._asked, self._busy_s = 0, 0.0

    def _grow(self) -> None:
        self._serving += [_Instance() for _ in range(self._wanted - len(self._serving))]


def _once(answer: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
    """Let only the first call through."""
    waiting = [True]

    def reply(outcome: Outcome) -> None:
        if waiting:
            waiting.clear()
            answer(outcome)

    return reply


class _Serverless:
    """A serverless endpoint: containers of one request each, up to a limit; beyond it calls are refused."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._busy, self._most, self._busy_s = 0, 0, 0.0
        self._idle = _Idle(run.assumptions.serverless_idle_s)

    def ask(self, number: int, answer: Callable[[Outcome], None]) -> None:
        run, now = self._run, self._run.env.now
        if self._busy >= run.policies.serverless_concurrency:
            run.after(0.0, lambda _: answer(Outcome.MODEL_FULL))
            return
        start_s = 0.0 if self._idle.take(now) else run.assumptions.serverless_start_s
        seconds, limit = start_s + run.model_s[number], run.assumptions.model_timeout_s
        self._busy += 1
        self._most = max(self._most, self._busy)

        def served(_: Any) -> None:
            self._busy -= 1
            self._busy_s += run.model_s[number]
            self._idle.add(run.env.now)
            if seconds <= limit:
                answer(Outcome.WRITTEN)

        run.after(seconds, served)
        if seconds > limit:
            run.after(limit, lambda _: answer(Outcome.MODEL_SLOW))

    def close_minute(self, series: Series) -> None:
        series.instances.append(max(self._most, self._busy))
        series.wanted_instances.append(self._run.policies.serverless_concurrency)
        series.model_busy.append(self._busy_s / MINUTE / max(1, self._run.policies.serverless_concurrency))
        self._most, self._busy_s = 0, 0.0


class _Table:
    """Write capacity with what is saved for bursts; a refused write is tried once more, as the store does."""

    def __init__(self, run: _Run, units: int, settled_at: float) -> None:
        policy = run.policies.writes
        self._run, self._units = run, units
        self._tracker = Tracker(policy) if policy else None
        self._capacity = policy.settled(100 * settled_at * units) if policy else run.assumptions.on_demand_writes
        self._bucket = TokenBucket(self._capacity, max(self._capacity * self._saved_s, float(units)))
        self._consumed = 0.0

    @property
    def _saved_s(self) -> float:
        return self._run.assumptions.burst_s if self._tracker else 1.0

    def put(self, number: int, closed: Callable[[Any], None]) -> None:
        if self._take():
            self._run.after(self._run.assumptions.put_s, closed)
            return

        def again(event: Any) -> None:
            self._run.stored[number] = self._take()
            closed(event)

        self._run.after(self._run.chance[number], again)  # botocore's standard mode waits up to a second at first

    def _take(self) -> bool:
        if self._bucket.take(self._run.env.now, self._units):
            self._consumed += self._units
            return True
        return False

    def close_minute(self, series: Series) -> None:
        series.write_capacity.append(float(self._capacity))
        if self._tracker:
            used = 100 * self._consumed / MINUTE / self._capacity
            self._capacity = self._tracker.observe(self._run.env.now, used, int(self._capacity))
            size = max(self._capacity * self._saved_s, float(self._units))
            self._bucket.refill(self._run.env.now, self._capacity, size)
        self._consumed = 0.0
