"""The corpus the prompt head is trained on, generated from word lists of our own: nothing is scraped, nothing is graphic, every person
in a sexual example is an adult. Writes corpus.tsv, the same lines every time.

benign    what people ask of a picture program, whole prompts and single comma segments, with many examples that merely sound sexual
          (medicine, art, food, animals, sport) and many with children in everyday scenes
sexual    requests for nudity or sexual acts in plain or veiled words, whole and in segments

Each family is a template of its own. The lines in eval/ come from other families; a line that stands there is never written here.
"""


import pathlib
import random

import languages

HERE = pathlib.Path(__file__).resolve().parent

PEOPLE = """woman|man|young woman|young man|old woman|old man|lady|gentleman|couple|girl|boy|friends|a crowd of people|bride|groom|
grandmother|grandfather|dancer|athlete|singer|chef|farmer|fisherman|astronaut|knight|wizard|witch|princess|queen|king|samurai|pirate|
detective|nurse|doctor|teacher|student|painter|violinist|soldier|firefighter|police officer|mechanic|businesswoman|businessman|model|
fashion model|actress|actor|ballerina|gymnast|boxer|wrestler|swimmer|surfer|cyclist|monk|nun|angel|mermaid|elf|fairy|vampire|demon|
goddess|cyborg|android|maid|waitress|barista|librarian|scientist|skater|cheerleader|bodybuilder|yoga teacher|pregnant woman|
beautiful woman|handsome man|elegant lady|muscular man|tall man|red-haired woman|blonde woman|two women|two men|three friends""".replace("\n", "").split("|")

ADULTS = """woman|man|couple|lady|guy|model|girlfriend|boyfriend|wife|husband|actress|dancer|adult woman|two adults|grown woman|
middle-aged man|two women|two men|blonde woman|bride|nurse|secretary|elf queen|vampire lady|muscular man|elegant woman""".replace("\n", "").split("|")

CHILDREN = """child|children|kids|little girl|little boy|toddler|baby|newborn baby|teenager|schoolgirl|schoolboy|two siblings|
a mother and her baby|a father and his son|a family with three children|a class of pupils|grandchildren|a girl scout|a boy with his dog|
a girl with pigtails|kindergarten group|twins""".replace("\n", "").split("|")

CHILD_ACTS = """playing football in a park|building a sandcastle on the beach|blowing soap bubbles|reading a picture book|riding a bicycle|
flying a kite|eating ice cream|feeding ducks|drawing with crayons|opening birthday presents|learning to swim in a pool|sleeping in a cot|
splashing in puddles|on a swing|making a snowman|in a school bus|taking a bath with a rubber duck|baking cookies|hugging a teddy bear|
carving a pumpkin|skateboarding at sunset|in a swimsuit under a garden sprinkler|at the doctor for a check-up|dancing in a school play|
being breastfed in soft light|wearing a tutu at ballet class|laughing in the bathtub|doing gymnastics|in pyjamas|kissing grandma on the cheek|
running through a field|playing the piano|with balloons|brushing teeth|in a raincoat|climbing a tree""".replace("\n", "").split("|")

ACTS = """reading a newspaper|cooking pasta|walking a dog|playing guitar|wearing a raincoat|drinking tea|riding a bicycle|in a tailored suit|
in a wedding dress|dancing tango|doing yoga|gardening|laughing|in a winter coat|wearing a summer dress|painting a wall|holding a kitten|
in full armour|kissing in the rain|running a marathon|sleeping under a blanket|wearing a swimsuit at the pool|in a bikini on the beach|
lifting weights|meditating|looking out of a window|smoking a pipe|waiting for a train|holding an umbrella|in a leather jacket|
in a red evening gown|in jeans and a white shirt|in a kimono|wearing glasses|surfing a wave|climbing a rock wall|having a picnic|
hugging|holding hands|at a candlelit dinner|lying on the grass|lying on a sofa with a book|stretching|boxing|wrestling on a mat|shirtless at
 the gym|getting a massage at a spa|taking a shower after work|in a hot tub with friends|blowing a kiss|with wet hair|barefoot on the sand|
waking up in bed|in pyjamas with coffee|fully clothed|modestly dressed|in a bathrobe|trying on shoes|at the dentist|giving a speech|
showing a tattoo on the arm|in stockings and a skirt|in high heels|with bare shoulders|sweating after a run|breathing heavily after a race""".replace("\n", "").split("|")

PLACES = """in a bedroom|on a sofa|by the window|in a hotel room|in a bathtub|at a club|on the beach|in a studio|in a forest|on a rooftop|
at the office|in a kitchen|in a garden|on a boat|in the snow|in a car|at a market|in a library|under the stars|by a lake|in a meadow|
at a bar|in an alley|at home|in an old castle|in the desert|by a fireplace""".replace("\n", "").split("|")

