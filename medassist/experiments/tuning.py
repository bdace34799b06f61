"""A search for hyper-parameters with Optuna, in this process. What makes it a study is in :mod:`.studies`."""

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from medassist.errors import TrainingError
from medassist.experiments import search_space, studies
from medassist.experiments.search_space import Space, Value
from medassist.experiments.studies import (
    BEST,
    COMPLETE,
    DEFAULT,
    FAILED,
    OBJECTIVE,
    PRUNED,
    SEARCH,
    Budget,
    Study,
    Table,
    Training,
    to_line,
)
from medassist.experiments.tracking import LINE, VALUE
from medassist.training_parameters import TrainingParameters

DATABASE = "study.db"
STARTUP_TRIALS = 3  # before any trial is pruned, and before Optuna stops drawing at random
PROBE_STEPS = 6


def tune_here(
    examples: str | Path,
    out: str | Path,
    parameters: TrainingParameters,
    *,
    budget: Budget,
    space: Space | None = None,
    say: Callable[[str], None] = print,
) -> Study:
    """Search in this process, one training after the other, and write the report.

    Parameters
    ----------
    examples : str or Path
        Prepared folder.
    out : str or Path
        Gets Optuna's database, the table of trainings and the report. A study that was interrupted goes on from what
        is there; one of other examples, parameters, space or code begins anew beside it.
    parameters : TrainingParameters
        The default that is to be beaten; what is not in the space stays so.
    budget : Budget
    space : mapping, optional
        What is tried; :func:`medassist.experiments.search_space.space_for` if not given.
    say : callable
        Gets a line before the study, with its budget in minutes, and one for each training.

    Raises
    ------
    TrainingError
        If no trial is completed, or the space names no hyper-parameters.
    """
    started, parameters = time.monotonic(), studies.settle(parameters, budget)
    space = space or search_space.space_for(parameters)
    search_space.check(space)
    workshop = _Workshop(Path(examples), Path(out), parameters, space, say)
    say(f"{budget}; about {workshop.estimate(budget):.0f} minutes here, judged by {PROBE_STEPS} steps just now")
    _search(workshop, budget)
    best = studies.best_of(workshop.table.read(SEARCH))
    for seed in studies.seeds(parameters, budget):
        for purpose, values in ((DEFAULT, {}), (BEST, best.values)):
            workshop.train(purpose, values, seed)
    defaults = {name: getattr(parameters, name) for name in space}
    study = Study(budget, space, tuple(workshop.table.read()), "here", time.monotonic() - started, defaults)
    studies.write_report(study, workshop.out)
    return study


class _Workshop:
    """Trains for a study, and keeps the table."""

    def __init__(
        self,
        examples: Path,
        out: Path,
        parameters: TrainingParameters,
        space: Space,
        say: Callable[[str], None],
    ) -> None:
        from medassist.examples import read_examples, read_passages

        self.parameters, self.space, self.say = parameters, space, say
        self.version = studies.version_of(examples, parameters, space)
        self.out = out / self.version
        self.table = Table(self.out / studies.TABLE)
        self._sides = [read_examples(examples / f"{side}.parquet") for side in ("train", "validation")]
        self._texts = read_passages(examples / "passages.parquet")

    def estimate(self, budget: Budget) -> float:
        """Return about how many minutes are left, by the trainings so far, else by some steps of the default."""
        done = self.table.read()
        left = budget.trainings - len(done)
        if timed := [training for training in done if training.state == COMPLETE]:
            return left * sum(training.seconds for training in timed) / len(timed) / 60
        started, times = time.monotonic(), [time.monotonic()]
        probe = replace(self.parameters, max_steps=PROBE_STEPS, evaluations=1)
        self.fine_tune(probe, lambda line: times.append(time.monotonic()) if LINE.search(line) else None)
        step = (times[-1] - times[1]) / (len(times) - 2) if len(times) > 2 else times[-1] - times[0]
        whole = time.monotonic() - started
        return left * (whole + step * (budget.steps - PROBE_STEPS)) / 60

    def fine_tune(self, parameters: TrainingParameters, on_line: Callable[[str], None]) -> float:
        """Train without keeping the model; return the objective."""
        from transformers.utils import logging as transformers_logging

        from medassist.training import fine_tune

        quieten: Any = transformers_logging  # a bar for each file of each training would drown the study's lines
        quieten.set_verbosity_error()
        quieten.disable_progress_bar()
        with tempfile.TemporaryDirectory(prefix="medassist-tuning-") as folder:
            train, validation = self._sides
            out = Path(folder) / "model"
            return float(fine_tune(train, validation, self._texts, out, parameters, on_line=on_line)["validation_loss"])

    def train(
        self,
        purpose: str,
        values: Mapping[str, Value],
        seed: int,
        on_value: Callable[[int, float], None] = lambda step, value: None,
    ) -> Training:
        """Train once and put it in the table; what stands there already is not trained again.

        ``on_value`` gets the validation losses on the way and may raise Optuna's ``TrialPruned``.
        """
        import optuna

        if purpose != SEARCH and (known := self._find(purpose, values, seed)):
            return known
        started, seen = time.monotonic(), [(0, math.nan)]

        def listen(line: str) -> None:
            if found := LINE.search(line):
                step, numbers = int(found[1]), dict(VALUE.findall(found[2]))
                if OBJECTIVE in numbers:
                    seen.append((step, float(numbers[OBJECTIVE])))
                    on_value(*seen[-1])

        objective: float | None = None
        try:
            parameters: Any = replace(self.parameters, seed=seed, **dict(values))  # type: ignore[arg-type]
            objective, state = self.fine_tune(parameters, listen), COMPLETE
        except optuna.TrialPruned:
            objective, state = seen[-1][1], PRUNED
        except TrainingError as error:
            self.say(f"a training failed: {error}")
            state = FAILED
        training = Training(purpose, dict(values), seed, state, objective, seen[-1][0], time.monotonic() - started)
        self.table.add(training)
        self.say(to_line(training))
        return training

    def _find(self, purpose: str, values: Mapping[str, Value], seed: int) -> Training | None:
        wanted = (dict(values), seed)
        return next((done for done in self.table.read(purpose) if (done.values, done.seed) == wanted), None)


def _search(workshop: _Workshop, budget: Budget) -> None:
    """Let Optuna choose the values of the trials that the table does not hold yet."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    workshop.out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{workshop.out / DATABASE}",
        study_name=workshop.version,
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=budget.steps // 3),
    )
    for left in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):  # of a study that was interrupted
        study.tell(left.number, state=optuna.trial.TrialState.FAIL)
    seed = workshop.parameters.seed
    while (number := len(workshop.table.read(SEARCH))) < budget.trials:
        # A seed for each trial: one that goes on after an interruption draws what it would have drawn.
        study.sampler = optuna.samplers.TPESampler(seed=seed + number, n_startup_trials=STARTUP_TRIALS)
        trial = study.ask()
        values = search_space.suggest(workshop.space, trial)

        def prune(step: int, value: float, trial: Any = trial) -> None:
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned

        done = workshop.train(SEARCH, values, seed, prune)
        states = {COMPLETE: None, PRUNED: optuna.trial.TrialState.PRUNED, FAILED: optuna.trial.TrialState.FAIL}
        study.tell(trial, done.objective if done.state == COMPLETE else None, state=states[done.state])
