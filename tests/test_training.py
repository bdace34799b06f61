"""Fine-tuning: the loss falls, the same seed gives the same, what is left on disk, and what is refused."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medassist import base_models, storage, training, training_job
from medassist.cloud import Cloud
from medassist.engines.export import export_model
from medassist.errors import TrainingError
from medassist.examples import Example
from medassist.generation import REQUIRED_FILES, Generator, Request
from medassist.model_card import write_card
from medassist.model_packages import build_package, publish_package
from medassist.schemas import Passage
from medassist.training import TrainingParameters

Examples = dict[str, list[Example]]
TEXTS = [f"Gout is a kind of arthritis that comes and goes in year {year}." for year in range(200)]


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    return TrainingParameters(
        base_model=str(t5_base), epochs=2, batch_size=4, learning_rate=0.02, evaluations=2, held_out=2
    )


def history_of(folder: Path) -> list[dict[str, float]]:
    return json.loads((folder / training.HISTORY_FILE).read_text())  # type: ignore[no-any-return]


def fine_tune(examples: Examples, out: Path, parameters: TrainingParameters) -> dict[str, Any]:
    return training.fine_tune(
        examples["train"], examples["validation"], TEXTS, out, parameters, on_line=lambda line: None
    )


def test_the_loss_falls_and_the_best_weights_are_kept(t5_folder: Path, t5_examples: Examples) -> None:
    # GIVEN the tiny model after 6 passes over 16 examples in batches of 4
    history = history_of(t5_folder)
    metrics = json.loads((t5_folder / training.METRICS_FILE).read_text())
    losses = [row["eval_loss"] for row in history if "eval_loss" in row]
    # THEN there is a row for the start and for each of 24 steps, of which every sixth was validated
    assert [row["step"] for row in history if "eval_loss" in row] == [0, 6, 12, 18, 24]
    assert [row["step"] for row in history if "train_loss" in row] == list(range(1, 25))
    assert metrics["steps"] == 24
    # AND both losses have fallen far below those of the start, and the least validation loss is that of the model
    assert min(losses) < 0.6 * losses[0]
    assert history[-1]["train_loss"] < 0.6 * history[1]["train_loss"]
    assert metrics["validation_loss"] == min(losses[1:])
    assert _validation_loss(t5_folder, t5_examples["validation"]) == pytest.approx(min(losses), abs=1e-4)


def _validation_loss(folder: Path, examples: list[Example]) -> float:
    """The mean loss of a target's token, worked out from what serving computes."""
    engine: Any = Generator.load(folder, threads=1).engine
    generator = Generator.load(folder, threads=1)
    total = count = 0.0
    for example in examples:
        texts = generator.inputs(Request(example.question, example.passages, example.options))
        length = len(engine.tokenizer(example.target)["input_ids"])
        total -= engine.score([texts], [[example.target]])[0][0] * length
        count += length
    return total / count


def test_the_learning_rate_rises_then_falls(t5_folder: Path) -> None:
    rates = [row["learning_rate"] for row in history_of(t5_folder) if "learning_rate" in row]
    peak = rates.index(max(rates))
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert max(rates) == pytest.approx(0.02, rel=0.05)


def test_a_model_folder_holds_everything(t5_folder: Path) -> None:
    names = {path.name for path in t5_folder.iterdir()}
    written = {"metrics.json", "history.json", "samples.json", "judgements.json", "choices.json", "model_card.md"}
    assert names >= {*REQUIRED_FILES, "model.safetensors", *written}
    samples = json.loads((t5_folder / "samples.json").read_text())
    assert [set(sample) for sample in samples] == [{"question", "target", "before", "after"}] * 2
    assert all(sample["before"] != sample["after"] for sample in samples)
    # AND as the plain T5 it started from, that its card is honest about
    config = json.loads((t5_folder / "config.json").read_text())
    assert (config["architectures"], config["use_cache"]) == (["T5ForConditionalGeneration"], True)
    settings = Generator.load(t5_folder).settings
    assert settings.baseline_tasks == ("answer", "choose", "judge")
    card = (t5_folder / "model_card.md").read_text()
    assert "**Not** for diagnosis" in card
    assert "| random option | 0.500 [0.500, 0.500] |" in card
    assert "- answer: the **baseline**. Model less “" in card
    assert "- judge: the **baseline**; no held-out example." in card


