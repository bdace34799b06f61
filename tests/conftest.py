"""Fixtures that several test modules share."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from medassist import cloud
from medassist.examples import Example
from medassist.prompts import PassageText

if TYPE_CHECKING:
    from browser import Site, Visitor
    from playwright.sync_api import Browser
    from running_system import RunningSystem


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--soak``: the suites of the service in full, as `make soak` runs them."""
    parser.addoption("--soak", action="store_true", help="run the fault, fuzz, property and load suites in full")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how hard hypothesis tries: the same few inputs each time, or many new ones."""
    hypothesis.settings.register_profile("short", max_examples=60, derandomize=True, deadline=None, database=None)
    hypothesis.settings.register_profile("soak", max_examples=3_000, deadline=None, print_blob=True)
    hypothesis.settings.load_profile("soak" if config.getoption("--soak") else "short")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked ``soak``, unless all of it is wanted."""
    if not config.getoption("--soak"):
        full = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=full)
        items[:] = [item for item in items if item not in full]


@pytest.fixture(scope="session")
def emulated_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud.Cloud]:
    """Run an emulated cloud with empty state for the whole session; boto3 is pointed at it from then on.

    It is shared: use bucket, table and endpoint names of your own.
    """
    inherited = os.environ.pop("AWS_ENDPOINT_URL", None)  # never the cloud that a person is working with
    with cloud.connect("local", state_dir=tmp_path_factory.mktemp("cloud")) as running:
        yield running
    if inherited is not None:
        os.environ["AWS_ENDPOINT_URL"] = inherited


@pytest.fixture(scope="session")
def interrupt_spot_job(emulated_cloud: cloud.Cloud) -> Callable[[str], None]:
    """Return what takes the instances of a spot training job away."""
    url = emulated_cloud.urls["cloud"]
    with urllib.request.urlopen(f"{url}/_medassist/health") as health:
        state = Path(json.load(health)["state_dir"]) / "cloud.json"

    def interrupt(job: str) -> None:
        request = urllib.request.Request(
            f"{url}/_medassist/spot-interruptions",
            data=json.dumps({"training_job": job}).encode(),
            headers={"X-Medassist-Token": json.loads(state.read_text())["token"]},
        )
        urllib.request.urlopen(request).close()

    return interrupt


@pytest.fixture(scope="session")
def encoder_folder(request: pytest.FixtureRequest) -> Path:
    """Return the exported default encoder; kept between test runs, as the export takes some ten seconds."""
    from medassist import encoder

    return encoder.export(encoder.DEFAULT_MODEL, Path(request.config.cache.mkdir("encoder")) / encoder.DEFAULT_MODEL)


@pytest.fixture(scope="session")
def sample_index_folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the index bundle of our own sample."""
    from medassist import datasets, passages, retrieval

    folder = tmp_path_factory.mktemp("sample") / "index"
    pieces = passages.split_documents(datasets.load_corpus("data/sample").documents)
    retrieval.build(pieces, encoder_folder, folder, corpus="sample", passage_words=180, progress=False)
    return folder


@pytest.fixture(scope="session")
def t5_examples() -> dict[str, list[Example]]:
    """Return examples that a tiny model can learn: each answer repeats the second of two passages' words."""
    plants = ["fern", "moss", "oak", "ivy", "reed", "palm", "rose", "lily", "pine", "thyme"]
    answers = [
        Example(
            "answer",
            f"a{n}",
            f"What is {plant}?",
            (PassageText("Soil", "Soil is brown earth."), PassageText(plant, f"{plant} is a green plant.")),
            f"{plant} is a green plant.",
            topic=plant,
        )
        for n, plant in enumerate(plants)
    ]
    choices = [
        Example(
            "choose",
            f"c{n}",
            f"Which is {plant}?",
            (PassageText(plant, f"{plant} is a green plant."),),
            "a green plant",
            options={"A": "a green plant", "B": "brown earth"},
            correct="A",
        )
        for n, plant in enumerate(plants)
    ]
    return {"train": answers[:8] + choices[:8], "validation": answers[8:] + choices[8:]}


