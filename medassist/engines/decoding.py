"""How the next token is chosen: greedily, or by beam search as transformers does it.

A search belongs to one request. It is fed the logits after its newest tokens and says which tokens come next; it knows
nothing of the model that computes them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from medassist.engines.shapes import Floats

_NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Rules:
    """What a search keeps to: the tokens that it begins and ends with, and how long a repetition may be."""

    start: int
    end: int
    no_repeat_ngram: int = 0

    def forbid_repetition(self, scores: Floats, tokens: Sequence[int]) -> None:
        """Rule those tokens out, in place, that would complete an n-gram which ``tokens`` holds already.

        Parameters
        ----------
        scores : ndarray of float32, shape (vocabulary,)
        tokens : sequence of int
            What was decoded, the start token included.
        """
        size = self.no_repeat_ngram
        if size and len(tokens) >= size:
            newest = list(tokens[len(tokens) - size + 1 :])
            starts = range(len(tokens) - size + 1)
            repeated = [tokens[n + size - 1] for n in starts if list(tokens[n : n + size - 1]) == newest]
            scores[repeated] = _NEVER


class Search(Protocol):
    """One request's search."""

    done: bool
    newest: list[int]  # the tokens that the decoder reads next, one a beam
    parents: list[int]  # the beams that they continue

    def advance(self, logits: Floats) -> None:
        """Take the logits after the newest tokens, shape (beams, vocabulary); they may be overwritten."""
        ...

    def result(self) -> list[int]:
        """Return what was decoded, without the start token."""
        ...


class Greedy:
    """Takes the likeliest token each time.

    Parameters
    ----------
    rules : Rules
    limit : int
        Tokens to decode at most.
    on_token : callable, optional
        Called with each token; when it returns False, the search ends.
    """

    def __init__(self, rules: Rules, limit: int, on_token: Callable[[int], bool] | None = None) -> None:
        self.rules = rules
        self.limit = limit
        self.on_token = on_token
        self.done = False
        self.newest = [rules.start]
        self.parents = [0]
        self.tokens = [rules.start]

    def advance(self, logits: Floats) -> None:
        """Choose the next token."""
        self.rules.forbid_repetition(logits[0], self.tokens)
        token = int(logits[0].argmax())
        self.tokens.append(token)
        self.newest = [token]
        wanted = self.on_token is None or self.on_token(token)
        self.done = not wanted or token == self.rules.end or len(self.tokens) > self.limit

    def result(self) -> list[int]:
        """Return what was decoded."""
        return self.tokens[1:]


@dataclass(order=True, slots=True)
class _Beam:
    score: float
    tokens: list[int] = field(compare=False)


class BeamSearch:
    """Follows the ``beams`` likeliest beginnings, as transformers does by default.

    A finished sequence's score is the mean log-likelihood of its tokens (length penalty 1). The search ends when the
    best running beam's mean falls behind the worst of ``beams`` finished ones, or at the limit.

    Parameters
    ----------
    rules : Rules
    limit : int
        Tokens to decode at most.
    beams : int
    """

    def __init__(self, rules: Rules, limit: int, beams: int) -> None:
        self.rules = rules
        self.limit = limit
        self.beams = beams
        self.done = False
        self.newest = [rules.start] * beams
        self.parents = list(range(beams))
        # all beams begin alike: only the first may be continued at first
        self._running = [_Beam(0.0 if n == 0 else -1e9, [rules.start]) for n in range(beams)]
        self._finished: list[_Beam] = []

    def advance(self, logits: Floats) -> None:
        """Choose the tokens that continue the beams."""
        scores = _log_softmax(logits)
        for row, beam in zip(scores, self._running, strict=True):
            self.rules.forbid_repetition(row, beam.tokens)
        scores += np.array([[beam.score] for beam in self._running], np.float32)
        length = len(self._running[0].tokens)  # of generated tokens, the next included
        running: list[_Beam] = []
        parents: list[int] = []
        for rank, (parent, token, score) in enumerate(self._likeliest(scores)):
            tokens = [*self._running[parent].tokens, token]
            if token == self.rules.end or length == self.limit:
                if rank < self.beams:  # the others only make sure that enough beams go on
                    self._finished.append(_Beam(score / length, tokens))
            elif len(running) < self.beams:
                running.append(_Beam(score, tokens))
                parents.append(parent)
        self._finished = sorted(self._finished, reverse=True)[: self.beams]
        if length == self.limit or self._hopeless(running, length):
            self.done = True
        else:
            self._running, self.parents = running, parents
            self.newest = [beam.tokens[-1] for beam in running]

    def result(self) -> list[int]:
        """Return the best finished sequence."""
        return self._finished[0].tokens[1:]

    def _likeliest(self, scores: Floats) -> list[tuple[int, int, float]]:
        """Return (beam, token, score) of twice as many continuations as beams, best first."""
        flat = scores.ravel()
        best = np.argpartition(-flat, 2 * self.beams)[: 2 * self.beams]
        best = best[np.lexsort((best, -flat[best]))]
        return [(int(n) // scores.shape[1], int(n) % scores.shape[1], float(flat[n])) for n in best]

    def _hopeless(self, running: list[_Beam], length: int) -> bool:
        if len(self._finished) < self.beams:
            return False
        return running[0].score / length <= self._finished[-1].score


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def log_likelihoods(logits: Floats, tokens: Sequence[int]) -> Floats:
    """Return the log-likelihood of each token of a sequence.

    Parameters
    ----------
    logits : ndarray of float32, shape (tokens, vocabulary)
        Before each token. They are gone through row by row, as they may be large.
    tokens : sequence of int

    Returns
    -------
    ndarray of float32, shape (tokens,)
    """
    return np.array([_log_softmax(row)[token] for row, token in zip(logits, tokens, strict=True)], np.float32)
