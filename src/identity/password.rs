//! Passwords: Argon2id (RFC 9106) with the parameters that OWASP names, checked at the same cost whether or not there is
//! such a person.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OnceCell, Semaphore};

use super::IdentityError;

/// The fewest characters a password may have (NIST SP 800-63B asks for 8, and for 15 where it is the only factor).
pub const MIN_CHARS: usize = 12;
/// The most bytes: hashing must not be made expensive by its input.
pub const MAX_BYTES: usize = 1024;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("a password needs at least {MIN_CHARS} characters; a sentence is easier to remember than a riddle")]
    Short,
    #[error("a password may have at most {MAX_BYTES} bytes")]
    Long,
    #[error("a password must not be one's own name or address")]
    Own,
    #[error("a password of one character repeated is the first that is guessed")]
    Monotonous,
    #[error("this password stands in a list of stolen ones, and is tried first")]
    Breached,
}

/// A file of hashes of passwords that were stolen somewhere: one SHA-1 in hexadecimal on each line, sorted, whatever follows
/// on the line. That is how such lists are handed out; nothing is asked of anybody over the network.
#[derive(Debug)]
pub struct Breached {
    path: PathBuf,
}

/// Bytes that are read line by line once the halving has come so close.
const NEAR: u64 = 4096;

impl Breached {
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        File::open(path).map(|_| Self { path: path.to_owned() })
    }

    /// Looks for a password by halving the file: a list of a billion lines costs some thirty reads.
    pub fn holds(&self, password: &str) -> std::io::Result<bool> {
        let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let wanted = hex::encode_upper(hash.as_ref());
        let mut file = BufReader::new(File::open(&self.path)?);
        let (mut low, mut high) = (0, file.get_ref().metadata()?.len());
        // What is wanted begins between `low`, where a line begins, and `high`.
        while low + NEAR < high {
            let middle = low + (high - low) / 2;
            file.seek(SeekFrom::Start(middle))?;
            let mut line = String::new();
            // Into the middle of a line: the one after it is whole.
            let skipped = file.read_line(&mut line)? as u64;
            line.clear();
            let read = file.read_line(&mut line)? as u64;
            let hash = line.get(..wanted.len()).unwrap_or_default().to_ascii_uppercase();
            match hash.as_str().cmp(wanted.as_str()) {
                _ if read == 0 => high = middle,
                Ordering::Equal => return Ok(true),
                Ordering::Less => low = middle + skipped + read,
                Ordering::Greater => high = middle,
            }
        }
        file.seek(SeekFrom::Start(low))?;
        let mut line = String::new();
        while low <= high {
            line.clear();
            let read = file.read_line(&mut line)? as u64;
            if line.get(..wanted.len()).is_some_and(|hash| hash.eq_ignore_ascii_case(&wanted)) {
                return Ok(true);
            }
            if read == 0 {
                break;
            }
            low += read;
        }
        Ok(false)
    }
}

/// Hashes and checks, a few at a time: each takes 19 MiB and a tenth of a second, and must not be a way to exhaust us.
#[derive(Debug)]
pub struct Hasher {
    at_once: Semaphore,
    /// What unknown people are checked against, so that they take as long as known ones.
    nobody: OnceCell<String>,
    /// How often something was hashed, for the test that counts it.
    #[cfg(test)]
    computed: std::sync::atomic::AtomicUsize,
}

impl Hasher {
    pub fn new() -> Self {
        Self {
            at_once: Semaphore::new(2),
            nobody: OnceCell::new(),
            #[cfg(test)]
            computed: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    pub async fn hash(&self, password: &SecretString) -> Result<String, IdentityError> {
        let password = password.clone();
        self.work(move || {
            Argon2::default()
                .hash_password(password.expose_secret().as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|e| IdentityError::Hashing(e.to_string()))
        })
        .await?
    }

    /// Whether the password is the one that was hashed. Without a hash the same work is done and the answer is no.
    pub async fn check(&self, password: &SecretString, hash: Option<String>) -> Result<bool, IdentityError> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => {
                let nobody = SecretString::from("nobody's password");
                self.nobody.get_or_try_init(|| self.hash(&nobody)).await?.clone()
            }
        };
        if password.expose_secret().len() > MAX_BYTES {
            return Ok(false);
        }
        let password = password.clone();
        let fits = self
            .work(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
                })
            })
            .await?;
        Ok(fits && known)
    }

    /// Off the threads that answer requests.
    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, IdentityError> {
        #[cfg(test)]
        self.computed.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let _turn = self.at_once.acquire().await.map_err(|e| IdentityError::Hashing(e.to_string()))?;
        tokio::task::spawn_blocking(job).await.map_err(|e| IdentityError::Hashing(e.to_string()))
    }
}

