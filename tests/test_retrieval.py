import hashlib
import json
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from medassist import encoder, retrieval
from medassist.errors import BundleError
from medassist.index import bundle as index_bundle
from medassist.index.vectors import VectorCache, encode_passages
from medassist.retrieval import Index
from medassist.schemas import Passage


def passage(number: int, title: str, text: str) -> Passage:
    return Passage(f"d{number}#0", f"d{number}", title, text, "TEST", "")


PASSAGES = [
    passage(1, "Asthma: symptoms", "Wheezing and shortness of breath, often worse at night."),
    passage(2, "Gout: symptoms", "Sudden severe pain in a joint, often the big toe."),
    passage(3, "Migraine: symptoms", "Throbbing pain on one side of the head, with nausea."),
    passage(4, "Eczema: treatment", "Moisturizers calm dry and itchy skin."),
]


@pytest.fixture(scope="module")
def bundle(encoder_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("retrieval") / "index"
    retrieval.build(PASSAGES, encoder_folder, folder, corpus="tiny", passage_words=180, progress=False)
    return folder


@pytest.fixture
def broken(bundle, tmp_path):
    return shutil.copytree(bundle, tmp_path / "index")


def edit_meta(folder, **changes):
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


def test_the_right_passage_is_found_by_meaning_and_by_words(bundle):
    index = Index.load(bundle)
    hits = index.search("my foot hurts terribly all of a sudden", 4)
    assert hits[0].passage == PASSAGES[1]
    assert index.search("moisturizers", 1)[0].passage == PASSAGES[3]
    # scores fall, cosines are cosines, BM25 is not negative
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(-1 <= hit.similarity <= 1 and hit.lexical >= 0 for hit in hits)
    vectors = index.encoder.encode(["my foot hurts terribly all of a sudden", "Gout: symptoms\n" + PASSAGES[1].text])
    assert hits[0].similarity == pytest.approx(float(vectors[0] @ vectors[1]), abs=0.02)


def test_words_that_no_passage_has_still_find_something_by_meaning(bundle):
    index = Index.load(bundle)
    assert index.search("xyzzy", 2)[0].lexical == 0
    assert index.search("xyzzy", 10, method="lexical") == []
    assert len(index.search("pain", 100)) <= len(PASSAGES)


def test_one_ranking_alone_and_many_queries(bundle):
    index = Index.load(bundle)
    assert [h.passage.document_id for h in index.search("pain head", 2, method="lexical")] == ["d3", "d2"]
    queries = ["itchy skin", "wheezing"]
    assert index.search_batch(queries, 2) == [index.search(query, 2) for query in queries]
    assert index.search_batch([], 3) == []
    for arguments in ({"top_k": 0}, {"method": "best"}):
        with pytest.raises(ValueError, match=r"top_k is 0|method is 'best'"):
            index.search("x", **arguments)


def test_a_bundle_says_what_it_is(bundle):
    meta = Index.load(bundle).meta
    assert (meta.passages, meta.documents, meta.dimension, meta.metric) == (4, 4, 384, "cosine")
    assert (meta.index_type, meta.encoder, meta.corpus) == ("SQfp16", encoder.name_of(encoder.DEFAULT_MODEL), "tiny")
    assert list(Index.load(bundle).passages()) == PASSAGES


def test_the_version_follows_the_content(bundle, encoder_folder):
    loaded = encoder.Encoder.load(encoder_folder)
    assert index_bundle.bundle_version(PASSAGES, loaded) == Index.load(bundle).version
    assert index_bundle.bundle_version(PASSAGES[:3], loaded) != Index.load(bundle).version


def test_a_changed_file_is_noticed(broken):
    with (broken / "passages.jsonl").open("ab") as file:
        file.write(b"{}")
    with pytest.raises(BundleError, match=r"passages\.jsonl has another checksum"):
        Index.load(broken)


def test_each_byte_is_hashed_once(bundle, monkeypatch):
    # GIVEN a count of the files that are hashed
    hashed = []
    original = hashlib.file_digest

    def counting(file, digest):
        hashed.append(file.name)
        return original(file, digest)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    # WHEN a bundle is loaded THEN each of its files is hashed once; what the caller has just hashed is not
    files = Index.load(bundle).meta.files
    assert sorted(hashed) == sorted(str(bundle / name) for name in files)
    Index.load(bundle, checksums=files)
    assert len(hashed) == len(files)
    # AND a checksum that is not the bundle's is refused, whoever has computed it
    with pytest.raises(BundleError, match=r"model\.onnx has another checksum"):
        Index.load(bundle, checksums={**files, "encoder/model.onnx": "0" * 64})


def test_a_missing_file_is_named(broken):
    (broken / "vectors.faiss").unlink()
    with pytest.raises(BundleError, match=r"lacks vectors\.faiss"):
        Index.load(broken)


def test_another_format_version_is_refused(broken):
    edit_meta(broken, format_version=99)
    with pytest.raises(BundleError, match="format version 99, but this medassist reads version 2"):
        Index.load(broken)


def test_another_encoder_is_refused(broken):
    edit_meta(broken, encoder_sha256="0" * 64)
    with pytest.raises(BundleError, match="built with another encoder"):
        Index.load(broken)


def test_parts_that_do_not_belong_together_are_refused(broken):
    edit_meta(broken, passages=5)
    with pytest.raises(BundleError, match="do not belong together"):
        Index.load(broken)


def test_folders_without_index_and_broken_meta(tmp_path, broken):
    with pytest.raises(BundleError, match="holds no index"):
        Index.load(tmp_path / "nowhere")
    (broken / "meta.json").write_text('{"format_version": 2}')
    with pytest.raises(BundleError, match="lacks a field"):
        Index.load(broken)
    (broken / "meta.json").write_text("{")
    with pytest.raises(BundleError, match="not JSON"):
        Index.load(broken)


def test_nothing_to_index_and_double_ids(encoder_folder, tmp_path):
    for passages, reason in (([], "no passages"), ([PASSAGES[0]] * 2, "share a passage_id")):
        with pytest.raises(BundleError, match=reason):
            retrieval.build(passages, encoder_folder, tmp_path / "x", corpus="x", passage_words=9, progress=False)


def test_what_is_cached_is_not_encoded_again(encoder_folder, tmp_path, monkeypatch):
    # GIVEN a cache that knows three of four passages
    loaded = encoder.Encoder.load(encoder_folder)
    first = encode_passages(PASSAGES[:3], loaded, tmp_path, progress=False)
    encoded = []
    original = encoder.Encoder.encode_batches

    def counting(self, texts):
        encoded.extend(texts)
        return original(self, texts)

    monkeypatch.setattr(encoder.Encoder, "encode_batches", counting)
    # WHEN all four are encoded, and then again
    second = encode_passages(PASSAGES, loaded, tmp_path, progress=False)
    third = encode_passages(PASSAGES, loaded, tmp_path, progress=False)
    # THEN only the new one was computed, once, and each vector is the one that was made first
    assert encoded == ["Eczema: treatment\nMoisturizers calm dry and itchy skin."]
    np.testing.assert_array_equal(second[:3], first)
    np.testing.assert_array_equal(third, second)


def test_an_interrupted_build_goes_on_where_it_stopped(encoder_folder, tmp_path):
    # GIVEN a build of 3,000 passages in another process, killed once some hundred vectors are cached
    script = f"""
from medassist import retrieval
from medassist.schemas import Passage
made = [Passage(str(n), str(n), "", f"Passage {{n}} about pain. " * 8) for n in range(3000)]
retrieval.build(made, {str(encoder_folder)!r}, {str(tmp_path / "index")!r}, corpus="x", passage_words=180,
                cache_dir={str(tmp_path / "cache")!r}, progress=False)
"""
    process = subprocess.Popen([sys.executable, "-c", script])
    loaded = encoder.Encoder.load(encoder_folder)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with VectorCache(tmp_path / "cache", loaded) as cache:
            if len(cache.known()) >= 256:
                break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # THEN what was encoded is kept, and there is no half bundle
    with VectorCache(tmp_path / "cache", loaded) as cache:
        assert 256 <= len(cache.known()) < 3000
    assert not (tmp_path / "index").exists()


def test_a_full_disk_leaves_the_old_bundle(encoder_folder, bundle, tmp_path):
    # GIVEN a bundle, and a process whose files may not grow past 1 MB, as on a full disk
    folder = shutil.copytree(bundle, tmp_path / "index")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    script = f"""
from medassist import retrieval
from medassist.schemas import Passage
retrieval.build([Passage("n", "n", "", "new text")], {str(encoder_folder)!r}, {str(folder)!r}, corpus="x",
                passage_words=180, progress=False)
"""
    # WHEN another bundle is to take its place
    result = subprocess.run([sys.executable, "-c", script], preexec_fn=limit, capture_output=True, text=True)
    # THEN one sentence says so, the old bundle is whole, and nothing is left beside it
    assert "BundleError: The index cannot be written" in result.stderr
    assert len(Index.load(folder)) == len(PASSAGES)
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
