//! The words of settings. They shape the place, the hour and the weather, and never become objects of their own.

use super::setting::{Place, RoomKind, Setting, Time, Weather};

/// What a setting word does.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Effect {
    Place(Place),
    Time(Time),
    Weather(Weather),
    Room(RoomKind),
    Snowy,
    Autumn,
    Blooming,
    Rainbow,
    Aurora,
    Fireworks,
    Stars,
    /// Known, changes nothing.
    Nothing,
}

use Effect as E;

/// Phrases in lower case; longer ones are tried first.
const PHRASES: &[(E, &str)] = &[
    (
        E::Time(Time::Day),
        "daytime|daylight|noon|midday|afternoon|sunny|sunny day|sunshine|sunlight|sunlit|bright day|broad daylight|blue sky|clear sky|sunbeam|sun rays|sun-drenched",
    ),
    (
        E::Time(Time::Night),
        "night|nighttime|midnight|nightfall|moonlight|moonlit|moonlit night|dark night|nocturnal|night sky|late evening|after dark|night-time|moon light",
    ),
    (
        E::Stars,
        "stars|starry|starry sky|starlight|starlit|starry night|milky way|constellation|night stars|shooting stars",
    ),
    (
        E::Time(Time::Sunset),
        "sunset|dusk|evening|twilight|golden hour|sundown|evening sun|evening glow|evening light|setting sun|red sky|afterglow|evening sky",
    ),
    (
        E::Time(Time::Dawn),
        "dawn|sunrise|daybreak|morning|early morning|morning light|rising sun|first light|misty morning|morning sun|morning sky",
    ),
    (
        E::Weather(Weather::Snow),
        "snow|snowfall|snowing|snowstorm|blizzard|snowflakes|snowflake|falling snow|flurries",
    ),
    (
        E::Snowy,
        "snowy|winter|wintry|winter day|snow-covered|snow covered|snowcapped|frozen|frosty|icy|arctic|antarctica|antarctic|north pole|south pole|tundra|glacier|winter wonderland|in the snow|snow field|snowfield|wintertime|snowdrift|polar landscape|frost|the ice|on ice|ice floe|ice sheet|iceberg",
    ),
    (
        E::Weather(Weather::Rain),
        "rain|rainy|raining|rainfall|drizzle|storm|stormy|thunderstorm|downpour|shower of rain|puddle|rainstorm|in the rain|rain storm|wet weather|monsoon|puddles",
    ),
    (E::Weather(Weather::Fog), "fog|foggy|mist|misty|haze|hazy"),
    (
        E::Weather(Weather::Cloudy),
        "cloudy|cloud|clouds|overcast|overcast sky|cloudy sky|grey sky|gray sky|fluffy clouds",
    ),
    (E::Weather(Weather::Clear), "clear day|clear weather|clear night"),
    (
        E::Place(Place::Sea),
        "sea|ocean|open sea|high seas|at sea|waves|wave|out at sea|ocean waves|seas|the deep blue sea|pacific|atlantic|seascape|harbor|harbour",
    ),
    (
        E::Place(Place::Lake),
        "lake|pond|river|lagoon|stream|creek|fjord|riverbank|riverside|lakeside|lakeshore|water|pool|calm water|mountain lake|waterside|canal|bay",
    ),
    (
        E::Place(Place::Beach),
        "beach|seaside|shore|coast|seashore|sandy beach|tropical beach|coastline|shoreline|sand|coastal|sea shore|dock|pier|tropics|tropical paradise",
    ),
    (
        E::Place(Place::Desert),
        "desert|dunes|dune|sand dunes|sahara|wasteland|badlands|savanna|savannah|oasis|canyon|arid land|wild west|desert sand|egypt",
    ),
    (
        E::Place(Place::Forest),
        "forest|woods|woodland|jungle|rainforest|grove|trees all around|clearing|glade|pine forest|deep forest|in the woods|wood clearing|thicket|wilderness|bamboo forest|fairy forest|birch forest|forest floor|forest path|forest clearing",
    ),
    (
        E::Place(Place::Mountains),
        "mountain|mountains|mountain range|mountain top|peak|peaks|alps|alpine|valley|cliff|highlands|hilltop|summit|mountainside|himalayas|rocky mountains|mountain peak|snowy peaks|alpine meadow|mountain path",
    ),
    (
        E::Place(Place::City),
        "city|street|town|downtown|road|metropolis|urban|avenue|city street|cityscape|skyline|sidewalk|plaza|square|alley|new york|tokyo|paris|london|highway|crosswalk|pavement|busy street|parking lot|traffic|city lights|town square|market square|boulevard|berlin|rome|city skyline|street corner|neighborhood|neighbourhood|suburb|crossroads|motorway",
    ),
    (
        E::Place(Place::Meadow),
        "meadow|field|grass|park|hill|hills|countryside|farm|lawn|pasture|prairie|plain|plains|grassland|backyard|yard|outdoors|nature|rolling hills|green hills|grassy hill|green field|grassy field|farmyard|path|playing field|campsite|picnic|golf course|ranch|zoo|playground park|rural",
    ),
    (
        E::Blooming,
        "garden|flower garden|spring|springtime|flower field|flower meadow|in bloom|blossoming|botanical garden|wildflower meadow|flowery meadow|field of flowers|meadow of flowers|flowering",
    ),
    (
        E::Autumn,
        "autumn|fall season|autumnal|autumn leaves|fall leaves|falling leaves|fallen leaves|october|november|indian summer|fall foliage|foliage",
    ),
    (
        E::Nothing,
        "summer|summertime|summer day|season|weather|breeze|wind|windy|horizon|scenery|surroundings|environment|paradise",
    ),
    (
        E::Room(RoomKind::Living),
        "room|living room|indoors|interior|lounge|apartment interior|parlor|inside a house|at home|fireplace|hall|hallway|floor|carpet|rug|indoor|cafe|café|restaurant|bar|coffee shop|attic|playroom|nursery|classroom|theater stage|gallery|shop window|wall",
    ),
    (
        E::Room(RoomKind::Bedroom),
        "bedroom|sleeping room|hotel room|kids room|bedtime|child's room|children's room",
    ),
    (E::Room(RoomKind::Kitchen), "kitchen|bakery|kitchen counter|dining room"),
    (
        E::Room(RoomKind::Study),
        "study|library|office room|workshop|laboratory|lab|workspace|home office|reading room|bookshop|bookstore",
    ),
    (E::Room(RoomKind::Bathroom), "bathroom|washroom|restroom"),
    (
        E::Place(Place::Table),
        "table|desk|tabletop|table top|wooden table|kitchen table|dinner table|still life|breakfast|breakfast table|dinner|lunch|counter|desktop surface|shelf|on a table|on the table|windowsill|tea time|teatime|brunch|snack|meal|tray|feast|supper",
    ),
    (
        E::Place(Place::Underwater),
        "underwater|under water|under the sea|seabed|ocean floor|deep sea|bottom of the sea|beneath the waves|under the ocean|bottom of the ocean|sea floor|aquarium|below the surface|coral garden",
    ),
    (
        E::Place(Place::Space),
        "space|outer space|on the moon|on mars|moon surface|cosmos|galaxy|universe|lunar surface|in orbit|alien planet|surface of the moon|surface of mars|mars|nebula|lunar landscape|deep space",
    ),
    (E::Rainbow, "rainbow"),
    (E::Aurora, "aurora|northern lights|aurora borealis|polar lights"),
    (E::Fireworks, "fireworks|firework|new year eve|new year|fireworks display"),
];

