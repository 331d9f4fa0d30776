//! OpenID Connect: discovery, the authorization code flow with PKCE (RFC 7636), and the ID token with its keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims, IdTokenFields, IssuerUrl,
    LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};

use super::{Pending, Provider, SKEW, Sent, Vouched, http};
use crate::clock::machine_now;
use crate::identity::{IdentityError, normal_email};

/// What discovery told.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) metadata: ProviderMetadataWithLogout,
    pub(super) at: DateTime<Utc>,
}

/// Discovery is done again after so long, so that an endpoint that moved is found without a failure.
const KNOWN_FOR: chrono::TimeDelta = chrono::TimeDelta::hours(6);
/// Within so many seconds of sign-in the provider must say when it asked. The longest that we let a session last.
const SIGN_IN_AGE: std::time::Duration = std::time::Duration::from_secs(14 * 24 * 3600);

/// Claims beside the standard's, among them a provider's groups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Further {
    #[serde(flatten)]
    all: serde_json::Map<String, serde_json::Value>,
}

impl AdditionalClaims for Further {}

type IdFields = IdTokenFields<
    Further,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<IdFields, CoreTokenType>;
type OpenId = Client<
    Further,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type Claims = IdTokenClaims<Further, CoreGenderClaim>;

/// What discovery told; asked anew where that was long ago or `anew` says so.
pub(super) async fn known(provider: &Provider, anew: bool) -> Result<Arc<Known>, IdentityError> {
    let now = machine_now();
    if let Some(known) = provider.known.read().await.as_ref().filter(|known| !anew && now - known.at < KNOWN_FOR) {
        return Ok(Arc::clone(known));
    }
    let issuer = IssuerUrl::new(provider.settings.issuer().to_owned()).map_err(|e| provider.failed(e))?;
    let client = |request| http::call(provider.http.clone(), request);
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &client).await;
    let metadata = metadata.map_err(|e| provider.failed(chain(&e)))?;
    let known = Arc::new(Known { metadata, at: now });
    *provider.known.write().await = Some(Arc::clone(&known));
    Ok(known)
}

fn client(provider: &Provider, known: &Known) -> Result<OpenId, IdentityError> {
    let redirect = RedirectUrl::new(provider.redirect.clone()).map_err(|e| provider.failed(e))?;
    let secret = provider.secret.clone().map(ClientSecret::new);
    let id = ClientId::new(provider.settings.client_id.clone());
    let by_body = known.metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
        !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
    });
    let auth = if by_body { AuthType::RequestBody } else { AuthType::BasicAuth };
    Ok(OpenId::from_provider_metadata(known.metadata.clone(), id, secret)
        .set_redirect_uri(redirect)
        .set_auth_type(auth))
}

pub(super) async fn send(provider: &Provider, state: &str, anew: bool) -> Result<Sent, IdentityError> {
    let known = known(provider, false).await?;
    let client = client(provider, &known)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let state = state.to_owned();
    let scopes = provider.settings.scopes.iter().cloned().map(Scope::new);
    let mut asked = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), Nonce::new_random)
        .add_scopes(scopes)
        .set_pkce_challenge(challenge);
    // Asking for an age makes the provider say when it asked (OpenID Connect Core, 3.1.2.1).
    asked = if anew {
        asked.set_max_age(std::time::Duration::ZERO).add_prompt(CoreAuthPrompt::Login)
    } else {
        asked.set_max_age(SIGN_IN_AGE)
    };
    let (url, _, nonce) = asked.url();
    let pending = Pending { nonce: nonce.secret().clone(), verifier: verifier.into_secret() };
    Ok(Sent { url: url.into(), pending })
}

pub(super) async fn ask(provider: &Provider, code: String, pending: &Pending) -> Result<Vouched, IdentityError> {
    let known = known(provider, false).await?;
    let client = client(provider, &known)?;
    let http = |request| http::call(provider.http.clone(), request);
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|e| provider.failed(e))?
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
        .request_async(&http)
        .await
        .map_err(|e| provider.failed(chain(&e)))?;
    let claims = checked(provider, &client, &tokens, pending).await?;
    let more = further(provider, &client, &tokens, &claims).await?;
    let told = tokens.id_token().map(ToString::to_string);
    Ok(vouched(provider, &claims, more.as_ref(), told))
}

