"""Types of the dense index by count: build time, file, memory, recall@10 against exact search, time of a query.

Vectors are those of an index bundle, queries its corpus's questions. More vectors than the bundle has are made from
its own: a real vector moved part of the way towards one of its ten nearest, and a random step as long as a fifth of
their distance. They keep the real ones' clusters and directions, but bring no new topics and lie closer together than
those of a larger corpus would: near ties are harder to tell apart, cells are easier to choose. How like the real ones
they are is measured too: the real vectors against as many made from half of them.

An effort is what a query may look at: cells of an IVF index, candidates of an HNSW one. Each index is searched in a
process of its own, by one thread, mapped as the product maps it. ``anonymous`` is memory that the process alone holds,
``mapped`` what it has touched of the file, which the system may take back. Times are the processor's, of one thread,
whatever else the machine does.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from medassist import datasets
from medassist.encoder import Encoder
from medassist.index import dense
from medassist.index.vectors import half

DEPTH = 100  # rows asked for, as the product asks
ROUNDS = 3
EFFORTS = {"IVF": ("16", "32", "64", "128", "256", "512"), "HNSW": ("100", "200", "400")}
GIB = 2**30
COLLECTIONS = {"PubMed abstracts": 25_000_000, "MedRAG's MedCorp": 54_000_000}
# Searches one index, in a process of its own; prints a line of JSON for each effort.
SEARCH = """
import json, sys, time
import faiss, numpy as np
path, queries, rounds, depth, *efforts = sys.argv[1:]

def memory():
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return [int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")]

queries = np.load(queries)
faiss.omp_set_num_threads(1)
before = memory()
index = faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC)
for effort in efforts or [""]:
    if effort and (parted := faiss.try_extract_index_ivf(index)) is not None:
        parted.nprobe = int(effort)
    elif effort:
        faiss.downcast_index(index.base_index).hnsw.efSearch = int(effort)
    seconds, found = [], []
    for _ in range(int(rounds)):
        for query in queries:
            started = time.thread_time()
            rows = index.search(query[None], int(depth))[1][0]
            seconds.append(time.thread_time() - started)
            found.append(rows[:10].tolist())
    used = [after - start for after, start in zip(memory(), before)]
    result = {"effort": effort, "ms": 1000 * float(np.median(seconds)), "anonymous": used[0], "mapped": used[1]}
    print(json.dumps(result | {"found": found[: len(queries)]}))
