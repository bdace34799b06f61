"""What a search for hyper-parameters tries: one space, written for Optuna and for SageMaker."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from medassist.errors import TrainingError
from medassist.training_parameters import DECAYS, TrainingParameters

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``; ``logarithmic`` where a factor matters, not a difference."""

    low: float
    high: float
    logarithmic: bool = False

    def __post_init__(self) -> None:
        """Check that there is something in between.

        Raises
        ------
        TrainingError
        """
        if not self.low < self.high or (self.logarithmic and self.low <= 0):
            raise TrainingError(
                f"The range from {self.low:g} to {self.high:g} is empty, or logarithmic without a sign."
            )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values."""

    values: tuple[Value, ...]


Space = Mapping[str, Range | Choice]


def space_for(parameters: TrainingParameters) -> dict[str, Range | Choice]:
    """Return what is worth trying around some parameters.

    Nothing in it changes what a step costs, so that trials of equally many steps are a fair comparison; and nothing
    changes the word pieces, so that their losses can be compared.
    """
    rate = parameters.peak_learning_rate
    return {
        "learning_rate": Range(rate / 8, rate * 4, logarithmic=True),
        "warmup": Range(0.02, 0.3),
        "decay": Choice(DECAYS),
        "weight_decay": Range(0.001, 0.1, logarithmic=True),
        "mixing_temperature": Range(1.0, 4.0),
    }


def check(space: Space) -> None:
    """Check that a space names hyper-parameters.

    Raises
    ------
    TrainingError
        With the names that are none.
    """
    known = {field.name for field in fields(TrainingParameters)}
    if unknown := sorted(set(space) - known) or ([] if space else ["(nothing)"]):
        raise TrainingError(
            f"{', '.join(unknown)}: nothing to tune; the hyper-parameters are {', '.join(sorted(known))}."
        )


def suggest(space: Space, trial: Any) -> dict[str, Value]:
    """Draw a value of each parameter from an Optuna trial."""
    return {
        name: trial.suggest_float(name, part.low, part.high, log=part.logarithmic)
        if isinstance(part, Range)
        else trial.suggest_categorical(name, part.values)
        for name, part in space.items()
    }


def to_sagemaker(space: Space) -> dict[str, list[dict[str, Any]]]:
    """Return the ``ParameterRanges`` of a SageMaker tuning job."""
    continuous = [
        {
            "Name": name,
            "MinValue": f"{part.low:g}",
            "MaxValue": f"{part.high:g}",
            "ScalingType": "Logarithmic" if part.logarithmic else "Linear",
        }
        for name, part in space.items()
        if isinstance(part, Range)
    ]
    categorical = [
        {"Name": name, "Values": [str(value) for value in part.values]}
        for name, part in space.items()
        if isinstance(part, Choice)
    ]
    return {"ContinuousParameterRanges": continuous, "CategoricalParameterRanges": categorical}


def from_sagemaker(space: Space, tuned: Mapping[str, str]) -> dict[str, Value]:
    """Return the values that SageMaker's strings stand for."""
    values: dict[str, Value] = {}
    for name, text in tuned.items():
        part = space[name]
        values[name] = float(text) if isinstance(part, Range) else next(v for v in part.values if str(v) == text)
    return values
