"""Records of trials → rows of the results table: measures with intervals, paired tests, groups, calibration."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist import baselines, held_out, prompts, uncertainty
from medassist.experiments.scores import MAIN_MEASURE, MODEL
from medassist.experiments.trials import OFF, ON

BINS = 10  # of confidence, equally wide, as is usual for the calibration error (Guo et al. 2017)
LENGTHS = (10, 20, 50, 100, 150)  # upper ends, in words, of the classes of question length
ALL = "all"

Record = Mapping[str, Any]


def summarise(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the rows of one evaluation: by task, retrieval, system and group.

    The model's row over all questions has its comparison with each baseline, and with retrieval on the comparison
    with retrieval off where both were measured. Groups are sources, where there are several, and classes of question
    length; the model's rows alone have them, each with its comparisons.
    """
    rows = []
    for task, retrieval in dict.fromkeys((record["task"], record["retrieval"]) for record in records):
        part = [record for record in records if (record["task"], record["retrieval"]) == (task, retrieval)]
        about = {"task": task, "retrieval": retrieval}
        for system in dict.fromkeys(name for record in part for name in record["systems"]):
            rows.append({**about, "system": system, "group": ALL, **summarise_system(part, task, system)})
        if MODEL not in part[0]["systems"]:
            continue
        for group, members in _groups(part).items():
            rows.append({**about, "system": MODEL, "group": group, **summarise_system(members, task, MODEL)})
    for row in rows:
        if row["system"] == MODEL and row["retrieval"] == ON and row["group"] == ALL:
            row["against_retrieval_off"] = _compare_retrieval(records, row["task"])
    return rows


def summarise_system(records: Sequence[Record], task: str, system: str) -> dict[str, Any]:
    """Return one system's measures over some records of one task; for the model also its comparisons."""
    records = [record for record in records if system in record["systems"]]
    outcomes = [record["systems"][system] for record in records]
    names = dict.fromkeys(name for outcome in outcomes for name in outcome["scores"] if name != "confidence")
    measures = {name: _estimate([o["scores"][name] for o in outcomes if name in o["scores"]]) for name in names}
    found: dict[str, Any] = {"n": len(records), "measures": measures}
    if refused := sum("refused" in outcome for outcome in outcomes):
        found["refused"] = refused
    if task == prompts.JUDGE:
        measures["macro_f1"] = to_json(macro_f1([r["right"] for r in records], [o["choice"] for o in outcomes]))
        found["confusion"] = confusion(records, system)
    if system != MODEL:
        return found
    if task != prompts.ANSWER:
        confidences = [outcome["scores"]["confidence"] for outcome in outcomes]
        right = [outcome["scores"]["accuracy"] for outcome in outcomes]
        measures["calibration_error"] = to_json(calibration_error(confidences, right))
        found["reliability"] = reliability(confidences, right)
    found["comparisons"] = _compare_baselines(records, task)
    return found


