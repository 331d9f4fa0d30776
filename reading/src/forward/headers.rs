//! Rewrites of the headers by groups, lists and redirects: who really sent it.
//!
//! Owns the marks that Google Groups, mailing lists and RFC 5322 resending leave. It must not trust them for anything
//! but display and recognition.

use super::block::mailbox;
use crate::document::{Headers, Mailbox};
use crate::mail::written;

/// Words before the group's name in a rewritten display name: `'Acme NOC' via Ops <ops@example.org>`.
const VIA: &[&str] =
    &[" via ", " über ", " par ", " por medio de ", " através de ", " tramite ", " przez ", " prostřednictvím "];

/// Puts the true sender back into `from`, and gives who passed the mail on where the headers name them.
#[must_use]
pub fn undo_rewrites(headers: &mut Headers) -> Option<String> {
    let resent = headers.get("resent-from").map(str::to_owned);
    let true_sender = original_from(headers).or_else(|| behind_via(headers));
    let group = headers.from.clone();
    if let Some(sender) = true_sender {
        let rewritten = group.as_ref().is_some_and(|g| g.address != sender.address);
        headers.from = Some(sender);
        return resent.or_else(|| group.filter(|_| rewritten).as_ref().map(written));
    }
    resent
}

fn original_from(headers: &Headers) -> Option<Mailbox> {
    let fields = ["x-original-from", "x-google-original-from", "x-original-sender"];
    fields.iter().filter_map(|f| headers.get(f)).map(mailbox).find(|m| !m.address.is_empty())
}

fn behind_via(headers: &Headers) -> Option<Mailbox> {
    let from = headers.from.as_ref()?;
    let name = VIA.iter().find_map(|v| from.name.split_once(v)).map(|(name, _)| name)?;
    let reply = headers.reply_to.as_ref().filter(|r| !r.address.is_empty() && r.domain() != from.domain())?;
    Some(Mailbox { name: name.trim_matches(['\'', '"', ' ']).to_owned(), address: reply.address.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_rewrite_is_undone() {
        let via = Mailbox { name: "'Acme NOC' via Ops".into(), address: "ops@example.org".into() };
        let mut headers = Headers { from: Some(via.clone()), ..Headers::default() };
        headers.fields.push(("x-original-from".into(), "Acme NOC <noc@acme.example>".into()));
        assert_eq!(undo_rewrites(&mut headers).as_deref(), Some("'Acme NOC' via Ops <ops@example.org>"));
        assert_eq!(headers.from.as_ref().map(|f| f.address.as_str()), Some("noc@acme.example"));

        let reply = Mailbox { name: String::new(), address: "noc@acme.example".into() };
        let mut headers = Headers { from: Some(via), reply_to: Some(reply), ..Headers::default() };
        assert!(undo_rewrites(&mut headers).is_some());
        assert_eq!(
            headers.from.as_ref().map(|f| (f.name.as_str(), f.address.as_str())),
            Some(("Acme NOC", "noc@acme.example"))
        );
    }
}
