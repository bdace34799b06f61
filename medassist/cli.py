"""The command line ``medassist``: thin over the module. Each command is a function; errors become one sentence."""

import argparse
import contextlib
import json
import logging
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medassist import __version__, cloud, config, datasets, notebooks, report
from medassist.errors import ConfigurationError, MedAssistError

DEFAULT_QUESTION = "What are the symptoms of asthma?"

EXAMPLES = """
examples:
  medassist run                                    the whole road on the sample corpus, in the emulated cloud
  medassist run --corpus MedQuAD-master.zip        the same on MedQuAD
  medassist serve                                  API and page from the last run
  medassist ask "Why should blood pressure be treated?"
  medassist index --corpus docs.jsonl --out my-index
  medassist search --index my-index -q "itchy rash between the fingers"
  medassist search --index my-index --queries queries.jsonl --top-k 100 --run my.run
  medassist evaluate --run my.run --qrels qrels.txt
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for number in (signal.SIGINT, signal.SIGTERM):  # a polite kill cleans up as Ctrl-C does, in the background too
        signal.signal(number, signal.default_int_handler)
    try:
        options.command(options)
    except KeyboardInterrupt:
        print("Interrupted; what was finished is kept.", file=sys.stderr)
        return 130
    except MedAssistError as error:
        print(f"medassist: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0


# --- run ----------------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> None:
    """Run the notebooks in order, ask one question over REST, write the report."""
    root, started = config.project_root(), time.perf_counter()
    output = _below(root, options.output)
    corpus = options.corpus.resolve()
    paths = [root / "notebooks" / f"{name}.ipynb" for name in notebooks.NOTEBOOKS]
    given = _assignments(options.set) | {"target": options.target, "output_dir": str(output)}
    if options.bucket:
        given["bucket"] = options.bucket
    chosen = notebooks.select_parameters(paths, given)
    question = options.question or _question_of(corpus, skip_invalid=bool(given.get("skip_invalid")))
    name = datasets.corpus_name(corpus)
    for stem, values in chosen.items():
        values["corpus"] = str(corpus) if stem == notebooks.NOTEBOOKS[0] else name
    facts: dict[str, Any] = {"corpus": name, "target": options.target, "version": __version__}
    facts["started_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    with cloud.connect(options.target, output / "cloud"):
        stages = [_run_stage(path, output, chosen[path.stem], root) for path in paths]
        url = stages[-1]["artifacts"]["api"]  # where the last notebook has asked its questions
        _print_answer(question, _post_question(url, question))
    facts["seconds"] = round(time.perf_counter() - started, 1)
    print(f"\nReport: {report.write_report(output, facts, stages)}\nExecuted notebooks: {output / 'notebooks'}")


def _run_stage(path: Path, output: Path, parameters: dict[str, Any], root: Path) -> dict[str, Any]:
    """Run one notebook with a line that shows where it stands; return its stage's report."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    stage = path.stem
    place = f"[bold]{stage}[/bold]"
    shown_heading, latest = "", 0.0
    with console.status(place) as status:

        def on_cell(start: notebooks.CellStart) -> None:
            nonlocal place, shown_heading
            place = f"[bold]{stage}[/bold] cell {start.number}/{start.total} · {escape(start.heading)}"
            status.update(place)
            if not console.is_terminal and start.heading != shown_heading:
                console.print(place)
                shown_heading = start.heading

        def on_output(line: str) -> None:
            nonlocal latest
            status.update(f"{place} · {escape(line[-100:])}")
            if not console.is_terminal and time.monotonic() - latest > 20:  # a log wants a sign of life, not each step
                console.print(f"  {escape(line[-100:])}")
                latest = time.monotonic()

        executed = output / "notebooks" / path.name
        seconds = notebooks.run_notebook(path, executed, parameters, cwd=root, on_cell=on_cell, on_output=on_output)
    stage_report = report.read_stage(output, stage)
    done = "reused what had not changed" if stage_report["status"] == "reused" else "done"
    counts = ", ".join(f"{value:,} {key}" for key, value in stage_report["counts"].items() if isinstance(value, int))
    console.print(f"[green]✓[/green] {stage}: {done} in {seconds:.0f} s ({escape(counts)})")
    return stage_report | {"notebook_seconds": round(seconds, 1), "executed": str(executed)}


