//! Files from elsewhere: what they say is understood or left out with a warning, and the same file twice makes no
//! second offers.

use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};
use tablon_core::Role;

use crate::board::{Answer, Board, offer, on_each_database, request};
use crate::browser::{Browser, typed};

const MODERATOR: Option<Role> = Some(Role::Moderator);

async fn send(board: &Board, content_type: &str, file: impl Into<Vec<u8>>) -> Answer {
    let request = request("POST", "/t/acme/api/v1/jobs/import")
        .header("content-type", content_type)
        .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Moderator)));
    board.send(request.body(file.into().into()).expect("a request")).await
}

async fn csv(board: &Board, table: impl Into<Vec<u8>>) -> Vec<Value> {
    items(send(board, "text/csv", table).await)
}

async fn json_ld(board: &Board, file: &Value) -> Vec<Value> {
    items(send(board, "application/ld+json", file.to_string()).await)
}

fn items(answer: Answer) -> Vec<Value> {
    answer.expect(200).json()["items"].as_array().expect("a list").clone()
}

fn outcomes(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["outcome"].as_str().expect("an outcome")).collect()
}

async fn job(board: &Board, item: &Value) -> Value {
    let id = item["id"].as_str().unwrap_or_else(|| panic!("no id: {item}"));
    board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json()
}

async fn count(board: &Board) -> u64 {
    board.acme.jobs().count(&Default::default()).await.expect("a count")
}

