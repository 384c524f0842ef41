//! Whatever is sent, the answer says what is wrong and where.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tablon_core::Role;

use crate::board::{Answer, Board, offer, on_each_database, request};

async fn submit_raw(board: &Board, content_type: Option<&str>, body: &str) -> Answer {
    let mut request = request("POST", "/t/acme/api/v1/jobs");
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    board.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn what_is_no_json_is_400_and_what_claims_to_be_something_else_415() {
    on_each_database(async |board| {
        for body in ["", "{", "{\"title\":}", "\u{0}", "nonsense"] {
            let answer = submit_raw(&board, Some("application/json"), body).await.expect(400);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
            assert_eq!(answer.json()["status"], 400);
        }
        submit_raw(&board, Some("text/plain"), "{}").await.expect(415);
        submit_raw(&board, Some("application/x-www-form-urlencoded"), "title=x").await.expect(415);
        submit_raw(&board, Some("application/json"), &"x".repeat(2 * 1024 * 1024)).await.expect(413);
    })
    .await;
}

#[tokio::test]
async fn json_that_is_no_object_is_422() {
    on_each_database(async |board| {
        for body in ["[]", "null", "3", "\"text\""] {
            submit_raw(&board, Some("application/json"), body).await.expect(422);
        }
    })
    .await;
}

#[tokio::test]
async fn nesting_without_end_does_no_harm() {
    on_each_database(async |board| {
        let deep = "[".repeat(200_000);
        submit_raw(&board, Some("application/json"), &deep).await.expect(400);
        let mut body = offer();
        let mut nested = json!("x");
        for _ in 0..100 {
            nested = json!([nested]);
        }
        body["title"] = nested;
        assert_eq!(board.call("POST", "/jobs", None, Some(body)).await.expect(422).pointers(), ["/title"]);
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_demanded_is_named_at_once() {
    on_each_database(async |board| {
        let answer = board.call("POST", "/jobs", None, Some(json!({}))).await.expect(422);
        let pointers = answer.pointers();
        for demanded in ["/title", "/organization/name", "/description", "/apply_url", "/contact_email"] {
            assert!(pointers.iter().any(|p| p == demanded), "{demanded} in {pointers:?}");
        }
        let problem = answer.json();
        assert!(problem["type"].is_string() && problem["title"].is_string());
        for error in problem["errors"].as_array().expect("errors") {
            let message = error["message"].as_str().expect("a message");
            assert!(message.ends_with('.') && message.contains(' '), "a sentence: {message}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_wrong_field_is_422_with_its_pointer() {
    let wrong = [
        ("/title", json!(5)),
        ("/title", json!("")),
        ("/title", json!("   ")),
        ("/title", json!("x".repeat(151))),
        ("/organization", json!("Acme")),
        ("/organization/name", json!(null)),
        ("/organization/url", json!("javascript:alert(1)")),
        ("/description", json!([])),
        ("/locations", json!("Sevilla")),
        ("/locations/0/country", json!("Spain")),
        ("/workplace", json!("moon")),
        ("/remote_countries", json!(["XX"])),
        ("/employment_types", json!(["SLAVE"])),
        ("/salary", json!("a lot")),
        ("/salary/currency", json!("EURO")),
        ("/salary/period", json!("FORTNIGHT")),
        ("/salary/min", json!("-1")),
        ("/salary/min", json!("999999")),
        ("/tags", json!("rust")),
        ("/apply_url", json!("not a url")),
        ("/apply_url", json!("ftp://acme.example/")),
        ("/contact_email", json!("nobody")),
        ("/language", json!("not a language")),
        ("/valid_through", json!("soon")),
        ("/valid_through", json!("2001-01-01")),
        ("/valid_through", json!("2099-02-30")),
        ("/nonsense", json!(1)),
        ("/state", json!("published")),
        ("/id", json!("01890000-0000-7000-8000-000000000000")),
    ];
    on_each_database(async |board| {
        let id = board.publish().await;
        for (pointer, value) in &wrong {
            let mut body = offer();
            set(&mut body, pointer, value.clone());
            let answer = board.call("POST", "/jobs", Some(Role::Moderator), Some(body.clone())).await.expect(422);
            let near = answer.pointers().iter().any(|p| p.starts_with(*pointer) || pointer.starts_with(p.as_str()));
            assert!(near, "{pointer} = {value}: {:?}", answer.pointers());

            // The same as a patch of the member that the field is in.
            let member = pointer.split('/').nth(1).expect("a name");
            let patch = Some(json!({member: body[member]}));
            board.call("PATCH", &format!("/jobs/{id}"), Some(Role::Moderator), patch).await.expect(422);
        }
        let list = board.call("GET", "/jobs?state=submitted", Some(Role::Moderator), None).await.expect(200).json();
        assert_eq!(list["items"], json!([]), "nothing was taken");
    })
    .await;
}

/// Sets the value at a JSON pointer, making what is on the way.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for part in pointer.trim_start_matches('/').split('/') {
        place = match part.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[part],
        };
    }
    *place = value;
}

#[tokio::test]
async fn a_query_that_is_wrong_is_422_with_the_parameters_name() {
    on_each_database(async |board| {
        for (query, pointer) in [
            ("workplace=moon", "/workplace"),
            ("limit=0", "/limit"),
            ("limit=many", "/limit"),
            ("limit=101", "/limit"),
            ("state=gone", "/state"),
        ] {
            let answer = board.call("GET", &format!("/jobs?{query}"), Some(Role::Moderator), None).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }
        board.call("GET", "/jobs?cursor=%00%FFnonsense&q=%25%27%22%5C&tag=%F0%9F%98%80", None, None).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_reason_is_demanded_and_must_be_text() {
    on_each_database(async |board| {
        let id = board.submit().await;
        for action in ["reject", "request-changes"] {
            let path = format!("/jobs/{id}/{action}");
            for body in [json!({}), json!({"reason": ""}), json!({"reason": 5}), json!({"reason": null})] {
                let answer = board.call("POST", &path, Some(Role::Moderator), Some(body)).await.expect(422);
                assert_eq!(answer.pointers(), ["/reason"]);
            }
            board.call("POST", &path, Some(Role::Moderator), None).await.expect(400);
        }
        let answer = board
            .call("POST", &format!("/jobs/{id}/approve"), Some(Role::Moderator), Some(json!({"publish_at": "soon"})))
            .await;
        assert_eq!(answer.expect(422).pointers(), ["/publish_at"]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_404_whatever_it_looks_like() {
    on_each_database(async |board| {
        for path in [
            "/t/nobody/api/v1/jobs",
            "/t/nobody/api/v1/nonsense",
            "/t/acme/api/v1/nonsense",
            "/t/acme/api/v1/jobs/5",
            "/t/acme/api/v1/jobs/%00",
            "/t/acme/api/v1/jobs/01890000-0000-7000-8000-000000000000",
            "/t/ACME/api/v1/jobs",
            "/t//api/v1/jobs",
            "/api/v1/jobs",
        ] {
            let answer = board.get(path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        }
        for path in ["/t/nobody/api/v1/jobs", "/t/acme/api/v1/nonsense", "/t/acme/api/v1/jobs/5"] {
            assert_eq!(board.get(path).await.header("content-type"), "application/problem+json", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_no_good_is_401_even_where_none_is_needed() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let foreign = board.token(&rival, Role::Owner).await;
        let good = board.token_of(Role::Owner).to_owned();
        // Not the last character: it has bits that say nothing.
        let (head, tail) = good.split_at(good.len() - 10);
        let flipped = if tail.starts_with('A') { "B" } else { "A" };
        let tampered = format!("{head}{flipped}{}", &tail[1..]);
        for token in ["", "nonsense", &foreign, &tampered, "a.b.c"] {
            for path in ["/jobs", "/channels"] {
                board.call_with("GET", path, Some(token), None).await.expect(401);
            }
        }
        let basic = request("GET", "/t/acme/api/v1/jobs").header(AUTHORIZATION, "Basic YTpi");
        board.send(basic.body(Body::empty()).expect("a request")).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn submissions_from_one_distant_address_are_slowed_down_after_many() {
    on_each_database(async |board| {
        let mut last = 201;
        for _ in 0..70 {
            let answer = board.call("POST", "/jobs", None, Some(json!({}))).await;
            last = answer.status.as_u16();
            if last == 429 {
                assert!(!answer.header("retry-after").is_empty());
                break;
            }
        }
        assert_eq!(last, 429);
        board.call("POST", "/jobs", Some(Role::Moderator), Some(offer())).await.expect(201);
    })
    .await;
}
