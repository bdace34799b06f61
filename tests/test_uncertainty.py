import pytest

from medassist import uncertainty


def test_the_bootstrap_interval_holds_the_mean_and_narrows():
    few, many = uncertainty.estimate([0.0, 1.0] * 10), uncertainty.estimate([0.0, 1.0] * 500)
    assert few.mean == many.mean == 0.5
    assert few.low < 0.5 < few.high
    # the standard error of a share of 0.5 is 0.5 / sqrt(n): about 0.11 and 0.016
    assert few.high - few.low == pytest.approx(4 * 0.112, rel=0.25)
    assert many.high - many.low == pytest.approx(4 * 0.0158, rel=0.25)
    assert uncertainty.estimate([0.0, 1.0] * 10) == few
    with pytest.raises(ValueError, match="at least one value"):
        uncertainty.estimate([])


def test_an_interval_of_any_statistic_is_drawn_from_the_same_items():
    # GIVEN the largest of ten values as statistic WHEN it is estimated
    values = list(range(10))
    found = uncertainty.estimate_statistic(10, lambda rows: rows.max(axis=-1).astype(float))
    # THEN the whole's is 9, and no sample exceeds it
    assert (found.mean, found.high, found.n) == (max(values), 9.0, 10)
    assert 5 < found.low < 9


def test_a_share_has_an_interval_even_where_nothing_was_missed():
    # GIVEN Wilson's formula by hand: at 0 of n the interval is [0, z^2 / (n + z^2)]
    z2 = 1.959964**2
    found = uncertainty.proportion(0, 20)
    assert (found.mean, found.low, found.n) == (0, 0, 20)
    assert found.high == pytest.approx(z2 / (20 + z2))
    # THEN it is the mirror image at n of n, and symmetric about a half
    assert uncertainty.proportion(20, 20).low == pytest.approx(1 - found.high)
    half = uncertainty.proportion(50, 100)
    assert half.low + half.high == pytest.approx(1)
    for count, n in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="no share"):
            uncertainty.proportion(count, n)


def test_mcnemar_by_hand():
    # 1 against 7 discordant: 2 * (1 + 8) / 2**8
    assert uncertainty.mcnemar(1, 7) == uncertainty.mcnemar(7, 1) == pytest.approx(18 / 256)
    assert uncertainty.mcnemar(0, 0) == uncertainty.mcnemar(3, 3) == 1


def test_two_systems_are_compared_item_by_item():
    # GIVEN scores that differ by 0.1 on every item, however much the items differ among themselves
    first = [n / 50 + 0.1 for n in range(40)]
    second = [n / 50 for n in range(40)]
    # WHEN they are compared
    found = uncertainty.compare(first, second)
    # THEN the difference is certain, though the two means' own intervals overlap
    assert found.difference.low == pytest.approx(0.1)
    assert found.test == "paired bootstrap"
    assert found.p <= 0.01
    assert uncertainty.estimate(first).low < uncertainty.estimate(second).high
    # AND of scores that are right or wrong the p-value is McNemar's
    right = uncertainty.compare([1.0] * 8 + [0.0], [0.0] * 7 + [1.0, 1.0])
    assert (right.test, right.p) == ("McNemar", uncertainty.mcnemar(7, 1))
    with pytest.raises(ValueError, match="2 scores against 1"):
        uncertainty.compare([1.0, 0.0], [1.0])
