"""Trouble breathing, choking, and what is no such thing."""

WORDS = """
CHILD_SWALLOW:
    swallow* ~3 marble|coin|toy|bead|button|stone|grape|nut|lego|balloon|bone|key|screw|pin|needle|glass|battery|
        magnet|sweet|candy
NO_BREATH: {cannot} ~1 breathe|breath|breathing|breathing,
    {cannot} get|take|catch|draw|suck|pull ~3 breath|air|oxygen|breaths, {cannot} get ~ air ?in,
    trouble|difficulty|difficulties|problems|problem|issues|hard_time ~1 breathing|breathe|breath,
    struggl* ~3 breath*|air, fight* ~2 breath*|air|breaths,
    breathing ~ hard|difficult|laboured|labored|shallow|strange|weird|bad|worse|impossible|struggle|stops|stopping|
        stopped|noisy|painful|irregular,
    gasp*, {not} enough air|oxygen, no air, suffocat*, stopped|stops|stopping breathing,
    isn't|not|hasn't|wasn't|aren't breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally,
    barely|hardly breathing|breathes, no breath, {not} ~1 able to breathe, {cannot} ~ full|complete|whole sentence*,
    only ~ say|speak|manage ~ word|words, lungs ~ full|closing|filling|tight, can't inhale, breath* ~ noise,
    worse breathing, laboured breath*, labored breath*, air hunger, each breath, every breath, agonal,
    drowning in ~ fluid, respiratory distress, {not} breathe, breath* #35..99 times,
    air ~1 {not} ~1 go*|come|coming|get*, breathing ~1 stopped, {cannot} ~1 breath|breathe, breathing #35..99,
    breath* ~1 short|whistl*, chest whistl*, {cannot} get ~3 word|words|sentence out,
    chest is|keeps whistling|rattling, panting ~2 dog, {cannot} ~2 fill ~2 lungs, lungs ~2 not|closing|burning|tight,
    {cannot} ~1 get oxygen, {not} ~1 getting ~2 air|oxygen|breath, breath* ~2 stop*, fighting to breathe, drowning in,
    breath* ~1 through a straw, breathing heavily and, breath* ~2 straw,
    stop|pause|break|rest|breathe|breath|air ~2 between|after|every ~1 word|words|sentence*|step, {not} ~2 air,
    hungry for air, air ~2 {not} ~2 in
BREATHLESS: short* ?of ?on breath, breathless*, breath* ~ fast|quick*|heav*|rapid*|hard|shallow,
    fast|rapid|heavy breathing, out of breath, winded, wheez*, panting, puffing, puffed, {cannot} talk|speak,
    shortness of breath, {cannot} lie flat, low oxygen, whistling, breathing ~1 heavily|heavy|hard|fast|badly,
    like|if ~4 run|ran ~2 marathon|mile|race, breath|chest|lungs ~3 bubbl*|gurgl*|crackl*|boil*,
    bubbl*|gurgl* ~3 breath*|chest|lungs, air|breath ~2 whistle*, sits|sitting|sit|sat up|upright|by|at ~4 air|breath*
NOSE: nose, nostril*, stuffy, blocked up, congest*, sinus*, snor*, runny, sleep apn*, mask, corset, jeans, dress,
    cpap, humid*
EXERTION: stairs, hill, hills, exercise, exercising, running, run, jog*, uphill, upstairs, workout, gym, training,
    sport*, fitness, out of shape, unfit, altitude
BLUE_LIPS: turn*|gone|went|going|goes ~1 blue|bluish|grey|purple, lips ~2 blue|bluish|grey|gray|purple,
    blue|bluish|grey|gray|purple lips|face|fingernails|fingers|tongue|baby,
    fingernails|nails|face|fingers|skin|tongue|mouth|baby ~2 blue|bluish, lips ~2 dusky|white,
    blue|bluish|grey|gray|purple|purply|violet round|around|on|at|about ~2 mouth|lips|nose,
    lips|fingernails|nails|mouth ~2 purply|violet|blueish, fingers|fingertips ~2 purple, blue in the face,
    fingernails|nails|lips ~3 colour|color ~2 slate|ink|lead|plums
CHOKING: is|'s|am|'m|are|started|starts|was|been|be|keeps ~1 choking, choking on|now|help|right,
    choked on ~ and|can't, choke on, choking, went|gone|goes down ~2 wrong, {cannot} ~1 make ~2 sound|noise,
    wrong pipe|hole|way
STUCK: stuck|caught|lodged ~5 throat|windpipe|airway|gullet, lodged ~ throat|windpipe, throat ~ stuck
CANNOT_SPEAK: {cannot} ~ speak|talk|cough|swallow|breathe|breath|cry, {not} cough|breathe|speak|swallow, drool*, gag*,
    turning, panic*, cry
INHALED:
    inhaled|aspirated|breathed in ~ peanut|nut|bead|toy|food|piece|coin|popcorn|smoke|water|button|lego|pen|cap|tooth|
        grape|sweet
ASTHMA: asthma ?attack, asthmatic, inhaler, ventolin, albuterol, salbutamol, nebuli*, puffer, copd, emphysema, puffs,
    spacer, asthma pump
ASTHMA_BAD: asthma ~ attack, asthma ~ really|very|severe|worse|so_bad, severe asthma, bad asthma,
    asthma ~ flar*|terrible|awful
STRIDOR:
    pitched|whistling|squeaky|squeak*|crowing|rasping|harsh|raspy|rattling|strange|funny noise*|sound* ~ breath*|
        inhale*,
    stridor, noise*|whistling ~ when ~ breath*, bark* cough ~ breath*, barking cough ~ noise,
    making ~ whistling noise, noise|noises|sound ~4 calm|rest|resting|asleep|still,
    croup ~8 calm|rest|resting|still|blue
RETRACT: ribs|rib|skin|chest|throat|neck|tummy|belly ~ suck*|pull*|drawing|cav* ?right in,
    suck*|pull*|drawing in ~ ribs|rib|chest|neck|throat|breath, nostrils ~ flar*, nostril ~ flar*, flar* ~ nostrils,
    nasal flaring,
    tummy|belly|stomach|ribs|rib|chest|throat|neck|skin|gap|breastbone ~5 suck*|dip|dips|dipping|caves|caving|sinks|
        sinking|pulls|pulling|drawn,
    suck*|pull*|draw*|cav*|dip* ~3 tummy|belly|ribs|rib|chest|throat|neck|stomach ~1 in, nostril*|nose ~3 in and out,
    nostrils|nose ~3 flar*, grunt* !when|while|to|poop*|at|as|and_poop*
LOW_OXYGEN: oxygen|sats|sat|spo2|saturation|oximeter|o2 ~3 #50..91, #50..91 ?% ~1 oxygen|sats|spo2|saturation,
    oxygen|sats|sat|spo2|saturation|oximeter|o2 ~5 #50..89
CLOT: calf ~ swollen|swelling|swell|painful|red|hot|sore, swollen|painful|sore ~1 calf|leg, leg ~ swollen|clot, calf,
    pain* ~ when ~ breathe|breath|inhale, blood clot, dvt, operation, surgery, long flight, cough* ~ blood
FROTH: pink|frothy|foamy ~1 froth|phlegm|sputum|foam|spit|mucus, froth*, pink bubbles|spit|stuff
CLUTCH_THROAT: pointing|points|point|grabbing|grabs|clutching|clutches|holding|holds|hands|hand ~3 throat|neck
SILENT: nothing ~2 comes|coming|came|goes|going|out, no sound|noise|air|voice, silent,
    {cannot} ~1 speak|cough|talk|breathe, purple, blue
SMOKE: house|kitchen|car|garage|flat|barn fire, smoke inhal*, smoke from|inhalation, from the smoke|fire,
    full of smoke, breathed|inhaled ~2 smoke, burning house|kitchen|building|car|room|flat, smoke ~4 fire
SOOT: soot*, black, hoarse, wheez*, cough*
BLOCKED_NOSE: {cannot} breathe|breath through ~1 nose, blocked|stuffy|congested ~1 nose,
    nose ~2 blocked|stuffy|congested
BRUISED: toe, toenail, nail, knee, knees, shin, bruise*, stub*, hammer, black eye, blueberr*, ink, popsicle
"""