def _question_of(corpus: Path, *, skip_invalid: bool) -> str:
    """Return a question that the corpus should be able to answer; a corpus that cannot be read fails here, early."""
    from medassist import examples

    data = datasets.load_corpus(corpus, skip_invalid=skip_invalid)
    questions = data.questions or examples.questions_from_titles(data.documents)[0]
    if not questions or any(question.topic == "Asthma" for question in questions):
        return DEFAULT_QUESTION
    return questions[len(questions) // 2].text


def _assignments(pairs: Sequence[str]) -> dict[str, Any]:
    """Turn ``NAME=VALUE`` arguments into notebook parameters; a value that is JSON is taken as such."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"--set {pair!r} must look like NAME=VALUE.")
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values


# --- serve and ask ------------------------------------------------------------------------------------------------


def serve(options: argparse.Namespace) -> None:
    """Bring up cloud, endpoint, API and page from the last run, until Ctrl-C."""
    with _bring_up(options, port=options.port) as connected:
        url = connected.urls["api"]
        print(f"Page   {url}/\nAPI    {url}/v1/questions\nDocs   {url}/v1/docs\nCloud  {connected.urls['cloud']}")
        print("Press Ctrl-C to stop.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    print("Stopped.")


def ask(options: argparse.Namespace) -> None:
    """Ask one question over REST: of ``--url``, else of an API brought up for it from the last run."""
    if options.url:
        _print_answer(options.question, _post_question(options.url.rstrip("/"), options.question), as_json=options.json)
        return
    with _bring_up(options) as connected:
        answer = _post_question(connected.urls["api"], options.question)
    _print_answer(options.question, answer, as_json=options.json)


def _bring_up(options: argparse.Namespace, port: int = 0) -> cloud.Cloud:
    from medassist import deployment

    output = _below(config.project_root(), options.output)
    connected = cloud.connect(options.target, output / "cloud")
    try:
        corpus = options.corpus_name or _last_corpus(output)
        settings = deployment.settings_for(corpus, bucket=options.bucket)
        deployment.bring_up(connected, settings, port=port, progress=lambda line: print(line, file=sys.stderr))
    except BaseException:
        connected.close()
        raise
    return connected


def _last_corpus(output: Path) -> str:
    try:
        return str(json.loads((output / report.REPORT).read_text(encoding="utf-8"))["corpus"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{output} holds no finished run; start with `medassist run`.") from error


def _post_question(url: str, question: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/v1/questions",
        data=json.dumps({"question": question}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise MedAssistError(
            f"the API answered {error.code}: {problem.get('detail') or problem.get('title')}"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"No API answers at {url} ({error}); start one with `medassist serve`.") from error
    return answer


def _print_answer(question: str, answer: dict[str, Any], *, as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(answer, indent=1, ensure_ascii=False))
        return
    print(f"\nQ: {question}\n")
    if answer["urgent"]:
        print(f"!! {answer['urgent']['message']}\n")
    for statement in answer["statements"]:
        quoted = f"“{statement['text']}”" if answer["extractive"] else statement["text"]
        print(f"   {quoted} {''.join(f'[{number}]' for number in statement['citations'])}")
    if not answer["statements"]:
        print(f"   {answer['answer']}")
    cited = {number for statement in answer["statements"] for number in statement["citations"]}
    print("\nSources:" if cited else "")
    for passage in answer["passages"]:
        if passage["n"] in cited:
            origin = ", ".join(part for part in (passage["source"], passage["url"]) if part)
            print(f"   [{passage['n']}] {passage['title']} ({origin})")
    print(f"\n{answer['disclaimer']}")


# --- index, search, train, evaluate -------------------------------------------------------------------------------


def index(options: argparse.Namespace) -> None:
    """Build an index bundle from a corpus."""
    from medassist import encoder, passages, retrieval

    corpus = datasets.load_corpus(options.corpus, skip_invalid=options.skip_invalid)
    for reason, count in corpus.rejected_by_reason.items():
        print(f"left out: {count:,}, {reason}", file=sys.stderr)
    cache = options.cache or options.out.parent / f".{options.out.name}-cache"
    exported = encoder.export(options.encoder, cache / options.encoder.replace("/", "--"))
    pieces = passages.split_documents(corpus.documents, options.passage_words)
    meta = retrieval.build(
        pieces, exported, options.out, corpus=corpus.name, passage_words=options.passage_words, cache_dir=cache
    )
    print(f"{options.out}: {meta.documents:,} documents, {meta.passages:,} passages, version {meta.version}")


def search(options: argparse.Namespace) -> None:
    """Search an index: print hits for a person (``-q``) or write a TREC run file (``--queries``, ``--run``)."""
    from tqdm import tqdm

    from medassist import evaluation, retrieval

    loaded = retrieval.Index.load(options.index)
    if options.query is not None:
        if not options.query.strip():
            raise ConfigurationError("The query is empty; give some words after -q.")
        for rank, hit in enumerate(loaded.search(options.query, options.top_k, method=options.method), start=1):
            passage = hit.passage
            print(f"{rank:3}  {hit.score:.4f}  cosine {hit.similarity:+.2f}  BM25 {hit.lexical:5.1f}  {passage.title}")
            print(f"     {passage.document_id}  {passage.source} {passage.url}")
            print(f"     {' '.join(passage.text.split())[:200]}…")
        return
    if options.run is None:
        raise ConfigurationError("Where shall the run file go? Name it with --run FILE.")
    queries = datasets.load_queries(options.queries)
    with tqdm(total=len(queries), unit="query", desc="searching") as bar:
        found = evaluation.run_queries(loaded, queries, options.top_k, method=options.method, advance=bar.update)
    evaluation.write_run(found, options.run)
    print(f"{options.run}: {len(found):,} queries, {sum(map(len, found.values())):,} documents")


def train(options: argparse.Namespace) -> None:
    """Fine-tune T5 here, without a training job, on the questions of a corpus."""
    from medassist import examples, retrieval, training

    parameters = training.TrainingParameters(
        base_model=options.base_model, max_steps=options.max_steps, epochs=options.epochs, seed=options.seed
    )
    corpus, loaded = datasets.load_corpus(options.corpus, skip_invalid=True), retrieval.Index.load(options.index)
    folder = options.out.parent / f".{options.out.name}-examples"
    prepared = examples.prepare_examples(corpus, loaded, folder, passages=parameters.max_passages, seed=options.seed)
    for side, counts in prepared.counts.items():
        print(f"{side}: {counts}", file=sys.stderr)
    metrics = training.fine_tune(
        examples.read_examples(prepared.folder / "train.jsonl"),
        examples.read_examples(prepared.folder / "validation.jsonl"),
        examples.read_passages(prepared.folder / "passages.jsonl"),
        options.out,
        parameters,
    )
    print(json.dumps(metrics, indent=1, default=str))


def evaluate(options: argparse.Namespace) -> None:
    """Measure a TREC run file against relevance judgements."""
    from medassist import evaluation

    qrels, found = datasets.read_qrels(options.qrels), evaluation.read_run(options.run)
    scores = evaluation.score_run(qrels, found, options.measures)
    print(f"{len(qrels)} judged queries, {len(set(qrels) - set(found))} of them without results (they count as 0)")
    for measure, by_query in scores.items():
        print(f"{measure:12} {evaluation.estimate(list(by_query.values()))}")


def _below(root: Path, folder: Path) -> Path:
    return folder if folder.is_absolute() else root / folder


# --- arguments ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="medassist",
        description="Medical questions answered from trusted texts, with sources. Information, not a doctor.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"medassist {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more about what is going on")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_serve_and_ask(commands)
    _add_index(commands)
    _add_train(commands)
    _add_search_and_evaluate(commands)
    return parser


def _add_command(commands: Any, function: Any, example: str) -> argparse.ArgumentParser:
    summary = function.__doc__.splitlines()[0]
    parser: argparse.ArgumentParser = commands.add_parser(
        function.__name__,
        help=summary,
        description=summary,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    return parser


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", choices=("local", "aws"), default="local", help="emulated cloud or AWS (default: local)"
    )
    parser.add_argument("--bucket", default="", help="S3 bucket (default: medassist-<account>-<region>)")
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: build)")


def _add_run(commands: Any) -> None:
    parser = _add_command(commands, run, "medassist run --corpus MedQuAD-master.zip --set max_steps=300")
    _add_where(parser)
    parser.add_argument(
        "--corpus", type=Path, default=Path("data/sample"), help="MedQuAD .zip or folder, or JSON Lines of documents"
    )
    parser.add_argument("--question", default="", help="the question asked at the end (default: one of the corpus)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a notebook parameter")


def _add_serve_and_ask(commands: Any) -> None:
    for function, example in ((serve, "medassist serve --port 8000"), (ask, 'medassist ask "What is gout?"')):
        parser = _add_command(commands, function, example)
        _add_where(parser)
        parser.add_argument(
            "--corpus-name", default="", help="which corpus's index and model (default: the last run's)"
        )
        if function is serve:
            parser.add_argument("--port", type=int, default=0, help="port of API and page (default: a free one)")
        else:
            parser.add_argument("question", help="in plain words, at most 2,000 characters")
            parser.add_argument("--url", default="", help="address of a running API (default: one is brought up)")
            parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def _add_index(commands: Any) -> None:
    parser = _add_command(commands, index, "medassist index --corpus MedQuAD-master.zip --out medquad-index")
    parser.add_argument("--corpus", type=Path, required=True, help="MedQuAD .zip or folder, or JSON Lines of documents")
    parser.add_argument("--out", type=Path, required=True, help="folder of the index bundle")
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2", help="or a folder or hub name (default: %(default)s)")
    parser.add_argument("--passage-words", type=int, default=180, help="words a passage at most (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder of encoder and vectors (default: beside the bundle, hidden)")
    parser.add_argument("--skip-invalid", action="store_true", help="leave invalid records out, counted")


def _add_train(commands: Any) -> None:
    parser = _add_command(commands, train, "medassist train --corpus data/sample --index my-index --out my-t5")
    parser.add_argument("--corpus", type=Path, required=True, help="a corpus with questions")
    parser.add_argument(
        "--index", type=Path, required=True, help="its index bundle: the examples' passages come from it"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--base-model", default="compact", help="or a hub name or folder (default: %(default)s)")
    parser.add_argument("--epochs", type=_positive, default=6, help="default: %(default)s")
    parser.add_argument("--max-steps", type=int, default=240, help="0: no limit (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=13, help="default: %(default)s")


def _add_search_and_evaluate(commands: Any) -> None:
    parser = _add_command(commands, search, 'medassist search --index medquad-index -q "what helps against gout?"')
    parser.add_argument("--index", type=Path, required=True, help="folder of an index bundle")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-q", "--query", help="print the hits of this query")
    what.add_argument("--queries", type=Path, help='JSON Lines of {"query_id", "text"}')
    parser.add_argument("--run", type=Path, help="TREC run file to write, over document ids")
    parser.add_argument("--top-k", type=_positive, default=10, help="hits or documents a query (default: %(default)s)")
    parser.add_argument("--method", choices=("hybrid", "dense", "lexical"), default="hybrid", help="default: hybrid")
    parser = _add_command(commands, evaluate, "medassist evaluate --run my.run --qrels data/sample/qrels.txt")
    parser.add_argument("--run", type=Path, required=True, help="TREC run file")
    parser.add_argument("--qrels", type=Path, required=True, help="TREC relevance judgements")
    parser.add_argument(
        "--measures",
        nargs="+",
        default=["nDCG@10", "RR@10", "AP@10", "R@10", "Success@1", "Success@5"],
        help="as ir-measures names them",
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
