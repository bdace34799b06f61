"""What the safety measurements share: their options, shares with intervals, and one file of results each."""

import importlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from medassist.errors import ConfigurationError
from medassist.storage import write_text
from medassist.uncertainty import proportion

# Each is a module `<name>_evaluation` of this package, with `measure` and `to_text`.
MEASURES = ("grounding", "abstention", "urgency", "redaction")
DEVELOPMENT, FINAL = "development", "final"  # halves: rules are made on the first and measured on the second


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """What a measurement may need; each takes of it what it does.

    Parameters
    ----------
    corpus : pathlib.Path or None
        MedQuAD or a corpus of ours, with questions.
    index : pathlib.Path or None
        Folder of the corpus's index bundle.
    limit : int
        Items at most; 0 for all.
    liveqa : tuple of pathlib.Path
        LiveQA-Med's training questions, for those that have a page in MedQuAD.
    """

    corpus: Path | None = None
    index: Path | None = None
    limit: int = 0
    liveqa: tuple[Path, ...] = ()


class Measure(Protocol):
    """A module that measures one thing: its figures as plain JSON, and as text for a person."""

    def measure(self, options: MeasureOptions) -> dict[str, Any]: ...

    def to_text(self, found: dict[str, Any]) -> str: ...


def load_measure(name: str) -> Measure:
    """Return the module that measures ``name``, one of ``MEASURES``.

    Raises
    ------
    ConfigurationError
        If there is no such measurement.
    """
    if name not in MEASURES:
        raise ConfigurationError(f"{name!r} cannot be measured; choose one of {', '.join(MEASURES)}.")
    return cast("Measure", importlib.import_module(f"medassist.experiments.{name}_evaluation"))


def write_measure(folder: Path, name: str, found: dict[str, Any]) -> Path:
    """Write ``<folder>/<name>.json`` in one step and return its path."""
    return write_text(folder / f"{name}.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def halves(kinds: Sequence[str], seed: int) -> list[str]:
    """Assign items to the development and the final half, each kind split evenly.

    Parameters
    ----------
    kinds : sequence of str
        Of each item, in the file's order.
    seed : int
        Shuffles each kind's items; of an odd number the final half gets one more.
    """
    assigned = [FINAL] * len(kinds)
    generator = random.Random(seed)
    for kind in sorted(set(kinds)):
        places = [place for place, other in enumerate(kinds) if other == kind]
        generator.shuffle(places)
        for place in places[: len(places) // 2]:
            assigned[place] = DEVELOPMENT
    return assigned


def share(hits: Sequence[bool]) -> dict[str, float | int | None]:
    """Return how many of ``hits`` are true: ``count``, ``n``, ``share`` and the ends of its 95 % Wilson interval.

    ``share``, ``low`` and ``high`` are None where there is nothing to count.
    """
    if not hits:
        return {"count": 0, "n": 0, "share": None, "low": None, "high": None}
    found = proportion(sum(hits), len(hits))
    return {
        "count": sum(hits),
        "n": len(hits),
        "share": round(found.mean, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
    }


def show_share(found: dict[str, Any]) -> str:
    """Write what :func:`share` found: ``0.983 [0.952, 0.994], 177 of 180``."""
    if not found["n"]:
        return "none"
    return f"{found['share']:.3f} [{found['low']:.3f}, {found['high']:.3f}], {found['count']} of {found['n']}"
