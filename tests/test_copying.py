"""The induction circuit: a T5 that has learnt nothing copies what it reads."""

from typing import Any

import pytest

from medassist.errors import TrainingError
from medassist.experiments.copying import Circuit, continue_input, lay_circuit

PIECES = 500


def fresh(**shape: int) -> Any:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(3)
    values = {"d_model": 96, "d_kv": 32, "d_ff": 64, "num_layers": 2, "num_heads": 4, **shape}
    config = T5Config(vocab_size=PIECES, feed_forward_proj="gated-gelu", decoder_start_token_id=0, **values)
    return T5ForConditionalGeneration(config)


def random_sequences(count: int = 4, length: int = 120) -> list[list[int]]:
    """Sequences in which frequent tokens stand many times, as words do in a text (Zipf's law)."""
    import torch

    generator = torch.Generator().manual_seed(5)
    frequencies = 1 / torch.arange(1, PIECES - 2)
    drawn = torch.multinomial(frequencies, count * length, replacement=True, generator=generator)
    return (3 + drawn).view(count, length).tolist()


def test_the_circuit_copies_held_out_sequences_without_any_training() -> None:
    # GIVEN the same random weights with the circuit and without it, and sequences that no weight was made from
    plain, laid = fresh(), fresh()
    lay_circuit(laid, 13, Circuit(signature=16))
    sequences = random_sequences()

    # WHEN each is given three tokens from the middle of its input and goes on
    with_circuit, without = (continue_input(model, sequences, 40, 50) for model in (laid, plain))

    # THEN one writes what stands there, the other does not
    assert with_circuit > 0.98
    assert without < 0.05


def test_one_token_to_compare_is_not_enough() -> None:
    # GIVEN a circuit whose attention is too blunt to tell a place that agrees in three tokens from others
    sharp, blunt = fresh(), fresh()
    lay_circuit(sharp, 13, Circuit(signature=16))
    lay_circuit(blunt, 13, Circuit(signature=16, sharpness=5.0))
    sequences = random_sequences()

    # WHEN both go on with their inputs
    # THEN the blunt one gets lost
    assert continue_input(blunt, sequences, 40, 50) < continue_input(sharp, sequences, 40, 50) - 0.2


def test_the_same_seed_gives_the_same_weights() -> None:
    import torch

    # GIVEN two models of the same random weights
    one, other = fresh(), fresh()

    # WHEN the circuit is laid into both by one seed
    for model in (one, other):
        lay_circuit(model, 7, Circuit(signature=16))

    # THEN they are the same
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize("shape", [{"num_heads": 2}, {"d_kv": 8}, {"d_model": 48}, {"d_model": 256}])
def test_a_shape_without_room_is_refused(shape: dict[str, int]) -> None:
    # GIVEN a shape with too few or too narrow heads, or too few or too many dimensions
    # WHEN the circuit is laid
    # THEN the message says what it needs
    with pytest.raises(TrainingError, match="no room for the circuit"):
        lay_circuit(fresh(**shape), 13, Circuit(signature=16))
