//! Who asks, as extractors: a handler that takes one has checked it, and one that forgot has nobody to act for.
//!
//! [`Reader`] may look at everything that is not closed to them ([`Eyes`], and `seen` for what an address names).
//! [`Member`] works on notices and has a session: a token cannot, so no token ever signs or decides. [`Administrator`]
//! changes people and procedures. [`Ingester`] brings messages in, [`Prober`] what a probe saw, [`Directory`] what a
//! directory elsewhere says of people.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use super::problem::Problem;
use super::{App, cookie};
use crate::desk::sight_of;
use crate::identity::{Device, Presence, Role, Scope, Session, Source};
use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::notice::sight::Sight;
use crate::store::entity::people;

/// A page says with this header that nobody asked for what it loads. Whoever leaves it out is taken to be there; whoever adds it
/// only shortens their own session.
pub const BACKGROUND: &str = "countersign-background";

/// Somebody with a session, of any role.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Session);

/// Somebody who has just proved who they are: what changes how they can prove it takes no less than a signature.
#[derive(Debug, Clone)]
pub struct Fresh(pub Session);

/// An administrator who has just proved who they are.
#[derive(Debug, Clone)]
pub struct FreshAdministrator(pub Session);

/// Somebody who may look: a session of any role, or a token with the scope `read`.
#[derive(Debug, Clone)]
pub struct Reader {
    pub person: people::Model,
    /// A program with a token, which sees no more than it must.
    pub by_token: bool,
}

/// Somebody with a session who may work on notices.
#[derive(Debug, Clone)]
pub struct Member(pub Session);

/// Somebody with a session who may change people, levels and procedures.
#[derive(Debug, Clone)]
pub struct Administrator(pub Session);

/// Somebody who may bring messages in: a member's session, or a token with the scope `ingest`.
#[derive(Debug, Clone)]
pub struct Ingester {
    pub person: people::Model,
    /// The one channel that the token is bound to; none for a session and for every other token.
    pub channel: Option<String>,
}

/// Somebody who may put on record what a probe saw: a member's session, or a token with the scope `probe`.
#[derive(Debug, Clone)]
pub struct Prober {
    pub person: people::Model,
    /// Where the token stands, which is what it is called; none for a session.
    pub vantage: Option<String>,
}

/// A directory that keeps people and groups here: a token with the scope `scim`, of somebody who administers still.
#[derive(Debug, Clone)]
pub struct Directory(people::Model);

impl Directory {
    /// Who made the token acts: what nobody gives themselves, they do not get by it either.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::Person { id: PersonId(self.0.id) }
    }

    /// # Errors
    /// 401 without such a token; 403 for every other one, for a session, and where who made it no longer administers.
    pub async fn of(parts: &Parts, app: &App) -> Result<Self, Problem> {
        match proof(parts, app).await? {
            Proof::Token(_, scopes, _) if !scopes.contains(&Scope::Scim) => Err(lacks(Scope::Scim)),
            Proof::Token(person, ..) if person.role == Role::Administrator.word() => Ok(Self(*person)),
            Proof::Token(..) => Err(Problem::forbidden(
                "Who made this token does not administer any more. An administrator makes a new one.",
            )),
            Proof::Session(_) => Err(Problem::forbidden("This is for a directory, with a token of its own.")),
        }
    }
}

/// Somebody who looks, and sees what they may see.
pub trait Eyes {
    fn person(&self) -> &people::Model;

    fn sight(&self) -> Sight {
        sight_of(self.person())
    }
}

impl Eyes for SignedIn {
    fn person(&self) -> &people::Model {
        &self.0.person
    }
}

impl Eyes for Reader {
    fn person(&self) -> &people::Model {
        &self.person
    }
}

impl Eyes for Member {
    fn person(&self) -> &people::Model {
        &self.0.person
    }
}

impl Eyes for Administrator {
    fn person(&self) -> &people::Model {
        &self.0.person
    }
}

impl Eyes for Prober {
    fn person(&self) -> &people::Model {
        &self.person
    }
}

impl Prober {
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::Person { id: PersonId(self.person.id) }
    }
}

impl SignedIn {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.0.person.id
    }

    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::Person { id: PersonId(self.id()) }
    }
}

impl Reader {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.person.id
    }

    /// # Errors
    /// Where the row holds a role that this program does not know.
    pub fn role(&self) -> Result<Role, Problem> {
        self.person.role.parse().map_err(|e: crate::notice::fact::UnknownWord| Problem::internal(&e))
    }
}

impl Member {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.0.person.id
    }

    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::Person { id: PersonId(self.id()) }
    }
}

impl Administrator {
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.0.person.id
    }

    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::Person { id: PersonId(self.id()) }
    }
}

/// What a request carries to say who asks.
enum Proof {
    Session(Box<Session>),
    Token(Box<people::Model>, Vec<Scope>, Option<String>),
}

async fn proof(parts: &Parts, app: &App) -> Result<Proof, Problem> {
    if let Some(secret) = bearer(&parts.headers) {
        let found = app.identity.token(secret).await?;
        let found = found.ok_or_else(Problem::not_signed_in)?;
        return Ok(Proof::Token(Box::new(found.person), found.scopes, found.channel));
    }
    let secret = cookie::secret(&parts.headers, app.site.secure).ok_or_else(Problem::not_signed_in)?;
    let session = app.identity.session(&secret, presence(parts)).await?.ok_or_else(Problem::not_signed_in)?;
    Ok(Proof::Session(Box::new(session)))
}

