"""The stack's limits and scaling policies, read from the template, and how AWS acts on them.

What AWS does is as its documentation says: each rule names its page.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medassist.errors import ConfigurationError
from medassist.production import template

SAGEMAKER, LAMBDA, DYNAMODB = "sagemaker", "lambda", "dynamodb"

# Seconds if a policy names none: docs.aws.amazon.com/autoscaling/application/userguide/
# target-tracking-scaling-policy-overview.html#target-tracking-cooldown
DEFAULT_COOLDOWN_S = {SAGEMAKER: 300.0, LAMBDA: 0.0, DYNAMODB: 0.0}


@dataclass(frozen=True, slots=True)
class TargetTracking:
    """One target tracking policy with its scalable target.

    Application Auto Scaling makes two alarms on one-minute metrics: capacity is added after ``out_minutes`` above the
    target, and removed after ``in_minutes`` below ``in_below``, which lies under the target.
    Sources: docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html; for
    DynamoDB two minutes, and 20 points under the target: repost.aws/knowledge-center/dynamodb-auto-scaling.
    """

    least: int
    most: int
    target: float
    out_cooldown_s: float = 0.0
    in_cooldown_s: float = 0.0
    out_minutes: int = 3
    in_minutes: int = 15
    in_below: float = 0.0  # 0: nine tenths of the target

    @property
    def in_threshold(self) -> float:
        """Value of the metric below which capacity may be removed."""
        return self.in_below or 0.9 * self.target

    def settled(self, load: float) -> int:
        """Return the capacity that keeps a steady ``load`` (metric times capacity) at the target."""
        return min(self.most, max(self.least, math.ceil(round(load / self.target, 6))))


class Tracker:
    """Follows one policy from minute to minute."""

    def __init__(self, policy: TargetTracking) -> None:
        self.policy = policy
        self._metric: deque[float] = deque(maxlen=max(policy.out_minutes, policy.in_minutes))
        self._last_out, self._last_in = -math.inf, -math.inf
        self._last_wanted = 0

    def observe(self, now_s: float, metric: float, capacity: int) -> int:
        """Take in the minute that has just ended; return the capacity that is wanted now.

        The new capacity would have kept the metric at its target: capacity times metric by target, rounded up. While a
        cool-down runs, only a larger scale-out than the last one starts; a scale-out never waits for a scale-in's
        cool-down. Source: as for :class:`TargetTracking`.

        Parameters
        ----------
        now_s : float
            Seconds since the start.
        metric : float
            The minute's value, in the unit of the target.
        capacity : int
            What is set now, including what is still starting.
        """
        policy, metric_values = self.policy, self._metric
        metric_values.append(metric)
        recent = list(metric_values)[-policy.out_minutes :]
        wanted = min(policy.most, math.ceil(round(capacity * metric / policy.target, 6)))
        if len(recent) == policy.out_minutes and min(recent) > policy.target and wanted > capacity:
            if now_s - self._last_out >= policy.out_cooldown_s or wanted > self._last_wanted:
                self._last_out, self._last_wanted = now_s, wanted
                return wanted
            return capacity
        recent = list(metric_values)[-policy.in_minutes :]
        wanted = max(policy.least, math.ceil(round(capacity * max(recent) / policy.target, 6)))
        if len(recent) == policy.in_minutes and max(recent) < policy.in_threshold and wanted < capacity:
            last_change = max(self._last_in, self._last_out)
            if now_s - last_change >= policy.in_cooldown_s:
                self._last_in = now_s
                return wanted
        return capacity


class TokenBucket:
    """A bucket that fills at ``rate`` a second up to ``size``; each request takes tokens or is refused.

    API Gateway's throttle (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html)
    and DynamoDB's burst capacity, the unused throughput of the last 300 seconds
    (docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html).
    """

    __slots__ = ("_last_s", "_tokens", "rate", "size")

    def __init__(self, rate: float, size: float) -> None:
        self.rate, self.size = rate, size
        self._tokens, self._last_s = size, 0.0

    def take(self, now_s: float, tokens: float = 1.0) -> bool:
        """Take tokens if there are enough; ``now_s`` never goes back."""
        available = min(self.size, self._tokens + (now_s - self._last_s) * self.rate)
        self._last_s = now_s
        if available < tokens:
            self._tokens = available
            return False
        self._tokens = available - tokens
        return True

    def refill(self, now_s: float, rate: float, size: float) -> None:
        """Go on with another rate and size from now."""
        self._tokens = min(size, min(self.size, self._tokens + (now_s - self._last_s) * self.rate))
        self._last_s, self.rate, self.size = now_s, rate, size


@dataclass(frozen=True, slots=True)
class Policies:
    """The limits and policies of one preset. None stands for what the preset does not have."""

    preset: str
    sizes: Mapping[str, Any]  # the preset's values in the template, with what was changed
    api_rate: float  # requests a second
    api_burst: float
    reserved_concurrency: int  # 0: none, the account's quota counts
    function_timeout_s: float
    snapstart: bool
    function: TargetTracking | None  # provisioned concurrency, by the share in use
    model: TargetTracking | None  # instances, by invocations a minute and instance; None: serverless
    serverless_concurrency: int
    writes: TargetTracking | None  # write units, by the share consumed; None: on demand

    @classmethod
    def from_template(cls, preset: str, **changed: float) -> "Policies":
        """Read a preset from the translated template.

        Parameters
        ----------
        preset : str
            ``"dev"`` or ``"prod"``.
        **changed : float
            Values to try in the place of the preset's, by their names there: ``ApiRateLimit=500``.

        Raises
        ------
        ConfigurationError
            If there is no such value.
        DeploymentError
            If there is no such preset.
        """
        sizes = dict(template.preset(preset))
        if unknown := sorted(set(changed) - set(sizes)):
            raise ConfigurationError(f"A preset has no value {unknown[0]!r}; it has {', '.join(sizes)}.")
        sizes |= changed
        code = f"code/{'0' * 64}.zip"
        resources = template.translate({"Preset": preset, "CodeKey": code, "ModelServed": "true"})["Resources"]
        (stage,) = _of_type(resources, "AWS::ApiGateway::Stage").values()
        throttle = _looked_up(stage["MethodSettings"][0], sizes)
        (function,) = _of_type(resources, "AWS::Lambda::Function").values()
        return cls(
            preset=preset,
            sizes=sizes,
            api_rate=float(throttle["ThrottlingRateLimit"]),
            api_burst=float(throttle["ThrottlingBurstLimit"]),
            reserved_concurrency=int(sizes["ReservedConcurrency"]),
            function_timeout_s=float(sizes["LambdaTimeout"]),
            snapstart="ApplyOn" in function.get("SnapStart", {}),
            function=_policy(resources, sizes, "lambda:function:ProvisionedConcurrency"),
            model=_policy(resources, sizes, "sagemaker:variant:DesiredInstanceCount"),
            serverless_concurrency=int(sizes["ServerlessMaxConcurrency"]),
            writes=_policy(resources, sizes, "dynamodb:table:WriteCapacityUnits"),
        )


def _of_type(resources: Mapping[str, Any], type_: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == type_}


def _policy(resources: Mapping[str, Any], sizes: Mapping[str, Any], dimension: str) -> TargetTracking | None:
    """Find the scalable target of a dimension and the policy that refers to it."""
    targets = _of_type(resources, "AWS::ApplicationAutoScaling::ScalableTarget")
    names = [name for name, each in targets.items() if each["ScalableDimension"] == dimension]
    if not names:
        return None
    target = _looked_up(targets[names[0]], sizes)
    (policy,) = (
        _looked_up(each["TargetTrackingScalingPolicyConfiguration"], sizes)
        for each in _of_type(resources, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
        if each["ScalingTargetId"] == {"Ref": names[0]}
    )
    service = target["ServiceNamespace"]
    cooldown, is_table = DEFAULT_COOLDOWN_S[service], service == DYNAMODB
    return TargetTracking(
        least=int(target["MinCapacity"]),
        most=int(target["MaxCapacity"]),
        target=float(policy["TargetValue"]),
        out_cooldown_s=float(policy.get("ScaleOutCooldown", cooldown)),
        in_cooldown_s=float(policy.get("ScaleInCooldown", cooldown)),
        out_minutes=2 if is_table else 3,
        in_below=float(policy["TargetValue"]) - 20 if is_table else 0.0,
    )


def _looked_up(value: Any, sizes: Mapping[str, Any]) -> Any:
    """Put the preset's values in the place of look-ups in the template's mapping."""
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        mapping, _, name = value["Fn::FindInMap"]
        return sizes[name] if mapping == "Presets" else value
    if isinstance(value, dict):
        return {key: _looked_up(inner, sizes) for key, inner in value.items()}
    return [_looked_up(inner, sizes) for inner in value] if isinstance(value, list) else value
