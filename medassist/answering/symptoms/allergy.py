"""Signs of a severe allergic reaction, and what sets it off."""

WORDS = """
TONGUE: tongue
MOUTH_TINGLE: lips|lip|tongue|mouth|throat ~2 tingl*|itch*|numb|burn*|swell*,
    tingl*|itch*|numb ~2 lips|tongue|mouth|throat
MOUTH_SWELL: mouth ~3 swelling, swelling ~3 mouth|tongue|throat, stung ~3 mouth|throat|tongue|neck
STING: stung, sting, bee, wasp, hornet, allerg*, epipen*, peanut*, shellfish, prawn*, penicillin
STUNG_NOW: just ~2 stung|bitten|eaten|ate ~ allerg*|epi*, allerg* ~6 just ~2 stung|bitten|eaten|ate|had|drank,
    stung ~6 allerg*, ate|eaten ~6 allerg*
THROAT: throat, tongue, airway*, windpipe, uvula, back of ~1 mouth
CLOSING: clos*, tight*, narrow*, getting|gone|looks|is|feels|has|have ~1 bigger|big|fat|huge|thick|puffy, swelling up,
    swell*, swelled, swole, swollen up, blown up, balloon*, constrict*, seiz*, lump, {cannot} swallow, ball,
    golf ball, blocked, shut*, seal*, smaller, thick, stone, apple, straw, pinhole
SWOLLEN: swell*, swollen, swelled, swole, puff*, blown up, blew up, balloon*, huge, fat, twice ~ size, bigger, big,
    sausage*, doubled, blow* ~1 up, blew ?right up, ?like ?a filler, slit, slits, inflat*, {not} ~1 fit,
    too big|large|fat|thick, ballooned, bulging, like ~2 boxer|balloon|sausage*|trout, closed up, swollen shut,
    blowing
FACE_PARTS: lip, lips, face, eyes, eyelids, eye, mouth, tongue, throat, neck
ALLERGEN: allerg*, sting, stings, stung, bee, wasp, hornet, yellow jacket*, fire ant*, ants, nut, nuts, peanut*,
    cashew*, almond*, walnut*, hazelnut*, pistachio*, brazil nut*, pecan*, prawn*, shrimp*, fish, shellfish, crab*,
    lobster*, mussel*, sesame, tahini, egg, eggs, milk, dairy, soy, soya, kiwi*, strawberr*, penicillin*, antibiotic*,
    amoxicillin, amoxiclav, ibuprofen, naproxen, aspirin, injection, vaccine*, vaccination, jab, contrast, eating,
    ate, eaten, new medicine|medication|tablet|drug|pill|cream, dose, latex, epipen*, epi pen*, epi-pen*, medicine,
    medication, lunch, dinner, meal, restaurant, cookie, biscuit, cake, curry, seafood, bitten, bite, lisinopril,
    ramipril, enalapril, ace inhibitor, chemo*, infusion, satay, hummus, snack, sandwich, food, pesto, sushi, oyster*,
    clam*, squid, celery, mustard, lupin, pollen, cat, horse, peach, banana, avocado, mango, tomato, wheat, chocolate,
    paint, hair dye, dye, spray, first taste|bite|spoon, tast*, jellyfish, insect, butter, nutella, ice cream,
    lentil*, chickpea*, peas, anaesthetic
SKIN: hive, hives, welt, welts, rash, rashes, itch*, urticaria, flush*, nettle*, blotch*, red all over, bumps,
    scratch*, spots all over, allergic rash, burning, on fire, bright red, red all, blister*, lump, lumps, raised,
    lobster, beetroot, red ~1 like|as, red from, tomato, weals, wheals, prickl*
ALLERGY_ALARM: {cannot} ~1 breathe|breath, short of breath, hard to breathe, trouble|difficulty breathing,
    breathless*, breathing fast|hard, wheez*, cough*, faint*, dizz*, light-headed, lightheaded, collaps*, vomit*,
    throw* up, threw up, floppy, limp, hoarse, {cannot} swallow|speak|talk, chest ~ tight*, pass* out, passed out,
    voice ~ hoarse|funny|gone|changed|squeaky, drool*, low blood pressure, being sick, been sick, swallow* ~ hard,
    hard to swallow, throat ~ tight*, whistl*, breath* ~2 whistl*|nois*|funny|fast|hard|bad, struggling, gasping,
    trouble|difficulty|hard|problems ~1 swallowing|swallow|breathing,
    lips|tongue|mouth|throat ~1 tingl*|itch*|burn*|numb, croak*, hoarse*, rasp*, bark*,
    voice ~3 croak*|deep|raspy|different|weird|going|strange, no|not|n't ~2 air,
    heart ~3 racing|mad|pounding|fast|crazy|flying, keel* over, throat ~3 ball|lump|full|thick|shut*|block*, whistle,
    squeak*
ANAPHYLAXIS: anaphyla*, severe|bad|serious|massive|major|terrible|big|strong|extreme allergic reaction,
    allergic shock, used|using|gave|given|injected ~ epipen*|epi|adrenaline|epinephrine|jext|autoinjector
GLANDS: swollen ~1 gland|glands|lymph*|tonsil*, gland|glands|lymph*|tonsil* ~3 swollen|swell*|up
"""
