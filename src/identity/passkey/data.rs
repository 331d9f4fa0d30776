//! What authenticators say, byte by byte: authenticator data, attestation objects and COSE keys (Web Authentication 6.1,
//! 6.5; RFC 9052). Hostile until proven otherwise: nothing here panics or believes a length.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ciborium::Value;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};

/// The algorithms that are taken, best first, by their COSE numbers: EdDSA, ES256, RS256.
pub const ALGORITHMS: [i32; 3] = [-8, -7, -257];

/// The longest key id that a standard authenticator gives (6.4.1).
const LONGEST_ID: usize = 1023;

/// What an authenticator says of itself and of its owner.
#[derive(Debug)]
pub struct AuthenticatorData {
    /// SHA-256 of the host that it was asked for.
    pub party: [u8; 32],
    /// Its owner was there and was verified.
    pub verified: bool,
    pub counter: u32,
    /// A key that was just made: id and public half.
    pub made: Option<(Vec<u8>, Key)>,
}

/// A public key with the count of its uses. Kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    algorithm: i32,
    /// EC: the uncompressed point. Ed25519: the key. RSA: the modulus. In base64url.
    public: String,
    /// RSA's exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exponent: Option<String>,
    pub counter: u32,
}

impl AuthenticatorData {
    /// # Errors
    /// Says what is missing or of another form.
    pub fn read(raw: &[u8]) -> Result<Self, &'static str> {
        let (party, rest) = raw.split_first_chunk::<32>().ok_or("its data is cut off")?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or("its data is cut off")?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or("its data is cut off")?;
        let (present, verified, attested) = (flags & 1 != 0, flags & 4 != 0, flags & 64 != 0);
        Ok(Self {
            party: *party,
            verified: present && verified,
            counter: u32::from_be_bytes(*counter),
            made: attested.then(|| made(rest)).transpose()?,
        })
    }
}

/// The data within an attestation object.
///
/// # Errors
/// Says what is missing or of another form.
pub fn of_attestation(raw: &[u8]) -> Result<AuthenticatorData, &'static str> {
    let object = ciborium::from_reader::<Value, _>(raw).map_err(|_| "its attestation is not CBOR")?;
    let object = object.into_map().map_err(|_| "its attestation is no map")?;
    let data = object.into_iter().find(|(name, _)| name.as_text() == Some("authData")).map(|(_, data)| data);
    let data = data.and_then(|data| data.into_bytes().ok()).ok_or("its attestation holds no data")?;
    AuthenticatorData::read(&data)
}

/// After the authenticator's model (16 bytes) and the id's length: the id and the key.
fn made(rest: &[u8]) -> Result<(Vec<u8>, Key), &'static str> {
    let (_, rest) = rest.split_first_chunk::<16>().ok_or("its key is cut off")?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or("its key is cut off")?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err("its id is too long");
    }
    let (id, key) = rest.split_at_checked(length).ok_or("its id is cut off")?;
    Ok((id.to_vec(), Key::read(key)?))
}

impl Key {
    /// A COSE key. Extensions may follow it.
    fn read(raw: &[u8]) -> Result<Self, &'static str> {
        let mut raw = raw;
        let key = ciborium::from_reader::<Value, _>(&mut raw).map_err(|_| "its key is not CBOR")?;
        let key = key.into_map().map_err(|_| "its key is no map")?;
        let number = |label: i64| find(&key, label).and_then(Value::as_integer).and_then(|n| i64::try_from(n).ok());
        let bytes = |label: i64| find(&key, label).and_then(Value::as_bytes).ok_or("its key lacks a part");
        let (public, exponent) = match (number(3), number(1), number(-1)) {
            (Some(-7), Some(2), Some(1)) => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                if x.len() != 32 || y.len() != 32 {
                    return Err("its key has a wrong length");
                }
                ([&[4], x.as_slice(), y.as_slice()].concat(), None)
            }
            (Some(-8), Some(1), Some(6)) if bytes(-2)?.len() == 32 => (bytes(-2)?.clone(), None),
            (Some(-257), Some(3), _) => (bytes(-1)?.clone(), Some(bytes(-2)?.clone())),
            _ => return Err("its algorithm is none that is taken here"),
        };
        let algorithm = number(3).and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
        let exponent = exponent.map(|bytes| B64.encode(bytes));
        Ok(Self { algorithm, public: B64.encode(public), exponent, counter: 0 })
    }

    /// The same key after so many uses.
    #[must_use]
    pub fn counted(self, counter: u32) -> Self {
        Self { counter, ..self }
    }

    /// Whether this key signed the data together with what the browser says.
    #[must_use]
    pub fn signed(&self, data: &[u8], client_data: &[u8], signature: &[u8]) -> bool {
        let Ok(public) = B64.decode(&self.public) else { return false };
        let said = ring::digest::digest(&ring::digest::SHA256, client_data);
        let message = [data, said.as_ref()].concat();
        match self.algorithm {
            -7 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify(&message, signature).is_ok(),
            -8 => UnparsedPublicKey::new(&ED25519, public).verify(&message, signature).is_ok(),
            -257 => {
                let exponent = self.exponent.as_deref().and_then(|e| B64.decode(e).ok()).unwrap_or_default();
                let key = RsaPublicKeyComponents { n: strip(&public), e: strip(&exponent) };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, &message, signature).is_ok()
            }
            _ => false,
        }
    }
}

/// Big-endian without leading noughts, as ring wants numbers.
fn strip(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn find(map: &[(Value, Value)], label: i64) -> Option<&Value> {
    let is = |name: &Value| name.as_integer().and_then(|n| i64::try_from(n).ok()) == Some(label);
    map.iter().find(|(name, _)| is(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_at_any_byte_it_is_refused_and_nothing_panics() {
        let mut raw = vec![7; 32];
        raw.push(0b0100_0101);
        raw.extend([0, 0, 0, 9]);
        raw.extend([0; 16]);
        raw.extend([0, 4, 1, 2, 3, 4]);
        let key = Value::Map(vec![
            (1.into(), 2.into()),
            (3.into(), Value::from(-7)),
            (Value::from(-1), 1.into()),
            (Value::from(-2), Value::Bytes(vec![1; 32])),
            (Value::from(-3), Value::Bytes(vec![2; 32])),
        ]);
        ciborium::into_writer(&key, &mut raw).unwrap();
        let whole = AuthenticatorData::read(&raw).unwrap();
        assert!(whole.verified && whole.counter == 9);
        assert_eq!(whole.made.unwrap().0, [1, 2, 3, 4]);
        for cut in 0..raw.len() {
            assert!(AuthenticatorData::read(&raw[..cut]).is_err(), "cut at {cut} it was taken");
        }
    }

    #[test]
    fn who_was_only_there_was_not_verified() {
        let mut raw = vec![7; 32];
        raw.extend([0b0000_0001, 0, 0, 0, 1]);
        assert!(!AuthenticatorData::read(&raw).unwrap().verified);
    }

    #[test]
    fn a_deep_nest_of_arrays_is_refused() {
        assert!(of_attestation(&vec![0x81; 100_000]).is_err());
        assert!(
            of_attestation(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err(),
            "a length was believed"
        );
    }

    #[test]
    fn a_weak_algorithm_is_not_taken() {
        let key = Value::Map(vec![(1.into(), 3.into()), (3.into(), Value::from(-65535))]);
        let mut raw = Vec::new();
        ciborium::into_writer(&key, &mut raw).unwrap();
        assert!(Key::read(&raw).is_err(), "RS1 was taken");
    }
}
