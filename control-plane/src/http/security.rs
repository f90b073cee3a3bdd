//! Headers that tell browsers what pages of ours may do.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// For whatever is not a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds what is missing; a page brings its own policy and caching. There is nothing here for pages
/// of other sites (CORS): none of them is answered, and none is told that it may ask.
pub async fn headers(State(is_secure): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let always: [(HeaderName, &'static str); 6] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The policy of our pages; Ant Design adds styles and needs the nonce for them. Not every browser
/// takes `'self'` for WebSockets, so those are named.
pub fn page_policy(nonce: &str, origins: &[String]) -> String {
    let sockets = origins.iter().map(|origin| origin.replacen("http", "ws", 1));
    let sockets = sockets.collect::<Vec<_>>().join(" ");
    format!(
        "default-src 'self'; style-src 'self' 'nonce-{nonce}'; script-src 'self'; \
         img-src 'self' data:; connect-src 'self' {sockets}; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}
