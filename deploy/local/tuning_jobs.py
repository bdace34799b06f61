"""SageMaker hyper-parameter tuning jobs that really run: they start training jobs, read their metric, choose the next.

A tuning job is a thread that keeps as many training jobs going as it may, each a real one (``training_jobs.py``), and
takes the objective from what the job's metric definitions have found in its log: the last value, as SageMaker does.
Random and Bayesian search are Optuna's samplers, so their choices are not AWS's; a grid is the same everywhere.
"""

import itertools
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from job_runs import now
from training_jobs import OBJECTIVE_PARAMETER

logger = logging.getLogger(__name__)

INTERVAL_S = 0.2
STRATEGIES = ("Bayesian", "Random", "Grid")
ENDED = ("Completed", "Failed", "Stopped")
PARTS = (  # of a request; what follows the first two is not emulated
    "HyperParameterTuningJobConfig",
    "TrainingJobDefinition",
    "TrainingJobDefinitions",
    "WarmStartConfig",
    "Autotune",
)
_RANGES = ("ContinuousParameterRanges", "IntegerParameterRanges", "CategoricalParameterRanges")


class TuningError(Exception):
    """The request is one that SageMaker, or this emulation of it, does not take; the text says why."""


class TuningJobs:
    """Runs tuning jobs.

    Parameters
    ----------
    launch : callable
        Starts the training job that a request describes and returns moto's record of it.
    stop : callable
        Stops the training job of a name.
    """

    def __init__(self, launch: Callable[[Mapping[str, Any]], Any], stop: Callable[[str], None]) -> None:
        self._launch, self._stop = launch, stop
        self._runs: dict[str, TuningRun] = {}

    def start(self, job: Any) -> None:
        """Start ``job``, moto's record of it, which is updated as it goes along."""
        run = TuningRun(job, self._launch, self._stop)
        self._runs[job.hyper_parameter_tuning_job_name] = run
        run.thread.start()

    def stop(self, name: str) -> None:
        """Stop a job and its training jobs; its record turns to Stopped when they have ended."""
        self._runs[name].stop()

    def trials(self, name: str) -> list[dict[str, Any]]:
        """Return the summaries of a tuning job's training jobs, in the order in which they were started."""
        return [trial.summary() for trial in self._runs[name].trials]

    def close(self) -> None:
        """Let no job start another training job."""
        for run in self._runs.values():
            run.closing.set()
        for run in self._runs.values():
            run.thread.join(5)


class Trial:
    """One training job of a tuning job."""

    def __init__(self, job: Any, tuned: Mapping[str, str], objective: Mapping[str, str], answer: Any) -> None:
        self.job, self.tuned, self._objective, self.answer = job, dict(tuned), objective, answer
        self.told = False  # whether the sampler knows how it ended

    @property
    def ended(self) -> bool:
        return self.job.training_job_status in ENDED

    @property
    def value(self) -> float | None:
        """The metric of a completed job; None while it runs, and if it has failed or said none."""
        if self.job.training_job_status != "Completed":
            return None
        name = self._objective["MetricName"]
        return next(
            (metric["Value"] for metric in self.job.final_metric_data_list if metric["MetricName"] == name), None
        )

    @property
    def objective_status(self) -> str:
        if not self.ended:
            return "Pending"
        return "Failed" if self.value is None else "Succeeded"

    def summary(self) -> dict[str, Any]:
        """Return what ListTrainingJobsForHyperParameterTuningJob says of it."""
        job = self.job
        told = {
            "TrainingJobName": job.training_job_name,
            "TrainingJobArn": job.arn,
            "CreationTime": job.creation_time,
            "TrainingStartTime": job.training_start_time,
            "TrainingEndTime": job.training_end_time,
            "TrainingJobStatus": job.training_job_status,
            "TunedHyperParameters": self.tuned,
            "FailureReason": job.failure_reason,
            "ObjectiveStatus": self.objective_status,
        }
        if self.value is not None:
            told["FinalHyperParameterTuningJobObjectiveMetric"] = {**self._objective, "Value": self.value}
        return {name: value for name, value in told.items() if value is not None}


