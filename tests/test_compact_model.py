"""The compact T5 that we ship: whole, small, and copying from texts that it has never seen."""

import hashlib
import json
import random
import re
from pathlib import Path

import pytest

from medassist import datasets, prompts
from medassist.base_models import COMPACT_FOLDER, load_base
from medassist.example_table import Example
from medassist.experiments.compact_card import measure_copying
from medassist.generation import Generator, ModelSettings, Request
from medassist.passages import split_document
from medassist.prompts import PassageText
from medassist.splits import split_corpus
from medassist.text import sentences
from medassist.training_parameters import COMPACT, TrainingParameters

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
CARD = COMPACT_FOLDER / "model_card.md"
HELD_OUT = ("validation", "test")


def held_out_examples(count: int) -> list[Example]:
    """Overviews of the sample's held-out topics, each asked for by its topic and shown with two of others."""
    corpus = datasets.load_corpus(SAMPLE)
    sides = split_corpus(corpus).documents
    asked = [d for d in corpus.documents if d.aspect == "overview" and sides.get(d.document_id) in HELD_OUT][:count]
    others = [d for d in corpus.documents if sides.get(d.document_id) == "train"]
    beside = iter(random.Random(7).sample(others, 2 * len(asked)))  # no passage stands twice
    found = []
    for document in asked:
        shown = [PassageText(d.title, split_document(d)[0].text) for d in (document, next(beside), next(beside))]
        question, target = f"What is {document.topic}?", sentences(shown[0].text)[0]
        found.append(Example(prompts.ANSWER, document.document_id, question, tuple(shown), target))
    return found


def test_it_is_whole_and_at_most_20_megabytes() -> None:
    # GIVEN the checksums in the card
    listed = re.findall(r"^\| ([\w.]+) \| [\d,]+ \| ([0-9a-f]{64}) \|$", CARD.read_text(encoding="utf-8"), re.MULTILINE)

    # WHEN the files are read
    files = {path.name for path in COMPACT_FOLDER.iterdir()} - {CARD.name}

    # THEN they are the card's, and together no more than we allow
    assert {name for name, _ in listed} == files
    for name, digest in listed:
        assert hashlib.sha256((COMPACT_FOLDER / name).read_bytes()).hexdigest() == digest
    assert sum(path.stat().st_size for path in COMPACT_FOLDER.iterdir()) <= 20_000_000


def test_the_card_states_what_was_measured() -> None:
    # GIVEN the metrics beside the card
    metrics = json.loads((COMPACT_FOLDER / "metrics.json").read_text(encoding="utf-8"))
    card = CARD.read_text(encoding="utf-8")

    # WHEN each source's answers are looked up
    # THEN the card has their score, and the settings name the tasks in which the baseline is not beaten
    for source in metrics.values():
        for result in source["tasks"].values():
            measure = "rouge_l" if "rouge_l" in result["scores"]["model"] else "accuracy"
            score = result["scores"]["model"][measure]
            assert f"{score['mean']:.3f} [{score['low']:.3f}, {score['high']:.3f}]" in card
    lost = ModelSettings.read(COMPACT_FOLDER).baseline_tasks
    assert all(f"`{task}`" in card for task in lost)


@pytest.fixture(scope="module")
def answered() -> tuple[list[Example], list[str]]:
    examples = held_out_examples(10)
    requests = [Request(example.question, example.passages, max_new_tokens=40) for example in examples]
    return examples, [said.text for said in Generator.load(COMPACT_FOLDER).respond(requests)]


def test_it_copies_from_its_own_passages_and_no_others(answered: tuple[list[Example], list[str]]) -> None:
    # GIVEN questions about topics whose questions it never saw
    examples, texts = answered

    # WHEN it answers
    copying = measure_copying(examples, texts)

    # THEN what it writes stands in the passages that it read, not in others', and it does not loop
    assert len(examples) == 10
    assert copying.own.mean > 0.7
    assert copying.mismatched.mean < 0.1
    assert copying.loops.mean <= 0.1


def test_training_starts_from_it_in_float32() -> None:
    import torch

    # GIVEN the default base model
    parameters = TrainingParameters()

    # WHEN it is loaded for training
    model, tokenizer = load_base(parameters, [])

    # THEN it is ours, computes in float32 although it is stored in half, and its tokenizer fits
    assert parameters.base_model == COMPACT
    assert model.dtype == torch.float32
    assert len(tokenizer) <= model.config.vocab_size
