"""T5 at work: text, choices by likelihood, streams; model folders that are not whole; requests that make no sense."""

import itertools
import json
import math
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medassist.errors import InvalidRequestError, ModelPackageError
from medassist.generation import REQUIRED_FILES, Generator, ModelSettings, Request
from medassist.prompts import PassageText

PASSAGES = (PassageText("Soil", "Soil is brown earth."), PassageText("fern", "fern is a green plant."))
OTHER_FORMAT = {"format": 9, "name": "x", "base_model": "y", "max_input_tokens": 9, "max_passages": 1}
OPTIONS = {"A": "a green plant", "B": "brown earth", "C": "plant"}


@pytest.fixture(scope="module")
def generator(t5_folder: Path) -> Generator:
    return Generator.load(t5_folder, threads=1)


def test_generate_answers_and_counts_tokens(generator: Generator) -> None:
    # GIVEN a tiny model that has learnt one kind of sentence WHEN it is asked
    answer = generator.generate("What is fern?", PASSAGES, 20)
    # THEN it says something, the same each time, within the limit
    assert answer.text
    assert answer == generator.generate("What is fern?", PASSAGES, 20)
    assert answer.model == "tiny-t5"
    prompt = generator.inputs(Request("What is fern?", PASSAGES))[0]
    assert answer.input_tokens == len(generator.engine.tokenizer(prompt)["input_ids"])  # type: ignore[attr-defined]
    assert 1 <= answer.output_tokens <= 20
    assert generator.generate("What is fern?", PASSAGES, 2).output_tokens <= 2


def test_passages_beyond_the_trained_number_are_not_read(generator: Generator) -> None:
    three = [*PASSAGES, PassageText("Sand", "Sand is yellow.")]
    assert generator.settings.max_passages == 3
    four = [*three, PassageText("More", "More.")]
    assert generator.inputs(Request("Why?", four)) == generator.inputs(Request("Why?", three))


