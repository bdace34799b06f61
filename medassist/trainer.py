"""The training loop of T5: the same losses and weights from any number of processes, and from a checkpoint.

The loop itself is transformers' Trainer. What is ours is what makes its outcome depend on the parameters and the
examples alone:

- which examples make up which batch is planned beforehand from the seed (:mod:`medassist.training_batches`);
- a batch has a fixed number of parts (``micro_batches``). One process computes them one after the other, several share
  them out. A part has the same examples, padding and dropout whoever computes it;
- a loss is a sum over target tokens divided by the whole batch's count, so that parts add up to the batch;
- when training ends early follows from the history of the scores, which checkpoints hold.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist import checkpoints, fusion
from medassist.errors import TrainingError
from medassist.training_batches import IGNORED, Feature, plan_batches, share_batches
from medassist.training_parameters import EVAL_LOSS, TrainingParameters

logger = logging.getLogger(__name__)

LORA_TARGETS = ("q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo")  # T5's matrices of attention and feed-forward layers
LORA_DROPOUT = 0.05
_NAMES_IN_LOG = {"loss": "train_loss", "learning_rate": "learning_rate"}
_SCORE = "eval_"  # what the Trainer wants in front of every measure


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training did.

    Parameters
    ----------
    history : list of dict
        A row a step: ``step`` and, as known, ``train_loss``, ``learning_rate``, ``eval_loss``, ``eval_loss_<task>``
        and the scores of an evaluation.
    best_step : int
        The step whose weights were kept.
    best : dict
        That step's row.
    """

    history: list[dict[str, float]]
    best_step: int
    best: Mapping[str, float]


def rank() -> int:
    """Return this process's number as ``torchrun`` gave it; 0 without it. Only 0 writes, evaluates and speaks."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """Return how many processes ``torchrun`` started to train together; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def lower_is_better(metric: str) -> bool:
    """Return whether a measure is a loss."""
    return metric.startswith(EVAL_LOSS)


def train_model(
    model: Any,
    tokenizer: Any,
    train: Sequence[Feature],
    validation: Sequence[Feature],
    parameters: TrainingParameters,
    *,
    score: Callable[[], Mapping[str, float]] | None = None,
    checkpoint_dir: Path | None = None,
    on_line: Callable[[str], None] = print,
) -> Trained:
    """Train in place; the best checkpoint's weights are left in ``model``.

    Under ``torchrun`` every process calls it; on process 0 the outcome is that of a single process.

    Parameters
    ----------
    model : transformers.T5ForConditionalGeneration
        With ``lora_rank`` low-rank additions are trained, which are in its own weights at the end.
    train, validation : sequence of Feature
        From :func:`medassist.training_batches.tokenise_examples`, or of any other making.
    score : callable, optional
        Called at each evaluation in process 0, with ``model`` in its present state: scores by their names, of which
        ``best_metric`` may be one.
    checkpoint_dir : Path, optional
        Where the whole state is kept as training goes on, and taken up again from the newest whole checkpoint of the
        same run. Without it a training that is interrupted is lost.

    Raises
    ------
    TrainingError
        If the loss is not a number, ``best_metric`` is not measured, or the processes cannot share a batch.
    """
    plan = plan_batches(train, parameters)
    # An empty part's row has no target, so it adds nothing to a loss.
    rows = [*train, Feature([train[0].texts[0][:1]], [IGNORED])]
    with tempfile.TemporaryDirectory(prefix="medassist-checkpoints-") as temporary, fusion.fused(model):
        folder = checkpoint_dir or Path(temporary)
        arguments = _arguments(folder, len(plan), parameters, whole_state=checkpoint_dir is not None)
        run = _fingerprint(model, train, validation, parameters)
        shares = share_batches(
            plan, parameters.micro_batches, arguments.world_size, arguments.process_index, len(train)
        )
        trained = _add_lora(model, parameters)
        use_cache = model.config.use_cache
        callback = _reporter(len(plan), parameters, on_line, run if checkpoint_dir else "")
        trainer = _make_trainer(trained, tokenizer, arguments, rows, validation, shares, callback, score)
        start = _find_checkpoint(folder, run, arguments) if checkpoint_dir else None
        first = trainer.evaluate()
        _check_metric(parameters.best_metric, first)
        if start:
            on_line(f"resumed from {start.name} of {len(plan)} steps")
        _run(trainer, start, len(plan), parameters)
        trainer.accelerator.unwrap_model(trained, keep_fp32_wrapper=False)  # from here on it computes in its own type
        if parameters.lora_rank:
            trained.merge_and_unload()
    model.config.use_cache = use_cache  # off in training, and it would be saved so
    return _to_trained(first, trainer.state)


def _check_metric(name: str, measured: Mapping[str, float]) -> None:
    if name not in (names := _own_names(measured)):
        raise TrainingError(f"best_metric is {name!r}, but what is measured here is {', '.join(names)}; name one.")


def _own_names(measured: Mapping[str, float]) -> dict[str, float]:
    return {
        name if lower_is_better(name) else name.removeprefix(_SCORE): value
        for name, value in measured.items()
        if name.startswith(_SCORE)
    }


