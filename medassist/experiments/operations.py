"""What the experiments' commands of the command line do; the parser is in :mod:`medassist.cli`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medassist import cloud, config, datasets
from medassist.commands import below, training_parameters
from medassist.errors import ConfigurationError
from medassist.experiments import studies

if TYPE_CHECKING:
    from medassist.experiments.encoder_training import EncoderSettings
    from medassist.retrieval import Index


def tune(options: argparse.Namespace) -> None:
    """Search for hyper-parameters: a small study whose budget is stated, here or by SageMaker tuning jobs."""
    budget = studies.Budget(options.trials, options.steps, options.repeats)
    study = _tune_by_jobs(options, budget) if options.jobs else _tune_here(options, budget)
    print(studies.to_markdown(study))


def _tune_here(options: argparse.Namespace, budget: studies.Budget) -> studies.Study:
    from medassist.experiments.tuning import tune_here

    return tune_here(options.examples, options.out, training_parameters(options), budget=budget, say=_say)


def _tune_by_jobs(options: argparse.Namespace, budget: studies.Budget) -> studies.Study:
    from medassist.experiments.tuning_job import tune_by_jobs
    from medassist.machines import Machines
    from medassist.production import deployment

    output = below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        found = deployment.resources(options.stack_name)
        return tune_by_jobs(
            options.examples,
            options.out,
            training_parameters(options),
            budget=budget,
            bucket=options.bucket or found.bucket_name,
            corpus=options.corpus_name or Path(options.examples).parent.name,
            role=found.sagemaker_role_arn,
            machines=Machines(options.instance_type),
            at_once=options.at_once,
            say=_say,
        )


def compare(options: argparse.Namespace) -> None:
    """Compare ways of searching an index, on questions whose answers are known: MedQuAD's, LiveQA-Med's, a corpus's."""
    from medassist import retrieval
    from medassist.experiments import retrieval_evaluation, retrieval_sets, retrieval_tables

    beside = _open_indexes(options.beside)
    index = retrieval.Index.load(options.index)
    systems = retrieval_evaluation.choose_systems(retrieval_evaluation.systems_of(index, beside), options.systems)
    corpus = datasets.load_corpus(options.corpus, skip_invalid=True)
    print("choosing questions", file=sys.stderr)
    rows = []
    for found in retrieval_sets.choose_sets(retrieval_sets.sets_of(corpus, options.liveqa), options.sets):
        for reason, count in found.rejected_by_reason.items():
            print(f"{found.name}: left out {count:,}, {reason}", file=sys.stderr)
        rows += retrieval_evaluation.compare_systems(found, systems, corpus, options.out, progress=True)
    print(retrieval_tables.to_text(rows))
    print(
        f"\nRuns, judgements, failures: {options.out}\nTable of results: {options.out / retrieval_evaluation.RESULTS}"
    )


def train_ranker(options: argparse.Namespace) -> None:
    """Train what ranks the first hits again, on MedQuAD's questions that no development set asks about."""
    from medassist import retrieval
    from medassist.experiments import ranker_training, retrieval_sets

    index, corpus = retrieval.Index.load(options.index), datasets.load_corpus(options.corpus, skip_invalid=True)
    sets = retrieval_sets.development_sets(corpus, options.liveqa, datasets.load_corpus(options.sample)).values()
    training = retrieval_sets.training_questions(corpus, sets)
    settings = ranker_training.RankerSettings(questions=options.questions)
    print(f"learning from up to {options.questions:,} of {len(training.questions):,} questions", file=sys.stderr)
    record = ranker_training.train_ranker(index, corpus, training, settings)
    ranker_training.write_ranker(options.out, record, ranker_training.to_card(record, list(sets), training))
    print(f"{options.out}: {len(record['trees'])} trees from {record['questions']:,} questions")


def fit_abstention(options: argparse.Namespace) -> None:
    """Fit the weights by which the assistant abstains, on development questions of MedQuAD's index and the sample's."""
    from medassist import retrieval
    from medassist.experiments import abstention_training

    corpus, sample = datasets.load_corpus(options.corpus, skip_invalid=True), datasets.load_corpus(options.sample)
    index, sample_index = retrieval.Index.load(options.index), retrieval.Index.load(options.sample_index)
    examples = abstention_training.make_examples(index, corpus, options.liveqa, sample, progress=True)
    examples += abstention_training.make_examples(sample_index, sample, progress=True)
    weights, intercept = abstention_training.fit(examples)
    print(f"Of {len(examples):,} questions, for medassist/answering/abstention.py:\n")
    print(f"INTERCEPT = {intercept}")
    print("\n".join(["WEIGHTS: Mapping[str, float] = {", *(f'    "{k}": {v},' for k, v in weights.items()), "}"]))


