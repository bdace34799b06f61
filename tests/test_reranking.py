import json
import random

import numpy as np
import pytest

from medassist import retrieval
from medassist.datasets import Corpus
from medassist.errors import BundleError
from medassist.experiments import ranker_training
from medassist.experiments.question_forms import FORMS, misspell, reword
from medassist.experiments.ranker_training import RankerSettings
from medassist.experiments.retrieval_sets import RetrievalSet
from medassist.index import names
from medassist.index.aspects import aspects
from medassist.index.names import Lists
from medassist.index.reranking import FEATURES, Ranker
from medassist.passages import split_documents
from medassist.schemas import Document, Question

TOPICS = {
    "Asthma": ("Bronchial asthma", "wheezing and a tight chest that come at night"),
    "Gout": ("Podagra", "sudden pain of a big toe that turns red"),
    "Migraine": ("Sick headache", "throbbing on one side with nausea and bright light that hurts"),
    "Eczema": ("Atopic dermatitis", "dry skin that itches and cracks in the folds of arms"),
    "Shingles": ("Herpes zoster", "a band of blisters that burns on one side of the trunk"),
    "Anemia": ("Low iron", "being pale and tired and out of breath on the stairs"),
}
TEXTS = {"symptoms": "People with it know {}.", "treatment": "Doctors treat {} with care, tablets and rest for weeks."}
DOCUMENTS = tuple(
    Document(f"{topic}-{aspect}", f"{topic}: {aspect}", text.format(story), topic=topic, aspect=aspect)
    for topic, (_, story) in TOPICS.items()
    for aspect, text in TEXTS.items()
)
CORPUS = Corpus(
    "tiny",
    DOCUMENTS,
    tuple(Question(d.document_id, f"What are the {d.aspect} of {d.topic}?", topic=d.topic) for d in DOCUMENTS),
    synonyms={topic: (other,) for topic, (other, _) in TOPICS.items()},
)
PASSAGES = split_documents(DOCUMENTS, synonyms=CORPUS.synonyms)


def build(folder, encoder_folder, ranker=None):
    about = {"corpus": "tiny", "passage_words": 180, "ranker": ranker, "progress": False}
    retrieval.build(PASSAGES, encoder_folder, folder, **about)
    return retrieval.Index.load(folder)


@pytest.fixture(scope="module")
def index(encoder_folder, tmp_path_factory):
    return build(tmp_path_factory.mktemp("names") / "index", encoder_folder)


@pytest.fixture(scope="module")
def record(index):
    training = RetrievalSet("training", CORPUS.questions, {})
    return ranker_training.train_ranker(index, CORPUS, training, RankerSettings(trees=5, fewest=2))


def first(index, query, method="fused"):
    return index.search(query, 1, method=method)[0].passage.document_id


def test_a_passage_is_found_by_another_name_of_its_topic_and_by_the_aspect_asked_for(index):
    # GIVEN passages whose texts hold neither their topics' other names nor the words of the question
    # WHEN they are asked for by another name THEN it is the topic's passage of the aspect that is asked for
    assert first(index, "podagra, what is the best medicine?") == "Gout-treatment"
    assert first(index, "signs of herpes zoster") == "Shingles-symptoms"
    # AND what is described, not named, is found by its text
    assert first(index, "suddenly the big toe is red and hurts terribly") == "Gout-symptoms"
    assert not index.find(index.understand("suddenly the big toe is red and hurts terribly")).named


def test_names_are_matched_by_hand(index):
    # GIVEN the words of a question that has both words of one name and one of another's two
    match = index._names.match(["herp", "zoster", "low"], [1.0, 1.0, 1.0])
    labels = names.labels(PASSAGES)
    whole, half, none = (labels.index(name) for name in ("Herpes zoster", "Low iron", "Gout"))
    # THEN a name's mass is the sum of its words' idf: each stands in 1 of 12 names
    idf = np.log(1 + (12 - 1 + 0.5) / (1 + 0.5))
    assert match.mass[[whole, half, none]] == pytest.approx([2 * idf, idf, 0])
    assert match.coverage[[whole, half, none]] == pytest.approx([1, 0.5, 0])
    assert match.whole[[whole, half, none]] == pytest.approx([2 * idf, 0, 0])
    assert match.asked == pytest.approx(3 * idf)
    # AND titles are no names
    assert match.mass[labels.index("Gout: symptoms")] == 0


def test_aspects_are_read_from_words():
    assert aspects("How is it treated?") & aspects("treatment")
    assert aspects("which exam shows it") & aspects("exams and tests")
    assert aspects("asthma") == 0


def test_short_lists_in_one_array():
    lists = Lists.of([[1, 2], [], [3]])
    assert [list(lists[number]) for number in range(3)] == [[1, 2], [], [3]]
    joined, begins = lists.joined(np.array([2, 0]))
    assert (list(joined), list(begins)) == ([3, 1, 2], [0, 1])


