"""Studies of hyper-parameters: budget, space, verdict and report; with Optuna here and by SageMaker's tuning jobs."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from medassist import cli, storage, training_job
from medassist.cloud import Cloud
from medassist.errors import TrainingError
from medassist.examples import Example, ExampleSet, write_examples
from medassist.experiments import search_space, studies, tuning, tuning_job
from medassist.experiments.search_space import Choice, Range
from medassist.experiments.studies import BEST, COMPLETE, DEFAULT, FAILED, PRUNED, SEARCH, Budget, Study, Training
from medassist.machines import Machines
from medassist.schemas import Passage
from medassist.training_parameters import TrainingParameters

BUCKET = "medassist-tuning-tests"
SPACE = {
    "learning_rate": Range(1e-4, 5e-2, logarithmic=True),
    "warmup": Range(0.02, 0.3),
    "decay": Choice(("linear", "cosine")),
}


def training(
    purpose: str, objective: float | None, seed: int = 13, state: str = COMPLETE, rate: float = 0.1
) -> Training:
    values = {} if purpose == DEFAULT else {"learning_rate": rate}
    return Training(purpose, values, seed, state, objective, 10, 1.0)


def study(defaults: list[float | None], bests: list[float | None], *trials: Training) -> Study:
    repeats = [training(DEFAULT, value, 14 + n) for n, value in enumerate(defaults)]
    repeats += [training(BEST, value, 14 + n) for n, value in enumerate(bests)]
    search = trials or (training(SEARCH, 2.0),)
    space = {"learning_rate": Range(0.01, 1.0)}
    budget = Budget(len(search), 10, len(defaults))
    return Study(budget, space, (*search, *repeats), "here", 90.0, {"learning_rate": 0.5})


# --- Space and verdict --------------------------------------------------------------------------------------------


def test_the_space_is_the_same_for_both(tmp_path: Path) -> None:
    # WHEN a space is written for SageMaker
    ranges = search_space.to_sagemaker(SPACE)
    # THEN bounds and scales are there, as strings
    assert ranges["ContinuousParameterRanges"] == [
        {"Name": "learning_rate", "MinValue": "0.0001", "MaxValue": "0.05", "ScalingType": "Logarithmic"},
        {"Name": "warmup", "MinValue": "0.02", "MaxValue": "0.3", "ScalingType": "Linear"},
    ]
    assert ranges["CategoricalParameterRanges"] == [{"Name": "decay", "Values": ["linear", "cosine"]}]
    # AND its strings come back as values
    tuned = {"learning_rate": "0.003", "decay": "cosine"}
    assert search_space.from_sagemaker(SPACE, tuned) == {"learning_rate": 0.003, "decay": "cosine"}


def test_what_is_tried_lies_around_the_defaults() -> None:
    parameters = TrainingParameters()
    for name, part in search_space.space_for(parameters).items():
        value = getattr(parameters.settle(), name)
        assert value in part.values if isinstance(part, Choice) else part.low <= value <= part.high, name


@pytest.mark.parametrize(
    ("said", "make"),
    [
        ("learning_rat: nothing to tune", lambda: search_space.check({"learning_rat": Choice((1,))})),
        ("range from 2 to 1 is empty", lambda: Range(2, 1)),
        ("repeats is 1, but must be at least 2", lambda: Budget(repeats=1)),
    ],
)
def test_what_makes_no_study_is_refused(said, make) -> None:
    with pytest.raises(TrainingError, match=said):
        make()


@pytest.mark.parametrize(
    ("defaults", "bests", "better"),
    [
        ([2.0, 2.1, 2.2], [1.7, 1.8, 1.9], True),
        ([2.0, 2.1, 2.2], [1.7, 1.8, 2.05], False),  # overlap
        ([2.0, 2.1, 2.2], [1.7, 1.8, None], False),  # one has failed
        ([1.7, 1.8, 1.9], [2.0, 2.1, 2.2], False),
    ],
)
def test_better_is_what_is_better_with_every_seed(defaults, bests, better: bool) -> None:
    assert study(defaults, bests).better == better


def test_the_report_says_what_was_done_and_what_it_is_worth() -> None:
    # GIVEN a study of four trials, of which one was pruned and one failed
    trials = [
        training(SEARCH, 2.5, rate=0.2),
        training(SEARCH, 2.0, rate=0.3),
        training(SEARCH, 1.5, state=PRUNED),
        training(SEARCH, None, state=FAILED),
    ]
    done = study([2.4, 2.3, 2.2], [2.1, 2.0, 1.9], *trials)
    report = studies.to_markdown(done)
    # THEN the best is the best of the completed ones, with its values beside the default
    assert done.best.objective == 2.0
    assert "| learning_rate | 0.01 to 1 | 0.5 | 0.3 |" in report
    # AND verdict, budget, counts and means are there: 3 of 6 in order happens once in 6!/(3! 3!) = 20
    assert "once in 20 studies" in report
    assert "4 trials and 2 x 3 repeats of 10 steps each: at most 10 trainings, 100 steps" in report
    assert "2 complete, 1 pruned, 1 failed" in report
    assert "| mean | 2.3000 | 2.0000 |" in report
    # AND where the repeats overlap it says so
    assert "cannot be told apart" in studies.to_markdown(study([2.4, 2.3, 2.2], [2.1, 2.0, 2.3]))


# --- Real trainings -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def examples(t5_examples: dict[str, list[Example]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sets = {side: ExampleSet(tuple(found), {}) for side, found in t5_examples.items()}
    return write_examples(tmp_path_factory.mktemp("tuning") / "examples", sets, passages)


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    return TrainingParameters(base_model=str(t5_base), batch_size=4, learning_rate=1e-6, evaluations=3, held_out=1)


@pytest.mark.integration
def test_a_study_here_beats_a_hopeless_default_and_goes_on_after_an_interruption(
    examples: Path, parameters: TrainingParameters, tmp_path: Path
) -> None:
    # GIVEN a default with a learning rate at which nothing is learnt, and a study that is interrupted after two trials
    budget, lines = Budget(trials=3, steps=9, repeats=2), []

    def say(line: str) -> None:
        lines.append(line)
        if len([line for line in lines if line.startswith(SEARCH)]) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuning.tune_here(examples, tmp_path, parameters, budget=budget, space=SPACE, say=say)
    # THEN its budget was stated first, in minutes too
    assert lines[0].startswith("3 trials and 2 x 2 repeats of 9 steps each: at most 7 trainings, 63 steps; about")
    # WHEN it is run again
    rest: list[str] = []
    done = tuning.tune_here(examples, tmp_path, parameters, budget=budget, space=SPACE, say=rest.append)
    # THEN it does what was left: one trial, and the repeats
    assert len([line for line in rest if line.startswith(SEARCH)]) == 1
    assert len(done.of(SEARCH)) == 3
    assert [t.seed for t in done.of(BEST)] == [t.seed for t in done.of(DEFAULT)] == [14, 15]
    # AND it finds better, with every seed, and says what
    assert done.better
    assert all(t.values == done.best.values for t in done.of(BEST))
    (folder,) = tmp_path.iterdir()
    assert "With every seed" in (folder / studies.REPORT).read_text()
    assert json.loads((folder / studies.RESULT).read_text())["best"] == done.best.values
    with sqlite3.connect(folder / tuning.DATABASE) as database:
        (trials,) = database.execute("SELECT count(*) FROM trials WHERE state != 'RUNNING'").fetchone()
    assert trials >= 3
    # AND a third time nothing is left to do
    again = tuning.tune_here(examples, tmp_path, parameters, budget=budget, space=SPACE, say=lambda line: None)
    assert again.trainings == done.trainings


@pytest.mark.integration
def test_hopeless_trials_are_pruned(examples: Path, parameters: TrainingParameters, tmp_path: Path) -> None:
    # GIVEN trials of which most learn nothing: whether a rate is good shows at the first evaluation
    space = {"learning_rate": Choice((0.02, 1e-7))}
    budget = Budget(trials=7, steps=6, repeats=2)
    done = tuning.tune_here(examples, tmp_path, parameters, budget=budget, space=space, say=lambda line: None)
    pruned = [t for t in done.of(SEARCH) if t.state == PRUNED]
    # THEN some of the bad ones were stopped early, none of the good ones
    assert pruned
    assert all(t.values == {"learning_rate": 1e-7} and t.steps < 6 for t in pruned)
    assert done.best.values == {"learning_rate": 0.02}


@pytest.mark.integration
def test_medassist_tune_prints_its_report(
    examples: Path, t5_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"--examples": examples, "--base-model": t5_base, "--out": tmp_path, "--trials": 1, "--steps": 2}
    words = [str(word) for pair in given.items() for word in pair]
    assert cli.main(["tune", *words, "--repeats", "2", "--set", "batch_size=4"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 trials and 2 x 2 repeats of 2 steps each: at most 5 trainings, 10 steps; about")
    (folder,) = tmp_path.iterdir()
    assert (folder / studies.REPORT).read_text() in printed


@pytest.mark.integration
def test_tuning_jobs_make_the_same_study(
    examples: Path, parameters: TrainingParameters, emulated_cloud: Cloud, tmp_path: Path
) -> None:
    # GIVEN the same hopeless default, and a cloud whose tuning jobs run
    storage.ensure_bucket(BUCKET)
    lines: list[str] = []
    arguments = {"budget": Budget(trials=2, steps=9, repeats=2), "bucket": BUCKET, "corpus": "tiny"}
    arguments |= {"role": training_job.default_role(), "space": {"learning_rate": Range(0.01, 0.05)}, "at_once": 2}
    done = tuning_job.tune_by_jobs(examples, tmp_path, parameters, **arguments, say=lines.append)
    # THEN the budget was stated, three tuning jobs ran, and each training has its job
    assert lines[0].startswith("2 trials and 2 x 2 repeats of 9 steps each: at most 6 trainings, 54 steps; 2 at once")
    assert [len(done.of(purpose)) for purpose in (SEARCH, DEFAULT, BEST)] == [2, 2, 2]
    assert len({t.job_name for t in done.trainings}) == 6
    assert all(t.state == COMPLETE for t in done.trainings)
    # AND the verdict is that of the study
    assert done.better
    assert 0.01 <= done.best.values["learning_rate"] <= 0.05
    (folder,) = tmp_path.iterdir()
    assert "With every seed" in (folder / studies.REPORT).read_text()
    # AND asked for again, the jobs are found, not started once more
    again = tuning_job.tune_by_jobs(examples, tmp_path, parameters, **arguments, say=lambda line: None)
    assert again.trainings == done.trainings
    # AND what cannot be shared out is refused
    machines = Machines(instance_count=2)
    with pytest.raises(TrainingError, match="run on one instance each"):
        tuning_job.tune_by_jobs(examples, tmp_path, replace(parameters, seed=99), **arguments, machines=machines)
