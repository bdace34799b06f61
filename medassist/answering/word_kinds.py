"""Kinds of words that grounding treats apart: denials, opposites, words of degree, what topics are called.

Plain English, written for this project.
"""

from medassist import text

# Degree, direction and time: they carry meaning, though they are so frequent that search leaves them out.
_DEGREES = """
more most less least few fewer before after above below over under up down all only both must always same during
until off out through again some
"""
DEGREES = frozenset(_DEGREES.split())
_DENIALS = "not no never without neither nor none rarely seldom hardly"
DENIALS = frozenset(_DENIALS.split())

# A word, then its opposites: one for the other changes what a statement says.
_OPPOSITES = """
more: less fewer few least / most: few fewer least / all: none few / before: after / above: below / over: under
up: down / increase: decrease reduce lower drop fall / raise: lower reduce / rise: fall drop / gain: loss lose
high: low / higher: lower / upper: lower / large: small / larger: smaller / big: small / great: small / long: short
longer: shorter / early: late / earlier: later / fast: slow / quick: slow / rapid: slow gradual / sudden: gradual
hot: cold / warm: cold cool / wet: dry / thick: thin / wide: narrow / widen: narrow / open: close / start: stop end
begin: end stop / improve: worsen / better: worse / best: worst / strong: weak / strength: weak / strengthen: weaken
acute: chronic / benign: malignant / left: right / men: women / man: woman / male: female / boy: girl
mother: father / child: adult / infant: adult / young: old / younger: older / common: rare uncommon / frequent: rare
often: rarely seldom / usual: rare seldom unusual / always: never sometimes / severe: mild / serious: mild minor
major: minor / safe: dangerous unsafe / harmless: harmful / normal: abnormal / inside: outside / internal: external
inner: outer / front: back / anterior: posterior / proximal: distal / first: last / dominant: recessive
positive: negative / present: absent / presence: absence / active: inactive / healthy: sick / allow: prevent
cause: prevent / help: harm / require: forbid / include: exclude / sensitive: resistant / hard: soft easy
easy: difficult / tight: loose / full: empty / heavy: light / deep: shallow / near: far / day: night
morning: evening / dilate: constrict / expand: shrink / grow: shrink / relax: tighten contract / stimulate: inhibit
activate: inhibit / promote: inhibit prevent / overactive: underactive / excess: lack deficiency / same: different
similar: different / single: multiple / partial: complete / temporary: permanent / likely: unlikely
possible: impossible / known: unknown / treatable: untreatable / curable: incurable / effective: ineffective
painful: painless / must: may
"""


def _read_opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _OPPOSITES.replace("\n", "/").split("/"):
        word, _, others = line.partition(":")
        for other in others.split():
            first, second = text.stem(word.strip()), text.stem(other)
            found.setdefault(first, set()).add(second)
            found.setdefault(second, set()).add(first)
    return {word: frozenset(others) for word, others in found.items()}


OPPOSITES = _read_opposites()

# What a text calls its topic when it does not name it.
_TOPIC_NOUNS = """
condition disease disorder syndrome illness problem infection tumor cancer medicine drug medication test procedure
treatment people person
"""
TOPIC_NOUNS = frozenset(text.stem(word) for word in _TOPIC_NOUNS.split())
