//! Signing in by a link in a mail. Whoever asks is told the same, after the same time, whether or not anybody has the
//! address; and whoever asks for somebody else takes nothing from them: links asked for before still work.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::limit::Source;
use super::{Begun, Device, Identity, IdentityError, JoinError, Method, Proven, Purpose, hash_of, normal_email};
use crate::clock::machine_now;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::letter::{Body, Proof, SignIn};
use crate::store::entity::{one_time_links, people};
use crate::store::proofs;

/// How long a link can be used.
const TIME: TimeDelta = TimeDelta::minutes(15);
/// So many mails to one address within [`TIME`]; then none, and whoever asks is told the same.
const TO_ONE: usize = 3;
/// So many from one source within [`TIME`], to whomever.
const FROM_ONE: usize = 20;
/// Every answer takes so long: what is done for a known address must not be seen by its time.
const EVEN: Duration = Duration::from_millis(250);

impl Identity {
    /// Mails a link that signs in, if somebody here has the address.
    ///
    /// # Errors
    /// [`IdentityError::WayClosed`]; [`IdentityError::TooManyAttempts`] for this source.
    pub async fn mail_link(&self, desk: &Desk, email: &str, to: &str, source: &Source) -> Result<(), JoinError> {
        self.ways.allows_mail()?;
        let email = normal_email(email);
        let (done, ()) = tokio::join!(self.mail_link_now(desk, &email, to, source), tokio::time::sleep(EVEN));
        done
    }

    async fn mail_link_now(&self, desk: &Desk, email: &str, to: &str, source: &Source) -> Result<(), JoinError> {
        let now = machine_now();
        let (from, whom) = (source.subject("mails"), hash_of(&format!("mails to {email}")));
        if self.asked(&from).await? >= FROM_ONE {
            return Err(IdentityError::TooManyAttempts { wait: TIME }.into());
        }
        let often = self.asked(&whom).await? >= TO_ONE;
        let rows = [from, whom].map(|subject| (self.ids.id(), subject)).to_vec();
        proofs::add_failures(self.store.writer(), rows, now.into()).await.map_err(IdentityError::from)?;
        let person = proofs::person_by_email(self.store.reader(), email).await.map_err(IdentityError::from)?;
        match person.filter(|person| person.active && person.joined_at.is_some()) {
            Some(person) if !often => self.send_link(desk, &person, to).await,
            _ => Ok(()),
        }
    }

    /// How often this was asked for lately.
    async fn asked(&self, subject: &str) -> Result<usize, IdentityError> {
        let from = (machine_now() - TIME).into();
        Ok(proofs::failures_since(self.store.reader(), subject, from).await?.len())
    }

    async fn send_link(&self, desk: &Desk, person: &people::Model, to: &str) -> Result<(), JoinError> {
        let (secret, now) = (self.entropy.secret(), machine_now());
        let row = one_time_links::Model {
            id: self.ids.id(),
            purpose: Purpose::SignIn.word().to_owned(),
            secret_hash: hash_of(&secret),
            person: Some(person.id),
            created_by: None,
            created_at: now.into(),
            expires_at: (now + TIME).into(),
            used_at: None,
        };
        let to: String = form_urlencoded::byte_serialize(super::provider::own_path(to).as_bytes()).collect();
        let url = format!("{}/sign-in/link/{secret}?to={to}", desk.settings.public_url);
        let minutes = u32::try_from(TIME.num_minutes()).unwrap_or(0);
        let letter = Body::SignIn(SignIn { proof: Proof::Link(url), minutes });
        let done: Result<(), DeskError> = transact!(desk, |txn| {
            let link = row.clone().into_active_model().reset_all();
            one_time_links::Entity::insert(link).exec_without_returning(txn).await?;
            desk.mail_in(txn, person, format!("sign_in/{}", row.id), letter.clone()).await
        });
        done?;
        desk.wake.notify_waiters();
        Ok(())
    }

    /// Signs in with the secret of a link.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`]; [`IdentityError::WayClosed`].
    pub async fn sign_in_by_link(&self, secret: &str, device: Device) -> Result<Begun, IdentityError> {
        self.ways.allows_mail()?;
        let person = self.redeem_in(self.store.writer(), Purpose::SignIn, secret).await?;
        let person = person.ok_or(IdentityError::LinkGone)?;
        let person = proofs::active_person(self.store.reader(), person).await?.ok_or(IdentityError::LinkGone)?;
        self.begin(person, Proven::now(Method::MailLink), device).await
    }
}
