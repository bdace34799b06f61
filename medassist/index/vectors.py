"""Passages → vectors, each content once: what was encoded before comes from a cache, or from an earlier bundle."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medassist.encoder import Encoder
from medassist.index import dense
from medassist.passages import indexed_text
from medassist.schemas import Passage

if TYPE_CHECKING:
    import faiss

logger = logging.getLogger(__name__)

ENCODING = 2  # how vectors are computed: one text at a time (1: in batches, where neighbours change the last digits)
KEYS = "keys.npy"
KEY_BYTES = 16  # of a SHA-256 in a bundle: enough that no two texts of any collection share them


class EarlierVectors:
    """The vectors of an index bundle by content, so that what it holds need not be encoded again.

    ``keys.npy``, uint8 of shape (passages, 16), tells what was encoded: the first bytes of each text's SHA-256.
    """

    def __init__(self, folder: Path) -> None:
        keys = np.load(folder / KEYS, allow_pickle=False)
        self._rows = {key.tobytes(): row for row, key in enumerate(keys)}
        self._index: faiss.Index = dense.load(folder)

    def __contains__(self, key: bytes) -> bool:
        return key[:KEY_BYTES] in self._rows

    def __getitem__(self, key: bytes) -> NDArray[np.float32]:
        return np.asarray(self._index.reconstruct(self._rows[key[:KEY_BYTES]]), np.float32)

    @staticmethod
    def write(folder: Path, passages: Iterable[Passage]) -> None:
        """Write the keys of a bundle's passages; their vectors are the dense index's."""
        keys = b"".join(_content_key(indexed_text(passage))[:KEY_BYTES] for passage in passages)
        np.save(folder / KEYS, np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES))


def half(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round vectors to half precision, as an index keeps them: cosines change by less than 0.0001."""
    return vectors.astype(np.float16).astype(np.float32)


def encode_passages(
    passages: Sequence[Passage],
    encoder: Encoder,
    cache_dir: Path | str | None = None,
    *,
    earlier: EarlierVectors | None = None,
    on_missing: Callable[[int], None] | None = None,
    progress: bool = True,
) -> NDArray[np.float32]:
    """Encode passages (title and text), those only whose content neither the cache nor an earlier bundle knows.

    Parameters
    ----------
    earlier : EarlierVectors, optional
        Of a bundle that the same encoder made.
    on_missing : callable, optional
        Called with the number of texts to encode before the first one is.

    Returns
    -------
    ndarray of float32, shape (len(passages), encoder.dimension)
        Unit vectors, rounded to half precision.
    """
    texts = [indexed_text(passage) for passage in passages]
    with VectorCache(cache_dir, encoder) as cache:
        known = cache.known()
        missing = {key: text for text in texts if (key := _content_key(text)) not in known}
        if earlier is not None:
            for key in [key for key in missing if key in earlier]:
                cache.add([key], earlier[key][None])
                del missing[key]
        if on_missing:
            on_missing(len(missing))
        if missing:
            logger.info("encoding %d of %d passages; the others are known", len(missing), len(texts))
            _encode_missing(missing, encoder, cache, progress)
        return half(cache.vectors([_content_key(text) for text in texts]))


def _encode_missing(missing: dict[bytes, str], encoder: Encoder, cache: "VectorCache", progress: bool) -> None:
    from tqdm import tqdm

    keys = list(missing)
    with tqdm(total=len(keys), desc="encoding passages", unit="passage", disable=not progress, mininterval=1.0) as bar:
        for rows, vectors in encoder.encode_batches(list(missing.values())):
            cache.add([keys[row] for row in rows], vectors)
            bar.update(len(rows))


def _content_key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class VectorCache:
    """Vectors by content hash in one SQLite file per encoder; in memory if no folder is given."""

    COMMIT_EVERY = 256  # vectors lost at most when the process is killed: about two seconds of work

    def __init__(self, cache_dir: Path | str | None, encoder: Encoder) -> None:
        import sqlite3

        self._dimension = encoder.dimension
        path = ":memory:"
        if cache_dir is not None:
            Path(cache_dir).mkdir(parents=True, exist_ok=True)
            path = str(Path(cache_dir) / f"{encoder.sha256[:16]}-{ENCODING}.sqlite")
        self._connection = sqlite3.connect(path)
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        self._pending = 0

    def __enter__(self) -> "VectorCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.commit()
        self._connection.close()

    def known(self) -> set[bytes]:
        return {key for (key,) in self._connection.execute("SELECT key FROM vectors")}

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        rows = [(key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._pending += len(rows)
        if self._pending >= self.COMMIT_EVERY:
            self._connection.commit()
            self._pending = 0

    def vectors(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        found = np.empty((len(keys), self._dimension), np.float32)
        for row, key in enumerate(keys):
            (blob,) = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            found[row] = np.frombuffer(blob, np.float32)
        return found