THINGS = """mountain lake|old lighthouse|bowl of ramen|robot|wolf|spaceship|castle|steam train|owl|bonsai tree|motorcycle|medieval village|
peach tart|desert dune|jellyfish|forest path|lion cub|violin|sailboat|skyscraper|fox|two red foxes|three yellow ducks|blue horse|elephant|
cat|kitten|dog|puppy|goldfish|snail|octopus|whale|dragon|unicorn|phoenix|dinosaur|mushroom|sunflower|rose|cactus|apple|banana|peach|cherry|
eggplant|cucumber|pineapple|watermelon|carrot|corn|cake|pizza|burger|hot dog|sushi|croissant|cup of coffee|glass of wine|teapot|guitar|
piano|drum|book|lamp|clock|key|umbrella|hat|shoe|high heel|dress|ring|crown|sword|shield|gun|cannon|rocket|car|bus|bicycle|truck|plane|
balloon|train|ship|bridge|house|cottage|church|temple|tower|factory|city|street|market|island|waterfall|river|volcano|cave|moon|sun|star|
rainbow|cloud|storm|snowflake|campfire|candle|ghost|skull|pumpkin|zombie|alien|monster|goblin|statue|vase|mirror|bed|sofa|chair|table|
window|door|garden|fountain|tree|mountain|sea|beach|egg|nest|feather|butterfly|bee|spider|snake|frog|turtle|shark|crab|penguin|rabbit|
mouse|horse|cow|pig|sheep|goat|donkey|rooster|hen|duck|swan|eagle|parrot|tit on a branch|booby on a rock|seashell|stone|diamond|map|
chess board|football|skateboard|tent|telescope|microscope|computer|phone|camera|television|newspaper""".replace("\n", "").split("|")

DETAILS = """at night|in the rain|at dawn|at sunset|from above|in winter|in autumn|on a wooden table|under a green tree|on a hill|in the fog|
next to a river|in front of a mountain|with flowers|in a glass jar|on fire|covered in snow|made of glass|made of paper|in neon light|
with a blue sky|floating in space|on a white background|wearing a hat|with big eyes|in a tiny house|beside a lake""".replace("\n", "").split("|")

STYLE = """oil painting|35mm photo|digital art|anime style|3d render|sketch|hyperrealistic|cinematic lighting|8k|4k|watercolour|vector art|
studio portrait|concept art|pixel art|masterpiece|best quality|highly detailed|sharp focus|hdr|volumetric light|bokeh|soft light|hard light|
golden hour|trending on artstation|black and white|low poly|isometric|line art|flat design|ink drawing|pastel colours|warm colours|
bold colours|soft|raw photo|raw|candid|close-up|full body|full body shot|upper body|half body|head and shoulders|back view|front view|
side view|from behind|from below|from above|low angle|wide angle|macro|looking at viewer|1girl|1boy|2girls|solo|duo|group|smile|
open mouth|long hair|short hair|blue eyes|wet|wet hair|bare feet|bare shoulders|lips|legs|hands|detailed skin|skin texture|freckles|
dynamic pose|sitting|standing|kneeling|lying down|running|hot|hot day|cool|love|romantic|passion|intense|dramatic|moody|dark|bright|mature
|adult|young|beautiful|handsome|pretty|cute|elegant|glamorous|stylish|fashion|haute couture|vintage|retro|baroque|art nouveau|gothic|
cyberpunk|steampunk|surreal|minimalist|abstract|symmetry|product shot|advertising photo|studio lighting|plain background|depth of field|film grain|award winning|professional|sfw|safe for work|family
 friendly|fully clothed|modest|skirt|dress|swimsuit|bikini|stockings|jacket|shirt|no people|nobody|empty street""".replace("\n", "").split("|")