def fit_grounding(options: argparse.Namespace) -> None:
    """Fit the weights of a statement's support on development pairs of statement and passage."""
    from medassist.experiments import support_fitting

    given = [text.partition("=") for text in options.sets]
    if wrong := [corpus for corpus, _, folder in given if not folder]:
        raise ConfigurationError(f"{wrong[0]} names no index; write CORPUS=INDEX, such as data/sample=sample-index.")
    print(support_fitting.fit({corpus: folder for corpus, _, folder in given}, options.out))


def fit_urgency(options: argparse.Namespace) -> None:
    """Fit the points by which the screen knows an emergency where no rule does, on questions that were looked at."""
    from medassist.experiments import urgency_fitting

    print(urgency_fitting.fit_points(options.out))


def measure(options: argparse.Namespace) -> None:
    """Measure what stands between a question and its answer, on sets of which one half was kept from the rules."""
    from medassist.experiments import measures

    chosen = measures.load_measure(options.what)
    found = chosen.measure(measures.MeasureOptions(options.corpus, options.index, options.limit, tuple(options.liveqa)))
    path = measures.write_measure(options.out, options.what, found)
    print(chosen.to_text(found))
    print(f"\nFigures: {path}")


def train_encoder(options: argparse.Namespace) -> None:
    """Fine-tune the encoder on MedQuAD's questions that no development set asks about, here or by a SageMaker job."""
    from medassist import retrieval
    from medassist.experiments import encoder_pairs, encoder_training, pair_mining, retrieval_sets
    from medassist.experiments.encoder_training import EncoderSettings

    settings = EncoderSettings(options.epochs, options.batch_size, options.learning_rate, base_share=options.base_share)
    table = options.out.parent / f".{options.out.name}-pairs"
    if all((table / f"{side}.parquet").is_file() for side in encoder_pairs.SIDES):
        print(f"{table}: made before; delete it to make it anew", file=sys.stderr)
    else:
        index, corpus = retrieval.Index.load(options.index), datasets.load_corpus(options.corpus, skip_invalid=True)
        sets = retrieval_sets.development_sets(corpus, options.liveqa, datasets.load_corpus(options.sample)).values()
        training = retrieval_sets.training_questions(corpus, sets)
        print(f"making pairs of up to {options.questions:,} of {len(training.questions):,} questions", file=sys.stderr)
        pairs = pair_mining.make_pairs(index, corpus, training, pair_mining.PairSettings(options.questions))
        encoder_pairs.write_pairs(table, pairs, pair_mining.to_card(pairs, list(sets), training))
    if options.jobs:
        metrics = _train_encoder_by_job(options, table, settings)
    else:
        rows = {side: encoder_pairs.read_pairs(table / f"{side}.parquet") for side in encoder_pairs.SIDES}
        kept = options.checkpoint_dir
        metrics = encoder_training.train_encoder(
            rows, options.encoder, options.out, settings, checkpoint_dir=kept, on_line=_say
        )
    print(f"{options.out}: {metrics['name']}, validation nDCG@10 {metrics[encoder_training.METRIC]}")


def _train_encoder_by_job(options: argparse.Namespace, table: Path, settings: "EncoderSettings") -> dict[str, Any]:
    from medassist.experiments.encoder_job import run_encoder_job
    from medassist.machines import Machines
    from medassist.production import deployment

    output = below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        found = deployment.resources(options.stack_name)
        return run_encoder_job(
            table,
            options.encoder,
            options.out,
            settings,
            bucket=options.bucket or found.bucket_name,
            role=found.sagemaker_role_arn,
            machines=Machines(options.instance_type),
            on_line=_say,
        )


def _open_indexes(pairs: Sequence[str]) -> "dict[str, Index]":
    from medassist import retrieval

    indexes = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not equals or not name.replace("-", "").isalnum():
            raise ConfigurationError(f"--beside {pair!r} must look like NAME=FOLDER, NAME of letters and digits.")
        indexes[name] = retrieval.Index.load(folder)
    return indexes


def _say(line: str) -> None:
    print(line, flush=True)
