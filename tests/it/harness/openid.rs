//! A certified OpenID provider (npm `oidc-provider`) on loopback, and somebody who signs in there. Ends with the test.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Mutex;

use axum::http::Method;
use countersign::config::Config;
use countersign::identity::Ways;
use countersign::web::{App, Site, router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{Browser, House};

const HOUSE: &str = "http://house.example";

pub struct OpenId {
    pub issuer: String,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
    _process: Child,
}

impl OpenId {
    /// Starts one that knows this house as its client.
    pub async fn start() -> Self {
        let frontend = concat!(env!("CARGO_MANIFEST_DIR"), "/frontend");
        let mut process = Command::new("node")
            .args(["e2e/openid/provider.mjs", "countersign", "a secret of this test"])
            .args([format!("{HOUSE}/api/v1/session/providers/openid/return"), format!("{HOUSE}/sign-in")])
            // What a house believes of its own address where nobody says.
            .arg("http://127.0.0.1:8080/sign-in")
            .current_dir(frontend)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node is there; `make test` installs the packages of frontend/ first");
        let mut issuer = String::new();
        let mut said = BufReader::new(process.stdout.take().expect("its output is piped"));
        said.read_line(&mut issuer).await.expect("the provider says where it is");
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://"), "the provider did not start; `npm ci` in frontend/ installs it");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { issuer, http, cookies: Mutex::default(), _process: process }
    }

    /// Changes it while it runs: new keys, another clock, who there is.
    pub async fn control(&self, told: Value) {
        let url = format!("{}/control", self.issuer);
        self.http.post(url).json(&told).send().await.unwrap().error_for_status().unwrap();
    }

    /// Who there is: subject, address, whether that is verified, groups.
    pub async fn knows(&self, people: &[(&str, &str, bool, &[&str])]) {
        let accounts: serde_json::Map<String, Value> = people
            .iter()
            .map(|(sub, email, verified, groups)| {
                let name = format!("{} Elsewhere", sub.to_uppercase());
                let claims = json!({"email": email, "email_verified": verified, "name": name, "groups": groups});
                ((*sub).to_owned(), claims)
            })
            .collect();
        self.control(json!({ "accounts": accounts })).await;
    }

    /// Forgets who is signed in at the provider.
    pub fn forgets(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// Goes where the house sends somebody, signs in there as this account if asked, and says where it sends them back to.
    /// The second is whether it asked.
    pub async fn visit(&self, url: &str, account: &str) -> (String, bool) {
        let (mut url, mut asked) = (url.to_owned(), false);
        for _ in 0..10 {
            let interaction = url.contains("/interaction/");
            let request = if interaction {
                asked = true;
                self.http.post(&url).form(&[("account", account)])
            } else {
                self.http.get(&url)
            };
            let answer = self.with_cookies(request).await;
            let status = answer.status();
            let Some(next) = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned()) else {
                panic!("the provider stopped at {url} with {status}: {}", answer.text().await.unwrap());
            };
            url = if next.starts_with('/') { format!("{}{next}", self.issuer) } else { next };
            if url.starts_with(HOUSE) {
                return (url, asked);
            }
        }
        panic!("the provider sends in circles, last to {url}");
    }

    /// Signs out where the house sends somebody for that, and says yes there.
    pub async fn signs_out(&self, url: &str) {
        let page = self.with_cookies(self.http.get(url)).await;
        let html = page.text().await.unwrap();
        let secret = html.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let secret = secret.unwrap_or_else(|| panic!("the provider does not ask whether to sign out: {html}"));
        let confirm = self.http.post(format!("{}/session/end/confirm", self.issuer));
        let answer = self.with_cookies(confirm.form(&[("xsrf", secret), ("logout", "yes")])).await;
        assert!(answer.status().is_redirection() || answer.status().is_success(), "{}", answer.status());
    }

    async fn with_cookies(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies = self.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// The configuration that names this provider.
    pub fn config(&self, more: &str) -> String {
        format!(
            "[sign_in.providers.openid]\nname = \"Example ID\"\nissuer = \"{}\"\nclient_id = \"countersign\"\n\
             client_secret = \"a secret of this test\"\nscopes = [\"email\", \"profile\", \"groups\"]\n{more}",
            self.issuer
        )
    }
}

impl House {
    /// The web side of this house with other ways of signing in.
    pub fn app_with(&self, config: &str) -> App {
        let config = Config::from_parts(config, &[]).expect("a valid configuration");
        let ways = Ways::from_config(&config.sign_in, HOUSE, "Countersign").expect("usable ways");
        App::new(self.desk.clone(), Site::at(HOUSE, 1 << 20)).with_ways(ways)
    }

    /// Somebody who is not signed in, at a house with other ways of signing in.
    pub fn visitor_of(&self, app: &App) -> Browser {
        Browser::at(router(app.clone()))
    }
}

impl Browser {
    /// Leaves for the provider; says where to.
    pub async fn departs(&self, errand: &str, to: &str) -> String {
        let form = json!({"errand": errand, "to": to});
        let answer = self.post("/api/v1/session/providers/openid", form).await.is(200);
        answer["url"].as_str().expect("an address to go to").to_owned()
    }

    /// Comes back by the provider's redirect; says where that leads.
    pub async fn returns(&self, url: &str) -> String {
        let path = url.strip_prefix(HOUSE).expect("the provider sends back to the house");
        let answer = self.send(Method::GET, path, None).await;
        answer.is(303);
        answer.header("location").to_owned()
    }

    /// The whole way to a provider and back.
    pub async fn goes_by(&self, provider: &OpenId, account: &str, errand: &str, to: &str) -> String {
        let (back, _) = provider.visit(&self.departs(errand, to).await, account).await;
        self.returns(&back).await
    }
}
