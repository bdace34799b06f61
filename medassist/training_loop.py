"""Transformers' Trainer as we use it: trains by a plan, evaluates by task in one process, keeps sealed checkpoints."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medassist import checkpoints, fusion
from medassist.errors import TrainingError
from medassist.training_batches import IGNORED, Feature
from medassist.training_parameters import EVAL_LOSS, TrainingParameters

_NAMES_IN_LOG = {"loss": "train_loss", "learning_rate": "learning_rate"}
_SCORE = "eval_"  # what the Trainer wants in front of every measure


def processes() -> int:
    """Return how many processes ``torchrun`` started to train together; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def make_arguments(folder: Path, steps: int, parameters: TrainingParameters, *, whole_state: bool) -> Any:
    """Return transformers' ``TrainingArguments``.

    Parameters
    ----------
    folder : Path
        For checkpoints.
    steps : int
        Of the optimiser.
    whole_state : bool
        Whether checkpoints hold what it takes to go on, or weights alone.

    Raises
    ------
    TrainingError
        If the processes cannot train together, or not share a batch.
    """
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
        lr_scheduler_type=parameters.decay,
        warmup_steps=round(parameters.warmup * steps),
        weight_decay=parameters.weight_decay,
        bf16=_use_bf16(parameters.precision),
        activation_checkpointing=parameters.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},  # the other kind needs an input that has a gradient
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        # The best, the newest, and the one before, should the newest be half-written when all ends.
        save_total_limit=3 if whole_state else 1,
        save_only_model=not whole_state,
        load_best_model_at_end=True,
        metric_for_best_model=parameters.best_metric,
        greater_is_better=not lower_is_better(parameters.best_metric),
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


def make_trainer(
    model: Any,
    tokenizer: Any,
    arguments: Any,
    train: Sequence[Feature],
    validation: Sequence[Feature],
    shares: list[list[int]],
    callback: Any,
    score: Callable[[], Mapping[str, float]] | None,
) -> Any:
    """Return a ``Trainer`` that computes this process's ``shares`` of the batches, one after the other.

    ``train`` has a last row without a target, for empty parts; for ``score`` see
    :func:`medassist.trainer.train_model`.
    """
    from transformers import PrinterCallback

    trainer = _planned_trainer(train, validation, shares, score)(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=validation,
        data_collator=lambda features: _collate(features, tokenizer.pad_token_id, model),
        processing_class=tokenizer,
        callbacks=[callback],
        compute_loss_func=_loss_per_token,
    )
    trainer.model_accepts_loss_kwargs = False  # the loss is ours
    trainer.remove_callback(PrinterCallback)
    return trainer


def _planned_trainer(
    train: Sequence[Feature],
    validation: Sequence[Feature],
    shares: list[list[int]],
    score: Callable[[], Mapping[str, float]] | None,
) -> Any:
    import numpy as np
    import torch
    from accelerate.utils import broadcast_object_list
    from transformers import Trainer

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
            values: dict[str, float] = {}
            if self.args.process_index == 0:
                trained: Any = self.model
                trained.eval()
                values = _mean_losses(self, validation)
                values |= {_SCORE + name: value for name, value in (score() if score else {}).items()}
            (values,) = broadcast_object_list([values])
            self.log(dict(values))
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, values)
            return values

        def _save_rng_state(self, output_dir: str) -> None:
            if self.args.should_save:  # one is enough: a step's dropout has a seed of its own
                super()._save_rng_state(output_dir)

    return PlannedTrainer


def _collate(features: Sequence[Feature], pad: int, model: Any) -> dict[str, Any]:
    """A batch as :func:`medassist.fusion.fused` takes it."""
    import torch

    ids, mask = fusion.pad_requests([feature.texts for feature in features], pad)
    labels = [torch.as_tensor(feature.labels, dtype=torch.long) for feature in features]
    padded = torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=IGNORED)
    return {
        "input_ids": ids,
        "attention_mask": mask.flatten(1),
        "labels": padded,
        "decoder_input_ids": model.prepare_decoder_input_ids_from_labels(padded),
    }