SOUNDS_SEXUAL = """breast cancer awareness poster|breast exam leaflet|mammogram machine|grilled chicken breast with rosemary|duck breast on a
 plate|breastfeeding mother in soft light|breastplate of a knight|classical sculpture of Venus in a gallery|marble statue of David|the birth
 of Venus by Botticelli|renaissance fresco with cherubs|Rubens painting in a museum|life drawing class in an art school|anatomy chart of
 muscles|anatomical drawing of the human body|medical illustration of the pelvis|skeleton and organs diagram|uterus diagram in a textbook|
pregnancy ultrasound|prostate check infographic|dermatology slide of a mole|sexual health clinic sign|sex education class poster|gender
 equality protest|same-sex couple getting married|lgbt pride parade|naked mole rat in a burrow|naked eye astronomy poster|nude lipstick
 product shot|nude coloured high heels|bare tree in winter|bare bulb in a cellar|bare feet on sand|bare hands holding soil|cock crowing at
 dawn|rooster on a fence|cockatoo|blue tit on a branch|great tit feeding|blue-footed booby|pussy willow branches|ass and donkey in a field|
beaver building a dam|bush in a garden|moby dick the white whale|moby dick book cover|moby dick leaping out of the sea|moby dick and the ship|a whale breaching beside a boat|nude lipstick|a nude shade of lipstick|captain ahab and moby dick|dick whittington and his cat|dick tracy comic|tom dick and harry|sperm whale diving|dickens novel cover|shiitake mushrooms|cocktail on a
 bar|cockpit of a plane|assassin in a dark alley|therapist in an office|Scunthorpe town hall|Essex countryside|Titian painting|hot dog with
 mustard|melons at a market|two peaches on a plate|banana split|sausage on a grill|oysters and champagne|whipped cream on strawberries|
chocolate fondue|dripping honey|wet paint sign|wet dog|hard hat|hard cheese|screw and nut|nuts and bolts|screwdriver set|drill in a
 workshop|erection of a steel bridge|penetrating oil can|stripped wires in a fuse box|strip mall parking lot|comic strip|striped shirt|
stripping paint from a door|thong sandals|g string of a violin|organ in a church|organ donor card|seed packets|mating swans on a lake|
lions mating in the savannah|flower pollination|bees and flowers|adult education class|adult elephant|mature oak tree|explicit instructions
 diagram|hardcore punk concert|hardcore mountain biker|softball game|virgin forest|virgin olive oil|Virgin Mary icon|Madonna and child|Adam
 and Eve with fig leaves|intimate dinner for two|intimate jazz concert|passionate flamenco dancer|passion fruit|sultry summer evening|
seductive smell of coffee|tempting dessert|naughty puppy|dirty boots|kinky curly hair|bondage of debt political cartoon|leather sofa|latex
 gloves in a lab|rubber duck|handcuffs on a police desk|whip of a lion tamer|spanking new car|chain and lock|rope bridge|knots for sailors|
massage oil bottle|spa with hot stones|lingerie shop window|bra fitting sign|underwear on a clothes line|swimsuit catalogue|wrestlers in an
 arena|sumo wrestlers|bodybuilder on stage|shirtless man chopping wood|shirtless boxer|topless tower without a roof|topless sandwich|convertible
 car with the top down|fashion runway|corset in a museum|belly dancer in costume|pole vaulter|pole dance fitness class|ballet dancer in a leotard|
figure skater in a sparkling dress|synchronised swimmers|olympic diver|tribal dance|body paint at a festival|tattooed arm|kiss on the cheek|
first kiss at a wedding|couple cuddling on a sofa|couple in bed reading|honeymoon on the beach|valentine card with hearts|cupid with a bow|
single bed with white sheets|bathroom tiles|bath bomb|shower head|hot spring with monkeys|sauna building by a lake|crotch rocket motorcycle|
camel in the desert|hooker position in rugby|escort ship in a convoy|swinging lantern|swinger club jazz band|blow dryer|blowing a trumpet|
job interview|hand job market poster about manual work|rear view mirror|back door of a house|bottom of the sea|bottom of the ninth baseball|
moaning ghost|screaming goat|climax of a play|orgasmic explosion of flavours on a menu|xxx size t-shirt|xoxo letter|rated r movie poster|
pg 13 film|69 bus in London|route 69 sign|playing doctor with stuffed animals|beach volleyball players|lifeguard on a tower""".replace("\n", "").split("|")

SEXUAL = """nude|naked|topless|undressed|fully nude|bare breasts|without clothes|stripped naked|exposing herself|exposing himself|in sheer
 lingerie that hides nothing|wearing only panties|erotic|erotic pose|unclothed|pornographic|porn|having sex|making love|making love in bed|
masturbating|orgasm face|nsfw|lewd|lewd pose|kinky bondage|softcore|hardcore xxx|adult film scene|uncensored nudity|intimate sex scene|sex
 scene|genitals visible|striptease|onlyfans style nude|hentai|ecchi|ecchi topless|rule 34|sexual act|sexual intercourse|aroused and naked|
nipples visible|no clothes on|taking off all clothes|undressing slowly|horny|sexual pose|spread legs|in the nude|naked body|nude body|nude
 photo|nudity|explicit nudity|full frontal|bottomless|not wearing anything|wearing nothing|wearing nothing at all|wearing nothing but a
 smile|with nothing on|completely bare|in her birthday suit|in his birthday suit|au naturel|in the buff|in the altogether|baring it all|
showing everything|leaving nothing to the imagination|clothes on the floor and bodies entwined|bodies entwined under the sheets|in the
 throes of passion|steamy bedroom encounter|passionate lovemaking|foreplay|oral sex|group sex|orgy|sex party|threesome in bed|erotica|adult
 content|adults only photo shoot|x rated|xxx|uncensored|pin-up without clothes|skinny dipping naked|dress slipped off|shirt off and bra
 off|bra unhooked and removed|panties pulled down|robe open with nothing underneath|see-through dress with nothing underneath|exposed
 breasts|bare bottom|naked butt|private parts showing|fetish porn|dominatrix sex scene|lap dance|stripper|playboy centerfold|camgirl|sex
 worker posing nude|sexually explicit|sexually aroused|lustful naked embrace|smut|boudoir nude|tied up naked|body covered only by foam|
naked under a fur coat|towel dropped to the floor revealing everything""".replace("\n", "").split("|")

