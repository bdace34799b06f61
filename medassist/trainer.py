"""The training loop of T5: the same losses and weights from any number of processes, and from a checkpoint.

The loop itself is transformers' Trainer. What is ours is what makes its outcome depend on the parameters and the
examples alone:

- which examples make up which batch is planned beforehand from the seed, so that a batch is known by its number;
- a batch has a fixed number of parts (``micro_batches``). One process computes them one after the other, several share
  them out. A part has the same examples, padding and dropout whoever computes it;
- a loss is a sum over target tokens divided by the whole batch's count, so that parts add up to the batch.

What remains between one process and several is the order in which floating-point sums are taken: other thread counts
cut matrix products otherwise, and gradients are added by the network's scheme.
"""

import hashlib
import json
import logging
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist import checkpoints, prompts
from medassist.engines.reference import character_spans
from medassist.errors import TrainingError
from medassist.examples import Example

logger = logging.getLogger(__name__)

COMPACT = "compact"
IGNORED = -100  # as a label: no target token
_AT_LEAST_1 = (
    "epochs",
    "batch_size",
    "micro_batches",
    "evaluations",
    "checkpoints",
    "max_target_tokens",
    "max_passages",
)

Features = list[dict[str, list[int]]]


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """Hyper-parameters, the reason beside each default. Each is an option of ``python -m medassist.training``."""

    base_model: str = COMPACT  # "compact" (fresh weights, needs no network), a hub name or a local folder
    seed: int = 13
    epochs: int = 6  # more does not help the sample's small set: its training loss falls, the validation loss doesn't
    max_steps: int = 240  # so that a large corpus does not take longer than some minutes on 2 cores; 0: no limit
    max_minutes: float = 0.0  # stops training (not the job) after that; 0: no limit. Costs repeatability
    batch_size: int = 8
    micro_batches: int = 1  # parts of a batch, computed one by one or by as many processes: the outcome is the same
    learning_rate: float = 0.0  # 0: 4e-3 for fresh weights, 3e-4 for a pretrained base
    warmup: float = 0.1  # part of the steps in which the learning rate rises
    weight_decay: float = 0.01
    evaluations: int = 6  # how often the validation loss is taken
    checkpoints: int = 12  # how often the state is kept, besides; at most such a part of the work is done twice
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
        for name in _AT_LEAST_1:
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least 1.")
        for name in ("max_steps", "max_minutes", "learning_rate", "weight_decay", "held_out", "max_input_tokens"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must not be negative.")
        if self.micro_batches > self.batch_size:
            raise TrainingError(
                f"micro_batches is {self.micro_batches}, but a batch has {self.batch_size} examples; raise batch_size "
                "or share it among fewer processes."
            )
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


# ---- What is computed when, and by whom -------------------------------------------------------------------------


def rank() -> int:
    """Return this process's number as ``torchrun`` gave it; 0 without it. Only 0 writes, evaluates and speaks."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """Return how many processes ``torchrun`` started to train together; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def count_steps(examples: int, parameters: TrainingParameters) -> int:
    """Return how many optimiser steps training takes: the epochs' steps, or ``max_steps`` if that is less."""
    steps = math.ceil(examples / parameters.batch_size) * parameters.epochs
    return min(steps, parameters.max_steps) if parameters.max_steps else steps


def plan_batches(lengths: Sequence[int], parameters: TrainingParameters) -> list[list[int]]:
    """Return the rows of each batch of the whole training, in order.

    Rows of like length share a batch (2.4 times the tokens a second of batches drawn blindly); batches are shuffled
    anew in each epoch. The plan follows from the lengths, the batch size and the seed.

    Parameters
    ----------
    lengths : sequence of int
        Input tokens of each example.
    """
    import torch
    from transformers import trainer_pt_utils

    grouped: Any = trainer_pt_utils.get_length_grouped_indices

    steps, size = count_steps(len(lengths), parameters), parameters.batch_size
    plan: list[list[int]] = []
    while len(plan) < steps:
        generator = torch.Generator().manual_seed(parameters.seed * 1_000_003 + len(plan))
        rows = grouped(list(lengths), size, generator=generator)
        plan += [rows[start : start + size] for start in range(0, len(rows), size)]
    return plan[:steps]


def share_batches(plan: Sequence[Sequence[int]], parts: int, processes: int, number: int, blank: int) -> Any:
    """Return what process ``number`` of ``processes`` computes: its parts of each batch, batch by batch.

    Parameters
    ----------
    plan : sequence of sequence of int
        The batches, from :func:`plan_batches`.
    parts : int
        Parts of a batch; a multiple of ``processes``.
    blank : int
        Row that stands in an empty part (the last batch of an epoch may have fewer rows than parts).
    """
    shares: list[list[int]] = []
    for rows in plan:
        edges = [len(rows) * part // parts for part in range(parts + 1)]
        for part in range(number, parts, processes):
            shares.append(list(rows[edges[part] : edges[part + 1]]) or [blank])
    return shares


# ---- Training ---------------------------------------------------------------------------------------------------


def train_model(
    model: Any,
    tokenizer: Any,
    train: Sequence[Example],
    validation: Sequence[Example],
    parameters: TrainingParameters,
    *,
    checkpoint_dir: Path | None = None,
    on_line: Callable[[str], None] = print,
) -> tuple[list[dict[str, float]], float]:
    """Train in place; leaves the best checkpoint's weights in ``model``. Returns the history and the best loss.

    Under ``torchrun`` every process calls it; on process 0 the outcome is that of a single process.

    Parameters
    ----------
    checkpoint_dir : Path, optional
        Where the whole state is kept as training goes on, and taken up again from the newest whole checkpoint of the
        same run. Without it a training that is interrupted is lost.

    Raises
    ------
    TrainingError
        If the loss is not a number, or the processes cannot share a batch.
    """
    features, held_out = (tokenise_examples(side, tokenizer, parameters) for side in (train, validation))
    plan = plan_batches([len(feature["input_ids"]) for feature in features], parameters)
    with tempfile.TemporaryDirectory(prefix="medassist-checkpoints-") as temporary:
        folder = checkpoint_dir or Path(temporary)
        arguments = _arguments(folder, len(plan), parameters, whole_state=checkpoint_dir is not None)
        run = _fingerprint(model, features, held_out, parameters)
        # An empty part's row has no target, so it adds nothing to a loss.
        features.append({"input_ids": features[0]["input_ids"][:1], "labels": [IGNORED]})
        shares = share_batches(
            plan, parameters.micro_batches, arguments.world_size, arguments.process_index, len(features) - 1
        )
        callback = _reporter(len(plan), parameters, on_line, run if checkpoint_dir else "")
        trainer = _make_trainer(model, tokenizer, arguments, features, held_out, shares, callback)
        start = _find_checkpoint(folder, run, arguments) if checkpoint_dir else None
        first = trainer.evaluate()["eval_loss"]
        if start:
            on_line(f"resumed from {start.name} of {len(plan)} steps")
        trainer.train(resume_from_checkpoint=str(start) if start else None)
        history, best = _to_history(first, trainer.state.log_history), trainer.state.best_metric
    if best is None or not math.isfinite(best):
        raise TrainingError(f"The validation loss is {best}, not a number; lower the learning rate.")
    return history, best


def _fingerprint(model: Any, train: Features, validation: Features, parameters: TrainingParameters) -> str:
    """What a run is recognised by: weights at the start, token ids of all examples, parameters that decide the rest."""
    decisive = {key: value for key, value in asdict(parameters).items() if key not in ("base_model", "max_minutes")}
    digest = hashlib.sha256(json.dumps([decisive, train, validation], sort_keys=True).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _find_checkpoint(folder: Path, run: str, arguments: Any) -> Path | None:
    """The checkpoint that all processes go on from: process 0 chooses."""
    from accelerate.utils import broadcast_object_list

    found = checkpoints.newest(folder, run) if arguments.process_index == 0 else None
    (name,) = broadcast_object_list([found.name if found else ""])
    if name and not (folder / name / checkpoints.STATE).is_file():
        raise TrainingError(f"Process {arguments.process_index} has no {folder / name}; give all machines the same.")
    return folder / name if name else None


def _arguments(folder: Path, steps: int, parameters: TrainingParameters, *, whole_state: bool) -> Any:
    import torch
    from transformers import TrainingArguments

    every = math.ceil(steps / parameters.evaluations)
    arguments = TrainingArguments(
        output_dir=str(folder),
        use_cpu=not torch.accelerator.is_available(),  # not said, processes on CPUs would not find each other
        seed=parameters.seed,
        max_steps=steps,
        per_device_train_batch_size=math.ceil(parameters.batch_size / parameters.micro_batches),
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
        # The best, the newest, and the one before, should the newest be half-written when all ends.
        save_total_limit=3 if whole_state else 1,
        save_only_model=not whole_state,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=max(1, steps // 40),
        report_to="none",
        disable_tqdm=True,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # a process trains on one GPU; torchrun starts as many as there are
    if arguments.world_size != processes():
        raise TrainingError(f"{processes()} processes were started, but they train apart; use CPUs or NVIDIA GPUs.")
    if parameters.micro_batches % arguments.world_size:
        raise TrainingError(
            f"{arguments.world_size} processes cannot share a batch in {parameters.micro_batches} parts; set "
            f"micro_batches to a multiple of {arguments.world_size}."
        )
    arguments.gradient_accumulation_steps = parameters.micro_batches // arguments.world_size
    return arguments


def _use_bf16(precision: str) -> bool:
    import torch

    if precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return precision == "bf16"


def _make_trainer(
    model: Any,
    tokenizer: Any,
    arguments: Any,
    train: Features,
    validation: Features,
    shares: list[list[int]],
    callback: Any,
) -> Any:
    import numpy as np
    import torch
    from accelerate.utils import broadcast_object_list
    from transformers import DataCollatorForSeq2Seq, PrinterCallback, Trainer

    class PlannedTrainer(Trainer):
        """Trains by plan; its evaluation is process 0's."""

        calls = 0

        def get_train_dataloader(self) -> Any:
            rows: Any = train
            return torch.utils.data.DataLoader(rows, batch_sampler=shares, collate_fn=self.data_collator)

        def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
            turn = self.calls % self.args.gradient_accumulation_steps
            self.calls += 1
            part = self.args.process_index + turn * self.args.world_size
            seeds = np.random.SeedSequence([self.args.seed, self.state.global_step, part])
            torch.manual_seed(int(seeds.generate_state(1)[0]))  # of dropout
            return super().training_step(model, inputs, num_items_in_batch)

        def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
            value = _mean_loss(self, validation) if self.args.process_index == 0 else 0.0
            (value,) = broadcast_object_list([value])
            self.log({"eval_loss": value})
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, {"eval_loss": value})
            return {"eval_loss": value}

        def _save_rng_state(self, output_dir: str) -> None:
            if self.args.should_save:  # one is enough: a step's dropout has a seed of its own
                super()._save_rng_state(output_dir)

    trainer = PlannedTrainer(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=validation,
        data_collator=DataCollatorForSeq2Seq(tokenizer, model=model),
        processing_class=tokenizer,
        callbacks=[callback],
        compute_loss_func=_loss_per_token,
    )
    trainer.model_accepts_loss_kwargs = False  # the loss is ours
    trainer.remove_callback(PrinterCallback)
    return trainer


def _loss_per_token(outputs: Any, labels: Any, num_items_in_batch: Any) -> Any:
    """Cross-entropy summed over a part's target tokens, over the tokens of the whole batch."""
    import torch

    logits = outputs.logits.float().flatten(0, 1)  # (batch, length, pieces) -> (batch * length, pieces)
    total = torch.nn.functional.cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, reduction="sum")
    return total / num_items_in_batch


def _mean_loss(trainer: Any, features: Features) -> float:
    """The mean loss of a target token."""
    import torch

    trainer.model.eval()
    total, tokens, size = 0.0, 0, 2 * trainer.args.per_device_train_batch_size
    for start in range(0, len(features), size):
        inputs = trainer._prepare_inputs(trainer.data_collator(features[start : start + size]))
        labels = inputs.pop("labels")
        with torch.no_grad(), trainer.accelerator.autocast():
            total += float(_loss_per_token(trainer.model(**inputs), labels, 1))
        tokens += int(labels.ne(IGNORED).sum())
    return total / tokens


def _reporter(steps: int, parameters: TrainingParameters, on_line: Callable[[str], None], run: str) -> Any:
    """A Trainer callback: prints progress, decides when to save, seals checkpoints, stops when the time is up."""
    from accelerate.utils import broadcast_object_list
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        started = time.monotonic()

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.best_global_step:  # the folder may lie elsewhere than it did when the state was written
                state.best_model_checkpoint = str(Path(args.output_dir) / f"checkpoint-{state.best_global_step}")

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            out_of_time = self._out_of_time()
            if out_of_time and not control.should_training_stop:
                minutes = parameters.max_minutes
                on_line(f"stopped after {state.global_step} of {steps} steps: {minutes} minutes are over")
            if out_of_time or state.global_step >= steps:
                control.should_evaluate = control.should_save = control.should_training_stop = True
            control.should_log |= control.should_save  # a checkpoint holds no half-summed loss
            between = math.ceil(steps / args.logging_steps / parameters.checkpoints) * args.logging_steps
            control.should_save |= bool(run) and state.global_step % between == 0

        def _out_of_time(self) -> bool:
            if not parameters.max_minutes:
                return False
            (over,) = broadcast_object_list([time.monotonic() - self.started > 60 * parameters.max_minutes])
            return bool(over)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if run and state.is_world_process_zero:
                checkpoints.seal(Path(args.output_dir) / f"checkpoint-{state.global_step}", run)

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
