"""Who is evaluated: a model folder, a model of the hub, or a live endpoint, behind one method."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from medassist import prompts, storage
from medassist.config import Settings
from medassist.errors import InvalidRequestError, ModelPackageError
from medassist.experiments.trials import Trial
from medassist.schemas import Generation

if TYPE_CHECKING:
    from medassist.generation import Generator

BASELINES = "baselines"  # no model
ENDPOINT = "endpoint:"  # what an endpoint's name is written after
AUTO, ONNX, TRANSFORMERS = ("auto", "onnx", "transformers")
CALLERS = 4  # requests in flight to an endpoint, which answers those that arrive together in one batch
ENDPOINT_TIMEOUT_S = 120.0  # an evaluation waits; a person would not
NEW_TOKENS = 80  # targets have up to 48 words: about 65 to 80 word pieces
# A model that medassist has not fine-tuned says nothing of itself; Flan-T5 was trained with 512 tokens.
PLAIN_INPUT_TOKENS, PLAIN_PASSAGES = 512, 3
DECISIVE_FILES, DECISIVE_KINDS = ("config.json", "medassist.json"), (".safetensors", ".onnx", ".bin", ".data", ".npy")


class Contestant(Protocol):
    """What an evaluation needs of a model.

    ``version`` tells it from others of that name, ``passages`` is how many it reads.
    """

    name: str
    version: str
    engine: str
    passages: int

    def respond(self, trials: Sequence[Trial]) -> list[Generation | str]:
        """Return an answer to each trial, or the sentence with which the model refused it."""
        ...


def open_contestant(model: str, *, engine: str = AUTO, threads: int | None = None) -> Contestant | None:
    """Open a model by what it is called.

    Parameters
    ----------
    model : str
        A folder (fine-tuned by medassist, exported, or any T5's), ``endpoint:NAME``, a hub's name for a model, or
        ``"baselines"`` for none.
    engine : str
        ``"onnx"``, ``"transformers"``, or ``"auto"``: ONNX Runtime where the folder holds an export, else the
        reference. Endpoints have their own.
    threads : int, optional
        Threads of one computation.

    Raises
    ------
    ModelPackageError
        If the model cannot be loaded.
    """
    if model == BASELINES:
        return None
    if model.startswith(ENDPOINT):
        return EndpointModel(model.removeprefix(ENDPOINT))
    folder = Path(model)
    if not folder.is_dir():
        if folder.exists() or model.startswith((".", "/", "~")):
            raise ModelPackageError(f"{model} is not a model folder; name a folder, endpoint:NAME or a hub's model.")
        return LocalModel(_load_plain(model, threads), model, TRANSFORMERS)
    from medassist import generation

    version = _folder_version(folder)
    if not (folder / generation.SETTINGS_FILE).is_file():
        return LocalModel(_load_plain(model, threads), version, TRANSFORMERS)
    if engine == AUTO:
        engine = ONNX if (folder / "onnx").is_dir() else TRANSFORMERS
    return LocalModel(generation.Generator.load(folder, engine=engine, threads=threads), version, engine)


class LocalModel:
    """A generator in this process."""

    def __init__(self, generator: "Generator", version: str, engine: str) -> None:
        self.generator = generator
        self.name, self.passages = generator.settings.name, generator.settings.max_passages
        self.version, self.engine = version, engine

    def respond(self, trials: Sequence[Trial]) -> list[Generation | str]:
        """Return an answer to each trial, in one batch; those that the model refuses are left out of it."""
        from medassist.generation import Request

        requests = [
            Request(trial.question, trial.passages, trial.options, trial.task, max_new_tokens=NEW_TOKENS)
            for trial in trials
        ]
        answers: dict[int, Generation | str] = {}
        for row, request in enumerate(requests):
            try:
                self.generator.inputs(request)
            except InvalidRequestError as error:
                answers[row] = str(error)
        accepted = [row for row in range(len(requests)) if row not in answers]
        answers |= dict(zip(accepted, self.generator.respond([requests[row] for row in accepted]), strict=True))
        return [answers[row] for row in range(len(requests))]


class EndpointModel:
    """A live endpoint, asked by several callers at once.

    Raises
    ------
    EndpointError
        If the endpoint does not answer a first, short question: its answer names the model.
    """

    def __init__(self, endpoint_name: str) -> None:
        from medassist.endpoint import EndpointClient
        from medassist.production import serving

        self._client = EndpointClient(endpoint_name, timeout_s=ENDPOINT_TIMEOUT_S)
        self.name = self._client.generate("What is gout?", [], max_new_tokens=1).model
        served = json.dumps(serving.served_container(endpoint_name), sort_keys=True)
        self.version, self.engine = f"{endpoint_name}-{hashlib.sha256(served.encode()).hexdigest()[:12]}", "endpoint"
        self.passages = Settings().top_k  # what the product sends; the model takes what it was trained to read

    def respond(self, trials: Sequence[Trial]) -> list[Generation | str]:
        """Return an answer to each trial."""
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(self._ask, trials))

    def _ask(self, trial: Trial) -> Generation | str:
        task = prompts.JUDGE if trial.task == prompts.JUDGE else ""
        try:
            return self._client.generate(
                trial.question, trial.passages, trial.options or None, max_new_tokens=NEW_TOKENS, task=task
            )
        except InvalidRequestError as error:
            return str(error)


def _load_plain(name: str, threads: int | None) -> "Generator":
    """A T5 that medassist has not fine-tuned: from a folder, or from the hub where one can be reached."""
    import torch
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    from medassist.generation import Generator, ModelSettings

    if threads:
        torch.set_num_threads(threads)
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(name)
        model = T5ForConditionalGeneration.from_pretrained(name, dtype=torch.float32)
    except (OSError, ValueError, KeyError) as error:  # what transformers raises for a missing or foreign model
        reason = " ".join(str(error).split())[:200]
        raise ModelPackageError(
            f"{name} cannot be loaded as a T5 ({reason}); name a model folder, or a model of a hub that can be reached."
        ) from error
    settings = ModelSettings(Path(name).name, name, PLAIN_INPUT_TOKENS, PLAIN_PASSAGES)
    return Generator.wrap(model, tokenizer, settings)


def _folder_version(folder: Path) -> str:
    """12 hex digits of the files that decide what the model answers: weights, tokenizer, settings, export."""
    sha = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name in DECISIVE_FILES or path.suffix in DECISIVE_KINDS or path.name.startswith("tokenizer"):
            sha.update(f"{path.relative_to(folder)}\0{storage.sha256_of(path)}\n".encode())
    return sha.hexdigest()[:12]
