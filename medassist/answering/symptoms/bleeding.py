"""Bleeding: where from, how much, and what makes it worse."""

WORDS = """
BLOOD: blood !{blood_not}, bleed*, bled, hemorrhag*, haemorrhag*, gash*, wound*, nosebleed*, nose bleed*, cut,
    stitches, clots, bloody, artery, vein
BLEED: bleed*, bled, hemorrhag*, haemorrhag*, blood !{blood_not}|relative*|money, clots
NO_STOP: {not} ~1 stop, {not} ~1 stop*, {cannot} ~1 stop, {not} ~1 slow*, {not} ~1 clot*, {not} get ~ to stop,
    keeps ?on bleeding|coming|flowing|pouring|gushing|going|soaking, continues to bleed,
    still bleeding ~ after|hour*|min*, spurt*, gush*, pour*, pumping, pumps, squirt*, soak*, pool ~ of blood, pool of,
    puddle*, stream*, everywhere, lot of blood, lots of blood, so much blood, too much blood, a lot, heavily, badly,
    profuse*, uncontroll*, through ~ towel*|bandage*|dressing*|clothes|cloth, fills, filling, all over ~ floor|place,
    like a tap, running down, losing ~ blood, lost ~ blood, bleeding out, bleeding to death, dripping everywhere,
    litre*, pints, cup of, covered in blood, heavy bleeding, severe* bleeding, major bleeding, massive bleeding,
    massive*, non stop, nonstop, non-stop, continuous*, flooding, won't quit, drenched,
    {cannot} ~1 control|stop ~3 bleeding|blood, hose, fountain, won't close, wide open, dripping ~2 floor,
    blood is coming|running|flowing, soaked, {cannot} stop, keep|keeps ?on bleeding, bleeding and bleeding, wherever,
    blood all over, blood everywhere, bleed*|blood|bled ~4 like mad|crazy|hell|anything
LONG: #10..999 ?more minutes|min|mins, ?half ?an|one|two|three|over|#1..99 ?an hour|hours,
    since this|last morning|night, all morning|day|night, hours
VOMIT_BLOOD: vomit*|throw*|threw|puk*|bring*|brought|cough*|spit*|spat|chuck* ?up ~ blood|bloody|coffee, sick ~ blood,
    blood ~1 vomit|sputum|sick|phlegm, vomit* ~ coffee grounds, coffee ground*, cough* ~ blood, vomited ~ blood,
    haematemesis, hematemesis, hemoptysis, haemoptysis, blood ~ coming out of ~ mouth|ear|ears,
    blood from ~ ear|ears|mouth, threw|throw*|vomit* ~6 blood, blood ~2 came|comes|coming|bring*|brought up,
    vomit*|throw*|threw|puk*|bring*|brought|cough*|spit*|spat|heav*|retch*|sick ~3 red|rust*|maroon|crimson|scarlet,
    vomit*|throw*|threw|puk*|bring*|brought|sick|retch* ~4 coffee|clots, vomit*|sick|throw* ~5 red|crimson|maroon,
    full of blood, mouthful|mouthfuls|cupful ~2 blood
BLACK_STOOL: poo|poop|pooh|stool*|faeces|feces|bowel*|motion*|shit ~ black|tar|tarry|melena,
    black|tarry ~1 poo|poop|stool*|motion*|tarry
RECTAL: blood*|clot*|bleed* ~ bottom|rectum|rectal*|anus|back_passage|bum|toilet|bowel*|poo|poop|stool*,
    rectal bleeding, passing ~ clots|blood, toilet ~ full ~ blood, bowl ~ blood,
    bleed* ~3 rear|behind|down below|backside, blood ~4 poo|stool|toilet ~ lot|full|everywhere,
    bowl|toilet|loo|pan|water|stool|poo ~3 red|scarlet|crimson|bloody|blood
FAINT: faint*, dizz*, light-headed, lightheaded, passed out, pass out, passing out, collaps*, woozy, clammy,
    black* out, weak, faint, going to pass out, about to pass out, ill, dizzy,
    went|goes|going|gone ~1 black|dark|grey, nearly|almost fell|passed|went, everything ~2 black|dark|spin*, giddy,
    wobbly, keel*, swoon*, see|saw|seeing stars
CLOTS: big|large|huge|massive clots, clots ~ size, golf ball, lots of, full of, pouring, gush*, heavy, heavily, a lot,
    size, as eggs, like plums, fist, lumps, lump
SEVERED: cut|chopped|sliced|torn|tore|ripped|bitten|taken|took|came|saw*|snipped|blown off, nearly ~ off, severed,
    severing, hanging off, amputated ~ finger|toe|hand|thumb, lost ~ finger|toe|thumb,
    finger|fingers|fingertip|thumb|toe|toes|hand|arm|leg|ear ~ off, finger*|thumb*|toe* ~3 gone|missing|hanging,
    hang|hangs|hanging ~2 skin|thread|tendon|flap,
    took|sliced|cut|chopped|bit ~2 top|tip|end|chunk of ~2 {limbs}|nose|ear
BODY_PART: finger, fingers, fingertip, toe, thumb, hand, arm, leg, foot, ear, tip, limb, nose, wrist, scalp, calf,
    thigh, shin, palm, neck, arms, legs
STABBED: stabbed, stab wound*, been shot, got shot, gun shot, gunshot, shot in,
    was|were|just ~1 shot ~1 in|by|himself|herself|myself, impaled, knife ~ stuck|in, bullet in|wound*, knifed,
    arrow|nail|stick|fork|rebar|spike|fence|skewer|pole|spear ~4 in|into|through ~2 {limbs}|chest|neck|belly|stomach|
        eye
DEEP_CUT: deep ~1 cut|gash|wound|laceration, huge|massive|big|large|nasty|gaping ~1 gash|cut|wound, cut ~ deep*,
    cut ~ to the bone, see ~ bone|fat|muscle|tendon, sliced ~ artery|wrist, bone ~ sticking, bone ~ through,
    cut ~ artery|vein|throat|neck, chainsaw*, open fracture, sliced through,
    went ~1 through ~1 hand|palm|foot|arm|leg|finger, nail|knife|stick|glass ~2 through ~1 hand|palm|foot|arm|leg,
    through my|his|her ~1 hand|palm|finger|foot|arm|leg, gash|cut|wound|laceration|down to the bone,
    right to the bone, split|sliced|ripped|torn|tore|gashed|slashed|laid ~3 open,
    opened ~2 {limbs}|head|scalp|forehead|chin|palm, cut|sliced|slashed ~3 {limbs} ~1 open|wide,
    bone|fat|tendon|muscle ~1 showing|visible|out, varicose vein ~2 burst|bleed*|popped|split, vein ~1 burst|popped,
    flap ~2 hanging, to bone, chunk ~2 hanging|missing|out, fistula ~2 burst|bleed*|open*|spray*,
    nicked|cut|severed|hit|tore|sliced ~2 artery
NOSEBLEED: nosebleed*, nose bleed*, nose ~ bleed*, bleed* ~ nose, bloody nose, blood ~ nose,
    {cannot} ~1 stop ~2 nosebleed
THINNER: warfarin, eliquis, apixaban, blood thinner*, bloodthinner*, thinners, xarelto, rivaroxaban, clopidogrel,
    plavix, pradaxa, dabigatran, coumadin, anticoagulant*, heparin, edoxaban
PADS: soak*|fill*|go*|chang*|bleed* ~ pad|pads|tampon*|towel*|sanitary,
    pad|pads|tampon* every|an|per|each ~1 hour|minutes|hourly, pads in ~ hour*
SPURT: squirt*, spurt*, pump* ~2 out|blood, puls* out|with, gush*, fountain, jets, jet, spray* ~2 blood,
    blood ~4 across|walls|ceiling, fountains
TOWELS:
    towel|towels|bandage*|cloth|shirt|gauze|dressing|sheet|tissue|tissues|roll|pillow|sock|shoe|jeans|rag ~4 red|
        soaked|soaking|through|drenched|full|sodden|dripping,
    through|soaked|soaking|used|filled ~2 #2..99|two|three|four|towels|third|second ~2 towel|towels|bandage*|cloth|
        cloths|shirt|dressing*|gauze|tissues
CUT: cut, gash, wound, sliced, grinder, saw, knife, blade, glass, slipped, chisel, axe, mower, razor, gouged, tin,
    fence, bitten, stitches
NOSE_ON: nose ~4 {not} ~1 stop, stop ~2 nose, make|get ~2 nose ~2 stop, nose ~2 pour*|gush*|tap
"""
