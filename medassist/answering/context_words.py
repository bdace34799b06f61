"""How a message shows whether somebody has a sign now: who, when, and in what kind of sentence.

Written as :mod:`medassist.answering.phrases` reads them; what each name does stands in
:mod:`medassist.answering.message`. Negation follows NegEx (Chapman et al. 2001): a cue governs what follows it, up to
the end of its clause.
"""

from medassist.answering.phrases import read_lists

CONTEXT, _ = read_lists(
    """
# Somebody in particular.
PERSON: gramps, pops, stepdad, stepmum, stepmom, stepfather, stepmother, roomie, missus, i, me, my, mine, myself, we,
    our, us, he, she, him, his, her, hers, mum, mom, mummy, mommy, mam, mother, dad, daddy, father, papa, gran,
    granny, grandma, nan, nana, grandpa, grandad, granddad, grandfather, grandmother, wife, husband, hubby, spouse,
    partner, son, daughter, sister, brother, uncle, aunt, auntie, cousin, boyfriend, girlfriend, fiance, bf, gf,
    roommate, flatmate, housemate, friend, mate, buddy, colleague, coworker, co worker, boss, neighbour, neighbor,
    nephew, niece, grandson, granddaughter, teenager,
    the|this man|woman|guy|lady|boy|girl|child|person|patient|kid|infant|gentleman|student,
    is|could|was|might ?it|this|that this|it|that ?be a|an|meningitis|sepsis|anaphylaxis|heart|something|serious,
    does this sound|look|mean, what should|do|can|shall|must i|we ?do, please help, help me,
    should i call|go|drive|worry|wait|be, help please, need help
# The asker's own words around a question, which make nobody ill.
FRAME: should|can|could|do|must|would|may i ?do|have|give|take|ask|call|use|know|expect|look,
    i ?would|'d ?also ?really want|like|need|love ?to know|learn|understand|ask|read|find|hear, i wonder|wondered,
    i 'm|am curious|wondering|interested|studying|writing|doing|preparing|reading|researching,
    tell|explain|give|show|teach ?to me|us, i ask|asked|mean|guess,
    my question|class|course|homework|essay|teacher|exam|school|project|book|nursing|training|blog|presentation|
        thesis,
    we learn*, my curiosity, need|want to know|learn|understand, help me ?to understand, do i
# Asks, wherever it stands in a sentence that is about nobody.
ASKING: how common|likely|many|long|often|much|do|does|to|is|are|can, what is|are|does, why do|does|is|are,
    which is|are, statistic*, frequency of, is it, are they
# A sentence about knowing, not about having.
KNOWING:
    how do|can|would|will|could|should i|we|you|one|people|parents ~1 know|tell|recogni*|spot|notice|distinguish|
        prevent|avoid|lower|reduce|prepare|support|protect|keep|help|store|talk|start|find|cope|treat|choose|manage|
        childproof,
    how to know|tell|recogni*|spot|prevent|avoid|treat|help|talk|get|prepare|childproof|support|reduce,
    what ?are|is|were ?the ?usual|common|main|first|early|typical|warning|danger|other|some ?warning|danger|alarm|
        early|first signs|symptoms|sign|symptom|causes|cause|risks|risk|chances|chance|treatment*|difference|
        definition|meaning,
    which ?are|of ?the signs|symptoms|warning|vaccine*|foods|drugs|medicines|exercises,
    what does|do a|an|the ~2 feel|look|mean|do|stand,
    what should i|we|one ~1 have|know|look|watch|ask|eat|expect|tell|keep, what ?do i|we need to know,
    what can|could i|we do to prevent|avoid|lower|reduce|help|support,
    is it true|possible|safe|common|normal|dangerous|ok|okay|realistic|fine|genetic|hereditary,
    are there ~1 ?side warning|early|any,
    is|are there any|a ?home|natural cure|treatment|vaccine|link|therapy|test|monitor|difference,
    where can|could|do i|we|one, who is at|most, do i need,
    when should|do|does|can|must ?pregnant i|we|you|one|people|women|parents|it, difference between,
    information about|on, facts about, tell me about, learn about, explain ?to ?me ?how|what|why|the,
    how does|do|did a|an|the|doctors|paramedics|people|babies|vaccines,
    how long|often|common|many|likely|quickly|fast does|do|is|are|can|should|people|women,
    what|which ?kind|number|sort|percentage of, am i|is he|is she at risk, what number,
    which|what vaccine|walking|drug|diet|foods|doctor,
    signs|symptoms|causes|risk|risks|treatment|prevention of|for|in|to, what happens if|when|to|during,
    what would|will happen, first aid for|course|training|certificate|kit, what is|are a|an|the,
    what 's a|an|the best|difference|meaning|risk|name|survival|treatment, if|whether i|we ask|talk|mention,
    tips for|on, advice on|for
# Heard, read, made up.
MEDIA: tv|favourite|favorite|this show, scene, film, movie, series, novel, tv, television, documentary, the news,
    newspaper, the paper, article, articles, blog, podcast, radio, celebrity, singer, actor, actress, footballer,
    president, tweeted, youtube, video, magazine,
    i|we read|heard|saw|watched ~1 ?that|about|a|an|on|in|of|the|somewhere, report about|on|says, reports of,
    according to, episode, character, fiction*, in the news, headline*, king, queen, netflix, tiktok, facebook post,
    study says|found|shows, a study, studies, statistic*, history book, autobiography, biography, rock star,
    politician, influencer, soap opera, drama, a book, in a game, video game
# Asked for a lesson: the whole message is about no one.
LESSON: of the following, arrange in sequence|order|sequence, case in our|the|my book|class|textbook|lecture, essay,
    homework, assignment, quiz, school project, project about|on, case study, case report, vignette,
    which of the following, most likely diagnosis|organism|cause|finding|explanation|mechanism, next step in,
    next best step,
    is brought to ?the|a|his|her ?emergency|clinic|physician|hospital|doctor|pediatrician|office|department|by,
    comes|came|presents|presented|presenting to ?the|a|her|his ?emergency|clinic|physician|hospital|office|department|
        doctor|pediatrician|ed|er,
    presents|presented with, physical examination, gestation comes, is|was admitted with|to|for,
    for ~3 class|exam|course|lesson|presentation|training|thesis, studying for, revising for,
    medical|nursing|pharmacy|biology student here, i teach, i am teaching, i 'm teaching, my teacher asked,
    teacher wants, our training, for nursing|medical|med|high school,
    first aid ?training ?course|certificate|class|exam, role play,
    writing a|an novel|story|book|essay|article|thriller|screenplay|leaflet|paper,
    my novel|thesis|dissertation|lecture|screenplay, pathophysiology, leaflet, poster, powerpoint,
    health presentation, need ~1 facts, exam question, trainee*, osce, mcq, flashcard*, textbook, screenplay, trivia,
    crossword, statistics, year old primigravid*, g1p0, hypothetical*, curriculum
# Told as examiners do; a lesson, too, if nobody says "I".
VIGNETTE:
    a|an|this|the #0..110 ?and ?a ?half year|yr|month|week|day old ?male|female|white|black|pregnant ?obese man|woman|
        boy|girl|child|infant|male|female|lady|patient|neonate|baby|student|primigravid*|smoker|nurse|player|athlete|
        gravid*
# A lesson if it also asks as examiners do.
TALE:
    a|an|the man|woman|patient|child|boy|girl|newborn|neonate|infant ?who is|has|had|with|develops|complains|presents|
        was|visits|to|undergoes,
    #0..110 year male|female
EXAM:
    which ?of ?the diagnosis|statement|antidote|test|condition|organism|antibiotic|mechanism|structure|nerve|artery|
        drug|blood|treatment|scan|answer|following,
    which of, is achieved by, is caused by, all are true, except, most common|likely, line of management,
    treatment of choice, after what length, best describes|fits|explains, next step,
    what is the ~3 diagnosis|mechanism|cause|treatment|management|step
# No imagining, whatever an "if" says.
RIGHT_NOW: right now, at the moment, just now, this minute
# Said of all before: it has been so for long.
LONG_SINCE:
    have|has|had|been_had|having|got|gone ~1 this|it|these|them|on|like ~1 for ~2 long|while|years|months|ages,
    this ~1 going on for ~2 years|months|long
# Long over.
PAST: after|during|with|in my|her first|last|previous ~1 birth|child|pregnancy|delivery|labour|labor,
    the same with the second|next,
    as an|a apprentice|student|soldier|schoolboy|schoolgirl|newborn|preemie|youngster|pupil,
    once drank|swallowed|took|fell|fainted|choked|tried|ate|burned|broke, died, passed away, years ago, year ago,
    years back, year back, months ago, month ago, summers|winters|springs|autumns|decade|decades|christmases ago,
    in the|my eighties|nineties|noughties, many years, years before, years earlier, decades,
    last|previous ?few year|month|spring|summer|autumn|fall|winter|christmas|easter|january|february|march|april|june|
        july|august|september|october|november|december|time|pregnancy|decade,
    in|since|back|until|during #1900..2100, used to,
    as a|an child|kid|baby|toddler|teenager|boy|girl|teen|infant|adult|student,
    when|since|until|before i|he|she|we|they|my ~2 was|were ?about ?only little|small|young|a|an|younger|#1..99|born|
        pregnant|first|months|in|still,
    survived, recovered, recovering, history of, was|were|been diagnosed, was|were ?in|a hospital*,
    was|were ?once treated|saved|rescued|resuscitated,
    in|during my|his|her|their twenties|teens|thirties|forties|childhood|youth|first|last|previous|past|student|early,
    in the past|nineties|eighties|sixties|seventies|war|90s|80s|70s|hospital for,
    since his|her|my|the|their ?last ?mini|heart|hip|bypass stroke|attack|surgery|transplant|accident|diagnosis|
        operation|op,
    after his|her|my|the|a|their heart|mini|stroke,
    late wife|husband|father|mother|son|brother|daughter|sister|dad|mum|mom|uncle|aunt|grandfather|grandmother,
    years without, in january|february|march|april|june|july|august|september|october|november|december, once had,
    had once, had ~4 once, when|after i|she had my|her|our ~1 daughter|son|first|second|eldest|youngest, turned out,
    no longer has|have|suicidal, lost our|my baby|son|daughter|wife|husband|brother|sister,
    had his|her|my ~1 heart|stroke, committed suicide, died by, took his|her own life, killed himself|herself,
    years later, childhood, back then, at the time, long ago, an old, former, recovered from, got over,
    he|she was|were six|months old, survivor, anniversary, before i ?got ?was|met|moved|retired, until she|he|i was,
    funeral, is dead, long term effects
# Over, unless what comes after it in the clause is now.
LATELY: weeks ago, week ago, last week, last month, a month ago
# Again and again, or for long.
CHRONIC: for ?a ?very long time|while, last #2..90 years|months,
    for ?the ?past ?last ?some|several|many|a|about|over|couple|few|of ?few|couple|past ?of ?#1..60 month|months|year|
        years,
    sometimes, occasional*, now and then, now and again, every now, once in a while, from time to time,
    every ?single morning|evening|winter|summer|spring|month|week|time|year|monday|day,
    whenever ?i|he|she|we run|runs|climb|climbs|exercise*|eat|eats|walk*|drink*, most days|nights|mornings, usually,
    often, for ages, all my life, always, since childhood, long standing, chronic, still have|has a|some, tend* to,
    in the mornings|evenings|winter, at night in, when sleeping badly, in winter|summer, in ~1 sleep,
    when he|she|i|we sleeps|sleep, since starting|i started|the birth of, regularly, each month|morning|winter,
    during my periods|period, before my period, stable, controlled, under control, at night,
    in the mornings|morning|evening|evenings
# Now, whatever else the sentence says.
PRESENT: now, today, tonight, this morning|afternoon|evening, just, right now, at the moment, currently, suddenly,
    sudden, since this|yesterday|last|an|half|one|breakfast|lunch, is, 's, are, am, 'm, 're, has, have, 've, can't,
    cannot, won't, don't, doesn't, isn't, aren't, hasn't, haven't, feel, feels, feeling, hurt, hurts, keeps, keep,
    looks, starts, ?half an hour ago, minutes|mins|hours|hour ago, yesterday, last night, days ago, tells, says,
    wants, want, think, thinks, see, seeing, need, having, getting, going, vomiting, bleeding, coughing, help, wakes,
    does, cries, seems, sound, sounds, started, smells
# An end of what was.
OVER: fine|okay|ok again, stopped bleeding, bleeding ~1 stopped !and|but, blood ~1 stopped,
    that|it|which stopped ?after|within|by, is|am|'s|'m ?all well|fine|okay|better ?again now,
    wasn't|was not ~1 ?a ?heart|stroke, he|she|i recovered, never got better,
    fine|okay|ok|better|gone|over|passed now, it 's gone|over|passed
# What follows is imagined: to the end of the clause.
IF: if, what if, in case, whether, should someone, suppose, supposing, imagine,
    when|whenever|once someone|somebody|people|a|an|you|one|babies|children|women|men|patients|person,
    someone|somebody|people|anyone|those|person|patients who, unless, in the event
FEAR: worrying|worry|fearing|imagining|dreading that|my|he|she|i|we ~3 might|may|could|would|will,
    makes|made me think|worry, panic*|fear*|dread* ?that ~3 might|could|may|will|would,
    scared|afraid|frightened|terrified|fear|fears|worry|worries|worried|anxious|nervous|panic*|phobia|paranoid|dread|
        concerned|stress* that|of|about getting|having|a|an|the|another|if|choking|dying|bleeding|stroke|strokes|
        heart|giving|it|being|poisoning|anaphylaxis|cancer|suffocating|overdosing !on,
    fear|phobia of, scared|afraid|frightened|terrified|worried of,
    scared|afraid|frightened|terrified|anxious|nervous|worried about !my|his|her|him|them|the|our,
    worried|afraid|scared|terrified|anxious|concerned that|my|he|she|i ~3 might|may|could|would|will,
    worried|scared|terrified|afraid my|i|he|she|we might|may|could|will, thinking that i could|might, worries that,
    panic*|panicked that|i|about i|he|she|we ~1 'll|will|might, obsess*, health anxiety
FUTURE: am|is|are|'m i|he|she|we ~1 going to|gonna ~1 have|get|develop ~6 if|when|because|later|someday,
    will|would|could|may|might|can i|he|she|we|you|it|they|this|my ~2 get|develop|happen|cause|die|stop|lead|still|
        affect|ever|come|become|catch,
    is|are|am|'m|'s ?he|i|she ?more likely, at|the|high|higher|increased|lower|low|low|my|his|her risk|chance|chances,
    risk of, chance of, chances of, prevent*, avoid*, from having|getting|being|choking, likely to, likelihood,
    one day, some day, in the future, later in life, hereditary, run* in ~1 family, everyone in my family,
    in my family, family history, protect* against, how should i prepare, in case of, next time, to stop me,
    could make, might make, is a monitor, vaccin* against, plan to have|get, rise when, gone up,
    will|would|could i|he|she|we ~1 have|be
# Not: what follows in the clause is denied.
NOT: nobody swallowed|ate|drank|took, no, not, without, never, none, neither, nor, isn't, aren't, wasn't, weren't,
    doesn't, don't, didn't, hasn't, haven't, hadn't, denied, denies, deny, free of, absence of, negative for,
    instead of, rather than, ruled out, rule out, wouldn't, ain't, 'd rather
# Words of denial that deny no sign.
NOT_NOT: don't know, doesn't know, not sure, no idea, no one, no clue, not certain, not only, no matter, no doubt,
    no point, don't understand, don't think ?i|he|she|it ?'s|can, {not} getting|any better, don't want to bother,
    no longer, not going away, haven't told, isn't better|improving|working|helping|answering,
    doesn't help|work|matter|look|feel|seem, didn't help|work|sleep, not working|helping,
    no insurance|money|car|phone|signal|ambulance|doctor, never had|felt|seen|been|known anything|this|such|like|so,
    not ?being|feeling well|ok|okay|good|right|himself|herself|myself, not breathing, not responding, no pulse,
    don't like, haven't ~3 doctor|anyone|anybody, no better, not allowed, no history, not due, not normal, can't,
    not a joke, not joking, isn't due, doesn't want, not long, not even, didn't notice, didn't mean, don't bother,
    not stop*, not wake, no appointment, no response
BUT: but, however, although, though, except, yet, only that, still, apart from, then
# Said of anything but the body.
FIGURE: stabbed ~1 in the back, leave|leaves|left me|us gasping|speechless|breathless, put|puts me|us in a|the coma,
    car|phone|laptop|computer|printer ~3 stroke|seizure|heart_attack, paralysed|paralyzed by|with,
    swallow* ~1 pride|words|anger, plant|plants|flowers|lawn ~2 suffocat*|wilt*, is|was|are|were|'s killing me ?!with,
    killing me, nearly|almost|practically|basically ~2 heart attack,
    give|gave|giving|gives ?me|him|her|us ~1 heart attack*, heart attack when|at|on,
    heart attack|stroke ~ bill|price|cost*|spider|invoice, almost|nearly had a stroke|heart,
    nearly|almost ?have died|killed|dead, dying to|for ?know|see|hear|try|meet|a|some, kill for,
    die|died|dying of|from|with laugh*|embarrass*|boredom|shame|curiosity|cringe|envy|jealous*|excitement|happiness,
    die laughing, laughed|laughing ~4 died|die, to die for, stroke of,
    breast|butterfly|swimming|back|golf|brush|key|pen stroke, swimming stroke*, different strokes, strokes of,
    brush strokes, heart|hearts bleed*|bleeds ?for, bleeding ~1 money|cash|edge|hearts|dry,
    drowning in|under nappies|diapers|toys|paperwork|dishes|bills|work|emails|debt|paper*|homework|tasks|laundry|it,
    choked ?up ?in|on|during|at my|the ?job interview|exam|test|words|words|presentation|final|speech, choked up,
    choke in|on ~2 interview|exam, takes|took|take|taking my|your|his|her breath away, breath taking, breathtaking,
    overdosed|overdose|overdosing|od'd on chocolate*|sugar|sweets|netflix|cake|cheese|tv|sun|cute*|pizza|social|
        coffee|carbs|cookies|news|vitamin,
    rather die, die ?a ?little inside,
    bored|scared|frightened|worried|freezing|starving|starved|worked|tickled to death,
    dead tired|beat|end|line|weight|phone|battery|wrong|serious|sea|skin|lift,
    phone|battery|car|laptop|computer|tv|plant|plants|flowers|lawn|engine ~2 stroke|dead|died|dying|choking|bleeding|
        collapsed|killed,
    heart skips|skipped|sinks|sank|broken|breaks|melts|melted, pain in the neck|arse|ass|butt|backside,
    nearly killed me, almost killed me, killing time, kill time, was|were murder,
    poisons ~2 talk|mind|relationship|atmosphere, toxic relationship|boss|ex|job|people|friend|workplace,
    weight off my chest, get ~3 off my chest, off my chest, blue in the face, feeling blue, out of the blue, killer,
    bundle of nerves, heart set, heart to heart, heart of ~1 stone|gold|lead|glass|ice,
    work|job|office|marriage|relationship|boss ~2 suffocat* me|us,
    suffocating|suffocate in ~1 job|relationship|marriage|office|debt, break a leg, cost* an arm, arm and a leg,
    cold feet, kick* the bucket, shot in the arm|dark, shoot myself in the foot, hit me hard,
    my brain ?is ?'s fried|dead|mush, brain dead, exploding with, lost my head, burst* with|out,
    kill* the|a|my bugs|germs|weeds|mood|vibe|pain|bacteria|plants|lawn|appetite|taste, blood boil*, bad blood,
    in cold blood, blood sweat and, drop dead gorgeous, sick of|and tired, lovesick, heartache, heart breaking,
    gut wrenching, collapsed ~1 laugh*|on the sofa|into bed, dying inside, dies|died ~1 down, economy, stock market,
    choke hold, choke point, bleeding gum*, gums ~2 bleed*, drunk dial, sugar crash, knocked out ?of|by cold|the|flu,
    knock* me out, head over heels, head is spinning with, attack ~1 nerves, fit as, fit and healthy, keep fit,
    get fit, fits ~ clothes|jeans, a good fit, am|'m|be|feel fit, fit for, stung by ~1 comment*|remark*|criticism,
    hurt*|hurting my feelings, kill two birds, lump in my throat, shortness of time,
    suicide squad|prevention|bomb*|watch|hotline|rate*|risk|note in|in ~1 film, committing social suicide,
    social suicide, political|career|business suicide, end it with|all with, end ~1 relationship|marriage|lease,
    killed my appetite, killing ~1 feet, shoes are, smile ~1 crooked teeth, crooked teeth, teeth, straight face,
    save* face, face* ~1 problem*|difficult*|challenge*, faces up, want|wants to die my|her|his hair, die my hair
PET:
    my|our|the|her|his|a dog|cat|puppy|kitten|hamster|rabbit|horse|parrot|budgie|guinea_pig|goldfish|cow|hen|chicken|
        sheep|goat|pup|ferret|tortoise !bit|nearly|took|attacked|mauled|scratched|kicked|has|knocked|got|tore|jumped|
        threw,
    my labrador, vet
"""
)
