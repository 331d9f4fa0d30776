//! Public keys that prove a sender, fetched once and kept: Amazon's certificates and Google's token keys. A test puts its
//! own in, and nobody is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;
use x509_parser::pem::parse_x509_pem;

use super::Refused;
use crate::intake::http::Http;

/// Amazon signs with a handful of certificates; whoever makes us see more is making them up.
const MOST: usize = 100;
/// How long Google's keys are kept; a key id that is not known is looked for at once, though not more often than this.
const KEPT: Duration = Duration::from_secs(3600);
const AGAIN: Duration = Duration::from_secs(60);
/// How far Google's clock may be from ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// Google's keys for the tokens that it signs.
const GOOGLE: &str = "https://www.googleapis.com/oauth2/v3/certs";

/// Certificates by their address, as the public key in each.
#[derive(Debug, Clone, Default)]
pub struct Certificates(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl Certificates {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a certificate as if it had been fetched.
    ///
    /// # Errors
    /// Where it is no certificate in PEM.
    pub fn know(&self, url: &str, pem: &[u8]) -> Result<Vec<u8>, String> {
        let told = || format!("there is no certificate at {url}");
        let (_, pem) = parse_x509_pem(pem).map_err(|_| told())?;
        let certificate = pem.parse_x509().map_err(|_| told())?;
        let key = certificate.public_key().subject_public_key.data.to_vec();
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(url.to_owned(), key.clone());
        Ok(key)
    }

    /// The public key of the certificate at an address that has been checked to be Amazon's.
    pub(super) async fn key(&self, http: &Http, url: &str) -> Result<Vec<u8>, String> {
        let known = self.lock().get(url).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let pem =
            http.get(url).await.map_err(|error| format!("Amazon's certificate could not be fetched: {error}."))?;
        self.know(url, &pem)
    }
}

type Rsa = RsaPublicKeyComponents<Vec<u8>>;

/// Google's keys by their ids.
#[derive(Clone, Default)]
pub struct TokenKeys(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    keys: HashMap<String, Arc<Rsa>>,
    fetched: Option<Instant>,
}

impl TokenKeys {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps keys (a JWK set, RFC 7517) as if they had been fetched just now.
    ///
    /// # Errors
    /// Where it is none.
    pub fn know(&self, set: &[u8]) -> Result<(), String> {
        let set: Value = serde_json::from_slice(set).map_err(|error| format!("this is no set of keys: {error}"))?;
        let part = |key: &Value, name: &str| URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
        let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten().filter_map(|key| {
            let id = key.get("kid")?.as_str()?.to_owned();
            Some((id, Arc::new(Rsa { n: part(key, "n")?, e: part(key, "e")? })))
        });
        let mut kept = self.lock();
        kept.keys = keys.collect();
        kept.fetched = Some(Instant::now());
        Ok(())
    }

    /// What a token says, once its signature and times hold (RFC 7519, RS256 only: what Google signs with).
    pub(super) async fn claims(&self, http: &Http, token: &str, now: DateTime<Utc>) -> Result<Value, Refused> {
        let unproven = |why: &str| Refused::Unproven(format!("The token does not hold: {why}."));
        let (signed, signature) = token.rsplit_once('.').ok_or_else(|| unproven("it is no token"))?;
        let (head, claims) = signed.split_once('.').ok_or_else(|| unproven("it is no token"))?;
        let json = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
        let head = json(head).ok_or_else(|| unproven("its head cannot be read"))?;
        // Whatever else the head names, such as "none", is how tokens are forged.
        if head.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(unproven("it is not signed by RS256"));
        }
        let id = head.get("kid").and_then(Value::as_str).ok_or_else(|| unproven("it names no key"))?;
        let key = self.key(http, id).await?.ok_or_else(|| unproven("Google knows no such key"))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| unproven("its signature is no base64"))?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| unproven("its signature is not Google's"))?;
        let claims = json(claims).ok_or_else(|| unproven("what it claims cannot be read"))?;
        let at = |name: &str| {
            claims.get(name).and_then(Value::as_i64).and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        };
        let expires = at("exp").ok_or_else(|| unproven("it never expires"))?;
        if now > expires + SKEW || at("iat").is_some_and(|issued| issued > now + SKEW) {
            return Err(unproven("it has expired, or a clock is wrong"));
        }
        Ok(claims)
    }

    async fn key(&self, http: &Http, id: &str) -> Result<Option<Arc<Rsa>>, Refused> {
        {
            let kept = self.lock();
            let age = kept.fetched.map(|at| at.elapsed());
            let key = kept.keys.get(id).cloned();
            let patience = if key.is_some() { KEPT } else { AGAIN };
            if age.is_some_and(|age| age < patience) {
                return Ok(key);
            }
        }
        let set = http.get(GOOGLE).await;
        let set = set.map_err(|error| Refused::Later(format!("Google's keys could not be fetched: {error}.")))?;
        self.know(&set).map_err(Refused::Later)?;
        Ok(self.lock().keys.get(id).cloned())
    }
}
