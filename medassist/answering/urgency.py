"""The screen that stands before everything else: does a message tell of an emergency that somebody has now?

Written rules over written phrases, so that each can be read, disputed and tested; where none fires, points of the
words, learnt from questions that stand in the repository. It takes about a millisecond, and no network. It is no
triage: what it does not know it does not see, and the answer's disclaimer says where to turn.
"""

from collections.abc import Iterable
from itertools import pairwise, product

from medassist.answering import message as messages
from medassist.answering import urgency_points
from medassist.answering.message import Message, read_message
from medassist.answering.phrases import Span
from medassist.answering.signs import ANAPHYLAXIS, BLEEDING, CATEGORIES, INFANT, POISONING, PREGNANCY, SUICIDE, Rule
from medassist.schemas import Urgent

POINTS = "points"  # what find_emergency names instead of a rule
# They explain a sign away, whatever else the words weigh: a blocked nose, a rash that fades under a glass.
_EXCUSES = frozenset({"BLOCKED_NOSE", "FADES"})
NEAR_WORDS = 8  # between signs that belong together in one sentence: a clause's length
TOGETHER_WORDS = 60  # between signs that are joined by "&": some sentences; farther off they are of different stories
MAX_SPANS = 12  # of one concept; longer lists are cut, or a message of one word repeated would take seconds

# Whoever imagines, fears or always has such thoughts is to be heard, too; a lesson about them is none of the reader's.
_STILL_REPORTED = {SUICIDE: frozenset({messages.IMAGINED, messages.CHRONIC, messages.PET})}


_MESSAGES = {
    SUICIDE: "If you or somebody else may be about to die by suicide, call {phone} now or go to the nearest emergency "
    "department, and don't leave the person alone. You don't have to be alone with this: {crisis_line} listens at any "
    "hour, and so may somebody near you.",
    POISONING: "This may be poisoning or an overdose: call {phone} now if the person is drowsy, has a fit or breathes "
    "badly; otherwise call {poison_centre} at once, even without symptoms. Keep the packet at hand, and don't make "
    "anyone vomit unless you are told to.",
    BLEEDING: "This may be severe bleeding: call {phone} now, and press firmly on a wound until help comes.",
    ANAPHYLAXIS: "This may be a severe allergic reaction: call {phone} now. If an adrenaline (epinephrine) injector "
    "has been prescribed, use it at once.",
    PREGNANCY: "This may be a danger sign in pregnancy or after birth: call your maternity unit or {phone} "
    "now. Don't wait for the next appointment.",
    INFANT: "This may be a sign of serious illness in a young child: call {phone} now, or go to the nearest emergency "
    "department.",
}
_SHOWN = {
    "heart attack": "signs of a heart attack",
    "stroke": "signs of a stroke",
    "meningitis": "signs of meningitis or sepsis",
    "breathing": "trouble breathing",
    "unconscious": "loss of consciousness, a seizure or a serious injury",
}
_MESSAGE = (
    "This may be an emergency ({shown}): call {phone} now. Don't wait to see whether it passes, and don't drive "
    "yourself."
)
# Where the words' points speak: which kind of emergency is less sure than that it may be one.
_UNSURE = "This may be an emergency: call {phone} now. Don't wait to see whether it passes, and don't drive yourself."
_CLOSING = " If nobody is in danger now, ask again in general terms, for instance about a condition's symptoms."
# Named where no line is configured.
ANY_CRISIS_LINE = "a crisis line (findahelpline.com lists them by country)"
ANY_POISON_CENTRE = "your poison centre"


def screen(question: str, phone: str = "112", *, crisis_line: str = "", poison_centre: str = "") -> Urgent | None:
    """Return the emergency message if a question tells of an emergency that somebody has now.

    Parameters
    ----------
    question : str
        As the person wrote it, up to 2,000 characters.
    phone : str
        Emergency number that the message names.
    crisis_line, poison_centre : str
        Whom to call for suicidal thoughts and for poisoning; empty: named in general.

    Returns
    -------
    Urgent or None
        ``category`` is a name of ``CATEGORIES``; where several fire, the first in their order.
    """
    found = find_emergency(question)
    if found is None:
        return None
    category, rule = found
    known = _MESSAGES.get(category, _MESSAGE)
    if rule == POINTS and category not in (SUICIDE, POISONING):  # the kind is right four times in five
        known = _UNSURE
    message = known.format(
        phone=phone,
        shown=_SHOWN.get(category, category),
        crisis_line=crisis_line or ANY_CRISIS_LINE,
        poison_centre=poison_centre or ANY_POISON_CENTRE,
    )
    return Urgent(category, message if category == SUICIDE else message + _CLOSING, phone)


def find_emergency(text: str) -> tuple[str, str] | None:
    """Return the category of the emergency that a message tells of, and the rule, or ``POINTS``; None if none.

    Rules come first; where none fires, the words' points decide.
    """
    message = read_message(text)
    if found := _find_by_rule(message):
        return found
    category = "" if _EXCUSES & message.found.keys() else urgency_points.weigh(message)
    return (category, POINTS) if category else None


def find_by_rule(text: str) -> tuple[str, str] | None:
    """Return the category and the rule of the first emergency that a rule sees; None if none does."""
    return _find_by_rule(read_message(text))


def _find_by_rule(message: Message) -> tuple[str, str] | None:
    for category in CATEGORIES:
        forgiven = _STILL_REPORTED.get(category.name, frozenset())
        for rule in category.rules:
            if _fires(rule, message, forgiven):
                return category.name, rule.text
    return None


def _fires(rule: Rule, message: Message, forgiven: frozenset[str]) -> bool:
    if any(name not in message.found for term in (*rule.reported, *rule.around) for name in term):
        return False
    if any(_places((name,), message, _CIRCUMSTANCE) for name in rule.absent):
        return False
    if rule.even_asked:
        forgiven = forgiven | {messages.ASKED}
    places = [_places(term, message, forgiven) for term in rule.reported]
    if not all(places) or not all(_places(term, message, _CIRCUMSTANCE) for term in rule.around):
        return False
    return any(max(chosen) - min(chosen) <= TOGETHER_WORDS for chosen in product(*places))


# What a circumstance may be: past, told in a question, feared. Not denied, and no figure of speech.
_CIRCUMSTANCE = frozenset({messages.PAST, messages.ASKED, messages.IMAGINED, messages.CHRONIC, messages.PET})


def _places(term: Iterable[str], message: Message, forgiven: frozenset[str]) -> list[int]:
    """Return where a term's concepts stand near each other and nothing but what is forgiven speaks against them."""
    spans = []
    for name in term:
        alive = [span for span in message.found.get(name, []) if _is_alive(span, message, forgiven)]
        spans.append(alive[:MAX_SPANS])
    return sorted({chosen[0].start for chosen in product(*spans) if len(chosen) == 1 or _are_near(chosen, message)})


def _is_alive(span: Span, message: Message, forgiven: frozenset[str]) -> bool:
    """A span's first word decides, save that no word of it may be part of a figure of speech."""
    if any(messages.FIGURE in message.reasons[n] for n in range(*span)):
        return False
    return message.reasons[span.start] <= forgiven


def _are_near(spans: tuple[Span, ...], message: Message) -> bool:
    ordered = sorted(spans)
    if len(set(ordered)) < len(ordered):  # one and the same word is no two signs
        return False
    if message.sentence_of(ordered[0]) != message.sentence_of(ordered[-1]):
        return False
    return all(later.start - earlier.end <= NEAR_WORDS for earlier, later in pairwise(ordered))
