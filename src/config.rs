//! What an operator can set: `countersign.toml`, and each key again as `COUNTERSIGN_SECTION__KEY`.
//!
//! Owns every key with its default and its words (one declaration in `keys.rs` makes the struct, the default and the
//! example file). A key that does not exist is an error naming the nearest one that does: a typo must not become a
//! default. It reads the file and the environment and nothing else; what a value *leads to* is decided where it is used.

mod doors;
mod keys;
mod sign_in;

use std::path::{Path, PathBuf};

use toml::{Table, Value};

pub use doors::{Adapter, Address, Hook, ImapTls, Mailbox, Poll, Source};
pub use keys::{
    Authenticity, Database, Dispatch, Dns, Evidence, Hooks, Keyring, Lmtp, LogFormat, Mail, MailAuth, MailTls, Probe,
    Reading, Role, Secret, Server, SignIn, Smtp, Telemetry, Web, Worker,
};
pub use sign_in::{Grants, Preset, Provider, Providers, Scim};

/// The name of the file that is read from the working folder where `--config` names no other.
pub const FILE: &str = "countersign.toml";

/// The variable that names the file, as `--config` does.
pub const FILE_VARIABLE: &str = "COUNTERSIGN_CONFIG";

const PREFIX: &str = "COUNTERSIGN_";

/// One key that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    /// The default, as TOML.
    pub default: &'static str,
    pub doc: &'static [&'static str],
}

impl Key {
    /// `smtp.listen`
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `COUNTERSIGN_SMTP__LISTEN`
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}__{}", self.section, self.name).to_uppercase()
    }

    fn default_value(&self) -> Value {
        let document: Table =
            format!("v = {}", self.default).parse().expect("every default is TOML; a test reads them all");
        document["v"].clone()
    }
}

/// Everything that can be set, each value checked for its type.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: Server,
    pub web: Web,
    pub sign_in: SignIn,
    pub database: Database,
    pub keyring: Keyring,
    pub reading: Reading,
    pub smtp: Smtp,
    pub lmtp: Lmtp,
    pub inbound: keys::Inbound,
    pub imap: keys::Imap,
    pub poll: keys::Poll,
    pub silence: keys::Silence,
    pub authenticity: Authenticity,
    pub mail: Mail,
    pub worker: Worker,
    pub dispatch: Dispatch,
    pub evidence: Evidence,
    pub probe: Probe,
    pub hooks: Hooks,
    pub telemetry: Telemetry,
}

/// Why a configuration is refused. Each says where, what is wrong there, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{origin}: is not TOML: {message}")]
    Syntax { origin: String, message: String },
    #[error("{origin}: there is no key “{key}”{}", hint(nearest.as_deref()))]
    UnknownKey { origin: String, key: String, nearest: Option<String> },
    #[error("{origin}: “{key}” is a section: write it as [{key}] with keys below")]
    NotASection { origin: String, key: String },
    #[error("{key}: {message}")]
    BadValue { key: String, message: String },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|n| format!("; did you mean “{n}”?")).unwrap_or_default()
}

impl Config {
    /// The defaults alone.
    #[must_use]
    pub fn defaults() -> Self {
        Self::from_table(defaults_table()).expect("the defaults are valid; a test holds that")
    }

