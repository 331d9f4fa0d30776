//! Receivers of hooks: local servers that answer what they are told to, with and without TLS, and remember what they got.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

/// What came, in the order in which it came.
pub type Shared = Arc<Mutex<Vec<Got>>>;

#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
}

/// Answers with these statuses, and then with 204; with each comes a redirect that nobody should follow.
pub async fn receiver(answers: Vec<u16>) -> (String, Shared) {
    let got = Shared::default();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let take = move |State(got): State<Shared>, uri: Uri, headers: HeaderMap, body: String| async move {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let found = Got {
            path: uri.path().to_owned(),
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            body,
        };
        got.lock().unwrap().push(found);
        let status = answers.lock().unwrap().next().unwrap_or(204);
        (StatusCode::from_u16(status).unwrap(), [("location", "http://127.0.0.1:1/")])
    };
    let app = axum::Router::new().fallback(take).with_state(Arc::clone(&got));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, got)
}

/// One with TLS, on a free port of localhost; says 204 to whoever gets through the handshake, and counts them.
pub async fn over_tls(config: rustls::ServerConfig) -> (String, Arc<Mutex<usize>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hooks", listener.local_addr().unwrap().port());
    let (acceptor, count) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 64 * 1024];
            if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                *counted.lock().unwrap() += 1;
                let said = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
                said.expect("whoever asks waits for the answer");
            }
        }
    });
    (url, count)
}
