"""What a training job runs on."""

import os
from dataclasses import dataclass

from medassist.errors import TrainingError

DEFAULT_INSTANCE = "ml.m5.xlarge"  # the compact T5 needs no GPU; ml.g5.xlarge for Flan-T5
MAX_HOURS = 12
MAX_KEEP_ALIVE_MINUTES = 360  # what SageMaker takes


@dataclass(frozen=True, slots=True)
class Machines:
    """What a training job runs on. How many there are does not change what is learnt, only how long it takes."""

    instance_type: str = DEFAULT_INSTANCE
    instance_count: int = 1
    processes_per_instance: int = 1  # as many as an instance has GPUs; 1 for CPUs, whose cores one process uses all
    spot: bool = False  # spare instances for some 30 % of the price; taken away at any time, so checkpoints are kept
    max_wait_hours: float = 24.0  # for spot instances and for the training together, at least MAX_HOURS
    volume_gb: int = 30  # after an interruption all checkpoints come back: about 18 times 12 bytes a parameter
    keep_alive_minutes: int = 0  # the instances wait as long, at full price, for the next job of the same kind

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        TrainingError
            With the name, the value and what is allowed.
        """
        for name in ("instance_count", "processes_per_instance", "volume_gb"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least 1.")
        if not 0 <= self.keep_alive_minutes <= MAX_KEEP_ALIVE_MINUTES:
            raise TrainingError(
                f"keep_alive_minutes is {self.keep_alive_minutes}, but must be from 0 to {MAX_KEEP_ALIVE_MINUTES}."
            )
        if self.spot and self.keep_alive_minutes:
            raise TrainingError("Spot instances cannot be kept alive; set keep_alive_minutes to 0 or spot to false.")
        if self.spot and self.max_wait_hours < MAX_HOURS:
            raise TrainingError(
                f"max_wait_hours is {self.max_wait_hours:g}, but a training may take {MAX_HOURS}; wait that long."
            )

    @property
    def processes(self) -> int:
        """How many processes train together."""
        return self.instance_count * self.processes_per_instance


def wait_politely() -> None:
    """Let threads of PyTorch that wait for others sleep. It must be called before PyTorch is first imported.

    By default they spin: on 2 cores with other work at hand, 24 steps took 109 to 145 s that way, 28 s with sleeping
    and 24 s with one thread.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
