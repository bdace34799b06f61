"""Postal addresses in the forms of many countries.

A candidate is a run of capitalised words and numbers, in parts that commas divide. It is an address if it has what
addresses have: a word for a street or a box with a number, a postal code with a place, or "I live at" before it. Lists
of laboratory values have the same look and none of that.
"""

import re
from collections.abc import Iterator

from medassist.answering.identifiers import ADDRESS, Span

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = (
    rf"(?:(?:{_UPPER}[^\W\d_]{{0,3}}\.)+(?!\s(?:I|We|My|Is|Are|Can|What|How|Does|Do|The)\b)|"
    rf"{_UPPER}(?:[^\W_]|['.\-](?=[^\W_]))*)"
)
_SMALL = (
    r"(?:de|del|della|dei|di|da|do|dos|das|du|des|la|le|les|los|las|lo|van|der|den|het|vom|von|zum|zur|am|an|im|in|of|the|"
    r"upon|on|sur|sous|et|y|e|d'|l')"
)
_FOREIGN = (
    r"(?:rue|avenue|boulevard|place|chemin|impasse|all[ée]e|quai|route|passage|calle|c/|avenida|plaza|paseo|camino|via|"
    r"viale|vicolo|piazza|corso|rua|travessa|pra[çc]a|ul\.?|ulica|aleja|al\.|pl\.|plac|os\.|osiedle|street|road|lane|avenue|drive)"
)
_NUMBER = r"(?:#?\d[\w/\-]*\b)"
_PART = (
    rf"(?:{_WORD}|{_NUMBER}|(?:{_FOREIGN}|{_SMALL})(?=\s))"
    rf"(?:[ \-]{{1,2}}(?:{_WORD}|{_NUMBER}|{_FOREIGN}\b|{_SMALL}(?=\s)|\(\w\w\)|n[ºo°.](?!\w)|/))*"
)
_CANDIDATE = re.compile(rf"(?<![\w@.]){_PART}(?:\s?[,\n;]\s?{_PART}|\s/\s\w\w\b|\s?\(\w\w\))*")

