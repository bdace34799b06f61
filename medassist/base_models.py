"""What training starts from: our compact T5, fresh or pretrained, or any T5 by its name or folder; and tokenizers."""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from medassist import prompts
from medassist.errors import TrainingError
from medassist.generation import SETTINGS_FILE, ModelSettings
from medassist.training_parameters import COMPACT, FRESH, TrainingParameters

COMPACT_NAME = "medassist-t5-compact"
COMPACT_FOLDER = Path(__file__).resolve().parents[1] / "data" / "models" / COMPACT_NAME
EXTRA_IDS = 100  # T5's sentinel tokens, for span corruption


def train_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Any:
    """Train a T5 tokenizer (Unigram pieces as SentencePiece makes them) on texts.

    Parameters
    ----------
    texts : iterable of str
        What the model will read.
    vocabulary_size : int
        Pieces, the three special tokens included and the 100 extra ids not. Few texts give fewer.

    Returns
    -------
    transformers.T5Tokenizer
        ``<pad>`` is 0, ``</s>`` 1, ``<unk>`` 2, the extra ids come last. The same texts give the same tokenizer.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import T5Tokenizer

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary_size,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        initial_alphabet=[chr(code) for code in range(33, 127)],  # prompts must never turn into <unk>
        show_progress=False,
    )
    tokenizer.train_from_iterator((prompts.clean(text) for text in texts), trainer)
    pieces = json.loads(tokenizer.to_str())["model"]["vocab"]
    return T5Tokenizer(vocab=_in_fixed_order(pieces), extra_ids=EXTRA_IDS, clean_up_tokenization_spaces=False)


def _in_fixed_order(pieces: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The trainer's pieces in an order that does not change from run to run.

    Characters that must be there but earned no score of their own come from the trainer in the random order of a hash
    table, with scores from the least of all upwards in steps of 0.0001. They get one score, below all others.
    """
    special = [(piece, 0.0) for piece, _ in pieces[:3]]
    learnt = [(piece, round(score, 6)) for piece, score in pieces[3:]]
    lowest = min((score for _, score in learnt), default=0.0)
    unscored = lowest + 1e-4 * (1 + sum(len(piece) == 1 for piece, _ in learnt))
    learnt = [(piece, lowest - 1 if len(piece) == 1 and score <= unscored else score) for piece, score in learnt]
    return special + sorted(learnt, key=lambda item: (-item[1], item[0]))


def compact_config(vocabulary_size: int) -> Any:
    """Return the shape of the compact T5: 3 + 3 layers of width 192, about 3.8 million parameters with 6,000 pieces."""
    from transformers import T5Config

    shape: dict[str, Any] = {"d_model": 192, "d_kv": 32, "d_ff": 384, "num_layers": 3, "num_heads": 6}
    shape["decoder_start_token_id"] = 0
    return T5Config(
        vocab_size=math.ceil(vocabulary_size / 64) * 64,  # matrix products like multiples of 64
        feed_forward_proj="gated-gelu",
        dropout_rate=0.1,
        **shape,
    )


def base_folder(parameters: TrainingParameters) -> Path | None:
    """Return the local folder that a base model lies in; None for fresh weights and for a model of the hub.

    Raises
    ------
    TrainingError
        If it is the compact model and that is not there.
    """
    if parameters.base_model == FRESH:
        return None
    if parameters.base_model == COMPACT:
        if not (COMPACT_FOLDER / "config.json").is_file():
            raise TrainingError(
                f"There is no {COMPACT_NAME} in {COMPACT_FOLDER}; bring it there, or start from random weights with "
                f"base_model={FRESH!r}."
            )
        return COMPACT_FOLDER
    folder = Path(parameters.base_model)
    return folder if folder.is_dir() else None


def base_name(parameters: TrainingParameters) -> str:
    """Return what a base model is called: its own name if medassist made it, the hub's name, or that of its folder."""
    if parameters.base_model == FRESH:
        return COMPACT_NAME
    folder = base_folder(parameters)
    if folder is None:
        return parameters.base_model
    return ModelSettings.read(folder).name if (folder / SETTINGS_FILE).is_file() else folder.name


def load_base(parameters: TrainingParameters, texts: Sequence[str]) -> tuple[Any, Any]:
    """Return the base model and its tokenizer, in float32.

    Parameters
    ----------
    texts : sequence of str
        What the tokenizer for fresh weights is trained on.

    Raises
    ------
    TrainingError
        If it cannot be loaded or is no T5.
    """
    import torch
    from transformers import AutoConfig, AutoTokenizer, T5ForConditionalGeneration

    if parameters.base_model == FRESH:
        tokenizer = train_tokenizer(texts, parameters.vocabulary_size)
        return T5ForConditionalGeneration(compact_config(len(tokenizer))), tokenizer
    name = str(base_folder(parameters) or parameters.base_model)
    try:
        model_type = AutoConfig.from_pretrained(name).model_type
        if model_type != "t5":
            raise TrainingError(f"The base model {name!r} is a {model_type!r} model; name a T5 or Flan-T5 model.")
        tokenizer = AutoTokenizer.from_pretrained(name)
        return T5ForConditionalGeneration.from_pretrained(name, dtype=torch.float32), tokenizer
    except TrainingError:
        raise
    except Exception as error:  # hub, network and parsers raise many kinds
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise TrainingError(
            f"The base model {name!r} cannot be loaded ({reason}); check the name and the network, give the path of a "
            f"local folder, or use base_model={FRESH!r}, which needs no network."
        ) from error
