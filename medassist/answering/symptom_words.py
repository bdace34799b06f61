"""What people call signs of an emergency, in lay words and in a doctor's: concepts, each a list of phrases.

The phrases are written as :mod:`medassist.answering.phrases` reads them. Which signs count, and together with which
others, stands in :mod:`medassist.answering.signs`.
"""

# Put in for {name} in a phrase.
PARTS = {
    "cannot": "can't|cannot|couldn't|can hardly|can barely|can scarcely|could hardly|could "
    "barely|hardly|barely|unable to|not able to|isn't able to|not possible to|struggling to|struggles "
    "to|difficult to|hard to|can no longer|can't even|could not",
    "not": "not|no|n't|never|won't|doesn't|don't|didn't|isn't|hasn't|haven't|wasn't|can't|cannot|couldn't|does "
    "not|is not|has not|will not|refuses to|refusing to|refuse "
    "to|refusing|refuses|refuse|stopped|barely|hardly|aren't|ain't|did not|do not|have not|'s not|'m not",
    "my": "my|his|her|their|the|our|your|a|an",
    "self": "myself|himself|herself|themselves|themself|my self|him self|her self",
    "hours": "second|seconds|minute|minutes|min|mins|hour|hours|hr|hrs",
}

CONCEPTS: dict[str, str] = {
    # --- when, how bad
    "SUSPECT": "is|could|might this|it|that ?be ?a|an ?anaphyla*|allergic emergency|serious",
    "ONSET": "sudden*, all of a sudden, out of nowhere|the blue, just now, right now, tonight, today, this "
    "morning, this afternoon, this evening, ?half an hour ago, minutes ago, mins ago, hour ago, {hours} ago, "
    "since ?one|an|half|this|two|three|last|a|breakfast|lunch|dinner|yesterday ?an "
    "hour*|morning|night|few|minutes|breakfast|lunch|dinner|yesterday, overnight, woke up, at once, getting "
    "worse, gets worse, came on, yesterday, last night, for ~1 {hours}, in the last {hours}, came out of, since "
    "?about|around|over #1..99 ?or ?so {hours}, just started, for ~1 #1..90 {hours}",
    "EYELID": "eyelid*, eye lid*, lid",
    "LIMB": "arm, leg, hand, arms, legs, foot, cup, pen, fork",
    "WEAK": "{cannot} ~1 move|lift|raise|use|grip|hold|control, limp, {not} go "
    "up|lift|obey|respond|work|working|move|moving, dropped, drop, drops, flop*, gave way, drag*, paraly*, went "
    "dead, gone dead, dead, useless, stopped working, fell down|to, keeps dropping, {not} hold "
    "?my|his|her|anything",
    "CANT_LIFT": "{cannot} ~1 lift|raise|move ~2 arm|arms|leg|legs|hand, {not} ~1 lift|raise ~2 arm|arms",
    "JOINT": "shoulder*, elbow, knee, hip, frozen, rotator, sprain*, tennis, broke, broken, fell, pain*, hurt*, "
    "sore, plaster, cast, injur*, arthritis",
    "TONGUE": "tongue",
    "CHILD_SWALLOW": "swallow* ~3 "
    "marble|coin|toy|bead|button|stone|grape|nut|lego|balloon|bone|key|screw|pin|needle|glass|battery|magnet|"
    "sweet|candy",
    "MOUTH_TINGLE": "lips|lip|tongue|mouth|throat ~2 tingl*|itch*|numb|burn*|swell*, tingl*|itch*|numb ~2 "
    "lips|tongue|mouth|throat",
    "MOUTH_SWELL": "mouth ~3 swelling, swelling ~3 mouth|tongue|throat, stung ~3 mouth|throat|tongue|neck",
    "STING": "stung, sting, bee, wasp, hornet, allerg*, epipen*, peanut*, shellfish, prawn*, penicillin",
    "STUNG_NOW": "just ~2 stung|bitten|eaten|ate ~ allerg*|epi*, allerg* ~6 just ~2 "
    "stung|bitten|eaten|ate|had|drank, stung ~6 allerg*, ate|eaten ~6 allerg*",
    "SEVERE": "severe*, terribl*, awful*, very, really, extreme*, intense, excruciating, agon*, unbearable, "
    "sharp, stabbing, bad, badly, worst, so, huge, massive*, serious*, horrible, horrific, crushing, lots, too, "
    "constant, violent*, strong, crippling, doubled",
    # --- stroke
    "FACE": "face, mouth, smile, grin, cheek, lip, facial, faces, corner of ~ mouth",
    "DROOP": "droop*, sag*, dropped, dropping, drop, fallen, falling, fell, hanging, hangs, hung, lopsided, lop "
    "sided, crooked, uneven, {not} even, wonky, twisted, asymmetric*, {not} symmetric*, to one side, slack, "
    "slump*, melted, melting, slid*, pulled down, pulled to, skewed, paraly*, {cannot} move, numb, dead, "
    "sideways, weird on one side, funny on one side, gone down, weak on one side, one side ~ lower, uneven*, "
    "frozen, {not} moving, one sided, {not} ~1 move|moving|working|work, dribbl*, drool* ~ one|side, feels ~ "
    "funny|strange|tight on one side, pulled down, lower than ~2 other, different ~2 sides, hanging down, {not} "
    "even, not the same, pulled ~2 side, has dropped, dropping, drool*",
    "CANT_SMILE": "{cannot} smile ?properly|right, smile ~ uneven|crooked|lopsided|wonky|one side, half|side ~3 "
    "mouth|face|smile ~2 up|moved|moves|works|working|lifts|goes, smil* ~8 half|side",
    "ONE_SIDE": "left|right|one|an ?whole|upper|lower arm|arms|leg|legs|hand|foot|side|limb|half, half|side of "
    "~ body|face, whole|entire left|right side, left|right half, one-sided, same side, left-sided, right-sided, "
    "left|right arm|leg|hand|foot and arm|leg|hand|foot, half my|his|her|of ~2, side of face, one cheek",
    "NUMB": "numb*, weak*, dead, limp, paraly*, floppy, useless, {cannot} "
    "move|lift|raise|feel|use|grip|hold|close, stopped working, {not} "
    "move|moving|work|working|go|lift|lifting|respond|responding|obey, flop*, drag*, lost ~ "
    "feeling|strength|power|control, gave way, giving way, no feeling|strength|power, asleep, gone heavy, feels "
    "heavy, is heavy, very heavy, so heavy, drifts, drifting, keeps dropping, hangs, clumsy, like "
    "lead|jelly|rubber|wood|stone, no sensation, sinks, drops down, sinking, heavy, loss of ~1 "
    "feeling|sensation|strength|power|control, lost ~2 feeling|sensation, feels|feel|went|gone ~1 "
    "strange|funny|odd|weird|numb|dead|heavy|limp, tingl* ~2 sudden*, {not} ~1 feel, {not} hold, {cannot} feel, "
    "{not} feel my|his|her",
    "TINGLE": "tingl*, pins and needles, prickl*, numb*",
    "SPEECH": "slur*, garbl*, speech ~ "
    "funny|strange|jumbled|gone|off|mush|odd|weird|unclear|thick|slow|nonsense|wrong|affected|confused, talk* ~ "
    "rubbish|nonsense|gibberish|funny|strange*|weird*|gobbledygook|garbage, speak*|spoke ~ "
    "strange*|funny|weird*|unclear*|nonsense|like ~ drunk|like drunk, {cannot} ~1 speak|talk ?properly, "
    "{cannot} ~1 find|form|say ~1 words|word|sentence*, {cannot} get ~ words|word|sentence|sentences out, words "
    "~ no sense|mush|wrong|jumbled|mixed, making no sense, {not} making ?any sense, {not} make ?any sense, "
    "answers with ~ sounds, lost ~ speech, {not} understand ~ say|saying|tell|speech, {not} understand me|us, "
    "mumbl*, incoheren*, gibberish, {not} string ~ sentence, words ~ coming out wrong|funny|weird|strange|as, "
    "trouble|difficulty|problem*|problems ~1 speaking|talking, talking nonsense, muddling ~ words, sounds ~ "
    "drunk, like ~ drunk, {not} get ~ words out, tongue-tied, {not} able to speak|talk, talk* ~ like ~ baby, "
    "aphasia, tongue ~ thick, {not} speak ~1 properly|clearly, says ~1 strange|weird|wrong words, speech ~2 "
    "different|changed|stopped|thick, {cannot} ~2 answer, acting|seems|sounds|looks ~1 drunk, like ~1 drunk",
    "SLURRED": "slurring, slurred|slurs ~1 speech|words, speech|words ~1 slur*|garbl*|jumbled, garbled, "
    "talk*|speak*|spoke ~ gibberish|rubbish|nonsense|gobbledygook, gibberish, lost ~1 speech, {cannot} ~1 "
    "find|get ~1 my|his|her|the ~1 right ?words, words ~ coming out wrong|mush|jumbled|mixed|as, making no "
    "sense, {not} making ?any sense, sounds ~ drunk, like ~ drunk, {not} string ~ sentence, incoherent*, "
    "slurry, {cannot} ~1 talk|speak right|properly|straight|clearly|normally, only makes sounds|noises, words ~ "
    "muddled|mixed ?up|scrambled, mixing ~ words, speech is|has ~2 slow|thick, says ~1 "
    "strange|weird|wrong|odd|random words|things, forget* ~4 called, wrong words, {cannot} ~1 remember|find ~1 "
    "words|names, words get|got|are|came ~2 mixed|jumbled|stuck|slurred|wrong|muddled, speech|words|sentences "
    "~1 made|make|makes|making no sense, talk* ~2 no sense",
    "VISION": "lost ~ sight|vision, loss of ~ sight|vision, {cannot} see ~ eye|properly|anything|well|right, "
    "{cannot} see, double vision, see|seeing double, blind ~ eye, went|gone|going blind, vision|sight|eyesight "
    "~ gone|blur*|double|went|disappeared|black, everything ~ blur*, blurry|blurred vision, curtain ~ eye, half "
    "~ vision, {cannot} see ~2 side, half of ~2 vision|sight, {not} see ~2 side, shadow ~3 eye, {cannot} see "
    "on|out|from",
    "CONFUSED": "muddled, disorient*, delirious, deliri*, {not} know* "
    "where|who|what_day|what_year|her_name|his_name|{my}, acting|behaving ~1 "
    "weird*|strange*|odd*|confused|funny|drunk, talking nonsense, talks nonsense, nonsense, out of it, making "
    "no sense, {not} making sense, {not} recogni*, seems confused, is ~1 confused, 's ~1 confused, getting ~1 "
    "confused, got confused, confused and, confusion, become|became confused, very confused, suddenly confused, "
    "rambling, hallucinat*, seeing things, incoheren*, {not} herself, {not} himself, {not} with it, confused, "
    "mental fog",
    "THUNDER": "worst headache*, thunderclap*, sudden* ~ headache, headache ~ sudden*, worst ~ head ~ pain, "
    "headache ~ of my life, headache like ~ hit, something ~ burst|popped|exploded ~ head, pain in ~ head ~ "
    "worst, explosive headache, most|worst terrible|painful|awful headache, headache came on ~ "
    "seconds|instantly|in",
    "BALANCE": "{cannot} walk ?straight|properly|anymore|any, fall*|fell|leaning|leans|veers|veering to ~1 "
    "right|left|side, walk*  like ~ drunk|fall, lost ~ balance, losing ~ balance, {cannot} stand, stagger*, "
    "severe dizziness, {cannot} balance, dizzy, dizziness, spinning, {cannot} coordinate, unsteady, walks like, "
    "keeps falling|bumping|veering, legs ~2 giving way|jelly, {cannot} walk|stand ?straight ?up, walking ~2 "
    "drunk, keeps ~1 leaning|tilting|falling, leaning ~1 left|right",
    "STROKE": "having|has|had|have|got ?just ?a|another ?mini|small|massive stroke, is|could|was|might "
    "this|it|that ?be ?a ?mini stroke, think|believe|suspect|afraid|sure|maybe|possible|possibly|looks ~ "
    "stroke, stroke i|we think, stroke now|right|happening, tia",
    # --- heart
    "CHEST": "chest, breastbone, breast bone, sternum, middle of ~ breast, heart, rib cage, ribcage, chests, chest's",
    "PAIN": "pain*, hurt*, ache*, aching, pressure, pressing, tight*, squeez*, crush*, heavy, heaviness, "
    "burning, burns, stabbing, weight, discomfort, clutching, clutches, holding, grabbing, gripping, vice, "
    "vise, elephant*, stone*, brick*, band, sitting on, throb*, cramp*, killing, agony, constrict*, compress*, "
    "squash*, anvil, knife, tearing, ripping, uncomfortable, sore, sitting|standing|pressing|kneeling|stepping "
    "on, on my|his|her chest, explod*, burst*, weird, strange, crushed, like a ton|brick*|truck|car, tension, "
    "burning sensation, gripping, discomfort, cramping, stab*, shooting, dull, ripped, parked on, weight on, "
    "weighing, gnawing, twinge*, killing",
    "CHEST_BENIGN": "push-ups, push ups, pushups, workout, gym, working out, lifting boxes, lifting weights, "
    "bench press, when|if ?i|you|he|she press|presses|touch|cough|coughs|push|twist, heartburn, reflux, "
    "indigestion, a bit, slightly, slight, mild*, a little, pulled ~ muscle, muscle*, bruise*, cold, cough*, "
    "flu, chesty, infection, spicy, rub*, acne, hair, freezer, bra, tattoo, x-ray, xray, shingles, "
    "costochondritis, waxing, breast feeding, breastfeeding, sunburn*, burnt, pimple*, spots, rash, itch*, "
    "healthy, rate, murmur, broken, disease, failure, medicine, monitor, breast, breasts, bra size, huge "
    "breast*, flat chested, stretch*",
    "SPREAD": "arm, arms, jaw, shoulder*, shoulder blade*, neck, back, between ~ shoulder*, radiat*, spread*, "
    "going down|up|into|to|through, shoot*, teeth, tooth, elbow, wrist, both arms",
    "ALARM": "sweat*, clammy, grey, gray, pale, breath*, winded, nause*, sick, vomit*, throw* up, faint*, "
    "dizz*, light headed, light-headed, lightheaded, passed out, pass out, woozy, collaps*, arm, arms, jaw, "
    "numb*, something ~ awful|terrible|wrong, going to die, doom, help, #15..59 minutes|min|mins, half ?an "
    "hour, an hour, worse, won't stop|go, {not} going away, puls*, palpitation*, blue, now, sudden*, crushing, "
    "teeth, tooth, tingl*, dead arm, weak, scared, anxious, shak*, hours, ashen, ghost, unwell, grey, look* ~1 "
    "dreadful|awful|terrible|bad",
    "SWEAT": "cold sweat*, sweat*, clammy, grey, gray, drenched, dripping, soaked, ashen",
    "HEART_ATTACK": "having|has|have|had ?just ?a|another|some ?kind|sort ?of heart attack*, "
    "is|could|was|might|think this|it|that|it's|its ?'s ?be ?a heart attack, heart attack i|we think, "
    "think|believe|suspect|sure ~ heart attack, heart attack ?right now, in|having|had ?a cardiac arrest, heart "
    "attack?, defibrillator|icd ~ shock*, heart attack symptoms|signs !of|in|are",
    "HEART_RACE": "heart ~ "
    "racing|races|pounding|pounds|fluttering|skipping|jumping|fast|irregular*|hammering|funny|thumping, "
    "palpitation*, heart rate|pulse ~ #140..299",
    "ANGINA": "angina, nitro*, gtn, spray",
    "NOT_WORKING": "{not} "
    "work|working|help|helping|helped|ease|easing|eased|doing|do|touching|making|relieve|relieved|better|improv*, "
    "no help|use|effect|relief|difference|good|better, made no, useless, empty, run|ran out !of, not ~1 enough, "
    "{not} go|going away, won't go, does|did|doing nothing, no better|relief|change, {not} any ?better",
    # --- allergy
    "THROAT": "throat, tongue, airway*, windpipe, uvula, back of ~1 mouth",
    "CLOSING": "clos*, tight*, narrow*, getting|gone|looks|is|feels|has|have ~1 "
    "bigger|big|fat|huge|thick|puffy, swelling up, swell*, swelled, swole, swollen up, blown up, balloon*, "
    "constrict*, seiz*, itchy, lump, {cannot} swallow",
    "SWOLLEN": "swell*, swollen, swelled, swole, puff*, blown up, blew up, balloon*, huge, fat, twice ~ size, "
    "bigger, big, sausage*, doubled",
    "FACE_PARTS": "lip, lips, face, eyes, eyelids, eye, mouth, tongue, throat, neck",
    "ALLERGEN": "allerg*, sting, stings, stung, bee, wasp, hornet, yellow jacket*, fire ant*, ants, nut, nuts, "
    "peanut*, cashew*, almond*, walnut*, hazelnut*, pistachio*, brazil nut*, pecan*, prawn*, shrimp*, fish, "
    "shellfish, crab*, lobster*, mussel*, sesame, tahini, egg, eggs, milk, dairy, soy, soya, kiwi*, strawberr*, "
    "penicillin*, antibiotic*, amoxicillin, amoxiclav, ibuprofen, naproxen, aspirin, injection, vaccine*, "
    "vaccination, jab, contrast, eating, ate, eaten, new medicine|medication|tablet|drug|pill|cream, dose, "
    "latex, epipen*, epi pen*, epi-pen*, medicine, medication, lunch, dinner, meal, restaurant, cookie, "
    "biscuit, cake, curry, seafood, bitten, bite, lisinopril, ramipril, enalapril, ace inhibitor, chemo*, "
    "infusion, satay, hummus, snack, sandwich, food, satay, pesto, curry, sushi, oyster*, clam*, squid, celery, "
    "mustard, lupin, pollen, cat, horse, peach, banana, avocado, mango, tomato, wheat, chocolate, paint, hair "
    "dye, dye, spray, sting",
    "SKIN": "hive, hives, welt, welts, rash, rashes, itch*, urticaria, flush*, nettle*, blotch*, red all over, "
    "bumps, scratch*, spots all over, allergic rash, burning, on fire, bright red, red all, blister*",
    "ALLERGY_ALARM": "{cannot} ~1 breathe|breath, short of breath, hard to breathe, trouble|difficulty "
    "breathing, breathless*, breathing fast|hard, wheez*, cough*, faint*, dizz*, light-headed, lightheaded, "
    "collaps*, vomit*, throw* up, threw up, floppy, limp, hoarse, {cannot} swallow|speak|talk, chest ~ tight*, "
    "pass* out, passed out, voice ~ hoarse|funny|gone|changed|squeaky, drool*, low blood pressure, being sick, "
    "been sick, swallow* ~ hard, hard to swallow, throat ~ tight*, whistl*, breath* ~2 "
    "whistl*|nois*|funny|fast|hard|bad, struggling, gasping, trouble|difficulty|hard|problems ~1 "
    "swallowing|swallow|breathing, lips|tongue|mouth|throat ~1 tingl*|itch*|burn*|numb",
    "ANAPHYLAXIS": "anaphyla*, severe|bad|serious|massive|major|terrible|big|strong|extreme allergic reaction, "
    "allergic shock, used|use|using|gave|given|injected ~ epipen*|epi|adrenaline|epinephrine|jext|autoinjector",
    # --- poison
    "INGESTED": "swallowed, swallows, swallow some|a|something, swallowing, ate, eaten, eats, drank, drunk, "
    "drinks, took, taken, licked, licking, bit into, bitten into, got into, got hold of, got at, ingest*, "
    "chewed, chewing, sniffed, inhaled, injected, snorted, gave, given, consumed, sipped, a sip of, gulped, "
    "downed, necked, popped, mouthful of, sucking on, sucked on, eating, drinking, found ~ eating|chewing|with, "
    "put ~ in ~ mouth, drink some|a, eat some|a, overdosed, smoked, vaped, have|has|had ~1 had, swallow ~1 "
    "bleach|poison|batter*|magnet*, munched, nibbled, helped {self} to, drunken, ingested, 've|'s|'d ~1 had, "
    "swallow|ate|took ~1 handful, have taken, swallow*|drank|ate|licked ~1 some, took a|some, got ~2 in|into ~2 "
    "mouth, drank",
    "CHEMICAL": "bleach*, antifreeze, anti-freeze, anti freeze, detergent*, "
    "dishwasher|laundry|washing|tide|dishwashing ?machine "
    "tablet|tablets|pod|pods|capsule|capsules|liquid|powder|salt|gel|pac*, cleaner*, cleaning ~1 "
    "product*|fluid|liquid|spray|stuff, drain unblocker|opener|cleaner, rat|mouse|ant|slug "
    "poison|bait|pellets|killer, poison*, pesticide*, weedkiller, weed killer, weed-killer, insecticide*, "
    "herbicide, bug spray, petrol, gasoline, diesel, kerosene, paraffin, paint thinner|remover|stripper, "
    "thinner*, turpentine, turps, white spirit, methylated spirit*, lamp oil, lighter fluid, nail "
    "?polish|varnish ?polish remover, nail polish, acetone, ammonia, hand sanit*, sanitizer, sanitiser, "
    "perfume, aftershave, vape*, e-liquid, eliquid, nicotine, battery, batteries, magnet, magnets, super glue, "
    "superglue, nightshade, foxglove*, laburnum, yew, oleander, hemlock, lily of the valley, essential oil*, "
    "eucalyptus oil, tea tree oil, moth ball*, mothball*, methanol, descaler, acid, lye, caustic*, fabric "
    "softener, disinfectant*, dettol, lysol, pool chemical*, chlorine, rubbing alcohol, surgical spirit, "
    "screenwash, screen wash, brake fluid, engine oil, motor oil, fertili*, mercury, arsenic, cyanide, washing "
    "up liquid, toilet block, fairy liquid, washing-up liquid, glow stick, water beads, fireworks, matches, "
    "hair dye, cigarette, cigarettes, mistletoe, dumb cane, toadstool*, windshield|windscreen|screen ?washer "
    "?wash fluid, washer|wiper|lighter|transmission|hydraulic|cleaning fluid, solvent*, chemical*, varnish, "
    "shampoo, soap, paint, plant food, washer, unlabelled|unlabeled|unknown|unmarked ~1 "
    "bottle|liquid|substance|fluid|powder",
    "WILD": "berries ~ garden|hedge|bush|woods|park|think|unknown|red|tree, berry ~ bush|garden|hedge, "
    "unknown|wild|strange|picked|foraged|poisonous|death mushroom*|berries|plant|plants|berry|cap, mushroom* ~ "
    "garden|lawn|woods|picked|forest, picked|foraged ~ mushroom*, leaf|leaves|flower|flowers|seeds|bulb ~ "
    "plant|garden|from, wrong|bad|wild|poisonous ~1 mushroom*|berries|plant",
    "MANY": "too many, too much, whole|full|entire|half ?a|the "
    "bottle|pack|packet|box|strip|sheet|blister|pot|tub|jar|week*|months, whole|entire ~1 tablets|pills|supply, "
    "bottle|pack|packet|box|strip|pot|tub|handful*|fistful|bunch|load|loads|lot|lots|dozens|tons|couple ~ packs "
    "of, loads, a lot, all ~2 pills|tablets|medicine|medication|meds|capsules, every pill|tablet, "
    "double|triple|twice|three|ten|#3..100 ?times ?the ?a ?normal ?usual ?right ?recommended "
    "dose|amount|dosage, double the, twice the, ten times, more ~ than ~ "
    "should|meant|supposed|prescribed|told|allowed, several, about|around|like|maybe|nearly|over|at least "
    "#10..999, #8..999 ~2 "
    "pill|pills|tablets|tabs|capsules|paracetamol*|tylenol*|ibuprofen|aspirin*|gummies|painkillers|sleeping|"
    "aspirins|acetaminophen, "
    "in one go, all at once, week's, wrong dose, extra, all of, all my|his|her|their",
    "DRUG": "pill*, tablet*, tabs, capsule*, medicine*, medication*, meds, paracetamol, acetaminophen, tylenol, "
    "panadol, ibuprofen, nurofen, advil, aspirin*, xanax, codeine, co-codamol, cocodamol, tramadol, oxycodone, "
    "oxycontin, percocet, vicodin, morphine, fentanyl, heroin, cocaine, meth, mdma, ecstasy, ketamine, insulin, "
    "metformin, antidepressant*, sertraline, fluoxetine, citalopram, venlafaxine, prozac, amitriptyline, "
    "digoxin, warfarin, beta blocker*, propranolol, amlodipine, iron, benadryl, diphenhydramine, calpol, "
    "zopiclone, ambien, zolpidem, valium, diazepam, lorazepam, clonazepam, klonopin, temazepam, gummies, gummy, "
    "edible*, weed, lithium, quetiapine, seroquel, methadone, suboxone, painkillers, pain killers, sleeping, "
    "sleepers, opioid*, opiate*, dose, ritalin, adderall, melatonin, vitamins, thyroid, levothyroxine, "
    "gliclazide, glipizide, contraceptive, tablets, steroids, gabapentin, pregabalin, lsd, mushrooms, ghb, "
    "spice, blood pressure, heart, cough syrup, cold medicine, blood thinner*",
    "CHILD_INGESTED": "swallowed, swallow some, ate, eaten, got into, got hold of, got at, chewed, chewing, "
    "eating, found ~ eating|chewing|with, sucked on, munched, drank, helped {self} to, opened, put ~ in ~ "
    "mouth, licked, in ~2 mouth",
    "OVERDOSE": "overdosed, overdosing, od'd, od'ing, odd on, took|taken|taking|having|had ~1 overdose, is ~1 "
    "overdose, overdose i|we think, think ~ overdose, overdose on ~ help|now, accidental overdose, double "
    "dosed, double-dosed, possible overdose, has ~1 poisoned, have ~1 poisoned, been poisoned, poisoned {self}, "
    "food poison*, drink ~2 spiked, been|got|was drugged, spiked ~2 drink, took|taken|had ~1 too much|many, "
    "drug overdose ~2 now|help, od on, given ~2 too much|many, gave ~3 too much|many, double dose, "
    "took|given|gave|taken ~2 wrong medication|medicine|pill|pills|tablets|dose, had|have|taken|took|swallowed "
    "~2 #9..999 ~2 "
    "pill|pills|tablets|tabs|capsules|paracetamol|tylenol|ibuprofen|aspirin|painkillers|aspirins|panadol|"
    "advil|nurofen, "
    "pills|tablets|capsules|medicine in {my} ~1 mouth|hand|fist",
    "BY_MISTAKE": "by mistake, by accident, accident*, thinking ~ were|was, thought ~ were|was, instead of, "
    "wrong, mistook, mistaken, mixed up, twice, confused them",
    "MINE": "grand*, husband's, wife's, someone else, {not} his|hers|her, dad's, mum's, mom's",
    "CHILD": "toddler, baby, infant, son, daughter, kid, kids, child, children, little one, little boy|girl, "
    "grandson, granddaughter, grandchild*, nephew, niece, #1..8 ?and ?a ?half year|yr|years|yrs|month|months "
    "old, #1..8 yo|yrs|yr, boy, girl, twin*, brother, sister, preschooler, crawling",
    "EMPTY": "bottle ~1 empty, empty bottle|packet|pack|blister*|strip*|pill, don't know how many, pills "
    "missing, missing pills|tablets, foaming, drooling",
    "CO": "carbon monoxide ~ alarm|detector|alert, co alarm|detector ~ going|beep*|sound*|off, carbon monoxide, "
    "gas leak, smell ~ gas, smell gas, boiler, generator, barbecue|bbq|charcoal ~ inside|indoors|tent|garage, "
    "exhaust, fumes, gas smell*, smell* ~2 gas, monoxide",
    "CO_SIGN": "going off, beeping, sounding, headache*, dizz*, sick, drowsy, sleepy, faint*, confus*, vomit*, "
    "throwing up, passed out, nause*",
    "MIXED": "mixed ~ bleach|ammonia|cleaner*|chemicals|cleaning, bleach and|with ~ "
    "ammonia|vinegar|cleaner|acid, toxic|bleach|chlorine|chemical|paint|ammonia fumes|gas|vapour|vapor|cloud, "
    "breathed in|inhaled|breathing in ~ "
    "fumes|gas|chlorine|smoke|chemical*|spray|ammonia|bleach|solvent*|butane|glue|aerosol, smoke inhalation, "
    "chemical ~ splash* ~ eye*, bleach ~ eye*|eyes, splashed|sprayed|soaked|covered ~ "
    "pesticide|chemical*|acid|bleach|insecticide, sprayed|splashed|got ~5 in|into ~1 eye|eyes, spray ~2 eyes, "
    "weedkiller|pesticide|insecticide ~2 on|over|in ~2 hands|skin|eyes|face",
    "SYMPTOM": "cough*, burn*, chest, breath*, dizz*, sick, vomit*, headache*, drool*, sweat*, pupils, faint*, "
    "eyes, hurt*, pain*, seeing things, racing, twitch*, sore, red, throat",
    "DRINK_DRUG": "heroin, fentanyl, xanax, opioid*, vodka, alcohol, drank, drunk, drinking, pills, drugs, "
    "ketamine, meth, mdma, ecstasy, ghb, methadone, codeine, overdos*, tablets, oxy*, spice, cocaine, "
    "medication, injected",
    "VENOM": "bitten by ~ snake|adder|viper|rattlesnake|cobra|copperhead|widow|recluse|python|mamba, snake ~ "
    "bit*, snakebite, snake bite, scorpion ~ stung|sting, stung by ~ scorpion|jellyfish, "
    "rattlesnake|adder|viper ~ bit*, widow ~1 bit*, bit* by ~ widow|tarantula, snake*|adder|viper ~1 bit*",
    # --- bleeding
    "BLOOD": "blood "
    "!pressure*|level*|test*|sugar*|type|count*|group|thinner*|work|clot*|vessel*|cell*|flow|supply|glucose|"
    "bank|donor*, "
    "bleed*, bled, hemorrhag*, haemorrhag*, gash*, wound*, nosebleed*, nose bleed*, cut, stitches, clots, "
    "bloody, artery, vein",
    "BLEED": "bleed*, bled, hemorrhag*, haemorrhag*, blood "
    "!pressure*|level*|test*|sugar*|type|count*|group|thinner*|work|clot*|vessel*|cell*|flow|supply|glucose|"
    "bank|donor*|relative*|money, "
    "clots",
    "NO_STOP": "{not} ~1 stop, {not} ~1 stop*, {cannot} ~1 stop, {not} ~1 slow*, {not} ~1 clot*, {not} get ~ to "
    "stop, keeps ?on bleeding|coming|flowing|pouring|gushing|going|soaking, continues to bleed, still bleeding "
    "~ after|hour*|min*, spurt*, gush*, pour*, pumping, pumps, squirt*, soak*, pool ~ of blood, pool of, "
    "puddle*, stream*, everywhere, lot of blood, lots of blood, so much blood, too much blood, a lot, heavily, "
    "badly, profuse*, uncontroll*, through ~ towel*|bandage*|dressing*|clothes|cloth, fills, filling, all over "
    "~ floor|place, like a tap, running down, losing ~ blood, lost ~ blood, bleeding out, bleeding to death, "
    "dripping everywhere, litre*, pints, cup of, covered in blood, heavy bleeding, severe* bleeding, major "
    "bleeding, massive bleeding, massive*, non stop, nonstop, non-stop, continuous*, flooding, won't quit, "
    "drenched, {cannot} ~1 control|stop ~3 bleeding|blood, hose, fountain, won't close, wide open, dripping ~2 "
    "floor, blood is coming|running|flowing, soaked, {cannot} stop, like mad|crazy|hell|anything, keep|keeps "
    "?on bleeding, bleeding and bleeding, wherever, blood all over, blood everywhere",
    "LONG": "#10..999 ?more minutes|min|mins, ?half ?an|one|two|three|over|#1..99 ?an hour|hours, since "
    "this|last morning|night, all morning|day|night, hours",
    "VOMIT_BLOOD": "vomit*|throw*|threw|puk*|bring*|brought|cough*|spit*|spat|chuck* ?up ~ blood|bloody|coffee, "
    "sick ~ blood, blood ~1 vomit|sputum|sick|phlegm, vomit* ~ coffee grounds, coffee ground*, cough* ~ blood, "
    "vomited ~ blood, haematemesis, hematemesis, hemoptysis, haemoptysis, blood ~ coming out of ~ "
    "mouth|ear|ears, blood from ~ ear|ears|mouth, threw|throw*|vomit* ~6 blood, blood ~2 "
    "came|comes|coming|bring*|brought up",
    "BLACK_STOOL": "poo|poop|pooh|stool*|faeces|feces|bowel*|motion*|shit ~ black|tar|tarry|melena, black|tarry "
    "~1 poo|poop|stool*|motion*|tarry",
    "RECTAL": "blood*|clot*|bleed* ~ bottom|rectum|rectal*|anus|back_passage|bum|toilet|bowel*|poo|poop|stool*, "
    "rectal bleeding, passing ~ clots|blood, toilet ~ full ~ blood, bowl ~ blood, bleed* ~3 rear|behind|down "
    "below|backside, blood ~4 poo|stool|toilet ~ lot|full|everywhere",
    "FAINT": "faint*, dizz*, light-headed, lightheaded, passed out, pass out, passing out, collaps*, woozy, "
    "clammy, black* out, weak, faint, going to pass out, about to pass out, ill, woozy, dizzy",
    "CLOTS": "big|large|huge|massive clots, clots ~ size, golf ball, lots of, full of, pouring, gush*, heavy, "
    "heavily, a lot, size, as eggs, like plums, fist",
    "SEVERED": "cut|chopped|sliced|torn|tore|ripped|bitten|taken|took|came|saw*|snipped|blown off, nearly ~ "
    "off, severed, severing, hanging off, amputated ~ finger|toe|hand|thumb, lost ~ finger|toe|thumb, "
    "finger|fingers|fingertip|thumb|toe|toes|hand|arm|leg|ear ~ off, finger*|thumb*|toe* ~3 "
    "gone|missing|hanging",
    "BODY_PART": "finger, fingers, fingertip, toe, thumb, hand, arm, leg, foot, ear, tip, limb, nose, wrist, scalp",
    "STABBED": "stabbed, stab wound*, been shot, got shot, gun shot, gunshot, shot in, was|were|just ~1 shot ~1 "
    "in|by|himself|herself|myself, impaled, knife ~ stuck|in, bullet in|wound*, knifed",
    "DEEP_CUT": "deep ~1 cut|gash|wound|laceration, huge|massive|big|large|nasty|gaping ~1 gash|cut|wound, cut "
    "~ deep*, cut ~ to the bone, see ~ bone|fat|muscle|tendon, sliced ~ artery|wrist, bone ~ sticking, bone ~ "
    "through, cut ~ artery|vein|throat|neck, chainsaw*, open fracture, sliced through, went ~1 through ~1 "
    "hand|palm|foot|arm|leg|finger, nail|knife|stick|glass ~2 through ~1 hand|palm|foot|arm|leg, through "
    "my|his|her ~1 hand|palm|finger|foot|arm|leg, gash|cut|wound|laceration|down to the bone, right to the bone",
    "NOSEBLEED": "nosebleed*, nose bleed*, nose ~ bleed*, bleed* ~ nose, bloody nose, blood ~ nose, {cannot} ~1 "
    "stop ~2 nosebleed",
    "THINNER": "warfarin, eliquis, apixaban, blood thinner*, bloodthinner*, thinners, xarelto, rivaroxaban, "
    "clopidogrel, plavix, pradaxa, dabigatran, coumadin, anticoagulant*, heparin, edoxaban",
    "PADS": "soak*|fill*|go*|chang*|bleed* ~ pad|pads|tampon*|towel*|sanitary, pad|pads|tampon* "
    "every|an|per|each ~1 hour|minutes|hourly, pads in ~ hour*",
    # --- breathing
    "NO_BREATH": "{cannot} ~1 breathe|breath|breathing|breathing, {cannot} get|take|catch|draw|suck|pull ~3 "
    "breath|air|oxygen|breaths, {cannot} get ~ air ?in, "
    "trouble|difficulty|difficulties|problems|problem|issues|hard_time ~1 breathing|breathe|breath, struggl* ~3 "
    "breath*|air, fight* ~2 breath*|air|breaths, breathing ~ "
    "hard|difficult|laboured|labored|shallow|strange|weird|bad|worse|impossible|struggle|stops|stopping|"
    "stopped|noisy|painful|irregular, "
    "gasp*, {not} enough air|oxygen, no air, suffocat*, stopped|stops|stopping breathing, "
    "isn't|not|hasn't|wasn't|aren't breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally, barely|hardly "
    "breathing|breathes, no breath, {not} ~1 able to breathe, {cannot} ~ full|complete|whole sentence*, only ~ "
    "say|speak|manage ~ word|words, lungs ~ full|closing|filling|tight, can't inhale, breath* ~ noise, worse "
    "breathing, laboured breath*, labored breath*, air hunger, each breath, every breath, agonal, drowning in ~ "
    "fluid, respiratory distress, {not} breathe, breath* #35..99 times, air ~1 {not} ~1 go*|come|coming|get*, "
    "breathing ~1 stopped, {cannot} ~1 breath|breathe, breathing #35..99, breath* ~1 short|whistl*, chest "
    "whistl*, {cannot} get ~3 word|words|sentence out, chest is|keeps whistling|rattling, panting ~2 dog, "
    "{cannot} ~2 fill ~2 lungs, lungs ~2 not|closing|burning|tight, {cannot} ~1 get oxygen, {not} ~1 getting ~2 "
    "air|oxygen|breath, breath* ~2 stop*, fighting to breathe, drowning in, breath* ~1 through a straw, "
    "breathing heavily and, breath* ~2 straw",
    "BREATHLESS": "short* ?of ?on breath, breathless*, breath* ~ fast|quick*|heav*|rapid*|hard|shallow, "
    "fast|rapid|heavy breathing, out of breath, winded, wheez*, panting, puffing, puffed, {cannot} talk|speak, "
    "shortness of breath, {cannot} lie flat, low oxygen, whistling, breathing ~1 heavily|heavy|hard|fast|badly",
    "NOSE": "nose, nostril*, stuffy, blocked up, congest*, sinus*, snor*, runny, sleep apn*, mask, corset, "
    "jeans, dress, cpap, humid*",
    "EXERTION": "stairs, hill, hills, exercise, exercising, running, run, jog*, uphill, upstairs, workout, gym, "
    "training, sport*, fitness, out of shape, unfit, altitude",
    "LIPS": "lip, lips, face, nails, fingernails, nail, fingers, fingertips, skin, mouth, tongue, baby, gone, "
    "turn*, went, going, goes",
    "BLUE": "blue, bluish, grey, gray, purple, greyish, blueish, cyan*, dusky, ashen, dusky, colourless",
    "BLUE_LIPS": "turn*|gone|went|going|goes ~1 blue|bluish|grey|purple, lips ~2 blue|bluish|grey|gray|purple, "
    "blue|bluish|grey|gray|purple lips|face|fingernails|fingers|tongue|baby, "
    "fingernails|nails|face|fingers|skin|tongue|mouth|baby ~2 blue|bluish, lips ~2 dusky|white",
    "CHOKING": "is|'s|am|'m|are|started|starts|was|been|be|keeps ~1 choking, choking on|now|help|right, choked "
    "on ~ and|can't, choke on, choking, went|gone|goes down ~2 wrong, {cannot} ~1 make ~2 sound|noise, wrong "
    "pipe|hole|way",
    "STUCK": "stuck|caught|lodged ~5 throat|windpipe|airway|gullet, lodged ~ throat|windpipe, throat ~ stuck",
    "CANNOT_SPEAK": "{cannot} ~ speak|talk|cough|swallow|breathe|breath|cry, {not} cough|breathe|speak|swallow, "
    "drool*, gag*, turning, panic*, cry",
    "INHALED": "inhaled|aspirated|breathed in ~ "
    "peanut|nut|bead|toy|food|piece|coin|popcorn|smoke|water|button|lego|pen|cap|tooth|grape|sweet",
    "ASTHMA": "asthma ?attack, asthmatic, inhaler, ventolin, albuterol, salbutamol, nebuli*, puffer, copd, "
    "emphysema, puffs, spacer",
    "ASTHMA_BAD": "asthma ~ attack, asthma ~ really|very|severe|worse|so_bad, severe asthma, bad asthma, asthma "
    "~ flar*|terrible|awful",
    "STRIDOR": "pitched|whistling|squeaky|squeak*|crowing|rasping|harsh|raspy|rattling|strange|funny "
    "noise*|sound* ~ breath*|inhale*, stridor, noise*|whistling ~ when ~ breath*, bark* cough ~ breath*, "
    "barking cough ~ noise, making ~ whistling noise",
    "RETRACT": "ribs|rib|skin|chest|throat|neck|tummy|belly ~ suck*|pull*|drawing|cav* ?right in, "
    "suck*|pull*|drawing in ~ ribs|rib|chest|neck|throat|breath, nostrils ~ flar*, nostril ~ flar*, flar* ~ "
    "nostrils, nasal flaring, grunt*",
    "LOW_OXYGEN": "oxygen|sats|sat|spo2|saturation|oximeter|o2 ~3 #50..91, #50..91 ?% ~1 oxygen|sats|spo2|saturation",
    "CLOT": "calf ~ swollen|swelling|swell|painful|red|hot|sore, swollen|painful|sore ~1 calf|leg, leg ~ "
    "swollen|clot, calf, pain* ~ when ~ breathe|breath|inhale, blood clot, dvt, operation, surgery, long "
    "flight, cough* ~ blood",
    "FROTH": "pink|frothy|foamy ~1 froth|phlegm|sputum|foam|spit|mucus, froth*",
    # --- meningitis, sepsis
    "FEVER": "fever*, temperature*, temp, burning up, very hot, boiling, shiver*, chills, so hot, hot to ~ "
    "touch, is hot, 's hot, and hot, hot and, febrile, #38..42.9, #100.4..108, child very hot, really hot, "
    "poorly, feels ~ hot, burning hot, feels hot, very warm, burning ~1 fever, on fire, running a temp*, temp "
    "is|of, high temp, sweats, thermometer, hot "
    "!water|drink*|weather|flush*|day|bath|tea|food|shower|chocolate|tub|dog|sauce|spicy",
    "HIGH_FEVER": "#40..42.9, #104..108",
    "STIFF_NECK": "stiff* ~2 neck, neck ~4 stiff*|rigid, {cannot} ~2 bend|move|touch|tilt|put|flex|turn ~4 "
    "neck|chin|chest, neck ~ won't|can't|hurts|pain* ~ move|bend|touch, move ~2 neck, bend ~2 neck, chin ~ "
    "chest, pain* ~1 neck, neck ~1 pain*, {cannot} ~2 look down, {cannot} ~3 chin, sore neck, neck ~1 "
    "killing|sore|aches|hurts",
    "LIGHT": "light* ~2 hurt*|bother*|pain*|unbearable|too, photophobia, hat*|avoid*|hid*|{cannot} ~3 light, "
    "turn* away from ~1 light, curtains ~ closed|drawn|shut, {not} ~1 want ~ light, {cannot} ~ "
    "stand|bear|tolerate|look ~ light*, sensitiv* ~2 light, bright light*, dark room, dim* ~ light*, away from "
    "~1 light, light is|was|makes ~2 unbearable|worse|hurt*, lights off, sunglasses, blinds|curtains ~2 "
    "down|closed|shut",
    "HEADACHE": "headache*, head ~2 pound*|split*|hurt*|burst*|explod*|killing|throb*, pain in ~ head, head "
    "pain, migraine*, head ache*, terrible head, sore head, head is|feels ~2 explod*|burst*, splitting head, "
    "headaches, blinding|worst|terrible|awful|horrible ~1 head",
    "RASH": "rash*, spots, spot, blotch*, dots, bruise*, bruising, marks, petechia*, purpur*, pinprick*, "
    "patches, speck*, lesions, mottling, red dots",
    "NO_FADE": "{not} ~1 fade*, {not} ~3 glass|tumbler, {not} ~1 disappear* ~2 "
    "glass|tumbler|press*|cup|under|push*, {not} ~1 go away when|if|under, {not} ~1 vanish* ~2 "
    "glass|press*|push*, {not} ~1 blanch*, {not} ~1 go|turn ~1 white|pale, still ?be ?clearly visible ~ "
    "glass|press*, glass ?test ~5 still|visible|stay*|failed|positive|not, stay* ~ press*|glass|tumbler, "
    "non-blanching, nonblanching, {not} go away ~ press*|glass, {not} ~ change ~ press*, visible ~ glass|press*",
    "PURPLE": "purple, pinprick*, pin prick*, like ~1 bruises, blood spots, dark red, petechia*, purpur*, "
    "blotchy, mottled, under ~ skin, bruise*, bruising, tiny red, dark spots, spreading",
    "FADES": "fades ?when|under, fade when|under, goes away when, disappears when, does fade, turns white",
    "MOTTLED": "mottled, blotchy, ice cold|freezing hands|feet, hands ~ cold, cold hands|feet, pale, grey, "
    "gray, blue, clammy, cold and clammy",
    "DROWSY": "drows*, hard to wake, difficult to wake, {cannot} ~ wake, {not} wak*, "
    "very|so|really|too|extremely|unusually ?and ?more sleepy|tired|weak, sleepy, letharg*, floppy, limp, {not} "
    "respond*, unresponsive, {not} rouse, {cannot} keep ~ awake, glazed, sleeps all, sleep* all ~ time, "
    "{cannot} stay awake, listless, out of it, hard to rouse, difficult to rouse, {cannot} rouse, keeps falling "
    "asleep, barely awake, not with it",
    "MENINGITIS": "is|could|might it|this ?be meningitis|sepsis, has|got ?signs ?of meningitis|sepsis, think ~ "
    "meningitis|sepsis",
    # --- suicide
    "SUICIDE": "want*|wanting|wanna|going|gonna|ready|planning|plan|plans to ~1 die, want* to be dead, wanna "
    "die, prefer|rather|like to ~1 be dead, wish ~4 dead|died|gone|disappear|die|born|never_wake|not_wake, wish "
    "i wouldn't wake|wasn't here|weren't here|was never|could die|could disappear, "
    "kill*|harm*|shoot*|hang*|drown*|burn* {self}, hurt*|cut*|cutting {self} ~ "
    "badly|purpose|again|deliberate*|feel|cope|right|really, want* to hurt {self}, hurt {self}, hurting {self}, "
    "been cutting {self}, cuts {self}, cutting {self}, kms, unalive, unaliving, end ?it all, end it, ending it "
    "?all, end*|ending {my} ?own life, take|taking|takes {my} own life, take|taking my|her|his life, suicidal, "
    "about|of|considering|consider|contemplating|contemplat*|attempt*|commit*|planning|plan ~1 suicide, suicide "
    "~1 plan|note|pills, {not} ~1 want ~1 to ~1 live|exist|wake|continue, {not} ~1 want ~1 to be here|alive, "
    "{not} ~1 want ~1 to go on !the|a|my|with|holiday*, {not} ~1 wanna live|be|exist, {not} want* to be here, "
    "no longer want* to live|exist, no longer want* to be here|alive, no|any|see|the reason|point|purpose|sense "
    "~1 ?to ?in|of live|living|going|being|life !is|in, better off ~1 dead, better off without ~1 me, {cannot} "
    "go_on|carry_on|live|keep_going|cope ?like ?with ?this ?any* ?more, {cannot} do|take|bear|stand "
    "this|it|life any*, never wake up, {not} wake up, nobody|noone|one would|will ~1 miss me, nobody|noone|one "
    "would|will ~1 care ~ dead|gone|died|die, jump* off|in_front|from|out ~ "
    "bridge|building|roof|train|balcony|car_park|cliff|window, jump off, painless* ~1 way ~ "
    "die|dead|kill|end|out, way* to ~1 die|kill, how ~ pills|tablets|paracetamol|much ~ die|kill, goodbye "
    "messages|message|letter*|note*|texts|text, pills ~ lined|in front of me|ready|counted, all be over, finish "
    "it, slit* {my} ?own wrist*|throat, cut* {my} ?own wrist*, rope|noose|cord|belt ~ neck, something|tied ~ "
    "neck, thought*|thinking|think|ideas|feelings ~ of|about ~2 "
    "suicide|dying|death|ending|killing|jumping|self|harming, self-harm*, self harm*, life ~1 {not} worth "
    "?living, tired of living|life|being alive, life ~ no sense|point|meaning|worth, {not} worth living, will "
    "to live, give up on life, done with life|living|everything, load* ~ gun ~ head, gun ~ "
    "shoot|head|himself|myself|herself, overdose ~ on purpose, would be easier ~ dead|gone, want it ?all to "
    "end|stop|over, want to disappear, nothing to live for, no reason to live, hopeless ~ go on, "
    "tried|tries|trying|attempt* to kill {self}, suicide attempt, survive ~ myself, be with ~ heaven, sleep ~ "
    "forever, sleep and ~ never, drive ~ off|into ~ bridge|tree|wall, one turn of the wheel, rather ~ dead, "
    "world ~ better ~ without, burden ~ everyone|family, hurt ~ my|the|our baby, harm* ~ my|the|our baby, "
    "killing her|him|my baby, voices ~ kill|hurt|harm|jump, bought|got|have|has|holding ~1 "
    "rope|noose|gun|razor|blade ~ want|to|ready, bought ~1 rope, want* ~2 pain|suffering|everything ~2 "
    "over|stop|end ~1 good|now|forever, i|he|she will|ll|'ll jump, i|he|she will|'ll ~1 kill, "
    "driv*|crash*|steer* ~2 car|van|truck|bike ~1 into|off, why ~1 i|we ~1 keep|go|carry ~1 living|alive, "
    "knife|gun|blade|razor at|to|against|on ~1 wrist|throat|head|neck|arm, do something stupid|terrible "
    "to|with|because, about to do something stupid, world ~2 without me, easier ~3 i|he|she was|were ~1 "
    "gone|dead, nobody|noone|one needs me, hear* voices ~ kill|hurt|harm, hanging {self}, hang {self}, stab* "
    "{self}, shooting {self}, starve {self} to death, drink {self} to death, sleep ~2 and ~1 {not} wake, don't "
    "deserve to live|be alive, can't live ~1 with|like|anymore, no future, ready to die, at peace with dying, "
    "walk|step|lie|jump* ?in ?front|into|onto|on ~1 train|traffic|tracks|track|rails, {not} ~1 "
    "see|have|find|feel ~2 reason|point|purpose|sense ~2 live|living|life|on, life ~1 too painful|hard|much, i "
    "want out, i ~1 should|deserve|ought ~2 die|dead, let me die, deserve to die, just die, leave this world, "
    "{not} be on this earth|world, kill me, someone would kill me, giving away ~3 "
    "things|belongings|possessions, living is|feels pointless, life is|feels|has pointless|meaningless, life "
    "has no, no one would notice ~ gone|dead|died, end my|this|the pain|suffering|misery, hate myself ~ "
    "die|disappear|live|hurt, {not} ~1 can live like this, tired of fighting, am|'m a burden, ready to go ~ "
    "heaven, planning|plan|think*|ways|how ~2 how to die|kill, planning ~2 die|death|suicide, {not} feel ~1 "
    "safe with {self}, {not} safe with|around {self}|myself, goodbye ~1 forever, saying goodbye, "
    "going|gonna|want* to ~1 take|swallow all my|the|his|her ~1 pills|tablets|meds|medication, if i ~1 died|die "
    "~1 nobody|noone|one, if i was|were ~1 dead|gone, nothing matters ~2 anymore, how to die, go to sleep "
    "forever, {not} wanna wake, ending things, end things ~2 tonight|now|today|forever, end ~1 everything, "
    "everyone|they|family|kids|world ~2 be better off, stop existing, cease to exist, {not} exist anymore, hate "
    "being alive, wish|wishing for death, pray* to|for ~2 die|death, {cannot} ~1 see a|any|the|no "
    "way|future|light|point|reason, no way out, no hope ~1 left, want to ~2 sleep forever, cut* ~1 my "
    "arms|wrists|legs|thighs|skin, relapsed ~3 self|cutting, self injur*, urge* to ~1 "
    "hurt|harm|cut|kill|die|jump, cutting again, overdose tonight|again|on purpose, drink bleach ~ die|end, "
    "plan to take my, going to hurt {self}, want* to hurt|harm|kill someone|people|him|her|my, i have lost ~2 "
    "will, lost the will, {not} worth it anymore, if i died|die|disappeared nobody|noone|one|no, want* ~2 out "
    "of ~1 this life|world, out of this life, written|wrote ~3 goodbye|farewell ~1 letters|letter|note|notes, "
    "a|my plan and ~4 letters|letter|note|notes, wish ~2 wouldn't wake|exist|be here, wish i never, wish ~2 "
    "never wake*|woke, have a plan ~2 to die|end|kill, rather ~2 not wake|be alive, cares ~1 if i ~1 live|die, "
    "care ~1 if|whether i ~1 live|die, shot|stabbed|hanged|hung|poisoned|cut {self}",
    "SUICIDE_METHOD": "painless* ~1 way ~ die|dead|kill|end, easiest|best|quickest|quick|easy|fastest way to ~1 "
    "die|kill|end, how ~ pills|tablets|paracetamol|insulin|much ~ to ~1 die|kill, how ~1 kill {self}, how ~1 "
    "end my life, how ~ to kill {self}, why should|must i ~1 live|living|alive|exist, why ~1 keep|go|carry ~1 "
    "living, ways to ~1 die|kill, how long ~ hang|hanging|bleed to die|death, die|kill* ~2 from|of|with|by|on "
    "~2 #8..999 ~2 pill|pills|tablets|paracetamol|tylenol|capsules|aspirin|ibuprofen, many|much ~4 to ~1 "
    "die|kill",
    # --- pregnancy
    "PREGNANT": "pregnan*, gestation, expecting, trimester, #4..42 ?and ~1 weeks|wks|week|wk "
    "gone|along|pregnant|gestation, 'm|'s|at|is|am|now #4..42 weeks|wks|week|wk !old|post|ago|since, #13..42 "
    "weeks|wks|week !old|post|ago|since|of, months gone|along|pregnant, positive ?pregnancy test, due date, due "
    "~1 in ~ weeks, due ~ weeks, {not} due, isn't due, in labour, in labor, contraction*, baby bump, bump, "
    "unborn, water* broke*, midwife, foetal, fetal, fetus, foetus, due next|this|any|in ~1 "
    "month|week|day|weeks, losing my|the|our baby, trimester, antenatal, bump, first pregnancy, in my|her "
    "pregnancy",
    "POSTPARTUM": "gave birth, given birth, giving birth, had|having|delivered ~2 baby, c-section, c section, "
    "caesarean, cesarean, postpartum, post partum, postnatal, delivered, since ~ baby ~ born|came|arrived, "
    "miscarriage, abortion, days|weeks after ~ birth|delivery, my|her delivery, after "
    "delivery|giving|birth|labour",
    "NOT_MOVING": "{not} ~2 fel* ~4 move|moving|kick|kicks|kicking|movement*|moves, baby|she|he|bump|fetus ~1 "
    "{not} ~1 mov*|kick*, baby ~ quiet|still|stopped|moving_less|kicking_less, no ~1 "
    "kicks|movement|movements|kick|kicking, kicks ~ stop*|gone|less, stop* moving|kicking, moving ~1 less, less "
    "~1 movement*|kicks|active, reduced ~1 movement*, fewer kicks|movements, move* ~ much less|since, movement* "
    "~ stopped|slowed|reduced|less, baby's ~ stopped, {not} mov* ~ today|all|since, last felt ~ move|kick, "
    "baby|bump ~ quiet|quieter|still|stopped, stopped moving|kicking, no movement*, moves|kicks|moving "
    "less|weaker, haven't|not felt ~ kick|move|baby|anything, baby|movement ~2 slow*|less|reduced|changed, "
    "{not} ~1 stirred|budged|wriggled|moved|kicked, bump ~3 {not}",
    "P_BLEED": "bleed*, bled, blood "
    "!pressure*|level*|test*|sugar*|type|count*|group|thinner*|work|clot*|vessel*|cell*|flow|supply|glucose, "
    "clots, gush*, haemorrh*, hemorrh*, losing my|the|our baby, bright red",
    "GUMS": "gum, gums, brush, brushing, nose, nosebleed*, piles, haemorrhoid*, hemorrhoid*, blood pressure, "
    "blood test*, blood type, blood group, blood sugar, blood clot*",
    "LIGHTS": "flash* ~1 light*, see* ~1 stars|spots|lights|flashes|floaters, blur*, {cannot} see, vision, "
    "sparkl*, zigzag*, swollen ~ face|hands, face|hands ~ swollen|swell*|puff*, swelling ~ face|hands, pain ~ "
    "ribs|rib, under ~ ribs, double, upper right, vomiting",
    "HIGH_BP": "#150..299 over|/|on #90..199, blood pressure ~ sky*|very|really high, blood pressure ~ #160..250",
    "WATERS": "water|waters|membranes ~1 broke*|broken|gone|leak*|burst|ruptured, leak* ~2 fluid|water|liquid, "
    "gush ~ fluid|water, fluid ~ leak*|coming out|green|brown, water* ~ green|brown|bloody, water|waters brake, "
    "fluid leak*|gush*|dripping, leaking ~2 fluid|water|liquid|clear, fluid ~2 coming, my waters|water went|go",
    "BIRTH_NOW": "cord ~ out|coming|hanging|showing, see|feel ~ cord, head ~ coming|out|crowning|showing, "
    "crowning, baby ~1 is|'s coming ?out|now|right, about to give birth, going to give birth, pushing, baby "
    "coming, giving birth right|now|at|in, foot|feet|leg ~ coming out, placenta ~ {not} come|out|stuck",
    "BELLY": "belly, tummy, abdom*, stomach, womb, uterus, one side, pelvi*, down below, shoulder*, low down, "
    "left side, right side, groin, lower ~ pain, ribs",
    "STRONG_PAIN": "severe* ~1 pain*|cramp*|ache, "
    "sharp|stabbing|terrible|awful|intense|excruciating|agonising|agonizing|unbearable|bad|worst|strong|"
    "horrible|constant|really "
    "~1 pain*|cramp*|painful|hurts|ache, rock hard, board, agony, shoulder ~ pain|hurt*|hurts|ache*, doubled "
    "over, tearing, really ~ painful, very painful, so painful, pain ~ severe|unbearable|bad|worse, cramp* ~2 "
    "bad|severe|strong|terrible|awful, bad cramps, terrible ~1 pain, stabbing ~2 pain, pain* ~2 one side",
    "CONTRACTION": "contraction*, labor pains, labour pains, in labour, in labor",
    "OFTEN": "every ~ min*, min* apart, preterm, premature, early, #20..36 weeks|wks|week|wk, close together, regular*",
    "HURT": "fell, fall, fallen, car accident, crash, hit, kicked, punched, accident, slipped, tripped, pushed, "
    "accident, was hit, hit ~2 belly|stomach|bump",
    "INFECTION": "fever*, chills, temperature, smells ?bad|awful, smelly, foul, shiver*, pus, hot, discharge ~ "
    "smell*, #38..41",
    "P_ALARM": "fit, seizure*, convuls*, faint*, passed out, collaps*, unconscious, chest ~ pain*|hurt*|tight*, "
    "breath*, heart ~ racing, calf, confus*, {cannot} breathe, fits, seizing, chest pain*, itching ~ "
    "hands|feet, vision, faints, fainted",
    # --- infants
    "INFANT": "baby, babies, newborn*, new born, infant, neonate, bub, little one, toddler, month-old, "
    "months-old, week-old, day-old, #0..23|few|couple day|days|week|weeks|wk|wks|month|months|mo|mth|mths old, "
    "#0..12 wk|wks|mo|mos, breastfed, breastfeed*, preemie, twins, yr old, #1..2 year|yr|years old, #0..23 m|w "
    "old, in {my} cot|crib, daughter|son|boy|girl|child|niece|nephew|grandson|granddaughter ?is|'s #0..23 "
    "months|weeks|days|month|week, baby|infant|newborn #0..23 months|weeks|days",
    "YOUNG": "newborn*, new born, neonate, #0..13|few week|weeks|wk|wks ?old !pregnant|gone|along|ago, #0..90 "
    "day|days old, #1..3 month|months|mo|mth|mths old, #0..13 w old, born yesterday|last week|days ago, two "
    "days old, days old",
    "FLOPPY": "floppy, limp, lifeless, unresponsive, {not} respond*, rag doll, like a rag, hard to wake, "
    "difficult to wake, {cannot} ~3 wake, {not} ~1 wak* ?up, {not} rouse, glazed, eyes ~2 roll*, rolled back, "
    "rolling back, blue, {not} react*, seizure*, convuls*, fit, fits, jerk*, twitch*, stiff and, stopped "
    "breathing, stops breathing, {not} breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally, apn*, "
    "mottled, passed out, went stiff, lips ~ grey|gray, too weak, {cannot} lift ~ head, grunt*, barely moving, "
    "{not} moving, no energy, limp, went pale|blue|grey, pale and, turns blue, pauses ~2 breath*, breath* ~2 "
    "paus*, lifeless, hard to rouse, difficult to rouse, {cannot} rouse, barely responsive, barely awake",
    "SLEEPY": "very|so|really|too|extremely|unusually|more|always ?and ?than ?usual ?now "
    "sleepy|tired|drowsy|weak|letharg*|quiet, letharg*, drows*, sleep* all ~ time|day, {not} wak*, hard to "
    "wake, listless, sleepy, {cannot} keep ~ awake, sleep* ~2 whole|entire day|time|night, sleep* ~2 whole|all "
    "~1 day|night",
    "NO_FEED": "{not} ~2 feed*|nurse|nursing|eat|eating|drink|drinking|suck|sucking|latch*|bottle|milk|breast, "
    "refus* ~2 feed*|milk|bottle|breast|eat|drink|fluids|nurse|all, {not} interested ~ "
    "bottle|feed*|milk|breast, {not} ~ take|taking ~ bottle|milk|feed*|breast|fluids, off ~ feeds|milk, poor "
    "feeding, feeding poorly, {not} interested in ~2 feed*|milk|eating|bottle, won't latch|eat|feed, {not} "
    "wake* ~2 feed*|eat|drink, {not} ~1 fed ~1 since|for|all|today, {not} ~1 eaten|drunk|fed|nursed ~ "
    "since|all|today|hours",
    "NOT_WET": "{not} ~2 wet ~1 nappy|nappies|diaper*, dry nappy|nappies|diaper*, {not} ~1 "
    "peed|pee|wee|weed|urinated|passed|wet ~ hour*|since|today|all, {not} wet ~ hours, no tears, dry mouth, "
    "sunken ~2, eyes sunken, dehydrat*, no urine, no pee|wee, nappy|diaper ~ dry, last ~1 wet ~1 nappy|diaper ~ "
    "yesterday|hours|night|ago",
    "SOFT_SPOT": "soft spot ~6 bulg*|sunken|swollen|sinking|tense|raised|sunk, fontanel* ~ "
    "bulg*|sunken|swollen|tense|sunk, bulging|sunken|swollen|sunk ~1 soft spot|fontanel*",
    "GREEN_VOMIT": "vomit*|sick|throw*|threw|puk*|spit* ~3 green|bile|blood, green ~2 "
    "vomit*|sick|bile|spit|spew, bilious, projectile*",
    "STRANGE_CRY": "pitched|shrill|weak|strange|odd|piercing|moaning|whimper* ~1 cry*|scream*|cries, moaning, "
    "{not} stop ~ cry*|scream*, {cannot} stop ~ cry*, inconsolabl*, scream*",
    "BLOODY_STOOL": "jelly ~ nappy|diaper|poo|stool*|poop, blood* ~3 nappy|nappies|diaper*|poo|poop|stool*, "
    "redcurrant, red currant, jelly-like, drawing|pulling ~ knees|legs, bloody ~ "
    "stool*|poo*|diarr*|diaper|nappy",
    "DROPPED": "dropped ~3 baby|head|him|her|newborn, fell off|from|out|down|onto, hit|banged|bumped ~2 head, "
    "fell ~ head|floor, rolled off",
    "SHAKEN": "shook|shaken ~1 baby|him|her|newborn|son|daughter !syndrome|hand*|up, shook my",
    "SICK": "vomit*, sick, throw* up, threw up, puk*, drows*, sleepy, floppy, limp, {not} wak*, unconscious, "
    "dent, seizure, seizure*, confus*, knocked out",
    "YELLOW": "yellow, jaundice*",
    "COLD_BODY": "feels cold, is cold, cold to ~ touch, very cold, so cold, freezing, low temperature, #33..35.9",
    # --- unconscious, injuries
    "OUT_COLD": "unconscious*, unresponsive*, {not} ~1 responding|responsive, {not} ~1 respond to|when, "
    "{cannot} ~3 wake|rouse|waken, {not} ~2 wake|waking, {not} ~1 come|coming ?back round|around|to, {not} come "
    "to, collaps*, no pulse, {not} find ~1 pulse, without ~ pulse, dropped to ~ floor|ground, lifeless*, passed "
    "out, pass out, blacked out, out cold, keeled over, {not} ~1 answering ?me|us, {not} ~1 answer "
    "me|us|when|him|her|anymore, {not} move* ?at ?all, has fainted, just fainted, 's fainted, fainted and, fell "
    "unconscious, in a coma, slumped, lost ~1 consciousness, losing consciousness, loses consciousness, knocked "
    "out, cold and won't, heart ~1 stopped beating, lying|found|laying|floor|ground|street ~6 {not} "
    "moving|move, {not} conscious, found ~4 on the floor, {not} breathing "
    "!fast|quick*|heav*|rapid*|well|ok|okay|normally, {not} ~1 opening|open ~1 eyes, blacked out, {not} come "
    "back ?to, {not} ~1 react* to|when|at, {not} ~1 respond* to",
    "WAKE": "{not} ~2 wake|waking, {not} ~1 come|coming ?back round|around|to, {cannot} ~3 wake|rouse|waken, "
    "{not} waking, unconscious*, unresponsive*, {not} ~1 respond*|answer*|react*, no pulse, lifeless*, out "
    "cold, barely breathing, {not} breathing, blue",
    "SEIZURE": "having ~2 seizure*|fit|fits|convulsion*, just|has|'s|have|'ve|'d ~1 had ~2 "
    "seizure*|fit|fits|convulsion*, in ~1 middle of ~1 seizure|fit, another seizure|fit, seizing, convulsing, "
    "convulsed, seizure* ~3 now|ago|still|lasting|longer|{not} stop*, had ~3 "
    "seizure|fit|fits|seizures|convulsion ~4 {hours}|ago|today|now|still|yesterday|not, jerking ~ "
    "all|over|uncontroll*, shaking ~ all|over|uncontroll*|violently, eyes ~2 roll*, status epilepticus, foaming "
    "at, foam* ~ mouth, fitting !room|in|well, he|she|baby ~3 jerk*|twitch*|shak* ~2 "
    "eyes|stiff|unresponsive|blue, went ~1 stiff and|then, stiff ~2 jerk*, is|'s|keeps ~1 seizing|convulsing",
    "HEAD_INJURY": "hit|hits|banged|bumped|knocked|smacked|cracked|struck|bashed|injured|whacked ~3 head, head "
    "injury, fell ~4 head, landed on ~1 head, head ~ hit|kick*|concrete|pavement, blow to ~ head, concuss*, "
    "fell off|from|down, after ~1 fall|crash|falling|hitting, had ~1 fall, pupil|pupils ~3 "
    "bigger|unequal|different|dilated|blown|size",
    "HEAD_ALARM": "knocked out, sick, vomit*, throw* up, threw up, confus*, drows*, sleepy, {not} remember, "
    "memory, blood thinner*, warfarin, apixaban, eliquis, unconscious, worst|bad|terrible|worse headache, "
    "blurr*, double, slur*, clear fluid, fluid ~ nose|ear*, pupil*, seizure*, {not} wak*, passed out, weird, "
    "strange, unequal, weak, lost consciousness",
    "ELECTRIC": "electric* shock*, electrocut*, lightning, shock from ~ socket|oven|outlet|wire|plug",
    "CRASH": "hit by ~1 car|truck|bus|train|van|motorbike|motorcycle|tram|bike, run over by, ran over by, "
    "leg|arm|bone|ankle|wrist ~2 bent ~1 wrong|backwards, bone ~1 sticking|poking|out|showing, crushed "
    "by|under, trapped under|in ~1 car|machine|rubble, fell ~2 from ~2 "
    "roof|ladder|window|balcony|floor|building|storey|story|height, neck ~1 broken, broken neck|back",
    "BURN": "boiling|scald*|hot ~ water|tea|oil|coffee|soup ~ over|all|on|face|chest|arm*, burn* ~ "
    "face|chest|large|huge|all|hands, skin ~ coming off|peeling|hanging|white|charred, scald*, severe burn*, on "
    "fire, caught fire, third degree, burns",
    "BURN_BAD": "skin ~ coming off|peeling|hanging|white|charred, face, chest, all over, large, huge, toddler*, "
    "baby, boiling, severe, badly, on fire, caught fire, third, blister*, deep",
    "DROWN": "drown*, pulled ~ out of ~2 pool|water|bath|pond|lake|sea|river, under ~1 water, face down ~ "
    "water|pool|bath, went under, swallowed ~ water, pulled|rescued|dragged|saved ~1 from ~2 "
    "pool|lake|sea|river|pond|water|canal|bath",
    "WATER_ALARM": "cough*, sleepy, breath*, blue, unconscious, vomit*, drows*, {not} wak*, unresponsive, "
    "foam*, pulled, foam*, froth*, pulled, blue",
    "HEAT": "heat, sun, hot car, sauna, heatstroke, heat stroke, marathon, hot day, left in ~ car",
    "HEAT_ALARM": "nonsense, confus*, {not} sweat*, stop* sweat*, #40..42.9, #104..108, collaps*, unconscious, "
    "vomit*, seizure*, passed out, {not} respond*, delirious, slur*",
    "SUGAR": "blood sugar*|glucose|sugar|sugars|bm|cgm ~3 #18..40|#250..999, ketone*, dka, sugar ~ high|hi",
    "SUGAR_ALARM": "vomit*, drows*, sleepy, breath* ~ fast|deep|hard, confus*, throw* up, fruity, {not} wak*, "
    "stomach, sick, letharg*",
    "DIABETIC": "diabet*, hypo, insulin, low sugar, low blood sugar, hypogly*, blood sugar ~3 #1..3.2|#15..50",
    "VERTEBRA": "{cannot} feel|move ~2 legs, {not} feel ~2 legs, paraly*, numb ~ legs|groin|saddle, {cannot} "
    "pee|control ~ bladder",
    "NECK_INJURY": "car crash|accident|wreck, dived|diving, fell from ~ height|roof|ladder|tree|horse, thrown "
    "from, motorcycle|motorbike crash|accident",
    "VERY_SICK": "need ~ ambulance, call ~ ambulance, dying right now, think ~1 dying, feel* ~ going to die, "
    "this is an emergency, call 911|999|112, about to die right now",
}
