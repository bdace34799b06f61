"""Signs of meningitis and of sepsis."""

WORDS = """
FEVER: fever*, temperature*, temp, burning up, very hot, boiling, shiver*, chills, so hot, hot to ~ touch, is hot,
    's hot, and hot, hot and, febrile, #38..42.9, #100.4..108, child very hot, really hot, poorly, feels ~ hot,
    burning hot, feels hot, very warm, burning ~1 fever, on fire, running a temp*, temp is|of, high temp, sweats,
    thermometer, hot !water|drink*|weather|flush*|day|bath|tea|food|shower|chocolate|tub|dog|sauce|spicy, fluey,
    been burning, burning all, is burning
HIGH_FEVER: #40..42.9, #104..108
STIFF_NECK: stiff* ~2 neck, neck ~4 stiff*|rigid, {cannot} ~2 bend|move|touch|tilt|put|flex|turn ~4 neck|chin|chest,
    neck ~ won't|can't|hurts|pain* ~ move|bend|touch, move ~2 neck, bend ~2 neck, chin ~ chest, pain* ~1 neck,
    neck ~1 pain*, {cannot} ~2 look down, {cannot} ~3 chin, sore neck, neck ~1 killing|sore|aches|hurts,
    neck ~4 lock*|wood*|frozen|board|plank|stuck|solid|cement|iron|agony, {cannot} ~3 head ~2 down|forward|chest,
    {cannot} ~1 look ~2 feet|toes|knees|chest|lap|floor
LIGHT: light* ~2 hurt*|bother*|pain*|unbearable|too, photophobia, hat*|avoid*|hid*|{cannot} ~3 light,
    turn* away from ~1 light, curtains ~ closed|drawn|shut, {not} ~1 want ~ light,
    {cannot} ~ stand|bear|tolerate|look ~ light*, sensitiv* ~2 light, bright light*, dark room, dim* ~ light*,
    away from ~1 light, light is|was|makes ~2 unbearable|worse|hurt*, lights off, sunglasses,
    blinds|curtains ~2 down|closed|shut,
    light|lights|lamp|daylight|sunlight|sun|screen|bulb|brightness|window ~3 agony|kill*|knife|knives|torture|stab*|
        hurt*|pain*|unbearable|sting*,
    pillow|blanket|towel|hat|hood|covers|cover|duvet ~2 over ~2 eyes|head|face, {cannot} ~2 open ~1 eyes
HEADACHE: headache*, head ~2 pound*|split*|hurt*|burst*|explod*|killing|throb*, pain in ~ head, head pain, migraine*,
    head ache*, terrible head, sore head, head is|feels ~2 explod*|burst*, splitting head, headaches,
    blinding|worst|terrible|awful|horrible ~1 head, blinding|splitting|pounding|banging|agonising head|skull,
    head ~2 agony|bang*, skull
RASH: rash*, spots, spot, blotch*, dots, bruise*, bruising, marks, petechia*, purpur*, pinprick*, patches, speck*,
    lesions, mottling, red dots, blots
NO_FADE: {not} ~1 fade*, {not} ~3 glass|tumbler, {not} ~1 disappear* ~2 glass|tumbler|press*|cup|under|push*,
    {not} ~1 go away when|if|under, {not} ~1 vanish* ~2 glass|press*|push*, {not} ~1 blanch*,
    {not} ~1 go|turn ~1 white|pale, still ?be ?clearly visible ~ glass|press*,
    glass ?test ~5 still|visible|stay*|failed|positive|not, stay* ~ press*|glass|tumbler, non-blanching, nonblanching,
    {not} go away ~ press*|glass, {not} ~ change ~ press*, visible ~ glass|press*,
    {not} ~2 go|fade|vanish|disappear|change|leave|clear|whiten|away ~4 {press},
    stay*|remain*|there|visible ~4 {press}, {press} ~8 stay*|still|remain*|{not}
PURPLE: purple, pinprick*, pin prick*, like ~1 bruises, blood spots, dark red, petechia*, purpur*, blotchy, mottled,
    under ~ skin, bruise*, bruising, tiny red, dark spots, spreading, purpl*
FADES: fades ?when|under, fade when|under, goes away when, disappears when, does fade, turns white
MOTTLED: mottled, blotchy, ice cold|freezing hands|feet, hands ~ cold, cold hands|feet, pale, grey, gray, blue,
    clammy, cold and clammy, marble*, like ~1 ice|marble, hands|feet|fingers|toes ~3 ice|icy|cold|freezing|blue,
    icy hands|feet|fingers
DROWSY: drows*, hard to wake, difficult to wake, {cannot} ~ wake, {not} wak*,
    very|so|really|too|extremely|unusually ?and ?more sleepy|tired|weak, sleepy, letharg*, floppy, limp,
    {not} respond*, unresponsive, {not} rouse, {cannot} keep ~ awake, glazed, sleeps all, sleep* all ~ time,
    {cannot} stay awake, listless, out of it, hard to rouse, difficult to rouse, {cannot} rouse, keeps falling asleep,
    barely awake, not with it, {drowsy}
MENINGITIS: is|could|might it|this ?be meningitis|sepsis, has|got ?signs ?of meningitis|sepsis,
    think ~ meningitis|sepsis
INFECTED: infect*, wound, cut, bite, boil, abscess, uti, cystitis, kidney, kidneys, pneumonia, cellulitis, ulcer,
    stitches, pus, scratch, catheter, tattoo, tonsil*, after ~2 surgery|operation, appendi*, tooth
RIGORS: shiver*, shaking, shakes, teeth ~1 chatter*, rigor*, chills, {cannot} ~1 get|stay|keep ~1 warm, fever*,
    bed moves|shakes
TRACKING: red ~4 up ~4 {limbs}|elbow|shoulder|groin|knee|neck, red|dark streak*|line|lines|track*, streak* ~2 up
IMMUNE: no|without ?a spleen, spleen removed, chemo*, neutropeni*, transplant, immunosuppress*, immunocompromised,
    no immune system, methotrexate, white cells ~2 low
"""
