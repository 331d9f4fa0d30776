//! The page of an evidence pack: who knew, and who signed what, when. Readable on paper, without scripts, without us.
//!
//! Made from the pack alone, so that it says nothing that the pack does not prove. It decides nothing.

mod people;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::show::{Names, entry, provider_name};
use crate::audit::Pack;
use crate::audit::judge::StreamEvidence;
use crate::notice::case::{Case, Life, SignOff};
use crate::notice::chain::{Stored, Stream};
use crate::notice::deadline;
use crate::notice::event::{Event, Recorded};
use crate::notice::stored::read;
use crate::notice::text::TextRef;
use crate::store::texts::Shown;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_name| AutoEscape::Html);
    environment.add_template("report", include_str!("report.html")).expect("a test renders the template");
    environment
});

/// The report as HTML.
///
/// # Errors
/// When the template fails, which a test rules out for every shape of pack.
pub fn html(pack: &Pack) -> Result<String, minijinja::Error> {
    let book = Book::of(pack);
    let notices: Vec<NoticeReport> = pack.streams.iter().filter_map(|stream| book.notice(stream)).collect();
    TEMPLATES.get_template("report")?.render(context! {
        installation => &pack.installation,
        made_at => moment(pack.made_at),
        keys => Serde(pack.public_keys.keys().collect::<Vec<_>>()),
        events => pack.streams.iter().map(|stream| stream.events.len()).sum::<usize>(),
        notices => Serde(&notices),
    })
}

#[derive(Serialize)]
struct NoticeReport {
    number: u32,
    title: String,
    provider: String,
    kind: String,
    hard_deadline: Option<String>,
    state: String,
    head: String,
    knew: Vec<people::Knew>,
    signatures: Vec<SignatureReport>,
    work: Vec<people::Work>,
    entries: Vec<EntryReport>,
}

#[derive(Serialize)]
struct SignatureReport {
    gate: String,
    level: String,
    person: String,
    verdict: String,
    at: String,
    proven: String,
    words: String,
    comment: Option<String>,
    fate: &'static str,
    digest: String,
}

#[derive(Serialize)]
struct EntryReport {
    sequence: i64,
    at: String,
    who: String,
    sentence: String,
    hash: String,
}

/// What ids in the pack stand for.
struct Book {
    people: BTreeMap<Uuid, String>,
    teams: BTreeMap<Uuid, String>,
    texts: BTreeMap<Uuid, Shown>,
}

impl Book {
    fn of(pack: &Pack) -> Self {
        let texts = pack.streams.iter().flat_map(|stream| &stream.texts).filter_map(|text| {
            let shown = match (&text.body, text.erased_at) {
                (Some(body), _) => Shown::Text(body.clone()),
                (None, at) => Shown::Erased(at?),
            };
            Some((text.id, shown))
        });
        let mut book = Self { people: BTreeMap::new(), teams: BTreeMap::new(), texts: texts.collect() };
        let house = pack.streams.iter().filter(|stream| stream.stream == Stream::People);
        for event in house.flat_map(|stream| &stream.events) {
            book.learn(event);
        }
        book
    }

    /// Names as the stream `people` tells them; a later one wins.
    fn learn(&mut self, event: &Stored) {
        let id = |key: &str| event.payload.get(key).and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
        let name = event.payload.get("name");
        if let (Some(person), Some(Ok(text))) = (id("person"), name.cloned().map(serde_json::from_value::<TextRef>))
            && let Some(shown) = self.texts.get(&text.id)
        {
            self.people.insert(person, shown.words());
        }
        if let (Some(team), Some(name)) = (id("team"), name.and_then(Value::as_str)) {
            self.teams.insert(team, name.to_owned());
        }
    }

    fn notice(&self, evidence: &StreamEvidence) -> Option<NoticeReport> {
        let Stream::Notice(_) = evidence.stream else { return None };
        let recorded: Vec<Recorded> = evidence.events.iter().filter_map(|stored| read::<Event>(stored).ok()).collect();
        let case = Case::fold(&recorded).ok()?;
        let names =
            Names { people: &self.people, teams: &self.teams, texts: &self.texts, case: Some(&case), notices: None };
        Some(NoticeReport {
            number: case.number,
            title: names.words(case.facts.title),
            provider: provider_name(case.facts.provider.as_str()),
            kind: case.facts.kind.word().replace('_', " "),
            hard_deadline: deadline::hard(&case).map(|hard| moment(hard.at)),
            state: state(&case),
            head: case.head.to_string(),
            knew: people::knew(&case, &recorded, &names),
            work: people::work(&case, &names),
            signatures: case.sign_offs.iter().map(|sign_off| signature(sign_off, &names)).collect(),
            entries: evidence.events.iter().map(|stored| line(stored, &names, case.number)).collect(),
        })
    }
}

fn state(case: &Case) -> String {
    match case.life {
        Life::Open => "open".to_owned(),
        Life::Historic => "historic: its dates had passed when it arrived".to_owned(),
        Life::Closed { at } => format!("closed on {}", moment(at)),
        Life::Dismissed { at } => format!("dismissed on {}", moment(at)),
        Life::Merged { .. } => "merged into another notice".to_owned(),
    }
}

fn signature(sign_off: &SignOff, names: &Names<'_>) -> SignatureReport {
    let fate = match sign_off {
        SignOff { withdrawn: Some(_), .. } => "withdrawn",
        SignOff { replaced: true, .. } => "replaced by a later one of the same person",
        SignOff { answered: Some(_), .. } => "answered",
        _ => "stands",
    };
    SignatureReport {
        gate: sign_off.gate.to_string(),
        level: sign_off.level.to_string(),
        person: names.called(sign_off.person),
        verdict: sign_off.verdict.to_string(),
        at: moment(sign_off.at),
        proven: format!(
            "{}, {}",
            sign_off.authenticated.method.word().replace('_', " "),
            moment(sign_off.authenticated.at)
        ),
        words: sign_off.words.clone(),
        comment: sign_off.comment.map(|text| names.words(text)),
        fate,
        digest: sign_off.subject.digest.to_string(),
    }
}

fn line(stored: &Stored, names: &Names<'_>, number: u32) -> EntryReport {
    let shown = entry(stored, names, Some(number));
    EntryReport {
        sequence: shown.sequence,
        at: moment(shown.at),
        who: shown.actor.name,
        sentence: shown.sentence,
        hash: shown.hash,
    }
}

/// The report is for nobody in particular, so its times are in UTC.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}
