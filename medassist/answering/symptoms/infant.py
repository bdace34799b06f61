"""Danger signs in babies and small children."""

WORDS = """
INFANT: baby, babies, newborn*, new born, infant, neonate, bub, little one, toddler, month-old, months-old, week-old,
    day-old, #0..23|few|couple day|days|week|weeks|wk|wks|month|months|mo|mth|mths old, #0..12 wk|wks|mo|mos,
    breastfed, preemie, twins, yr old, #1..2 year|yr|years old, #0..23 m|w old, in {my} cot|crib,
    daughter|son|boy|girl|child|niece|nephew|grandson|granddaughter ?is|'s #0..23 months|weeks|days|month|week,
    baby|infant|newborn #0..23 months|weeks|days, diaper*, nappy, nappies, changing table|mat, cot, crib, pram,
    moses basket, formula, breast milk, newborn,
    he|she|baby is|'s ?only ?just ?about #0..23 months|mths|mo|weeks|wks !pregnant|gone|along|of
YOUNG: newborn*, new born, neonate, #0..13|few week|weeks|wk|wks ?old !pregnant|gone|along|ago, #0..90 day|days old,
    #1..3 month|months|mo|mth|mths old, #0..13 w old, born yesterday|last week|days ago, two days old, days old
FLOPPY: floppy, limp, lifeless, unresponsive, {not} respond*, rag doll, like a rag, hard to wake, difficult to wake,
    {cannot} ~3 wake, {not} ~1 wak* ?up, {not} rouse, glazed, eyes ~2 roll*, rolled back, rolling back, blue,
    {not} react*, seizure*, convuls*, fit, fits, jerk*, twitch*, stiff and, stopped breathing, stops breathing,
    {not} breathing !fast|quick*|heav*|rapid*|well|ok|okay|normally, apn*, mottled, passed out, went stiff,
    lips ~ grey|gray, too weak, {cannot} lift ~ head, grunt*, barely moving, {not} moving, no energy,
    went pale|blue|grey, pale and, turns blue, pauses ~2 breath*, breath* ~2 paus*, hard to rouse, difficult to rouse,
    {cannot} rouse, barely responsive, barely awake, arm|arms|leg|legs|head ~3 drop|drops|dropping|fall|falls|flop*,
    like ~2 doll|jelly|noodle|ragdoll|rag, {not} hold ~2 head, stiff ~1 as|like, eyes ~3 up|back ~3 head
SLEEPY:
    very|so|really|too|extremely|unusually|more|always ?and ?than ?usual ?now sleepy|tired|drowsy|weak|letharg*|quiet,
    letharg*, drows*, sleep* all ~ time|day, {not} wak*, hard to wake, listless, sleepy, {cannot} keep ~ awake,
    sleep* ~2 whole|entire day|time|night, sleep* ~2 whole|all ~1 day|night, {drowsy}, {not} woken
NO_FEED: {not} ~2 feed*|nurse|nursing|eat|eating|drink|drinking|suck|sucking|latch*|bottle|milk|breast,
    refus* ~2 feed*|milk|bottle|breast|eat|drink|fluids|nurse|all, {not} interested ~ bottle|feed*|milk|breast,
    {not} ~ take|taking ~ bottle|milk|feed*|breast|fluids, off ~ feeds|milk, poor feeding, feeding poorly,
    {not} interested in ~2 feed*|milk|eating|bottle, won't latch|eat|feed, {not} wake* ~2 feed*|eat|drink,
    {not} ~1 fed ~1 since|for|all|today, {not} ~1 eaten|drunk|fed|nursed ~ since|all|today|hours,
    {not} ~1 woken|wake|waking ~2 for ~2 feed*|milk|bottle, missed|skipped ~2 feed*|bottle*,
    slept through ~2 feed*|bottle*, {not} keep ~2 down
NOT_WET: {not} ~2 wet ~1 nappy|nappies|diaper*, dry nappy|nappies|diaper*,
    {not} ~1 peed|pee|wee|weed|urinated|passed|wet ~ hour*|since|today|all, {not} wet ~ hours, no tears, dry mouth,
    sunken ~2, eyes sunken, dehydrat*, no urine, no pee|wee, nappy|diaper ~ dry,
    last ~1 wet ~1 nappy|diaper ~ yesterday|hours|night|ago, no ~1 wet|pee|wee|urine|diaper*|napp* ~2, hollow,
    no|not ~1 urin*|pee*|wee*, lips ~2 cracked|dry
SOFT_SPOT: soft spot ~6 bulg*|sunken|swollen|sinking|tense|raised|sunk, fontanel* ~ bulg*|sunken|swollen|tense|sunk,
    bulging|sunken|swollen|sunk ~1 soft spot|fontanel*
GREEN_VOMIT: vomit*|sick|throw*|threw|puk*|spit* ~3 green|bile|blood, green ~2 vomit*|sick|bile|spit|spew, bilious,
    projectile*, colour|color ~2 grass|lime|peas, grass|lime|pea green, milk ~5 across ~1 room,
    shoots|shooting|flies ~3 across
STRANGE_CRY: pitched|shrill|weak|strange|odd|piercing|moaning|whimper* ~1 cry*|scream*|cries, moaning,
    {not} stop ~ cry*|scream*, {cannot} stop ~ cry*, inconsolabl*, scream*
BLOODY_STOOL: jelly ~ nappy|diaper|poo|stool*|poop, blood* ~3 nappy|nappies|diaper*|poo|poop|stool*, redcurrant,
    red currant, jelly-like, drawing|pulling ~ knees|legs, bloody ~ stool*|poo*|diarr*|diaper|nappy
DROPPED: dropped ~3 baby|head|him|her|newborn, fell off|from|out|down|onto, hit|banged|bumped ~2 head,
    fell ~ head|floor, rolled off, off ~2 table|bed|sofa|couch|counter|worktop|chair|mat,
    out of ~2 cot|crib|sling|pram|arms|highchair, down ~2 stairs, slipped ~3 arms|hands
SHAKEN: shook|shaken ~1 baby|him|her|newborn|son|daughter !syndrome|hand*|up, shook my
SICK: vomit*, sick, throw* up, threw up, puk*, drows*, sleepy, floppy, limp, {not} wak*, unconscious, dent, seizure,
    seizure*, confus*, knocked out, {drowsy}, been sick, {not} ~1 himself|herself, dizzy, pale
YELLOW: yellow, jaundice*
COLD_BODY: feels cold, is cold, cold to ~ touch, very cold, so cold, freezing, low temperature, #33..35.9
DRY_NAPPY: {not} ~2 wet ~1 nappy|nappies|diaper|diapers ~4 hours|since|today|yesterday|night|day|hour,
    dry nappy|nappies|diaper|diapers ~3 hours|since|today|yesterday|night|day
"""
