"""Measuring and fitting abstention: halves, shares and curves worked out by hand, and a fit whose signs are held."""

import random
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from medassist import datasets
from medassist.answering.abstention import Features
from medassist.errors import ConfigurationError, DatasetError
from medassist.experiments import abstention_evaluation, abstention_sets, abstention_training
from medassist.experiments.abstention_sets import Asked, answerable_questions, unanswerable_questions
from medassist.experiments.abstention_training import Example
from medassist.experiments.invented_questions import invented
from medassist.experiments.measures import DEVELOPMENT, FINAL, MeasureOptions


def test_the_200_questions_are_halved_within_each_kind_and_stand_once() -> None:
    # WHEN the questions written by hand are read
    asked = unanswerable_questions()
    halves = Counter((one.group, one.half) for one in asked)
    # THEN there are 200, all different, of nine kinds, each kind split evenly
    assert len({one.text for one in asked}) == len({one.query_id for one in asked}) == 200
    kinds = {one.group for one in asked}
    assert len(kinds) == 9
    assert all(abs(halves[kind, DEVELOPMENT] - halves[kind, FINAL]) <= 1 for kind in kinds)


def test_no_invented_name_stands_in_the_sample() -> None:
    words = " ".join(document.text.lower() for document in datasets.load_corpus("data/sample").documents)
    for name in ("brandeley", "tarvonic", "velmoritis", "zolvaritane", "cortamivir", "quaverosis"):
        assert name not in words


def test_a_line_without_its_half_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"query_id": "a", "text": "b", "kind": "c"}\n')
    with pytest.raises(DatasetError, match="line 1: has no 'half'"):
        unanswerable_questions(path)


def test_figures_of_a_half_are_what_one_counts_by_hand() -> None:
    # GIVEN ten answerable questions with answerabilities 0.05 to 0.95, and four that are not
    answerable = [(Asked(f"a{n}", "?", "set", True, FINAL), 0.05 + n / 10) for n in range(10)]
    unanswerable = [(Asked(f"u{n}", "?", "kind", False, FINAL), value) for n, value in enumerate((0.1, 0.2, 0.5, 0.9))]
    other = [(Asked("d", "?", "set", True, DEVELOPMENT), 0.0)]
    # WHEN the final half is measured at 0.45
    found = abstention_evaluation._measure_half([*answerable, *unanswerable, *other], FINAL, 0.45)
    # THEN 0.45 to 0.95 are answered, and 0.5 and 0.9 of the others
    assert found["confusion"] == {
        "answerable": {"answered": 6, "refused": 4},
        "unanswerable": {"answered": 2, "refused": 2},
    }
    assert (found["answerable"]["all"]["count"], found["answerable"]["set"]["n"]) == (6, 10)
    # AND to answer nine of ten, the threshold is 0.15: three of the four others are answered too
    assert found["unanswerable_at_90"] == 0.75
    assert found["curve"][0] == {"threshold": 0.0, "answerable": 1.0, "unanswerable": 1.0}
    assert found["curve"][100] == {"threshold": 1.0, "answerable": 0.0, "unanswerable": 0.0}
    assert sum(one["n"] for one in found["reliability"]) == 14


@pytest.mark.integration
def test_the_sample_is_measured_and_told(sample_index_folder: Path) -> None:
    # WHEN some of the sample's questions and all 200 others are asked
    options = MeasureOptions(Path("data/sample"), sample_index_folder, limit=30)
    found = abstention_evaluation.measure(options)
    # THEN at most 10 % of these are answered (8 were), and at least 85 % of those
    final = found["halves"][FINAL]
    assert final["unanswerable"]["all"]["n"] == 100
    assert final["unanswerable"]["all"]["share"] <= 0.10
    assert final["answerable"]["all"]["share"] >= 0.85
    assert "unanswerable, share answered" in abstention_evaluation.to_text(found)
    assert (
        abstention_evaluation.shares_answered(found)["unanswerable answered"] == final["unanswerable"]["all"]["share"]
    )
    assert len(abstention_evaluation.confusion_pairs(found, FINAL)) == sum(
        count for counts in final["confusion"].values() for count in counts.values()
    )
    assert {row["of"] for row in abstention_evaluation.by_kind(found)} >= {"all", "sample", "invented drug"}


def test_an_index_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="give --corpus and --index"):
        abstention_evaluation.measure(MeasureOptions())


def test_a_question_under_two_names_stays_on_one_side() -> None:
    asked = answerable_questions(datasets.load_corpus("data/sample"), limit=20)
    assert len(asked) == 20
    assert {one.half for one in asked} == {DEVELOPMENT, FINAL}
    assert all(one.half == abstention_sets.half_of(one.query_id) for one in asked)


def test_invented_questions_are_the_same_each_time_and_of_all_kinds() -> None:
    given = {"words": ["blue", "copper", "river"], "topics": ["gout"], "off_topic": ["Who won?"]}
    first, second = (list(invented(random.Random(1), 40, **given)) for _ in range(2))
    assert first == second
    assert Counter(kind for kind, _ in first) == {
        "invented condition": 40,
        "invented drug": 40,
        "mixed": 32,
        "noise": 10,
    }
    assert all("{" not in text for _, text in first)


def test_signs_are_held_whatever_the_examples_say() -> None:
    # GIVEN examples in which what is near is unanswerable and what is unknown is answerable, the wrong way round
    def evidence(**values: float) -> Features:
        return Features(**{field.name: 0.5 for field in fields(Features)} | values)

    examples = [
        Example(evidence(similarity=n / 10, unknown=1 - n / 10, covered=n % 2), bool(n % 2 or n < 3), 1.0)
        for n in range(10)
    ]
    # WHEN weights are fitted
    weights, intercept = abstention_training.fit(examples)
    # THEN nearness never counts against, being unknown never for, and what tells them apart counts
    assert set(weights) == set(asdict(examples[0].evidence))
    assert weights["similarity"] == 0.0
    assert weights["unknown"] == 0.0
    assert weights["covered"] > 0
    assert isinstance(intercept, float)
