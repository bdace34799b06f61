"""What every answer says of itself, and whom to ask about one's own case: no diagnosis and no dose for a person.

A question about one's own case ("Do I have gout?", "How many tablets should I take?", "Should I stop my warfarin?")
gets the same general information as any other, with a pointer to whoever can answer it.
"""

from functools import lru_cache

from medassist.answering.message import spell_out
from medassist.answering.phrases import PhraseBook

DISCLAIMER = (
    "This is general information from published texts, not medical advice or a diagnosis, and it may be incomplete. "
    "For decisions about your health, ask a doctor or pharmacist; in an emergency, call your local emergency number."
)

DIAGNOSIS, DOSE, TREATMENT = "diagnosis", "dose", "treatment"

POINTERS = {
    DIAGNOSIS: "Whether somebody has a condition takes an examination and often tests; this answer cannot tell. "
    "Please see a doctor or nurse about it. What follows is general.",
    DOSE: "How much of a medicine is right depends on the person: age, weight, kidneys, other medicines. This answer "
    "gives no dose for anyone. Follow the label or the prescription, and ask a pharmacist or doctor. What follows is "
    "general.",
    TREATMENT: "Please don't start, stop or change a treatment because of what you read here: ask the doctor who knows "
    "the case, or a pharmacist, first. What follows is general.",
}

_PARTS = {
    "who": "i|we|he|she|my|our|the baby|me",
    "may": "should|can|may|could|must|do|does|shall|would|need|might|will",
    "whose": "my|his|her|our|their",
}
_QUESTIONS = {
    "HOW_MUCH": "how many|much|often|long ~4 {may} {who} ~2 "
    "take|give|use|have|inject|need|drink|swallow|apply|keep|be, how many|much ~4 to give|take ?for|my, "
    "what|which|right|correct|best ~1 dose|dosage|amount ~5 {who}, dose|dosage ~3 for my|me|him|her, {may} "
    "{who} ~2 take|have|give|swallow|use ?up ?to #2..9999|another|more|two|three|double, {may} {who} double, "
    "take two|three|#2..20 now|a|at|per, too much for me|him|her|my, how many ~1 "
    "mg|ml|units|tablets|pills|drops|puffs|mcg ~4 {who}, how much ~3 give|take, #0..9999 mg ~6 for "
    "me|him|her|my, {may} {who} ~3 have ~4 how much",
    "CHANGE": "{may} {who} ~2 "
    "stop|start|quit|skip|switch|change|mix|combine|come|get|wean|take|use|try|continue|drop|reduce|increase|"
    "restart|drink|go|avoid|eat, "
    "safe|okay|ok|alright|fine|dangerous|better|bad|good for me|him|her|my|us, {may} {who} ~2 have "
    "surgery|an|the|chemo*|a, {may} i do it, what|which ?kind|sort|type ~3 {may} {who} ~1 take|use|try|do|get, "
    "want to come|get|go off, which|what ~2 "
    "medicine|drug|medication|pill|tablet|antibiotic|cream|treatment|painkiller is|are|works ?the "
    "best|good|right ~ {whose}, {may} i|he|she need "
    "antibiotics|surgery|medicine|treatment|medication|an|insulin|to, {may} {who} have to take|use|stay|keep, "
    "should|must i see|go|call|worry|wait, stop|stopping|start|starting {whose} ~2 "
    "tablets|pills|medicine|medication|warfarin|statin, on my own",
    "HAVE": "do|does|might|could|may {who} ~2 have|be|got, has|have {who} ~1 got|developed, am i, is "
    "it|this|that, is my|his|her ~3 "
    "dangerous|cancer|cancerous|serious|infected|broken|normal|bad|malignant|benign|high|low|okay|ok, is "
    "he|she, what|which ~1 do i|we ~1 have|got, what|whats ?'s|is ~1 wrong|happening|going|matter ~1 with|to|on "
    "?with ?me|him|her, what could|can|might ~2 be|causing|cause ~3 my|this|it|me, diagnose "
    "me|my|this|him|her|us, i|we ?might ?probably ?may think|believe|suspect|fear ~1 have|has|got|it, think "
    "i|he|she ~1 have|has|got|might, {whose} symptoms ~3 of|are|mean|be, what this|these|it ~4 is|are|means, "
    "'s|whats my problem, why am i|is my|do i|does my|are my, could it be, could {whose} ~3 be, that i have, do "
    "i have, tell me what, what 's|is my problem|disease|condition|diagnosis, what ~1 have i|we got",
}
_GENERAL = {
    "NOT_MINE": "do i have to, do i need to know, should|can|may|could i "
    "read|find|bring|ask|know|expect|spell|measure|learn|buy, how do i, what do i need to know, can you "
    "explain|tell|describe ~1 what|how|why, is it true|possible|common|hereditary|contagious|normal, should|do "
    "people|adults|children|doctors, what should i bring|ask|know|expect, i read, where can i",
}
_MEDICINE = frozenset({"take", "taking", "pills", "tablets", "medicine", "medication"})


def classify_request(question: str) -> str:
    """Return what a question asks about somebody's own case: diagnosis, dose or treatment; empty if it is general."""
    words = spell_out(question)
    own = _book().find(words)
    general = {place for spans in _general_book().find(words).values() for span in spans for place in range(*span)}
    for name, kind in (("HOW_MUCH", DOSE), ("CHANGE", TREATMENT), ("HAVE", DIAGNOSIS)):
        if any(span.start not in general for span in own.get(name, [])):
            return kind
    if "have to" in " ".join(words) and _MEDICINE & set(words) and {"my", "his", "her"} & set(words):
        return TREATMENT
    return ""


def point_to_professional(question: str) -> str:
    """Return the pointer to a professional that goes with the answer; empty where a question is about nobody's case."""
    return POINTERS.get(classify_request(question), "")


@lru_cache(maxsize=1)
def _book() -> PhraseBook:
    return PhraseBook(_QUESTIONS, _PARTS)


@lru_cache(maxsize=1)
def _general_book() -> PhraseBook:
    return PhraseBook(_GENERAL, _PARTS)
