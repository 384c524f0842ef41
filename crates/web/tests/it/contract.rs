//! The wire format, word for word.

use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};
use tablon_core::store::NewUser;
use tablon_core::{Actor, Role};

use crate::board::{PASSWORD, offer, on_each_database, request};

const MODERATOR: Option<Role> = Some(Role::Moderator);

#[tokio::test]
async fn anybody_submits_and_gets_a_private_link() {
    on_each_database(async |board| {
        let answer = board.call("POST", "/jobs", None, Some(offer())).await.expect(201);
        let made = answer.json();
        assert_eq!(made["state"], "submitted");
        assert!(made["edit_url"].as_str().expect("a link").starts_with("http://jobs.test:8080/t/acme/edit/"), "{made}");
        assert!(made["id"].is_string());
        assert_eq!(answer.header("cache-control"), "no-store");
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_comes_back_to_staff() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let job = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
        for (field, sent) in offer().as_object().expect("an object") {
            assert_eq!(&job[field], sent, "{field}");
        }
        assert_eq!(job["state"], "submitted");
        assert_eq!(job["revision"], 1);
        assert_eq!(job["pending_revision"], Value::Null);
        assert_eq!(job["published_at"], Value::Null);
        let slug = job["slug"].as_str().expect("a slug");
        assert!(slug.starts_with("rust-engineer-"), "{slug}");
        assert!(job["url"].as_str().expect("a URL").ends_with(&format!("/jobs/{slug}")));
    })
    .await;
}

