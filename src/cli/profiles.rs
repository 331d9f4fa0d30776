//! An installation's own provider profiles: a folder of `<id>.toml`, laid over those that come with the program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::reading::profile::Providers;

/// The program's profiles with those of a folder, one with a known id in the place of the program's.
///
/// # Errors
/// Where the folder cannot be listed, holds no profile, or a file of it cannot be read or breaks the schema; the file is
/// named.
pub(super) fn load(folder: &Path) -> anyhow::Result<Providers> {
    let files = files(folder)
        .with_context(|| format!("the folder of provider profiles {} cannot be listed", folder.display()))?;
    ensure!(!files.is_empty(), "the folder of provider profiles {} holds no .toml file", folder.display());
    let mut own: Vec<(String, String)> = Vec::new();
    for file in files {
        let id = file.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        let id = id.with_context(|| format!("{}: a profile's file is named by its id", file.display()))?;
        let text =
            fs::read_to_string(&file).with_context(|| format!("the profile {} cannot be read", file.display()))?;
        own.push((id, text));
    }
    let pairs = own.iter().map(|(id, text)| (id.as_str(), text.as_str()));
    Providers::with(pairs).with_context(|| format!("in the folder of provider profiles {}", folder.display()))
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = "id = 'acme'\nname = 'Acme Hosting'\nsort = 'hoster'\ndomains = ['acme.example']\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file in it");
        }
        folder
    }

    #[test]
    fn a_folder_of_profiles_is_laid_over_the_programs_own() {
        let folder = folder(&[("acme.toml", ACME), ("README.md", "not a profile")]);
        let all = load(folder.path()).expect("a valid folder");
        assert_eq!(all.of_domain("mail.acme.example").map(|p| p.name.as_str()), Some("Acme Hosting"));
        assert!(all.get("aws").is_some(), "the program's own profiles are still there");
    }

    #[test]
    fn each_fault_names_the_file_and_what_is_wrong() {
        let told = |files: &[(&str, &str)]| format!("{:#}", load(folder(files).path()).expect_err("it is faulty"));
        let typo = told(&[("acme.toml", &ACME.replace("domains", "domain"))]);
        assert!(typo.contains("acme") && typo.contains("domain"), "{typo}");
        let misnamed = told(&[("other.toml", ACME)]);
        assert!(misnamed.contains("other") && misnamed.contains("acme"), "{misnamed}");
        assert!(told(&[]).contains("holds no .toml file"));
        let missing = format!("{:#}", load(Path::new("no/such/folder")).expect_err("there is none"));
        assert!(missing.contains("no/such/folder") && missing.contains("cannot be listed"), "{missing}");
    }
}
