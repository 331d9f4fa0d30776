//! What people of the story do to the notice, gate by gate, and what comes of a mail.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};

use super::stage::{NOTICE, Person, Stage};
use super::tell::Mark;
use crate::desk::{Asked, Probed};
use crate::notice::case::{Case, Life};
use crate::notice::command::{Command, Sign};
use crate::notice::event::{Authenticated, Evidence, Method, Place, Verdict};
use crate::notice::facts::Mapping;
use crate::notice::gate::{self, blockers, places};
use crate::notice::ids::{Environment, ResourceId, TeamId};
use crate::notice::procedure::{EvidenceRule, Gate, Step};
use crate::notice::sight::Sight;
use crate::notice::subject::subject;
use crate::notice::{deadline, priority};
use crate::probe::{Certificate, Observation};

/// What the first mail has come to.
pub(super) async fn opens(stage: &mut Stage) -> anyhow::Result<()> {
    let (case, context) = (stage.case().await.context("the first mail opened no notice")?, stage.context().await?);
    let hard = deadline::hard(&case).context("the first mail names a date")?;
    let act_by = deadline::dates(&case, &context).context("the procedure is shipped")?.act_by;
    let procedure = context.procedure(&case).context("the procedure is shipped")?.title.clone();
    let told = format!(
        "N-1 opens by itself, by the procedure “{procedure}”: {} instances, hard deadline {}, to be acted on by {}, priority {}.",
        case.facts.resources.len(),
        hard.at.format("%-d %B %Y at %H:%M:%S"),
        act_by.format("%-d %B"),
        priority::effective(&case, &context),
    );
    stage.say(Mark::Notice, &told);
    Ok(())
}

/// What a later mail has come to: it has joined the one notice.
pub(super) async fn joins(stage: &mut Stage, messages: usize) -> anyhow::Result<()> {
    let case = stage.case().await?;
    ensure!(case.messages.len() == messages, "the mail did not join N-1, which has {} messages", case.messages.len());
    let record = stage.desk.notice(Sight::All, NOTICE).await?.record;
    let now: Vec<&str> =
        record.iter().filter(|event| event.at == stage.now()).map(|event| event.name.as_str()).collect();
    let new = now.iter().filter(|name| **name == "resource_added").count();
    let mut told = match new {
        0 => "the same once more; it joins N-1 and changes nothing.".to_owned(),
        1 => "it joins N-1, and names an instance that nobody has looked at yet.".to_owned(),
        n => format!("it joins N-1, and names {n} instances that nobody has looked at yet."),
    };
    if now.contains(&"reopened") {
        told.push_str(" N-1 had been closed, and is open again.");
    } else if matches!(case.life, Life::Closed { .. }) {
        told.push_str(" N-1 stays closed.");
    }
    stage.say(Mark::Notice, &told);
    Ok(())
}

/// Impact, instances, clients, and three signatures.
pub(super) async fn assesses(stage: &mut Stage) -> anyhow::Result<()> {
    let (ines, case) = (stage.cast.ines, stage.case().await?);
    if case.impact.is_none() {
        let impact = stage.desk.draft(
            "Every web and worker process verifies the server's certificate. Untouched, all of them stop at once.",
        );
        let words = impact.body.clone();
        stage.does(ines, Asked::with(Command::StateImpact { text: impact.reference }, [impact])).await?;
        stage.say(Mark::Done, &format!("Ines writes what it means: “{words}”"));
    }
    for deadline in case.facts.deadlines.iter().filter(|deadline| !deadline.confirmed) {
        stage.does(ines, Command::ConfirmDeadline { deadline: deadline.id }).await?;
    }
    let mapping = Mapping { environment: Environment("production".to_owned()), team: TeamId(stage.cast.team) };
    let unmapped: Vec<ResourceId> =
        case.facts.resources.iter().filter(|resource| resource.mapping.is_none()).map(|resource| resource.id).collect();
    for resource in &unmapped {
        stage.does(ines, Command::MapResource { resource: *resource, mapping: mapping.clone() }).await?;
    }
    if !unmapped.is_empty() {
        let which = if unmapped.len() == 1 {
            "the instance belongs".to_owned()
        } else {
            format!("the {} instances belong", unmapped.len())
        };
        stage.say(Mark::Done, &format!("Ines confirms where {which}: production, team Platform."));
    }
    works(stage, Gate::Assess).await?;
    let (mara, theo) = (stage.cast.mara, stage.cast.theo);
    signs(stage, Gate::Assess, &[ines, mara, theo]).await
}

