"""How far an engine is from the reference: what both say of the same texts, token by token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from medassist.engines.decoding import log_likelihoods
from medassist.engines.shapes import Floats


class Probe(NamedTuple):
    """What a model reads (several texts are fused), and what it is held against: tokens that it may write."""

    texts: list[str]
    tokens: list[int]


class Logits(Protocol):
    """What can be compared: engines that give their logits away."""

    def logits(self, texts: Sequence[str], targets: Sequence[Sequence[int]]) -> list[Floats]:
        """Return the logits before each token of targets, for one request: shape (tokens, vocabulary) a target."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """What sets an engine apart from the reference, over all tokens of all probes.

    Parameters
    ----------
    tokens : int
        How many were compared.
    equal_tokens : float
        Share of places in which both find the same token likeliest. Two whose logits differ by less than a thousandth
        in the reference count as the same.
    likelihood : float
        Mean absolute difference of a target token's log-likelihood.
    shift : float
        Mean difference of the same: negative if the engine finds the targets less likely.
    """

    tokens: int
    equal_tokens: float
    likelihood: float
    shift: float


_TIE = 1e-3


def compare(engine: Logits, reference: Logits, probes: Sequence[Probe]) -> Difference:
    """Compare an engine with the reference.

    Both read the same target up to each token (teacher forcing), so that one different token does not make all that
    follow differ.
    """
    equal: list[Floats] = []
    shifts: list[Floats] = []
    for probe in probes:
        (ours,) = engine.logits(probe.texts, [probe.tokens])
        (theirs,) = reference.logits(probe.texts, [probe.tokens])
        places = np.arange(len(probe.tokens))
        equal.append(theirs.max(axis=-1) - theirs[places, ours.argmax(axis=-1)] < _TIE)
        shifts.append(log_likelihoods(ours, probe.tokens) - log_likelihoods(theirs, probe.tokens))
    shift = np.concatenate(shifts)
    return Difference(len(shift), float(np.concatenate(equal).mean()), float(np.abs(shift).mean()), float(shift.mean()))
