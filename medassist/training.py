"""Fine-tuning T5, and the entry point of the SageMaker training job.

:func:`fine_tune` reads examples and writes a model folder: weights, tokenizer, ``medassist.json``, ``metrics.json``,
``history.json``, ``samples.json`` and a model card. ``python -m medassist.training`` does the same from the
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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from medassist import prompts
from medassist.base_models import COMPACT_NAME, load_base
from medassist.errors import MedAssistError, TrainingError
from medassist.evaluation import rouge_l, token_f1
from medassist.examples import Example, leading_sentences, read_examples, read_passages
from medassist.generation import Generator, ModelSettings
from medassist.jobs import LINE_START
from medassist.trainer import processes, rank, train_model
from medassist.training_batches import tokenise_examples
from medassist.training_parameters import COMPACT, FRESH
from medassist.training_parameters import TrainingParameters as TrainingParameters

logger = logging.getLogger(__name__)

HISTORY_FILE, METRICS_FILE, SAMPLES_FILE, CARD_FILE = "history.json", "metrics.json", "samples.json", "model_card.md"

BASE_CHANNEL = "channel"  # as base_model: the folder in the channel base_model
FOLDERS = {
    "train": "SM_CHANNEL_TRAIN",
    "validation": "SM_CHANNEL_VALIDATION",
    "passages": "SM_CHANNEL_PASSAGES",
    "base": "SM_CHANNEL_BASE_MODEL",
    "out": "SM_MODEL_DIR",
}

# Regular expressions with which SageMaker reads metrics from the lines that training prints.
METRIC_DEFINITIONS = {
    name: rf"\b{name}=([0-9.eE+-]+)"
    for name in ("train_loss", "eval_loss", "learning_rate", "token_f1", "rouge_l", "choose_accuracy")
}


# ---- Fine-tuning ------------------------------------------------------------------------------------------------


def fine_tune(
    train: Sequence[Example],
    validation: Sequence[Example],
    texts: Sequence[str],
    out: str | Path,
    parameters: TrainingParameters,
    *,
    name: str = "",
    checkpoint_dir: str | Path | None = None,
    on_line: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Fine-tune T5 on examples and write a model folder.

    Under ``torchrun`` every process calls it with the same arguments; process 0 evaluates, speaks and writes.

    Parameters
    ----------
    train, validation : sequence of Example
        The validation examples choose the best checkpoint and give the held-out scores.
    texts : sequence of str
        Passages that the compact model's tokenizer is trained on; a pretrained base does not use them.
    out : str or Path
        The model folder; what was there is replaced when all is done, not before.
    parameters : TrainingParameters
        Everything that decides the outcome. The same examples and parameters give the same weights on one machine.
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
    settings = _settings(parameters, name)
    parameter_count = model.num_parameters()
    size = f"parameters={parameter_count} vocabulary={len(tokenizer)}"
    say(f"base_model={parameters.base_model} {size} processes={processes()}")
    generator = Generator.wrap(model, tokenizer, settings)
    shown = _to_show(validation) if first else []
    before = [_write_answer(generator, example) for example in shown]
    kept = Path(checkpoint_dir) if checkpoint_dir else None
    learnt, held_out = (tokenise_examples(side, tokenizer, parameters) for side in (train, validation))
    trained = train_model(model, tokenizer, learnt, held_out, parameters, checkpoint_dir=kept, on_line=say)
    if not first:
        return {}
    model.eval()
    metrics: dict[str, Any] = {
        "model": settings.name,
        "base_model": parameters.base_model,
        "parameters": parameter_count,
        "vocabulary": len(tokenizer),
        "examples": _count_examples(train, validation),
        "steps": trained.history[-1]["step"],
        "validation_loss": trained.best["eval_loss"],
        **score_held_out(generator, validation, parameters.held_out),
        "seconds": round(time.monotonic() - started, 1),
    }
    say(" ".join(f"{key}={value:.4f}" for key, value in metrics.items() if isinstance(value, float)))
    samples = [
        {
            "question": example.question,
            "target": example.target,
            "before": old,
            "after": _write_answer(generator, example),
        }
        for example, old in zip(shown, before, strict=True)
    ]
    _write_model(Path(out), model, tokenizer, settings, parameters, metrics, trained.history, samples)
    return metrics


def _say_nothing(line: str) -> None:
    """What the other processes than 0 have to say."""


def wait_politely() -> None:
    """Let threads of PyTorch that wait for others sleep. It must be called before PyTorch is first imported.

    By default they spin: on 2 cores with other work at hand, 24 steps took 109 to 145 s that way, 28 s with sleeping
    and 24 s with one thread.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _settings(parameters: TrainingParameters, name: str) -> ModelSettings:
    own = {FRESH: f"{COMPACT_NAME} (fresh weights)", COMPACT: COMPACT_NAME}
    return ModelSettings(
        name=name or (COMPACT_NAME if parameters.base_model in own else Path(parameters.base_model).name),
        base_model=own.get(parameters.base_model, parameters.base_model),
        max_input_tokens=parameters.input_tokens,
        max_passages=parameters.max_passages,
        reading=parameters.reading,
    )


