"""What people call signs of an emergency, in lay words and in a doctor's: concepts, each a list of phrases.

The lists stand in :mod:`medassist.answering.symptoms`, a module for each kind of emergency, written as
:mod:`medassist.answering.phrases` reads them. Which signs count, and together with which others, stands in
:mod:`medassist.answering.signs`.
"""

from medassist.answering.phrases import read_lists
from medassist.answering.symptoms import (
    allergy,
    bleeding,
    breathing,
    common,
    heart,
    infant,
    infection,
    injury,
    poison,
    pregnancy,
    stroke,
    suicide,
)

_MODULES = (
    common, stroke, heart, allergy, poison, bleeding, breathing, infection, suicide, pregnancy, infant, injury
)  # fmt: skip

# CONCEPTS: a name of signs.py -> its phrases. PARTS: what is put in for {name} in a phrase.
CONCEPTS, PARTS = read_lists("\n".join(module.WORDS for module in _MODULES))