def test_choose_gives_the_softmax_of_mean_log_likelihoods(generator: Generator) -> None:
    # GIVEN the likelihood of each option worked out one token after the other, with a decoder that knows no batches
    import torch

    engine: Any = generator.engine
    inputs = engine.tokenizer(generator.inputs(Request("Which is fern?", PASSAGES, OPTIONS)), return_tensors="pt")
    expected = {}
    for key, text in OPTIONS.items():
        target, written, total = engine.tokenizer(text)["input_ids"], [0], 0.0
        for token in target:
            with torch.inference_mode():
                logits = engine.model(**inputs, decoder_input_ids=torch.tensor([written])).logits[0, -1]
            total += float(logits.double().log_softmax(-1)[token])
            written.append(token)
        expected[key] = math.exp(total / len(target))
    # WHEN the model chooses
    answer = generator.choose("Which is fern?", PASSAGES, OPTIONS)
    # THEN the probabilities are these, divided by their sum, and the likeliest is chosen
    assert sum(answer.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    for key, weight in expected.items():
        assert answer.probabilities[key] == pytest.approx(weight / sum(expected.values()), rel=1e-4)
    assert answer.choice == max(expected, key=lambda key: expected[key])
    assert answer.text == OPTIONS[answer.choice]


def test_an_options_probability_does_not_depend_on_its_place(generator: Generator) -> None:
    # GIVEN two options of equal text WHEN both are scored in one batch with a longer one THEN they are equally likely
    answer = generator.choose("Which?", PASSAGES, {"A": "plant", "B": "a green plant of brown earth", "C": "plant"})
    assert answer.probabilities["A"] == pytest.approx(answer.probabilities["C"], rel=1e-5)


def test_stream_gives_the_same_text_piece_by_piece(generator: Generator) -> None:
    pieces = list(generator.stream("What is fern?", PASSAGES, 20))
    assert "".join(pieces) == generator.generate("What is fern?", PASSAGES, 20).text
    assert len(pieces) > 1


def test_stream_stops_decoding_when_nobody_reads_on(t5_folder: Path) -> None:
    # GIVEN a model that must write 100 tokens and takes 20 ms for each
    generator = Generator.load(t5_folder, threads=1)
    model: Any = generator.engine.model  # type: ignore[attr-defined]
    model.generation_config.min_new_tokens = 100
    steps: list[float] = []
    model.decoder.register_forward_hook(lambda *_: (steps.append(1), time.sleep(0.02))[-1])
    # WHEN the reader leaves after the first piece
    before = set(threading.enumerate())
    stream: Any = generator.stream("What is fern?", PASSAGES, 100)
    next(stream)
    decoding = set(threading.enumerate()) - before
    stream.close()
    # THEN the decoding ends early
    for thread in decoding:
        thread.join(30)
    assert len(decoding) == 1
    assert len(steps) < 60


def test_repeated_word_pieces_are_suppressed(t5_folder: Path, tmp_path: Path) -> None:
    # GIVEN the same model with and without the guard against repetition WHEN it writes a lot
    folder = tmp_path / "free"
    shutil.copytree(t5_folder, folder)
    settings = json.loads((folder / "medassist.json").read_text()) | {"no_repeat_ngram": 2}
    (folder / "medassist.json").write_text(json.dumps(settings))
    guarded: Any = Generator.load(folder, threads=1).engine
    tokens = guarded.generate([["fern fern fern"]], [40])[0]
    # THEN no pair of tokens comes twice
    pairs = list(itertools.pairwise(tokens))
    assert len(pairs) == len(set(pairs))


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _with(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        *[(_without(name), name) for name in REQUIRED_FILES],
        (_with("medassist.json", "{"), "not a medassist model's settings"),
        (_with("medassist.json", "[]"), "not a medassist model's settings"),
        (_with("medassist.json", json.dumps(OTHER_FORMAT)), "format version 9, but this .* 1"),
        (_with("model.safetensors", "no weights"), "cannot be loaded"),
        (_with("config.json", "{}"), "cannot be loaded"),
    ],
)
def test_a_damaged_folder_is_refused(damage: Callable[[Path], Any], said: str, t5_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(t5_folder, folder)
    damage(folder)
    with pytest.raises(ModelPackageError, match=said):
        Generator.load(folder)


def test_a_missing_folder_and_an_unknown_engine_are_refused(t5_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="no model folder"):
        Generator.load(tmp_path / "nowhere")
    with pytest.raises(ModelPackageError, match="no engine 'quantum'"):
        Generator.load(t5_folder, engine="quantum")


def test_settings_survive_writing_and_reading(tmp_path: Path) -> None:
    settings = ModelSettings("name", "base", max_input_tokens=77, max_passages=2, no_repeat_ngram=0)
    settings.write(tmp_path)
    assert ModelSettings.read(tmp_path) == settings


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("", PASSAGES, 5), "question is empty"),
        ((" \n", PASSAGES, 5), "question is empty"),
        ((None, PASSAGES, 5), "question is empty"),
        (("x" * 4_001, PASSAGES, 5), "4001 characters, the limit is 4000"),
        (("x", PASSAGES * 11, 5), "22 passages, the limit is 20"),
        (("x", PASSAGES, 0), "max_new_tokens is 0"),
        (("x", PASSAGES, 257), "max_new_tokens is 257"),
        (("x", PASSAGES, True), "max_new_tokens is True"),
        (("x", PASSAGES, "5"), "max_new_tokens is '5'"),
    ],
)
def test_senseless_requests_are_refused(arguments: Any, said: str, generator: Generator) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        generator.generate(*arguments)
    with pytest.raises(InvalidRequestError, match=said):  # at the call, not at the first piece
        generator.stream(*arguments)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "0 options"),
        ({"A": "x"}, "1 options; send 2 to 10"),
        ({str(n): "x" for n in range(11)}, "11 options"),
        ({"A": "x", "B": " "}, "Option B is empty"),
        ({"A": "x", "B": 3}, "Option B is empty"),
        ({"A": "x", "B": "y" * 4_001}, "Option B has 4001 characters"),
    ],
)
def test_senseless_options_are_refused(options: Any, said: str, generator: Generator) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        generator.choose("Which?", PASSAGES, options)
