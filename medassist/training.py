"""Fine-tuning T5, and the entry point of the SageMaker training job.

:func:`fine_tune` reads examples and writes a model folder: weights, tokenizer, ``medassist.json``, ``metrics.json``,
``history.json``, ``samples.json`` and a model card. ``python -m medassist.training`` does the same from the
environment of a training job (``SM_CHANNEL_TRAIN`` …); :mod:`medassist.training_job` starts such jobs.
"""

import argparse
import json
import logging
import math
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from medassist import prompts
from medassist.errors import MedAssistError, TrainingError
from medassist.evaluation import rouge_l, token_f1
from medassist.examples import Example, leading_sentences, read_examples, read_passages
from medassist.generation import Generator, ModelSettings, TransformersEngine, character_spans

logger = logging.getLogger(__name__)

COMPACT = "compact"
COMPACT_NAME = "medassist-t5-compact"
EXTRA_IDS = 100  # T5's sentinel tokens, kept so that span corruption can come later
HISTORY_FILE, METRICS_FILE, SAMPLES_FILE, CARD_FILE = "history.json", "metrics.json", "samples.json", "model_card.md"

LINE_START = "medassist: "  # of the lines that a job prints for those who wait for it
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


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """Hyper-parameters, the reason beside each default. Each is an option of ``python -m medassist.training``."""

    base_model: str = COMPACT  # "compact" (fresh weights, needs no network), a hub name or a local folder
    seed: int = 13
    epochs: int = 6  # more does not help the sample's small set: its training loss falls, the validation loss doesn't
    max_steps: int = 240  # so that a large corpus does not take longer than some minutes on 2 cores; 0: no limit
    max_minutes: float = 0.0  # stops training (not the job) after that; 0: no limit. Costs repeatability
    batch_size: int = 8
    learning_rate: float = 0.0  # 0: 4e-3 for fresh weights, 3e-4 for a pretrained base
    warmup: float = 0.1  # part of the steps in which the learning rate rises
    weight_decay: float = 0.01
    evaluations: int = 6  # how often the validation loss is taken
    max_input_tokens: int = 0  # 0: 256 for the compact T5, whose training must be short; 512 for a pretrained base
    max_target_tokens: int = 96  # 48 words and room for rare ones
    max_passages: int = 3  # more would be cut too short within max_input_tokens
    vocabulary_size: int = 6_000  # of the compact tokenizer; larger ones leave rare pieces untrained
    held_out: int = 24  # held-out examples of each task that are answered for the metrics
    precision: str = "auto"  # "fp32", "bf16", or "auto": bf16 where a GPU has it. Never fp16: T5 overflows in it

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        TrainingError
            With the name, the value and what is allowed.
        """
        for name in ("epochs", "batch_size", "evaluations", "max_target_tokens", "max_passages"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least 1.")
        for name in ("max_steps", "max_minutes", "learning_rate", "weight_decay", "held_out", "max_input_tokens"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must not be negative.")
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup is {self.warmup}, but must be a part of the steps, from 0 to below 1.")
        if self.precision not in ("auto", "fp32", "bf16"):
            raise TrainingError(f"precision is {self.precision!r}; use auto, fp32 or bf16 (fp16 overflows in T5).")

    @property
    def peak_learning_rate(self) -> float:
        """The learning rate after warm-up."""
        if self.learning_rate:
            return self.learning_rate
        return 4e-3 if self.base_model == COMPACT else 3e-4

    @property
    def input_tokens(self) -> int:
        """The token budget of one input."""
        return self.max_input_tokens or (256 if self.base_model == COMPACT else 512)


# ---- The compact T5 ---------------------------------------------------------------------------------------------


def train_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Any:
    """Train a T5 tokenizer (Unigram pieces as SentencePiece makes them) on texts.

    Parameters
    ----------
    texts : iterable of str
        What the model will read.
    vocabulary_size : int
        Pieces, the three special tokens included and the 100 extra ids not. Few texts give fewer.

    Returns
    -------
    transformers.T5Tokenizer
        ``<pad>`` is 0, ``</s>`` 1, ``<unk>`` 2, the extra ids come last. The same texts give the same tokenizer.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import T5Tokenizer

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary_size,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        initial_alphabet=[chr(code) for code in range(33, 127)],  # prompts must never turn into <unk>
        show_progress=False,
    )
    tokenizer.train_from_iterator((prompts.clean(text) for text in texts), trainer)
    pieces = json.loads(tokenizer.to_str())["model"]["vocab"]
    return T5Tokenizer(vocab=_in_fixed_order(pieces), extra_ids=EXTRA_IDS, clean_up_tokenization_spaces=False)


