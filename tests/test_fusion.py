"""Fusion-in-Decoder in PyTorch: what the decoder reads is what a passage at a time gives, padding aside."""

from pathlib import Path
from typing import Any

import pytest

from medassist import fusion

REQUESTS = [[[3, 4, 5, 1], [6, 7, 1]], [[8, 9, 10, 11, 12, 1]], [[3, 1], [4, 1], [5, 6, 7, 8, 9, 1]]]


@pytest.fixture(scope="module")
def model(t5_base: Path) -> Any:
    from transformers import T5ForConditionalGeneration

    return T5ForConditionalGeneration.from_pretrained(t5_base).eval()


def logits_alone(model: Any, texts: list[list[int]], labels: Any) -> Any:
    """One request, its texts encoded one by one without any padding."""
    import torch

    encoder = model.get_encoder()
    states = torch.cat([encoder(input_ids=torch.tensor([text])).last_hidden_state for text in texts], dim=1)
    return model(encoder_outputs=(states,), labels=labels).logits


def test_each_text_is_encoded_by_itself_and_the_decoder_reads_all(model: Any) -> None:
    import torch

    # GIVEN requests of different numbers of texts of different lengths
    ids, mask = fusion.pad_requests(REQUESTS, 0)
    assert ids.shape == mask.shape == (3, 3, 6)
    labels = torch.tensor([[5, 6, 1], [7, 8, 1], [9, 6, 1]])
    with torch.no_grad():
        # WHEN they are read together
        states, joined = fusion.encode_fused(model, ids, mask)
        together = model(encoder_outputs=(states,), attention_mask=joined, labels=labels).logits
        # THEN each gets what it gets alone
        for row, texts in enumerate(REQUESTS):
            alone = logits_alone(model, texts, labels[row : row + 1])
            torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=1e-5)
        # AND a model called within `fused` computes the very same
        with fusion.fused(model):
            called = model(input_ids=ids, attention_mask=mask.flatten(1), labels=labels).logits
    assert torch.equal(called, together)


def test_one_text_is_the_ordinary_t5(model: Any) -> None:
    import torch

    ids, mask = fusion.pad_requests([[[8, 9, 10, 1]]], 0)
    labels = torch.tensor([[7, 8, 1]])
    with torch.no_grad():
        ordinary = model(input_ids=ids[:, 0], labels=labels).logits
        with fusion.fused(model):
            fused = model(input_ids=ids, attention_mask=mask.flatten(1), labels=labels).logits
            # AND ids of two dimensions are read as ever
            assert torch.equal(model(input_ids=ids[:, 0], labels=labels).logits, ordinary)
    torch.testing.assert_close(fused, ordinary, rtol=0, atol=1e-6)
    # AND nothing is left of it afterwards
    assert not model.get_encoder()._forward_hooks
    assert not model.get_encoder()._forward_pre_hooks


def test_gradients_come_through_to_every_weight(model: Any) -> None:
    import torch

    ids, mask = fusion.pad_requests(REQUESTS, 0)
    with fusion.fused(model):
        model(input_ids=ids, attention_mask=mask.flatten(1), labels=torch.tensor([[5, 1]] * 3)).loss.backward()
    assert all(bool(weight.grad.abs().sum() > 0) for weight in model.parameters())
    model.zero_grad()
