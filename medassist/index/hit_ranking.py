"""The hits of a question put in order by what they carry themselves, where a collection's statistics are out of reach.

An index in S3 Vectors says how near each hit is and how well its words match. Which condition a passage is about, by
what other names, and which side of it, stands in the passage: a question that names one of them means it.

nDCG@10 on the development sets (1,000 known answers of MedQuAD; the same by other names; LiveQA-Med's people; our
sample), of the service's 100 first hits: its own fusion by reciprocal rank 0.72, 0.34, 0.36, 0.77; cosine alone 0.75,
0.35, 0.40, 0.81; with BM25 0.77, 0.37, 0.42, 0.84; with names and aspects too 0.88, 0.55, 0.53, 0.81. The weights are
round numbers that were looked at on these sets, not fitted; around them little changes.
"""

from collections.abc import Sequence

from medassist.index.aspects import aspects
from medassist.index.lexical import tokenise
from medassist.schemas import Passage

# Beside 1 for the cosine: BM25 as a share of the best hit's, the name as a share of the longest that was named, and
# whether question and passage are about one side of the condition.
LEXICAL, NAME, ASPECT = 0.1, 0.2, 0.1


def names_in(question: str, passages: Sequence[Passage]) -> list[int]:
    """Return for each passage how many words the longest of its names has that stand in the question; 0 if none does.

    A passage's names are its topic, or without one its title, and the topic's other names.
    """
    asked = set(tokenise([question])[0])
    names = [[passage.topic or passage.title, *passage.names] for passage in passages]
    words = iter(tokenise([name for of_one in names for name in of_one])) if passages else iter(())
    matched = ([set(next(words)) for _ in of_one] for of_one in names)
    return [max((len(name) for name in of_one if name <= asked), default=0) for of_one in matched]


def rank_hits(
    question: str, passages: Sequence[Passage], cosines: Sequence[float], lexical: Sequence[float]
) -> list[tuple[int, float]]:
    """Return (place, score) of all hits, best first; of equals the first.

    Parameters
    ----------
    cosines, lexical : sequence of float
        Cosine and BM25 score of each passage.
    """
    named, wanted = names_in(question, passages), aspects(question)
    most_named, best = max(named, default=0), max(lexical, default=0.0)
    scores = []
    for passage, cosine, words, name in zip(passages, cosines, lexical, named, strict=True):
        score = cosine + (LEXICAL * words / best if best > 0 else 0.0)
        if most_named:  # what names nothing is described, and the sides that names have say little of it
            agree = aspects(passage.aspect or passage.title) & wanted
            score += NAME * name / most_named + ASPECT * bool(agree)
        scores.append(score)
    return sorted(enumerate(scores), key=lambda item: -item[1])
