"""Danger signs in pregnancy, at birth and after it."""

WORDS = """
PREGNANT: pregnan*, gestation, expecting, trimester, #4..42 ?and ~1 weeks|wks|week|wk gone|along|pregnant|gestation,
    'm|'s|at|is|am|now #4..42 weeks|wks|week|wk !old|post|ago|since, #13..42 weeks|wks|week !old|post|ago|since|of,
    months gone|along|pregnant, positive ?pregnancy test, due date, due ~1 in ~ weeks, due ~ weeks, {not} due,
    isn't due, in labour, in labor, contraction*, baby bump, bump, unborn, water* broke*, midwife, foetal, fetal,
    fetus, foetus, due next|this|any|in ~1 month|week|day|weeks, losing my|the|our baby, antenatal, first pregnancy,
    in my|her pregnancy, month nine|eight|seven|six, #5..9 months ?pregnant|gone|along !old, month #5..9,
    #20..42 + #0..6
POSTPARTUM: gave birth, given birth, giving birth, had|having|delivered ~2 baby, c-section, c section, caesarean,
    cesarean, postpartum, post partum, postnatal, delivered, since ~ baby ~ born|came|arrived, miscarriage, abortion,
    days|weeks after ~ birth|delivery, my|her delivery, after delivery|giving|birth|labour,
    had ~2 son|daughter|girl|boy|twins|baby|babies ~4 days|weeks|ago|by|last|yesterday,
    baby|son|daughter|twins ~1 was|were born, just had ~1 baby, birth|delivery ~3 days|weeks ago, after ~1 section
NOT_MOVING: {not} ~2 fel* ~4 move|moving|kick|kicks|kicking|movement*|moves,
    baby|she|he|bump|fetus ~1 {not} ~1 mov*|kick*, baby ~ quiet|still|stopped|moving_less|kicking_less,
    no ~1 kicks|movement|movements|kick|kicking, kicks ~ stop*|gone|less, stop* moving|kicking, moving ~1 less,
    less ~1 movement*|kicks|active, reduced ~1 movement*, fewer kicks|movements, move* ~ much less|since,
    movement* ~ stopped|slowed|reduced|less, baby's ~ stopped, {not} mov* ~ today|all|since, last felt ~ move|kick,
    baby|bump ~ quiet|quieter|still|stopped, stopped moving|kicking, no movement*, moves|kicks|moving less|weaker,
    haven't|not felt ~ kick|move|baby|anything, baby|movement ~2 slow*|less|reduced|changed,
    {not} ~1 stirred|budged|wriggled|moved|kicked, bump ~3 {not},
    {not} ~1 nudge*|flutter*|wriggl*|roll*|somersault*|danc*|stir*,
    usually|normally|always ~6 kick*|somersault*|mov*|danc*|wriggl*|active ~8 nothing|quiet|still|{not}
P_BLEED: bleed*, bled, blood !{blood_not}, clots, gush*, haemorrh*, hemorrh*, losing my|the|our baby, bright red,
    red|scarlet|crimson ~3 legs|knickers|pants|underwear|toilet|paper|sheets|bed,
    passed|pass|passing ~3 clot*|lump*|something|tissue
GUMS: gum, gums, brush, brushing, nose, nosebleed*, piles, haemorrhoid*, hemorrhoid*, blood pressure, blood test*,
    blood type, blood group, blood sugar, blood clot*
LIGHTS: flash* ~1 light*, see* ~1 stars|spots|lights|flashes|floaters, blur*, {cannot} see, vision, sparkl*, zigzag*,
    swollen ~ face|hands, face|hands ~ swollen|swell*|puff*, swelling ~ face|hands, pain ~ ribs|rib, under ~ ribs,
    double, upper right, vomiting, see*|saw ~2 stars|sparks|spots, stars,
    face|hands|fingers ~4 big|fat|puffy|balloon*|sausage*, can't focus
HIGH_BP: #150..299 over|/|on #90..199, blood pressure ~ sky*|very|really high, blood pressure ~ #160..250
WATERS: water|waters|membranes ~1 broke*|broken|gone|leak*|burst|ruptured, leak* ~2 fluid|water|liquid,
    gush ~ fluid|water, fluid ~ leak*|coming out|green|brown, water* ~ green|brown|bloody, water|waters brake,
    fluid leak*|gush*|dripping, leaking ~2 fluid|water|liquid|clear, fluid ~2 coming, my waters|water went|go,
    green|brown ~1 water|fluid ~4 legs|leg|down|out
BIRTH_NOW: cord ~ out|coming|hanging|showing, see|feel ~ cord, head ~ coming|out|crowning|showing, crowning,
    baby ~1 is|'s coming ?out|now|right, about to give birth, going to give birth, pushing, baby coming,
    giving birth right|now|at|in, foot|feet|leg ~ coming out, placenta ~ {not} come|out|stuck,
    something|hand|foot|cord|bag ~2 hanging|sticking|poking ~1 out
BELLY: belly, tummy, abdom*, stomach, womb, uterus, one side, pelvi*, down below, shoulder*, low down, left side,
    right side, groin, lower ~ pain, ribs
STRONG_PAIN: severe* ~1 pain*|cramp*|ache,
    sharp|stabbing|terrible|awful|intense|excruciating|agonising|agonizing|unbearable|bad|worst|strong|horrible|
        constant|really ~1 pain*|cramp*|painful|hurts|ache,
    rock hard, board, agony, shoulder ~ pain|hurt*|hurts|ache*, doubled over, tearing, really ~ painful, very painful,
    so painful, pain ~ severe|unbearable|bad|worse, cramp* ~2 bad|severe|strong|terrible|awful, bad cramps,
    terrible ~1 pain, stabbing ~2 pain, pain* ~2 one side
CONTRACTION: contraction*, labor pains, labour pains, in labour, in labor
OFTEN: every ~ min*, min* apart, preterm, premature, early, #20..36 weeks|wks|week|wk, close together, regular*
HURT: fell, fall, fallen, car accident, crash, hit, kicked, punched, accident, slipped, tripped, pushed, was hit,
    hit ~2 belly|stomach|bump
INFECTION: fever*, chills, temperature, smells ?bad|awful, smelly, foul, shiver*, pus, hot, discharge ~ smell*,
    #38..41, stink*, stank, wound ~2 red|hot|open*|ooz*|weep*, {cannot} ~1 get|stay ~1 warm, shak*, reek*
P_ALARM: fit, seizure*, convuls*, faint*, passed out, collaps*, unconscious, chest ~ pain*|hurt*|tight*, breath*,
    heart ~ racing, calf, confus*, {cannot} breathe, fits, seizing, chest pain*, itching ~ hands|feet, vision, faints,
    fainted
WATER_GONE: pop|gush|burst|trickl*|leak*|drip*|wet ~4 liquid|fluid|water|wet|warm|clear|trickl*|legs,
    liquid|fluid|water|wet ~4 trickl*|leak*|drip*|pour*|gush*|runn*
QUIET: nothing|none|nowt|quiet|still ~3 all_day|today|since|yesterday|morning|hours, less ~2 usual|active
MOVES: kick*, mov*, somersault*, flutter*, wriggl*, active
"""
