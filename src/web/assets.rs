//! The page's files: built into a release, read from the folder while working on them.
//!
//! Any address that is no file is the page itself, which has its own routes. Files with a hash in their name are kept by
//! browsers for good; everything else is asked for again with its tag.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "frontend/build"]
#[allow_missing = true]
struct Built;

const INDEX: &str = "index.html";
/// Where the page's builder puts what has a hash in its name.
const IMMUTABLE: &str = "_app/immutable/";

/// What is shown where the page was never built: the API works all the same.
const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Countersign</title></head><body>\
    <h1>Countersign is running, but its page was not built</h1>\
    <p>Build it with <code>make build</code> (or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>) and \
    load this address again. The API is described at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p></body></html>\n";

/// Where the page's files come from.
#[derive(Debug, Clone)]
pub struct Assets(Option<PathBuf>);

struct File {
    bytes: Cow<'static, [u8]>,
    kind: String,
}

impl Assets {
    /// The files in this program (in a debug build: those in `frontend/build`, read anew each time).
    #[must_use]
    pub const fn embedded() -> Self {
        Self(None)
    }

    /// The files in a folder, read anew each time.
    #[must_use]
    pub const fn folder(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Answers for a path: the file, else the page.
    #[must_use]
    pub fn answer(&self, path: &str, asked: &HeaderMap) -> Response {
        let path = path.trim_start_matches('/');
        if let Some(file) = self.file(path).filter(|_| !path.is_empty()) {
            return file.answer(path.starts_with(IMMUTABLE), asked);
        }
        // A missing script must be a miss: the page in its place would only fail later and darker.
        if path.starts_with("_app/") {
            return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
        }
        match self.file(INDEX) {
            Some(page) => page.answer(false, asked),
            None => (StatusCode::SERVICE_UNAVAILABLE, axum::response::Html(NO_PAGE)).into_response(),
        }
    }

    /// The policy of the page: its own scripts, the inline one that starts it by its hash, and nothing else.
    ///
    /// # Panics
    /// Never: hashes in base64 are header text.
    #[must_use]
    pub fn policy(&self) -> HeaderValue {
        let page = self.file(INDEX).map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default();
        let (scripts, styles) = (hashes(&page, "script"), hashes(&page, "style"));
        HeaderValue::try_from(format!(
            "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; style-src-attr 'unsafe-inline'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; \
             worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ))
        .expect("hashes in base64 are header text")
    }

    fn file(&self, path: &str) -> Option<File> {
        match &self.0 {
            None => Built::get(path).map(|file| File { bytes: file.data, kind: file.metadata.mimetype().to_owned() }),
            Some(folder) => read(folder, path),
        }
    }
}

impl File {
    fn answer(self, immutable: bool, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex::encode(&digest(&SHA256, &self.bytes).as_ref()[..16]));
        let keep = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kind = if self.kind.starts_with("text/") && !self.kind.contains("charset") {
            format!("{}; charset=utf-8", self.kind)
        } else {
            self.kind
        };
        let head =
            [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, keep.to_owned()), (header::CONTENT_TYPE, kind)];
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
        let has_it = known.flat_map(|v| v.split(',')).any(|v| v.trim().trim_start_matches("W/") == tag);
        if has_it {
            (StatusCode::NOT_MODIFIED, head).into_response()
        } else {
            (head, Body::from(self.bytes)).into_response()
        }
    }
}

/// A file below the folder. A path that would lead out of it is no file.
fn read(folder: &Path, path: &str) -> Option<File> {
    let inside = Path::new(path);
    if !inside.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let bytes = std::fs::read(folder.join(inside)).ok()?;
    let kind = match inside.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html",
        "js" | "mjs" => "text/javascript",
        "css" => "text/css",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    };
    Some(File { bytes: bytes.into(), kind: kind.to_owned() })
}

/// The hashes of what stands inline between the tags, as a policy names them, each after a space.
fn hashes(page: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let mut found = String::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((attributes, body)) = after.split_once('>') else { break };
        let Some((inline, next)) = body.split_once(&close) else { break };
        if !attributes.contains("src=") && !inline.is_empty() {
            found.push_str(&format!(" 'sha256-{}'", STANDARD.encode(digest(&SHA256, inline.as_bytes()))));
        }
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("page/_app/immutable")).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "not for the web").unwrap();
        std::fs::write(dir.path().join("page/index.html"), "<html><script>start()</script><p>page").unwrap();
        std::fs::write(dir.path().join("page/_app/immutable/a.js"), "go()").unwrap();
        dir
    }

    #[test]
    fn files_with_a_hash_in_their_name_are_kept_and_the_page_is_asked_for_again() {
        let dir = folder();
        let assets = Assets::folder(dir.path().join("page"));
        let script = assets.answer("/_app/immutable/a.js", &HeaderMap::new());
        assert_eq!(script.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(script.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        let page = assets.answer("/notices/12", &HeaderMap::new());
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
        let mut again = HeaderMap::new();
        again.insert(header::IF_NONE_MATCH, page.headers()[header::ETAG].clone());
        assert_eq!(assets.answer("/", &again).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let dir = folder();
        let page = dir.path().join("page");
        for path in ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "./../secret.txt", ""] {
            assert!(read(&page, path).is_none(), "{path} led out of the folder");
        }
        assert!(read(&page, "index.html").is_some());
    }

    #[test]
    fn a_missing_script_is_a_miss_and_a_missing_page_is_explained() {
        let dir = folder();
        let assets = Assets::folder(dir.path().join("page"));
        assert_eq!(assets.answer("/_app/immutable/gone.js", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
        let none = Assets::folder(dir.path().join("nowhere"));
        assert_eq!(none.answer("/", &HeaderMap::new()).status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    /// The hash is what `printf 'start()' | openssl dgst -sha256 -binary | base64` prints.
    #[test]
    fn the_policy_names_the_inline_script_by_its_hash_and_allows_no_other() {
        let dir = folder();
        let policy = Assets::folder(dir.path().join("page")).policy();
        let policy = policy.to_str().unwrap();
        assert!(
            policy.contains("script-src 'self' 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00=';"),
            "{policy}"
        );
    }
}
