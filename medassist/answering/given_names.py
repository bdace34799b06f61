"""Given names: all that the US Census Bureau counted in 1990 (public domain), and common ones of other languages.

Ones that are words too stand in :mod:`medassist.answering.common_words`, whose readers ask for more evidence.
"""

_WORDS = """
aad aafke aaliyah aarav aaron aarti abbey abbie abby abdul abdullah abe abebe abel abena abhinav abhishek abigail
abraham abram abramo achieng achille ada adaeze adah adalberto adaline adam adan adanna adaora addie adebayo adela
adelaida adelaide adele adelia adelina adeline adell adella adelle ademola adena adina aditi aditya adolfo adolph
adoracion adria adrian adriana adriane adrianna adrianne adrien adriene adrienne adunni afolabi afton agata agatha
agathe agnes agnese agneta agnieszka agnus agostino agripina agueda agustin agustina ahmad ahmed ahmet aida aide
aiden aiko aileen ailene aime aimee aisha aitana aja ajay akash akemi akhil akiko akilah akinola akira al alain
alaina alaine alan alana alane alanna alayna alba alban albane albert alberta albertha albertina albertine alberto
albin albina albrecht alda alden aldo aldona alease alec alecia aleen aleida aleisha alejandra alejandrina alejandro
aleksander aleksandra aleksy alena alene alesha aleshia alesia alessandra alessandro alessia alessio aleta aletha
alethea alethia alex alexa alexander alexandra alexandre alexandria alexia alexis alfie alfonsina alfonso alfonzo
alfred alfreda alfredia alfredo ali alia alica alice alicia alicja alida alina aline alisa alise alisha alishia
alisia alison alissa alita alix aliza alla allan alleen allegra allen allena allene allie alline allison allyn
allyson alma almeda almeta alois alok alona alonso alonzo alper alpha alphonse alphonso alta altagracia altha althea
alton alva alvaro alvera alverta alvin alvina alyce alycia alysa alyse alysha alysia alyson alyssa ama amada amado
amadou amaka amal amalia amanda amandine amara amarachi amber amberly ambra ambre ambrose amedeo amee amelia amelie
america ami amie amiee amina amir amira amit amitabh ammie amos amparo amrita amy ana ana-maria anabel anahit anais
analisa anamaria anand ananya anastacia anastacio anastasia anastasio anastazja andera anders anderson andra andre
andrea andreas andree andrei andres andrew andria andrzej andy andzelika aneta anette ange angel angela angele
angelena angeles angelia angelic angelica angelika angelina angeline angelines angelique angelita angella angelo
angelyn angie angila angla angle anglea angus anh anibal aniela anika anil anisa anisha anissa anita anitra anja
anjali anjana anjanette anjelica anke ankit ankita ann anna anna-karin anna-maria annabel annabell annabella
annabelle annalee annalisa annamae annamaria annamarie anne anneke annelie anneliese annelle annemarie annett
annetta annette annice annick annie annika annis annita annmarie annunziata anouk anselmo ansgar anthony antione
antionette antje antoine antoinette anton antone antonella antonetta antonette antoni antonia antonietta antonina
antonino antonio antony antwan anuoluwapo anuradha anushka anya aoife aparecida apolline apolonia april apryl ara
araceli aracelis aracely aranzazu arcelia archie ardath ardelia ardell ardella ardelle arden ardis ardith aretha
argelia argentina ariadna ariana ariane arianna arianne arica arie ariel arielle arjan arjen arjun arkadiusz arla
arlean arleen arlen arlena arlene arletha arletta arlette arlie arlinda arline arlyne armand armanda armandina
armando armelle armida arminda arnaldo arnaud arnav arne arnetta arnette arnita arno arnold arnoldo arnulfo aron
arron art arthur artie artur arturo aruna arvid arvilla arvind arya asa asha ashanti ashely ashish ashlea ashlee
ashleigh ashley ashli ashlie ashly ashlyn ashok ashton ashwin asia aslaug asley asli assunta asta astrid asuncion
athena atilio atsuko attilio atul aubrey aude audie audra audrea audrey audria audrie audry august augusta augustin
augustina augustine augusto augustus aundrea aura aurea aurelia aurelie aurelien aurelio aurora aurore austin autumn
ava avelina avery avis avni avril awilda axel axelle ayaan ayako ayana ayanna ayesha ayhan aylin ayodele ayomide
ayse aysel aysun aytac azalee azeez aziz azucena azzie azzurra babara babatunde babette baha bailey baltasar bambi
bao baptiste barabara barb barbar barbara barbera barbie barbra barbro bari baris barney barrett barrie barry bart
bartlomiej bartolomeo barton bartosz bas basil basilia bastien bea beata beate beatrice beatris beatriz beau beaulah
bebe becki beckie becky bee begona belen belia belinda belkis bell bella belle belva ben benedetta benedetto
benedict benedicte benedikt benedita bengt benicio benita benito benjamin bennett bennie benny benoit bente benton
berenice berit berk berna bernadette bernadine bernard bernarda bernardina bernardine bernardo bernd berneice
bernetta bernice bernie berniece bernita berry bert berta bertha bertie bertil bertram bertrand beryl bess bessie
beth bethanie bethann bethany bethel betsey betsy bette bettie bettina betty bettyann bettye beula beulah bev
beverlee beverley beverly beyza bhavna biagio bianca bibi bice bill billi billie billy billye birdie birger birgit
birgitta bjarne bjorn blaine blair blake blanca blanch blanche blandine blanka blas blazej blondell blossom blythe
bob bobbi bobbie bobby bobbye bobette bogdan bogumil boguslaw bojan bok bolanle boleslaw bong bonita bonnie bonny
booker boris borje boyce boyd bozena brad bradford bradley bradly brady brain bram branda brande brandee branden
brandi brandie brandon brandy branko brant breana breann breanna breanne brechtje bree bregje brenda brendan brendon
brenna breno brent brenton bret brett brian briana brianna brianne brice bridget bridgett bridgette brigette brigid
brigida brigitte brinda britany britney britni britt britt-marie britta brittaney brittani brittanie brittany
britteny brittney brittni brittny brock broderick bronislaw bronwyn brook brooke brooks bror bruce bruna brunilda
bruno bryan bryanna bryant bryce brynn bryon buck bud buddy buena buffy buford bukola bula bulah bulent bunny burak
burcu burkhard burl burma burt burton busra buster byron caetano cagla caio caitlin caitlyn calandra caleb calista
callie callum calogero calvin camelia camellia cameron cami camie camila camilla camille camilo cammie cammy canan
candace candance candela candelaria candi candice candida candie candis candra candy candyce cansu caprice cara
caren carey cari caridad carie carin carina carisa carissa carita carl carla carlee carleen carlena carlene carletta
carley carli carlie carlijn carline carlita carlo carlos carlota carlotta carlton carly carlyn carma carman carmel
carmela carmelia carmelina carmelita carmella carmelo carmen carmina carmine carmon carol carola carolann carole
carolee carolin carolina caroline caroll carolyn carolyne carolynn caron caroyln carri carrie carrol carroll carry
carson carsten carter cary caryl carylon caryn carys cas casandra casey casie casimira cassandra cassaundra cassey
cassi cassidy cassie cassondra cassy catalina catarina caterina catharine catherin catherina catherine cathern
catheryn cathey cathi cathie cathleen cathrine cathryn cathy catina catrice catrin catrina caua cayla cecelia cecil
cecila cecile cecilia cecille cecily cecylia cedric cedrick cees celena celesta celeste celestina celestine
celestino celia celina celinda celine celsa cem cengiz ceola ceren cesar cesare ceyda cezary chad chadwick chae chan
chana chance chanda chandra chanel chanell chanelle chang chantal chantay chante chantel chantell chantelle chara
charis charise charissa charisse charita charity charla charleen charlena charlene charles charlesetta charlette
charley charlie charline charlott charlotte charlsie charlyn charmain charmaine charolette charu chas chase chasidy
chasity chassidy chastity chau chauncey chaya chelsea chelsey chelsie cher chere cheree cherelle cheri cherie
cherilyn cherise cherish cherly cherlyn cherri cherrie cherry cherryl chery cheryl cheryle cheryll chester chet
cheyenne chi chia chiamaka chiara chibuzo chidi chidinma chieko chika chin china chinedu ching chioma chiquita chloe
chong chris chrissy christa christal christeen christel christelle christen christena christene christer christi
christia christian christiana christiane christie christin christina christine christinia christoper christoph
christophe christopher christy chrystal chu chuck chukwuemeka chun chung chus ciara cicely ciera cierra cillian
cinda cinderella cindi cindie cindy cinthia cinzia cira clair claire clara clare clarence claretha claretta claribel
clarice clarinda clarine claris clarisa clarissa clarita clark classie claud claude claudette claudia claudie
claudine claudio clay clayton clelia clemence clemencia clement clemente clementina clementine clemmie cleo
cleopatra cleora cleotilde cleta cletus cleveland cliff clifford clifton clint clinton clora clorinda clotilde clyde
codi cody coen colby cole coleen coleman colene coletta colette colin colleen collen collene collette collin colton
columbus conceicao concepcion conception concetta concha conchita connie conrad constance constanze consuela
consuelo contessa cora coral coralee coralie corazon cordelia cordell cordia cordie coreen corene corentin coretta
corey cori corie corina corine corinna corinne corliss cornelia cornelius cornell corrado corrie corrin corrina
corrine corrinne cortez cortney cory cosimo cosmin courtney coy craig creola cris criselda crissy crista cristal
cristen cristi cristian cristiana cristiane cristie cristin cristina cristine cristobal cristopher cristy cruz
crysta crystal crystle cuc curro curt curtis custodia cyndi cyndy cynthia cyprian cyril cyrille cyrstal cyrus cythia
czeslaw daan dacia dag dagmar dagmara dagny dahlia daina daine daisey daisuke daisy dakota dale dalene dalia dalila
dallas dalton damaris damian damien damilola damion damla damon dan dana danae dane danelle danette dani dania
danial danica daniel daniela daniele daniell daniella danielle danika danille danilo danita dann danna dannette
dannie dannielle danny dante danuta danyel danyell danyelle daphine daphne dara darby darcel darcey darci darcie
darcy darell daren daria darin dario darius dariusz darla darleen darlena darlene darline darnell daron darrel
darrell darren darrick darrin darron darryl darwin daryl dave davi david davida davide davina davis dawid dawn dawna
dawne dayle dayna daysi deadra dean deana deandra deandre deandrea deane deangelo deann deanna deanne deb debbi
debbie debbra debby debera debi debora deborah debra debrah debroah declan dede dedra dee deeann deeanna deedee
deedra deena deepa deepak deepika deetta deidra deidre deirdre deja delaine delana delbert delcie delena delfina
delia delicia delila delilah delinda delisa dell della delma delmar delmer delmy delois deloise delora deloras
delores deloris delorse delpha delphia delphine delsie delta demarcus demetra demetria demetrice demetrius dena
denae deneen denese denice denis denise denisha denisse denita deniz denna dennis dennise denny denver denyse deon
deonna derek derick derin derrick derya deshawn desirae desire desiree desmond despina dessie destiny detlef detlev
detra dev devin devon devona devora devorah dewayne dewey dewi dewitt dexter dhruv dia diamond dian diana diane
diann dianna dianne dick didier diedra diedre diego dierdre dieter dietmar digna dilara dilek dillon dimitra dimitri
dimitris dimple dina dinah dinesh dinis dino dinorah diogo dion dione dionna dionne dirk dirk-jan divina divya dixie
dmitri dodie dollie dolly dolores doloris domenic domenica domenico dominga domingo dominic dominica dominick
dominik dominika dominique dominque domitila domonique don dona donald donatella donato donella donetta donette dong
donita donn donna donnell donnetta donnette donnie donny donovan donte donya dora dorathy dorcas doreatha doreen
dorene doretha dorethea doretta dori doria dorian dorie dorinda dorine doris dorla dorota dorotha dorothea dorothee
dorothy dorris dorsey dortha dorthea dorthey dorthy dot dottie dotty doug douglas douglass dovie doyle dragan dreama
drema drew drucilla drusilla duane duarte dudley dulce dulcie duncan dung dusti dustin dusty duygu dwain dwana
dwayne dwight dyan dylan earl earle earlean earleen earlene earlie earline earnest earnestine eartha easter ebba
ebele eberhard eboni ebonie ebony ebru ece echo eckhard ed eda edda eddie eddy edelmira edeltraud eden edgar edgardo
edie edison edith edmond edmund edmundo edna edoardo edouard edra edris edson eduardo edvin edward edwardo edwin
edwina edyta edyth edythe efe effie efrain efren efua egon ehtel eileen eilene eilidh eirik eivor ekaterina ekene
ekkehard ekta ela eladia elaina elaine elana elane elanor elayne elba elbert elda elden eldon eldora eldridge
eleanor eleanora eleanore elease elena elene eleni elenor elenora elenore eleonor eleonora eleonore elfreda elfrieda
elfriede eli elia eliana eliane elias elicia elida elidia elif elijah elin elina elinor elinore elio elisa elisabet
elisabeth elisabetta elise eliseo elisha elissa eliz eliza elizabet elizabeth elizbeth elizebeth elke ella ellamae
ellan ellen ellena elli ellie elliot elliott ellis ellsworth elly ellyn elma elmer elmira elmo elna elnora elodia
elodie elois eloisa eloise elouise eloy elroy els elsa elsie elsy elton elva elvera elvia elvie elvin elvina elvira
elvis elwanda elwood elyse elza elzbieta ema emanuel emanuela emanuele emanuelly emeka emel emelda emelia emelina
emeline emely emerald emerita emerson emery emiko emil emile emilee emilia emiliano emilie emilio emily emin emine
emma emmaline emmanuel emmanuelle emmett emmie emmitt emmy emogene emory emre ena encarnacion enda enedina eneida
engin enid ennio enoch enola enrico enrique enriqueta enzo eoin epifania era erasmo eray ercan erdem erdinc eren
erhan eric erica erich erick ericka erik erika erin erinn erkan erland erlene erlinda erline erma ermanno ermelinda
ermenegildo erminia erna ernest ernestina ernestine ernesto ernie errol ersin ervin erwin eryk eryn esin eskil esma
esmee esmeralda esosa espen esperanza esra essie esta esteban estefana estefania estela estell estella estelle ester
esther estrella etha ethan ethel ethelene ethelyn ethyl etienne etsuko etta ettie ettore eufemia eugen eugena eugene
eugenia eugenie eugenio eugeniusz eula eulah eulalia eun euna eunice eura eusebia eusebio eustolia eva eva-lena
evalyn evan evangelina evangeline eve evelia evelin evelina eveline evelyn evelyne evelynn everett everette evert
evette evia evie evita evon evonne ewa ewan ewelina exie ezekiel ezequiel ezra fabian fabiana fabien fabienne fabio
fabiola fabrice fabricio fabrizio fae fahri fairy faith falk fallon fannie fanny farah farhan farrah faruk fatih
fatima fatimah fatma fausta faustina faustino fausto faviola fawn fay faye fedele federica federico felecia felica
felice felicia feliciano felicidad felicie felicita felicitas feliks felipa felipe felisa felisha felix felton femi
femke feng fenna ferdinand ferhat feride fermin fermina fern fernand fernanda fernande fernando ferne ferruccio
feyza fidel fidela fidelia figen fikret filiberto filip filipe filippo filiz filomena finley fiona fiorella flavia
flavio fleta fletcher fleur flo floor flor flora florance florence florencia florencio florene florent florentina
florentino floretta floria florian florida florin florinda florine floris florrie flossie floy floyd folake folke
fonda forest forrest fortunato fosca foster fran franca france francene frances francesca francesco franchesca
francie francina francine francis francisca francisco franciszek franck franco francois francoise frank frankie
franklin franklyn frans fransisca franz frauke fred freda fredda freddie freddy frederic frederica frederick
fredericka frederik frederique fredia fredric fredrick fredricka fredrik freeda freeman freida freja freya frida
frieda friedhelm friedrich frits fritz fryderyk fumiko funda funke funmilayo furkan gabi gabin gabriel gabriela
gabriele gabriella gabrielle gaelle gaetan gaetano gaia gail gala gale galina ganesh gareth garfield garland garnet
garnett garret garrett garry garth gary gaspard gaston gastone gaurav gauri gautier gavin gay gayatri gaye gayla
gayle gaylene gaylord gaynell gaynelle gbenga gearldine geert geeta gema gemma gena genaro gene genesis geneva
genevie genevieve genevive genia genie genna gennaro gennie genny genoveva genowefa geoffrey geoffroy georgann
george georgeann georgeanna georgene georges georgetta georgette georgia georgiana georgiann georgianna georgianne
georgie georgina georgine georgios gerald geraldine geraldo geralyn gerard gerardo gerben gerd gerda gerhard geri
gerlinde germaine german germana gernot gerri gerrit gerry gertha gertie gertraud gertrud gertrude gertrudis gertude
gesa ghislaine gia giacinto giacomo giada gianfranco gianluca gianmarco gianna gianni gianpaolo gidget gigi gijs gil
gilbert gilberte gilberto gilda gilles gillian gilma gina ginette ginger ginny gino gioacchino gioele giordano
giorgio giovana giovanna giovanni girish gisela gisele giselle gita giuditta giulia giuliana giuliano giulio
giuseppe giuseppina giustino gizem gladis glady gladys glayds glen glenda glendora glenn glenna glennie glennis
glinda gloria glory glynda glynis gokhan golda golden goldie gonca gonzalo gopal goran gordon gosta gottfried govind
grace gracia gracie graciela grady graham graig grant granville grayce grazia graziella grazyna greg gregg gregoria
gregorio gregory greta gretchen gretta gricelda grisel griselda gro grover grzegorz guadalupe gualtiero gudrun
guglielmo guido guilhem guilherme guillaume guillermina guillermo gul gulay gulsen gunborg gundula gunilla gunnar
gunnel gunther gus gussie gustaf gustav gustavo gustaw guus guven guy guylaine gwen gwenaelle gwenda gwendolyn gwenn
gwyn gwyneth haakon hacer hae hai hailey hakan hakon hal haley halil halime halina halit halley hallie halvard hamid
hamish hampus han hana hande hang hanh hank hanna hannah hanneke hannelore hanno hans hans-peter hao harald harish
harlan harland harley harm harmony harold harpreet harriet harriett harriette harris harrison harry harsh hartmut
harvey hasan hassan hasse hassie hatice hattie haydee hayden hayley hayri haywood hazel heath heather hector hedvig
hedwig hedy hee heide heidemarie heidi heidrun heidy heike heiko heiner heinke heino heinrich heinz heitor helaine
heleen helen helena helene helga hellen helmer helmut heloisa hema hemant hendrik hendrika henk hennie henning henri
henrietta henriette henrik henrique henry henryk herb herbert heriberto herlinda herma herman hermann hermelinda
hermila hermina hermine herminia hernan herschel hershel herta hertha herve hester hettie hidde hiedi hien hilaria
hilario hilary hilda hilde hildegard hildegarde hildred hillary hilma hilton hinrich hipolito hiram hiroko hiroshi
hisako hjalmar hoa hobert holger holley holli hollie hollis holly homer honey hong honore hope horace horacio horst
hortencia hortense hortensia hosea houston howard hoyt hsiu hubert hubertus huda hue huey hugh hugo hugues huguette
hui hulda hulya humberto hung hunter huong husamettin huseyin hussein huub hwa hyacinth hye hyman hyo hyon hyun ian
iara ibrahim ibukun ida idalia idell idella idris iesha ife ifeoma ignacia ignacio ignacy igor ike ikechukwu ikenna
ila ilana ilaria ilda ileana ileen ilene ilhan iliana ilker illa ilona ilse iluminada ima imelda immacolata imogene
imran ina india indira inell ines inez inga inge ingeborg ingegerd ingela ingemar inger ingmar ingo ingrid ingvar
inka inmaculada inocencia ioana ioannis iola iolanda iona ione ira iraida irem irena irene ireneusz irina iris irish
irma irmgard irmina irmtraud irvin irving irwin isa isaac isabel isabell isabella isabelle isadora isaiah isaias
isak isaura isela isha ishaan isiah isidoro isidra isidro isioma isis isla ismael ismail isobel isolde israel isreal
issac istvan italo itziar iva ivan ivana ivar ivelisse ivette ivey ivo ivone ivonne ivory ivy iwo iwona izabela
izetta izola jaap jacalyn jacco jacek jacelyn jacinda jacinta jacinto jack jackeline jackelyn jacki jackie jacklyn
jackqueline jackson jaclyn jacob jacoba jacobo jacqualine jacque jacquelin jacqueline jacquelyn jacquelyne
jacquelynn jacques jacquetta jacqui jacquie jacquiline jacquline jacqulyn jada jade jadwiga jae jagdish jagoda jaime
jaimee jaimie jake jakob jakub jaleesa jalisa jama jamaal jamal jamar jame jamee jamel james jamey jami jamie jamika
jamila jamison jammie jan jan-erik jan-willem jana janae janay jandira jane janean janee janeen janel janell janella
janelle janene janessa janet janeth janett janetta janette janey jani janice janie janiece janina janine janis
janise janita jann janna janne janneke jannet jannette jannie jannik janos january janusz janyce jaqueline jaquelyn
jared jarod jaroslaw jarred jarrett jarrod jarvis jasmin jasmine jason jasper jaspreet jatin jaunita javier javiera
jaxon jay jaya jayden jaye jayesh jayme jaymie jayna jayne jayson jazmin jazmine jean jean-luc jean-pierre jeana
jeane jeanelle jeanene jeanett jeanetta jeanette jeanice jeanie jeanine jeanmarie jeanna jeanne jeannetta jeannette
jeannie jeannine jed jedrzej jeff jefferey jefferson jeffery jeffie jeffrey jeffry jelle jen jena jenae jene jenee
jenell jenelle jenette jeneva jeni jenice jenifer jeniffer jenine jenise jenna jennefer jennell jennette jenni
jennie jennifer jenniffer jennine jenny jens jerald jeraldine jeramy jere jeremi jeremiah jeremie jeremy jeri jerica
jerilyn jerker jerlene jermaine jeroen jerold jerome jeromy jeronimo jerrell jerri jerrica jerrie jerrod jerrold
jerry jerzy jesenia jesica jesper jess jesse jessenia jessi jessia jessica jessie jessika jestine jesus jesusa
jesusita jet jetta jettie jewel jewell ji-woo jide jill jillian jim jimena jimmie jimmy jin jina jing jinny jip jiri
jo joachim joakim joan joana joane joanie joann joanna joanne joannie joao joaquin joaquina jocelyn jocelyne jochem
jochen jodee jodi jodie jody joe joeann joel joella joelle joellen joep joesph joetta joette joey johan johana
johann johanna johanne johannes john johna johnathan johnathon johnetta johnette johnie johnna johnnie johnny
johnsie johnson joi joie jolanda joleen jolene jolie joline jolyn jolynn jon jona jonah jonas jonatan jonathan
jonathon jone jonell jonelle jong joni jonie jonna jonnie joost jordan jordon jorg jorge joris jorn jorrit jorunn
jose jose-luis josef josefa josefin josefina josefine joseline joselyn joseph josephina josephine josette josh
joshua josiah josiane josie josip joslyn jospeh josphine jost josue jovan jovita joy joya joyce joycelyn joye jozef
juan juan-carlos juana juanita jude judi judie judith judson judy juergen jule julee julene jules juli julia julian
juliana juliane juliann julianna julianne julie julieann julien julienne juliet julieta julietta juliette julio
julissa julita julius jun june jung junie junior junita junko jurgen jurre jurriaan jussara justa justin justina
justine justo justyna jutta jyoti kaan kabir kacey kaci kacie kacper kacy kader kadir kadriye kai kaila kaique
kaitlin kaitlyn kaja kajetan kajsa kala kaleigh kaley kali kalina kallie kalpana kalyn kam kamal kamala kami kamil
kamila kamilah kamilly kandace kandi kandice kandis kandra kandy kanesha kanisha kara karan kareem kareen karen
karena karey kari karie karima karin karina karine karisa karissa karl karl-erik karla karleen karlene karly karlyn
karma karmen karol karole karolina karoline karolyn karon karren karri karrie karry karsten kartik kary karyl karyn
kasandra kasey kasha kasi kasia kasie kaspar kassandra kassie katarina katarzyna kate katelin katelyn katelynn
katerine kateryna kathaleen katharina katharine katharyn kathe katheleen katherin katherina katherine kathern
katheryn kathey kathi kathie kathleen kathlene kathline kathlyn kathrin kathrine kathryn kathryne kathy kathyrn kati
katia katie katina katja katlyn katrice katrina kattie katy kavita kavya kay kayce kaycee kaye kayla kaylee kayleen
kayleigh kaylene kayode kazim kazimierz kazuko kecia keeley keely keena keenan kees keesha kehinde keiko keila keira
keisha keith keitha kelechi keli kelle kellee kelley kelli kellie kelly kellye kelsey kelsi kelsie kelvin kemal
kemberly kemi ken kena kenda kendal kendall kendra kendrick keneth kenia kenisha kenji kenna kenneth kennith kenny
kent kenton kenya kenyatta kenyetta kera kerem keren keri kermit kerri kerrie kerry kerstin kesha keshia keturah
keva keven kevin khadija khadijah khaled khalid khalilah kia kiana kiara kiera kiersten kiesha kieth kiley kim
kimber kimberely kimberlee kimberley kimberli kimberlie kimberly kimbery kimbra kimi kimiko kina kindra king kinga
kip kira kiran kirby kirk kirsten kirstie kirstin kisha kishore kit kittie kitty kiyoko kizzie kizzy kjell kjersti
klaas klara klaudia klaus knut koen kofi komal konrad konstantin konstanty koray kordian korey kori kornelia kortney
kory kourtney kraig kris krish krishna krissy krista kristal kristan kristeen kristel kristen krister kristi
kristian kristie kristin kristina kristine kristle kristof kristofer kristopher kristy kristyn kriti krysta krystal
krysten krystian krystin krystina krystle krystyna krzysztof ksawery kubra kum kumar kunal kunle kurt kurtis kwame
kwesi kyla kyle kylee kylie kym kymberly kyoko kyong kyra kyung lacey lachelle laci lacie lacresha lacy ladawn
ladonna lady lael laetitia lahoma lai laila laine lais lajuana lakeesha lakeisha lakendra lakenya lakesha lakeshia
lakia lakiesha lakisha lakita lakshmi lala lalit lamar lamberto lamonica lamont lan lana lance lando landon lane
lanell lanelle lanette lang lani lanie lanita lannie lanny lanora lanre laquanda laquita lara larae laraine laree
larhonda larisa larissa larita laronda larraine larry lars lars-erik larue lasandra lashanda lashandra lashaun
lashaunda lashawn lashawna lashawnda lashay lashell lashon lashonda lashunda lasonya lasse laszlo lata latanya
latarsha latasha latashia latesha latia laticia latina latisha latonia latonya latoria latosha latoya latoyia
latrice latricia latrina latrisha launa laura lauralee lauran laure laureano laureen laurel lauren laurena laurence
laurene laurent lauretta laurette lauri laurice laurie laurinda laurine lauryn lavada lavelle lavenia lavera lavern
laverna laverne laveta lavette lavina lavinia lavon lavona lavonda lavone lavonia lavonna lavonne lawana lawanda
lawanna lawerence lawrence layla layne lazaro lazzaro lea leah lean leana leandra leandro leann leanna leanne
leanora leatha leatrice lech lecia leda lee leeann leeanna leeanne leena leesa leia leida leif leigh leigha leighann
leila leilani leire leisa leisha lekisha lela lelah leland lelia lemuel len lena lenard leni lenita lenna lennart
lennie lenny lenora lenore leo leokadia leola leoma leon leona leonard leonarda leonardo leone leonel leonia leonida
leonie leonila leonor leonora leonore leontine leopoldo leora leota lera lerato leroy les lesa lesha lesia leslee
lesley lesli leslie lessie lester leszek leta letha leticia letisha letitia letizia lettie letty levent levi levin
lewis lexie leyla lezlie lia liam liana liane lianne libbie libby liberty librada licia lida lidia lieke lien lies
liesel lieselotte ligia lila lili lilia lilian liliana liliane lilla lilli lillia lilliam lillian lilliana lillie
lilly lily lin lina lincoln linda linde lindsay lindsey lindsy lindy line linette ling linh linn linnea linnie lino
linsey linus linwood lionel lisa lisabeth lisandra lisbeth lise lisette lisha lissa lissette lita liu liv livia
livio liwia liz liza lizabeth lizbeth lizeth lizette lizzette lizzie lloyd loan loes logan loic loida lois loise
lola lolita loma lon lona londa long loni lonna lonnie lonny lora loraine loralee lore lorean loredana loree loreen
lorelei loren lorena lorene lorenza lorenzo loreta loretta lorette lori loria loriann lorie lorilee lorina lorinda
lorine loris lorita lorna lorraine lorretta lorri lorriane lorrie lorrine lory lothar lotta lotte lottie lou louann
louanne louella louetta louie louis louisa louise loura lourdes lourie louvenia love lovella lovetta lovie lovisa
lowell loyce loyd luan luana luann luanna luanne luba luc luca lucas lucca lucho luci lucia luciana luciano lucie
lucien lucienne lucila lucile lucilla lucille lucina lucinda lucio lucius lucja lucjan lucrecia lucretia lucrezia
lucy ludie ludivina ludivine ludovic ludovica ludovico ludvig ludwig ludwik lue luella luetta luigi luigina luis
luis-felipe luisa luise lukas lukasz luke lula lulu luna lupe lupita lura lurlene lurline luther lutz luuk luvenia
luz lyda lydia lydie lyla lyle lyman lyn lynda lyndia lyndon lyndsay lyndsey lynell lynelle lynetta lynette lynn
lynna lynne lynnette lynsey lynwood maaike maarten maartje mabel mabelle mable mac macarena machelle macie maciej
mack mackenzie macy madalene madaline madalyn maddalena maddie madelaine madeleine madelene madelief madeline
madelyn madge madhav madhu madie madison madlyn madonna mae maegan mael mafalda magali magaly magan magaret magda
magdalen magdalena magdalene magen maggie magnolia magnus mahalia mahesh mahmoud mai maia maida maik maile maira
maire maisha maisie maite maj maj-britt maja major majorie makeda maks maksymilian malcolm malcom malena malgorzata
malia malik malika malin malinda malisa malissa malka mallie mallory malorie malte malvina malwina mamie mammie mana
manda mandi mandie mandy manfred manie manish manisha manju manoj manolo manon manual manuel manuela mao maple mara
maragaret maragret maranda marc marceau marcel marcela marcelene marcelina marceline marcelino marcell marcella
marcelle marcello marcellus marcelo marcene marchelle marci marcia marcie marcin marcio marco marcos marcos-vinicius
marcus marcy mardell marek maren marg margaret margareta margarete margarett margaretta margarette margarida
margarita margarite margarito margart margaux marge margene margeret margert margery marget margherita margie margit
margo margorie margot margret margrett marguerita marguerite margurite margy marhta mari mari-carmen maria
maria-clara maria-eduarda maria-jose maria-luiza maria-teresa mariah mariam marian mariana mariane marianela mariann
marianna marianne mariano maribel maribeth marica maricela maricruz marie marie-claude marie-therese marieke mariel
mariela mariella marielle marietta mariette marija marijke mariko marilee marilou marilu marilyn marilynn marin
marina marinda marine mario marion maris marisa marisela marisha marisol marissa marita maritza marius mariusz
marivel marjan marjorie marjory mark marketta markita markus marla marlana marleen marlen marlena marlene marlies
marlin marline marlo marlon marlyn marlys marna marni marnie marquerite marquetta marquis marquita marquitta marry
marsha marshall marta marte marten marth martha marti martial martin martina martine marty marva marvel marvella
marvin marvis marx mary marya maryalice maryam maryann maryanna maryanne marybelle marybeth maryellen maryetta
maryjane maryjo maryla maryland marylee marylin maryln marylou marylouise marylyn marylynn maryrose maryse masako
mason massimiliano massimo mateo mateusz matha matheus mathew mathieu mathilda mathilde mathis matias matilda
matilde mats matt matteo matthew matthias matthis mattias mattie maud maude maudie maura maureen maurice mauricio
maurine maurita maurizio mauro maurycy mavis max maxie maxima maxime maximilian maximina maximo maxine maxwell may
maya mayank maybell maybelle maye mayme maynard mayola mayra mazie mckenzie mckinley meagan meaghan mechelle
mechthild meda mee meenakshi meera mees meg megan meggan megha meghan meghann mehmet mei meike mel melaine melani
melania melanie melany melba melda melek melia melida melina melinda melis melisa melissa melissia melita melle
mellie mellisa mellissa melodee melodi melodie melody melonie melony meltem melva melvin melvina melynda mendy
mercedes mercedez mercy meredith merel meri merideth meridith merilyn merissa merle merlene merlin merlyn merna
merri merrie merrilee merrill merry mert mertie merve mervin meryem meryl mesut meta metin mia mica micaela micah
micha michael michaela michaele michal michale micheal michel michela michelangelo michele michelina micheline
michell michelle michiko mickey micki mickie mieczyslaw mieke miesha migdalia mignon miguel miguel-angel miguelina
mihai mika mikael mikaela mike mikel mikhail miki mikki mikolaj mila milagro milagros milan milda mildred milena
miles milford milissa millard millicent millie milly milo milosz milou milton mimi min min-jun mina minda mindi
mindy minerva ming minh minna minnie minta miquel mira miranda mircea mireia mireille mirela mirella mireya miriam
mirian mirjam mirko mirna miroslaw mirta mirtha misha miss missy misti mistie misty mitch mitchel mitchell mitsue
mitsuko mittie mitzi mitzie miyoko moa modesta modesto modupe mohamed mohammad mohammed mohan mohini moira moises
mollie molly mona monet monica monika monique monnie monroe monserrate monte montserrat monty moon mora morena
morgan moriah moritz morris morten morton mose moses moshe moussa mozell mozella mozelle muge muhammad mui mukaddes
mukesh muoi murat muriel murilo murray mustafa myesha myles myong myra myriam myrl myrle myrna myron myrta myrtice
myrtie myrtis myrtle myung nacho nada nadege nadene nadia nadine nadja naida nakesha nakia nakisha nakita nalan nam
nan nana nancee nancey nanci nancie nancy nandini nanette nanna nannette nannie naoko naoma naomi napoleon narcisa
narciso naresh natacha natalia natalie natalya natan natasha natashia natasza nathalia nathalie nathan nathanael
nathanial nathaniel natisha natividad natosha naveen navneet nayeli nazan nazaret nazli neal necati necole ned neda
nedra neelam neely neema neeraj neha neida neil nelda nele nelia nelida nell nella nelle nellie nelly nelson nena
nenita neoma neomi nerea nereida nerissa nermin nery nesrin nestor neta nettie neva nevada neville nevin newton nga
ngan ngoc ngozi nguyet nia niall niamh nicanor nichelle nichol nicholas nichole nicholle nick nicki nickie nickolas
nickole nicky nicol nicola nicolae nicolas nicolasa nicole nicoletta nicolette nicolle nicolo nida nidhi nidia niels
nienke niesha nieves nigel nihat nikhil niki nikia nikita nikki niklas nikodem nikola nikolai nikolaus nikole nikos
nila nilda nilesh nilgun nils nils-erik nilsa nina ninfa nisha nita nitin nitya njeri nkechi nnamdi nneka noah noble
nobuko noe noel noelia noella noelle noemi noemie nohemi nola nolan noma nona noor nora norah norbert norberto
noreen norene noriko norine norma norman normand norris nova novella nubia numbers nuno nuray nurcan nuria nydia
nyla nynke obdulia obi obinna oceane ocie octavia octavio oda odd oddvar odelia odell odessa odette odile odilia
odis ofelia ogechi oisin okan oksana ola olabisi oladele olaf olamide olanrewaju olayinka oleg olen olene oleta
olevia olga olgierd olimpia olin olinda oliva olive oliver olivia olivier oliwia oliwier olle ollie olof olufemi
olumide oluwaseun oluwatobi olympe olympia om oma omar omega omer omolara ona oneida onie onita onno onur onyeka
opal ophelia ora oralee oralia orazio oren oreste oretha orhan oriol orlando ornella orpha orval orville osagie
oscar oskar osman ossian ossie osvaldo oswaldo otavio otelia otha otieno otilia otis ottavia ottavio ottmar otto
ouida ove owen oyvind ozan ozell ozella ozge ozgur ozie ozlem pablo paca paco padraig page paige pal pallavi palma
palmer palmira paloma pam pamala pamela pamelia pamella pamila pamula pandora pankaj pansy paola paolo paris parker
parth parthenia particia parvati pascal pascale pascual pascuala pasquale pasty pat patience patria patrica patrice
patricia patricio patrick patrik patrina patrizia patrizio patryk patsy patti pattie patty paul paula paule paulene
pauletta paulette paulina pauline paulino paulita paulo pavel pawel payal paz pearl pearle pearlene pearlie pearline
pearly pedro peer peg peggie peggy pei pelayo pelin penelope penney penni pennie penny pepe per-erik percy perla
pernilla perrine perry pete peter petr petra petrina petrona petronila petter phebe phil philip philippe phillip
phillis philomena phoebe phung phuong phylicia phylis phyliss phyllis pia piedad piergiorgio pierina pierluigi piero
pierre pierrette pierrick piet pieter pietra pietro pilar pim pina pinar ping pinkie pino piotr piper pleun plinio
pok pola polly pontus pooja poppy porfirio porsche porsha porter portia prachi pradeep prakash pramod pranav prasad
pratik praveen precious preeti prem preston pricilla primitivo prince princess priscila priscilla priya priyanka
providencia prudence prudencio prune przemek przemyslaw puck puja punit pura purificacion qiana quang queen queenie
quentin quiana quincy quinn quinten quintin quinton quirino quyen rachael rachal racheal rachel rachele rachell
rachelle rachid rachna racquel radek radha radoslaw rae raeann raelene rafa rafael rafaela rafal raffaele raffaella
raghav ragnar ragnhild raguel rahul raimondo raimunda raina rainer raisa raj rajat rajendra rajesh rajiv raju rakesh
rakhi raleigh ralf ralph rama ramazan ramesh ramiro ramon ramona ramonita rana ranae randa randal randall randee
randell randi randolph randy ranee ranjana ranjit raoul raphael raquel rashad rasheed rasheeda rashida rashmi rasmus
raul raven ravi ray raye rayford raylene raymon raymond raymonde raymundo rayna rea reagan reanna reatha reba
rebbeca rebbecca rebeca rebecca rebecka rebekah recep reda reed reena refugia refugio regan regena regenia reggie
regina reginald regine reginia regis reid reiko reina reinaldo reiner reinhard reinhold reita rekha rema remedios
remi remo remona remy rena renae renaldo renata renate renato renay renda rene renea renee renetta renita renna rens
renu ressie reta retha retta reuben reva rex rey reyes reyhan reyna reynalda reynaldo rhea rheba rhett rhiannon
rhoda rhona rhonda rhys ria ricarda ricardo riccardo rich richard richelle richie rick rickard rickey ricki rickie
ricky rico rigoberto rik rikke rikki riley rima rina rino rinske risa rishi rita ritu riva rivka roar rob robbi
robbie robbin robby robbyn robena robert roberta roberto robin robt robyn rocco rochel rochell rochelle rocio rocky
rod roderick rodger rodney rodolfo rodolphe rodrick rodrigo roel roelof rogelio roger rohan rohit roksana roland
rolanda rolande rolando rolf rolland roma romain romaine roman romana romane romelia romeo romolo romona ron rona
ronald ronda roni ronna ronni ronnie ronny roos roosevelt rory rosa rosalba rosalee rosalia rosalie rosalina
rosalind rosalinda rosaline rosalva rosalyn rosamaria rosamond rosana rosangela rosann rosanna rosanne rosaria
rosario rosaura roscoe rose rose-marie roseann roseanna roseanne rosel roselee roselia roseline rosella roselle
roselyn rosemarie rosemary rosena rosenda rosendo rosetta rosette roshni rosi rosia rosie rosina rosio rosita roslyn
ross rossana rossella rossie rosy rotimi rowena roxana roxane roxann roxanna roxanne roxie roxy roy royal royce roza
rozalia rozanne rozella ruairi ruben rubi rubie rubin ruby rubye ruchi rudiger rudolf rudolph rudy rueben ruediger
rufina rufus ruggero rune rupert ruperto russ russel russell rusty ruta ruth rutha ruthann ruthanne ruthe ruthie
ruud ryan ryann ryszard sabatino sabina sabine sabra sabri sabrina sacha sachiko sachin sade sadie sadik sadye sagar
sage sahil sakshi sal salena salete salina salley sallie sally salma salome salvador salvatore sam samantha samara
samatha sameer samella samir samira sammie sammy samual samuel sana sancho sanda sandee sandeep sander sandi sandie
sandra sandrine sandro sandy sanford sang sanjana sanjay sanjeev sanjuana sanjuanita sanna sanne sanora santa
santana sante santiago santina santo santos saoirse sapna sara sarah sarai saran saraswati sari sarina sarita sasha
saskia satish satoshi saturnina saturnino sau saul saundra saurabh savanna savannah saverio savita scarlet scarlett
scot scott scottie scotty sean season sebastian sebastiano sebastien sebrina seda sedat seema sefa segun selcuk
selena selene selim selin selina selma sem sema semih sena senaida september serafina serap sercan serdar serena
serge sergei sergio sergiusz serhat serina serita serkan serpil seth setsuko sevda severina severino sevgi sevim
seweryn seymour sezen sha shabnam shad shae shaina shakia shakira shakita shala shalanda shalini shalon shalonda
shameka shamika shan shana shanae shanda shandi shandra shane shaneka shanel shanell shanelle shani shanice shanika
shaniqua shanita shankar shanna shannan shannon shanon shanta shantae shantay shante shantel shantell shantelle
shanti shaquana shaquita shara sharad sharan sharda sharee sharell sharen shari sharice sharie sharika sharilyn
sharita sharla sharleen sharlene sharmaine sharolyn sharon sharonda sharri sharron sharyl sharyn shasta shaun shauna
shaunda shaunna shaunta shaunte shavon shavonda shavonne shawana shawanda shawanna shawn shawna shawnda shawnee
shawnna shawnta shay shayla shayna shayne shea sheba sheela sheena sheila sheilah shela shelba shelby sheldon shelia
shella shelley shelli shellie shelly shelton shemeka shemika shena shenika shenita shenna shera sheree sherell sheri
sherice sheridan sherie sherika sherill sherilyn sherise sherita sherlene sherley sherly sherlyn sherman sheron
sherrell sherri sherrie sherril sherrill sherron sherry sherryl sherwood shery sheryl sheryll shiela shila shiloh
shilpa shin shira shirely shirl shirlee shirleen shirlene shirley shirly shiv shivani shizue shizuko shobha shon
shona shonda shondra shonna shonta shoshana shreya shruti shu shubham shweta shyla sibel sibyl sid siddharth
siddhartha sidney siebe siegfried sieglinde sien sierra sigmund signe sigrid sigurd sigvard silas silje silke silva
silvana silvano silvestre silvia silvio sima simisola simon simona simone simonetta simonne simran sina sinan sindre
sindy sinead siobhan sipho sirena siri sita siu siv sixta sjoerd sjors skye skylar slavko slawomir slyvia smita
sneha snorre socorro soeren sofia sofie soila sol sola solange soledad solene solomon solveig somer sommer sona
sonal sonali sondra song songul sonia sonja sonny sonsoles sonya soo sook sophia sophie soraya soren sparkle spencer
spring stacee stacey staci stacia stacie stacy staffan stan stanford stanislaw stanislawa stanley stanton star
starla starr stasia stef stefan stefani stefania stefanie stefano stefany steffanie steffen steffi stein stella
stellan stepanie stephaine stephan stephane stephani stephania stephanie stephany stephen stephenie stephine
stephnie sterling steve steven stevie stewart stig stijn stina stormy stuart sture suanne suat subhash sudha sudhir
sudie sue sueann suellen sujata suk sule sulema suleyman suman sumiko sumit summer sunday sung sunil sunita sunni
sunny sunshine surbhi surendra suresh susan susana susann susanna susannah susanne sushma susie susy suzan suzann
suzanna suzanne suze suzette suzi suzie suzy svante sven sven-erik svenja svetlana sveva swapna swati sybil sybille
syble sybren sydney sylvain sylvester sylvette sylvia sylvie sylwester sylwia synthia syreeta szymon tabatha tabetha
tabitha tad tadeo tadeusz tage tahsin tai taina taisha taiwo tajuana takako takashi takisha talia talisha talitha
tam tama tamala tamar tamara tamatha tambra tameika tameka tamekia tamela tamera tamesha tami tamica tamie tamika
tamiko tamisha tammara tammera tammi tammie tammy tamra tana tandra tandy taneka tanesha tangela tanguy tania tanika
tanisha tanja tanna tanner tanvi tanya tara tarah taren tari tarik tariq tarra tarsha tarun taryn tasha tashia
tashina tasia tatiana tatjana tatum tatyana taunya tawana tawanda tawanna tawna tawny tawnya tayfun taylan taylor
tayna ted teddy teena tegan teisha tejas telemaco telma temeka temika temitope tempie temple tena tenesha tenisha
tennie tennille teo teodor teodora teodoro teofila teofilo tequila tera tereasa terence teresa terese teresia
teresita teressa teri terica terina terisa terje terra terrance terrell terrence terresa terri terrie terrilyn terry
tesha tess tessa tessie thabo thad thaddeus thais thales thalia thandi thanh thao thea theda thelma theo theodora
theodore theola theophile theresa therese theresia theressa theron thersa thi thiago thibault thibaut thierry
thijmen thijs thilo thomas thomasena thomasina thomasine thora thorsten thresa thu thurman thuy tia tiago tiana
tianna tiara tiberio tien tiera tierra tiesha tifany tiffaney tiffani tiffanie tiffany tiffiny tijn tijs tijuana
tilda till tillie tilo tim timika timmy timo timoteo timothee timothy tina tindra tinisha tiny tisa tish tisha
titilayo titus tiziana tiziano tjark tjeerd tobi tobias tobiasz tobie toby toccara tod todd toi tola tolga tom tomas
tomasa tomasz tome tomeka tomi tomika tomiko tommaso tommie tommy tommye tomoko tona tonda tonette toney toni tonia
tonie tonisha tonita tonja tony tonya toon tope tora torben torbjorn tore tori toribio torie tormod torri torrie
torsten tory tosca tosha toshia toshiko tova tove towanda toya tracee tracey traci tracie tracy tran trang traute
travis treasa treena trena trent trenton tresa tressa tressie treva trevor trey tricia trina trine trinh trini
trinidad trinity trish trisha trista tristan trond troy trudi trudie trudy trula truman tuan tugba tugce tula tulay
tullia tullio tuncay tunde turgut turid tuva tuyet twan twana twanda twanna twila twyla tyesha tygo tyisha tyler
tymon tymoteusz tynisha tyra tyree tyrell tyron tyrone tyson ubaldo uche uchenna uday udo ufuk ugo ugur ula ulf uli
ulises ulla ulla-britt ulrich ulrika ulrike ulysse ulysses uma umberto umesh umit umut una urban urbano urmila ursel
ursula urszula urte usha usman ute uwe vaclav vada vaishali val valarie valda valdemar valencia valene valentin
valentina valentine valentino valere valeri valeria valerie valerio valery vallie valorie valrie valter vance vanda
vandana vanesa vanessa vanetta vania vanita vanna vannesa vannessa varun vasant vasco vashti vasiliki vaughn veda
vedat veena vegard veit velda velia vella velma velva velvet vena venancio venessa venetta venice venita venkatesh
vennie venus veola vera verda verdell verdie verena vergie verla verlene verlie verline vern verna vernell vernetta
vernia vernice vernie vernita vernon verona veronica veronika veronique versie vertie vesta veta veysel vicenta
vicente vickey vicki vickie vicky victoire victor victoria victorina victorino vida vidar vidya viggo vijay vikas
viki vikki vikram viktor viktoria vilhelm vilma vimal vina vinay vince vincent vincenza vincenzo vineet vinicius
vinita vinnie vinod viola violet violeta violette vipin virat virgen virgie virgil virgilio virgina virginia
virginie vishal vita vito vitor vitoria vittoria vittorio viva vivan vivek viveka vivian viviana viviane vivien
vivienne vladimir volkan volker volkhard voncile vonda vonnie wade wai walburga waldemar waldo wale walid walker
wallace wally walter walton waltraud waltraut wan wanda waneta wanetta wanita wanjiru ward warner warren wava waylon
wayne wei weldon wen wenceslao wendelin wendell wendi wendie wendolyn wendy wenona werner weronika wes wesley wessel
weston whitley whitney wiebe wiebke wieslaw wiktor wiktoria wilber wilbert wilbur wilburn wilda wiley wilford
wilfred wilfredo wilfried wilhelm wilhelmina wilhemina will willa willard willem willemijn willena willene willetta
willette willi willia william williams willian willie williemae willis willodean willow willy wilma wilmer wilson
wilton wim windy winford winfred winfried winifred winnie winnifred winona winston winter witold wlodzimierz wm
wojciech wolf wolfgang wolfram wonda woodrow wouter wulf wyatt wynell wynona xavier xenia xiao ximena xiomara xiu
xochitl xuan yadira yaeko yael yago yahaira yajaira yakup yan yang yanira yann yannick yara yash yasmin yasmine
yasuko yavuz yaw yee yelena yeliz yemi yen yer yesenia yessenia yetta yetunde yevette yigit yilmaz ying ylva yngve
yogesh yohan yoko yolanda yolande yolando yolonda yon yonca yong yoshie yoshiko youlanda young youssef yuette yuk
yuki yukiko yuko yulanda yumi yun yung yuonne yuri yuriko yusuf yvan yves yvette yvon yvone yvonne zacarias
zachariah zachary zachery zack zackary zada zafer zaida zainab zainabu zana zandra zane zanele zara zbigniew
zdzislaw zehra zekeriya zelda zelia zella zelma zena zenaida zenia zenobia zenon zetta zeynep ziemowit zina zita zoe
zofia zoila zola zona zonia zora zoraida zoran zsofia zuhal zula zulema zulma zuzanna zygmunt
"""
# Without accents, in small letters.
GIVEN_NAMES = frozenset(_WORDS.split())