/// The ID token's claims, its signature checked with the provider's keys. Where none fits, the keys may have been changed
/// since discovery: they are fetched once more, and then it must fit.
async fn checked(
    provider: &Provider,
    client: &OpenId,
    tokens: &Tokens,
    pending: &Pending,
) -> Result<Claims, IdentityError> {
    match verified(client, tokens, pending) {
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
        )) => {
            tracing::info!(provider = provider.id, "no known key fits; asking the provider for its keys again");
            let anew = known(provider, true).await?;
            let client = self::client(provider, &anew)?;
            verified(&client, tokens, pending)
        }
        other => other,
    }
    .map_err(|e| IdentityError::NotAdmitted {
        code: "word_does_not_hold",
        told: format!("{}’s word does not hold: {}", provider.name, chain(&e)),
    })
}

fn verified(client: &OpenId, tokens: &Tokens, pending: &Pending) -> Result<Claims, ClaimsVerificationError> {
    let token = tokens.id_token().ok_or_else(|| ClaimsVerificationError::Other("there is no ID token".to_owned()))?;
    let not_ahead = |at: DateTime<Utc>| {
        if at > machine_now() + SKEW { Err(format!("{at} is ahead of our clock")) } else { Ok(()) }
    };
    let verifier = client
        .id_token_verifier()
        .set_time_fn(|| machine_now() - SKEW)
        .set_issue_time_verifier_fn(not_ahead)
        .set_auth_time_verifier_fn(move |at| at.map_or(Ok(()), not_ahead));
    token.claims(&verifier, &Nonce::new(pending.nonce.clone())).cloned()
}

/// What the ID token left out and the provider tells when asked: many put address and groups only there.
async fn further(
    provider: &Provider,
    client: &OpenId,
    tokens: &Tokens,
    claims: &Claims,
) -> Result<Option<UserInfoClaims<Further, CoreGenderClaim>>, IdentityError> {
    let groups = provider.settings.groups.is_empty()
        || claims.additional_claims().all.contains_key(&provider.settings.groups_claim);
    if claims.email().is_some() && claims.name().is_some() && groups {
        return Ok(None);
    }
    let Ok(asked) = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())) else {
        return Ok(None);
    };
    let http = |request| http::call(provider.http.clone(), request);
    asked.request_async(&http).await.map(Some).map_err(|e| provider.failed(chain(&e)))
}

fn vouched(
    provider: &Provider,
    claims: &Claims,
    more: Option<&UserInfoClaims<Further, CoreGenderClaim>>,
    id_token: Option<String>,
) -> Vouched {
    let own = claims.email().filter(|_| claims.email_verified() == Some(true));
    let told = || more.and_then(|more| more.email().filter(|_| more.email_verified() == Some(true)));
    let name = claims.name().or_else(|| more.and_then(UserInfoClaims::name));
    let zone = claims.zoneinfo().or_else(|| more.and_then(UserInfoClaims::zoneinfo));
    let claim = &provider.settings.groups_claim;
    let groups = claims.additional_claims().all.get(claim);
    let groups = groups.or_else(|| more.and_then(|more| more.additional_claims().all.get(claim)));
    Vouched {
        subject: claims.subject().to_string(),
        email: own.or_else(told).map(|email| normal_email(email)),
        name: name.and_then(|name| name.get(None)).map(|name| name.to_string()),
        zone: zone.map(|zone| zone.to_string()),
        groups: groups.map(words).unwrap_or_default(),
        // A clock a little ahead of ours must not make a proof last longer.
        asked_at: claims.auth_time().map(|at| at.min(machine_now())),
        session: claims.additional_claims().all.get("sid").and_then(|sid| sid.as_str()).map(str::to_owned),
        id_token,
    }
}

/// A claim's words: a list of them, or one alone.
fn words(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(one) => vec![one.clone()],
        serde_json::Value::Array(many) => many.iter().filter_map(|v| v.as_str()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

pub(super) async fn farewell(provider: &Provider, id_token: &str, back: &str) -> Option<String> {
    let known = known(provider, false).await.ok()?;
    let end = known.metadata.additional_metadata().end_session_endpoint.clone()?;
    let hint: openidconnect::IdToken<
        Further,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    > = id_token.parse().ok()?;
    let back = PostLogoutRedirectUrl::new(back.to_owned()).ok()?;
    let id = ClientId::new(provider.settings.client_id.clone());
    let asked = LogoutRequest::from(end).set_id_token_hint(&hint).set_client_id(id).set_post_logout_redirect_uri(back);
    Some(asked.http_get_url().into())
}

/// An error with everything that it came from: the outermost alone says “request failed”.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut from = error.source();
    while let Some(inner) = from {
        told.push_str(": ");
        told.push_str(&inner.to_string());
        from = inner.source();
    }
    told
}
