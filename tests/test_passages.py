import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medassist.passages import indexed_text, split_document, split_documents
from medassist.schemas import Document, Passage


def document(text: str) -> Document:
    return Document("d", "Gout: symptoms", text, "TEST", "https://example.org")


def test_a_short_document_is_one_passage():
    (passage,) = split_document(document("Pain in a joint."))
    assert passage.passage_id == "d#0"
    assert (passage.document_id, passage.title, passage.source) == ("d", "Gout: symptoms", "TEST")
    assert indexed_text(passage) == "Gout: symptoms\nPain in a joint."


def test_cuts_fall_at_the_last_sentence_end_of_the_second_half():
    # GIVEN 12 words, sentences ending after 3, 7 and 12
    text = "One two three. Four five six seven. Eight nine ten eleven twelve."
    # WHEN passages may have 10 words THEN the first ends with the sentence, not in mid-sentence
    assert [p.text for p in split_document(document(text), 10)] == [
        "One two three. Four five six seven.",
        "Eight nine ten eleven twelve.",
    ]


def test_cuts_fall_at_line_ends_and_else_at_the_limit():
    assert [p.text for p in split_document(document("a b c\n- d e f g h"), 4)] == ["a b c", "- d e f", "g h"]


def test_no_words_is_an_error():
    with pytest.raises(ValueError, match="words is 0"):
        split_document(document("x"), 0)


@given(st.text(alphabet="ab .!?\n-", min_size=1), st.integers(1, 20))
def test_nothing_is_lost_or_too_long(text, words):
    passages = split_document(document(text), words)
    assert [word for p in passages for word in p.text.split()] == text.split()
    assert all(len(p.text.split()) <= words for p in passages)


def test_a_passage_carries_its_topic_aspect_and_the_topics_other_names_through_json():
    # GIVEN a document of a topic that its publisher gives other names
    gout = Document("d", "Gout: symptoms", "Pain in a joint.", topic="Gout", aspect="symptoms")
    # WHEN it is cut, written as JSON and read again
    (passage,) = split_documents([gout], synonyms={"Gout": ("Podagra", "Urate arthritis")})
    again = Passage.from_record(json.loads(json.dumps(asdict(passage))))
    # THEN the names are there, as a tuple
    assert again == passage
    assert (again.topic, again.aspect, again.names) == ("Gout", "symptoms", ("Podagra", "Urate arthritis"))
