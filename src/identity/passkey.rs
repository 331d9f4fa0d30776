//! Passkeys (Web Authentication, Level 3): making one, signing in with one, and proving again with one who signs.
//!
//! Owns the ceremonies and what is kept between their halves. A ceremony counts once, for five minutes, for what it was begun
//! for. The authenticator must have verified its owner (a finger, a face, a PIN): one gesture is both factors. Attestation is
//! not asked for: which make of key somebody uses is their business.

mod data;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::limit::{BEGUN_BY_ONE, BEGUN_FROM_ONE, Source};
use super::{Begun, Device, Identity, IdentityError, JoinError, Method, Proven, Session, hash_of};
use crate::clock::machine_now;
use crate::desk::house::Way;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::store::entity::{begun_proofs, passkeys};
use crate::store::{accounts, proofs};
pub use data::ALGORITHMS;
use data::{AuthenticatorData, Key};

const KIND: &str = "passkey";
/// How long somebody may look for their key.
pub const TIME: TimeDelta = TimeDelta::minutes(5);
/// So many passkeys a person may have.
const MOST: usize = 20;

/// Whom passkeys are made for: the host that browsers bind them to, and the one origin that may use them.
#[derive(Debug, Clone)]
pub struct Party {
    pub id: String,
    pub name: String,
    origin: String,
}

impl Party {
    /// None where the address has no name: browsers bind no passkey to a number.
    #[must_use]
    pub fn at(public_url: &str, name: &str) -> Option<Self> {
        let url = reqwest::Url::parse(public_url).ok()?;
        let host = url.host_str()?;
        let named = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[');
        let secure = url.scheme() == "https" || host == "localhost";
        (named && secure).then(|| Self {
            id: host.to_owned(),
            name: name.to_owned(),
            origin: url.origin().ascii_serialization(),
        })
    }
}

/// What a ceremony was begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Errand {
    Enrol,
    SignIn,
    Fresh,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    errand: Errand,
}

/// What the browser needs to ask an authenticator. Bytes are in base64url without padding.
#[derive(Debug, Clone)]
pub struct Challenge {
    pub challenge: String,
    pub party: Party,
    /// To make one: whom for. To use one: nobody in particular where a person signs in.
    pub person: Option<Uuid>,
    /// Keys of this person: not to be made again, or one of which is to be used.
    pub credentials: Vec<String>,
}

/// What a browser gives back from making one.
#[derive(Debug, Clone)]
pub struct Made {
    pub name: String,
    pub client_data: String,
    pub attestation: String,
}

/// What a browser gives back from using one.
#[derive(Debug, Clone)]
pub struct Used {
    pub credential: String,
    pub client_data: String,
    pub authenticator_data: String,
    pub signature: String,
    pub user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    sort: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl Identity {
    /// Begins to make a passkey for who is signed in.
    ///
    /// # Errors
    /// [`IdentityError::WayClosed`]; [`IdentityError::Unproven`] where they have too many;
    /// [`IdentityError::TooManyAttempts`].
    pub async fn begin_passkey(&self, session: &Session) -> Result<Challenge, IdentityError> {
        let credentials = self.credentials(session.person.id).await?;
        if credentials.len() >= MOST {
            let told = format!("you have {MOST} passkeys already; remove one that you no longer use");
            return Err(IdentityError::Unproven(told));
        }
        self.may_begin(of_person(session), BEGUN_BY_ONE).await?;
        self.challenge(Errand::Enrol, Some(session), credentials).await
    }

    /// Keeps the passkey that was made.
    ///
    /// # Errors
    /// [`IdentityError::NotBegun`]; [`IdentityError::Unproven`] says what does not fit.
    pub async fn keep_passkey(&self, desk: &Desk, session: &Session, made: Made) -> Result<passkeys::Model, JoinError> {
        let party = self.ways.party()?.clone();
        let client_data = bytes(&made.client_data)?;
        self.answered(&party, &client_data, "webauthn.create", (Errand::Enrol, Some(session))).await?;
        let data = data::of_attestation(&bytes(&made.attestation)?).map_err(unproven)?;
        fits(&party, &data)?;
        let (credential, key) = data.made.ok_or_else(|| unproven("there is no key in it"))?;
        let now = machine_now();
        let row = passkeys::Model {
            id: self.ids.id(),
            person: session.person.id,
            name: made.name.trim().chars().take(100).collect(),
            credential: B64.encode(credential),
            body: serde_json::to_string(&key.counted(data.counter)).unwrap_or_default(),
            created_at: now.into(),
            used_at: None,
        };
        if accounts::passkey_of(self.store.reader(), &row.credential).await?.is_some() {
            return Err(unproven("this passkey is known here already").into());
        }
        let actor = Actor::Person { id: PersonId(row.person) };
        let done: Result<(), DeskError> = transact!(desk, |txn| {
            accounts::add_passkey(txn, row.clone()).await?;
            desk.way_in(txn, &actor, row.person, Way::Added("passkey")).await
        });
        done?;
        Ok(row)
    }

    /// Forgets a passkey of this person. False where they have no such passkey.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_passkey(&self, desk: &Desk, person: Uuid, id: Uuid) -> Result<bool, JoinError> {
        let actor = Actor::Person { id: PersonId(person) };
        let done: Result<bool, DeskError> = transact!(desk, |txn| {
            let gone = accounts::remove_passkey(txn, id, person).await?;
            if gone {
                desk.way_in(txn, &actor, person, Way::Removed("passkey")).await?;
            }
            Ok(gone)
        });
        Ok(done?)
    }

