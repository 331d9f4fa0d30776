//! Zones as people write them: abbreviations with their traps, names, offsets, places. Data, and the one reading of each
//! that cannot be late. It must not decide which of several times in a sentence is the right one.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use chrono_tz::Tz as T;

use super::lexicon::fold;
use crate::notice::fact::Zone;

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
                [tz] => sure(Zone::Named(*tz)),
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

/// Cities that notices speak of when they say `local time`.
const CITIES: &[(&str, Tz)] = &[
    ("san jose", T::America__Los_Angeles),
    ("san francisco", T::America__Los_Angeles),
    ("palo alto", T::America__Los_Angeles),
    ("los angeles", T::America__Los_Angeles),
    ("santa clara", T::America__Los_Angeles),
    ("sunnyvale", T::America__Los_Angeles),
    ("san diego", T::America__Los_Angeles),
    ("sacramento", T::America__Los_Angeles),
    ("seattle", T::America__Los_Angeles),
    ("portland", T::America__Los_Angeles),
    ("hillsboro", T::America__Los_Angeles),
    ("las vegas", T::America__Los_Angeles),
    ("vancouver", T::America__Vancouver),
    ("phoenix", T::America__Phoenix),
    ("denver", T::America__Denver),
    ("salt lake city", T::America__Denver),
    ("chicago", T::America__Chicago),
    ("dallas", T::America__Chicago),
    ("houston", T::America__Chicago),
    ("austin", T::America__Chicago),
    ("minneapolis", T::America__Chicago),
    ("kansas city", T::America__Chicago),
    ("st. louis", T::America__Chicago),
    ("nashville", T::America__Chicago),
    ("omaha", T::America__Chicago),
    ("new orleans", T::America__Chicago),
    ("milwaukee", T::America__Chicago),
    ("san antonio", T::America__Chicago),
    ("new york", T::America__New_York),
    ("newark", T::America__New_York),
    ("secaucus", T::America__New_York),
    ("piscataway", T::America__New_York),
    ("boston", T::America__New_York),
    ("philadelphia", T::America__New_York),
    ("washington", T::America__New_York),
    ("ashburn", T::America__New_York),
    ("reston", T::America__New_York),
    ("baltimore", T::America__New_York),
    ("atlanta", T::America__New_York),
    ("charlotte", T::America__New_York),
    ("miami", T::America__New_York),
    ("orlando", T::America__New_York),
    ("tampa", T::America__New_York),
    ("jacksonville", T::America__New_York),
    ("pittsburgh", T::America__New_York),
    ("cleveland", T::America__New_York),
    ("columbus", T::America__New_York),
    ("detroit", T::America__Detroit),
    ("indianapolis", T::America__Indiana__Indianapolis),
    ("toronto", T::America__Toronto),
    ("montreal", T::America__Toronto),
    ("ottawa", T::America__Toronto),
    ("calgary", T::America__Edmonton),
    ("mexico city", T::America__Mexico_City),
    ("bogota", T::America__Bogota),
    ("lima", T::America__Lima),
    ("santiago", T::America__Santiago),
    ("buenos aires", T::America__Argentina__Buenos_Aires),
    ("sao paulo", T::America__Sao_Paulo),
    ("rio de janeiro", T::America__Sao_Paulo),
    ("fortaleza", T::America__Fortaleza),
    ("london", T::Europe__London),
    ("slough", T::Europe__London),
    ("manchester", T::Europe__London),
    ("edinburgh", T::Europe__London),
    ("dublin", T::Europe__Dublin),
    ("lisbon", T::Europe__Lisbon),
    ("madrid", T::Europe__Madrid),
    ("barcelona", T::Europe__Madrid),
    ("paris", T::Europe__Paris),
    ("marseille", T::Europe__Paris),
    ("lyon", T::Europe__Paris),
    ("brussels", T::Europe__Brussels),
    ("amsterdam", T::Europe__Amsterdam),
    ("rotterdam", T::Europe__Amsterdam),
    ("luxembourg", T::Europe__Luxembourg),
    ("frankfurt", T::Europe__Berlin),
    ("berlin", T::Europe__Berlin),
    ("munich", T::Europe__Berlin),
    ("munchen", T::Europe__Berlin),
    ("hamburg", T::Europe__Berlin),
    ("dusseldorf", T::Europe__Berlin),
    ("falkenstein", T::Europe__Berlin),
    ("nurnberg", T::Europe__Berlin),
    ("nuremberg", T::Europe__Berlin),
    ("zurich", T::Europe__Zurich),
    ("geneva", T::Europe__Zurich),
    ("vienna", T::Europe__Vienna),
    ("wien", T::Europe__Vienna),
    ("milan", T::Europe__Rome),
    ("rome", T::Europe__Rome),
    ("prague", T::Europe__Prague),
    ("praha", T::Europe__Prague),
    ("warsaw", T::Europe__Warsaw),
    ("warszawa", T::Europe__Warsaw),
    ("budapest", T::Europe__Budapest),
    ("bucharest", T::Europe__Bucharest),
    ("sofia", T::Europe__Sofia),
    ("athens", T::Europe__Athens),
    ("copenhagen", T::Europe__Copenhagen),
    ("oslo", T::Europe__Oslo),
    ("stockholm", T::Europe__Stockholm),
    ("helsinki", T::Europe__Helsinki),
    ("tallinn", T::Europe__Tallinn),
    ("riga", T::Europe__Riga),
    ("vilnius", T::Europe__Vilnius),
    ("kyiv", T::Europe__Kyiv),
    ("istanbul", T::Europe__Istanbul),
    ("moscow", T::Europe__Moscow),
    ("tel aviv", T::Asia__Jerusalem),
    ("dubai", T::Asia__Dubai),
    ("fujairah", T::Asia__Dubai),
    ("riyadh", T::Asia__Riyadh),
    ("jeddah", T::Asia__Riyadh),
    ("doha", T::Asia__Qatar),
    ("bahrain", T::Asia__Bahrain),
    ("cairo", T::Africa__Cairo),
    ("lagos", T::Africa__Lagos),
    ("nairobi", T::Africa__Nairobi),
    ("johannesburg", T::Africa__Johannesburg),
    ("cape town", T::Africa__Johannesburg),
    ("karachi", T::Asia__Karachi),
    ("mumbai", T::Asia__Kolkata),
    ("chennai", T::Asia__Kolkata),
    ("new delhi", T::Asia__Kolkata),
    ("delhi", T::Asia__Kolkata),
    ("bangalore", T::Asia__Kolkata),
    ("bengaluru", T::Asia__Kolkata),
    ("hyderabad", T::Asia__Kolkata),
    ("dhaka", T::Asia__Dhaka),
    ("colombo", T::Asia__Colombo),
    ("bangkok", T::Asia__Bangkok),
    ("kuala lumpur", T::Asia__Kuala_Lumpur),
    ("singapore", T::Asia__Singapore),
    ("jakarta", T::Asia__Jakarta),
    ("manila", T::Asia__Manila),
    ("hanoi", T::Asia__Ho_Chi_Minh),
    ("hong kong", T::Asia__Hong_Kong),
    ("shanghai", T::Asia__Shanghai),
    ("beijing", T::Asia__Shanghai),
    ("shenzhen", T::Asia__Shanghai),
    ("taipei", T::Asia__Taipei),
    ("seoul", T::Asia__Seoul),
    ("tokyo", T::Asia__Tokyo),
    ("osaka", T::Asia__Tokyo),
    ("perth", T::Australia__Perth),
    ("adelaide", T::Australia__Adelaide),
    ("brisbane", T::Australia__Brisbane),
    ("melbourne", T::Australia__Melbourne),
    ("sydney", T::Australia__Sydney),
    ("auckland", T::Pacific__Auckland),
    ("guam", T::Pacific__Guam),
    ("honolulu", T::Pacific__Honolulu),
    ("india", T::Asia__Kolkata),
    ("japan", T::Asia__Tokyo),
    ("israel", T::Asia__Jerusalem),
    ("ireland", T::Europe__Dublin),
    ("china", T::Asia__Shanghai),
    ("saudi arabia", T::Asia__Riyadh),
];

