//! Every written form, as tables: what stands in the text, and all that must be found in it.
//!
//! Messages are of Monday, 20 May 2024 unless a row says otherwise. A date is written `2024-08-22`, an instant with `Z`,
//! a range with ` > `, a stretch of the calendar with `..`, a doubt with `?`.

use chrono::DateTime;

use super::form::Clock;
use super::zones::{Mark, ZoneDoubt};
use super::{Base, Dates, Doubt, Point, Value};
use crate::document::Document;
use countersign_notice::fact::When;

const SENT: &str = "2024-05-20T12:00:00+00:00";

#[test]
fn the_words_that_say_a_date_are_found_in_whatever_form() {
    let text = "Dear customer,\nwe will switch the old racks off on 14 July 2024.\nOffers end on 2024-07-01.\n";
    for (day, words) in [("2024-07-14", Some("14 July 2024")), ("2024-07-01", Some("2024-07-01")), ("2024-08-01", None)]
    {
        let when = When::date(day.parse().unwrap());
        assert_eq!(super::saying(text, &when, &base("2024-06-01T08:00:00Z")).as_deref(), words, "{day}");
    }
}

pub fn base(sent: &str) -> Base {
    Base { sent: DateTime::parse_from_rfc3339(sent).ok(), ..Base::default() }
}

/// All values that a text holds, as one line.
pub fn read(text: &str, base: &Base) -> String {
    let dates = Dates::read(&Document::from_text(None, text), base);
    dates.mentions.iter().map(|m| show(&m.value)).collect::<Vec<_>>().join("; ")
}

fn show(value: &Value) -> String {
    match value {
        Value::Point(point) => show_point(point, true),
        Value::Span { start, end } => {
            let doubts = if show_doubts(start) == show_doubts(end) { String::new() } else { show_doubts(end) };
            format!("{} > {}{doubts}", show_point(start, true), show_point(end, false))
        }
        Value::Daily { first, last, from, to, zone } => {
            format!("daily {first}..{last} {}-{}{}", show_clock(*from), show_clock(*to), show_zone(*zone))
        }
        Value::Clock { clock, zone } => format!("clock {}{}", show_clock(*clock), show_zone(*zone)),
        Value::ClockSpan { from, to, zone } => {
            format!("clock {}-{}{}", show_clock(*from), show_clock(*to), show_zone(*zone))
        }
        Value::Weekly { from, to, zone } => {
            format!("weekly {} {}-{} {}{}", from.0, show_clock(from.1), to.0, show_clock(to.1), show_zone(*zone))
        }
        Value::Length(length) => format!("{} {:?}", length.count, length.unit).to_lowercase(),
    }
}

fn show_point(point: &Point, with_doubts: bool) -> String {
    let at = point.last.map_or_else(
        || point.at.to_string().replace(":00Z", "Z"),
        |last| if last == point.day { format!("..{last}") } else { format!("{}..{last}", point.day) },
    );
    if with_doubts { at + &show_doubts(point) } else { at }
}

fn show_doubts(point: &Point) -> String {
    point
        .doubts
        .iter()
        .map(|d| match d {
            Doubt::Order(_) => " ?order",
            Doubt::Weekday => " ?weekday",
            // Told only in rows about years: every row without a year would bear it.
            Doubt::Year | Doubt::Vague | Doubt::Relative => "",
            Doubt::Zones => " ?zones",
            Doubt::Zone(ZoneDoubt::OutOfSeason) => " ?season",
            Doubt::Zone(ZoneDoubt::Several) => " ?several",
            Doubt::Zone(ZoneDoubt::Nowhere) => " ?nowhere",
            Doubt::Zone(ZoneDoubt::Inferred) => " ?inferred",
            Doubt::NoZone => " ?nozone",
        })
        .collect()
}

fn show_clock(clock: Clock) -> String {
    format!("{:02}:{:02}", clock.seconds / 3600, clock.seconds / 60 % 60)
}

fn show_zone(zone: Option<Mark>) -> String {
    match zone {
        None => String::new(),
        Some(Mark::Utc) => " UTC".to_owned(),
        Some(Mark::Local) => " local".to_owned(),
        Some(mark) => mark.zone().map_or_else(String::new, |z| format!(" {z}")),
    }
}

