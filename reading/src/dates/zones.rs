//! Zones as people write them: abbreviations with their traps, names, offsets, places. Data, and the one reading of each
//! that cannot be late. It must not decide which of several times in a sentence is the right one.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use chrono_tz::Tz as T;

use super::lexicon::fold;
use countersign_notice::fact::Zone;

/// A zone as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// UTC, GMT, Z: nothing to interpret.
    Utc,
    /// An offset in figures.
    Offset(FixedOffset),
    /// A place's own time: `Eastern`, `Europe/Berlin`, `Berlin time`, `CET`.
    Place(Tz),
    /// An abbreviation that names one half of the year: its place and the offset it stands for, `PST` and `PDT`.
    Seasonal(Tz, FixedOffset),
    /// An abbreviation with more than one home, most usual first.
    Several(&'static [(Tz, i32)]),
    /// `local time` without a place.
    Local,
}

/// A wall-clock time made an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    pub at: DateTime<Utc>,
    pub doubt: Option<ZoneDoubt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneDoubt {
    /// The abbreviation belongs to the other half of the year.
    OutOfSeason,
    /// Several zones have this abbreviation.
    Several,
    /// Local time of a place that is not told.
    Nowhere,
    /// Local time, taken as that of the one place that the message names.
    Inferred,
}

/// UTC+14, where every date begins first: the zone of a time that has none.
#[must_use]
pub fn earliest_zone() -> FixedOffset {
    FixedOffset::east_opt(14 * 3600).unwrap_or_else(|| Utc.fix())
}

impl Mark {
    #[must_use]
    pub const fn is_utc(self) -> bool {
        matches!(self, Self::Utc)
    }

    /// The zone to note beside a bare date.
    #[must_use]
    pub fn zone(self) -> Option<Zone> {
        match self {
            Self::Utc => Some(Zone::Fixed(Utc.fix())),
            Self::Offset(offset) => Some(Zone::Fixed(offset)),
            Self::Place(tz) | Self::Seasonal(tz, _) => Some(Zone::Named(tz)),
            Self::Several(homes) => homes.first().map(|(tz, _)| Zone::Named(*tz)),
            Self::Local => None,
        }
    }

    /// The instant of a wall-clock time. Where two readings are possible the earlier one, with the doubt. `hints` are
    /// places that the message speaks of: they settle abbreviations and `local time`.
    #[must_use]
    pub fn place(self, date: NaiveDate, time: NaiveTime, hints: &[Tz]) -> Placed {
        let sure = |zone: Zone| Placed { at: zone.at(date, time), doubt: None };
        match self {
            Self::Utc => sure(Zone::Fixed(Utc.fix())),
            Self::Offset(offset) => sure(Zone::Fixed(offset)),
            Self::Place(tz) => sure(Zone::Named(tz)),
            Self::Seasonal(tz, offset) => {
                let written = Zone::Fixed(offset).at(date, time);
                let lived = Zone::Named(tz).at(date, time);
                Placed { at: written.min(lived), doubt: (written != lived).then_some(ZoneDoubt::OutOfSeason) }
            }
            Self::Several(homes) => place_several(homes, date, time, hints),
            Self::Local => match hints {
                [] => Placed { at: Zone::Fixed(earliest_zone()).at(date, time), doubt: Some(ZoneDoubt::Nowhere) },
                [tz] => Placed { at: Zone::Named(*tz).at(date, time), doubt: Some(ZoneDoubt::Inferred) },
                several => {
                    let at = several.iter().map(|tz| Zone::Named(*tz).at(date, time)).min();
                    let at = at.unwrap_or_else(|| date.and_time(time).and_utc());
                    Placed { at, doubt: Some(ZoneDoubt::Nowhere) }
                }
            },
        }
    }
}

fn place_several(homes: &[(Tz, i32)], date: NaiveDate, time: NaiveTime, hints: &[Tz]) -> Placed {
    let local = date.and_time(time);
    let written = |minutes: i32| local.and_utc() - Duration::minutes(i64::from(minutes));
    let minutes_of = |tz: &Tz| tz.offset_from_utc_datetime(&local).fix().local_minus_utc() / 60;
    // A place settles it when its clocks stand, on that day, where the abbreviation or its home puts them.
    let settled = homes.iter().find(|(home, minutes)| {
        hints.iter().map(minutes_of).any(|offset| offset == *minutes || offset == minutes_of(home))
    });
    if let Some((home, minutes)) = settled {
        let (written, lived) = (written(*minutes), Zone::Named(*home).at(date, time));
        return Placed { at: written.min(lived), doubt: (written != lived).then_some(ZoneDoubt::OutOfSeason) };
    }
    let earliest = homes.iter().map(|(_, minutes)| *minutes).max().unwrap_or_default();
    Placed { at: written(earliest), doubt: Some(ZoneDoubt::Several) }
}

