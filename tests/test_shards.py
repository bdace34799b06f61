"""An index encoded in shards is the index that one machine builds; shards that do not belong together are refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from medassist import cli, datasets, encoder, passages, retrieval, shards
from medassist.errors import BundleError, ConfigurationError
from medassist.shards import Shard

COUNT = 3
ABOUT = {"corpus": "sample", "passage_words": 180}


@pytest.fixture(scope="module")
def pieces():
    return passages.split_documents(datasets.load_corpus("data/sample").documents)[:60]


@pytest.fixture(scope="module")
def whole(pieces, encoder_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "index"
    retrieval.build(pieces, encoder_folder, folder, **ABOUT, progress=False)
    return folder


@pytest.fixture(scope="module")
def encoded(pieces, encoder_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoded")
    for number, stretch in enumerate(shards.cut(pieces, COUNT), start=1):
        shards.encode_shard(stretch, Shard(number, COUNT), encoder_folder, folder, progress=False)
    return folder


def files_of(folder):
    """All files of a bundle but for the moment when it was made."""
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    meta = json.loads((folder / "meta.json").read_text())
    return {str(name): content for name, content in files.items()} | {"meta.json": meta | {"created_at": ""}}


def test_joined_shards_are_the_bundle_of_one_machine(pieces, encoded, whole, encoder_folder, tmp_path):
    # WHEN shards that were encoded apart are joined THEN every file is what one machine writes, byte by byte
    shards.merge_shards(pieces, encoded, encoder_folder, tmp_path / "index", **ABOUT)
    joined, expected = files_of(tmp_path / "index"), files_of(whole)
    assert sorted(joined) == sorted(expected)
    assert [name for name in joined if joined[name] != expected[name]] == []


def test_cuts_keep_the_order_and_share_the_work(pieces):
    for count in (1, 3, 7, len(pieces)):
        stretches = shards.cut(pieces, count)
        assert [piece for stretch in stretches for piece in stretch] == pieces
        assert all(stretches)
    # AND none of three has half more characters than another
    sizes = [sum(len(passages.indexed_text(piece)) for piece in stretch) for stretch in shards.cut(pieces, 3)]
    assert max(sizes) < 1.5 * min(sizes)
    # AND one passage that outweighs all others leaves none empty
    heavy = [*pieces[:4], replace(pieces[4], text="pain " * 9_000)]
    assert all(shards.cut(heavy, 4))


@pytest.mark.parametrize("count", [0, 61])
def test_more_shards_than_passages_are_refused(pieces, count):
    with pytest.raises(ConfigurationError, match=f"60 passages cannot be cut into {count} shards"):
        shards.cut(pieces, count)


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "a/b", "1/0"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ConfigurationError, match="no shard"):
        Shard.parse(text)


@pytest.fixture
def copied(encoded, tmp_path):
    return shutil.copytree(encoded, tmp_path / "shards")


def refused(pieces, copied, encoder_folder, said):
    with pytest.raises(BundleError, match=said):
        shards.merge_shards(pieces, copied, encoder_folder, copied.parent / "index", **ABOUT)
    assert not (copied.parent / "index").exists()


def test_a_missing_shard_is_named(pieces, copied, encoder_folder):
    shutil.rmtree(copied / Shard(2, COUNT).name)
    refused(pieces, copied, encoder_folder, "lacks the shard 2/3; encode it")
    for path in copied.iterdir():
        shutil.rmtree(path)
    refused(pieces, copied, encoder_folder, "holds no shards")


def test_shards_of_two_cuts_are_refused(pieces, copied, encoder_folder):
    shards.encode_shard(pieces[:2], Shard(1, 30), encoder_folder, copied, progress=False)
    refused(pieces, copied, encoder_folder, "shards of cuts into 3 and 30; remove")


def test_a_shard_of_another_corpus_is_refused(pieces, copied, encoder_folder):
    # GIVEN a corpus in which one passage has changed since
    other = [replace(pieces[0], text="Changed."), *pieces[1:]]
    refused(other, copied, encoder_folder, "shard-00001-of-00003 is of other passages than this corpus has")


def test_a_shard_of_another_encoder_is_refused(pieces, copied, encoder_folder):
    path = copied / Shard(3, COUNT).name / shards.META
    path.write_text(json.dumps(json.loads(path.read_text()) | {"encoder_sha256": "0" * 64}))
    refused(pieces, copied, encoder_folder, "shard-00003-of-00003 was encoded with another encoder")


def test_a_damaged_shard_is_refused(pieces, copied, encoder_folder):
    folder = copied / Shard(1, COUNT).name
    np.save(folder / shards.VECTORS, np.zeros((2, 384), np.float32))
    refused(pieces, copied, encoder_folder, "vectors.npy is missing or has another checksum")
    (folder / shards.META).write_text("{")
    refused(pieces, copied, encoder_folder, r"shard\.json is damaged")


def test_shards_from_the_command_line(encoder_folder, tmp_path, capsys):
    # GIVEN a corpus of four documents, and the encoder in the cache folder
    corpus = tmp_path / "corpus.jsonl"
    records = [{"document_id": f"d{n}", "title": f"T{n}", "text": f"Pain number {n}."} for n in range(4)]
    corpus.write_text("".join(json.dumps(record) + "\n" for record in records))
    cache = tmp_path / "cache"
    shutil.copytree(encoder_folder, cache / encoder.name_of(encoder.DEFAULT_MODEL))
    common = ["index", "--corpus", str(corpus), "--cache", str(cache)]
    # WHEN it is encoded in two shards which are then joined
    for shard in ("1/2", "2/2"):
        assert cli.main([*common, "--out", str(tmp_path / "shards"), "--shard", shard]) == 0
    assert cli.main([*common, "--out", str(tmp_path / "index"), "--merge", str(tmp_path / "shards")]) == 0
    # THEN there is an index
    assert "4 documents, 4 passages" in capsys.readouterr().out
    assert len(retrieval.Index.load(tmp_path / "index")) == 4
    # AND a shard that is none is refused
    assert cli.main([*common, "--out", str(tmp_path / "shards"), "--shard", "3/2"]) == 1
    assert "There is no shard 3/2" in capsys.readouterr().err
