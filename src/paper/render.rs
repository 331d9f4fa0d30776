//! A letter as subject, text and HTML.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value, context, escape_formatter};
use serde::{Deserialize, Serialize};

use super::style::styled;
use super::words;
use crate::notice::fact::{Authenticity, When};
use crate::notice::letter::{AppointmentSort, Body, Brief, Letter, Proof};

/// A mail's visible parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A letter that cannot be rendered: its template and its data do not fit, which a test over all of them rules out.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template {template} does not fit its letter: {source}")]
    Template { template: &'static str, source: minijinja::Error },
}

macro_rules! templates {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("templates/", $name)))),+] };
}

const TEMPLATES: &[(&str, &str)] = templates!(
    "base.html",
    "parts.html",
    "ask.html",
    "news.html",
    "duty.html",
    "invitation.html",
    "sign_in.html",
    "receipt.html",
    "digest.html",
    "report.html",
    "appointment.html",
    "alarm.html",
    "base.txt",
    "parts.txt",
    "ask.txt",
    "news.txt",
    "duty.txt",
    "invitation.txt",
    "sign_in.txt",
    "receipt.txt",
    "digest.txt",
    "report.txt",
    "appointment.txt",
    "alarm.txt",
);

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).build().expect("the standard syntax is consistent");
    env.set_syntax(syntax);
    env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(written);
    env.add_filter("moment", |at: Serde<DateTime<Utc>>, zone: &str| words::moment(at.0, words::zone(zone)));
    env.add_filter("day", |at: Serde<DateTime<Utc>>, zone: &str| words::day(at.0, words::zone(zone)));
    env.add_filter("when", |date: Serde<When>, zone: &str| words::when(&date.0, words::zone(zone)));
    env.add_filter("away", away);
    env.add_filter("words", |word: &str| word.replace('_', " "));
    env.add_filter("how", how);
    for (name, source) in TEMPLATES {
        let source = if name.ends_with(".html") { styled(source) } else { (*source).to_owned() };
        env.add_template_owned(*name, source).expect("the templates are well formed; a test renders each");
    }
    env
});

/// A value as it stands in a template: in HTML without what would end a text or a quoted attribute. Slashes stay, since
/// some programs that look for links in mails read them only as they are.
fn written(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = value.as_str().filter(|_| *state.auto_escape() == AutoEscape::Html && !value.is_safe());
    let Some(mut rest) = text else { return escape_formatter(out, state, value) };
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, after) = rest.split_at(at);
        out.write_str(before)?;
        out.write_str(match after.as_bytes()[0] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &after[1..];
    }
    Ok(out.write_str(rest)?)
}

/// An instant of ours, or a provider's date.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyDate {
    Instant(DateTime<Utc>),
    When(When),
}

/// `now` is the reader's calendar day and zone: `2024-06-14 Europe/Berlin`.
fn away(date: Serde<AnyDate>, now: &str) -> String {
    let (today, zone) = now.split_once(' ').unwrap_or((now, "UTC"));
    let date = match date.0 {
        AnyDate::Instant(at) => When::Instant(at),
        AnyDate::When(when) => when,
    };
    words::away(words::day_of(&date, words::zone(zone)), today.parse().unwrap_or_default())
}

fn how(word: &str) -> &'static str {
    match word {
        "opened" => "newly opened",
        "changed" => "known already; something in it has changed",
        "continued" => "known already; the mail is a further page of it",
        _ => "known already; the mail was attached to it",
    }
}

/// The newest checkpoint of the record. In many mailboxes it is out of the reach of whoever owns the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub number: u64,
    pub digest: String,
    /// Which of the installation's keys signed it.
    pub key_id: String,
}

/// Renders a letter as it reads at `now` (business time).
///
/// # Errors
/// Where a template and its data do not fit.
pub fn render(letter: &Letter, now: DateTime<Utc>) -> Result<Rendered, RenderError> {
    render_sealed(letter, None, now)
}