def _write_model(
    out: Path,
    model: Any,
    tokenizer: Any,
    settings: ModelSettings,
    parameters: TrainingParameters,
    metrics: dict[str, Any],
    history: list[dict[str, float]],
    samples: list[dict[str, str]],
) -> None:
    """Write everything next to ``out``, then move the files in (SageMaker's model folder cannot be renamed itself)."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.parent) as temporary:
        folder = Path(temporary)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        settings.write(folder)
        stored = {METRICS_FILE: metrics, HISTORY_FILE: history, SAMPLES_FILE: samples}
        for file_name, value in stored.items():
            (folder / file_name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / CARD_FILE).write_text(_card(settings, parameters, metrics), encoding="utf-8")
        for path in folder.iterdir():
            shutil.move(path, out / path.name)


# ---- Held-out scores --------------------------------------------------------------------------------------------


def score_held_out(generator: Generator, examples: Sequence[Example], limit: int) -> dict[str, float]:
    """Score a model on up to ``limit`` held-out examples of each task, beside what costs nothing.

    Returns
    -------
    dict of str to float
        ``token_f1`` and ``rouge_l`` of greedy answers against the targets, the same with ``lead_`` for the leading
        sentences of the first passage;
        ``choose_accuracy``, with ``choose_chance`` for guessing; ``scored_answers`` and ``scored_choices``.
        A task without examples has no scores.
    """
    answers = [example for example in examples if example.task == prompts.ANSWER][:limit]
    choices = [example for example in examples if example.task == prompts.CHOOSE][:limit]
    scores: dict[str, float] = {"scored_answers": len(answers), "scored_choices": len(choices)}
    if answers:
        texts = [_write_answer(generator, example) for example in answers]
        leads = [leading_sentences(example.passages[0].text) for example in answers]
        for prefix, candidates in (("", texts), ("lead_", leads)):
            pairs = [(text, example.target) for text, example in zip(candidates, answers, strict=True)]
            scores[f"{prefix}token_f1"] = _mean(token_f1(*pair) for pair in pairs)
            scores[f"{prefix}rouge_l"] = _mean(rouge_l(*pair) for pair in pairs)
    if choices:
        scores["choose_accuracy"] = _mean(
            generator.choose(e.question, e.passages, e.options).choice == e.correct for e in choices
        )
        scores["choose_chance"] = _mean(1 / len(example.options) for example in choices)
    return scores


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _write_answer(generator: Generator, example: Example) -> str:
    return generator.generate(example.question, example.passages).text


def _to_show(examples: Sequence[Example], count: int = 5) -> list[Example]:
    answers = [example for example in examples if example.task == prompts.ANSWER]
    return answers[:: max(1, len(answers) // count)][:count]


def _count_examples(train: Sequence[Example], validation: Sequence[Example]) -> dict[str, dict[str, int]]:
    return {
        split: dict(Counter(example.task for example in examples))
        for split, examples in (("train", train), ("validation", validation))
    }


def _card(settings: ModelSettings, parameters: TrainingParameters, metrics: dict[str, Any]) -> str:
    """The model card: what it is, what it was trained on, how well it does, what it must not be used for."""
    compact = parameters.base_model == FRESH
    origin = (
        f"A T5 of our own shape (3 + 3 layers, width 192, {metrics['parameters']:,} parameters, "
        f"{metrics['vocabulary']:,} word pieces) that started from random weights. "
        "It has read nothing but the training examples below."
        if compact
        else f"`{parameters.base_model}` ({metrics['parameters']:,} parameters), fine-tuned on the examples below."
    )
    weakness = (
        "It is far too small and too little trained to write medical text: its sentences may be garbled, wrong or made "
        "up. It exists so that every step from training to serving runs without a model hub."
        if compact
        else "Its sentences may be wrong or made up."
    )
    numbers = {key: value for key, value in metrics.items() if isinstance(value, int | float)}
    rows = [
        f"| {key} | {value:,}" if isinstance(value, int) else f"| {key} | {value:.3f}" for key, value in numbers.items()
    ]
    table = "\n".join(f"{row} |" for row in rows)
    chosen = "\n".join(f"- {key}: {value}" for key, value in asdict(parameters).items())
    return f"""# {settings.name}

{origin}

## Use

It answers consumer-health questions from passages that were retrieved for them, and chooses among given options, inside
medassist, which shows nothing of it that the passages do not support. It is for research and teaching, not for
diagnosis, treatment or triage. {weakness}

## Data

Questions with reference answers and the passages that medassist's own index finds for them; examples by task:
{json.dumps(metrics["examples"])}. The target of an answer is its leading sentences, of a choice the correct option's
text. Validation questions are about other topics than training questions.

## Held-out scores

`lead_…` is the score of simply quoting the first passage's beginning, `choose_chance` that of guessing. A model that
does not beat them should not be preferred to them.

| measure | value |
| --- | --- |
{table}

## Parameters

{chosen}
"""


# ---- Entry point ------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Train as a SageMaker training job does; return the exit status.

    Folders come from ``SM_CHANNEL_TRAIN``, ``SM_CHANNEL_VALIDATION``, ``SM_CHANNEL_PASSAGES`` (and
    ``SM_CHANNEL_BASE_MODEL`` for ``--base_model channel``) and ``SM_MODEL_DIR``, or from options of the same meaning;
    hyper-parameters are options. An error's sentence goes to stderr and to ``SM_OUTPUT_FAILURE``, from where
    SageMaker takes the job's failure reason.
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
        kind = type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default, help=f"default {field.default}")
    return parser.parse_args(argv)


def _train_from(options: argparse.Namespace) -> None:
    from transformers.utils import logging as transformers_logging

    quieten: Any = transformers_logging  # its bars and notes would drown the lines that are waited for
    quieten.set_verbosity_error()
    quieten.disable_progress_bar()
    given = vars(options)
    for option in ("train", "validation", "passages", "out"):
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
        name=options.name,
        checkpoint_dir=options.checkpoint_dir,
        on_line=lambda line: print(LINE_START + line, flush=True),
    )


if __name__ == "__main__":
    raise SystemExit(main())
