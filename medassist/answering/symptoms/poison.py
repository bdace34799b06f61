"""Poisons, medicines, and how they get into somebody."""

WORDS = """
INGESTED: swallowed, swallows, swallow some|a|something, swallowing, ate, eaten, eats, drank, drunk, drinks, took,
    taken, licked, licking, bit into, bitten into, got into, got hold of, got at, ingest*, chewed, chewing, sniffed,
    inhaled, injected, snorted, gave, given, consumed, sipped, a sip of, gulped, downed, necked, popped, mouthful of,
    sucking on, sucked on, eating, drinking, found ~ eating|chewing|with, put ~ in ~ mouth, drink some|a, eat some|a,
    overdosed, smoked, vaped, have|has|had ~1 had, swallow ~1 bleach|poison|batter*|magnet*, munched, nibbled,
    helped {self} to, drunken, ingested, 've|'s|'d ~1 had, swallow|ate|took ~1 handful, have taken,
    swallow*|drank|ate|licked ~1 some, took a|some, got ~2 in|into ~2 mouth, swig*, necking,
    had ~2 sip|gulp|mouthful|swig, washed down|it|them
CHEMICAL: bleach*, antifreeze, anti-freeze, anti freeze, detergent*,
    dishwasher|laundry|washing|tide|dishwashing ?machine tablet|tablets|pod|pods|capsule|capsules|liquid|powder|salt|
        gel|pac*,
    cleaner*, cleaning ~1 product*|fluid|liquid|spray|stuff, drain unblocker|opener|cleaner,
    rat|mouse|ant|slug poison|bait|pellets|killer, poison*, pesticide*, weedkiller, weed killer, weed-killer,
    insecticide*, herbicide, bug spray, petrol, gasoline, diesel, kerosene, paraffin, paint thinner|remover|stripper,
    thinner*, turpentine, turps, white spirit, methylated spirit*, lamp oil, lighter fluid,
    nail ?polish|varnish ?polish remover, nail polish, acetone, ammonia, hand sanit*, sanitizer, sanitiser, perfume,
    aftershave, vape*, e-liquid, eliquid, nicotine, battery, batteries, magnet, magnets, super glue, superglue,
    nightshade, foxglove*, laburnum, yew, oleander, hemlock, lily of the valley, essential oil*, eucalyptus oil,
    tea tree oil, moth ball*, mothball*, methanol, descaler, acid, lye, caustic*, fabric softener, disinfectant*,
    dettol, lysol, pool chemical*, chlorine, rubbing alcohol, surgical spirit, screenwash, screen wash, brake fluid,
    engine oil, motor oil, fertili*, mercury, arsenic, cyanide, washing up liquid, toilet block, fairy liquid,
    washing-up liquid, glow stick, water beads, fireworks, matches, hair dye, cigarette, cigarettes, mistletoe,
    dumb cane, toadstool*, windshield|windscreen|screen ?washer ?wash fluid,
    washer|wiper|lighter|transmission|hydraulic|cleaning fluid, solvent*, chemical*, varnish, paint, plant food,
    washer, unlabelled|unlabeled|unknown|unmarked ~1 bottle|liquid|substance|fluid|powder,
    toilet|oven|drain|sink|floor|glass|window|bathroom|kitchen|pool|carpet|shower ~1 cleaner|stuff|liquid|block|gel|
        cleaning|unblocker|tablet*|fluid,
    weeds, weed ~1 stuff|spray, slug|snail pellets, battery acid, white spirits, plant feed
WILD: berries ~ garden|hedge|bush|woods|park|think|unknown|red|tree, berry ~ bush|garden|hedge,
    unknown|wild|strange|picked|foraged|poisonous|death mushroom*|berries|plant|plants|berry|cap,
    mushroom* ~ garden|lawn|woods|picked|forest, picked|foraged ~ mushroom*,
    leaf|leaves|flower|flowers|seeds|bulb ~ plant|garden|from, wrong|bad|wild|poisonous ~1 mushroom*|berries|plant,
    daffodil*, wisteria, philodendron, hydrangea, azalea*, rhododendron*, ragwort, hogweed,
    red|black|orange|little berries, conker*, acorn*, toadstool
MANY: too many, too much,
    whole|full|entire|half ?a|the bottle|pack|packet|box|strip|sheet|blister|pot|tub|jar|week*|months,
    whole|entire ~1 tablets|pills|supply,
    bottle|pack|packet|box|strip|pot|tub|handful*|fistful|bunch|load|loads|lot|lots|dozens|tons|couple ~ packs of,
    loads, a lot, all ~2 pills|tablets|medicine|medication|meds|capsules, every pill|tablet,
    double|triple|twice|three|ten|#3..100 ?times ?the ?a ?normal ?usual ?right ?recommended dose|amount|dosage,
    double the, twice the, ten times, more ~ than ~ should|meant|supposed|prescribed|told|allowed, several,
    about|around|like|maybe|nearly|over|at least #10..999,
    #8..999 ~2 pill|pills|tablets|tabs|capsules|paracetamol*|tylenol*|ibuprofen|aspirin*|gummies|painkillers|sleeping|
        aspirins|acetaminophen,
    in one go, all at once, week's, wrong dose, extra, all of, all my|his|her|their
DRUG: pill*, tablet*, tabs, capsule*, medicine*, medication*, meds, paracetamol, acetaminophen, tylenol, panadol,
    ibuprofen, nurofen, advil, aspirin*, xanax, codeine, co-codamol, cocodamol, tramadol, oxycodone, oxycontin,
    percocet, vicodin, morphine, fentanyl, heroin, cocaine, meth, mdma, ecstasy, ketamine, insulin, metformin,
    antidepressant*, sertraline, fluoxetine, citalopram, venlafaxine, prozac, amitriptyline, digoxin, warfarin,
    beta blocker*, propranolol, amlodipine, iron, benadryl, diphenhydramine, calpol, zopiclone, ambien, zolpidem,
    valium, diazepam, lorazepam, clonazepam, klonopin, temazepam, gummies, gummy, edible*, weed, lithium, quetiapine,
    seroquel, methadone, suboxone, painkillers, pain killers, sleeping, sleepers, opioid*, opiate*, dose, ritalin,
    adderall, melatonin, vitamins, thyroid, levothyroxine, gliclazide, glipizide, contraceptive, tablets, steroids,
    gabapentin, pregabalin, lsd, mushrooms, ghb, spice, blood pressure, heart, cough syrup, cold medicine,
    blood thinner*, blister pack|packs, pill box, tablet box
CHILD_INGESTED: swallowed, swallow some, ate, eaten, got into, got hold of, got at, chewed, chewing, eating,
    found ~ eating|chewing|with, sucked on, munched, drank, helped {self} to, opened, put ~ in ~ mouth, licked,
    in ~2 mouth
OVERDOSE: overdosed, overdosing, od'd, od'ing, odd on, took|taken|taking|having|had ~1 overdose, is ~1 overdose,
    overdose i|we think, think ~ overdose, overdose on ~ help|now, accidental overdose, double dosed, double-dosed,
    possible overdose, has ~1 poisoned, have ~1 poisoned, been poisoned, poisoned {self}, food poison*,
    drink ~2 spiked, been|got|was drugged, spiked ~2 drink, took|taken|had ~1 too much|many,
    drug overdose ~2 now|help, od on, given ~2 too much|many, gave ~3 too much|many, double dose,
    took|given|gave|taken ~2 wrong medication|medicine|pill|pills|tablets|dose,
    had|have|taken|took|swallowed ~2 #9..999 ~2 pill|pills|tablets|tabs|capsules|paracetamol|tylenol|ibuprofen|
        aspirin|painkillers|aspirins|panadol|advil|nurofen,
    pills|tablets|capsules|medicine in {my} ~1 mouth|hand|fist,
    has|had|took|taken|given|gave|swallowed ~1 double|twice|triple ~3 tablet|tablets|pills|dose|medicine|meds|
        medication|insulin|warfarin|digoxin,
    swallowed|took|taken|eaten everything ~2 cabinet|cupboard,
    had|have|taken|took|swallowed ~2 #9..999 ~2 panadol*|nurofen*|advil*|codeine*,
    instead of #0..999 ml|mg|drops|units|mls
BY_MISTAKE: by mistake, by accident, accident*, thinking ~ were|was, thought ~ were|was, instead of, wrong, mistook,
    mistaken, mixed up, twice, confused them, turns|turned out to be
CHILD: toddler, baby, infant, son, daughter, kid, kids, child, children, little one, little boy|girl, grandson,
    granddaughter, grandchild*, nephew, niece, #1..8 ?and ?a ?half year|yr|years|yrs|month|months old,
    #1..8 yo|yrs|yr, boy, girl, twin*, brother, sister, preschooler, crawling
EMPTY: bottle ~1 empty, empty bottle|packet|pack|blister*|strip*|pill, don't know how many, pills missing,
    missing pills|tablets, foaming, drooling,
    empty ~3 strip|strips|packet|bottle|blister*|box|pack|tub|foil|foils|sleeve*|wrapper*,
    strip|packet|bottle|box|tub ~2 empty|gone
CO: carbon monoxide ~ alarm|detector|alert, co alarm|detector ~ going|beep*|sound*|off, carbon monoxide, gas leak,
    smell ~ gas, smell gas, boiler, generator, barbecue|bbq|charcoal ~ inside|indoors|tent|garage, exhaust, fumes,
    gas smell*, smell* ~2 gas, monoxide
CO_SIGN: going off, beeping, sounding, headache*, dizz*, sick, drowsy, sleepy, faint*, confus*, vomit*, throwing up,
    passed out, nause*, splitting|pounding|sore|thick heads|head, weak, unwell,
    head ~2 hurts|aches|pounding|thick|sore, alarm ~4 screaming|ringing|going|off|beep*|on
MIXED: mixed ~ bleach|ammonia|cleaner*|chemicals|cleaning, bleach and|with ~ ammonia|vinegar|cleaner|acid,
    toxic|bleach|chlorine|chemical|paint|ammonia fumes|gas|vapour|vapor|cloud,
    breathed in|inhaled|breathing in ~ fumes|gas|chlorine|smoke|chemical*|spray|ammonia|bleach|solvent*|butane|glue|
        aerosol,
    smoke inhalation, chemical ~ splash* ~ eye*, bleach ~ eye*|eyes,
    splashed|sprayed|soaked|covered ~ pesticide|chemical*|acid|bleach|insecticide,
    sprayed|splashed|got ~5 in|into ~1 eye|eyes, spray ~2 eyes,
    weedkiller|pesticide|insecticide ~2 on|over|in ~2 hands|skin|eyes|face
SYMPTOM: cough*, burn*, chest, breath*, dizz*, sick, vomit*, headache*, drool*, sweat*, pupils, faint*, eyes, hurt*,
    pain*, seeing things, racing, twitch*, sore, red, throat
DRINK_DRUG: heroin, fentanyl, xanax, opioid*, vodka, alcohol, drank, drunk, drinking, pills, drugs, ketamine, meth,
    mdma, ecstasy, ghb, methadone, codeine, overdos*, tablets, oxy*, spice, cocaine, medication, injected, too much,
    too many, a bender, line|lines of, gear, benzos, lean
VENOM: bitten by ~ snake|adder|viper|rattlesnake|cobra|copperhead|widow|recluse|python|mamba, snake ~ bit*, snakebite,
    snake bite, scorpion ~ stung|sting, stung by ~ scorpion|jellyfish, rattlesnake|adder|viper ~ bit*, widow ~1 bit*,
    bit* by ~ widow|tarantula, snake*|adder|viper ~1 bit*,
    bit|bitten|struck|nipped|fanged ~3 snake|adder|viper|rattler|rattlesnake|cobra|copperhead|mamba|scorpion|widow|
        recluse,
    snake|adder|viper|rattler|rattlesnake|cobra|copperhead|mamba|scorpion|widow|recluse ~3 bit|bitten|bite|stung|got|
        struck|sting|fang*,
    stung ~3 scorpion|jellyfish|stingray|lionfish|weever|box
FOUND: found, got|gets|getting|went ~1 into|hold|at|hands|to, opened, climbed, grabbed, reached, playing|played with,
    sat|sitting|sits ~1 with|under|by|next|beside, chewed, handbag, cupboard, cabinet, drawer, purse, fist,
    discovered, caught
MISSING: missing, gone, short by|of, fewer, count ~2 off|short|wrong, empty, scattered, spilled|spilt, half empty,
    some|few|two|three|four|five|half|#1..99 ~1 gone|missing|less, left, open, holes
HAND_MOUTH: in|round|around|on|over|down|from ~2 mouth|lips|chin|fist|face|tongue|teeth|fingers|breath,
    mouth|chin|lips|tongue|teeth ~2 blue|white|green|pink|stained|smell*|foam*|powder*|burn*
DOSE_DAYS:
    monday|tuesday|wednesday|thursday|friday|saturday|sunday|today ?'s to|till|until|through|and|plus monday|tuesday|
        wednesday|thursday|friday|saturday|sunday|tomorrow,
    #2..9 days ?' worth, week 's ?worth, whole|all|entire ~1 week, two|three|four|five|six days, at once, in one go,
    together, twice, double
MUDDLED: muddl*, mixed ~2 up, mix up, confus*, wrong, by mistake, mistake, forgot ~3 already|taken|had
SNORE: snor*|gurgl*|rattl* ~2 weird*|strange*|funny|odd*|loud*|slow*, gurgl*, nodding off|out, pinpoint,
    pin prick pupils, tiny pupils
HEATER:
    boiler|heater|generator|stove|barbecue|bbq|charcoal|engine|fireplace|furnace|burner|grill ~4 inside|indoors|tent|
        garage|cabin|caravan|van|room|running|on|house|closed|tonight|night,
    gas|paraffin|kerosene|wood heater|stove|fire|burner
EVERYBODY: all of us|them, everyone, everybody, whole|entire family|house, we all, both of us, all #2..9,
    all two|three|four|five|six, me and my ~3 both, we both, dog|cat too, all ~1 have|woken|woke
DOSE_ERR: #0..999 ml|mg|drops|units|mls instead of, #0..999 ml|mg|drops|units|mls ~2 not #0..999,
    ten|#2..100 times ~1 dose|much|amount
PLANT: leaf, leaves, petal*, bulb, bulbs, lily, lilies, holly, ivy, tulip*, elder, flower, flowers, berries, seeds
"""
