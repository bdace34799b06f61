"""What an index bundle gains and loses against the one before, counted in documents."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from medassist.index.passage_store import PassageStore
from medassist.schemas import Passage


@dataclass(frozen=True, slots=True)
class Changes:
    """Documents that were added, removed, changed and kept, and how many texts of all passages have to be encoded.

    A text that stands in several passages is encoded once.
    """

    added: int
    removed: int
    changed: int
    kept: int
    passages: int
    encoded: int

    def __str__(self) -> str:
        return (
            f"documents: {self.added:,} added, {self.removed:,} removed, {self.changed:,} changed, {self.kept:,} kept; "
            f"passages: {self.passages:,}, texts to encode: {self.encoded:,}"
        )


def count_changes(old: Iterable[Passage], new: Sequence[Passage], encoded: int) -> Changes:
    """Compare the passages of a bundle with those of the next one."""
    before, after = _digests(old), _digests(new)
    shared = before.keys() & after.keys()
    changed = sum(before[name] != after[name] for name in shared)
    return Changes(
        len(after) - len(shared), len(before) - len(shared), changed, len(shared) - changed, len(new), encoded
    )


def _digests(passages: Iterable[Passage]) -> dict[str, bytes]:
    """Return a digest of each document's passages, by its id."""
    hashes: dict[str, hashlib._Hash] = {}
    for passage in passages:
        hashes.setdefault(passage.document_id, hashlib.sha256()).update(PassageStore.line(passage))
    return {document_id: content.digest() for document_id, content in hashes.items()}
