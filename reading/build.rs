//! Embeds the data files that the program carries: a new profile is one new file in `providers/`.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the package's folder");
    let out = env::var("OUT_DIR").expect("cargo names a folder for generated files");
    let text = embedded(&Path::new(&root).join("../providers"));
    fs::write(Path::new(&out).join("providers.rs"), text).expect("the generated list of profiles can be written");
}

/// A constant `EMBEDDED` of (file name without `.toml`, text) in the order of names. The text itself is copied in, so
/// that no path of the building machine gets into the program.
fn embedded(folder: &Path) -> String {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{} cannot be listed: {e}", folder.display()))
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut text = "const EMBEDDED: &[(&str, &str)] = &[\n".to_owned();
    for path in files {
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a profile's file name is UTF-8");
        let content = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{} cannot be read: {e}", path.display()));
        writeln!(text, "    ({name:?}, {content:?}),").expect("writing to a string cannot fail");
    }
    text.push_str("];\n");
    text
}
