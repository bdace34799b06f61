"""Before 8 bits: what a few channels have too much of is moved from the activations into the weights.

A T5's feed-forward layers have channels whose activations are hundreds of times as large as the others'. One 8-bit
scale for all of them leaves the others nothing. Dividing the weights that make a channel, and multiplying those that
read it, changes nothing in float32 and brings both to like sizes (Xiao et al., 2023: SmoothQuant, strength 0.5).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from medassist.engines.probes import Probe
from medassist.engines.reference import TransformersEngine
from medassist.engines.shapes import Floats, Shape

_READER = ".DenseReluDense.wo"


def largest_inputs(engine: TransformersEngine, probes: Sequence[Probe]) -> dict[str, Floats]:
    """Return the largest activation of each channel that a feed-forward layer's last product reads.

    Returns
    -------
    dict of str to ndarray of float32, shape (inner,)
        By the name of the product's module.
    """
    largest: dict[str, Floats] = {}

    def watch(name: str) -> Any:
        def note(_module: Any, inputs: Any) -> None:
            found = inputs[0].abs().flatten(0, -2).amax(dim=0).numpy()  # (texts, tokens, inner) -> (inner,)
            largest[name] = np.maximum(largest.get(name, np.float32(0)), found)

        return note

    modules = [(name, module) for name, module in engine.model.named_modules() if name.endswith(_READER)]
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in modules]
    try:
        for probe in probes:
            engine.logits(probe.texts, [probe.tokens])
    finally:
        for handle in handles:
            handle.remove()
    return largest


def smooth(weights: Mapping[str, Floats], largest: Mapping[str, Floats], shape: Shape) -> dict[str, Floats]:
    """Return weights that compute the same, with no channel far out of line.

    Parameters
    ----------
    weights : mapping of str to ndarray of float32
        By their names in transformers' state dictionary.
    largest : mapping of str to ndarray of float32
        From :func:`largest_inputs`.
    shape : Shape
        A layer that is neither gated nor has ``relu`` is left as it is: its channels cannot be scaled.
    """
    smoothed = dict(weights)
    if not shape.gated and shape.activation != "relu":
        return smoothed
    for name, inputs in largest.items():
        maker = name.removesuffix("wo") + ("wi_1.weight" if shape.gated else "wi.weight")
        reader = f"{name}.weight"
        outputs = np.abs(weights[reader]).max(axis=0)
        known = (inputs > 0) & (outputs > 0)
        scales = np.sqrt(np.divide(inputs, outputs, out=np.ones_like(inputs), where=known)).astype(np.float32)
        smoothed[maker] = weights[maker] / scales[:, None]
        smoothed[reader] = weights[reader] * scales
    return smoothed
