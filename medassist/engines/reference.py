"""The reference engine: transformers on PyTorch, float32 on the CPU. Slow, and what other engines must equal."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medassist.errors import ModelPackageError

if TYPE_CHECKING:
    from medassist.engines.shapes import Floats

_START = 1  # decoded sequences begin with the decoder's start token, which nobody reads


class TransformersEngine:
    """T5 as transformers computes it; see :class:`medassist.generation.Engine` for what each method means.

    Parameters
    ----------
    folder : Path or str
        What ``save_pretrained`` wrote for model and tokenizer; or a name on a model hub.
    no_repeat_ngram : int
        Word pieces in a row that decoding may not repeat; 0 allows repetition.
    threads : int, optional
        PyTorch's threads, for the whole process.

    Raises
    ------
    ModelPackageError
        If the folder cannot be loaded.
    """

    def __init__(self, folder: Path | str, *, no_repeat_ngram: int = 0, threads: int | None = None) -> None:
        import torch
        from transformers import AutoTokenizer, T5ForConditionalGeneration

        if threads:
            torch.set_num_threads(threads)
        local = Path(folder).is_dir()
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=local)
            model = T5ForConditionalGeneration.from_pretrained(folder, local_files_only=local, dtype=torch.float32)
        except Exception as error:  # a broken file raises whatever its parser raises
            raise ModelPackageError(
                f"The model in {folder} cannot be loaded ({error}); train it again, or use the engine 'onnx' if it has "
                "been exported."
            ) from error
        self._use(model, tokenizer, no_repeat_ngram)

    @classmethod
    def wrap(cls, model: Any, tokenizer: Any, *, no_repeat_ngram: int = 0) -> "TransformersEngine":
        """Return an engine around a model and a tokenizer that are in memory already, as during training."""
        engine = cls.__new__(cls)
        engine._use(model, tokenizer, no_repeat_ngram)
        return engine

    def _use(self, model: Any, tokenizer: Any, no_repeat_ngram: int) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.no_repeat_ngram = no_repeat_ngram

    def tokenise(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) characters of each token, without special tokens."""
        return character_spans(self.tokenizer, text)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, special tokens left out."""
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True)).strip()

    def generate(
        self,
        batch: Sequence[Sequence[str]],
        max_new_tokens: Sequence[int],
        *,
        beams: int = 1,
        on_token: Callable[[int, int], bool] | None = None,
    ) -> list[list[int]]:
        """Return the tokens that follow each request, greedily or by beam search."""
        if beams == 1:
            return self._greedy(batch, max_new_tokens, on_token)
        alike: dict[int, list[int]] = defaultdict(list)  # a beam search's result depends on its limit
        for row, limit in enumerate(max_new_tokens):
            alike[limit].append(row)
        written: dict[int, list[int]] = {}
        for limit, rows in alike.items():
            sequences = self._decode([batch[row] for row in rows], limit, num_beams=beams).tolist()
            written |= {row: self._cut(tokens[_START:]) for row, tokens in zip(rows, sequences, strict=True)}
        return [written[row] for row in range(len(batch))]

    def _greedy(
        self,
        batch: Sequence[Sequence[str]],
        max_new_tokens: Sequence[int],
        on_token: Callable[[int, int], bool] | None,
    ) -> list[list[int]]:
        import torch
        from transformers import StoppingCriteriaList

        written: list[list[int]] = [[] for _ in batch]
        done = [False] * len(batch)

        def stop(sequences: Any, _scores: Any, **_: Any) -> Any:
            """Take each row's newest token; say which rows need no more."""
            for row, token in enumerate(sequences[:, -1].tolist()):
                if not done[row]:
                    written[row].append(token)
                    wanted = on_token is None or on_token(row, token)
                    done[row] = not wanted or token == self._end or len(written[row]) >= max_new_tokens[row]
            return torch.tensor(done, device=sequences.device)

        self._decode(batch, max(max_new_tokens), stopping_criteria=StoppingCriteriaList([stop]))
        return written

    def _decode(self, batch: Sequence[Sequence[str]], max_new_tokens: int, **options: Any) -> Any:
        """Run transformers' own ``generate`` over the encoded requests."""
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        with torch.inference_mode():
            states, mask = self._encode(batch)
            return self.model.generate(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                attention_mask=mask,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                no_repeat_ngram_size=self.no_repeat_ngram,
                **options,
            )

    def score(self, batch: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return the mean log-likelihood of a token of each target, its end token included, for each request."""
        import torch

        with torch.inference_mode():
            states, mask = self._encode(batch)
            return [
                self._score_one(states[row : row + 1], mask[row : row + 1], of_row)
                for row, of_row in enumerate(targets)
            ]

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, the end token included."""
        ids: list[int] = self.tokenizer(text)["input_ids"]
        return ids

    def logits(self, texts: Sequence[str], targets: Sequence[Sequence[int]]) -> "list[Floats]":
        """Return the logits before each token of targets, for one request: shape (tokens, vocabulary) a target."""
        import torch

        with torch.inference_mode():
            states, mask = self._encode([texts])
            return [
                self.model(encoder_outputs=(states,), attention_mask=mask, labels=torch.tensor([list(target)]))
                .logits[0]
                .float()
                .numpy()
                for target in targets
            ]

    def _score_one(self, states: Any, mask: Any, targets: Sequence[str]) -> list[float]:
        labels = self.tokenizer(list(targets), return_tensors="pt", padding=True).to(states.device)
        real = labels["attention_mask"].bool()  # (targets, length)
        logits = self.model(
            encoder_outputs=(states.expand(len(targets), -1, -1),),
            attention_mask=mask.expand(len(targets), -1),
            labels=labels["input_ids"].masked_fill(~real, -100),
        ).logits.float()  # (targets, length, vocabulary)
        chosen = logits.log_softmax(-1).gather(-1, labels["input_ids"].unsqueeze(-1)).squeeze(-1)
        means = (chosen * real).sum(-1) / real.sum(-1)
        return [float(mean) for mean in means]

    def _encode(self, batch: Sequence[Sequence[str]]) -> tuple[Any, Any]:
        """Encode every text by itself and join the states of a request's texts: Fusion-in-Decoder.

        Returns
        -------
        states : tensor of float32, shape (requests, tokens, width)
        mask : tensor of int64, shape (requests, tokens)
        """
        import torch

        inputs = self.tokenizer([text for texts in batch for text in texts], return_tensors="pt", padding=True)
        inputs = inputs.to(self.model.device)
        states = self.model.get_encoder()(**inputs).last_hidden_state  # (texts, length, width)
        real = [row[mask.bool()] for row, mask in zip(states, inputs["attention_mask"], strict=True)]
        joined = [torch.cat([real.pop(0) for _ in texts]) for texts in batch]
        masks = [torch.ones(len(rows), dtype=torch.long, device=states.device) for rows in joined]
        pad = torch.nn.utils.rnn.pad_sequence
        return pad(joined, batch_first=True), pad(masks, batch_first=True)

    @property
    def _end(self) -> int:
        return int(self.tokenizer.eos_token_id)

    def _cut(self, tokens: list[int]) -> list[int]:
        """Return the tokens up to the end token; what follows is padding."""
        return tokens[: tokens.index(self._end) + 1] if self._end in tokens else tokens


def character_spans(tokenizer: Any, text: str) -> Sequence[tuple[int, int]]:
    """Return the (start, end) characters of each token of ``text`` under a fast Hugging Face tokenizer."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    spans: Sequence[tuple[int, int]] = encoded["offset_mapping"]
    return spans