/// As [`render`], with the newest checkpoint in the footer.
///
/// # Errors
/// Where a template and its data do not fit.
pub fn render_sealed(letter: &Letter, seal: Option<&Seal>, now: DateTime<Utc>) -> Result<Rendered, RenderError> {
    let template = letter.template();
    let subject = subject(letter);
    let zone = words::zone(&letter.to.zone);
    let today = now.with_timezone(&zone).date_naive();
    let (headline, lede) = headline(letter);
    let (button, url) = button(letter);
    let (preheader, overdue) = ask_summary(letter, now);
    let whole = Value::from(Serde(letter));
    let body = whole.get_attr("body").unwrap_or_default();
    let notice = letter.notice().and_then(|_| body.get_attr("notice").ok());
    let values = context! {
        subject => subject.as_str(),
        preheader => preheader.unwrap_or_else(|| lede.clone()),
        headline, lede, button, url, overdue,
        letter => whole,
        body, notice,
        seal => Value::from(Serde(seal)),
        doubt => letter.notice().map(doubt),
        why => why(&letter.body),
        zone => letter.to.zone.as_str(),
        now => format!("{today} {}", letter.to.zone),
    };
    let part = |extension: &str| {
        let name = format!("{}.{extension}", file(&letter.body));
        ENVIRONMENT
            .get_template(&name)
            .and_then(|found| found.render(&values))
            .map_err(|source| RenderError::Template { template, source })
    };
    Ok(Rendered { html: part("html")?, text: tidy(&part("txt")?), subject })
}

/// At most one empty line in a row, none at either end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        // "-- " sets the signature off (RFC 3676, 4.3); its space belongs to it.
        let line = if line == "-- " { line } else { line.trim_end() };
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

const fn file(body: &Body) -> &'static str {
    match body {
        Body::Assigned(_) | Body::Reminder(_) | Body::Overdue(_) | Body::Escalated(_) | Body::Stale(_) => "ask",
        Body::Objected(_)
        | Body::Override(_)
        | Body::SecondPerson(_)
        | Body::Mentioned(_)
        | Body::Closed(_)
        | Body::Reopened(_) => "news",
        Body::Duty(_) => "duty",
        Body::Invitation(_) => "invitation",
        Body::SignIn(_) => "sign_in",
        Body::Receipt(_) => "receipt",
        Body::Digest(_) => "digest",
        Body::Report(_) => "report",
        Body::Appointment(_) => "appointment",
        Body::Alarm(_) | Body::Canary(_) => "alarm",
    }
}

/// The notice's number first and its title next, always the same, so that mails about one notice sort and thread
/// together; what cannot wait stands at the end.
fn subject(letter: &Letter) -> String {
    let name = &letter.installation;
    let suffix = match &letter.body {
        Body::Assigned(_) | Body::Reminder(_) => "",
        Body::Overdue(_) => " (your sign-off is overdue)",
        Body::Escalated(_) => " (now you are asked)",
        Body::Stale(_) => " (changed since you signed)",
        Body::Objected(_) => " (objection)",
        Body::Override(_) => " (OVERRIDE)",
        Body::SecondPerson(_) => " (waits for a second person)",
        Body::Mentioned(_) => " (you are mentioned)",
        Body::Closed(_) => " (closed)",
        Body::Reopened(_) => " (open again)",
        Body::Appointment(appointment) => match (appointment.cancelled, appointment.sort) {
            (true, _) => " (no longer in your calendar)",
            (false, AppointmentSort::Window) => " (planned window)",
            (false, AppointmentSort::ActBy) => " (act by)",
        },
        Body::Duty(duty) => {
            let told = if duty.yours { "you are on duty for" } else { "you are no longer on duty for" };
            let from = words::day(duty.start, words::zone(&letter.to.zone));
            return words::one_line(&format!("{name}: {told} {}, {from}", duty.team), 120);
        }
        Body::Invitation(_) => return words::one_line(&format!("You are invited to {name}"), 120),
        Body::SignIn(sign_in) => {
            let what = if matches!(sign_in.proof, Proof::Link(_)) { "Sign in to" } else { "Your code for" };
            return words::one_line(&format!("{what} {name}"), 120);
        }
        Body::Receipt(receipt) => {
            let bare = receipt.subject.strip_prefix("Re: ").unwrap_or(&receipt.subject);
            return words::one_line(&format!("Re: {bare}"), 150);
        }
        Body::Digest(digest) => {
            let count = digest.lines.len();
            let told = match count {
                0 => "notices that came in as history".to_owned(),
                1 => "1 thing waits for you".to_owned(),
                _ => format!("{count} things wait for you"),
            };
            return words::one_line(&format!("{name}: {told}"), 120);
        }
        Body::Report(report) => {
            let (risk, slipped) = (report.at_risk_count, report.slipped_count);
            return words::one_line(&format!("{name}: the week, {risk} at risk, {slipped} slipped"), 120);
        }
        Body::Alarm(alarm) => return words::one_line(&format!("{name}: {}", alarm.what), 120),
        // As it is: it is told by these words when it comes back.
        Body::Canary(canary) => return canary.what.clone(),
    };
    let thread = letter.notice().map(|n| format!("[N-{}] {}: {}", n.number, n.provider, n.title)).unwrap_or_default();
    format!("{}{suffix}", words::one_line(&thread, 100))
}

