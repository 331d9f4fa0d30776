//! One keyring (design, decision 16): everything secret that an installation signs or derives with, in one file or one
//! environment variable, the same on all replicas.
//!
//! Owns the signing of checkpoints (Ed25519, RFC 8032), the deriving of secrets for cookies, links and Message-IDs
//! (HMAC-SHA-256, RFC 2104), and the sealing of what must not stand in the database in clear (AES-256-GCM). Rotation puts a new key in front and keeps the old public keys, so that what was signed
//! stays provable. It must not know what is signed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use ring::{aead, hmac};
use serde::{Deserialize, Serialize};

use crate::clock::Entropy;

/// What every sealed value begins with.
const SEALED: &str = "sealed1:";

/// Why a keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("the keyring {path} could not be read: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("the keyring {path} could not be written: {source}")]
    Write { path: String, source: std::io::Error },
    #[error(
        "the keyring is not understood: {0}. Restore it from a backup; a new one cannot prove what the old one signed"
    )]
    Form(String),
}

/// As it is written down (TOML).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The secret that others are derived from, base64, 32 bytes.
    secret: String,
    /// Older secrets, newest first: what they protected is still accepted.
    #[serde(default)]
    old_secrets: Vec<String>,
    /// The key that signs, PKCS #8 in base64. Absent in a restore without the private key: such a keyring only verifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing: Option<String>,
    /// Public keys by id, base64: the current one and all before it.
    public: BTreeMap<String, String>,
}

/// The keys of an installation.
pub struct Keyring {
    file: File,
    signing: Option<(String, Ed25519KeyPair)>,
    secrets: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("public", &self.file.public).finish_non_exhaustive()
    }
}

