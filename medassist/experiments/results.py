"""The table of results: one JSON line a run, system and group, kept over runs; published systems stand beside it.

Published figures are never mixed with ours: they say so in ``published``, and name their split and source.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medassist import __version__, records
from medassist.errors import ConfigurationError
from medassist.experiments import environment
from medassist.experiments.scores import MAIN_MEASURE, MODEL
from medassist.experiments.summaries import ALL
from medassist.uncertainty import Estimate

PUBLISHED_FILE = Path("data/published_results.jsonl")  # below the repository's root
RESULTS_FILE = "results.jsonl"
LABEL_CHARACTERS = 20  # of a line below a picture
Row = dict[str, Any]

# What makes two rows the same measurement, of which the later counts.
_IDENTITY = (
    "model", "model_version", "engine", "data", "data_sha256", "held_out", "index", "passages", "limit", "seed", "task",
    "retrieval", "system", "group",
)  # fmt: skip


def append_rows(path: Path, facts: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Add a run's rows to the table, each with the run's facts, its date and the version that measured it."""
    run = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "version": __version__}
    run["commit"] = environment.commit()
    written = [{"published": False, **run, **facts, **row} for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    records.drop_cut_line(path)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in written))
    return written


def read_rows(path: Path) -> list[Row]:
    """Read a table; of rows that measure the same thing, the last one.

    Raises
    ------
    ConfigurationError
        If a line is no JSON object.
    """
    if not path.exists():
        return []
    rows: dict[str, Row] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            # The same baseline beside another model is the same measurement.
            names = _IDENTITY if row.get("system") == MODEL else _IDENTITY[3:]
            rows[json.dumps([row.get(name) for name in names])] = row
        except (ValueError, AttributeError) as error:
            raise ConfigurationError(f"{path}, line {number}: no result ({error}); delete that line.") from error
    return list(rows.values())


def read_published(path: Path, rows: Sequence[Row]) -> list[Row]:
    """Read the published figures for the data sets and tasks that ``rows`` have."""
    wanted = {(row["data"], row["task"]) for row in rows}
    lines = path.read_text(encoding="utf-8").splitlines()
    published = [json.loads(line) for line in lines if line.strip()]
    return [{"published": True, **row} for row in published if (row["data"], row["task"]) in wanted]


def tabulate(rows: Iterable[Row]) -> list[dict[str, str]]:
    """Return what a reader compares: one line a system over all questions, best first within a data set and task."""
    shown = [row for row in rows if row.get("group", ALL) == ALL]
    shown.sort(key=lambda row: (row["data"], row["task"], -_main(row)))
    return [
        {
            "data": _data_name(row),
            "task": row["task"],
            "system": _system_name(row),
            "passages": _passages(row),
            "n": str(row.get("n", "")),
            "measure": MAIN_MEASURE[row["task"]],
            "score": format_measure(row["measures"][MAIN_MEASURE[row["task"]]]),
            "others": ", ".join(
                f"{name} {format_measure(value)}"
                for name, value in row["measures"].items()
                if name != MAIN_MEASURE[row["task"]]
            ),
            "source": str(row.get("source", "")),
        }
        for row in shown
    ]


def compare_with_best(rows: Iterable[Row]) -> dict[str, dict[str, Estimate]]:
    """Return the model beside the best trivial baseline of each data set and task with passages, to be drawn."""
    shown: dict[str, dict[str, Estimate]] = {MODEL: {}, "best trivial baseline": {}}
    rows = [row for row in rows if row["group"] == ALL and row["retrieval"] == "on"]
    for mine in (row for row in rows if row["system"] == MODEL):
        same = [r for r in rows if (r["data"], r["task"]) == (mine["data"], mine["task"]) and r["system"] != MODEL]
        best = max(same, key=_main)
        group = textwrap.fill(f"{mine['data']}, {mine['task']} ({best['system']})", LABEL_CHARACTERS)
        for series, row in zip(shown, (mine, best), strict=True):
            shown[series][group] = Estimate(**row["measures"][MAIN_MEASURE[mine["task"]]])
    return shown