class TuningRun:
    """One run of one tuning job, in a thread of its own."""

    def __init__(self, job: Any, launch: Callable[[Mapping[str, Any]], Any], stop: Callable[[str], None]) -> None:
        self._job, self._launch, self._stop_training = job, launch, stop
        self._config = job.hyper_parameter_tuning_job_config
        self._objective = self._config["HyperParameterTuningJobObjective"]
        self._suggestions = suggestions(self._config)
        self.trials: list[Trial] = []
        self.closing, self._stopping = threading.Event(), threading.Event()
        self.thread = threading.Thread(
            target=self._run, name=f"tuning-{job.hyper_parameter_tuning_job_name}", daemon=True
        )

    def stop(self) -> None:
        """Ask the job to end."""
        self._job.hyper_parameter_tuning_job_status = "Stopping"
        self._stopping.set()
        for trial in self.trials:
            if trial.job.training_job_status == "InProgress":
                self._stop_training(trial.job.training_job_name)

    def _run(self) -> None:
        try:
            self._work()
            reason = ""
        except Exception as error:
            logger.exception(
                "tuning job %s failed inside the emulated cloud", self._job.hyper_parameter_tuning_job_name
            )
            reason = f"InternalServerError: {type(error).__name__}: {error}"
        self._finish(reason)

    def _work(self) -> None:
        limits = self._config["ResourceLimits"]
        most, at_once = limits.get("MaxNumberOfTrainingJobs", 500), limits["MaxParallelTrainingJobs"]
        exhausted = False
        while not self.closing.is_set():
            for trial in self.trials:
                self._suggestions.tell(trial)
            running = sum(not trial.ended for trial in self.trials)
            exhausted |= len(self.trials) >= most or self._stopping.is_set()
            if exhausted and not running:
                return
            if not exhausted and running < at_once:
                suggestion = self._suggestions.next()
                exhausted = suggestion is None
                if suggestion:
                    self._start(*suggestion)
            self._note()
            self.closing.wait(INTERVAL_S)

    def _start(self, tuned: Mapping[str, str], answer: Any) -> None:
        definition = self._job.training_job_definition
        name = f"{self._job.hyper_parameter_tuning_job_name}-{len(self.trials) + 1:03d}-{secrets.token_hex(4)}"
        static = definition.get("StaticHyperParameters") or {}
        request = {name: value for name, value in definition.items() if name != "StaticHyperParameters"} | {
            "TrainingJobName": name,
            "HyperParameters": {**static, **tuned, OBJECTIVE_PARAMETER: self._objective["MetricName"]},
        }
        self.trials.append(Trial(self._launch(request), tuned, self._objective, answer))

    # The job's record --------------------------------------------------------------------------------------------

    def _note(self) -> None:
        """Bring the counters and the best job in the record up to date."""
        job, statuses = self._job, [trial.job.training_job_status for trial in self.trials]
        job.training_job_status_counters = {
            "Completed": statuses.count("Completed"),
            "InProgress": sum(status not in ENDED for status in statuses),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        }
        objectives = [trial.objective_status for trial in self.trials]
        job.objective_status_counters = {name: objectives.count(name) for name in ("Succeeded", "Pending", "Failed")}
        best = min if self._objective["Type"] == "Minimize" else max
        if judged := [trial for trial in self.trials if trial.value is not None]:
            job.best_training_job = best(judged, key=lambda trial: trial.value).summary()
        job.last_modified_time = now()

    def _finish(self, reason: str) -> None:
        self._note()
        job = self._job
        if not reason and not self._stopping.is_set() and not job.objective_status_counters["Succeeded"]:
            reason = "No training job succeeded with the objective metric " + self._objective["MetricName"]
        job.failure_reason = reason or None
        job.hyper_parameter_tuning_end_time = now()
        status = "Failed" if reason else "Stopped" if self._stopping.is_set() else "Completed"
        job.hyper_parameter_tuning_job_status = status


# What is tried next -----------------------------------------------------------------------------------------------


