//! Answers to our mails: a known colleague's, when it authenticates, becomes a comment on its notice; never a signature.

use mail_parser::{HeaderValue, MessageParser};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::desk::file::Read;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause};
use crate::notice::fact::Authenticity;
use crate::notice::ids::{MessageId, NoticeId, PersonId};
use crate::store::entity::{messages, people};
use crate::store::intake::state;
use crate::store::{deliveries, filing, record};

/// The longest comment taken from a mail, in characters.
const LONGEST: usize = 10_000;

/// A mail that answers one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    from: String,
    /// Message-IDs of ours that it refers to, in angle brackets.
    ids: Vec<String>,
    /// What its author wrote, without what they quoted.
    text: String,
}

/// Reads a mail as an answer to one of ours; none where it refers to none, or brings another mail with it.
pub(crate) fn answer(raw: &[u8]) -> Option<Answer> {
    let mail = MessageParser::default().parse(raw)?;
    let ids: Vec<String> = [mail.in_reply_to(), mail.references()]
        .into_iter()
        .flat_map(named)
        .filter(|id| id.starts_with("cs.") && id.contains("@countersign."))
        .map(|id| format!("<{id}>"))
        .collect();
    let brings_another = mail.parts.iter().any(|part| part.is_message()) || mail.attachment_count() > 0;
    if ids.is_empty() || brings_another {
        return None;
    }
    let from = mail.from()?.first()?.address()?.to_lowercase();
    let text = own_words(&mail.body_text(0)?);
    Some(Answer { from, ids, text })
}

fn named<'a>(value: &'a HeaderValue<'a>) -> Vec<&'a str> {
    match value {
        HeaderValue::Text(id) => vec![id.as_ref()],
        HeaderValue::TextList(ids) => ids.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}

/// What stands above the quoted mail and the signature.
fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let introduces = |n: usize| {
        let line = lines[n].trim();
        let quoted_next =
            lines[n + 1..].iter().find(|next| !next.trim().is_empty()).is_some_and(|l| l.starts_with('>'));
        line.starts_with("-----Original") || line.starts_with("________") || (line.ends_with(':') && quoted_next)
    };
    let end = (0..lines.len())
        .find(|n| lines[*n] == "-- " || lines[*n].starts_with('>') || introduces(*n))
        .unwrap_or(lines.len());
    lines[..end].join("\n").trim().chars().take(LONGEST).collect()
}

impl Desk {
    /// Files an answer: as a comment by its sender where who sent it is proven, else for a person to look at.
    pub(crate) async fn answered(&self, read: &Read, answer: &Answer) -> Result<(), DeskError> {
        let Read { message, reading } = read;
        let notice = transact!(self, |txn| {
            let ours = filing::in_hand(txn, &[message.id]).await?;
            if ours.get(&message.id) != Some(&message.attempts) {
                return Ok(None);
            }
            filing::keep_readings(txn, vec![self.reading_row(message.id, reading)]).await?;
            let mut row = self.settled(read);
            let commented = self.comment_by(txn, message, answer).await?;
            if let Err(reason) = &commented {
                (row.state, row.reason) = (state::NEEDS_PERSON.to_owned(), Some(reason.clone()));
            }
            filing::settle(txn, vec![row]).await?;
            Ok(commented.ok())
        })?;
        if let Some(notice) = notice {
            self.tell_notice(notice);
        }
        Ok(())
    }

    /// The notice that now bears the comment, or why there is none.
    async fn comment_by(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        answer: &Answer,
    ) -> Result<Result<NoticeId, String>, DeskError> {
        let Some(notice) = self.notice_answered(txn, &answer.ids).await? else {
            return Ok(Err("It answers a mail of ours that is about no notice.".to_owned()));
        };
        let proven = matches!(message.authenticity.parse(), Ok(Authenticity::Verified | Authenticity::Vouched));
        let person = people::Entity::find().filter(people::Column::Email.eq(&answer.from)).one(txn).await?;
        let person = person.filter(|row| row.active && row.erased_at.is_none() && proven);
        let Some(person) = person else {
            return Ok(Err(format!(
                "It answers a mail of ours, but that {} sent it is not proven, so it is no comment.",
                answer.from
            )));
        };
        if answer.text.is_empty() {
            return Ok(Err("It answers a mail of ours without a word of its own.".to_owned()));
        }
        record::queue(txn, Stream::Notice(notice)).await?;
        let mut case = self.load(txn, notice).await?;
        let world = self.world(txn).await?;
        let context = self.context_of(&world, self.clock.now());
        let words = self.draft(&answer.text);
        let command = Command::Comment { text: words.reference, mentions: Default::default() };
        let made = match decide(&case, command, &Actor::Person { id: PersonId(person.id) }, &context) {
            Ok(made) => made,
            Err(refusal) => return Ok(Err(format!("It answers a mail of ours and is no comment: {refusal}"))),
        };
        let cause = Cause { message: Some(MessageId(message.id)), command: None };
        self.commit(txn, Some(&mut case), &world, made, (cause, vec![words])).await?;
        Ok(Ok(notice))
    }

    /// The notice that a mail of ours was about: by the mail itself, or by the thread's id, which names it.
    async fn notice_answered(&self, txn: &DatabaseTransaction, ids: &[String]) -> Result<Option<NoticeId>, DeskError> {
        let sent = deliveries::by_message_id(txn, ids).await?;
        if let Some(notice) = sent.iter().find_map(|delivery| delivery.notice) {
            return Ok(Some(NoticeId(notice)));
        }
        let named = ids.iter().filter_map(|id| id.strip_prefix("<cs.notice.")?.split('@').next()?.parse().ok());
        for id in named.map(NoticeId) {
            if record::head(txn, Stream::Notice(id)).await?.is_some() {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = "From: Alice <Alice@house.example>\r\nTo: cs@house.example\r\nSubject: Re: [N-1] x\r\n\
        In-Reply-To: <cs.abc@countersign.house.example>\r\n\
        References: <cs.notice.018fd118-97d2-7000-9164-af346c68194c@countersign.house.example>\r\n\r\n\
        The replica is done.\r\nThe primaries follow on Monday.\r\n\r\nOn Fri, 14 June 2024, Countersign wrote:\r\n\
        > Your sign-off is overdue\r\n";

    #[test]
    fn an_answer_is_its_authors_own_words() {
        let found = answer(REPLY.as_bytes()).expect("an answer");
        assert_eq!(found.from, "alice@house.example");
        assert_eq!(found.ids.len(), 2, "{:?}", found.ids);
        assert_eq!(found.text, "The replica is done.\nThe primaries follow on Monday.");
    }

    #[test]
    fn what_refers_to_nothing_of_ours_is_no_answer() {
        let foreign = REPLY.replace("@countersign.", "@elsewhere.");
        assert_eq!(answer(foreign.as_bytes()), None);
    }

    #[test]
    fn a_signature_and_outlooks_rule_end_the_words() {
        for (written, own) in [
            ("Yes.\n-- \nAlice", "Yes."),
            ("Yes.\n________________________________\nFrom: Countersign", "Yes."),
            ("To do:\n- the replica", "To do:\n- the replica"),
            ("> all quoted", ""),
        ] {
            assert_eq!(own_words(written), own);
        }
    }
}
