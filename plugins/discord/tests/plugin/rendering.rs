//! The message, which Discord must take whatever a stranger wrote.

use proptest::prelude::*;
use serde_json::{Value, json};
use tablon_plugin::testing::posting;
use tablon_plugin::testing::strategies::any_posting;
use tablon_plugin::{Board, Error, Posting, Publisher, Target};
use tablon_plugin_discord::Discord;
use tablon_testkit::discord::{LONGEST_EMBEDS, message_body_problems, webhook_body_problems};

use crate::support::{body, bot, render, webhook};

#[test]
fn an_offer_is_one_embed() {
    let preview = render(&posting(), &webhook(json!({})));
    assert_eq!((preview.format.as_str(), preview.unit.as_str(), preview.limit), ("discord-message", "utf16", 6000));
    assert!(preview.warnings.is_empty(), "{:?}", preview.warnings);
    assert_eq!(
        body(&preview),
        json!({
            "embeds": [{
                "title": "Rust engineer",
                "url": "https://board.example/t/acme/jobs/rust-engineer",
                "description": "We build **boards**.\n\n• Rust\n• SQL",
                "color": 0x000f_766e,
                "fields": [
                    { "name": "Organisation", "value": "Acme", "inline": true },
                    { "name": "Place", "value": "Sevilla, Andalucía, ES · Hybrid", "inline": true },
                    { "name": "Pay", "value": "42,000–52,000 EUR / year", "inline": true },
                    { "name": "Tags", "value": "rust, c++", "inline": false },
                    { "name": "Apply", "value": "[See the offer and apply](https://acme.example/jobs/1)", "inline": false },
                ],
                "footer": { "text": "Acme jobs" },
            }],
            "allowed_mentions": { "parse": [] },
        })
    );
}

#[test]
fn what_is_missing_leaves_no_empty_field() {
    let bare = Posting {
        organization: "\u{0}".into(),
        description: String::new(),
        locations: vec![],
        tags: vec![],
        pay: None,
        apply_url: "mailto:jobs_it@acme.example".into(),
        ..posting()
    };
    let embed = body(&render(&bare, &webhook(json!({}))))["embeds"][0].clone();
    let names: Vec<&str> =
        embed["fields"].as_array().expect("fields").iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(names, ["Place", "Apply"]);
    assert_eq!(embed["fields"][1]["value"], r"jobs\_it@acme.example");
    // Something has to stand there, and the way to the offer is the best of it.
    assert_eq!(embed["description"], format!("[See the offer and apply]({})", bare.url));
}

#[test]
fn nobody_is_called_by_a_job() {
    let loud = "@everyone @here <@1> <@&2>";
    let posting = Posting {
        title: loud.into(),
        organization: loud.into(),
        description: loud.into(),
        tags: vec![loud.into()],
        ..posting()
    };
    let mut target = webhook(json!({ "new_thread": true }));
    target.board = Board { name: loud.into(), ..target.board };
    let preview = render(&posting, &target);
    assert!(!preview.content.contains("@everyone") && !preview.content.contains("@here"), "{}", preview.content);
    let body = body(&preview);
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(body["embeds"][0]["title"], "@\u{200b}everyone @\u{200b}here \\<@1> \\<@&2>");
}

#[test]
fn a_page_that_discord_makes_no_link_of_is_left_out_with_a_warning() {
    let local = Posting { url: "http://localhost:8080/t/acme/jobs/x".into(), ..posting() };
    let preview = render(&local, &webhook(json!({})));
    assert_eq!(body(&preview)["embeds"][0].get("url"), None);
    assert!(preview.warnings[0].contains("http://localhost:8080/t/acme/jobs/x"), "{:?}", preview.warnings);
}

#[test]
fn a_forum_gets_a_thread_by_the_jobs_title() {
    let long = Posting { title: "Engineer ".repeat(30), ..posting() };
    let webhooks = body(&render(&long, &webhook(json!({ "new_thread": true }))));
    let name = webhooks["thread_name"].as_str().expect("a name");
    assert!(name.len() <= 102 && name.ends_with("Engineer…"), "{name}");
    let bots = body(&render(&posting(), &bot(json!({ "new_thread": true }))));
    assert_eq!(
        (&bots["name"], &bots["message"]["embeds"][0]["title"]),
        (&json!("Rust engineer"), &json!("Rust engineer"))
    );
}

#[test]
fn the_template_shapes_the_description() {
    let with = |template: &str| Target { template: Some(template.into()), ..webhook(json!({})) };
    let preview = render(&posting(), &with("**{{ pay }}** at {{ board.name }}\n{{ link(words.apply, apply_url) }}"));
    assert_eq!(
        body(&preview)["embeds"][0]["description"],
        "**42,000–52,000 EUR / year** at Acme jobs\n[See the offer and apply](https://acme.example/jobs/1)"
    );
    let wrong = Discord.render(&posting(), &with("{{ titel }}"));
    assert!(matches!(wrong, Err(Error::InvalidSettings(fields)) if fields[0].pointer == "/template"));
    let endless = Discord.render(&posting(), &with(&"long ".repeat(900)));
    assert!(matches!(endless, Err(Error::Rejected(_))));
}

#[test]
fn a_long_description_gives_way_to_everything_else() {
    let wordy = Posting {
        title: "*".repeat(400),
        organization: "Acme & Sons ".repeat(40),
        description: "word ".repeat(4000),
        tags: vec!["_".repeat(30); 40],
        locations: vec!["place_".repeat(20); 9],
        pay: Some("much ".repeat(90)),
        apply_url: format!("https://acme.example/{}", "x".repeat(950)),
        ..posting()
    };
    let mut template = Target { template: Some("{{ description }}".repeat(5)), ..webhook(json!({})) };
    template.board.name = "Acme ".repeat(90);
    let preview = render(&wordy, &template);
    let length = preview.length as usize;
    assert!(length <= LONGEST_EMBEDS && length > LONGEST_EMBEDS - 100, "{length}");
    assert!(preview.warnings[0].contains("shortened"), "{:?}", preview.warnings);
    assert_eq!(webhook_body_problems(&body(&preview)), Vec::<String>::new());
}

/// The sum of what Discord counts.
fn length(embed: &Value) -> usize {
    let text = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
    let fields = embed["fields"].as_array().into_iter().flatten();
    text(&embed["title"])
        + text(&embed["description"])
        + text(&embed["footer"]["text"])
        + fields.map(|field| text(&field["name"]) + text(&field["value"])).sum::<usize>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn discord_takes_any_posting(posting in any_posting(), locale in prop::sample::select(&["en", "es", "pt-BR"][..])) {
        let in_locale = |target: Target| Target { locale: locale.into(), ..target };
        let preview = render(&posting, &in_locale(webhook(json!({}))));
        let json = body(&preview);
        prop_assert_eq!(webhook_body_problems(&json), Vec::<String>::new(), "{}", json);
        prop_assert_eq!(preview.length as usize, length(&json["embeds"][0]));
        let threaded = body(&render(&posting, &in_locale(webhook(json!({ "new_thread": true })))));
        prop_assert_eq!(webhook_body_problems(&threaded), Vec::<String>::new(), "{}", threaded);
        let bots = body(&render(&posting, &in_locale(bot(json!({})))));
        prop_assert_eq!(message_body_problems(&bots), Vec::<String>::new(), "{}", bots);
        for text in [&json["embeds"][0]["title"], &threaded["thread_name"]] {
            let text = text.as_str().unwrap_or_default();
            prop_assert!(!text.is_empty() && !text.contains("@everyone") && !text.contains("@here"), "{}", text);
        }
    }
}
