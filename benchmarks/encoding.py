"""Passages a second and what is found: the int8 ONNX encoder against sentence-transformers in single precision.

Batches are how passages were encoded before: texts of like length, 1,024 tokens together, all threads on one batch.
Text by text, each thread has a text of its own, and a vector does not depend on what is encoded beside it.

What is found is judged by the questions whose answers stand in documents drawn by chance, among all passages of these
documents, by nDCG@10 of the plain cosine; their titles, which are nearly the questions, are left out. The loss against
single precision comes with its 95 % interval over the questions (paired bootstrap). Two ways to encode less are judged
beside: the first 128 tokens of a passage only, and passages without the sentences that more than 50 documents of the
corpus share.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from sentence_transformers import SentenceTransformer

from medassist import datasets, encoder, evaluation, passages, uncertainty
from medassist.schemas import Passage

SHARED_BY = 50  # documents, beyond which a sentence says nothing of any of them
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def main() -> None:
    """Print a table: contestant, median passages a second, ratio to fp32 on as many threads, cosine to fp32."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/sample"), help="where passages come from")
    parser.add_argument("--passages", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of all contestants (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--documents", type=int, default=300, help="searched for the loss (default: %(default)s)")
    options = parser.parse_args()
    corpus = datasets.load_corpus(options.corpus, skip_invalid=True)
    pieces = passages.split_documents(corpus.documents)
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
        _report_loss(corpus, pieces, options.documents, exported)


def _contestants(exported: Path, threads: list[int]) -> dict[tuple[str, int], Callable[[list[str]], np.ndarray]]:
    reference = SentenceTransformer(str(encoder.source_of(encoder.DEFAULT_MODEL)), device="cpu")
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


def _report_loss(corpus: datasets.Corpus, pieces: Sequence[Passage], documents: int, exported: Path) -> None:
    """Print what each way to encode finds, and the loss against single precision."""
    random = np.random.default_rng(4)
    judged = sorted({name for judgements in corpus.qrels.values() for name in judgements})
    drawn = set(random.choice(judged, size=min(documents, len(judged)), replace=False))
    qrels = {query: found for query, found in corpus.qrels.items() if drawn >= found.keys()}
    questions = {question.query_id: question.text for question in corpus.questions if question.query_id in qrels}
    some = [piece for piece in pieces if piece.document_id in drawn]
    whole, short = [piece.text for piece in some], _without_shared(pieces, some)
    threads = max(1, torch.get_num_threads())
    reference = SentenceTransformer(str(encoder.source_of(encoder.DEFAULT_MODEL)), device="cpu")
    reference.max_seq_length = encoder.MAX_TOKENS
    ours, cut = (encoder.Encoder.load(exported, threads=threads) for _ in range(2))
    cut._tokenizer.enable_truncation(128)
    contestants = {
        "sentence-transformers fp32": (lambda texts: reference.encode(texts, normalize_embeddings=True), whole),
        "int8": (ours.encode, whole),
        "int8, 128 tokens": (cut.encode, whole),
        "int8, without shared sentences": (ours.encode, short),
    }
    print(f"\n{len(questions)} questions over {len(some)} passages of {len(drawn)} documents\n")
    print("| encoder | nDCG@10 | against fp32 | processor seconds |\n|---|---|---|---|")
    base: list[float] = []
    for name, (encode, texts) in contestants.items():
        started = time.process_time()
        vectors = encode(texts)
        seconds = time.process_time() - started
        run = _rank(questions, encode(list(questions.values())), vectors, some)
        scores = list(evaluation.score_run(qrels, run, ["nDCG@10"])["nDCG@10"].values())
        base = base or scores
        print(f"| {name} | {np.mean(scores):.4f} | {uncertainty.compare(scores, base).difference} | {seconds:.1f} |")


def _rank(questions: dict[str, str], queries: np.ndarray, vectors: np.ndarray, some: list[Passage]) -> evaluation.Run:
    """Rank documents by their best passage's cosine."""
    run: evaluation.Run = {}
    for query, cosines in zip(questions, queries @ vectors.T, strict=True):
        best: dict[str, float] = {}
        for row in np.argsort(-cosines)[:50]:
            best.setdefault(some[row].document_id, float(cosines[row]))
        run[query] = best
    return run


def _without_shared(pieces: Sequence[Passage], some: Sequence[Passage]) -> list[str]:
    sentences = {(piece.document_id, sentence) for piece in pieces for sentence in _SENTENCE.split(piece.text)}
    documents = Counter(sentence for _, sentence in sentences)
    texts = []
    for piece in some:
        texts.append(" ".join(part for part in _SENTENCE.split(piece.text) if documents[part] <= SHARED_BY))
    return texts


if __name__ == "__main__":
    main()