def _in_fixed_order(pieces: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The trainer's pieces in an order that does not change from run to run.

    Characters that must be there but earned no score of their own come from the trainer in the random order of a hash
    table, with scores from the least of all upwards in steps of 0.0001. They get one score, below all others.
    """
    special = [(piece, 0.0) for piece, _ in pieces[:3]]
    learnt = [(piece, round(score, 6)) for piece, score in pieces[3:]]
    lowest = min((score for _, score in learnt), default=0.0)
    unscored = lowest + 1e-4 * (1 + sum(len(piece) == 1 for piece, _ in learnt))
    learnt = [(piece, lowest - 1 if len(piece) == 1 and score <= unscored else score) for piece, score in learnt]
    return special + sorted(learnt, key=lambda item: (-item[1], item[0]))


def compact_config(vocabulary_size: int) -> Any:
    """Return the shape of the compact T5: 3 + 3 layers of width 192, about 3.8 million parameters with 6,000 pieces."""
    from transformers import T5Config

    shape: dict[str, Any] = {"d_model": 192, "d_kv": 32, "d_ff": 384, "num_layers": 3, "num_heads": 6}
    shape["decoder_start_token_id"] = 0
    return T5Config(
        vocab_size=math.ceil(vocabulary_size / 64) * 64,  # matrix products like multiples of 64
        feed_forward_proj="gated-gelu",
        dropout_rate=0.1,
        **shape,
    )


def _load_base(parameters: TrainingParameters, texts: Sequence[str]) -> tuple[Any, Any]:
    """The base model and its tokenizer, in float32."""
    import torch
    from transformers import AutoConfig, AutoTokenizer, T5ForConditionalGeneration

    if parameters.base_model == COMPACT:
        tokenizer = train_tokenizer(texts, parameters.vocabulary_size)
        return T5ForConditionalGeneration(compact_config(len(tokenizer))), tokenizer
    name = parameters.base_model
    try:
        model_type = AutoConfig.from_pretrained(name).model_type
        if model_type != "t5":
            raise TrainingError(f"The base model {name!r} is a {model_type!r} model; name a T5 or Flan-T5 model.")
        tokenizer = AutoTokenizer.from_pretrained(name)
        return T5ForConditionalGeneration.from_pretrained(name, dtype=torch.float32), tokenizer
    except TrainingError:
        raise
    except Exception as error:  # hub, network and parsers raise many kinds
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise TrainingError(
            f"The base model {name!r} cannot be loaded ({reason}); check the name and the network, give the path of a "
            f"local folder, or use base_model={COMPACT!r}, which needs no network."
        ) from error


# ---- Fine-tuning ------------------------------------------------------------------------------------------------


def fine_tune(
    train: Sequence[Example],
    validation: Sequence[Example],
    texts: Sequence[str],
    out: str | Path,
    parameters: TrainingParameters,
    *,
    name: str = "",
    on_line: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Fine-tune T5 on examples and write a model folder.

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
    on_line : callable
        Gets each line of progress: ``step=20 train_loss=5.1234 …``.

    Returns
    -------
    dict
        The content of ``metrics.json``.

    Raises
    ------
    TrainingError
        If there are no examples on one side, the base model cannot be loaded, or the loss is not a number.
    """
    wait_politely()
    import transformers

    if not train or not validation:
        raise TrainingError(
            f"There are {len(train)} training and {len(validation)} validation examples; each side needs one at least."
        )
    started = time.monotonic()
    transformers.set_seed(parameters.seed)
    model, tokenizer = _load_base(parameters, texts)
    settings = _settings(parameters, name)
    parameter_count = model.num_parameters()
    on_line(f"base_model={parameters.base_model} parameters={parameter_count} vocabulary={len(tokenizer)}")
    generator = Generator(TransformersEngine.wrap(model, tokenizer, no_repeat_ngram=settings.no_repeat_ngram), settings)
    shown = _to_show(validation)
    before = [_write_answer(generator, example) for example in shown]
    history, best_loss = _train(model, tokenizer, train, validation, parameters, settings, on_line)
    model.eval()
    metrics: dict[str, Any] = {
        "model": settings.name,
        "base_model": parameters.base_model,
        "parameters": parameter_count,
        "vocabulary": len(tokenizer),
        "examples": _count_examples(train, validation),
        "steps": history[-1]["step"],
        "validation_loss": best_loss,
        **score_held_out(generator, validation, parameters.held_out),
        "seconds": round(time.monotonic() - started, 1),
    }
    on_line(" ".join(f"{key}={value:.4f}" for key, value in metrics.items() if isinstance(value, float)))
    samples = [
        {
            "question": example.question,
            "target": example.target,
            "before": old,
            "after": _write_answer(generator, example),
        }
        for example, old in zip(shown, before, strict=True)
    ]
    _write_model(Path(out), model, tokenizer, settings, parameters, metrics, history, samples)
    return metrics


def wait_politely() -> None:
    """Let threads of PyTorch that wait for others sleep. It must be called before PyTorch is first imported.

    By default they spin: on 2 cores with other work at hand, 24 steps took 109 to 145 s that way, 28 s with sleeping
    and 24 s with one thread.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _settings(parameters: TrainingParameters, name: str) -> ModelSettings:
    base = COMPACT_NAME if parameters.base_model == COMPACT else Path(parameters.base_model).name
    return ModelSettings(
        name=name or base,
        base_model=f"{COMPACT_NAME} (fresh weights)" if parameters.base_model == COMPACT else parameters.base_model,
        max_input_tokens=parameters.input_tokens,
        max_passages=parameters.max_passages,
    )


def tokenise_examples(examples: Iterable[Example], tokenizer: Any, parameters: TrainingParameters) -> Any:
    """Return a list with ``input_ids`` and ``labels`` of each example, built as serving builds them."""

    def spans(text: str) -> Sequence[tuple[int, int]]:
        return character_spans(tokenizer, text)

    features = []
    for example in examples:
        text = prompts.concatenate(
            example.question,
            example.passages[: parameters.max_passages],
            spans,
            max_tokens=parameters.input_tokens,
            options=example.options,
        )
        labels = tokenizer(example.target, truncation=True, max_length=parameters.max_target_tokens)["input_ids"]
        features.append({"input_ids": tokenizer(text, verbose=False)["input_ids"], "labels": labels})
    return features


def _train(
    model: Any,
    tokenizer: Any,
    train: Sequence[Example],
    validation: Sequence[Example],
    parameters: TrainingParameters,
    settings: ModelSettings,
    on_line: Callable[[str], None],
) -> tuple[list[dict[str, float]], float]:
    """Train in place; leaves the best checkpoint's weights in ``model``. Returns the history and the best loss."""
    from transformers import DataCollatorForSeq2Seq, PrinterCallback, Seq2SeqTrainer

    steps = count_steps(len(train), parameters)
    with tempfile.TemporaryDirectory(prefix="medassist-checkpoints-") as folder:
        trainer = Seq2SeqTrainer(
            model=model,
            args=_trainer_arguments(folder, steps, parameters),
            train_dataset=tokenise_examples(train, tokenizer, parameters),
            eval_dataset=tokenise_examples(validation, tokenizer, parameters),
            data_collator=DataCollatorForSeq2Seq(tokenizer, model=model),
            processing_class=tokenizer,
            callbacks=[_reporter(steps, parameters.max_minutes, on_line)],
        )
        trainer.remove_callback(PrinterCallback)
        first = trainer.evaluate()["eval_loss"]
        trainer.train()
        history, best = _to_history(first, trainer.state.log_history), trainer.state.best_metric
    if best is None or not math.isfinite(best):
        raise TrainingError(f"The validation loss is {best}, not a number; lower the learning rate.")
    return history, best


def count_steps(examples: int, parameters: TrainingParameters) -> int:
    """Return how many optimiser steps training takes: the epochs' steps, or ``max_steps`` if that is less."""
    steps = math.ceil(examples / parameters.batch_size) * parameters.epochs
    return min(steps, parameters.max_steps) if parameters.max_steps else steps


def _trainer_arguments(folder: str, steps: int, parameters: TrainingParameters) -> Any:
    import torch
    from transformers import Seq2SeqTrainingArguments

    every = math.ceil(steps / parameters.evaluations)
    return Seq2SeqTrainingArguments(
        output_dir=folder,
        seed=parameters.seed,
        data_seed=parameters.seed,
        max_steps=steps,
        per_device_train_batch_size=parameters.batch_size,
        per_device_eval_batch_size=2 * parameters.batch_size,
        train_sampling_strategy="group_by_length",  # 2.4 times the tokens a second of fixed padding
        optim="adamw_torch",
        learning_rate=parameters.peak_learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(parameters.warmup * steps),
        weight_decay=parameters.weight_decay,
        bf16=_use_bf16(parameters.precision),
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=1,
        save_only_model=True,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=max(1, steps // 40),
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _use_bf16(precision: str) -> bool:
    import torch

    if precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return precision == "bf16"


def _reporter(steps: int, max_minutes: float, on_line: Callable[[str], None]) -> Any:
    """A Trainer callback: prints progress, evaluates after the last step, stops when the time is up."""
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        started = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            out_of_time = max_minutes > 0 and time.monotonic() - self.started > 60 * max_minutes
            if out_of_time and not control.should_training_stop:
                on_line(f"stopped after {state.global_step} of {steps} steps: {max_minutes} minutes are over")
            if out_of_time or state.global_step >= steps:
                control.should_evaluate = control.should_save = control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            logs = logs or {}
            named = {"loss": "train_loss", "eval_loss": "eval_loss", "learning_rate": "learning_rate"}
            values = [f"{name}={logs[key]:.6g}" for key, name in named.items() if key in logs]
            if values:
                on_line(f"step={state.global_step} of={steps} " + " ".join(values))

    return Reporter()


def _to_history(first_eval_loss: float, log: Sequence[dict[str, Any]]) -> list[dict[str, float]]:
    """The Trainer's log as one row a step: ``step``, ``train_loss``, ``eval_loss``, ``learning_rate`` as known."""
    rows: dict[int, dict[str, float]] = {0: {"step": 0, "eval_loss": first_eval_loss}}
    for entry in log:
        row = rows.setdefault(entry["step"], {"step": entry["step"]})
        for key, name in (("loss", "train_loss"), ("eval_loss", "eval_loss"), ("learning_rate", "learning_rate")):
            if key in entry:
                row[name] = entry[key]
    return [rows[step] for step in sorted(rows)]


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
    compact = parameters.base_model == COMPACT
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
        read_examples(Path(options.train) / "train.jsonl"),
        read_examples(Path(options.validation) / "validation.jsonl"),
        read_passages(Path(options.passages) / "passages.jsonl"),
        options.out,
        parameters,
        name=options.name,
        on_line=lambda line: print(LINE_START + line, flush=True),
    )


if __name__ == "__main__":
    raise SystemExit(main())
