"""What is built once per container: the index, the clients and the settings that all requests share."""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from idempotency import Repeats
from telemetry import logger

from medassist import storage
from medassist.assistant import Assistant, PassageIndex
from medassist.config import S3_VECTORS, Settings, index_pointer
from medassist.cursors import CursorSigner
from medassist.endpoint import EndpointClient
from medassist.errors import StorageError
from medassist.interactions import InteractionStore
from medassist.retrieval import Index
from medassist.s3_vectors import S3VectorsIndex

MODEL_ATTEMPTS = 2  # when it refuses at once
MODEL_FAILURES = 3  # in a row; then it is left alone for a while


@dataclass(slots=True)
class Services:
    """The index, the clients and the settings that all requests share."""

    settings: Settings
    assistant: Assistant
    store: InteractionStore
    repeats: Repeats
    cursors: CursorSigner

    @classmethod
    def of(cls, settings: Settings, index: PassageIndex) -> "Services":
        """Build the clients that go with an index."""
        model = EndpointClient(
            settings.endpoint_name,
            settings.endpoint_timeout_s,
            attempts=MODEL_ATTEMPTS,
            failures=MODEL_FAILURES,
            pause_s=settings.endpoint_pause_s,
        )
        store = InteractionStore(settings.table_name, retention_days=settings.retention_days)
        cursors = CursorSigner(settings.cursor_secret)
        return cls(settings, Assistant(index, model, settings), store, Repeats(store), cursors)

    def renew(self) -> None:
        """Build the clients anew, for the index that is loaded: connections and credentials outlive no snapshot."""
        if isinstance(self.assistant.index, S3VectorsIndex):
            self.assistant.index.reconnect()
        renewed = self.of(self.settings, self.assistant.index)
        self.assistant, self.store = renewed.assistant, renewed.store
        self.repeats, self.cursors = renewed.repeats, renewed.cursors


@lru_cache(maxsize=1)
def services() -> Services:
    """Fetch and load the index, build the clients. A failure is not kept: the next request tries again."""
    settings = Settings.from_environment()
    index = load_index(settings)
    logger.info("ready", index=index.version, passages=len(index))
    return Services.of(settings, index)


def load_index(settings: Settings) -> PassageIndex:
    """Download the index that the settings name, or the corpus's latest, and load it.

    Of an index in S3 Vectors this is its description and the encoder; the rest stays where it is. While S3 cannot be
    used, the index is served that was loaded last by way of this cache, if there is one.
    """
    cache = Path(settings.cache_dir or Path(tempfile.gettempdir()) / "medassist")
    wanted = settings.index_uri or f"{settings.bucket}/{index_pointer(settings.corpus, settings.index_store)}"
    note = cache / f"{hashlib.sha256(wanted.encode()).hexdigest()[:16]}.json"  # which folder was loaded last
    kind = S3VectorsIndex if settings.index_store == S3_VECTORS else Index
    try:
        uri = _index_uri(settings)
        folder = cache / "-".join(storage.parse_uri(uri)).replace("/", "-")
        checksums = storage.download_files(uri, folder)
    except StorageError as error:
        if not note.is_file():
            raise
        logger.warning("S3 cannot be used; the index that was loaded last is served", reason=str(error))
        return kind.load(cache / json.loads(note.read_text(encoding="utf-8"))["folder"])
    index = kind.load(folder, checksums=checksums)
    known = json.dumps({"folder": folder.name})
    if not note.is_file() or note.read_text(encoding="utf-8") != known:
        storage.write_text(note, known)
    return index


def _index_uri(settings: Settings) -> str:
    if settings.index_uri:
        return settings.index_uri.rstrip("/")
    bucket = settings.bucket or storage.default_bucket()
    pointer = index_pointer(settings.corpus, settings.index_store)
    return str(storage.read_json(f"s3://{bucket}/{pointer}")["uri"]).rstrip("/")
