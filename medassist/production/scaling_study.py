"""The scaling study: what breaks first at a rate, what mends it, what it costs, and is the simulation right?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from medassist.production import costs, serving
from medassist.production.load_test import LoadPoint, Measurements, arrivals, busy_share, order
from medassist.production.scaling import Policies, TargetTracking
from medassist.production.simulation import (
    CAUSES,
    MINUTE,
    NOT_STORED,
    SLOW,
    Assumptions,
    Floats,
    Outcome,
    Result,
    ServiceTimes,
    poisson,
    run,
)

# ---- What it costs ------------------------------------------------------------------------------------------------


def cost_by_hour(result: Result, workload: costs.Workload, prices: costs.Prices) -> dict[str, Floats]:
    """Return USD by service and hour, of what the simulation really used; monthly charges are left out.

    The last hour may be a part of one.
    """
    sizes, memory = result.policies.sizes, result.policies.sizes["LambdaMemory"] / 1024
    passed = result.by_minute(result.outcome != Outcome.API_THROTTLED)
    answered = result.by_minute(result.answered)
    asked = result.by_minute((result.outcome == Outcome.WRITTEN) | (result.outcome == Outcome.MODEL_SLOW))
    series = result.series
    logged = passed * (workload.log_bytes + workload.platform_log_bytes + workload.access_log_bytes) / costs.GB
    used: dict[str, Floats] = {
        "api_requests": passed,
        "firewall_requests": result.by_minute(np.ones(len(result.arrival), dtype=bool)),
        "lambda_requests": passed,
        "lambda_duration": np.array(series.on_demand_s) * memory,
        "log_ingestion": logged,
        "transfer_out": answered * workload.response_bytes / costs.GB,
    }
    if result.policies.function:
        used["lambda_provisioned"] = np.array(series.provisioned, dtype=float) * MINUTE * memory
        used["lambda_provisioned_duration"] = np.array(series.provisioned_s) * memory
    if result.policies.snapstart:
        used["snapstart_restore"] = np.array(series.starts) * memory
    if result.policies.model:
        used[f"endpoint_{sizes['EndpointInstanceType']}"] = np.array(series.wanted_instances) / 60
    else:
        used["serverless_duration"] = asked * workload.model_s * sizes["ServerlessMemory"] / 1024
    if result.policies.writes:
        used["table_write_capacity"] = np.array(series.write_capacity) / 60
    else:
        used["table_writes"] = answered * costs.write_units(workload.item_bytes)
    return _priced(used, prices, result.minutes)


def _priced(used: dict[str, Floats], prices: costs.Prices, minutes: int) -> dict[str, Floats]:
    hours = np.arange(0, minutes, 60)
    by_service: dict[str, Floats] = {}
    for name, quantity in used.items():
        service = prices.entries[name]["service"] if name in prices.entries else ""
        hourly = np.array([prices.cost(name, float(value)) for value in np.add.reduceat(quantity, hours)])
        by_service[service] = by_service.get(service, np.zeros(len(hours))) + hourly
    return by_service


# ---- What breaks first, and what mends it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One round of :func:`mend`: what broke with these settings, and what is tried next."""

    result: Result
    breaks: str  # empty: everything held
    minute: int
    changed: dict[str, float]  # settings of the next round


def mend(
    rates: Floats,
    preset: str,
    times: ServiceTimes,
    assumptions: Assumptions | None = None,
    *,
    seed: int = 13,
    rounds: int = 8,
) -> list[Step]:
    """Simulate, mend what broke first by the settings meant for it, and simulate again, until everything holds.

    Parameters
    ----------
    rates : ndarray
        Questions a second by the minute.
    preset : str
        Where to begin.
    times, assumptions, seed
        As for :func:`run`.
    rounds : int
        After so many rounds, or when no setting helps, the last step says what still breaks.
    """
    assumptions = assumptions or Assumptions()
    arrival, peak = poisson(rates, seed), float(np.max(rates))
    steps: list[Step] = []
    changed: dict[str, float] = {}
    for _ in range(rounds):
        policies = Policies.from_template(preset, **changed)
        result = run(arrival, policies, times, assumptions, seed=seed, minutes=len(rates), settled_at=float(rates[0]))
        broken = result.first_break()
        if broken is None:
            return [*steps, Step(result, "", 0, {})]
        remedy = _remedy(broken[0], policies, times, assumptions, peak)
        news = {name: value for name, value in remedy.items() if value > policies.sizes[name]}
        steps.append(Step(result, *broken, news))
        if not news:
            break
        changed |= news
    return steps