def test_a_card_knows_our_own_base_wherever_it_was_trained(t5_folder: Path, parameters: TrainingParameters) -> None:
    # GIVEN a model from our compact T5, which lay in a job's channel
    settings = replace(Generator.load(t5_folder).settings, base_model=base_models.COMPACT_NAME)
    in_job = replace(parameters, base_model="/opt/ml/input/data/base_model")
    metrics = json.loads((t5_folder / training.METRICS_FILE).read_text())
    card = write_card(settings, in_job, metrics, {})
    # THEN its card says how small it is, and names it
    assert "far too small to know medicine" in card
    assert "- base_model: medassist-t5-compact" in card
    assert "/opt/ml" not in card


def test_the_same_seed_gives_the_same_and_another_seed_does_not(
    parameters: TrainingParameters, all_tasks: Examples, tmp_path: Path
) -> None:
    (tmp_path / "a" / "onnx").mkdir(parents=True)  # somebody exported what "a" was before
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fine_tune(all_tasks, tmp_path / name, replace(parameters, seed=seed, max_steps=6, reading="fusion"))
    assert history_of(tmp_path / "a") == history_of(tmp_path / "b")
    assert history_of(tmp_path / "a") != history_of(tmp_path / "c")
    assert not (tmp_path / "a" / "onnx").exists()  # its weights are not these
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_training_stops_when_its_time_is_up(
    parameters: TrainingParameters, t5_examples: Examples, tmp_path: Path
) -> None:
    lines: list[str] = []
    training.fine_tune(
        t5_examples["train"],
        t5_examples["validation"],
        [],
        tmp_path / "model",
        replace(parameters, epochs=500, max_steps=0, evaluations=1, max_minutes=0.01),
        on_line=lines.append,
    )
    assert any(re.match(r"stopped after \d+ of 2000 steps: 0.01 minutes are over", line) for line in lines)
    assert 1 <= history_of(tmp_path / "model")[-1]["step"] < 2000
    assert "eval_loss" in history_of(tmp_path / "model")[-1]


def test_the_same_texts_give_the_same_tokenizer() -> None:
    first, second = (base_models.train_tokenizer(TEXTS, 300) for _ in range(2))
    assert first.get_vocab() == second.get_vocab()
    assert first.backend_tokenizer.to_str() == second.backend_tokenizer.to_str()