/// The effect of a phrase of one to four words, singular or plural as written.
pub fn effect(phrase: &str) -> Option<Effect> {
    PHRASES.iter().find(|(_, list)| list.split('|').any(|p| p == phrase)).map(|(effect, _)| *effect)
}

/// Collects effects into one setting; later ones win except for places, where the more telling wins.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    effects: Vec<Effect>,
}

impl Gathered {
    /// Adds one.
    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// A place was named.
    pub fn place(&self) -> Option<Place> {
        let mut found: Option<Place> = None;
        for effect in &self.effects {
            let place = match effect {
                E::Place(place) => *place,
                E::Room(_) => Place::Room,
                _ => continue,
            };
            found = Some(match found {
                None => place,
                Some(first) => combine(first, place),
            });
        }
        found.or_else(|| self.effects.contains(&E::Blooming).then_some(Place::Meadow))
    }

    /// An hour was named.
    pub fn time(&self) -> Option<Time> {
        let named = self.effects.iter().rev().find_map(|e| if let E::Time(t) = e { Some(*t) } else { None });
        let dark = self.effects.iter().any(|e| matches!(e, E::Stars | E::Aurora | E::Fireworks));
        named.or(dark.then_some(Time::Night))
    }

    /// A weather was named, or snow on the ground.
    pub fn weather(&self) -> Option<Weather> {
        self.effects.iter().rev().find_map(|e| if let E::Weather(w) = e { Some(*w) } else { None })
    }

    /// The setting all words together describe, on top of guesses for what they leave open.
    pub fn setting(&self, place: Place, time: Time) -> Setting {
        let has = |e: Effect| self.effects.contains(&e);
        let weather = self.weather().unwrap_or(Weather::Clear);
        Setting {
            place: self.place().unwrap_or(place),
            time: self.time().unwrap_or(time),
            weather,
            snowy: has(E::Snowy) || weather == Weather::Snow,
            autumn: has(E::Autumn),
            blooming: has(E::Blooming),
            room: self
                .effects
                .iter()
                .find_map(|e| if let E::Room(r) = e { Some(*r) } else { None })
                .unwrap_or(RoomKind::Living),
            rainbow: has(E::Rainbow),
            aurora: has(E::Aurora),
            fireworks: has(E::Fireworks),
            stars: has(E::Stars),
        }
    }
}

/// Of two places named together, the one whose picture can show both.
fn combine(first: Place, second: Place) -> Place {
    use Place as P;
    let both = |a, b| (first == a && second == b) || (first == b && second == a);
    if both(P::Beach, P::Sea) {
        P::Beach
    } else if both(P::Lake, P::Mountains) || both(P::Lake, P::Forest) || both(P::Lake, P::Meadow) {
        P::Lake
    } else if both(P::Forest, P::Mountains) || both(P::Mountains, P::Meadow) {
        P::Mountains
    } else if both(P::Forest, P::Meadow) {
        P::Forest
    } else if both(P::Table, P::Room) {
        P::Room
    } else if first == P::Meadow {
        second
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_stands_twice() {
        let mut all: Vec<&str> = PHRASES.iter().flat_map(|(_, list)| list.split('|')).collect();
        all.sort_unstable();
        let mut twice: Vec<&str> = all.windows(2).filter(|p| p[0] == p[1]).map(|p| p[0]).collect();
        twice.dedup();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn settings_combine() {
        let mut words = Gathered::default();
        for phrase in ["snowy", "forest", "night"] {
            words.push(effect(phrase).unwrap());
        }
        let setting = words.setting(Place::Meadow, Time::Day);
        assert_eq!((setting.place, setting.time, setting.snowy), (Place::Forest, Time::Night, true));
        assert_eq!(combine(Place::Mountains, Place::Lake), Place::Lake);
    }
}