    /// Reads `file`, or `countersign.toml` in the working folder if there is one, and lays the environment over it.
    ///
    /// # Errors
    /// Where the named file cannot be read, is not TOML, or a key or value of either source is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut table = defaults_table();
        let standard = Path::new(FILE);
        if let Some(path) = file.or_else(|| standard.exists().then_some(standard)) {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            overlay_text(&mut table, &text, &path.display().to_string())?;
        }
        // A variable of another program may be no UTF-8; ours are words and numbers.
        let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        overlay_environment(&mut table, variables)?;
        Self::from_table(table)
    }

    /// The defaults with the text of a file and variables laid over them. For tests and for `Config::load`'s parts.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_parts(text: &str, variables: &[(&str, &str)]) -> Result<Self, ConfigError> {
        let mut table = defaults_table();
        overlay_text(&mut table, text, FILE)?;
        overlay_environment(&mut table, variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))?;
        Self::from_table(table)
    }

    /// Every key in the order of the example file.
    pub fn keys() -> impl Iterator<Item = &'static Key> {
        keys::SECTIONS.iter().flat_map(|s| s.keys.iter())
    }

    /// The text of `countersign.example.toml`: every key with its words, its default and its variable.
    #[must_use]
    pub fn example() -> String {
        let mut out = String::from(
            "# Countersign's configuration. Every key is shown with its default; set only what differs.\n\
             # Each key can also be given as an environment variable, which wins: COUNTERSIGN_SECTION__KEY.\n\
             # A key that does not exist stops the start, with the nearest one that does.\n",
        );
        for section in keys::SECTIONS {
            out.push('\n');
            for line in section.about {
                out.push_str(format!("# {}", line.trim()).trim_end());
                out.push('\n');
            }
            out.push_str(&format!("[{}]\n", section.name));
            for key in section.keys {
                for line in key.doc {
                    out.push_str(format!("# {}", line.trim()).trim_end());
                    out.push('\n');
                }
                out.push_str(&format!("# {} = {}\n", key.name, key.default_value()));
            }
        }
        out
    }

    fn from_table(mut table: Table) -> Result<Self, ConfigError> {
        Ok(Self {
            server: section(&mut table, "server")?,
            web: section(&mut table, "web")?,
            sign_in: section(&mut table, "sign_in")?,
            database: section(&mut table, "database")?,
            keyring: section(&mut table, "keyring")?,
            reading: section(&mut table, "reading")?,
            smtp: section(&mut table, "smtp")?,
            lmtp: section(&mut table, "lmtp")?,
            inbound: section(&mut table, "inbound")?,
            imap: section(&mut table, "imap")?,
            poll: section(&mut table, "poll")?,
            silence: section(&mut table, "silence")?,
            authenticity: section(&mut table, "authenticity")?,
            mail: section(&mut table, "mail")?,
            worker: section(&mut table, "worker")?,
            dispatch: section(&mut table, "dispatch")?,
            evidence: section(&mut table, "evidence")?,
            probe: section(&mut table, "probe")?,
            hooks: section(&mut table, "hooks")?,
            telemetry: section(&mut table, "telemetry")?,
        })
    }

    /// Where the database is: the configured address, or the SQLite file in the data folder.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.server.data.join("countersign.sqlite").display())
        } else {
            self.database.url.expose().to_owned()
        }
    }

    #[must_use]
    pub fn uses_sqlite(&self) -> bool {
        self.database_url().starts_with("sqlite:")
    }

    /// Where local mode puts its mails, one file each.
    #[must_use]
    pub fn outbox_folder(&self) -> PathBuf {
        self.server.data.join("outbox")
    }

    /// Where the signed heads of the record are kept beside the database.
    #[must_use]
    pub fn checkpoints_file(&self) -> PathBuf {
        self.server.data.join("checkpoints.jsonl")
    }

    #[must_use]
    pub fn keyring_file(&self) -> PathBuf {
        if self.keyring.file.as_os_str().is_empty() {
            self.server.data.join("keyring.toml")
        } else {
            self.keyring.file.clone()
        }
    }

    /// The name in the mail door's greeting.
    #[must_use]
    pub fn smtp_hostname(&self) -> String {
        if self.smtp.hostname.is_empty() { "countersign".to_owned() } else { self.smtp.hostname.clone() }
    }

    /// What keeps this configuration from serving, each reason with its remedy; empty where it may.
    #[must_use]
    pub fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.mail.host.is_empty() && !self.server.local_mode {
            found.push(
                "there is no way to send mail, and a product that reminds must not run mute: set mail.host, or \
                 server.local_mode = true to have the mails written to a folder and shown on the Outbox page"
                    .to_owned(),
            );
        }
        if self.uses_sqlite() && self.server.role != Role::All {
            found.push(format!(
                "server.role = \"{}\" needs PostgreSQL: SQLite is for one process, and several would wait for each \
                 other's locks; set database.url to postgres://…, or leave the role at \"all\"",
                self.server.role.word()
            ));
        }
        if self.smtp.tls_certificate.as_os_str().is_empty() != self.smtp.tls_key.as_os_str().is_empty() {
            found.push("smtp.tls_certificate and smtp.tls_key belong together: set both, or neither".to_owned());
        }
        if !self.smtp.tls_listen.is_empty() && self.smtp.tls_certificate.as_os_str().is_empty() {
            found.push("smtp.tls_listen needs smtp.tls_certificate and smtp.tls_key, or must stay empty".to_owned());
        }
        if !self.mail.username.is_empty()
            && self.mail.password.is_empty()
            && self.mail.password_file.as_os_str().is_empty()
        {
            found.push("mail.username is set without mail.password or mail.password_file".to_owned());
        }
        found.extend(self.sign_in.objections());
        found
    }
}