/// A zone of the tz database, as `US/Pacific`, `Europe/Berlin`. `Etc/GMT+3` means UTC-3 there, and is read so.
#[must_use]
pub fn of_database(name: &str) -> Option<Mark> {
    name.parse::<Tz>().ok().map(Mark::Place)
}

/// The zone of a city named in words, folded.
#[must_use]
pub fn of_city(folded: &str) -> Option<Tz> {
    CITIES.iter().find(|(name, _)| *name == folded).map(|(_, tz)| *tz)
}

/// The zones of all cities that a text names, in order of the table, each zone once. Meant for short texts such as a
/// title and a paragraph: it is bounded by the length of the text times nothing but the table's first letters.
#[must_use]
pub fn cities_in(text: &str) -> Vec<Tz> {
    use std::sync::LazyLock;
    static FINDER: LazyLock<Option<aho_corasick::AhoCorasick>> = LazyLock::new(|| {
        aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(CITIES.iter().map(|(name, _)| name))
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
        let tz = CITIES[hit.pattern().as_usize()].1;
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
    fn cities_are_found_as_whole_words() {
        assert_eq!(cities_in("works in the San Jose, CA metro"), [T::America__Los_Angeles]);
        assert_eq!(cities_in("comparison of romeo"), [], "Paris and Rome are parts of other words here");
    }
}
