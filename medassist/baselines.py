"""What costs nothing to build: trivial answers, choices and judgements. A model is worth its keep where it beats them.

They read what the model reads (question, passages, options) and nothing else, need no training, and are what the
product falls back to in a task in which a model has not been shown to be better (:func:`beats`).
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from medassist import text, uncertainty
from medassist.prompts import TitledText
from medassist.targets import answering_sentences, leading_sentences

# Names of the baselines, as they stand in result tables.
LEAD = "lead of the first passage"
CLOSEST_PASSAGE = "answering sentences of the closest passage"
CLOSEST_SENTENCE = "closest sentence"
RANDOM = "random option"
LONGEST = "longest option"
OVERLAP = "option with most words in the passages"
MAJORITY = "majority judgement"

MIN_ITEMS = 20  # with fewer held-out items nothing counts as shown: a bootstrap over a handful is too sure of itself


def trivial_answers(question: str, passages: Sequence[TitledText]) -> dict[str, str]:
    """Return the trivial answers to a question by the baseline's name; empty texts without passages.

    ``LEAD`` is the beginning of the first passage, in as many words as training targets have. ``CLOSEST_SENTENCE`` is
    the sentence that, with its passage's title, has most of the question's content words. ``CLOSEST_PASSAGE`` is what
    the rule that cuts training targets out of reference answers (:mod:`medassist.targets`) cuts out of the passage
    whose title has most of the question's words, then whose text has. Of equals the first is taken.

    On 300 held-out MedQuAD questions with three passages their ROUGE-L against the targets is 0.56, 0.40 and 0.69.
    Words are counted, not weighted: by inverse frequency among the sentences, it changed by at most 0.02, and fell.
    """
    if not passages:
        return dict.fromkeys((LEAD, CLOSEST_SENTENCE, CLOSEST_PASSAGE), "")
    asked = set(text.content_words(question))
    titles = [asked & set(text.content_words(passage.title)) for passage in passages]
    bodies = [asked & set(text.content_words(passage.text)) for passage in passages]
    closest = max(range(len(passages)), key=lambda i: (len(titles[i]), len(bodies[i])))  # max takes the first of equals
    found = [
        (len(title | asked & set(text.content_words(sentence))), sentence)
        for title, passage in zip(titles, passages, strict=True)
        for sentence in text.sentences(passage.text)
    ]
    return {
        LEAD: leading_sentences(passages[0].text),
        CLOSEST_SENTENCE: max(found, key=lambda pair: pair[0], default=(0, ""))[1],
        CLOSEST_PASSAGE: cut_answer(question, passages[closest].text),
    }


def trivial_choices(
    question: str, options: Mapping[str, str], passages: Sequence[TitledText], *, seed: int = 13
) -> dict[str, str]:
    """Return the key of the option that each trivial baseline takes, by the baseline's name.

    ``RANDOM`` depends on ``seed`` and the question; its expected accuracy is one over the number of options.
    """
    return {
        RANDOM: random.Random(f"{seed} {question}").choice(list(options)),
        LONGEST: max(options, key=lambda key: len(options[key])),
        OVERLAP: choose_by_overlap(options, passages),
    }


def cut_answer(question: str, answer: str) -> str:
    """Return the sentences of a long text that answer, by the rule for targets; its beginning where none does."""
    return " ".join(answering_sentences(question, answer)) or leading_sentences(answer)


def choose_by_overlap(options: Mapping[str, str], passages: Sequence[TitledText]) -> str:
    """Return the key of the option of whose content words the passages hold the largest share; of equals the longest.

    On the first 400 MedQA development questions with five passages of MedQuAD, eight such rules (by sentence, by best
    passage, weighted or not) got between 0.28 and 0.31: this is the simplest of the best.
    """
    available = {word for passage in passages for word in text.content_words(f"{passage.title} {passage.text}")}

    def share(key: str) -> tuple[float, int]:
        found = set(text.content_words(options[key]))
        return len(found & available) / max(1, len(found)), len(options[key])

    return max(options, key=share)


def majority_judgement(judgements: Iterable[str]) -> str:
    """Return the judgement that is most frequent on the training side; ``"yes"`` where there is none to count."""
    counts = Counter(judgements)
    return max(sorted(counts, reverse=True), key=lambda judgement: counts[judgement], default="yes")


def beats(model_scores: Sequence[float], baseline_scores: Sequence[float], *, seed: int = 13) -> bool:
    """Tell whether a model is better than a baseline on the same held-out items. The rule that everything here uses.

    It is if the 95 % paired bootstrap interval of the mean difference lies above 0, over at least ``MIN_ITEMS`` items.

    Raises
    ------
    ValueError
        If there are not as many scores of one as of the other.
    """
    if len(model_scores) != len(baseline_scores):
        raise ValueError(f"{len(model_scores)} scores stand against {len(baseline_scores)}; give two of each item.")
    if len(model_scores) < MIN_ITEMS:
        return False
    return uncertainty.compare(model_scores, baseline_scores, seed=seed).difference.low > 0
