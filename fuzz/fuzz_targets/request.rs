//! Whole requests: addresses, hosts, headers, cookies and forms as strangers send them. None may be a fault.
//!
//! An input is a method and an address, headers line by line, an empty line, and the body.
#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use tablon_fuzz::board::Board;
use tablon_fuzz::in_time_up_to;
use tower::ServiceExt as _;

/// As long as the longest description: what is longer costs no more for each byte.
const LONGEST: usize = 30_000;
/// What a page costs whatever was sent.
const PAGE: Duration = Duration::from_millis(200);

static BOARD: LazyLock<Board> = LazyLock::new(Board::new);

fuzz_target!(|data: &[u8]| {
    in_time_up_to(LONGEST, PAGE, data, |text| {
        let Some(request) = request(text) else { return };
        let (status, body) = BOARD.run(async {
            let response = BOARD.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            let status = response.status();
            (status, to_bytes(response.into_body(), usize::MAX).await.expect("a body"))
        });
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{}", String::from_utf8_lossy(&body));
        assert!(body.len() < 1_000_000 + 8 * text.len(), "an answer of {} bytes to {}", body.len(), text.len());
    });
});

/// The request, if it is one that the HTTP server would hand on.
fn request(text: &str) -> Option<Request<Body>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, uri) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(uri).body(Body::from(body.to_owned())).ok()?;
    let headers = request.headers_mut();
    // The most that hyper takes.
    for line in lines.take(100) {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.trim().parse().ok()?;
        headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    headers.entry(HOST).or_insert(HeaderValue::from_static("127.0.0.1:8080"));
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.entry(CONTENT_TYPE).or_insert(form);
    let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
    request.extensions_mut().insert(ConnectInfo(peer));
    Some(request)
}
