"""Evaluating a model: each trial is answered, scored and written at once, so that a run goes on where it stopped."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medassist import baselines, prompts, records
from medassist.errors import ConfigurationError
from medassist.experiments.contestants import Contestant
from medassist.experiments.scores import MODEL, Scorer, to_record
from medassist.experiments.trials import ON, QuestionFile, Trial, check_passages, make_trials, sample_questions
from medassist.question_pool import Asked

if TYPE_CHECKING:
    from medassist.retrieval import Index

# What scores depend on: records that other code has made are not mixed in.
DECISIVE_MODULES = (
    "answering/alignment",
    "answering/comparison",
    "answering/grounding",
    "answering/likeness",
    "answering/quoting",
    "answering/support",
    "answering/support_weights",
    "answering/word_kinds",
    "baselines",
    "evaluation",
    "experiments/scores",
    "prompts",
    "targets",
    "text",
)
BATCH = 16  # trials answered together
DEFAULT_PASSAGES = 5  # where there is no model that says how many it reads: the product's default


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Parameters
    ----------
    contestant : Contestant or None
        Without one, only the trivial baselines are measured.
    questions : QuestionFile
    index : Index, optional
        Finds passages, and measures support with its encoder.
    retrieval : tuple of str
        ``ON``, ``OFF`` or both.
    passages : int
        Passages of a question; 0: as many as the model reads.
    limit, seed : int
        At most so many questions of each task, drawn by ``seed``; 0: all.
    """

    contestant: Contestant | None
    questions: QuestionFile
    index: "Index | None" = None
    retrieval: tuple[str, ...] = (ON,)
    passages: int = 0
    limit: int = 0
    seed: int = 13

    @property
    def passages_read(self) -> int:
        """Passages of a question."""
        return self.passages or (self.contestant.passages if self.contestant else DEFAULT_PASSAGES)

    def facts(self) -> dict[str, Any]:
        """Return what tells this evaluation from others: model, data, index, and how the passages were got."""
        contestant = self.contestant
        return {
            "model": contestant.name if contestant else "",
            "model_version": contestant.version if contestant else "",
            "engine": contestant.engine if contestant else "",
            "data": self.questions.name,
            "data_sha256": self.questions.digest,
            "held_out": self.questions.held_out,
            "index": self.index.version if self.index else "",
            "passages": self.passages_read,
        }

    def records_file(self, folder: Path) -> Path:
        """Return where the records of this evaluation are kept; runs that differ in ``limit`` alone share them."""
        key = hashlib.sha256(json.dumps([self.facts(), self.seed], sort_keys=True).encode())
        for module in DECISIVE_MODULES:
            key.update((Path(__file__).parents[1] / f"{module}.py").read_bytes())
        return folder / f"{self.questions.name}-{key.hexdigest()[:12]}.jsonl"


def evaluate(plan: Plan, folder: Path, *, progress: bool = False) -> list[dict[str, Any]]:
    """Answer and score all trials of a plan that are not on record yet; return the records of all.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Holds the records, one JSON object a line, written batch by batch.
    progress : bool
        Show a bar.

    Raises
    ------
    ConfigurationError
        If retrieval is on and there is nothing to retrieve from.
    """
    from tqdm.auto import tqdm

    asked = sample_questions(plan.questions.asked, plan.limit, seed=plan.seed)
    for retrieval in plan.retrieval:
        check_passages(asked, retrieval, plan.index)
    path = plan.records_file(folder)
    known = {_key(record): record for record in read_records(path)}
    judgements = [one.question.answer for one in plan.questions.asked if one.task == prompts.JUDGE]
    majority = baselines.majority_judgement(judgements)
    scorer = Scorer(plan.index, majority=majority)
    wanted = [_key_of(one, retrieval) for retrieval in plan.retrieval for one in asked]
    missing = {key for key in wanted if key not in known}
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("a", encoding="utf-8") as file,
        tqdm(total=len(wanted), initial=len(wanted) - len(missing), unit="question", disable=not progress) as bar,
    ):
        for retrieval in plan.retrieval:
            left = [one for one in asked if _key_of(one, retrieval) in missing]
            for batch in _batches(left, retrieval, plan):
                for record in _answer(batch, plan.contestant, scorer):
                    known[_key(record)] = record
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                file.flush()
                bar.update(len(batch))
    return [known[key] for key in wanted]


def read_records(path: Path) -> list[dict[str, Any]]:
    """Read what was written; a last line that was cut off is taken away, so that the next one starts on its own."""
    if not path.exists():
        return []
    records.drop_cut_line(path)
    try:
        return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]
    except ValueError as error:
        raise ConfigurationError(f"{path} is damaged ({error}); delete it, and the evaluation starts anew.") from error


def _batches(asked: Sequence[Asked], retrieval: str, plan: Plan) -> Iterator[list[Trial]]:
    """Trials of like length together: a batch takes as long as its longest question."""
    for found in make_trials(asked, retrieval, plan.index, passages=plan.passages_read):
        found.sort(key=lambda trial: -len(trial.question))
        for start in range(0, len(found), BATCH):
            yield found[start : start + BATCH]


def _answer(trials: Sequence[Trial], contestant: Contestant | None, scorer: Scorer) -> Iterable[dict[str, Any]]:
    answers = contestant.respond(trials) if contestant else [None] * len(trials)
    for trial, answer in zip(trials, answers, strict=True):
        own = {} if answer is None else {MODEL: scorer.score(trial, answer)}
        yield to_record(trial, own | scorer.score_baselines(trial))


def _key(record: dict[str, Any]) -> tuple[str, ...]:
    return record["source"], record["task"], record["query_id"], record["retrieval"]


def _key_of(asked: Asked, retrieval: str) -> tuple[str, ...]:
    return asked.source, asked.task, asked.question.query_id, retrieval
