"""Evaluating models: trials, scores by hand, records that a run goes on from, the table that grows."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from medassist import baselines, cli, model_packages, storage, training_job
from medassist.cloud import Cloud
from medassist.errors import ConfigurationError, ModelPackageError
from medassist.experiments import contestants, model_evaluation, results, scores, summaries, trials
from medassist.experiments.trials import OFF, ON, Trial
from medassist.production import serving
from medassist.prompts import ANSWER, CHOOSE, JUDGE
from medassist.question_pool import Asked
from medassist.retrieval import Index
from medassist.schemas import Generation, Hit, Passage, Question

BUCKET = "medassist-evaluation-tests"
GOUT = Passage("gout#0", "gout", "Gout", "Gout is a kind of arthritis. Crystals of urate form in a joint.")


@pytest.fixture(scope="module")
def index(sample_index_folder: Path) -> Index:
    return Index.load(sample_index_folder, threads=1)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """Return 30 questions in MedQA's form; the right option is always A."""
    path = tmp_path / "exam.jsonl"
    options = {"A": "Urate", "B": "Calcium oxalate", "C": "Iron", "D": "Gold"}
    rows = [
        {"question": f"Patient {n} has gout. Which crystal?", "options": options, "answer": "Urate", "answer_idx": "A"}
        for n in range(30)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def trial(task: str, answer: str = "", references: Sequence[str] = (), **question: object) -> Trial:
    asked = Asked(task, "test", Question("q1", "What is gout?", answer, **question), tuple(references))  # type: ignore[arg-type]
    return Trial(asked, ON, (Hit(GOUT, 0.5, 0.9, 3.0),), retrieved=True)


class Chooser:
    """Takes A where the question has an even number of words, refuses none, and counts what it is asked."""

    name, version, engine, passages = "chooser", "1", "none", 2

    def __init__(self) -> None:
        self.asked = 0

    def respond(self, trials: Sequence[Trial]) -> list[Generation | str]:
        self.asked += len(trials)
        return [Generation("", "chooser", key, {key: 0.7}) for key in ("A" if t.passages else "B" for t in trials)]


# ---- Questions -> trials ----------------------------------------------------------------------------------------


def test_a_corpus_gives_its_held_out_questions_in_all_tasks() -> None:
    whole, held_out = (trials.read_questions("data/sample", held_out=flag) for flag in (False, True))
    assert {one.task for one in whole.asked} == {ANSWER, CHOOSE, JUDGE}
    assert 0.1 * len(whole.asked) < len(held_out.asked) < 0.3 * len(whole.asked)
    assert whole.digest == held_out.digest
    assert {one.task for one in trials.read_questions("data/sample", task=JUDGE).asked} == {JUDGE}
    # AND a sample is drawn from each task, the same for the same seed
    drawn = trials.sample_questions(whole.asked, 5)
    assert [one.task for one in drawn] == [ANSWER] * 5 + [CHOOSE] * 5 + [JUDGE] * 5
    assert drawn == trials.sample_questions(whole.asked, 5)


def test_passages_are_the_sets_own_or_retrieved_or_none(index: Index, exam: Path) -> None:
    asked = list(trials.read_questions(exam).asked[:2])
    own = Asked(JUDGE, "test", Question("j1", "Is gout arthritis?", "yes"), (), (GOUT,))
    # WHEN retrieval is on THEN own passages are kept and others are searched for; off, there are none
    on = [one for batch in trials.make_trials([*asked, own], ON, index, passages=3) for one in batch]
    assert [len(one.passages) for one in on] == [3, 3, 1]
    assert [one.retrieved for one in on] == [True, True, False]
    assert any("gout" in passage.title.lower() for passage in on[0].passages)
    off = [one for batch in trials.make_trials([*asked, own], OFF, None, passages=3) for one in batch]
    assert [one.passages for one in off] == [(), (), ()]
    with pytest.raises(ConfigurationError, match="--index, or ask with --retrieval off"):
        next(trials.make_trials(asked, ON, None, passages=3))


# ---- Scores by hand ---------------------------------------------------------------------------------------------


def test_an_answer_is_scored_by_hand(index: Index) -> None:
    # GIVEN an answer whose first sentence the passage says, with two references of which the second fits
    asked = trial(ANSWER, references=("Something else entirely different.", "Gout is a kind of arthritis."))
    answer = "Gout is a kind of arthritis. Gout turns the hair green overnight."
    found = scores.Scorer(index).score(asked, Generation(answer, "m"))["scores"]
    # THEN 6 of 12 words are the reference's: precision 0.5, recall 1
    assert found["rouge_l"] == pytest.approx(2 / 3)
    assert found["words"] == 12
    # AND of its 9 runs of four words the first three stand in the passage; one of two statements is supported
    assert found["copied"] == pytest.approx(3 / 9)
    assert (found["supported"], found["wholly_supported"]) == (0.5, 0.0)
    assert (found["abstained"], found["own_words_shown"]) == (0.0, 1.0)
    # AND without an encoder support is not measured
    assert "supported" not in scores.Scorer().score(asked, Generation(answer, "m"))["scores"]


def test_a_refused_question_counts_as_wrong() -> None:
    options = {"A": "Urate", "B": "Iron"}
    outcome = scores.Scorer().score(trial(CHOOSE, options=options, correct="A"), "too long; shorten it")
    assert outcome["refused"] == "too long; shorten it"
    assert outcome["scores"] == {"accuracy": 0.0, "confidence": 0.0}
    assert scores.Scorer().score(trial(ANSWER, "Gout hurts."), "too long")["scores"]["rouge_l"] == 0


def test_baselines_stand_beside_a_model(index: Index) -> None:
    found = scores.Scorer(index).score_baselines(trial(ANSWER, "Gout is a kind of arthritis."))
    assert set(found) >= {baselines.LEAD, baselines.CLOSEST_SENTENCE, baselines.CLOSEST_PASSAGE, scores.QUOTATIONS}
    assert found[baselines.CLOSEST_SENTENCE]["scores"]["rouge_l"] == 1
    judged = scores.Scorer(majority="yes").score_baselines(trial(JUDGE, "no"))
    assert judged[baselines.MAJORITY] == {"choice": "yes", "scores": {"accuracy": 0.0}}


def test_a_constant_judgement_is_the_one_that_does_best_in_the_file(tmp_path: Path) -> None:
    # GIVEN a file in which "no" leads WHEN the baselines are measured
    said = ["no", "yes", "no", "no"]
    asked = tuple(Asked(JUDGE, "set", Question(f"j{n}", f"Is it {n}?", said[n]), (), (GOUT,)) for n in range(4))
    plan = model_evaluation.Plan(None, trials.QuestionFile("set", "0", asked, False, {}))
    records = model_evaluation.evaluate(plan, tmp_path)
    # THEN the constant answer is "no", right in three of four
    found = [record["systems"][baselines.MAJORITY] for record in records]
    assert [one["choice"] for one in found] == ["no"] * 4
    assert sum(one["scores"]["accuracy"] for one in found) == 3


def test_calibration_by_hand() -> None:
    # GIVEN ten answers at 0.9 of which 7 are right, and ten at 0.35 of which 5 are
    confidences, right = [0.9] * 10 + [0.35] * 10, [1.0] * 7 + [0.0] * 3 + [1.0] * 5 + [0.0] * 5
    found = summaries.calibration_error(confidences, right)
    # THEN half of the answers are off by 0.2 and half by 0.15
    assert found.mean == pytest.approx(0.175)
    assert found.low < 0.175 < found.high
    assert summaries.reliability(confidences, right) == [
        pytest.approx({"confidence": 0.35, "accuracy": 0.5, "n": 10}),
        pytest.approx({"confidence": 0.9, "accuracy": 0.7, "n": 10}),
    ]


def test_macro_f1_by_hand() -> None:
    # yes: 2 of 2 found, one too many: 4/5; no: 1 of 2: 2/3; maybe does not occur, and does not count
    found = summaries.macro_f1(["yes", "yes", "no", "no"], ["yes", "yes", "no", "yes"])
    assert found.mean == pytest.approx((4 / 5 + 2 / 3) / 2)


# ---- Whole evaluations ------------------------------------------------------------------------------------------


def test_retrieval_on_is_compared_with_off_and_with_the_baselines(index: Index, exam: Path, tmp_path: Path) -> None:
    # GIVEN a model that is right with passages and wrong without
    plan = model_evaluation.Plan(Chooser(), trials.read_questions(exam), index, (ON, OFF))
    records = model_evaluation.evaluate(plan, tmp_path)
    rows = summaries.summarise(records)
    on, off = (row for row in rows if row["system"] == scores.MODEL and row["group"] == summaries.ALL)
    assert (on["measures"]["accuracy"]["mean"], off["measures"]["accuracy"]["mean"]) == (1.0, 0.0)
    assert on["measures"]["calibration_error"]["mean"] == pytest.approx(0.3)
    # THEN both comparisons are paired: 30 to 0 in McNemar's test
    assert on["against_retrieval_off"]["p"] == pytest.approx(2 / 2**30)
    assert on["comparisons"][baselines.RANDOM]["beaten"]
    assert on["comparisons"][baselines.LONGEST]["difference"]["mean"] == 1.0  # the longest option is wrong
    assert not off["comparisons"][baselines.RANDOM]["beaten"]
    # AND what a reader sees says the same
    shown = results.append_rows(tmp_path / results.RESULTS_FILE, plan.facts(), rows)
    said = {row["against"]: row for row in results.verdicts(shown)}
    assert said["itself without passages"]["difference"] == "1.000 [1.000, 1.000]"
    assert said[baselines.LONGEST]["beaten"] == "no"  # of the last row, without passages
    assert results.main_figures(shown) == {"medqa choose accuracy": 1.0}
    drawn = results.compare_with_best(shown)
    (group,) = drawn["best trivial baseline"]
    assert " ".join(group.split()) == f"medqa, choose ({baselines.OVERLAP})"
    assert drawn["best trivial baseline"][group].mean == drawn[scores.MODEL][group].mean == 1.0
    assert list(results.by_length(shown)["medqa, choose: accuracy"]) == ["1 to 10 words"]
    # AND groups by question length hold all questions
    groups = [row for row in rows if row["retrieval"] == ON and row["group"] != summaries.ALL]
    assert sum(row["n"] for row in groups) == 30


def test_an_evaluation_goes_on_where_it_stopped(index: Index, exam: Path, tmp_path: Path) -> None:
    plan = model_evaluation.Plan(Chooser(), trials.read_questions(exam), index)
    whole = model_evaluation.evaluate(plan, tmp_path)
    # GIVEN records that break off in the middle of a line, as after a kill
    path = plan.records_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20]) + lines[20][:30])
    # WHEN it is started again THEN only what is missing is asked, and the records are the same
    again = model_evaluation.Plan(Chooser(), plan.questions, index)
    assert model_evaluation.evaluate(again, tmp_path) == whole
    assert again.contestant is not None
    assert again.contestant.asked == 10  # type: ignore[attr-defined]
    # AND a smaller one finds its records there, while another number of passages is another evaluation
    assert (
        len(model_evaluation.evaluate(model_evaluation.Plan(Chooser(), plan.questions, index, limit=7), tmp_path)) == 7
    )
    assert model_evaluation.Plan(Chooser(), plan.questions, index, passages=1).records_file(tmp_path) != path
    path.write_text("no record\n")
    with pytest.raises(ConfigurationError, match=r"is damaged .*; delete it"):
        model_evaluation.evaluate(plan, tmp_path)


