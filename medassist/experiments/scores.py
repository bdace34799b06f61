"""What one answer is worth: scores of a trial, for a model and for the trivial baselines beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medassist import baselines, evaluation, prompts, text
from medassist.answering import abstention, grounding
from medassist.assistant import MIN_SHARE_SUPPORTED, PassageIndex
from medassist.config import Settings
from medassist.experiments.trials import Trial
from medassist.schemas import Generation

MODEL = "model"  # the system's name in a record; the others are the baselines'
QUOTATIONS = "quotations, as the product gives them"

MAIN_MEASURE = {prompts.ANSWER: "rouge_l", prompts.CHOOSE: "accuracy", prompts.JUDGE: "accuracy"}
COPIED_WORDS = 4  # words in a row that count as copied

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores answers; with an index also their support and whether the product would show them.

    Parameters
    ----------
    index : PassageIndex, optional
        That was searched. Without it there are no measures of support, and no quotations.
    settings : Settings
        The product's thresholds.
    majority : str
        The judgement that is most frequent in the file: the best that a constant answer can do there.
    """

    index: PassageIndex | None = None
    settings: Settings = field(default_factory=Settings)
    majority: str = "yes"

    def score(self, trial: Trial, answer: Generation | str) -> dict[str, Any]:
        """Return what the model did in a trial; a refused one (a sentence) counts as a wrong or empty answer."""
        given = answer if isinstance(answer, Generation) else Generation("", "")
        outcome: dict[str, Any] = {"text": given.text}
        if isinstance(answer, str):
            outcome["refused"] = answer
        if trial.task == prompts.ANSWER:
            return outcome | {"scores": self._answer_scores(trial, given.text) | self._support(trial, given.text)}
        confidence = max(given.probabilities.values(), default=0.0)
        right = given.choice == (trial.correct or trial.target)
        return outcome | {"choice": given.choice, "scores": {"accuracy": float(right), "confidence": confidence}}

    def score_baselines(self, trial: Trial) -> dict[str, dict[str, Any]]:
        """Return what each trivial baseline did in a trial, from the passages that the model was given."""
        if trial.task == prompts.JUDGE:
            right = float(self.majority == trial.target)
            return {baselines.MAJORITY: {"choice": self.majority, "scores": {"accuracy": right}}}
        if trial.task == prompts.CHOOSE:
            chosen = baselines.trivial_choices(trial.question, trial.options, trial.passages)
            found = {
                name: {"choice": key, "scores": {"accuracy": float(key == trial.correct)}}
                for name, key in chosen.items()
                if trial.passages or name != baselines.OVERLAP
            }
            found[baselines.RANDOM]["scores"] = {"accuracy": 1 / len(trial.options)}  # its expectation, not one draw
            return found
        if not trial.passages:
            return {}
        answers = baselines.trivial_answers(trial.question, trial.passages)
        if self.index is not None and trial.retrieved:
            quoted = grounding.extract(trial.question, trial.hits, self.index.encoder)
            answers[QUOTATIONS] = " ".join(statement.text for statement in quoted)
        return {name: {"text": said, "scores": self._answer_scores(trial, said)} for name, said in answers.items()}

    def _answer_scores(self, trial: Trial, answer: str) -> Scores:
        """Against what should be written (the best of several references counts), and against whole references."""
        targets = [baselines.cut_answer(trial.question, reference) for reference in trial.references]
        return {
            "rouge_l": max(evaluation.rouge_l(answer, target) for target in targets),
            "token_f1": max(evaluation.token_f1(answer, target) for target in targets),
            "rouge_l_whole": max(evaluation.rouge_l(answer, reference) for reference in trial.references),
            "token_f1_whole": max(evaluation.token_f1(answer, reference) for reference in trial.references),
            "words": float(len(answer.split())),
        }

    def _support(self, trial: Trial, answer: str) -> Scores:
        found: Scores = {}
        if (copied := share_copied(answer, trial)) is not None:
            found["copied"] = copied
        if self.index is None or not trial.hits:
            return found
        said = text.sentences(answer)
        statements = grounding.ground(
            answer, trial.question, trial.hits, self.index.encoder, min_support=self.settings.min_support
        )
        share = len(statements) / len(said) if said else 0.0
        found |= {"supported": share, "wholly_supported": float(bool(said) and share == 1)}
        if trial.retrieved:
            answerable = abstention.is_answerable(trial.question, trial.hits, self.settings, self.index)
            shown = answerable and bool(statements) and share >= MIN_SHARE_SUPPORTED
            found |= {"abstained": float(not answerable), "own_words_shown": float(shown)}
        return found


def share_copied(answer: str, trial: Trial) -> float | None:
    """Return the share of an answer's runs of four words that its input has too; None if it has no such run."""
    given = " \n ".join([trial.question, *(f"{passage.title} {passage.text}" for passage in trial.passages)])
    read = set(_runs(text.words(given)))
    written = _runs(text.words(answer))
    return sum(run in read for run in written) / len(written) if written else None


def to_record(trial: Trial, systems: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON object that keeps a trial's outcome: ids, what is right, and what each system did."""
    source, task, query_id, retrieval = trial.key
    return {
        "source": source,
        "task": task,
        "query_id": query_id,
        "retrieval": retrieval,
        "question_words": len(trial.question.split()),
        "right": trial.correct or trial.target,
        "systems": {name: dict(outcome) for name, outcome in systems.items()},
    }


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + COPIED_WORDS]) for start in range(len(words) - COPIED_WORDS + 1)]
