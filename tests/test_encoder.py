import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from medassist.encoder import DEFAULT_MODEL, Encoder, export, source_of
from medassist.errors import BundleError, ConfigurationError

TEXTS = ["Wheezing at night can be a sign of asthma.", "Gout hurts.", "A colonoscopy looks at the bowel. " * 20]


def test_vectors_are_those_of_the_original_model(encoder_folder):
    # GIVEN the int8 ONNX encoder and the model it was made from
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(source_of(DEFAULT_MODEL)), device="cpu")
    # WHEN both encode the same texts
    vectors = Encoder.load(encoder_folder).encode(TEXTS)
    # THEN they are unit vectors that point the same way
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    cosines = np.sum(vectors * original.encode(TEXTS), axis=1)
    assert cosines.min() > 0.98


def test_a_vector_depends_on_its_text_alone(encoder_folder):
    # GIVEN texts of very different lengths, more than are handed out at once
    encoder = Encoder.load(encoder_folder, threads=1)
    texts = [f"{text} {n}" for n in range(30) for text in TEXTS]
    # WHEN they are encoded together, by two threads, and one by one THEN each vector is the same to the last bit
    together = encoder.encode(texts)
    np.testing.assert_array_equal(together, Encoder.load(encoder_folder, threads=2).encode(texts))
    np.testing.assert_array_equal(together, np.concatenate([encoder.encode([text]) for text in texts]))
    assert encoder.encode([]).shape == (0, 384)


def test_an_export_that_is_there_is_kept(encoder_folder):
    before = (encoder_folder / "model.onnx").stat().st_mtime_ns
    assert export(DEFAULT_MODEL, encoder_folder) == encoder_folder
    assert (encoder_folder / "model.onnx").stat().st_mtime_ns == before


def test_an_unknown_model_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigurationError, match="'no/such-model' is neither a local folder nor reachable"):
        export("no/such-model", tmp_path / "encoder")
    assert not (tmp_path / "encoder" / "encoder.json").exists()


def test_an_encoder_that_was_tampered_with_is_refused(encoder_folder, tmp_path):
    # GIVEN a copy whose model file has one byte more, and one without tokenizer
    folder = shutil.copytree(encoder_folder, tmp_path / "encoder")
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"x")
    # WHEN they are loaded THEN it is said
    with pytest.raises(BundleError, match="is not the one its encoder"):
        Encoder.load(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(BundleError, match="cannot be loaded"):
        Encoder.load(folder)


def test_nothing_is_written_into_the_home_folder(encoder_folder, tmp_path):
    # GIVEN a person with an empty home folder WHEN texts are encoded
    code = f"from medassist.encoder import Encoder; Encoder.load({str(encoder_folder)!r}).encode(['gout'])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True)
    # THEN ONNX Runtime has left no device id there (it does unless it is told not to)
    assert list(tmp_path.iterdir()) == []


def test_long_texts_are_cut_at_the_stated_limit(encoder_folder):
    # GIVEN a text of more than 256 tokens, and the same text with another end
    assert json.loads((encoder_folder / "encoder.json").read_text())["max_tokens"] == 256
    words = "pain " * 400
    vectors = Encoder.load(encoder_folder).encode([words, words + "something else entirely"])
    # THEN the end, beyond the limit, changes nothing
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)