fn section<T: serde::de::DeserializeOwned>(table: &mut Table, name: &'static str) -> Result<T, ConfigError> {
    let value = table.remove(name).expect("defaults_table has every section");
    value.clone().try_into().map_err(|e: toml::de::Error| blame(name, &value, &e))
}

/// Finds which key a type error is about: the deserializer knows the message but, from a merged value, not always where.
fn blame(section: &str, value: &Value, error: &toml::de::Error) -> ConfigError {
    let text = error.to_string();
    let key = value
        .as_table()
        .and_then(|t| t.keys().find(|k| text.contains(&format!("`{k}`"))))
        .map_or_else(|| section.to_owned(), |k| format!("{section}.{k}"));
    ConfigError::BadValue { key, message: text.lines().next().unwrap_or_default().trim().to_owned() }
}

fn defaults_table() -> Table {
    let mut table = Table::new();
    for key in Config::keys() {
        let section = table.entry(key.section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(t) = section {
            t.insert(key.name.to_owned(), key.default_value());
        }
    }
    table
}

fn overlay_text(table: &mut Table, text: &str, origin: &str) -> Result<(), ConfigError> {
    let given: Table = text
        .parse()
        .map_err(|e: toml::de::Error| ConfigError::Syntax { origin: origin.to_owned(), message: e.to_string() })?;
    for (section, values) in given {
        if !keys::SECTIONS.iter().any(|s| s.name == section) {
            let nearest = nearest(&section, keys::SECTIONS.iter().map(|s| s.name.to_owned()));
            return Err(ConfigError::UnknownKey { origin: origin.to_owned(), key: section, nearest });
        }
        let Value::Table(values) = values else {
            return Err(ConfigError::NotASection { origin: origin.to_owned(), key: section });
        };
        for (name, value) in values {
            let key = known(origin, &format!("{section}.{name}"))?;
            put(table, key, value);
        }
    }
    Ok(())
}

/// Variables without `__` are left alone: Kubernetes gives every pod `COUNTERSIGN_PORT` and the like for a service named
/// countersign.
fn overlay_environment(
    table: &mut Table,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (variable, text) in variables {
        let Some((section, name)) = variable.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
            continue;
        };
        let path = format!("{}.{}", section.to_lowercase(), name.to_lowercase());
        let key = known("environment", &path).map_err(|e| match e {
            ConfigError::UnknownKey { origin, nearest, .. } => ConfigError::UnknownKey {
                origin,
                key: variable.clone(),
                nearest: nearest.map(|n| format!("{PREFIX}{}", n.replace('.', "__").to_uppercase())),
            },
            other => other,
        })?;
        put(table, key, typed(key, &text)?);
    }
    Ok(())
}

/// A variable's text as the type that the key's default has.
fn typed(key: &Key, text: &str) -> Result<Value, ConfigError> {
    let bad = |expected: &str| ConfigError::BadValue {
        key: key.variable(),
        message: format!("“{text}” is not {expected}"),
    };
    Ok(match key.default_value() {
        Value::Integer(_) => Value::Integer(text.trim().parse().map_err(|_| bad("a whole number"))?),
        Value::Boolean(_) => Value::Boolean(text.trim().parse().map_err(|_| bad("true or false"))?),
        Value::Array(_) if text.trim_start().starts_with('[') => {
            let document: Table = format!("v = {text}").parse().map_err(|_| bad("a TOML list"))?;
            document["v"].clone()
        }
        Value::Table(_) => {
            let document: Table = format!("v = {}", text.trim()).parse().map_err(|_| bad("a TOML table"))?;
            document["v"].clone()
        }
        Value::Array(_) => Value::Array(
            text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(|s| Value::String(s.to_owned())).collect(),
        ),
        _ => Value::String(text.to_owned()),
    })
}

fn put(table: &mut Table, key: &Key, value: Value) {
    if let Some(Value::Table(section)) = table.get_mut(key.section) {
        section.insert(key.name.to_owned(), value);
    }
}

fn known(origin: &str, path: &str) -> Result<&'static Key, ConfigError> {
    Config::keys().find(|k| k.path() == path).ok_or_else(|| ConfigError::UnknownKey {
        origin: origin.to_owned(),
        key: path.to_owned(),
        nearest: nearest(path, Config::keys().map(Key::path)),
    })
}

