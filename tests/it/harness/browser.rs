//! Somebody with a browser, or a program with a token: requests through the real router, with a jar for the cookie.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use countersign::identity::Role;
use countersign::web::{App, Site, router};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::House;

/// What everybody's password is in these stories.
pub const PASSWORD: &str = "correct horse battery";

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "the answer was {}", self.text());
        self.json()
    }

    /// The problem that must have been told, with its stable code.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.is(status);
        assert_eq!(problem["code"], code, "the problem was {problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        problem
    }
}

/// One client.
pub struct Browser {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    /// One without any cookie.
    pub fn at(router: Router) -> Self {
        Self { router, cookies: Mutex::default(), headers: Vec::new() }
    }

    /// What it carries under this name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Carries something that somebody else got hold of.
    pub fn with_cookie(self, name: &str, value: &str) -> Self {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A form as a page or a mail program sends it.
    pub async fn form(&self, path: &str, fields: &str) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path).header(header::HOST, "house.example");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.run(request, Body::from(fields.to_owned())).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "house.example");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.run(request, body.map(|body| Body::from(body.to_string())).unwrap_or_default()).await
    }

    /// Any bytes, as this media type.
    pub async fn send_bytes(&self, path: &str, media: &str, bytes: Vec<u8>) -> Answer {
        self.send_as(Method::POST, path, media, bytes).await
    }

    /// The same by any method.
    pub async fn send_as(&self, method: Method, path: &str, media: &str, bytes: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "house.example")
            .header(header::CONTENT_TYPE, media);
        self.run(request, Body::from(bytes)).await
    }

    async fn run(&self, mut request: axum::http::request::Builder, body: Body) -> Answer {
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for set in head.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let (name, value) =
                set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name");
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let bytes = to_bytes(body, 100 << 20).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, bytes }
    }
}

impl House {
    /// The web side of this house.
    pub fn app(&self) -> App {
        let mut site = Site::at("http://house.example", 1 << 20);
        site.checkpoints = self.folder().join("checkpoints.jsonl");
        App::new(self.desk.clone(), site)
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Browser {
        Browser::at(router(self.app()))
    }

    /// A program with a token.
    pub fn program(&self, secret: &str) -> Browser {
        Browser { headers: vec![("authorization", format!("Bearer {secret}"))], ..self.visitor() }
    }

    /// The first administrator, by the one-time link that `serve` prints.
    pub async fn set_up(&self, people: &str) -> Browser {
        let link = self.app().identity.setup_link().await.unwrap().expect("there is no administrator yet");
        let ada = self.visitor();
        let form = json!({
            "name": "Ada Lovelace", "email": "ada@house.example", "password": PASSWORD, "zone": "Europe/Berlin",
            "people": people,
        });
        ada.post(&format!("/api/v1/setup/{}", link.secret.expose_secret()), form).await.is(200);
        ada
    }

    /// Somebody whom the administrator invites and who takes it up.
    pub async fn invites(&self, administrator: &Browser, name: &str, role: Role, levels: &[&str]) -> Browser {
        let email = format!("{}@house.example", name.split(' ').next().unwrap_or(name).to_lowercase());
        let form = json!({"name": name, "email": email, "role": role, "levels": levels});
        let added = administrator.post("/api/v1/people", form).await.is(201);
        let link = added["invitation"]["link"].as_str().expect("the invitation has a link").to_owned();
        let secret = link.rsplit('/').next().unwrap();
        let person = self.visitor();
        person.get(&format!("/api/v1/invitations/{secret}")).await.is(200);
        let form = json!({"password": PASSWORD, "zone": "UTC"});
        person.post(&format!("/api/v1/invitations/{secret}"), form).await.is(200);
        person
    }
}
