"""Names that are medicine, not a person's: eponyms, and the words that they stand before."""

_EPONYMS = """
abderhalden achilles adams addison adie adson albers albright alport alström alzheimer amsel angelman apert apgar
arnold asperger aspergers auer austin babinski bacillus baker barlow barre barré barrett bartholin bartter bartonella
basedow batten bazett bechterew beck becker beckwith behcet bell bence berger bernard best bickerstaff billroth binet
binswanger bishop bitot blackfan bloom blount boerhaave bosniak bouchard bowen bowman boyle braille bravais breslow
bright bristol broca brodie brown brudzinski brugada budd buerger burkitt byler caffey calve canavan caplan caroli
carney castleman chagas charcot chediak cheyne chiari christmas christian chvostek clark cockayne cockcroft cohn
colles conn coombs cooley cori costen cotard coxsackie creutzfeldt crigler crohn cronkhite cullen cushing dandy danlos
darier debakey dejerine descemet devic diamond diamondblackfan dix down downs dravet dressler duane dubin duchenne
duhring dupuytren duke ebstein edwards ehlers ehrlich eisenmenger ellis epley epstein erb erdheim eustachian ewing
fabry fallopian fallot fanconi feil felty fitz fitzpatrick foley folstein forbes fordyce foville fournier fowler
freeman fregoli frey friedreich frohlich fuchs gardner gaucher gault gehrig genova gerstmann gibbs giemsa gilbert
gilles gilman gitelman glanzmann glasgow gleason goodpasture gorham gorlin gottron gowers graaf gram grave graves
grawitz grey grover guillain gunther hallermann hallpike hamilton hand hansen harlequin hartnup hashimoto haverhill
heberden heimlich hellp henle henoch herlitz hers hirschsprung hodgkin hodgkins hoffman holmes holt homans horner
horton howell huckleberry hunt hunter huntington hurler hutchinson ishihara jacksonian jakob jansky jervell jeune jobs
joubert kallmann kanner kaposi kartagener kasabach kawasaki kayser kearns kegel kehr kennedy kernig kienbock
kimmelstiel kinsbourne klinefelter klippel klumpke koch kocher koplik korsakoff krabbe kugelberg kussmaul kveim
lachman lambert landau langerhans lange larsen lassa laurence leber legg leigh lemli lennox leopold lesch letterer
lewy lhermitte li libman liddle lisfranc loeffler lowe lown ludwig luft lundborg lyme lynch machado madelung maffucci
mallory mantoux marburg marfan maroteaux marshall martorell mccune mcardle meckel meige meigs melkersson mendel
mendelson menetrier meniere menieres menkes merkel meyer mikulicz miller minamata mobius mohs mondor monro montgomery
moro morquio morton moschcowitz mowat munchausen munchhausen murphy myers nager neer nelson netherton niemann nijmegen
nissl noonan nyhan ogilvie ohtahara ollier opitz ormond osgood osler paget pallister pancoast panner papanicolaou pap
parinaud parkinson parkinsons patau pelizaeus pendred perthes peutz peyronie pfeiffer phalen philadelphia pick pierre
plummer poland pompe pott potter prader prinzmetal proteus purkinje pyle queensland quincke rasmussen ramsay rathke
raynaud raynauds reed refsum reiter rendu rett reye rhesus richter riedel rinne riley ritter robin robinow rokitansky
romano romberg rorschach ross roth rothmund rotor roux rovsing rubinstein russell sabin sachs salk sanders sandhoff
sanfilippo saethre schamberg scheie scheuermann schilder schilling schirmer schlatter schmidt schmorl schober
schoenlein schonlein schwachman schwann segawa sertoli sever sezary sheehan shprintzen shwachman simmonds sipple
sjogren sjogrens skene sly smith snellen sotos spitz sprengel stargardt steele stein stensen stevens stickler still
stokes sturge sudeck swan swyer sydenham takayasu takotsubo tarlov tay tanner tardieu thiemann thomsen thurner tietze
tinel todd tourette touretts tourettes treacher treponema trendelenburg trousseau turcot turner unna usher valsalva
van virchow vogt volkmann von waardenburg waldenstrom wallenberg wassermann waterhouse weber wechsler wegener weil
weiss wells werdnig wermer werner wernicke west westphal whipple wiedemann willebrand williams willi wilms wilson
winkler wiskott wolf wolff wolfram wolman wood yersinia zenker ziehl zellweger zika zollinger barr johnson allen
thompson finkelstein mcburney willis fallot galen lin rose bengal lemierre leydig maisonneuve nottingham bartlett
"""
# In small letters, without accents: who diseases, signs, tests and places in the body are named after.
EPONYMS = frozenset(_EPONYMS.split())