def test_the_tokenizer_has_t5s_special_tokens_and_survives_saving(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = base_models.train_tokenizer(TEXTS, 300)
    assert [tokenizer.convert_tokens_to_ids(token) for token in ("<pad>", "</s>", "<unk>")] == [0, 1, 2]
    assert tokenizer.convert_tokens_to_ids("<extra_id_0>") > 2
    assert tokenizer.convert_tokens_to_ids("<extra_id_99>") > 2
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = "answer question: What's gout (#1)? options: A) {x} B) ~5% passage 1: Gout!"
    assert loaded(text)["input_ids"] == tokenizer(text)["input_ids"]
    assert 2 not in tokenizer(text)["input_ids"]  # no printable ASCII is unknown
    assert tokenizer(text)["input_ids"][-1] == 1
    assert loaded.decode(loaded("Gout is a kind of arthritis.")["input_ids"], skip_special_tokens=True) == (
        "Gout is a kind of arthritis."
    )


def test_the_compact_model_has_two_to_five_million_parameters() -> None:
    from transformers import T5ForConditionalGeneration

    for pieces in (3_600, 6_100):
        config = base_models.compact_config(pieces)
        assert 2e6 < T5ForConditionalGeneration(config).num_parameters() < 5e6
        assert config.vocab_size >= pieces
        assert config.is_gated_act


def test_the_compact_base_trains_from_its_passages(t5_examples: Examples, tmp_path: Path) -> None:
    # GIVEN no base model at all WHEN two steps are made
    metrics = fine_tune(
        t5_examples,
        tmp_path / "model",
        TrainingParameters("fresh", max_steps=2, batch_size=2, evaluations=1, held_out=1),
    )
    # THEN a compact T5 stands there under its name, and its card says what it is
    assert metrics["model"] == "medassist-t5-compact"
    assert Generator.load(tmp_path / "model").settings.base_model == "medassist-t5-compact (fresh weights)"
    assert "started from random weights" in (tmp_path / "model" / "model_card.md").read_text()


# ---- What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"precision": "fp16"}, "precision is 'fp16'; use auto, fp32 or bf16"),
        ({"epochs": 0}, "epochs is 0, but must be at least 1"),
        ({"max_steps": -1}, "max_steps is -1"),
        ({"warmup": 1.0}, "warmup is 1.0"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_senseless_parameters_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        TrainingParameters(**changes)


def test_an_unreachable_base_model_is_named_with_the_remedy(
    t5_examples: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(TrainingError, match=r"'nobody/no-such-model' cannot be loaded .* local\s+folder.*'fresh'"):
        fine_tune(t5_examples, tmp_path / "model", TrainingParameters(base_model="nobody/no-such-model"))
    assert not (tmp_path / "model").exists()


def test_a_base_model_of_another_kind_is_refused(t5_examples: Examples, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(TrainingError, match="is a 'bert' model; name a T5"):
        fine_tune(t5_examples, tmp_path / "model", TrainingParameters(base_model=str(tmp_path)))


def test_examples_are_needed_on_both_sides(t5_examples: Examples, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="16 training and 0 validation examples"):
        fine_tune({"train": t5_examples["train"], "validation": []}, tmp_path / "model", TrainingParameters())


def test_a_loss_that_is_no_number_is_refused(
    parameters: TrainingParameters, t5_examples: Examples, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="not a number; lower the learning rate"):
        fine_tune(t5_examples, tmp_path / "model", replace(parameters, learning_rate=1e30))


# ---- The training job -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def examples_folder(all_tasks: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from medassist.examples import ExampleSet, write_examples

    sets = {side: ExampleSet(tuple(examples), {}) for side, examples in all_tasks.items()}
    passages = [Passage(f"p{n}", f"p{n}", "Gout", text) for n, text in enumerate(TEXTS)]
    return write_examples(tmp_path_factory.mktemp("t5") / "examples", sets, passages)


def entry_arguments(parameters: TrainingParameters) -> list[str]:
    return [word for key in ("base_model", "epochs", "batch_size", "evaluations", "held_out", "learning_rate")
            for word in (f"--{key}", str(getattr(parameters, key)))]  # fmt: skip


def test_the_entry_point_trains_from_the_jobs_environment(
    parameters: TrainingParameters,
    examples_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # GIVEN the variables that SageMaker sets WHEN the entry point runs with hyper-parameters as arguments
    for channel in ("TRAIN", "VALIDATION", "PASSAGES"):
        monkeypatch.setenv(f"SM_CHANNEL_{channel}", str(examples_folder))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))
    switches = ["--reading", "fusion", "--gradient_checkpointing", "True", "--name", "tiny-1"]
    status = training.main([*entry_arguments(parameters), *switches])
    # THEN the model is there, and its lines hold what the metric definitions look for
    assert status == 0
    settings = Generator.load(tmp_path / "model").settings
    assert (settings.name, settings.reading) == ("tiny-1", "fusion")
    assert "- gradient_checkpointing: True" in (tmp_path / "model" / "model_card.md").read_text()
    printed = capsys.readouterr().out
    for name, pattern in training.METRIC_DEFINITIONS.items():
        assert (found := re.findall(pattern, printed)), name
        assert all(float(value) >= 0 for value in found)
    steps = [line for line in printed.splitlines() if line.startswith(training.LINE_START + "step=")]
    assert steps[-1].startswith("medassist: step=16 of=16 ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no folder for train; give --train or set SM_CHANNEL_TRAIN"),
        (["--train", "nowhere"], "no folder for validation"),
        (["--train", "x", "--validation", "x", "--passages", "x", "--out", "y"], r"no file x/train.parquet"),
        (["--epochs", "0", "--train", "x", "--validation", "x", "--passages", "x", "--out", "y"], "epochs is 0"),
        (
            ["--base_model", "channel", "--train", "x", "--validation", "x", "--passages", "x", "--out", "y"],
            "no channel base_model",
        ),
    ],
)
def test_the_entry_point_leaves_the_reason_of_a_failure(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SM_OUTPUT_FAILURE", str(tmp_path / "failure"))
    assert training.main(arguments) == 1
    assert re.search(said, (tmp_path / "failure").read_text())
    assert re.search(said, capsys.readouterr().err)


def test_a_version_stands_for_examples_parameters_and_base(
    parameters: TrainingParameters, examples_folder: Path, t5_base: Path, tmp_path: Path
) -> None:
    import shutil

    version = training_job.model_version(examples_folder, parameters)
    assert re.fullmatch("[0-9a-f]{16}", version)
    assert version == training_job.model_version(examples_folder, parameters)
    others = {training_job.model_version(examples_folder, replace(parameters, seed=99))}
    changed = shutil.copytree(examples_folder, tmp_path / "examples")
    (changed / "train.parquet").write_text("")
    others.add(training_job.model_version(changed, parameters))
    base = shutil.copytree(t5_base, tmp_path / "base")
    same_base = training_job.model_version(examples_folder, replace(parameters, base_model=str(base)))
    (base / "config.json").write_text("{}")
    others.add(training_job.model_version(examples_folder, replace(parameters, base_model=str(base))))
    assert len(others | {version, same_base}) == 5


@pytest.mark.integration
def test_a_training_job_trains_once_and_its_model_is_used_again(
    parameters: TrainingParameters, examples_folder: Path, emulated_cloud: Cloud, tmp_path: Path
) -> None:
    # GIVEN a base model in a local folder WHEN a job fine-tunes it
    bucket = "medassist-training-tests"
    storage.ensure_bucket(bucket)
    lines: list[str] = []

    def run(out: Path) -> training_job.TrainedModel:
        return training_job.run_training_job(
            examples_folder,
            out,
            parameters,
            bucket=bucket,
            corpus="tiny",
            role=training_job.default_role(),
            on_line=lines.append,
        )

    model = run(tmp_path / "first")
    # THEN its lines have come through the log, and what it made is what training here makes
    assert not model.reused
    assert sum("step=16 of=16" in line for line in lines) == 2  # the training and the validation loss
    assert model.metrics["model"] == f"tiny-t5-{model.version[:8]}"
    fine_tune(_read(examples_folder), tmp_path / "here", parameters)
    here, there = history_of(tmp_path / "here"), history_of(model.folder)
    assert len(here) == len(there)
    for row, other in zip(here, there, strict=True):  # last digits depend on the threads that a process has left
        assert row == pytest.approx(other, rel=1e-4)
    # AND once it is published, the same job does not run again
    package = build_package(export_model(model.folder, tmp_path / "exported"), tmp_path / "model.tar.gz")
    publish_package(package, f"s3://{bucket}/models/tiny", version=model.version, description={})
    again = run(tmp_path / "second")
    assert again.reused
    assert (again.version, again.metrics) == (model.version, model.metrics)
    assert "used again" in lines[-1]
    assert Generator.load(again.folder, engine="onnx").settings == Generator.load(model.folder).settings


def _read(folder: Path) -> Examples:
    from medassist.examples import read_examples

    return {side: read_examples(folder / f"{side}.parquet") for side in ("train", "validation")}


@pytest.mark.integration
def test_a_failed_job_says_why(examples_folder: Path, emulated_cloud: Cloud, tmp_path: Path) -> None:
    # GIVEN a base model that no hub has WHEN the job runs THEN SageMaker's reason is ours, and nothing is left behind
    bucket = "medassist-training-tests"
    storage.ensure_bucket(bucket)
    with pytest.raises(TrainingError, match=r"ended as Failed: AlgorithmError: The base model './no-such' cannot"):
        training_job.run_training_job(
            examples_folder,
            tmp_path / "model",
            TrainingParameters(base_model="./no-such"),
            bucket=bucket,
            corpus="tiny",
            role=training_job.default_role(),
            on_line=lambda line: None,
        )
    assert not (tmp_path / "model").exists()
