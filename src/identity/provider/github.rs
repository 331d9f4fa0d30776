//! GitHub: OAuth 2.0 with PKCE, and two questions to its API. It does not say when it last asked somebody for a password, so
//! it lets people in and never proves freshly who signs.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, TokenResponse as _, TokenUrl,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Pending, Provider, Sent, Vouched, http};
use crate::identity::{IdentityError, normal_email};

type Known = BasicClient<
    oauth2::EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

#[derive(Deserialize)]
struct Account {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

fn client(provider: &Provider) -> Result<Known, IdentityError> {
    let site = provider.settings.issuer().trim_end_matches('/');
    let mut client = BasicClient::new(ClientId::new(provider.settings.client_id.clone()))
        .set_auth_uri(AuthUrl::new(format!("{site}/login/oauth/authorize")).map_err(|e| provider.failed(e))?)
        .set_token_uri(TokenUrl::new(format!("{site}/login/oauth/access_token")).map_err(|e| provider.failed(e))?)
        .set_redirect_uri(RedirectUrl::new(provider.redirect.clone()).map_err(|e| provider.failed(e))?)
        .set_auth_type(oauth2::AuthType::RequestBody);
    if let Some(secret) = &provider.secret {
        client = client.set_client_secret(ClientSecret::new(secret.clone()));
    }
    Ok(client)
}

/// GitHub's API; on an installation of GitHub's own software it lies below the site.
fn api(provider: &Provider, path: &str) -> String {
    match provider.settings.issuer().trim_end_matches('/') {
        "https://github.com" => format!("https://api.github.com{path}"),
        site => format!("{site}/api/v3{path}"),
    }
}

pub(super) fn send(provider: &Provider, state: &str) -> Result<Sent, IdentityError> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let state = state.to_owned();
    let (url, _) = client(provider)?
        .authorize_url(|| CsrfToken::new(state))
        .add_scopes(["read:user", "user:email"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    Ok(Sent { url: url.into(), pending: Pending { nonce: String::new(), verifier: verifier.into_secret() } })
}

pub(super) async fn ask(provider: &Provider, code: String, pending: &Pending) -> Result<Vouched, IdentityError> {
    let http = |request| http::call(provider.http.clone(), request);
    let tokens = client(provider)?
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
        .request_async(&http)
        .await
        .map_err(|e| provider.failed(e))?;
    let token = tokens.access_token().secret();
    let account: Account = get(provider, "/user", token).await?;
    let addresses: Vec<Address> = get(provider, "/user/emails", token).await?;
    let mut verified = addresses.into_iter().filter(|address| address.verified).collect::<Vec<_>>();
    verified.sort_by_key(|address| !address.primary);
    Ok(Vouched {
        subject: account.id.to_string(),
        email: verified.into_iter().next().map(|address| normal_email(&address.email)),
        name: Some(account.name.filter(|name| !name.trim().is_empty()).unwrap_or(account.login)),
        zone: None,
        groups: Vec::new(),
        asked_at: None,
        session: None,
        id_token: None,
    })
}

async fn get<T: DeserializeOwned>(provider: &Provider, path: &str, token: &str) -> Result<T, IdentityError> {
    let request = axum::http::Request::get(api(provider, path))
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "application/vnd.github+json")
        .body(Vec::new())
        .map_err(|e| provider.failed(e))?;
    let answer = http::call(provider.http.clone(), request).await.map_err(|e| provider.failed(e))?;
    if !answer.status().is_success() {
        return Err(provider.failed(format!("{path} answered {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|e| provider.failed(format!("{path}: {e}")))
}