@pytest.fixture(scope="session")
def all_tasks(t5_examples: dict[str, list[Example]]) -> dict[str, list[Example]]:
    """Return those examples, and judgements of the same plants: as many as of the other tasks together."""

    def judge(example: Example, colour: str, target: str) -> Example:
        plant = example.topic
        passages = (PassageText(plant, f"{plant} is a green plant."), PassageText("Soil", "Soil is brown earth."))
        return Example("judge", f"j-{plant}-{colour}", f"Is {plant} {colour}?", passages, target, topic=plant)

    return {
        side: examples
        + [
            judge(example, colour, target)
            for example in examples
            if example.task == "answer"
            for colour, target in (("green", "yes"), ("brown", "no"))
        ]
        for side, examples in t5_examples.items()
    }


@pytest.fixture(scope="session")
def t5_base(t5_examples: dict[str, list[Example]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an untrained T5 with some thousand parameters and its tokenizer."""
    import transformers

    from medassist import base_models

    folder = tmp_path_factory.mktemp("t5") / "tiny-t5"
    texts = [passage.text for example in t5_examples["train"] for passage in example.passages]
    tokenizer = base_models.train_tokenizer(texts, 200)
    transformers.set_seed(13)
    config = base_models.compact_config(len(tokenizer))
    config.update({"d_model": 16, "d_kv": 8, "d_ff": 32, "num_heads": 2, "num_layers": 1, "num_decoder_layers": 1})
    transformers.T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def t5_folder(t5_base: Path, t5_examples: dict[str, list[Example]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model folder: the tiny T5, fine-tuned for some steps."""
    from medassist import training

    folder = tmp_path_factory.mktemp("t5") / "model"
    parameters = training.TrainingParameters(
        base_model=str(t5_base),
        reading="concatenation",
        epochs=6,
        batch_size=4,
        learning_rate=0.02,
        evaluations=4,
        held_out=2,
    )
    training.fine_tune(
        t5_examples["train"], t5_examples["validation"], [], folder, parameters, on_line=lambda line: None
    )
    return folder


@pytest.fixture(scope="session")
def exported_t5(t5_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny T5 as production runs it: exported, without its original weights."""
    from medassist.engines import export

    return export.export_model(t5_folder, tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture(scope="session")
def model_package(exported_t5: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package that serves the tiny T5."""
    from medassist import model_packages

    return model_packages.build_package(exported_t5, tmp_path_factory.mktemp("package") / "model.tar.gz")


@pytest.fixture(scope="session")
def running_system(
    sample_index_folder: Path, model_package: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["RunningSystem"]:
    """Return the whole local cloud in processes of its own, which a test may kill and freeze; boto3 stays elsewhere."""
    from running_system import RunningSystem

    system = RunningSystem(tmp_path_factory.mktemp("running"), sample_index_folder, model_package)
    yield system
    system.close()


@pytest.fixture(scope="session")
def site(
    running_system: "RunningSystem", encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Site"]:
    """Return the page over the running system."""
    from browser import Site

    site = Site(running_system, encoder_folder, tmp_path_factory.mktemp("garden") / "index")
    yield site
    site.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Return the browser; it ends with the module, see there."""
    from browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def visit(chromium: "Browser", site: "Site") -> Iterator[Callable[..., "Visitor"]]:
    """Return what lets somebody visit the page; afterwards see that nobody had anything to complain about."""
    from browser import Visitor

    visitors: list[Visitor] = []

    def visit(address: str = "/", url: str = "", **options: Any) -> Visitor:
        visitor = Visitor(chromium, url or site.url, **options)
        visitors.append(visitor)
        visitor.open(address)
        return visitor

    yield visit
    for visitor in visitors:
        visitor.close()
