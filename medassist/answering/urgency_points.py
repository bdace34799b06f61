"""What a message's words weigh together where no single rule sees an emergency.

People tell of an emergency in words that nobody listed. What they write still differs from other questions in many
words at once: "now", "won't", "grey", "he just". So each word, each concept of
:mod:`medassist.answering.symptom_words` and each reason of :mod:`medassist.answering.message` has points, for or
against; :mod:`medassist.experiments.urgency_fitting` fitted them to the questions in ``data/checks``, and they stand as
a list to read in :mod:`medassist.answering.urgency_weights`.
"""

from collections.abc import Mapping
from functools import lru_cache

from medassist import text
from medassist.answering import urgency_weights
from medassist.answering.message import Message

LENGTH_SCALE = 5.0  # so that a message of 25 different features has about the points that stand in the list
FEWEST_WORDS = 3  # a word or two say too little, whatever they weigh


def features_of(message: Message) -> dict[str, float]:
    """Return what of a message is weighed, each with the same value, less the more there are.

    Words are cut to their stems; ``~`` stands before a word or concept that reports nothing (see
    :class:`~medassist.answering.message.Message`), concepts are in capital letters, reasons end in a colon.
    """
    names = {"?"} & set(message.words)
    for word, reasons in zip(message.words, message.reasons, strict=True):
        names |= {f"{reason}:" for reason in reasons}
        if word[0].isalpha():
            names.add(("~" if reasons else "") + text.stem(word))
    for concept, spans in message.found.items():
        alive = any(not message.reasons[span.start] for span in spans)
        names.add(concept if alive else f"~{concept}")
    return dict.fromkeys(sorted(names), LENGTH_SCALE / len(names) ** 0.5) if names else {}


def weigh(message: Message) -> str:
    """Return the category of emergency that a message's points speak for; empty where they stay below the threshold."""
    if len(message.words) < FEWEST_WORDS:
        return ""
    features = features_of(message)
    if _sum(features, _alarm()) + urgency_weights.INTERCEPT < urgency_weights.THRESHOLD:
        return ""
    points = {name: _sum(features, weights) for name, weights in _categories().items()}
    return max(points, key=lambda name: points[name])


def read_weights(listed: str) -> dict[str, float]:
    """Read ``name points, name points`` as the list of weights has them."""
    pairs = (pair.split() for pair in listed.replace("\n", " ").split(", ") if pair.strip())
    return {name: float(points) for name, points in pairs}


def _sum(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(value * weights.get(name, 0.0) for name, value in features.items())


@lru_cache(maxsize=1)
def _alarm() -> dict[str, float]:
    return read_weights(urgency_weights.ALARM)


@lru_cache(maxsize=1)
def _categories() -> dict[str, dict[str, float]]:
    return {name: read_weights(listed) for name, listed in urgency_weights.CATEGORIES.items()}
