"""Fine-tuning T5, and the entry point of the SageMaker training job.

:func:`fine_tune` reads examples and writes a model folder: weights, tokenizer, ``medassist.json``, ``metrics.json``
(held-out scores beside the baselines'), ``history.json`` (a row a step), ``samples.json`` (answers before and after),
``judgements.json``, ``choices.json`` and a model card. ``python -m medassist.training`` does the same from the
environment of a training job (``SM_CHANNEL_TRAIN`` …); :mod:`medassist.training_job` starts such jobs. Both run under
``torchrun`` as well, on any number of machines. The loop itself is in :mod:`medassist.trainer`.
"""

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from medassist import baselines, held_out, prompts
from medassist.base_models import base_folder, base_name, load_base
from medassist.engines.manifest import ONNX_FOLDER
from medassist.errors import MedAssistError, TrainingError
from medassist.example_table import Example, read_examples, read_passages
from medassist.generation import Generator, ModelSettings
from medassist.jobs import LINE_START
from medassist.machines import wait_politely
from medassist.model_card import write_card
from medassist.model_settings import SETTINGS_FILE
from medassist.trainer import Trained, rank, train_model
from medassist.training_batches import tokenise_examples
from medassist.training_loop import processes
from medassist.training_parameters import EVAL_LOSS, FRESH, TrainingParameters

HISTORY_FILE, METRICS_FILE, SAMPLES_FILE, CARD_FILE = "history.json", "metrics.json", "samples.json", "model_card.md"
JUDGEMENTS_FILE, CHOICES_FILE = "judgements.json", "choices.json"
_SHOWN = 5  # answers before and after in samples.json

BASE_CHANNEL = "channel"  # as base_model: the folder in the channel base_model
FOLDERS = {
    "train": "SM_CHANNEL_TRAIN",
    "validation": "SM_CHANNEL_VALIDATION",
    "test": "SM_CHANNEL_TEST",
    "passages": "SM_CHANNEL_PASSAGES",
    "base": "SM_CHANNEL_BASE_MODEL",
    "out": "SM_MODEL_DIR",
}
_NEEDED = ("train", "validation", "passages", "out")

# Regular expressions with which SageMaker reads metrics from the lines that training prints.
METRIC_DEFINITIONS = {
    name: rf"\b{name}=([0-9.eE+-]+)"
    for name in (
        "train_loss",
        "learning_rate",
        EVAL_LOSS,
        *(f"{EVAL_LOSS}_{task}" for task in prompts.TASKS),
        *held_out.SCORES,
    )
}


