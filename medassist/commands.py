"""What each command of the command line does; the parser is in :mod:`medassist.cli`."""

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from medassist import __version__, cloud, config, datasets, notebooks, report
from medassist.errors import ConfigurationError, MedAssistError
from medassist.training_parameters import TrainingParameters

DEFAULT_QUESTION = "What are the symptoms of asthma?"

# --- run ----------------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> None:
    """Run the notebooks in order, ask one question over REST, write the report."""
    root, started = config.project_root(), time.perf_counter()
    output = below(root, options.output)
    corpus = options.corpus.resolve()
    paths = [root / "notebooks" / f"{name}.ipynb" for name in notebooks.NOTEBOOKS]
    given = assignments(options.set) | {"target": options.target, "output_dir": str(output)}
    if options.bucket:
        given["bucket"] = options.bucket
    chosen = notebooks.select_parameters(paths, given)
    question = options.question or question_of(corpus, skip_invalid=bool(given.get("skip_invalid")))
    name = datasets.corpus_name(corpus)
    for stem, values in chosen.items():
        values["corpus"] = str(corpus) if stem == notebooks.NOTEBOOKS[0] else name
    facts: dict[str, Any] = {"corpus": name, "target": options.target, "version": __version__}
    facts["started_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    with cloud.connect(options.target, output / "cloud"):
        stages = [run_stage(path, output, chosen[path.stem], root) for path in paths]
        url = stages[-1]["artifacts"]["api"]  # where the last notebook has asked its questions
        _print_answer(question, _post_question(url, question, signed_in=True))
    facts["seconds"] = round(time.perf_counter() - started, 1)
    print(f"\nReport: {report.write_report(output, facts, stages)}\nExecuted notebooks: {output / 'notebooks'}")


def run_stage(path: Path, output: Path, parameters: dict[str, Any], root: Path) -> dict[str, Any]:
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


def question_of(corpus: Path, *, skip_invalid: bool = True) -> str:
    """Return a question that the corpus should be able to answer; a corpus that cannot be read fails here, early."""
    from medassist.examples import questions_from_titles

    data = datasets.load_corpus(corpus, skip_invalid=skip_invalid)
    questions = data.questions or questions_from_titles(data.documents)[0]
    if not questions or any(question.topic == "Asthma" for question in questions):
        return DEFAULT_QUESTION
    return questions[len(questions) // 2].text


def assignments(pairs: Sequence[str]) -> dict[str, Any]:
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
    with _bring_up(options, port=options.port, throttled=True) as connected:
        url = connected.urls["api"]
        print(f"Page   {url}/\nAPI    {url}/v1/questions\nCloud  {connected.urls['cloud']}")
        print("The page is signed in as a demo user. Other programs need a token: `medassist user token`, docs/api.md.")
        print("Press Ctrl-C to stop.", flush=True)
        if not options.no_browser:
            open_page(f"{url}/")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    print("Stopped.")


def open_page(url: str) -> bool:
    """Open the page in a browser where somebody sits at a screen and would see it; return whether it was tried."""
    has_screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and has_screen and webbrowser.open(url)


def ask(options: argparse.Namespace) -> None:
    """Ask one question over REST: of ``--url``, else of an API brought up for it from the last run."""
    if options.url:
        _print_answer(options.question, _post_question(options.url.rstrip("/"), options.question), as_json=options.json)
        return
    with _bring_up(options) as connected:
        answer = _post_question(connected.urls["api"], options.question, signed_in=True)
    _print_answer(options.question, answer, as_json=options.json)


def _bring_up(options: argparse.Namespace, port: int = 0, *, throttled: bool = False) -> cloud.Cloud:
    from medassist.production import deployment

    output = below(config.project_root(), options.output)
    connected = cloud.connect(options.target, output / "cloud")
    try:
        corpus = options.corpus_name or last_corpus(output)
        settings = deployment.settings_for(corpus, bucket=options.bucket)
        deployment.bring_up(
            connected, settings, port=port, throttled=throttled, progress=lambda line: print(line, file=sys.stderr)
        )
    except BaseException:
        connected.close()
        raise
    return connected


def last_corpus(output: Path) -> str:
    """Return the name of the corpus of the run in a folder."""
    try:
        return str(json.loads((output / report.REPORT).read_text(encoding="utf-8"))["corpus"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{output} holds no finished run; start with `medassist run`.") from error


def _post_question(url: str, question: str, *, signed_in: bool = False) -> dict[str, Any]:
    """Ask; the token is ``MEDASSIST_TOKEN``, or with ``signed_in`` one had with the credentials of this machine."""
    from medassist.production import deployment, sign_in

    pool = deployment.resources().user_pool_id if signed_in else ""
    request = urllib.request.Request(
        f"{url}/v1/questions",
        data=json.dumps({"question": question}).encode(),
        headers={"Content-Type": "application/json", **sign_in.headers(pool)},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        said = f"the API answered {error.code}: {problem.get('detail') or problem.get('title')}"
        if error.code == HTTPStatus.UNAUTHORIZED:
            said += f" `medassist user token` prints one; put it into {sign_in.TOKEN_VARIABLE}."
        raise MedAssistError(said) from error
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
    if answer["advice"]:
        print(f"   {answer['advice']}\n")
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


# --- index, search, train, export, evaluate -----------------------------------------------------------------------


def index(options: argparse.Namespace) -> None:
    """Build an index bundle from a corpus, or one shard of it, or join shards."""
    from medassist import passages, retrieval, shards

    shard = shards.Shard.parse(options.shard) if options.shard else None
    if options.merge:
        shards.read_metas(options.merge)  # what is missing is said before an encoder is fetched
    corpus = datasets.load_corpus(options.corpus, skip_invalid=options.skip_invalid)
    for reason, count in corpus.rejected_by_reason.items():
        print(f"left out: {count:,}, {reason}", file=sys.stderr)
    cache = options.cache or options.out.parent / f".{options.out.name}-cache"
    exported = retrieval.encoder_for(options.encoder, options.out, cache)
    pieces = passages.split_documents(corpus.documents, options.passage_words, corpus.synonyms)
    about = {"corpus": corpus.name, "passage_words": options.passage_words}
    if shard:
        stretch = shards.cut(pieces, shard.count)[shard.number - 1]
        shards.encode_shard(stretch, shard, exported, options.out, cache_dir=cache)
        print(f"{options.out / shard.name}: {len(stretch):,} of {len(pieces):,} passages")
        return
    if options.merge:
        meta = shards.merge_shards(pieces, options.merge, exported, options.out, **about)
    else:
        meta = retrieval.build(pieces, exported, options.out, **about, cache_dir=cache, on_changes=print)
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


def examples(options: argparse.Namespace) -> None:
    """Make a table of training, validation and test examples from a corpus and question sets."""
    from medassist import retrieval
    from medassist.examples import prepare_examples

    prepared = prepare_examples(
        datasets.load_corpus(options.corpus, skip_invalid=True),
        retrieval.Index.load(options.index),
        options.out,
        question_sets=options.questions,
        apart=options.apart,
        passages=options.passages,
        max_examples=options.max_examples,
        max_validation=options.max_held_out,
        max_test=options.max_held_out,
        seed=options.seed,
    )
    for side, counts in prepared.counts.items():
        print(f"{side}: {counts['questions']:,} questions, {counts['examples']:,} examples, left out:")
        for reason, count in counts["skipped"].items():
            print(f"  {count:7,}  {reason}")
    print(f"{prepared.folder}{' (made before)' if prepared.reused else ''}")


def train(options: argparse.Namespace) -> None:
    """Fine-tune T5 here, without a training job: on a table of examples, or on the questions of a corpus."""
    if options.recipe:
        return _train_by_recipe(options)
    from medassist import training
    from medassist.example_table import read_examples, read_passages

    parameters = training_parameters(options)
    folder = options.examples or _examples_of(options, parameters.max_passages)
    test = folder / "test.parquet"
    with _training_record(options, parameters, folder).follow() as run:

        def on_line(line: str) -> None:
            print(line, flush=True)
            run(line)

        metrics = training.fine_tune(
            read_examples(folder / "train.parquet"),
            read_examples(folder / "validation.parquet"),
            read_passages(folder / "passages.parquet"),
            options.out,
            parameters,
            test=read_examples(test) if test.is_file() else (),
            checkpoint_dir=options.checkpoint_dir,
            on_line=on_line,
        )
        run.add_outcome(options.out)
    print(json.dumps({name: value for name, value in metrics.items() if name != "held_out"}, indent=1))
    print(f"{options.out / training.CARD_FILE} has the scores beside the baselines'")


def _train_by_recipe(options: argparse.Namespace) -> None:
    """Make a compact T5, measure it on the tables' test sides and write its card."""
    from medassist.experiments import compact_card, pretraining

    recipe = pretraining.read_recipe(options.recipe)
    if not options.examples:
        raise ConfigurationError("A recipe needs examples; name a folder that `medassist examples` made.")
    tables = [options.examples, *options.more_examples]
    pretraining.run_recipe(recipe, tables, options.out, on_line=lambda line: print(line, flush=True))
    compact_card.describe_model(options.out, tables)
    print(f"{options.out / compact_card.CARD_FILE} has the scores beside the baselines'")


def _training_record(options: argparse.Namespace, parameters: TrainingParameters, folder: Path) -> Any:
    from medassist.experiments.tracking import FOLDER, Tracker
    from medassist.experiments.training_record import TrainingRecord
    from medassist.training_job import model_version

    name = datasets.corpus_name(options.corpus) if options.corpus else folder.resolve().parent.name
    tracker = Tracker(options.tracking or options.out.parent / FOLDER, f"medassist-{name}")
    version, here = model_version(folder, parameters), {"instance_type": "this machine"}
    return TrainingRecord(tracker, name, version, parameters, folder, folder.name, here)


def training_parameters(options: argparse.Namespace) -> TrainingParameters:
    """Return the hyper-parameters that the options name, ``--set NAME=VALUE`` among them.

    Raises
    ------
    ConfigurationError
        If there is none of a name.
    """
    known = {field.name for field in fields(TrainingParameters)}
    given = {name: value for name, value in vars(options).items() if name in known} | assignments(options.set)
    if unknown := sorted(set(given) - known):
        raise ConfigurationError(f"--set knows no {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    return TrainingParameters(**given)


def _examples_of(options: argparse.Namespace, passages: int) -> Path:
    """The folder of examples that are made from a corpus on the way."""
    from medassist import retrieval
    from medassist.examples import prepare_examples

    if not options.corpus or not options.index:
        raise ConfigurationError(
            "What shall it learn from? Name a folder with --examples, or a corpus and its index (--corpus, --index)."
        )
    corpus, loaded = datasets.load_corpus(options.corpus, skip_invalid=True), retrieval.Index.load(options.index)
    folder = options.out.parent / f".{options.out.name}-examples"
    prepared = prepare_examples(corpus, loaded, folder, passages=passages, seed=options.seed)
    for side, counts in prepared.counts.items():
        print(f"{side}: {counts}", file=sys.stderr)
    return prepared.folder


def export(options: argparse.Namespace) -> None:
    """Export a fine-tuned T5 for production, to ONNX in 8 bits, and compare it with the original."""
    from medassist.engines.export import export_model
    from medassist.engines.manifest import ONNX_FOLDER, Manifest
    from medassist.examples import read_examples

    examples = read_examples(options.check) if options.check else ()
    folder = export_model(options.model, options.out, precision=options.precision, examples=examples)
    exported = Manifest.read(folder / ONNX_FOLDER)
    size = sum(path.stat().st_size for path in (folder / ONNX_FOLDER).iterdir())
    about = {"folder": str(folder / ONNX_FOLDER), "precision": exported.precision, "megabytes": round(size / 1e6, 1)}
    print(json.dumps(about | {"products": exported.products, "checks": exported.checks}, indent=1))


def evaluate(options: argparse.Namespace) -> None:
    """Measure a model on questions (``--model``, ``--data``), or a TREC run file (``--run``, ``--qrels``)."""
    if options.run:
        if not options.qrels:
            raise ConfigurationError("A run file is measured against judgements; name them with --qrels FILE.")
        return _evaluate_run(options)
    if not options.data:
        raise ConfigurationError("What shall the model be asked? Name a file of questions with --data FILE.")
    if not options.model.startswith("endpoint:"):
        return _evaluate_model(options)
    with cloud.connect(options.target, below(config.project_root(), Path("build/cloud"))):
        return _evaluate_model(options)


def _evaluate_run(options: argparse.Namespace) -> None:
    from medassist import evaluation, uncertainty

    qrels, found = datasets.read_qrels(options.qrels), evaluation.read_run(options.run)
    scores = evaluation.score_run(qrels, found, options.measures)
    print(f"{len(qrels)} judged queries, {len(set(qrels) - set(found))} of them without results (they count as 0)")
    for measure, by_query in scores.items():
        print(f"{measure:12} {uncertainty.estimate(list(by_query.values()))}")


def _evaluate_model(options: argparse.Namespace) -> None:
    from medassist import retrieval
    from medassist.experiments import contestants, model_evaluation, results, summaries, trials

    questions = trials.read_questions(options.data, task=options.task, held_out=options.held_out)
    for reason, count in questions.rejected.items():
        print(f"left out: {count:,}, {reason}", file=sys.stderr)
    if trials.is_corpus(options.data) and not options.held_out:
        print("note: training may have used some of a corpus's questions; --held-out asks the others", file=sys.stderr)
    plan = model_evaluation.Plan(
        contestants.open_contestant(options.model, engine=options.engine, threads=options.threads),
        questions,
        retrieval.Index.load(options.index) if options.index else None,
        trials.ON_AND_OFF if options.retrieval == "both" else (options.retrieval,),
        options.passages,
        options.limit,
        options.seed,
    )
    folder = options.out.parent / "evaluations"
    records = model_evaluation.evaluate(plan, folder, progress=True)
    facts = plan.facts() | {"file": options.data.name, "limit": options.limit, "seed": options.seed}
    rows = results.append_rows(options.out, facts, summaries.summarise(records))
    print(results.to_text(rows))
    print(f"\nEach answer: {plan.records_file(folder)}\nTable of results: {options.out}")


def cost(options: argparse.Namespace) -> None:
    """Estimate a month's cost of the stack by service, the idle cost apart."""
    from medassist.production import costs

    found = costs.estimate(options.preset, options.questions_per_day, region=options.region)
    print(json.dumps(costs.to_json(found), indent=1, ensure_ascii=False) if options.json else costs.to_text(found))


def below(root: Path, folder: Path) -> Path:
    """Return a folder as it is if absolute, else below the root."""
    return folder if folder.is_absolute() else root / folder