def test_a_forest_scores_by_hand(tmp_path):
    # GIVEN two trees: one splits on the cosine at 0.5, one is a leaf
    split = {"feature": [0, 0, 0], "threshold": [0.5, 0, 0], "left": [1, 1, 2], "right": [2, 1, 2], "value": [0, -1, 2]}
    leaf = {"feature": [0], "threshold": [0.0], "left": [0], "right": [0], "value": [0.25]}
    record = {"format_version": 1, "encoder": "x", "features": list(FEATURES), "depth": 1, "trees": [split, leaf]}
    (tmp_path / "ranker.json").write_text(json.dumps(record))
    table = np.zeros((2, len(FEATURES)), np.float32)
    table[1, 0] = 0.75
    # WHEN two passages are scored THEN each has the sum of its leaves
    assert list(Ranker.load(tmp_path).scores(table)) == [-0.75, 2.25]
    # AND a ranker of other features is refused
    (tmp_path / "ranker.json").write_text(json.dumps(record | {"features": ["x"]}))
    with pytest.raises(BundleError, match="train it again"):
        Ranker.load(tmp_path)


def test_the_trained_forest_read_by_numpy_is_lightgbms(index, record, tmp_path):
    import lightgbm

    # GIVEN a forest as it is kept, and the table that it was trained on
    settings = RankerSettings(trees=5, fewest=2)
    table = ranker_training.make_table(index, CORPUS, CORPUS.questions, settings)
    booster = ranker_training._fit(table, settings)
    assert isinstance(booster, lightgbm.Booster)
    # WHEN numpy and LightGBM score it THEN they agree
    ranker_training.write_ranker(tmp_path, record, "checksum {sha256}")
    scores = Ranker.load(tmp_path).scores(table.features)
    assert scores == pytest.approx(booster.predict(table.features))
    assert np.ptp(scores) > 0
    assert "{sha256}" not in (tmp_path / "model_card.md").read_text()


def test_a_bundle_carries_the_ranker_of_its_encoder(index, record, encoder_folder, tmp_path):
    # GIVEN a ranker WHEN a bundle is built with it THEN it is another version, and what is named is ranked by it
    ranker_training.write_ranker(tmp_path / "ranker", record, "")
    ranked = build(tmp_path / "index", encoder_folder, tmp_path / "ranker")
    assert ranked.version != index.version
    query = "treatment for low iron"
    scores = [hit.score for hit in ranked.search(query, 12)]
    assert scores == sorted(scores, reverse=True)
    assert scores != [hit.score for hit in ranked.search(query, 12, method="fused")]
    assert {hit.passage for hit in ranked.search(query, 12)} == set(PASSAGES)
    # AND what names nothing keeps the first order
    plain = "suddenly the big toe is red and hurts terribly"
    assert ranked.search(plain, 12) == ranked.search(plain, 12, method="fused")
    # AND a ranker of another encoder stays behind
    ranker_training.write_ranker(tmp_path / "other", record | {"encoder": "another"}, "")
    assert build(tmp_path / "without", encoder_folder, tmp_path / "other").version == index.version


def test_labels_of_the_bundle_before_are_not_encoded_again(index, encoder_folder, tmp_path, monkeypatch):
    # GIVEN a bundle WHEN it is built anew with one more document THEN the new labels alone are encoded
    build(tmp_path / "index", encoder_folder)
    encoded = []
    original = type(index.encoder).encode
    monkeypatch.setattr(
        type(index.encoder), "encode", lambda self, texts: encoded.extend(texts) or original(self, texts)
    )
    more = Document("Flu-symptoms", "Flu: symptoms", "Fever and aching limbs.", topic="Flu", aspect="symptoms")
    pieces = split_documents([*DOCUMENTS, more], synonyms=CORPUS.synonyms)
    retrieval.build(pieces, encoder_folder, tmp_path / "index", corpus="tiny", passage_words=180, progress=False)
    assert encoded == ["Flu", "Flu: symptoms"]


def test_questions_are_put_into_forms():
    # GIVEN a question WHEN put into each form THEN it names the topic, or describes it without a name
    document, question = DOCUMENTS[2], CORPUS.questions[2]
    for form in FORMS:
        found = reword(question, document, ("Podagra",), form, random.Random(1))
        assert found.name == form
        named = any(name in found.text.lower() for name in ("gout", "podagra"))
        assert named != found.exact or form == "misspelt"
    other = reword(question, document, ("Podagra",), "other name", random.Random(1))
    assert other.text == "What are the symptoms of Podagra?"
    # AND the same seed makes the same slips
    text = "throbbing headache with nausea"
    slips = misspell(text, random.Random(2), 1.0)
    assert slips == misspell(text, random.Random(2), 1.0) != text
