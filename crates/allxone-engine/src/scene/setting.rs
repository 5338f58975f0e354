//! Where and when a scene takes place, apart from the things in it: a place, a time of day and a weather that
//! combine freely ("snowy forest at night"). Words of this list shape the picture and never become objects.

/// The ground a scene stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Green, rolling land; the place when none is named.
    Meadow,
    /// Trees on every hill.
    Forest,
    /// High peaks behind a valley.
    Mountains,
    /// Dunes and mesas.
    Desert,
    /// Sand in front, sea behind.
    Beach,
    /// Open water to the horizon.
    Sea,
    /// Calm water with a far shore.
    Lake,
    /// Paving, a road and rows of houses.
    City,
    /// Inside a house: wall, floor, window.
    Room,
    /// A table top, for small things.
    Table,
    /// Below the surface of the sea.
    Underwater,
    /// A moon under the stars.
    Space,
}

/// Time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// Pale and rosy, the sun just up.
    Dawn,
    /// Full light.
    Day,
    /// Warm, the sun at the horizon.
    Sunset,
    /// Moon and stars.
    Night,
}

/// Weather.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// Few clouds.
    Clear,
    /// Many clouds.
    Cloudy,
    /// Falling rain, wet ground.
    Rain,
    /// Falling snow.
    Snow,
    /// Mist that swallows the distance.
    Fog,
}

/// Which room a room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Sofa and carpet.
    Living,
    /// Bed and curtains.
    Bedroom,
    /// Tiles and a counter.
    Kitchen,
    /// Shelves of books.
    Study,
    /// Tiles and a mirror.
    Bathroom,
}

/// A whole setting.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Setting {
    /// The ground.
    pub place: Place,
    /// The hour.
    pub time: Time,
    /// The weather.
    pub weather: Weather,
    /// Snow lies on the ground.
    pub snowy: bool,
    /// Leaves are turning.
    pub autumn: bool,
    /// Flowers everywhere.
    pub blooming: bool,
    /// The room, if the place is one.
    pub room: RoomKind,
    /// A rainbow stands in the sky.
    pub rainbow: bool,
    /// Northern lights.
    pub aurora: bool,
    /// Fireworks in the sky.
    pub fireworks: bool,
    /// A starry sky was asked for.
    pub stars: bool,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            place: Place::Meadow,
            time: Time::Day,
            weather: Weather::Clear,
            snowy: false,
            autumn: false,
            blooming: false,
            room: RoomKind::Living,
            rainbow: false,
            aurora: false,
            fireworks: false,
            stars: false,
        }
    }
}

impl Setting {
    /// Inside a house, where there is no sky and no weather.
    pub fn indoors(&self) -> bool {
        matches!(self.place, Place::Room | Place::Table)
    }

    /// The front of the picture is water, with nothing to stand on.
    pub fn afloat(&self) -> bool {
        matches!(self.place, Place::Sea | Place::Lake)
    }
}
