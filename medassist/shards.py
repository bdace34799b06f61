"""An index encoded in shards, on as many machines, and joined again into the bundle that one machine would build.

A shard is a contiguous stretch of the passages, cut so that all have about the same number of characters. Its folder
``shard-00002-of-00004`` holds ``vectors.npy``, in half precision as a bundle keeps them, and ``shard.json``, which says
of which passages and by which encoder they are. As a vector depends on its passage alone, the joined bundle equals the
unsharded one, byte by byte except for its date.
"""

import hashlib
import itertools
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, ConfigurationError
from medassist.index import bundle
from medassist.index import vectors as encoded
from medassist.passages import indexed_text
from medassist.schemas import Passage

META, VECTORS = "shard.json", "vectors.npy"
FORMAT_VERSION = 2
REPORT_EVERY = 256  # passages


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` of ``count``; numbers begin at 1."""

    number: int
    count: int

    def __post_init__(self) -> None:
        """Check that there is such a shard.

        Raises
        ------
        ConfigurationError
            If ``count`` is less than 1 or ``number`` is not from 1 to ``count``.
        """
        if not 1 <= self.number <= self.count:
            raise ConfigurationError(f"There is no shard {self.number}/{self.count}; give one from 1/n to n/n.")

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``2/4``."""
        if not (match := re.fullmatch(r"(\d+)/(\d+)", text)):
            raise ConfigurationError(f"{text!r} is no shard; it must look like 2/4, the second of four.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def from_name(cls, name: str) -> "Shard":
        """Read ``shard-00002-of-00004``."""
        if not (match := re.fullmatch(r"shard-(\d+)-of-(\d+)", name)):
            raise ConfigurationError(f"{name!r} is no shard's name; it must look like shard-00002-of-00004.")
        return cls(int(match[1]), int(match[2]))

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"shard-{self.number:05d}-of-{self.count:05d}"


@dataclass(frozen=True, slots=True)
class ShardMeta:
    """What ``shard.json`` says."""

    format_version: int
    encoding: int
    number: int
    count: int
    passages: int
    passages_sha256: str
    encoder_sha256: str
    vectors_sha256: str
    seconds: float


def cut(passages: Sequence[Passage], count: int) -> list[Sequence[Passage]]:
    """Cut passages into ``count`` contiguous stretches of about the same number of characters.

    Raises
    ------
    ConfigurationError
        If there are fewer passages than shards.
    """
    if not 1 <= count <= len(passages):
        raise ConfigurationError(f"{len(passages)} passages cannot be cut into {count} shards; take 1 to that many.")
    ends = list(itertools.accumulate(len(indexed_text(passage)) for passage in passages))
    edges = [0]
    for number in range(1, count):
        wanted = ends[-1] * number / count
        edge = int(np.searchsorted(ends, wanted, side="left")) + 1
        edges.append(min(max(edge, edges[-1] + 1), len(passages) - (count - number)))  # none is empty
    edges.append(len(passages))
    return [passages[start:end] for start, end in itertools.pairwise(edges)]


def encode_shard(
    passages: Sequence[Passage],
    shard: Shard,
    encoder_folder: Path | str,
    folder: Path | str,
    *,
    cache_dir: Path | str | None = None,
    progress: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> ShardMeta:
    """Encode one shard's passages into ``<folder>/<shard.name>``.

    Parameters
    ----------
    passages : sequence of Passage
        Those of the shard, as :func:`cut` returned them.
    encoder_folder : Path or str
        From :func:`medassist.encoder.export`; the same files for all shards.
    cache_dir, progress
        As for :func:`medassist.retrieval.build`.
    on_progress : callable, optional
        Called with the number of passages encoded so far, in the place of a progress bar.

    Raises
    ------
    BundleError
        If the encoder cannot be loaded or the shard cannot be written.
    """
    started = time.perf_counter()
    encoder, out = Encoder.load(encoder_folder), Path(folder) / shard.name
    if on_progress is None:
        vectors = encoded.encode_passages(passages, encoder, cache_dir, progress=progress)
    else:
        parts = []
        for start in range(0, len(passages), REPORT_EVERY):
            stretch = passages[start : start + REPORT_EVERY]
            parts.append(encoded.encode_passages(stretch, encoder, cache_dir, progress=False))
            on_progress(start + len(stretch))
        vectors = np.concatenate(parts)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as temporary:
            new = Path(temporary) / "shard"
            new.mkdir()
            np.save(new / VECTORS, vectors.astype(np.float16))  # exact: they are rounded so
            meta = ShardMeta(
                format_version=FORMAT_VERSION,
                encoding=encoded.ENCODING,
                number=shard.number,
                count=shard.count,
                passages=len(passages),
                passages_sha256=_digest(passages),
                encoder_sha256=encoder.sha256,
                vectors_sha256=storage.sha256_of(new / VECTORS),
                seconds=round(time.perf_counter() - started, 1),
            )
            (new / META).write_text(json.dumps(asdict(meta), indent=1), encoding="utf-8")
            if out.exists():
                shutil.rmtree(out)
            new.rename(out)
    except OSError as error:
        raise BundleError(f"The shard {out} cannot be written ({error.strerror}); free some space there.") from error
    return meta


def merge_shards(
    passages: Sequence[Passage],
    shards: Path | str,
    encoder_folder: Path | str,
    folder: Path | str,
    *,
    corpus: str,
    passage_words: int,
) -> bundle.IndexMeta:
    """Join the shards in the folder ``shards`` into the index bundle ``folder``.

    Parameters
    ----------
    passages : sequence of Passage
        All of the corpus, in order.
    encoder_folder : Path or str
        What the shards were encoded with; a copy goes into the bundle.
    corpus, passage_words
        As for :func:`medassist.retrieval.build`.

    Raises
    ------
    BundleError
        If a shard is missing, damaged, there twice in different cuts, or of other passages or another encoder.
    """
    bundle.check_passages(passages)
    encoder, found = Encoder.load(encoder_folder), read_metas(shards)
    parts = []
    for meta, stretch in zip(found, cut(passages, found[0].count), strict=True):
        name = Shard(meta.number, meta.count).name
        if meta.encoder_sha256 != encoder.sha256 or meta.encoding != encoded.ENCODING:
            raise BundleError(f"{name} was encoded with another encoder than {encoder.name}; encode it again.")
        if meta.passages_sha256 != _digest(stretch):
            raise BundleError(f"{name} is of other passages than this corpus has in its place; encode it again.")
        parts.append(_read_vectors(Path(shards) / name, meta, encoder))
    vectors = np.concatenate(parts)
    return bundle.write_bundle(Path(folder), passages, vectors, encoder, corpus=corpus, passage_words=passage_words)


def read_metas(folder: Path | str) -> list[ShardMeta]:
    """Return what the shards in a folder say of themselves, in order: all of one cut, none missing.

    Raises
    ------
    BundleError
        If there are none, one is missing or cannot be read, or they come from different cuts.
    """
    paths = sorted(Path(folder).glob(f"shard-*-of-*/{META}"))
    if not paths:
        raise BundleError(f"{folder} holds no shards; encode them first.")
    metas = [read_meta(path.parent) for path in paths]
    counts = {meta.count for meta in metas}
    if len(counts) > 1:
        cuts = " and ".join(str(count) for count in sorted(counts))
        raise BundleError(f"{folder} holds shards of cuts into {cuts}; remove those of one of them.")
    missing = sorted(set(range(1, metas[0].count + 1)) - {meta.number for meta in metas})
    if missing:
        names = ", ".join(f"{number}/{metas[0].count}" for number in missing)
        raise BundleError(f"{folder} lacks the shard {names}; encode it before the shards are joined.")
    return sorted(metas, key=lambda meta: meta.number)


def read_meta(folder: Path) -> ShardMeta:
    """Return what a shard's folder says of itself.

    Raises
    ------
    BundleError
        If it cannot be read, or does not fit its folder or this medassist.
    """
    path = folder / META
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        meta = ShardMeta(**{field.name: raw[field.name] for field in fields(ShardMeta)})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BundleError(f"{path} is damaged ({error}); encode the shard again.") from error
    if meta.format_version != FORMAT_VERSION or Shard(meta.number, meta.count).name != folder.name:
        raise BundleError(f"{path} does not fit its folder or this medassist; encode the shard again.")
    return meta


def _read_vectors(folder: Path, meta: ShardMeta, encoder: Encoder) -> NDArray[np.float32]:
    path = folder / VECTORS
    if not path.is_file() or storage.sha256_of(path) != meta.vectors_sha256:
        raise BundleError(f"{path} is missing or has another checksum than {META} says; encode the shard again.")
    vectors = np.load(path, allow_pickle=False)
    if vectors.shape != (meta.passages, encoder.dimension):
        raise BundleError(f"{path} has the shape {vectors.shape}, not {(meta.passages, encoder.dimension)}.")
    return np.asarray(vectors, np.float32)


def _digest(passages: Sequence[Passage]) -> str:
    digest = hashlib.sha256()
    for passage in passages:
        digest.update(json.dumps(asdict(passage), sort_keys=True).encode())
    return digest.hexdigest()
