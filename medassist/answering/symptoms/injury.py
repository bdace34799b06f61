"""Loss of consciousness, seizures, injuries, heat, sugar."""

WORDS = """
OUT_COLD: unconscious*, unresponsive*, {not} ~1 responding|responsive, {not} ~1 respond to|when,
    {cannot} ~3 wake|rouse|waken, {not} ~2 wake|waking, {not} ~1 come|coming ?back round|around|to, {not} come to,
    collaps*, no pulse, {not} find ~1 pulse, without ~ pulse, dropped to ~ floor|ground, lifeless*, passed out,
    pass out, blacked out, out cold, keeled over, {not} ~1 answering ?me|us,
    {not} ~1 answer me|us|when|him|her|anymore, {not} move* ?at ?all, has fainted, just fainted, 's fainted,
    fainted and, fell unconscious, in a coma, slumped, lost ~1 consciousness, losing consciousness,
    loses consciousness, knocked out, cold and won't, heart ~1 stopped beating,
    lying|found|laying|floor|ground|street ~6 {not} moving|move, {not} conscious, found ~4 on the floor,
    {not} breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally, {not} ~1 opening|open ~1 eyes,
    {not} come back ?to, {not} ~1 react* to|when|at, {not} ~1 respond* to
WAKE: {not} ~2 wake|waking, {not} ~1 come|coming ?back round|around|to, {cannot} ~3 wake|rouse|waken, {not} waking,
    unconscious*, unresponsive*, {not} ~1 respond*|answer*|react*, no pulse, lifeless*, out cold, barely breathing,
    {not} breathing, blue
SEIZURE: having ~2 seizure*|fit|fits|convulsion*, just|has|'s|have|'ve|'d ~1 had ~2 seizure*|fit|fits|convulsion*,
    in ~1 middle of ~1 seizure|fit, another seizure|fit, seizing, convulsing, convulsed,
    seizure* ~3 now|ago|still|lasting|longer|{not} stop*,
    had ~3 seizure|fit|fits|seizures|convulsion ~4 {hours}|ago|today|now|still|yesterday|not,
    jerking ~ all|over|uncontroll*, shaking ~ all|over|uncontroll*|violently, eyes ~2 roll*, status epilepticus,
    foaming at, foam* ~ mouth, fitting !room|in|well,
    he|she|baby ~3 jerk*|twitch*|shak* ~2 eyes|stiff|unresponsive|blue, went ~1 stiff and|then, stiff ~2 jerk*,
    is|'s|keeps ~1 seizing|convulsing
HEAD_INJURY: hit|hits|banged|bumped|knocked|smacked|cracked|struck|bashed|injured|whacked ~3 head, head injury,
    fell ~4 head, landed on ~1 head, head ~ hit|kick*|concrete|pavement, blow to ~ head, concuss*, fell off|from|down,
    after ~1 fall|crash|falling|hitting, had ~1 fall, pupil|pupils ~3 bigger|unequal|different|dilated|blown|size
HEAD_ALARM: knocked out, sick, vomit*, throw* up, threw up, confus*, drows*, sleepy, {not} remember, memory,
    blood thinner*, warfarin, apixaban, eliquis, unconscious, worst|bad|terrible|worse headache, blurr*, double,
    slur*, clear fluid, fluid ~ nose|ear*, pupil*, seizure*, {not} wak*, passed out, weird, strange, unequal, weak,
    lost consciousness
ELECTRIC: electric* shock*, electrocut*, lightning, shock from ~ socket|oven|outlet|wire|plug
CRASH: hit by ~1 car|truck|bus|train|van|motorbike|motorcycle|tram|bike, run over by, ran over by,
    leg|arm|bone|ankle|wrist ~2 bent ~1 wrong|backwards, bone ~1 sticking|poking|out|showing, crushed by|under,
    trapped under|in ~1 car|machine|rubble,
    fell ~2 from ~2 roof|ladder|window|balcony|floor|building|storey|story|height, neck ~1 broken, broken neck|back
BURN: boiling|scald*|hot ~ water|tea|oil|coffee|soup ~ over|all|on|face|chest|arm*,
    burn* ~ face|chest|large|huge|all|hands, skin ~ coming off|peeling|hanging|white|charred, scald*, severe burn*,
    on fire, caught fire, third degree, burns
BURN_BAD: skin ~ coming off|peeling|hanging|white|charred, face, chest, all over, large, huge, toddler*, baby,
    boiling, severe, badly, on fire, caught fire, third, blister*, deep
DROWN: drown*, pulled ~ out of ~2 pool|water|bath|pond|lake|sea|river, under ~1 water, face down ~ water|pool|bath,
    went under, swallowed ~ water, pulled|rescued|dragged|saved ~1 from ~2 pool|lake|sea|river|pond|water|canal|bath
WATER_ALARM: cough*, sleepy, breath*, blue, unconscious, vomit*, drows*, {not} wak*, unresponsive, foam*, pulled,
    froth*
HEAT: heat, sun, hot car, sauna, heatstroke, heat stroke, marathon, hot day, left in ~ car
HEAT_ALARM: nonsense, confus*, {not} sweat*, stop* sweat*, #40..42.9, #104..108, collaps*, unconscious, vomit*,
    seizure*, passed out, {not} respond*, delirious, slur*
SUGAR: blood sugar*|glucose|sugar|sugars|bm|cgm ~3 #18..40|#250..999, ketone*, dka, sugar ~ high|hi
SUGAR_ALARM: vomit*, drows*, sleepy, breath* ~ fast|deep|hard, confus*, throw* up, fruity, {not} wak*, stomach, sick,
    letharg*
DIABETIC: diabet*, hypo, insulin, low sugar, low blood sugar, hypogly*, blood sugar ~3 #1..3.2|#15..50
VERTEBRA: {cannot} feel|move ~2 legs, {not} feel ~2 legs, paraly*, numb ~ legs|groin|saddle,
    {cannot} pee|control ~ bladder
NECK_INJURY: car crash|accident|wreck, dived|diving, fell from ~ height|roof|ladder|tree|horse, thrown from,
    motorcycle|motorbike crash|accident
VERY_SICK: need ~ ambulance, call ~ ambulance, dying right now, think ~1 dying, feel* ~ going to die,
    this is an emergency, call 911|999|112, about to die right now
"""
