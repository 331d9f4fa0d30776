//! Embeds the data files that the program carries: a new profile is one new file in `providers/`. A file that breaks the
//! schema stops the build; what needs the reader's own types (zones, kinds, patterns) a test reads.

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
        checked(&content, name).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        writeln!(text, "    ({name:?}, {content:?}),").expect("writing to a string cannot fail");
    }
    text.push_str("];\n");
    text
}

/// The fields of a profile: name, whether it must be there, what sort of value it holds.
const FIELDS: &[(&str, bool, &str)] = &[
    ("id", true, "string"),
    ("name", true, "string"),
    ("sort", true, "string"),
    ("domains", true, "array"),
    ("part_of", false, "string"),
    ("signers", false, "array"),
    ("aliases", false, "array"),
    ("not_marks", false, "array"),
    ("subject_marks", false, "array"),
    ("body_marks", false, "array"),
    ("zone", false, "string"),
    ("date_order", false, "string"),
    ("references", false, "array"),
    ("resource_labels", false, "array"),
    ("pages", false, "array"),
    ("resource", false, "array"),
    ("kind", false, "array"),
    ("status", false, "array"),
];

/// The fields of the tables inside a profile.
const TABLES: &[(&str, &[&str])] =
    &[("resource", &["pattern", "type"]), ("kind", &["phrase", "kind", "weight"]), ("status", &["phrase", "status"])];

/// Why a profile cannot be embedded, where it cannot.
fn checked(text: &str, file: &str) -> Result<(), String> {
    let profile: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    for (key, value) in &profile {
        let field = FIELDS.iter().find(|(name, ..)| name == key).ok_or_else(|| format!("there is no field “{key}”"))?;
        if value.type_str() != field.2 {
            return Err(format!("“{key}” is a {} and must be a {}", value.type_str(), field.2));
        }
    }
    if let Some((name, ..)) = FIELDS.iter().find(|(name, must, _)| *must && !profile.contains_key(*name)) {
        return Err(format!("the field “{name}” is missing"));
    }
    if profile["id"].as_str() != Some(file) {
        return Err(format!("its id is {}, and the file's name must be the id", profile["id"]));
    }
    for (table, fields) in TABLES {
        for entry in profile.get(*table).and_then(toml::Value::as_array).into_iter().flatten() {
            let entry = entry.as_table().ok_or_else(|| format!("[[{table}]] holds what is no table"))?;
            let odd = entry.keys().find(|key| !fields.contains(&key.as_str()));
            let lost = fields.iter().find(|field| !entry.contains_key(**field));
            match (odd, lost) {
                (Some(key), _) => return Err(format!("[[{table}]] has no field “{key}”")),
                (None, Some(field)) => return Err(format!("[[{table}]] lacks the field “{field}”")),
                (None, None) => {}
            }
        }
    }
    Ok(())
}
