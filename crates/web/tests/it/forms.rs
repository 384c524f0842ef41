//! A form is taken only from the visitor it was shown to.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tablon_web::AppState;
use tablon_web::auth::{CsrfForm, carry_token};
use tablon_web::error::PageError;
use tablon_web::visitor::Visitor;

use crate::board::{Answer, Board, on_each_database, send};

/// A page with a form, one without, and what takes the form.
fn router(state: &AppState) -> Router {
    async fn show(visitor: Visitor) -> String {
        visitor.csrf.token().to_owned()
    }
    async fn take(CsrfForm(pairs): CsrfForm<Vec<(String, String)>>) -> Result<String, PageError> {
        Ok(format!("{pairs:?}"))
    }
    Router::new()
        .route("/form", get(show).post(take))
        .route("/plain", get(async |_: Visitor| "nothing to fill in"))
        .layer(from_fn_with_state(state.clone(), carry_token))
        .with_state(state.clone())
}

async fn shown(router: &Router, cookie: Option<&str>) -> (String, String) {
    let mut request = Request::builder().uri("/form");
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let answer = send(router, request.body(Body::empty()).expect("a request")).await.expect(200);
    let set = answer.header("set-cookie").to_owned();
    (answer.text, set.split(';').next().unwrap_or_default().to_owned())
}

async fn post(router: &Router, cookie: &str, body: String) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri("/form")
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(router, request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn a_page_without_a_form_sets_no_cookie() {
    on_each_database(async |board| {
        let router = router(&board.state);
        let request = Request::builder().uri("/plain").body(Body::empty()).expect("a request");
        assert_eq!(send(&router, request).await.header("set-cookie"), "");
    })
    .await;
}

#[tokio::test]
async fn a_form_comes_back_with_its_token_and_without_it_in_the_fields() {
    on_each_database(async |board| {
        let router = router(&board.state);
        let (token, cookie) = shown(&router, None).await;
        assert!(cookie.starts_with("tablon_form="), "{cookie}");
        let answer = post(&router, &cookie, format!("a=1+2&csrf={token}&b=%C3%B1&a=3")).await.expect(200);
        assert_eq!(answer.text, r#"[("a", "1 2"), ("b", "ñ"), ("a", "3")]"#);
    })
    .await;
}

#[tokio::test]
async fn the_token_looks_different_each_time_and_all_of_them_work() {
    on_each_database(async |board| {
        let router = router(&board.state);
        let (first, cookie) = shown(&router, None).await;
        let (second, again) = shown(&router, Some(&cookie)).await;
        assert_eq!(again, "", "the cookie is kept");
        assert_ne!(first, second);
        for token in [first, second] {
            post(&router, &cookie, format!("csrf={token}")).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_without_a_good_token_is_refused() {
    on_each_database(async |board| {
        let router = router(&board.state);
        let (token, cookie) = shown(&router, None).await;
        let (others, _) = shown(&router, None).await;
        for body in
            ["a=1".to_owned(), "csrf=".into(), "csrf=00".into(), format!("csrf={others}"), format!("csrf={token}0")]
        {
            post(&router, &cookie, body).await.expect(403);
        }
        post(&router, "tablon_form=made-up", format!("csrf={token}")).await.expect(403);
        post(&router, "", format!("csrf={token}")).await.expect(403);
        // Signing in changes whom the form is tied to.
        post(&router, &format!("{cookie}; tablon_session=abc"), format!("csrf={token}")).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_another_site_sends_or_that_is_none_is_refused() {
    on_each_database(async |board: Board| {
        let router = router(&board.state);
        let (token, cookie) = shown(&router, None).await;
        let request = Request::builder()
            .method("POST")
            .uri("/form")
            .header(COOKIE, &cookie)
            .header("sec-fetch-site", "cross-site")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(&router, request.body(Body::from(format!("csrf={token}"))).expect("a request")).await.expect(403);
        let request =
            Request::builder().method("POST").uri("/form").header(COOKIE, &cookie).header(CONTENT_TYPE, "text/plain");
        send(&router, request.body(Body::from(format!("csrf={token}"))).expect("a request")).await.expect(400);
    })
    .await;
}
