"""An index bundle on disk: what it is made of, its version, its ``meta.json``, how it is written and checked."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, MedAssistError
from medassist.index import dense, reranking
from medassist.index.lexical import BM25_B, BM25_K1, Lexical
from medassist.index.names import Names, encode_labels
from medassist.index.passage_store import PassageStore
from medassist.index.swap import replacing
from medassist.index.vectors import ENCODING, EarlierVectors
from medassist.index.vocabulary import Vocabulary, english_words
from medassist.passages import indexed_text
from medassist.schemas import Passage

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
_CODE = ("aspects", "lexical", "names", "vocabulary")  # modules that decide what is written, besides the constants
VOCABULARY = "vocabulary.json"
LOADS = 5  # attempts to load a bundle that is replaced in that moment

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What ``meta.json`` says of a bundle.

    ``version`` is made from what the bundle was built from, ``encoding`` says how its vectors were computed.
    """

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
    encoding: int
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
    ranker: Path | None = reranking.SHIPPED,
) -> IndexMeta:
    """Write the bundle of passages whose vectors are known, in the place of the one that is there.

    Names and titles are encoded here, those only that the bundle which is there does not hold.

    Parameters
    ----------
    vectors : ndarray of float32, shape (len(passages), encoder.dimension)
        From :func:`medassist.index.vectors.encode_passages`.
    ranker : Path, optional
        Folder of a ranker that the bundle carries, if it was trained on this encoder's cosines.

    Raises
    ------
    BundleError
        If the bundle cannot be written (a full disk, say); the old one stays.
    """
    facts = {"version": bundle_version(passages, encoder, ranker), "corpus": corpus, "passage_words": passage_words}
    try:
        with replacing(folder) as new:
            meta = _write_bundle(new, folder, passages, vectors, encoder, ranker, facts)
    except (OSError, RuntimeError) as error:  # FAISS raises RuntimeError when it cannot write
        raise BundleError(
            f"The index cannot be written to {folder} ({error}); free some space there, nothing else was changed."
        ) from error
    return meta


def bundle_version(passages: Sequence[Passage], encoder: Encoder, ranker: Path | None = reranking.SHIPPED) -> str:
    """Return the version of the bundle that these passages, encoder and ranker make: 16 hex digits of a SHA-256.

    Of another medassist it may be another one: the code that builds is part of it.
    """
    parts = (
        FORMAT_VERSION,
        ENCODING,
        encoder.sha256,
        BM25_K1,
        BM25_B,
        *dense.RULE,
        reranking.digest(ranker, encoder.name),
    )
    digest = hashlib.sha256(" ".join(map(str, parts)).encode())
    for module in _CODE:
        digest.update((Path(__file__).parent / f"{module}.py").read_bytes())
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
    _check_files(folder, meta.files, checksums)
    return meta


def _check_files(folder: Path, files: Mapping[str, str], known: Mapping[str, str]) -> None:
    for name in files:
        if not (folder / name).is_file():
            raise BundleError(f"The index in {folder} lacks {name}; build or download it again.")
    largest_first = sorted(files.keys() - known.keys(), key=lambda name: -(folder / name).stat().st_size)
    with ThreadPoolExecutor() as pool:  # hashing leaves the interpreter to others
        hashed = dict(
            zip(largest_first, pool.map(lambda name: storage.sha256_of(folder / name), largest_first), strict=True)
        )
    for name, checksum in files.items():
        if {**known, **hashed}[name] != checksum:
            raise BundleError(
                f"{folder / name} has another checksum than meta.json says; build or download the index again."
            )


def load_whole(folder: Path, load: Callable[[], Loaded]) -> Loaded:
    """Call ``load``, again if the bundle in ``folder`` was replaced meanwhile, so that all parts are of one bundle."""
    for attempt in range(1, LOADS + 1):
        before = _read_if_there(folder / "meta.json")
        try:
            loaded = load()
            if _read_if_there(folder / "meta.json") == before:
                return loaded
        except BundleError:
            if attempt == LOADS or _read_if_there(folder / "meta.json") == before:
                raise
    raise BundleError(f"The index in {folder} is replaced again and again; load it when that is over.")


def _read_if_there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def same_vectors(meta: IndexMeta, encoder: Encoder) -> bool:
    """Tell whether a bundle's vectors are what this encoder would make of its passages."""
    return (meta.encoder_sha256, meta.encoding) == (encoder.sha256, ENCODING)


def existing(folder: Path) -> IndexMeta | None:
    if not (folder / "meta.json").exists():
        return None
    try:
        return read_meta(folder, {})
    except MedAssistError as error:
        logger.warning("%s; it is built anew", error)
        return None


def _write_bundle(
    folder: Path,
    old: Path,
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    encoder: Encoder,
    ranker: Path | None,
    facts: dict[str, Any],
) -> IndexMeta:
    folder.mkdir()
    before = existing(old)
    same = before is not None and same_vectors(before, encoder)
    Names.write(folder, passages, lambda labels: encode_labels(labels, encoder, old if same else None))
    Vocabulary.of(passages, english_words()).write(folder / VOCABULARY)
    reranking.carry(ranker, encoder.name, folder)
    dense.write(folder, vectors)
    EarlierVectors.write(folder, passages)
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
        index_type=dense.index_type(len(passages), encoder.dimension),
        encoder=encoder.name,
        encoder_sha256=encoder.sha256,
        encoding=ENCODING,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={
            path.relative_to(folder).as_posix(): storage.sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )
    (folder / "meta.json").write_text(json.dumps(asdict(meta), indent=1), encoding="utf-8")
    return meta
