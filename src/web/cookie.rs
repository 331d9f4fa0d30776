//! Two cookies: the session's secret, and the secret of a browser that is on its way to a provider and back.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use secrecy::{ExposeSecret, SecretString};

/// With HTTPS the browser itself holds the cookie to this host and to secure connections (`__Host-`, RFC 6265bis).
const SECURE: &str = "__Host-countersign";
/// On plain HTTP, which is for loopback, a browser would not take the other.
const PLAIN: &str = "countersign";

const SECURE_AWAY: &str = "__Host-countersign-away";
const PLAIN_AWAY: &str = "countersign-away";

/// The secret of a browser that is on its way to a provider.
#[must_use]
pub fn away(headers: &HeaderMap, secure: bool) -> Option<String> {
    let name = if secure { SECURE_AWAY } else { PLAIN_AWAY };
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// Hands such a secret out.
pub fn set_away(secret: &SecretString, secure: bool) -> CookieJar {
    let name = if secure { SECURE_AWAY } else { PLAIN_AWAY };
    let mut cookie = form(secret.expose_secret().to_owned(), secure);
    cookie.set_name(name);
    CookieJar::new().add(cookie)
}

const fn name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

/// The secret that a request carries.
#[must_use]
pub fn secret(headers: &HeaderMap, secure: bool) -> Option<String> {
    CookieJar::from_headers(headers).get(name(secure)).map(|cookie| cookie.value().to_owned())
}

/// Hands a new secret to the browser. It lasts as long as the browser runs; the server sets the true limits.
pub fn set(secret: &SecretString, secure: bool) -> CookieJar {
    CookieJar::new().add(form(secret.expose_secret().to_owned(), secure))
}

/// Takes the secret back.
pub fn clear(secure: bool) -> CookieJar {
    let mut cookie = form(String::new(), secure);
    cookie.make_removal();
    CookieJar::new().add(cookie)
}

/// Lax, not strict: a link in a mail must open the page of somebody who is signed in. No GET changes anything.
fn form(value: String, secure: bool) -> Cookie<'static> {
    Cookie::build((name(secure), value)).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).build()
}
