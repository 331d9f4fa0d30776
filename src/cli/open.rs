//! `countersign open`: opens a notice that no message announced, for scripts and for a machine without a browser.

use chrono::{DateTime, NaiveDate};

use super::{Exit, house, say};
use crate::config::Config;
use crate::desk::DeskError;
use crate::notice::event::Actor;
use crate::notice::fact::{Kind, Role, Status, When};
use crate::notice::facts::{Announced, AnnouncedDeadline, AnnouncedResource};
use crate::notice::ids::ProviderId;

/// Open a notice by hand: told by telephone, seen on a page, found in a console. Prints its number.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  countersign open --provider aws --kind certificate_rotation --title 'rds-ca-2019 expires' \\\n    \
                        --deadline hard_expiry=2024-08-22T17:08:50Z --resource orders-primary"
)]
pub(super) struct Arguments {
    /// A provider's id, such as aws, or its name.
    #[arg(long)]
    provider: String,
    /// certificate_rotation, end_of_life, deprecation, scheduled_maintenance, security, incident, account_billing or
    /// informational.
    #[arg(long)]
    kind: Kind,
    #[arg(long)]
    title: String,
    /// ROLE=DATE, the role being recommended_by, auto_applied, forced or hard_expiry, and the date 2024-08-22 or an instant
    /// such as 2024-08-22T17:08:50Z. May be given several times.
    #[arg(long, value_name = "ROLE=DATE", value_parser = deadline)]
    deadline: Vec<(Role, When)>,
    /// What is affected, as the provider writes it. May be given several times.
    #[arg(long, value_name = "ID")]
    resource: Vec<String>,
}

fn deadline(written: &str) -> Result<(Role, When), String> {
    let (role, date) = written.split_once('=').ok_or("write it as hard_expiry=2024-08-22")?;
    let role = role.parse::<Role>().map_err(|error| error.to_string())?;
    let when = date.parse::<NaiveDate>().map(When::date);
    let when = when.or_else(|_| DateTime::parse_from_rfc3339(date).map(|at| When::Instant(at.to_utc())));
    when.map(|when| (role, when))
        .map_err(|_| format!("“{date}” is neither a date (2024-08-22) nor an instant (2024-08-22T17:08:50Z)"))
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
    let title = desk.draft(arguments.title.trim());
    let deadlines = arguments.deadline.into_iter();
    let resources = arguments.resource.into_iter();
    let announced = Announced {
        provider: ProviderId(arguments.provider),
        kind: arguments.kind,
        status: Status::Planned,
        title: title.reference,
        deadlines: deadlines
            .map(|(role, when)| AnnouncedDeadline { role, when, as_written: None, doubtful: false })
            .collect(),
        windows: Vec::new(),
        resources: resources
            .map(|key| AnnouncedResource { key, sort: "resource".to_owned(), account: None, region: None })
            .collect(),
        timeline: Vec::new(),
        pages: None,
    };
    match desk.open_by_hand(Actor::System, announced, vec![title], None).await {
        Ok(case) => {
            println!("N-{}  {}/notices/{}", case.number, desk.settings.public_url, case.number);
            Ok(Exit::Fine)
        }
        Err(DeskError::Refused(refusal)) => {
            say(&refusal.message);
            Ok(Exit::No)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_role_and_a_date() {
        let day = NaiveDate::from_ymd_opt(2024, 8, 22).unwrap();
        assert_eq!(deadline("hard_expiry=2024-08-22"), Ok((Role::HardExpiry, When::date(day))));
        let (role, when) = deadline("forced=2024-08-22T17:08:50Z").unwrap();
        assert_eq!((role, when.to_string().as_str()), (Role::Forced, "2024-08-22T17:08:50Z"));
        for wrong in ["2024-08-22", "never=2024-08-22", "forced=August"] {
            assert!(deadline(wrong).is_err(), "{wrong} must be refused");
        }
    }
}