def _remedy(
    cause: str, policies: Policies, times: ServiceTimes, assumptions: Assumptions, peak: float
) -> dict[str, float]:
    """Return the settings that the cause asks for at ``peak`` questions a second, with the usual reserve."""
    asked, sizes = peak * times.model_share, policies.sizes
    model_s = float(np.mean(times.model[times.model > 0])) if times.model_share else 0.0
    if cause == CAUSES[Outcome.API_THROTTLED]:
        return {"ApiRateLimit": _round_up(1.25 * peak), "ApiBurstLimit": _round_up(2.5 * peak)}
    if cause == CAUSES[Outcome.FUNCTION_THROTTLED]:
        # A jump starts environments for all that comes while the first ones start.
        start_s = assumptions.restore_s if policies.snapstart else assumptions.start_s
        needed = _round_up(1.25 * peak * (times.handler_s + start_s))
        limit = policies.reserved_concurrency or assumptions.account_concurrency
        warm = {"ProvisionedMin": _round_up(peak * times.handler_s / sizes["ProvisionedUtilization"])}
        return {"ReservedConcurrency": needed} if needed > limit else _with_most(warm, sizes, "Provisioned")
    if cause in (CAUSES[Outcome.MODEL_FULL], CAUSES[Outcome.MODEL_SLOW]):
        if policies.model is None:
            needed = _round_up(2 * asked * model_s + 5)
            return {"ServerlessMaxConcurrency": min(float(serving.MAX_SERVERLESS_CONCURRENCY), needed)}
        # A burst is over before new instances have started: what it needs must be there already.
        instances = math.ceil(asked * model_s / assumptions.model_workers / 0.6)
        return _with_most({"EndpointMinInstances": float(instances)}, sizes, "Endpoint", "Instances")
    if cause == NOT_STORED and policies.writes:
        units = _round_up(peak * times.write_units / (policies.writes.target / 100))
        return _with_most({"TableWriteMin": units}, sizes, "TableWrite")
    if cause == SLOW and policies.function:
        warm = {"ProvisionedMin": _round_up(peak * times.handler_s / sizes["ProvisionedUtilization"])}
        return _with_most(warm, sizes, "Provisioned")
    return {}


def _with_most(least: dict[str, float], sizes: Any, prefix: str, suffix: str = "") -> dict[str, float]:
    """Add the upper limit, where it is below what is asked for at least."""
    (value,) = least.values()
    name = f"{prefix}Max{suffix}"
    return least | ({name: 2 * value} if sizes[name] < 1.25 * value else {})


def _round_up(value: float) -> float:
    """Round up to two digits: nobody sets a limit of 1,237."""
    step = 10.0 ** max(0, math.floor(math.log10(max(value, 1.0))) - 1)
    return math.ceil(value / step) * step


# ---- Against what was measured ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prediction:
    """A measured load point beside the simulation of the very same arrivals; milliseconds."""

    target: str
    rate: float
    measured: tuple[float, float]  # p50, p95
    predicted: tuple[float, float]
    measured_busy: float  # share of the time with a request under way
    predicted_busy: float

    @property
    def errors(self) -> tuple[float, float]:
        """Predicted by measured, less one."""
        p50, p95 = (there / here - 1 for there, here in zip(self.predicted, self.measured, strict=True))
        return p50, p95


def predict(point: LoadPoint, found: Measurements) -> Prediction:
    """Simulate a measured load point: one worker for the model, this machine's processors shared by all parts.

    Stage times are those of questions asked alone; nothing is fitted to the load.
    """
    arrival = np.array(arrivals(point.rate, point.seconds, point.seed))
    asked = order(len(arrival), len(found.timings), point.seed)
    local = Assumptions(model_workers=1, model_timeout_s=60.0, put_s=0.0, cores=int(found.machine["cores"]))
    if point.target == "endpoint":  # every question asks the model, and nothing else happens
        model = np.array(found.endpoint_ms["1"]) / 1000
        rest = 0 * model
    else:
        model = np.array([each.http_generate for each in found.timings]) / 1000
        rest = np.array([each.http for each in found.timings]) / 1000 - model
    times = ServiceTimes(rest, model, 0 * model, write_units=1)
    result = run(arrival, local_policies(), times, local, questions=asked)
    busy = busy_share(list(zip(arrival, arrival + result.latency, strict=True)))
    return Prediction(
        point.target,
        point.rate,
        _percentiles(np.array(point.answered_ms)),
        _percentiles(1000 * result.latency),
        point.busy,
        busy,
    )


def local_policies() -> Policies:
    """Return the emulated cloud's limits: 32 requests at once, one model, nothing that scales or refuses."""
    return Policies(
        preset="local",
        sizes={},
        api_rate=math.inf,
        api_burst=math.inf,
        reserved_concurrency=32,
        function_timeout_s=math.inf,
        snapstart=False,
        function=TargetTracking(least=32, most=32, target=math.inf),
        model=TargetTracking(least=1, most=1, target=math.inf),
        serverless_concurrency=0,
        writes=None,
    )


def _percentiles(milliseconds: Floats) -> tuple[float, float]:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return float(p50), float(p95)
