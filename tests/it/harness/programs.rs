//! The real servers' programs: where they lie, and what to install where they do not.

use std::path::PathBuf;

/// A server's program, also where `/usr/sbin` is not on the path of who runs the tests.
pub fn installed(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join(program))
        .find(|file| file.exists())
        .unwrap_or_else(|| panic!("{program} is not installed: apt-get install {package} (Debian) puts it there"))
}
