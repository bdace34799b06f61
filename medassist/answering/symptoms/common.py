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
    for ~1 #1..90 {hours}
SEVERE: severe*, terribl*, awful*, very, really, extreme*, intense, excruciating, agon*, unbearable, sharp, stabbing,
    bad, badly, worst, so, huge, massive*, serious*, horrible, horrific, crushing, lots, too, constant, violent*,
    strong, crippling, doubled
"""
