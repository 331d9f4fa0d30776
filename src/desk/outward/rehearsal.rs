//! Rehearsing: which mail would go to whom when, from now to the provider's date. Sends nothing and keeps nothing.
//!
//! Of a notice as it stands, or as it would stand under another procedure; or of a procedure alone, on a notice made up for
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::desk::{Desk, DeskError, NoticeRef};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::{Open, open};
use crate::notice::context::Context;
use crate::notice::deadline;
use crate::notice::event::{Actor, Cause, MessageRef};
use crate::notice::fact::{Authenticity, Kind, Role, Status, When};
use crate::notice::facts::{Announced, AnnouncedDeadline};
use crate::notice::ids::{MessageId, NoticeId, ProcedureId, ProviderId};
use crate::notice::procedure::Procedure;
use crate::notice::reminder::{self, Act, Manner, Reminder, digest_at};
use crate::notice::stored::seal_all;
use crate::store::entity::people;
use sea_orm::EntityTrait as _;

/// How far off the date of a made-up notice is.
const MADE_UP: TimeDelta = TimeDelta::days(90);

/// What is rehearsed.
#[derive(Debug, Clone, Default)]
pub struct Rehearsed {
    /// As it stands; without one, a notice is made up.
    pub notice: Option<NoticeRef>,
    /// Under this procedure's newest version instead of its own.
    pub procedure: Option<String>,
    /// Under this draft of a procedure, in TOML.
    pub document: Option<String>,
    /// Of a made-up notice, the provider's date; without it, 90 days from now.
    pub hard_deadline: Option<When>,
}

/// Every mail of a ladder, played twice.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    pub from: DateTime<Utc>,
    /// The hard deadline as written; none where the notice names no date.
    pub hard_deadline: Option<When>,
    pub act_by: Option<DateTime<Utc>>,
    /// As if each gate passed on the moment when it is due.
    pub in_time: Vec<Act>,
    /// As if nobody did anything at all, to a month after the last date.
    pub silence: Vec<Reminder>,
    /// Names of everybody who would be written to.
    pub names: BTreeMap<Uuid, String>,
}

/// When a reminder would be in its reader's hands, and whether in a mail of its own.
#[must_use]
pub fn arrives(reminder: &Reminder, context: &Context) -> (DateTime<Utc>, Manner) {
    match reminder.manner() {
        Manner::Digest => (digest_at(reminder.person, reminder.at, context), Manner::Digest),
        Manner::Alone => (reminder.leaves(reminder.at, context), Manner::Alone),
    }
}

impl Desk {
    /// Rehearses, and hands out the context that it was done in.
    ///
    /// # Errors
    /// `NotFound` for a notice or procedure that is not there; `Invalid` where a draft is no procedure.
    pub async fn rehearsal(&self, of: Rehearsed) -> Result<(Rehearsal, Context), DeskError> {
        let mut context = self.context(self.store.reader()).await?;
        let procedure = procedure_of(&of, &mut context)?;
        let mut case = match of.notice {
            Some(notice) => self.case(notice).await?,
            None => self.made_up(procedure.as_ref(), of.hard_deadline, &context)?,
        };
        if let Some(procedure) = &procedure {
            case.procedure = procedure.pin(context.procedures.size);
        }
        let rows = people::Entity::find().all(self.store.reader()).await?;
        let dates = deadline::dates(&case, &context);
        let hard = deadline::hard(&case).and_then(|hard| hard.deadline);
        let mut silence = reminder::schedule(&case, &context);
        silence.retain(|reminder| reminder.at >= context.now);
        let rehearsal = Rehearsal {
            from: context.now,
            hard_deadline: hard.and_then(|id| case.facts.deadline(id)).map(|deadline| deadline.when),
            act_by: dates.map(|dates| dates.act_by),
            in_time: reminder::rehearse(&case, &context),
            silence,
            names: rows.into_iter().map(|row| (row.id, row.name)).collect(),
        };
        Ok((rehearsal, context))
    }

    /// A notice as a provider would announce it now, of the first kind that the procedure is for. It is nowhere kept.
    fn made_up(&self, procedure: Option<&Procedure>, hard: Option<When>, context: &Context) -> Result<Case, DeskError> {
        let kind = procedure.and_then(|p| p.matches.kinds.first().copied()).unwrap_or(Kind::CertificateRotation);
        let provider = procedure.and_then(|p| p.matches.providers.first().cloned());
        let when = hard.unwrap_or(When::Instant(context.now + MADE_UP));
        let message = MessageId(self.ids.id());
        let notice = NoticeId(self.ids.id());
        let announced = Announced {
            provider: provider.unwrap_or_else(|| ProviderId("rehearsal".to_owned())),
            kind,
            status: Status::Planned,
            title: self.draft("A rehearsal").reference,
            deadlines: vec![AnnouncedDeadline { role: Role::Forced, when, as_written: None, doubtful: false }],
            windows: Vec::new(),
            resources: Vec::new(),
            timeline: Vec::new(),
            pages: None,
        };
        let asked = Open {
            notice,
            number: 0,
            message: Some(MessageRef { id: message, commitment: None }),
            authenticity: Authenticity::Verified,
            announced,
        };
        let made = open(asked, &Actor::Provider { message }, context).map_err(DeskError::Refused)?;
        let made = made.into_iter().map(|made| (made.actor, made.event));
        let start = (0, crate::notice::text::Digest::ZERO);
        let sealed = seal_all(Stream::Notice(notice), start, context.now, Cause::default(), made);
        let recorded: Vec<_> = sealed.into_iter().map(|(_, recorded)| recorded).collect();
        Case::fold(&recorded).map_err(|_| DeskError::Unopened)
    }
}

/// The procedure to rehearse; a draft stands in the context as its newest version.
fn procedure_of(of: &Rehearsed, context: &mut Context) -> Result<Option<Procedure>, DeskError> {
    if let Some(document) = &of.document {
        let invalid = |message: String| DeskError::Invalid { field: "document", message };
        let draft = Procedure::parse(document, 1).map_err(|problem| invalid(problem.to_string()))?;
        let version = context.procedures.latest(&draft.id).map_or(1, |known| known.version + 1);
        let draft = Procedure { version, ..draft };
        Arc::make_mut(&mut context.procedures).add(draft.clone());
        return Ok(Some(draft));
    }
    let Some(id) = &of.procedure else { return Ok(None) };
    let missing = || DeskError::NotFound { what: "procedure", id: id.clone() };
    context.procedures.latest(&ProcedureId(id.clone())).cloned().map(Some).ok_or_else(missing)
}
