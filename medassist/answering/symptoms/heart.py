"""Signs of a heart attack: where the pain is, where it goes, what comes with it."""

WORDS = """
CHEST: chest, breastbone, breast bone, sternum, middle of ~ breast, heart, rib cage, ribcage, chests, chest's,
    middle|centre|center of ~1 me|body|chest, between ~1 breasts|nipples, upper body, in ~1 middle,
    inside ~1 breast|breasts, behind ~1 breast|ribs, bosom
PAIN: pain*, hurt*, ache*, aching, pressure, pressing, tight*, squeez*, crush*, heavy, heaviness, burning, burns,
    stabbing, weight, discomfort, clutching, clutches, holding, grabbing, gripping, vice, vise, elephant*, stone*,
    brick*, band, sitting on, throb*, cramp*, killing, agony, constrict*, compress*, squash*, anvil, knife, tearing,
    ripping, uncomfortable, sore, sitting|standing|pressing|kneeling|stepping on, on my|his|her chest, explod*,
    burst*, weird, strange, crushed, like a ton|brick*|truck|car, tension, burning sensation, cramping, stab*,
    shooting, dull, ripped, parked on, weight on, weighing, gnawing, twinge*,
    lorry|truck|car|horse|piano|fridge|boulder|rock|foot|boot|fist|bus ~3 on, parked, squeeze, clamp*, wringing,
    weigh*, fist
CHEST_BENIGN: push-ups, push ups, pushups, workout, gym, working out, lifting boxes, lifting weights, bench press,
    when|if ?i|you|he|she press|presses|touch|cough|coughs|push|twist, heartburn, reflux, indigestion, a bit,
    slightly, slight, mild*, a little, pulled ~ muscle, muscle*, bruise*, cold, cough*, flu, chesty, infection, spicy,
    rub*, acne, hair, freezer, bra, tattoo, x-ray, xray, shingles, costochondritis, waxing, breast feeding,
    breastfeeding, sunburn*, burnt, pimple*, spots, rash, itch*, healthy, rate, murmur, broken, disease, failure,
    medicine, monitor, breast, breasts, bra size, huge breast*, flat chested, stretch*, laugh*, sneez*,
    from ~1 lifting|training|sport|coughing|crying, carry*
SPREAD: arm, arms, jaw, shoulder*, shoulder blade*, neck, back, between ~ shoulder*, radiat*, spread*,
    going down|up|into|to|through, shoot*, teeth, tooth, elbow, wrist, both arms, chin, along ~1 arm
ALARM: sweat*, clammy, grey, gray, pale, breath*, winded, nause*, sick, vomit*, throw* up, faint*, dizz*,
    light headed, light-headed, lightheaded, passed out, pass out, woozy, collaps*, arm, arms, jaw, numb*,
    something ~ awful|terrible|wrong, going to die, doom, help, #15..59 minutes|min|mins, half ?an hour, an hour,
    worse, won't stop|go, {not} going away, puls*, palpitation*, blue, now, sudden*, crushing, teeth, tooth, tingl*,
    dead arm, weak, scared, anxious, shak*, hours, ashen, ghost, unwell, look* ~1 dreadful|awful|terrible|bad
SWEAT: cold sweat*, sweat*, clammy, grey, gray, drenched, dripping, soaked, ashen, wet all|forehead|through|with,
    cold and|n|& wet|damp, water ~2 forehead|face|brow, pouring|streaming|dripping off|with, beads of,
    cold|wet all over, wringing wet
HEART_ATTACK: having|has|have|had ?just ?a|another|some ?kind|sort ?of heart attack*,
    is|could|was|might|think this|it|that|it's|its ?'s ?be ?a heart attack, heart attack i|we think,
    think|believe|suspect|sure ~ heart attack, heart attack ?right now, in|having|had ?a cardiac arrest,
    heart attack?, defibrillator|icd ~ shock*, heart attack symptoms|signs !of|in|are,
    defib*|icd|pacemaker ~2 shock*|zapp*|fired|firing|jolt*|kicked, defib*|icd went off
HEART_RACE: heart ~ racing|races|pounding|pounds|fluttering|skipping|jumping|fast|irregular*|hammering|funny|thumping,
    palpitation*, heart rate|pulse ~ #140..299, heart|pulse|hr|bpm|heartbeat|heartrate ~4 #140..299,
    #140..299 ?bpm|beats per|a|bpm,
    heart|heartbeat|pulse ~3 all_over|everywhere|mad|crazy|stopping|skipping|irregular*|thudding|galloping|wild|
        jumping|leaping|flipping
ANGINA: angina, nitro*, gtn, spray, heart spray, under the|my tongue
NOT_WORKING:
    {not} work|working|help|helping|helped|ease|easing|eased|doing|do|touching|making|relieve|relieved|better|improv*,
    no help|use|effect|relief|difference|good|better, made no, useless, empty, run|ran out !of, not ~1 enough,
    {not} go|going away, won't go, does|did|doing nothing, no better|relief|change, {not} any ?better, no odds,
    {not} ~1 touch*|shift*|budge, says|reads|shows|at 0|zero, twice ~1 already, #6..99 puffs
TORSO: ribs, rib, breast, breasts, middle, upper stomach, upper back, shoulder blade*, torso,
    top of ~1 stomach|belly|tummy, pit of ~1 stomach, epigastr*
CLUTCH: clutch*|hold*|grab*|grip*|rub*|press* ~3 himself|herself|chest|middle|arm|heart|breastbone|breast
INDIGESTION: indigestion, heartburn, wind, gas, trapped wind, acid, reflux
ELEPHANT: like ~2 elephant|anvil|lorry|truck|bear_hug|vice|vise|ton|horse|car|boulder ~5 me|chest|ribs|inside,
    crushing ~2 on me|my
ARM_JAW: both arms, jaw, left arm, chin, arms
"""