impl Keyring {
    /// A keyring with fresh keys.
    ///
    /// # Panics
    /// When the operating system gives no randomness.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        let mut file = File {
            secret: STANDARD.encode(entropy.bytes::<32>()),
            old_secrets: vec![],
            signing: None,
            public: BTreeMap::new(),
        };
        add_signing_key(&mut file);
        Self::of(file).expect("a keyring just made is well formed")
    }

    /// Reads a keyring from its text, such as an environment variable holds.
    ///
    /// # Errors
    /// When the text is no keyring.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        Self::of(toml::from_str(text).map_err(|error| KeyringError::Form(error.message().to_owned()))?)
    }

    /// Reads the keyring at `path`, or makes one there (readable by its owner alone) where there is none.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood.
    pub fn load_or_create(path: &Path, entropy: &Entropy) -> Result<Self, KeyringError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let made = Self::generate(entropy);
                made.save(path)?;
                Ok(made)
            }
            Err(source) => Err(KeyringError::Read { path: path.display().to_string(), source }),
        }
    }

    /// Writes the keyring, replacing what was there at once or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyringError> {
        write_private(path, &self.to_text())
            .map_err(|source| KeyringError::Write { path: path.display().to_string(), source })
    }

    /// The keyring as text. Secret.
    ///
    /// # Panics
    /// Never: the form holds only strings.
    #[must_use]
    pub fn to_text(&self) -> String {
        toml::to_string(&self.file).expect("strings can be written as TOML")
    }

    /// Puts a new signing key and a new secret in front. Old signatures still verify, old secrets are still accepted.
    ///
    /// # Panics
    /// When the operating system gives no randomness.
    #[must_use]
    pub fn rotated(self, entropy: &Entropy) -> Self {
        let mut file = self.file;
        let old = std::mem::replace(&mut file.secret, STANDARD.encode(entropy.bytes::<32>()));
        file.old_secrets.insert(0, old);
        add_signing_key(&mut file);
        Self::of(file).expect("a rotated keyring is well formed")
    }

    fn of(file: File) -> Result<Self, KeyringError> {
        let decode = |what: &str, text: &str| {
            STANDARD.decode(text).map_err(|_| KeyringError::Form(format!("{what} is not base64")))
        };
        let mut secrets = vec![decode("`secret`", &file.secret)?];
        for old in &file.old_secrets {
            secrets.push(decode("one of `old_secrets`", old)?);
        }
        if secrets.iter().any(|secret| secret.len() < 32) {
            return Err(KeyringError::Form("a secret is shorter than 32 bytes".to_owned()));
        }
        let signing = match &file.signing {
            None => None,
            Some(text) => {
                let pair = Ed25519KeyPair::from_pkcs8(&decode("`signing`", text)?)
                    .map_err(|_| KeyringError::Form("`signing` is no Ed25519 key in PKCS #8".to_owned()))?;
                let id = key_id(pair.public_key().as_ref());
                if !file.public.contains_key(&id) {
                    return Err(KeyringError::Form(format!(
                        "the public key {id} of `signing` is missing under `public`"
                    )));
                }
                Some((id, pair))
            }
        };
        Ok(Self { file, signing, secrets })
    }

    /// Signs, and says with which key. `None` where the private key is not there: the record can then be verified and
    /// not be signed.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Option<(String, String)> {
        let (id, pair) = self.signing.as_ref()?;
        Some((id.clone(), STANDARD.encode(pair.sign(bytes))))
    }

    /// Whether the signature (base64) over these bytes was made with the named key of this installation.
    #[must_use]
    pub fn verify(&self, key_id: &str, bytes: &[u8], signature: &str) -> bool {
        let Some(public) = self.file.public.get(key_id).and_then(|text| STANDARD.decode(text).ok()) else {
            return false;
        };
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, public).verify(bytes, &signature).is_ok()
    }

    /// The public keys by id, base64, for those who verify elsewhere.
    #[must_use]
    pub fn public_keys(&self) -> &BTreeMap<String, String> {
        &self.file.public
    }

    /// A tag over `bytes` that only this installation can make, for one purpose (`feed`, `message-id`, …), in hex.
    #[must_use]
    pub fn tag(&self, purpose: &str, bytes: &[u8]) -> String {
        hex::encode(tag_with(&self.secrets[0], purpose, bytes))
    }

    /// Encrypts for one purpose what only this installation may read; it opens only for the same `about`, such as the id of
    /// the row that it stands in, so that nobody moves it to another.
    ///
    /// # Panics
    /// Never: a derived key has the right length.
    #[must_use]
    pub fn seal(&self, purpose: &str, about: &[u8], plain: &[u8], entropy: &Entropy) -> String {
        let nonce = entropy.bytes::<{ aead::NONCE_LEN }>();
        let mut bytes = plain.to_vec();
        sealing_key(&self.secrets[0], purpose)
            .seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(about), &mut bytes)
            .expect("no value is longer than AES-GCM takes");
        format!("{SEALED}{}", STANDARD.encode([&nonce[..], &bytes].concat()))
    }

    /// What was sealed with the current secret or one before it; none for anything else.
    #[must_use]
    pub fn open(&self, purpose: &str, about: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(sealed.strip_prefix(SEALED)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<{ aead::NONCE_LEN }>()?;
        self.secrets.iter().find_map(|secret| {
            let (nonce, mut bytes) = (aead::Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
            let plain = sealing_key(secret, purpose).open_in_place(nonce, aead::Aad::from(about), &mut bytes).ok()?;
            Some(plain.to_vec())
        })
    }

    /// Whether `tag` was made by [`Keyring::tag`] with the current secret or one before it. Takes the same time for all.
    #[must_use]
    pub fn is_tag(&self, purpose: &str, bytes: &[u8], tag: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        let Ok(tag) = hex::decode(tag) else { return false };
        self.secrets.iter().any(|secret| tag_with(secret, purpose, bytes).as_ref().ct_eq(&tag).into())
    }
}

fn sealing_key(secret: &[u8], purpose: &str) -> aead::LessSafeKey {
    let key = tag_with(secret, "seal", purpose.as_bytes());
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.as_ref()).expect("HMAC-SHA-256 gives 32 bytes");
    aead::LessSafeKey::new(key)
}

