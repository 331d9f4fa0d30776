//! A code by mail, typed in where one is signed in: proves again who signs, for people without a password, a passkey or a
//! provider that says when it asked.
//!
//! Not a link: a link that made another browser's session fresh would let whoever sits there sign in one's name.

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Begun, Identity, IdentityError, JoinError, Method, Proven, Session, hash_of};
use crate::clock::machine_now;
use crate::desk::Desk;
use crate::desk::DeskError;
use crate::desk::transact::transact;
use crate::notice::letter::{Body, Proof, SignIn};
use crate::store::accounts;
use crate::store::entity::begun_proofs;
use crate::store::proofs;

const KIND: &str = "code";
/// How long a code can be typed in.
const TIME: TimeDelta = TimeDelta::minutes(10);
/// A next one is mailed only after so long.
const BETWEEN: TimeDelta = TimeDelta::seconds(60);
/// So many wrong ones, and the code is worth nothing: the chance of a guess stays below one in ten million.
const TRIES: usize = 5;

#[derive(Serialize, Deserialize)]
struct Kept {
    salt: String,
    hash: String,
}

impl Identity {
    /// Mails a code to who is signed in. An earlier one no longer works.
    ///
    /// # Errors
    /// [`IdentityError::WayClosed`]; [`IdentityError::TooManyAttempts`] where one was mailed a moment ago.
    pub async fn mail_code(&self, desk: &Desk, session: &Session) -> Result<(), JoinError> {
        self.ways.allows_mail()?;
        let now = machine_now();
        let last = accounts::begun_by(self.store.reader(), session.id, KIND, now.into()).await;
        if let Some(last) = last.map_err(IdentityError::from)? {
            let wait = last.created_at.utc() + BETWEEN - now;
            if wait > TimeDelta::zero() {
                return Err(IdentityError::TooManyAttempts { wait: wait.max(TimeDelta::seconds(1)) }.into());
            }
        }
        let code = format!("{:08}", u64::from_be_bytes(self.entropy.bytes()) % 100_000_000);
        let salt = self.entropy.secret();
        let kept = Kept { hash: hash_of(&format!("{salt}{code}")), salt };
        let row = begun_proofs::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&self.entropy.secret()),
            kind: KIND.to_owned(),
            person: Some(session.person.id),
            session: Some(session.id),
            body: serde_json::to_string(&kept).unwrap_or_default(),
            created_at: now.into(),
            expires_at: (now + TIME).into(),
        };
        let minutes = u32::try_from(TIME.num_minutes()).unwrap_or(0);
        let letter = Body::SignIn(SignIn { proof: Proof::Code(code), minutes });
        let done: Result<(), DeskError> = transact!(desk, |txn| {
            accounts::drop_begun(txn, session.id, KIND).await?;
            accounts::begin(txn, row.clone()).await?;
            desk.mail_in(txn, &session.person, format!("code/{}", row.id), letter.clone()).await
        });
        done?;
        desk.wake.notify_waiters();
        Ok(())
    }

    /// Proves with the mailed code who signs.
    ///
    /// # Errors
    /// [`IdentityError::NotBegun`] where no code is waited for any more; [`IdentityError::Unproven`] for a wrong one.
    pub async fn refresh_by_code(&self, session: &Session, code: &SecretString) -> Result<Begun, IdentityError> {
        self.ways.allows_mail()?;
        let now = machine_now();
        let row = accounts::begun_by(self.store.writer(), session.id, KIND, now.into()).await?;
        let row = row.ok_or(IdentityError::NotBegun)?;
        let kept: Kept = serde_json::from_str(&row.body).map_err(|_| IdentityError::NotBegun)?;
        // Counted before it is compared: of many at once, five are looked at.
        let tries = hash_of(&format!("code {}", row.id));
        proofs::add_failures(self.store.writer(), vec![(self.ids.id(), tries.clone())], now.into()).await?;
        let tried = proofs::failures_since(self.store.writer(), &tries, row.created_at).await?.len();
        if tried > TRIES {
            accounts::drop_begun(self.store.writer(), session.id, KIND).await?;
            return Err(IdentityError::Unproven("too many wrong codes; ask for a new one".to_owned()));
        }
        let digits: String = code.expose_secret().chars().filter(char::is_ascii_digit).take(16).collect();
        let given = hash_of(&format!("{}{digits}", kept.salt));
        if !bool::from(given.as_bytes().ct_eq(kept.hash.as_bytes())) {
            return Err(IdentityError::Unproven("that is not the code that was mailed last".to_owned()));
        }
        if accounts::drop_begun(self.store.writer(), session.id, KIND).await? == 0 {
            return Err(IdentityError::NotBegun);
        }
        self.renew(session, Proven::now(Method::MailCode)).await
    }
}
