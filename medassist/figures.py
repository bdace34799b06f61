"""The notebooks' pictures: few kinds, one look, labelled axes."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from medassist.uncertainty import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#2b6777", "#d98e04", "#7a4988", "#52796f", "#b23a48")


def bars(ax: "Axes", counts: Mapping[str, float], *, title: str, label: str) -> None:
    """Draw horizontal bars, largest first, each with its number."""
    names = sorted(counts, key=lambda name: counts[name])
    drawn = ax.barh(names, [counts[name] for name in names], color=COLOURS[0], height=min(0.8, 0.1 + 0.1 * len(names)))
    ax.set_ylim(-0.6, max(len(names), 4) - 0.4)
    ax.bar_label(drawn, fmt=lambda value: f"{value:,.0f}" if value >= 10 else f"{value:.2g}", padding=3, fontsize=8)
    ax.margins(x=0.15)
    _finish(ax, title, label, "")


def histogram(
    ax: "Axes", samples: Mapping[str, Sequence[float]], *, title: str, label: str, line: float | None = None
) -> None:
    """Draw one or more distributions over common bins; ``line`` marks a threshold."""
    edges = _bin_edges([value for values in samples.values() for value in values])
    for (name, values), colour in zip(samples.items(), COLOURS, strict=False):
        ax.hist(values, bins=edges, alpha=0.7, color=colour, label=name)
    if line is not None:
        ax.axvline(line, color="black", linestyle="--", linewidth=1, label=f"threshold {line:g}")
    if len(samples) > 1 or line is not None:
        ax.legend(frameon=False)
    _finish(ax, title, label, "count")


def _bin_edges(values: Sequence[float], bins: int = 30) -> list[float]:
    """Return edges of about 30 equal bins; for whole numbers each bin holds equally many of them."""
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    if all(isinstance(value, int) for value in values):
        width, low = math.ceil(width), low - 0.5
    return [low + width * edge for edge in range(math.ceil((high - low) / width) + 1)]


def estimates(ax: "Axes", values: Mapping[str, Mapping[str, Estimate]], *, title: str, label: str) -> None:
    """Draw groups of points with their 95 % intervals: ``values[series][group]``."""
    groups = list(next(iter(values.values())))
    step = 0.8 / len(values)
    for number, (name, series) in enumerate(values.items()):
        places = [group + (number - (len(values) - 1) / 2) * step for group in range(len(groups))]
        means = [series[group].mean for group in groups]
        below = [series[group].mean - series[group].low for group in groups]
        above = [series[group].high - series[group].mean for group in groups]
        colour = COLOURS[number % len(COLOURS)]
        ax.errorbar(places, means, yerr=[below, above], fmt="o", capsize=3, color=colour, label=name)
    ax.set_xticks(range(len(groups)), ["\n".join(map(_wrapped, group.splitlines())) for group in groups])
    ax.set_ylim(0, 1.02)
    if len(values) > 1:
        ax.legend(frameon=False, loc="best")
    _finish(ax, title, "", label)


def _wrapped(name: str) -> str:
    return textwrap.fill(name, 16)


def lines(
    ax: "Axes", x: Sequence[float], series: Mapping[str, Sequence[float]], *, title: str, labels: tuple[str, str]
) -> None:
    """Draw series over a common ``x``; ``labels`` are those of the axes. The first one is a filled area."""
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[(number - 1) % len(COLOURS)]
        if number == 0:
            ax.fill_between(x, values, color="#c9d6d3", step="mid", label=name)
        else:
            ax.step(x, values, where="mid", color=colour, linewidth=1.4, label=name)
    ax.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 0.97), ncols=4)
    _finish(ax, title + "\n", *labels)


def stacks(
    ax: "Axes", x: Sequence[float], parts: Mapping[str, Sequence[float]], *, title: str, labels: tuple[str, str]
) -> None:
    """Draw parts on top of each other over a common ``x``, the largest at the bottom; the smallest are put together."""
    ordered = dict(sorted(parts.items(), key=lambda part: -sum(part[1])))
    shown = dict(list(ordered.items())[: len(COLOURS) - 1])
    if rest := [values for name, values in ordered.items() if name not in shown]:
        shown["the rest"] = [sum(values) for values in zip(*rest, strict=True)]
    if shown:
        ax.stackplot(x, *shown.values(), labels=list(shown), colors=COLOURS[: len(shown)], step="mid")
        ax.legend(framealpha=0.8, edgecolor="none", fontsize=8, loc="upper left")
    else:
        ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", va="center")
        ax.set_xlim(min(x), max(x))
    _finish(ax, title, *labels)


def curves(
    ax: "Axes",
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    labels: tuple[str, str],
    mark: tuple[str, float] | None = None,
) -> None:
    """Draw series of points, each over an ``x`` of its own; few points are shown as such. ``mark`` is a place in x."""
    for number, (name, (x, values)) in enumerate(series.items()):
        marker = "o" if len(x) <= 20 else ""
        ax.plot(x, values, marker=marker, markersize=4, color=COLOURS[number % len(COLOURS)], label=name)
    if mark:
        ax.axvline(mark[1], color="grey", linestyle=":", label=mark[0])
    if len(series) > 1 or mark:
        ax.legend(frameon=False, fontsize=8)
    _finish(ax, title, *labels)


def trade_off(ax: "Axes", points: Mapping[str, tuple[float, Estimate]], *, title: str, labels: tuple[str, str]) -> None:
    """Draw what systems cost (x, logarithmic) against how good they are (y, with its interval), each with its name."""
    from matplotlib import ticker

    for number, (name, (cost, value)) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        spread = [[value.mean - value.low], [value.high - value.mean]]
        ax.errorbar([cost], [value.mean], yerr=spread, fmt="o", capsize=3, color=colour, label=name)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(ticker.NullLocator())
    ax.set_ylim(0, 1.02)
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    _finish(ax, title, *labels)


def confusion(ax: "Axes", pairs: Sequence[tuple[str, str]], names: Sequence[str], *, title: str) -> None:
    """Draw how often what is right (rows) was taken for what (columns), from ``(right, predicted)`` pairs."""
    counts = [[sum(pair == (right, predicted) for pair in pairs) for predicted in names] for right in names]
    most = max(1, *(count for row in counts for count in row))
    ax.imshow(counts, cmap="Blues", vmin=0, vmax=1.4 * most)  # so dark at most that the numbers can be read
    for row, of_row in enumerate(counts):
        for column, count in enumerate(of_row):
            ax.text(column, row, str(count), ha="center", va="center")
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    _finish(ax, title, "predicted", "right")


def reliability(ax: "Axes", bins: Sequence[Mapping[str, float]], *, title: str) -> None:
    """Draw accuracy against confidence, a point for each bin as large as it has answers; the diagonal is ideal."""
    ax.plot([0, 1], [0, 1], color="grey", linestyle=":", linewidth=1)
    most = max((one["n"] for one in bins), default=1)
    sizes = [20 + 180 * one["n"] / most for one in bins]
    ax.scatter([one["confidence"] for one in bins], [one["accuracy"] for one in bins], s=sizes, color=COLOURS[0])
    for one in bins:
        ax.annotate(
            f"{one['n']:.0f}", (one["confidence"], one["accuracy"]), (8, 4), textcoords="offset points", fontsize=8
        )
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.03, 1.03)
    _finish(ax, title, "confidence", "accuracy")


def _finish(ax: "Axes", title: str, x_label: str, y_label: str) -> None:
    ax.set_title(title, loc="left", fontsize=11)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
