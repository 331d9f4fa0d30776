//! Changing one's own password, and what is left for who has lost every way of proving who they are: an administrator takes
//! those ways from them, on record, and a link goes to their mailbox and to nobody else. And signing out, here or because the
//! provider says so.

use secrecy::SecretString;
use uuid::Uuid;

use super::provider::LOGOUT_COUNTS_FOR;
use super::{Begun, Identity, IdentityError, JoinError, Proven, Session, hash_of};
use crate::clock::machine_now;
use crate::desk::house::{Invitation, Way};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::store::entity::begun_proofs;
use crate::store::{accounts, is_conflict, proofs};

/// What a logout token that was used is kept as.
const LOGOUT: &str = "logout";

impl Identity {
    /// Sets the password of who is signed in. Their other sessions end, and this one gets a new secret.
    ///
    /// # Errors
    /// [`IdentityError::Weak`] says what is wrong with it; [`IdentityError::WayClosed`].
    pub async fn set_own_password(
        &self,
        desk: &Desk,
        session: &Session,
        password: &SecretString,
    ) -> Result<Begun, JoinError> {
        self.ways.allows_passwords()?;
        let person = session.person.id;
        let hash = self.new_password(password, &session.person.name, &session.person.email).await?;
        let actor = Actor::Person { id: PersonId(person) };
        let done: Result<(), DeskError> = transact!(desk, |txn| {
            self.keep_password_in(txn, person, &hash).await?;
            proofs::end_other_sessions(txn, person, session.id).await?;
            desk.way_in(txn, &actor, person, Way::Added("password")).await
        });
        done?;
        let (method, at) = (session.authenticated.method, session.authenticated.at);
        Ok(self.renew(session, Proven { at, ..Proven::now(method) }).await?)
    }

    /// Takes every way of proving who they are from a person, ends their sessions and tokens, and mails them a link for a new
    /// one. No page may show the link to who asked for it: it would let them sign in another's name.
    ///
    /// # Errors
    /// What the desk says: `NotFound`; `Conflict` (`not_active`, `not_joined`).
    pub async fn recover(&self, desk: &Desk, actor: Actor, person: Uuid) -> Result<Invitation, DeskError> {
        let made = transact!(desk, |txn| {
            let made = desk.recovery_in(txn, &actor, person).await?;
            proofs::forget_password(txn, person).await?;
            proofs::end_sessions_of(txn, person).await?;
            proofs::revoke_tokens_of(txn, person, machine_now().into()).await?;
            accounts::forget_ways_of(txn, person).await?;
            Ok(made)
        })?;
        desk.wake.notify_waiters();
        Ok(made)
    }

    /// Signs out here; says where to go to be signed out at the provider too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sign_out(&self, session: &Session, back: &str) -> Result<Option<String>, IdentityError> {
        let row = proofs::session_row(self.store.reader(), session.id).await?;
        self.end(session).await?;
        let Some((provider, id_token)) = row.and_then(|row| row.provider.zip(row.id_token)) else { return Ok(None) };
        // A provider that is configured no longer has nothing to say.
        let Ok(provider) = self.ways.provider(&provider) else { return Ok(None) };
        Ok(provider.farewell(&id_token, back).await)
    }

    /// Ends what a provider says has ended there. It counts once; what ends nothing here is no mistake of the provider's.
    ///
    /// # Errors
    /// [`IdentityError::Unproven`] says why its word does not hold; [`IdentityError::WayClosed`] for a provider that is none
    /// here.
    pub async fn ended_elsewhere(&self, provider: &str, token: &str) -> Result<u64, IdentityError> {
        let provider = self.ways.provider(provider)?;
        let ended = provider.ended(token).await?;
        let now = machine_now();
        let once = begun_proofs::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&format!("logout {} {}", provider.id, ended.id)),
            kind: LOGOUT.to_owned(),
            person: None,
            session: None,
            body: String::new(),
            created_at: now.into(),
            expires_at: (now + LOGOUT_COUNTS_FOR * 2).into(),
        };
        match accounts::begin(self.store.writer(), once).await {
            Err(error) if is_conflict(&error) => {
                return Err(IdentityError::Unproven("this logout token was used before".to_owned()));
            }
            other => other?,
        }
        let person = match &ended.subject {
            // Somebody who is not linked here any more has no session from there by that name.
            Some(subject) => match accounts::linked(self.store.writer(), &provider.id, subject).await? {
                Some(linked) => Some(linked.person),
                None => return Ok(0),
            },
            None => None,
        };
        let gone =
            proofs::end_provider_sessions(self.store.writer(), &provider.id, ended.session.as_deref(), person).await?;
        tracing::info!(provider = provider.id, gone, "a provider ended sessions");
        Ok(gone)
    }
}