"""


def main() -> None:
    """Print a table of the types at each count, how like real vectors the made ones are, and the projection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="bundle that the vectors come from")
    parser.add_argument("--corpus", type=Path, required=True, help="its corpus: the questions")
    parser.add_argument("--counts", type=int, nargs="+", default=[27_000, 100_000, 200_000])
    parser.add_argument("--types", nargs="+", default=["SQfp16", "SQ8", "hnsw", "ivf", "ivf-pq"], help="see factory()")
    parser.add_argument("--queries", type=int, default=300, help="questions (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="compare made vectors with real ones, too")
    parser.add_argument(
        "--passages-per-second", type=float, default=57, help="that one core encodes, for the projection"
    )
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    real = _vectors(options.index)
    queries = _queries(options.corpus, options.index, options.queries)
    print("| vectors | type | effort | build s | file MB | anonymous MB | mapped MB | recall@10 | query ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    if options.check:
        _measure(f"{len(real):,} real", real, queries, ["ivf", "hnsw"])
        _measure(f"{len(real):,} made from half", grow(real[::2], len(real)), queries, ["ivf", "hnsw"])
    for count in options.counts:
        measured = _measure(f"{count:,}", grow(real, count), queries, options.types)
    _project(measured, options.counts[-1], options.passages_per_second)


def factory(name: str, count: int) -> str:
    """Return the FAISS factory string of a contestant."""
    exact = f"Refine({dense.EXACT})"
    return {
        "ivf": f"IVF{dense.cells(count)},SQ8,{exact}",
        "ivf-pq": f"IVF{dense.cells(count)},PQ48,{exact}",
        "hnsw": f"HNSW32_SQ8,{exact}",
    }.get(name, name)


def grow(real: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return ``count`` vectors, made from real ones as the head of this file tells; up to their number, themselves."""
    if count <= len(real):
        return real[:count]
    random = np.random.default_rng(1)
    flat = faiss.IndexFlatIP(real.shape[1])
    flat.add(real)
    near = np.concatenate([flat.search(real[start : start + 1024], 11)[1] for start in range(0, len(real), 1024)])
    made = np.empty((count, real.shape[1]), np.float32)
    made[: len(real)] = real
    for start in range(len(real), count, 65_536):
        rows = random.integers(len(real), size=min(65_536, count - start))
        step = real[near[rows, random.integers(1, 11, size=len(rows))]] - real[rows]
        noise = random.normal(size=step.shape).astype(np.float32)
        noise *= 0.2 * np.linalg.norm(step, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
        moved = real[rows] + random.random((len(rows), 1), np.float32) * step + noise
        made[start : start + len(rows)] = half(moved / np.linalg.norm(moved, axis=1, keepdims=True))
    return made


def _vectors(folder: Path) -> NDArray[np.float32]:
    index = dense.load(folder)
    return np.stack([index.reconstruct(row) for row in range(index.ntotal)])


def _queries(corpus: Path, folder: Path, count: int) -> NDArray[np.float32]:
    questions = datasets.load_corpus(corpus, skip_invalid=True).questions
    chosen = np.random.default_rng(2).choice(len(questions), size=min(count, len(questions)), replace=False)
    return Encoder.load(folder / "encoder", threads=1).encode([questions[row].text for row in sorted(chosen)])


def _measure(
    label: str, vectors: NDArray[np.float32], queries: NDArray[np.float32], types: Sequence[str]
) -> list[dict]:
    nearest, rows = _nearest(vectors, queries), []
    with tempfile.TemporaryDirectory() as folder:
        path, asked = Path(folder) / "index.faiss", Path(folder) / "queries.npy"
        np.save(asked, queries)
        for name in types:
            text = factory(name, len(vectors))
            started = time.process_time()
            faiss.write_index(dense.build_dense(vectors, text), str(path))
            seconds = time.process_time() - started
            efforts = next((values for start, values in EFFORTS.items() if text.startswith(start)), ())
            for found in _search(path, asked, efforts):
                pairs = zip(nearest, found["found"], strict=True)
                recall = np.mean([len(set(one.tolist()) & set(other)) / 10 for one, other in pairs])
                rows.append({"type": text, "effort": found["effort"], "seconds": seconds, "ms": found["ms"]})
                print(
                    f"| {label} | {text} | {found['effort']} | {seconds:.1f} | {path.stat().st_size / 1e6:.0f} | "
                    f"{found['anonymous']:.0f} | {found['mapped']:.0f} | {recall:.4f} | {found['ms']:.2f} |",
                    flush=True,
                )
    return rows


def _search(path: Path, queries: Path, efforts: Sequence[str]) -> Iterator[dict]:
    command = [sys.executable, "-c", SEARCH, str(path), str(queries), str(ROUNDS), str(DEPTH), *efforts]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return (json.loads(line) for line in result.stdout.splitlines())


def _nearest(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rows of each query's ten nearest vectors, by products in single precision."""
    best = faiss.ResultHeap(len(queries), 10, keep_max=True)
    for start in range(0, len(vectors), 50_000):
        cosines = queries @ vectors[start : start + 50_000].T  # (queries, stretch)
        rows = np.argsort(-cosines, axis=1)[:, :10]
        best.add_result(np.take_along_axis(cosines, rows, axis=1), rows + start)
    best.finalize()
    return best.I


def _project(measured: list[dict], count: int, passages_per_second: float) -> None:
    """Print what collections of one passage a document need, reckoned from the IVF indexes of the last count.

    A vector's size in each part is known. Building goes as the products of k-means and of assigning vectors to cells;
    a query's time as a constant and the vectors that it looks at, fitted to the efforts (in memory: what must be read
    from a disk first takes longer).
    """
    print("\n| collection | passages | type | exact GiB | coarse GiB | build, core h | query ms | encoding, core h |")
    print("|---|---|---|---|---|---|---|---|")

    def products(count: int) -> float:
        training = dense.TRAINING_VECTORS * dense.TRAINING_ROUNDS * dense.cells(count)
        return dense.cells(count) * (training + count)

    for name, passages in COLLECTIONS.items():
        for coder, size in (("SQ8", 384 + 8), ("PQ48", 48 + 8)):
            rows = [row for row in measured if f",{coder}," in row["type"]]
            if not rows:
                continue
            seen = [int(row["effort"]) / dense.cells(count) * count for row in rows]
            slope, start = np.polyfit(seen, [row["ms"] for row in rows], 1)
            looked_at = dense.probes(passages) / dense.cells(passages) * passages
            build = rows[0]["seconds"] * products(passages) / products(count) / 3600
            print(
                f"| {name} | {passages:,} | IVF{dense.cells(passages)},{coder} | {passages * 2 * 384 / GIB:.0f} | "
                f"{passages * size / GIB:.0f} | {build:.1f} | {start + slope * looked_at:.0f} | "
                f"{passages / passages_per_second / 3600:,.0f} |"
            )


if __name__ == "__main__":
    main()
