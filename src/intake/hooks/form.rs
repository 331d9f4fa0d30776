//! The forms in which mail services post: fields by name, each as its bytes.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart};
use axum::http::{Request, header};
use ring::digest::{SHA256, digest};

use super::{Delivery, Refused};

/// A form's fields; of several with one name the first.
pub struct Form(BTreeMap<String, Vec<u8>>);

impl Form {
    /// Reads a form of either encoding.
    pub async fn read(delivery: &Delivery<'_>) -> Result<Self, Refused> {
        let media = delivery.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let mut fields = BTreeMap::new();
        if !media.starts_with("multipart/form-data") {
            for (name, value) in form_urlencoded::parse(delivery.body) {
                fields.entry(name.into_owned()).or_insert_with(|| value.into_owned().into_bytes());
            }
            return Ok(Self(fields));
        }
        let broken = |told: String| Refused::Malformed(format!("The form cannot be read: {told}."));
        let request = Request::builder()
            .header(header::CONTENT_TYPE, media)
            .body(Body::from(delivery.body.to_vec()))
            .map_err(|error| broken(error.to_string()))?;
        let mut form = Multipart::from_request(request, &()).await.map_err(|error| broken(error.body_text()))?;
        while let Some(field) = form.next_field().await.map_err(|error| broken(error.body_text()))? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| broken(error.body_text()))?;
            fields.entry(name).or_insert_with(|| bytes.to_vec());
        }
        Ok(Self(fields))
    }

    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.0.get(name).filter(|bytes| !bytes.is_empty()).cloned()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.0.get(name)?).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The SHA-256 of a field, in hex.
    pub fn digest(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|bytes| hex::encode(digest(&SHA256, bytes)))
    }
}
