"""The production engine against the reference: same tokens in float32, near ones in 8 bits, alone or in a batch."""

import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from medassist import base_models, cli
from medassist.engines import runtime
from medassist.engines.decoding import BeamSearch, Rules
from medassist.engines.export import Tolerance, export_model, write_checked
from medassist.engines.manifest import FILES, Manifest
from medassist.engines.probes import Probe
from medassist.engines.reference import TransformersEngine
from medassist.engines.runtime import OnnxEngine
from medassist.engines.shapes import Shape, distance_bias
from medassist.engines.smoothing import largest_inputs, smooth
from medassist.engines.weights import by_block, by_column
from medassist.errors import ModelPackageError
from medassist.generation import Generator, ModelSettings
from medassist.prompts import PassageText

TEXTS = (
    "Asthma is a disease of the airways. It makes breathing hard, and often wakes people at night.",
    "Gout comes from crystals of uric acid in a joint; it hurts most at the big toe.",
    "High blood pressure is lowered by less salt, by walking every day and by medicines.",
    "The liver makes bile. The kidneys clean the blood. The heart never rests.",
)
# one text, several, and very different lengths
BATCH = ([TEXTS[0]], [TEXTS[1], TEXTS[2], TEXTS[3]], [" ".join(TEXTS) * 3], ["Gout?"], [TEXTS[3], TEXTS[0]])
LIMITS = [20, 3, 12, 1, 30]
KINDS: dict[str, dict[str, Any]] = {
    "as Flan-T5": {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "as the first T5": {"feed_forward_proj": "relu", "tie_word_embeddings": True},
}


class Models(NamedTuple):
    """One model, by all engines."""

    folder: Path
    reference: TransformersEngine
    fp32: OnnxEngine
    int8: OnnxEngine


def build(folder: Path, **settings: Any) -> Any:
    """Write a T5 with random weights that is sure of what it says; its heads are narrower than its states."""
    import torch
    import transformers

    tokenizer = base_models.train_tokenizer(TEXTS, 150)
    shape = {"d_model": 64, "d_kv": 16, "d_ff": 96, "num_layers": 2, "num_heads": 3, "decoder_start_token_id": 0}
    config = transformers.T5Config(vocab_size=256, **shape, **settings)
    transformers.set_seed(3)
    model = transformers.T5ForConditionalGeneration(config)
    if config.scale_decoder_outputs:
        model.shared.weight.data *= 4
    else:
        model.lm_head.weight = torch.nn.Parameter(torch.randn(256, 64) * 0.5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    ModelSettings("random", "none", 512, 3, no_repeat_ngram=2).write(folder)
    return model


@pytest.fixture(scope="module", params=KINDS)
def models(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("engines") / "model"
    build(folder, **KINDS[request.param])
    exported = [export_model(folder, folder.parent / kind, precision=kind) / "onnx" for kind in ("fp32", "int8")]
    engines = [OnnxEngine(path, no_repeat_ngram=2, threads=1) for path in exported]
    return Models(folder, TransformersEngine(folder, no_repeat_ngram=2, threads=1), *engines)


# ---- the engine --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beams", [1, 2, 4])
def test_float32_writes_the_tokens_of_the_reference(beams: int, models: Models) -> None:
    # GIVEN requests of one text and of several, WHEN both engines write, greedily or by beam search
    ours = models.fp32.generate(BATCH, LIMITS, beams=beams)
    # THEN they write the same, each up to its limit or its end
    assert ours == models.reference.generate(BATCH, LIMITS, beams=beams)
    assert [len(tokens) <= limit for tokens, limit in zip(ours, LIMITS, strict=True)] == [True] * len(BATCH)
    assert len({tuple(tokens) for tokens in ours}) == len(BATCH)
    assert [models.fp32.decode(tokens) for tokens in ours] == [models.reference.decode(tokens) for tokens in ours]


def test_float32_scores_as_the_reference(models: Models) -> None:
    # GIVEN targets of many lengths, more than are scored at once
    targets = [["asthma", "gout in a joint", " ".join(TEXTS), *TEXTS], ["yes", "no"]]
    for ours, theirs in zip(
        models.fp32.score(BATCH[:2], targets), models.reference.score(BATCH[:2], targets), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_tokens_and_their_places_are_those_of_the_reference(models: Models) -> None:
    for text in (*TEXTS, "  spaces\tand ﬁgures, 12½ µg  ", ""):
        assert [tuple(span) for span in models.int8.tokenise(text)] == [
            tuple(span) for span in models.reference.tokenise(text)
        ]


def test_int8_stays_near_the_reference(models: Models) -> None:
    (targets,) = (["asthma", "gout in a joint", TEXTS[0]],)
    ours, theirs = models.int8.score(BATCH[:1], [targets])[0], models.reference.score(BATCH[:1], [targets])[0]
    assert ours != theirs
    assert ours == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("beams", [1, 3])
def test_a_result_does_not_depend_on_the_batch(beams: int, models: Models) -> None:
    # GIVEN the int8 engine, where a rounding decides between two neighbours
    together = models.int8.generate(BATCH, LIMITS, beams=beams)
    # WHEN each request is alone, or they come in another order THEN not a token changes
    alone = [models.int8.generate([BATCH[n]], [LIMITS[n]], beams=beams)[0] for n in range(len(BATCH))]
    assert together == alone
    assert models.int8.generate(BATCH[::-1], LIMITS[::-1], beams=beams) == alone[::-1]
    scores = models.int8.score(BATCH, [["asthma", "gout"]] * len(BATCH))
    assert scores == [models.int8.score([texts], [["asthma", "gout"]])[0] for texts in BATCH]


def test_a_batch_that_needs_too_much_memory_is_split(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN room for one long request or three short ones WHEN all come at once THEN each gets the same answer as before
    whole = models.int8.generate(BATCH, LIMITS)
    shape = models.int8._shape
    a_token = 2 * shape.decoder_layers * shape.heads * shape.head_size * 4
    monkeypatch.setattr(runtime, "_DECODED_TOGETHER", 8_192 * a_token)
    assert [len(rows) for rows in models.int8._turns([100, 8_000, 90, 3_000, 2_000, 1])] == [1, 2, 3]
    monkeypatch.setattr(runtime, "_DECODED_TOGETHER", 200 * a_token)
    assert models.int8.generate(BATCH, LIMITS) == whole


def test_an_empty_batch_is_answered_by_nothing(models: Models) -> None:
    assert models.int8.generate([], []) == []


def test_an_abandoned_row_ends_and_the_others_go_on(models: Models) -> None:
    # GIVEN a caller who wants no more than two tokens of the first request
    for engine in (models.reference, models.int8):
        whole = engine.generate(BATCH, LIMITS)
        seen: dict[int, list[int]] = {row: [] for row in range(len(BATCH))}

        def take(row: int, token: int, seen: dict[int, list[int]] = seen) -> bool:
            seen[row].append(token)
            return row != 0 or len(seen[row]) < 2

        # WHEN all are decoded together
        tokens = engine.generate(BATCH, LIMITS, on_token=take)
        # THEN that one ends there, and nothing else changes
        assert tokens == [whole[0][:2], *whole[1:]]
        assert list(seen.values()) == tokens


def test_repetition_is_forbidden_as_told(models: Models) -> None:
    free = OnnxEngine(models.folder.parent / "int8" / "onnx", threads=1)
    ours, theirs = free.generate([["Gout gout gout"]], [40])[0], models.int8.generate([["Gout gout gout"]], [40])[0]
    pairs = list(itertools.pairwise(theirs))
    assert len(pairs) == len(set(pairs))
    assert len(ours) > 1


def test_beams_end_when_nothing_can_improve() -> None:
    # GIVEN a model that finds the end likely from the first token on: end 0.6, then 0.3 for token 2, 0.1 for token 3
    search = BeamSearch(Rules(start=0, end=1), limit=50, beams=2)
    logits = np.log(np.array([[1e-9, 0.6, 0.3, 0.1, *[1e-9] * 4]] * 2, np.float32))
    steps = 0
    while not search.done:
        search.advance(logits.copy())
        steps += 1
    # THEN the second finished sequence, 2 and the end, comes in the second step, and no later one can be better
    assert steps == 2
    assert search.result() == [1]


# ---- weights -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("buckets", "furthest"), [(32, 128), (8, 20)])
def test_position_bias_is_that_of_transformers(buckets: int, furthest: int) -> None:
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention

    distances = np.arange(-2_500, 2_501)
    table = np.arange(buckets, dtype=np.float32)[:, None]
    for both_ways in (True, False):
        expected = T5Attention._relative_position_bucket(torch.tensor(distances), both_ways, buckets, furthest)
        assert (distance_bias(table, distances, furthest, both_ways=both_ways)[0] == expected.numpy()).all()


def test_quantised_weights_are_at_most_half_a_step_off() -> None:
    weight = np.random.default_rng(5).standard_normal((48, 20)).astype(np.float32)
    weight[:, 3] = 0  # a column that has no scale of its own
    column, block = by_column(weight), by_block(weight.T, 32)
    assert (np.abs(column.values * column.scales - weight) <= column.scales / 2 + 1e-6).all()
    back = ((block.values.astype(np.float32) - 128) * block.scales[..., None]).reshape(20, 64)
    assert (back[:, 48:] == 0).all()  # what fills the last block
    assert (np.abs(back[:, :48] - weight.T) <= np.repeat(block.scales / 2, 32, axis=1)[:, :48] + 1e-6).all()


def test_a_tied_embedding_is_stored_once(models: Models) -> None:
    # GIVEN the bytes of all weights, 8 bits each WHEN embedding and output are the same THEN they stand there once
    import safetensors.numpy

    weights = safetensors.numpy.load_file(models.folder / "model.safetensors")
    tied = "lm_head.weight" not in weights
    size = (models.folder.parent / "int8" / "onnx" / "weights.bin").stat().st_size
    pages = 4_096 * 120
    least = sum(weight.size for weight in weights.values())
    assert least < size < least * 1.1 + pages
    assert tied == models.int8.manifest.shape.scaled


# ---- export ------------------------------------------------------------------------------------------------------


def test_an_export_says_what_it_is_and_how_near(models: Models) -> None:
    manifest = Manifest.read(models.folder.parent / "int8" / "onnx")
    assert (manifest.precision, manifest.shape.heads * manifest.shape.head_size, manifest.shape.width) == (
        "int8",
        48,
        64,
    )
    assert manifest.checks["tokens"] >= 32
    assert 0 < manifest.checks["likelihood"] < manifest.checks["tolerance"]["likelihood"]
    assert manifest.checks["equal_tokens"] >= manifest.checks["tolerance"]["equal_tokens"]


@pytest.fixture(scope="module", params=KINDS)
def with_outliers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """Return a model whose feed-forward layers have channels a thousand times as large as the others."""
    folder = tmp_path_factory.mktemp("outliers") / "model"
    model = build(folder, **KINDS[request.param])
    for block in model.encoder.block:
        layer = block.layer[1].DenseReluDense
        getattr(layer, "wi_1" if hasattr(layer, "wi_1") else "wi").weight.data[:3] *= 1_000
        layer.wo.weight.data[:, :3] /= 1_000
    model.save_pretrained(folder)
    return TransformersEngine(folder)


def probes_of(engine: TransformersEngine) -> list[Probe]:
    return [Probe([text], engine.tokens(TEXTS[0])) for text in TEXTS]


def test_smoothed_weights_compute_the_same_without_outliers(with_outliers: TransformersEngine) -> None:
    # GIVEN channels far out of line
    probes, model = probes_of(with_outliers), with_outliers.model
    before = largest_inputs(with_outliers, probes)
    first = "encoder.block.0.layer.1.DenseReluDense.wo"
    assert before[first].max() > 100 * np.median(before[first])
    expected = with_outliers.logits(*probes[0]._replace(tokens=[probes[0].tokens]))
    # WHEN the weights are smoothed
    weights = {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
    smoothed = smooth(weights, before, Shape.of(model.config))
    for name, parameter in model.named_parameters():
        parameter.data.numpy()[:] = smoothed[name]
    # THEN the model says the same, and no channel stands out
    after = largest_inputs(with_outliers, probes)
    found = with_outliers.logits(*probes[0]._replace(tokens=[probes[0].tokens]))
    for name, parameter in model.named_parameters():
        parameter.data.numpy()[:] = weights[name]
    assert found[0] == pytest.approx(expected[0], abs=1e-3)
    assert after[first].max() < 20 * np.median(after[first])


def test_outliers_cost_an_export_no_speed(with_outliers: TransformersEngine, tmp_path: Path) -> None:
    # GIVEN the same model WHEN it is exported THEN, smoothed, the fastest products are near enough
    folder = Path(with_outliers.model.name_or_path)
    export_model(folder, tmp_path / "out")
    assert Manifest.read(tmp_path / "out" / "onnx").products["encoder_out"] == "column"
    # AND without smoothing that which is more precise is found
    weights = {name: tensor.numpy() for name, tensor in with_outliers.model.state_dict().items()}
    rough = write_checked(with_outliers, weights, tmp_path / "rough", probes_of(with_outliers), "int8", Tolerance())
    assert Manifest.read(rough).products["encoder_out"] != "column"


def test_an_export_that_differs_too_much_is_refused(models: Models, tmp_path: Path) -> None:
    # GIVEN a model that has been exported WHEN the next export fails its check
    folder = shutil.copytree(models.folder, tmp_path / "model")
    export_model(folder, precision="fp32")
    with pytest.raises(ModelPackageError, match=r"In int8 .* the limits are 100% and 1e-09; export it with precision"):
        export_model(folder, tolerance=Tolerance(equal_tokens=1.0, likelihood=1e-9))
    # THEN the first is still there, and nothing else
    assert Manifest.read(folder / "onnx").precision == "fp32"
    assert not list(folder.glob(".export-*"))


def test_an_export_is_not_exported_again(models: Models, tmp_path: Path) -> None:
    # GIVEN an export without the original weights WHEN it is to be exported THEN it is taken as it is
    exported = models.folder.parent / "int8"
    assert export_model(exported) == exported
    copy = export_model(exported, tmp_path / "copy")
    assert {path.name: path.read_bytes() for path in (copy / "onnx").iterdir()} == {
        path.name: path.read_bytes() for path in (exported / "onnx").iterdir()
    }
    assert Generator.load(copy, engine="onnx").settings == ModelSettings.read(models.folder)


def test_what_cannot_be_exported_is_refused(models: Models, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="no precision 'int4'"):
        export_model(models.folder, precision="int4")
    with pytest.raises(ModelPackageError, match="no model folder nowhere"):
        export_model("nowhere")
    build(tmp_path / "model", feed_forward_proj="gated-silu", tie_word_embeddings=False)
    with pytest.raises(ModelPackageError, match="activation is 'silu'"):
        export_model(tmp_path / "model")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        *[(lambda folder, name=name: flip(folder / name), f"{name} is not the file") for name in FILES],
        (lambda folder: (folder / "decoder.onnx").unlink(), "decoder.onnx is not the file"),
        (lambda folder: (folder / "export.json").unlink(), "has not been exported"),
        (lambda folder: (folder / "export.json").write_text("[]"), "cannot be read"),
        (lambda folder: (folder / "export.json").write_text('{"format": 9}'), "format version 9, but this .* 1"),
    ],
)
def test_a_damaged_export_is_refused(
    damage: Callable[[Path], Any], said: str, exported_t5: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(exported_t5, tmp_path / "model")
    damage(folder / "onnx")
    with pytest.raises(ModelPackageError, match=said):
        Generator.load(folder, engine="onnx")


def test_a_fine_tuned_model_answers_as_before(t5_folder: Path, exported_t5: Path) -> None:
    # GIVEN the tiny T5 that has learnt something WHEN it is exported and asked
    reference, ours = Generator.load(t5_folder, threads=1), Generator.load(exported_t5, engine="onnx", threads=1)
    passages = [PassageText("Soil", "Soil is brown earth."), PassageText("fern", "fern is a green plant.")]
    options = {"A": "a green plant", "B": "brown earth"}
    # THEN it says and chooses the same, and streams what it says
    said = ours.generate("What is fern?", passages, 20)
    assert said.text == reference.generate("What is fern?", passages, 20).text
    assert "".join(ours.stream("What is fern?", passages, 20)) == said.text
    theirs = reference.choose("Which is fern?", passages, options)
    mine = ours.choose("Which is fern?", passages, options)
    assert replace(mine, probabilities={}) == replace(theirs, probabilities={})
    assert mine.probabilities["A"] == pytest.approx(theirs.probabilities["A"], abs=0.02)


def test_the_command_exports_and_says_how_near(
    t5_folder: Path, t5_examples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from medassist.example_table import write_table

    write_table(tmp_path, {"validation": t5_examples["validation"]}, [])
    command = ["export", "--model", str(t5_folder), "--out", str(tmp_path / "out")]
    assert cli.main([*command, "--check", str(tmp_path / "validation.parquet")]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["checks"]["probes"] == 6  # four targets, and two answers of the model's own
    assert Generator.load(tmp_path / "out", engine="onnx").settings.name == "tiny-t5"
    assert cli.main(["export", "--model", str(tmp_path)]) == 1
    assert "cannot be loaded" in capsys.readouterr().err
