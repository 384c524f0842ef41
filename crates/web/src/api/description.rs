//! The API's description of itself.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use sha2::{Digest as _, Sha256};
use utoipa::openapi::OpenApi;

use crate::encoding::{Effort, Encoded, Told};

/// The same for every board: made once, and compressed once for each encoding.
static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::new);

struct Document {
    encoded: Encoded,
    tag: String,
}

impl Document {
    fn new() -> Self {
        let text = described().to_json().unwrap_or_else(|_| unreachable!("a description is plain JSON"));
        let tag = hex::encode(&Sha256::digest(&text)[..8]);
        Self { encoded: Encoded::new(text.into(), Effort::Asset), tag }
    }
}

fn described() -> OpenApi {
    super::router().into_openapi()
}

/// The OpenAPI description as JSON, for `tablon openapi`.
pub fn openapi() -> String {
    described().to_pretty_json().unwrap_or_else(|_| unreachable!("a description is plain JSON"))
}

/// Describe this API.
///
/// OpenAPI 3.1, the same for every board.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_description", tag = "board", security(()),
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` that the description came with.")),
    responses(
        (
            status = 200, description = "The description.", content_type = "application/json", body = Object,
            headers(("ETag" = String, description = "Another one for another description.")),
        ),
        (
            status = 304, description = "It is still the same.",
            headers(("ETag" = String, description = "The same one.")),
        ),
    )
)]
pub(crate) async fn read(asked: HeaderMap) -> Response {
    let told = Told {
        tag: &DOCUMENT.tag,
        content_type: "application/json",
        cache_control: "public, max-age=300",
        compressed: true,
    };
    DOCUMENT.encoded.answer(&asked, &told)
}
