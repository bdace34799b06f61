"""Examples as token ids, and which of them make up which batch.

The plan of a whole training follows from sizes, tasks and the seed, so that a batch is known by its number: whoever
computes it, and after whatever interruption.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medassist import prompts
from medassist.engines.reference import character_spans
from medassist.example_table import Example
from medassist.training_parameters import TrainingParameters

IGNORED = -100  # as a label: no target token


@dataclass(frozen=True, slots=True)
class Feature:
    """What the training loop needs of an example.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each text that is read: one, or one a passage for Fusion-in-Decoder. Each ends with ``</s>``.
    labels : sequence of int
        Token ids of the target, ``</s>`` included.
    task : str
        Decides the mixture; losses are reported by it.
    """

    texts: Sequence[Sequence[int]]
    labels: Sequence[int]
    task: str = ""

    @property
    def size(self) -> int:
        """Tokens that are computed for its input, padding between its texts included."""
        return len(self.texts) * max(len(text) for text in self.texts)


def tokenise_examples(examples: Iterable[Example], tokenizer: Any, parameters: TrainingParameters) -> list[Feature]:
    """Return a feature of each example, its texts built as serving builds them."""

    def spans(text: str) -> Sequence[tuple[int, int]]:
        return character_spans(tokenizer, text)

    features = []
    for example in examples:
        texts = prompts.model_inputs(
            example.question,
            example.passages[: parameters.max_passages],
            spans,
            reading=parameters.reading,
            max_tokens=parameters.input_tokens,
            options=example.options,
            task=example.task,
        )
        labels = tokenizer(example.target, truncation=True, max_length=parameters.max_target_tokens)["input_ids"]
        features.append(Feature(tokenizer(texts, verbose=False)["input_ids"], labels, example.task))
    return features


def count_steps(examples: int, parameters: TrainingParameters) -> int:
    """Return how many optimiser steps training takes: the epochs' steps, or ``max_steps`` if that is less.

    An epoch is as many examples as there are, whatever the mixture.
    """
    steps = math.ceil(examples / parameters.batch_size) * parameters.epochs
    return min(steps, parameters.max_steps) if parameters.max_steps else steps


def mixing_rates(counts: Mapping[str, int], temperature: float, limit: int = 0) -> dict[str, float]:
    """Return each task's part of the training examples: ``min(n, limit) ** (1 / temperature)``, made to add up to 1.

    Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer" (2020), 3.5.2.

    Examples
    --------
    >>> mixing_rates({"answer": 300, "judge": 100}, temperature=1)
    {'answer': 0.75, 'judge': 0.25}
    >>> mixing_rates({"answer": 900, "judge": 100}, temperature=2)
    {'answer': 0.75, 'judge': 0.25}
    """
    weights = {task: min(n, limit or n) ** (1 / temperature) for task, n in counts.items()}
    return {task: weight / sum(weights.values()) for task, weight in weights.items()}


def plan_batches(features: Sequence[Feature], parameters: TrainingParameters) -> list[list[int]]:
    """Return the rows of each batch of the whole training, in order.

    Rows of like size share a batch (2.4 times the tokens a second of batches drawn blindly); batches are shuffled anew
    in each epoch. A task's examples all come once before one comes again, over the ends of epochs: a task of which
    fewer are drawn than it has goes on with the others in the next epoch.
    """
    import torch
    from transformers import trainer_pt_utils

    grouped: Any = trainer_pt_utils.get_length_grouped_indices

    steps, batch_size = count_steps(len(features), parameters), parameters.batch_size
    by_task: dict[str, list[int]] = {}
    for row, feature in enumerate(features):
        by_task.setdefault(feature.task, []).append(row)
    shares = _share_epoch(by_task, len(features), parameters)
    streams = {
        task: _endless(rows, [parameters.seed, number]) for number, (task, rows) in enumerate(sorted(by_task.items()))
    }
    plan: list[list[int]] = []
    while len(plan) < steps:
        drawn = [next(streams[task]) for task, count in shares.items() for _ in range(count)]
        generator = torch.Generator().manual_seed(parameters.seed * 1_000_003 + len(plan))
        order = grouped([features[row].size for row in drawn], batch_size, generator=generator)
        rows = [drawn[place] for place in order]
        plan += [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    return plan[:steps]


def _share_epoch(by_task: Mapping[str, Sequence[int]], total: int, parameters: TrainingParameters) -> dict[str, int]:
    """How many examples of each task an epoch has; the largest remainders are rounded up."""
    counts = {task: len(rows) for task, rows in sorted(by_task.items())}
    rates = mixing_rates(counts, parameters.mixing_temperature, parameters.mixing_limit)
    shares = {task: math.floor(total * rate + 1e-9) for task, rate in rates.items()}
    by_remainder = sorted(rates, key=lambda task: (shares[task] - total * rates[task], task))
    for task in by_remainder[: total - sum(shares.values())]:
        shares[task] += 1
    return shares


def _endless(rows: Sequence[int], seed: Sequence[int]) -> Iterator[int]:
    """The rows again and again, each time in another order."""
    import numpy as np

    generator = np.random.default_rng(list(seed))
    while True:
        yield from (rows[place] for place in generator.permutation(len(rows)))


def share_batches(
    plan: Sequence[Sequence[int]], parts: int, processes: int, number: int, blank: int
) -> list[list[int]]:
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
