//! Where to connect and how TLS begins there, as one writes it: `postgres://db.example.com`, `tls://10.0.0.7:8443`.

use std::fmt;
use std::str::FromStr;

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// At once.
    Tls,
    /// At once, with HTTP inside.
    Https,
    /// After an `SSLRequest` (PostgreSQL's protocol, "SSL Session Encryption").
    Postgres,
    /// After the server's greeting, with an `SSLRequest` packet (MySQL's client/server protocol).
    Mysql,
    /// After `STARTTLS` (RFC 3207).
    Smtp,
}

/// Scheme, protocol, usual port.
const SCHEMES: &[(&str, Protocol, Option<u16>)] = &[
    ("tls", Protocol::Tls, None),
    ("https", Protocol::Https, Some(443)),
    ("postgres", Protocol::Postgres, Some(5432)),
    ("postgresql", Protocol::Postgres, Some(5432)),
    ("mysql", Protocol::Mysql, Some(3306)),
    ("smtp", Protocol::Smtp, Some(25)),
];

/// One server to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub protocol: Protocol,
    pub host: String,
    pub port: u16,
    /// The name that the certificate must bear, where it is not the host.
    pub expect_name: Option<String>,
}

impl Target {
    /// The name that the certificate must bear; also sent as the server name indication.
    #[must_use]
    pub fn server_name(&self) -> &str {
        self.expect_name.as_deref().unwrap_or(&self.host)
    }
}

/// A target that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error(
        "“{0}” does not begin with a protocol; write it as postgres://db.example.com, mysql://…, smtp://…, https://… or tls://host:port"
    )]
    NoScheme(String),
    #[error("“{0}” is no protocol that can be probed; known are tls, https, postgres, mysql and smtp")]
    UnknownScheme(String),
    #[error("“{0}” names no host")]
    NoHost(String),
    #[error("“{0}” is not a port; write a number from 1 to 65535 after the colon")]
    Port(String),
    #[error("tls:// has no usual port; write it as tls://host:port")]
    PortNeeded,
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| TargetError::NoScheme(text.to_owned()))?;
        let (_, protocol, usual) = SCHEMES
            .iter()
            .find(|(known, ..)| *known == scheme)
            .ok_or_else(|| TargetError::UnknownScheme(scheme.to_owned()))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A connection string pasted whole: its user and password are of no use here and are not kept.
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(TargetError::NoHost(text.to_owned()));
        }
        let port = port.or(*usual).ok_or(TargetError::PortNeeded)?;
        Ok(Self { protocol: *protocol, host: host.to_owned(), port, expect_name: None })
    }
}

/// `host:5432`, `[2001:db8::1]:5432`, or either without a port.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), TargetError> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = port
        .map(|p| p.parse::<u16>().ok().filter(|n| *n != 0).ok_or_else(|| TargetError::Port(p.to_owned())))
        .transpose()?;
    Ok((host, port))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = SCHEMES.iter().find(|(_, p, _)| *p == self.protocol).map_or("tls", |(s, ..)| s);
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (written, read) in [
            ("postgres://db.example.com", "postgres://db.example.com:5432"),
            (
                "postgresql://app:secret@db.example.com:6432/orders?sslmode=verify-full",
                "postgres://db.example.com:6432",
            ),
            ("mysql://10.0.0.7", "mysql://10.0.0.7:3306"),
            ("smtp://mail.example.com:587", "smtp://mail.example.com:587"),
            ("tls://[2001:db8::1]:8443", "tls://[2001:db8::1]:8443"),
            ("https://shop.example.com/cart", "https://shop.example.com:443"),
        ] {
            let target: Target = written.parse().unwrap_or_else(|e| panic!("{written}: {e}"));
            assert_eq!(target.to_string(), read, "{written}");
        }
    }

    #[test]
    fn what_cannot_be_probed_is_refused_with_the_way_out() {
        for (written, error) in [
            ("db.example.com", TargetError::NoScheme("db.example.com".into())),
            ("oracle://db", TargetError::UnknownScheme("oracle".into())),
            ("tls://host", TargetError::PortNeeded),
            ("tls://host:99999", TargetError::Port("99999".into())),
            ("tls://host:0", TargetError::Port("0".into())),
            ("https:///path", TargetError::NoHost("https:///path".into())),
        ] {
            assert_eq!(written.parse::<Target>(), Err(error), "{written}");
        }
    }
}
