"""What a training step costs: five passages fused against the same passages in one text, and with less memory or bits.

Forward, backward and optimiser step of a batch of made-up tokens on one thread. The ways take turns, round by round, so
that other work on the machine meets all alike; medians of the processor's time are compared. Peak memory is taken in a
fresh process each, as the system gives it.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

PASSAGES, PASSAGE_TOKENS, QUESTION_TOKENS, TARGET_TOKENS = 5, 200, 20, 64
WAYS = {
    "one text": {"fused": False},
    "five texts, fused": {"fused": True},
    "five texts, fused; gradients checkpointed": {"fused": True, "checkpointing": True},
    "one text; bf16": {"fused": False, "bf16": True},
    "five texts, fused; bf16": {"fused": True, "bf16": True},
}


def main() -> None:
    """Print a table: tokens of input a second of processor time, ratio to one text, peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=("compact", "small"), default="compact", help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=8, help="examples a step (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="steps of each way (default: %(default)s)")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        memory = {way: pool.apply(peak_memory, (options.shape, options.batch, way)) for way in WAYS}
        seconds = pool.apply(take_turns, (options.shape, options.batch, options.rounds))
    read = options.batch * PASSAGES * PASSAGE_TOKENS  # tokens of passages: the same for every way
    first = statistics.median(seconds["one text"])
    print(f"{options.shape} shape, batch {options.batch}, {PASSAGES} passages of {PASSAGE_TOKENS} tokens, one thread")
    print("| way | passage tokens a second | time, ratio to one text | peak MiB |\n| --- | ---: | ---: | ---: |")
    for way in WAYS:
        middle = statistics.median(seconds[way])
        print(f"| {way} | {read / middle:,.0f} | {middle / first:.2f} | {memory[way]:,.0f} |")
    print(json.dumps({way: [round(value, 3) for value in values] for way, values in seconds.items()}))


def take_turns(shape: str, batch: int, rounds: int) -> dict[str, list[float]]:
    """Return the processor's seconds of each step of each way, the first steps left out."""
    steps = {way: make_step(shape, batch, **settings) for way, settings in WAYS.items()}
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(rounds + 1):
        for way, step in steps.items():
            started = time.process_time()
            step()
            if turn:
                seconds[way].append(time.process_time() - started)
    return seconds


def peak_memory(shape: str, batch: int, way: str) -> float:
    """Return a fresh process's peak memory in MiB after two steps."""
    step = make_step(shape, batch, **WAYS[way])
    step()
    step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_step(
    shape: str, batch: int, *, fused: bool, checkpointing: bool = False, bf16: bool = False
) -> Callable[[], None]:
    """Return one step of training, on the same made-up tokens each time."""
    import torch

    from medassist import fusion

    torch.set_num_threads(1)
    torch.manual_seed(13)
    model = make_model(shape)
    model.train()
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    texts = PASSAGES if fused else 1
    length = QUESTION_TOKENS + PASSAGE_TOKENS * PASSAGES // texts
    ids = torch.randint(3, 6_000, (batch, texts, length))
    labels = torch.randint(3, 6_000, (batch, TARGET_TOKENS))
    mask = torch.ones(batch, texts * length, dtype=torch.long)

    def step() -> None:
        with fusion.fused(model), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def make_model(shape: str) -> Any:
    """Return a T5 with random weights: our compact shape, or that of Flan-T5 small."""
    from transformers import T5Config, T5ForConditionalGeneration

    from medassist.base_models import compact_config

    small: dict[str, Any] = {"d_model": 512, "d_kv": 64, "d_ff": 1024, "num_layers": 8, "num_heads": 6}
    config = compact_config(6_000) if shape == "compact" else T5Config(**small, feed_forward_proj="gated-gelu")
    config.decoder_start_token_id = 0
    return T5ForConditionalGeneration(config)


if __name__ == "__main__":
    main()