    /// A person's passkeys, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passkeys(&self, person: Uuid) -> Result<Vec<passkeys::Model>, IdentityError> {
        Ok(accounts::passkeys_of(self.store.reader(), person).await?)
    }

    /// Begins to sign in with a passkey, whosever it is; with a session, to prove again who that is.
    ///
    /// # Errors
    /// [`IdentityError::WayClosed`]; [`IdentityError::Unproven`] for a person without a passkey;
    /// [`IdentityError::TooManyAttempts`] for this source, or for this person.
    pub async fn ask_passkey(&self, session: Option<&Session>, source: &Source) -> Result<Challenge, IdentityError> {
        self.ways.party()?;
        let Some(session) = session else {
            self.may_begin(source.subject("passkey challenges"), BEGUN_FROM_ONE).await?;
            return self.challenge(Errand::SignIn, None, Vec::new()).await;
        };
        let credentials = self.credentials(session.person.id).await?;
        if credentials.is_empty() {
            return Err(IdentityError::Unproven("you have no passkey here yet".to_owned()));
        }
        self.may_begin(of_person(session), BEGUN_BY_ONE).await?;
        self.challenge(Errand::Fresh, Some(session), credentials).await
    }

    /// Signs in with a passkey.
    ///
    /// # Errors
    /// [`IdentityError::NotBegun`]; [`IdentityError::Unproven`] says what does not fit.
    pub async fn sign_in_by_passkey(&self, used: &Used, device: Device) -> Result<Begun, IdentityError> {
        let person = self.proven_by(used, (Errand::SignIn, None)).await?;
        let person = proofs::active_person(self.store.reader(), person).await?;
        let person = person.ok_or_else(|| unproven("the account of this passkey has been ended"))?;
        self.begin(person, Proven::now(Method::Passkey), device).await
    }

    /// Proves again with a passkey who signs.
    ///
    /// # Errors
    /// As [`Identity::sign_in_by_passkey`], and where it is somebody else's.
    pub async fn refresh_by_passkey(&self, session: &Session, used: &Used) -> Result<Begun, IdentityError> {
        let person = self.proven_by(used, (Errand::Fresh, Some(session))).await?;
        if person != session.person.id {
            return Err(unproven("this passkey is somebody else’s"));
        }
        self.renew(session, Proven::now(Method::Passkey)).await
    }

    async fn credentials(&self, person: Uuid) -> Result<Vec<String>, IdentityError> {
        Ok(self.passkeys(person).await?.into_iter().map(|row| row.credential).collect())
    }

    async fn challenge(
        &self,
        errand: Errand,
        session: Option<&Session>,
        credentials: Vec<String>,
    ) -> Result<Challenge, IdentityError> {
        let party = self.ways.party()?.clone();
        let (challenge, now) = (self.entropy.secret(), machine_now());
        let row = begun_proofs::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&challenge),
            kind: KIND.to_owned(),
            person: session.map(|session| session.person.id),
            session: session.map(|session| session.id),
            body: serde_json::to_string(&Kept { errand }).unwrap_or_default(),
            created_at: now.into(),
            expires_at: (now + TIME).into(),
        };
        accounts::begin(self.store.writer(), row).await?;
        Ok(Challenge { challenge, party, person: session.map(|session| session.person.id), credentials })
    }

    /// Whether the browser answers a challenge of ours, made for this errand and this session, on our own page.
    async fn answered(
        &self,
        party: &Party,
        client_data: &[u8],
        sort: &str,
        (errand, session): (Errand, Option<&Session>),
    ) -> Result<(), IdentityError> {
        let said: ClientData = serde_json::from_slice(client_data).map_err(|_| unproven("what the browser says"))?;
        let row = accounts::take(self.store.writer(), KIND, &hash_of(&said.challenge), machine_now().into()).await?;
        let row = row.ok_or(IdentityError::NotBegun)?;
        let kept: Kept = serde_json::from_str(&row.body).map_err(|_| IdentityError::NotBegun)?;
        if kept.errand != errand || row.session != session.map(|session| session.id) {
            return Err(IdentityError::NotBegun);
        }
        if said.sort != sort || said.origin != party.origin || said.cross_origin {
            return Err(unproven("it was made for another page than this one"));
        }
        Ok(())
    }

    /// Whose passkey signed the challenge.
    async fn proven_by(&self, used: &Used, errand: (Errand, Option<&Session>)) -> Result<Uuid, IdentityError> {
        let party = self.ways.party()?.clone();
        let client_data = bytes(&used.client_data)?;
        self.answered(&party, &client_data, "webauthn.get", errand).await?;
        let row = accounts::passkey_of(self.store.reader(), &used.credential).await?;
        let row = row.ok_or_else(|| unproven("this passkey is not known here"))?;
        if let Some(handle) = used.user_handle.as_deref().filter(|handle| !handle.is_empty())
            && bytes(handle)? != row.person.as_bytes()
        {
            return Err(unproven("it was made for somebody else"));
        }
        let key: Key = serde_json::from_str(&row.body).map_err(|_| unproven("its key cannot be read any more"))?;
        let raw = bytes(&used.authenticator_data)?;
        let data = AuthenticatorData::read(&raw).map_err(unproven)?;
        fits(&party, &data)?;
        if !key.signed(&raw, &client_data, &bytes(&used.signature)?) {
            return Err(unproven("its signature does not hold"));
        }
        if (data.counter > 0 || key.counter > 0) && data.counter <= key.counter {
            tracing::warn!(person = %row.person, passkey = %row.id, "a passkey's counter went back: there may be a copy of it");
            return Err(unproven("its counter went back, so there may be a copy of it; remove it and make a new one"));
        }
        let body = serde_json::to_string(&key.counted(data.counter)).unwrap_or_default();
        accounts::touch_passkey(self.store.writer(), row.id, body, machine_now().into()).await?;
        Ok(row.person)
    }
}

/// What is begun by somebody who is signed in counts against nobody else.
fn of_person(session: &Session) -> String {
    hash_of(&format!("passkey challenges of {}", session.person.id))
}

/// Made for this host, by an authenticator that verified its owner.
fn fits(party: &Party, data: &AuthenticatorData) -> Result<(), IdentityError> {
    let host = ring::digest::digest(&ring::digest::SHA256, party.id.as_bytes());
    if data.party != host.as_ref() {
        return Err(unproven("it was made for another host"));
    }
    if data.verified { Ok(()) } else { Err(unproven("the authenticator did not verify who uses it; set up its PIN")) }
}

fn unproven(told: impl std::fmt::Display) -> IdentityError {
    IdentityError::Unproven(format!("the passkey proves nothing: {told}"))
}

fn bytes(text: &str) -> Result<Vec<u8>, IdentityError> {
    B64.decode(text.trim_end_matches('=')).map_err(|_| unproven("its bytes are not in base64url"))
}
