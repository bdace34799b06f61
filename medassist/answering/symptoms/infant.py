"""Danger signs in babies and small children."""

WORDS = """
INFANT: baby, babies, newborn*, new born, infant, neonate, bub, little one, toddler, month-old, months-old, week-old,
    day-old, #0..23|few|couple day|days|week|weeks|wk|wks|month|months|mo|mth|mths old, #0..12 wk|wks|mo|mos,
    breastfed, breastfeed*, preemie, twins, yr old, #1..2 year|yr|years old, #0..23 m|w old, in {my} cot|crib,
    daughter|son|boy|girl|child|niece|nephew|grandson|granddaughter ?is|'s #0..23 months|weeks|days|month|week,
    baby|infant|newborn #0..23 months|weeks|days
YOUNG: newborn*, new born, neonate, #0..13|few week|weeks|wk|wks ?old !pregnant|gone|along|ago, #0..90 day|days old,
    #1..3 month|months|mo|mth|mths old, #0..13 w old, born yesterday|last week|days ago, two days old, days old
FLOPPY: floppy, limp, lifeless, unresponsive, {not} respond*, rag doll, like a rag, hard to wake, difficult to wake,
    {cannot} ~3 wake, {not} ~1 wak* ?up, {not} rouse, glazed, eyes ~2 roll*, rolled back, rolling back, blue,
    {not} react*, seizure*, convuls*, fit, fits, jerk*, twitch*, stiff and, stopped breathing, stops breathing,
    {not} breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally, apn*, mottled, passed out, went stiff,
    lips ~ grey|gray, too weak, {cannot} lift ~ head, grunt*, barely moving, {not} moving, no energy,
    went pale|blue|grey, pale and, turns blue, pauses ~2 breath*, breath* ~2 paus*, hard to rouse, difficult to rouse,
    {cannot} rouse, barely responsive, barely awake
SLEEPY:
    very|so|really|too|extremely|unusually|more|always ?and ?than ?usual ?now sleepy|tired|drowsy|weak|letharg*|quiet,
    letharg*, drows*, sleep* all ~ time|day, {not} wak*, hard to wake, listless, sleepy, {cannot} keep ~ awake,
    sleep* ~2 whole|entire day|time|night, sleep* ~2 whole|all ~1 day|night
NO_FEED: {not} ~2 feed*|nurse|nursing|eat|eating|drink|drinking|suck|sucking|latch*|bottle|milk|breast,
    refus* ~2 feed*|milk|bottle|breast|eat|drink|fluids|nurse|all, {not} interested ~ bottle|feed*|milk|breast,
    {not} ~ take|taking ~ bottle|milk|feed*|breast|fluids, off ~ feeds|milk, poor feeding, feeding poorly,
    {not} interested in ~2 feed*|milk|eating|bottle, won't latch|eat|feed, {not} wake* ~2 feed*|eat|drink,
    {not} ~1 fed ~1 since|for|all|today, {not} ~1 eaten|drunk|fed|nursed ~ since|all|today|hours
NOT_WET: {not} ~2 wet ~1 nappy|nappies|diaper*, dry nappy|nappies|diaper*,
    {not} ~1 peed|pee|wee|weed|urinated|passed|wet ~ hour*|since|today|all, {not} wet ~ hours, no tears, dry mouth,
    sunken ~2, eyes sunken, dehydrat*, no urine, no pee|wee, nappy|diaper ~ dry,
    last ~1 wet ~1 nappy|diaper ~ yesterday|hours|night|ago
SOFT_SPOT: soft spot ~6 bulg*|sunken|swollen|sinking|tense|raised|sunk, fontanel* ~ bulg*|sunken|swollen|tense|sunk,
    bulging|sunken|swollen|sunk ~1 soft spot|fontanel*
GREEN_VOMIT: vomit*|sick|throw*|threw|puk*|spit* ~3 green|bile|blood, green ~2 vomit*|sick|bile|spit|spew, bilious,
    projectile*
STRANGE_CRY: pitched|shrill|weak|strange|odd|piercing|moaning|whimper* ~1 cry*|scream*|cries, moaning,
    {not} stop ~ cry*|scream*, {cannot} stop ~ cry*, inconsolabl*, scream*
BLOODY_STOOL: jelly ~ nappy|diaper|poo|stool*|poop, blood* ~3 nappy|nappies|diaper*|poo|poop|stool*, redcurrant,
    red currant, jelly-like, drawing|pulling ~ knees|legs, bloody ~ stool*|poo*|diarr*|diaper|nappy
DROPPED: dropped ~3 baby|head|him|her|newborn, fell off|from|out|down|onto, hit|banged|bumped ~2 head,
    fell ~ head|floor, rolled off
SHAKEN: shook|shaken ~1 baby|him|her|newborn|son|daughter !syndrome|hand*|up, shook my
SICK: vomit*, sick, throw* up, threw up, puk*, drows*, sleepy, floppy, limp, {not} wak*, unconscious, dent, seizure,
    seizure*, confus*, knocked out
YELLOW: yellow, jaundice*
COLD_BODY: feels cold, is cold, cold to ~ touch, very cold, so cold, freezing, low temperature, #33..35.9
"""