def fine_tune(
    train: Sequence[Example],
    validation: Sequence[Example],
    texts: Sequence[str],
    out: str | Path,
    parameters: TrainingParameters,
    *,
    test: Sequence[Example] = (),
    name: str = "",
    checkpoint_dir: str | Path | None = None,
    on_line: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Fine-tune T5 on examples and write a model folder.

    Under ``torchrun`` every process calls it with the same arguments; process 0 evaluates, speaks and writes.

    Parameters
    ----------
    train, validation : sequence of Example
        The validation examples choose the best checkpoint.
    texts : sequence of str
        Passages that the tokenizer for fresh weights is trained on; a pretrained base does not use them.
    out : str or Path
        The model folder; what was there is replaced when all is done, not before.
    parameters : TrainingParameters
        Everything that decides the outcome. The same examples and parameters give the same weights on one machine.
    test : sequence of Example
        Gives the held-out scores; without it the validation examples do.
    name : str
        What the model is called in answers; made from the base model's name if empty.
    checkpoint_dir : str or Path, optional
        Where the state of the training is kept, and where an interrupted one with the same examples, base model and
        parameters is taken up again. It ends as if it had not been interrupted.
    on_line : callable
        Gets each line of progress: ``step=20 train_loss=5.1234 …``.

    Returns
    -------
    dict
        The content of ``metrics.json``; in other processes than 0 it is empty.

    Raises
    ------
    TrainingError
        If there are no examples on one side, the base model cannot be loaded, the loss is not a number, or the
        processes cannot share a batch.
    """
    wait_politely()
    import transformers

    if not train or not validation:
        raise TrainingError(
            f"There are {len(train)} training and {len(validation)} validation examples; each side needs one at least."
        )
    started, first = time.monotonic(), rank() == 0
    say = on_line if first else _say_nothing
    transformers.set_seed(parameters.seed)
    model, tokenizer = load_base(parameters, texts)
    generator = Generator.wrap(model, tokenizer, _settings(parameters, name))
    size = {"parameters": model.num_parameters(), "vocabulary": len(tokenizer)}
    say(f"base_model={parameters.base_model} {_as_line(size)} processes={processes()}")
    shown = [example for example in validation if example.task == prompts.ANSWER]
    shown = held_out.pick_examples(shown, _SHOWN if first else 0)
    before = held_out.respond(generator, shown)
    sides = {"train": train, "validation": validation} | ({"test": test} if test else {})
    trained = _train(model, tokenizer, generator, sides, parameters, checkpoint_dir, say)
    if not first:
        return {}
    model.eval()
    outcome = _measure(generator, sides, parameters, trained, size)
    after = held_out.respond(generator, shown)
    outcome.files[SAMPLES_FILE] = [
        {"question": example.question, "target": example.target, "before": old.text, "after": new.text}
        for example, old, new in zip(shown, before, after, strict=True)
    ]
    outcome.metrics["seconds"] = round(time.monotonic() - started, 1)
    say(_as_line({EVAL_LOSS: trained.best[EVAL_LOSS], **outcome.metrics}))
    _write_model(Path(out), model, tokenizer, outcome)
    return outcome.metrics


def _train(
    model: Any,
    tokenizer: Any,
    generator: Generator,
    sides: Mapping[str, Sequence[Example]],
    parameters: TrainingParameters,
    checkpoint_dir: str | Path | None,
    say: Callable[[str], None],
) -> Trained:
    """Train in place, watched by the scores of some validation examples."""
    watched = held_out.pick_examples(sides["validation"], parameters.held_out)
    return train_model(
        model,
        tokenizer,
        tokenise_examples(sides["train"], tokenizer, parameters),
        tokenise_examples(sides["validation"], tokenizer, parameters),
        parameters,
        score=lambda: held_out.score_model(generator, watched),
        checkpoint_dir=Path(checkpoint_dir) if checkpoint_dir else None,
        on_line=say,
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is written beside the weights; ``files`` holds the content of JSON files by their names."""

    settings: ModelSettings
    metrics: dict[str, Any]
    files: dict[str, Any]
    card: str


def _measure(
    generator: Generator,
    sides: Mapping[str, Sequence[Example]],
    parameters: TrainingParameters,
    trained: Trained,
    size: Mapping[str, int],
) -> _Outcome:
    """Hold the trained model against the baselines, on the test side if there is one."""
    side = list(sides)[-1]
    examples = held_out.pick_examples(sides[side], parameters.held_out)
    answers = held_out.respond(generator, examples)
    majority = baselines.majority_judgement(e.target for e in sides["train"] if e.task == prompts.JUDGE)
    results = held_out.compare(examples, answers, majority=majority)
    settings = replace(generator.settings, baseline_tasks=held_out.baseline_tasks(results))
    metrics = {
        "model": settings.name,
        "base_model": settings.base_model,
        **size,
        "examples": {name: dict(Counter(example.task for example in rows)) for name, rows in sides.items()},
        "steps": trained.history[-1]["step"],
        "best_step": trained.best_step,
        "validation_loss": trained.best[EVAL_LOSS],
        "held_out_side": side,
        "baseline_tasks": list(settings.baseline_tasks),
        **held_out.to_metrics(results),
    }
    files = {
        HISTORY_FILE: trained.history,
        JUDGEMENTS_FILE: held_out.judgements(examples, answers),
        CHOICES_FILE: held_out.choices(examples, answers),
    }
    return _Outcome(settings, metrics, files, write_card(settings, parameters, metrics, results))


def _say_nothing(line: str) -> None:
    """What the other processes than 0 have to say."""


def _as_line(values: Mapping[str, Any]) -> str:
    """The numbers among values as ``name=value``."""
    numbers = {name: value for name, value in values.items() if isinstance(value, int | float)}
    return " ".join(
        f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}" for name, value in numbers.items()
    )


def _settings(parameters: TrainingParameters, name: str) -> ModelSettings:
    base = base_name(parameters)
    return ModelSettings(
        name=name or base.rpartition("/")[2],
        base_model=f"{base} (fresh weights)" if parameters.base_model == FRESH else base,
        max_input_tokens=parameters.input_tokens,
        max_passages=parameters.max_passages,
        reading=parameters.reading,
        **_inherited(parameters),
    )


