"""Held-out scores: worked out by hand, beside the trivial baselines, with a rule that is not easily satisfied."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from medassist import baselines, held_out, uncertainty
from medassist.examples import Example
from medassist.generation import Generator
from medassist.held_out import MODEL
from medassist.prompts import PassageText
from medassist.schemas import Generation

SOIL = (PassageText("Soil", "Soil is brown earth."),)


def answer(number: int) -> Example:
    return Example("answer", f"a{number}", "What is rose?", SOIL, "Rose is a green plant.")


def choose(number: int) -> Example:
    return Example("choose", f"c{number}", "Which?", SOIL, "it", options={"A": "it", "B": "no"}, correct="A")


def judge(number: int, target: str) -> Example:
    return Example("judge", f"j{number}", "Is soil brown?", SOIL, target)


def chose(key: str, probability: float = 0.8) -> Generation:
    return Generation(key, "tiny", key, {key: probability})


def test_examples_are_spread_over_the_tasks_and_over_their_order() -> None:
    # GIVEN nine answers and one choice WHEN up to three of a task are picked
    examples = [*(answer(n) for n in range(9)), choose(0)]
    picked = held_out.pick_examples(examples, 3)
    # THEN they come from the beginning, the middle and the end
    assert [example.query_id for example in picked] == ["a0", "a3", "a6", "c0"]
    assert held_out.pick_examples(examples, 0) == []


def test_scores_by_hand() -> None:
    # GIVEN an answer of which two of three words are right, one choice right and one wrong
    examples = [answer(0), choose(0), choose(1)]
    results = held_out.compare(examples, [Generation("Rose is green", "tiny"), chose("A"), chose("B")], majority="yes")
    # THEN the model's F1 is that of 3 shared words of 3 and 4; quoting the first passage shares "is" of 4 and 4
    scores = results["answer"].scores
    assert scores[MODEL]["token_f1"].mean == pytest.approx(2 * 3 / (3 + 4))
    assert scores[baselines.LEAD]["token_f1"].mean == pytest.approx(2 * 1 / (4 + 4))
    # AND choices are right half of the time, which is what guessing would give
    assert results["choose"].scores[MODEL]["accuracy"].mean == 0.5
    assert results["choose"].scores[baselines.RANDOM]["accuracy"] == uncertainty.Estimate(0.5, 0.5, 0.5, 2)
    assert "judge" not in results


def test_macro_f1_by_hand() -> None:
    # GIVEN four times yes, of which three were found, and one no that was not: F1 3/4 and 0
    gold, predicted = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 1, 0])
    assert held_out.macro_f1(gold, predicted) == pytest.approx((2 * 3 / 8 + 0) / 2)
    # AND a class that occurs on one side only counts as missed, one that occurs on neither not at all
    assert held_out.macro_f1(np.array([0, 0]), np.array([0, 2])) == pytest.approx((2 / 3 + 0) / 2)
    assert held_out.macro_f1(np.array([[0, 2], [0, 0]]), np.array([[0, 2], [0, 0]])).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("count", "right", "better"), [(40, 36, True), (40, 22, False), (baselines.MIN_ITEMS - 1, 19, False)]
)
def test_a_task_is_the_models_only_where_it_is_shown_to_be_better(count: int, right: int, better: bool) -> None:
    # GIVEN judgements half of which are yes, WHEN the model gets many, a few more than the majority, or few items right
    examples = [judge(n, "yes" if n % 2 else "no") for n in range(count)]
    wrong = {"yes": "no", "no": "yes"}
    answers = [chose(e.target if n < right else wrong[e.target]) for n, e in enumerate(examples)]
    results = held_out.compare(examples, answers, majority="yes")
    # THEN only the first is better, and tasks that nobody measured are the baseline's as well
    assert results["judge"].better is better
    expected = ("answer", "choose") if better else ("answer", "choose", "judge")
    assert held_out.baseline_tasks(results) == expected
    assert results["judge"].difference.mean == pytest.approx(right / count - count // 2 / count)


def test_metrics_hold_the_same_numbers_flat_and_as_a_tree() -> None:
    examples = [judge(n, "yes") for n in range(3)] + [choose(0)]
    results = held_out.compare(examples, [chose("yes"), chose("no"), chose("yes"), chose("A")], majority="yes")
    metrics = held_out.to_metrics(results)
    assert (metrics["judge_accuracy"], metrics["baseline_judge_accuracy"]) == (pytest.approx(2 / 3), 1.0)
    assert metrics["mean_score"] == (metrics["judge_macro_f1"] + 1) / 2
    tree = json.loads(json.dumps(metrics["held_out"]))["judge"]
    assert tree["scores"][MODEL]["accuracy"] == asdict(results["judge"].scores[MODEL]["accuracy"])


def test_records_for_the_plots() -> None:
    examples = [judge(0, "maybe"), choose(0)]
    answers = [chose("no", 0.7), chose("A", 0.6)]
    assert held_out.judgements(examples, answers) == [
        {"query_id": "j0", "gold": "maybe", "predicted": "no", "probabilities": {"no": 0.7}}
    ]
    assert held_out.choices(examples, answers) == [
        {"query_id": "c0", "options": 2, "probability": 0.6, "correct": True}
    ]


def test_scores_during_training_are_those_of_the_comparison(t5_folder: Path) -> None:
    # GIVEN a real model and examples of all tasks
    generator = Generator.load(t5_folder, threads=1)
    examples = [answer(0), choose(0), judge(0, "yes"), judge(1, "no")]
    scores = held_out.score_model(generator, examples)
    results = held_out.compare(examples, held_out.respond(generator, examples), majority="yes")
    # THEN both ways give the same, under the names that training prints
    metrics = held_out.to_metrics(results)
    assert set(scores) == set(held_out.SCORES)
    assert scores == {name: metrics[name] for name in scores}
    assert held_out.score_model(generator, []) == {}