def verdicts(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return what the model was compared with: each baseline, and itself without passages."""
    found = []
    for row in (row for row in rows if row["system"] == MODEL and row["group"] == ALL):
        others = dict(row["comparisons"])
        if row.get("against_retrieval_off"):
            others["itself without passages"] = row["against_retrieval_off"]
        found += [
            {
                "data": row["data"],
                "task": row["task"],
                "passages": _passages(row),
                "against": name,
                "measure": other["measure"],
                "difference": format_measure(other["difference"]),
                "p": f"{other['p']:.2g}",
                "test": other["test"],
                "beaten": {True: "yes", False: "no"}.get(other.get("beaten"), ""),
            }
            for name, other in others.items()
        ]
    return found


def main_figures(rows: Iterable[Row]) -> dict[str, float]:
    """Return the model's main measure with passages by data set and task, for a report."""
    return {
        f"{row['data']} {row['task']} {MAIN_MEASURE[row['task']]}": _main(row)
        for row in rows
        if row["system"] == MODEL and row["group"] == ALL and row["retrieval"] == "on"
    }


def by_length(rows: Iterable[Row]) -> dict[str, dict[str, Estimate]]:
    """Return the model's main measure by class of question length, for each data set and task with passages."""
    found: dict[str, dict[str, Estimate]] = {}
    for row in rows:
        if row["system"] == MODEL and row["retrieval"] == "on" and row["group"].endswith(" words"):
            measure = MAIN_MEASURE[row["task"]]
            found.setdefault(f"{row['data']}, {row['task']}: {measure}", {})[row["group"]] = Estimate(
                **row["measures"][measure]
            )
    return found


def to_text(rows: Sequence[Row]) -> str:
    """Return a run's rows as a person reads them: by task and retrieval, the model, then what it is compared with."""
    lines: list[str] = []
    heading = ""
    for row in rows:
        given = f"{row['passages']} passages" if row["retrieval"] == "on" else "no passages"
        about = f"{row['data']}, {row['task']}, {given}"
        if about != heading:
            heading = about
            lines += ["", about]
        name = _system_name(row) if row["group"] == ALL else f"  {row['group']}"
        lines.append(f"  {name}, n = {row['n']:,}" + (f", {row['refused']} refused" if row.get("refused") else ""))
        if row["group"] != ALL:
            lines[-1] += f": {MAIN_MEASURE[row['task']]} {format_measure(row['measures'][MAIN_MEASURE[row['task']]])}"
            continue
        lines += [f"      {measure:18} {format_measure(value)}" for measure, value in row["measures"].items()]
        lines += [f"      against {other}: {_said(found)}" for other, found in row.get("comparisons", {}).items()]
        if row.get("against_retrieval_off"):
            lines.append(f"      against the same without passages: {_said(row['against_retrieval_off'])}")
    return "\n".join(lines).strip()


def format_measure(value: Mapping[str, float]) -> str:
    """Return a measure with its interval, where it has one."""
    if "low" not in value:
        return f"{value['mean']:.3f}"
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _said(found: Mapping[str, Any]) -> str:
    difference = found["difference"]
    beaten = "" if "beaten" not in found else ", beaten" if found["beaten"] else ", not beaten"
    return (
        f"{found['measure']} {difference['mean']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}], "
        f"p {found['p']:.2g} ({found['test']}){beaten}"
    )


def _main(row: Row) -> float:
    return float(row["measures"][MAIN_MEASURE[row["task"]]]["mean"])


def _data_name(row: Row) -> str:
    return f"{row['data']} ({row['split']})" if row["published"] else str(row["data"])


def _system_name(row: Row) -> str:
    if row["published"]:
        return f"published: {row['model']}"
    if row["system"] != MODEL:
        return f"baseline: {row['system']}"
    return f"{row['model']} {row['model_version']} ({row['engine']})"


def _passages(row: Row) -> str:
    if row["published"]:
        return str(row.get("passages", ""))
    return str(row["passages"]) if row["retrieval"] == "on" else "none"
