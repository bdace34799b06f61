"""From a fine-tuned T5 to what production runs: ``onnx/`` in the model's folder, compared with the model itself.

1. The float32 graphs must write the reference's tokens: that proves the graphs.
2. The 8-bit graphs, of smoothed weights, must stay within a stated tolerance of it on the given examples: that proves
   the quantisation. What still costs too much precision is computed in a slower, more precise way; if nothing is
   enough, nothing is exported.
"""

import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medassist.engines.graphs import BLOCK, FLOAT, FP32, INT8, PRECISIONS, Products, write_graphs
from medassist.engines.manifest import (
    ABOUT,
    BIAS_FILE,
    FILES,
    MANIFEST_FILE,
    ONNX_FOLDER,
    TOKENIZER_FILE,
    Manifest,
    digest,
)
from medassist.engines.probes import Difference, Probe, compare
from medassist.engines.reference import TransformersEngine
from medassist.engines.runtime import OnnxEngine
from medassist.engines.shapes import Floats, Shape
from medassist.engines.smoothing import largest_inputs, smooth
from medassist.errors import ModelPackageError
from medassist.generation import SETTINGS_FILE, Generator, ModelSettings, Request
from medassist.prompts import PassageText

if TYPE_CHECKING:
    from medassist.example_table import Example

logger = logging.getLogger(__name__)

CHECKED = 32  # examples that an export is compared on
_WRITTEN, _WRITTEN_TOKENS = 8, 32  # answers of the reference's own that it is compared on as well
_BIASES = tuple(
    f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight" for side in ("encoder", "decoder")
)
_REMEDIES = {INT8: "export it with precision fp32", FP32: "serve it with the engine 'transformers'"}
# Tried in turn: the first that keeps the tolerance is exported. T5's feed-forward outputs have the largest outliers.
CHOICES = {
    FP32: (Products.of(FP32),),
    INT8: (
        Products(),
        Products(encoder_out=BLOCK),
        Products(encoder_out=FLOAT),
        Products(encoder=BLOCK, encoder_out=BLOCK),
        Products(encoder=BLOCK, encoder_out=FLOAT),
    ),
}
_BUILT_IN = (
    Request(
        "What is asthma?",
        (
            PassageText("Asthma", "Asthma is a chronic disease in which the airways of the lungs become narrow."),
            PassageText("Gout", "Gout is a painful form of arthritis caused by crystals of uric acid in a joint."),
        ),
    ),
    Request("How is high blood pressure treated?", (PassageText("Blood pressure", "Salt raises it, exercise helps."),)),
    Request("Which crystal causes gout?", (), {"A": "Sodium urate", "B": "Calcium oxalate"}),
    Request("Does allopurinol lower uric acid?", (PassageText("", "Allopurinol lowers uric acid."),), task="judge"),
)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an 8-bit model may be from the reference, see :class:`medassist.engines.probes.Difference`.

    The product's answers are short and grounded afterwards: one token in thirty that is chosen otherwise among near
    equals is no worse an answer, while a tenth of a nat a token would begin to show in choices.
    """

    equal_tokens: float = 0.95
    likelihood: float = 0.1

    def holds(self, difference: Difference) -> bool:
        """Say whether a difference is within the tolerance."""
        return difference.equal_tokens >= self.equal_tokens and difference.likelihood <= self.likelihood


_EXACT = Tolerance(equal_tokens=1.0, likelihood=1e-3)  # float32: the last digits of sums


def export_model(
    model: str | Path,
    out: str | Path | None = None,
    *,
    precision: str = INT8,
    examples: "Sequence[Example]" = (),
    tolerance: Tolerance | None = None,
) -> Path:
    """Export a model for the engine ``"onnx"``; an export that is there already is replaced.

    A folder that holds an export and no original weights, as a package does, is taken as it is.

    Parameters
    ----------
    model : str or Path
        A folder as :func:`medassist.training.fine_tune` writes it, or a T5's name on a model hub.
    out : str or Path, optional
        A new folder for the exported model, without the original weights; ``onnx`` goes into the model's own folder if
        not given.
    precision : str
        ``"int8"`` or ``"fp32"``.
    examples : sequence of Example
        What the export is compared with the reference on, best the development set; a few texts of our own if empty.
    tolerance : Tolerance, optional
        For int8.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    ModelPackageError
        If the model cannot be loaded or exported, or the export differs too much from it.
    """
    if precision not in PRECISIONS:
        raise ModelPackageError(f"There is no precision {precision!r}; the precisions are {' and '.join(PRECISIONS)}.")
    if out is None and not Path(model).is_dir():
        raise ModelPackageError(f"There is no model folder {model}; name one, or name a folder to export to as well.")
    if _is_export(Path(model)):
        return Path(model) if out is None else _copy_export(Path(model), Path(out))
    settings = _settings(model)
    engine = TransformersEngine(model, no_repeat_ngram=settings.no_repeat_ngram)
    target = Path(model if out is None else out)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target) as temporary:
        probes = _probes(Generator(engine, settings), examples)
        weights = {name: tensor.detach().numpy() for name, tensor in engine.model.state_dict().items()}
        exact = write_checked(engine, weights, Path(temporary) / FP32, probes, FP32, _EXACT)
        if precision == INT8:
            shutil.rmtree(exact)
            weights = smooth(weights, largest_inputs(engine, probes), Shape.of(engine.model.config))
            write_checked(engine, weights, Path(temporary) / INT8, probes, INT8, tolerance or Tolerance())
        if out is not None:
            if Path(model).is_dir():
                _copy_about(Path(model), target)
            else:
                engine.model.config.save_pretrained(target)
            settings.write(target)
        _put(Path(temporary) / precision, target / ONNX_FOLDER, Path(temporary) / "replaced")
    return target


def _is_export(folder: Path) -> bool:
    return (folder / ONNX_FOLDER / MANIFEST_FILE).is_file() and not list(folder.glob("*.safetensors"))


def _copy_export(folder: Path, out: Path) -> Path:
    Manifest.read(folder / ONNX_FOLDER)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=out) as temporary:
        copy = Path(shutil.copytree(folder / ONNX_FOLDER, Path(temporary) / ONNX_FOLDER))
        _copy_about(folder, out)
        _put(copy, out / ONNX_FOLDER, Path(temporary) / "replaced")
    return out


def _settings(model: str | Path) -> ModelSettings:
    """Return a model's settings; for one that medassist has not trained, those that its kind is used with."""
    if (Path(model) / SETTINGS_FILE).is_file():
        return ModelSettings.read(Path(model))
    return ModelSettings(Path(model).name, str(model), max_input_tokens=512, max_passages=5, no_repeat_ngram=0)


