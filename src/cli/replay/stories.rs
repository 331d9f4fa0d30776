//! The two stories: what is tried when, and what is told at their ends.

use chrono::{DateTime, Utc};

use super::acts;
use super::stage::{Stage, listed};
use super::tell::Mark;
use crate::desk::Asked;
use crate::notice::command::Command;
use crate::notice::event::{Authenticated, Downgrade, Method};
use crate::notice::facts::Priority;
use crate::notice::gate::blockers;
use crate::notice::procedure::Gate;

const FIRST: &str = include_str!("2023-09.eml");
const SECOND: &str = include_str!("2024-01.eml");
const THIRD: &str = include_str!("2024-06.eml");

fn at(written: &str) -> DateTime<Utc> {
    written.parse().expect("the stories' times are written in RFC 3339; their test plays them")
}

/// The mails come and nobody acts.
pub(super) async fn silence(every: bool) -> anyhow::Result<()> {
    let mut stage = Stage::open(at("2023-09-18T16:02:11Z"), every).await?;
    stage.tell.heading("As it went: three mails, and nobody acts");
    stage.receives(FIRST).await?;
    acts::opens(&mut stage).await?;
    stage.looks().await?;
    stage.until(at("2023-09-19T09:40:00Z")).await?;
    housekeeping(&mut stage).await?;
    stage.until(at("2024-01-17T21:40:03Z")).await?;
    stage.receives(SECOND).await?;
    acts::joins(&mut stage, 2).await?;
    stage.looks().await?;
    stage.until(at("2024-06-12T20:01:37Z")).await?;
    stage.receives(THIRD).await?;
    acts::joins(&mut stage, 3).await?;
    stage.looks().await?;
    stage.until(at("2024-08-21T15:20:00Z")).await?;
    let close = "close it as done, the day before";
    stage.refused(stage.cast.ines, close, Command::Close).await?;
    stage.until(at("2024-08-22T17:08:50Z")).await?;
    stage.say(
        Mark::Expires,
        "rds-ca-2019. From this second on no client that verifies can connect. Coveralls was down for 2 h 17 min.",
    );
    reckoning(&stage).await
}

/// “Housekeeping with normal to low priority”: an engineer files it as such, alone.
async fn housekeeping(stage: &mut Stage) -> anyhow::Result<()> {
    let ines = stage.cast.ines;
    let reason = stage.desk.draft("Routine certificate housekeeping; there is almost a year.");
    let lower = Command::RaisePriority { to: Priority::Low, reason: Some(reason.reference) };
    stage.refused(ines, "file it as low-priority housekeeping", Asked::with(lower, [reason])).await?;

    let consequence = stage.desk.draft("If it is more than housekeeping, we notice late.");
    let authenticated = Authenticated { method: Method::Password, at: stage.now() };
    let (downgrade, consequence_of) = (Downgrade::LowerPriority { to: Priority::Low }, consequence.reference);
    let propose = Command::Propose { downgrade, consequence: consequence_of, authenticated };
    let case = stage.does(ines, Asked::with(propose, [consequence])).await?;
    stage.say(Mark::Proposed, "Ines proposes it instead, with what follows if she is wrong: “If it is more than housekeeping, we notice late.”");
    let proposed = case.proposals.last().map(|proposal| proposal.entry).expect("it was proposed just now");
    stage.refused(ines, "countersign it herself", Command::Countersign { proposed, authenticated }).await?;
    stage.refused(ines, "close it, then", Command::Close).await?;
    Ok(())
}

/// What stood in the way all the time, and who was told how often.
async fn reckoning(stage: &Stage) -> anyhow::Result<()> {
    let (case, context) = (stage.case().await?, stage.context().await?);
    let left = blockers(&case, Gate::Close, &context);
    println!();
    stage.tell.paragraph(&format!(
        "N-1 was never closed, and never looked harmless. Its priority stayed out of one person's reach; {} attempts were \
         refused. What stood between it and closing until the end:",
        stage.refused
    ));
    left.iter().for_each(|blocker| stage.tell.item(&blocker.sentence));
    let mails: usize = stage.sent.values().sum();
    let each: Vec<String> = stage.sent.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    stage.tell.paragraph(&format!("{mails} mails had said so: {}.", listed(&each)));
    Ok(())
}

/// The mails come and they act.
pub(super) async fn acting(every: bool) -> anyhow::Result<()> {
    let mut stage = Stage::open(at("2023-09-18T16:02:11Z"), every).await?;
    stage.tell.heading("As it goes when they act: assessed, scheduled, rotated, probed, signed, closed");
    stage.receives(FIRST).await?;
    acts::opens(&mut stage).await?;
    stage.looks().await?;
    stage.until(at("2023-09-19T10:00:00Z")).await?;
    acts::assesses(&mut stage).await?;
    stage.until(at("2023-10-05T13:30:00Z")).await?;
    acts::schedules(&mut stage, (at("2023-10-17T07:00:00Z"), at("2023-10-17T09:00:00Z"))).await?;
    stage.until(at("2023-10-17T09:20:00Z")).await?;
    acts::rotates(&mut stage, true).await?;

    stage.until(at("2024-01-17T21:40:03Z")).await?;
    stage.receives(SECOND).await?;
    acts::joins(&mut stage, 2).await?;
    stage.until(at("2024-06-12T20:01:37Z")).await?;
    stage.receives(THIRD).await?;
    acts::joins(&mut stage, 3).await?;
    stage.looks().await?;
    stage.until(at("2024-06-13T10:00:00Z")).await?;
    acts::assesses(&mut stage).await?;
    acts::schedules(&mut stage, (at("2024-06-18T07:00:00Z"), at("2024-06-18T08:00:00Z"))).await?;
    stage.until(at("2024-06-18T08:15:00Z")).await?;
    acts::rotates(&mut stage, false).await?;

    stage.until(at("2024-08-22T17:08:50Z")).await?;
    stage.say(
        Mark::Calm,
        "rds-ca-2019 expires. Nothing of ours depends on it any more, and who saw to that is on record.",
    );
    let mails: usize = stage.sent.values().sum();
    println!();
    stage.tell.paragraph(&format!(
        "{mails} mails in eleven months, most of them on the days on which somebody had to act. The record of the notice \
         proves who knew, who did what, who signed, and from where it was seen to work."
    ));
    Ok(())
}