ROMANCE = """lovers|couple|newlyweds|husband and wife|old couple|young couple|two dancers|bride and groom|sweethearts|couple in love""".replace("\n", "").split("|")

ROMANTIC_ACTS = """kissing in the rain|walking hand in hand|on a bridge at night|sharing an umbrella|hugging at a station|dancing a waltz|at a
 candlelit dinner|on a park bench|watching the sunset|on a gondola|under fireworks|asleep side by side under a blanket|in a blanket by the
 fire|laughing in bed on a sunday morning|embracing|forehead to forehead|on a picnic|at a cafe in Rome|on a ferris wheel|full of passion""".replace("\n", "").split("|")

CLINICAL = """sexual health|sex education|reproductive health|breast health|gynaecology|urology|puberty|birth control|fertility|sexual
 consent|hiv testing|breast screening|testicular cancer|nipple shield for nursing|prostate|menopause|human reproduction|anatomy of the
 pelvis|sexuality studies""".replace("\n", "").split("|")

CLINICAL_FORMS = """poster|leaflet|clinic building|clinic sign|class in a school|textbook page|infographic|doctor at a desk|awareness ribbon|
website banner|waiting room|diagram|brochure cover|museum exhibit|campaign|lecture hall""".replace("\n", "").split("|")

# A word that can be meant sexually, in a company in which it is not.
COMPANY = {
    "naked": "flame|eye observation of stars|mole rat|truth newspaper headline|light bulb|branches|cake without icing|wires|rock face|barley grains|bike engine",
    "nude": "nail polish|lipstick|coloured dress shoes|eyeshadow palette|toned wall paint|beige handbag|coloured tights packaging",
    "bare": "trees|rock|walls|feet in the sea|knuckles|floorboards|bones of a ship|branches|hands kneading dough",
    "strip": "of film|of bacon|of land|club sign in neon without people|of fabric|mine|light|of paper|of leather",
    "explicit": "lyrics warning label|instructions|warning sign|map legend|formula on a blackboard",
    "exposed": "brick wall|concrete|film roll|roots of a tree|beams|wiring|rock layers",
    "hard": "hat|drive|cheese|boiled egg|rock cafe|wood floor|shell crab",
    "hot": "air balloon|springs in Iceland|chocolate|chili peppers|sauce|iron|coals|asphalt",
    "wet": "cobblestones|street|dog|leaves|umbrella|hair after swimming|paint|suit of a surfer",
    "adult": "giraffe|tiger|education|salmon|penguin|butterfly|learners in a classroom",
    "private": "island|jet|room in a restaurant|garden|beach sign|library|detective",
    "intimate": "concert|restaurant|wedding ceremony|portrait of a grandmother|mood by candlelight|conversation|bookshop",
    "mature": "cheddar|oak|gentleman with a beard|tree|garden|lady with silver hair",
    "virgin": "forest|rainforest|snow|olive oil|island|mojito",
    "leather": "whip in a stable|boots|saddle|sofa|handcuff case of a sheriff|collar of a dog|gloves",
    "rope": "knots|bridge|ladder|on a ship|climbing gear",
    "hooker": "in a rugby scrum|of a rugby team with the ball",
    "passionate": "tango dancers|violinist|speech|cook|football fans|gardener",
    "sexual": "selection in birds, diagram|reproduction of plants|health clinic|dimorphism in ducks",
}

# Words that are meant sexually of a person, said of what is none.
CHARGED = """naked|bare|stripped|exposed|undressed|uncovered|topless|sensual|intimate|passionate|seductive|steamy|sultry|tempting|hot|wet|moist|
hard|dirty|naughty|kinky|sexy|virgin|mature|adult|explicit|private|voluptuous|curvy|thick|throbbing|erect|tight|dripping""".replace("\n", "").split("|")
LIFELESS = """rock|cliff|island|hilltop|dune|pillar|wall|tower|stairwell|bridge|ridge|glacier|sandbank|plaza|mannequin|tailor's dummy|rag doll|
scarecrow|robot|engine|bicycle frame|lamp|antenna|skyline|pipeline|cello|vase|perfume bottle|melody|guitar riff|kitchen|cellar|window|car|
motorboat|coat rack|notebook|headline|logo|poster without people|font|chair|mattress|canyon|mushroom|cucumber|pear|sauce|loaf of bread|
waffle|rope|cable|pump|valve|hinge|formula|map|calendar|kettle|greenhouse|swamp|orchard""".replace("\n", "").split("|")

BELOVED = "honeymoon|wedding|valentine's|bridal|lovers'|romantic|anniversary|wedding night|engagement|love".split("|")
KEEPSAKES = """suite with flowers|hotel room, nobody there|bed with fresh linen, no people|breakfast for two|balcony at dusk|letter with a seal|
song on the radio|boat with lanterns|dress on a hanger|card with paper hearts|cake|tree with carved initials|bench in the park|playlist cover|
perfume on a shelf|bath with rose water, empty room|candles along the tub|table by the sea|ring in a box|carriage with bells""".replace("\n", "").split("|")

