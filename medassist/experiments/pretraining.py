"""Making a compact T5 from nothing but a recipe and a table of examples: ``medassist train --recipe``.

A recipe is a JSON file: the shape, the size of the vocabulary, and stages one after the other. A stage names how many
examples of each kind it trains on (the tasks of :mod:`medassist.prompts` from the table, and what
:mod:`medassist.experiments.objectives` makes of its passages) and any of the
:class:`medassist.training_parameters.TrainingParameters`. The weights at the start copy already
(:mod:`medassist.experiments.copying`). Run again with the same recipe and examples, it goes on where it was stopped.
"""

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from medassist import prompts, storage
from medassist.errors import ConfigurationError, TrainingError
from medassist.example_table import PASSAGES, TRAIN, VALIDATION, Example, digest, read_examples, read_passages
from medassist.experiments import copying, objectives
from medassist.prompts import PassageText
from medassist.training_batches import Feature, tokenise_examples
from medassist.training_job import TRAINING_CODE
from medassist.training_parameters import TrainingParameters

RECIPE_FILE, LOG_FILE = "recipe.json", "training_log.json"
KINDS = (*prompts.TASKS, *objectives.MAKERS, objectives.SPANS)
SENTINEL = "<extra_id_{}>"
_CODE = ("experiments/copying", "experiments/objectives", "experiments/pretraining")  # beside that of fine-tuning


@dataclass(frozen=True, slots=True)
class Stage:
    """One training of a recipe.

    Parameters
    ----------
    name : str
        Also of the folder that keeps its checkpoints.
    examples : mapping of str to int
        How many examples of each of ``KINDS``; of tasks, 0 means all there are.
    parameters : TrainingParameters
        Its ``seed`` also decides which examples are drawn and made.
    """

    name: str
    examples: Mapping[str, int]
    parameters: TrainingParameters


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a compact model is made by.

    Parameters
    ----------
    name : str
        What answers will call the model.
    seed : int
        Of the weights at the start.
    vocabulary_size : int
        Pieces of the tokenizer, its 100 sentinel tokens not counted.
    shape : mapping of str to number
        Fields of ``transformers.T5Config``.
    stages : tuple of Stage
    text : str
        The file, as it was read.
    """

    name: str
    seed: int
    vocabulary_size: int
    shape: Mapping[str, Any]
    stages: tuple[Stage, ...]
    text: str


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    ConfigurationError
        If the file is missing, not JSON, lacks a field, or names an unknown kind of example or parameter.
    TrainingError
        If a parameter is out of its range.
    """
    try:
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
        stages = tuple(_to_stage(stage, record["parameters"]) for stage in record["stages"])
        recipe = Recipe(record["name"], record["seed"], record["vocabulary_size"], record["shape"], stages, text)
    except FileNotFoundError as error:
        raise ConfigurationError(f"There is no recipe {path}; recipes/compact.json is ours.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path} is no recipe ({error}); compare it with recipes/compact.json.") from error
    if not stages or len({stage.name for stage in stages}) < len(stages):
        raise ConfigurationError(f"{path} needs at least one stage, and names that differ; it has {len(stages)}.")
    return recipe


def _to_stage(record: Mapping[str, Any], shared: Mapping[str, Any]) -> Stage:
    values = {**shared, **record.get("parameters", {})}
    if unknown := sorted(set(values) - {field.name for field in fields(TrainingParameters)}):
        raise ConfigurationError(f"There is no training parameter {unknown[0]!r}; correct the recipe.")
    if unknown := sorted(set(record["examples"]) - set(KINDS)):
        raise ConfigurationError(f"There are no {unknown[0]!r} examples; a stage may have {', '.join(KINDS)}.")
    return Stage(str(record["name"]), dict(record["examples"]), TrainingParameters(**values))


def run_recipe(
    recipe: Recipe, examples: Sequence[Path], out: Path, *, on_line: Callable[[str], None] = print
) -> dict[str, Any]:
    """Train a compact T5 and write its model folder.

    Parameters
    ----------
    examples : sequence of Path
        Folders of :mod:`medassist.example_table`. The validation sides only choose among checkpoints; test sides are
        not read.
    out : Path
        The folder of the model: weights stored in bfloat16, tokenizer, ``medassist.json``, the recipe and the log.
        What is needed to go on after an interruption is kept beside it, in ``.<name>-training``.
    on_line : callable
        Gets each line of progress.

    Returns
    -------
    dict
        The content of ``training_log.json``.

    Raises
    ------
    DatasetError, TrainingError
        If the examples are incomplete, or a stage cannot be trained.
    """
    train, validation = (
        [example for folder in examples for example in read_examples(folder / f"{side}.parquet")]
        for side in (TRAIN, VALIDATION)
    )
    texts = [text for folder in examples for text in read_passages(folder / f"{PASSAGES}.parquet")]
    digests = [digest(folder) for folder in examples]
    kept = out.parent / f".{out.name}-training" / _key(recipe, digests)
    tokenizer = _train_tokenizer(recipe, texts, train)
    model = start_model(recipe, len(tokenizer))
    on_line(f"parameters={model.num_parameters()} vocabulary={len(tokenizer)}")
    log: dict[str, Any] = {"recipe": recipe.name, "examples": digests, "parameters": model.num_parameters()}
    log["stages"] = []
    for stage in recipe.stages:
        entry = _run_stage(stage, model, tokenizer, train, validation, kept / stage.name, on_line)
        log["stages"].append(entry)
    _write_model(recipe, model, tokenizer, out, log)
    return log


