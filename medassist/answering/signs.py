"""Which signs make an emergency: rules by category, each category with the pages that it follows.

A rule is written over the concepts of :mod:`medassist.answering.symptom_words`. ``A+B`` is both near each other in one
sentence, ``&`` joins what must be reported anywhere in the message, ``@A`` is a circumstance that may be past
("pregnant", "gave birth two weeks ago"), ``-A`` must not occur. A rule that begins with ``?`` fires on questions about
nobody, too: "Is there a painless way to die?" is asked by somebody.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of emergency.

    ``name`` is what the answer shows, ``sources`` are the publications whose signs the rules follow; each
    term of a rule is a tuple of concepts.
    """

    name: str
    sources: tuple[str, ...]
    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One combination of signs; ``text`` is as it was written."""

    text: str
    reported: tuple[tuple[str, ...], ...] = ()
    around: tuple[tuple[str, ...], ...] = ()
    absent: tuple[str, ...] = ()
    even_asked: bool = False


def read_rule(text: str) -> Rule:
    """Read a rule as it is written: ``"CHEST+PAIN & ALARM -CHEST_BENIGN"``."""
    body, *absent = text.removeprefix("?").split(" -")
    terms = [term.strip() for term in body.split("&")]
    return Rule(
        text=text,
        reported=tuple(tuple(term.split("+")) for term in terms if not term.startswith("@")),
        around=tuple(tuple(term[1:].split("+")) for term in terms if term.startswith("@")),
        absent=tuple(name.strip() for name in absent),
        even_asked=text.startswith("?"),
    )


def _category(name: str, sources: tuple[str, ...], rules: str) -> Category:
    return Category(name, sources, tuple(read_rule(line.strip()) for line in rules.strip().splitlines()))


SUICIDE, POISONING, BLEEDING, ANAPHYLAXIS, PREGNANCY, INFANT = (
    "suicide", "poisoning", "severe bleeding", "anaphylaxis", "pregnancy", "infant"
)  # fmt: skip

# The first category that fires names the message.
CATEGORIES = (
    _category(
        SUICIDE,
        (
            "NHS, Help for suicidal thoughts",
            "988 Suicide & Crisis Lifeline, Warning signs",
            "WHO, Suicide: fact sheet",
        ),
        """
        SUICIDE
        ?SUICIDE_METHOD
        """,
    ),
    _category(
        PREGNANCY,
        (
            "CDC, Hear Her: Urgent maternal warning signs",
            "WHO, Pregnancy, childbirth, postpartum and newborn care (danger signs)",
            "NHS, Pre-eclampsia: symptoms; Your baby's movements; Ectopic pregnancy",
        ),
        """
        @PREGNANT & P_BLEED -GUMS
        @PREGNANT & NOT_MOVING
        @PREGNANT & QUIET & @MOVES
        @PREGNANT & HEADACHE & LIGHTS
        @PREGNANT & SEVERE+HEADACHE
        @PREGNANT & LIGHTS & VISION
        @PREGNANT & HIGH_BP
        @PREGNANT & STRONG_PAIN+BELLY
        @PREGNANT & PAIN+BELLY & FAINT
        @PREGNANT & PAIN & SEVERE & BELLY
        WATERS
        BIRTH_NOW
        @PREGNANT & CONTRACTION & OFTEN
        @PREGNANT & HURT & BELLY
        @PREGNANT & P_ALARM
        @PREGNANT & NO_BREATH
        @PREGNANT & BREATHLESS & SEVERE
        @PREGNANT & FEVER & INFECTION+SEVERE
        @PREGNANT & WATER_GONE
        @POSTPARTUM & PADS
        @POSTPARTUM & BLEED & NO_STOP
        @POSTPARTUM & CLOTS+BLEED
        @POSTPARTUM & FEVER & INFECTION
        @POSTPARTUM & INFECTION+FAINT
        @POSTPARTUM & INFECTION & RIGORS & FAINT
        @POSTPARTUM & CLOT & NO_BREATH
        @POSTPARTUM & CLOT & BREATHLESS
        @POSTPARTUM & HEADACHE & LIGHTS
        """,
    ),
    _category(
        "heart attack",
        (
            "NHS, Heart attack: symptoms",
            "American Heart Association, Warning signs of a heart attack",
            "2021 AHA/ACC guideline for the evaluation and diagnosis of chest pain",
        ),
        """
        CHEST+PAIN & ALARM -NOSE
        CHEST+PAIN -CHEST_BENIGN
        CHEST & SPREAD+PAIN & SWEAT
        SPREAD+PAIN & SWEAT
        HEART_ATTACK
        HEART_RACE & FAINT
        HEART_RACE & CHEST+PAIN
        ANGINA & NOT_WORKING
        BREATHLESS & ONSET & ALARM & CHEST
        CHEST+PAIN & GREY
        TORSO+PAIN & SWEAT
        CLUTCH & GREY
        CLUTCH & SWEAT
        CLUTCH & DOOM
        INDIGESTION & SWEAT
        GREY & SWEAT & FAINT
        GREY & SWEAT & PAIN
        DOOM & SWEAT
        ELEPHANT
        ARM_JAW+PAIN & FAINT
        ARM_JAW+PAIN & DOOM
        CHEST & DOOM & PAIN
        """,
    ),
    _category(
        "stroke",
        (
            "NHS, Stroke: symptoms (Act FAST)",
            "American Stroke Association, BE FAST stroke warning signs",
            "NICE NG128, Stroke and transient ischaemic attack in over 16s",
        ),
        """
        FACE+DROOP -DENTIST
        EYELID+DROOP & ONSET
        EYELID+DROOP & SPEECH
        CANT_SMILE
        CANT_LIFT -JOINT
        ONE_SIDE+NUMB -POSTURE
        MOUTH_LEAK & ONSET
        MOUTH_LEAK & SPEECH
        MOUTH_LEAK & CONFUSED
        BUMPS & ONSET
        BUMPS & ONE_SIDE
        LIMB+WEAK & ONSET -POSTURE
        LIMB+NUMB & FACE
        FACE+NUMB & ONSET -DENTIST
        LIMB+WEAK & SPEECH
        LIMB+WEAK & STROKE
        ONE_SIDE+TINGLE & SPEECH
        ONE_SIDE+TINGLE & FACE
        SPEECH & ONSET
        SPEECH & ONE_SIDE
        SPEECH & HEAD_INJURY
        SPEECH & BALANCE
        SLURRED
        VISION & ONSET
        CONFUSED & ONSET & BALANCE
        BALANCE+ONSET & VISION
        BALANCE & ONSET & SEVERE
        THUNDER
        STROKE
        """,
    ),
    _category(
        ANAPHYLAXIS,
        (
            "NHS, Anaphylaxis",
            "World Allergy Organization anaphylaxis guidance, 2020",
            "AAAAI, Anaphylaxis",
        ),
        """
        THROAT+CLOSING
        TONGUE+SWOLLEN
        @STING & NO_BREATH
        @STING & CANNOT_SPEAK
        @ALLERGEN & STUNG_NOW
        ALLERGEN & ALLERGY_ALARM & MOUTH_TINGLE
        MOUTH_SWELL
        THROAT+SWOLLEN & CANNOT_SPEAK
        FACE_PARTS+SWOLLEN & @ALLERGEN -GLANDS
        FACE_PARTS+SWOLLEN & NO_BREATH
        FACE_PARTS+SWOLLEN & SKIN
        FACE_PARTS+SWOLLEN & ONSET & SEVERE
        SKIN & @ALLERGEN & ALLERGY_ALARM
        SKIN & @ALLERGEN & DOOM
        @ALLERGEN & ALLERGY_ALARM & GREY & DROWSY
        SKIN & NO_BREATH
        SKIN & BREATHLESS
        @ALLERGEN & NO_BREATH & ONSET
        @ALLERGEN & BREATHLESS
        @ALLERGEN & SWOLLEN & FAINT
        ALLERGEN & FAINT & SKIN
        ANAPHYLAXIS
        """,
    ),
    _category(
        POISONING,
        (
            "NHS, Poisoning",
            "America's Poison Centers, Prevention and first aid",
            "NICE CKS, Poisoning or overdose",
            "CDC, Carbon monoxide poisoning basics",
        ),
        """
        INGESTED+CHEMICAL
        INGESTED+WILD
        INGESTED+MANY+DRUG
        INGESTED+MANY+CHEMICAL
        OVERDOSE
        INGESTED+BY_MISTAKE+DRUG
        INGESTED+DRUG & BY_MISTAKE
        @CHILD & INGESTED+DRUG & EMPTY
        @CHILD & CHILD_INGESTED+DRUG
        @CHILD & CHILD_INGESTED+CHEMICAL
        CO & CO_SIGN
        MIXED & SYMPTOM
        DRINK_DRUG & WAKE
        WILD & SICK
        @CHILD & FOUND & DRUG+MISSING
        @CHILD & HAND_MOUTH+CHEMICAL
        @CHILD & HAND_MOUTH & CHEMICAL
        @CHILD & DOSE_ERR
        INGESTED & CHEMICAL & BY_MISTAKE
        @CHILD & HAND_MOUTH+DRUG
        @CHILD & HAND_MOUTH+PLANT
        @CHILD & CHILD_INGESTED+PLANT
        DRUG+EMPTY & DROWSY
        DRUG+EMPTY & SPEECH
        DRUG+EMPTY & SICK
        DRUG+MUDDLED & DOSE_DAYS
        DRINK_DRUG & SNORE
        HEATER & EVERYBODY & CO_SIGN
        VENOM
        """,
    ),
    _category(
        BLEEDING,
        (
            "American College of Surgeons, Stop the Bleed",
            "NHS, First aid: heavy bleeding; Vomiting blood; Coughing up blood; Nosebleed",
            "American Red Cross, Bleeding (life-threatening external)",
        ),
        """
        BLOOD+NO_STOP -GUMS
        NOSEBLEED & LONG
        NOSEBLEED+NO_STOP
        BLEED & LONG & NO_STOP
        VOMIT_BLOOD
        BLACK_STOOL & FAINT
        RECTAL & FAINT
        RECTAL & CLOTS
        SEVERED+BODY_PART
        STABBED
        DEEP_CUT
        @THINNER & BLEED & NO_STOP
        @THINNER & HEAD_INJURY
        PADS
        BLEED & FAINT & NO_STOP
        @BODY_PART & SPURT
        TOWELS & BLEED
        TOWELS & CUT
        @THINNER & NOSE_ON
        """,
    ),
    _category(
        "meningitis",
        (
            "NHS, Meningitis: symptoms; Sepsis: symptoms",
            "CDC, Meningococcal disease: symptoms",
            "NICE NG240, Meningitis (bacterial) and meningococcal disease",
        ),
        """
        STIFF_NECK & FEVER
        STIFF_NECK & LIGHT
        STIFF_NECK & HEADACHE & SICK
        STIFF_NECK & CONFUSED
        NO_FADE & @RASH -FADES
        RASH+PURPLE & FEVER
        FEVER & LIGHT
        FEVER & CONFUSED
        FEVER & MOTTLED & DROWSY
        FEVER & MOTTLED & RASH
        INFECTED & RIGORS & CONFUSED
        TRACKING & RIGORS
        FEVER & @IMMUNE
        FEVER & MOTTLED & BREATHLESS
        @CHILD & FEVER & FLOPPY
        MENINGITIS
        """,
    ),
    _category(
        "breathing",
        (
            "NHS, Shortness of breath; Asthma attacks; Pulmonary embolism; Choking",
            "American Red Cross, Adult and child choking",
            "WHO, Integrated Management of Childhood Illness (danger signs)",
        ),
        """
        NO_BREATH -NOSE
        BREATHLESS & ONSET -EXERTION -NOSE
        BREATHLESS & SEVERE -EXERTION -NOSE
        BREATHLESS & CLOT
        BREATHLESS & CHEST+PAIN
        BREATHLESS & FROTH
        BREATHLESS & BLUE_LIPS
        BREATHLESS & CONFUSED
        BLUE_LIPS -BRUISED
        CHOKING
        STUCK
        CHILD_SWALLOW & CANNOT_SPEAK
        INHALED
        ASTHMA+NOT_WORKING
        ASTHMA_BAD
        STRIDOR
        RETRACT
        LOW_OXYGEN
        FROTH & BREATHLESS
        CLUTCH_THROAT & SILENT
        SMOKE & BREATHLESS
        SMOKE & SOOT
        """,
    ),
    _category(
        INFANT,
        (
            "NHS, Is your baby or toddler seriously ill?",
            "AAP, Fever and your baby (HealthyChildren.org)",
            "NICE NG143, Fever in under 5s (traffic light system)",
            "WHO, Integrated Management of Childhood Illness (danger signs)",
        ),
        """
        @YOUNG & FEVER
        @INFANT & FLOPPY
        @INFANT & SLEEPY & NO_FEED
        @INFANT & SLEEPY & FEVER
        @INFANT & SLEEPY & SICK+GREEN_VOMIT
        @INFANT & SLEEPY & NOT_WET
        @YOUNG & NO_FEED
        @YOUNG & SLEEPY & YELLOW
        @INFANT & NO_FEED & FEVER
        @INFANT & NOT_WET
        DRY_NAPPY
        @INFANT & SOFT_SPOT
        SOFT_SPOT
        @INFANT & GREEN_VOMIT
        @INFANT & STRANGE_CRY & FEVER
        @INFANT & STRANGE_CRY & SICK
        @INFANT & BLOODY_STOOL
        @INFANT & DROPPED & SICK
        @INFANT & SHAKEN
        SHAKEN & FLOPPY
        @INFANT & YELLOW & SLEEPY
        @INFANT & YELLOW & NO_FEED
        @INFANT & COLD_BODY & SLEEPY
        @INFANT & HIGH_FEVER+FEVER & FLOPPY
        """,
    ),
    _category(
        "unconscious",
        (
            "NHS, First aid: unconscious and not responding; Epilepsy: what to do if someone has a seizure",
            "NICE NG232, Head injury",
            "American Red Cross, First aid steps",
            "NHS, Burns and scalds; Heat exhaustion and heatstroke; Diabetic ketoacidosis; Electric shock",
        ),
        """
        OUT_COLD
        SEIZURE
        HEAD_INJURY & HEAD_ALARM
        ELECTRIC
        BURN & BURN_BAD
        CRASH
        VERTEBRA
        DROWN & WATER_ALARM
        HEAT & HEAT_ALARM
        SUGAR & SUGAR_ALARM
        DIABETIC & WAKE
        DIABETIC & CONFUSED
        NECK_INJURY & VERTEBRA
        NECK_INJURY & FEET_GONE
        LIVE_WIRE & JOLT
        BURN_SKIN
        LOW_SUGAR & SHAKY
        CONFUSED & ONSET
        HURT & CONFUSED
        VERY_SICK
        """,
    ),
)
