"""What the stack costs a month: sizes from the template's presets, use from measurements, prices from one table.

List prices of ``deploy/prices.json``, each with its date and source; no free tier, discount or tax. The use is priced
hour by hour over a day, because what is provisioned follows the day's curve.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from medassist.errors import ConfigurationError
from medassist.production import template
from medassist.production.load_test import Measurements

PRICES = Path(__file__).resolve().parents[2] / "deploy" / "prices.json"
REGION = "us-east-1"
DAYS = 30.4  # a month, as 730 hours
GB = 1e9

# Questions by hour of the day, relative to each other. An assumption: quiet nights, a plateau over the day, most in
# the evening, when people look up what they were told. Only its shape counts.
DAY_CURVE = (3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 13, 13, 13, 13, 14, 16, 17, 15, 10, 6)

CUSTOM_METRICS = 10  # what lambda/app.py counts: questions, 4 decisions, records not stored, 4 times
TRACES_A_SECOND, TRACED_SHARE = 1.0, 0.05  # X-Ray's default: the first request a second, 5 % of the others


@dataclass(frozen=True, slots=True)
class Workload:
    """What one question uses. The first group is measured, the second assumed, each for the reason beside it."""

    handler_s: float  # the function's time, waiting for the model included, for DynamoDB not
    model_s: float  # the model's time, of the questions that reach it
    model_share: float  # share of the questions that reach the model; the others are urgent or have no close passage
    item_bytes: float  # what DynamoDB stores
    response_bytes: float
    log_bytes: float  # the function's own lines

    put_s: float = 0.01  # the record in DynamoDB: "single-digit milliseconds", and the way there
    platform_log_bytes: float = 600.0  # Lambda's start, end and report lines in JSON
    access_log_bytes: float = 350.0  # API Gateway's line in the template's format
    model_log_bytes: float = 200.0  # a line of the container's server
    other_calls: float = 0.2  # calls besides questions, a question: answers read again, health
    questions_a_user: float = 30.0  # a month and signed-in person; decides Cognito's part alone
    page_loads: float = 0.2  # times the page is loaded, a question
    page_bytes: float = 21e3  # the page's files
    stored_gb: float = 1.0  # index bundles and models with the versions of a month
    start_share: float = 0.01  # of calls that need a new environment, as in the example of Lambda's price page …
    starts_a_day: float = 144.0  # … but with few calls each comes after a pause: one every ten minutes

    @classmethod
    def from_measurements(cls, found: Measurements) -> "Workload":
        """Take means over the measured questions."""
        asked = [timing for timing in found.timings if timing.generate]

        def mean(values: list[float]) -> float:
            return sum(values) / max(1, len(values))

        return cls(
            handler_s=mean([timing.handler for timing in found.timings]) / 1000,
            model_s=mean([timing.generate for timing in asked]) / 1000,
            model_share=len(asked) / len(found.timings),
            item_bytes=mean([timing.item_bytes for timing in found.timings]),
            response_bytes=mean([timing.response_bytes for timing in found.timings]),
            log_bytes=found.log_bytes,
        )


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region."""

    region: str
    name: str
    read: str  # when the sources were read
    about: str
    left_out: tuple[str, ...]
    entries: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, region: str = REGION, path: Path = PRICES) -> "Prices":
        """Read a region's prices.

        Raises
        ------
        ConfigurationError
            If the table is missing or damaged, or has no such region.
        """
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            regions = table["regions"]
            if region not in regions:
                raise ConfigurationError(
                    f"{path.name} has no prices of {region!r}, only of {', '.join(sorted(regions))}; choose one of "
                    "these, or add the region's prices with their sources."
                )
            about = (table["read"], table["about"], tuple(table["left_out"]))
            return cls(region, regions[region]["name"], *about, regions[region]["prices"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"The price table {path} cannot be read ({error}); restore it.") from error

    def cost(self, name: str, quantity: float) -> float:
        """Return what a month's quantity costs in USD, by the tiers where there are some.

        Raises
        ------
        ConfigurationError
            If the table has no such price.
        """
        if name not in self.entries:
            raise ConfigurationError(
                f"There is no price {name!r} for {self.region} in {PRICES.name}; add it with its date and source."
            )
        entry, left, total = self.entries[name], quantity, 0.0
        for size, value in entry.get("tiers", [[None, entry["value"]]]):
            part = left if size is None else min(left, size)
            total, left = total + part * value, left - part
        return total


@dataclass(frozen=True, slots=True)
class Line:
    """One price's part of the month."""

    service: str
    item: str
    quantity: float
    unit: str
    price: float  # USD a unit, of the first tier
    monthly: float  # USD
    idle: float  # USD of it that is paid without a single question
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month's cost, line by line."""

    preset: str
    region: str
    questions_per_day: float
    lines: tuple[Line, ...]
    assumptions: Mapping[str, str]
    prices_read: str
    about: str
    left_out: tuple[str, ...] = field(default=())

    @property
    def monthly(self) -> float:
        """USD a month."""
        return sum(line.monthly for line in self.lines)

    @property
    def idle(self) -> float:
        """USD a month without a question."""
        return sum(line.idle for line in self.lines)

    @property
    def per_question(self) -> float:
        """USD that each question adds to the idle cost, on average; 0 without questions."""
        asked = self.questions_per_day * DAYS
        return (self.monthly - self.idle) / asked if asked else 0.0

    def by_service(self) -> dict[str, tuple[float, float]]:
        """Return a month's and the idle cost of each service, dearest first."""
        services: dict[str, tuple[float, float]] = {}
        for line in self.lines:
            monthly, idle = services.get(line.service, (0.0, 0.0))
            services[line.service] = (monthly + line.monthly, idle + line.idle)
        return dict(sorted(services.items(), key=lambda entry: -entry[1][0]))


def estimate(
    preset: str,
    questions_per_day: float,
    *,
    region: str = REGION,
    workload: Workload | None = None,
    measured: str = "",
    prices: Prices | None = None,
) -> Estimate:
    """Estimate a month of the whole stack.

    Parameters
    ----------
    preset : str
        ``"dev"`` or ``"prod"``; sizes, scaling limits and what there is come from the template.
    questions_per_day : float
        0 or more, spread over the day as :data:`DAY_CURVE` says.
    region : str
        One of the price table.
    workload : Workload, optional
        What a question uses; from the stored measurements if not given.
    measured : str
        When and on what ``workload`` was measured, for the record.
    prices : Prices, optional
        Those of ``region`` if not given.

    Raises
    ------
    ConfigurationError
        If ``questions_per_day`` is negative or not finite, or a price is missing.
    DeploymentError
        If there is no such preset.
    """
    if not 0 <= questions_per_day < math.inf:
        raise ConfigurationError(f"There are {questions_per_day} questions a day, but there must be 0 or more.")
    if workload is None:
        found = Measurements.read()
        workload = Workload.from_measurements(found)
        measured = f"{found.measured_at[:10]} on {found.machine['cores']} cores of {found.machine['processor']}"
    sizes, parts = template.preset(preset), Parts.of_template(preset)
    prices = prices or Prices.load(region)
    used = monthly_use(sizes, parts, workload, questions_per_day)
    idle = monthly_use(sizes, parts, workload, 0)
    lines = [_line(prices, name, quantity, idle.get(name, 0.0)) for name, quantity in used.items() if quantity]
    return Estimate(
        preset,
        prices.region,
        questions_per_day,
        tuple(lines),
        _assumptions(workload, measured),
        prices.read,
        prices.about,
        prices.left_out,
    )


def _line(prices: Prices, name: str, quantity: float, idle: float) -> Line:
    monthly = prices.cost(name, quantity)
    entry = prices.entries[name]
    place = (entry["service"], entry["item"], quantity, entry["unit"], entry["value"])
    return Line(*place, monthly, prices.cost(name, idle), entry["as_of"], entry["source"])


def _assumptions(workload: Workload, measured: str) -> dict[str, str]:
    """Say what the estimate rests on, the measured part apart."""
    said = {}
    for each in fields(workload):
        value = getattr(workload, each.name)
        origin = "assumed" if each.default is not MISSING else f"measured {measured}".strip()
        said[each.name] = f"{value:,.{0 if value >= 100 else 4}f} ({origin})"
    return said


def to_json(found: Estimate) -> dict[str, Any]:
    """Return everything, the sums first."""
    services = {name: {"monthly": month, "idle": idle} for name, (month, idle) in found.by_service().items()}
    sums = {"monthly": found.monthly, "idle": found.idle, "per_question": found.per_question, "services": services}
    return {"currency": "USD", **sums, **asdict(found)}


def to_text(found: Estimate) -> str:
    """Write the estimate for a person: a table by service, its parts, the sums, what all of it rests on."""
    rows = [f"{'USD a month':46}{'in all':>12}{'of it idle':>12}"]
    for service, (month, idle) in found.by_service().items():
        rows.append(f"{service:46}{month:12,.2f}{idle:12,.2f}")
        for line in sorted((line for line in found.lines if line.service == service), key=lambda line: -line.monthly):
            amount = f"{line.quantity:,.4g}" if line.quantity < 1e6 else f"{line.quantity:,.0f}"
            paid = f"{amount} {line.unit}s at {line.price:g}"
            rows.append(f"  {line.item:44}{line.monthly:12,.2f}{line.idle:12,.2f}   {paid}")
    rows.append(f"{'sum':46}{found.monthly:12,.2f}{found.idle:12,.2f}")
    rows.append(f"\n{found.preset}, {found.questions_per_day:,.0f} questions a day: {found.monthly:,.2f} USD a month,")
    rows.append(
        f"{found.idle:,.2f} of it without a question, and {1000 * found.per_question:,.3f} for 1,000 questions."
    )
    rows.append("\nA question is taken to use")
    rows += [f"  {name.replace('_', ' '):22} {value}" for name, value in found.assumptions.items()]
    rows.append(f"\nPrices of {found.region}, read {found.prices_read}. {found.about}")
    rows += ["Left out:"] + [f"  {what}" for what in found.left_out]
    dated = sorted({(line.service, line.as_of, line.source) for line in found.lines})
    rows += ["Sources:"] + [f"  {service}, {as_of}: {source}" for service, as_of, source in dated]
    return "\n".join(rows)


# ---- What is there ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parts:
    """How many of what is paid by the piece, counted in the translated template."""

    alarm_metrics: int
    dashboards: int
    keys: int
    secrets: int
    firewalls: int
    firewall_rules: int
    protected_logs: bool
    ephemeral_mb: int

    @classmethod
    def of_template(cls, preset: str) -> "Parts":
        """Count in the template with everything switched on that the preset has."""
        code = f"code/{'0' * 64}.zip"
        translated = template.translate({"Preset": preset, "CodeKey": code, "ModelServed": "true"})
        by_type: dict[str, list[dict[str, Any]]] = {}
        for resource in translated["Resources"].values():
            by_type.setdefault(resource["Type"], []).append(resource.get("Properties", {}))
        alarms = sum(_metrics_of(alarm) for alarm in by_type.get("AWS::CloudWatch::Alarm", []))
        scaling = by_type.get("AWS::ApplicationAutoScaling::ScalingPolicy", [])
        firewalls = by_type.get("AWS::WAFv2::WebACL", [])
        functions = by_type.get("AWS::Lambda::Function", [])
        return cls(
            alarm_metrics=alarms + sum(map(_scaling_alarms, scaling)),
            dashboards=len(by_type.get("AWS::CloudWatch::Dashboard", [])),
            keys=len(by_type.get("AWS::KMS::Key", [])),
            secrets=len(by_type.get("AWS::SecretsManager::Secret", [])),
            firewalls=len(firewalls),
            firewall_rules=sum(len(firewall.get("Rules", [])) for firewall in firewalls),
            protected_logs=any("DataProtectionPolicy" in group for group in by_type.get("AWS::Logs::LogGroup", [])),
            ephemeral_mb=max((each.get("EphemeralStorage", {}).get("Size", 512) for each in functions), default=512),
        )


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    """An alarm on an expression is billed by the metrics in it."""
    return sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1


def _scaling_alarms(policy: Mapping[str, Any]) -> int:
    """Target tracking makes alarms of its own: one for out, one for in; two more on DynamoDB's provisioned capacity."""
    tracked = policy.get("TargetTrackingScalingPolicyConfiguration", {}).get("PredefinedMetricSpecification", {})
    return 4 if str(tracked.get("PredefinedMetricType", "")).startswith("DynamoDB") else 2


# ---- What is used -------------------------------------------------------------------------------------------------


def monthly_use(
    sizes: Mapping[str, Any], parts: Parts, workload: Workload, questions_per_day: float
) -> dict[str, float]:
    """Return a month's quantities by the price table's names, hour by hour over the day's curve."""
    used: dict[str, float] = {}
    whole = sum(DAY_CURVE)
    for share in DAY_CURVE:
        hourly = hourly_use(sizes, parts, workload, questions_per_day * share / whole / 3600)
        used = {name: used.get(name, 0.0) + DAYS * quantity for name, quantity in hourly.items()}
    questions = questions_per_day * DAYS
    used |= _stored(sizes, workload, questions, used)
    used |= {
        "metrics": float(CUSTOM_METRICS) if questions else 0.0,  # without data there is no metric
        "alarms": float(parts.alarm_metrics),
        "dashboards": float(parts.dashboards),
        "keys": float(parts.keys),
        "secrets": float(parts.secrets),
        "firewall": float(parts.firewalls),
        "firewall_rules": float(parts.firewall_rules),
        "users": questions / workload.questions_a_user,
    }
    return used


def hourly_use(sizes: Mapping[str, Any], parts: Parts, workload: Workload, rate: float) -> dict[str, float]:
    """Return an hour's quantities at a steady ``rate`` of questions a second."""
    calls = 3600 * rate * (1 + workload.other_calls)
    used = {
        "api_requests": calls,
        "lambda_requests": calls,
        "firewall_requests": calls if parts.firewalls else 0.0,
        "traces": 3600 * _traced(rate * (1 + workload.other_calls)),
        "transfer_out": 3600 * rate * workload.response_bytes / GB,
        "page_served": 3600 * rate * workload.page_loads * workload.page_bytes / GB,
    }
    used |= _function_use(sizes, parts, workload, rate, calls)
    used |= _model_use(sizes, workload, rate)
    used |= _table_use(sizes, workload, rate)
    logged = calls * (workload.log_bytes + workload.platform_log_bytes + workload.access_log_bytes)
    logged += 3600 * rate * workload.model_share * workload.model_log_bytes
    used["log_ingestion"] = logged / GB
    used["log_protection"] = logged / GB if parts.protected_logs else 0.0
    return used


def _traced(rate: float) -> float:
    first = -math.expm1(-rate)  # share of the seconds that have a call at all
    return TRACES_A_SECOND * first + TRACED_SHARE * (rate - first)


def _function_use(
    sizes: Mapping[str, Any], parts: Parts, workload: Workload, rate: float, calls: float
) -> dict[str, float]:
    memory = sizes["LambdaMemory"] / 1024
    # Environments, on average; calls besides questions take next to no time.
    busy = rate * (workload.handler_s + workload.put_s)
    used = {"lambda_storage": 3600 * busy * max(0, parts.ephemeral_mb - 512) / 1024}
    starts = min(calls, max(workload.start_share * calls, workload.starts_a_day / 24))
    if not sizes["ProvisionedMax"]:
        return used | {
            "lambda_duration": 3600 * busy * memory,
            "snapstart_cache": 3600 * memory,
            "snapstart_restore": starts * memory,
        }
    kept = _tracked(busy / sizes["ProvisionedUtilization"], sizes["ProvisionedMin"], sizes["ProvisionedMax"])
    warm = min(1.0, kept / busy) if busy else 1.0
    return used | {
        "lambda_provisioned": 3600 * kept * memory,
        "lambda_provisioned_duration": 3600 * busy * warm * memory,
        "lambda_duration": 3600 * busy * (1 - warm) * memory,
    }


def _model_use(sizes: Mapping[str, Any], workload: Workload, rate: float) -> dict[str, float]:
    asked = rate * workload.model_share
    if not sizes["EndpointMaxInstances"]:
        return {"serverless_duration": 3600 * asked * workload.model_s * sizes["ServerlessMemory"] / 1024}
    wanted = 60 * asked / sizes["EndpointInvocationsTarget"]
    running = _tracked(wanted, sizes["EndpointMinInstances"], sizes["EndpointMaxInstances"])
    return {f"endpoint_{sizes['EndpointInstanceType']}": running}


def _table_use(sizes: Mapping[str, Any], workload: Workload, rate: float) -> dict[str, float]:
    writes = rate * write_units(workload.item_bytes)
    reads = rate * workload.other_calls * read_units(workload.item_bytes)
    if not sizes["TableWriteMax"]:
        return {"table_writes": 3600 * writes, "table_reads": 3600 * reads}
    utilization = sizes["TableUtilization"] / 100
    return {
        "table_write_capacity": _tracked(writes / utilization, sizes["TableWriteMin"], sizes["TableWriteMax"]),
        "table_read_capacity": _tracked(reads / utilization, sizes["TableReadMin"], sizes["TableReadMax"]),
    }


def _tracked(wanted: float, least: float, most: float) -> float:
    """What target tracking settles on."""
    return float(min(most, max(least, math.ceil(wanted))))


def write_units(item_bytes: float) -> int:
    """A unit writes 1 KB: docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html."""
    return max(1, math.ceil(item_bytes / 1024))


def read_units(item_bytes: float) -> int:
    """A unit reads 4 KB consistently: see :func:`write_units`."""
    return max(1, math.ceil(item_bytes / 4096))


def _stored(
    sizes: Mapping[str, Any], workload: Workload, questions: float, used: Mapping[str, float]
) -> dict[str, float]:
    """What lies about once deletion has caught up with what comes in."""
    months = int(template.parameters()["RetentionDays"]["Default"]) / DAYS
    table = questions * months * (workload.item_bytes + 100) / GB  # DynamoDB adds 100 bytes an item
    return {
        "table_storage": table,
        "table_recovery": table,
        "log_storage": used["log_ingestion"] * sizes["LogRetentionDays"] / DAYS,
        "bucket_storage": workload.stored_gb,
        "page_stored": workload.page_bytes / GB,
    }
