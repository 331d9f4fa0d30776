//! The command: looks at a server's certificate from where the clients run, and puts what it saw on record. Needs no database
//! and no configuration.
//!
//! The small program `countersign-probe` and `countersign probe` of the large one are both this.

mod upload;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{Observation, Settings, Target, Trust, witnessed};

/// Look at a server's certificate as its clients see it. Exits with 1 where a client that checks would not connect.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign probe postgres://orders.db.example.com --ca /etc/ssl/rds-bundle.pem\n  \
                        countersign probe mysql://10.0.0.7 --name db.example.com --vantage 'production, orders' --json\n  \
                        countersign probe postgres://orders.db.example.com --ca /etc/ssl/rds-bundle.pem \\\n    \
                        --upload https://countersign.example.com --token-file /etc/countersign.token --notice N-12 \\\n    \
                        --step probe --place production"
)]
pub struct Arguments {
    /// postgres://HOST, mysql://HOST, smtp://HOST, https://HOST or tls://HOST:PORT.
    target: Target,
    /// The client's own bundle of authorities (PEM). Left out: the trust store of this machine.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The name that the certificate must bear, where it is not the host.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where this runs, in your words; it stands in the evidence.
    #[arg(long, value_name = "WORDS", default_value = "")]
    vantage: String,
    /// How long to try.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    /// Print what was seen as one line of JSON, ready to be attached as evidence.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    upload: upload::Arguments,
}

/// Runs the command to its end, and says whether a client that checks would connect.
///
/// # Errors
/// Where nothing could be looked at, or what was seen could not be put on record.
pub fn run(arguments: Arguments) -> anyhow::Result<bool> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(look(arguments))
}

async fn look(arguments: Arguments) -> anyhow::Result<bool> {
    // Before anything is connected to: a wrong address or an unreadable token must not be found out last.
    let record = arguments.upload.wanted()?;
    let trust = match &arguments.ca {
        Some(file) => Trust::bundle(file)?,
        None => Trust::system()?,
    };
    let target = Target { expect_name: arguments.name, ..arguments.target };
    let settings = Settings {
        trust,
        vantage: arguments.vantage,
        now: machine_now(),
        limit: Duration::from_secs(arguments.timeout),
        allow: None,
    };
    let seen = witnessed(&target, &settings).await?;
    if arguments.json {
        println!("{}", serde_json::to_string(&seen)?);
    } else {
        tell(&seen);
    }
    if let Some(record) = record {
        println!("{}", record.put(&seen).await?);
    }
    Ok(seen.is_success())
}

/// The time that validity is judged at is the machine's: so do its clients.
#[expect(
    clippy::disallowed_methods,
    reason = "a probe sees what a client of this machine sees, at this machine's time"
)]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

fn tell(seen: &Observation) {
    let (what, address) = (&seen.target, &seen.address);
    if address.is_empty() {
        println!("{what}")
    } else {
        println!("{what} ({address})")
    }
    for (depth, certificate) in seen.chain.iter().enumerate() {
        let until =
            certificate.not_after.map_or_else(|| "?".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        println!("  {depth}  {}", certificate.subject);
        println!("     issued by {}, until {until}", certificate.issuer);
        println!("     sha256 {}", certificate.sha256);
    }
    println!("  trust store: {}", seen.trust);
    match (&seen.reason, seen.is_success()) {
        (_, true) => println!("  a client with this trust store connects"),
        (Some(reason), false) => println!("  a client with this trust store DOES NOT connect: {reason}"),
        (None, false) => println!("  a client with this trust store DOES NOT connect"),
    }
}
