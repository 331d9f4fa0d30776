//! Who one is here, and the forms by which one comes in.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::proving::WaysIn;
use crate::clock::machine_now;
use crate::identity;
use crate::notice::event::Method;
use crate::notice::procedure::Size;
use crate::web::App;
use crate::web::problem::Problem;

/// Who is signed in, how they proved it, and what the installation says of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    pub person: Me,
    pub role: crate::identity::Role,
    /// Ids of the levels held today.
    pub levels: Vec<String>,
    pub authenticated: AuthenticatedView,
    /// Until when a signature is taken without asking again who signs. Null: ask now.
    pub fresh_until: Option<DateTime<Utc>>,
    /// How this person can prove it again.
    pub ways: WaysIn,
    /// Mails land in a folder and on the Outbox page, and every page says so.
    pub local_mode: bool,
    /// The name of this installation.
    pub installation: String,
    /// The business clock: deadlines count from here, not from the reader's machine.
    pub now: DateTime<Utc>,
}

/// The person who is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    /// A zone of the tz database, in which the page shows times.
    pub zone: String,
}

/// How and when somebody proved who they are. Part of every signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Authenticated)]
pub struct AuthenticatedView {
    pub method: Method,
    pub at: DateTime<Utc>,
}

/// The form of signing in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[schema(max_length = 254)]
    pub email: String,
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: SecretString,
}

/// Proves again who one is, for a signature.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: SecretString,
}

/// Whether the first administrator is still missing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetupState {
    pub needed: bool,
    pub local_mode: bool,
}

/// Makes the first administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupForm {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(max_length = 254)]
    pub email: String,
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024)]
    pub password: SecretString,
    /// A zone of the tz database, such as `Europe/Berlin`.
    pub zone: String,
    /// How many people there are to sign: picks the set of procedures that they can satisfy.
    pub people: Size,
}

/// Whom a one-time link was sent to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    pub name: String,
    pub email: String,
}

/// Takes up an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationForm {
    /// Left out: the name that the invitation gave.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024)]
    pub password: SecretString,
    /// A zone of the tz database, such as `Europe/Berlin`.
    pub zone: String,
}

impl Session {
    /// What somebody who is signed in is told of themselves.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(app: &App, session: &identity::Session) -> Result<Self, Problem> {
        let person = &session.person;
        // Told by the business clock, as everything that the page compares with its `now`.
        let ahead = app.desk.clock.now() - machine_now();
        let authenticated = session.authenticated;
        Ok(Self {
            person: Me {
                id: person.id,
                name: person.name.clone(),
                email: person.email.clone(),
                zone: person.zone.clone(),
            },
            role: session.role,
            levels: app.identity.levels_of(person.id).await?,
            authenticated: AuthenticatedView { method: authenticated.method, at: authenticated.at + ahead },
            fresh_until: session.fresh_until.filter(|_| session.is_fresh()).map(|until| until + ahead),
            ways: WaysIn::of(&app.identity, session).await?,
            local_mode: app.desk.settings.local_mode,
            installation: app.desk.settings.installation.clone(),
            now: app.desk.clock.now(),
        })
    }
}