class Grid:
    """All combinations of categorical values, in order."""

    def __init__(self, ranges: Mapping[str, Any]) -> None:
        values = [(one["Name"], one["Values"]) for one in ranges.get("CategoricalParameterRanges") or []]
        names = [name for name, _ in values]
        self._combinations: Iterator[dict[str, str]] = (
            dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*(given for _, given in values))
        )

    def next(self) -> tuple[dict[str, str], Any] | None:
        """Return the next combination, or None if all were tried."""
        combination = next(self._combinations, None)
        return None if combination is None else (combination, None)

    def tell(self, trial: Trial) -> None:
        """A grid learns nothing."""


class Sampled:
    """Values that one of Optuna's samplers draws, the Bayesian one after what it was told."""

    def __init__(self, ranges: Mapping[str, Any], sampler: Any, direction: str) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = ranges
        self._study = optuna.create_study(sampler=sampler, direction=direction)

    def next(self) -> tuple[dict[str, str], Any]:
        """Draw a value of each range, written as SageMaker writes them."""
        trial = self._study.ask()
        values: dict[str, str] = {}
        for one in self._ranges.get("CategoricalParameterRanges") or []:
            values[one["Name"]] = trial.suggest_categorical(one["Name"], one["Values"])
        for kind, suggest, convert in (
            ("ContinuousParameterRanges", trial.suggest_float, float),
            ("IntegerParameterRanges", trial.suggest_int, int),
        ):
            for one in self._ranges.get(kind) or []:
                low, high = convert(one["MinValue"]), convert(one["MaxValue"])
                logarithmic = one.get("ScalingType") == "Logarithmic"
                values[one["Name"]] = str(suggest(one["Name"], low, high, log=logarithmic))
        return values, trial

    def tell(self, trial: Trial) -> None:
        """Let the sampler know how a trial ended, once."""
        import optuna

        if trial.ended and not trial.told:
            trial.told = True
            failed = None if trial.value is not None else optuna.trial.TrialState.FAIL
            self._study.tell(trial.answer, trial.value, state=failed)


def suggestions(config: Mapping[str, Any]) -> Grid | Sampled:
    """Return what chooses the values of a tuning job's training jobs."""
    ranges, strategy = config.get("ParameterRanges") or {}, config["Strategy"]
    if strategy == "Grid":
        return Grid(ranges)
    from optuna import samplers

    seed = config.get("RandomSeed")
    sampler = samplers.RandomSampler(seed) if strategy == "Random" else samplers.TPESampler(seed=seed)
    return Sampled(ranges, sampler, config["HyperParameterTuningJobObjective"]["Type"].lower())


def check(request: Mapping[str, Any]) -> None:
    """Refuse what SageMaker refuses, and what is not emulated; ``request`` has the PARTS.

    Raises
    ------
    TuningError
    """
    config, definition = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinition")
    for part in PARTS[2:]:
        if request.get(part):
            raise TuningError(f"The emulated cloud has no {part}.")
    if config["Strategy"] not in STRATEGIES:
        raise TuningError(f"The emulated cloud has no strategy {config['Strategy']}; use {', '.join(STRATEGIES)}.")
    if not definition:
        raise TuningError("A tuning job needs a TrainingJobDefinition.")
    ranges = config.get("ParameterRanges") or {}
    names = [one["Name"] for kind in _RANGES for one in ranges.get(kind) or []]
    if not names:
        raise TuningError("A tuning job needs at least one hyperparameter range.")
    if twice := sorted(set(names) & set(definition.get("StaticHyperParameters") or {})):
        raise TuningError(f"{', '.join(twice)}: both static and tuned; give each hyperparameter once.")
    if config["Strategy"] == "Grid" and any(ranges.get(kind) for kind in _RANGES[:2]):
        raise TuningError("With the strategy Grid all ranges must be categorical.")
    metric = config.get("HyperParameterTuningJobObjective", {}).get("MetricName")
    defined = [one["Name"] for one in definition["AlgorithmSpecification"].get("MetricDefinitions") or []]
    if metric not in defined:
        raise TuningError(f"The objective metric {metric} is none of the metric definitions: {', '.join(defined)}.")
