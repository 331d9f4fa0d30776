//! A pack as one file: a ZIP with `record.json`, the raw messages, a report to read and a word on how to verify.

use std::io::{Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::judge::Judgement;
use super::pack::{FORMAT, Pack};
use crate::desk::{Desk, DeskError};

const RECORD: &str = "record.json";

/// More than any honest entry has: a file that unpacks to more is refused before memory is spent on it.
const LARGEST_ENTRY: u64 = 4 << 30;

/// Why a pack could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("the evidence could not be gathered: {0}")]
    Desk(#[from] DeskError),
    #[error("the file is no evidence pack: {0}; `countersign audit export` makes one")]
    Zip(#[from] zip::result::ZipError),
    #[error("the file could not be read or written: {0}")]
    Io(#[from] std::io::Error),
    #[error("record.json in the pack cannot be understood: {0}")]
    Record(#[from] serde_json::Error),
    #[error("the pack has format {0}, which this program does not know; verify it with a newer countersign")]
    TooNew(u32),
    #[error("{0} in the pack is larger than any honest entry; it is not opened")]
    TooLarge(String),
}

impl Pack {
    /// Writes the pack as a ZIP, with `report` as the page to read. Messages are taken from the desk one at a time.
    ///
    /// # Errors
    /// When the database does not answer or the file cannot be written.
    pub async fn write(&self, desk: &Desk, report: &str, out: impl Write + Seek + Send) -> Result<(), BundleError> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        let mut zip = ZipWriter::new(out);
        zip.start_file("README.txt", options)?;
        zip.write_all(README.as_bytes())?;
        zip.start_file("report.html", options)?;
        zip.write_all(report.as_bytes())?;
        zip.start_file(RECORD, options)?;
        serde_json::to_writer_pretty(&mut zip, self)?;
        for message in &self.messages {
            if let Some(raw) = desk.evidence_bytes(message).await? {
                zip.start_file(message.file(), options)?;
                zip.write_all(&raw)?;
            }
        }
        for file in &self.files {
            if let Some(raw) = desk.evidence_file_bytes(file).await? {
                zip.start_file(file.file(), options)?;
                zip.write_all(&raw)?;
            }
        }
        zip.finish()?;
        Ok(())
    }

    /// Reads a pack and judges it.
    ///
    /// # Errors
    /// Where the file is no pack. A pack that was tampered with is judged and not an error.
    pub fn verify(file: impl Read + Seek) -> Result<(Self, Judgement), BundleError> {
        let mut zip = ZipArchive::new(file)?;
        let pack: Self = serde_json::from_slice(&entry(&mut zip, RECORD)?)?;
        if pack.format > FORMAT {
            return Err(BundleError::TooNew(pack.format));
        }
        let judgement = pack.judge(|name| entry(&mut zip, name).ok());
        Ok((pack, judgement))
    }
}

fn entry(zip: &mut ZipArchive<impl Read + Seek>, name: &str) -> Result<Vec<u8>, BundleError> {
    let mut file = zip.by_name(name)?;
    if file.size() > LARGEST_ENTRY {
        return Err(BundleError::TooLarge(name.to_owned()));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(LARGEST_ENTRY).read_to_end(&mut bytes)?;
    Ok(bytes)
}

const README: &str = "\
This is an evidence pack of Countersign.

  report.html   who knew and who signed what, and when: open it in any browser
  record.json   the record itself: every event with its hash, the words it commits to, the signed checkpoints
  messages/     the mails and payloads as they arrived, byte for byte
  evidence/     what was attached to steps, and what probes saw (JSON), each under the digest that its step commits to

To verify it on any machine, without the server that made it:

  countersign audit verify PACK.zip

That recomputes every hash, compares each text, message and file with what the record commits to, and checks the
signatures of the checkpoints. It prints the ids of the keys that signed them: compare them with those in the footer of a
mail that you received from this installation.
";
