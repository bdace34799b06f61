"""What stands before every answer: the screen for urgent symptoms, and the disclaimer.

The screen is a set of written rules, one line a sign, so that each can be read, disputed and tested. It fires on signs
that someone has now; general questions ("What are the symptoms of a stroke?") and past ones ("my grandfather died of a
heart attack") pass.
"""

import re
from dataclasses import dataclass

from medassist.schemas import Urgent

DISCLAIMER = (
    "This is general information from published texts, not medical advice or a diagnosis, and it may be incomplete. "
    "For decisions about your health, ask a doctor or pharmacist; in an emergency, call your local emergency number."
)

# Who has the sign.
_PERSON = re.compile(
    r"\b(?:i|i'm|im|i've|ive|me|my|mine|myself|we|our|he|she|he's|she's|him|his|her|they|someone|somebody"
    r"|(?:the|this|a) (?:man|woman|boy|girl|baby|child|person|patient|colleague|friend|neighbou?r))\b"
)
# A general question about a thing, not a report of it.
_GENERAL = re.compile(
    r"^(?:so |and |ok |hello |hi |please )?(?:what (?:is|are|causes?|does|do|happens?|should (?:i|one|people) know)|"
    r"who (?:is|gets)|how (?:common|is|are|does|do (?:doctors|you|people|they)|can (?:doctors|you|people|one)|to|many)|"
    r"why (?:is|are|do|does)|which|when (?:is|should one)|can (?:you )?(?:explain|tell|describe)|(?:please )?explain|"
    r"tell me about|describe|define|is there|are there|does|do (?:people|you|doctors|women|men|children))\b"
)
# Still a report, whatever its first words: "What should I do? My father can't breathe" or "..., what do I do".
_NOW = re.compile(
    r"\b(?:right now|at the moment|just now|just (?:took|swallowed|drank|ate|started|collapsed)|suddenly|"
    r"since (?:this|an|half)|what (?:do|should|can) i do|help me|i'm having|i am having|i think i'm|i think i am|"
    r"(?:my|the) \w+ (?:is|has|can't|cannot|won't|just)|i (?:have|can't|cannot|feel|want))\b"
)
_PAST = re.compile(
    r"\b(?:(?:last|previous) (?:night|week|month|year|summer|winter|spring|autumn|fall)|"
    r"(?:days?|weeks?|months?|years?) ago|(?:years?|months?) before|used to|as a child|"
    r"in (?:the past|19\d\d|20\d\d|childhood)|when (?:i|he|she|we) (?:was|were)|died|passed away|survived|recovered|"
    r"history of|had (?:a|an|his|her|my|two|three|several)|"
    r"(?:was|were) (?:treated|diagnosed|in hospital|hospitali[sz]ed))\b"
)
_FUTURE = re.compile(
    r"\b(?:(?:risk|chance|chances|prevent\w*|avoid\w*|afraid|scared|fear|worried) (?:of|about|getting|a|an|having)|"
    r"how (?:can|do|would|will) i (?:prevent|avoid|know|tell|lower|reduce|recogni[sz]e|spot)|"
    r"could i (?:get|have) (?:a|an) \w+ (?:attack )?(?:one day|later|in the future))\b"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    category: str
    pattern: re.Pattern[str]


def _rule(category: str, pattern: str) -> _Rule:
    return _Rule(category, re.compile(pattern))


_SIDE = (
    r"(?:one side|left side|right side|(?:left|right|one|an) arm|(?:left|right|one) leg|"
    r"half (?:of )?(?:the|my|his|her))"
)
_CANNOT = (
    r"(?:can't|cant|cannot|can not|can (?:hardly|barely)|unable to|struggling to|struggles to|hard to|trouble|"
    r"difficulty)"
)

# Signs as emergency services teach them: FAST for stroke (American Stroke Association), chest discomfort with radiation
# or sweating for heart attack (American Heart Association), airway, breathing or circulation after exposure for
# anaphylaxis (World Allergy Organization, 2020), bleeding that does not stop (Stop the Bleed).
# The first that fires names the message: chest pain with a numb arm is taken for the heart's.
_RULES = (
    _rule(
        "suicide",
        r"\b(?:kill myself|killing myself|end my (?:own )?life|ending my life|take my own life|suicidal|want to die|"
        r"wanna die|wish i (?:was|were) dead|don't want to (?:live|be alive)|no reason to live|better off dead|"
        r"(?:hurt|hurting|harm|harming|cut|cutting) myself)\b",
    ),
    _rule(
        "heart attack",
        r"\b(?:(?:crushing|squeezing|pressure|severe|heavy|tight\w*|pressing|terrible|bad|sudden)\b.{0,20}\bchest|"
        r"chest (?:pain\w*|hurts|pressure|tight\w*|discomfort)\b.{0,80}\b(?:arm|jaw|back|sweat\w*|breath\w*|nause\w*|"
        r"faint\w*|dizz\w*|won't (?:stop|go)|worse|spread\w*|now)|(?:arm|jaw|sweat\w*|breath\w*)\b.{0,50}\bchest "
        r"(?:pain\w*|hurts|pressure|tight\w*)|elephant (?:sitting )?on my chest|chest\b.{0,15}\b(?:is|feels) "
        r"(?:crushed|being crushed|so tight|very tight|really tight)|(?:having|has) a heart attack|"
        r"i have (?:chest pains?|pain in my chest))\b",
    ),
    _rule(
        "stroke",
        r"\b(?:(?:face|mouth|smile|eyelid)\b.{0,25}\b(?:droop\w*|dropped|fallen|hanging|crooked|lopsided)|"
        r"droop\w* face|"
        r"(?:slurr\w*|garbled) (?:speech|words)|(?:speech|words)\b.{0,15}\b(?:slurr\w*|garbled)|slurring|"
        rf"(?:numb\w*|weak\w*|paraly[sz]ed|can't (?:move|lift|feel))\b.{{0,30}}\b{_SIDE}|"
        rf"{_SIDE}\b.{{0,30}}\b(?:(?:gone |went |feels? |is |are |has gone )?(?:numb|weak|limp|paraly[sz]ed))|"
        r"sudden\w*\b.{0,30}\b(?:can't (?:see|speak|talk)|confus\w+|lost (?:vision|sight|speech))|"
        r"(?:having|has|have) (?:a|another) stroke|worst headache of (?:my|his|her) life)\b",
    ),
    _rule(
        "anaphylaxis",
        r"\b(?:(?:throat|tongue|lips?|face|airway)\b.{0,25}\b(?:swell\w*|swollen|clos(?:ing|ed)|tighten\w*)|"
        r"swollen (?:tongue|throat|lips|face)|anaphyla(?:xis|ctic)|"
        r"(?:hives|allerg\w+|stung|sting)\b.{0,60}\b(?:can't breathe|breath\w*|throat|tongue|wheez\w*|collaps\w*))\b",
    ),
    _rule(
        "poisoning",
        r"\b(?:overdos(?:e|ed|ing)|(?:took|taken|swallow(?:ed|s)|ate|eaten|drank|drunk|ingested)\b.{0,25}\b(?:too many|"
        r"too much|whole (?:bottle|pack\w*|box|strip)|all (?:of )?(?:my|his|her|the) (?:pills|tablets|medicine|meds)|"
        r"bleach|antifreeze|poison\w*|detergent|drain cleaner|batter(?:y|ies)|pesticide|weed ?killer|rat poison)|"
        r"(?:drank|drinking|swallowed) (?:some )?(?:cleaner|petrol|gasoline|paint thinner)|"
        r"(?:have|has|been) (?:just )?poisoned)\b",
    ),
    _rule(
        "severe bleeding",
        r"\b(?:(?:bleed\w*|blood)\b.{0,40}\b(?:won't stop|will not stop|doesn't stop|does not stop|not stopping|"
        r"can't stop|cannot stop|everywhere|spurt\w*|gush\w*|pouring|heavily|badly|soak\w*)|bleeding (?:out|to death|"
        r"a lot)|(?:spurting|gushing|losing (?:a lot of|lots of|so much)) blood|(?:vomit\w*|cough\w*|throw\w*)(?: up)? "
        r"(?:a lot of |lots of |bright |fresh )?blood|can't stop the bleeding)\b",
    ),
    _rule(
        "breathing",
        rf"\b(?:{_CANNOT}(?: to)? (?:breath\w*|get (?:any |enough )?(?:air|breath)|catch (?:my|his|her) breath)|"
        rf"{_CANNOT} (?:get (?:a|any) words? out|talk|speak in)|not breathing|isn't breathing|stopped breathing|"
        r"gasping|chok(?:ing|es) (?:on|and|now)|(?:is|am|i'm) choking|"
        r"suffocating|(?:lips|face|fingers) (?:are |is |have |has )?(?:turn\w* |gone |going )?blue|"
        r"turning blue|fighting for (?:air|breath)|(?:severe|very) short(?:ness)? of breath)\b",
    ),
    _rule(
        "unconscious",
        r"\b(?:(?:is|has|he's|she's|just|won't|will not|fell|suddenly)\b.{0,15}\b(?:unconscious|unresponsive|collapsed|"
        r"not responding|wake up|no pulse)|(?:having|has|is having) (?:a )?(?:seizure|fit|convulsion)s?|"
        r"seizure\b.{0,30}\b(?:won't stop|not stopping|minutes now))\b",
    ),
)

_MESSAGES = {
    "suicide": "If you might hurt yourself, you don't have to be alone with this: call {phone} now, or go to the "
    "nearest emergency department, and tell someone near you. A crisis line can also listen at any hour.",
    "poisoning": "This may be poisoning or an overdose: call {phone} or your poison centre now. Keep the packet at "
    "hand, and don't make anyone vomit unless you are told to.",
    "severe bleeding": "This may be severe bleeding: call {phone} now, and press firmly on the wound until help comes.",
    "anaphylaxis": "This may be a severe allergic reaction: call {phone} now. If an adrenaline (epinephrine) injector "
    "has been prescribed, use it at once.",
}
_MESSAGE = (
    "This may be an emergency ({category}): call {phone} now. Don't wait to see whether it passes, and don't drive "
    "yourself."
)
_NAMES = {
    "stroke": "signs of a stroke",
    "heart attack": "signs of a heart attack",
    "breathing": "trouble breathing",
    "unconscious": "loss of consciousness or a seizure",
}
_CLOSING = " If nobody is in danger now, ask again in general terms, for instance about a condition's symptoms."


def screen(question: str, phone: str = "112") -> Urgent | None:
    """Return the emergency message if a question tells of urgent symptoms that someone has now.

    Parameters
    ----------
    question : str
        As the person wrote it.
    phone : str
        Emergency number that the message names.

    Returns
    -------
    Urgent or None
        ``category`` is one of suicide, stroke, heart attack, anaphylaxis, poisoning, severe bleeding, breathing,
        unconscious; the first that matches, in this order.
    """
    text = re.sub(r"\s+", " ", question.lower().replace("\u2019", "'")).strip()
    parts = [part for part in re.split(r"(?<=[.!?;])\s+", text) if part]
    for rule in _RULES:
        for part in parts:
            if rule.pattern.search(part) and _is_present(part, text):
                return Urgent(rule.category, _message(rule.category, phone), phone)
    return None


def _is_present(part: str, text: str) -> bool:
    """Tell whether a matching sentence reports something that a person has now."""
    if _PAST.search(part) or _FUTURE.search(part):
        return False
    if _GENERAL.match(part) and not _NOW.search(part):
        return False
    return bool(_PERSON.search(part) or (part != text and _PERSON.search(text) and not _GENERAL.match(part)))


def _message(category: str, phone: str) -> str:
    message = _MESSAGES.get(category, _MESSAGE).format(category=_NAMES.get(category, category), phone=phone)
    return message if category == "suicide" else message + _CLOSING
