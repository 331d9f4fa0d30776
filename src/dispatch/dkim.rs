//! Signing what we send (DKIM, RFC 6376; Ed25519 by RFC 8463), so that a receiver can tell our mail from a forgery.
//!
//! With mail-auth and not with lettre, whose signatures did not verify elsewhere. Owns the key and the DNS record that
//! belongs to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::{DkimSigner, Signature};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::Mail;

/// What a signature covers: all that a reader or a mail program acts upon. RFC 8058 asks for the List-Unsubscribe pair.
const SIGNED: [&str; 14] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

type Sign = dyn Fn(&[u8]) -> Result<String, String> + Send + Sync;

/// Signs mails for one domain.
#[derive(Clone)]
pub struct Signer {
    sign: Arc<Sign>,
    /// `selector._domainkey.domain`
    pub name: String,
    /// The TXT record that belongs there.
    pub record: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key that cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("mail.dkim_key: {} {what}; `openssl genrsa -out dkim.pem 2048` makes one that can be used", path.display())]
pub struct BadKey {
    path: PathBuf,
    what: String,
}

impl Signer {
    /// The signer that the configuration asks for, for the sender's domain; none where it asks for none.
    ///
    /// # Errors
    /// Where the file cannot be read or holds no RSA or Ed25519 key.
    pub fn from_config(mail: &Mail, domain: &str) -> Result<Option<Self>, BadKey> {
        if mail.dkim_key.as_os_str().is_empty() {
            return Ok(None);
        }
        Self::load(&mail.dkim_key, &mail.dkim_selector, domain).map(Some)
    }

    fn load(path: &Path, selector: &str, domain: &str) -> Result<Self, BadKey> {
        let bad = |what: String| BadKey { path: path.to_owned(), what };
        let pem = std::fs::read(path).map_err(|error| bad(format!("cannot be read: {error}")))?;
        let key = || PrivateKeyDer::from_pem_slice(&pem).map_err(|_| bad("is no private key in PEM".to_owned()));
        let name = format!("{selector}._domainkey.{domain}");
        if let Ok(rsa) = RsaKey::<Sha256>::from_key_der(key()?) {
            let record = format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(subject_public_key_info(&rsa.public_key())));
            let signer = DkimSigner::from_key(rsa).domain(domain).selector(selector).headers(SIGNED);
            let sign = Arc::new(move |mail: &[u8]| told(signer.sign(mail)));
            return Ok(Self { sign, name, record });
        }
        let ed25519 = Ed25519Key::from_pkcs8_maybe_unchecked_der(key()?.secret_der())
            .map_err(|_| bad("holds neither an RSA nor an Ed25519 key".to_owned()))?;
        let record = format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(ed25519.public_key()));
        let signer = DkimSigner::from_key(ed25519).domain(domain).selector(selector).headers(SIGNED);
        Ok(Self { sign: Arc::new(move |mail: &[u8]| told(signer.sign(mail))), name, record })
    }

    /// The mail with its signature in front.
    ///
    /// # Errors
    /// Where the key refuses; the reason, in words.
    pub fn signed(&self, mail: &[u8]) -> Result<Vec<u8>, String> {
        let mut whole = (self.sign)(mail)?.into_bytes();
        whole.extend_from_slice(mail);
        Ok(whole)
    }
}

fn told(signed: mail_auth::Result<Signature>) -> Result<String, String> {
    signed.map(|signature| signature.to_header()).map_err(|error| format!("the mail cannot be signed: {error}"))
}

/// An RSA public key as the DNS record holds it: its PKCS #1 form within a SubjectPublicKeyInfo (RFC 5280, 4.1).
fn subject_public_key_info(pkcs1: &[u8]) -> Vec<u8> {
    /// rsaEncryption (1.2.840.113549.1.1.1) and NULL.
    const ALGORITHM: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let bits = [&[0][..], pkcs1].concat();
    der(0x30, &[&ALGORITHM[..], &der(0x03, &bits)].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
            out.extend(bytes);
        }
    }
    out.extend_from_slice(content);
    out
}
