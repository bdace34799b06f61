"""Speed, memory and size of the production engine (ONNX Runtime, int8) against transformers.generate in float32.

Both run the same T5 with random weights in the shapes of Flan-T5 small and base, on the same texts: 512 tokens in, 64
out (the end token cannot win), greedy. Each engine runs in a process of its own, for each shape and number of threads;
they take turns. Peak memory is the process's largest resident set (``ru_maxrss``), libraries and mapped files included.

Random weights have the speed of trained ones, but not their certainty: that about one token in ten is chosen otherwise
in int8 (the last table, both reading the same targets) says nothing of a trained model, whose export is checked.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medassist import base_models, datasets
from medassist.engines.manifest import Manifest
from medassist.generation import ModelSettings

SHAPES = {
    "small": {"d_model": 512, "d_ff": 1024, "num_layers": 8, "num_heads": 6},
    "base": {"d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12},
}
VOCABULARY, HEAD_SIZE = 32_128, 64  # Flan-T5's
TOKENS_IN, TOKENS_OUT, PASSAGES, PASSAGE_TOKENS = 512, 64, 5, 200
RESULTS = Path(__file__).parent / "results" / "generation.json"


def main() -> None:
    """Print the tables and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3, help="rounds of both engines (default: %(default)s)")
    parser.add_argument("--models", type=Path, help="folder that keeps the models for the next time")
    parser.add_argument("--out", type=Path, default=RESULTS, help="default: %(default)s")
    parser.add_argument("--worker", nargs=3, metavar=("ENGINE", "FOLDER", "THREADS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return serve(options.worker[0], Path(options.worker[1]), int(options.worker[2]))
    with tempfile.TemporaryDirectory() as temporary:
        found = {"machine": machine(), "repeats": options.repeats, "speed": [], "fusion": [], "size": []}
        for shape in options.shapes:
            folder = prepare(shape, (options.models or Path(temporary)) / f"flan-t5-{shape}")
            found["size"].append({"shape": shape, **sizes(folder)})
            for threads in options.threads:
                speed, fusion = measure(folder, threads, options.repeats)
                found["speed"] += [{"shape": shape, "threads": threads, **row} for row in speed]
                found["fusion"].append({"shape": shape, "threads": threads, **fusion})
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    report(found)


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    flags = next(line for line in lines if line.startswith("flags")).split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if flag in flags]
    return {"processor": processor, "cores": os.cpu_count(), "instructions": known, "load": os.getloadavg()[0]}


# --- models -------------------------------------------------------------------------------------------------------


def prepare(shape: str, folder: Path) -> Path:
    """Make a model with random weights and export it, unless it is there; done by a process of its own."""
    if not (folder / "onnx" / "export.json").is_file():
        program = f"import generation, pathlib; generation.make({shape!r}, pathlib.Path({str(folder)!r}))"
        subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": path()})
    return folder


def path() -> str:
    """Return where a process of ours finds this file and the package."""
    here = Path(__file__).resolve().parent
    return f"{here}:{here.parent}"


def make(shape: str, folder: Path) -> None:
    """Write a T5 whose output layer is not tied to its embedding, and export it."""
    import torch
    import transformers

    from medassist.engines import export

    documents = datasets.load_corpus(Path(__file__).parents[1] / "data" / "sample").documents
    tokenizer = base_models.train_tokenizer([document.text for document in documents], 6_000)
    config = transformers.T5Config(
        vocab_size=VOCABULARY,
        d_kv=HEAD_SIZE,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        **SHAPES[shape],
    )
    transformers.set_seed(13)
    model = transformers.T5ForConditionalGeneration(config)
    head = torch.randn(VOCABULARY, config.d_model) * 3 * config.d_model**-0.5
    head[config.eos_token_id] = 0  # never the largest
    model.lm_head.weight = torch.nn.Parameter(head)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    ModelSettings(f"flan-t5-{shape}, random", "none", TOKENS_IN, PASSAGES, no_repeat_ngram=0).write(folder)
    export.export_model(folder, tolerance=export.Tolerance(equal_tokens=0.0, likelihood=1.0))


def sizes(folder: Path) -> dict[str, float]:
    """Return the megabytes of the weights in float32 and of the export, and their ratio."""
    original = sum(file.stat().st_size for file in folder.glob("*.safetensors")) / 1e6
    exported = sum(file.stat().st_size for file in (folder / "onnx").iterdir()) / 1e6
    checks = Manifest.read(folder / "onnx").checks
    return {
        "fp32_mb": round(original, 1),
        "int8_mb": round(exported, 1),
        "ratio": round(exported / original, 3),
        "equal_tokens": round(checks["equal_tokens"], 3),
        "likelihood": round(checks["likelihood"], 3),
    }


# --- measuring ----------------------------------------------------------------------------------------------------


def measure(folder: Path, threads: int, repeats: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Let both engines take turns; return rows of speed by batch size, and fusion against concatenation."""
    rows = []
    with worker("transformers", folder, threads) as reference, worker("onnx", folder, threads) as ours:
        for batch in (1, 8):
            texts = [[text] for text in sample_texts(folder, TOKENS_IN, batch)]
            work = {"batch": texts, "tokens": TOKENS_OUT}
            taken = alternate({"transformers": reference, "onnx": ours}, work, repeats)
            first = alternate({"transformers": reference, "onnx": ours}, work | {"tokens": 1}, repeats)
            peaks = {name: ask({"peak": True})["peak_mb"] for name, ask in (("fp32", reference), ("int8", ours))}
            rows.append(
                {
                    "batch": batch,
                    "fp32_s": round(taken["transformers"], 3),
                    "int8_s": round(taken["onnx"], 3),
                    "speedup": round(taken["transformers"] / taken["onnx"], 2),
                    "first_token_fp32_ms": round(first["transformers"] * 1e3),
                    "first_token_int8_ms": round(first["onnx"] * 1e3),
                    "peak_fp32_mb": round(peaks["fp32"]),
                    "peak_int8_mb": round(peaks["int8"]),
                    "peak_ratio": round(peaks["int8"] / peaks["fp32"], 2),
                }
            )
    with worker("onnx", folder, threads) as ours:
        passages = sample_texts(folder, PASSAGE_TOKENS, PASSAGES)
        works = {"fusion": [passages], "concatenation": [sample_texts(folder, PASSAGES * PASSAGE_TOKENS, 1)]}
        seconds: dict[str, list[float]] = {name: [] for name in works}
        for turn in range(repeats + 1):
            for name, batch in works.items():
                done = ours({"batch": batch, "tokens": TOKENS_OUT})
                seconds[name] += [done["seconds"]] if turn else []
    fusion = {f"{name}_s": round(statistics.median(times), 3) for name, times in seconds.items()}
    return rows, fusion | {"ratio": round(fusion["fusion_s"] / fusion["concatenation_s"], 2)}


def alternate(
    engines: dict[str, Callable[[dict[str, Any]], Any]], work: dict[str, Any], repeats: int
) -> dict[str, float]:
    """Return each engine's median seconds over rounds in which all take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(repeats):
        for name, ask in engines.items():
            done = ask(work)
            assert all(len(row) == work["tokens"] for row in done["tokens"])  # both did the whole work
            seconds[name].append(done["seconds"])
    return {name: statistics.median(times) for name, times in seconds.items()}


def sample_texts(folder: Path, tokens: int, count: int) -> list[str]:
    """Return texts of that many tokens, the end token included, from our sample of documents."""
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "onnx" / "tokenizer.json"))
    documents = datasets.load_corpus(Path(__file__).parents[1] / "data" / "sample").documents
    words = " ".join(document.text for document in documents).split()
    texts, start = [], 0
    while len(texts) < count:
        taken: list[str] = []
        while len(tokenizer.encode(" ".join(taken)).ids) < tokens:
            taken.append(words[start])
            start += 1
        if len(tokenizer.encode(" ".join(taken)).ids) == tokens:  # the last word may be of several tokens
            texts.append(" ".join(taken))
    return texts