/// Checks a table and tells every row that is wrong at once.
fn check(rows: &[(&str, &str)], sent: &str) {
    let base = base(sent);
    let wrong: Vec<String> = rows
        .iter()
        .map(|(text, expected)| (text, expected, read(text, &base)))
        .filter(|(_, expected, got)| *expected != got)
        .map(|(text, expected, got)| format!("  “{text}”\n    must be: {expected}\n    but was: {got}"))
        .collect();
    assert!(!rows.is_empty(), "a table without rows tests nothing");
    assert!(wrong.is_empty(), "{} of {} rows are read wrong:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn machine_forms() {
    check(
        &[
            ("2024-08-22", "2024-08-22"),
            ("2024/08/22", "2024-08-22"),
            ("2024.08.22", "2024-08-22"),
            ("2024-8-2", "2024-08-02"),
            ("2024-08-22T17:08:50Z", "2024-08-22T17:08:50Z"),
            ("2024-08-22T17:08:50.123Z", "2024-08-22T17:08:50Z"),
            ("2024-08-22T17:08Z", "2024-08-22T17:08Z"),
            ("2024-08-22T17:08:50+02:00", "2024-08-22T15:08:50Z"),
            ("2024-08-22T17:08:50-0700", "2024-08-23T00:08:50Z"),
            ("2024-08-22 17:08:50 UTC", "2024-08-22T17:08:50Z"),
            ("2024-08-22 17:08:50 +0000 UTC", "2024-08-22T17:08:50Z"),
            ("2024-08-22 17:08:50 +0000", "2024-08-22T17:08:50Z"),
            ("2022-06-25 10:00:48.868000+00:00", "2022-06-25T10:00:48Z"),
            ("20241113T100000Z", "2024-11-13T10:00Z"),
            ("20241113T1000Z", "2024-11-13T10:00Z"),
            ("2021-Jun-12 00:00 GMT", "2021-06-12T00:00Z"),
            ("Thu, 22 Aug 2024 17:08:50 GMT", "2024-08-22T17:08:50Z"),
            ("Thu, 22 Aug 2024 17:08:50 +0200", "2024-08-22T15:08:50Z"),
            ("Thu, 22 Aug 2024 10:08:50 -0700 (PDT)", "2024-08-22T17:08:50Z"),
            ("Thu 22 Aug 2024 23: 25: 00 GMT", "2024-08-22T23:25Z"),
            ("Thu Aug 22 17:08:50 2024", "2024-08-22T17:08:50Z ?nozone"),
            ("Thu Aug 22 17:08:50 UTC 2024", "2024-08-22T17:08:50Z"),
            ("Thu Aug 22 05:08:50 PM UTC  2024", "2024-08-22T17:08:50Z"),
            ("29 Mar 18 07:38 +0000", "2018-03-29T07:38Z"),
            ("2018-01-17 5:00:00 AM UTC - box-1", "2018-01-17T05:00Z"),
        ],
        SENT,
    );
}

#[test]
fn dates_as_people_write_them() {
    check(
        &[
            ("March 5, 2020", "2020-03-05"),
            ("March 5th, 2020", "2020-03-05"),
            ("March 5th, 2020 at 09:00 AM PST", "2020-03-05T17:00Z"),
            ("5 March 2020", "2020-03-05"),
            ("5th of March 2020", "2020-03-05"),
            ("the 5th of March, 2020", "2020-03-05"),
            ("Mar. 5, 2020", "2020-03-05"),
            ("Oct. 3, 2022", "2022-10-03"),
            ("05-Mar-2020", "2020-03-05"),
            ("05-MAR-20", "2020-03-05"),
            ("5.Mar.2020", "2020-03-05"),
            ("5/Mar/2020", "2020-03-05"),
            ("Mar-05-2020", "2020-03-05"),
            ("22 Aug 2024, 17:08:50 UTC", "2024-08-22T17:08:50Z"),
            ("August 22, 2024 (11:59 pm UTC)", "2024-08-22T23:59Z"),
            ("August 22nd 2024 @ 4pm UTC", "2024-08-22T16:00Z"),
            ("12.06.2021 14h00 UTC", "2021-06-12T14:00Z"),
            ("12. 6. 2021", "2021-06-12"),
            ("31/12/2021", "2021-12-31"),
            ("12/31/2021", "2021-12-31"),
            ("12/31/21 10:00 PM UTC", "2021-12-31T22:00Z"),
            ("22:00 31/12/2021 GMT", "2021-12-31T22:00Z"),
            ("18:46 UTC on 16 Sep 2024", "2024-09-16T18:46Z"),
            ("10:00pm CT 11/30/2022", "2022-12-01T04:00Z"),
            ("at 7 p.m. UTC on June 3, 2024", "2024-06-03T19:00Z"),
            ("June 3, 2024 at noon UTC", "2024-06-03T12:00Z"),
            ("June 3, 2024, midnight UTC", "2024-06-03T00:00Z"),
            ("June 3, 2024 24:00 UTC", "2024-06-04T00:00Z"),
            ("June 3, 2024 at 2200 UTC", "2024-06-03T22:00Z"),
            ("June 3, 2024 0600Z", "2024-06-03T06:00Z"),
            ("3 June 2024 14.30 UTC", "2024-06-03T14:30Z"),
            ("2024年9月19日", "2024-09-19"),
            ("2022年9月19日月曜日 17:55:44 -0400", "2022-09-19T21:55:44Z"),
            ("Start Date: Monday 02-May-2016 14:00 UTC", "2016-05-02T14:00Z"),
            ("06-NOV-2023 21:00:00(UTC)", "2023-11-06T21:00Z"),
            ("will not be possible on November 1, 2018.Neither version", "2018-11-01"),
            ("before April 14, 2023 to keep access", "2023-04-14"),
        ],
        SENT,
    );
}

#[test]
fn languages() {
    check(
        &[
            ("26. Oktober 2021 um 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("am 3. März 2025", "2025-03-03"),
            ("Mi., 27. Okt. 2021 um 09:31 Uhr UTC", "2021-10-27T09:31Z"),
            ("Donnerstag, 28. Oktober 2021", "2021-10-28"),
            ("12.06. 22:00 UTC", "2024-06-12T22:00Z"),
            ("bis zum 30.06.2024", "2024-06-30"),
            ("26 octobre 2021 à 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("le 1er février 2025", "2025-02-01"),
            ("mer. 27 oct. 2021 à 09:31 UTC", "2021-10-27T09:31Z"),
            ("26 de octubre de 2021, 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("mié, 27 oct 2021 a las 9:31 UTC", "2021-10-27T09:31Z"),
            ("26 ottobre 2021 14:25 UTC", "2021-10-26T14:25Z"),
            ("mer 27 ott 2021 alle ore 09:31 UTC", "2021-10-27T09:31Z"),
            ("26 oktober 2021 om 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("wo 27 okt. 2021 om 09:31 UTC", "2021-10-27T09:31Z"),
            ("qua., 27 de out. de 2021 às 09:31 UTC", "2021-10-27T09:31Z"),
            ("segunda-feira, 19 de setembro de 2022 17:55:44 -0400", "2022-09-19T21:55:44Z"),
            ("26. oktober 2021 kl. 14.25.08 UTC", "2021-10-26T14:25:08Z"),
            ("ons. 27. okt. 2021 kl. 09.31 UTC", "2021-10-27T09:31Z"),
            ("måndag 19 september 2022 17:55:44 -0400", "2022-09-19T21:55:44Z"),
            ("26. lokakuuta 2021 klo 14.25.08 UTC+3", "2021-10-26T11:25:08Z"),
            ("torstaina, 28. lokakuuta 2021 klo 12.06 UTC", "2021-10-28T12:06Z"),
            ("26 października 2021 o 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("st 27. 10. 2021 v 9:31 UTC", "2021-10-27T09:31Z"),
            ("čtvrtek, 28. října 2021 12:06 UTC", "2021-10-28T12:06Z"),
            ("26. októbra 2021, 14:25:08 GMT+3", "2021-10-26T11:25:08Z"),
            ("2021. október 26. 14:25:08 UTC", "2021-10-26T14:25:08Z"),
            ("csütörtök, 2021. október 28. 12:46 UTC", "2021-10-28T12:46Z"),
            ("2021. okt. 27., Sze, 9:31 UTC", "2021-10-27T09:31Z"),
            ("26 Ekim 2021 14:25:08 GMT+3", "2021-10-26T11:25:08Z"),
            ("27 Eki 2021 Çar, 09:31 UTC", "2021-10-27T09:31Z"),
            ("ср, 27 окт. 2021 г. в 09:31 UTC", "2021-10-27T09:31Z"),
            ("ср, 27 жовт. 2021 о 09:31 UTC", "2021-10-27T09:31Z"),
            ("28. oktoober 2021 kell 09:31 UTC", "2021-10-28T09:31Z"),
            ("mie., 27 oct. 2021 la 09:31 UTC", "2021-10-27T09:31Z"),
        ],
        SENT,
    );
}

#[test]
fn zones_and_their_traps() {
    check(
        &[
            ("June 3, 2024 10:00 PDT", "2024-06-03T17:00Z"),
            ("June 3, 2024 10:00 PST", "2024-06-03T17:00Z ?season"),
            ("January 3, 2024 10:00 PDT", "2024-01-03T17:00Z ?season"),
            ("June 3, 2024 10:00 PT", "2024-06-03T17:00Z"),
            ("June 3, 2024 10:00 ET", "2024-06-03T14:00Z"),
            ("June 3, 2024 10:00 Eastern Time", "2024-06-03T14:00Z"),
            ("June 3, 2024 10:00 Eastern Daylight Time", "2024-06-03T14:00Z"),
            ("27-Feb-2021 00:01 to 27-Feb-2021 05:00 ( Central )", "2021-02-27T06:01Z > 2021-02-27T11:00Z"),
            ("June 3, 2024 10:00 CEST", "2024-06-03T08:00Z"),
            ("June 3, 2024 10:00 BST", "2024-06-03T09:00Z"),
            ("June 3, 2024 10:00 GMT+3", "2024-06-03T07:00Z"),
            ("June 3, 2024 10:00 (GMT+05:30)", "2024-06-03T04:30Z"),
            ("June 3, 2024 10:00 UTC-5", "2024-06-03T15:00Z"),
            ("June 3, 2024 10:00 (UTC+01:00)", "2024-06-03T09:00Z"),
            ("June 3, 2024 10:00 Etc/GMT+3", "2024-06-03T13:00Z"),
            ("2022-07-19 07:17 US/Pacific", "2022-07-19T14:17Z"),
            ("2022-07-19 07:17 America/Argentina/Buenos_Aires", "2022-07-19T10:17Z"),
            ("2022-07-19 07:17 Europe/Berlin", "2022-07-19T05:17Z"),
            ("2022-07-19 07:17 Berlin time", "2022-07-19T05:17Z"),
            ("June 3, 2024 10:00 IST", "2024-06-03T04:30Z ?several"),
            ("in Mumbai June 3, 2024 10:00 IST", "2024-06-03T04:30Z"),
            ("in Dublin June 3, 2024 10:00 IST", "2024-06-03T09:00Z"),
            ("in Chicago June 3, 2024 10:00 CST", "2024-06-03T15:00Z ?season"),
            ("12:00 AM (local time) June 12, 2021 in San Jose", "2021-06-12T07:00Z ?inferred"),
            ("12:00 AM (local time) June 12, 2021", "2021-06-12T00:00Z ?nowhere"),
            ("10:00 am PDT / 5:00 pm UTC on June 3, 2024", "2024-06-03T17:00Z"),
            ("June 3, 2024 at 10:00 am PDT / 5:00 pm UTC", "2024-06-03T17:00Z"),
            ("June 3, 2024 at 10:00 am PDT (4:00 pm UTC)", "2024-06-03T16:00Z ?zones"),
            ("June 3, 2024 22:00 EDT (02:00 UTC)", "2024-06-04T02:00Z"),
            ("3 June 2024 10:00\n\nAll times are in UTC.", "2024-06-03T10:00Z"),
            ("3 June 2024 10:00\n\nTime zone: CET", "2024-06-03T08:00Z ?season"),
        ],
        SENT,
    );
}

#[test]
fn ranges() {
    check(
        &[
            ("June 3, 2024 22:00 – 04:00 UTC", "2024-06-03T22:00Z > 2024-06-04T04:00Z"),
            ("June 3, 2024 22:00 – 04:00 UTC next day", "2024-06-03T22:00Z > 2024-06-04T04:00Z"),
            ("June 3, 2024 22:00 - 23:00 UTC (next day)", "2024-06-03T22:00Z > 2024-06-04T23:00Z"),
            ("June 3, 2024 22:00 - 04:00 UTC (+1)", "2024-06-03T22:00Z > 2024-06-04T04:00Z"),
            ("22:00 - 04:00 UTC on June 3, 2024", "2024-06-03T22:00Z > 2024-06-04T04:00Z"),
            (
                "from Thu, 20 May 2021 08:00:00 GMT to Thu, 20 May 2021 14:00:00 GMT for 6 hours",
                "2021-05-20T08:00Z > 2021-05-20T14:00Z; 6 hour",
            ),
            ("between 2021-08-13 18:00:00 - 2021-08-13 23:00:00 GMT.", "2021-08-13T18:00Z > 2021-08-13T23:00Z"),
            ("Between 08:00 and 10:30 UTC on 24 September 2024, we", "2024-09-24T08:00Z > 2024-09-24T10:30Z"),
            (
                "Between 10:01 UTC on 28 October 2024 and 18:07 UTC on 01 November 2024",
                "2024-10-28T10:01Z > 2024-11-01T18:07Z",
            ),
            ("12-Feb-2024 09:00 (GMT) - 12-Feb-2024 17:00 (GMT)", "2024-02-12T09:00Z > 2024-02-12T17:00Z"),
            ("22-May-2021 10:00:00(UTC) to 06-Jun-2021 12:00:00(UTC)", "2021-05-22T10:00Z > 2021-06-06T12:00Z"),
            ("Friday 02/03/2023 from 4pm to 10pm ET", "2023-02-03T21:00Z > 2023-02-04T03:00Z"),
            ("Friday 02/03/2023 from 4 to 10pm ET", "2023-02-03T21:00Z > 2023-02-04T03:00Z"),
            ("5 May 22:00 to 6 May 04:00 CET", "2024-05-05T20:00Z ?season > 2024-05-06T02:00Z"),
            ("5 December 22:00 to 6 December 2023 04:00 CET", "2023-12-05T21:00Z > 2023-12-06T03:00Z"),
            ("31 December 22:00 to 1 January 2024 04:00 UTC", "2023-12-31T22:00Z > 2024-01-01T04:00Z"),
            ("UTC: FRIDAY, 02 JUL 2021 10:00 - FRIDAY, 02 JUL 15:00", "2021-07-02T10:00Z > 2021-07-02T15:00Z"),
            ("June 3-5, 2024", "2024-06-03 > 2024-06-05"),
            ("June 3 - 5", "2024-06-03 > 2024-06-05"),
            ("3 to 5 June 2024", "2024-06-03 > 2024-06-05"),
            ("3. bis 5. Juni 2024", "2024-06-03 > 2024-06-05"),
            ("June 3 through June 7, 2024", "2024-06-03 > 2024-06-07"),
            ("from 3 June until 7 July 2024", "2024-06-03 > 2024-07-07"),
            ("over the 3 weeks following January 4, 2023 00:00 UTC", "2023-01-04T00:00Z > 2023-01-25T00:00Z"),
            ("two days starting 2024-06-01", "2024-06-01 > 2024-06-03"),
            ("May 2nd From 7am to 7pm PDT, racks: 243-264", "2024-05-02T14:00Z > 2024-05-03T02:00Z"),
            ("10:00 UTC-11:00 UTC on 2024-06-03", "2024-06-03T10:00Z > 2024-06-03T11:00Z"),
            ("Wednesdays 22:30 to Thursdays 02:30 UTC", "weekly 3 22:30-4 02:30 UTC"),
            ("06/8/2021 22:00:00 GMT - 07/8/2021 06:00:00 GMT", "2021-08-06T22:00Z ?order > 2021-08-07T06:00Z"),
            ("von 22:00 bis 04:00 Uhr", "clock 22:00-04:00"),
            ("2021/11/14 02:00 ~ 2021/11/14 02:30 UTC", "2021-11-14T02:00Z > 2021-11-14T02:30Z"),
            (
                "May 2 through May 7 between 7am and 7pm PDT",
                "daily 2024-05-02..2024-05-07 07:00-19:00 America/Los_Angeles",
            ),
            ("2026-03-17T01:00:00Z/2026-03-17T05:00:00Z", "2026-03-17T01:00Z > 2026-03-17T05:00Z"),
            ("tisdag 17 mars 2026 kl. 01.00–05.00 UTC", "2026-03-17T01:00Z > 2026-03-17T05:00Z"),
            ("2024-06-03 10:00 -> 2024-06-03 12:00 UTC", "2024-06-03T10:00Z > 2024-06-03T12:00Z"),
            ("2024-06-03 at 10:00 UTC until 2024-06-03 at 12:00 UTC", "2024-06-03T10:00Z > 2024-06-03T12:00Z"),
        ],
        SENT,
    );
}

#[test]
fn stretches_and_relative_dates() {
    check(
        &[
            ("in October 2024", "2024-10-01..2024-10-31"),
            ("from October 2024", "2024-10-01..2024-10-31"),
            ("Q3 2025", "2025-07-01..2025-09-30"),
            ("2025 Q3", "2025-07-01..2025-09-30"),
            ("the third quarter of 2025", "2025-07-01..2025-09-30"),
            ("in Q1", "2025-01-01..2025-03-31"),
            ("H2 2025", "2025-07-01..2025-12-31"),
            ("end of March 2025", "..2025-03-31"),
            ("Ende März 2025", "..2025-03-31"),
            ("at the end of 2019", "..2019-12-31"),
            ("by the end of Q3 2025", "..2025-09-30"),
            ("early 2026", "2026-01-01..2026-05-02"),
            ("mid-April 2025", "2025-04-11..2025-04-20"),
            ("by the end of the year", "..2024-12-31"),
            ("end of this month", "..2024-05-31"),
            ("next week", "2024-05-27..2024-06-02"),
            ("nächste Woche", "2024-05-27..2024-06-02"),
            ("next month", "2024-06-01..2024-06-30"),
            ("in 30 days", "2024-06-19"),
            ("in 30 Tagen", "2024-06-19"),
            ("dans 30 jours", "2024-06-19"),
            ("within two weeks", "2024-06-03"),
            ("within the next 14 days", "2024-06-03"),
            ("within thirty (30) days of this notice", "2024-06-19"),
            ("30 days from today", "2024-06-19"),
            ("in 3 months", "2024-08-20"),
            ("in 48 hours", "2024-05-22T12:00Z"),
            ("tomorrow", "2024-05-21"),
            ("tomorrow at 10:00 UTC", "2024-05-21T10:00Z"),
            ("next Tuesday", "2024-05-21"),
            ("on Thursday at 10:00 UTC", "2024-05-23T10:00Z"),
            ("within 30 days of cancellation", "30 day"),
            ("data is kept for 30 days", "30 day"),
            ("for 6 hours", "6 hour"),
            ("duration: 4h", "4 hour"),
            ("a three-day maintenance window", "3 day"),
            ("45-60 minutes", "60 minute"),
            ("1.5 hours", "90 minute"),
            ("2h 30m", "150 minute"),
            ("2 hours and 30 minutes", "150 minute"),
        ],
        SENT,
    );
}

#[test]
fn missing_years_come_from_the_message() {
    check(
        &[
            ("June 12", "2024-06-12"),
            ("Thursday 12 June", "2025-06-12"),
            ("Wednesday, 12 June", "2024-06-12"),
            ("January 4", "2025-01-04"),
            ("May 10", "2024-05-10"),
            ("FRIDAY, 02 JUL 10:00 UTC of 02-JUL-2021", "2021-07-02T10:00Z; 2021-07-02"),
        ],
        SENT,
    );
}

#[test]
fn weekdays_contradict() {
    check(
        &[
            ("Friday, 22 August 2024", "2024-08-22 ?weekday"),
            ("Thursday, 22 August 2024", "2024-08-22"),
            ("22 August 2024 (Friday)", "2024-08-22 ?weekday"),
        ],
        SENT,
    );
}

#[test]
fn day_or_month_first_is_decided_by_evidence() {
    check(
        &[
            ("08/09/2024", "2024-08-09 ?order"),
            ("13/09/2024 and 08/09/2024", "2024-09-13; 2024-09-08"),
            ("09/13/2024 and 08/09/2024", "2024-09-13; 2024-08-09"),
            ("Sunday 08/09/2024", "2024-09-08"),
            ("Friday 08/09/2024", "2024-08-09"),
            ("8 September 2024 is 08/09/2024", "2024-09-08; 2024-09-08"),
            ("01/06/2024", "2024-06-01 ?order"),
            ("08.09.2024", "2024-09-08"),
            ("07/07/2024", "2024-07-07"),
        ],
        SENT,
    );
}

#[test]
fn what_is_no_date() {
    check(
        &[
            ("version 1.2.3, TLS 1.0/1.1/1.2", ""),
            ("call +852 3192 7420 or 1-877-726-4364", ""),
            ("elasticache-20250507-intel", ""),
            ("https://example.com/2024/05/06/news?from=2024-01-02", ""),
            ("10.12.13.14 and 2001:db8::1", ""),
            ("PostgreSQL 14.12 and Node.js 16", ""),
            ("CRQ1-12345678 i-08c5e37b25e2b12d7", ""),
            ("you may 7 times", ""),
            ("racks 1-33, 67-88, 133-154, 175, 176", ""),
            ("€ 10.12 per month", ""),
            ("arn:aws:rds:us-east-1:123456789012:db:prod-2024", ""),
            ("24/7 support, 5/8 done", ""),
            ("98109-5210", ""),
            ("March on, may we", ""),
            ("Apache 2.4.10", ""),
        ],
        SENT,
    );
}
