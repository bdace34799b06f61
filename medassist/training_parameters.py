"""The hyper-parameters of fine-tuning, each with the reason for its default."""

from dataclasses import dataclass, replace

from medassist import prompts
from medassist.errors import TrainingError

COMPACT = "compact"
FRESH = "fresh"
DECAYS = ("linear", "cosine")
EVAL_LOSS = "eval_loss"

_AT_LEAST_1 = (
    "epochs",
    "batch_size",
    "micro_batches",
    "evaluations",
    "checkpoints",
    "max_target_tokens",
    "max_passages",
    "mixing_temperature",
)
_NOT_NEGATIVE = (
    "max_steps",
    "max_minutes",
    "learning_rate",
    "weight_decay",
    "held_out",
    "max_input_tokens",
    "mixing_limit",
    "patience",
    "lora_rank",
)
_CHOICES = {"reading": prompts.READINGS, "decay": DECAYS, "precision": ("auto", "fp32", "bf16")}


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """Hyper-parameters, the reason beside each default. Each is an option of ``python -m medassist.training``."""

    base_model: str = COMPACT  # "compact" (ours, pretrained), "fresh" (random weights), a hub name or a local folder
    reading: str = prompts.FUSION  # each passage encoded on its own, as ours was pretrained; or "concatenation"
    seed: int = 13
    epochs: int = 2  # ours has seen the sample's training side; fresh weights want 6
    max_steps: int = 60  # so that a large corpus does not take longer than some minutes on 2 cores; 0: no limit
    max_minutes: float = 0.0  # stops training (not the job) after that; 0: no limit. Costs repeatability
    batch_size: int = 8
    micro_batches: int = 1  # parts of a batch, computed one by one or by as many processes: the outcome is the same
    mixing_temperature: float = 2.0  # 1: tasks by their size; higher: more evenly. 2 is T5's, where one set is a giant
    mixing_limit: int = 20_000  # a task counts as no more examples than that, however many it has; 0: no limit
    learning_rate: float = 0.0  # 0: 4e-3 for fresh weights, 1e-4 for ours, 3e-4 for other bases, 1e-3 for LoRA
    warmup: float = 0.1  # part of the steps in which the learning rate rises
    decay: str = "linear"  # or "cosine": how it falls after that, to 0 at the last step
    weight_decay: float = 0.01
    evaluations: int = 6  # how often losses and scores of the validation side are taken
    best_metric: str = EVAL_LOSS  # what the best checkpoint is chosen by; see medassist.trainer
    patience: int = 0  # evaluations in a row without a better best_metric that end the training; 0: it goes on
    checkpoints: int = 12  # how often the state is kept, besides; at most such a part of the work is done twice
    max_input_tokens: int = 0  # of each text; 0: 160 for ours, as it was pretrained, 256 for fresh weights, else 512
    max_target_tokens: int = 96  # 48 words and room for rare ones
    max_passages: int = 3  # more would be cut too short within max_input_tokens
    vocabulary_size: int = 6_000  # of the tokenizer for fresh weights; larger ones leave rare pieces untrained
    held_out: int = 24  # held-out examples of each task that are answered for the scores
    precision: str = "auto"  # "fp32", "bf16", or "auto": bf16 where a GPU has it. Never fp16: T5 overflows in it
    gradient_checkpointing: bool = False  # less memory for more time; for large models on one GPU
    lora_rank: int = 0  # trains low-rank additions (LoRA) in place of all weights, for 3B models; 0: all weights

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
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must not be negative.")
        if self.micro_batches > self.batch_size:
            raise TrainingError(
                f"micro_batches is {self.micro_batches}, but a batch has {self.batch_size} examples; raise batch_size "
                "or share it among fewer processes."
            )
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup is {self.warmup}, but must be a part of the steps, from 0 to below 1.")
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                reason = " (fp16 overflows in T5)" if name == "precision" else ""
                raise TrainingError(f"{name} is {value!r}; use {', '.join(choices[:-1])} or {choices[-1]}{reason}.")

    @property
    def peak_learning_rate(self) -> float:
        """The learning rate after warm-up."""
        if self.learning_rate:
            return self.learning_rate
        if self.base_model == FRESH:
            return 4e-3
        if self.lora_rank:
            return 1e-3
        return 1e-4 if self.base_model == COMPACT else 3e-4

    @property
    def input_tokens(self) -> int:
        """The token budget of one text."""
        return self.max_input_tokens or {COMPACT: 160, FRESH: 256}.get(self.base_model, 512)

    def settle(self) -> "TrainingParameters":
        """Return the same with what depends on the base model's name written out, so that the name may change."""
        return replace(self, learning_rate=self.peak_learning_rate, max_input_tokens=self.input_tokens)
