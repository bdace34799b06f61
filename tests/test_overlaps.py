"""Exact and near duplicates against all pairs measured by hand or by brute force."""

import itertools
import random

import pytest

from medassist.overlaps import Overlap, find_overlaps, shingles, similarity
from medassist.text import words


def test_the_same_words_in_other_letters_are_an_exact_duplicate() -> None:
    texts = ["What causes gout?", "Acne", "what causes GOUT", "What  causes gout ?", "", "?"]
    assert find_overlaps(texts) == [Overlap(0, 2, 1.0), Overlap(0, 3, 1.0), Overlap(2, 3, 1.0)]


def test_similarity_is_the_share_of_common_shingles() -> None:
    # GIVEN five words each, four of them common: shingles abc bcd cde and abc bcd cdx
    first, second = shingles(list("abcde")), shingles(list("abcdx"))
    # THEN two of four shingles are common; a short text is one shingle
    assert similarity(first, second) == 0.5
    assert shingles(["a", "b"]) == {"a b"}


@pytest.mark.parametrize(("threshold", "found"), [(0.5, True), (0.51, False)])
def test_the_threshold_is_exact(threshold: float, found: bool) -> None:
    texts = ["one two three four five", "one two three four six"]
    assert bool(find_overlaps(texts, threshold=threshold)) == found


def test_no_near_duplicate_is_missed_and_none_is_invented() -> None:
    # GIVEN 300 texts of 60 words, a third of them copies with one to four words changed
    random_ = random.Random(13)
    vocabulary = [f"word{n}" for n in range(200)]
    texts = [" ".join(random_.choices(vocabulary, k=60)) for _ in range(200)]
    for text in texts[:100]:
        changed = text.split()
        for _ in range(random_.randint(1, 4)):
            changed[random_.randrange(60)] = random_.choice(vocabulary)
        texts.append(" ".join(changed))
    # WHEN all pairs are compared THEN the search finds the same ones
    sets = [shingles(words(text)) for text in texts]
    expected = [
        Overlap(i, j, measured)
        for i, j in itertools.combinations(range(len(texts)), 2)
        if (measured := similarity(sets[i], sets[j])) >= 0.8
    ]
    assert 10 < len(expected) < 100
    assert find_overlaps(texts) == expected


def test_every_member_of_a_group_of_equals_is_near_its_neighbour() -> None:
    texts = ["a b c d e f g h i j k l", "A b c d e f g h i j k l", "a b c d e f g h i j k x"]
    assert [(one, other) for one, other, _ in find_overlaps(texts)] == [(0, 1), (0, 2), (1, 2)]
