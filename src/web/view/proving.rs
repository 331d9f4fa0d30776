//! Ways of proving who one is: what is offered, and what goes back and forth.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::Named;
use crate::identity::{self, PASSKEY_ALGORITHMS, PASSKEY_TIME};
use crate::web::problem::Problem;

/// What a provider posts when it has ended a session.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LogoutForm {
    /// Its signed word for it.
    pub logout_token: String,
}

/// The ways in which somebody may prove who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaysIn {
    pub password: bool,
    /// A link that signs in, or a code that proves it again, by mail.
    pub mail: bool,
    pub passkey: bool,
    pub providers: Vec<Named>,
}

/// Signed out here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedOut {
    /// Where to go to be signed out at the provider too; null where there is no such place.
    pub go_to: Option<String>,
}

/// Asks for a link that signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkForm {
    #[schema(max_length = 254)]
    pub email: String,
    /// The path on the page to go on at.
    #[schema(max_length = 2000)]
    pub to: Option<String>,
}

/// The code that was mailed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    #[schema(value_type = String, max_length = 40)]
    pub code: SecretString,
}

/// What one goes to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrandForm {
    SignIn,
    Fresh,
    Link,
}

/// Goes to a provider.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartureForm {
    pub errand: ErrandForm,
    /// The path on the page to come back to.
    #[schema(max_length = 2000)]
    pub to: Option<String>,
}

/// Where to go.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DepartureView {
    pub url: String,
}

/// What a provider's redirect carries (RFC 6749, 4.1.2; RFC 9207).
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReturnQuery {
    pub state: Option<String>,
    pub code: Option<String>,
    pub error: Option<String>,
    pub iss: Option<String>,
}

/// What a browser needs to use a passkey. Bytes are in base64url.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyQuestion {
    pub challenge: String,
    /// The host that the passkey is bound to.
    pub party: String,
    /// Empty: any passkey that the browser knows for this host.
    pub credentials: Vec<String>,
    pub milliseconds: i64,
}

/// What a browser needs to make a passkey.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyOrder {
    #[serde(flatten)]
    pub question: PasskeyQuestion,
    pub party_name: String,
    /// The person's id as bytes.
    pub handle: String,
    pub email: String,
    pub name: String,
    /// COSE numbers, best first.
    pub algorithms: Vec<i32>,
}

/// A passkey that a browser has made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyMade {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(max_length = 4000)]
    pub client_data: String,
    #[schema(max_length = 100_000)]
    pub attestation: String,
}

/// A passkey that was used.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyUsed {
    #[schema(max_length = 2000)]
    pub credential: String,
    #[schema(max_length = 4000)]
    pub client_data: String,
    #[schema(max_length = 4000)]
    pub authenticator_data: String,
    #[schema(max_length = 4000)]
    pub signature: String,
    pub user_handle: Option<String>,
}

impl WaysIn {
    /// The ways that are open to anybody.
    #[must_use]
    pub fn open(ways: &identity::Ways) -> Self {
        let providers = ways.providers().map(|(id, name)| Named { id: id.to_owned(), name: name.to_owned() });
        Self { password: ways.passwords, mail: ways.mail, passkey: ways.passkeys(), providers: providers.collect() }
    }

    /// Those of the open ways that this person has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(identity: &identity::Identity, session: &identity::Session) -> Result<Self, Problem> {
        let mut ways = Self::open(identity.ways());
        let linked = identity.linked_accounts(session.person.id).await?;
        ways.providers.retain(|provider| linked.iter().any(|account| account.provider == provider.id));
        ways.password &= session.person.password_hash.is_some();
        ways.passkey = ways.passkey && !identity.passkeys(session.person.id).await?.is_empty();
        Ok(ways)
    }
}

impl From<identity::Challenge> for PasskeyQuestion {
    fn from(challenge: identity::Challenge) -> Self {
        Self {
            challenge: challenge.challenge,
            party: challenge.party.id,
            credentials: challenge.credentials,
            milliseconds: PASSKEY_TIME.num_milliseconds(),
        }
    }
}

impl PasskeyOrder {
    /// What a browser needs to make a passkey for who is signed in.
    #[must_use]
    pub fn of(challenge: identity::Challenge, session: &identity::Session) -> Self {
        Self {
            party_name: challenge.party.name.clone(),
            question: challenge.into(),
            handle: handle(session.person.id),
            email: session.person.email.clone(),
            name: session.person.name.clone(),
            algorithms: PASSKEY_ALGORITHMS.to_vec(),
        }
    }
}

fn handle(person: Uuid) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(person.as_bytes())
}

impl From<PasskeyMade> for identity::Made {
    fn from(form: PasskeyMade) -> Self {
        Self { name: form.name, client_data: form.client_data, attestation: form.attestation }
    }
}

impl From<PasskeyUsed> for identity::Used {
    fn from(form: PasskeyUsed) -> Self {
        Self {
            credential: form.credential,
            client_data: form.client_data,
            authenticator_data: form.authenticator_data,
            signature: form.signature,
            user_handle: form.user_handle,
        }
    }
}

impl From<ErrandForm> for identity::provider::Errand {
    fn from(errand: ErrandForm) -> Self {
        match errand {
            ErrandForm::SignIn => Self::SignIn,
            ErrandForm::Fresh => Self::Fresh,
            ErrandForm::Link => Self::Link,
        }
    }
}