_HEADS = """
circle vein veins shunt disease diseases contraction contractions drain drains overdose pump balloon forceps suture
incision syndrome syndromes sign signs test tests score scores scale scales criteria criterion index palsy fracture
fractures lymphoma sarcoma sarcomas tumor tumors tumour tumours virus viruses anemia anaemia ataxia dystrophy chorea
thyroiditis phenomenon contracture contractures procedure operation maneuver manoeuvre formula classification stain
bodies body cells cell cyst cysts hernia reflex node nodes nodules ulcer esophagus oesophagus encephalitis
encephalopathy arteritis purpura disorder disorders anomaly malformation deformity gene genes protein proteins factor
factors staging catheter exercises exercise deficiency dementia neuropathy myopathy cardiomyopathy carcinoma leukemia
leukaemia metaplasia duct gland glands tube tubes canal space law method technique diet clinic hospital hospitals
university institute center centre foundation society college nephropathy ophthalmopathy orbitopathy lentiginosis
spots spot granulomatosis macroglobulinemia hepatitis keratosis melanosis paraplegia paralysis epilepsy seizure tremor
mutation mutations trait antigen antibodies antibody bacillus fever infection inventory questionnaire examination exam
grade stage vaccine vaccines medicine medicines pharmacy remover scan knee elbow finger toe foot heart lung kidney
thickness level levels swab smear solution agent effect reaction triad tetralogy position complex association sequence
spectrum ring rings band bands line lines plaques tangles rash ointment cream needle tendon ligament nerve muscle
membrane valve murmur breathing respiration sensitivity poisoning tick spider variant strain parkinsonism retinopathy
osteodystrophy hydrocephalus dwarfism gangrene angina pneumonia lipodystrophy leukodystrophy lipogranulomatosis type
types variety osteochondritis glycogenosis porphyria protoporphyria erythema psoriasis eczema icthyosis ichthyosis
naevus nevus
"""
# What such names stand before. A capitalised word before one of these is no person's name.
HEADS = frozenset(_HEADS.split())

# Of these, and of more, a person may have one of their own: Laura's rash is no eponym.
_OF_PERSONS = """
rash heart lung lungs kidney kidneys knee elbow finger foot toe fever infection exam test tests scan pump drain hernia
tumor tumour cancer leukemia seizure
"""
OF_PERSONS = frozenset(_OF_PERSONS.split())

# What begins as a person's name does and is none.
NAMED_PHRASES = (
    "lou gehrig ",
    "marie tooth ",
    "gilles de la tourette ",
    "ramsay hunt ",
    "austin flint ",
    "charley horse ",
    "alice in wonderland ",
)

_NO_PERSONS = """
american african asian european indian chinese japanese korean vietnamese filipino mexican hispanic latino latina
black white caucasian jewish muslim christian catholic hindu buddhist english british irish scottish welsh german
french spanish italian portuguese polish russian turkish greek swedish dutch canadian australian brazilian nigerian
ghanaian kenyan egyptian arab arabic iranian israeli pakistani bangladeshi romanian ukrainian hungarian ashkenazi
sephardic native pacific caribbean mediterranean scandinavian england britain scotland wales ireland germany spain
italy portugal poland russia turkey greece sweden norway denmark finland canada mexico brazil argentina chile peru
colombia venezuela africa nigeria ghana ethiopia egypt iran iraq pakistan bangladesh nepal vietnam thailand japan
korea philippines indonesia malaysia singapore australia zealand united states kingdom york jersey hampshire carolina
dakota orleans angeles francisco diego texas california florida ohio michigan illinois pennsylvania massachusetts
maryland arizona colorado oregon washington boston chicago london manchester birmingham toronto sydney melbourne delhi
mumbai tokyo beijing hong kong puerto rico costa santa san los las south north east west central new saint fort mount
lake monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december christmas easter google facebook youtube wikipedia scholl scholls amazon walmart
costco walgreens pfizer moderna novartis merck bayer johnson tylenol advil aleve motrin excedrin benadryl zyrtec
claritin allegra mayo cleveland hopkins kettering intel mac os windows apple android iphone chrome safari practitioner
practitioners doctor doctors nurse internet mri ct hiv aids copd adhd ptsd ibs gerd uti moon iva attn uncle aunt
auntie grandpa grandma granny hi hello hey dear thanks thank regards sincerely yours dr mr mrs ms miss mx prof
professor doctor sir madam dob mrn ssn nhs re ps id tel fax type stage grade rh vitamin covid corona omicron delta
alpha beta gamma
"""
# Capitalised words that begin no name of a person: peoples, places, days, brands.
NO_PERSONS = frozenset(_NO_PERSONS.split())
