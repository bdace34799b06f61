"""Fine-tuning a sentence encoder on pairs, with sentence-transformers' own trainer.

Each question must find its passage among all passages of its batch, in-batch negatives and one hard negative a row
(multiple negatives ranking loss, Henderson et al. 2017; van den Oord et al. 2018). Rows of one batch are about
different conditions, so that no passage stands against a question that it answers. What comes out is a folder that
``medassist index --encoder`` takes.

``python -m medassist.experiments.encoder_training`` does it from the environment of a SageMaker training job.
"""

import argparse
import hashlib
import json
import logging
import math
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from medassist import checkpoints, storage
from medassist.encoder import MAX_TOKENS, NAME_FILE, source_of
from medassist.errors import MedAssistError, TrainingError
from medassist.experiments.encoder_pairs import COLUMNS, SIDES, Pair, read_pairs
from medassist.jobs import LINE_START
from medassist.machines import wait_politely

METRICS = "encoder_metrics.json"
CARD = "model_card.md"
METRIC = "validation_ndcg"
METRIC_DEFINITIONS = {name: rf"\b{name}=([0-9.eE+-]+)" for name in ("train_loss", "learning_rate", METRIC)}
CHANNELS = {"pairs": "SM_CHANNEL_PAIRS", "base": "SM_CHANNEL_BASE_MODEL", "out": "SM_MODEL_DIR"}
DISTRACTORS = 1_000  # passages of the training side that validation questions have to be told from
_SCORE = "cosine_ndcg@10"


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Everything beside base and pairs that decides the outcome."""

    epochs: int = 1
    batch_size: int = 32  # more is better, as each row has all others' passages for negatives, and takes more memory
    learning_rate: float = 3e-5
    warmup: float = 0.1  # part of the steps in which the learning rate rises; it falls by a cosine after that
    max_tokens: int = 128  # of a text, while training
    evaluations: int = 4
    base_share: float = 0.5  # of the base's weights in the outcome (Wortsman et al. 2022, WiSE-FT)
    seed: int = 13

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        TrainingError
            With the name, the value and what is allowed.
        """
        for name in ("epochs", "batch_size", "max_tokens", "evaluations"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least 1.")
        for name in ("warmup", "base_share"):
            if not 0 <= getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least 0 and below 1.")
        if not self.learning_rate > 0:
            raise TrainingError(f"learning_rate is {self.learning_rate}, but must be above 0.")


def train_encoder(
    pairs: Mapping[str, Sequence[Pair]],
    base: str,
    out: Path,
    settings: EncoderSettings | None = None,
    *,
    checkpoint_dir: Path | None = None,
    on_line: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Fine-tune an encoder and write it as a sentence-transformers folder with its card and ``encoder_metrics.json``.

    Parameters
    ----------
    pairs : mapping of str to sequence of Pair
        Both sides of a table.
    base : str
        ``"all-MiniLM-L6-v2"``, a local folder, or a name on a model hub.
    out : Path
        What was there is replaced when all is done.
    settings : EncoderSettings, optional
    checkpoint_dir : Path, optional
        Where the state is kept, and where an interrupted training of the same pairs, base and settings goes on.
    on_line : callable
        Gets each line of progress: ``step=20 of=255 train_loss=1.2345 …``.

    Returns
    -------
    dict
        The content of ``encoder_metrics.json``: nDCG@10 of the validation questions among the validation passages and
        1,000 others, before and after, and what the outcome is made of.

    Raises
    ------
    TrainingError
        If sentence-transformers is not installed, a side is empty or smaller than a batch, or the loss is not a
        number.
    """
    wait_politely()
    settings = settings or EncoderSettings()
    source = source_of(base)
    planned = plan_batches(pairs["train"], settings)
    if not planned or not pairs["validation"]:
        raise TrainingError(
            f"There are {len(pairs['train'])} training and {len(pairs['validation'])} validation pairs; it takes a "
            f"batch of {settings.batch_size} about different conditions, and one for validation."
        )
    model = _load(source, settings)
    measure = _evaluator(pairs)
    before = measure(model)[_SCORE]
    on_line(f"base_model={base} pairs={len(pairs['train'])} {METRIC}={before:.4f}")
    start = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    run = _fingerprint(planned, start, settings)
    _train(model, planned, measure, settings, checkpoint_dir, run, on_line)
    tuned = measure(model)[_SCORE]
    _mix(model, start, settings.base_share)
    after = measure(model)[_SCORE]
    on_line(f"{METRIC}={after:.4f} tuned_alone={tuned:.4f} before={before:.4f}")
    metrics = {
        "name": f"medassist-encoder-{run[:8]}",
        "base": base,
        "settings": asdict(settings),
        "pairs": {side: len(pairs[side]) for side in SIDES},
        METRIC: {"before": round(before, 4), "tuned": round(tuned, 4), "mixed": round(after, 4)},
    }
    _write(model, out, metrics)
    return metrics


def plan_batches(pairs: Iterable[Pair], settings: EncoderSettings) -> list[Pair]:
    """Lay rows out so that each stretch of a batch is about different conditions; what fills no batch is left out.

    Returns
    -------
    list of Pair
        All epochs, one behind the other, each in an order of its own: a multiple of the batch size.
    """
    rows, planned = list(pairs), list[Pair]()
    for epoch in range(settings.epochs):
        order = list(rows)
        random.Random(settings.seed + epoch).shuffle(order)
        waiting: list[dict[str, Pair]] = []  # batches that are not full, by condition
        for row in order:
            batch = next((batch for batch in waiting if row.condition not in batch), None)
            if batch is None:
                waiting.append(batch := {})
            batch[row.condition] = row
            if len(batch) == settings.batch_size:
                planned += batch.values()
                waiting.remove(batch)
    return planned


def _load(source: Path, settings: EncoderSettings) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise TrainingError(
            "sentence-transformers is not installed; install medassist[experiments] to train."
        ) from error
    model = SentenceTransformer(str(source))
    model.max_seq_length = settings.max_tokens
    return model


def _evaluator(pairs: Mapping[str, Sequence[Pair]]) -> Any:
    """What finds each validation question's passage among the others; its passage alone counts as right."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    rows = pairs["validation"]
    texts = {text for row in rows for text in (row.positive, row.negative)}
    texts |= {row.positive for row in pairs["train"][:DISTRACTORS]}
    ids = {text: str(number) for number, text in enumerate(sorted(texts))}
    return InformationRetrievalEvaluator(
        {str(number): row.anchor for number, row in enumerate(rows)},
        {name: text for text, name in ids.items()},
        {str(number): {ids[row.positive]} for number, row in enumerate(rows)},
        ndcg_at_k=[10],
        write_csv=False,
    )


def _train(
    model: Any,
    planned: Sequence[Pair],
    measure: Any,
    settings: EncoderSettings,
    checkpoint_dir: Path | None,
    run: str,
    on_line: Callable[[str], None],
) -> None:
    import torch
    from datasets import Dataset
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from transformers import PrinterCallback

    steps = len(planned) // settings.batch_size
    with tempfile.TemporaryDirectory(prefix="medassist-encoder-") as temporary:
        folder = checkpoint_dir or Path(temporary)
        trainer = _trainer_class()(
            model=model,
            args=_arguments(folder, steps, settings, keep=checkpoint_dir is not None),
            train_dataset=Dataset.from_dict({name: [getattr(row, name) for row in planned] for name in COLUMNS}),
            loss=MultipleNegativesRankingLoss(model),
            evaluator=measure,
            callbacks=[_reporter(steps, on_line, run)],
        )
        trainer.remove_callback(PrinterCallback)
        if found := checkpoints.newest(folder, run):
            on_line(f"going on from {found.name}")
        trainer.train(resume_from_checkpoint=str(found) if found else None)
    if not all(torch.isfinite(tensor).all() for tensor in model.parameters()):
        raise TrainingError("The weights are no numbers any more; lower the learning rate.")


def _arguments(folder: Path, steps: int, settings: EncoderSettings, *, keep: bool) -> Any:
    import torch
    from sentence_transformers import SentenceTransformerTrainingArguments

    every, gpu = math.ceil(steps / settings.evaluations), torch.cuda.is_available()
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        use_cpu=not torch.accelerator.is_available(),
        max_steps=steps,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        warmup_steps=round(settings.warmup * steps),
        lr_scheduler_type="cosine",
        weight_decay=0.01,
        bf16=gpu and torch.cuda.is_bf16_supported(),
        seed=settings.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps" if keep else "no",
        save_steps=max(1, every // 2),
        save_total_limit=2,
        logging_steps=max(1, steps // 40),
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=gpu,
    )


def _trainer_class() -> Any:
    from sentence_transformers import SentenceTransformerTrainer
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from torch.utils.data import SequentialSampler

    class PlannedTrainer(SentenceTransformerTrainer):
        """Takes the rows in the order in which they were laid out."""

        def get_batch_sampler(self, dataset: Any, batch_size: int, drop_last: bool, *_: Any, **__: Any) -> Any:
            return DefaultBatchSampler(SequentialSampler(dataset), batch_size, drop_last)

    return PlannedTrainer


def _reporter(steps: int, on_line: Callable[[str], None], run: str) -> Any:
    from transformers import TrainerCallback

    names = {"loss": "train_loss", "learning_rate": "learning_rate", f"eval_{_SCORE}": METRIC}

    class Reporter(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            said = {ours: float((logs or {})[theirs]) for theirs, ours in names.items() if theirs in (logs or {})}
            if said:
                values = " ".join(f"{name}={value:.6g}" for name, value in said.items())
                on_line(f"step={state.global_step} of={steps} {values}")

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            checkpoints.seal(Path(args.output_dir) / f"checkpoint-{state.global_step}", run)

    return Reporter()


def _mix(model: Any, start: Mapping[str, Any], share: float) -> None:
    """Put the weighted mean of the weights before and after into the model."""
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(start[name].to(tensor.device), share)


def _fingerprint(planned: Sequence[Pair], start: Mapping[str, Any], settings: EncoderSettings) -> str:
    """What a run is recognised by: weights at the start, rows in their order, settings."""
    digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    for row in planned:
        for name in COLUMNS:
            digest.update(hashlib.sha256(getattr(row, name).encode()).digest())
    for name, tensor in sorted(start.items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _write(model: Any, out: Path, metrics: Mapping[str, Any]) -> None:
    """Write everything next to ``out``, then move the files in (SageMaker's model folder cannot be renamed itself)."""
    model.max_seq_length = MAX_TOKENS
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.parent) as temporary:
        folder = Path(temporary)
        model.save_pretrained(str(folder), create_model_card=False)
        _halve(folder / "model.safetensors")
        storage.write_text(folder / NAME_FILE, json.dumps({"name": metrics["name"]}) + "\n")
        storage.write_text(folder / METRICS, json.dumps(metrics, indent=1) + "\n")
        storage.write_text(folder / CARD, _card(metrics))
        for path in folder.iterdir():
            target = out / path.name
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
            shutil.move(path, target)


def _halve(path: Path) -> None:
    """Store weights in half precision, in half the room; config.json goes on to say that they are used in single."""
    from safetensors.torch import load_file, save_file

    halved = {
        name: weights.half() if weights.is_floating_point() else weights for name, weights in load_file(path).items()
    }
    save_file(halved, path, metadata={"format": "pt"})


def _card(metrics: Mapping[str, Any]) -> str:
    score, settings = metrics[METRIC], ", ".join(f"{name} {value}" for name, value in metrics["settings"].items())
    return f"""# {metrics["name"]}

A sentence encoder for medical passages: {metrics["base"]}, fine-tuned with `medassist train-encoder` on \
{metrics["pairs"]["train"]:,} pairs made from MedQuAD (CC BY 4.0), and mixed with the base's weights. For an index: \
`medassist index --encoder FOLDER`. An index of it has no ranker until `medassist train-ranker` has made one.

nDCG@10 of {metrics["pairs"]["validation"]:,} validation questions about other conditions: {score["before"]} before, \
{score["tuned"]} fine-tuned, {score["mixed"]} mixed. What it is worth on the development sets is for \
`medassist compare` to say.

Settings: {settings}
"""


# ---- Entry point ------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Train as a SageMaker training job does; return the exit status.

    Folders come from ``SM_CHANNEL_PAIRS``, ``SM_CHANNEL_BASE_MODEL`` and ``SM_MODEL_DIR``, or from options of the same
    meaning; settings are options. An error's sentence goes to stderr and to ``SM_OUTPUT_FAILURE``.
    """
    logging.basicConfig(level=logging.WARNING)
    parser = argparse.ArgumentParser(description="Fine-tune a sentence encoder on pairs.")
    for option, variable in CHANNELS.items():
        parser.add_argument(f"--{option}", default=os.environ.get(variable, ""), help=f"default ${variable}")
    parser.add_argument("--base_name", default="", help="what the base is called")
    parser.add_argument("--checkpoint_dir", default="", help="folder that an interrupted training goes on from")
    for field in fields(EncoderSettings):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    options = parser.parse_args(argv)
    try:
        _train_from(options)
    except MedAssistError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        if failure := os.environ.get("SM_OUTPUT_FAILURE"):
            Path(failure).write_text(str(error), encoding="utf-8")
        return 1
    return 0


def _train_from(options: argparse.Namespace) -> None:
    for option, variable in CHANNELS.items():
        if not getattr(options, option):
            raise TrainingError(f"There is no folder for {option}; give --{option} or set {variable}.")
    train_encoder(
        {side: read_pairs(Path(options.pairs) / f"{side}.parquet") for side in SIDES},
        options.base,
        Path(options.out),
        EncoderSettings(**{field.name: getattr(options, field.name) for field in fields(EncoderSettings)}),
        checkpoint_dir=Path(options.checkpoint_dir) if options.checkpoint_dir else None,
        on_line=lambda line: print(LINE_START + line, flush=True),
    )


if __name__ == "__main__":
    raise SystemExit(main())
