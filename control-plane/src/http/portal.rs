//! The portal: files that were built into this program.

use std::borrow::Cow;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use data_encoding::{BASE64, HEXLOWER};
use rust_embed::{Embed, EmbeddedFile};
use tower_http::compression::CompressionLayer;

use crate::http::Web;
use crate::http::refusal::Refusal;
use crate::http::security::page_policy;

const INDEX: &str = "index.html";
const NONCE: &str = "__CSP_NONCE__";
/// Their names change with their content.
const HASHED: &str = "assets/";

/// Put there by `build.rs`.
#[derive(Embed)]
#[folder = "$OUT_DIR/portal"]
struct Files;

/// Answers whatever no other route does.
pub fn router() -> Router<Web> {
    Router::new().fallback(show).layer(CompressionLayer::new())
}

/// Whether the portal was there when this program was built; else a page says that it is missing.
pub fn is_built() -> bool {
    Files::iter().any(|name| name.starts_with(HASHED))
}

/// Answers with a file, or with the page that every address of the portal is.
pub async fn show(
    State(web): State<Web>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !matches!(method, Method::GET | Method::HEAD) {
        let message = "pages are read with GET";
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_QUERY", message);
        return Err(refusal.why("method"));
    }
    let path = uri.path().trim_start_matches('/');
    if path != INDEX
        && let Some(file) = Files::get(path)
    {
        return Ok(asset(path, file, &headers));
    }
    // A missing script must not come as a page, which browsers would then try to run.
    let last = path.rsplit('/').next().unwrap_or_default();
    if path != INDEX && last.contains('.') {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no such file"));
    }
    Ok(index(&web))
}

fn index(web: &Web) -> Response {
    let mut bytes = [0; 16];
    web.plane.random.fill(&mut bytes);
    let nonce = BASE64.encode(&bytes);
    let file = Files::get(INDEX).map(|file| file.data).unwrap_or_default();
    let page = String::from_utf8_lossy(&file).replace(NONCE, &nonce);
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce, &web.origins)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn asset(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..16]));
    let known = asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            Cow::Borrowed(data) => data.into_response(),
            Cow::Owned(data) => data.into_response(),
        }
    };
    let headers = response.headers_mut();
    let caching =
        if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    let values = [(CONTENT_TYPE, file.metadata.mimetype()), (ETAG, tag.as_str())];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
