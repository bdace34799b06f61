"""Ways of searching on the development sets: nDCG@10 with 95 % intervals, paired differences, recall, time of a query.

Systems: BM25 over the answers alone, BM25 over titles and answers, plain MiniLM over the same, their fusion, and what
medassist does; with ``--answers``, plain MiniLM over the answers alone too. MedQuAD's sets are searched for in MedQuAD,
the sample's in the sample. Indexes are built where they are not there yet: some minutes for MedQuAD.

These sets were used for development: they show what pays, and prove nothing of questions from elsewhere.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medassist import datasets, encoder, passages, retrieval, storage
from medassist.experiments import environment, retrieval_evaluation, retrieval_sets
from medassist.experiments.retrieval_evaluation import MAIN
from medassist.experiments.retrieval_tables import DEFAULT, describe
from medassist.schemas import Passage
from medassist.uncertainty import Comparison, Estimate

PLAIN = "all-MiniLM-L6-v2"
ANSWERS = "answers"  # the name of an index without titles
WITHOUT_NAMES = {"title": "", "topic": "", "aspect": "", "names": ()}


def main() -> None:
    """Measure, print tables in Markdown, keep runs, judgements, failures and results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--medquad", type=Path, help="MedQuAD's archive or folder (without: the sample alone)")
    parser.add_argument("--liveqa", type=Path, nargs="+", default=[], help="LiveQA-Med's training files")
    parser.add_argument("--answers", action="store_true", help="MiniLM over answers alone too: twice the encoding")
    parser.add_argument("--out", type=Path, default=Path("build/retrieval"), help="default: %(default)s")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for path, liveqa in ((Path("data/sample"), []), (options.medquad, options.liveqa)):
        if path:
            rows += measure(path, liveqa, options.out, answers=options.answers)
    print(f"nDCG@10, mean [95 % interval]\n\n{to_table(rows, MAIN)}")
    print(f"\nRecall@10\n\n{to_table(rows, 'R@10')}\n\nRecall@100\n\n{to_table(rows, 'R@100')}")
    print(f"\nnDCG@10 of medassist less that of\n\n{to_differences(rows)}")
    print(f"\nMilliseconds of a query, median, text to passages, {storage_of(options.out, rows)}\n\n{to_times(rows)}")


def measure(path: Path, liveqa: Sequence[Path], out: Path, *, answers: bool) -> list[dict[str, Any]]:
    """Return the rows of all sets that are searched for in one corpus."""
    corpus = datasets.load_corpus(path, skip_invalid=True)
    pieces = passages.split_documents(corpus.documents, passages.PASSAGE_WORDS, corpus.synonyms)
    index = build(pieces, encoder.DEFAULT_MODEL, corpus.name, out)
    beside = {}
    if encoder.DEFAULT_MODEL != PLAIN:
        beside["plain"] = build(pieces, PLAIN, f"{corpus.name}-plain", out)
    if answers:
        bare = [replace(piece, **WITHOUT_NAMES) for piece in pieces]
        beside[ANSWERS] = build(bare, PLAIN, f"{corpus.name}-{ANSWERS}", out)
    systems = [
        system
        for system in retrieval_evaluation.systems_of(index, beside)
        if system.index is index or system.name.endswith(("dense", retrieval_evaluation.BM25_ANSWERS))
    ]
    rows = []
    for found in retrieval_sets.sets_of(corpus, liveqa):
        rows += retrieval_evaluation.compare_systems(found, systems, corpus, out, progress=True)
    return rows


def build(pieces: Sequence[Passage], model: str, name: str, out: Path) -> retrieval.Index:
    """Return the index of passages; it is built if it is not there."""
    exported = encoder.export(model, out / "encoders" / model.replace("/", "--"))
    folder = out / "indexes" / name
    about = {"corpus": name, "passage_words": passages.PASSAGE_WORDS}
    retrieval.build(pieces, exported, folder, **about, cache_dir=out / "vectors")
    return retrieval.Index.load(folder, threads=1)


def storage_of(out: Path, rows: Sequence[dict[str, Any]]) -> str:
    """Keep the tables' figures in one file beside the machine they were measured on; return that machine's words."""
    about = environment.describe()
    about.pop("packages")
    storage.write_text(out / "retrieval.json", json.dumps({"environment": about, "rows": list(rows)}, indent=1))
    machine = about["machine"]
    return f"one thread, {machine['architecture']}, {machine['cores']} cores"


def to_table(rows: Sequence[dict[str, Any]], measure_name: str) -> str:
    """Return one measure of each system (rows) on each set (columns)."""
    return _table(rows, lambda row: str(Estimate(**row["measures"][measure_name])))


def to_times(rows: Sequence[dict[str, Any]]) -> str:
    """Return the time of a query of each system on each set."""
    return _table(rows, lambda row: f"{row['milliseconds']:.1f}")


def to_differences(rows: Sequence[dict[str, Any]]) -> str:
    """Return what the default gains over each other system on each set, with the paired interval and p-value."""
    default = {row["set"]: row["comparisons"] for row in rows if row["system"] == DEFAULT}

    def gain(row: dict[str, Any]) -> str:
        one = default[row["set"]][row["system"]]
        return str(Comparison(Estimate(**one["difference"]), one["p"], one["test"]))

    return _table([row for row in rows if row["system"] != DEFAULT], gain)


def _table(rows: Sequence[dict[str, Any]], cell: Any) -> str:
    sets = list(dict.fromkeys(row["set"] for row in rows))
    counts = {row["set"]: row["questions"] for row in rows}
    lines = ["| system | " + " | ".join(f"{name} (n = {counts[name]:,})" for name in sets) + " |"]
    lines.append("|---" * (len(sets) + 1) + "|")
    for system in dict.fromkeys(row["system"] for row in rows):
        by_set = {row["set"]: row for row in rows if row["system"] == system}
        cells = [cell(by_set[name]) if name in by_set else "" for name in sets]
        lines.append(f"| {describe(system)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