#[tokio::test]
async fn only_what_is_published_is_public_and_never_the_contact_address() {
    on_each_database(async |board| {
        let id = board.submit().await;
        board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(404);
        assert_eq!(board.call("GET", "/jobs", None, None).await.expect(200).json()["items"], json!([]));
        board.call("GET", "/jobs?state=submitted", None, None).await.expect(401);
        board.call("GET", "/jobs?state=submitted", Some(Role::Member), None).await.expect(403);
        let queue = board.call("GET", "/jobs?state=submitted", MODERATOR, None).await.expect(200).json();
        assert_eq!(queue["items"][0]["id"], json!(id));
        assert_eq!(queue["items"][0]["contact_email"], "hr@acme.example");
        assert_eq!(queue["next_cursor"], Value::Null);

        board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
        for path in ["/jobs".to_owned(), format!("/jobs/{id}")] {
            let answer = board.call("GET", &path, None, None).await.expect(200);
            assert!(answer.text.contains("Rust engineer"));
            assert!(!answer.text.contains("hr@acme.example"), "{}", answer.text);
            assert!(!answer.text.contains("contact_email"), "{}", answer.text);
        }
        let seen = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(seen["contact_email"], "hr@acme.example");
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_paged() {
    on_each_database(async |board| {
        let mut other = offer();
        other["title"] = json!("Go developer");
        other["description"] = json!("Services.");
        other["locations"] = json!([]);
        other["tags"] = json!(["go", "backend"]);
        other["workplace"] = json!("remote");
        for body in [offer(), other] {
            let made = board.call("POST", "/jobs", None, Some(body)).await.expect(201).json();
            let id = made["id"].as_str().expect("an id");
            board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
        }
        let titles = async |query: &str| -> Vec<String> {
            let list = board.call("GET", &format!("/jobs{query}"), None, None).await.expect(200).json();
            let items = list["items"].as_array().expect("items").clone();
            items.iter().map(|job| job["title"].as_str().expect("a title").to_owned()).collect()
        };
        assert_eq!(titles("").await, ["Go developer", "Rust engineer"]);
        assert_eq!(titles("?q=sevilla%20rust").await, ["Rust engineer"]);
        assert_eq!(titles("?tag=backend").await, ["Go developer"]);
        assert_eq!(titles("?workplace=hybrid").await, ["Rust engineer"]);
        assert_eq!(titles("?q=nothing-of-the-kind").await, Vec::<String>::new());

        let first = board.call("GET", "/jobs?limit=1", None, None).await.expect(200).json();
        let cursor = first["next_cursor"].as_str().expect("a second page");
        let second = board.call("GET", &format!("/jobs?limit=1&cursor={cursor}"), None, None).await.expect(200).json();
        assert_eq!(second["items"][0]["title"], "Rust engineer");
        assert_eq!(second["next_cursor"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn moderators_decide_once() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let published = board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200).json();
        assert_eq!(published["state"], "published");
        assert!(published["published_at"].is_string());
        let again = board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(409);
        assert_eq!(again.json()["status"], 409);
        assert_eq!(again.header("content-type"), "application/problem+json");
        let filled = board.call("POST", &format!("/jobs/{id}/fill"), MODERATOR, None).await.expect(200).json();
        assert_eq!(filled["state"], "filled");
        board.call("POST", &format!("/jobs/{id}/close"), MODERATOR, None).await.expect(409);

        let id = board.submit().await;
        let reason = Some(json!({"reason": "Say what you pay."}));
        let sent_back =
            board.call("POST", &format!("/jobs/{id}/request-changes"), MODERATOR, reason.clone()).await.expect(200);
        assert_eq!(sent_back.json()["state"], "changes_requested");
        assert_eq!(sent_back.json()["reason"], "Say what you pay.");
        let refused = board.call("POST", &format!("/jobs/{id}/reject"), MODERATOR, reason).await.expect(200);
        assert_eq!(refused.json()["state"], "rejected");

        let id = board.publish().await;
        let closed = board.call("POST", &format!("/jobs/{id}/close"), MODERATOR, None).await.expect(200).json();
        assert_eq!(closed["state"], "closed");
        board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(404);

        let id = board.submit().await;
        let spam = board.call("POST", &format!("/jobs/{id}/spam"), MODERATOR, None).await.expect(200).json();
        assert_eq!(spam["state"], "spam");
    })
    .await;
}

#[tokio::test]
async fn an_approval_can_wait_for_its_time() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let at = Some(json!({"publish_at": "2098-01-01T09:00:00+01:00"}));
        let job = board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, at).await.expect(200).json();
        assert_eq!(job["state"], "approved");
        assert_eq!(job["publish_at"], "2098-01-01T08:00:00Z");
        board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn lists_without_anything_have_the_shape_of_lists() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let empty = json!({"items": [], "next_cursor": null});
        for path in
            ["/channels", "/placements", "/plugins", &format!("/jobs/{id}/previews"), &format!("/jobs/{id}/placements")]
        {
            assert_eq!(board.call("GET", path, MODERATOR, None).await.expect(200).json(), empty, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    on_each_database(async |board| {
        let body = Some(json!({"name": "importer", "role": "moderator"}));
        let made = board.call("POST", "/tokens", Some(Role::Admin), body).await.expect(201).json();
        let (id, token) = (made["id"].as_str().expect("an id"), made["token"].as_str().expect("a token"));
        board.call_with("GET", "/jobs?state=submitted", Some(token), None).await.expect(200);
        let list = board.call("GET", "/tokens", Some(Role::Admin), None).await.expect(200);
        assert!(!list.text.contains(token));
        board.call("DELETE", &format!("/tokens/{id}"), Some(Role::Admin), None).await.expect(204);
        let refused = board.call_with("GET", "/jobs", Some(token), None).await.expect(401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    })
    .await;
}

#[tokio::test]
async fn a_token_can_not_make_one_that_may_more() {
    on_each_database(async |board| {
        let body = Some(json!({"name": "more", "role": "owner"}));
        board.call("POST", "/tokens", Some(Role::Admin), body).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn a_token_can_not_revoke_one_that_may_more() {
    on_each_database(async |board| {
        let owners = board.acme.tokens().create("mine", Role::Owner, None, Actor::System).await.expect("a token").id;
        board.call("DELETE", &format!("/tokens/{owners}"), Some(Role::Admin), None).await.expect(403);
        board.call("DELETE", &format!("/tokens/{owners}"), Some(Role::Owner), None).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn the_board_is_changed_by_its_admins_at_once() {
    on_each_database(async |board| {
        let patch =
            Some(json!({"name": "Acme people", "locale": "es", "time_zone": "Europe/Madrid", "accent": "#FF0000"}));
        let now = board.call("PATCH", "/tenant", Some(Role::Admin), patch).await.expect(200).json();
        assert_eq!(now["time_zone"], "Europe/Madrid");
        let read = board.call("GET", "/tenant", MODERATOR, None).await.expect(200).json();
        assert_eq!(read["name"], "Acme people");
        assert_eq!(read["accent"], "#ff0000");
        assert_eq!(read["hosts"], json!(["jobs.acme.example"]));
    })
    .await;
}

#[tokio::test]
async fn members_are_appointed_by_owners_and_the_last_owner_stays() {
    on_each_database(async |board| {
        let owner = board.person("owner@example.org", Role::Owner).await;
        board.person("mod@example.org", Role::Member).await;
        let body = Some(json!({"email": "mod@example.org", "role": "moderator"}));
        board.call("POST", "/members", Some(Role::Admin), body.clone()).await.expect(403);
        let member = board.call("POST", "/members", Some(Role::Owner), body).await.expect(200).json();
        assert_eq!(member["role"], "moderator");
        let list = board.call("GET", "/members", Some(Role::Admin), None).await.expect(200).json();
        assert_eq!(list["items"].as_array().expect("items").len(), 2);
        board.call("DELETE", &format!("/members/{}", owner.id), Some(Role::Owner), None).await.expect(409);
        let id = member["id"].as_str().expect("an id");
        board.call("DELETE", &format!("/members/{id}"), Some(Role::Owner), None).await.expect(204);
        board.call("DELETE", &format!("/members/{id}"), Some(Role::Owner), None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn appointing_somebody_does_not_tell_whether_the_address_has_an_account() {
    on_each_database(async |board| {
        let known = board.person("known@example.org", Role::Member).await;
        board.acme.members().remove(known.id, Actor::System).await.expect("removed");
        let mut answers = Vec::new();
        for email in ["known@example.org", "unknown@example.org"] {
            let body = json!({"email": email, "role": "moderator"});
            let mut made = board.call("POST", "/members", Some(Role::Owner), Some(body)).await.expect(200).json();
            assert_eq!(made["email"], *email);
            made["email"].take();
            made["id"].take();
            answers.push(made);
        }
        assert_eq!(answers[0], answers[1]);
        let list = async || {
            let list = board.call("GET", "/members", Some(Role::Admin), None).await.expect(200).json();
            list["items"].as_array().cloned().expect("items")
        };
        assert!(
            list().await.iter().all(|member| member["invited"] == true && member["name"] == ""),
            "nor does the list"
        );
        let wrong = Some(json!({"email": "nobody", "role": "moderator"}));
        assert_eq!(board.call("POST", "/members", Some(Role::Owner), wrong).await.expect(422).pointers(), ["/email"]);

        // The role is there as soon as its person comes.
        assert_eq!(board.acme.members().role_of(&known).await.expect("the database"), Some(Role::Moderator));
        let members = list().await;
        assert_eq!((&members[0]["email"], &members[0]["invited"]), (&json!("known@example.org"), &json!(false)));
        let late = NewUser {
            email: "unknown@example.org".into(),
            name: String::new(),
            password: PASSWORD.into(),
            operator: false,
        };
        let late = board.store.users().create(late, Actor::System).await.expect("a user");
        assert_eq!(board.store.boards_of(&late).await.expect("the database").len(), 1);

        let body = Some(json!({"email": "third@example.org", "role": "admin"}));
        let third = board.call("POST", "/members", Some(Role::Owner), body).await.expect(200).json();
        let third = format!("/members/{}", third["id"].as_str().expect("an id"));
        board.call("DELETE", &third, Some(Role::Owner), None).await.expect(204);
        board.call("DELETE", &third, Some(Role::Owner), None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn what_was_done_is_on_record() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let list = board.call("GET", &format!("/audit?subject={id}"), Some(Role::Admin), None).await.expect(200).json();
        let actions: Vec<_> = list["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|event| event["action"].as_str().expect("a word"))
            .collect();
        assert_eq!(actions, ["job.approve", "job.submit"]);
        assert_eq!(list["items"][0]["actor"]["kind"], "token");
        assert_eq!(list["items"][1]["actor"]["kind"], "poster");
    })
    .await;
}

#[tokio::test]
async fn offers_are_imported_leniently_and_wait_for_a_moderator() {
    on_each_database(async |board| {
        let posting = json!({
            "@context": "https://schema.org", "@type": "JobPosting", "title": "Gardener",
            "description": "<p>Plants.</p>", "hiringOrganization": {"@type": "Organization", "name": "Green"},
            "validThrough": "2001-01-01"
        });
        let answer =
            board.call("POST", "/jobs/import", MODERATOR, Some(json!([posting, {"@type": "JobPosting"}]))).await;
        let read = answer.expect(200).json();
        let first = &read["items"][0];
        let id = first["id"].as_str().expect("an id");
        assert!(first["warnings"].to_string().contains("2001-01-01"), "{first}");
        assert_eq!(read["items"][1]["id"], Value::Null);
        assert!(!read["items"][1]["errors"].as_array().expect("errors").is_empty());
        let job = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(job["state"], "submitted");

        let csv = "title,organization,description\nBaker,Oven,Bread\n";
        let request = request("POST", "/t/acme/api/v1/jobs/import")
            .header("content-type", "text/csv")
            .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Moderator)));
        let answer = board.send(request.body(csv.into()).expect("a request")).await.expect(200);
        assert_eq!(answer.json()["items"][0]["title"], "Baker");
    })
    .await;
}

#[tokio::test]
async fn head_is_answered_and_a_wrong_method_is_a_problem_that_names_the_right_ones() {
    on_each_database(async |board| {
        let head = board.call("HEAD", "/jobs", None, None).await.expect(200);
        assert_eq!(head.text, "");
        let answer = board.call("DELETE", "/jobs", None, None).await.expect(405);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let allowed = answer.header("allow");
        assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    })
    .await;
}
