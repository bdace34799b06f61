"""What stands before and after the names of persons, and how sure it makes that a name is there."""

import re

from medassist.answering.identifiers import DATE

# After SURE any word is a name; after TITLED any surname and any unusual word; after LIKELY an unusual word with a
# capital letter; after MAYBE a name of the lists, or two unusual words; after HINT only what is on the lists.
NONE, HINT, MAYBE, LIKELY, TITLED, SURE = range(6)

_RELATION = (
    r"(?:husband|wife|spouse|partner|fianc[ée]e?|boyfriend|girlfriend|sons?|daughters?|child|children|kids?|baby|babies|"
    r"infant|newborn|toddler|twins?|boys?|girls?|mother|mom|mum|mommy|mummy|mama|father|dad|daddy|papa|parents?|brother|"
    r"sister|siblings?|grand(?:ma|pa|mother|father|son|daughter|dad|mum|mom)|granny|nana|nan|aunt|auntie|uncle|cousin|"
    r"nephew|niece|friend|mate|neighbou?r|colleague|coworker|boss|roommate|ex|"
    r"(?:step|half)-?(?:son|daughter|mother|father|mom|dad|brother|sister)|"
    r"(?:mother|father|sister|brother|son|daughter)-in-law|doctor|gp|physician|surgeon|nurse|therapist|psychiatrist|"
    r"psychologist|counsell?or|dentist|p(?:a?ed)iatrician|cardiologist|neurologist|oncologist|dermatologist|midwife|"
    r"obgyn|carer|caregiver|teacher|patient|client|resident)"
)
_TITLE = (
    r"(?:(?:dr|mr|mrs|ms|mx|prof|rev|sr|dra|sra)\b\.?|"
    r"(?:miss|professor|doctor|sir|madam|dame|nurse|sister|herr|frau|mme|monsieur)\b)"
)
_THANKS = (
    r"(?:regards|wishes|thanks(?: in advance| a lot| so much| again)?|thank you(?: (?:so|very) much)?|cheers|"
    r"greetings(?: from)?|love|best|thx|ty|xx)"
)
# Where people do something with people; "for", "with" and "by" alone stand before diseases as well.
_DEALINGS = (
    r"(?:(?:seen|prescribed|written|sent|submitted|referred|signed|treated|examined|recommended|operated on|"
    r"diagnosed|advised|ordered|filled in|completed|reported|authored|supervised) by|"
    r"(?:spoke|speak|talk|talked|met|lives?|living|flat|room|house|appointment|consultation|visit) with|"
    r"(?:asking|writing|calling|here|enquiring) for|(?:spoke|speak|talk|talked|wrote|write) to|between|me \(|"
    r"partner \(|(?:doctor|patient|consultant|gp|surgeon)s? \()"
)
_ADDRESSED = (
    r"(?:i am|am|i'm|im|this is|i,|hi|hello|hey|dear|ask(?: for)?|reply to|attn|c/o|on behalf of|"
    r"(?:report|results?|letter|appointment|scan|test) (?:for|of)|member|caller|applicant|insured|client|"
    r"(?:patient|contact|name|from|re|to|by)\s*:)"
)
_BEFORE = (
    (SURE, r"\bmy (?:full |first |last |maiden |real |legal )?name(?:'s| is|:| was)\s+"),
    (
        SURE,
        r"\b(?:full |first |last |sur|fore|given |family |patient |patient's |client |member |contact )?"
        r"name\s*(?:is\s+|was\s+|[:=]\s*)",
    ),
    (SURE, r"\bi(?: am|'m) (?:called|named)\s+"),
    (SURE, r"\b(?:they|people|friends|everyone) calls? me\s+"),
    (TITLED, rf"\b{_TITLE}\s+"),
    (LIKELY, rf"\b{_RELATION}(?:'s name)?(?:,? (?:is called|is named|called|named|is|\())?\s*"),
    (LIKELY, r"\bpatient\s*:\s*"),
    (LIKELY, r"\b(?:signed|sincerely(?: yours)?|yours(?: (?:truly|sincerely|faithfully))?|respectfully)\W{0,3}\s+"),
    (MAYBE, rf"\b{_THANKS}\W{{0,3}}\s+"),
    (MAYBE, rf"\b{_ADDRESSED}\s*[:,]?\s*"),
    (MAYBE, rf"\b{_DEALINGS}\s*"),
    (
        HINT,
        rf"\b(?:it's|and|from|for|re|named|called|by|with|see|saw|seen|met|tell|told|asked|patient|contact|{_RELATION})"
        r"\s*[:,]?\s+",
    ),
)
_CONTEXTS = tuple((weight, re.compile(pattern, re.IGNORECASE)) for weight, pattern in _BEFORE)

# After a name: what its bearer does, or what is told of persons only.
PERSONAL = re.compile(
    r"\s+(?:here\b|speaking\b|writing\b|is my name\b|asks?\b|wants? to\b|wanted to\b|would like\b|"
    r"needs? to\b|(?:stop|take|eat|drink|drive|fly|travel|exercise|breastfeed|swim|work|allowed to)\b)|"
    r",? (?:rn|md|np|do|pa|phd|mbbs)\b|"
    r",? (?:aged?|age) \d|,? \(?\d{1,3}[ -]?(?:years?|yrs?|yo|y/o|months?|[mf])\b|,? \d\d,|"
    r"\s*[(,]\s*(?:dob|born|b\.)|\s*<|"
    rf"\s?[,(]\s?{DATE}",
    re.IGNORECASE,
)
# The same after a name in small letters, where more is needed.
PERSONAL_SMALL = re.compile(
    r",? \d{1,3} ?(?:y|years?|yrs?|yo)\b| (?:here|speaking|calling|writing|from (?:the|a|an))\b|, i\b", re.IGNORECASE
)
ENDS_SMALL = re.compile(r"\s*(?:[,.;:!?()]|$|\n|and\b|i\b|from\b|\d)", re.IGNORECASE)
LINE_ENDS = re.compile(r"[ .,!]*(?:\n|$)")
ONESELF = re.compile(r"\b(?:i am|i'm|im|am)\W*$", re.IGNORECASE)
ACTS = re.compile(r" (?:has|is|was|had|takes|took|and (?:i|me)|got|gets|says|said|keeps|fell)\b", re.IGNORECASE)
PAUSES = re.compile(r"\s*(?:[,.!]|and\b|from\b|here\b|$)", re.IGNORECASE)
INTRODUCED = re.compile(
    r"\b(?:i am|am|i'm|im|this is|hi|hello|hey|dear|name is|dr|mr|mrs|ms)\W*$", re.IGNORECASE
)  # what somebody says of oneself, or writes before another's name


def weights(text: str) -> dict[int, int]:
    """Return how sure the words before make that a name begins, by the places where they end."""
    found: dict[int, int] = {}
    for weight, pattern in _CONTEXTS:
        for match in pattern.finditer(text):
            found[match.end()] = max(weight, found.get(match.end(), NONE))
    return found


def is_introduced(text: str, start: int) -> bool:
    """Tell whether "I am", "Hello", "Dr." and the like stand right before a place."""
    return bool(INTRODUCED.search(text, max(0, start - 20), start))