def test_the_table_grows_and_published_rows_stand_apart(index: Index, exam: Path, tmp_path: Path) -> None:
    table = tmp_path / results.RESULTS_FILE
    plan = model_evaluation.Plan(Chooser(), trials.read_questions(exam), index)
    rows = summaries.summarise(model_evaluation.evaluate(plan, tmp_path))
    # WHEN the same evaluation is added twice, and that of another model once
    for facts in (plan.facts(), plan.facts(), plan.facts() | {"model_version": "2"}):
        results.append_rows(table, facts, rows)
    # THEN all lines stay in the file, and each measurement is read once
    assert len(table.read_text().splitlines()) == 3 * len(rows)
    read = results.read_rows(table)
    assert len([row for row in read if row["system"] == scores.MODEL]) == 2 * sum(
        r["system"] == scores.MODEL for r in rows
    )
    assert len([row for row in read if row["system"] == baselines.RANDOM]) == 1
    # AND the published figures of that data set say what they are
    shown = results.tabulate([*read, *results.read_published(results.PUBLISHED_FILE, read)])
    published = [row for row in shown if row["system"].startswith("published: ")]
    assert published
    assert all(row["source"] and "(" in row["data"] for row in published)
    assert shown[0]["score"].startswith("1.000")
    table.write_text("{broken\n")
    with pytest.raises(ConfigurationError, match="line 1"):
        results.read_rows(table)


