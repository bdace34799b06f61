"""The command line ``medassist``: its parser. What the commands do stands in :mod:`medassist.commands`."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medassist import __version__, commands, prompts
from medassist.encoder import BASE_MODEL, DEFAULT_MODEL
from medassist.errors import MedAssistError
from medassist.experiments import operations as experiments
from medassist.experiments.encoder_training import EncoderSettings
from medassist.experiments.measures import MEASURES
from medassist.experiments.studies import Budget
from medassist.machines import DEFAULT_INSTANCE
from medassist.production import operations, vector_operations
from medassist.training_parameters import TrainingParameters

EXAMPLES = """
examples:
  medassist run                                    the whole road on the sample corpus, in the emulated cloud
  medassist run --corpus MedQuAD-master.zip        the same on MedQuAD
  medassist serve                                  API and page from the last run
  medassist ask "Why should blood pressure be treated?"
  medassist index --corpus docs.jsonl --out my-index
  medassist search --index my-index -q "itchy rash between the fingers"
  medassist search --index my-index --queries queries.jsonl --top-k 100 --run my.run
  medassist examples --corpus docs.jsonl --index my-index --out my-examples --questions medqa.jsonl pubmedqa.json
  medassist train --examples my-examples/TABLE --out my-t5 --reading fusion --set lora_rank=8
  medassist evaluate --run my.run --qrels qrels.txt
  medassist evaluate --model my-t5 --data medqa/test.jsonl --index my-index
  medassist compare --corpus data/sample --index my-index    ways of searching, side by side
  medassist measure urgency                        is an emergency recognised, and what is taken for one?
  medassist deploy --target aws --preset dev       everything into your AWS account; shows and asks before it changes
  medassist vectors put --index my-index           into Amazon S3 Vectors: collections that a function cannot hold
  medassist user add name@example.org --target aws who may ask
  medassist destroy --target aws                   all of it away again
  medassist cost --preset prod --questions-per-day 5000
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # warns of its own metrics each time
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
    subcommands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(subcommands)
    _add_serve_and_ask(subcommands)
    _add_index(subcommands)
    _add_examples(subcommands)
    _add_train(subcommands)
    _add_tune(subcommands)
    _add_export(subcommands)
    _add_search_and_evaluate(subcommands)
    _add_compare(subcommands)
    _add_measure(subcommands)
    _add_train_ranker(subcommands)
    _add_fit_abstention(subcommands)
    _add_fit_grounding(subcommands)
    _add_fit_urgency(subcommands)
    _add_train_encoder(subcommands)
    _add_deploy(subcommands)
    _add_destroy_and_user(subcommands)
    _add_vectors(subcommands)
    _add_cost(subcommands)
    return parser


