//! The OpenAPI 3.1 document, made from the handlers themselves; the page's types are generated from it.

use utoipa::OpenApi;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, Schema};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::App;
use super::problem::Problem;

/// Where the API stands.
pub const BASE: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Takes in infrastructure providers' notices, asks the right people, and does not let a notice be \
                       closed until every required sign-off is on record."
    ),
    components(schemas(Problem))
)]
struct Head;

/// The API's routes together with the document that describes them.
pub fn described() -> (axum::Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) =
        OpenApiRouter::with_openapi(Head::openapi()).nest(BASE, super::routes::api()).split_for_parts();
    pages_refer(&mut document);
    answers_are_whole(&mut document);
    problems_everywhere(&mut document);
    (router, document)
}

/// The document alone, as it is printed: pretty JSON with a line feed at its end.
///
/// # Panics
/// Never on a document that the tests have seen: it holds only strings, numbers and lists.
#[must_use]
pub fn document() -> String {
    let mut text = described().1.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

/// A page of a list names the type of its items and does not repeat it.
fn pages_refer(document: &mut utoipa::openapi::OpenApi) {
    let Some(components) = document.components.as_mut() else { return };
    for (name, schema) in &mut components.schemas {
        let (Some(item), RefOr::T(Schema::Object(object))) = (name.strip_prefix("Page_"), schema) else { continue };
        let items = ArrayBuilder::new().items(Ref::from_schema_name(item));
        object.properties.insert("items".to_owned(), items.into());
    }
}

/// Answers with the document.
#[expect(clippy::unused_async, reason = "axum's handlers are asynchronous")]
pub async fn answer(document: utoipa::openapi::OpenApi) -> super::extract::Json<utoipa::openapi::OpenApi> {
    super::extract::Json(document)
}

/// What is answered always carries every field. What is taken refuses unknown fields, and that is how the two are told
/// apart; a [`Problem`] and what a probe saw (`Observation`) carry only what they have.
fn answers_are_whole(document: &mut utoipa::openapi::OpenApi) {
    let Some(components) = document.components.as_mut() else { return };
    for (name, schema) in &mut components.schemas {
        if !matches!(name.as_str(), "Problem" | "Observation")
            && let RefOr::T(schema) = schema
        {
            require_all(schema);
        }
    }
}

fn require_all(schema: &mut Schema) {
    match schema {
        Schema::Object(object)
            if !matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false))) =>
        {
            object.required = object.properties.keys().cloned().collect();
        }
        Schema::AllOf(all) => {
            for item in &mut all.items {
                if let RefOr::T(schema) = item {
                    require_all(schema);
                }
            }
        }
        _ => {}
    }
}

/// Every address may answer with a problem.
fn problems_everywhere(document: &mut utoipa::openapi::OpenApi) {
    let problem = problem_response();
    for item in document.paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
        {
            operation.responses.responses.insert("default".to_owned(), RefOr::T(problem.clone()));
        }
    }
}

fn problem_response() -> Response {
    ResponseBuilder::new()
        .description("A problem, RFC 9457")
        .content("application/problem+json", Content::new(Some(Ref::from_schema_name("Problem"))))
        .build()
}

/// Every operation of the document as method and path template, for tests that must not miss one.
#[must_use]
pub fn operations() -> Vec<(&'static str, String)> {
    let document = described().1;
    let mut found = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ] {
            if operation.is_some() {
                found.push((method, path.clone()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page's types are generated from the file; a change of the API must be a change of the file.
    #[test]
    fn the_document_in_the_tree_is_the_one_that_the_handlers_make() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/frontend/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, document()).expect("frontend/openapi.json can be written");
        }
        let kept = std::fs::read_to_string(path).expect("frontend/openapi.json is there");
        assert!(
            kept == document(),
            "the API has drifted from frontend/openapi.json: run `make schema` and commit what it writes"
        );
    }
}
