"""An index bundle on disk: what it is made of, its version, its ``meta.json``, how it is written and checked."""

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, MedAssistError
from medassist.index import dense
from medassist.index.lexical import BM25_B, BM25_K1, Lexical
from medassist.index.passage_store import PassageStore
from medassist.index.vectors import ENCODING
from medassist.passages import indexed_text
from medassist.schemas import Passage

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What ``meta.json`` says of a bundle. ``version`` is made from what the bundle was built from."""

    version: str
    format_version: int
    corpus: str
    passages: int
    documents: int
    passage_words: int
    metric: str
    dimension: int
    index_type: str
    encoder: str
    encoder_sha256: str
    created_at: str
    files: dict[str, str]


def check_passages(passages: Sequence[Passage]) -> None:
    """Check that passages can be indexed.

    Raises
    ------
    BundleError
        If there are none, or two share an id.
    """
    if not passages:
        raise BundleError("There are no passages to index; is the corpus empty?")
    if len({passage.passage_id for passage in passages}) < len(passages):
        raise BundleError("Two passages share a passage_id; the documents' ids must be unique.")


def write_bundle(
    folder: Path,
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    encoder: Encoder,
    *,
    corpus: str,
    passage_words: int,
) -> IndexMeta:
    """Write the bundle of passages whose vectors are known, in the place of the one that is there.

    Parameters
    ----------
    vectors : ndarray of float32, shape (len(passages), encoder.dimension)
        From :func:`encode_passages`.

    Raises
    ------
    BundleError
        If the bundle cannot be written (a full disk, say); the old one stays.
    """
    facts = {"version": bundle_version(passages, encoder), "corpus": corpus, "passage_words": passage_words}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            new = Path(temporary) / "bundle"
            meta = _write_bundle(new, passages, vectors, encoder, facts)
            _swap(new, folder)
    except (OSError, RuntimeError) as error:  # FAISS raises RuntimeError when it cannot write
        raise BundleError(
            f"The index cannot be written to {folder} ({error}); free some space there, nothing else was changed."
        ) from error
    return meta


def bundle_version(passages: Sequence[Passage], encoder: Encoder) -> str:
    """Return the version of the bundle that these passages and this encoder make: 16 hex digits of a SHA-256."""
    parts = (FORMAT_VERSION, ENCODING, encoder.sha256, BM25_K1, BM25_B, dense.FLAT_LIMIT)
    digest = hashlib.sha256(" ".join(map(str, parts)).encode())
    for passage in passages:
        digest.update(json.dumps(asdict(passage), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def read_meta(folder: Path, checksums: Mapping[str, str]) -> IndexMeta:
    try:
        raw = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(f"{folder} holds no index (no meta.json); build one with medassist index.") from error
    except ValueError as error:
        raise BundleError(f"{folder / 'meta.json'} is not JSON ({error}); build the index again.") from error
    if raw.get("format_version") != FORMAT_VERSION:
        raise BundleError(
            f"The index in {folder} has format version {raw.get('format_version')}, but this medassist reads "
            f"version {FORMAT_VERSION}; build it again."
        )
    try:
        meta = IndexMeta(**raw)
    except TypeError as error:
        raise BundleError(
            f"{folder / 'meta.json'} lacks a field or has one too many; build the index again."
        ) from error
    for name, checksum in meta.files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"The index in {folder} lacks {name}; build or download it again.")
        if (checksums.get(name) or storage.sha256_of(path)) != checksum:
            raise BundleError(f"{path} has another checksum than meta.json says; build or download the index again.")
    return meta


def existing(folder: Path) -> IndexMeta | None:
    if not (folder / "meta.json").exists():
        return None
    try:
        return read_meta(folder, {})
    except MedAssistError as error:
        logger.warning("%s; it is built anew", error)
        return None


def _write_bundle(
    folder: Path, passages: Sequence[Passage], vectors: NDArray[np.float32], encoder: Encoder, facts: dict[str, Any]
) -> IndexMeta:
    import faiss

    folder.mkdir()
    faiss.write_index(dense.build_dense(vectors), str(folder / "vectors.faiss"))
    Lexical.write(folder / "bm25", [indexed_text(passage) for passage in passages])
    PassageStore.write(folder, passages)
    (folder / "encoder").mkdir()
    for name in ("encoder.json", "model.onnx", "tokenizer.json"):
        shutil.copyfile(encoder.folder / name, folder / "encoder" / name)
    meta = IndexMeta(
        **facts,
        format_version=FORMAT_VERSION,
        passages=len(passages),
        documents=len({passage.document_id for passage in passages}),
        metric="cosine",
        dimension=encoder.dimension,
        index_type=dense.index_type(len(passages)),
        encoder=encoder.name,
        encoder_sha256=encoder.sha256,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={
            path.relative_to(folder).as_posix(): storage.sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )
    (folder / "meta.json").write_text(json.dumps(asdict(meta), indent=1), encoding="utf-8")
    return meta


def _swap(new: Path, folder: Path) -> None:
    """Put ``new`` in the place of ``folder``; should that fail, the old one is put back."""
    old = new.with_name("old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
