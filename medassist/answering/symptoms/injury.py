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
    {not} come back ?to, {not} ~1 react* to|when|at, {not} ~1 respond* to, {not} get ~2 response|answer|reaction|peep,
    crumpl*|folded|flopped ~3 floor|ground|heap, went down like, slid|slipped|fell ~1 off ~1 chair ~6 {not}|no,
    breathing ~2 {not} ~1 open|wake|answer, dropped mid,
    slapp*|shook|pinch*|shout*|yell* ~6 nothing|no_response|no_reaction,
    slapp*|shook|pinch*|shout*|yell* ~6 {not} ~2 respond*|wake|react*|answer*|move*,
    eyes open ~3 no|without ~1 answer|response|reaction
WAKE: {not} ~2 wake|waking, {not} ~1 come|coming ?back round|around|to, {cannot} ~3 wake|rouse|waken, {not} waking,
    unconscious*, unresponsive*, {not} ~1 respond*|answer*|react*, no pulse, lifeless*, out cold, barely breathing,
    {not} breathing, blue, barely awake, hard to wake|rouse, {not} ~1 stay awake
SEIZURE: having ~2 seizure*|fit|fits|convulsion*, just|has|'s|have|'ve|'d ~1 had ~2 seizure*|fit|fits|convulsion*,
    in ~1 middle of ~1 seizure|fit, another seizure|fit, seizing, convulsing, convulsed,
    seizure* ~3 now|ago|still|lasting|longer|{not} stop*,
    had ~3 seizure|fit|fits|seizures|convulsion ~4 {hours}|ago|today|now|still|yesterday|not,
    jerking ~ all|over|uncontroll*, shaking ~ all|over|uncontroll*|violently, eyes ~2 roll*, status epilepticus,
    foaming at, foam* ~ mouth, fitting !room|in|well,
    he|she|baby ~3 jerk*|twitch*|shak* ~2 eyes|stiff|unresponsive|blue, went ~1 stiff and|then, stiff ~2 jerk*,
    is|'s|keeps ~1 seizing|convulsing,
    arms|legs|body|limbs ~4 going|shak*|jerk*|flail*|thrash*|flap*|kicking ~3 mad|crazy|all_over|everywhere|wild*|
        control*|place,
    foam|froth|bubbles ~4 mouth|coming|lips, mouth ~2 foam*|froth*, eyes ~3 back|up|white* ~3 head,
    fit|seizure ~6 another|again|second, {not} ~1 stop seizing|fitting|convulsing, seizure|fit ~2 {not} stop,
    jerking|shaking|twitching|convulsing ~4 for ~1 #1..90 {hours}, is|'s|are foaming
HEAD_INJURY: hit|hits|banged|bumped|knocked|smacked|cracked|struck|bashed|injured|whacked ~3 head, head injury,
    fell ~4 head, landed on ~1 head, head ~ hit|kick*|concrete|pavement, blow to ~ head, concuss*, fell off|from|down,
    after ~1 fall|crash|falling|hitting, had ~1 fall, pupil|pupils ~3 bigger|unequal|different|dilated|blown|size,
    onto|on his|her|my|their ~1 head|skull, skull, knock|bang|bump ~2 head|skull,
    bash*|whack*|smash*|crack*|bang*|knock*|bump* ~2 temple|forehead|skull|noggin
HEAD_ALARM: knocked out, sick, vomit*, throw* up, threw up, confus*, drows*, sleepy, {not} remember, memory,
    blood thinner*, warfarin, apixaban, eliquis, unconscious, worst|bad|terrible|worse headache, blurr*, double,
    slur*, clear fluid, fluid ~ nose|ear*, pupil*, seizure*, {not} wak*, passed out, weird, strange, unequal, weak,
    lost consciousness, {drowsy}, egg, wobbly, {not} make sense, {not} ~1 himself|herself|myself, bleed*, crying,
    puke*, puking, vague, {not} stay awake
ELECTRIC: electric* shock*, electrocut*, lightning, shock from ~ socket|oven|outlet|wire|plug, zapped, mains shock,
    shock off|from|by|through ~2 cooker|socket|light|fence|lead|wire|oven|machine|toaster|kettle|cable
CRASH: hit by ~1 car|truck|bus|train|van|motorbike|motorcycle|tram|bike, run over by, ran over by,
    leg|arm|bone|ankle|wrist ~2 bent ~1 wrong|backwards, bone ~1 sticking|poking|out|showing, crushed by|under,
    trapped under|in ~1 car|machine|rubble,
    fell ~2 from ~2 roof|ladder|window|balcony|floor|building|storey|story|height, neck ~1 broken, broken neck|back,
    {limbs} ~4 trapped|shut|caught|jammed|crushed|stuck|mangled ~3 door|machine|belt|press|chain|mower|car|gate|
        blender|mixer,
    degloved, hit by ~1 scooter|cyclist|bike|bicycle|lorry|taxi|forklift|horse,
    {limbs} ~4 trapped|caught|jammed|crushed|stuck|mangled ~4 auger|conveyor|lathe|combine|baler|tractor|escalator|
        winch|roller|press,
    hip|leg ~2 shorter|turned_out|rotated, crushed under|by|between
