"""Recipes: from a file and a table of examples to a model folder with its log and its card."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medassist import cli, prompts
from medassist.errors import ConfigurationError
from medassist.example_table import Example, write_table
from medassist.experiments import compact_card, objectives
from medassist.experiments.pretraining import Recipe, collect_features, read_recipe, run_recipe
from medassist.generation import Generator, ModelSettings
from medassist.prompts import PassageText

OURS = Path(__file__).parents[1] / "recipes" / "compact.json"
ORGANS = (
    "heart",
    "liver",
    "lungs",
    "joints",
    "skin",
    "blood",
    "stomach",
    "kidneys",
    "eyes",
    "bones",
    "brain",
    "spleen",
)
PASSAGES = [
    PassageText(
        f"{organ.capitalize()} fever: overview",
        f"{organ.capitalize()} fever is an illness of the {organ}. Doctors treat the {organ} with rest and warm water.",
    )
    for organ in ORGANS
]
TINY: dict[str, Any] = {
    "name": "tiny",
    "seed": 3,
    "vocabulary_size": 160,
    "shape": {"d_model": 160, "d_kv": 32, "d_ff": 32, "num_layers": 1, "num_heads": 4},
    "parameters": {"reading": "fusion", "batch_size": 4, "max_input_tokens": 64, "learning_rate": 0.001},
    "stages": [
        {"name": "finding", "examples": {"find": 6, "name": 4, "spans": 4}, "parameters": {"max_steps": 2}},
        {"name": "tasks", "examples": {"answer": 0, "judge": 2}, "parameters": {"max_steps": 2, "seed": 5}},
    ],
}


def examples_of(organs: slice) -> list[Example]:
    found = []
    for number, passage in enumerate(PASSAGES[organs]):
        target = passage.text.partition(".")[0] + "."
        shown = (PASSAGES[number], passage)
        question = f"What is {passage.title.partition(':')[0]}?"
        found.append(Example(prompts.ANSWER, f"a{number}", question, shown, target, source="organs", gold_rank=2))
        found.append(Example(prompts.JUDGE, f"j{number}", question, shown, ("yes", "no")[number % 2], source="organs"))
    return found


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    sides = {
        "train": examples_of(slice(0, 6)),
        "validation": examples_of(slice(6, 8)),
        "test": examples_of(slice(8, 12)),
    }
    write_table(folder, sides, PASSAGES)
    account = {"sources": {"organs": {"answer": {"train": {"examples": 6}}}}, "licences": {"organs": "CC BY 4.0"}}
    (folder / "counts.json").write_text(json.dumps(account))
    return folder


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.json"
    path.write_text(json.dumps(TINY))
    return path


@pytest.fixture(scope="module")
def model(recipe_file: Path, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "tiny"
    options = ["--recipe", str(recipe_file), "--examples", str(table), "--out", str(folder)]
    assert cli.main(["train", *options]) == 0
    return folder


def test_the_command_line_makes_a_model_that_every_part_reads(model: Path) -> None:
    # GIVEN a model that `medassist train --recipe` made
    # WHEN it is loaded as any other and asked
    generator = Generator.load(model)
    answer = generator.generate("What is heart fever?", PASSAGES[:2], 8)

    # THEN it reads as the recipe says and writes something, and nothing of its log is missing
    assert generator.settings.reading == prompts.FUSION
    assert generator.settings.max_input_tokens == 64
    assert answer.output_tokens > 0
    log = json.loads((model / "training_log.json").read_text())
    assert [(stage["name"], stage["steps"]) for stage in log["stages"]] == [("finding", 2), ("tasks", 2)]
    assert json.loads((model / "recipe.json").read_text()) == TINY


def test_the_card_has_measured_numbers_and_baselines_take_what_the_model_lost(model: Path) -> None:
    # GIVEN that model, measured on four test questions of each task
    # WHEN its card and its settings are read
    card = (model / "model_card.md").read_text()
    metrics = json.loads((model / "metrics.json").read_text())

    # THEN they name what was measured; so few questions show nothing, so the product trusts it in no task
    rouge = metrics["organs"]["tasks"]["answer"]["scores"]["model"]["rouge_l"]
    assert f"{rouge['mean']:.3f} [{rouge['low']:.3f}, {rouge['high']:.3f}]" in card
    assert "CC BY 4.0" in card
    assert ModelSettings.read(model).baseline_tasks == prompts.TASKS


def test_a_run_again_goes_on_where_it_was(model: Path, recipe_file: Path, table: Path) -> None:
    # GIVEN a recipe that was finished
    recipe = read_recipe(recipe_file)
    lines: list[str] = []

    # WHEN it is run again with the same examples
    before = (model / "model.safetensors").read_bytes()
    run_recipe(recipe, [table], model, on_line=lines.append)

    # THEN no stage is trained again and the weights are the same
    assert sum("was finished before" in line for line in lines) == 2
    assert (model / "model.safetensors").read_bytes() == before


def test_nothing_is_made_of_passages_that_answer_no_training_question(table: Path, recipe_file: Path) -> None:
    # GIVEN training examples about six organs, with passages about others beside them
    from medassist.base_models import train_tokenizer

    tokenizer = train_tokenizer([f"{p.title} {p.text}" for p in PASSAGES], 160)
    stage = replace(read_recipe(recipe_file).stages[0], examples={objectives.FIND: 30})

    # WHEN sentences to be found are made for them
    features = collect_features(stage, examples_of(slice(3, 6)), tokenizer)

    # THEN no target is about an organ that only stood beside
    targets = {tokenizer.decode(feature.labels, skip_special_tokens=True) for feature in features}
    assert all(any(organ in target.casefold() for organ in ORGANS[3:6]) for target in targets)
    assert len(targets) > 3


def test_our_recipe_can_be_read_and_has_room_for_the_circuit() -> None:
    from medassist.experiments.pretraining import start_model

    # GIVEN the recipe that we ship
    recipe = read_recipe(OURS)

    # WHEN its model is made
    model = start_model(recipe, recipe.vocabulary_size + 100)

    # THEN it has a few million parameters, at most 20 MB in bfloat16
    assert isinstance(recipe, Recipe)
    assert 2 * model.num_parameters() < 19_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": []}, "at least one stage"),
        ({"seed": None, "shape": 3, "stages": [{"name": "a"}]}, "is no recipe"),
        ({"stages": [{"name": "a", "examples": {"guess": 1}}]}, "no 'guess' examples"),
        ({"stages": [{"name": "a", "examples": {}, "parameters": {"speed": 1}}]}, "no training parameter 'speed'"),
    ],
)
def test_recipes_with_mistakes_are_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    # GIVEN a recipe with a mistake
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(TINY | change))

    # WHEN it is read
    # THEN the message says which
    with pytest.raises(ConfigurationError, match=message):
        read_recipe(path)


def test_copying_is_told_from_making_up() -> None:
    # GIVEN answers of which one is copied, one made up, one a loop
    examples = [example for example in examples_of(slice(0, 6)) if example.task == prompts.ANSWER][:4]
    answers = [examples[0].target, "nobody knows what that may be", "the end of the end of the end of the end", ""]

    # WHEN copying is measured
    copying = compact_card.measure_copying(examples, answers)

    # THEN each is counted; the empty answer has no words to be copied, and all illnesses share three stretches of five
    assert copying.own.mean == pytest.approx(1 / 3)
    assert copying.own.n == 3
    assert copying.mismatched.mean == pytest.approx(3 / 5 / 3)
    assert copying.exact.mean == copying.loops.mean == 0.25
