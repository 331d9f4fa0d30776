//! A provider to sign in with, as an operator writes it: `[sign_in.providers.NAME]`.
//!
//! Owns its keys, the presets and what makes one unusable. How a provider is asked is `identity`'s.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Secret, SignIn};

/// Providers by the name that stands in their address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Providers(pub BTreeMap<String, Provider>);

/// What a directory that keeps people and groups here (SCIM) may do: `[sign_in.scim]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scim {
    /// What a group of the directory gives. Once one is named, the directory's groups decide about levels, teams and role.
    #[serde(default)]
    pub groups: BTreeMap<String, Grants>,
}

/// One provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Fills in what is known of a provider: `google`, `github`, or `openid` for any other.
    #[serde(default)]
    pub preset: Preset,
    /// The name on the button. Left out: that of the preset, else the name in the configuration.
    #[serde(default)]
    pub name: String,
    /// Where discovery begins: what stands before `/.well-known/openid-configuration`.
    #[serde(default)]
    pub issuer: String,
    pub client_id: String,
    #[serde(default = "nothing")]
    pub client_secret: Secret,
    /// A file that holds the secret alone.
    #[serde(default)]
    pub client_secret_file: PathBuf,
    /// Asked for beside `openid`. Left out: `email` and `profile`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// Whoever comes with a verified address in one of these domains gets an account. Empty: only people known here.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The claim that lists a person's groups.
    #[serde(default = "usual_groups")]
    pub groups_claim: String,
    /// What a group gives. Once one is named, the provider's groups decide about levels, teams and role at every sign-in.
    #[serde(default)]
    pub groups: BTreeMap<String, Grants>,
}

/// What belonging to a group gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Ids of levels.
    #[serde(default)]
    pub levels: Vec<String>,
    /// Names of teams.
    #[serde(default)]
    pub teams: Vec<String>,
    /// `administrator`, `member` or `auditor`.
    #[serde(default)]
    pub role: Option<String>,
}

/// What is known of a provider beforehand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    #[default]
    Openid,
    Google,
    Github,
}

fn nothing() -> Secret {
    Secret::from(String::new())
}

fn usual_scopes() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}

fn usual_groups() -> String {
    "groups".to_owned()
}

impl Provider {
    /// The name for people.
    #[must_use]
    pub fn shown(&self, id: &str) -> String {
        match self.preset {
            _ if !self.name.is_empty() => self.name.clone(),
            Preset::Openid => id.to_owned(),
            Preset::Google => "Google".to_owned(),
            Preset::Github => "GitHub".to_owned(),
        }
    }

    /// Where discovery begins. GitHub has none: it speaks OAuth 2.0 and not OpenID Connect.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match self.preset {
            Preset::Google if self.issuer.is_empty() => "https://accounts.google.com",
            Preset::Github if self.issuer.is_empty() => "https://github.com",
            _ => &self.issuer,
        }
    }
}

impl SignIn {
    /// What keeps these ways of signing in from working, each reason with its remedy.
    pub(super) fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.passwords && !self.mail && self.providers.0.is_empty() {
            let told = "sign_in leaves no way in: allow passwords or mail, or name a provider";
            found.push(told.to_owned());
        }
        for (id, provider) in &self.providers.0 {
            let path = format!("sign_in.providers.{id}");
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
                found.push(format!("{path}: a provider's name is lower-case letters, digits and hyphens"));
            }
            if provider.issuer().is_empty() {
                found.push(format!("{path}.issuer is missing: write what stands before /.well-known"));
            }
            if provider.client_id.is_empty() {
                found.push(format!("{path}.client_id is missing: the provider gives it when you register Countersign"));
            }
            found.extend(unknown_roles(&path, &provider.groups));
        }
        found.extend(unknown_roles("sign_in.scim", &self.scim.groups));
        found
    }
}

fn unknown_roles(path: &str, groups: &BTreeMap<String, Grants>) -> Vec<String> {
    let told = |role| format!("{path}.groups: “{role}” is no role; it is administrator, member or auditor");
    let roles = groups.values().filter_map(|grants| grants.role.as_deref());
    roles.filter(|role| !["administrator", "member", "auditor"].contains(role)).map(told).collect()
}
