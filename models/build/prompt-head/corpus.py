"""The corpus the prompt head is trained on, generated from word lists of our own: nothing is scraped, nothing is graphic, every person
in a sexual example is an adult. Deterministic: the same seed gives the same examples.

safe      what people ask of a picture program, whole prompts and single comma segments, with many examples that merely sound sexual
          (medicine, art, food, animals, sport) and many with children in everyday scenes
unsafe    requests for nudity or sexual acts in plain or veiled words, whole and in segments
"""

import random

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


def _company(r):
    word = r.choice(sorted(COMPANY))
    return f"{word} {r.choice(COMPANY[word].split('|'))}"


def _pick(r, items):
    return r.choice(items)


def _style(r):
    return ", ".join(r.sample(STYLE, r.randint(1, 4)))


def safe(r):
    kind = r.randrange(16)
    if kind == 0:
        return f"{_pick(r, PEOPLE)} {_pick(r, ACTS)} {_pick(r, PLACES)}, {_style(r)}"
    if kind == 1:
        return f"{_pick(r, ['a', 'the', 'portrait of a', 'photo of a', ''])} {_pick(r, PEOPLE)} {_pick(r, ACTS)}".strip()
    if kind == 2:
        return f"{_pick(r, ['a', 'one', 'two', 'three', 'a big', 'a small', 'an old', 'a red', 'a blue'])} {_pick(r, THINGS)} {_pick(r, DETAILS)}"
    if kind == 3:
        return f"{_pick(r, THINGS)} and {_pick(r, THINGS)} {_pick(r, DETAILS)}, {_style(r)}"
    if kind == 4:
        return f"{_pick(r, CHILDREN)} {_pick(r, CHILD_ACTS)}" + r.choice(["", f", {_style(r)}"])
    if kind == 5:
        return _pick(r, SOUNDS_SEXUAL) + r.choice(["", "", f", {_style(r)}", f" {_pick(r, DETAILS)}"])
    if kind == 6:
        return _style(r)
    if kind == 7:
        return r.choice([_pick(r, PEOPLE), "a " + _pick(r, PEOPLE), _pick(r, CHILDREN), _pick(r, ACTS), _pick(r, PLACES), _pick(r, THINGS)])
    if kind == 8:
        return f"{_pick(r, STYLE)} of {_pick(r, ['a', 'the'])} {_pick(r, THINGS + PEOPLE)} {_pick(r, DETAILS)}"
    if kind == 9:
        return f"{_pick(r, PEOPLE)} {_pick(r, PLACES)}, {_style(r)}"
    if kind == 10:
        return f"{_pick(r, PEOPLE)}, {_style(r)}, {_pick(r, ACTS)}, {_style(r)}"
    if kind == 11:
        adjective = r.choice(["", "", "a ", "an elderly ", "a young ", "a happy ", "a fully clothed ", "a laughing ", "a middle-aged "])
        act = _pick(r, ROMANTIC_ACTS if r.random() < 0.5 else ACTS)
        return adjective + _pick(r, ROMANCE) + " " + act + r.choice(["", f", {_style(r)}", f" {_pick(r, PLACES)}"])
    if kind == 12:
        return f"{_pick(r, CLINICAL)} {_pick(r, CLINICAL_FORMS)}" if r.random() < 0.6 else f"{_pick(r, CLINICAL_FORMS)} about {_pick(r, CLINICAL)}"
    if kind == 13:
        return _company(r) + r.choice(["", "", f", {_style(r)}", f" {_pick(r, DETAILS)}"])
    if kind == 14:
        clothed = r.choice(["fully clothed", "modest", "sfw", "family friendly", "safe for work", "dressed warmly", "in a long coat"])
        return ", ".join(r.sample([_pick(r, PEOPLE) + " " + _pick(r, PLACES), clothed, _style(r), _pick(r, ACTS)], r.randint(2, 4)))
    return r.choice([_pick(r, STYLE), _pick(r, CHILD_ACTS), f"{_pick(r, THINGS)}, {_pick(r, THINGS)}, {_pick(r, THINGS)}"])


def unsafe(r):
    kind = r.randrange(9)
    if kind == 0:
        return f"{_pick(r, SEXUAL)} {_pick(r, ADULTS)} {_pick(r, PLACES)}, {_style(r)}"
    if kind == 1:
        return f"{_pick(r, ADULTS)} {_pick(r, PLACES)}, {_pick(r, SEXUAL)}, {_style(r)}"
    if kind == 2:
        return f"{_pick(r, STYLE)}, {_pick(r, ADULTS)}, {_pick(r, SEXUAL)}, {_pick(r, SEXUAL)}"
    if kind == 3:
        return f"{_pick(r, ADULTS)} {_pick(r, SEXUAL)}"
    if kind == 4:
        return _pick(r, SEXUAL)
    if kind == 5:
        return f"{r.choice(['a', 'photo of a', 'painting of a', 'drawing of a'])} {_pick(r, ADULTS)} {_pick(r, SEXUAL)} {_pick(r, PLACES)}"
    if kind == 6:
        return f"{_pick(r, SEXUAL)}, {_style(r)}"
    if kind == 7:
        return f"{_pick(r, ADULTS)} {_pick(r, ACTS)}, {_pick(r, SEXUAL)}"
    return f"{_pick(r, ADULTS)} and {_pick(r, ADULTS)} {_pick(r, SEXUAL)} {_pick(r, PLACES)}, {_style(r)}"


def examples(count, seed):
    """`count` texts of each kind at most, without repeats."""
    r = random.Random(seed)
    good = {" ".join(safe(r).split()) for _ in range(count)}
    bad = {" ".join(unsafe(r).split()) for _ in range(count)} - good
    # Every listed phrase by itself is an example too.
    for group in (PEOPLE, CHILDREN, CHILD_ACTS, ACTS, PLACES, THINGS, DETAILS, STYLE, SOUNDS_SEXUAL):
        good |= {" ".join(x.split()) for x in group}
    bad |= {" ".join(x.split()) for x in SEXUAL}
    return sorted(good), sorted(bad)