/// Whether a new password is good enough for somebody with this name and address.
pub fn acceptable(password: &SecretString, name: &str, email: &str) -> Result<(), Weakness> {
    let password = password.expose_secret();
    if password.len() > MAX_BYTES {
        return Err(Weakness::Long);
    }
    if password.chars().count() < MIN_CHARS {
        return Err(Weakness::Short);
    }
    let lower = password.to_lowercase();
    if lower == email.to_lowercase() || lower == name.to_lowercase() {
        return Err(Weakness::Own);
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return Err(Weakness::Monotonous);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other_password_does() {
        let hasher = Hasher::new();
        let hash = hasher.hash(&secret("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "the hash does not name its function: {hash}");
        assert!(hasher.check(&secret("correct horse battery"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.check(&secret("correct horse batterx"), Some(hash)).await.unwrap());
    }

    /// What a hash costs, as it says itself: function, version, memory, passes and lanes.
    fn cost(hash: &str) -> String {
        hash.split('$').take(4).collect::<Vec<_>>().join("$")
    }

    /// Computations are counted rather than timed: each costs the same, and a busy machine does not change their number.
    #[tokio::test]
    async fn an_unknown_person_costs_as_much_as_a_known_one() {
        let hasher = Hasher::new();
        let hash = hasher.hash(&secret("correct horse battery")).await.unwrap();
        assert!(!hasher.check(&secret("nobody's password"), None).await.unwrap(), "nobody got in");
        let nobody = hasher.nobody.get().expect("somebody unknown was checked").clone();
        assert_eq!(cost(&nobody), cost(&hash), "unknown people are checked against something cheaper");
        let long = "x".repeat(MAX_BYTES + 1);
        for (password, costs) in [("wrong", 1), ("correct horse battery", 1), (long.as_str(), 0)] {
            for known in [Some(hash.clone()), None] {
                let (who, before) = (known.is_some(), hasher.computed.load(Ordering::SeqCst));
                hasher.check(&secret(password), known).await.unwrap();
                let cost = hasher.computed.load(Ordering::SeqCst) - before;
                assert_eq!(cost, costs, "a check cost {cost} hashes where the person was known: {who}");
            }
        }
    }

    #[test]
    fn a_stolen_password_is_found_wherever_it_stands_in_the_list() {
        let all: Vec<String> = (0..500).map(|n| format!("stolen password number {n}")).collect();
        let sha1 = |text: &String| {
            let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
            hex::encode_upper(hash.as_ref())
        };
        let mut lines: Vec<String> = all.iter().enumerate().map(|(n, text)| format!("{}:{n}", sha1(text))).collect();
        lines.sort();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines.join("\r\n")).unwrap();
        let list = Breached::open(file.path()).unwrap();
        for stolen in &all {
            assert!(list.holds(stolen).unwrap(), "“{stolen}” was not found");
        }
        for fresh in ["correct horse battery", "", "stolen password number 500"] {
            assert!(!list.holds(fresh).unwrap(), "“{fresh}” was found");
        }
    }

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        let judge = |password: &str| acceptable(&secret(password), "Ada Lovelace", "ada@example.com");
        assert_eq!(judge("short"), Err(Weakness::Short));
        assert_eq!(judge("Ada Lovelace"), Err(Weakness::Own));
        assert_eq!(judge("ADA@example.com"), Err(Weakness::Own));
        assert_eq!(judge("aaaaaaaaaaaaaaaa"), Err(Weakness::Monotonous));
        assert_eq!(judge(&"ab".repeat(600)), Err(Weakness::Long));
        assert_eq!(judge("pässwörter ÄÖÜ"), Ok(()));
    }
}
