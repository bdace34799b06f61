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
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist import checkpoints, fusion
from medassist.errors import TrainingError
from medassist.training_batches import IGNORED, Feature, plan_batches, share_batches
from medassist.training_loop import (
    make_arguments,
    make_reporter,
    make_trainer,
    named_values,
    out_of_patience,
    own_names,
    relocate,
)
from medassist.training_parameters import EVAL_LOSS, TrainingParameters

LORA_TARGETS = ("q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo")  # T5's matrices of attention and feed-forward layers
LORA_DROPOUT = 0.05


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
        arguments = make_arguments(folder, len(plan), parameters, whole_state=checkpoint_dir is not None)
        run = _fingerprint(model, train, validation, parameters)
        shares = share_batches(
            plan, parameters.micro_batches, arguments.world_size, arguments.process_index, len(train)
        )
        trained = _add_lora(model, parameters)
        use_cache = model.config.use_cache
        callback = make_reporter(len(plan), parameters, on_line, run if checkpoint_dir else "")
        trainer = make_trainer(trained, tokenizer, arguments, rows, validation, shares, callback, score)
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
    if name not in (names := own_names(measured)):
        raise TrainingError(f"best_metric is {name!r}, but what is measured here is {', '.join(names)}; name one.")


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
        if state.global_step >= steps or out_of_patience(state.log_history, parameters):
            trainer.state = state
            relocate(state, start.parent)
            trainer._load_best_model()
            return
    trainer.train(resume_from_checkpoint=str(start) if start else None)


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


def _to_trained(first: Mapping[str, float], state: Any) -> Trained:
    """The Trainer's log as one row a step, and the best row."""
    rows: dict[int, dict[str, float]] = {0: {"step": 0, **named_values(first)}}
    for entry in state.log_history:
        rows.setdefault(entry["step"], {"step": entry["step"]}).update(named_values(entry))
    if state.best_global_step is None or not math.isfinite(rows[state.best_global_step][EVAL_LOSS]):
        raise TrainingError("The validation loss is not a number; lower the learning rate.")
    return Trained([rows[step] for step in sorted(rows)], state.best_global_step, rows[state.best_global_step])
