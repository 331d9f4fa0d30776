//! A server in Amazon's place: it listens here, by TLS, under Amazon's own names, with a certificate of an authority of the
//! test's own. Who believes that authority and looks the names up here goes the whole way to it, every check on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::Listener;
use countersign::intake::http::Http;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::probe::authority::Authority;

/// One thing that was asked of it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub host: String,
    /// With its query.
    pub path: String,
    pub authorization: String,
    /// The fields of its query and of its form.
    pub form: BTreeMap<String, String>,
}

/// Amazon, for one test.
pub struct Amazon {
    address: SocketAddr,
    authority: Authority,
    names: Vec<&'static str>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Amazon {
    /// Listens under these names and answers by these routes.
    pub async fn start(names: &[&'static str], answers: Router) -> Self {
        let authority = Authority::lasting("Amazon, for a test");
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_of(names)));
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = tcp.local_addr().expect("it listens");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let app = answers.layer(from_fn_with_state(Arc::clone(&asked), remember));
        tokio::spawn(async move { axum::serve(Tls { tcp, acceptor }, app).await });
        Self { address, authority, names: names.to_vec(), asked }
    }

    /// A client that comes here for those names and believes this authority alone.
    pub fn http(&self) -> Http {
        self.believing(&self.authority)
    }

    /// One that comes here and believes another authority.
    pub fn http_of_a_doubter(&self) -> Http {
        self.believing(&Authority::lasting("Somebody else"))
    }

    fn believing(&self, authority: &Authority) -> Http {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = reqwest::Certificate::from_pem(authority.pem.as_bytes()).expect("a certificate");
        let mut client = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        for name in &self.names {
            client = client.resolve(name, self.address);
        }
        Http::on(client).expect("a client")
    }

    /// What was asked since this was called last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn remember(State(asked): State<Arc<Mutex<Vec<Asked>>>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(Asked {
        host: text("host"),
        path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        authorization: text("authorization"),
        form: [head.uri.query().unwrap_or_default().as_bytes(), &body]
            .into_iter()
            .flat_map(|fields| form_urlencoded::parse(fields).into_owned())
            .collect(),
    });
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// Connections whose handshake has succeeded.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((tcp, from)) = self.tcp.accept().await else { continue };
            // A client that does not believe the certificate goes away; the next one is served.
            if let Ok(tls) = self.acceptor.accept(tcp).await {
                return (tls, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
