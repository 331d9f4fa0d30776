//! Whom a provider's word lets in: somebody linked before, somebody known by a verified address, or, from an allowed
//! domain, somebody new. And what their groups there give them here.

use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::provider::{Provider, Vouched};
use super::{Identity, IdentityError, JoinError, Role, Session};
use crate::clock::machine_now;
use crate::desk::house::{Belonging, NewPerson, Way};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::store::entity::{linked_accounts, people};
use crate::store::{accounts, proofs};

/// Why somebody is not let in: a stable code, and words.
type Not = (&'static str, String);

fn ended() -> Not {
    ("account_ended", "your account here has been ended; an administrator can open it again".to_owned())
}

/// What the desk would not write: a name or an address that is none.
fn odd(error: DeskError) -> IdentityError {
    match error {
        DeskError::Store(error) => error.into(),
        other => IdentityError::NotAdmitted { code: "not_admitted", told: other.to_string() },
    }
}

impl Identity {
    /// The person here whom the provider vouches for.
    ///
    /// # Errors
    /// [`IdentityError::NotAdmitted`] says why not, and who can help.
    pub(super) async fn admit(
        &self,
        desk: &Desk,
        provider: &Provider,
        vouched: &Vouched,
    ) -> Result<people::Model, IdentityError> {
        let admitted: Result<Result<Uuid, Not>, DeskError> = transact!(desk, |txn| {
            match self.whom(desk, txn, provider, vouched).await? {
                Ok(person) => {
                    self.take_over_groups(desk, txn, provider, vouched, person).await?;
                    Ok(Ok(person))
                }
                Err(told) => Ok(Err(told)),
            }
        });
        let person = match admitted {
            Ok(Ok(person)) => person,
            Ok(Err((code, told))) => return Err(IdentityError::NotAdmitted { code, told }),
            Err(error) => return Err(odd(error)),
        };
        let person = proofs::active_person(self.store.writer(), person).await?;
        person.ok_or_else(|| {
            let (code, told) = ended();
            IdentityError::NotAdmitted { code, told }
        })
    }

    async fn whom(
        &self,
        desk: &Desk,
        txn: &DatabaseTransaction,
        provider: &Provider,
        vouched: &Vouched,
    ) -> Result<Result<Uuid, Not>, DeskError> {
        let now = machine_now();
        if let Some(linked) = accounts::linked(txn, &provider.id, &vouched.subject).await? {
            accounts::touch_linked(txn, &provider.id, &vouched.subject, vouched.email.clone(), now.into()).await?;
            return Ok(match proofs::active_person(txn, linked.person).await? {
                Some(person) => Ok(person.id),
                None => Err(ended()),
            });
        }
        let Some(email) = &vouched.email else {
            let told = "has not verified your mail address, so nobody here can be found by it; verify it there, or sign in \
                        another way and link the account on the page “Your account”";
            return Ok(Err(("address_unverified", format!("{} {told}", provider.name()))));
        };
        let person = match proofs::person_by_email(txn, email).await? {
            Some(known) if !known.active => return Ok(Err(ended())),
            Some(known) => {
                if known.joined_at.is_none() {
                    desk.person_joined_in(txn, known.id).await?;
                }
                known.id
            }
            None if welcomes(provider, email) => self.add(desk, txn, vouched, email).await?,
            None => {
                let told = format!("nobody here has the address {email}; an administrator can invite you");
                return Ok(Err(("address_unknown", told)));
            }
        };
        link(desk, txn, provider, vouched, person).await?;
        Ok(Ok(person))
    }

    /// Somebody new, without a level: those are given here, or by their groups.
    async fn add(
        &self,
        desk: &Desk,
        txn: &DatabaseTransaction,
        vouched: &Vouched,
        email: &str,
    ) -> Result<Uuid, DeskError> {
        let name = vouched.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name: String = name.unwrap_or(email).chars().filter(|c| !c.is_control()).take(200).collect();
        let zone = vouched.zone.clone().filter(|zone| zone.parse::<chrono_tz::Tz>().is_ok());
        let new = NewPerson { name, email: email.to_owned(), zone, role: Role::Member, levels: Vec::new() };
        let person = desk.add_person_in(txn, &Actor::System, &new).await?;
        desk.person_joined_in(txn, person).await?;
        Ok(person)
    }

    /// Once an operator has said what a group gives, the provider decides at every sign-in; what it no longer lists is taken.
    async fn take_over_groups(
        &self,
        desk: &Desk,
        txn: &DatabaseTransaction,
        provider: &Provider,
        vouched: &Vouched,
        person: Uuid,
    ) -> Result<(), DeskError> {
        if provider.settings.groups.is_empty() {
            return Ok(());
        }
        let groups = vouched.groups.iter().cloned().collect();
        let belonging = Belonging::of(&groups, &provider.settings.groups);
        desk.belongs_in(txn, &Actor::System, person, &belonging).await
    }

    /// Links the account there to who is signed in here.
    pub(super) async fn link_account(
        &self,
        desk: &Desk,
        session: &Session,
        provider: &Provider,
        vouched: &Vouched,
    ) -> Result<(), IdentityError> {
        let person = session.person.id;
        let done: Result<bool, DeskError> = transact!(desk, |txn| {
            match accounts::linked(txn, &provider.id, &vouched.subject).await? {
                Some(linked) => Ok(linked.person == person),
                None => link(desk, txn, provider, vouched, person).await.map(|()| true),
            }
        });
        match done {
            Ok(true) => Ok(()),
            Ok(false) => Err(IdentityError::NotAdmitted {
                code: "linked_elsewhere",
                told: format!("this account at {} belongs to somebody else here already", provider.name()),
            }),
            Err(error) => Err(odd(error)),
        }
    }

    /// Unlinks a person's account at a provider. False where they have none there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unlink(&self, desk: &Desk, person: Uuid, provider: &str) -> Result<bool, JoinError> {
        let actor = Actor::Person { id: PersonId(person) };
        let done: Result<bool, DeskError> = transact!(desk, |txn| {
            let gone = accounts::unlink(txn, person, provider).await?;
            if gone {
                desk.way_in(txn, &actor, person, Way::Removed(provider)).await?;
            }
            Ok(gone)
        });
        Ok(done?)
    }

    /// A person's accounts at providers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn linked_accounts(&self, person: Uuid) -> Result<Vec<linked_accounts::Model>, IdentityError> {
        Ok(accounts::linked_of(self.store.reader(), person).await?)
    }
}

async fn link(
    desk: &Desk,
    txn: &DatabaseTransaction,
    provider: &Provider,
    vouched: &Vouched,
    person: Uuid,
) -> Result<(), DeskError> {
    let now = machine_now();
    let row = linked_accounts::Model {
        provider: provider.id.clone(),
        subject: vouched.subject.clone(),
        person,
        email: vouched.email.clone(),
        linked_at: now.into(),
        used_at: Some(now.into()),
    };
    accounts::link(txn, row).await?;
    desk.way_in(txn, &Actor::Person { id: PersonId(person) }, person, Way::Added(&provider.id)).await
}

/// Whether somebody with this address gets an account. The whole domain must fit: `evil-example.com` is not `example.com`.
fn welcomes(provider: &Provider, email: &str) -> bool {
    let domain = email.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
    provider.settings.domains.iter().any(|allowed| allowed.trim_start_matches('@').eq_ignore_ascii_case(domain))
}