/// Trust in the new authority, a rehearsal, a window, and two signatures.
pub(super) async fn schedules(stage: &mut Stage, window: (DateTime<Utc>, DateTime<Utc>)) -> anyhow::Result<()> {
    works(stage, Gate::Schedule).await?;
    let ines = stage.cast.ines;
    let text =
        stage.desk.draft("One instance, a probe, then the others; back to the old authority where a client fails.");
    let (start, end) = window;
    stage.does(ines, Asked::with(Command::PlanWindow { start, end, text: text.reference }, [text])).await?;
    let told = format!("Ines plans the window: {}–{}.", start.format("%-d %B %Y, %H:%M"), end.format("%H:%M"));
    stage.say(Mark::Done, &told);
    let mara = stage.cast.mara;
    signs(stage, Gate::Schedule, &[ines, mara]).await
}

/// The rotation, the probe, three signatures, and the end. At first from a laptop, where `laptop` says so.
pub(super) async fn rotates(stage: &mut Stage, laptop: bool) -> anyhow::Result<()> {
    works(stage, Gate::Close).await?;
    if laptop {
        probes(stage, "a laptop").await?;
        let jonas = stage.cast.jonas;
        let sign = verdict(stage, Gate::Close).await?;
        let refusal = stage.refused(jonas, "sign the closing after a probe from a laptop", sign).await?;
        ensure!(refusal.code == "gate_blocked", "a laptop's probe was refused for another reason: {}", refusal.message);
    }
    probes(stage, "production, web-7").await?;
    let (jonas, mara, theo) = (stage.cast.jonas, stage.cast.mara, stage.cast.theo);
    signs(stage, Gate::Close, &[jonas, mara, theo]).await?;
    stage.does(mara, Command::Close).await?;
    stage.say(Mark::Passes, "Mara closes N-1. It stays armed until the deadline has passed.");
    stage.looks().await
}

/// Ines does the steps of a gate that are not done yet, each with a note.
async fn works(stage: &mut Stage, gate: Gate) -> anyhow::Result<()> {
    let context = stage.context().await?;
    let case = stage.case().await?;
    let procedure = context.procedure(&case).context("the procedure is shipped")?;
    for step in procedure.steps_of(gate) {
        let left: Vec<Place> = places(&case, step).into_iter().filter(|place| !is_done(&case, step, place)).collect();
        for place in &left {
            let note = stage.desk.draft("Done as the procedure says; the log is in the team's folder.");
            let evidence = vec![Evidence::Note { text: note.reference }];
            let command = Command::DoStep { step: step.id.clone(), place: place.clone(), evidence };
            stage.does(stage.cast.ines, Asked::with(command, [note])).await?;
        }
        if !left.is_empty() {
            let times = if left.len() > 1 { format!(" ({} times)", left.len()) } else { String::new() };
            stage.say(Mark::Done, &format!("Ines: {}{times}.", step.title));
        }
    }
    Ok(())
}

fn is_done(case: &Case, step: &Step, place: &Place) -> bool {
    case.steps.get(&(step.id.clone(), place.clone())).is_some_and(|done| done.done)
}

