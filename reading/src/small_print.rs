//! What stands in a mail without belonging to the message: signatures, legal footers, mailing-list trailers, warnings
//! that a mail gateway put on top.
//!
//! Owns telling them from the message by their marks, which are data below. It must not drop a word: the lines stay in
//! the text and are only marked.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::document::{LineKind, Part};

/// A gateway's warning is one of the first live lines and says one of these.
const BANNER: &[&str] = &[
    "external email",
    "external e-mail",
    "external sender",
    "external message",
    "[external]",
    "email originated outside",
    "e-mail originated outside",
    "originated from outside",
    "message originated outside",
    "sent from outside your organization",
    "came from outside",
    "from an external source",
    "from an external sender",
    "do not click links or open attachments",
    "do not click on links or open attachments",
    "do not click any links",
    "don't often get email from",
    "think before you click",
    "cautious with links",
    "externe e-mail",
    "externer absender",
    "von außerhalb",
    "e-mail stammt von extern",
    "expéditeur externe",
    "provient de l'extérieur",
    "remitente externo",
    "correo externo",
    "mittente esterno",
    "email esterna",
    "remetente externo",
    "externe afzender",
    "extern avsändare",
    "ekstern afsender",
    "zewnętrzny nadawca",
    "this sender is trusted",
    "learn why this is important",
];

/// From a line that says one of these on, all is small print. The bool: also when it is not in the last part of the mail.
const FOOTER: &[(&str, bool)] = &[
    ("confidentiality notice", true),
    ("this email and any attachments", false),
    ("this e-mail and any attachments", false),
    ("this message and any attachments", false),
    ("intended only for the", false),
    ("intended solely for", false),
    ("if you are not the intended recipient", false),
    ("if you have received this communication in error", false),
    ("if you received this email in error", false),
    ("you are receiving this email because", false),
    ("you received this email because", false),
    ("you're receiving this email because", false),
    ("you have received this mandatory", false),
    ("you received this message because", false),
    ("to unsubscribe", false),
    ("unsubscribe from", false),
    ("manage your preferences", false),
    ("update your email preferences", false),
    ("email preferences", false),
    ("all rights reserved", false),
    ("is a registered trademark", false),
    ("this message was produced and distributed by", false),
    ("privacy policy", false),
    ("privacy statement", false),
    ("company registered in", false),
    ("registered office", false),
    ("registered in england", false),
    ("diese e-mail enthält vertrauliche", false),
    ("handelsregister", false),
    ("amtsgericht", false),
    ("ce message et toutes les pièces jointes", false),
    ("ce message est confidentiel", false),
    ("este mensaje y sus", false),
    ("questo messaggio", false),
    ("copyright ©", false),
    ("please do not reply to this email address", false),
    ("unsubscribe", false),
    ("to stop receiving emails from it", false),
];

/// A closing formula that stands alone on its line; what follows is the signature.
const CLOSING: &[&str] = &[
    "regards",
    "best regards",
    "kind regards",
    "warm regards",
    "sincerely",
    "yours sincerely",
    "thanks",
    "thank you",
    "best",
    "cheers",
    "many thanks",
    "respectfully",
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "freundliche grüße",
    "viele grüße",
    "cordialement",
    "bien cordialement",
    "saludos",
    "saludos cordiales",
    "un saludo",
    "atentamente",
    "cordiali saluti",
    "distinti saluti",
    "atenciosamente",
    "com os melhores cumprimentos",
    "met vriendelijke groet",
    "med vänlig hälsning",
    "med vänliga hälsningar",
    "med venlig hilsen",
    "med vennlig hilsen",
    "ystävällisin terveisin",
    "z poważaniem",
    "s pozdravem",
    "üdvözlettel",
    "saygılarımızla",
    "с уважением",
    "з повагою",
    "よろしくお願いいたします",
];

/// Lines after a closing formula that can be a signature: name, post, company, telephone, address.
const LONGEST_SIGNATURE: usize = 10;
/// The banner must be among the first lines.
const BANNER_LINES: usize = 4;

static BANNERS: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(BANNER.iter().copied()));
static FOOTERS: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(FOOTER.iter().map(|(w, _)| *w)));

fn automaton<'a>(words: impl Iterator<Item = &'a str>) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("a fixed list of words builds")
}

/// Marks the banner, the signature and the footer of a part.
pub fn set_apart(part: &mut Part) {
    banner(part);
    signature(part);
    footer(part);
}

fn banner(part: &mut Part) {
    for line in part.lines.iter_mut().take(BANNER_LINES) {
        let body = &part.text[line.range.clone()];
        if body.len() <= 600 && line.kind.is_live() && BANNERS.is_match(body) {
            line.kind = LineKind::Banner;
        }
    }
}

fn signature(part: &mut Part) {
    let dashes = part.text.find("\n-- \n").or_else(|| part.text.find("\n--\n"));
    let count = part.lines.len();
    let start = (0..count).find(|i| {
        let line = &part.lines[*i];
        dashes.is_some_and(|d| line.range.start > d) || is_closing(&part.text[line.range.clone()])
    });
    let Some(start) = start else { return };
    let after_dashes = dashes.is_some_and(|d| part.lines[start].range.start > d);
    for (marked, line) in part.lines[start..].iter_mut().enumerate() {
        if !after_dashes
            && (marked > LONGEST_SIGNATURE || line.range.len() > 120 || matches!(line.kind, LineKind::Row(_)))
        {
            break;
        }
        if line.kind.is_live() {
            line.kind = LineKind::Signature;
        }
    }
}

fn is_closing(line: &str) -> bool {
    line.len() <= 60 && {
        let lower = line.trim_end_matches([',', '.', '!', ' ']).to_lowercase();
        CLOSING.contains(&lower.as_str())
    }
}

/// From the first mark of small print in the last part of the mail on, every line is footer.
fn footer(part: &mut Part) {
    let live: Vec<usize> = (0..part.lines.len()).filter(|i| part.lines[*i].kind.is_live()).collect();
    let total = live.len();
    for (nth, index) in live.iter().enumerate() {
        let body = &part.text[part.lines[*index].range.clone()];
        let Some(found) = FOOTERS.find(body) else { continue };
        let anywhere = FOOTER[found.pattern().as_usize()].1;
        let late = nth * 2 >= total || total - nth <= 6;
        if !anywhere && !late {
            continue;
        }
        let short = body.len() <= 400 || late;
        part.lines[*index].kind = if short { LineKind::Footer } else { continue };
        if nth * 3 >= total * 2 || anywhere {
            for later in &live[nth + 1..] {
                if !matches!(part.lines[*later].kind, LineKind::Row(_)) {
                    part.lines[*later].kind = LineKind::Footer;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, LineKind};

    #[test]
    fn gateway_warnings_signatures_and_legal_text_are_set_apart() {
        let text = "CAUTION: This email originated from outside of the organization. Do not click links.\n\nThe router is serviced on 3 May.\nTraffic is not affected.\nNothing needs to be done by you.\n\nKind regards,\nAda Example\n+44 20 0000 0000\n\nThis email and any attachments are confidential.\nRegistered office: 1 Example Road";
        let document = Document::from_text(None, text);
        let kinds: Vec<LineKind> = document.all_lines().map(|v| v.line.kind.clone()).collect();
        assert_eq!(kinds[0], LineKind::Banner);
        assert_eq!(kinds[1..4], [LineKind::Text, LineKind::Text, LineKind::Text]);
        assert!(kinds[4..].iter().all(|k| !k.is_live()), "{kinds:?}");
    }
}