def _key(recipe: Recipe, digests: Sequence[str]) -> str:
    """16 hex digits that stand for all that decides the weights, the code included."""
    sha = hashlib.sha256(" ".join([recipe.text, *digests]).encode())
    for module in (*TRAINING_CODE, *_CODE):
        sha.update((Path(__file__).parents[1] / f"{module}.py").read_bytes())
    return sha.hexdigest()[:16]


def start_model(recipe: Recipe, vocabulary: int) -> Any:
    """Return a T5 of the recipe's shape that copies, and has learnt nothing else."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    shape = {"feed_forward_proj": "gated-gelu", "decoder_start_token_id": 0, **recipe.shape}
    config = T5Config(vocab_size=-(-vocabulary // 64) * 64, **shape)  # matrix products like multiples of 64
    torch.manual_seed(recipe.seed)
    model = T5ForConditionalGeneration(config)
    copying.lay_circuit(model, recipe.seed)
    return model


def _train_tokenizer(recipe: Recipe, texts: Sequence[str], train: Iterable[Example]) -> Any:
    from medassist.base_models import train_tokenizer

    questions = [" ".join([example.question, *example.options.values()]) for example in train]
    return train_tokenizer([*texts, *questions], recipe.vocabulary_size)


def _run_stage(
    stage: Stage,
    model: Any,
    tokenizer: Any,
    train: Sequence[Example],
    validation: Sequence[Example],
    folder: Path,
    on_line: Callable[[str], None],
) -> dict[str, Any]:
    """Train one stage in place, or take over what an earlier run of the same recipe has finished."""
    from safetensors.torch import load_model, save_model

    from medassist.trainer import train_model

    weights, log = folder / "finished.safetensors", folder / "finished.json"
    if log.is_file():
        load_model(model, str(weights))
        on_line(f"stage={stage.name} was finished before")
        return dict(json.loads(log.read_text(encoding="utf-8")))
    started = time.monotonic()
    learnt = collect_features(stage, train, tokenizer)
    shown = _sample(validation, stage.parameters.held_out, stage.parameters.seed)
    held_out = tokenise_examples(shown, tokenizer, stage.parameters)
    counts = dict(Counter(feature.task for feature in learnt))
    on_line(f"stage={stage.name} {counts}")
    trained = train_model(model, tokenizer, learnt, held_out, stage.parameters, checkpoint_dir=folder, on_line=on_line)
    model.eval()
    entry = {
        "name": stage.name,
        "examples": counts,
        "steps": trained.history[-1]["step"],
        "best_step": trained.best_step,
        "seconds": round(time.monotonic() - started),
        "history": trained.history,
    }
    save_model(model, str(weights))
    storage.write_text(log, json.dumps(entry))
    return entry


def collect_features(stage: Stage, train: Sequence[Example], tokenizer: Any) -> list[Feature]:
    """Return what a stage trains on: drawn from the table, and made of the passages that its answers stand in."""
    parameters = stage.parameters
    passages = _own_passages(train)
    features: list[Feature] = []
    for kind, count in stage.examples.items():
        if kind == objectives.SPANS:
            features += _corrupt(passages, count, tokenizer, parameters)
            continue
        if kind in prompts.TASKS:
            chosen = _sample([example for example in train if example.task == kind], count, parameters.seed)
        else:
            chosen = objectives.MAKERS[kind](passages, count, parameters.seed)
        made = tokenise_examples(chosen, tokenizer, parameters)
        features += [Feature(feature.texts, feature.labels, kind) for feature in made]
    if not features:
        raise TrainingError(f"The stage {stage.name!r} has no examples; give it some of {', '.join(stage.examples)}.")
    return features


def _own_passages(train: Iterable[Example]) -> list[PassageText]:
    """The passages that hold the answers of training questions: nothing is made of a held-out topic's text."""
    found = (e.passages[e.gold_rank - 1] for e in train if e.task == prompts.ANSWER and e.gold_rank)
    return list(dict.fromkeys(found))


def _corrupt(
    passages: Sequence[PassageText], count: int, tokenizer: Any, parameters: TrainingParameters
) -> list[Feature]:
    generator = random.Random(f"{objectives.SPANS} {parameters.seed}")
    sentinels = [tokenizer.convert_tokens_to_ids(SENTINEL.format(number)) for number in range(100)]
    features = []
    for passage in generator.sample(list(passages), min(count, len(passages))):
        ids = tokenizer(prompts.clean(passage.text), add_special_tokens=False)["input_ids"][: parameters.input_tokens]
        shown, hidden = objectives.corrupt_spans(ids, sentinels, tokenizer.eos_token_id, generator)
        features.append(Feature([shown], hidden[: parameters.max_target_tokens], objectives.SPANS))
    return features


def _sample(items: Sequence[Example], count: int, seed: int) -> list[Example]:
    """``count`` of them in their order; all if it is 0 or more than there are."""
    if not count or count >= len(items):
        return list(items)
    return [items[place] for place in sorted(random.Random(seed).sample(range(len(items)), count))]


def _write_model(recipe: Recipe, model: Any, tokenizer: Any, out: Path, log: Mapping[str, Any]) -> None:
    """Write the folder. Weights lie in bfloat16 (half the size; every part loads them as float32)."""
    import torch

    from medassist.generation import ModelSettings

    out.mkdir(parents=True, exist_ok=True)
    last = recipe.stages[-1].parameters
    model.to(torch.bfloat16).save_pretrained(out)
    model.to(torch.float32)
    tokenizer.save_pretrained(out)
    settings = ModelSettings(
        name=recipe.name,
        base_model=recipe.name,
        max_input_tokens=last.input_tokens,
        max_passages=last.max_passages,
        reading=last.reading,
    )
    settings.write(out)
    storage.write_text(out / RECIPE_FILE, recipe.text)
    storage.write_text(out / LOG_FILE, json.dumps(log, indent=1) + "\n")