def _loss_per_token(outputs: Any, labels: Any, num_items_in_batch: Any) -> Any:
    """Cross-entropy summed over a part's target tokens, over the tokens of the whole batch."""
    import torch

    logits = outputs.logits.float().flatten(0, 1)  # (batch, length, pieces) -> (batch * length, pieces)
    total = torch.nn.functional.cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, reduction="sum")
    return total / num_items_in_batch


def _mean_losses(trainer: Any, features: Sequence[Feature]) -> dict[str, float]:
    """The mean loss of a target token, over all features and by task."""
    import torch

    sums: dict[str, float] = {}
    tokens: dict[str, int] = {}
    step = 2 * trainer.args.per_device_train_batch_size
    ordered = sorted(features, key=lambda feature: (feature.task, feature.size))
    for task in sorted({feature.task for feature in features}):
        rows = [feature for feature in ordered if feature.task == task]
        for start in range(0, len(rows), step):
            inputs = trainer._prepare_inputs(trainer.data_collator(rows[start : start + step]))
            labels = inputs.pop("labels")
            with torch.no_grad(), trainer.accelerator.autocast():
                total = float(_loss_per_token(trainer.model(**inputs), labels, 1))
            sums[task] = sums.get(task, 0.0) + total
            tokens[task] = tokens.get(task, 0) + int(labels.ne(IGNORED).sum())
    losses = {f"{EVAL_LOSS}_{task}": sums[task] / tokens[task] for task in sums if task}
    return {EVAL_LOSS: sum(sums.values()) / sum(tokens.values()), **losses}


def make_reporter(steps: int, parameters: TrainingParameters, on_line: Callable[[str], None], run: str) -> Any:
    """Return a Trainer callback: prints progress, decides when to save, seals checkpoints, stops when it is time."""
    from accelerate.utils import broadcast_object_list
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        started = time.monotonic()

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            relocate(state, Path(args.output_dir))

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

        def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step < steps and out_of_patience(state.log_history, parameters):
                name, patience = parameters.best_metric, parameters.patience
                on_line(f"stopped after {state.global_step} of {steps} steps: {patience} times no better {name}")
                control.should_save = control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if run and state.is_world_process_zero:
                checkpoints.seal(Path(args.output_dir) / f"checkpoint-{state.global_step}", run)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            if values := [f"{name}={value:.6g}" for name, value in named_values(logs or {}).items()]:
                on_line(f"step={state.global_step} of={steps} " + " ".join(values))

    return Reporter()


def out_of_patience(log: Sequence[Mapping[str, Any]], parameters: TrainingParameters) -> bool:
    """Return whether ``patience`` evaluations have gone by since the best one."""
    key = _logged_name(parameters.best_metric)
    values = [entry[key] for entry in log if key in entry]
    if not parameters.patience or not values:
        return False
    best = (min if lower_is_better(key) else max)(values)
    return len(values) - 1 - values.index(best) >= parameters.patience


def relocate(state: Any, folder: Path) -> None:
    """Correct where a state says that the best checkpoint is: its folder may lie elsewhere than it did."""
    if state.best_global_step:
        state.best_model_checkpoint = str(folder / f"checkpoint-{state.best_global_step}")


def lower_is_better(metric: str) -> bool:
    """Return whether a measure is a loss."""
    return metric.startswith(EVAL_LOSS)


def _logged_name(metric: str) -> str:
    return metric if lower_is_better(metric) else _SCORE + metric


def named_values(entry: Mapping[str, Any]) -> dict[str, float]:
    """Return what of an entry of the Trainer's log is ours, by our names."""
    own = {name: entry[key] for key, name in _NAMES_IN_LOG.items() if key in entry}
    return own | dict(sorted(own_names(entry).items()))  # a checkpoint's come back in this order


def own_names(measured: Mapping[str, float]) -> dict[str, float]:
    """Return what an evaluation measured, by our names."""
    return {
        name if lower_is_better(name) else name.removeprefix(_SCORE): value
        for name, value in measured.items()
        if name.startswith(_SCORE)
    }
