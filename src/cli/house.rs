//! Opens an installation from its configuration: database, keyring, clock, desk. What `serve` and the commands that work
//! on the same data share.

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::profiles;
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::desk::{Attachments, Desk, Keyring, Settings, providers};
use crate::store::Store;

/// Whether the schema may be brought up to date on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schema {
    BringUpToDate,
    /// Refuse to work on a database of another version.
    MustBeCurrent,
}

/// Opens the database alone.
pub(super) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    if config.uses_sqlite() {
        std::fs::create_dir_all(&config.server.data)
            .with_context(|| format!("the data folder {} cannot be made", config.server.data.display()))?;
    }
    Ok(Store::connect(&config.database_url()).await?)
}

/// Opens everything that use cases need.
pub(super) async fn open(config: &Config, schema: Schema, start: Option<DateTime<Utc>>) -> anyhow::Result<Desk> {
    if !config.reading.providers.as_os_str().is_empty() {
        providers::install(profiles::load(&config.reading.providers).context("reading.providers")?);
    }
    let store = open_store(config).await?;
    match schema {
        Schema::BringUpToDate => store.migrate().await.context("the database could not be brought up to date")?,
        Schema::MustBeCurrent => {
            let pending = store.pending_migrations().await?;
            if !pending.is_empty() {
                bail!("the database lacks {} migrations; run `countersign migrate` first", pending.len());
            }
        }
    }
    let entropy = Entropy::system();
    let keyring = Keyring::load_or_create(&config.keyring_file(), &entropy)?;
    let clock = start.map_or_else(Clock::system, Clock::starting_at);
    let settings = Settings {
        installation: config.server.name.clone(),
        public_url: config.server.public_url.trim_end_matches('/').to_owned(),
        local_mode: config.server.local_mode,
        attachments: Attachments {
            largest: config.evidence.max_attachment_bytes,
            types: config.evidence.attachment_types.clone(),
        },
        fresh_for: TimeDelta::minutes(i64::from(config.sign_in.fresh_minutes.max(1))),
        silence_factor: config.silence.factor,
        canary_within: TimeDelta::minutes(config.silence.canary_minutes.into()),
        reading_lease: TimeDelta::seconds(config.worker.lease_seconds.max(1).into()),
    };
    let desk = Desk::new(store, clock, entropy, keyring, settings);
    if schema == Schema::BringUpToDate {
        let sealed = desk.seal_hooks().await?;
        if sealed > 0 {
            tracing::info!(hooks = sealed, "secrets of hooks that stood in the database in clear are encrypted now");
        }
    }
    Ok(desk)
}