/// The known name that is most like `given`; none where nothing is near, since a wild guess misleads.
fn nearest(given: &str, names: impl Iterator<Item = String>) -> Option<String> {
    names
        .map(|name| (strsim::jaro_winkler(given, &name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_listen_only_on_this_machine() {
        let config = Config::defaults();
        assert_eq!(config.web.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(config.smtp.listen, "127.0.0.1:2525");
        assert!(config.uses_sqlite());
    }

    #[test]
    fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
        let file = "[smtp]\nmax_recipients = 7\nrecipients = [\"notices@example.com\"]\n[mail]\nport = 25\n";
        let config = Config::from_parts(
            file,
            &[
                ("COUNTERSIGN_MAIL__PORT", "2526"),
                ("COUNTERSIGN_AUTHENTICITY__COLLEAGUE_DOMAINS", "a.example, b.example"),
                ("COUNTERSIGN_SERVER__LOCAL_MODE", "true"),
            ],
        )
        .unwrap();
        assert_eq!((config.smtp.max_recipients, config.mail.port), (7, 2526));
        assert_eq!(config.smtp.recipients, ["notices@example.com"]);
        assert_eq!(config.authenticity.colleague_domains, ["a.example", "b.example"]);
        assert!(config.server.local_mode);
    }

    #[test]
    fn a_typo_is_an_error_that_names_the_nearest_key() {
        let refused =
            |text: &str, variables: &[(&str, &str)]| Config::from_parts(text, variables).unwrap_err().to_string();
        let said = refused("[smtp]\nlisten_on = \"0.0.0.0:25\"\n", &[]);
        assert!(said.contains("smtp.listen_on") && said.contains("“smtp.listen”"), "{said}");
        let said = refused("[emial]\nhost = \"x\"\n", &[]);
        assert!(said.contains("emial") && said.contains("“mail”"), "{said}");
        let said = refused("", &[("COUNTERSIGN_MAIL__HOSTS", "x")]);
        assert!(said.contains("COUNTERSIGN_MAIL__HOSTS") && said.contains("“COUNTERSIGN_MAIL__HOST”"), "{said}");
        let said = refused("port = 3\n", &[]);
        assert!(said.contains("“port”"), "{said}");
    }

    #[test]
    fn a_value_of_the_wrong_type_names_its_key() {
        let said = Config::from_parts("[mail]\nport = \"many\"\n", &[]).unwrap_err().to_string();
        assert!(said.contains("mail.port"), "{said}");
        let said = Config::from_parts("[mail]\ntls = \"sometimes\"\n", &[]).unwrap_err().to_string();
        assert!(said.contains("mail.tls") && said.contains("starttls"), "{said}");
        let said = Config::from_parts("", &[("COUNTERSIGN_MAIL__PORT", "many")]).unwrap_err().to_string();
        assert!(said.contains("COUNTERSIGN_MAIL__PORT"), "{said}");
    }

    #[test]
    fn variables_of_other_programs_are_left_alone() {
        Config::from_parts("", &[("COUNTERSIGN_PORT", "tcp://10.0.0.1:80"), ("PATH", "/bin")]).unwrap();
    }

    #[test]
    fn a_secret_is_never_printed() {
        let config = Config::from_parts("[mail]\npassword = \"hunter2\"\n", &[]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"), "the debug form of the configuration shows the password");
    }

    #[test]
    fn serving_mute_is_refused_outside_local_mode() {
        let objections = Config::defaults().objections();
        assert!(objections.iter().any(|o| o.contains("mail.host")), "{objections:?}");
        let local = Config::from_parts("[server]\nlocal_mode = true\n", &[]).unwrap();
        assert_eq!(local.objections(), Vec::<String>::new());
    }

    #[test]
    fn splitting_the_roles_on_sqlite_is_refused_with_the_reason() {
        let split = Config::from_parts("[server]\nlocal_mode = true\nrole = \"web\"\n", &[]).unwrap();
        assert!(split.objections()[0].contains("PostgreSQL"), "{:?}", split.objections());
    }

    #[test]
    fn the_example_file_shows_every_key_with_its_default() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("countersign.example.toml");
        let example = Config::example();
        if std::env::var_os("UPDATE_EXAMPLE").is_some() {
            std::fs::write(&path, &example).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == example,
            "countersign.example.toml has drifted: run UPDATE_EXAMPLE=1 cargo test --lib config::"
        );
        let uncommented: String = example
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|l| is_assignment(l)).unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        Config::from_parts(&uncommented, &[]).expect("the example, uncommented, is a valid configuration");
    }

    fn is_assignment(line: &str) -> bool {
        line.split_once(" = ").is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    }
}