/// Abbreviations written in capitals: the place whose clocks bear it, and its offset in minutes.
const SEASONAL: &[(&str, Tz, i32)] = &[
    ("PST", T::America__Los_Angeles, -480),
    ("PDT", T::America__Los_Angeles, -420),
    ("MST", T::America__Denver, -420),
    ("MDT", T::America__Denver, -360),
    ("CDT", T::America__Chicago, -300),
    ("EST", T::America__New_York, -300),
    ("EDT", T::America__New_York, -240),
    ("AKST", T::America__Anchorage, -540),
    ("AKDT", T::America__Anchorage, -480),
    ("HST", T::Pacific__Honolulu, -600),
    ("ADT", T::America__Halifax, -180),
    ("NST", T::America__St_Johns, -210),
    ("NDT", T::America__St_Johns, -150),
    ("WET", T::Europe__Lisbon, 0),
    ("WEST", T::Europe__Lisbon, 60),
    ("CET", T::Europe__Berlin, 60),
    ("CEST", T::Europe__Berlin, 120),
    ("MEZ", T::Europe__Berlin, 60),
    ("MESZ", T::Europe__Berlin, 120),
    ("MET", T::Europe__Berlin, 60),
    ("HNEC", T::Europe__Paris, 60),
    ("HAEC", T::Europe__Paris, 120),
    ("EET", T::Europe__Helsinki, 120),
    ("EEST", T::Europe__Helsinki, 180),
    ("OESZ", T::Europe__Helsinki, 180),
    ("OEZ", T::Europe__Helsinki, 120),
    ("AEST", T::Australia__Sydney, 600),
    ("AEDT", T::Australia__Sydney, 660),
    ("ACST", T::Australia__Adelaide, 570),
    ("ACDT", T::Australia__Adelaide, 630),
    ("NZST", T::Pacific__Auckland, 720),
    ("NZDT", T::Pacific__Auckland, 780),
];

const STEADY: &[(&str, Tz)] = &[
    ("MSK", T::Europe__Moscow),
    ("TRT", T::Europe__Istanbul),
    ("JST", T::Asia__Tokyo),
    ("KST", T::Asia__Seoul),
    ("SGT", T::Asia__Singapore),
    ("HKT", T::Asia__Hong_Kong),
    ("PHT", T::Asia__Manila),
    ("MYT", T::Asia__Kuala_Lumpur),
    ("ICT", T::Asia__Bangkok),
    ("WIB", T::Asia__Jakarta),
    ("PKT", T::Asia__Karachi),
    ("NPT", T::Asia__Kathmandu),
    ("AWST", T::Australia__Perth),
    ("SAST", T::Africa__Johannesburg),
    ("EAT", T::Africa__Nairobi),
    ("WAT", T::Africa__Lagos),
    ("CAT", T::Africa__Maputo),
    ("BRT", T::America__Sao_Paulo),
    ("IDT", T::Asia__Jerusalem),
    ("ART", T::America__Argentina__Buenos_Aires),
    ("COT", T::America__Bogota),
    ("PET", T::America__Lima),
    ("CLT", T::America__Santiago),
    ("UAE", T::Asia__Dubai),
    ("ET", T::America__New_York),
    ("CT", T::America__Chicago),
    ("MT", T::America__Denver),
    ("PT", T::America__Los_Angeles),
    ("UK", T::Europe__London),
];

/// Abbreviations with several homes, the most usual first.
const SEVERAL: &[(&str, &[(Tz, i32)])] = &[
    ("IST", &[(T::Asia__Kolkata, 330), (T::Asia__Jerusalem, 120), (T::Europe__Dublin, 60)]),
    ("CST", &[(T::America__Chicago, -360), (T::Asia__Shanghai, 480)]),
    ("AST", &[(T::America__Halifax, -240), (T::Asia__Riyadh, 180)]),
    ("GST", &[(T::Asia__Dubai, 240), (T::Atlantic__South_Georgia, -120)]),
];

