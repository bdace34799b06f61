"""Surnames: the 6,000 most frequent that the US Census Bureau counted in 1990 (public domain)."""

_WORDS = """
aaron abbott abdullah abel abell abercrombie abernathy abeyta ables abner abney abraham abram abrams abramson abreu
acevedo acker ackerman ackley acosta acree acuna adair adam adame adams adamson adcock addison adkins adler adorno
adrian agee agnew aguayo aguiar aguilar aguilera aguirre ahern ahmad ahmed ahn ahrens aiello aiken aikens ainsworth
akers akin akins alaniz alarcon alba albanese albers albert alberts albertson albrecht albright albritton alcala
alcantar alcaraz alcorn alderman alderson aldrich aldridge alejandro aleman alexander alfaro alfonso alford alfred
alger ali alicea allan allard allen alley alleyne allgood allison allman allred almanza almaraz almeida almond
almonte alonso alonzo alston altman alton alvarado alvarez alves amador amaral amato amaya ambriz ambrose amerson
ames ammons amos amundson anaya anders andersen anderson anderton andrade andre andres andrew andrews andrus angel
angeles angell angelo angle anglin anguiano angulo annis anthony antoine antonio apodaca aponte appel apple appleby
applegate appleton applewhite aquino aragon aranda araujo arbogast arce archer archibald archie archuleta ard ardoin
arellano arevalo arias armendariz armenta armijo armour armstead armstrong arndt arnett arnold arredondo arreola
arriaga arrington arriola arroyo arsenault arteaga arthur artis asbury ash ashby ashcraft ashe asher ashford ashley
ashmore ashton ashworth askew atchison atchley atherton atkins atkinson atwell atwood aucoin auger august augustine
ault austin autry avalos avant avery avila aviles ayala aycock ayers ayres azevedo babb babbitt babcock baber babin
baca bach bachman back backus bacon bader badger badillo baer baez baeza bagby baggett bagley bagwell bahr bailey
bain baines bair baird baker balderas baldridge baldwin bales ball ballard ballesteros ballew ballinger ballou
bancroft banda bandy bane banks bankston banner bannister banta banuelos baptiste barajas baran barba barbee barber
barbosa barbour barclay bard barden barela barfield barger barham barker barkley barksdale barlow barnard barner
barnes barnett barnette barney barnhart barnhill barnum barnwell baron barone barr barragan barraza barrera barreto
barrett barrientos barringer barrios barron barrow barrows barry bartels barth bartholomew bartlett bartley barton
bartz basham basile baskin bass bassett bastian batchelder batchelor bateman bates batista batiste batson battaglia
batten battle battles batts bauer baugh baughman baum bauman baumann baumgardner baumgartner bautista baxley baxter
bay bayer bayless baylor bayne bays beach beal beale beall beals beam beaman beamon bean beane bear beard bearden
beardsley beasley beattie beatty beaty beauchamp beaudoin beaudry beaulieu beauregard beaver beavers becerra bechtel
beck becker beckett beckham beckman beckwith becnel bedard bedell bedford beebe beeler beeman beer beers beeson
begay begley behrens belanger belcher belk bell bellamy bellinger bello belt belton beltran bemis benally benavides
benavidez bender benedict benefield benford benge benham benitez benjamin benner bennett benoit benson bentley
benton bentz berg bergen berger bergeron bergman bergstrom berlin berman bermudez bernal bernard berndt bernhardt
bernier bernstein berrios berry berryman bertram bertrand berube bess best betancourt bethea bethel bettencourt
bettis betts betz beverly bevins bey beyer bianchi bianco bias bible bickel bickford biddle bierman bigelow biggs
bigham billings billingsley billiot bills billups bilodeau binder bingham binkley birch bird birdsong birmingham
bischoff bishop bisson bissonnette bittner bivens bivins bixler black blackburn blackman blackmon blackwell
blackwood blaine blair blais blake blakely blalock blanchard blanchette blanco bland blank blankenship blanks
blanton blaylock bledsoe blessing blevins bliss block blocker blodgett blood bloom bloomfield blount blow blue blum
blume blunt bly blythe boardman boatman boatright boatwright bobbitt bobo bock bode boehm boettcher bogan boggs
bogle bohannon bohn boisvert boland bolden bolduc bolen boles bolin boling bolling bollinger bolt bolton bond bonds
bone bonham bonilla bonner bonney booher book booker boone booth boothe bordelon borden borders boren borg borges
born borrego bosley boss bost bostic bostick boston bostwick boswell bosworth botello bottoms botts bouchard boucher
boudreau boudreaux bounds bourgeois bourne bourque boutwell bove bowden bowe bowen bowens bower bowers bowie bowler
bowles bowlin bowling bowman bowser box boyce boyd boyer boyett boyette boykin boykins boylan boyle boyles boynton
bozeman brace bracken brackett bracy bradbury braden bradford bradley bradshaw brady bragg braithwaite brake
bramlett branch brand brandenburg brandon brandt branham brann brannan brannon branson brant brantley brasher
braswell bratcher bratton braun bravo braxton bray brazil breaux breckenridge breeden breeding breedlove breen brehm
breland brennan brenner brent breton brett breunig brewer brewington brewster brice bricker bridge bridges briggs
brigham bright briley brill brim brink brinkley brinkman brinson briones briscoe briseno bristol bristow brito britt
brittain britton broadnax broadway brock brockman broderick brodie brody brogan bromley bronson brook brookins
brooks brookshire broome brothers brotherton broughton broussard browder brower brown browne brownell browning
brownlee broyles brubaker bruce brumfield brumley brummett brunelle bruner brunner bruno bruns brunson brush bruton
bryan bryant bryson buchanan bucher buchholz buck buckingham buckley buckman buckner budd buehler buell bueno
buffington buford bugg bui buie bull bullard bullock bumgarner bunch bundy bunker bunn bunnell bunting burbank burch
burchett burchfield burden burdett burdette burdick burford burge burger burgess burgett burgos burk burke burkett
burkhardt burkhart burkholder burks burleson burley burnett burnette burney burnham burns burnside burr burrell
burris burroughs burrow burrows burrus burt burton burwell busby busch bush bushey buss bussell bussey bustamante
bustos butcher butler butt butterfield button butts buxton byars byers byler bynum byrd byrne byrnes byron caballero
caban cable cabral cabrera cade cadena cady cage cagle cahill cain calabrese calder calderon caldwell calhoun
calkins call callaghan callahan callaway callender callis calloway calvert calvin camacho camara camarillo cambell
cameron camp campbell campos canada canady canales candelaria canfield cannon cano canter cantrell cantu cantwell
canty capers capps caputo caraballo caraway carbajal carbone card carden cardenas carder cardona cardoza cardwell
carey cargill carl carlin carlisle carlos carlson carlton carmack carman carmichael carmona carnahan carnes carney
caro caron carothers carpenter carper carr carranza carrasco carrasquillo carraway carrell carreon carrera carrico
carrier carrigan carrillo carrington carrion carroll carson carswell carter cartwright carty caruso caruthers
carvalho carver cary casanova casarez casas case casey cash cashman casillas caskey cason casper cass cassell
cassidy castaneda casteel castellano castellanos castillo castle castleberry casto castor castro caswell catalano
cate cates cathey catlett cato caton catron caudill caudle causey cavanaugh cavazos cave cazares ceballos cecil ceja
centeno cepeda cerda cervantes cha chacon chadwick chaffin chafin chaisson chalmers chamberlain chamberlin chambers
chambliss champagne champion chan chance chancellor chandler chaney chang chao chapa chapin chaplin chapman chappell
charles charlton charron chase chasse chastain chatman chau chavarria chaves chavez chavis cheatham cheek chen
chenault cheney cheng cherry chesser chester chestnut cheung chevalier chew chick child childers childress childs
chiles chilton chin ching chinn chisholm chism chisolm chitwood chiu cho choate choe choi chong chow chrisman christ
christensen christenson christian christiansen christianson christie christman christmas christopher christopherso
christy chu chun chung church churchill cintron cisco cisneros clancy clanton clapp clapper clark clarke clarkson
clary claudio clausen clawson clay clayton cleary clegg clem clemens clement clemente clements clemmons clemons
cleveland clevenger click clifford clifton cline clinton close cloud clough clouse cloutier coakley coates coats
cobb cobbs coble coburn cochran cochrane cockrell cody coe cofer coffee coffey coffin coffman cofield coggins cohen
cohn coker colbert colburn colby cole coleman coles coley collado collazo collett collette colley collier collins
colon colson colston colton colunga colvin colwell combs comeau comeaux comer compton comstock conaway concepcion
condon cone coney conger conklin conley conlon conn connell connelly conner conners connolly connor connors conover
conrad conroy conte conti contreras conway conyers cook cooke cooks cooksey cooley coombs coon cooney coons cooper
cope copeland copley coppola corbett corbin corbitt corcoran cordell corder cordero cordova corey corley corliss
cormier cornejo cornelius cornell cornett cornish cornwell corona coronado corral correa correia correll corrigan
cortes cortez corwin cory cosby cosgrove cosme costa costello cota cote cothran cotten cotter cottle cotto cotton
cottrell couch coughlin coulter council counts courtney cousins couture covarrubias covert covey covington cowan
coward cowart cowell cowen cowles cowley cox coy coyle coyne crabb crabtree craddock craft craig crain cramer
crandall crandell crane cranford craven crawford crawley crayton creamer creech creed creel creighton crenshaw
crespo cress crews crider crisp criss crist criswell crites crittenden crocker crockett croft cromer cromwell cronin
crook crooks croom crosby cross crossman croteau crouch crouse crow crowder crowe crowell crowley croy crum crump
crumpton cruse crutcher crutchfield cruz cuellar cuevas culbertson cullen culp culpepper culver cummings cummins
cundiff cunningham cupp cureton curiel curley curran currie currier curry curtin curtis cushing cushman custer
cutler cyr dabbs dabney dacosta daggett dagostino dahl daigle dailey daily dale daley dallas dalrymple dalton daly
dame damico damon damron dancy dandrea danforth dang dangelo daniel daniels danielson danner dansby dantzler darby
dardar darden darling darnell darr darrow dasilva daugherty daughtry davenport davey david davidson davies davila
davis davison dawes dawkins dawson day dayton deal dean deane deangelis dearing deason deaton deberry deboer decker
decosta decoteau deering dees deese dehart dehaven dejesus delacruz delagarza delaney delapaz delarosa delatorre
deleon delgadillo delgado delisle dell dellinger deloach delong delossantos delrio deluca deluna delvalle demarco
demers demoss dempsey denham denis denison denman denney denning dennis dennison denny denson dent denton depew
depriest derby derosa derr derrick desai desantis desimone desjardins desmarais desmond desrosiers deutsch dever
devine devito devlin devoe devore devries dew dewey dewitt dexter deyoung dial diamond dias diaz dibble dick dickens
dickenson dickerson dickey dickinson dickson diehl dietrich dietz diggs dill dillard dillon dilworth dingle dinkins
dion dionne dishman dix dixon do doan doane dobbins dobbs dobson dockery dodd dodds dodge dodson doe doerr doherty
dolan doll dollar domingo dominguez dominquez donahue donald donaldson donato donley donnell donnelly donohue
donovan dooley doolittle doran dorman dorn dorris dorsey dortch doss dotson doty doucet doucette dougherty doughty
douglas douglass dove dover dow dowd dowdell dowdy dowell dowling downes downey downing downs doyle dozier drain
drake draper drayton drew driggers driscoll driver drummond drury dryden duarte dube dubois dubose ducharme duck
duckett duckworth dudley duenas duff duffy dugan dugas duggan dugger duke dukes dulaney dumas dumont dunaway dunbar
duncan dunham dunlap dunn dunne dunning duong dupont dupre dupree dupuis duran durand durant durbin durden durham
durkin durr durst dutcher dutton duty duval duvall dvorak dwyer dye dyer dykes dykstra dyson eades eads eady eagle
earl earle earley earls early earnest easley eason east easter easterling eastman easton eaton eaves ebert
echevarria echols eck eckert eddy eden edens edgar edge edison edmond edmonds edmondson edmunds edward edwards egan
egbert eggers eggleston ehlers ehrlich eisenberg elam elder eldred eldridge elias elizondo elkins eller ellington
elliot elliott ellis ellison ellsworth elmer elmore elrod elston elwell elwood ely emanuel embry emerick emerson
emery emmons emory eng engel england engle englert english engstrom ennis enos enright enriquez epperson epps
epstein erb erdman erdmann erickson ericson ernest ernst erskine ervin erwin escalante escamilla escobar escobedo
eskridge esparza espinal espino espinosa espinoza esposito esquivel estep estes estevez estrada estrella etheridge
ethridge eubank eubanks evans everett everette everhart evers everson ewing ezell faber fabian fagan fahey fain fair
fairbanks fairchild faircloth fairley faison fajardo falcon falcone falk fallon falls fancher fannin fanning farber
faria farias faris farley farmer farnsworth farr farrar farrell farrington farris farrow faulk faulkner faust favors
fawcett fay fears feaster fee feeney felder feldman feliciano felix felker feller fellows felton felts fender fenn
fennell fenner fenton fenwick ferguson fernandes fernandez ferrante ferrara ferrari ferraro ferreira ferrell ferrer
ferris ferro ferry fetter fidler fiedler field fielder fielding fields fierro fife figueroa fike fillmore finch
fincher findley fine fink finley finn finnegan finney fiore fischer fish fisher fishman fisk fitch fite fitts
fitzgerald fitzpatrick fitzsimmons fix flagg flaherty flanagan flanders flanigan flannery fleck fleming flemming
fletcher flick flint flood flora florence flores florez flournoy flowers floyd flynn fogarty fogg fogle foley folk
folse folsom foltz fong fonseca fontaine fontenot foote forbes ford forde fordham foreman forest foret forman forney
forrest forrester forster forsyth forsythe fort forte fortenberry fortier fortin fortner fortney fortune foss foster
fountain fournier foust fowler fowlkes fox foy fraley frame france francis francisco franco francois frank franke
frankel franklin franks frantz franz fraser frasier frazer frazier frederick fredericks fredrick fredrickson free
freed freedman freeland freeman freese freitas french freund frey frias frick friday fried friedman friend frierson
fries fritts fritz frizzell frost fry frye fryer fuchs fuentes fugate fuhrman fulcher fulk fulkerson fuller
fullerton fulmer fulton fultz funderburk funk fuqua furlong furman furr furtado fusco gabbard gabel gable gabriel
gaddis gaddy gadson gaffney gage gagne gagnon gaines gainey gaitan gaither galarza galbraith galbreath gale galindo
gall gallagher gallaher gallant gallardo gallegos gallo galloway galvan galvez galvin gamble gamboa gambrell gamez
gammon gandy gann gannon gant gantt gaona garay garber garcia gardiner gardner garibay garland garman garmon garner
garnett garrett garrido garris garrison garrity garvey garvin gary garza gaskin gaskins gaspar gass gaston gates
gatewood gatlin gault gause gauthier gavin gay gayle gaylor gaylord gaynor gaytan gearhart geary gee geer geiger
geisler geller gendron gentile gentry george gerald gerard gerber gerlach germain german getz geyer gibbons gibbs
gibson giddens giese gifford gil gilbert gilbertson gilbreath gilchrist giles gill gillard gillen gillespie gillette
gilley gilliam gilligan gilliland gillis gillum gilman gilmer gilmore gilpin gilson ginn giordano gipson girard
giron giroux gish gist givens gladden gladney glaser glasgow glass glaze gleason glenn glick glover glynn goad goble
goddard godfrey godinez godoy godsey godwin goebel goetz goff goforth goings goins gold goldberg golden golding
goldman goldsmith goldstein gomes gomez gonsalves gonzales gonzalez gooch good goode goodell gooden goodin gooding
goodman goodrich goodson goodwin goolsby gordon gore gorham gorman gosnell goss gosselin gossett gott gough gould
goulet gourley gower graber grabowski grace gracia grady graf graff gragg graham grammer granados grande granger
grant grantham grasso graves gray grayson graziano greathouse greco green greenberg greene greenfield greenleaf
greenlee greenwell greenwood greer gregg gregoire gregory greiner grenier gresham grey grice grider griego grier
griffen griffin griffis griffith griffiths grigg griggs grigsby grim grimes grimm grimsley grisham grissom griswold
groce groff grogan groom grooms gross grossman grove grover groves grubb grubbs gruber guajardo guay guenther guerin
guerra guerrero guess guest guevara guffey guido guidry guillen guillory guinn gullett gulley gunderson gunn gunter
gunther gurley gurney gustafson gustin guthrie gutierrez guy guyer guyton guzman gwinn ha haag haas haase hacker
hackett hackney haddad hadden haddock hadley hagan hagen hager haggard haggerty hahn haight hailey haines hair
hairston halbert halcomb hale hales haley hall haller hallett hallman hallock halsey halstead halverson halvorson
ham hamblin hambrick hamby hamel hamer hamill hamilton hamlett hamlin hamm hammer hammett hammock hammond hammonds
hammons hampton hamrick han hancock hand handley handy hanes haney hankins hanks hanley hanlon hanna hannah hannan
hannon hansen hanson harbin harbison hardaway hardee harden harder hardesty hardiman hardin harding hardison hardman
hardwick hardy hare hargett hargis hargrave hargrove harkins harlan harless harley harlow harman harmon harms
harness harney haro harold harp harper harr harrell harrelson harrigan harriman harrington harris harrison harrod
harry hart harter hartford hartley hartman hartmann hartnett hartwell hartwig hartzell harvey harwell harwood
haskell haskins hass hassell hastings hatch hatcher hatchett hatfield hathaway hatley hatton hauck haugen haun
hauser haven havens hawes hawk hawkins hawks hawley haworth hawthorne hay hayden hayes haygood haynes hays hayward
haywood hazel hazelton hazelwood hazen hazzard head headley headrick healey healy heard hearn hearne heath heaton
hebert hecht heck heckman hector hedgepeth hedges hedrick heffernan heffner heflin hefner heilman heim hein heinrich
heinz heisler held heller helm helmick helms helton hembree hemphill hendershot henderson hendon hendrick hendricks
hendrickson hendrix henke henley hennessey hennessy henning henriquez henry henshaw hensley henson her herbert
herbst herd heredia herman hermann hernandes hernandez herndon herold herr herrera herrick herrin herring herrington
herrmann herron hersey hershberger herzog hess hesse hester hetrick hewett hewitt heyward hiatt hibbard hickerson
hickey hickman hicks hickson hidalgo higdon higginbotham higgins higgs high hight hightower hilbert hildebrand
hildreth hiles hill hillard hiller hilliard hillis hillman hills hilton himes hindman hinds hines hinkle hinman
hinojosa hinson hinton hirsch hitchcock hite hitt hix hixon hixson ho hoag hoagland hoang hobbs hobson hochstetler
hodge hodges hodgson hodson hoff hoffman hoffmann hofmann hogan hogg hogue hoke holbrook holcomb holcombe holden
holder holguin holiday holland hollar hollenbeck holler holley holliday holliman hollingsworth hollins hollis
holloman holloway holly holm holman holmes holston holt holton holtz homan homer honaker honeycutt hong hood hook
hooker hooks hooper hooten hoover hope hopkins hoppe hopper hopson horan horn horne horner horning hornsby horowitz
horsley horst horton horvath hosey hoskins hostetler hotchkiss houck hough houghton houk houle house houser houston
howard howe howell howerton howes howland hoy hoyle hoyt hsu hu huang hubbard hubbell huber hubert huckaby
huddleston hudgens hudgins hudson hudspeth huerta huey huff huffman huggins hughes hughey hulbert hulett hull hulse
hulsey humble hume humes hummel humphrey humphreys humphries hundley huneycutt hunt hunter huntington huntley hurd
hurley hurst hurt hurtado huskey hussey huston hutchens hutcherson hutcheson hutchings hutchins hutchinson hutchison
hutson hutto hutton huynh hwang hyatt hyde hyland hylton hyman hynes ibarra iglesias infante ingalls ingersoll ingle
ingraham ingram inman irby ireland irish irizarry irons irvin irvine irving irwin isaac isaacs isaacson isbell isom
ison israel iverson ives ivey ivory ivy izzo jablonski jack jackman jacks jackson jacob jacobs jacobsen jacobson
jacoby jacques jaeger jaffe jaime jamerson james jameson jamieson jamison janes jankowski jansen janssen jaramillo
jarman jarrell jarrett jarvis jasper jasso jay jaynes jean jeffcoat jefferies jeffers jefferson jeffery jeffrey
jeffries jemison jenkins jenks jennings jensen jenson jernigan jerome jessen jessup jeter jett jewell jewett jiles
jimenez jiminez jobe joe johansen john johns johnsen johnson johnston johnstone joiner jolley jolly jonas jones
jordan jordon jorgensen jorgenson jose joseph joslin joy joyce joyner juarez judd jude judge judkins judy julian
jung justice justus kahl kahn kaiser kaminski kane kang kaplan karl karnes karr kasper katz kauffman kaufman kay
kaye kaylor keane kearney kearns keating keaton keck kee keefe keefer keegan keel keeler keeling keen keenan keene
keener keeney keeton kehoe keim keister keith kell kellar kelleher keller kelley kellogg kellum kelly kelsey kelso
kemp kemper kendall kendrick kennedy kenner kenney kenny kent kenyon kern kerns kerr kersey kessler kester ketchum
key keyes keys keyser khan kidd kidder kidwell kiefer kieffer kilburn kilgore killian killingsworth killion kilmer
kilpatrick kim kimball kimble kimbrell kimbrough kimmel kimura kinard kincaid kinder kindred king kingsbury kingsley
kingston kinney kinsey kipp kirby kirchner kirk kirkham kirkland kirkpatrick kirksey kirkwood kirsch kirschner kiser
kish kitchen kitchens kite kizer klein kline kling klingensmith klinger klug knapp knight knoll knott knotts knowles
knowlton knox knudsen knudson knutson koch kocher koehler koehn koenig koester kohl kohler kohn kolb kong koon
koonce koontz kopp kornegay koski kovach kovacs kowalski kozak kozlowski kraemer kraft kramer krantz kranz kraus
krause krauss krebs kremer krieger kroll krueger krug kruger kruse kuehn kuhl kuhn kuhns kumar kunkel kuntz kunz
kurtz kuykendall kwan kyle kyles labbe labelle labonte laboy lacasse lacey lachance lackey lacroix lacy ladd ladner
lafferty laflamme lafleur lahr lai lail laing laird lake laliberte lalonde lam lamar lamb lambert lamm lamont
lamontagne lampe lampkin lancaster lance land landers landis landon landreth landrum landry lane laney lang langdon
lange langer langford langham langley langlois langston lanham lanier lankford lanning lantz lapierre laplante
lapointe laporte lara large larkin larkins laroche larose larrabee larry larsen larson larue lash lashley lassiter
laster latham lathrop latimer latta lattimore lau lauer laughlin laurent lavallee lavalley lavender lavergne lavigne
lavoie law lawhorn lawler lawless lawrence laws lawson lawton lay layman layne layton le lea leach leahy leak leake
leal lear leary leath leatherman leathers leatherwood leavitt leblanc leboeuf lebron leclair ledbetter ledesma ledet
ledford ledoux lee leech leeper lees lefebvre leger legg leggett legrand lehman lehmann leigh leighton lemaster
lemay lemieux lemke lemmon lemoine lemon lemons lemus lennon lentz lenz leon leonard leone lerma lerner leroy leslie
lessard lester letourneau lett leung levasseur leverett levesque levi levin levine levy lew lewandowski lewis leyva
lheureux li libby liddell lieberman lien liggins light lightfoot lightner ligon liles lilley lilly lim lima limon
lin linares lincoln lind lindberg linder lindgren lindley lindner lindquist lindsay lindsey lindstrom ling link
linkous linn linton linville lippert lipscomb lira lister little littlefield littlejohn littleton liu lively
livingston llewellyn lloyd lo lock lockard locke lockett lockhart locklear lockwood loera loftin loftis lofton
loftus logan logsdon logue lohr lomax lombard lombardi lombardo lomeli london long longo longoria loomis looney
loper lopes lopez lord lorenz lorenzo lott loucks louie louis lovato love lovejoy lovelace loveless lovell lovely
lovett loving low lowe lowell lowery lowman lowry loy loya loyd lozada lozano lu lucas luce lucero luciano lucio
luck luckett ludwig luevano lugo luis lujan luke luker lum lumpkin luna lund lundberg lundgren lundquist lundy lunn
lunsford luong lusk lussier luster luther luttrell lutz ly lyle lyles lyman lynch lynn lyon lyons lytle ma maas mabe
mabry macdonald mace machado macias maciel mack mackay mackenzie mackey mackie macklin maclean macleod macmillan
macon macpherson madden maddox maddux madera madigan madison madrid madrigal madsen maes maestas magana magee
maggard maggio magnuson maguire mahaffey mahan maher mahler mahon mahoney maier main major majors maki malave
malcolm maldonado malik mallard mallett malley mallory malloy malone maloney mancini mancuso mandel maness mangrum
mangum manley mann manning manns mansfield manson manuel manzano manzo mapes maple maples marble march marchand
marchant marcotte marcum marcus mares marin marino marion mark marker markham markley marks marler marley marlin
marlow marlowe marquardt marquez marquis marr marra marrero marroquin marrs marsh marshall marston martel martell
martens martin martindale martinez martino martins martinson marty martz marvin marx mashburn mason massa massey
massie mast masters masterson mata mateo matheny mather matherne mathes matheson mathew mathews mathias mathis
mathison matias matlock matney matos matson matteson matthew matthews mattingly mattison mattos mattox mattson
mauldin maupin maurer mauro maxey maxfield maxwell may maya mayberry mayer mayers mayes mayfield mayhew maynard mayo
mays maze mazur mazza mcabee mcadams mcafee mcalister mcallister mcarthur mcbee mcbride mcbroom mccabe mccafferty
mccaffrey mccain mccall mccallister mccallum mccann mccants mccarter mccarthy mccartney mccarty mccaskill mccauley
mcclain mcclanahan mcclary mccleary mcclellan mcclelland mcclendon mcclintock mcclinton mccloskey mccloud mcclung
mcclure mccluskey mccollum mccombs mcconnell mccool mccord mccorkle mccormack mccormick mccown mccoy mccracken
mccrary mccray mccrea mccreary mccrory mccue mcculley mcculloch mccullough mccune mccurdy mccurry mccutcheon mcdade
mcdaniel mcdaniels mcdermott mcdevitt mcdonald mcdonnell mcdonough mcdougal mcdougall mcdowell mcduffie mcelhaney
mcelroy mcevoy mcewen mcfadden mcfall mcfarland mcfarlane mcgee mcgehee mcghee mcgill mcginley mcginn mcginnis
mcginty mcgough mcgovern mcgowan mcgrath mcgraw mcgregor mcgrew mcgriff mcguire mchale mchenry mchugh mcinnis
mcintire mcintosh mcintyre mckay mckean mckee mckeever mckelvey mckenna mckenney mckenzie mckeon mckeown mckinley
mckinney mckinnon mcknight mckoy mclain mclane mclaren mclaughlin mclaurin mclean mclellan mclemore mclendon mcleod
mcmahan mcmahon mcmanus mcmaster mcmichael mcmillan mcmillen mcmillian mcmillin mcmullen mcmullin mcmurray mcnabb
mcnair mcnally mcnamara mcnamee mcneal mcneely mcneil mcneill mcnulty mcnutt mcpherson mcqueen mcrae mcreynolds
mcswain mcvay mcvey mcwhorter mcwilliams meacham mead meade meador meadows meagher means mears medeiros medina
medley medlin medlock medrano meehan meek meeker meeks meier meister mejia melancon melanson melendez mello melo
melton melvin mena menard menchaca mendenhall mendes mendez mendoza menendez meraz mercado mercer merchant mercier
meredith merrell merrick merrill merriman merritt merriweather mesa messenger messer messier messina metcalf metz
metzger metzler meyer meyers meza michael michaels michaud michel michels mickelson mickens middleton miguel milam
milan milburn miles miley millan millard miller milligan milliken mills milne milner milton mims mincey miner mink
minnick minor minter minton mintz miracle miramontes miranda mireles mitchel mitchell mitchem mix mixon mize mizell
moats mobley mock moe moeller moen moffett moffitt mohr mojica molina moll monaco monaghan monahan mondragon money
moniz monk monroe monroy monson montague montalvo montanez montano montemayor montenegro montero montes montez
montgomery montoya moody moon mooney moore moorehead moorman mora morales moran more moreau morehead morehouse
moreira morel moreland moreno morey morgan moriarty morin morley morrell morrill morris morrison morrissette
morrissey morrow morse mortensen mortimer morton mosby moseley moser moses mosher mosier mosley moss mota moten
motley mott moua moulton moultrie mount mouton mowery moy moya moye moyer moyers mudd mueller muhammad muir mulcahy
mulholland mulkey mull mullen mullens muller mulligan mullin mullins mullis mumford muncy mundy munger munguia muniz
munn munoz munro munson murdock murillo murphy murray murrell murry muse musgrove musick musselman musser myer myers
myles myrick nabors nadeau nagel nagle nagy nail najera nakamura nall nance napier napolitano naquin naranjo narvaez
nash nason natale nathan nation nava navarrete navarro naylor nazario neal nealy necaise needham neel neeley neely
neff negrete negron neighbors neil neill neilson nelms nelsen nelson nemeth nesbit nesbitt nesmith ness nestor
nettles neuman neumann nevarez neville new newberry newby newcomb newell newhouse newkirk newland newman newport
newsom newsome newson newton nez ng ngo nguyen nicholas nicholls nichols nicholson nickel nickell nickerson nielsen
nielson niemi nieto nieves niles nix nixon noble nobles noe noel nolan noland nolen noll noonan norfleet noriega
norman norris north northcutt norton norwood novak novotny nowak nowell nowlin noyes nugent null numbers nunes nunez
nunley nunn nutt nutter nye oakes oakley oaks oates obrian obrien obryan ocampo ocasio ochoa ochs oconnell oconner
oconnor odell oden odom odonnell odum ogden ogle oglesby ogrady oh ohara ojeda okeefe oldham olds oleary olinger
oliphant oliva olivares olivarez olivas olive oliveira oliver olivera olivo olmos olmstead olsen olson olvera
omalley oneal oneil oneill ontiveros oquendo ordonez oreilly orellana orlando ornelas orosco orourke orozco orr orta
ortega orth ortiz orton osborn osborne osburn osgood oshea osorio osteen oster ostrander osullivan oswald oswalt
otero otis otoole ott otto ouellette ousley outlaw overby overman overstreet overton owen owens owings oxford ozuna
pabon pace pacheco pack packard packer paddock padgett padilla padron pagan pagano page paige paine painter pak
palacios palermo palm palma palmer palmore palumbo pannell pantoja pape pappas paquette paquin paradis pardo pardue
paredes parent parenteau parham paris parish parisi park parker parkhurst parkinson parks parnell parr parra parris
parrish parrott parry parsley parson parsons partida partin parton partridge paschal paschall pascual passmore pate
patel paterson patino patrick patten patterson pattison patton paul pauley paulk paulsen paulson paxton payne payton
paz peabody peace peachey peacock peak peake pearce pearl pearsall pearson pease peck peckham pedersen pederson
pedigo pedroza peebles peek peel peele peeler peeples pelayo pelkey pellegrino pelletier peltier pelton pemberton
pena pence pender pendergrass pendleton penn pennell penney pennington penny penrod peoples pepin pepper peppers
perales peralta percy perdue perea pereira perez perkins perreault perrin perron perrone perry perryman persaud
person pete peter peterman peters petersen peterson petit petrie pettigrew pettis pettit pettus pettway petty peyton
pfaff pfeifer pfeiffer pham phan pharr phelan phelps phifer philips phillip phillips philpot phipps piazza picard
pichardo pickard pickens pickering pickett pickle pierce pierre pierson pigg pike pilcher pilkington pimentel pina
pinckney pinder pineda pinkerton pinkney pinkston pino pinson pinto piper pipkin pippin pirtle pitcher pitman pitre
pitt pittman pitts place plank plant plante platt pleasant plourde plummer plunkett poe pogue pohl poindexter
pointer poirier polanco poland poling polk pollack pollard pollock pomeroy ponce pond ponder pool poole poore pope
popp porras porter porterfield portillo portis posey post poston potter potts poulin pounds powe powell power powers
prado prater prather pratt preece prentice prescott presley pressley preston prewitt price prichard pride pridgen
priest prieto prince pringle prior pritchard pritchett probst proctor proffitt propst prosser proulx provost pruett
pruitt pryor puckett puente pugh pulido pullen pulley pulliam purcell purdy purnell purvis puryear putman putnam
pyle pyles qualls quan quarles queen quesada quezada quick quigley quillen quimby quinlan quinn quinones quinonez
quintana quintanilla quintero quiroz raby race racine rackley radcliffe rader radford radtke rae rael rafferty ragan
ragland ragsdale rahn raines rainey rains rainwater raley ralph ralston ramage rambo ramey ramirez ramon ramos
ramsay ramsey rand randall randle randolph raney rangel rankin rankins ransom raper rapp rash rasmussen ratcliff
ratliff rau rauch rausch rawlings rawlins rawls rawson ray rayburn rayford raymond raynor razo rea read reagan reams
reardon reaves reavis rector redd redden reddick redding reddy redman redmon redmond reece reed reeder reedy reel
rees reese reeve reeves regalado regan register reich reichert reid reilly reimer reinhardt reinhart reis reiss
reiter reitz rembert remillard remington rendon renfro renner reno renteria resendez reuter rey reyes reyna reynolds
reynoso rhea rhinehart rhoades rhoads rhoden rhodes rhyne ricci rice rich richard richards richardson richey richie
richman richmond richter rickard ricker ricketts rickman ricks rico riddell riddick riddle ridenour rider ridgeway
ridley riedel rife rigby riggins riggs rigsby riley rinaldi rincon rinehart ring riordan rios ripley ritchey ritchie
rittenhouse ritter ritz rivard rivas rivera rivero rivers rizzo roach roark robb robbins roberge roberson robert
roberts robertson robey robinette robins robinson robison robledo robles robson roby rocco rocha roche rock rockwell
roddy roden roderick rodgers rodman rodrigue rodrigues rodriguez rodriquez roe roebuck roger rogers rohde rohr rojas
rojo roland roldan rolfe roller rollins roman romano rome romeo romero romine romo roney rood rooks rooney root
roper roque rosa rosado rosales rosario rosas rose rosen rosenbaum rosenberg rosenberger rosenfeld rosenthal ross
rosser rossi roth rothman rounds roundtree rountree rouse roush rousseau roussel rowan rowe rowell rowland rowley
roy royal roybal royce royer royster rubin rubio ruble ruby rucker rudd rudolph rudy rue ruelas ruff ruffin ruggiero
ruiz rule runge runyan runyon rupert rupp rush rushing russ russel russell russo rust ruth rutherford rutland
rutledge rutter ryals ryan ryder saavedra sabin sabo sacco sachs saddler sadler saenz sage sager saiz salas salazar
salcedo salcido saldana saldivar salerno sales salgado salinas salisbury sallee salley salmon salter salvador salyer
sam samaniego sammons sample samples sampson sams samson samuel samuels samuelson sanabria sanborn sanches sanchez
sandberg sander sanders sanderson sandlin sandoval sands sandy sanford santana santiago santoro santos sapp sargent
sasser sato satterfield satterwhite sauceda saucedo saucier sauer saul sauls saunders savage savoy sawyer sawyers
saxon saxton sayers sayles saylor sayre scales scanlon scarborough scarbrough schaefer schaeffer schafer schaffer
scheer schell schenck schenk scherer schiller schilling schindler schlegel schlosser schmid schmidt schmitt schmitz
schneider schoen schofield scholl schoonover schott schrader schramm schreiber schreiner schrock schroder schroeder
schubert schuler schulte schultz schulz schulze schumacher schuman schumann schuster schutz schwab schwartz schwarz
schweitzer scoggins scott scribner scroggins scruggs scully seal seale seals seaman searcy searle searles sears
seaton seay sebastian see seeley seely segal seger segovia segura seibert seidel seifert seiler seitz selby self
sell sellars sellers sells sena senn sepulveda serna serrano sessions sessoms settle settles severson seward sewell
sexton seymore seymour shackelford shade shafer shaffer shah shanahan shaner shank shanks shannon shapiro sharkey
sharp sharpe shaver shaw shay shea shearer sheehan sheets sheffield shelby sheldon shell shelley shelly shelton
shepard shephard shepherd sheppard sheridan sherman sherrill sherrod sherry sherwood shields shifflett shin shine
shinn shipley shipman shipp shirey shirley shively shivers shockley shoemake shoemaker shook shore shores short
shorter shoup shouse showers shrader shriver shuler shull shultz shumaker shuman shumate shupe sibley sides siegel
sierra sigler sigmon sikes silas siler sills silva silveira silver silverman silvers silvey silvia simmons simms
simon simonds simone simons simonson simpkins simpson sims sinclair singer singh singletary singleton sink sipe
sipes sisco sisk sisson sites sizemore skaggs skeen skelton skidmore skiles skinner skipper slack slade slagle
slater slaton slattery slaughter slayton sledge sloan slocum slone small smalley smalls smallwood smart smiley smith
smitherman smithers smithson smoot smothers smyth snead sneed snell snider snipes snodgrass snook snow snowden
snyder soares soileau sokol solano solis soliz solomon solorio somers somerville sommer sommers song sonnier soper
sorensen sorenson soria soriano sorrell sorrells sosa sotelo soto soucy soule sousa south southard southerland
southern souza sowell sowers spain spalding spangler spann sparkman sparks sparrow spaulding spear spearman spears
speed speer speight spellman spence spencer sperry spicer spikes spiller spillman spinks spitzer spivey spooner
spradlin sprague spriggs spring springer sprinkle sprouse spruill spurgeon spurlock squires stacey stack stackhouse
stacy stafford staggs stahl staley stallings stallworth stamm stamper stamps stancil standley stanfield stanford
stanley stansberry stansbury stanton staples stapleton stark starkey starks starling starnes starr staten staton
stauffer stclair steadman stearns stebbins steed steel steele steen steffen stegall stein steinberg steiner
steinmetz stephen stephens stephenson stepp sterling stern stevens stevenson steward stewart stickney stidham stiles
still stillman stillwell stiltner stine stinnett stinson stith stitt stjohn stock stocker stockman stocks stockton
stockwell stoddard stoker stokes stoll stoltzfus stone stoner stonge storey storm storms story stott stout stovall
stover stowe stowell stowers stpierre strader straight strain strait strand strange stratton straub strauss strawn
street streeter strickland strickler stricklin stringer strom strong strother stroud stroup strunk stuart
stubblefield stubbs stuckey studer stull stump stumpf sturdivant sturgeon sturgill sturgis sturm stutzman styles su
suarez suber suggs sullivan summer summerlin summers summerville sumner sumpter sun surratt sutherland sutter sutton
suzuki swafford swain swan swank swann swanson swartz swearingen sweat sweeney sweet swenson swift swindle swinney
swisher switzer swope sykes sylvester sylvia szabo szymanski tabb taber tabor tackett tafoya taft taggart tait
talbert talbot talbott tallent talley tallman tam tamayo tan tanaka tang tankersley tanner tapia tapp tarr tarrant
tarver tate tatro tatum tavares taylor teague teal tedesco teel teeter tejada tejeda tellez temple templeton tennant
tenney terrazas terrell terrill terry testa tetreault thacker thames thao tharp thatcher thayer theis theisen
theriault theriot therrien thibault thibodeau thibodeaux thiel thigpen thom thomas thomason thompkins thompson
thomsen thomson thorn thornburg thorne thornhill thornton thorp thorpe thorson thorton thrash thrasher thurman
thurmond thurston tibbetts tibbs tice tidwell tierney tijerina tiller tillery tilley tillman tilton timm timmerman
timmons tindall tinker tinsley tipton tirado tisdale titus tobias tobin todd tolbert toledo toler toliver tolley
tolliver tom tomlin tomlinson tompkins toney tong toole tooley toombs toomey toro torrence torres torrey torrez
toscano toth totten tovar tower towle towne townes towns townsend tracey tracy trahan trainor trammell tran trantham
trapp trask travers travis traylor treadway treadwell treat treece trejo tremblay trent trevino tribble trice
trimble trinh trinidad triplett tripp trombley trott trotter trout troutman trowbridge troy trudeau true truitt
trujillo truman truong tsosie tubbs tuck tucker tudor tuggle tully turcotte turk turley turman turnage turnbull
turner turney turpin tuttle tyler tyner tyree tyson ulloa ulmer ulrich underhill underwood unger upchurch upshaw
upton urban urbina urena urias uribe usher ussery utley vail valadez valdes valdez valencia valenti valentin
valentine valentino valenzuela valerio valle vallejo valles van vanburen vanbuskirk vance vanderpool vandiver
vandyke vang vanhoose vanhorn vanmeter vann vanover vanpelt vansickle vanwinkle varela vargas vargo varner varney
vasquez vaughan vaughn vaught vazquez veal vega veilleux vela velasco velasquez velazquez velez venable venegas
ventura vera verdin verduzco vergara vermillion vernon vest vetter vick vickers vickery victor vidal vieira viera
vigil villa villagomez villalobos villanueva villareal villarreal villasenor villegas vincent vines vineyard vining
vinson viola vitale vo vogel vogt voigt volk volpe volz voss vu vue wachter waddell waddle wade wadsworth waggoner
wagner wagoner wahl wainwright waite waits wakefield walden waldon waldron waldrop wales walker wall wallace wallen
waller wallin walling wallis walls walsh walston walter walters walther walton waltz walz wampler wang ward warden
ware warfield warner warnock warren warrick warwick washburn washington wasson watanabe waterman waters watkins
watson watt watters watts waugh way wayman wayne weatherford weatherly weathers weathersby weatherspoon weaver webb
webber weber webster weddle weed weeks weems wegner weidner weil weiler weimer weinberg weiner weinstein weir weis
weiss welborn welch weldon welker weller wellman wells welsh welton wendt wenger wentworth wentz wenzel werner wertz
wesley wessel wesson west westbrook westcott wester westfall westmoreland weston westphal wetzel whalen whaley
wharton whatley wheat wheatley wheaton wheeler whelan whetstone whipple whitaker whitcomb white whited whitehead
whitehouse whitehurst whiteman whitener whiteside whitfield whiting whitley whitlock whitlow whitman whitmer
whitmire whitmore whitney whitson whitt whittaker whittemore whitten whittington whittle whitworth whorton whyte
wick wicker wickham wicks wiese wiggins wilbanks wilber wilborn wilbur wilburn wilcox wild wilde wilder wiles wiley
wilhelm wilhite wilke wilkerson wilkes wilkie wilkins wilkinson wilks will willard willett willey william williams
williamson willie williford willingham willis willoughby wills willson wilmoth wilson wilt wimberly wimmer
winchester windham windsor winfield winfrey wing wingard wingate wingfield wingo winkler winn winner winslow
winstead winston winter winters wirth wisdom wise wiseman wisniewski witcher withers witherspoon withrow witt witte
wofford wolcott wold wolf wolfe wolff wolford womack womble wong woo wood woodall woodard woodbury woodcock wooden
woodley woodman woodruff woods woodson woodward woodworth woody wooldridge wooley woolley woolsey wooten word worden
workman worley worrell worsham worth wortham worthington worthy wozniak wray wren wrenn wright wu wyant wyatt wyche
wyckoff wylie wyman wynn wynne wyrick xiong yager yamada yamamoto yancey yancy yanez yang yarborough yarbrough yates
yazzie ybarra yeager yee yi yocum yoder yoo yoon york yost youmans young youngblood younger yount yu zachary
zambrano zamora zapata zaragoza zarate zavala zayas zeigler zeller zepeda zhang ziegler zielinski zimmer zimmerman
zimmermann zink zinn zook zuber zuniga
"""
# In small letters.
SURNAMES = frozenset(_WORDS.split())
