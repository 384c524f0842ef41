//! Whatever is sent, the answer says what is wrong and where.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tablon_core::store::{NewChannel, Secrets};
use tablon_core::{Actor, Role};

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
async fn a_path_that_is_no_utf_8_is_404_in_the_api_s_own_form() {
    on_each_database(async |board| {
        for path in ["/t/%FF/api/v1/jobs", "/t/acme/api/v1/jobs/%FF", "/t/acme/api/v1/channels/%C0%AF/template"] {
            let answer = board.get(path).await.expect(404);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        }
        for path in ["/t/%FF/", "/t/acme/jobs/%FF"] {
            let answer = board.get(path).await.expect(404);
            assert!(answer.header("content-type").starts_with("text/html"), "{path}: {}", answer.text);
        }
    })
    .await;
}

#[tokio::test]
async fn characters_that_no_database_takes_do_no_harm() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let odd = "a\u{0}b\u{ffff}\u{202e}\u{1b}";
        let reject = format!("/jobs/{id}/reject");
        for (method, path, body) in [
            ("POST", reject.as_str(), json!({"reason": odd})),
            ("POST", "/tokens", json!({"name": odd, "role": "member"})),
            ("PATCH", "/tenant", json!({"name": odd, "description": odd})),
            ("POST", "/channels", json!({"plugin": odd, "name": odd, "settings": {odd: odd}, "secrets": {odd: odd}})),
            ("POST", "/members", json!({"email": odd, "role": "member"})),
            (
                "POST",
                "/jobs/import",
                json!({"title": odd, "organization": {"name": odd}, "description": odd, "tags": [odd]}),
            ),
        ] {
            let answer = board.call(method, path, Some(Role::Owner), Some(body)).await;
            assert!(answer.status.as_u16() < 500, "{method} {path}: {} {}", answer.status, answer.text);
        }
        let mut offer = offer();
        for field in ["title", "description"] {
            offer[field] = json!(odd);
        }
        board.call("POST", "/jobs", None, Some(offer)).await.expect(201);
        submit_raw(&board, Some("application/json"), r#"{"title":"\ud800"}"#).await.expect(400);
        submit_raw(&board, Some("application/json"), r#"{"title":1e999}"#).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn a_text_with_nothing_to_see_in_it_is_none() {
    on_each_database(async |board| {
        let id = board.submit().await;
        for blank in ["", " \n", "\u{200b}", "\u{ad}\u{2060}"] {
            let body = json!({"reason": blank});
            let answer = board.call("POST", &format!("/jobs/{id}/reject"), Some(Role::Moderator), Some(body)).await;
            assert_eq!(answer.expect(422).pointers(), ["/reason"], "{blank:?}");
            let answer = board.call("PATCH", "/tenant", Some(Role::Owner), Some(json!({"description": blank}))).await;
            assert_eq!(answer.expect(200).json()["description"], Value::Null, "{blank:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_422() {
    on_each_database(async |board| {
        let new = NewChannel {
            plugin: "none".into(),
            name: "Ours".into(),
            settings: json!({}),
            secrets: Secrets::default(),
            lanes: Vec::new(),
        };
        let id = board.acme.channels().create(new, Actor::System).await.expect("a channel").id;
        for (delivery, pointer) in [
            (json!([]), "/delivery"),
            (json!({"schedule": [null, null]}), "/delivery/schedule"),
            (json!({"rules": [["tags", "any_of", ["rust"]]]}), "/delivery/rules/0"),
        ] {
            let patch = Some(json!({"delivery": delivery}));
            let answer = board.call("PATCH", &format!("/channels/{id}"), Some(Role::Admin), patch).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }
    })
    .await;
}

#[tokio::test]
async fn if_match_is_an_entity_tag_or_a_number() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let send = async |tag: &str| {
            let request = request("POST", &format!("/t/acme/api/v1/jobs/{id}/approve"));
            let request = request.header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Moderator)));
            board.send(request.header("if-match", tag).body(Body::empty()).expect("a request")).await
        };
        for tag in ["", "x", "+1", "\"+1\"", "\"1", "1\"", "\"\"", "\"1\", \"2\"", "99999999999999999999"] {
            let answer = send(tag).await.expect(400);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{tag}");
        }
        for tag in ["2", "\"2\"", "W/\"2\""] {
            send(tag).await.expect(412);
        }
        assert_eq!(send("W/\"1\"").await.expect(200).header("etag"), "\"1\"");
        assert_eq!(board.get(&format!("/t/acme/api/v1/jobs/{id}")).await.expect(200).header("etag"), "\"1\"");
    })
    .await;
}

#[tokio::test]
async fn the_end_of_time_is_the_year_9999() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let path = format!("/jobs/{id}/approve");
        let after = json!({"publish_at": "9999-12-31T23:59:59-12:00"});
        let answer = board.call("POST", &path, Some(Role::Moderator), Some(after)).await;
        assert_eq!(answer.expect(422).pointers(), ["/publish_at"]);
        // `null` is no body.
        board.call("POST", &path, Some(Role::Moderator), Some(Value::Null)).await.expect(200);
        // To JSON Schema, this is a whole number.
        let month = json!({"days": 30.0});
        board.call("POST", &format!("/jobs/{id}/renew"), Some(Role::Moderator), Some(month)).await.expect(200);
        let last = json!({"days": null, "valid_through": "9999-12-31"});
        let renewed = board.call("POST", &format!("/jobs/{id}/renew"), Some(Role::Moderator), Some(last)).await;
        assert_eq!(renewed.expect(200).json()["expires_at"], "9999-12-31T23:59:59Z");
        board.store.queue().advance_jobs().await.expect("the database");
        let shown = board.call("GET", "/jobs", None, None).await.expect(200).json();
        assert_eq!(shown["items"][0]["id"], json!(id), "it is still on the board");
        let longer = json!({"days": 1});
        board.call("POST", &format!("/jobs/{id}/renew"), Some(Role::Moderator), Some(longer)).await.expect(422);
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