/// The headline, and the sentence below it.
fn headline(letter: &Letter) -> (String, String) {
    let told = |head: &str, lede: String| (head.to_owned(), lede);
    match &letter.body {
        Body::Assigned(ask) => told(
            "Your sign-off is asked for",
            format!(
                "{} has announced something that needs the sign-off of {}.",
                ask.notice.provider,
                words::one(&ask.level)
            ),
        ),
        Body::Reminder(ask) => told(
            "Your sign-off is still missing",
            format!("This notice waits for the sign-off of {} at the gate “{}”.", words::one(&ask.level), ask.gate),
        ),
        Body::Overdue(ask) => told(
            "Your sign-off is overdue",
            format!("The gate “{}” should have been signed by {} already.", ask.gate, words::one(&ask.level)),
        ),
        Body::Escalated(ask) => told(
            "Others have been silent; now you are asked",
            if ask.silent.is_empty() {
                "Nobody below your level could be asked.".to_owned()
            } else {
                format!("Asked before, and silent so far: {}.", ask.silent.join(", "))
            },
        ),
        Body::Stale(_) => told(
            "What you signed has changed",
            "Your sign-off stands for what you saw, and no longer counts for what there is now.".to_owned(),
        ),
        Body::Objected(news) => told("There is an objection", news.what.clone()),
        Body::Override(news) => told("A requirement was overridden", news.what.clone()),
        Body::SecondPerson(news) => told("This waits for a second person", news.what.clone()),
        Body::Mentioned(news) => told("You are mentioned in a comment", news.what.clone()),
        Body::Closed(news) => told("The notice is closed", news.what.clone()),
        Body::Reopened(news) => told("The notice is open again", news.what.clone()),
        Body::Duty(duty) => {
            let other = &duty.other;
            let by =
                duty.by.as_ref().filter(|by| *by != other).map(|by| format!(" {by} changed it.")).unwrap_or_default();
            match duty.yours {
                true => told("You are on duty", format!("You have this turn now; it was {other}’s.{by}")),
                false => told("Your turn went to somebody else", format!("{other} has this turn now.{by}")),
            }
        }
        Body::Invitation(invitation) => {
            let name = &letter.installation;
            let head = invitation
                .by
                .as_ref()
                .map_or_else(|| format!("You are invited to {name}"), |by| format!("{by} invites you to {name}"));
            (head, "Set a password, and you are in.".to_owned())
        }
        Body::SignIn(sign_in) => match &sign_in.proof {
            Proof::Link(_) => told("Sign in", format!("The link works once, for {} minutes.", sign_in.minutes)),
            Proof::Code(code) => (code.clone(), format!("It works once, for {} minutes.", sign_in.minutes)),
        },
        Body::Receipt(receipt) if receipt.notices.is_empty() => told(
            "Your mail has arrived, and a person must look at it",
            "No announcement was recognised in it.".to_owned(),
        ),
        Body::Receipt(_) => {
            told("Your mail has been read", "What was read from it, by when, and what is doubtful.".to_owned())
        }
        Body::Digest(digest) if digest.lines.is_empty() => {
            told("Came in as history", "All their dates had passed already.".to_owned())
        }
        Body::Digest(_) => told("What waits for you", "Nothing of this is urgent today.".to_owned()),
        Body::Report(report) => {
            let plural = if report.open == 1 { "notice is" } else { "notices are" };
            told("The week", format!("{} {plural} open.", report.open))
        }
        Body::Appointment(appointment) => {
            let head = match (appointment.cancelled, appointment.sort) {
                (true, _) => "Take it out of your calendar",
                (false, AppointmentSort::Window) => "The work is planned",
                (false, AppointmentSort::ActBy) => "Be done by then",
            };
            let lede = match (appointment.cancelled, appointment.sort) {
                (true, _) => "This entry is no longer needed.",
                (false, AppointmentSort::Window) => "An entry for your calendar: the planned window.",
                (false, AppointmentSort::ActBy) => "An entry for your calendar: act by this moment.",
            };
            told(head, lede.to_owned())
        }
        Body::Alarm(alarm) | Body::Canary(alarm) => (alarm.what.clone(), alarm.advice.clone()),
    }
}

