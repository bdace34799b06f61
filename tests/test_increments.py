"""Documents are added to a bundle, changed and removed: it is the one built from scratch, and only what is new is
encoded."""

import json
import shutil
import threading
from dataclasses import replace

import pytest

from medassist import cli, encoder, retrieval
from medassist.errors import BundleError
from medassist.index.changes import Changes
from medassist.retrieval import Index
from medassist.schemas import Passage

ABOUT = {"corpus": "tiny", "passage_words": 180, "progress": False}
PIECES = [
    Passage(f"d{n}#{part}", f"d{n}", f"Topic {n}", f"Pain number {n} in part {part}.")
    for n in range(5)
    for part in range(2)
]
NEW = Passage("d9#0", "d9", "Gout", "Sudden severe pain in the big toe.")


def files_of(folder):
    """All files of a bundle but for the moment when it was made."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files | {"meta.json": json.loads(files["meta.json"]) | {"created_at": ""}}


@pytest.fixture(scope="module")
def made(encoder_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("increments") / "index"
    retrieval.build(PIECES, encoder_folder, folder, **ABOUT)
    return folder


@pytest.fixture
def bundle(made, tmp_path):
    return shutil.copytree(made, tmp_path / "index")


@pytest.fixture
def encoded(monkeypatch):
    """Return the list that grows by each text that is encoded, but for what passages are called."""
    texts = []
    original = encoder.Encoder.encode_batches

    def counting(self, wanted):
        texts.extend(text for text in wanted if "\n" in text)
        return original(self, wanted)

    monkeypatch.setattr(encoder.Encoder, "encode_batches", counting)
    return texts


def test_added_and_removed_documents(bundle, encoder_folder, tmp_path, encoded):
    # GIVEN a bundle, without any cache WHEN a document goes, one changes and one comes
    altered = replace(PIECES[4], text="Another text.")
    said = []
    retrieval.update(bundle, add=[altered, PIECES[5], NEW], remove=["d1"], on_changes=said.append, progress=False)
    # THEN only the two new texts were encoded, and it says so
    assert sorted(encoded) == ["Gout\nSudden severe pain in the big toe.", "Topic 2\nAnother text."]
    assert said == [Changes(added=1, removed=1, changed=1, kept=3, passages=9, encoded=2)]
    assert str(said[0]) == ("documents: 1 added, 1 removed, 1 changed, 3 kept; passages: 9, texts to encode: 2")
    # AND the bundle is the one that is built from scratch
    pieces = [*PIECES[:2], altered, *PIECES[5:], NEW]
    assert list(Index.load(bundle).passages()) == pieces
    retrieval.build(pieces, encoder_folder, tmp_path / "scratch", **ABOUT)
    found, expected = files_of(bundle), files_of(tmp_path / "scratch")
    assert sorted(found) == sorted(expected)
    assert [name for name in found if found[name] != expected[name]] == []


def test_a_bundle_of_another_encoder_lends_no_vectors(bundle, encoder_folder, encoded):
    meta = json.loads((bundle / "meta.json").read_text())
    (bundle / "meta.json").write_text(json.dumps(meta | {"encoder_sha256": "0" * 64, "version": "0"}))
    retrieval.build(PIECES, encoder_folder, bundle, **ABOUT)
    assert len(encoded) == len(PIECES)


def test_who_has_the_old_bundle_open_goes_on(bundle):
    # GIVEN a loaded index whose files no query has touched yet WHEN the bundle is replaced
    index = Index.load(bundle, threads=1)
    retrieval.update(bundle, remove=["d0", "d1", "d2"], progress=False)
    # THEN it finds what it was loaded with
    assert index.search("Pain number 1 in part 1.", 1, method="dense")[0].passage.document_id == "d1"
    assert list(index.passages()) == PIECES


def test_documents_that_are_not_there(bundle):
    with pytest.raises(BundleError, match="has no document 'd7' to remove"):
        retrieval.update(bundle, remove=["d1", "d7"], progress=False)
    with pytest.raises(BundleError, match="no passages"):
        retrieval.update(bundle, remove=[f"d{n}" for n in range(5)], progress=False)
    assert len(Index.load(bundle)) == len(PIECES)


def test_a_bundle_that_is_replaced_while_it_is_loaded(bundle):
    # GIVEN a thread that adds a document and removes it, over and over
    over = threading.Event()

    def replace_again_and_again():
        while not over.is_set():
            retrieval.update(bundle, add=[NEW], progress=False)
            retrieval.update(bundle, remove=[NEW.document_id], progress=False)

    writer = threading.Thread(target=replace_again_and_again)
    writer.start()
    # WHEN the bundle is loaded meanwhile THEN all parts are of one bundle
    try:
        for _ in range(4):
            index = Index.load(bundle, threads=1)
            found = [hit.passage.document_id for hit in index.search("big toe", 20)]
            assert (len(index), "d9" in found) in ((10, False), (11, True))
    finally:
        over.set()
        writer.join()


def test_indexing_again_from_the_command_line(encoder_folder, tmp_path, capsys, encoded):
    # GIVEN a bundle of three documents, whose cache is gone
    corpus, index, cache = tmp_path / "corpus.jsonl", tmp_path / "index", tmp_path / "cache"

    def run(numbers):
        records = [{"document_id": f"d{n}", "title": f"T{n}", "text": f"Pain number {n}."} for n in numbers]
        corpus.write_text("".join(json.dumps(record) + "\n" for record in records))
        assert cli.main(["index", "--corpus", str(corpus), "--out", str(index), "--cache", str(cache)]) == 0
        return capsys.readouterr().out

    shutil.copytree(encoder_folder, cache / encoder.name_of(encoder.DEFAULT_MODEL))
    assert "3 added, 0 removed, 0 changed, 0 kept; passages: 3, texts to encode: 3" in run([1, 2, 3])
    shutil.rmtree(cache)
    encoded.clear()
    # WHEN a corpus is indexed in which one is gone and one is new THEN the bundle lends its encoder and its vectors
    assert "1 added, 1 removed, 0 changed, 2 kept; passages: 3, texts to encode: 1" in run([1, 3, 4])
    assert encoded == ["T4\nPain number 4."]
