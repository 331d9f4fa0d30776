//! Proving to a mail server who we are (RFC 4954): PLAIN, LOGIN and CRAM-MD5 with a password, XOAUTH2 and OAUTHBEARER with a
//! token.
//!
//! Of what a server offers, the first that we know is taken. It must not say what it proves with in an error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;

use super::connection::{Connection, Reply, Stage, Trouble};
use crate::config::Secret;
use crate::reach::token::Tokens;

/// What we prove ourselves with.
pub enum Login {
    Password {
        user: String,
        password: Secret,
    },
    /// A token that somebody else renews.
    Token {
        user: String,
        token: Secret,
    },
    /// Tokens that we fetch.
    Tokens {
        user: String,
        tokens: Tokens,
    },
}

impl Login {
    /// Proves it on a new connection.
    pub async fn prove(&self, connection: &mut Connection) -> Result<(), Trouble> {
        match self {
            Self::Password { user, password } => by_password(connection, user, password.expose()).await,
            Self::Token { user, token } => by_token(connection, user, token.expose()).await,
            Self::Tokens { user, tokens } => {
                let (token, fresh) = tokens.current().await.map_err(Trouble::Login)?;
                match by_token(connection, user, token.expose()).await {
                    // It may have been withdrawn before its time.
                    Err(Trouble::Refused { .. }) if !fresh && !connection.is_broken() => {
                        let token = tokens.renewed().await.map_err(Trouble::Login)?;
                        by_token(connection, user, token.expose()).await
                    }
                    done => done,
                }
            }
        }
    }
}

async fn by_password(connection: &mut Connection, user: &str, password: &str) -> Result<(), Trouble> {
    match chosen(connection, &["PLAIN", "LOGIN", "CRAM-MD5"])? {
        "PLAIN" => {
            let proof = STANDARD.encode(format!("\0{user}\0{password}"));
            connection.say(Stage::Login, &format!("AUTH PLAIN {proof}"), 235).await?;
        }
        "LOGIN" => {
            connection.say(Stage::Login, "AUTH LOGIN", 334).await?;
            connection.say(Stage::Login, &STANDARD.encode(user), 334).await?;
            connection.say(Stage::Login, &STANDARD.encode(password), 235).await?;
        }
        _ => {
            let asked = connection.say(Stage::Login, "AUTH CRAM-MD5", 334).await?;
            let mut mac = Hmac::<Md5>::new_from_slice(password.as_bytes())
                .map_err(|_| Trouble::Login("the password cannot be used for CRAM-MD5".to_owned()))?;
            mac.update(&challenge(&asked));
            let proof = format!("{user} {}", hex::encode(mac.finalize().into_bytes()));
            connection.say(Stage::Login, &STANDARD.encode(proof), 235).await?;
        }
    }
    Ok(())
}

async fn by_token(connection: &mut Connection, user: &str, token: &str) -> Result<(), Trouble> {
    let way = chosen(connection, &["XOAUTH2", "OAUTHBEARER"])?;
    // Google's "XOAUTH2 Mechanism", and RFC 7628, 3.1; each with what answers the challenge that a refusal comes as.
    let (proof, nothing) = match way {
        "XOAUTH2" => (format!("user={user}\x01auth=Bearer {token}\x01\x01"), ""),
        _ => (format!("n,a={user},\x01auth=Bearer {token}\x01\x01"), "AQ=="),
    };
    let command = format!("AUTH {way} {}", STANDARD.encode(proof));
    match connection.say(Stage::Login, &command, 235).await {
        Err(Trouble::Refused { reply, .. }) if reply.code == 334 => {
            let why =
                String::from_utf8_lossy(&challenge(&reply)).chars().filter(|c| !c.is_control()).take(200).collect();
            match connection.say(Stage::Login, nothing, 235).await {
                Err(Trouble::Refused { at, mut reply }) => {
                    reply.lines.push(why);
                    Err(Trouble::Refused { at, reply })
                }
                done => done.map(drop),
            }
        }
        done => done.map(drop),
    }
}

/// The first of our ways that the server offers.
fn chosen(connection: &Connection, ours: &[&'static str]) -> Result<&'static str, Trouble> {
    let theirs = connection.ways();
    ours.iter().copied().find(|way| theirs.iter().any(|offered| offered == way)).ok_or_else(|| {
        let offered = if theirs.is_empty() { "no way to log in".to_owned() } else { theirs.join(", ") };
        Trouble::Login(format!("it offers {offered}; mail.auth and mail.username ask for {}", ours.join(" or ")))
    })
}

fn challenge(reply: &Reply) -> Vec<u8> {
    reply.lines.first().and_then(|text| STANDARD.decode(text.trim()).ok()).unwrap_or_default()
}
