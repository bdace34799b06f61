"""Lambda's cold start by phase, on one processor: with the zip's bytecode and without.

Builds the zip, unpacks it twice, and starts its function in fresh processes that can import nothing else, against an
emulated cloud that holds an index bundle. What cannot be measured here: Lambda fetching the zip and reading it for the
first time; and S3 is on this machine. On a machine that does other things too, look at the processor's time.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

from medassist import cloud, interactions, storage
from medassist.config import Settings

ROOT = Path(__file__).resolve().parents[1]
BUCKET = TABLE = "cold-start"
# What a fresh process does, as Lambda would have it done; it prints each phase's seconds, whole and on the processor.
PROGRAM = """
import json, sys, time
spent = {"interpreter": (time.time() - float(sys.argv[2]), time.process_time())}

def timed(phase, call):
    def measured(*arguments, **named):
        begun, busy = time.perf_counter(), time.process_time()
        try:
            return call(*arguments, **named)
        finally:
            spent[phase] = time.perf_counter() - begun, time.process_time() - busy
    return measured

def imports():
    import main, container, boto3, bm25s, faiss, onnxruntime, Stemmer, tokenizers
    return main, container

main, container = timed("imports", imports)()
container.storage.download_files = timed("bundle download", container.storage.download_files)
container.Index.load = timed("load", container.Index.load)
timed("warm-up", main.warm_up)()
parts = spent["warm-up"], spent["bundle download"], spent["load"]
spent["warm-up"] = tuple(whole - download - load for whole, download, load in zip(*parts))
event = json.load(open(sys.argv[1]))

class Context:
    function_name, memory_limit_in_mb, aws_request_id = "medassist", 1769, "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:medassist"

answers = [timed(phase, main.handler)(event, Context()) for phase in ("first answer", "second answer")]
assert all(answer["statusCode"] == 200 for answer in answers), answers
print(json.dumps(spent))
"""
PHASES = ("interpreter", "imports", "bundle download", "load", "warm-up", "first answer", "second answer")
NOTES = {
    "interpreter": "Python itself",
    "imports": "the handler and all libraries",
    "bundle download": "S3 of the emulated cloud, checksums included",
    "load": "encoder, vectors, BM25, passages",
    "warm-up": "boto3's clients, where the latest index is, one search",
    "first answer": "quoted, as there is no model, and stored",
    "second answer": "the same, warm",
}


def main() -> None:
    """Print a table: phase, median milliseconds with bytecode, of those on the processor, and the same without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("build/index/sample"), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=7, help="starts of each kind (default: %(default)s)")
    parser.add_argument("--cpu", type=int, default=0, help="the one processor used (default: %(default)s)")
    options = parser.parse_args()
    if not (options.bundle / "meta.json").is_file():
        parser.error(f"{options.bundle} holds no index; make one with `medassist index`, or name one with --bundle")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        python, folders = _unpacked(work)
        with cloud.connect("local", work / "cloud"):
            environment = _upload(options.bundle)
            seconds: dict[str, list[dict[str, tuple[float, float]]]] = {kind: [] for kind in folders}
            for _ in range(options.rounds + 1):  # the first fills the disk's cache and is not counted
                for kind, folder in folders.items():
                    seconds[kind].append(_start(python, folder, environment, work, options.cpu))
    passages = json.loads((options.bundle / "meta.json").read_text())["passages"]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{passages:,} passages, {options.rounds} starts of each, one processor; load average {load}\n")
    _report({kind: rounds[1:] for kind, rounds in seconds.items()})


def _unpacked(work: Path) -> tuple[str, dict[str, Path]]:
    sys.path.insert(0, str(ROOT / "deploy"))
    import build_lambda

    found = build_lambda.find_interpreter(build_lambda.PYTHON)
    if found is None:
        sys.exit(f"There is no Python {build_lambda.PYTHON} here, which Lambda runs; install it first.")
    package = build_lambda.build(work / "function.zip")
    print(f"Python {found[1]}, zip of {package.bytes_unzipped / build_lambda.MB:.1f} MB unzipped")
    folders = {kind: work / kind.replace(" ", "-") for kind in ("with bytecode", "without")}
    for folder in folders.values():
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(folder)
    for compiled in list(folders["without"].rglob("__pycache__")):
        shutil.rmtree(compiled)
    return found[0], folders


def _upload(bundle: Path) -> dict[str, str]:
    """Put the bundle where the function looks for it; return the function's environment."""
    storage.ensure_bucket(BUCKET)
    uri = f"s3://{BUCKET}/index/sample/one"
    storage.upload_folder(bundle, uri)
    storage.write_json(f"s3://{BUCKET}/index/sample/latest.json", {"uri": uri})
    interactions.create_table(TABLE)
    settings = Settings(bucket=BUCKET, table_name=TABLE, endpoint_name="none")
    variables = {**settings.to_environment(), **{k: v for k, v in os.environ.items() if k.startswith("AWS_")}}
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"  # traced, as in the template
    variables |= {"_X_AMZN_TRACE_ID": trace, "PYTHONDONTWRITEBYTECODE": "1"}
    return {name: value for name, value in variables.items() if value}


def _start(
    python: str, folder: Path, environment: Mapping[str, str], work: Path, cpu: int
) -> dict[str, tuple[float, float]]:
    """Start the function in a fresh process without a cache; return each phase's seconds, whole and busy."""
    with tempfile.TemporaryDirectory(dir=work) as home:
        command = [python, "-s", "-S", "-c", PROGRAM, str(ROOT / "tests" / "events" / "ask_with_claims.json")]
        done = subprocess.run(
            [*command, str(time.time())],
            env={**environment, "LAMBDA_TASK_ROOT": str(folder), "PYTHONPATH": str(folder), "TMPDIR": home},
            cwd=home,
            stdout=subprocess.PIPE,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),
        )
    phases: dict[str, tuple[float, float]] = json.loads(done.stdout.splitlines()[-1])
    return phases


def _report(seconds: Mapping[str, list[dict[str, tuple[float, float]]]]) -> None:
    print(f"| phase | {' | '.join(f'{kind}, ms | of it processor' for kind in seconds)} | what |")
    print(f"|---|{'--:|--:|' * len(seconds)}---|")
    ready = PHASES[: PHASES.index("first answer")]
    for name, parts in {
        **{phase: (phase,) for phase in PHASES},
        "**imports and load**": ("imports", "load"),
        "**ready to answer**": ready,
    }.items():
        cells = []
        for rounds in seconds.values():
            for kind in (0, 1):
                sums = [sum(phases[part][kind] for part in parts) for phases in rounds]
                cells.append(f"{1000 * statistics.median(sums):.0f}")
        print(f"| {name} | {' | '.join(cells)} | {NOTES.get(name, '')} |")


if __name__ == "__main__":
    main()
