"""The shape of a T5: what decides how it computes, the names of its graphs' inputs, its relative-position biases."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist.errors import ModelPackageError

Floats = NDArray[np.float32]
ACTIVATIONS = ("relu", "gelu_new")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is needed to compute a T5.

    Parameters
    ----------
    vocabulary, width, inner, heads, head_size : int
        Rows of the embedding, width of the states, of the feed-forward layers, attention heads and width of each;
        ``heads * head_size`` need not be ``width``.
    encoder_layers, decoder_layers : int
    gated, activation
        T5 1.1 and Flan-T5 have gated feed-forward layers with ``gelu_new``, the first T5 plain ones with ``relu``.
    scaled : bool
        Whether the decoder's output is multiplied by ``width ** -0.5`` before the last product. The first T5 does so,
        Flan-T5 does not, and tied weights say nothing about it.
    buckets, max_distance : int
        Of the relative-position bias.
    epsilon : float
        Of the root mean square norm.
    start, end : int
        The tokens that decoding begins and ends with.
    """

    vocabulary: int
    width: int
    inner: int
    heads: int
    head_size: int
    encoder_layers: int
    decoder_layers: int
    gated: bool
    activation: str
    scaled: bool
    buckets: int
    max_distance: int
    epsilon: float
    start: int
    end: int

    @classmethod
    def of(cls, config: Any) -> "Shape":
        """Return the shape that a transformers ``T5Config`` describes.

        Raises
        ------
        ModelPackageError
            If it is of a kind that cannot be exported.
        """
        if config.dense_act_fn not in ACTIVATIONS:
            raise ModelPackageError(
                f"The model's activation is {config.dense_act_fn!r}, but only {' and '.join(ACTIVATIONS)} "
                "can be exported; use the engine 'transformers'."
            )
        return cls(
            vocabulary=config.vocab_size,
            width=config.d_model,
            inner=config.d_ff,
            heads=config.num_heads,
            head_size=config.d_kv,
            encoder_layers=config.num_layers,
            decoder_layers=config.num_decoder_layers,
            gated=config.is_gated_act,
            activation=config.dense_act_fn,
            scaled=config.scale_decoder_outputs,
            buckets=config.relative_attention_num_buckets,
            max_distance=config.relative_attention_max_distance,
            epsilon=config.layer_norm_epsilon,
            start=config.decoder_start_token_id,
            end=config.eos_token_id,
        )

    @property
    def attention(self) -> int:
        """Width of all heads together."""
        return self.heads * self.head_size

    @property
    def cross_names(self) -> list[str]:
        """Return the names of the encoder's keys and values, in the order of the decoder's layers."""
        return self._names("cross")

    @property
    def past_names(self) -> list[str]:
        """Return the names of the decoder's cached keys and values, as inputs."""
        return self._names("past")

    @property
    def present_names(self) -> list[str]:
        """Return the names of the decoder's cached keys and values, as outputs."""
        return self._names("present")

    def _names(self, kind: str) -> list[str]:
        return [f"{kind}_{part}_{n}" for n in range(self.decoder_layers) for part in ("key", "value")]


def distance_bias(table: Floats, distances: NDArray[np.int64], max_distance: int, *, both_ways: bool) -> Floats:
    """Return T5's bias of attention by the distance between two tokens.

    Half of the buckets hold one distance each, the others logarithmically wider ranges up to ``max_distance`` (Raffel
    et al., 2020, section 2.1). The encoder looks ``both_ways`` and keeps half of its buckets for either side.

    Parameters
    ----------
    table : ndarray of float32, shape (buckets, heads)
    distances : ndarray of int64, shape (n,)
        Position of the token looked at, less that of the token that looks.

    Returns
    -------
    ndarray of float32, shape (heads, n)
    """
    buckets = len(table) // 2 if both_ways else len(table)
    side = np.where(distances > 0, buckets, 0) if both_ways else 0
    far = np.abs(distances) if both_ways else np.maximum(-distances, 0)
    exact = buckets // 2
    # in float32 as torch computes it: a bucket's edge must not move by a rounding
    ratio = np.log(np.maximum(far, 1).astype(np.float32) / np.float32(exact)) / np.float32(np.log(max_distance / exact))
    wide = np.minimum(exact + (ratio * np.float32(buckets - exact)).astype(np.int64), buckets - 1)
    return np.ascontiguousarray(table[side + np.where(far < exact, far, wide)].T)


def square_bias(by_distance: Floats) -> Floats:
    """Spread an encoder's bias over all pairs of tokens.

    Parameters
    ----------
    by_distance : ndarray of float32, shape (heads, 2 * length - 1)
        For the distances from ``-(length - 1)`` to ``length - 1``.

    Returns
    -------
    ndarray of float32, shape (1, heads, length, length)
    """
    length = (by_distance.shape[1] + 1) // 2
    windows = np.lib.stride_tricks.sliding_window_view(by_distance, length, axis=1)  # (heads, length, length)
    return np.ascontiguousarray(windows[None, :, ::-1])
