"""Which examples make up which batch: by seed, size and task, and shared among processes."""

from collections import Counter
from dataclasses import replace

import pytest

from medassist.training_batches import Feature, count_steps, mixing_rates, plan_batches, share_batches
from medassist.training_parameters import TrainingParameters


def features(**counts: int) -> list[Feature]:
    return [Feature([[3] * (5 + n % 4)], [1], task) for task, count in counts.items() for n in range(count)]


def test_batches_follow_from_seed_and_sizes() -> None:
    rows = features(answer=7)
    parameters = TrainingParameters(epochs=3, batch_size=3, max_steps=0)
    plan = plan_batches(rows, parameters)
    # THEN each epoch has every row once, and another seed another order
    assert [len(batch) for batch in plan] == [3, 3, 1] * 3
    for epoch in range(3):
        assert sorted(row for batch in plan[3 * epoch : 3 * epoch + 3] for row in batch) == list(range(7))
    assert plan == plan_batches(rows, parameters)
    assert plan != plan_batches(rows, replace(parameters, seed=1))
    assert plan[:4] == plan_batches(rows, replace(parameters, max_steps=4))


def test_rows_of_like_size_share_a_batch() -> None:
    rows = [Feature([[3] * (4 if n % 2 else 40)], [1]) for n in range(64)]
    plan = plan_batches(rows, TrainingParameters(epochs=1, batch_size=8))
    alike = sum(len({rows[row].size for row in batch}) == 1 for batch in plan)
    assert alike >= len(plan) - 2
    # AND the size of several texts is what is computed for them, padding and all
    assert Feature([[3, 1], [4, 5, 6, 1]], [1]).size == 8


def test_steps_follow_from_epochs_and_limit() -> None:
    assert count_steps(17, TrainingParameters(epochs=3, batch_size=8, max_steps=0)) == 9
    assert count_steps(17, TrainingParameters(epochs=3, batch_size=8, max_steps=5)) == 5


@pytest.mark.parametrize(
    ("temperature", "limit", "expected"),
    [(1, 0, (0.9, 0.1)), (2, 0, (0.75, 0.25)), (1, 300, (0.75, 0.25)), (1e9, 0, (0.5, 0.5))],
)
def test_tasks_are_mixed_by_temperature(temperature: float, limit: int, expected: tuple[float, float]) -> None:
    rates = mixing_rates({"choose": 900, "judge": 100}, temperature, limit)
    assert (rates["choose"], rates["judge"]) == pytest.approx(expected)


def test_an_epoch_has_each_task_by_its_rate_and_no_example_before_its_turn() -> None:
    # GIVEN 90 choices and 10 judgements, of which the square roots are as 3 to 1
    rows = features(choose=90, judge=10)
    plan = plan_batches(rows, TrainingParameters(epochs=6, batch_size=10, max_steps=0, mixing_temperature=2.0))
    drawn = [row for batch in plan for row in batch]
    # THEN each epoch of 100 has 75 choices and 25 judgements
    for start in range(0, 600, 100):
        assert Counter(rows[row].task for row in drawn[start : start + 100]) == {"choose": 75, "judge": 25}
    # AND over six epochs, 450 choices, each of 90 comes five times: none again before all had their turn
    assert set(Counter(row for row in drawn if rows[row].task == "choose").values()) == {5}
    # AND at temperature 1 each example comes once an epoch
    plain = plan_batches(rows, TrainingParameters(epochs=1, batch_size=10, mixing_temperature=1.0))
    assert sorted(row for batch in plain for row in batch) == list(range(100))


def test_processes_share_the_parts_of_a_batch() -> None:
    plan = [[3, 1, 2, 0, 4], [5]]
    # GIVEN two batches in four parts, of which the second has one row only
    whole = share_batches(plan, 4, 1, 0, blank=9)
    assert whole == [[3], [1], [2], [0, 4], [9], [9], [9], [5]]
    # THEN two processes have every other part
    assert share_batches(plan, 4, 2, 0, blank=9) == whole[::2]
    assert share_batches(plan, 4, 2, 1, blank=9) == whole[1::2]
