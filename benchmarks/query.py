"""A query from text to hits: its time, the time from start to the first one, and memory, each in fresh processes.

Contestants, one thread each: this package's search by each of its methods, and sentence-transformers in single
precision with a flat FAISS index over the same passages. Queries are the corpus's questions of up to 20 words, and
messages of 200 words, made of questions one after the other. Rounds alternate between the contestants; medians and
ratios are printed. On a busy machine the processor's time until the first answer says more than the clock's. Memory is
the peak of a process that has loaded, answered all queries and read their passages.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from medassist import datasets, retrieval

REFERENCE = "sentence-transformers + flat"
SHORT, LONG = "up to 20 words", "200 words"
# What a process does; it prints milliseconds of each query, seconds to the first answer, and memory in MB.
PROGRAM = """
import json, sys, time
started = time.perf_counter()
contestant, folder, queries, vectors = sys.argv[1:]

def ours():
    from medassist.retrieval import Index
    index = Index.load(folder, threads=1)
    return lambda text: index.search(text, 10, method=contestant)

def theirs():
    import faiss, numpy, torch
    from sentence_transformers import SentenceTransformer
    from medassist import encoder
    from medassist.index.passage_store import PassageStore
    from pathlib import Path
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    model = SentenceTransformer(str(encoder.source_of(encoder.DEFAULT_MODEL)), device="cpu")
    flat, passages = faiss.read_index(vectors), list(PassageStore(Path(folder)))
    def search(text):
        encoded = model.encode([text], normalize_embeddings=True, show_progress_bar=False)
        return [passages[row] for row in flat.search(encoded, 10)[1][0]]
    return search

def memory(name):
    return int(dict(line.split(":", 1) for line in open("/proc/self/status"))[name].split()[0]) / 1024

kinds = json.load(open(queries))
search = theirs() if vectors else ours()
first = next(iter(kinds.values()))[0]
assert len(search(first)) == 10
result = {"first": time.perf_counter() - started, "busy": time.process_time(), "ms": {}}
for kind, texts in kinds.items():
    for text in texts[:5]:
        search(text)
    result["ms"][kind] = []
    for text in texts:
        begun = time.perf_counter()
        search(text)
        result["ms"][kind].append(1000 * (time.perf_counter() - begun))
result |= {"peak": memory("VmHWM"), "now": memory("VmRSS"), "anonymous": memory("RssAnon")}
print(json.dumps(result))
"""


def main() -> None:
    """Print a table: contestant, medians by kind of query, ratio to the reference, first answer, memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="folder of an index bundle")
    parser.add_argument("--corpus", type=Path, required=True, help="its corpus: the questions")
    parser.add_argument("--queries", type=int, default=100, help="of each kind (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="processes a contestant (default: %(default)s)")
    parser.add_argument("--methods", nargs="+", default=list(retrieval.METHODS), help="default: all")
    options = parser.parse_args()
    kinds = _queries(options.corpus, options.queries)
    results: dict[str, list[dict]] = {name: [] for name in [*options.methods, REFERENCE]}
    with tempfile.TemporaryDirectory() as folder:
        asked, vectors = Path(folder) / "queries.json", Path(folder) / "flat.faiss"
        asked.write_text(json.dumps(kinds))
        _write_flat(options.index, vectors)
        for _ in range(options.rounds):
            for name, found in results.items():
                found.append(_measure(name, options.index, asked, vectors if name == REFERENCE else ""))
    _report(len(next(iter(kinds.values()))), results)


def _queries(corpus: Path, count: int) -> dict[str, list[str]]:
    questions = [question.text for question in datasets.load_corpus(corpus, skip_invalid=True).questions]
    random = np.random.default_rng(3)
    short = [text for text in questions if len(text.split()) <= 20]
    words = " ".join(questions[row] for row in random.permutation(len(questions))[: 200 * count]).split()
    messages = [" ".join(words[start : start + 200]) for start in range(0, len(words) - 199, 200)][:count]
    return {SHORT: [short[row] for row in random.permutation(len(short))[:count]], LONG: messages}


def _write_flat(index: Path, path: Path) -> None:
    import faiss

    from medassist.index import dense

    loaded = dense.load(index)
    flat = faiss.IndexFlatIP(loaded.d)
    flat.add(np.stack([loaded.reconstruct(row) for row in range(loaded.ntotal)]))
    faiss.write_index(flat, str(path))


def _measure(name: str, index: Path, queries: Path, vectors: Path | str) -> dict:
    command = [sys.executable, "-c", PROGRAM, name, str(index), str(queries), str(vectors)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def _report(queries: int, results: dict[str, list[dict]]) -> None:
    def median(name: str, kind: str) -> float:
        return statistics.median(statistics.median(found["ms"][kind]) for found in results[name])

    print(f"{queries} queries of each kind; medians of {len(results[REFERENCE])} processes\n")
    print(f"| search | {SHORT}, ms | against | {LONG}, ms | against | first answer, s | its CPU s | peak MB | own MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, found in results.items():
        cells = []
        for kind in (SHORT, LONG):
            cells += [f"{median(name, kind):.1f}", f"{median(REFERENCE, kind) / median(name, kind):.2f}"]
        first, busy, peak, own = (
            statistics.median(one[key] for one in found) for key in ("first", "busy", "peak", "anonymous")
        )
        print(f"| {name} | {' | '.join(cells)} | {first:.2f} | {busy:.2f} | {peak:.0f} | {own:.0f} |")


if __name__ == "__main__":
    main()