def _add_command(subcommands: Any, function: Any, example: str) -> argparse.ArgumentParser:
    summary = function.__doc__.splitlines()[0]
    parser: argparse.ArgumentParser = subcommands.add_parser(
        function.__name__.replace("_", "-"),
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


def _add_run(subcommands: Any) -> None:
    parser = _add_command(subcommands, commands.run, "medassist run --corpus MedQuAD-master.zip --set max_steps=300")
    _add_where(parser)
    parser.add_argument(
        "--corpus", type=Path, default=Path("data/sample"), help="MedQuAD .zip or folder, or JSON Lines of documents"
    )
    parser.add_argument("--question", default="", help="the question asked at the end (default: one of the corpus)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a notebook parameter")


def _add_serve_and_ask(subcommands: Any) -> None:
    for function, example in (
        (commands.serve, "medassist serve --port 8000"),
        (commands.ask, 'medassist ask "What is gout?"'),
    ):
        parser = _add_command(subcommands, function, example)
        _add_where(parser)
        parser.add_argument(
            "--corpus-name", default="", help="which corpus's index and model (default: the last run's)"
        )
        if function is commands.serve:
            parser.add_argument("--port", type=int, default=0, help="port of API and page (default: a free one)")
            parser.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")
        else:
            parser.add_argument("question", help="in plain words, at most 2,000 characters")
            parser.add_argument("--url", default="", help="address of a running API (default: one is brought up)")
            parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def _add_index(subcommands: Any) -> None:
    parser = _add_command(
        subcommands, commands.index, "medassist index --corpus MedQuAD-master.zip --out medquad-index"
    )
    parser.add_argument("--corpus", type=Path, required=True, help="MedQuAD .zip or folder, or JSON Lines of documents")
    parser.add_argument("--out", type=Path, required=True, help="folder of the index bundle, or of shards")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--shard", metavar="I/N", help="encode only the I-th of N shards, on one of N machines")
    part.add_argument("--merge", type=Path, metavar="SHARDS", help="join the shards of this folder, encode nothing")
    parser.add_argument("--encoder", default=DEFAULT_MODEL, help="or a folder or hub name (default: %(default)s)")
    parser.add_argument("--passage-words", type=int, default=180, help="words a passage at most (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder of encoder and vectors (default: beside the bundle, hidden)")
    parser.add_argument("--skip-invalid", action="store_true", help="leave invalid records out, counted")


def _add_examples(subcommands: Any) -> None:
    example = "medassist examples --corpus data/sample --index my-index --out my-examples --questions pqal.json"
    parser = _add_command(subcommands, commands.examples, example)
    parser.add_argument("--corpus", type=Path, required=True, help="a corpus, with questions if it has any")
    parser.add_argument("--index", type=Path, required=True, help="its index bundle: passages come from it")
    parser.add_argument("--out", type=Path, required=True, help="the table goes to a folder below it")
    parser.add_argument(
        "--questions",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="more questions: MedQA, MedMCQA, PubMedQA, LiveQA-Med, MedQuAD, or JSON Lines of ours",
    )
    parser.add_argument(
        "--apart", type=Path, nargs="+", default=[], metavar="FILE", help="questions that no example may resemble"
    )
    parser.add_argument("--passages", type=_positive, default=3, help="passages an example (default: %(default)s)")
    parser.add_argument(
        "--max-examples", type=_positive, default=2_000, help="for training, a source and task (default: %(default)s)"
    )
    parser.add_argument(
        "--max-held-out", type=_positive, default=400, help="validation, and test, likewise (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=13, help="default: %(default)s")


def _add_train(subcommands: Any) -> None:
    parser = _add_command(subcommands, commands.train, "medassist train --examples my-examples/TABLE --out my-t5")
    parser.add_argument("--examples", type=Path, metavar="FOLDER", help="a table that `medassist examples` made")
    parser.add_argument("--corpus", type=Path, help="in its place: a corpus with questions, of which examples are made")
    parser.add_argument("--index", type=Path, help="and its index bundle: the examples' passages come from it")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    default = TrainingParameters()
    parser.add_argument(
        "--base-model", default=default.base_model, help="fresh, compact, a hub name or a folder (default: %(default)s)"
    )
    parser.add_argument(
        "--reading", choices=prompts.READINGS, default=default.reading, help="of the passages (default: %(default)s)"
    )
    parser.add_argument("--epochs", type=_positive, default=default.epochs, help="default: %(default)s")
    parser.add_argument("--max-steps", type=int, default=default.max_steps, help="0: no limit (default: %(default)s)")
    parser.add_argument(
        "--best-metric",
        default=default.best_metric,
        help="chooses the checkpoint, as mean_score (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="default: %(default)s")
    parser.add_argument("--checkpoint-dir", type=Path, help="folder that an interrupted training goes on from")
    parser.add_argument(
        "--tracking",
        default="",
        metavar="PLACE",
        help="MLflow: a folder, http://…, or the ARN of SageMaker's server (default: mlflow beside the model)",
    )
    parser.add_argument("--recipe", type=Path, help="make a compact T5 from the beginning by this recipe")
    parser.add_argument(
        "--more-examples", type=Path, nargs="+", default=[], metavar="FOLDER", help="with --recipe: further tables"
    )
    _add_other_parameters(parser)


def _add_other_parameters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any other of medassist/training_parameters.py"
    )


def _add_tune(subcommands: Any) -> None:
    example = "medassist tune --examples my-examples/TABLE --out my-study --trials 8 --steps 120"
    parser = _add_command(subcommands, experiments.tune, example)
    parser.add_argument(
        "--examples", type=Path, required=True, metavar="FOLDER", help="as `medassist examples` made it"
    )
    parser.add_argument("--out", type=Path, required=True, help="the study goes to a folder below it")
    default, budget = TrainingParameters(), Budget()
    parser.add_argument(
        "--base-model", default=default.base_model, help="fresh, compact, a hub name or a folder (default: %(default)s)"
    )
    parser.add_argument("--trials", type=_positive, default=budget.trials, help="default: %(default)s")
    parser.add_argument("--steps", type=_positive, default=budget.steps, help="of each training (default: %(default)s)")
    parser.add_argument(
        "--repeats",
        type=_positive,
        default=budget.repeats,
        help="trainings of the default, and of the best, with other seeds (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="default: %(default)s")
    _add_other_parameters(parser)
    parser.add_argument(
        "--jobs", action="store_true", help="by SageMaker tuning jobs, in the cloud that --target names"
    )
    _add_where(parser)
    parser.add_argument("--stack-name", default="medassist", help="whose bucket and role (default: %(default)s)")
    parser.add_argument("--corpus-name", default="", help="folder of the examples in the bucket (default: theirs here)")
    parser.add_argument("--instance-type", default=DEFAULT_INSTANCE, help="of the jobs (default: %(default)s)")
    parser.add_argument("--at-once", type=_positive, default=2, help="jobs side by side (default: %(default)s)")


def _add_export(subcommands: Any) -> None:
    parser = _add_command(
        subcommands, commands.export, "medassist export --model my-t5 --check my-examples/validation.parquet"
    )
    parser.add_argument("--model", required=True, help="folder of a fine-tuned T5, or its name on a model hub")
    parser.add_argument("--out", type=Path, help="folder without the original weights (default: the model's own)")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8", help="default: %(default)s")
    parser.add_argument(
        "--check", type=Path, metavar="EXAMPLES", help="table to compare on, best the validation side (default: ours)"
    )


def _add_search_and_evaluate(subcommands: Any) -> None:
    parser = _add_command(
        subcommands, commands.search, 'medassist search --index medquad-index -q "what helps against gout?"'
    )
    parser.add_argument("--index", type=Path, required=True, help="folder of an index bundle")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-q", "--query", help="print the hits of this query")
    what.add_argument("--queries", type=Path, help='JSON Lines of {"query_id", "text"}')
    parser.add_argument("--run", type=Path, help="TREC run file to write, over document ids")
    parser.add_argument("--top-k", type=_positive, default=10, help="hits or documents a query (default: %(default)s)")
    methods = ("hybrid", "fused", "dense", "lexical")
    parser.add_argument("--method", choices=methods, default="hybrid", help="default: %(default)s")
    _add_evaluate(subcommands)


def _add_evaluate(subcommands: Any) -> None:
    example = "medassist evaluate --model my-t5 --data medqa/test.jsonl --index medquad-index --retrieval both"
    parser = _add_command(subcommands, commands.evaluate, example)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", help="a folder, endpoint:NAME, a hub's name, or 'baselines' for those alone")
    what.add_argument("--run", type=Path, help="TREC run file, to be measured against --qrels")
    parser.add_argument(
        "--data", type=Path, help="MedQA, MedMCQA, PubMedQA, LiveQA-Med, MedQuAD, JSON Lines, or examples (.parquet)"
    )
    parser.add_argument("--index", type=Path, help="index bundle: passages of questions that bring none, and support")
    parser.add_argument("--task", choices=("answer", "choose", "judge"), default="", help="default: all in the file")
    parser.add_argument("--retrieval", choices=("on", "off", "both"), default="on", help="default: %(default)s")
    parser.add_argument("--passages", type=_positive, default=0, help="of a question (default: as the model reads)")
    parser.add_argument("--held-out", action="store_true", help="of a corpus, only what training leaves out")
    parser.add_argument("--limit", type=_positive, default=0, help="questions of each task (default: all)")
    parser.add_argument("--seed", type=int, default=13, help="draws the questions (default: %(default)s)")
    parser.add_argument(
        "--engine", choices=("auto", "onnx", "transformers"), default="auto", help="auto: onnx if exported"
    )
    parser.add_argument("--threads", type=_positive, help="threads of the model (default: the engine's)")
    parser.add_argument(
        "--target", choices=("local", "aws"), default="local", help="where endpoint:NAME is (local: medassist serve)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("build/results.jsonl"), help="table that grows (default: %(default)s)"
    )
    parser.add_argument("--qrels", type=Path, help="TREC relevance judgements")
    parser.add_argument(
        "--measures",
        nargs="+",
        default=["nDCG@10", "RR@10", "AP@10", "R@10", "Success@1", "Success@5"],
        help="of --run, as ir-measures names them",
    )


def _add_compare(subcommands: Any) -> None:
    example = "medassist compare --corpus MedQuAD-master.zip --index medquad-index --liveqa TREC-2017-*-Train-*.xml"
    parser = _add_command(subcommands, experiments.compare, example)
    parser.add_argument("--corpus", type=Path, required=True, help="MedQuAD, or a corpus with judged questions")
    parser.add_argument("--index", type=Path, required=True, help="its index bundle")
    parser.add_argument(
        "--liveqa", type=Path, nargs="+", default=[], metavar="FILE", help="LiveQA-Med's training questions"
    )
    parser.add_argument(
        "--beside", action="append", default=[], metavar="NAME=FOLDER", help="another index bundle of the same corpus"
    )
    parser.add_argument("--sets", nargs="+", default=[], metavar="SET", help="only these (default: all)")
    parser.add_argument("--systems", nargs="+", default=[], metavar="SYSTEM", help="only these (default: all)")
    parser.add_argument(
        "--out", type=Path, default=Path("build/retrieval"), help="runs, judgements, results (default: %(default)s)"
    )


def _add_measure(subcommands: Any) -> None:
    parser = _add_command(subcommands, experiments.measure, "medassist measure urgency")
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--corpus", type=Path, help="MedQuAD, or a corpus with questions, where one is needed")
    parser.add_argument("--index", type=Path, help="its index bundle")
    parser.add_argument(
        "--liveqa", type=Path, nargs="+", default=[], metavar="FILE", help="LiveQA-Med's training questions"
    )
    parser.add_argument("--limit", type=_positive, default=0, help="items at most (default: all)")
    parser.add_argument(
        "--out", type=Path, default=Path("build/measures"), help="folder of WHAT.json (default: %(default)s)"
    )


def _add_train_ranker(subcommands: Any) -> None:
    example = "medassist train-ranker --corpus MedQuAD-master.zip --index medquad-index --liveqa *.xml --out ranker"
    parser = _add_command(subcommands, experiments.train_ranker, example)
    _add_learnt_from(parser)
    parser.add_argument("--questions", type=_positive, default=4000, help="to learn from (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for ranker.json and its card")


def _add_fit_abstention(subcommands: Any) -> None:
    example = "medassist fit-abstention --corpus MedQuAD-master.zip --index I --sample-index J --liveqa *.xml"
    parser = _add_command(subcommands, experiments.fit_abstention, example)
    _add_learnt_from(parser)
    parser.add_argument("--sample-index", type=Path, required=True, help="index bundle of the sample")


def _add_fit_grounding(subcommands: Any) -> None:
    example = "medassist fit-grounding data/sample=sample-index MedQuAD-master.zip=medquad-index"
    parser = _add_command(subcommands, experiments.fit_grounding, example)
    parser.add_argument("sets", nargs="+", metavar="CORPUS=INDEX", help="a corpus, and the folder of its index bundle")
    module = Path("medassist/answering/support_weights.py")
    parser.add_argument("--out", type=Path, default=module, help="the module to write (default: %(default)s)")


def _add_fit_urgency(subcommands: Any) -> None:
    parser = _add_command(subcommands, experiments.fit_urgency, "medassist fit-urgency")
    module = Path("medassist/answering/urgency_weights.py")
    parser.add_argument("--out", type=Path, default=module, help="the module to write (default: %(default)s)")


def _add_train_encoder(subcommands: Any) -> None:
    example = "medassist train-encoder --corpus MedQuAD-master.zip --index medquad-index --liveqa *.xml --out encoder"
    parser = _add_command(subcommands, experiments.train_encoder, example)
    _add_learnt_from(parser)
    default = EncoderSettings()
    parser.add_argument("--encoder", default=BASE_MODEL, help="what to start from (default: %(default)s)")
    parser.add_argument("--questions", type=_positive, default=12_000, help="to learn from (default: %(default)s)")
    parser.add_argument("--epochs", type=_positive, default=default.epochs, help="default: %(default)s")
    parser.add_argument("--batch-size", type=_positive, default=default.batch_size, help="default: %(default)s")
    parser.add_argument("--learning-rate", type=float, default=default.learning_rate, help="default: %(default)s")
    parser.add_argument(
        "--base-share", type=float, default=default.base_share, help="of the base's weights in the outcome, 0 to 1"
    )
    parser.add_argument("--checkpoint-dir", type=Path, help="an interrupted training goes on from here")
    parser.add_argument("--out", type=Path, required=True, help="folder for `medassist index --encoder`")
    parser.add_argument("--jobs", action="store_true", help="by a SageMaker training job, in the cloud of --target")
    _add_where(parser)
    parser.add_argument("--stack-name", default="medassist", help="whose bucket and role (default: %(default)s)")
    parser.add_argument("--instance-type", default=DEFAULT_INSTANCE, help="of the job (default: %(default)s)")


def _add_learnt_from(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="MedQuAD")
    parser.add_argument("--index", type=Path, required=True, help="its index bundle")
    parser.add_argument(
        "--liveqa", type=Path, nargs="+", required=True, metavar="FILE", help="LiveQA-Med's questions, held out"
    )
    parser.add_argument("--sample", type=Path, default=Path("data/sample"), help="held out too (default: %(default)s)")


def _add_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", choices=("local", "aws"), default="local", help="emulated cloud or AWS (default: local)"
    )
    parser.add_argument("--stack-name", default="medassist", help="default: %(default)s")
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: build)")


def _add_deploy(subcommands: Any) -> None:
    example = "medassist deploy --target aws --preset prod --alarm-email oncall@example.org --monthly-budget 500"
    parser = _add_command(subcommands, operations.deploy, example)
    _add_stack(parser)
    parser.add_argument("--preset", choices=("dev", "prod"), help="dev: next to nothing when idle; prod: warm, scaling")
    parser.add_argument(
        "--corpus", type=Path, default=Path("data/sample"), help="MedQuAD .zip or folder, or JSON Lines of documents"
    )
    parser.add_argument("--emergency-phone", metavar="NUMBER", help="shown with urgent symptoms (at first: 112)")
    parser.add_argument("--crisis-line", metavar="TEXT", help="shown with suicidal thoughts (at first: a directory)")
    parser.add_argument("--poison-centre", metavar="TEXT", help="shown with poisoning (at first: none by name)")
    parser.add_argument(
        "--model-words", choices=("proven", "always"), help="show the model's words where it beat baselines, or always"
    )
    parser.add_argument(
        "--redaction", choices=("rules", "comprehend-medical"), help="what finds identifiers (at first: rules)"
    )
    parser.add_argument("--alarm-email", metavar="E-MAIL", help="where alarms are mailed to (at first: nowhere)")
    parser.add_argument("--monthly-budget", metavar="USD", help="alarm at 80 %% of it (at first: none)")
    parser.add_argument("--retention-days", metavar="DAYS", help="until answers are deleted (at first: 90)")
    parser.add_argument("--index-uri", metavar="URI", help="another index than the latest, for the way back")
    parser.add_argument(
        "--index-store", choices=("bundle", "s3-vectors"), help="who searches: the function, or Amazon S3 Vectors"
    )
    parser.add_argument("--skip-notebooks", action="store_true", help="index and model are on S3 already")
    parser.add_argument("--code", type=Path, metavar="ZIP", help="the function's zip (default: it is built)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a notebook parameter")
    parser.add_argument("--yes", action="store_true", help="don't ask")


def _add_destroy_and_user(subcommands: Any) -> None:
    parser = _add_command(subcommands, operations.destroy, "medassist destroy --target aws")
    _add_stack(parser)
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser = _add_command(subcommands, operations.user, "medassist user add name@example.org --target aws")
    _add_stack(parser)
    parser.add_argument("action", choices=("add", "remove", "list", "token"))
    parser.add_argument("email", nargs="?", default="", help="whom to add or remove")


def _add_vectors(subcommands: Any) -> None:
    parser = _add_command(subcommands, vector_operations.vectors, "medassist vectors put --index my-index --target aws")
    _add_stack(parser)
    parser.add_argument("--bucket", default="", help="S3 bucket, and vector bucket (default: the stack's)")
    parser.add_argument("action", choices=("put", "list", "prune"))
    parser.add_argument("--index", type=Path, help="folder of the index bundle to put")
    parser.add_argument("--corpus-name", default="", help="whose versions to list or prune")
    parser.add_argument("--keep", type=_positive, default=2, help="versions left by prune (default: %(default)s)")


def _add_cost(subcommands: Any) -> None:
    parser = _add_command(subcommands, commands.cost, "medassist cost --preset prod --questions-per-day 5000")
    parser.add_argument("--preset", default="dev", help="dev or prod (default: %(default)s)")
    parser.add_argument("--questions-per-day", type=float, required=True, metavar="N", help="0 for the idle cost alone")
    parser.add_argument("--region", default="us-east-1", help="one of deploy/prices.json (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print every line, assumption and source as JSON")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