def _add_lora(model: Any, parameters: TrainingParameters) -> Any:
    """The model that is trained: itself, or wrapped in low-rank additions to its matrices (Hu et al. 2021)."""
    if not parameters.lora_rank:
        return model
    import torch
    from peft import LoraConfig, TaskType, get_peft_model

    torch.manual_seed(parameters.seed)
    rank = parameters.lora_rank
    config = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=LORA_DROPOUT,
        target_modules=list(LORA_TARGETS),
    )
    return get_peft_model(model, config)


def _run(trainer: Any, start: Path | None, steps: int, parameters: TrainingParameters) -> None:
    """Train from the beginning or from a checkpoint; one that was the last is only read."""
    from transformers import TrainerState

    if start:
        state = TrainerState.load_from_json(str(start / checkpoints.STATE))
        if state.global_step >= steps or _out_of_patience(state.log_history, parameters):
            trainer.state = state
            _relocate(state, start.parent)
            trainer._load_best_model()
            return
    trainer.train(resume_from_checkpoint=str(start) if start else None)


def _relocate(state: Any, folder: Path) -> None:
    """The folder may lie elsewhere than it did when the state was written."""
    if state.best_global_step:
        state.best_model_checkpoint = str(folder / f"checkpoint-{state.best_global_step}")


def _out_of_patience(log: Sequence[Mapping[str, Any]], parameters: TrainingParameters) -> bool:
    """Whether ``patience`` evaluations have gone by since the best one."""
    key = _logged_name(parameters.best_metric)
    values = [entry[key] for entry in log if key in entry]
    if not parameters.patience or not values:
        return False
    best = (min if lower_is_better(key) else max)(values)
    return len(values) - 1 - values.index(best) >= parameters.patience


def _logged_name(metric: str) -> str:
    return metric if lower_is_better(metric) else _SCORE + metric


def _fingerprint(
    model: Any, train: Sequence[Feature], validation: Sequence[Feature], parameters: TrainingParameters
) -> str:
    """What a run is recognised by: weights at the start, token ids of all examples, parameters that decide the rest."""
    import numpy as np

    decisive = {key: value for key, value in asdict(parameters).items() if key not in ("base_model", "max_minutes")}
    digest = hashlib.sha256(json.dumps([decisive, len(train)], sort_keys=True).encode())
    for feature in (*train, *validation):
        digest.update(feature.task.encode())
        for ids in (*feature.texts, feature.labels):
            digest.update(len(ids).to_bytes(4, "little") + np.asarray(ids, dtype="<i4").tobytes())
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


def _make_trainer(
    model: Any,
    tokenizer: Any,
    arguments: Any,
    train: Sequence[Feature],
    validation: Sequence[Feature],
    shares: list[list[int]],
    callback: Any,
    score: Callable[[], Mapping[str, float]] | None,
) -> Any:
    import numpy as np
    import torch
    from accelerate.utils import broadcast_object_list
    from transformers import PrinterCallback, Trainer

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
                model.eval()
                values = _mean_losses(self, validation)
                values |= {_SCORE + name: value for name, value in (score() if score else {}).items()}
            (values,) = broadcast_object_list([values])
            self.log(dict(values))
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, values)
            return values

        def _save_rng_state(self, output_dir: str) -> None:
            if self.args.should_save:  # one is enough: a step's dropout has a seed of its own
                super()._save_rng_state(output_dir)

    trainer = PlannedTrainer(
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


def _reporter(steps: int, parameters: TrainingParameters, on_line: Callable[[str], None], run: str) -> Any:
    """A Trainer callback: prints progress, decides when to save, seals checkpoints, stops when it is time."""
    from accelerate.utils import broadcast_object_list
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        started = time.monotonic()

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            _relocate(state, Path(args.output_dir))

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
            if state.global_step < steps and _out_of_patience(state.log_history, parameters):
                name, patience = parameters.best_metric, parameters.patience
                on_line(f"stopped after {state.global_step} of {steps} steps: {patience} times no better {name}")
                control.should_save = control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if run and state.is_world_process_zero:
                checkpoints.seal(Path(args.output_dir) / f"checkpoint-{state.global_step}", run)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            if values := [f"{name}={value:.6g}" for name, value in _named(logs or {}).items()]:
                on_line(f"step={state.global_step} of={steps} " + " ".join(values))

    return Reporter()


def _named(entry: Mapping[str, Any]) -> dict[str, float]:
    """What of an entry of the Trainer's log is ours, by our names."""
    own = {name: entry[key] for key, name in _NAMES_IN_LOG.items() if key in entry}
    return own | dict(sorted(_own_names(entry).items()))  # a checkpoint's come back in this order


def _to_trained(first: Mapping[str, float], state: Any) -> Trained:
    """The Trainer's log as one row a step, and the best row."""
    rows: dict[int, dict[str, float]] = {0: {"step": 0, **_named(first)}}
    for entry in state.log_history:
        rows.setdefault(entry["step"], {"step": entry["step"]}).update(_named(entry))
    if state.best_global_step is None or not math.isfinite(rows[state.best_global_step][EVAL_LOSS]):
        raise TrainingError("The validation loss is not a number; lower the learning rate.")
    return Trained([rows[step] for step in sorted(rows)], state.best_global_step, rows[state.best_global_step])