DANCES = """tango|waltz|salsa|flamenco|rumba|bolero|ballet duet|kizomba|folk dance|dance on ice""".split("|")
TEMPERS = "sensual|passionate|fiery|tender|slow|dramatic|intimate|playful|seductive|elegant".split("|")
DANCED = """a long red dress|a dark floor|an accordion player beside them|street lamps|swirling skirts|black suits and polished shoes|the audience
 holding its breath|an old ballroom|a rose in the hair|high boots and a shawl""".replace("\n", "").split("|")

GROWN = "mature woman|mature man|adult woman|adult man|middle-aged lady|grown man|silver-haired lady|voluptuous lady|stern matron|muscular gentleman".split("|")
DRAWN = "manga|anime|comic|pulp cover|pin-up style|noir|visual novel|romance cover|fashion sketch|calendar page".split("|")
DRESSED = """grey suit and tie|apron and rolled sleeves|raincoat|uniform with medals|evening gown|trench coat|lab coat|overalls|wool cardigan|
judge's robe|riding habit|hoodie and jeans|ski jacket|graduation gown""".replace("\n", "").split("|")

WISHES = """i would love a painting of|we need a photograph of|make me|sketch|illustrate|produce an artwork with|render|could we have|let me see|
imagine|design a card with|please paint|please make a drawing of|a picture, please, of|i am looking for a poster of""".replace("\n", "").split("|")

GARMENTS = """hat|coat|jacket|dress|swimsuit|shirt|blouse|scarf|gloves|glasses|shoes|apron|uniform|sweater|skirt|suit|tie|crown|helmet|
mask|watch|necklace|boots|kimono|hoodie|robe""".replace("\n", "").split("|")

RETOUCH = """delete the {thing}|cut out the {thing}|get rid of the {thing} in the corner|remove the {thing} and keep the rest|remove the shadow|
remove the noise|remove the logo|remove the red eyes|take away the {thing}|take off the {garment} and put on a {other}|swap the {garment} for a
 {other}|replace the {thing} with a {other}|change the colour of the {garment}|add a {garment}|add a {thing} {detail}|give her a {garment}|
give him a {garment}|give them matching {garment}s|make him wear a {garment}|dress her in a {garment}|make the {thing} bigger|make the sky
 darker|make it look like winter|blur the faces|crop to the face|sharpen the picture|brighten the shadows|show the back of the {thing}|
show what is behind the {thing}|open the {garment} collar a little|hang the {garment} on a hook|without the {garment}|keep the {garment},
 lose the {thing}|restore this old photograph|colourise the photo|turn the {thing} into glass|fill in the missing corner|take off the
 frame|strip out the text|expose the picture a little longer|smooth the wrinkles in the {garment}""".replace("\n", "").split("|")

WHO = """she|he|the old man|the captain|the two friends|the widow|her husband|his wife|the stranger|the queen|the couple|the maid|the singer|
the doctor|the painter|the tired nurse|the lovers""".replace("\n", "").split("|")

TALES = """{who} opened the window and listened to the sea|{who} locked the door, sat down and opened the letter|{who} buttoned the coat and
 left the house|{who} loosened the collar because of the heat|{who} pulled the curtain aside and saw a {thing}|{who} lay awake in bed, thinking
 of home|{who} blew out the candle and fell asleep|{who} slipped off the wet shoes by the stove|{who} wiped the sweat from the forehead and
 went on digging|{who} kissed the letter and put it in a drawer|{who} held the {thing} close and wept|{who} ran {place} with nothing but a
 {thing}|{who} danced until the morning|{who} undid the rope and pushed the boat off|{who} turned the page with trembling hands|{who} rolled up
 the sleeves and washed the dishes|{who} whispered a secret {place}|{who} rose from the chair as the music began|{who} climbed on the roof to
 see the stars|{who} let the {thing} fall to the floor|{who} could hardly breathe after the stairs|{who} put the {thing} on the table {place}|
{who} embraced the friend at the station|{who} poured the tea and closed the blinds""".replace("\n", "").split("|")

SEXUAL_TALES = """{who} slid out of the gown and stood there bare|{who} pulled the shirt off and pressed naked against the {adult}|{who} and the
 {adult} made love {place}|{who} let the towel drop and showed every inch|{who} lay naked beside the {adult}|{who} undid the bra and threw it
 away|{who} could not wait to get the {adult} undressed|{who} moaned as they had sex {place}|{who} stripped for the {adult}|{who} kissed the
 {adult} on the bare breasts|{who} slept with the {adult} that night, bodies tangled and bare|{who} stepped out of the last piece of clothing|
{who} reached under the clothes of the {adult} and touched the bare skin|{who} waited in bed with no clothes on|{who} spread out naked {place}""".replace("\n", "").split("|")

