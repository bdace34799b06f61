"""Words that are no names though they may begin with a capital letter: at a sentence's start, in a title, in a heading.

The most frequent of MedQuAD, MedQA and MedMCQA that stand there in small letters, and of English as a whole; among
them are the words that people are named after (Rose, Mark, Grace).
"""

_WORDS = """
abdomen abdominal abilities ability ablation able abnormal abnormalities abnormality abnormally about above abscess
abscesses absence absent absorb absorbed absorption abstract abuse academic academy acanthocytosis acc accept
acceptance accepted accepting access accessories accident accidents accommodation accompanied accordance according
account accounting accounts accumulate accumulates accumulation accuracy accurate acetaminophen achalasia aches
achieve achondroplasia acid acidemia acidic acidosis acids aciduria acne acquired acromegaly across act actin acting
actinic action actions activated activation active activities activity acts actual actually acuity acute acyl
adapter add added adding addition additional address addresses adenocarcinoma adenoma adenomas adenomatous adequate
adhesion adhesions adipose adjust adjuvant admin administered administration administrative administrator admitted
adolescence adolescent adolescents adopted adrenal adrenoleukodystrophy ads adult adulthood adults advance advanced
advantage adventure adverse advertise advertisement advertising advice advise advised advisor advisory aerobic aery
affairs affect affected affecting affects affiliate affiliates affordable africa african after aftercare again
against age aged agencies agency agenda agenesis agent agents ages aggressive aging ago agree agreed agreement
agricultural agriculture ah ahead aid aids aim aimed aims air aircraft airport airway airways al alabama alae alaska
alba albinism album albumin albums alcohol alcoholic aldosterone alert alerts alexandria alkaline alkalosis all
allergic allergies allergy alliance allow allowed allowing allows almost alone along alopecia alpha already also
alter altered alternative alters although alveolar always am amateur amaurosis amazing amazon amber amelia amendment
amenorrhea america american americans amino ammonia amniotic among amount amounts amp amputation amyloid amyloidosis
amyotrophic amyotrophy an anal analysis anaplastic ancient and androgen androgens anemia anencephaly anesthesia
anesthetic aneurysm aneurysms angel angina angioedema angiography angiopathy angioplasty angiotensin angle angles
animal animals anime ankle ankles annotation announced announcements annual anomalies anomaly anonymous anophthalmia
anosmia another answer answers anterior anti antibiotic antibiotics antibodies antibody anticancer antidepressants
antigen antigens antihistamines antitrypsin anus anxiety anxious any anyone anything anyway anywhere aorta aortic
apartment apartments apex aphasia aplasia aplastic apnea apoptosis apos apparel apparent appeal appear appearance
appearing appears appendix appetite apple appliances applicable application applications applied apply approach
approaches appropriate approval approved approximately apr apraxia april arachnodactyly arch arched archer
architecture archive archives are area areas aren arginine argument aries arise arises arizona arkansas arm arms
army aromatase around array arrest arrhythmia arrhythmias art arterial arteries arteriosus arteriovenous arteritis
artery arthritis arthrogryposis article articles artificial artist artists arts as asbestos ascending ascites ash
asia asian ask asked asleep aspects aspen aspiration aspirin assay assembly assess assessment assets assigned assist
assistance assistant assisted associate associated associates association assume asthma astrocytoma astrocytomas
asymmetry asymptomatic at ataxia atherosclerosis atlanta atlantic atom atoms atresia atria atrial atrophic atrophy
attach attached attaches attack attacks attempt attention attorney attractions atypical au auction auctions audience
audio auditory aug august aura aureus auscultation australia australian austria author authorities authority
authorized authors autism auto autoimmune automatic automatically automotive autonomic autosomal autumn availability
available ave avenue average avg avoid avoided avoiding award awards aware awareness away axial axillary axis axonal
axons babe babes babies baby back background backup bacteria bacterial bacterium bad bag bags baker balance balanced
balloon band bands bank banking bar baron barrier bars basal base baseball based basement basic basil basis basket
basketball bath bathroom batteries battery bay be beam bean beans bear bears beat beating beats beautiful beauty
became because become becomes becoming bed bedroom bee been before began begin beginning begins behavior behavioral
behaviors behind being belgium believe believed bell belly belongs below beneficial benefit benefits benign berlin
berry best beta better between beverages beyond bible bid bids bifida big bike bilateral bilaterally bile biliary
bilirubin bill billion bin bind binding binds biography biologic biological biology biopsies biopsy birch birth
birthday bit bite bites black bladder blanche blasts bleed bleeding blessing blind blindness blistering blisters
bloating block blockage blockages blocked blockers blocking blocks blog blogs blonde blood bloodstream bloody blow
blue blues bluish blurred blurry board boards boat bodies body bodys bone bones bonus bony book booking bookmark
books boost border born bossing both bottom botulism bought bound bowel bowing bowl box boxes boy boys brachial
brachydactyly brackets brain brainstem branch branches brand brands brandy brazil break breakage breakdown breakfast
breaking breaks breast breastbone breasts breath breathe breathing bridge brief bright brighter bring britain
british brittle broad broadband broken bronchi bronchiectasis bronchitis brook brooke brooklyn brother brought brown
browse browser bruises bruising buck bud buddy budget bug build building buildings builds buildup built bulge
bulging bulletin bullosa bumps burden bureau burn burning burns bus business businesses but buttocks button buy
buyer buying by bypass bytes cable cables caffeine cage calcification calcifications calcium calendar california
call called calling callosum calls calorie calories cam cambridge came camera cameras campaign campus can canada
canadian canal cancel cancer cancerous cancers candida candidate candy canned cannot canon cant cap capacity cape
capillaries capillary capital capsule car carbohydrate carbohydrates carbon carboxylase carcinoid carcinoma
carcinomas card cardiac cardiologist cardiomyopathy cardiovascular cards care career careers careful carefully
caries carinatum carnitine carolina carotid carpal carried carrier carriers carries carry carrying cars cart
cartilage cary case cases cast cat cataract cataracts categories category catheter catheterization catheters cause
caused causes causing cavernous cavities cavity cavus cd cedar celebrity celiac cell cells cellular cement census
cent center centers centimeters central centre century cereals cerebellar cerebellum cerebral cerebrospinal ceroid
certain certainly certificate certificates certification certified cervical cervix chad chain chair chairman
challenge challenges chamber chambers champagne chance chances change changed changes changing channel channels
chapter character characteristic characteristics characterized characters charge charged charges charity chart
charts chase chat cheap cheats check checked checking checkout checks checkups cheek cheeks chemical chemicals
chemistry chemotherapy cherry chest chewing chi chicago chickenpox chief child childbirth childhood children childs
chills chin china chinese chloride chocolate choice choices cholangitis cholestasis cholesterol chondrodysplasia
choose choosing chorea chorionic choroid christ christian christmas chromosomal chromosome chromosomes chronic
cigarette cigarettes cilia ciliary cinnamon circle circuit circulating circulation circumference circumstances
cirrhosis cities citizens city civil claim claims clarity class classes classic classical classified classifieds
clavicle clay clean cleaning clear clearance clearly cleft click client clients cliff climate climbing clinic
clinical clinically clinics clip clips clock clonic close closed closely closure clot clothes clothing clots
clotting clouding cloudy club clubs clumps cluster clusters cm co coach coagulation coarse coast code codes coenzyme
coffee cognitive cold coli colitis collagen collapse collect collected collectibles collection collections collects
college colleges coloboma colon colonoscopy color colorado colorectal colored coloring colour colt columbia column
com coma combination combinations combined come comedy comes comfort comfortable comics coming command comment
comments commerce commercial commission commitment committed committee common commonly communicate communication
communications communities community compact companies company compare compared comparison compartments compatible
compensate compensation competition competitive complaining complains complaints complement complete completed
completely complex complexes compliance complicated complication complications component components composed
compound compounds comprehensive compression compulsive computed computer computerized computers computing con
concentration concept conception concepts concern concerned concerning concerns concert condition conditions conduct
conducted conducting conduction conductive conducts cone conference confidence configuration confirm confirmed
conflict confused confusion congenita congenital congress conjunctivitis connect connected connecticut connection
connections connective connects connexin consciousness conservation consider considered consistent consists constant
constantly constipation constitutes constriction construction consult consulting consumer consumers consumption
contact contacts contain contained container containing contains contaminated contemporary content contents context
continue continued continues continuing continuous contraceptives contract contraction contractions contractor
contracts contracture contractures contrast contribute contributes contributions control controlled controlling
controls convention conversion convert converted converter converting converts convulsions cooking cool cooper
coordinated coordinating coordination cope copies copper copy copyright coral cord cords core cornea corneal corner
corners corona coronary corporate corporation corpus corpuscular correct correctly cortex cortical corticosteroid
corticosteroids cortisol cost costs cough coughing could council counseling counselor count counter countries
country counts county couple course courses court cover coverage covered covering covers crafts cramping cramps
cranial craniofacial craniosynostosis crawling crazy cream creams crease creases create created creates creatine
creating creatinine creation creative credit credits creek crew crime criminal crisis criteria critical cross cruise
cry crying cryptorchidism crystal crystals cuba cuff cultural culture cup cure cured currency current currently
curriculum curvature curve custom customer customers cut cutaneous cutis cuts cutting cyanosis cycle cyclic
cyclophosphamide cyclosporine cyst cystic cysts cytochrome cytomegalovirus cytoskeleton czech daily dairy daisy
dakota dale dallas damage damaged damages damaging dance dangerous dark data database databases date dates dating
daughter day days daytime de dead deafness dealer dealers deals deaminase dean death deaths debate debt dec decade
decades decarboxylase december decide decided decision decisions decline decrease decreased decreases decreasing
dedicated dee deep default defect defective defects defenses deferens deficiencies deficiency deficient deficit
deficits define defined definition definitions definitive deformities deformity degeneration degree degrees
dehydration dehydrogenase del delay delayed delays delete deleted deletion deletions deliver delivered delivery dell
delta demand dementia democratic demonstrates denies dense density dental dentin dentist denver department
departments depend dependent depending depends depletion deposits depressed depression depth der derived dermal
dermatitis dermatomyositis descent describe described describes description design designated designed designer
designs desire desk desktop despite destination destiny destroy destroyed destroys destruction detachment detail
detailed details detect detected detection detects deterioration determine determined determines determining develop
developed developer developers developing development developmental develops deviation device devices diabetes
diabetic diagnose diagnosed diagnoses diagnosing diagnosis diagnostic dialysis diameter diamond diaphragm
diaphragmatic diarrhea diastolic dictionary did die died diet dietary dietitian diets diff differ difference
differences different differential differentiation differently difficult difficulties difficulty diffuse digest
digestion digestive digital digits dilated dilation dimensional dimensions dimple dining dinner dioxide diplegia
dipstick direct directed direction directions directly director directors directory disabilities disability disabled
disappear disc discharge disclaimer discoloration discomfort discount discover discovered discovery discuss
discussed discussion discussions disease diseased diseases dish disk dislocation disney disorder disorders display
displayed disposal disrupt disruption disrupts dissecans dissection disseminated distal distance distant distention
distinct distinctive distinguish distinguished distress distributed distribution district disturbance disturbances
diuretics divide divided dividing division dizziness dl do doc doctor doctors document documentation documents does
doesn doesnt dog dogs doing dollar dollars dolls dolly domain domestic dominant dominica don donated done donor dont
door dopamine dorsal dosage dose doses dot double dove down download downloads downward doxycycline draft drain
drainage draw drawing drawn dream dress drew drink drinking drinks drive drivers drives driving droopy drop drops
drug drugs dry dryness du dual duct ducts ductus due duke duodenum duplication duration during dust dusty duty
dwarfism dye dying dynamic dysarthria dyserythropoietic dysfunction dysgenesis dyskinesia dysostosis dysphagia
dysplasia dyspnea dystonia dystrophic dystrophy each ear earl earlier earliest early earnest ears earth ease easier
easily easter eastern easy eat eating echo echoes economic economics economy ectodermal ectopic eczema ed edema eden
edge edit edited edition editor editorial editors education educational effect effective effectively effectiveness
effects efficiency efficient effort efforts effusion egg eggs ehrlichiosis eight either ejaculation elastic elbow
elbows elderly election electric electrical electrocardiogram electrolytes electronic electronics element elementary
elements elevated elevation eligible eliminate elm else email embolism embryo embryonal embryonic emerald emergency
emery emission emotional emphysema employee employees employer employment empty emptying enable enabled enamel
encephalitis encephalopathy encourage encyclopedia end ended ending endocarditis endocrine endometrial endoscope
endoscopy endothelial ends energy enforcement engine engineer engineering engines enhance enjoy enlarge enlarged
enlargement enough ensure enter entered enterococci enteropathy enterprise enterprises enters entertainment entire
entries entry environment environmental enzyme enzymes eosinophilic eosinophils ependymoma epidermal epidermis
epidermolysis epilepsy epileptic epiphyseal epiphyses epiphysis episode episodes episodic epithelial epithelium
equal equally equinovarus equipment equity equivalent erectile erection ericsson ernest erosions error errors
eruption erythema erythematosus erythematous erythroderma esophageal esophagus especially essential est establish
established estate ester estimate estimated estimates estrogen et etc ethnic ethyl eur euro europe european evaluate
evaluated evaluation even evening event events eventually ever every everyday everyone everything evidence evident
evil evoked evolution exact exactly exaggerated exam examination examine examined examines examining example
examples exams excavatum excellent except excess excessive exchange excision exclusive exclusively excreted
excretion execution executive exercise exercises exercising exertion exhibit exist existing exit expand expansion
expect expectancy expected expenses experience experienced experiences experiencing expert experts explain explore
explorer export exposed exposure express expressed expression expressivity extend extended extension extensive
extent external extra extracellular extracranial extragonadal extraocular extreme extremely extremities extremity
eye eyeball eyebrow eyebrows eyelashes eyelid eyelids eyes face facial facies facilities facility fact factor
factors factory facts faculty fail failed fails failure fainting faith fall falling fallopian falls false familial
families family famous fan fans fantasy faqs far farm fasciitis fashion fast faster fasting fat fatal father fathers
fatigue fats fatty faulty favourite fax fear feature featured features feb febrile february fecal feces federal fee
feed feedback feeding feeds feel feeling feelings feels fees feet felt female females femoral femur fern ferritin
fertility festival fetal fetalis fetus fever fevers few fewer fiber fibers fibrillation fibrinogen fibromatosis
fibrosis fibrous fibula fiction field fifth fight fighting figure figures filaments file filed files fill filled
fills film films filter filtering filters filtration final finally finance financial financing find finding findings
fine finger fingernails fingers finish finished fire firm firms first fiscal fish fisher fishing fissure fissures
fistula fit fitness five fix fixation fixed flag flash flat flattened flattening flexibility flexible flexion flight
flights floor flora flow flower flowing flows flu fluid fluids flushing fly focal focus focused focuses folate fold
folds folic follicles follow followed following follows font fontanelles food foodborne foods foot football for
foramen foramina force forced forces ford forearm forearms forecast forehead foreign forest forget forgot form
formal format formation formed former formerly forming forms forrest fort forum forums forward fossa foster foul
found foundation four fourth fox fraction fractions fracture fractures fragile fragments frame frames framework
france frank free freedom frequencies frequency frequent frequently fresh fri friday friend friendly friends from
front frontal frontotemporal frozen fructose fruit fruits fuel full fullness fully fumes fun function functional
functioning functions fund fundamental funded funding funds fungal fungi fungoides fungus funny furniture further
fused fusion future gadolinium gain gained gait galactose gallbladder galleries gallery gallstones game games gaming
gamma ganglia gangliosidosis gap garden garland garnet gas gastric gastritis gastroenteritis gastroenterologist
gastroesophageal gastrointestinal gastroparesis gathered gave gay gear gel gem gemini gender gene general
generalized generally generated generation generic genes genesis genetic genetically genetics genital genitalia
genitals genitourinary genre georgia germ germany germs gestation gestational get gets getting giant gift gifts
ginger gingival girdle girl girls give given gives giving gland glands glass glasses glaucoma glen glioma global
globin globulin glomerular glomeruli glomerulonephritis glomerulopathy glossary glucagon glucocorticoid glucose
gluten glycine glycogen glycosylation gnu go goal goals god goes going goiter golden golf gonadotropin gone good
goods google got gotten gout gov government grace grade gradual gradually graduate graft grains gram grams grand
grant grants granules granuloma granulomatous graphic graphics gratis gravis gray great greater greatest greatly
greek green groin ground group grouped groups grow growing grows growth growths guarantee guaranteed guess guest
guests guidance guide guidelines guides guitar gum gums gun guy guys habits had hair hairline hairy half
hallucinations hallux hampshire hand handle handling hands hang happen happened happens happy hard hardcover harder
hardware harm harmful harming harmless harmony has hat have having hawaii hay hazel he hea head headache headaches
headlines heal healing health healthcare healthy hear heard hearing heart heartbeat heartbeats heartburn hearts heat
heath heather heaven heavy height held helix hell hello help helpful helping helps hemangioma hemangiomas hematoma
hematuria heme hemiparesis hemiplegic hemochromatosis hemodialysis hemoglobin hemoglobinuria hemolytic
hemophagocytic hemophilia hemorrhage hemorrhagic hence heparin hepatic hepatitis hepatocellular hepatomegaly
hepatosplenomegaly her herb herbs here hereditary heritage hernia hernias herpes heterotopia hey hidden hide high
higher highest highly highway him himself hip hips hire his histiocytosis historic historical histories history hit
hits hockey hold holding hole holiday holidays hollow holly holoprosencephaly holy home homeostasis homepage homes
homocystinuria honey hop hope hormonal hormone hormones horse hospital hospitalized hospitals host hosted hosting
hot hotel hotels hour hours household houses housing houston how however http huge human humans humerus hung hunter
husband hydatidiform hydrocephalus hydrops hydroxylase hydroxysteroid hygiene hyper hyperactivity hyperaldosteronism
hyperbilirubinemia hypercalcemia hypercholesterolemia hyperkeratosis hyperlipidemia hypermobility hyperostosis
hyperoxaluria hyperparathyroidism hyperpigmentation hyperplasia hypertelorism hypertension hyperthermia
hyperthyroidism hypertrichosis hypertrophic hypertrophy hypocalcemia hypoglycemia hypogonadism hypomyelination
hypoplasia hypoplastic hypospadias hypotension hypothalamus hypothyroidism hypotonia hypoventilation hysterectomy
ibuprofen ice ichthyosiform ichthyosis icon id idaho idea ideal ideas identification identified identify identifying
identity idiopathic if ii iii ileostomy iliac ill illegal illinois illness illnesses image images imaging imbalance
immature immediate immediately immune immunodeficiency immunoglobulin immunosuppressive immunotherapy impact impair
impaired impairment impairs imperfecta implant implanted implementation import importance important impression
improve improved improvement improves improving impulses in inability inactivation inactive inappropriate inc inch
inches incidence incision incisor include included includes including inclusion income incompatibility incomplete
incontinence increase increased increases increasing increasingly indeed independence independent index india indian
indiana indicate indicated indicates indigestion individual individuals induced induction industrial industries
industry infancy infant infantile infants infarction infect infected infection infections infectious inferior
infertility infested inflamed inflammation inflammatory influence influenza info information informed infrastructure
infusion inguinal inhaled inherit inheritance inherited inheriting inherits inhibitor inhibitors inhibits initial
initially initiative injected injection injections injured injuries injury ink inn inner input insensitivity
inserted inserting insertion inserts inside insipidus insomnia inspection instability install installation installed
instance instances instant instead institute institutes institution institutions instruction instructions instrument
instruments insufficiency insulin insurance int intact intake integrated integration intel intellectual intelligence
intended intense intensity intensive interact interaction interactions interactive intercourse interest interested
interesting interests interface interfere interferes interferon interior intermediate intermittent internal
international internet interpreted interstitial interval intervention interventions interview interviews intestinal
intestine intestines into intolerance intracranial intrahepatic intraocular intrauterine intravenous introduced
introduction invaders invasive inventory inversus investigation investigations investment investor involuntary
involve involved involvement involves involving inward iodine ion ions iowa ipod iran iraq ireland iris iron
irregular irritability irritable irritation is ischemia ischemic isis island islands isle isn isolated israel issue
issued issues it italian italy itching itchy item items its itself ivory ivy jade jamaica jan japan japanese jasmine
jaundice java javascript jaw jazz jean jerking jersey jewel jewish job jobs join joined joint joints jordan journal
journey joy judge juice jul july jump junction junctions june junior juniper just justice juvenile kansas keep
keeping keeps kentucky kenya kept keratin keratitis keratoderma keratosis ketoacidosis key keyboard keyword keywords
kg kid kidney kidneys kids kill killed killing kills kinase kind kinds king kingdom kit kits kitty knee knees knew
know knowledge known knows kong korea kyphoscoliosis la lab label labels labor laboratories laboratory lack lactase
lactate lactic lactose ladies lady lait lance lane language languages laparoscopic laptop laptops large larger
largest laryngeal larynx las laser last lasting lasts late latent later lateral latest latin lattice launch laurel
lavender lawyer lawyers laxa laxity layer layers lb lea lead leader leaders leadership leading leads league leak
leakage leaking lean learn learned learning least leather leave leaves leaving led lee left leg legal legislation
legs leiomyomatosis leisure length lens lenses lentis leptin lesion lesions less lessen lessons let lethal lethargy
lets letter letters leukemia leukocyte leukodystrophy leukoencephalopathy level levels levodopa liability lib
liberty libraries library lice license licensed lichen lichenoides lie lies life lifelong lifespan lifestyle
lifetime lifting ligament ligaments light lighting lights like likelihood likely lily limb limbs limit limited
limiting limits line linear lines lingerie lining link linked links linux lion lip lipase lipid lipids lipodystrophy
lipofuscinosis lipomas lipoprotein lipoproteins lips liquid liquids lissencephaly list listed listen listing
listings lists literature little live liver lives living ll load loan loans lobe lobes local localized locate
located location locations lock lodge log logged logic login logo london long longer look looked looking looks loose
los lose losing loss lost lot lots lotus loud louisiana love low lower lowering lowers lowest loyal ltd lucky lumbar
lump lumps lung lungs lupus luxury lyase lying lymph lymphadenopathy lymphatic lymphedema lymphoblastic lymphocyte
lymphocytes lymphocytic lymphohistiocytosis lymphoid lymphoma lymphomas lymphoproliferative lyrics lysosomal
lysosomes machine machines macrocephaly macula macular made magazine magazines magic magnesium magnet magnetic
magnolia mail mailing main maine mainly maintain maintained maintaining maintenance major majority make makes making
malabsorption malaise malaria male males malformation malformations malformed malignancy malignant malnutrition
malocclusion malrotation man manage managed management manager managers managing manchester mandible mandibular
manner manual manufacturer manufacturers manufacturing many map maple maps mar marina marine mark marked marker
markers market marketing marketplace markets marlin marriage married marrow marsh marshal mask mass massachusetts
masses mastectomy master mastocytosis match matches matching material materials maternal mathematics matrix matter
matters maturation mature max maxilla maxillary maximum may maybe me meal meals mean meaning means meant measles
measure measured measurement measures meat meats meatus mechanical mechanism mechanisms media medial mediated
medical medication medications medicine medicines medium medullary meet meeting meetings megacolon megaloblastic
melanocytes melanoma mellitus melody member members membership membrane membranes memory men meningitis menopause
menstrual menstruation mental mention mentioned menu mercury mercy merit merlin merry mesh message messages met meta
metabolic metabolism metacarpal metal metaphyseal metaphyses metastasis metastatic metatarsal meter metformin method
methods methotrexate methylmalonic methyltransferase mexico mg miami michigan micro microcephaly microdeletion
micrognathia microphthalmia microscope microscopic microsoft microsomia mid middle midface midline might migraine
migraines migration milan mild milder mildly mile miles milestones military milk milligrams millimeters million min
mind mine mineral minerals mini minimal minimize minimum minister ministry minnesota minor minute minutes mirror
miscellaneous miss missing mission mississippi missouri mistaken mistakenly misty mitochondria mitochondrial mitral
mix mixed ml mm mobile mobility mode model models moderate modern modified modify module modules moist molar mole
molecular molecule molecules moles moment mon monday money monitor monitored monitoring monoclonal monosomy montana
month monthly months mood more morning morphology mortgage mosaic mosaicism mosquito most mostly mother mothers
motion motor motorola mount mountain mouse mouth move moved movement movements moves movie movies moving much
mucolipidosis mucopolysaccharidosis mucosa mucous mucus multi multifocal multimedia multiple multiplex multiply
murmur murmurs muscle muscles muscular musculature museum music musical must mutated mutation mutations my
myasthenia myasthenic mycosis myelin myelodysplastic myelofibrosis myelogenous myeloid myeloma myelomonocytic
myeloproliferative myocardial myocardium myoclonic myoclonus myopathy myopia myosin myotonia myotonic myrtle myself
nail nails name named names narcolepsy nares narrow narrowed narrowing narrows nasal nasopharyngeal nasopharynx
nation national nations native natural naturally nature nausea navigation navy nd near nearby nearly necessary neck
necrosis need needed needle needles needs negative neither neonatal neoplasia neoplasm neoplasms nephritis
nephrogenic nephropathy nephrotic nerve nerves nervous net netherlands network networking networks neural neuralgia
neuritis neuroblastoma neurodegeneration neurofibromatosis neurologic neurological neuromuscular neuron neuronal
neurons neuropathy neutropenia neutrophils never nevi nevus new newborn newborns newest newly news newsletter
newsletters newspaper next ng nice night nigricans nih nine nipple nipples nitrogen no noble nocturnal node nodes
nodular nodule nodules noel noise nokia non noncancerous none nonfunctional nonmelanoma nonsteroidal nonsyndromic
nor normal normally northern nose nosebleeds nostrils not notable note notebook noted notes nothing notice
noticeable noticed notify nov novel november novo now nuclear nucleus null number numbers numbness numerous nurse
nursing nutrients nutrition nutritional nuts nystagmus oak obese obesity object objective objectives objects
observation observed obstruction obstructive obtain obtained obvious occasional occasionally occipital occlusion
occlusive occulta occupational occur occurred occurrence occurring occurs ocean oct october ocular odor of off offer
offered offering offers office officer officers offices official officials offline often ohio oil oils oklahoma old
older olive omega on once oncologist one ones ongoing online only onset ontario onto oophorectomy opal open opened
opening operating operation operations operator ophthalmoplegia opinion opinions opportunities opportunity opposite
optic optical option optional options or oral orange order ordered ordering orders oregon org organ organic
organisation organism organisms organization organizations organizing organs origin original originally ornithine
oropharyngeal orthostatic osseous ossification osteoarthritis osteochondritis osteochondromas osteogenesis
osteopetrosis osteoporosis osteosarcoma other others otherwise otitis ounces our out outcome outdoor outdoors outer
outlet outlook outpatient output outside outstanding outward ovarian ovaries ovary over overactive overall overdose
overgrowth overlap overlapping overload overproduction overview overweight own owned owner owners oxalate oxford
oxidase oxidative oxide oxygen pa pacemaker pacific pack package packages page pages paid pain painful painless
pains paint painting pair palate pale palliative pallor palm palmar palmoplantar palms palpable palpation palpebral
palpitations palsy pan panasonic pancreas pancreatic pancreatitis panel panic paper paperback papers paraganglioma
paragraph paralysis parameter parameters paranasal paraplegia parasite parasites parathyroid parent parents parietal
paris parking parkinsonism paroxysmal part partial partially participants participate participation particles
particular particularly parties partner partners partnership parts party pass passage passed passes passing password
past pat patch patches patella patent paternal path pathologist pathology pathway pathways patience patient patients
pattern patterns pay payment payments pc peace peak pearl peas pediatric pediatrician peg pelvic pelvis penetrance
penis pennsylvania penny people peptide per percent percentage percentile perception perfect perform performance
performed performing performs perhaps pericarditis pericardium period periodic periodontal periods peripheral
peritoneal peritoneum periventricular perl permanent permanently permission permit pernicious persist persistent
person personal personality personals personnel persons perspective pet pets pg phalanges phalanx pharmacy pharynx
phase phenomenon pheochromocytoma philadelphia philosophy philtrum phoenix phone phones phosphatase phosphate
phosphoglycerate phosphokinase phosphorus phosphorylase phosphorylation photo photography photophobia photos
photosensitivity physical physically physician physicians physics physiology pic pick pics picture pictures piece
pieces pigment pigmentation pigmented pigmentosa pigmentosum pilaris pill pills pilot pin pineal pink pinna
pituitary pityriasis place placed placement placenta places placing plain plan planet planned planning plans plant
plants planus plaque plaques plasma plasminogen plastic plate platelet platelets platform play played player players
playing plays playstation please plenty pleura pleural plexus plug plus pm pneumonia pneumonitis pneumothorax pocket
poetry point points poisoning police policies policy political politics poll polycystic polycythemia polydactyly
polymicrogyria polyneuropathy polyposis polyps pool poor poorly pop popular population populations porphyria port
portable portal porter portfolio portion portland position positions positive positively positron possibility
possible possibly post postal posted poster posterior posteriorly posters posting postmenopausal posts posture
potassium potential potentially pouch poultry pounds power powered powerful practical practice practices pre
precautions precious prediabetes predict predisposition prednisone predominantly preeclampsia preferred pregnancies
pregnancy pregnant premature prematurely premium prenatal preparation prepare prepared prescribe prescribed
prescribes prescription presence present presentation presented presents president press pressure pretty prev
prevalence prevent prevented preventing prevention prevents preview previous previously prices pricing primarily
primary prime primordial prince princess principal principles print printable printed printer printers printing
prints prion prior priority privacy private pro probable probably probe problem problems procedure procedures
proceedings process processed processes processing processor proctitis produce produced produces producing product
production products professional professionals professor profile profiles profit profound progeroid progesterone
prognathia prognosis program programme programming programs progress progresses progressing progression progressive
progressively project projects prolactin prolapse proliferation prolonged prominent promote promotes promotion
prompt prone pronounced proof proper properly properties property prophylaxis proportion proposal proposed prostate
prostatectomy prostatic protect protected protection protective protects protein proteinosis proteins proteinuria
prothrombin protocol protruding proven provide provided provider providers provides providing provision provisions
proximal pruritus pseudo psoriasis psychiatric psychological psychology pterygium ptosis pub puberty pubic public
publication publications published publisher publishing pulmonary pulp pulse pulses pump pumping punctata puncture
pupil pupils purchase pure purple purpose purposes purpura pus put puts pylori pyramidal pyridoxine pyruvate
quadrant qualified quality quantity quarter quarts queen query question questions quick quickly quit quite quitting
quot quote quotes rabies race racing radial radiation radical radio radioactive radiologist radiologista radius rain
rainy raise raised raises ram random range ranges ranging rank rape rapid rapidly rare rarely rash rashes rate rated
rates rather rating ratings ratio raven raw ray rays rd re reach reached reaches reaching react reaction reactions
reactive read reader readers reading readings ready real reality really rear rearrangement reason reasonable reasons
receive received receives receiving recent recently receptor receptors recessive recipe recipes recognition
recognize recognized recommend recommendations recommended recommends reconstruction record recorded recording
records recover recovery recreation rectal rectum recur recurred recurrence recurrent recurring red reddish redness
reduce reduced reduces reducing reductase reduction reed ref refer reference references referred refers refine
reflect reflex reflexes reflux reform refractory regain regarding regimen regina region regional regions register
registered registration regression regular regularly regulate regulates regulating regulation regulations regulatory
regurgitation rehabilitation relapse related relating relation relations relationship relationships relative
relatively relatives relax relaxation release released releases releasing relevant relief relieve religion religious
remain remainder remaining remains remember remission remodeling remote removal remove removed removes removing
renal renin rent rental rentals repair repaired repeat repeated repeats repetitive replace replaced replacement
replacing replication replies reply report reported reporting reports represent representative representatives
represents reproductive republic request requested requests require required requirement requirements requires
requiring rescue research researchers resection resemble reservations reserve reserved residential residents
residual resistance resistant resolution resolve resonance resort resource resources respect respective respectively
respirations respiratory respond responds response responses responsibility responsible responsive rest restaurant
restaurants resting restless restore restrict restricted restriction result resulting results resuscitation retail
retardation retention reticulum retina retinal retinitis retinoblastoma retinopathy retirement retraction retrieved
return returned returns reveal revealed reveals revenue reverse review reviewed reviews revised revision rhabdoid
rhabdomyosarcoma rheumatic rheumatoid rhythm rib ribs rice rich rickets rid ride ridge ridges right rights rigid
rigidity ring rings rio rise rises risk risks river road rob robin rocky rod rodents rods role roles roll rom roof
room rooms root rose rosemary rotated rotates rough round rounded route routine row rowan royal rubella ruby rule
ruled rules run running runny runs rupture rural russia russian rusty sac sacs safari safe safely safety sage said
saint sal sale sales saliva salivary salpingo salt salts same sample samples samsung san sandy sapphire sarcoidosis
sarcoma sat satellite saturated saturation saturday savannah save savings saw sawyer say saying says scabies scale
scalp scaly scan scanner scans scar scarlet scarring scars scene schedule scheme school schools science sciences
scientific scientists sclerae scleroderma sclerosing sclerosis scoliosis scope score scores scotland screen
screening script scrotum sea sealed search searches searching season seat seattle sec second secondary secondhand
seconds secret secretary secretion section sections sector secure securities security sedation see seeds seeing seek
seeking seem seems seen segment segmental segmentation segments seizure seizures select selected selection selective
self sell seller selling semen senate send sending sends senior sensation sensations sense senses sensitive
sensitivity sensorineural sensory sent sentinel sep separate separates separation sepsis septal septum sequence
sergeant serial series serious serum serve served server servers service services serving session set sets setting
settings setup seven several severe severely severity sex sexual sexually shall shallow shape shaped share shared
shares sharing sharp she sheath sheet shin shingles ship shipping ships shirt shirts shock shoes shop shopping shops
short shortage shortened shortening shorter shortly shortness shot shots should shoulder shoulders show showed
showing shown shows shrink shun shunt sick sickle sickness side sided sideroblastic sides sign signal signaling
signals signature signed significant significantly signs silent similar simple simplex simply since singapore single
singles sinus sinuses sir sis sister sit site sitemap sites sitting situ situation situations situs six size sized
sizes skeletal skeleton ski skills skin skip skull sky skye sleep sleepiness sleeping slide slides slight slightly
slot slow slowed slowing slowly slows slurred small smaller smear smell smelling smoke smoked smokers smoking smooth
so soap soccer social society socket sodium soft software soil sol sold soles solid solution solutions somatic some
someone something sometimes somewhat son songs sonogram sons sony soon sore sores sorry sort sorted soul sound
sounds source sources southern spa space spaced spaces spam spanish sparse spasm spasms spastic spasticity speak
speaker speakers speaking special specialist specialists specialize specialized specializes specially specials
species specific specifically specifications specified specimen specimens specs spectrum speech speed spend spent
sperm sphincter spina spinal spine spinocerebellar spirit spleen splenomegaly split spondylitis sponge sponsor
sponsored sponsors spontaneous spontaneously sporadic sporadically sport sporting sports spot spots spread spreading
spreads spring springs sputum squamous square st stability stabilize stable staff stage stages staging stain stairs
stand standard standards standing stands staph star stars start started starting starts state stated statement
statements states static station stationary stations statistics stats stature status stay stays steady steel stem
stenosis stent step steps sterling steroid steroids stethoscope stick stiff stiffness still stimulate stimulates
stimulating stimulation stock stoma stomach stone stones stool stools stop stopped stopping stops storage store
stored stores stories storm strabismus straight strain strategic strategies strategy stream strength strengthen
strep streptococcal stress stretch stricture string stroke strokes stroma stromal strong strongly structural
structure structures student students studied studies studio study studying stuff style styles sub subcortical
subcutaneous subject subjects submission submit submitted subscribe subscription substance substances subtle subtype
subtypes subunit subunits success successful successfully such suck sudden suddenly sue suffer suffering sufficient
sugar sugars suggest suggested suggestions suggestive suggests suite suites sulfate summaries summary summer sun
sunday sunken sunlight sunny sunshine super superficial superior supplementation supplements supplied supplier
suppliers supplies supply support supported supporting supportive supports suppress suppression suppressor
supranuclear supreme sure surface surfaces surfactant surgeon surgeries surgery surgical surgically surrounding
surrounds surveillance survey survival survive susceptibility susceptible suspect suspected sustained suture sutures
swallow swallowed swallowing sweat sweating sweats sweden swelling switch switzerland swollen symbol sympathetic
symptom symptomatic symptoms syndactyly syndrome syndromes syndromic synostosis synthase synthesis synthetase
synthetic syphilis syrup system systemic systems systolic table tables tachycardia tag tags take taken takes taking
talk talking tall tank tap tape tapeworm tarda target targeted targets task tasks taste tax taxes tea teacher
teachers teaching team teams tear tears tech technical technician technique techniques technologies technology teen
teens teeth tel telangiectasia telephone television tell tells temperature template temple temporal temporarily
temporary ten tend tendency tender tenderness tendon tendons tends tennessee tennis tensing tension term terms
territory test tested testes testicle testicles testicular testing testis testosterone tests texas text th thailand
thalassemia than thank thanks that thawed the theatre their them theme themselves then theory therapeutic therapies
therapist therapy there therefore these they thiamine thick thickened thickening thickness thigh thighs thin thing
things think thinking thinks thinners thinning third thirds thirst this thoracic thorax thorough those though
thought thoughts thousands thread threads threatening three thrive throat thrombocythemia thrombocytopenia
thrombocytopenic thrombophilia thrombosis through throughout thumb thumbs thursday thus thymus thyroid thyroiditis
tibia tibial tick ticket tickets tics tiger tight tightly time times tingling tiny tip tips tired tiredness tissue
tissues title titles to tobacco today toe toenails toes together toilet told tolerance toll tomography tone tongue
tonic tonsils too took tool tools tooth top topic topical topics toronto torsion torti tory total totalis totally
touch tough tour tourism tours toward towards town toxic toxicity toxin toxins toy toys trachea track tracking
tracks tract trade trademark trademarks trading traditional traffic trail train trained training trait traits trans
transaction transactions transaminases transcription transducer transfer transfusion transfusions transient transit
translation translocase translocation transmission transmit transmitted transplant transplantation transplants
transport transportation transporter transports transverse trauma traumatic travel travels treasure treat treatable
treated treating treatment treatments treats tree trees tremor tremors trends triad trial trials trichoepithelioma
tried trigeminal trigger triggered triggers triglyceride triglycerides trimester trinity trip triple trisomy
trophoblastic trouble truck true truly trunk trust truth try trying tube tuberculosis tubes tubular tubule tubules
tue tuesday tumor tumors tunnel turkey turn turned turning turns twenties twice twisting twitching two type types
typical typically tyrosine ulcer ulcerative ulcers ulna ulnar ultimate ultimately ultra ultrasound ultraviolet
umbilical unable unaffected unbalanced unclear uncomfortable uncommon unconscious uncontrollable uncontrolled under
underdeveloped underdevelopment underdiagnosed undergo undergoing underlie underlying understand understanding
understood underwent undescended unexplained unilateral union unique unit united units unity universal universe
university unix unknown unless unlikely unlimited unremarkable unstable until untreated unusual unusually unwanted
up upcoming update updated updates upgrade upon upper ups upward urea uremic ureter ureters urethra urethral urge
urgency urgent uric urinalysis urinary urinate urination urine urologist urticaria us usage use used useful user
username users uses using usual usually utah uterine uterus utilities utility uvula vacation vaccination vaccine
vaccines vagina vaginal valgum valgus valid valley value values valve valves van vancomycin var variability variable
variables variant variants variation variations varicella varicose varied varies variety various vary varying vas
vascular vasculature vasculitis ve vegas vegetables vehicle vehicles vein veins velocity vendor venous ventilation
ventilator ventricle ventricles ventricular vera vermilion vermis version versions vertebrae vertebral vertigo very
vessel vessels vestibular via vic vice video videos vienna view viewed viewing views village vintage violence violet
viral virgin virginia virgo virtual virus viruses visa visible vision visit visitors visits visual vital vitamin
vitamins vitelliform vitiligo vitreous vocal voice void vol volume voluntary volunteer vomiting von vote votes
voyeur vulgaris vulnerable vulva vulvar wade waist wait waiting wake wales walk walker walking wall walls want
wanted wants war ward warfarin warm warning warranty wars warts was wash washing waste wastes wasting watch watches
watching water watery wave waves way ways we weak weaken weakened weakening weakens weakness weapons wear wearing
weather web weblog webmaster website websites wed wedding wednesday week weekend weekly weeks weight welcome well
went were western wet what whatever wheel wheelchair wheezing when where whereas whether which while white whites
who whole wholesale whom whose why wide widely widening widespread width wife wild wildlife will willow win wind
window windows windpipe windy wine winner winning winter wire wireless wires wisconsin wish with withdrawal within
without wolf woman womb women won wonder wonderful woody word words work worked worker workers working works
workshop world worldwide worms worse worsen worsening worsens worth would wound wounds wrist wrists write writer
writing written wrong wrote www yahoo yeah year years yellow yellowing yellowish yes yesterday yet you young younger
your youre yourself youth zealand zero zinc zip zone zoom zoster zygomatic
"""
# In small letters.
COMMON_WORDS = frozenset(_WORDS.split())