/// One capitalised abbreviation. `BST` is British summer time: Bangladesh and Bougainville write theirs in figures.
#[must_use]
pub fn abbreviation(word: &str) -> Option<Mark> {
    if matches!(word, "UTC" | "GMT" | "Z" | "utc" | "gmt" | "Utc" | "Gmt" | "UCT" | "Zulu" | "zulu" | "WEZ" | "TU") {
        return Some(Mark::Utc);
    }
    if !(2..=5).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    if word == "BST" {
        return FixedOffset::east_opt(3600).map(|offset| Mark::Seasonal(T::Europe__London, offset));
    }
    if let Some((_, homes)) = SEVERAL.iter().find(|(name, _)| *name == word) {
        return Some(Mark::Several(homes));
    }
    if let Some((_, tz)) = STEADY.iter().find(|(name, _)| *name == word) {
        return Some(Mark::Place(*tz));
    }
    let (_, tz, minutes) = SEASONAL.iter().find(|(name, ..)| *name == word)?;
    FixedOffset::east_opt(minutes * 60).map(|offset| Mark::Seasonal(*tz, offset))
}

/// Names of zones in words, folded and without `time`; longest first within a beginning. `standard` and `daylight` add
/// nothing to what the date says, so the place stands for both.
pub const NAMES: &[(&str, Mark)] = &[
    ("coordinated universal", Mark::Utc),
    ("universal coordinated", Mark::Utc),
    ("universal", Mark::Utc),
    ("greenwich mean", Mark::Utc),
    ("temps universel", Mark::Utc),
    ("zulu", Mark::Utc),
    ("central european", Mark::Place(T::Europe__Berlin)),
    ("eastern european", Mark::Place(T::Europe__Helsinki)),
    ("western european", Mark::Place(T::Europe__Lisbon)),
    ("mitteleuropaische", Mark::Place(T::Europe__Berlin)),
    ("british", Mark::Place(T::Europe__London)),
    ("uk", Mark::Place(T::Europe__London)),
    ("irish", Mark::Place(T::Europe__Dublin)),
    ("moscow", Mark::Place(T::Europe__Moscow)),
    ("us eastern", Mark::Place(T::America__New_York)),
    ("us central", Mark::Place(T::America__Chicago)),
    ("us mountain", Mark::Place(T::America__Denver)),
    ("us pacific", Mark::Place(T::America__Los_Angeles)),
    ("australian eastern", Mark::Place(T::Australia__Sydney)),
    ("australian western", Mark::Place(T::Australia__Perth)),
    ("eastern", Mark::Place(T::America__New_York)),
    ("central", Mark::Place(T::America__Chicago)),
    ("mountain", Mark::Place(T::America__Denver)),
    ("pacific", Mark::Place(T::America__Los_Angeles)),
    ("alaska", Mark::Place(T::America__Anchorage)),
    ("hawaii", Mark::Place(T::Pacific__Honolulu)),
    ("atlantic", Mark::Place(T::America__Halifax)),
    ("india", Mark::Place(T::Asia__Kolkata)),
    ("indian", Mark::Place(T::Asia__Kolkata)),
    ("israel", Mark::Place(T::Asia__Jerusalem)),
    ("japan", Mark::Place(T::Asia__Tokyo)),
    ("korea", Mark::Place(T::Asia__Seoul)),
    ("china", Mark::Place(T::Asia__Shanghai)),
    ("gulf", Mark::Place(T::Asia__Dubai)),
    ("arabia", Mark::Place(T::Asia__Riyadh)),
    ("new zealand", Mark::Place(T::Pacific__Auckland)),
    ("turkey", Mark::Place(T::Europe__Istanbul)),
];