BURN: boiling|scald*|hot ~ water|tea|oil|coffee|soup ~ over|all|on|face|chest|arm*,
    burn* ~ face|chest|large|huge|all|hands, skin ~ coming off|peeling|hanging|white|charred, scald*, severe burn*,
    caught fire, third degree, burns,
    pan|oil|fat|kettle|steam|acid|petrol|firework*|bonfire|bbq|soup|tea|coffee|iron|stove|lye|water|wax|boiling ~4
        over|onto|exploded|down|tipped|spill*|splash*|pulled,
    flash|caught ~2 flames|fire, pulled ~2 kettle|pan|tea|coffee|soup|oil ~2 himself|herself|over|on|down,
    he|she|clothes|hair|sleeve|shirt|jacket|dress ~1 on fire
BURN_BAD: skin ~ coming off|peeling|hanging|white|charred, face, chest, all over, large, huge, toddler*, baby,
    boiling, severe, badly, caught fire, third, blister*, deep,
    skin ~3 slid*|slip*|off|gone|peel*|bubbl*|fall*|black|leath*, neck, whole|entire, size
DROWN: drown*, pulled ~ out of ~2 pool|water|bath|pond|lake|sea|river, under ~1 water, face down ~ water|pool|bath,
    went under, swallowed ~ water, pulled|rescued|dragged|saved ~1 from ~2 pool|lake|sea|river|pond|water|canal|bath
WATER_ALARM: cough*, sleepy, blue, unconscious, vomit*, drows*, {not} wak*, unresponsive, foam*, pulled, froth*,
    {not} breath*, trouble|difficulty breathing, breath* ~2 fast|bad|badly|hard|funny|weird|noisy|wrong
HEAT: heat, sun, hot car, sauna, heatstroke, heat stroke, marathon, hot day, left in ~ car
HEAT_ALARM: nonsense, confus*, {not} sweat*, stop* sweat*, #40..42.9, #104..108, collaps*, unconscious, vomit*,
    seizure*, passed out, {not} respond*, delirious, slur*
SUGAR: blood sugar*|glucose|sugar|sugars|bm|cgm ~3 #18..40|#250..999, ketone*, dka, sugar ~ high|hi
SUGAR_ALARM: vomit*, drows*, sleepy, breath* ~ fast|deep|hard, confus*, throw* up, fruity, {not} wak*, stomach, sick,
    letharg*
DIABETIC: diabet*, hypo, insulin, low sugar, low blood sugar, hypogly*, blood sugar ~3 #1..3.2|#15..50
VERTEBRA: {cannot} feel|move ~2 legs, {not} feel ~2 legs, paraly*, numb ~ legs|groin|saddle,
    {cannot} pee|control ~ bladder, {cannot} feel|move ~3 below|waist
NECK_INJURY: car crash|accident|wreck, dived|diving, fell from ~ height|roof|ladder|tree|horse, thrown from,
    motorcycle|motorbike crash|accident,
    came|fell|thrown|flew|got ~1 off|from|over ~3 horse|bike|motorbike|ladder|roof|quad|trampoline|wall|tree|cliff|
        handlebars|pony,
    rugby|scrum, dive
VERY_SICK: need ~ ambulance, call ~ ambulance, dying right now, think ~1 dying, feel* ~ going to die,
    this is an emergency, call 911|999|112, about to die right now,
    need|call|calling|ring|phone|send ~2 ambulance|paramedic*|911|999|112,
    i am|'m dying !for|to|of|inside|with|from|in
FEET_GONE: {cannot} ~1 feel|move|wiggle ~2 feet|toes|foot|hands|arms|fingers, numb ~2 feet|toes|hands,
    tingl* ~3 arms|legs|hands
LIVE_WIRE:
    touch*|grab*|poked|stuck|put|cut|drill*|chew*|bit ~4 fuse*|socket|live|wire|cable|outlet|rail|pylon|plug|mains|
        power
JOLT: bang, shock*, thrown, flash, burn*, jolt*, heart, heartbeat, numb, black, pulse, smoke
BURN_SKIN: skin ~3 sliding|slipping|coming|falling|hanging|melting|melted ~1 off|away, skin ~1 charred
LOW_SUGAR: sugar|sugars|glucose|meter|bm|reading|libre|dexcom|cgm|level|bloods ~4 #0.5..3.3|#18..49
SHAKY: shak*, sweat*, soaked, fight*, punch*, aggress*, swear*, angry, confus*, weird, strange, {drowsy},
    {not} making sense, {not} make sense, pale, clammy, unconscious, barely awake
"""