def _inherited(parameters: TrainingParameters) -> dict[str, Any]:
    """What a base model of our own hands down: ours copies names of many word pieces, and must not be kept from it."""
    folder = base_folder(parameters)
    if not folder or not (folder / SETTINGS_FILE).is_file():
        return {}
    return {"no_repeat_ngram": ModelSettings.read(folder).no_repeat_ngram}


def _write_model(out: Path, model: Any, tokenizer: Any, outcome: _Outcome) -> None:
    """Write everything next to ``out``, then move the files in (SageMaker's model folder cannot be renamed itself)."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.parent) as temporary:
        folder = Path(temporary)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        outcome.settings.write(folder)
        for file_name, value in {METRICS_FILE: outcome.metrics, **outcome.files}.items():
            (folder / file_name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / CARD_FILE).write_text(outcome.card, encoding="utf-8")
        shutil.rmtree(out / ONNX_FOLDER, ignore_errors=True)  # an export of the weights that were there before
        for path in folder.iterdir():
            shutil.move(path, out / path.name)


# ---- Entry point ------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Train as a SageMaker training job does; return the exit status.

    Folders come from ``SM_CHANNEL_TRAIN``, ``SM_CHANNEL_VALIDATION``, ``SM_CHANNEL_PASSAGES`` (``SM_CHANNEL_TEST`` if
    there is a test side, ``SM_CHANNEL_BASE_MODEL`` for ``--base_model channel``) and ``SM_MODEL_DIR``, or from options
    of the same meaning; each holds ``<name>.parquet``. Hyper-parameters are options. An error's sentence goes to stderr
    and to ``SM_OUTPUT_FAILURE``, from where SageMaker takes the job's failure reason.
    """
    logging.basicConfig(level=logging.WARNING)
    wait_politely()
    if interface := os.environ.get("SM_NETWORK_INTERFACE_NAME"):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", interface)  # the SDK's driver names it to NCCL only
    try:
        _train_from(_parse(argv))
    except MedAssistError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        if failure := os.environ.get("SM_OUTPUT_FAILURE"):
            Path(failure).write_text(str(error), encoding="utf-8")
        return 1
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m medassist.training", description="Fine-tune T5 on examples and write a model folder."
    )
    for option, variable in FOLDERS.items():
        parser.add_argument(f"--{option}", default=os.environ.get(variable, ""), help=f"folder; default ${variable}")
    parser.add_argument("--name", default="", help="what the model is called in answers")
    parser.add_argument("--checkpoint_dir", default="", help="folder that an interrupted training goes on from")
    for field in fields(TrainingParameters):
        kind: Any = _true_or_false if isinstance(field.default, bool) else type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default, help=f"default {field.default}")
    return parser.parse_args(argv)


def _true_or_false(text: str) -> bool:
    """What SageMaker makes of a boolean hyper-parameter: a word."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _train_from(options: argparse.Namespace) -> None:
    from transformers.utils import logging as transformers_logging

    quieten: Any = transformers_logging  # its bars and notes would drown the lines that are waited for
    quieten.set_verbosity_error()
    quieten.disable_progress_bar()
    given = vars(options)
    for option in _NEEDED:
        if not given[option]:
            raise TrainingError(f"There is no folder for {option}; give --{option} or set {FOLDERS[option]}.")
    parameters = TrainingParameters(**{field.name: given[field.name] for field in fields(TrainingParameters)})
    if parameters.base_model == BASE_CHANNEL:
        if not options.base:
            raise TrainingError(f"base_model is {BASE_CHANNEL!r}, but there is no channel base_model; add it.")
        parameters = replace(parameters, base_model=options.base)
    fine_tune(
        read_examples(Path(options.train) / "train.parquet"),
        read_examples(Path(options.validation) / "validation.parquet"),
        read_passages(Path(options.passages) / "passages.parquet"),
        options.out,
        parameters,
        test=read_examples(Path(options.test) / "test.parquet") if options.test else (),
        name=options.name,
        checkpoint_dir=options.checkpoint_dir,
        on_line=lambda line: print(LINE_START + line, flush=True),
    )


if __name__ == "__main__":
    raise SystemExit(main())