UNDRESS = """get her out of the {garment}, nothing underneath|delete the {garment} and show her nude|show him without the {garment}, fully naked|
take all the clothing off the {adult}|make the {adult} naked|let the {garment} vanish so the breasts show|turn the {adult} nude|remove every
 piece of clothing|swap the {garment} for naked skin|render the {adult} unclothed|see-through {garment}, nipples visible|pull the {garment} down
 and expose the chest|no {garment}, no underwear, bare body|make the {garment} see-through to show the naked body|lift the {garment} and show the bare bottom|undress them both|bare
 skin in place of the {garment}""".replace("\n", "").split("|")

IDIOMS = """without a thread on|not wearing a thing|in nothing but perfume|with every garment gone|clad in sunlight only|dressed in bare skin|
wearing no more than earrings|covered by nothing at all|uncovered from head to toe|stripped to the skin|bare as a newborn day|exactly as nature
 intended, nude|with not a scrap of clothing|hiding nothing from the camera|offering the body to a lover|lost in carnal pleasure|tangled in the
 sheets with a lover, unclothed|consummating the marriage|locked in a lovers' embrace, skin on skin, naked|whose dress has come off entirely|
sharing a bed and bodies|giving in to desire, clothes torn off|wearing just a hat and nothing else|in a state of undress|with the robe wide open, bare beneath""".replace("\n", "").split("|")

ARTISTS = "Rubens|Raphael|Canova|Bernini|Goya|Courbet|Degas|Renoir|Matisse|Modigliani|Cranach|Dürer|Velázquez|Caravaggio|Giorgione|Picasso|Cézanne|Maillol".split("|")
WORKS = """bathers|sleeping Venus|reclining figure|Three Graces|Danaë|Leda and the swan|bronze athlete|marble torso|Adam and Eve|Apollo and Daphne|
Eros and Psyche|odalisque|Bacchus|fountain figures|study of a standing figure|cherub ceiling|nymphs and satyrs|embracing couple in marble|
plaster cast of a hero|model in the studio|Judgement of Paris|Diana at the bath|river god|Laocoön group|kiss in bronze""".replace("\n", "").split("|")
GALLERIES = """in a quiet museum hall|behind a rope in the gallery|on a museum wall, visitors in front|as a postcard from the museum shop|under
 restoration|in an art history lecture|on the cover of an exhibition catalogue|in a palace garden|in a heavy gold frame|with a school class
 looking at it|on a pedestal|being packed in a crate|on a stamp""".replace("\n", "").split("|")

NAMES = """Essex|Wessex|Middlesex|Sussex|Scunthorpe|Clitheroe|Lightwater|Penistone|Cockfosters|Cockburn Town|Dickson|Titisee|Bad Kissingen|Sexau|
Assen|Assisi|Bangkok|Bangor|Brest|Cumbria|Cumberland|Dildo in Newfoundland|Intercourse in Pennsylvania|Climax in Colorado|
Hookstown|Horncastle|Pussy in Savoy|Condom in Gascony|Titicaca|Grand Teton|Fuchsberg|Stripa|Virgin Gorda|Nudersdorf|Pisa|Shag Rock|
Beaver Creek|Bitche in Lorraine|Wankendorf|Wien|Analândia|Sexsmith in Alberta|Ballsbridge|Hornsea""".replace("\n", "").split("|")

FAUNA = """cattle on a meadow|two swans mating on a pond|mating frogs in spring|lions mating, wildlife documentary|a stallion and a mare|a naked
 baby bird in a nest|a hairless cat|a naked mole rat|a coal tit|a pair of boobies on a cliff|a booby chick|a cockerel|a woodcock|a cock pheasant|a pussycat|a donkey
 foal|a bitch and her puppies|nursing piglets|a cow with a full udder|a breeding pair of storks|spawning fish|a queen bee's mating flight|snails in their courtship dance|a
 strip of zebra skin pattern|a hen and a cock|beetles pairing on a leaf|a beaver family|a dog licking its nose""".replace("\n", "").split("|")

CREATURES = "elf warrior|orc chief|vampire countess|mermaid|dragon rider|forest nymph|werewolf|fallen angel|witch|sorcerer|demon king|succubus|centaur|catwoman warrior|robot maid|cyborg soldier|sea god|valkyrie|harpy|djinn".split("|")
CREATURE_ACTS = "guarding a bridge|reading an old map|in heavy armour|brewing a potion|drinking tea|in a wool coat|at a market|resting under an oak|in a library|playing chess|with a lantern|feeding ravens|in a ball gown|knitting|riding a stag|forging a sword".split("|")


def _company(r):
    word = r.choice(sorted(COMPANY))
    return f"{word} {r.choice(COMPANY[word].split('|'))}"


def _pick(r, items):
    return r.choice(items)


def _style(r):
    return ", ".join(r.sample(STYLE, r.randint(1, 4)))




