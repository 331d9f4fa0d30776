//! Calls of Amazon's APIs: signed by SigV4, with credentials as the AWS tools find them, or of a role in another account.

use axum::body::Bytes;
use reqsign_aws_v4::{
    AssumeRoleCredentialProvider, Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::{Context, FileRead, HttpSend, OsEnv, Signer};
use ring::digest::{SHA256, digest};

use super::PollError;
use crate::config::Source;
use crate::intake::http::{Fetched, Http};

/// One account of a source: its own credentials, or a role taken on.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    http: &'a Http,
    source: &'a Source,
    role: Option<&'a str>,
}

/// What is asked of a service.
pub struct Call<'a> {
    pub service: &'a str,
    pub region: &'a str,
    pub headers: Vec<(&'static str, &'a str)>,
    pub body: String,
}

/// The accounts that a source looks at.
pub fn accounts<'a>(http: &'a Http, source: &'a Source) -> Vec<Account<'a>> {
    if source.roles.is_empty() {
        return vec![Account { http, source, role: None }];
    }
    source.roles.iter().map(|role| Account { http, source, role: Some(role) }).collect()
}

impl Account<'_> {
    /// Asks, and gives the answer where it is one of success.
    pub async fn call(&self, call: Call<'_>) -> Result<Fetched, PollError> {
        let host = format!("https://{}.{}.{}", call.service, call.region, suffix(call.region));
        let url = if self.source.endpoint.is_empty() { host } else { self.source.endpoint.clone() };
        let url = format!("{}/", url.trim_end_matches('/'));
        let hash = hex::encode(digest(&SHA256, call.body.as_bytes()));
        let mut request = http::Request::post(&url).header("x-amz-content-sha256", hash);
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        let told = |error: &dyn ToString| PollError::Setting(format!("{url}: {}", error.to_string()));
        let (mut parts, ()) = request.body(()).map_err(|error| told(&error))?.into_parts();
        let signed = self.signer(call.service, call.region).sign(&mut parts, None).await;
        signed.map_err(|error| {
            let role = self.role.map(|role| format!(" as {role}")).unwrap_or_default();
            PollError::Credentials(format!("poll.sources “{}”: no credentials{role}: {error}", self.source.name))
        })?;
        let failed = |source| PollError::Http { url: url.clone(), source };
        let request = self.http.client().post(&url).headers(parts.headers).body(call.body);
        self.http.send(request).await.and_then(Fetched::success).map_err(failed)
    }

    fn signer(&self, service: &str, region: &str) -> Signer<Credential> {
        let context = Context::new().with_env(OsEnv).with_file_read(Files).with_http_send(Sender(self.http.clone()));
        let given = (self.source.access_key.as_str(), self.source.secret_key.expose());
        let own = |signer: RequestSigner| match given {
            ("", _) => Signer::new(context.clone(), DefaultCredentialProvider::new(), signer),
            (id, key) => Signer::new(context.clone(), StaticCredentialProvider::new(id, key), signer),
        };
        let signer = RequestSigner::new(service, region);
        let Some(role) = self.role else { return own(signer) };
        let mut taken = AssumeRoleCredentialProvider::new(role.to_owned(), own(RequestSigner::new("sts", region)))
            .with_role_session_name("countersign".to_owned())
            .with_region(region.to_owned())
            .with_regional_sts_endpoint();
        if !self.source.external_id.is_empty() {
            taken = taken.with_external_id(self.source.external_id.clone());
        }
        Signer::new(context.clone(), taken, signer)
    }
}

/// The domain of a region's services.
fn suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// The query protocol's form, in the version of the RDS API.
pub fn form(action: &str, parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", "2014-10-31")
        .extend_pairs(parameters)
        .finish()
}

/// The header that says so.
pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

/// How the credentials' own calls go out.
#[derive(Debug, Clone)]
struct Sender(Http);

impl HttpSend for Sender {
    async fn http_send(&self, request: http::Request<Bytes>) -> reqsign_core::Result<http::Response<Bytes>> {
        let told = |error: String| reqsign_core::Error::unexpected(error);
        let (parts, body) = request.into_parts();
        let asked =
            self.0.client().request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body.to_vec());
        let fetched = self.0.send(asked).await.map_err(|error| told(error.to_string()))?;
        let mut response = http::Response::builder().status(fetched.status);
        if let Some(headers) = response.headers_mut() {
            headers.extend(fetched.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        response.body(fetched.body.into()).map_err(|error| told(error.to_string()))
    }
}

/// Profiles and tokens that lie in files.
#[derive(Debug, Clone, Copy)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        tokio::fs::read(path).await.map_err(|error| reqsign_core::Error::unexpected(format!("{path}: {error}")))
    }
}
