//! `countersign admin`: what an administrator does at the machine itself, where no page can be reached yet.

use clap::{Subcommand, ValueEnum};
use secrecy::ExposeSecret;

use super::{Exit, house, say};
use crate::config::Config;
use crate::desk::house::NewPerson;
use crate::desk::{Desk, DeskError};
use crate::dispatch::dkim::Signer;
use crate::identity::Identity;
use crate::notice::directory::Right;
use crate::notice::event::Actor;

/// What an administrator does at the machine itself.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints a one-time link that makes the first administrator.
    #[command(after_help = "Example:\n  countersign admin setup-link")]
    SetupLink,
    /// Adds a person, prints the link by which they set a password, and plans the mail with it.
    ///
    /// A person who was invited already gets a new link. From one who has an account every way of signing in is taken: it is
    /// how somebody comes in again where no administrator can reach the page.
    #[command(
        after_help = "Examples:\n  countersign admin invite grace@example.com --name \"Grace Hopper\" --level lead\n  \
                      countersign admin invite ada@example.com --name \"Ada Lovelace\" --level engineer --zone Europe/London"
    )]
    Invite(Invite),
    /// Accepts the time after a jump of the clock had paused the reminders.
    #[command(after_help = "Example:\n  date && countersign admin accept-clock")]
    AcceptClock,
    /// Prints the DNS record that belongs to mail.dkim_key, by which receivers check our signatures.
    #[command(
        after_help = "Example:\n  openssl genrsa -out dkim.pem 2048 && COUNTERSIGN_MAIL__DKIM_KEY=dkim.pem countersign \
                            admin dkim-record"
    )]
    DkimRecord,
}

#[derive(clap::Args)]
struct Invite {
    /// The person's mail address.
    address: String,
    /// Their name, where they are new.
    #[arg(long)]
    name: Option<String>,
    /// A level that they hold; may be given several times.
    #[arg(long)]
    level: Vec<String>,
    #[arg(long, value_enum, default_value = "member")]
    role: InvitedRole,
    /// Their zone, such as Europe/Berlin; they can change it.
    #[arg(long)]
    zone: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum InvitedRole {
    Administrator,
    Member,
    Auditor,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    if matches!(arguments.command, Command::DkimRecord) {
        return dkim_record(&config);
    }
    let desk = house::open(&config, house::Schema::BringUpToDate, None).await?;
    match arguments.command {
        Command::DkimRecord => dkim_record(&config),
        Command::SetupLink => setup_link(&desk).await,
        Command::Invite(invite) => self::invite(&desk, invite).await,
        Command::AcceptClock => {
            desk.accept_clock(Actor::System).await?;
            println!("The clock is accepted as it stands; reminders go on.");
            Ok(Exit::Fine)
        }
    }
}

fn dkim_record(config: &Config) -> anyhow::Result<Exit> {
    let from: lettre::message::Mailbox = config.mail.from.parse()?;
    let Some(signer) = Signer::from_config(&config.mail, from.email.domain())? else {
        say("mail.dkim_key is not set; `openssl genrsa -out dkim.pem 2048` makes a key");
        return Ok(Exit::No);
    };
    println!("{}. IN TXT {}", signer.name, in_pieces(&signer.record));
    Ok(Exit::Fine)
}

/// A text of the DNS is made of pieces of at most 255 bytes.
fn in_pieces(record: &str) -> String {
    let pieces: Vec<String> =
        record.as_bytes().chunks(255).map(|p| format!("\"{}\"", String::from_utf8_lossy(p))).collect();
    format!("( {} )", pieces.join(" "))
}

async fn setup_link(desk: &Desk) -> anyhow::Result<Exit> {
    let identity = Identity::new(desk.store.clone(), desk.ids.clone(), desk.entropy.clone());
    let Some(link) = identity.setup_link().await? else {
        say("there is an administrator already; they invite others on the page People");
        return Ok(Exit::No);
    };
    println!("{}/setup/{}", desk.settings.public_url, link.secret.expose_secret());
    Ok(Exit::Fine)
}

async fn invite(desk: &Desk, invite: Invite) -> anyhow::Result<Exit> {
    let person = match desk.person_by_email(&invite.address).await? {
        Some(known) => known.id,
        None => {
            let Some(name) = invite.name else {
                say(&format!("{} is not known yet: say --name too", invite.address));
                return Ok(Exit::Wrong);
            };
            let role = match invite.role {
                InvitedRole::Administrator => Right::Administrator,
                InvitedRole::Member => Right::Member,
                InvitedRole::Auditor => Right::Auditor,
            };
            let new = NewPerson { name, email: invite.address, zone: invite.zone, role, levels: invite.level };
            match desk.add_person(Actor::System, new).await {
                Ok(added) => added.id,
                Err(DeskError::Invalid { field, message }) => {
                    say(&format!("{field}: {message}"));
                    return Ok(Exit::Wrong);
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    let invitation = match desk.invite(Actor::System, person).await {
        Err(DeskError::Conflict { code: "has_joined", .. }) => {
            let identity = Identity::new(desk.store.clone(), desk.ids.clone(), desk.entropy.clone());
            identity.recover(desk, Actor::System, person).await?
        }
        made => made?,
    };
    println!("{}", invitation.link);
    Ok(Exit::Fine)
}
