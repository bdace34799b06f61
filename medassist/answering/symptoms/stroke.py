"""Signs of a stroke: face, arms, speech, sight, balance, the sudden headache."""

WORDS = """
EYELID: eyelid*, eye lid*, lid
LIMB: arm, leg, hand, arms, legs, foot, cup, pen, fork, fingers, wrist, thumb, hands, feet, limb, limbs
WEAK: {cannot} ~1 move|lift|raise|use|grip|hold|control, limp, {not} go up|lift|obey|respond|work|working|move|moving,
    dropped, drop, drops, flop*, gave way, drag*, paraly*, went dead, gone dead, dead, useless, stopped working,
    fell down|to, keeps dropping, {not} hold ?my|his|her|anything, {not} do what|as, {not} ~1 obey|listen|cooperate,
    {cannot} ~2 button|write|type|pick|find|text|sign|steer,
    fell|falls|fall|falling|slip*|slid|drops ~1 out of|from ~2 hand|hands|fingers|grip, went|gone|go from under,
    gave out, buckl*, isn't|not mine, belongs|belong to someone|somebody, like ~1 lead|jelly|rubber|wood|cotton|stone,
    keeps missing, misses, {cannot} ~1 control|feel, no|lost strength|power|grip, out of control,
    someone|somebody else|elses, {not} close
CANT_LIFT: {cannot} ~1 lift|raise|move ~2 arm|arms|leg|legs|hand, {not} ~1 lift|raise ~2 arm|arms
JOINT: shoulder*, elbow, knee, hip, frozen, rotator, sprain*, tennis, broke, broken, fell, pain*, hurt*, sore,
    plaster, cast, injur*, arthritis
FACE: face, mouth, smile, grin, cheek, lip, facial, faces, corner of ~ mouth
DROOP: droop*, sag*, dropped, dropping, drop, fallen, falling, fell, hanging, hangs, hung, lopsided, lop sided,
    crooked, uneven, {not} even, wonky, twisted, asymmetric*, {not} symmetric*, to one side, slack, slump*, melted,
    melting, slid*, pulled down, pulled to, skewed, paraly*, {cannot} move, numb, dead, sideways, weird on one side,
    funny on one side, gone down, weak on one side, one side ~ lower, uneven*, frozen, {not} moving, one sided,
    {not} ~1 move|moving|working|work, dribbl*, drool* ~ one|side, feels ~ funny|strange|tight on one side,
    lower than ~2 other, different ~2 sides, hanging down, not the same, pulled ~2 side, has dropped, drool*
CANT_SMILE: {cannot} smile ?properly|right, smile ~ uneven|crooked|lopsided|wonky|one side,
    half|side ~3 mouth|face|smile ~2 up|moved|moves|works|working|lifts|goes, smil* ~8 half|side
ONE_SIDE: left|right|one|an ?whole|upper|lower arm|arms|leg|legs|hand|foot|side|limb|half, half|side of ~ body|face,
    whole|entire left|right side, left|right half, one-sided, same side, left-sided, right-sided,
    left|right arm|leg|hand|foot and arm|leg|hand|foot, half my|his|her|of ~2, side of face, one cheek,
    left|right ~1 side|half, half|side of ~1 me|him|her|body|us, one side|half, whole|entire left|right,
    on|down the|my|his|her left|right
NUMB: numb*, weak*, dead, limp, paraly*, floppy, useless, {cannot} move|lift|raise|feel|use|grip|hold|close,
    stopped working, {not} move|moving|work|working|go|lift|lifting|respond|responding|obey, flop*, drag*,
    lost ~ feeling|strength|power|control, gave way, giving way, no feeling|strength|power, asleep, gone heavy,
    feels heavy, is heavy, very heavy, so heavy, drifts, drifting, keeps dropping, hangs, clumsy,
    like lead|jelly|rubber|wood|stone, no sensation, sinks, drops down, sinking, heavy,
    loss of ~1 feeling|sensation|strength|power|control, lost ~2 feeling|sensation,
    feels|feel|went|gone ~1 strange|funny|odd|weird|numb|dead|heavy|limp, tingl* ~2 sudden*, {not} ~1 feel,
    {not} hold, {cannot} feel, {not} feel my|his|her, cotton wool, like ~2 cotton|wool|lead|jelly|rubber|wood|stone,
    isn't|not mine, not|isn't there, not belong, belongs|belong to someone|somebody, no strength|power|grip,
    gone to sleep, ignor*, someone|somebody else|elses, {not} close, {not} mine
TINGLE: tingl*, pins and needles, prickl*, numb*
SPEECH: slur*, garbl*,
    speech ~ funny|strange|jumbled|gone|off|mush|odd|weird|unclear|thick|slow|nonsense|wrong|affected|confused,
    talk* ~ rubbish|nonsense|gibberish|funny|strange*|weird*|gobbledygook|garbage,
    speak*|spoke ~ strange*|funny|weird*|unclear*|nonsense|like ~ drunk|like drunk, {cannot} ~1 speak|talk ?properly,
    {cannot} ~1 find|form|say ~1 words|word|sentence*, {cannot} get ~ words|word|sentence|sentences out,
    words ~ no sense|mush|wrong|jumbled|mixed, making no sense, {not} making ?any sense, {not} make ?any sense,
    answers with ~ sounds, lost ~ speech, {not} understand ~ say|saying|tell|speech, {not} understand me|us, mumbl*,
    incoheren*, gibberish, {not} string ~ sentence, words ~ coming out wrong|funny|weird|strange|as,
    trouble|difficulty|problem*|problems ~1 speaking|talking, talking nonsense, muddling ~ words, sounds ~ drunk,
    like ~ drunk, {not} get ~ words out, tongue-tied, {not} able to speak|talk, talk* ~ like ~ baby, aphasia,
    tongue ~ thick, {not} speak ~1 properly|clearly, says ~1 strange|weird|wrong words,
    speech ~2 different|changed|stopped|thick, {cannot} ~2 answer, acting|seems|sounds|looks ~1 drunk, like ~1 drunk,
    {not} get|understand|follow|catch|make_out|work_out ~2 what|word|words|thing ~3 say|says|saying|telling|tells|
        talking,
    come|comes|came|coming out ~1 as|like|wrong|jumbled|backwards|mush|soup|noise|muddled,
    just|only makes|made ~1 noises|sounds, tongue ~3 leather|thick|numb|heavy|asleep|rubber|wood|twisted,
    same word|sentence ~2 over|again|every, answers ~4 word, made up|foreign language, {cannot} say ~2 name|word,
    speak*|talk*|spoke ~3 marbles|full|mouthful|soup, words ~2 soup|mush|salad,
    {cannot} ~2 spell|read|write|text|txt|type, gibber*, mush,
    {cannot} ~1 name|recall|remember ~2 word|words|name|names|fork|object*|things, {cannot} name,
    letters|words|text|print ~5 foreign|jumble*|dance|dancing, words ~2 run|running together|into,
    speech ~4 slow|thick|slower, only|with ~1 half|single words, half words
SLURRED: slurring, slurred|slurs ~1 speech|words, speech|words ~1 slur*|garbl*|jumbled, garbled,
    talk*|speak*|spoke ~ gibberish|rubbish|nonsense|gobbledygook, gibberish, lost ~1 speech,
    {cannot} ~1 find|get ~1 my|his|her|the ~1 right ?words, words ~ coming out wrong|mush|jumbled|mixed|as,
    making no sense, {not} making ?any sense, sounds ~ drunk, like ~ drunk, {not} string ~ sentence, incoherent*,
    slurry, {cannot} ~1 talk|speak right|properly|straight|clearly|normally, only makes sounds|noises,
    words ~ muddled|mixed ?up|scrambled, mixing ~ words, speech is|has ~2 slow|thick,
    says ~1 strange|weird|wrong|odd|random words|things, forget* ~4 called, wrong words,
    {cannot} ~1 remember|find ~1 words|names, words get|got|are|came ~2 mixed|jumbled|stuck|slurred|wrong|muddled,
    speech|words|sentences ~1 made|make|makes|making no sense, talk* ~2 no sense,
    speech|words|talk* ~2 mush|soup|salad|mess
VISION: lost ~ sight|vision, loss of ~ sight|vision, {cannot} see ~ eye|properly|anything|well|right, {cannot} see,
    double vision, see|seeing double, blind ~ eye, went|gone|going blind,
    vision|sight|eyesight ~ gone|blur*|double|went|disappeared|black, everything ~ blur*, blurry|blurred vision,
    curtain ~ eye, half ~ vision, {cannot} see ~2 side, half of ~2 vision|sight, {not} see ~2 side, shadow ~3 eye,
    {cannot} see on|out|from, vision|sight|eyesight loss, eye ~3 black|dark|blind|blank|dimmed,
    half ~4 missing|gone|black|dark|vanished,
    curtain|shade|veil|blind|shutter|shadow|fog ~5 eye|down|across|over|vision|sight,
    picture|screen|world|light|lights ~2 gone|went|disappeared|vanished ~4 eye, sees two|double,
    two of everything|everyone|you|him|her|me, {cannot} see ~4 eye|half|side|left|right, only see|sees half,
    everything|all went|gone|going|goes double|blurry|dark|black|fuzzy|grey, {cannot} see anything ~3 left|right|side,
    saw|see|seeing ~1 everything|all twice
CONFUSED: muddled, disorient*, delirious, deliri*, {not} know* where|who|what_day|what_year|her_name|his_name|{my},
    acting|behaving ~1 weird*|strange*|odd*|confused|funny|drunk, talking nonsense, talks nonsense, nonsense,
    out of it, making no sense, {not} making sense, {not} recogni*, seems confused, is ~1 confused, 's ~1 confused,
    getting ~1 confused, got confused, confused and, confusion, become|became confused, very confused,
    suddenly confused, rambling, hallucinat*, seeing things, incoheren*, {not} herself, {not} himself, {not} with it,
    confused, mental fog, people|things|animals|spiders|men|children ~1 who|that ~1 aren't|isn't|not|n't,
    {not} ~1 know|remember ~1 what|which ~2 day|year|month, {not} remember ~2 name,
    same question|thing|word|answer|story ~2 over|again|every|each,
    stares|staring|stare ~1 through|blankly|space|ahead|nothing, nobody home, raving, babbl*,
    talk*|speak*|chatting ~2 himself|herself|nobody|wall|dead|people, not all there, spaced|zoned out,
    calls|calling|called me|her|him ~ wrong|name, world of his|her own,
    thinks ~2 it 's|is ~1 #1900..2100|night|christmas, gone|going gaga|doolally, without knowing what|who|where,
    forgot|forgotten ~1 how to|what, seeing ~4 ceiling|wall|walls,
    thinks|calls ~2 his|her mother|mum|mom|wife|father|dad|husband|sister
THUNDER: worst headache*, thunderclap*, sudden* ~ headache, headache ~ sudden*, worst ~ head ~ pain,
    headache ~ of my life, headache like ~ hit, something ~ burst|popped|exploded ~ head, pain in ~ head ~ worst,
    explosive headache, most|worst terrible|painful|awful headache, headache came on ~ seconds|instantly|in,
    like ~3 thunder*|bolt|bomb|hammer|axe|bat|shot|gunshot|explosion ~4 head|skull|brain,
    head|skull|brain ~4 like ~3 thunder*|bolt|bomb|hammer|axe|bat|shot|gunshot|explosion,
    never ~5 headache|head like this|it|that, worst ~4 headache|migraine, most ~2 headache ~1 ever, clap ~2 head|skull
BALANCE: {cannot} walk ?straight|properly|anymore|any, fall*|fell|leaning|leans|veers|veering to ~1 right|left|side,
    walk* like ~ drunk|fall, lost ~ balance, losing ~ balance, {cannot} stand, stagger*, severe dizziness,
    {cannot} balance, dizzy, dizziness, spinning, {cannot} coordinate, unsteady, walks like,
    keeps falling|bumping|veering, legs ~2 giving way|jelly, {cannot} walk|stand ?straight ?up, walking ~2 drunk,
    keeps ~1 leaning|tilting|falling, leaning ~1 left|right, legs ~2 from under|gave|buckl*,
    {cannot} stay ~1 upright|up, toppl*, room|world|everything ~2 spin*, vertigo, slump* ~2 side,
    leaning|leans ~2 side
STROKE: having|has|had|have|got ?just ?a|another ?mini|small|massive stroke,
    is|could|was|might this|it|that ?be ?a ?mini stroke,
    think|believe|suspect|afraid|sure|maybe|possible|possibly|looks ~ stroke, stroke i|we think,
    stroke now|right|happening, tia
MOUTH_LEAK: dribbl*|drool*|spill*|leak*|slobber* ~5 left|right|one|corner|side,
    runs|running|falls|falling|pours|pouring|dripping|drips|escapes ~3 corner|side ~2 mouth|lips|face,
    corner ~2 mouth ~3 runs|running|drool*|dribbl*|leak*|drop*|down
BUMPS:
    bump*|walk*|walked|crash*|drift*|veer*|knock*|steer* ~1 into ~3 wall|walls|door|doors|doorframe|doorframes|
        furniture|things|kerb|curb
POSTURE: when|if|after|because|from ?i|he|she|you ~1 sit*|sat|lie|lying|lay|cross*|sleep*|slept|kneel*|cycl*|squat*,
    cross legged, sat|sit|sitting|slept|lay|lying|kneeling on|funny|awkward*|badly, asleep on,
    dead for ~1 second|minute|moment
DENTIST: dentist, dental, anaesthe*, anesthe*, novocain*, lidocaine, filling, botox, chilli, chili, spicy, menthol
"""