/// What an open page asks by itself: the stream of changes, and what it loads anew because of one.
fn presence(parts: &Parts) -> Presence {
    let stream = parts.extensions.get::<MatchedPath>().is_some_and(|path| path.as_str() == "/api/v1/events");
    let by_itself = stream || parts.headers.contains_key(BACKGROUND);
    if by_itself { Presence::Background } else { Presence::Used }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

async fn session(parts: &Parts, app: &App) -> Result<Session, Problem> {
    match proof(parts, app).await? {
        Proof::Session(session) => Ok(*session),
        Proof::Token(..) => Err(Problem::forbidden(
            "A token cannot do this: it takes a person who has signed in. Tokens read, bring messages in, and upload what a probe saw.",
        )),
    }
}

fn lacks(scope: Scope) -> Problem {
    Problem::forbidden(format!("This token lacks the scope “{scope}”."))
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        session(parts, app).await.map(Self)
    }
}

fn fresh(session: Session) -> Result<Session, Problem> {
    must_be_fresh(&session).map(|()| session)
}

/// Whether this person has just proved who they are.
///
/// # Errors
/// 401 `fresh_authentication_needed`.
pub fn must_be_fresh(session: &Session) -> Result<(), Problem> {
    if session.is_fresh() {
        return Ok(());
    }
    let told = "This takes an authentication of just now; authenticate again.";
    Err(Problem::new(StatusCode::UNAUTHORIZED, "fresh_authentication_needed", told))
}

impl FromRequestParts<App> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        session(parts, app).await.and_then(fresh).map(Self)
    }
}

impl FromRequestParts<App> for FreshAdministrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Administrator(session) = Administrator::from_request_parts(parts, app).await?;
        fresh(session).map(Self)
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match proof(parts, app).await? {
            Proof::Session(session) => Ok(Self { person: session.person, by_token: false }),
            Proof::Token(person, scopes, _) if scopes.contains(&Scope::Read) => {
                Ok(Self { person: *person, by_token: true })
            }
            Proof::Token(..) => Err(lacks(Scope::Read)),
        }
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = session(parts, app).await?;
        if session.role.may_change() { Ok(Self(session)) } else { Err(auditor()) }
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = session(parts, app).await?;
        if session.role == Role::Administrator {
            Ok(Self(session))
        } else {
            Err(Problem::forbidden("This takes an administrator."))
        }
    }
}

impl FromRequestParts<App> for Ingester {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match proof(parts, app).await? {
            Proof::Session(session) if session.role.may_change() => Ok(Self { person: session.person, channel: None }),
            Proof::Session(_) => Err(auditor()),
            Proof::Token(person, scopes, channel) if scopes.contains(&Scope::Ingest) => {
                Ok(Self { person: *person, channel })
            }
            Proof::Token(..) => Err(lacks(Scope::Ingest)),
        }
    }
}

impl FromRequestParts<App> for Prober {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match proof(parts, app).await? {
            Proof::Session(session) if session.role.may_change() => Ok(Self { person: session.person, vantage: None }),
            Proof::Session(_) => Err(auditor()),
            Proof::Token(person, scopes, _) if scopes.contains(&Scope::Probe) => {
                let name = app.identity.token_name(bearer(&parts.headers).unwrap_or_default()).await?;
                Ok(Self { person: *person, vantage: Some(name.ok_or_else(Problem::not_signed_in)?) })
            }
            Proof::Token(..) => Err(lacks(Scope::Probe)),
        }
    }
}

fn auditor() -> Problem {
    Problem::forbidden("An auditor reads everything and changes nothing.")
}

/// Where a request comes from and with which program, for counting attempts and for naming sessions.
#[derive(Debug, Clone)]
pub struct Client {
    pub source: Source,
    pub device: Device,
    /// The session that the browser carried before, which ends when it signs in anew.
    pub before: Option<String>,
}

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let address = address(parts, app.site.behind_proxy);
        let device = Device { agent, address: Some(address.to_string()) };
        Ok(Self { source: address.into(), device, before: cookie::secret(&parts.headers, app.site.secure) })
    }
}

/// The peer's address, or what the proxy in front says of it: the last entry, since all before it are the client's words.
#[must_use]
pub fn address(parts: &Parts, behind_proxy: bool) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
    let told = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse().ok());
    told.filter(|_| behind_proxy).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(forwarded: &[&str]) -> Parts {
        let mut request = axum::http::Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts.extensions.insert(ConnectInfo("203.0.113.7:4000".parse::<SocketAddr>().unwrap()));
        parts
    }

    #[test]
    fn without_a_proxy_nobody_can_claim_another_address() {
        let peer: IpAddr = "203.0.113.7".parse().unwrap();
        assert_eq!(address(&parts(&["198.51.100.1"]), false), peer);
    }

    #[test]
    fn behind_a_proxy_only_its_own_entry_counts() {
        let told: IpAddr = "198.51.100.1".parse().unwrap();
        assert_eq!(address(&parts(&["10.0.0.1, 198.51.100.1"]), true), told);
        assert_eq!(address(&parts(&["10.0.0.1", "10.0.0.2, 198.51.100.1"]), true), told);
        assert_eq!(address(&parts(&["nonsense"]), true), "203.0.113.7".parse::<IpAddr>().unwrap());
    }
}