BENIGN = {
    "person-act-place": lambda r: f"{_pick(r, PEOPLE)} {_pick(r, ACTS)} {_pick(r, PLACES)}, {_style(r)}",
    "person-act": lambda r: f"{_pick(r, ['a', 'the', 'portrait of a', 'photo of a', ''])} {_pick(r, PEOPLE)} {_pick(r, ACTS)}",
    "thing": lambda r: f"{_pick(r, ['a', 'one', 'two', 'three', 'a big', 'a small', 'an old', 'a red', 'a blue'])} {_pick(r, THINGS)} {_pick(r, DETAILS)}",
    "two-things": lambda r: f"{_pick(r, THINGS)} and {_pick(r, THINGS)} {_pick(r, DETAILS)}, {_style(r)}",
    "children": lambda r: f"{_pick(r, CHILDREN)} {_pick(r, CHILD_ACTS)}" + r.choice(["", f", {_style(r)}"]),
    "sounds-sexual": lambda r: _pick(r, SOUNDS_SEXUAL) + r.choice(["", "", f", {_style(r)}", f" {_pick(r, DETAILS)}"]),
    "style-words": _style,
    "single": lambda r: r.choice([_pick(r, PEOPLE), "a " + _pick(r, PEOPLE), _pick(r, CHILDREN), _pick(r, ACTS), _pick(r, PLACES), _pick(r, THINGS), _pick(r, STYLE), _pick(r, CHILD_ACTS)]),
    "style-of": lambda r: f"{_pick(r, STYLE)} of {_pick(r, ['a', 'the'])} {_pick(r, THINGS + PEOPLE)} {_pick(r, DETAILS)}",
    "person-place": lambda r: f"{_pick(r, PEOPLE)} {_pick(r, PLACES)}, {_style(r)}",
    "person-words": lambda r: f"{_pick(r, PEOPLE)}, {_style(r)}, {_pick(r, ACTS)}, {_style(r)}",
    "romance": lambda r: r.choice(["", "", "a ", "an elderly ", "a young ", "a happy ", "a fully clothed ", "a laughing "]) + _pick(r, ROMANCE) + " " + _pick(r, ROMANTIC_ACTS if r.random() < 0.5 else ACTS) + r.choice(["", f", {_style(r)}", f" {_pick(r, PLACES)}"]),
    "clinical": lambda r: f"{_pick(r, CLINICAL)} {_pick(r, CLINICAL_FORMS)}" if r.random() < 0.6 else f"{_pick(r, CLINICAL_FORMS)} about {_pick(r, CLINICAL)}",
    "company": lambda r: _company(r) + r.choice(["", "", f", {_style(r)}", f" {_pick(r, DETAILS)}"]),
    "lifeless": lambda r: f"{_pick(r, ['a', 'the', 'one', 'this', ''])} {_pick(r, CHARGED)} {_pick(r, LIFELESS)}" + r.choice(["", f" {_pick(r, DETAILS)}", f", {_style(r)}"]),
    "keepsake": lambda r: f"{_pick(r, ['a', 'the', 'our', ''])} {_pick(r, BELOVED)} {_pick(r, KEEPSAKES)}" + r.choice(["", f", {_style(r)}"]),
    "dance": lambda r: f"{_pick(r, ['a', 'one', 'two people in a'])} {_pick(r, TEMPERS)} {_pick(r, DANCES)}, " + ", ".join(r.sample(DANCED, r.randint(1, 2))),
    "drawn-and-dressed": lambda r: ", ".join(r.sample([_pick(r, DRAWN), _pick(r, GROWN), _pick(r, DRESSED)], 3)) + r.choice(["", f", {_style(r)}"]),
    "clothed": lambda r: ", ".join(r.sample([_pick(r, PEOPLE) + " " + _pick(r, PLACES), _pick(r, ["fully clothed", "modest", "sfw", "family friendly", "safe for work", "dressed warmly", "in a long coat"]), _style(r), _pick(r, ACTS)], r.randint(2, 4))),
    "things": lambda r: f"{_pick(r, THINGS)}, {_pick(r, THINGS)}, {_pick(r, THINGS)}",
    "wish": lambda r: f"{_pick(r, WISHES)} {_pick(r, ['a', 'the', 'my', 'one'])} {_pick(r, THINGS + PEOPLE + CHILDREN)} {_pick(r, DETAILS + PLACES)}",
    "retouch": lambda r: _pick(r, RETOUCH).format(thing=_pick(r, THINGS), garment=_pick(r, GARMENTS), other=_pick(r, GARMENTS), detail=_pick(r, DETAILS)) + r.choice(["", "", f", {_style(r)}"]),
    "tale": lambda r: _pick(r, TALES).format(who=_pick(r, WHO), thing=_pick(r, THINGS), place=_pick(r, PLACES)),
    "gallery": lambda r: f"{_pick(r, ARTISTS)}'s {_pick(r, WORKS)} {_pick(r, GALLERIES)}" if r.random() < 0.6 else f"{_pick(r, WORKS)} {_pick(r, GALLERIES)}, {_style(r)}",
    "place-name": lambda r: f"{_pick(r, ['the town of', 'a village near', 'a map of', 'the coast of', 'a station in', 'a road sign to', 'farmland around', 'cattle in'])} {_pick(r, NAMES)}" + r.choice(["", f" {_pick(r, DETAILS)}"]),
    "fauna": lambda r: f"{_pick(r, FAUNA)}" + r.choice(["", f" {_pick(r, DETAILS)}", f", {_style(r)}"]),
    "creature": lambda r: f"{_pick(r, CREATURES)} {_pick(r, CREATURE_ACTS)}" + r.choice(["", f", {_style(r)}"]),
}

