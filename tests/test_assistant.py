"""The order of the production path, over the sample's real index; the model's words are set by the test."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from medassist import assistant
from medassist.assistant import Assistant
from medassist.config import Settings
from medassist.errors import ConfigurationError, EndpointError, InvalidRequestError
from medassist.retrieval import Index
from medassist.schemas import Generation, Passage

QUESTION = "What are the symptoms of asthma?"


class Writer:
    """A model that writes what it was given, and remembers what it was asked."""

    def __init__(
        self, text: str = "", choice: str = "", error: Exception | None = None, *, use_baseline: bool = False
    ) -> None:
        self.text, self.choice, self.error, self.use_baseline = text, choice, error, use_baseline
        self.asked: list[str] = []

    def generate(
        self, question: str, passages: Sequence[Passage], options: Mapping[str, str] | None = None
    ) -> Generation:
        self.asked.append(question)
        if self.error:
            raise self.error
        probabilities = {key: float(key == self.choice) for key in options or {}}
        return Generation(self.text, "writer", self.choice, probabilities, use_baseline=self.use_baseline)


@pytest.fixture(scope="module")
def index(sample_index_folder: Path) -> Index:
    return Index.load(sample_index_folder, threads=1)


def make(index: Index, writer: Writer, **settings: object) -> Assistant:
    return Assistant(index, writer, Settings(**settings))  # type: ignore[arg-type]


def test_a_misspelt_word_is_quoted_about_as_the_well_spelt_one(index: Index) -> None:
    # GIVEN a question of one word, with a slip in it  WHEN it is answered without a model
    assistant = make(index, Writer(error=EndpointError("down")))
    slip, right = (assistant.answer(word) for word in ("hypertention", "hypertension"))
    # THEN the passages' sentences are quoted all the same
    assert slip.statements
    assert [said.text for said in slip.statements] == [said.text for said in right.statements]


def test_supported_words_of_the_model_are_shown_with_their_source(index: Index) -> None:
    # GIVEN a model that says what a passage says, and one thing more
    wheezing = (
        "The typical symptoms of asthma are wheezing, shortness of breath, a tight feeling in the chest, and a cough."
    )
    writer = Writer(f"{wheezing} Asthma also turns hair green overnight.")
    # WHEN it is asked
    answer = make(index, writer).answer(QUESTION)
    # THEN what is supported is shown, and nothing else
    assert answer.answer == wheezing
    (statement,) = answer.statements
    assert all(1 <= number <= len(answer.passages) for number in statement.citations)
    assert "wheezing" in answer.passages[statement.citations[0] - 1].passage.text
    assert (answer.abstained, answer.extractive, answer.fallback) == (False, False, "")
    assert answer.model == "writer"
    assert answer.index == index.version
    assert set(answer.timings_ms) == {"retrieve", "generate", "ground", "total"}


@pytest.mark.parametrize("text", ["", "Asthma turns hair green.", "green blue red Asthma Asthma", "Yes."])
def test_unsupported_words_are_replaced_by_quotations(index: Index, text: str) -> None:
    answer = make(index, Writer(text)).answer(QUESTION)
    assert answer.extractive
    assert not answer.abstained
    assert answer.fallback == assistant.UNSUPPORTED
    assert answer.model == "writer"
    for statement in answer.statements:
        assert all(statement.text in answer.passages[number - 1].passage.text for number in statement.citations)
        assert statement.citations


def test_a_torso_of_supported_words_is_not_shown(index: Index) -> None:
    # GIVEN three statements of which one is supported
    writer = Writer("Asthma turns hair green. Asthma is sweet. Symptoms vary from day to day.")
    answer = make(index, writer).answer(QUESTION)
    assert answer.fallback == assistant.UNSUPPORTED


@pytest.mark.parametrize("error", [EndpointError("down"), InvalidRequestError("too long for the model")])
def test_without_the_model_the_sources_are_quoted(index: Index, error: Exception) -> None:
    answer = make(index, Writer(error=error)).answer(QUESTION)
    assert answer.extractive
    assert answer.statements
    assert answer.fallback == assistant.ENDPOINT_FAILED
    assert answer.model == ""


def test_abstains_when_nothing_is_close(index: Index) -> None:
    writer = Writer("Drain the oil first.")
    answer = make(index, writer).answer("How do I change the oil of my car?")
    assert answer.abstained
    assert answer.answer == assistant.ABSTENTION
    assert answer.statements == ()
    assert answer.fallback == assistant.NOTHING_CLOSE
    assert writer.asked == []  # the model is not even asked


def test_urgent_symptoms_come_before_everything_else(index: Index) -> None:
    writer = Writer("x")
    answer = make(index, writer, emergency_phone="999").answer("I can't breathe and my lips are turning blue")
    assert answer.urgent is not None
    assert "999" in answer.answer
    assert answer.answer == answer.urgent.message
    assert (answer.passages, answer.statements, writer.asked) == ((), (), [])


def test_identifiers_never_reach_the_model_or_the_answer(index: Index) -> None:
    writer = Writer()
    answer = make(index, writer).answer(f"{QUESTION} Write to jo@example.org, born on 3 May 1980.")
    for seen in (*writer.asked, answer.question):
        assert "jo@example.org" not in seen
        assert "1980" not in seen


def test_options_give_a_choice_with_quotations(index: Index) -> None:
    # WHEN a multiple-choice question is asked
    options = {"A": "A reliever inhaler", "B": "Insulin"}
    answer = make(index, Writer("A reliever inhaler", "A")).answer("What opens the airways in asthma?", options=options)
    assert answer.options == options
    # THEN the model's choice comes with statements from the sources
    assert answer.choice == "A"
    assert answer.probabilities == {"A": 1.0, "B": 0.0}
    assert answer.extractive
    assert answer.statements
    assert answer.fallback == ""


def test_a_model_that_is_no_better_than_a_quotation_is_not_shown(index: Index) -> None:
    # GIVEN words that the passages support, of a model that did not beat the trivial baselines
    words = "Symptoms vary from day to day."
    writer = Writer(words, use_baseline=True)
    # WHEN it is asked THEN the sources are quoted and it is said why, unless the settings prefer the model's words
    answer = make(index, writer).answer(QUESTION)
    assert (answer.extractive, answer.fallback, answer.model) == (True, assistant.UNPROVEN, "writer")
    assert make(index, writer, model_words="always").answer(QUESTION).answer == words


def test_a_model_that_chooses_no_better_than_shared_words_does_not_choose(index: Index) -> None:
    # GIVEN a model of that kind, and options of which one has its words in the passages
    options = {"A": "Insulin pens", "B": "A reliever inhaler"}
    writer = Writer("Insulin pens", "A", use_baseline=True)
    question = "What opens the airways in asthma?"
    # WHEN it is asked THEN the choice is the baseline's, without the model's probabilities, and it is said
    answer = make(index, writer).answer(question, options=options)
    assert (answer.choice, answer.probabilities) == ("B", {})
    assert answer.fallback == assistant.UNPROVEN_CHOICE
    assert answer.statements
    # AND the settings can prefer the model's
    answer = make(index, writer, model_words="always").answer(question, options=options)
    assert (answer.choice, answer.fallback, answer.probabilities) == ("A", "", {"A": 1.0, "B": 0.0})


def test_top_k_is_how_many_passages_are_read(index: Index) -> None:
    assert len(make(index, Writer()).answer(QUESTION, top_k=7).passages) == 7
    assert len(make(index, Writer(), top_k=3).answer(QUESTION).passages) == 3


def test_every_answer_carries_the_disclaimer(index: Index) -> None:
    for question in (QUESTION, "How do I change the oil of my car?", "I want to kill myself"):
        assert "not medical advice" in make(index, Writer()).answer(question).disclaimer


def test_the_longest_question_is_answered(index: Index) -> None:
    answer = make(index, Writer()).answer((QUESTION + " ").ljust(2000, "a"))
    assert len(answer.question) == 2000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"question": ""}, ["empty", "2,000"]),
        ({"question": " \n "}, ["empty"]),
        ({"question": "a" * 2001}, ["2,001", "2,000", "shorten"]),
        ({"question": 5}, ["a number", "string"]),
        ({"question": None}, ["null"]),
        ({"question": "half a pair \ud800"}, ["broken character", "12"]),
        ({"top_k": 0}, ["0", "1 to 20"]),
        ({"top_k": 21}, ["21", "1 to 20"]),
        ({"top_k": True}, ["true or false"]),
        ({"top_k": 2.5}, ["whole number"]),
        ({"options": {"A": "one"}}, ["1 options", "2 to 10"]),
        ({"options": {str(n): "x" for n in range(11)}}, ["11 options"]),
        ({"options": {"A": "x", "B": 2}}, ["string"]),
        ({"options": {"A": "x", "B": " "}}, ["empty"]),
        ({"options": ["x", "y"]}, ["a list"]),
        ({"options": {"A": "x", "B": "y" * 501}}, ["501", "500"]),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(index: Index, arguments: dict[str, object], words: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        make(index, Writer()).answer(**{"question": QUESTION, **arguments})  # type: ignore[arg-type]
    for word in words:
        assert word in str(caught.value)


def test_a_setting_that_no_one_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'sometimes'.*'proven' or 'always'.*MEDASSIST_MODEL_WORDS"):
        Settings.from_environment({"MEDASSIST_MODEL_WORDS": "sometimes"})