fn tag_with(secret: &[u8], purpose: &str, bytes: &[u8]) -> hmac::Tag {
    let purpose_key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), purpose.as_bytes());
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, purpose_key.as_ref()), bytes)
}

fn add_signing_key(file: &mut File) {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("the operating system gives randomness");
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key just made can be read");
    let public = pair.public_key().as_ref();
    file.public.insert(key_id(public), STANDARD.encode(public));
    file.signing = Some(STANDARD.encode(pkcs8.as_ref()));
}

/// The first 16 hex digits of the public key's SHA-256.
fn key_id(public: &[u8]) -> String {
    hex::encode(&ring::digest::digest(&ring::digest::SHA256, public).as_ref()[..8])
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_before_a_rotation_still_verifies_after_it() {
        let entropy = Entropy::seeded(1);
        let before = Keyring::generate(&entropy);
        let (id, signature) = before.sign(b"heads of the record").unwrap();
        let tag = before.tag("feed", b"alice");
        let after = before.rotated(&entropy);
        assert!(after.verify(&id, b"heads of the record", &signature), "the old signature is lost");
        assert!(!after.verify(&id, b"other heads of the record", &signature), "any bytes verify");
        assert!(after.is_tag("feed", b"alice", &tag), "the old feed address stopped working");
        assert!(!after.is_tag("message-id", b"alice", &tag), "a tag for one purpose served another");
        assert_ne!(after.sign(b"x").unwrap().0, id, "the new key did not come into use");
    }

    #[test]
    fn what_is_sealed_opens_here_for_its_row_and_nowhere_else() {
        let entropy = Entropy::seeded(1);
        let ring = Keyring::generate(&entropy);
        let (sealed, again) =
            (ring.seal("hook", b"row 1", b"whsec_x", &entropy), ring.seal("hook", b"row 1", b"whsec_x", &entropy));
        assert_ne!(sealed, again, "the same secret is sealed alike twice, and can be told");
        assert_eq!(ring.open("hook", b"row 1", &sealed).as_deref(), Some(&b"whsec_x"[..]));
        assert_eq!(ring.open("hook", b"row 2", &sealed), None, "it opens in another row");
        assert_eq!(ring.open("feed", b"row 1", &sealed), None, "it opens for another purpose");
        assert_eq!(Keyring::generate(&entropy).open("hook", b"row 1", &sealed), None, "another installation opens it");
        let mut broken = sealed.clone();
        broken.replace_range(12..13, if &sealed[12..13] == "A" { "B" } else { "A" });
        assert_eq!(ring.open("hook", b"row 1", &broken), None, "a changed value opens");
        let rotated = ring.rotated(&entropy);
        assert_eq!(rotated.open("hook", b"row 1", &sealed).as_deref(), Some(&b"whsec_x"[..]), "a rotation locks it");
    }

    #[test]
    fn a_keyring_is_made_once_and_read_afterwards() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/keyring.toml");
        let made = Keyring::load_or_create(&path, &Entropy::seeded(1)).unwrap();
        let read = Keyring::load_or_create(&path, &Entropy::seeded(2)).unwrap();
        assert_eq!(made.to_text(), read.to_text());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "others can read the keys");
    }

    #[test]
    fn a_restore_without_the_private_key_verifies_and_does_not_sign() {
        let whole = Keyring::generate(&Entropy::seeded(1));
        let (id, signature) = whole.sign(b"heads").unwrap();
        let text: String = whole.to_text().lines().filter(|l| !l.starts_with("signing")).collect::<Vec<_>>().join("\n");
        let public_only = Keyring::parse(&text).unwrap();
        assert!(public_only.sign(b"heads").is_none());
        assert!(public_only.verify(&id, b"heads", &signature));
    }
}
