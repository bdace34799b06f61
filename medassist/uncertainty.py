"""How sure a figure is: intervals of means and shares, and tests for two systems measured on the same items."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 1_000  # bootstrap samples: the interval's ends then move by about a twentieth of its width
SEED = 13
Statistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]  # of items' indices, (samples, count) -> (samples,)

_CELLS = 4_000_000  # numbers drawn at once: bounds the memory (32 MB) for large files


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, a share or another statistic with its 95 % interval (bootstrap; of shares Wilson's) over ``n`` items."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean difference of two systems over the same items, with its interval and a two-sided p-value."""

    difference: Estimate
    p: float
    test: str

    def __str__(self) -> str:
        return f"{self.difference.mean:+.3f} [{self.difference.low:+.3f}, {self.difference.high:+.3f}], p {self.p:.3g}"


def estimate(values: Sequence[float], *, samples: int = SAMPLES, seed: int = SEED) -> Estimate:
    """Return the mean of ``values`` with a 95 % percentile bootstrap interval (Efron & Tibshirani 1993).

    Raises
    ------
    ValueError
        If there are no values.
    """
    data = np.asarray(values, dtype=np.float64)
    return estimate_statistic(len(data), lambda rows: data[rows].mean(axis=-1), samples=samples, seed=seed)


def estimate_statistic(
    count: int,
    statistic: Statistic,
    *,
    samples: int = SAMPLES,
    seed: int = SEED,
) -> Estimate:
    """Return any statistic of ``count`` items with its 95 % percentile bootstrap interval.

    Parameters
    ----------
    count : int
    statistic : callable
        Takes indices of items, shape (samples, count), and returns one number a row.
    samples, seed : int

    Raises
    ------
    ValueError
        If there are no items.
    """
    if not count:
        raise ValueError("There is nothing to take the mean of; give at least one value.")
    return _to_estimate(count, statistic, _draw(count, statistic, samples, seed))


def proportion(count: int, n: int) -> Estimate:
    """Return the share ``count / n`` with its 95 % score interval (Wilson 1927), which holds near 0 and 1 too.

    Raises
    ------
    ValueError
        If there are no items, or more hits than items.
    """
    if not 0 <= count <= n or not n:
        raise ValueError(f"{count} of {n} is no share; give at least one item and no more hits than items.")
    z, share = 1.959964, count / n
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    return Estimate(share, max(0.0, low), min(1.0, high), n)


def compare(first: Sequence[float], second: Sequence[float], *, seed: int = SEED) -> Comparison:
    """Compare two systems' scores on the same items: ``first - second``.

    The interval is a paired bootstrap. The p-value is McNemar's exact test where all scores are 0 or 1, else twice the
    smaller share of bootstrap differences on one side of 0 (Efron & Tibshirani 1993, chapter 15).

    Raises
    ------
    ValueError
        If the two have different lengths or are empty.
    """
    if len(first) != len(second):
        raise ValueError(f"There are {len(first)} scores against {len(second)}; give two of each item.")
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)

    def mean(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = differences[rows].mean(axis=-1)
        return found

    if not len(differences):
        raise ValueError("There is nothing to compare; give at least one score of each.")
    means = _draw(len(differences), mean, SAMPLES, seed)
    interval = _to_estimate(len(differences), mean, means)
    if set(first) | set(second) <= {0.0, 1.0}:
        return Comparison(interval, mcnemar(int((differences > 0).sum()), int((differences < 0).sum())), "McNemar")
    tail = min(float((means <= 0).mean()), float((means >= 0).mean()))
    return Comparison(interval, min(1.0, max(2 * tail, 1 / SAMPLES)), "paired bootstrap")


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test (1947) from the counts that one system alone got right."""
    n, k = only_first + only_second, min(only_first, only_second)
    tail = float(sum(math.comb(n, i) for i in range(k + 1)) / 2**n)
    return min(1.0, 2 * tail)


def _draw(count: int, statistic: Statistic, samples: int, seed: int) -> NDArray[np.float64]:
    """The statistic of each bootstrap sample, in parts that bound the memory."""
    generator, step = np.random.default_rng(seed), max(1, _CELLS // count)
    sizes = [min(step, samples - start) for start in range(0, samples, step)]
    return np.concatenate([statistic(generator.integers(count, size=(size, count))) for size in sizes])


def _to_estimate(count: int, statistic: Statistic, drawn: NDArray[np.float64]) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(float(statistic(np.arange(count)[None])[0]), float(low), float(high), count)
