"""Results of retrieval for people: as text, as tables, as what is drawn.

A row is one of :func:`medassist.experiments.retrieval_evaluation.to_rows`, with ``milliseconds``.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from medassist import retrieval
from medassist.experiments.retrieval_evaluation import BM25_ANSWERS, DEPTHS, KNOWN, MAIN
from medassist.experiments.retrieval_sets import RetrievalSet
from medassist.uncertainty import Comparison, Estimate

Row = Mapping[str, Any]

DEFAULT = retrieval.METHODS[0]  # what the product does, which the others are compared with
DESCRIPTIONS = {
    BM25_ANSWERS: "BM25, answers alone",
    "lexical": "BM25, titles and answers",
    "answers-dense": "MiniLM, answers alone",
    "plain-dense": "MiniLM, titles and answers",
    "dense": "encoder, titles and answers",
    "fused": "both, fused",
    DEFAULT: "medassist",
}
SHOWN = ("RR@10", "AP@10", "Success@1", "R@10", "R@100")  # beside the main measure


def describe(system: str) -> str:
    """Return what a person calls a system; its name where nothing else is known."""
    return DESCRIPTIONS.get(system, system)


def tabulate(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return one line a set and system: the measures, and the median time of a query."""
    return [
        {
            "set": f"{row['set']}, n = {row['questions']:,}",
            "system": describe(row["system"]),
            MAIN: str(Estimate(**row["measures"][MAIN])),
            **{measure: f"{row['measures'][measure]['mean']:.3f}" for measure in SHOWN},
            KNOWN: f"{row['measures'][KNOWN]['mean']:.3f}" if KNOWN in row["measures"] else "",
            "ms": f"{row['milliseconds']:.1f}",
        }
        for row in rows
    ]


def gains(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return what the default, or else a set's last system, gains over each other one, by paired tests."""
    found = []
    for of_set in by_set(rows).values():
        best = next((row for row in of_set if row["system"] == DEFAULT), of_set[-1])
        for other, one in best["comparisons"].items():
            compared = Comparison(Estimate(**one["difference"]), one["p"], one["test"])
            names = {"set": best["set"], "system": describe(best["system"]), "against": describe(other)}
            found.append({**names, f"{MAIN}, difference": str(compared)})
    return found


def recall_curves(rows: Sequence[Row]) -> dict[str, dict[str, tuple[Sequence[float], Sequence[float]]]]:
    """Return recall against k for each set and system, to be drawn."""
    return {
        name: {
            describe(row["system"]): (DEPTHS, [row["measures"][f"R@{depth}"]["mean"] for depth in DEPTHS])
            for row in of_set
        }
        for name, of_set in by_set(rows).items()
    }


def costs(rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, Estimate]]]:
    """Return milliseconds of a query and the main measure for each set and system, to be drawn."""
    return {
        name: {describe(row["system"]): (row["milliseconds"], Estimate(**row["measures"][MAIN])) for row in of_set}
        for name, of_set in by_set(rows).items()
    }


def by_set(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each set."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["set"], []).append(row)
    return found


def to_text(rows: Sequence[Row]) -> str:
    """Return results as lines for a terminal: a table for each set, then the gains."""
    lines: list[str] = []
    table, gained = tabulate(rows), gains(rows)
    for place, of_set in enumerate(by_set(rows).values()):
        shown = [line for line, row in zip(table, rows, strict=True) if row["set"] == of_set[0]["set"]]
        names = [name for name in shown[0] if name != "set"]
        widths = [max(len(name), *(len(line[name]) for line in shown)) for name in names]
        lines += [""] * bool(place) + [shown[0]["set"]]
        cells = [names, *([line[name] for name in names] for line in shown)]
        lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
        for gain in (gain for gain in gained if gain["set"] == of_set[0]["set"]):
            lines.append(f"  {gain['system']} less {gain['against']}: {gain[f'{MAIN}, difference']}")
    return "\n".join(line.rstrip() for line in lines)


def describe_sets(sets: Sequence[RetrievalSet], searched: Sequence[RetrievalSet]) -> list[dict[str, Any]]:
    """Return what each set holds, how much of it is searched for, and what was left out and why."""
    return [
        {
            "set": whole.name,
            "questions": len(whole.questions),
            "searched for": len(part.questions),
            "left out": "; ".join(f"{count:,}: {reason}" for reason, count in whole.rejected_by_reason.items()),
        }
        for whole, part in zip(sets, searched, strict=True)
    ]


def main_figures(rows: Sequence[Row]) -> dict[str, float]:
    """Return the main measure of each set and system, for a report."""
    return {f"{row['set']} {row['system']} {MAIN}": row["measures"][MAIN]["mean"] for row in rows}


def browse(
    failures: Sequence[Row], *, chosen_set: str = "", system: str = DEFAULT, kind: str = "", most: int = 40
) -> list[dict[str, Any]]:
    """Return failures to be read one by one: of one set and kind, or of all where none is named."""
    chosen = [
        one
        for one in failures
        if one["system"] == system and chosen_set in ("", one["set"]) and kind in ("", one["kind"])
    ]
    return [
        {
            "set": one["set"],
            "question": textwrap.shorten(one["question"], 300),
            "wanted": one["wanted"][0],
            "found instead": "; ".join(one["found"]),
            "rank": one["rank"] or "",
            "kind": one["kind"],
        }
        for one in chosen[:most]
    ]
