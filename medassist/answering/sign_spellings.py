"""How words of signs are misspelt: what slips are mended to, and what looks like a slip but is another word."""

# What a misspelt word may have been meant for.
_MENDED = """
numbness numb weakness paralysed paralyzed paralysis tingling slurring slurred speech drooping drooped droopy
lopsided breathe breathing breath breathless wheezing vomiting vomited bleeding haemorrhage hemorrhage unconscious
unresponsive seizure seizures convulsion convulsions suicide suicidal overdose overdosed swelling swollen allergic
allergy anaphylaxis anaphylactic meningitis pregnant pregnancy contractions confused confusion headache temperature
fever swallowed poison poisoned poisoning suffocating choking collapsed fainted dizziness dizzy sweating pressure
squeezing crushing tightness stroke chest throat tongue heart attack purple bruises paracetamol ibuprofen
acetaminophen medication tablets nauseous nausea bleach stabbed gasping suddenly floppy lethargic newborn fontanelle
jaundice hallucinating electrocuted palpitations caesarean asthma inhaler diabetic insulin antibiotic penicillin
antifreeze detergent mushrooms battery swallowing whistling blurred vision double kidney shoulder shoulders
tightening crooked responding breastfeeding nappies diaper toddler daughter husband mother father brother sister
boyfriend girlfriend grandmother grandfather pavement stopped stopping surgery warfarin trouble difficulty
struggling medicine stomach pregnancies killing myself himself herself yesterday morning severe
"""
MENDED = frozenset(_MENDED.split())

# Words of the language that are near one of these, most frequent first.
_LEFT_ALONE = """
beach strike threat conclusion pleasure prison conclusions medicare wrestling starring cheat respondent chess
brussels gather overcome spelling breeding meditation breach crest cooked prisoner dwelling mediation confusing
dedication stepped confined laughter lever feather stripping mushroom tickling sidney stealing rushing farther
stripped stoke sweeping draper medicinal topped feathers breadth mister confession stirring blending shelving
milling tabletop swapping stamping mourning batter sinister shilling fainter corning confuse hearth leach topping
slipping stopper wreath sloppy poisson breaches battered smuggling strobe temperate sitter revere cushing insulting
contradictions meditations tainted confessed swearing kinney smother poignant severn deterrent strapped divergent
hearst shopped kipling insuring stoppers steaming breached lizzy husbandry tabbed grasping seedling sever chopping
spurred snapping mather bruised doubly strapping swirling bitterly lightening shearing allergen collusion batters
compulsion rouble spilling spellings mingling crouching sneaking scalloped slapping resounding snooping sparring
blurring dietetic stomping collared morphing brothel sneezing bruise collated crunching concussion breaching
stalling diabolic shelling dialectic buttery diuretic deferment confuses skilling whirling strode cloaking dipper
spinster brothels doable allergenic smelting twinkling doublet cattery kindling ringling suffocation tightens lather
overjoyed fatter clashing overused strove weariness hallucination confided slurping pyrolysis confucian overdone
waistline fizzy stomped conjured blurted stooped cather slugging befriend dianetics tightest peart faintest stooping
contraption droop scooping herat stapling bleeping slumping squealing spurring strangling gassing bruiser virion
severs scurrying caesarea tilling feathery paralytic chert snuggling stoppard deterrents wallowing convulsive
berthing overtone crusading swooping coking contraptions squeaking tinkling toggling chucking chunking shudders
shrugging schelling poignancy bleating penicillium tabletops gnashing compulsions doublets medicate chomping
shouldst sifter whelping inulin scurried batterer spurting rescinding whizzing whisking tangling allergist spearing
scabbed stubbed contusion severest medicating chalking mooning swilling tizzy concussions mushroomed straggling ditzy
berating resending crookes swerving broaching sculling wayfaring contusions jingling sinter breading
"""
LEFT_ALONE = frozenset(_LEFT_ALONE.split())

# Slips in words too short to be mended by distance, and possessives without an apostrophe.
SLIPS = {
    "brethe": "breathe",
    "breth": "breath",
    "breathe": "breathe",
    "pian": "pain",
    "pians": "pains",
    "chset": "chest",
    "tounge": "tongue",
    "suacide": "suicide",
    "blud": "blood",
    "bleding": "bleeding",
    "hart": "heart",
    "atack": "attack",
    "stoped": "stopped",
    "siezure": "seizure",
    "num": "numb",
    "fase": "face",
    "babys": "baby",
    "wifes": "wife",
    "husbands": "husband",
    "mums": "mum",
    "moms": "mom",
    "dads": "dad",
    "nans": "nan",
    "fathers": "father",
    "mothers": "mother",
    "alot": "lots",
    "accidently": "accidentally",
    "strok": "stroke",
    "throte": "throat",
    "tung": "tongue",
    "preg": "pregnant",
    "pregs": "pregnant",
    "rigth": "right",
    "lefft": "left",
    "wich": "which",
    "becos": "because",
    "coz": "because",
    "cuz": "because",
    "bcoz": "because",
}
