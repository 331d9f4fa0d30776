//! The plain-text beginnings: what a client says before TLS in PostgreSQL, MySQL and SMTP.
//!
//! Reads no more than a beginning needs, and gives up on one that is longer than any real one.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ProbeError, Protocol};

/// The longest greeting taken: MySQL's is under 200 bytes, SMTP's a few lines.
const LONGEST: usize = 8 * 1024;

/// Why TLS did not begin.
pub(super) enum Trouble {
    NoTls(String),
    Io(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Trouble {
    pub(super) fn at(self, address: SocketAddr) -> ProbeError {
        match self {
            Self::NoTls(said) => ProbeError::NoTls { address, said },
            Self::Io(source) => ProbeError::Broken { address, source },
        }
    }
}

/// Brings the connection to where the TLS handshake begins.
pub(super) async fn begin_tls(protocol: Protocol, stream: &mut TcpStream) -> Result<(), Trouble> {
    match protocol {
        Protocol::Tls | Protocol::Https => Ok(()),
        Protocol::Postgres => postgres(stream).await,
        Protocol::Mysql => mysql(stream).await,
        Protocol::Smtp => smtp(stream).await,
    }
}

/// `SSLRequest`: length 8, code 80877103; answered by one byte, `S` or `N`
/// (PostgreSQL documentation, "Message Formats").
async fn postgres(stream: &mut TcpStream) -> Result<(), Trouble> {
    stream.write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]).await?;
    match stream.read_u8().await? {
        b'S' => Ok(()),
        b'N' => Err(Trouble::NoTls("N: SSL is off in this server".to_owned())),
        other => Err(Trouble::NoTls(format!("{:?}: not a PostgreSQL server", other as char))),
    }
}

const CLIENT_PROTOCOL_41: u32 = 0x0200;
const CLIENT_SSL: u32 = 0x0800;
const CLIENT_SECURE_CONNECTION: u32 = 0x8000;

/// The server greets with a packet; its capability flags say whether it has TLS; the client answers with the first 32
/// bytes of a handshake response (MySQL Internals, "Protocol::SSLRequest").
async fn mysql(stream: &mut TcpStream) -> Result<(), Trouble> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).await?;
    let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
    if length == 0 || length > LONGEST {
        return Err(Trouble::NoTls("a greeting of an impossible length: not a MySQL server".to_owned()));
    }
    let mut greeting = vec![0; length];
    stream.read_exact(&mut greeting).await?;
    if greeting[0] == 0xff {
        return Err(Trouble::NoTls(printable(greeting.get(3..).unwrap_or_default())));
    }
    // protocol version, server version up to a NUL, thread id (4), salt (8), filler (1), then the lower two flag bytes
    let flags_at = greeting.iter().position(|b| *b == 0).map_or(usize::MAX, |nul| nul + 1 + 4 + 8 + 1);
    let Some(&[low, high]) = greeting.get(flags_at..flags_at.saturating_add(2)) else {
        return Err(Trouble::NoTls("a greeting that breaks off: not a MySQL server".to_owned()));
    };
    if u32::from(u16::from_le_bytes([low, high])) & CLIENT_SSL == 0 {
        return Err(Trouble::NoTls("a greeting without the SSL capability".to_owned()));
    }
    let capabilities = CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION;
    let mut request = vec![32, 0, 0, header[3].wrapping_add(1)];
    request.extend(capabilities.to_le_bytes());
    request.extend((1_u32 << 24).to_le_bytes()); // the largest packet
    request.push(45); // utf8mb4
    request.extend([0; 23]);
    stream.write_all(&request).await?;
    Ok(())
}

/// `EHLO`, then `STARTTLS` (RFC 3207).
async fn smtp(stream: &mut TcpStream) -> Result<(), Trouble> {
    smtp_reply(stream, "220").await?;
    stream.write_all(b"EHLO countersign-probe\r\n").await?;
    smtp_reply(stream, "250").await?;
    stream.write_all(b"STARTTLS\r\n").await?;
    smtp_reply(stream, "220").await
}

/// Reads one reply of one or more lines; anything but the code wanted is told.
async fn smtp_reply(stream: &mut TcpStream, code: &str) -> Result<(), Trouble> {
    let mut reply = Vec::new();
    loop {
        let byte = stream.read_u8().await?;
        reply.push(byte);
        if reply.len() > LONGEST {
            return Err(Trouble::NoTls("a reply without end: not an SMTP server".to_owned()));
        }
        if byte != b'\n' {
            continue;
        }
        let line = reply[..reply.len() - 1].rsplit(|b| *b == b'\n').next().unwrap_or_default();
        // The last line of a reply has a space, or nothing, after its code (RFC 5321, 4.2).
        if line.len() < 4 || line[3] != b'-' {
            let fine = line.starts_with(code.as_bytes());
            return if fine { Ok(()) } else { Err(Trouble::NoTls(printable(line))) };
        }
    }
}

/// What a server said, safe to print.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).take(200).collect()
}