def calibration_error(confidences: Sequence[float], right: Sequence[float]) -> uncertainty.Estimate:
    """Return the expected calibration error over ``BINS`` equal bins of confidence, with its interval.

    It is the mean over all answers of the distance between a bin's accuracy and its mean confidence.
    """
    bins = np.minimum((np.asarray(confidences) * BINS).astype(int), BINS - 1)
    gaps = np.asarray(right) - np.asarray(confidences)

    def error(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        drawn_bins, drawn_gaps = bins[rows], gaps[rows]
        sums = [np.abs(np.where(drawn_bins == number, drawn_gaps, 0.0).sum(axis=-1)) for number in range(BINS)]
        return np.asarray(np.sum(sums, axis=0) / rows.shape[-1], dtype=np.float64)

    return uncertainty.estimate_statistic(len(gaps), error)


def reliability(confidences: Sequence[float], right: Sequence[float]) -> list[dict[str, float]]:
    """Return each bin that has answers: its mean confidence, accuracy and number of answers."""
    bins = np.minimum((np.asarray(confidences) * BINS).astype(int), BINS - 1)
    return [
        {
            "confidence": float(np.asarray(confidences)[bins == number].mean()),
            "accuracy": float(np.asarray(right)[bins == number].mean()),
            "n": int((bins == number).sum()),
        }
        for number in range(BINS)
        if (bins == number).any()
    ]


def macro_f1(right: Sequence[str], chosen: Sequence[str]) -> uncertainty.Estimate:
    """Return the mean F1 of the judgements that occur on either side, with its interval."""
    names = {name: number for number, name in enumerate(sorted({*right, *chosen}))}
    gold, given = (np.asarray([names[name] for name in side]) for side in (right, chosen))
    return uncertainty.estimate_statistic(len(gold), lambda rows: held_out.macro_f1(gold[rows], given[rows]))


def confusion(records: Iterable[Record], system: str) -> dict[str, dict[str, int]]:
    """Count judgements: ``confusion[right][given]``."""
    counts = {right: dict.fromkeys(prompts.JUDGEMENTS, 0) for right in prompts.JUDGEMENTS}
    for record in records:
        given = record["systems"][system]["choice"]
        counts[record["right"]][given] = counts[record["right"]].get(given, 0) + 1
    return counts


def length_class(words: int) -> str:
    """Return the class of a question of so many words.

    Examples
    --------
    >>> length_class(10), length_class(11), length_class(400)
    ('1 to 10 words', '11 to 20 words', 'over 150 words')
    """
    low = 0
    for high in LENGTHS:
        if words <= high:
            return f"{low + 1} to {high} words"
        low = high
    return f"over {LENGTHS[-1]} words"


def to_json(estimate: uncertainty.Estimate) -> dict[str, float]:
    """Return an estimate as JSON."""
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def _estimate(values: Sequence[float]) -> dict[str, float]:
    return to_json(uncertainty.estimate(values))


def _groups(records: Sequence[Record]) -> dict[str, list[Record]]:
    by: list[Callable[[Record], str]] = [lambda record: length_class(record["question_words"])]
    if len({record["source"] for record in records}) > 1:
        by.append(lambda record: f"source {record['source']}")
    groups: dict[str, list[Record]] = {}
    for name_of in by:
        for record in sorted(records, key=lambda record: record["question_words"]):
            groups.setdefault(name_of(record), []).append(record)
    return groups


def _compare_baselines(records: Sequence[Record], task: str) -> dict[str, dict[str, Any]]:
    measure = MAIN_MEASURE[task]
    found = {}
    for name in dict.fromkeys(name for record in records for name in record["systems"] if name != MODEL):
        both = [record["systems"] for record in records if name in record["systems"]]
        mine = [systems[MODEL]["scores"][measure] for systems in both]
        theirs = [systems[name]["scores"][measure] for systems in both]
        compared = _comparison(uncertainty.compare(mine, theirs), measure)
        found[name] = compared | {"beaten": baselines.beats(mine, theirs)}
    return found


def _compare_retrieval(records: Sequence[Record], task: str) -> dict[str, Any]:
    """With against without passages, on the questions that were asked both ways; empty if none was."""
    scores: dict[str, dict[tuple[str, str], float]] = {ON: {}, OFF: {}}
    for record in records:
        if record["task"] == task and MODEL in record["systems"]:
            score = record["systems"][MODEL]["scores"][MAIN_MEASURE[task]]
            scores[record["retrieval"]][record["source"], record["query_id"]] = score
    both = [key for key in scores[ON] if key in scores[OFF]]
    if not both:
        return {}
    compared = uncertainty.compare([scores[ON][key] for key in both], [scores[OFF][key] for key in both])
    return _comparison(compared, MAIN_MEASURE[task])


def _comparison(compared: uncertainty.Comparison, measure: str) -> dict[str, Any]:
    return {"measure": measure, "difference": to_json(compared.difference), "p": compared.p, "test": compared.test}