def test_every_published_figure_has_a_source_and_a_split() -> None:
    rows = [json.loads(line) for line in results.PUBLISHED_FILE.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        assert all(row[name] for name in ("data", "task", "split", "model", "source", "seen"))
        assert all(0 < value["mean"] < 1 for value in row["measures"].values())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("./nowhere", "is not a model folder"),
        ("README.md", "is not a model folder"),
        ("data/sample", "cannot be loaded as a T5"),
    ],
)
def test_what_is_no_model_is_said(name: str, reason: str) -> None:
    with pytest.raises(ModelPackageError, match=reason):
        contestants.open_contestant(name)


@pytest.mark.integration
def test_any_t5_is_evaluated_from_the_command_line(
    t5_base: Path, t5_folder: Path, sample_index_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a fine-tuned model, and a T5 that medassist has not fine-tuned
    out = tmp_path / results.RESULTS_FILE
    for model in (t5_folder, t5_base):
        # WHEN it is asked the sample's held-out questions
        arguments = ["evaluate", "--model", str(model), "--data", "data/sample", "--held-out", "--limit", "4"]
        assert cli.main([*arguments, "--index", str(sample_index_folder), "--out", str(out), "--threads", "1"]) == 0
        said = capsys.readouterr().out
        # THEN all three tasks are measured beside the baselines
        for part in ("sample, answer, ", "sample, choose, ", "sample, judge, ", "against random option", "not beaten"):
            assert part in said
    rows = results.read_rows(out)
    assert {row["model"] for row in rows if row["system"] == scores.MODEL} == {"tiny-t5"}
    assert len({row["model_version"] for row in rows if row["system"] == scores.MODEL}) == 2
    assert {"copied", "supported", "own_words_shown"} <= set(
        next(row for row in rows if row["system"] == scores.MODEL and row["task"] == ANSWER)["measures"]
    )


@pytest.fixture
def served(emulated_cloud: Cloud, model_package: Path) -> Iterator[str]:
    """Return the name of an endpoint that serves the tiny model."""
    storage.ensure_bucket(BUCKET)
    uri = model_packages.publish_package(model_package, f"s3://{BUCKET}/models/tiny", version="v1", description={})
    serving.create("evaluated-t5", serving.container(uri), role=training_job.default_role())
    yield "evaluated-t5"
    serving.delete("evaluated-t5")


@pytest.mark.integration
def test_a_live_endpoint_answers_as_its_model_folder(served: str, exported_t5: Path, index: Index) -> None:
    # GIVEN a live endpoint, and the exported folder that it serves
    endpoint = contestants.open_contestant(f"endpoint:{served}")
    folder = contestants.open_contestant(str(exported_t5), threads=1)
    assert endpoint is not None
    assert folder is not None
    assert (endpoint.name, folder.engine) == (folder.name, "onnx")
    # WHEN both are asked in all three tasks
    asked = trials.sample_questions(trials.read_questions("data/sample").asked, 3)
    for batch in trials.make_trials(asked, ON, index, passages=2):
        there, here = endpoint.respond(batch), folder.respond(batch)
        # THEN they say the same
        assert [answer.text for answer in there if isinstance(answer, Generation)] == [
            answer.text for answer in here if isinstance(answer, Generation)
        ]
        assert len(there) == len(batch)


def test_a_row_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    # GIVEN a table whose last row was cut off
    table = tmp_path / "results.jsonl"
    results.append_rows(table, {"model": "a"}, [{"n": 1}])
    with table.open("a") as file:
        file.write('{"model": "b", "n"')
    # WHEN a row is added THEN the whole rows are read
    results.append_rows(table, {"model": "c"}, [{"n": 3}])
    assert [json.loads(line)["model"] for line in table.read_text().splitlines()] == ["a", "c"]
