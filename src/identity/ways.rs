//! The ways in which people may sign in here, as the operator chose them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;

use super::passkey::Party;
use super::password::Breached;
use super::provider::Provider;
use super::{IdentityError, Terms};
use crate::config::SignIn;
use crate::desk::house::DirectoryRules;

/// Which ways are open, and how long a proof lasts.
#[derive(Debug)]
pub struct Ways {
    pub passwords: bool,
    pub mail: bool,
    /// The party that passkeys are made for; none where they are closed or the address has no host to bind them to.
    pub(super) party: Option<Party>,
    pub(super) providers: BTreeMap<String, Arc<Provider>>,
    pub(super) breached: Option<Breached>,
    /// How the word of a directory is taken that keeps people here by SCIM.
    pub directory: DirectoryRules,
    pub terms: Terms,
}

impl Default for Ways {
    /// Passwords and mail.
    fn default() -> Self {
        let (providers, terms) = (BTreeMap::new(), Terms::default());
        let directory = DirectoryRules { invites: true, ..DirectoryRules::default() };
        Self { passwords: true, mail: true, party: None, providers, breached: None, directory, terms }
    }
}

impl Ways {
    /// The ways that a configuration opens, for people who reach the page at `public_url`.
    ///
    /// # Errors
    /// Where a file that it names cannot be read.
    pub fn from_config(config: &SignIn, public_url: &str, installation: &str) -> Result<Self, String> {
        let providers = config.providers.0.iter().map(|(id, settings)| {
            let provider = Provider::new(id, settings.clone(), public_url)?;
            Ok((id.clone(), Arc::new(provider)))
        });
        let hours = |hours: u32| TimeDelta::hours(i64::from(hours.max(1)));
        Ok(Self {
            passwords: config.passwords,
            mail: config.mail,
            party: config.passkeys.then(|| Party::at(public_url, installation)).flatten(),
            providers: providers.collect::<Result<_, String>>()?,
            breached: breached(&config.breached_passwords)?,
            directory: DirectoryRules { groups: config.scim.groups.clone(), invites: config.providers.0.is_empty() },
            terms: Terms {
                idle: hours(config.idle_hours),
                absolute: hours(config.absolute_hours),
                fresh: TimeDelta::minutes(i64::from(config.fresh_minutes.max(1))),
                ..Terms::default()
            },
        })
    }

    /// Whether people may have passkeys here.
    #[must_use]
    pub const fn passkeys(&self) -> bool {
        self.party.is_some()
    }

    /// The providers that one can sign in with: id and name for people, by id.
    pub fn providers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.providers.iter().map(|(id, provider)| (id.as_str(), provider.name()))
    }

    pub(super) fn provider(&self, id: &str) -> Result<&Arc<Provider>, IdentityError> {
        self.providers.get(id).ok_or(IdentityError::WayClosed("accounts of this provider"))
    }

    pub(super) const fn allows_passwords(&self) -> Result<(), IdentityError> {
        if self.passwords { Ok(()) } else { Err(IdentityError::WayClosed("passwords")) }
    }

    pub(super) const fn allows_mail(&self) -> Result<(), IdentityError> {
        if self.mail { Ok(()) } else { Err(IdentityError::WayClosed("mails")) }
    }

    pub(super) fn party(&self) -> Result<&Party, IdentityError> {
        self.party.as_ref().ok_or(IdentityError::WayClosed("passkeys"))
    }
}

fn breached(path: &Path) -> Result<Option<Breached>, String> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let told = |e| format!("sign_in.breached_passwords: {} cannot be read: {e}", path.display());
    Breached::open(path).map(Some).map_err(told)
}