/// Places that notices speak of when they say `local time`, folded, by zone.
const CITIES: &str = "\
    America/Los_Angeles: san jose, san francisco, palo alto, los angeles, santa clara, sunnyvale, san diego, \
    sacramento, seattle, portland, hillsboro, las vegas;\
    America/Vancouver: vancouver;\
    America/Phoenix: phoenix;\
    America/Denver: denver, salt lake city;\
    America/Chicago: chicago, dallas, houston, austin, minneapolis, kansas city, st. louis, nashville, omaha, \
    new orleans, milwaukee, san antonio;\
    America/New_York: new york, newark, secaucus, piscataway, boston, philadelphia, washington, ashburn, reston, \
    baltimore, atlanta, charlotte, miami, orlando, tampa, jacksonville, pittsburgh, cleveland, columbus;\
    America/Detroit: detroit;\
    America/Indiana/Indianapolis: indianapolis;\
    America/Toronto: toronto, montreal, ottawa;\
    America/Edmonton: calgary;\
    America/Mexico_City: mexico city;\
    America/Bogota: bogota;\
    America/Lima: lima;\
    America/Santiago: santiago;\
    America/Argentina/Buenos_Aires: buenos aires;\
    America/Sao_Paulo: sao paulo, rio de janeiro, brasilia;\
    America/Fortaleza: fortaleza;\
    Europe/London: london, slough, manchester, edinburgh;\
    Europe/Dublin: dublin, ireland;\
    Europe/Lisbon: lisbon;\
    Europe/Madrid: madrid, barcelona;\
    Europe/Paris: paris, marseille, lyon;\
    Europe/Brussels: brussels;\
    Europe/Amsterdam: amsterdam, rotterdam;\
    Europe/Luxembourg: luxembourg;\
    Europe/Berlin: frankfurt, berlin, munich, munchen, hamburg, dusseldorf, falkenstein, nurnberg, nuremberg;\
    Europe/Zurich: zurich, geneva;\
    Europe/Vienna: vienna, wien;\
    Europe/Rome: milan, rome;\
    Europe/Prague: prague, praha;\
    Europe/Warsaw: warsaw, warszawa;\
    Europe/Budapest: budapest;\
    Europe/Bucharest: bucharest;\
    Europe/Sofia: sofia;\
    Europe/Athens: athens;\
    Europe/Copenhagen: copenhagen;\
    Europe/Oslo: oslo;\
    Europe/Stockholm: stockholm;\
    Europe/Helsinki: helsinki;\
    Europe/Tallinn: tallinn;\
    Europe/Riga: riga;\
    Europe/Vilnius: vilnius;\
    Europe/Kyiv: kyiv;\
    Europe/Istanbul: istanbul;\
    Europe/Moscow: moscow;\
    Asia/Jerusalem: tel aviv, israel;\
    Asia/Dubai: dubai, fujairah;\
    Asia/Riyadh: riyadh, jeddah, saudi arabia;\
    Asia/Qatar: doha;\
    Asia/Bahrain: bahrain;\
    Africa/Cairo: cairo;\
    Africa/Lagos: lagos;\
    Africa/Nairobi: nairobi;\
    Africa/Johannesburg: johannesburg, cape town;\
    Asia/Karachi: karachi;\
    Asia/Kolkata: mumbai, chennai, new delhi, delhi, bangalore, bengaluru, hyderabad, india;\
    Asia/Dhaka: dhaka;\
    Asia/Colombo: colombo;\
    Asia/Bangkok: bangkok;\
    Asia/Kuala_Lumpur: kuala lumpur;\
    Asia/Singapore: singapore;\
    Asia/Jakarta: jakarta;\
    Asia/Manila: manila;\
    Asia/Ho_Chi_Minh: hanoi;\
    Asia/Hong_Kong: hong kong;\
    Asia/Shanghai: shanghai, beijing, shenzhen, china;\
    Asia/Taipei: taipei;\
    Asia/Seoul: seoul;\
    Asia/Tokyo: tokyo, osaka, japan;\
    Australia/Perth: perth;\
    Australia/Adelaide: adelaide;\
    Australia/Brisbane: brisbane;\
    Australia/Melbourne: melbourne;\
    Australia/Sydney: sydney;\
    Pacific/Auckland: auckland;\
    Pacific/Guam: guam;\
    Pacific/Honolulu: honolulu;\
";

static CITY_ZONES: LazyLock<Vec<(&str, Tz)>> = LazyLock::new(|| {
    CITIES
        .split(';')
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(zone, cities)| Some((zone.trim().parse::<Tz>().ok()?, cities)))
        .flat_map(|(tz, cities)| cities.split(',').map(move |city| (city.trim(), tz)))
        .collect()
});

/// A zone of the tz database, as `US/Pacific`, `Europe/Berlin`. `Etc/GMT+3` means UTC-3 there, and is read so.
#[must_use]
pub fn of_database(name: &str) -> Option<Mark> {
    name.parse::<Tz>().ok().map(Mark::Place)
}

/// Zones as Chinese and Japanese write them.
pub const IDEOGRAPHS: &[(&str, Tz)] = &[
    ("北京时间", T::Asia__Shanghai),
    ("北京時間", T::Asia__Shanghai),
    ("中国标准时间", T::Asia__Shanghai),
    ("日本時間", T::Asia__Tokyo),
    ("日本标准时间", T::Asia__Tokyo),
    ("台北時間", T::Asia__Taipei),
    ("香港時間", T::Asia__Hong_Kong),
    ("한국시간", T::Asia__Seoul),
];

