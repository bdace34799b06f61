"""When a sign came and how bad it is, and words that several kinds of emergency share."""

WORDS = """
cannot: can't|cannot|couldn't|can hardly|can barely|can scarcely|could hardly|could barely|hardly|barely|unable to|
    not able to|isn't able to|not possible to|struggling to|struggles to|difficult to|hard to|can no longer|
    can't even|could not
not: not|no|n't|never|won't|doesn't|don't|didn't|isn't|hasn't|haven't|wasn't|can't|cannot|couldn't|does not|is not|
    has not|will not|refuses to|refusing to|refuse to|refusing|refuses|refuse|stopped|barely|hardly|aren't|ain't|
    did not|do not|have not|'s not|'m not
my: my|his|her|their|the|our|your|a|an
self: myself|himself|herself|themselves|themself|my self|him self|her self
hours: second|seconds|minute|minutes|min|mins|hour|hours|hr|hrs
ONSET: sudden*, all of a sudden, out of nowhere|the blue, just now, right now, tonight, today, this morning,
    this afternoon, this evening, ?half an hour ago, minutes ago, mins ago, hour ago, {hours} ago,
    since ?one|an|half|this|two|three|last|a|breakfast|lunch|dinner|yesterday ?an hour*|morning|night|few|minutes|
        breakfast|lunch|dinner|yesterday,
    overnight, woke up, at once, getting worse, gets worse, came on, yesterday, last night, for ~1 {hours},
    in the last {hours}, came out of, since ?about|around|over #1..99 ?or ?so {hours}, just started,
    for ~1 #1..90 {hours}, and now, now he|she|my|his|her|can't|they,
    was|were ?absolutely ?perfectly fine|ok|okay|normal|alright, been ~2 #1..59 {hours}, #1..59 {hours} now|already,
    started|began|happened|noticed ~2 ago|now|today|tonight, just woke|happened|noticed|came|began, all at once,
    from one moment|minute|second, mid sentence, since noon|midday|midnight|supper|tea|bedtime|waking,
    since ?about ?the #1..12 ?o'clock|am|pm|clock, woke up|from|at, halfway through
SEVERE: severe*, terribl*, awful*, very, really, extreme*, intense, excruciating, agon*, unbearable, sharp, stabbing,
    bad, badly, worst, so, huge, massive*, serious*, horrible, horrific, crushing, lots, too, constant, violent*,
    strong, crippling, doubled
drowsy: drows*|sleepy|dozy|letharg*|listless|groggy|dopey|zonked
press: press*|push*|squeez*|glass|tumbler|jar
blood_not: pressure*|level*|test*|sugar*|type|count*|group|thinner*|work|clot*|vessel*|cell*|flow|supply|glucose|bank|
    donor*
limbs: arm|arms|leg|legs|hand|hands|foot|feet|thigh|calf|shin|knee|wrist|finger|fingers|thumb|toe|toes
GREY: grey, gray, ashen, ash, pale, white as|like, waxy, pasty, colourless, chalky, putty,
    colour|color of ~1 putty|ash|chalk|clay|paper|death|cement|wax, no colour|color, drained of,
    green|grey around|round
DOOM: going|about to die,
    feel*|think*|know*|says|say|afraid|sure|convinced ~4 will|'ll|going|gonna|about ~1 die|dying, impending doom,
    he|she is|'s dying, i 'm|am dying !for|to|of|inside, doom
"""