#[tokio::test]
async fn amounts_mean_the_same_in_the_form_the_api_and_a_file() {
    on_each_database(async |board| {
        for (min, max, read) in [
            ("42.000", "52.000", ("42000", "52000")),
            ("42.000,00", "52.000,00", ("42000", "52000")),
            ("55’000", "65’000", ("55000", "65000")),
            ("30k", "40k", ("30000", "40000")),
            ("30k-40k", "", ("30000", "40000")),
        ] {
            let expected = json!({"min": read.0, "max": read.1, "currency": "EUR", "period": "YEAR"});
            let mut body = offer();
            body["salary"] = json!({"min": min, "max": max, "currency": "EUR", "period": "YEAR"});
            let sent = board.call("POST", "/jobs", MODERATOR, Some(body)).await.expect(201).json();
            assert_eq!(job(&board, &sent).await["salary"], expected, "{min} by the API");

            let table = format!(
                "Title;Company;Salary min;Salary max;Currency;Salary period\nBaker {min};Oven;{min};{max};EUR;year\n"
            );
            assert_eq!(job(&board, &csv(&board, table).await[0]).await["salary"], expected, "{min} in a table");

            let posting = json!({"@type": "JobPosting", "title": format!("Cook {min}"), "hiringOrganization": "Oven",
                "baseSalary": {"currency": "EUR", "value": {"minValue": min, "maxValue": max, "unitText": "YEAR"}}});
            assert_eq!(job(&board, &json_ld(&board, &posting).await[0]).await["salary"], expected, "{min} in JSON-LD");

            let mut poster = Browser::new(&board);
            poster.get("/t/acme/submit").await.expect(200);
            let mut fields = typed("From the form");
            fields.retain(|(name, _)| *name != "salary.min");
            fields.extend([("salary.min", min), ("salary.max", max)]);
            let preview = poster.send("/t/acme/submit", &[&fields[..], &[("action", "preview")]].concat()).await;
            let page = preview.expect(200).text;
            let shown = format!("€{},000–{},000", &read.0[..2], &read.1[..2]);
            assert!(page.contains(&shown), "{min} in the form: {page}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_amount_that_could_mean_two_things_is_left_out_with_a_warning() {
    on_each_database(async |board| {
        for amount in ["30-40.000", "42", "about 40k", "1.2.3"] {
            let table =
                format!("title,company,salary_min,currency,salary_period\nBaker {amount},Oven,{amount},EUR,YEAR\n");
            let item = &csv(&board, table).await[0];
            assert_eq!(job(&board, item).await["salary"], Value::Null, "{amount}");
            assert!(item["warnings"].to_string().contains("salary"), "{amount}: {item}");
        }
        let mut body = offer();
        for (salary, pointer) in [
            (json!({"min": "30-40.000", "currency": "EUR"}), "/salary/min"),
            (json!({"min": "$30k", "currency": "EUR"}), "/salary/min"),
            (json!({"min": "30k", "max": "20k", "currency": "EUR"}), "/salary/min"),
        ] {
            body["salary"] = salary;
            let answer = board.call("POST", "/jobs", MODERATOR, Some(body.clone())).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }
    })
    .await;
}

#[tokio::test]
async fn places_in_words_name_no_country_that_nobody_meant() {
    on_each_database(async |board| {
        let table = "title,company,location\nA,Acme,\"San Francisco, CA\"\nB,Acme,\"Chicago, IL\"\n\
                     C,Acme,\"Remote, US\"\nD,Acme,Worldwide\nE,Acme,Home office\nF,Acme,\"Perth, WA\"\n\
                     G,Acme,\"Madrid, Spain\"\n";
        let items = csv(&board, table).await;
        let mut jobs = Vec::new();
        for item in &items {
            jobs.push(job(&board, item).await);
        }
        let place =
            |city: &str, region: Value, country: Value| json!({"city": city, "region": region, "country": country});
        assert_eq!(jobs[0]["locations"][0], place("San Francisco", json!("CA"), Value::Null));
        assert_eq!(jobs[1]["locations"][0], place("Chicago", json!("IL"), Value::Null));
        assert_eq!((&jobs[2]["workplace"], &jobs[2]["remote_countries"]), (&json!("remote"), &json!(["US"])));
        assert_eq!(jobs[2]["locations"][0]["country"], "US");
        for remote in &jobs[3..5] {
            assert_eq!((&remote["workplace"], &remote["locations"]), (&json!("remote"), &json!([])));
        }
        assert_eq!(jobs[5]["locations"][0], place("Perth", json!("WA"), Value::Null));
        assert_eq!(jobs[6]["locations"][0], place("Madrid", Value::Null, json!("ES")));
    })
    .await;
}

#[tokio::test]
async fn links_get_their_scheme_and_mail_links_become_the_address_to_apply_at() {
    on_each_database(async |board| {
        let mut body = offer();
        body["organization"]["url"] = json!("acme.example");
        body["apply_url"] = json!("mailto:jobs@acme.example?subject=Baker");
        let sent = board.call("POST", "/jobs", MODERATOR, Some(body.clone())).await.expect(201).json();
        let sent = job(&board, &sent).await;
        assert_eq!(sent["organization"]["url"], "https://acme.example");
        assert_eq!((&sent["apply_url"], &sent["apply_email"]), (&Value::Null, &json!("jobs@acme.example")));

        body["apply_email"] = json!("other@acme.example");
        let refused = board.call("POST", "/jobs", MODERATOR, Some(body)).await.expect(422);
        assert_eq!(refused.pointers(), ["/apply_url"], "neither address is dropped");

        let table = "title,company,website,apply_url\nA,Acme,www.acme.example,acme.example/jobs/1\n\
                     B,Acme,,mailto:hr@acme.example\nC,Acme,,hr@acme.example\n";
        let items = csv(&board, table).await;
        let first = job(&board, &items[0]).await;
        assert_eq!(first["organization"]["url"], "https://www.acme.example");
        assert_eq!(first["apply_url"], "https://acme.example/jobs/1");
        for item in &items[1..] {
            assert_eq!(job(&board, item).await["apply_email"], "hr@acme.example", "{item}");
        }

        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let mut fields = typed("Typed without a scheme");
        fields.retain(|(name, _)| *name != "apply_url");
        fields.push(("apply_url", "acme.example/jobs"));
        let preview = poster.send("/t/acme/submit", &[&fields[..], &[("action", "preview")]].concat()).await;
        assert!(preview.expect(200).text.contains("https://acme.example/jobs"));
    })
    .await;
}

fn posting(title: &str, more: Value) -> Value {
    let mut posting = json!({
        "@type": "JobPosting", "title": title, "description": "<p>Plants.</p>", "hiringOrganization": {"name": "Green"},
        "url": format!("https://green.example/{title}"),
    });
    for (name, value) in more.as_object().expect("an object") {
        posting[name] = value.clone();
    }
    posting
}

#[tokio::test]
async fn the_same_file_twice_makes_no_second_offers() {
    on_each_database(async |board| {
        let named = posting("Gardener", json!({"identifier": {"name": "Green", "value": "G1"}}));
        let linked = posting("Florist", json!({"jobLocation": {"address": "Sevilla, Spain"}}));
        let plain =
            json!({"@type": "JobPosting", "title": "Cook", "description": "Food", "hiringOrganization": "Green"});
        let file = json!([named, linked, plain]);
        let first = json_ld(&board, &file).await;
        assert_eq!(outcomes(&first), ["created", "created", "created"]);
        assert_eq!(first.iter().map(|item| &item["row"]).collect::<Vec<_>>(), [1, 2, 3]);
        let second = json_ld(&board, &file).await;
        assert_eq!(outcomes(&second), ["skipped", "skipped", "skipped"]);
        let ids = |items: &[Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&second));
        assert_eq!(count(&board).await, 3);

        // In another order, as a table, and with other letters in the address.
        let turned = json_ld(&board, &json!([plain, named, linked])).await;
        assert_eq!(outcomes(&turned), ["skipped", "skipped", "skipped"]);
        let rival = board.other_board().await;
        assert_eq!(rival.jobs().count(&Default::default()).await.expect("a count"), 0);
    })
    .await;
}

#[tokio::test]
async fn an_offer_is_known_by_its_identifier_else_by_its_page_title_and_place() {
    on_each_database(async |board| {
        let named = |title: &str| posting(title, json!({"identifier": "G1", "url": null}));
        let first = json_ld(&board, &named("Gardener")).await;
        let renamed = json_ld(&board, &named("Head gardener")).await;
        assert_eq!(outcomes(&renamed), ["updated"]);
        assert_eq!(first[0]["id"], renamed[0]["id"]);
        assert_eq!(job(&board, &renamed[0]).await["title"], "Head gardener");

        // The same name, given by another company, is another offer.
        let other = json!({"@type": "JobPosting", "title": "Pilot", "description": "Fly", "identifier": "G1",
            "hiringOrganization": "Sky"});
        assert_eq!(outcomes(&json_ld(&board, &other).await), ["created"]);

        let linked = |text: &str| posting("Florist", json!({"description": text}));
        let first = json_ld(&board, &linked("Flowers")).await;
        let second = json_ld(&board, &linked("Flowers and trees")).await;
        assert_eq!((outcomes(&second), &second[0]["id"]), (vec!["updated"], &first[0]["id"]));
        let elsewhere = posting("Florist", json!({"jobLocation": {"address": "Cádiz, Spain"}}));
        assert_eq!(outcomes(&json_ld(&board, &elsewhere).await), ["created"]);
    })
    .await;
}

#[tokio::test]
async fn rows_of_one_file_are_one_offer_only_if_they_are_wholly_equal() {
    on_each_database(async |board| {
        let one = posting("Gardener", json!({"identifier": "G1"}));
        let other = posting("Gardener", json!({"identifier": "G1", "description": "Trees"}));
        let file = json!([one, other, one]);
        let items = json_ld(&board, &file).await;
        assert_eq!(outcomes(&items), ["created", "created", "skipped"]);
        assert_eq!(items[0]["id"], items[2]["id"]);
        assert!(items[2]["warnings"].to_string().contains("earlier row"), "{}", items[2]);
        assert_eq!(outcomes(&json_ld(&board, &file).await), ["skipped", "skipped", "skipped"]);
        assert_eq!(count(&board).await, 2);
    })
    .await;
}

#[tokio::test]
async fn an_update_changes_what_the_source_has_changed_and_no_persons_edit() {
    on_each_database(async |board| {
        let file = |text: &str, pay: &str| {
            posting(
                "Gardener",
                json!({"identifier": "G1", "description": text, "keywords": "plants",
                       "baseSalary": {"currency": "EUR", "value": {"value": pay, "unitText": "YEAR"}}}),
            )
        };
        let item = json_ld(&board, &file("Plants", "20000")).await.remove(0);
        let id = item["id"].as_str().expect("an id").to_owned();
        let patch =
            json!({"title": "Gardener (m/f)", "description": "Plants, by us", "contact_email": "hr@green.example"});
        board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, Some(patch)).await.expect(200);
        board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);

        // Nothing has changed in the source: the edits stay.
        let again = json_ld(&board, &file("Plants", "20000")).await;
        assert_eq!(outcomes(&again), ["skipped"]);
        let updated = json_ld(&board, &file("Plants and trees", "22000")).await;
        assert_eq!(outcomes(&updated), ["updated"]);
        assert!(updated[0]["warnings"].to_string().contains("description was edited"), "{}", updated[0]);
        let now = job(&board, &updated[0]).await;
        assert_eq!(now["salary"]["min"], "22000");
        assert_eq!((&now["title"], &now["description"]), (&json!("Gardener (m/f)"), &json!("Plants, by us")));
        assert_eq!((&now["contact_email"], &now["state"]), (&json!("hr@green.example"), &json!("published")));
        assert_eq!(outcomes(&json_ld(&board, &file("Plants and trees", "22000")).await), ["skipped"]);
    })
    .await;
}

#[tokio::test]
async fn an_import_and_edits_of_the_same_job_at_the_same_time_are_all_done() {
    on_each_database(async |board| {
        let file = |text: &str| {
            let jobs = [posting("Gardener", json!({"identifier": "G1", "description": text}))];
            let others = (0..20).map(|n| posting(&format!("{text} {n}"), json!({"description": text})));
            json!({"@graph": jobs.into_iter().chain(others).collect::<Vec<_>>()})
        };
        let item = json_ld(&board, &file("Plants")).await.remove(0);
        let path = format!("/jobs/{}", item["id"].as_str().expect("an id"));
        for round in 0..8 {
            let file = file(&format!("Plants, {round} kinds"));
            let edit = json!({"tags": [format!("round-{round}")]});
            let edits = async {
                board.call("PATCH", &path, MODERATOR, Some(edit.clone())).await.expect(200);
                board.call("PATCH", &path, MODERATOR, Some(json!({"tags": ["plants"]}))).await.expect(200);
            };
            let (imported, ()) = tokio::join!(json_ld(&board, &file), edits);
            assert_eq!(imported.len(), 21);
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_is_not_revived() {
    on_each_database(async |board| {
        for (title, end) in [("Gardener", "reject"), ("Florist", "fill")] {
            let file = |text: &str| posting(title, json!({"description": text}));
            let item = json_ld(&board, &file("Plants")).await.remove(0);
            let id = item["id"].as_str().expect("an id").to_owned();
            if end == "fill" {
                board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
            }
            let reason = (end == "reject").then(|| json!({"reason": "No."}));
            board.call("POST", &format!("/jobs/{id}/{end}"), MODERATOR, reason).await.expect(200);
            for text in ["Plants", "Plants and trees"] {
                let again = json_ld(&board, &file(text)).await;
                assert_eq!((outcomes(&again), again[0]["id"].as_str()), (vec!["skipped"], Some(id.as_str())), "{text}");
            }
            let now = job(&board, &item).await;
            assert_eq!(now["description"], "Plants");
            assert!(["rejected", "filled"].contains(&now["state"].as_str().expect("a state")), "{now}");
        }
        assert_eq!(count(&board).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_understood_in_the_letters_and_under_the_headings_it_was_written_with() {
    on_each_database(async |board| {
        let rows = "sep=;\r\nJob Title;Company Name;Job Description;Application URL;Location;Tags\r\n\
                    \"R&amp;D caf\u{e9}\";\"Caf\u{e9} &#8211; Bar\";\"<p>Coffee &amp; cake</p>\";\
                    \"https://cafe.example/?a=1&amp;b=2\";M\u{e1}laga, Spain;\"c&amp;a\"\r\n";
        let windows: Vec<u8> = rows.chars().map(|c| u8::try_from(u32::from(c)).expect("a letter of Latin-1")).collect();
        let unicode = format!("\u{feff}{}", rows.replace("R&amp;D", "R&amp;D 2"));
        let caption =
            format!("Jobs of May\r\n\r\n{}", rows.trim_start_matches("sep=;\r\n").replace("R&amp;D", "R&amp;D 3"));
        for (file, title) in
            [(windows, "R&D café"), (unicode.into_bytes(), "R&D 2 café"), (caption.into_bytes(), "R&D 3 café")]
        {
            let items = csv(&board, file).await;
            assert_eq!(items.len(), 1, "{title}");
            let job = job(&board, &items[0]).await;
            assert_eq!(job["title"], title);
            assert_eq!(job["organization"]["name"], "Café – Bar");
            assert_eq!(job["apply_url"], "https://cafe.example/?a=1&b=2");
            assert_eq!(job["locations"], json!([{"city": "Málaga", "region": null, "country": "ES"}]));
            assert_eq!(job["tags"], json!(["c&a"]));
            assert!(job["description"].as_str().is_some_and(|text| text.contains("Coffee & cake")), "{job}");
        }
    })
    .await;
}

#[tokio::test]
async fn nodes_that_a_graph_refers_to_are_followed() {
    on_each_database(async |board| {
        let graph = json!({"@context": "https://schema.org", "@graph": [
            {"@type": "JobPosting", "title": "Gardener", "description": "Plants", "hiringOrganization": {"@id": "#green"},
             "jobLocation": {"@id": "#yard"}},
            {"@type": "Organization", "@id": "#green", "name": "Green", "department": {"@id": "#green"}},
            {"@type": "Place", "@id": "#yard", "address": {"@id": "#address"}},
            {"@type": "PostalAddress", "@id": "#address", "addressLocality": "Sevilla", "addressCountry": "ES"},
        ]});
        let job = job(&board, &json_ld(&board, &graph).await[0]).await;
        assert_eq!(job["organization"]["name"], "Green");
        assert_eq!(job["locations"], json!([{"city": "Sevilla", "region": null, "country": "ES"}]));
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_rows_are_taken_whole_and_one_more_is_too_many() {
    on_each_database(async |board| {
        let table = |rows: usize| {
            let rows: String = (0..rows).map(|n| format!("Baker {n},Oven,https://oven.example/{n}\n")).collect();
            format!("title,company,url\n{rows}")
        };
        let refused = send(&board, "text/csv", table(10_001)).await.expect(413);
        assert!(refused.json()["detail"].to_string().contains("10,000"), "{}", refused.text);
        assert_eq!(count(&board).await, 0);

        let taken = send(&board, "text/csv", table(10_000)).await.expect(200).json();
        assert_eq!(taken["counts"], json!({"created": 10_000, "updated": 0, "skipped": 0, "refused": 0}));
        let again = send(&board, "text/csv", table(10_000)).await.expect(200).json();
        assert_eq!(again["counts"]["skipped"], 10_000);
        assert_eq!(count(&board).await, 10_000);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_breaks_off_leaves_nothing_behind() {
    on_each_database(async |board| {
        let file = format!("[{},{{\"@type\":", posting("Gardener", json!({})));
        send(&board, "application/json", file).await.expect(400);
        assert_eq!(count(&board).await, 0);
        let file = json!([posting("Gardener", json!({})), {"@type": "JobPosting"}]);
        assert_eq!(outcomes(&json_ld(&board, &file).await), ["created", "refused"]);
    })
    .await;
}
