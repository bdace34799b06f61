"""Training questions in other forms: as people ask, under another name, misspelt, in a long message, or by description.

A collection's own questions are all of one make ("What are the symptoms of X ?"). What learns from these alone learns
their make; so each training question is put into one of several forms, drawn with a seed.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medassist.datasets import Corpus
from medassist.index.lexical import tokenise
from medassist.schemas import Document, Question

# A description is asked with other words than a text has: of its words, the lexical side sees few, the encoder most.
FORMS = ("as it is", "other name", "plain", "message", "misspelt", "description", "paraphrase", "paraphrase")
OTHER_NAMES = 0.4  # of plain questions, messages and misspelt questions that use one where there is one

# How people ask about a side of a condition; {} is its name.
PLAIN = {
    "information": (
        *("what is {}", "tell me about {}", "please send me information on {}", "{}", "can you explain {} simply"),
        *("i was just diagnosed with {} and want to learn more about it", "my doctor mentioned {}, what does it mean"),
    ),
    "symptoms": (
        *("how do i know if i have {}", "what does {} feel like", "signs of {}", "{} symptoms"),
        *("could i be having {}? what should i look for", "my son may have {}, what would we notice first"),
    ),
    "treatment": (
        *("how can {} be cured", "what can i take for {}", "is there any treatment for {}", "best medicine for {}"),
        *("i have had {} for years, what can be done about it", "how to get rid of {}", "is surgery needed for {}"),
    ),
    "causes": ("why did i get {}", "what brings on {}", "{} causes", "where does {} come from"),
    "exams and tests": (
        *("how do doctors test for {}", "how is {} found", "which tests show {}", "{} diagnosis"),
        "how can i be sure that it is {}",
    ),
    "inheritance": (
        *("will my children get {}", "can {} be passed down", "is {} genetic", "does {} run in families"),
        "{} runs in my husband's family, what are the chances for our baby",
    ),
    "genetic changes": ("which gene causes {}", "what mutation is behind {}", "gene changes of {}"),
    "frequency": ("how rare is {}", "how many people have {}", "is {} common"),
    "outlook": ("what is the life expectancy with {}", "prognosis for {}", "will i recover from {}"),
    "prevention": ("how can i avoid {}", "how do i keep from getting {}", "can {} be prevented"),
    "complications": ("what can go wrong with {}", "is {} dangerous", "what problems can {} lead to"),
    "research": ("any new studies on {}", "clinical trials for {}", "latest research about {}"),
    "susceptibility": ("who gets {}", "am i at risk of {}", "what raises the chance of {}"),
    "considerations": ("what should i eat with {}", "diet for {}", "what should i know about {}"),
    "stages": ("what are the stages of {}", "how far can {} spread"),
    "support groups": ("where can i find support for {}",),
}
BEFORE = (
    *("hello, ", "dear sir or madam, ", "hi. ", "good morning, i have a question. ", "we are very worried. "),
    *("i am a 52 year old woman. ", "my mother is 71 and takes several pills. ", "i live far from a hospital. "),
    *("for my nursing class i need to know: ", "i read your page and could not find it. "),
    *("my father passed away last year. ", "my daughter is 9 years old. "),
    "i have been reading a lot. my doctor did not have time to answer. ",
)
_AFTER = (
    *("", " thank you", " thanks in advance for your help", " please help me", " please reply soon, i am worried"),
    *(" my email is below", " god bless you", " i also have high blood pressure and take aspirin every day"),
    " we live in a small town and there are no specialists here",
)
_DESCRIBED = ("", "i have ", "why ", "what about ", "is it true that ", "my husband has ", "how ")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")


@dataclass(frozen=True, slots=True)
class Form:
    """A question in one form: the text that is encoded, and the stemmed words that are looked up.

    ``exact`` says that it asks for one document only, as it describes what that one says.
    """

    name: str
    text: str
    words: tuple[str, ...]
    exact: bool = False


def draw_forms(questions: Sequence[Question], corpus: Corpus, count: int, seed: int) -> Iterator[tuple[Question, Form]]:
    """Draw up to ``count`` questions of a corpus and put each into one form, the forms in turn."""
    documents = {document.document_id: document for document in corpus.documents}
    generator = random.Random(seed)
    for place, question in enumerate(generator.sample(questions, min(count, len(questions)))):
        names = corpus.synonyms.get(question.topic, ())
        form = FORMS[place % len(FORMS)]
        if reworded := reword(question, documents[question.query_id], names, form, generator):
            yield question, reworded


def reword(
    question: Question, document: Document, names: Sequence[str], form: str, generator: random.Random
) -> Form | None:
    """Put a question into a form; None where its document has nothing for it.

    Parameters
    ----------
    question : Question
    document : Document
        Its answer.
    names : sequence of str
        Other names of the document's topic.
    form : str
        One of ``FORMS``.
    generator : random.Random
        Draws which words, which name, which slips.
    """
    if form in ("description", "paraphrase"):
        return _described(document, (document.topic, *names), form, generator)
    other = names and (form == "other name" or (form != "as it is" and generator.random() < OTHER_NAMES))
    name = generator.choice(names) if other else question.topic
    if form in ("as it is", "other name"):
        text = re.sub(re.escape(question.topic), lambda _: name, question.text, count=1, flags=re.IGNORECASE)
    else:
        text = _plain(document.aspect, name, form, generator)
    return Form(form, text, tuple(dict.fromkeys(tokenise([text])[0])))


def misspell(text: str, generator: random.Random, share: float = 0.12) -> str:
    """Put a slip (a letter lost, doubled, swapped or replaced) into this share of a text's words of five letters up."""
    return " ".join(
        _slip(word, generator) if len(word) >= 5 and word.isalpha() and generator.random() < share else word
        for word in text.split(" ")
    )


def _plain(aspect: str, name: str, form: str, generator: random.Random) -> str:
    pattern = generator.choice(PLAIN.get(aspect, PLAIN["information"]))
    text = pattern.format(name.lower() if generator.random() < 0.7 else name)
    if form == "message":
        before = "".join(generator.sample(BEFORE, generator.randint(1, 3)))
        text = before + text + generator.choice("?.") + generator.choice(_AFTER)
    if form == "misspelt" or generator.random() < 0.15:
        text = misspell(text, generator)
    return text + generator.choice(("", "?"))


def _described(document: Document, names: Sequence[str], form: str, generator: random.Random) -> Form | None:
    """Words of one of the document's sentences, without the condition's names."""
    sentences = [text for text in _SENTENCE.split(document.text) if 6 <= len(text.split()) <= 40]
    if not sentences:
        return None
    named = {word for words in tokenise(list(names)) for word in words}
    kept = 0.55 if form == "description" else 0.8
    said = [word for word in generator.choice(sentences).split() if generator.random() < kept]
    said = [word for word in said if not named & set(tokenise([word])[0])]
    text = generator.choice(_DESCRIBED) + " ".join(said).lower()
    words = tuple(dict.fromkeys(tokenise([text])[0]))
    if form == "paraphrase":
        seen = generator.uniform(0.1, 0.5)
        words = tuple(word for word in words if generator.random() < seen)
    return Form(form, text, words, exact=True)


def _slip(word: str, generator: random.Random) -> str:
    place = generator.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    swapped = after[0] + letter + after[1:]
    return before + generator.choice((after, letter * 2 + after, swapped, generator.choice("aeioustnr") + after))