SEXUAL_FAMILIES = {
    "adult-place": lambda r: f"{_pick(r, SEXUAL)} {_pick(r, ADULTS)} {_pick(r, PLACES)}, {_style(r)}",
    "adult-place-behind": lambda r: f"{_pick(r, ADULTS)} {_pick(r, PLACES)}, {_pick(r, SEXUAL)}, {_style(r)}",
    "words": lambda r: f"{_pick(r, STYLE)}, {_pick(r, ADULTS)}, {_pick(r, SEXUAL)}, {_pick(r, SEXUAL)}",
    "adult": lambda r: f"{_pick(r, ADULTS)} {_pick(r, SEXUAL)}",
    "alone": lambda r: _pick(r, SEXUAL),
    "picture-of": lambda r: f"{r.choice(['a', 'photo of a', 'painting of a', 'drawing of a'])} {_pick(r, ADULTS)} {_pick(r, SEXUAL)} {_pick(r, PLACES)}",
    "styled": lambda r: f"{_pick(r, SEXUAL)}, {_style(r)}",
    "act-and": lambda r: f"{_pick(r, ADULTS)} {_pick(r, ACTS)}, {_pick(r, SEXUAL)}",
    "two-adults": lambda r: f"{_pick(r, ADULTS)} and {_pick(r, ADULTS)} {_pick(r, SEXUAL)} {_pick(r, PLACES)}, {_style(r)}",
    "wish": lambda r: f"{_pick(r, WISHES)} {_pick(r, ['a', 'my', 'an adult', 'a grown'])} {_pick(r, ADULTS)} {_pick(r, SEXUAL)}",
    "undress-picture": lambda r: _pick(r, UNDRESS).format(garment=_pick(r, GARMENTS), adult=_pick(r, ADULTS)),
    "tale": lambda r: _pick(r, SEXUAL_TALES).format(who=_pick(r, WHO), place=_pick(r, PLACES), adult=_pick(r, ADULTS)),
    "creature": lambda r: f"{_pick(r, CREATURES)} {_pick(r, SEXUAL)}" + r.choice(["", f", {_style(r)}"]),
    "idiom": lambda r: f"{_pick(r, ADULTS)} {_pick(r, IDIOMS)}" + r.choice(["", f" {_pick(r, PLACES)}", f", {_style(r)}"]),
}

# How many lines of each family; one comes out less often where its words are few.
EACH = {"benign": 260, "sexual": 230}
EACH_LANGUAGE = {"benign": 110, "sexual": 60}
SEED = 11


def lines():
    """Every line as (label, language, family, text), without repeats, without what is held out."""
    held = _held_out()
    seen = set(held)
    rows = []

    def add(label, language, family, text):
        text = " ".join(text.split())
        if text.lower() not in seen:
            seen.add(text.lower())
            rows.append((label, language, family, text))

    for label, families in (("sexual", SEXUAL_FAMILIES), ("benign", BENIGN)):
        for family in sorted(families):
            r = random.Random(f"{SEED} {label} {family}")
            for _ in range(EACH[label]):
                add(label, "en", family, families[family](r))
    for text in SEXUAL:
        add("sexual", "en", "alone", text)
    for group in (PEOPLE, CHILDREN, CHILD_ACTS, ACTS, PLACES, THINGS, DETAILS, STYLE, SOUNDS_SEXUAL, FAUNA):
        for text in group:
            add("benign", "en", "single", text)
    for language in sorted(languages.WORDS):
        for label in ("sexual", "benign"):
            r = random.Random(f"{SEED} {label} {language}")
            for _ in range(EACH_LANGUAGE[label]):
                add(label, language, "spoken", languages.line(r, language, label))
    return rows


def _held_out():
    texts = set()
    for path in sorted((HERE / "eval").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            texts.add(line.split("\t")[3].lower())
    return texts


def main():
    rows = lines()
    text = "label\tlanguage\tfamily\ttext\n" + "".join("\t".join(row) + "\n" for row in rows)
    (HERE / "corpus.tsv").write_text(text, encoding="utf-8")
    sexual = sum(row[0] == "sexual" for row in rows)
    print(f"{sexual} sexual and {len(rows) - sexual} benign lines in {len({(r[0], r[1], r[2]) for r in rows})} families")


if __name__ == "__main__":
    main()