def write_checked(
    engine: TransformersEngine,
    weights: Mapping[str, Floats],
    folder: Path,
    probes: Sequence[Probe],
    precision: str,
    tolerance: Tolerance,
) -> Path:
    """Write the fastest graphs that keep the tolerance into a new folder.

    Parameters
    ----------
    engine : TransformersEngine
        The reference.
    weights : mapping of str to ndarray of float32
        The reference's, perhaps smoothed.
    folder, probes, precision, tolerance

    Raises
    ------
    ModelPackageError
        If no choice of products keeps it.
    """
    shape = Shape.of(engine.model.config)
    folder.mkdir()
    engine.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    np.save(folder / BIAS_FILE, np.stack([weights[name] for name in _BIASES]), allow_pickle=False)
    for products in CHOICES[precision]:
        write_graphs(weights, shape, products, folder)
        sha256 = {name: digest(folder / name) for name in FILES}
        manifest = Manifest(shape, precision, asdict(products), {}, sha256)
        manifest.write(folder)
        difference = compare(OnnxEngine(folder), engine, probes)
        logger.info("%s %s: %s", precision, products, difference)
        if tolerance.holds(difference):
            checks = asdict(difference) | {"tolerance": asdict(tolerance), "probes": len(probes)}
            replace(manifest, checks=checks).write(folder)
            return folder
    raise ModelPackageError(
        f"In {precision} the exported model finds the same token likeliest in {difference.equal_tokens:.2%} of places "
        f"and differs from the original by {difference.likelihood:.3f} in a token's log-likelihood, the limits are "
        f"{tolerance.equal_tokens:.0%} and {tolerance.likelihood}; {_REMEDIES[precision]}."
    )


def _probes(generator: Generator, examples: "Sequence[Example]") -> list[Probe]:
    """Return what the export is compared on: the examples' targets, and what the reference writes itself."""
    engine: Any = generator.engine
    chosen = examples[:: max(1, len(examples) // CHECKED)][:CHECKED]
    requests = [Request(e.question, e.passages, e.options, e.task) for e in chosen] or list(_BUILT_IN)
    texts = [generator.inputs(request) for request in requests]
    targets = [Probe(read, engine.tokens(example.target)) for read, example in zip(texts, chosen, strict=False)]
    answers = [read for read, request in zip(texts, requests, strict=True) if not request.candidates][:_WRITTEN]
    written = engine.generate(answers, [_WRITTEN_TOKENS] * len(answers)) if answers else []
    return targets + [Probe(read, tokens) for read, tokens in zip(answers, written, strict=True)]


def _copy_about(model: Path, folder: Path) -> None:
    """Copy what lies beside a model's weights: settings, configuration, metrics, card."""
    for path in model.iterdir():
        if path.is_file() and path.suffix in ABOUT:
            shutil.copyfile(path, folder / path.name)


def _put(folder: Path, target: Path, replaced: Path) -> None:
    """Move a finished folder to its place; what stood there goes to ``replaced``."""
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
