//! Who sends a request: a cookie of the portal, or a token of the command line.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use control_plane_core::error::Error;
use control_plane_core::{access_token, sign_in};
use types::secret::Secret;

use crate::http::Web;
use crate::http::address::ClientAddress;
use crate::http::limit::LimitKey;
use crate::http::refusal::Refusal;

/// The cookie of a portal session. Over https its name makes browsers refuse one that another host
/// of the same site, or a page without TLS, would plant.
pub fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-cellplane_session" } else { "cellplane_session" }
}

/// Set by browsers: how the page that asks stands to us.
const SITE: &str = "sec-fetch-site";
/// Only scripts of our own pages can send it: a browser asks first before it lets others.
const OWN_HEADER: &str = "x-cellplane";

/// What a request brought to show who sends it.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The token.
    pub token: Secret,
    /// Whether the browser added it by itself.
    pub is_cookie: bool,
}

/// Takes the token out of the headers. A header that a program set wins over a cookie.
pub fn credentials(headers: &HeaderMap, is_secure: bool) -> Option<Credentials> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(Credentials { token: Secret::new(token.trim()), is_cookie: false });
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(is_secure))
        .map(|(_, token)| Credentials { token: Secret::new(token), is_cookie: true })
}

/// Whether the Origin is one of ours; none sent is not. A browser that says besides how the page
/// stands to us must say that it is the same origin.
pub fn is_own_origin(web: &Web, headers: &HeaderMap) -> bool {
    if headers.get_all(SITE).iter().any(|site| site != "same-origin") {
        return false;
    }
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    origin.is_some_and(|origin| web.origins.iter().any(|own| own == origin))
}

/// The refusal of a page that is not ours.
pub fn foreign() -> Refusal {
    let message = "requests with a session cookie come from the portal's own pages only; \
                   check http.public_address, or use a token";
    Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
}

/// Finds out who sends the request. Nobody is a possible answer; the routes decide about it.
pub async fn authenticate(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let headers = request.headers();
    let mut key = LimitKey::Address(from);
    if let Some(credentials) = credentials(headers, web.is_secure) {
        let own = is_own_origin(&web, headers) && headers.contains_key(OWN_HEADER);
        if credentials.is_cookie && !own {
            return Err(foreign());
        }
        // A browser keeps a cookie for whoever sits there; a token is for programs alone.
        if credentials.is_cookie && access_token::is_one(credentials.token.reveal()) {
            return Err(Error::Unauthenticated.into());
        }
        match sign_in::authenticate(&web.plane, credentials.token.reveal(), from).await {
            Ok(caller) => {
                key = LimitKey::Subject(caller.subject);
                request.extensions_mut().insert(caller);
            }
            Err(Error::Unauthenticated) => {}
            // Whoever signs out is let out all the same.
            Err(refused @ Error::Limited { .. }) => {
                request.extensions_mut().insert(Refusal::from(refused));
            }
            Err(other) => return Err(other.into()),
        }
    }
    request.extensions_mut().insert(key);
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &'static str)], expected: Option<(&str, bool)>) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = axum::http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_static(value));
        }
        let found = credentials(&headers, false);
        let found = found.as_ref().map(|found| (found.token.reveal(), found.is_cookie));
        assert_eq!(found, expected);
    }

    #[test]
    fn over_https_only_the_cookie_that_nobody_else_can_plant_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_static("cellplane_session=cps_x"));
        assert!(credentials(&headers, true).is_none());
        headers.append("cookie", HeaderValue::from_static("__Host-cellplane_session=cps_y"));
        assert_eq!(
            credentials(&headers, true).map(|it| it.token.reveal().to_owned()),
            Some("cps_y".to_owned())
        );
    }

    #[test]
    fn a_token_is_found_among_cookies_and_headers() {
        check(&[], None);
        check(&[("cookie", "a=b; cellplane_session=cps_x; c=d")], Some(("cps_x", true)));
        check(&[("cookie", "a=b"), ("cookie", "cellplane_session=cps_x")], Some(("cps_x", true)));
        check(&[("cookie", "xcellplane_session=cps_x")], None);
        check(&[("authorization", "Bearer cps_y")], Some(("cps_y", false)));
        check(&[("authorization", "Basic cps_y")], None);
        check(
            &[("cookie", "cellplane_session=cps_x"), ("authorization", "Bearer cps_y")],
            Some(("cps_y", false)),
        );
    }
}