_STREET = (
    r"(?:street|str|st|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|court|ct|close|crescent|cres|terrace|terr?|"
    r"place|pl|square|sq|way|highway|hwy|parkway|pkwy|trail|trl|circle|cir|alley|row|mews|walk|path|gardens?|grove|hill|"
    r"hills|park|parade|route|plaza|point|loop|ridge|bend|cove|creek|estates?|expressway|freeway|turnpike|junction|"
    r"junctions|isle|islands?|knolls?|lodge|manors?|meadows?|mills?|motorway|mount|mountains?|neck|oval|orchard|overpass|"
    r"pass|pike|pines?|plains?|ports?|prairie|radial|ramp|ranch|rapids?|rest|rivers?|run|shoals?|shores?|skyway|springs?|"
    r"spurs?|station|stravenue|streams?|summit|throughway|trace|track|trafficway|tunnel|underpass|unions?|valleys?|"
    r"viaduct|views?|villages?|ville|vista|wells?|corners?|crossing|crossroad|curve|dale|dam|divide|extensions?|falls|"
    r"ferry|fields?|flats?|fords?|forest|forges?|forks?|glens?|greens?|harbors?|haven|heights|hollow|inlet|keys?|lakes?|"
    r"landing|light|locks?|brooks?|burgs?|bypass|camp|canyon|cape|causeway|centers?|cliffs?|club|common|course|bluffs?|"
    r"bottom|branch|bridge|beach|bayou|bay|annex|arcade|nagar|marg|chowk|vihar|colony|sector|ganj|apartment|block)"
)
_BOX = (
    r"(?:p\.? ?o\.? ?box|postfach|apartado|box|unit|flat|studio|suite|ste|apt|apartment|h\.? ?no\.?|house no|door no|"
    r"psc|rural route|rr)"
)
_STREET_NAME = re.compile(rf"\b{_NUMBER},?\s(?:[\w'.\-]+ ){{1,4}}{_STREET}\b(?!['])", re.IGNORECASE)
_FOREIGN_STREET = re.compile(
    rf"(?i:\b{_FOREIGN}\s[^,\n]*?[ ,]\s?\d+|\d+\w?,? (?:bis )?{_FOREIGN}\s)|"
    rf"\b[^\W\d_]+(?i:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|ring|ufer|damm|straat|laan|plein|singel|kade|boulevard|dreef|steeg|gatan|"
    rf"vägen|gränd|torget|stigen|sokak|caddesi)\.? ?\d+"
)
_BOXED = re.compile(rf"\b{_BOX}\.?,? ?#?\d", re.IGNORECASE)
_STATE = (
    r"(?:A[KLRZSAEP]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|"
    r"UT|V[AIT]|W[AIVY])"
)
_ZIP = re.compile(rf"\b{_STATE},? \d{{5}}(?:-\d{{4}})?\b")
_CODE = re.compile(
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|"  # United Kingdom
    r"\b(?!T\dN\dM\d)[A-Z]\d[A-Z] ?\d[A-Z]\d\b|"  # Canada; T2N0M0 is a tumour's stage
    r"\b(?:NSW|VIC|QLD|SA|WA|TAS|NT|ACT),? \d{4}\b|"  # Australia
    r"\b(?:[AC-FHKNPRTV-Y]\d{2}|D6W) [0-9A-Z]{4}\b|"  # Ireland
    r"\b\d{4} ?[A-Z]{2}\b(?=,? [A-Z])|"  # the Netherlands
    r"\b\d{2}-\d{3} (?=[A-ZŁŚŻ])|\b\d{5}-\d{3}\b|\b\d{8} (?=[A-Z][\w ]+ / [A-Z]{2})|"  # Poland, Brazil
    r"\b[A-Z][a-z]+-\d{6}\b|\b[A-Z][a-z]+,? \d{3} ?\d{3}\b"  # India
)
_FIVE = re.compile(r"\b\d{5}(?:-\d{4})?,? [^\W\d_]{3,}|[^\W\d_]{3,},? \d{5}(?:-\d{4})?\b|[^\W\d_]{4,} \d{4}$")
_LIVES = re.compile(
    r"(?i:\b(?:live|lives|lived|living|reside|resides|residing|resident|stay(?:ing)?|moved|move|home|house|"
    r"address(?: is|ed)?|located|based|deliver\w*|mail|send|post|ship|residence)\b[\w ']{0,40}?\b(?:at|in|to|is)|"
    r"\baddress\s*[:,\-]?|\bfrom)\s*[:,]?\s*$"
)
_HOUSE = re.compile(rf"(?:^|[\s,])(?:{_NUMBER},? {_WORD}|{_WORD},? {_NUMBER})")
# A house's number before a word; not a year, nor a third.
_NUMBERED = re.compile(rf"(?:^|[\s,])(?!(?:19|20)\d\d\b|\d+(?:st|nd|rd|th)\b){_NUMBER},? {_WORD}")
# Words before which an address has ended or has not begun.
_LEADING = re.compile(
    r"^(?:(?:I|We|My|Our|The|From|At|In|On|To|Is|And|Address|Home|Hi|Hello|Patient|Name|Re|Regards|Thanks|Deliver|Mail|Send|Signed|Yours|Sincerely)\b[\s,:]*)+"
)


def find_addresses(text: str) -> Iterator[Span]:
    """Yield the postal addresses of a text."""
    for match in _CANDIDATE.finditer(text):
        start = match.start() + len(lead[0] if (lead := _LEADING.match(match[0])) else "")
        if (found := _address(text[start : match.end()], bool(_LIVES.search(text[:start])))) is not None:
            yield Span(start + found[0], start + found[1], ADDRESS)


def _address(candidate: str, lives: bool) -> tuple[int, int] | None:
    """Return where in a candidate the address stands; None if it is none."""
    street = _STREET_NAME.search(candidate) or _FOREIGN_STREET.search(candidate)
    boxed = _BOXED.search(candidate)
    code = _ZIP.search(candidate) or _CODE.search(candidate)
    coded = code or _FIVE.search(candidate)
    parts = len(re.split(r"[,\n;]", candidate))
    house = _HOUSE.search(candidate)
    numbered = _NUMBERED.search(candidate)
    if street and (coded or lives or parts > 1 or candidate[: street.start()].strip(" ,") == ""):
        begin = street.start()
    elif (boxed and coded) or (lives and (coded or numbered)):
        begin = 0
    elif code and house and parts > 1:
        begin = house.start()
    elif coded and house and parts > 2:
        begin = 0
    else:
        return None
    begin = min(begin, boxed.start()) if boxed else begin
    if lives or re.fullmatch(r"[^,\n]*\d[^,\n]*,\s?", candidate[:begin]):  # a flat's or a building's number before it
        begin = 0
    begin += len(candidate[begin:]) - len(candidate[begin:].lstrip(" ,\n"))
    return begin, len(candidate.rstrip(" ,.\n;"))
