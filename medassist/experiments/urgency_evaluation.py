"""How well the screen tells an emergency from all else, and whether questions about one's own case get their pointer.

Each set was written before its rules and is halved by seed, kind by kind. Rules were made on the development half;
then the final half was measured, then fresh questions in unusual words (``urgent_again.jsonl``). What both showed was
mended, and a third set was measured (``urgent_third.jsonl``). Then came rounds of unusual words
(``urgent_fresh.jsonl``), and a set that was written before them and looked at once after (``urgent_unusual.jsonl``).
docs/safety.md has each set's figures at first sight,
which alone say how the screen does on what it has not seen; the others may only rise.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medassist import config
from medassist.answering.advice import classify_request
from medassist.answering.signs import CATEGORIES
from medassist.answering.urgency import find_emergency
from medassist.errors import DatasetError
from medassist.experiments.measures import DEVELOPMENT, FINAL, MeasureOptions, share, show_share
from medassist.records import read_records
from medassist.uncertainty import Estimate

CHECKS = Path("data/checks")
URGENT_FILE, ADVICE_FILE = "urgent.jsonl", "advice.jsonl"
LATER = {  # written after the rules had been begun
    "five rounds while the rules were made": "urgent_rounds.jsonl",
    "unusual words": "urgent_again.jsonl",
    "ordinary words": "urgent_third.jsonl",
    "eleven rounds in unusual words, from which the points were fitted": "urgent_fresh.jsonl",
    "unusual words, kept for the end": "urgent_unusual.jsonl",
    "lay words of another writer, at the very end": "urgent_other.jsonl",
}
_NAMES = frozenset(category.name for category in CATEGORIES)
GENERAL = "general"  # the kind of a question in ADVICE_FILE that is about nobody's own case


def measure(options: MeasureOptions) -> dict[str, Any]:
    """Return recall and false alarms of the screen by half and kind, its time, and the same of the pointer.

    Parameters
    ----------
    options : MeasureOptions
        ``limit`` takes so many questions of each half; corpus and index are not needed.

    Raises
    ------
    DatasetError
        If a set is missing or a record lacks a field.
    """
    folder = config.project_root() / CHECKS
    urgent, advice = _read(folder / URGENT_FILE, options.limit), _read(folder / ADVICE_FILE, options.limit)
    return {
        "screen": {half: _screened([row for row in urgent if row["half"] == half]) for half in (DEVELOPMENT, FINAL)},
        "written later": {name: _screened(_read(folder / file, options.limit)) for name, file in LATER.items()},
        "pointer": {half: _pointed([row for row in advice if row["half"] == half]) for half in (DEVELOPMENT, FINAL)},
        "milliseconds": _times([row["text"] for row in urgent]),
    }


def to_text(found: dict[str, Any]) -> str:
    """Write what :func:`measure` found for a person to read."""
    lines = []
    sets = [(f"Screen, {half} half", part) for half, part in found["screen"].items()]
    later = [(f"Screen, written later: {name}", part) for name, part in found["written later"].items()]
    for title, part in [*sets, *later]:
        lines += [
            title,
            f"  recall        {show_share(part['recall'])}",
            f"  false alarms  {show_share(part['false_alarms'])}",
        ]
        lines.append(f"  right category, of those recognised  {show_share(part['category'])}")
        lines += [f"    {kind:<22} {show_share(hits)}" for kind, hits in part["by_kind"].items()]
    for half, part in found["pointer"].items():
        lines += [f"Pointer to a professional, {half} half", f"  recall        {show_share(part['recall'])}"]
        lines.append(f"  on general questions  {show_share(part['false_alarms'])}")
    times = found["milliseconds"]
    return "\n".join([*lines, f"A question takes {times['median']} ms (median), {times['longest']} ms at most."])


def estimates(found: dict[str, Any], half: str) -> dict[str, dict[str, Estimate]]:
    """Return a half's shares as a figure takes them: what fired of each kind of emergency, and of each other kind."""
    kinds = found["screen"][half]["by_kind"]
    shares = {kind: Estimate(hits["share"], hits["low"], hits["high"], hits["n"]) for kind, hits in kinds.items()}
    return {
        "emergencies": {kind: value for kind, value in shares.items() if kind in _NAMES},
        "others": {kind: value for kind, value in shares.items() if kind not in _NAMES},
    }


def wrong(half: str, file: str = URGENT_FILE) -> list[dict[str, Any]]:
    """Return the questions that the screen takes for what they are not, each with the ``rule`` that fired, if any.

    Parameters
    ----------
    half : str
        ``development``, or another to be read after all has been measured.
    """
    rows = [row for row in _read(config.project_root() / CHECKS / file, 0) if row["half"] == half]
    fired = [find_emergency(row["text"]) for row in rows]
    pairs = zip(rows, fired, strict=True)
    return [row | {"rule": rule[1] if rule else ""} for row, rule in pairs if row["urgent"] != bool(rule)]


def _read(path: Path, limit: int) -> list[dict[str, Any]]:
    rows = [record for _, record in read_records(path)]
    for row in rows:
        if missing := {"text", "kind", "half"} - row.keys():
            raise DatasetError(f"A record of {path.name} lacks {', '.join(sorted(missing))}; add it to each.")
    if not limit:
        return rows
    return [row for half in (DEVELOPMENT, FINAL) for row in [r for r in rows if r["half"] == half][:limit]]


def _screened(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """``by_kind`` is the share that fired: of kinds of emergencies recall, of the others false alarms."""
    fired = [find_emergency(row["text"]) for row in rows]
    kinds = dict.fromkeys(row["kind"] for row in rows)
    urgent = [(row, rule) for row, rule in zip(rows, fired, strict=True) if row["urgent"]]
    return {
        "recall": share([bool(rule) for _, rule in urgent]),
        "false_alarms": share([bool(rule) for row, rule in zip(rows, fired, strict=True) if not row["urgent"]]),
        "category": share([rule[0] == row["kind"] for row, rule in urgent if rule and row["kind"] in _NAMES]),
        "by_kind": {
            kind: share([bool(rule) for row, rule in zip(rows, fired, strict=True) if row["kind"] == kind])
            for kind in kinds
        },
    }


def _pointed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    own = [row for row in rows if row["kind"] != GENERAL]
    found = [classify_request(row["text"]) for row in own]
    return {
        "recall": share([bool(kind) for kind in found]),
        "false_alarms": share([bool(classify_request(row["text"])) for row in rows if row["kind"] == GENERAL]),
        "kind": share([kind == row["kind"] for kind, row in zip(found, own, strict=True) if kind]),
    }


def _times(texts: Sequence[str]) -> dict[str, float]:
    times = []
    for text in texts:
        started = time.perf_counter()
        find_emergency(text)
        times.append(1000 * (time.perf_counter() - started))
    return {"median": round(statistics.median(times), 2), "longest": round(max(times, default=0), 2)} if times else {}