@contextmanager
def worker(engine: str, folder: Path, threads: int) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Start a process with one engine; yield what sends it work and returns its answer. It has been warmed up."""
    command = [sys.executable, __file__, "--worker", engine, str(folder), str(threads)]
    environment = {**os.environ, "PYTHONPATH": path(), "OMP_NUM_THREADS": str(threads)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdin
    assert process.stdout

    def ask(work: dict[str, Any]) -> Any:
        assert process.stdin
        assert process.stdout
        print(json.dumps(work), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    try:
        ask({"batch": [["A warm-up."]], "tokens": 4})
        yield ask
    finally:
        process.stdin.close()
        process.wait()


# --- in the processes ---------------------------------------------------------------------------------------------


def serve(engine: str, folder: Path, threads: int) -> None:
    """Generate what is asked for, line by line."""
    generate = load_transformers(folder, threads) if engine == "transformers" else load_onnx(folder, threads)
    for line in sys.stdin:
        work = json.loads(line)
        if "peak" in work:
            answer = {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}
        else:
            started = time.perf_counter()
            tokens = generate(work["batch"], work["tokens"])
            answer = {"seconds": time.perf_counter() - started, "tokens": tokens}
        print(json.dumps(answer), flush=True)


Generate = Callable[[list[list[str]], int], list[list[int]]]


def load_transformers(folder: Path, threads: int) -> Generate:
    """Return transformers.generate as anyone would call it, one text a request."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()

    def generate(batch: list[list[str]], tokens: int) -> list[list[int]]:
        inputs = tokenizer([text for (text,) in batch], return_tensors="pt", padding=True)
        with torch.inference_mode():
            written = model.generate(**inputs, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        return [row[1:] for row in written.tolist()]

    return generate


def load_onnx(folder: Path, threads: int) -> Generate:
    """Return the production engine."""
    from medassist.engines.runtime import OnnxEngine

    engine = OnnxEngine(folder / "onnx", threads=threads)
    return lambda batch, tokens: engine.generate(batch, [tokens] * len(batch))


# --- report -------------------------------------------------------------------------------------------------------


def report(found: dict[str, Any]) -> None:
    """Print what was found as tables."""
    print(f"{found['machine']}\n\n{TOKENS_IN} tokens in, {TOKENS_OUT} out, greedy, medians of {found['repeats']}\n")
    columns = ["shape", "threads", "batch", "fp32_s", "int8_s", "speedup", "first_token_fp32_ms", "first_token_int8_ms"]
    table(found["speed"], [*columns, "peak_fp32_mb", "peak_int8_mb", "peak_ratio"])
    print(f"\n{PASSAGES} passages of {PASSAGE_TOKENS} tokens, int8\n")
    table(found["fusion"], ["shape", "threads", "fusion_s", "concatenation_s", "ratio"])
    print("\nFiles\n")
    table(found["size"], ["shape", "fp32_mb", "int8_mb", "ratio", "equal_tokens", "likelihood"])


def table(rows: list[dict[str, Any]], columns: list[str]) -> None:
    """Print rows as Markdown."""
    print("|" + "|".join(f" {column} " for column in columns) + "|\n|" + "---|" * len(columns))
    for row in rows:
        print("|" + "|".join(f" {row[column]} " for column in columns) + "|")


if __name__ == "__main__":
    main()