/// What `countersign probe` sees of each place goes on record.
async fn probes(stage: &mut Stage, vantage: &str) -> anyhow::Result<()> {
    let (case, context) = (stage.case().await?, stage.context().await?);
    let procedure = context.procedure(&case).context("the procedure is shipped")?;
    let step = procedure.steps.iter().find(|step| step.evidence == EvidenceRule::Probe);
    let step = step.context("the shipped procedure asks for a probe")?;
    for place in places(&case, step) {
        let seen = seen(vantage, stage.now());
        let probed = Probed {
            vantage: vantage.to_owned(),
            target: seen.target.clone(),
            success: seen.is_success(),
            at: seen.at,
            seen: serde_json::to_vec(&seen)?,
        };
        stage.desk.add_probe(NOTICE, stage.cast.ines.actor(), (step.id.clone(), place), probed).await?;
    }
    stage.say(
        Mark::Done,
        &format!("countersign probe, from {vantage}: the chain of rds-ca-rsa2048-g1 is trusted there."),
    );
    Ok(())
}

/// What a client with the new bundle sees.
fn seen(vantage: &str, at: DateTime<Utc>) -> Observation {
    let host = "coverage-primary.us-east-1.rds.amazonaws.com";
    let server = Certificate {
        sha256: "5d1f".repeat(16),
        subject: format!("CN={host}"),
        issuer: "CN=Amazon RDS us-east-1 Root CA RSA2048 G1".to_owned(),
        serial: "2a".to_owned(),
        not_before: Some(at - TimeDelta::hours(1)),
        not_after: Some(at + TimeDelta::days(365)),
        names: vec![host.to_owned()],
        is_ca: false,
    };
    Observation {
        target: format!("postgres://{host}:5432"),
        address: "10.2.0.7:5432".to_owned(),
        vantage: vantage.to_owned(),
        at,
        tls_version: Some("TLSv1.3".to_owned()),
        chain: vec![server],
        trusted: true,
        name_matches: true,
        reason: None,
        trust: "system".to_owned(),
        failure: None,
    }
}

/// A verdict on the notice as it stands, freshly authenticated.
async fn verdict(stage: &Stage, gate: Gate) -> anyhow::Result<Command> {
    let subject = subject(&stage.case().await?, gate).digest;
    let authenticated = Authenticated { method: Method::Password, at: stage.now() };
    Ok(Command::Sign(Sign { gate, verdict: Verdict::Approve, level: None, subject, comment: None, authenticated }))
}

/// Those of the people sign whose signature the gate still misses, an hour apart; then the gate has passed.
async fn signs(stage: &mut Stage, gate: Gate, people: &[Person]) -> anyhow::Result<()> {
    for person in people {
        let case = stage.case().await?;
        if case.standing_at(gate).any(|sign_off| sign_off.person.0 == person.id && gate::is_current(&case, sign_off)) {
            continue;
        }
        stage.until(stage.now() + TimeDelta::hours(1)).await?;
        let sign = verdict(stage, gate).await?;
        let case = stage.does(*person, sign).await?;
        let context = stage.context().await?;
        let level =
            case.sign_offs.last().map(|sign_off| context.directory.level_name(&sign_off.level)).unwrap_or_default();
        stage.say(Mark::Signs, &format!("{}, as {}: {}", person.name, level.to_lowercase(), signed(gate)));
    }
    let (case, context) = (stage.case().await?, stage.context().await?);
    let left = blockers(&case, gate, &context);
    ensure!(
        left.is_empty(),
        "the gate {gate} did not pass: {:?}",
        left.iter().map(|b| &b.sentence).collect::<Vec<_>>()
    );
    stage.say(Mark::Passes, &format!("The gate “{gate}” has passed."));
    Ok(())
}

const fn signed(gate: Gate) -> &'static str {
    match gate {
        Gate::Assess => "the assessment",
        Gate::Schedule => "the schedule",
        Gate::Close => "the closing",
        Gate::Dismiss => "the dismissal",
    }
}
