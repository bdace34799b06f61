"""Questions that are asked twice: exact and near duplicates, within and across data sets.

Two texts are near duplicates if the Jaccard similarity of their sets of three-word shingles is at least ``THRESHOLD``
(Broder, 1997). Candidates come from MinHash and locality-sensitive hashing; each is then measured exactly, so that no
estimate decides.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from medassist.text import words

THRESHOLD = 0.8
SHINGLE_WORDS = 3
PERMUTATIONS = 128  # of MinHash
BANDS = (32, 4)  # bands, rows: a pair at 0.8 escapes with a probability of 5e-8, one at 0.4 in 44 % of cases


class Overlap(NamedTuple):
    """Two texts by their places, ``first < second``, and their similarity; 1 if their words are the same."""

    first: int
    second: int
    similarity: float


def find_overlaps(texts: Sequence[str], *, threshold: float = THRESHOLD, seed: int = 13) -> list[Overlap]:
    """Return all pairs of texts that are exact or near duplicates, in the order of the texts.

    Exact duplicates have the same words in the same order, whatever their letters' case and punctuation.
    """
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        if found := tuple(words(text)):
            places[found].append(place)
    classes = list(places.values())
    pairs = [Overlap(one, other, 1.0) for same in classes for one, other in combinations(same, 2)]
    for one, other, measured in _near([shingles(found) for found in places], threshold, seed):
        pairs += [Overlap(min(p), max(p), measured) for p in product(classes[one], classes[other])]
    return sorted(pairs)


def shingles(found: Sequence[str]) -> frozenset[str]:
    """Return the runs of three neighbouring words; a shorter text is one shingle."""
    runs = range(max(1, len(found) - SHINGLE_WORDS + 1))
    return frozenset(" ".join(found[start : start + SHINGLE_WORDS]) for start in runs)


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the Jaccard similarity: what both have as a share of what either has, in [0, 1]."""
    return len(first & second) / len(first | second)


def _near(sets: Sequence[frozenset[str]], threshold: float, seed: int) -> Iterator[Overlap]:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)
    hashed = ([shingle.encode() for shingle in sorted(one)] for one in sets)
    for place, sketch in enumerate(MinHash.generator(hashed, num_perm=PERMUTATIONS, seed=seed)):
        for other in lsh.query(sketch):
            if (measured := similarity(sets[other], sets[place])) >= threshold:
                yield Overlap(other, place, measured)
        lsh.insert(place, sketch, check_duplication=False)
