//! Where a scene plays when nobody says: food on a table, fish under water, an astronaut in space, the rest in a meadow.

use super::index::{Index, Kind, Stance};
use super::prompt::Thing;
use super::setting::{Place, Time};

const INDOOR: [&str; 22] = [
    "bed",
    "couch",
    "sofa",
    "chair",
    "armchair",
    "television",
    "toilet",
    "bathtub",
    "shower head",
    "mirror",
    "window",
    "picture frame",
    "desktop computer",
    "printer",
    "piano",
    "wall clock",
    "file cabinet",
    "mantel clock",
    "door",
    "person in bed",
    "disco ball",
    "christmas tree",
];
const STREET: [&str; 9] = [
    "bus",
    "taxi",
    "traffic light",
    "tram",
    "skyscraper",
    "police car",
    "ambulance",
    "fire truck",
    "stop sign",
];
const DEEP: [&str; 8] =
    ["octopus", "jellyfish", "squid", "tropical fish", "blowfish", "coral", "fish", "shrimp"];
const SPACE: [&str; 6] = ["astronaut", "planet", "satellite", "comet", "earth", "alien monster"];
const COLD: [&str; 4] = ["penguin", "polar bear", "snowman", "sled"];

/// Place and hour when none is named, from the things.
pub fn assumed(things: &[Thing], index: &Index) -> (Place, Time) {
    let is = |t: &Thing, list: &[&str]| list.iter().any(|n| index.named(n) == Some(t.drawing));
    let of = |t: &Thing| &index.drawings[t.drawing];
    let any = |list: &[&str]| things.iter().any(|t| is(t, list));
    let place = if things.is_empty() {
        Place::Meadow
    } else if things.iter().all(|t| is(t, &DEEP) || of(t).stance == Stance::Swim && of(t).metres < 3.0)
        && any(&DEEP)
    {
        Place::Underwater
    } else if things.iter().all(|t| {
        of(t).kind == Kind::Food
            || of(t).kind == Kind::Object && of(t).metres <= 0.5 && of(t).stance == Stance::Ground
    }) {
        Place::Table
    } else if any(&INDOOR) && !things.iter().any(|t| matches!(of(t).kind, Kind::Building | Kind::Vehicle)) {
        Place::Room
    } else if matches!(of(&things[0]).stance, Stance::Boat | Stance::Swim)
        || of(&things[0]).stance == Stance::Float && of(&things[0]).metres > 3.0
    {
        Place::Sea
    } else if any(&SPACE) {
        Place::Space
    } else if any(&STREET) {
        Place::City
    } else if any(&["camel", "two-hump camel", "cactus", "scorpion"]) {
        Place::Desert
    } else if any(&["lotus", "swan"]) {
        Place::Lake
    } else {
        Place::Meadow
    };
    let dark = any(&["moon", "crescent moon", "star", "shooting star"]);
    (place, if dark { Time::Night } else { Time::Day })
}

/// The things belong in the snow.
pub fn cold(things: &[Thing], index: &Index) -> bool {
    things.iter().any(|t| COLD.iter().any(|n| index.named(n) == Some(t.drawing)))
}