fn button(letter: &Letter) -> (&'static str, String) {
    let at = |path: &str| format!("{}{path}", letter.public_url);
    match (&letter.body, letter.notice()) {
        (Body::Duty(_), _) => ("Open the rota", at("/people")),
        (Body::Invitation(invitation), _) => ("Set a password", invitation.url.clone()),
        (Body::SignIn(sign_in), _) => match &sign_in.proof {
            Proof::Link(url) => ("Sign in", url.clone()),
            Proof::Code(_) => ("Open the page", at("/")),
        },
        (Body::Receipt(receipt), _) => match receipt.notices.as_slice() {
            [one] => ("Open the notice", at(&format!("/notices/{}", one.notice.number))),
            [] => ("Open the Intake page", at("/intake")),
            _ => ("Open the notices", at("/notices")),
        },
        (Body::Digest(_), _) => ("Open the list", at("/")),
        (Body::Report(_), _) => ("Open the notices", at("/notices")),
        (Body::Alarm(alarm) | Body::Canary(alarm), _) => ("Have a look", at(&alarm.path)),
        (
            Body::Assigned(_) | Body::Reminder(_) | Body::Overdue(_) | Body::Escalated(_) | Body::Stale(_),
            Some(notice),
        ) => ("Read it and decide", at(&format!("/notices/{}", notice.number))),
        (_, notice) => ("Open the notice", at(&format!("/notices/{}", notice.map_or(0, |n| n.number)))),
    }
}

/// What a mailbox shows beside the subject, and whether the date has passed.
fn ask_summary(letter: &Letter, now: DateTime<Utc>) -> (Option<String>, bool) {
    let (Body::Assigned(ask) | Body::Reminder(ask) | Body::Overdue(ask) | Body::Escalated(ask) | Body::Stale(ask)) =
        &letter.body
    else {
        return (None, false);
    };
    let zone = words::zone(&letter.to.zone);
    let by = ask.due.map(|due| format!("Your sign-off as {} by {}. {}", ask.level, words::day(due, zone), ask.asked));
    (by, ask.due.is_some_and(|due| due < now))
}

/// Why somebody is told news, as it ends a sentence.
const fn why(body: &Body) -> &'static str {
    match body {
        Body::SecondPerson(_) => "you could decide it",
        Body::Mentioned(_) => "somebody named you",
        _ => "you signed this notice, are asked to, or watch it",
    }
}

fn doubt(notice: &Brief) -> &'static str {
    match notice.authenticity {
        Authenticity::Failed => {
            "The announcement claims a sender that it does not come from. Do not follow its links; ask the provider by a way that you know."
        }
        _ => {
            "Nobody has proven yet who sent this announcement. Check it with the provider by a way that you know before you act on it."
        }
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
