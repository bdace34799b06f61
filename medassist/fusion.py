"""Fusion-in-Decoder in PyTorch: each text of a request is encoded on its own, the decoder attends to all of them.

Izacard and Grave, "Leveraging Passage Retrieval with Generative Models for Open Domain Question Answering" (2021). The
model stays a plain ``T5ForConditionalGeneration``: what is fused are the states between its encoder and its decoder, so
that weights, ``save_pretrained``, LoRA and distributed training know nothing of it. One text a request is the ordinary
T5; so concatenation needs no way of its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def encode_fused(model: Any, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
    """Encode the texts of some requests and join their states.

    Parameters
    ----------
    model : transformers.T5ForConditionalGeneration
        Its encoder computes.
    input_ids, attention_mask : torch.Tensor
        ``(batch, passages, length)``. A request with fewer passages than others has rows whose mask is 0 throughout;
        they are not computed.

    Returns
    -------
    states : torch.Tensor
        ``(batch, passages * length, width)``; 0 where there is no passage.
    mask : torch.Tensor
        ``(batch, passages * length)``, what the decoder may attend to.

    Examples
    --------
    ``states, mask = encode_fused(model, ids, mask)`` and then
    ``model(encoder_outputs=(states,), attention_mask=mask, labels=labels)``, or ``model.generate`` likewise.
    """
    batch = len(input_ids)
    ids, mask, present = _to_rows(input_ids, attention_mask)
    encoded = model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
    return _to_requests(encoded, present, batch), attention_mask.flatten(1)


@contextmanager
def fused(model: Any) -> Iterator[Any]:
    """Let ``model(input_ids=…, attention_mask=…, labels=…)`` take ids of ``(batch, passages, length)``.

    The mask is given as the decoder reads it, ``(batch, passages * length)``. Ids of ``(batch, length)`` are read as
    ever. Two hooks of the encoder do it, which leave with the context: so the call may come through wrappers of the
    model (DistributedDataParallel, LoRA, autocast) and through gradient checkpointing.
    """
    encoder = model.get_encoder()
    pending: list[tuple[Any, int]] = []  # of the call under way: which rows hold a text, how many requests

    def split(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        pending.clear()
        ids = named.get("input_ids")
        if ids is None or ids.dim() != 3:
            return arguments, named
        rows, mask, present = _to_rows(ids, named["attention_mask"].view_as(ids))
        pending.append((present, len(ids)))
        return arguments, {**named, "input_ids": rows, "attention_mask": mask}

    def join(_: Any, __: tuple[Any, ...], ___: dict[str, Any], output: Any) -> Any:
        if pending:
            output.last_hidden_state = _to_requests(output.last_hidden_state, *pending.pop())
        return output

    handles = [
        encoder.register_forward_pre_hook(split, with_kwargs=True),
        encoder.register_forward_hook(join, with_kwargs=True),
    ]
    try:
        yield model
    finally:
        for handle in handles:
            handle.remove()


def pad_requests(requests: Sequence[Sequence[Sequence[int]]], pad: int) -> tuple[Any, Any]:
    """Return ids and mask, both ``(batch, passages, length)``, of the token ids of each request's texts.

    Parameters
    ----------
    requests : sequence of sequence of sequence of int
        For each request its texts, for each text its token ids.
    pad : int
        The id that fills up.
    """
    import torch

    passages = max(len(texts) for texts in requests)
    length = max(len(text) for texts in requests for text in texts)
    ids = torch.full((len(requests), passages, length), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, texts in enumerate(requests):
        for place, text in enumerate(texts):
            ids[row, place, : len(text)] = torch.as_tensor(text, dtype=torch.long)
            mask[row, place, : len(text)] = 1
    return ids, mask


def _to_rows(input_ids: Any, attention_mask: Any) -> tuple[Any, Any, Any]:
    """The texts that are there, a row each, and which of all rows they are."""
    ids, mask = input_ids.flatten(0, 1), attention_mask.flatten(0, 1)  # (batch, passages, n) -> (batch * passages, n)
    present = mask.any(dim=1)
    return ids[present], mask[present], present


def _to_requests(encoded: Any, present: Any, batch: int) -> Any:
    """Put encoded rows back to their places; (batch * passages, length, width) -> (batch, passages * length, width)."""
    length, width = encoded.shape[1:]
    states = encoded.new_zeros((len(present), length, width))
    states[present] = encoded
    return states.view(batch, -1, width)