/// The zone of a city named in words, folded.
#[must_use]
pub fn of_city(folded: &str) -> Option<Tz> {
    CITY_ZONES.iter().find(|(name, _)| *name == folded).map(|(_, tz)| *tz)
}

/// The zones of all cities that a text names, in order of the table, each zone once. Meant for short texts such as a
/// title and a paragraph: it is bounded by the length of the text times nothing but the table's first letters.
#[must_use]
pub fn cities_in(text: &str) -> Vec<Tz> {
    static FINDER: LazyLock<Option<aho_corasick::AhoCorasick>> = LazyLock::new(|| {
        aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .kind(Some(aho_corasick::AhoCorasickKind::DFA))
            .build(CITY_ZONES.iter().map(|(name, _)| name))
            .ok()
    });
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    let folded;
    let text = if text.is_ascii() {
        text
    } else {
        folded = fold(text);
        &folded
    };
    let bytes = text.as_bytes();
    let mut found: Vec<Tz> = Vec::new();
    for hit in finder.find_iter(text) {
        let alone = (hit.start() == 0 || !bytes[hit.start() - 1].is_ascii_alphanumeric())
            && bytes.get(hit.end()).is_none_or(|b| !b.is_ascii_alphanumeric());
        let tz = CITY_ZONES[hit.pattern().as_usize()].1;
        if alone && !found.contains(&tz) {
            found.push(tz);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mark: &str, date: (i32, u32, u32), hour: u32, hints: &[Tz]) -> (String, Option<ZoneDoubt>) {
        let date = NaiveDate::from_ymd_opt(date.0, date.1, date.2).expect("the row names a real date");
        let time = NaiveTime::from_hms_opt(hour, 0, 0).expect("the row names a real hour");
        let placed = abbreviation(mark).expect("the row names a known zone").place(date, time, hints);
        (placed.at.format("%Y-%m-%dT%H:%MZ").to_string(), placed.doubt)
    }

    #[test]
    fn an_abbreviation_out_of_season_is_the_earlier_reading_and_told() {
        let doubt = Some(ZoneDoubt::OutOfSeason);
        assert_eq!(at("PST", (2024, 7, 1), 10, &[]), ("2024-07-01T17:00Z".into(), doubt), "people mean Pacific time");
        assert_eq!(at("PDT", (2024, 1, 1), 10, &[]), ("2024-01-01T17:00Z".into(), doubt));
        assert_eq!(at("BST", (2024, 1, 1), 10, &[]), ("2024-01-01T09:00Z".into(), doubt));
        assert_eq!(at("PST", (2024, 1, 1), 10, &[]), ("2024-01-01T18:00Z".into(), None));
        assert_eq!(at("CEST", (2024, 7, 1), 10, &[]), ("2024-07-01T08:00Z".into(), None));
    }

    #[test]
    fn an_abbreviation_with_several_homes_is_settled_by_a_place() {
        let day = (2024, 7, 1);
        assert_eq!(at("IST", day, 12, &[T::Asia__Kolkata]), ("2024-07-01T06:30Z".into(), None));
        assert_eq!(at("IST", day, 12, &[T::Europe__Dublin]), ("2024-07-01T11:00Z".into(), None));
        assert_eq!(at("IST", day, 12, &[]), ("2024-07-01T06:30Z".into(), Some(ZoneDoubt::Several)), "the earliest");
        assert_eq!(at("CST", (2024, 1, 5), 12, &[T::America__Chicago]), ("2024-01-05T18:00Z".into(), None));
        assert_eq!(at("CST", (2024, 1, 5), 12, &[T::Asia__Shanghai]), ("2024-01-05T04:00Z".into(), None));
    }

    #[test]
    fn every_abbreviation_is_known_in_capitals_only() {
        assert!(abbreviation("EST").is_some());
        for word in ["est", "ist", "met", "et", "Pst"] {
            assert_eq!(abbreviation(word), None, "{word} is a word of a language");
        }
    }

    #[test]
    fn every_zone_of_the_table_is_one_of_the_database() {
        let named = CITIES.matches(':').count();
        let mut zones: Vec<_> = CITY_ZONES.iter().map(|(_, tz)| tz.name()).collect();
        zones.dedup();
        assert_eq!(zones.len(), named, "a zone of the table is misspelt: {zones:?}");
    }

    #[test]
    fn cities_are_found_as_whole_words() {
        assert_eq!(cities_in("works in the San Jose, CA metro"), [T::America__Los_Angeles]);
        assert_eq!(cities_in("comparison of romeo"), [], "Paris and Rome are parts of other words here");
    }
}
