"""Signs of a stroke: face, arms, speech, sight, balance, the sudden headache."""

WORDS = """
EYELID: eyelid*, eye lid*, lid
LIMB: arm, leg, hand, arms, legs, foot, cup, pen, fork
WEAK: {cannot} ~1 move|lift|raise|use|grip|hold|control, limp, {not} go up|lift|obey|respond|work|working|move|moving,
    dropped, drop, drops, flop*, gave way, drag*, paraly*, went dead, gone dead, dead, useless, stopped working,
    fell down|to, keeps dropping, {not} hold ?my|his|her|anything
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
    left|right arm|leg|hand|foot and arm|leg|hand|foot, half my|his|her|of ~2, side of face, one cheek
NUMB: numb*, weak*, dead, limp, paraly*, floppy, useless, {cannot} move|lift|raise|feel|use|grip|hold|close,
    stopped working, {not} move|moving|work|working|go|lift|lifting|respond|responding|obey, flop*, drag*,
    lost ~ feeling|strength|power|control, gave way, giving way, no feeling|strength|power, asleep, gone heavy,
    feels heavy, is heavy, very heavy, so heavy, drifts, drifting, keeps dropping, hangs, clumsy,
    like lead|jelly|rubber|wood|stone, no sensation, sinks, drops down, sinking, heavy,
    loss of ~1 feeling|sensation|strength|power|control, lost ~2 feeling|sensation,
    feels|feel|went|gone ~1 strange|funny|odd|weird|numb|dead|heavy|limp, tingl* ~2 sudden*, {not} ~1 feel,
    {not} hold, {cannot} feel, {not} feel my|his|her
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
    speech ~2 different|changed|stopped|thick, {cannot} ~2 answer, acting|seems|sounds|looks ~1 drunk, like ~1 drunk
SLURRED: slurring, slurred|slurs ~1 speech|words, speech|words ~1 slur*|garbl*|jumbled, garbled,
    talk*|speak*|spoke ~ gibberish|rubbish|nonsense|gobbledygook, gibberish, lost ~1 speech,
    {cannot} ~1 find|get ~1 my|his|her|the ~1 right ?words, words ~ coming out wrong|mush|jumbled|mixed|as,
    making no sense, {not} making ?any sense, sounds ~ drunk, like ~ drunk, {not} string ~ sentence, incoherent*,
    slurry, {cannot} ~1 talk|speak right|properly|straight|clearly|normally, only makes sounds|noises,
    words ~ muddled|mixed ?up|scrambled, mixing ~ words, speech is|has ~2 slow|thick,
    says ~1 strange|weird|wrong|odd|random words|things, forget* ~4 called, wrong words,
    {cannot} ~1 remember|find ~1 words|names, words get|got|are|came ~2 mixed|jumbled|stuck|slurred|wrong|muddled,
    speech|words|sentences ~1 made|make|makes|making no sense, talk* ~2 no sense
VISION: lost ~ sight|vision, loss of ~ sight|vision, {cannot} see ~ eye|properly|anything|well|right, {cannot} see,
    double vision, see|seeing double, blind ~ eye, went|gone|going blind,
    vision|sight|eyesight ~ gone|blur*|double|went|disappeared|black, everything ~ blur*, blurry|blurred vision,
    curtain ~ eye, half ~ vision, {cannot} see ~2 side, half of ~2 vision|sight, {not} see ~2 side, shadow ~3 eye,
    {cannot} see on|out|from
CONFUSED: muddled, disorient*, delirious, deliri*, {not} know* where|who|what_day|what_year|her_name|his_name|{my},
    acting|behaving ~1 weird*|strange*|odd*|confused|funny|drunk, talking nonsense, talks nonsense, nonsense,
    out of it, making no sense, {not} making sense, {not} recogni*, seems confused, is ~1 confused, 's ~1 confused,
    getting ~1 confused, got confused, confused and, confusion, become|became confused, very confused,
    suddenly confused, rambling, hallucinat*, seeing things, incoheren*, {not} herself, {not} himself, {not} with it,
    confused, mental fog
THUNDER: worst headache*, thunderclap*, sudden* ~ headache, headache ~ sudden*, worst ~ head ~ pain,
    headache ~ of my life, headache like ~ hit, something ~ burst|popped|exploded ~ head, pain in ~ head ~ worst,
    explosive headache, most|worst terrible|painful|awful headache, headache came on ~ seconds|instantly|in
BALANCE: {cannot} walk ?straight|properly|anymore|any, fall*|fell|leaning|leans|veers|veering to ~1 right|left|side,
    walk* like ~ drunk|fall, lost ~ balance, losing ~ balance, {cannot} stand, stagger*, severe dizziness,
    {cannot} balance, dizzy, dizziness, spinning, {cannot} coordinate, unsteady, walks like,
    keeps falling|bumping|veering, legs ~2 giving way|jelly, {cannot} walk|stand ?straight ?up, walking ~2 drunk,
    keeps ~1 leaning|tilting|falling, leaning ~1 left|right
STROKE: having|has|had|have|got ?just ?a|another ?mini|small|massive stroke,
    is|could|was|might this|it|that ?be ?a ?mini stroke,
    think|believe|suspect|afraid|sure|maybe|possible|possibly|looks ~ stroke, stroke i|we think,
    stroke now|right|happening, tia
"""
