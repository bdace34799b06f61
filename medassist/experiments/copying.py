"""Weights that copy before they have learnt anything: an induction circuit laid into a T5's random weights.

A small T5 that starts from noise needs far more text than we have before it copies from its passages (Olsson et al.,
"In-context Learning and Induction Heads", 2022, describe how such heads come about in large models). So the heads are
put there:

1. Three heads of the encoder's first layer attend to the token one, two and three places before, by their relative
   position bias alone (T5 has a bucket of its own for each small distance), and write a random projection of it, its
   signature, into dimensions of the residual stream that the embeddings leave free.
2. Two heads of the decoder's first layer do the same with the tokens that have been written: with the current input
   token, the decoder knows the last three.
3. Heads of the last decoder layer's cross-attention compare the last three tokens written with the three before each
   place of the input, attend to the place that agrees in all three, and carry its token's embedding to the output,
   where the tied output layer turns it back into the token.

4. Heads of the encoder's second layer compare each token with all others of its text and attend to the same one
   elsewhere: so a passage can be told whose words the question has.

One token to compare leads into loops and wrong places as soon as a word stands twice; three rarely do. What a circuit
cannot know, where to begin, when to stop and where to jump, is left to training. The model stays a plain
``T5ForConditionalGeneration``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medassist.errors import TrainingError

DISTANCES = (1, 2, 3)  # tokens back


@dataclass(frozen=True, slots=True)
class Circuit:
    """How strongly the circuit is laid in. Measured on random tokens: with these values it copies without a fault.

    Parameters
    ----------
    signature : int
        Dimensions of one signature; three of them stay free of the embeddings.
    sharpness : float
        Attention score of a place that agrees in all three tokens; half of it already makes mistakes.
    gain : float
        Size of the copied embedding beside what else is in the stream.
    quiet : float
        What all other layers' outputs are scaled by, so that their noise does not drown the circuit; at 1 it does.
    position : float
        Relative position bias of the place that a head is to attend to.
    heads : int
        Heads of the cross-attention that copy.
    sameness : float
        Attention score of another place with the same token.
    """

    signature: int = 32
    sharpness: float = 20.0
    gain: float = 4.0
    quiet: float = 0.3
    position: float = 10.0
    heads: int = 4
    sameness: float = 12.0


def lay_circuit(model: Any, seed: int, circuit: Circuit | None = None) -> None:
    """Change a freshly initialised T5 in place so that it goes on with what stands in its input.

    Parameters
    ----------
    model : transformers.T5ForConditionalGeneration
        With tied embeddings of standard deviation 1, as T5 initialises them.
    seed : int
        Of the random projections.

    Raises
    ------
    TrainingError
        If the shape has no room for the circuit.
    """
    import torch

    circuit = circuit or Circuit()
    _check_shape(model.config, circuit)
    generator = torch.Generator().manual_seed(seed)
    content = model.config.d_model - len(DISTANCES) * circuit.signature  # dimensions left to the embeddings
    projections = [_orthonormal(circuit.signature, content, generator) for _ in DISTANCES]
    with torch.no_grad():
        model.shared.weight[:, content:] *= 0.1
        for name, weight in model.named_parameters():
            if name.endswith((".o.weight", ".wo.weight")):
                weight *= circuit.quiet
        reader = model.encoder.block[0].layer[0].SelfAttention
        writer = model.decoder.block[0].layer[0].SelfAttention
        for head, distance in enumerate(DISTANCES):
            _look_back(reader, head, distance, projections[head], content + head * circuit.signature, circuit)
        _match_words(model.encoder, content, circuit, generator)
        for head, distance in enumerate(DISTANCES[:-1]):  # the last token written is the decoder's own input
            start = content + (head + 1) * circuit.signature
            _look_back(writer, head, distance, projections[head + 1], start, circuit)
        _copy(model.decoder.block[-1].layer[1].EncDecAttention, projections[0], content, circuit, generator)


def _check_shape(config: Any, circuit: Circuit) -> None:
    needed = max(len(DISTANCES), circuit.heads)
    content = config.d_model - len(DISTANCES) * circuit.signature
    carried = circuit.heads * config.d_kv
    if config.num_heads < needed or config.d_kv < circuit.signature or not 0 < content <= carried:
        raise TrainingError(
            f"{config.num_heads} heads of {config.d_kv} in {config.d_model} dimensions have no room for the circuit: "
            f"it needs {needed} heads of {circuit.signature} and room for the {content} dimensions of an embedding in "
            f"{circuit.heads} of them; choose a larger shape or a smaller signature."
        )


def _look_back(attention: Any, head: int, distance: int, projection: Any, start: int, circuit: Circuit) -> None:
    """One head writes the projection of the token ``distance`` places back, from dimension ``start`` on."""
    import torch

    size, content = projection.shape
    width = attention.key_value_proj_dim
    rows = slice(head * width, (head + 1) * width)
    for matrix in (attention.q, attention.k, attention.v):
        matrix.weight[rows] *= 0.1
    attention.o.weight[:, rows] *= 0.1
    values = slice(head * width, head * width + size)
    attention.v.weight[values] = 0
    attention.v.weight[values, :content] = projection * math.sqrt(content / attention.d_model)  # as long as normed
    attention.o.weight[:, values] = 0
    attention.o.weight[start : start + size, values] = torch.eye(size)
    attention.relative_attention_bias.weight[:, head] = 0
    attention.relative_attention_bias.weight[distance, head] = circuit.position  # bucket n is n places back


def _match_words(encoder: Any, content: int, circuit: Circuit, generator: Any) -> None:
    """The last two heads of the second layer, where they are free, attend to the same token elsewhere."""
    if len(encoder.block) < 2:
        return
    attention = encoder.block[1].layer[0].SelfAttention
    width = attention.key_value_proj_dim
    compared = min(width, content)
    scale = math.sqrt(circuit.sameness / compared * content / attention.d_model)
    for head in range(max(len(DISTANCES), attention.n_heads - 2), attention.n_heads):
        rows = slice(head * width, head * width + compared)
        for matrix in (attention.q, attention.k):
            matrix.weight[head * width : (head + 1) * width] = 0
        matching = scale * _orthonormal(compared, content, generator)
        attention.q.weight[rows, :content] = matching
        attention.k.weight[rows, :content] = matching
        # All layers share the first one's biases; bucket 0 is the place itself.
        encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight[0, head] = -circuit.sameness / 2


def _copy(attention: Any, projection: Any, content: int, circuit: Circuit, generator: Any) -> None:
    """Some heads find the place that agrees with the last tokens, each by another projection, and carry its embedding.

    Each head carries another part of it: the rows of one matrix with orthonormal columns.
    """
    import torch

    width, size = attention.key_value_proj_dim, circuit.signature
    carriers = _orthonormal(circuit.heads * width, content, generator)
    compared = min(width, len(DISTANCES) * size)
    scale = math.sqrt(circuit.sharpness / compared)
    for head in range(circuit.heads):
        rows = slice(head * width, (head + 1) * width)
        mixing = torch.zeros(width, len(DISTANCES) * size)
        mixing[:compared] = scale * _orthonormal(compared, len(DISTANCES) * size, generator)
        attention.q.weight[rows] = 0
        attention.q.weight[rows, :content] = mixing[:, :size] @ projection  # the decoder's own token
        attention.q.weight[rows, content + size :] = mixing[:, size:]
        attention.k.weight[rows] = 0
        attention.k.weight[rows, content:] = mixing
        attention.v.weight[rows] = 0
        attention.v.weight[rows, :content] = carriers[rows]
        attention.o.weight[:, rows] = 0
        attention.o.weight[:content, rows] = circuit.gain * carriers[rows].T


def _orthonormal(rows: int, columns: int, generator: Any) -> Any:
    """A random ``(rows, columns)`` matrix whose rows, or columns if there are fewer of them, are orthonormal."""
    import torch

    drawn = torch.randn(max(rows, columns), min(rows, columns), generator=generator)
    matrix, _ = torch.linalg.qr(drawn)
    return matrix if rows >= columns else matrix.T.contiguous()


def continue_input(model: Any, sequences: Sequence[Sequence[int]], start: int, count: int) -> float:
    """Return which part of ``count`` tokens a model writes as they stand in its input.

    Parameters
    ----------
    sequences : sequence of sequence of int
        Inputs of one length. The decoder is given three tokens from place ``start`` on and has to go on greedily.
    """
    import torch

    ids = torch.tensor(sequences)
    begun = torch.nn.functional.pad(ids[:, start : start + len(DISTANCES)], (1, 0))  # T5 starts with 0
    wanted = ids[:, start + len(DISTANCES) : start + len(DISTANCES) + count]
    with torch.inference_mode():
        written = model.eval().generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            decoder_input_ids=begun,
            max_new_tokens=count,
            min_new_tokens=count,
            do_sample=False,
        )
    return float((written[:, begun.shape[1] :] == wanted).float().mean())
