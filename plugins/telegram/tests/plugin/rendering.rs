//! Messages: what they look like, that they fit, that nothing a stranger wrote becomes markup.

use proptest::prelude::*;
use serde_json::json;
use tablon_plugin::rich::utf16_len;
use tablon_plugin::testing::ScriptedHost;
use tablon_plugin::testing::strategies::any_posting;
use tablon_plugin::{Error, Posting, Publisher, Target, Workplace};
use tablon_plugin_telegram::Telegram;

use crate::strict_html;
use crate::support::{attempt, calls, posting, render, sent, target, target_with};

fn with_template(template: &str) -> Target {
    Target { template: Some(template.into()), ..target() }
}

fn text(posting: &Posting) -> String {
    render(posting, &target()).expect("a preview").content
}

#[test]
fn a_post_says_what_a_candidate_looks_for_first() {
    assert_eq!(
        text(&posting()),
        "<b>Rust engineer</b>\n\
         Acme\n\
         Sevilla, Andalucía, ES · Hybrid\n\
         Pay: 42,000–52,000 EUR / year\n\
         \n\
         We build <b>boards</b>.\n\
         \n\
         • Rust\n\
         • SQL\n\
         \n\
         <a href=\"https://board.example/t/acme/jobs/rust-engineer\">See the offer and apply</a>\n\
         \n\
         #rust #cpp"
    );
}

#[test]
fn what_an_offer_does_not_say_leaves_no_gap() {
    let bare = Posting {
        locations: vec![],
        tags: vec![],
        pay: None,
        description: String::new(),
        workplace: Workplace::Remote,
        ..posting()
    };
    assert_eq!(
        text(&bare),
        "<b>Rust engineer</b>\nAcme\nRemote\n\n\
         <a href=\"https://board.example/t/acme/jobs/rust-engineer\">See the offer and apply</a>"
    );
}

#[test]
fn the_fixed_words_are_in_the_channels_language() {
    let spanish = Target { locale: "es".into(), ..target() };
    let shown = render(&posting(), &spanish).expect("a preview").content;
    assert!(shown.contains("Híbrido") && shown.contains("Salario:") && shown.contains("Ver la oferta"));
    let brazilian = Target { locale: "pt-BR".into(), ..target() };
    assert!(render(&posting(), &brazilian).expect("a preview").content.contains("Ver a vaga"));
}

#[test]
fn the_preview_is_what_is_sent() {
    for (settings, template) in [
        (json!({}), None),
        (
            json!({ "silent": true, "link_preview": "large", "message_thread_id": 3 }),
            Some("{{ title }} {{ description }}"),
        ),
    ] {
        let target = Target { template: template.map(Into::into), ..target_with(settings) };
        let host = ScriptedHost::answering([sent(7)]);
        Telegram.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
        let [(_, parameters)] = calls(&host).try_into().expect("one call");
        let preview = render(&posting(), &target).expect("a preview");
        assert_eq!(parameters["text"], preview.content.as_str());
        assert_eq!(parameters["parse_mode"], "HTML");
    }
}

#[test]
fn a_title_that_looks_like_a_placeholder_a_tag_or_a_secret_goes_out_as_text() {
    let title = "{{ bot_token }} <b>bot_token</b> {% raw %} &lt; <script> ${bot_token} \"x\"";
    let shown = text(&Posting { title: title.into(), organization: title.into(), ..posting() });
    let (read, _) = strict_html::read(&shown).expect("valid markup");
    assert_eq!(read.matches(title).count(), 2);
}

#[test]
fn a_strangers_text_mentions_nobody_and_commands_nothing() {
    let hostile = Posting {
        title: "Ask @durov (@gif) or /start@bot now".into(),
        organization: "@acme_hr".into(),
        description: "Write to **@manager**, `@Override`, jobs@acme.example and/or /apply".into(),
        locations: vec!["@here".into()],
        ..posting()
    };
    let shown = text(&hostile);
    assert_eq!(strict_html::pings(&shown), Ok(vec![]));
    let read = strict_html::read(&shown).expect("valid markup").0;
    assert!(read.contains("jobs@acme.example and/or") && read.contains("@Override"), "{read}");
    assert!(read.replace('\u{2060}', "").starts_with("Ask @durov (@gif) or /start@bot now\n@acme_hr\n@here"));
}

#[test]
fn what_keeps_a_mention_from_being_one_counts() {
    let title = "@ab ".repeat(900);
    let preview = render(&Posting { title, ..posting() }, &with_template("{{ title }}")).expect_err("too long");
    assert!(matches!(preview, Error::Rejected(_)), "3599 characters and 900 more");
    let title = "@ab ".repeat(800);
    let preview = render(&Posting { title, ..posting() }, &with_template("{{ title }}")).expect("fits");
    assert_eq!(preview.length, 800 * 5 - 1);
}

#[test]
fn a_tenants_own_template_may_mention_its_people() {
    let shown = render(&posting(), &with_template("{{ title }} @acme_jobs")).expect("a preview");
    assert_eq!(strict_html::pings(&shown.content), Ok(vec!["@acme_jobs".to_owned()]));
}

#[test]
fn an_address_with_an_at_sign_stays_that_address() {
    let offer = Posting { apply_url: "https://medium.example/@acme/jobs".into(), ..posting() };
    let described = Posting { description: "[here](https://medium.example/@acme)".into(), ..offer };
    let target = with_template("<a href=\"{{ apply_url }}\">Go</a> {{ link('Go', apply_url) }} {{ description }}");
    let shown = render(&described, &target).expect("a preview").content;
    assert_eq!(
        shown,
        "<a href=\"https://medium.example/%40acme/jobs\">Go</a> \
         <a href=\"https://medium.example/@acme/jobs\">Go</a> <a href=\"https://medium.example/@acme\">here</a>"
    );
}

#[test]
fn a_long_description_is_cut_between_words() {
    let description = "lorem ipsum dolor ".repeat(200);
    let shown = text(&Posting { description, ..posting() });
    let body = shown.split("\n\n").nth(1).expect("a description");
    assert!(utf16_len(body) > 650 && utf16_len(body) <= 700);
    assert!(["lorem…", "ipsum…", "dolor…"].iter().any(|end| body.ends_with(end)), "{body}");
}

#[test]
fn only_the_description_is_shortened_when_a_template_fills_the_message() {
    let filler = "x".repeat(3900);
    let target = with_template(&format!("{filler} {{{{ description }}}} <i>{{{{ title }}}}</i>"));
    let description = format!("**{}**", "word & ".repeat(400).trim_end());
    let preview = render(&Posting { description, ..posting() }, &target).expect("a preview");
    let (read, units) = strict_html::read(&preview.content).expect("valid markup");
    assert!(units <= 4096 && units > 4080, "{units}");
    assert_eq!(preview.length as usize, units);
    assert!(read.starts_with(&filler) && read.ends_with("Rust engineer"));
    assert_eq!(preview.warnings.len(), 1);
}

#[test]
fn long_addresses_do_not_make_more_markup_than_telegram_reads() {
    let address = format!("https://example.org/{}", "x".repeat(1500));
    let description = format!("[ab]({address}) ").repeat(100);
    let preview = render(&Posting { description, ..posting() }, &target()).expect("a preview");
    assert!(preview.content.len() <= 35_000 && preview.content.contains(&address));
    assert!(strict_html::read(&preview.content).is_ok());
    assert_eq!(preview.warnings.len(), 1);
}

#[test]
fn a_message_that_can_not_fit_is_refused_before_it_is_sent() {
    let title = "long ".repeat(1000);
    let host = ScriptedHost::default();
    let error = Telegram.publish(&host, &Posting { title, ..posting() }, &target(), &attempt());
    assert!(matches!(error, Err(Error::Rejected(why)) if why.contains("longer than Telegram allows")));
    assert!(host.requests().is_empty());
}

#[test]
fn a_template_that_does_not_work_is_explained() {
    for template in [
        "{{ titel }}",
        "{% if %}",
        "<p>{{ title }}</p>",
        "<b>{{ title }}",
        "{# nothing #}",
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
    ] {
        let error = render(&posting(), &with_template(template)).expect_err(template);
        let Error::InvalidSettings(fields) = error else { panic!("{template}: {error:?}") };
        assert_eq!(fields[0].pointer, "/template", "{template}");
        assert!(fields[0].message.starts_with("The message template doesn't work: "));
    }
}

#[test]
fn a_template_can_name_every_value() {
    let template = "{{ title }}|{{ organization }}|{{ summary }}|{{ url }}|{{ apply_url }}|{{ locations[0] }}|\
        {{ place }}|{{ workplace }}|{{ workplace_name }}|{{ pay }}|{{ tags[1] }}|{{ hashtags[1] }}|{{ language }}|\
        {{ published_at }}|{{ expires_at }}|{{ extra.level }}|\
        {{ extra.employment_types[0] }}|{{ extra.remote_countries | join(' ') }}|{{ words.apply }}|{{ link('Go', url) }}";
    let shown = render(&posting(), &with_template(template)).expect("a preview");
    assert_eq!(
        shown.content,
        "Rust engineer|Acme|We build boards.|https://board.example/t/acme/jobs/rust-engineer|\
         https://acme.example/jobs/1|Sevilla, Andalucía, ES|Sevilla, Andalucía, ES|hybrid|Hybrid|\
         42,000–52,000 EUR / year|c++|#cpp|en|2026-03-01T09:30:00Z||senior|FULL_TIME|ES PT|See the offer and apply|\
         <a href=\"https://board.example/t/acme/jobs/rust-engineer\">Go</a>"
    );
}

#[test]
fn an_address_that_telegram_would_not_link_is_written_out() {
    let local = Posting { url: "http://localhost:8080/jobs/1".into(), ..posting() };
    assert!(text(&local).contains("See the offer and apply: http://localhost:8080/jobs/1"));
    let mail = Posting { apply_url: "mailto:hr@acme.example".into(), ..posting() };
    let shown = render(&mail, &with_template("{{ link('Write', apply_url) }}")).expect("a preview");
    assert_eq!(shown.content, "Write: hr@acme.example");
}

#[test]
fn many_places_and_tags_stay_a_line() {
    let many = Posting {
        locations: (1..=30).map(|n| format!("City {n}, ES")).collect(),
        tags: (1..=40).map(|n| format!("tag{n}")).collect(),
        ..posting()
    };
    let shown = text(&many);
    assert!(shown.contains("City 6, ES +24 · Hybrid"));
    assert!(shown.ends_with("#tag15"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_message_fits_and_parses(posting in any_posting()) {
        let preview = match render(&posting, &target()) {
            Ok(preview) => preview,
            Err(error) => {
                prop_assert!(matches!(error, Error::Rejected(_)) && posting.title.len() > 2000, "{error:?}");
                return Ok(());
            }
        };
        let read = strict_html::read(&preview.content);
        prop_assert!(read.is_ok(), "{:?} in {}", read, preview.content);
        let (text, units) = read.expect("checked");
        prop_assert!(units <= 4096);
        prop_assert_eq!(units, preview.length as usize);
        prop_assert!(text.ends_with(text.trim()));
        prop_assert_eq!(strict_html::pings(&preview.content), Ok(vec![]), "in {}", preview.content);
    }

    #[test]
    fn a_crowded_message_fits_and_parses(posting in any_posting(), filler in 3000..3600_usize) {
        let target = with_template(&format!("{} <b>{{{{ title }}}}</b> {{{{ description }}}} {{{{ description }}}}", "é".repeat(filler)));
        match render(&posting, &target) {
            Ok(preview) => {
                let read = strict_html::read(&preview.content).map(|(_, units)| units);
                prop_assert!(read.as_ref().is_ok_and(|units| *units <= 4096), "{:?}", read);
            }
            Err(error) => prop_assert!(matches!(error, Error::Rejected(_)), "{error:?}"),
        }
    }

    #[test]
    fn a_closed_copy_fits_and_parses(posting in any_posting()) {
        use tablon_plugin::{Ending, RetractMode};
        let host = ScriptedHost::answering([sent(7)]);
        let receipt = crate::support::published();
        let mode = RetractMode::MarkClosed(Ending::Filled);
        Telegram.retract(&host, &receipt, mode, &posting, &target(), &attempt()).expect("closed");
        let [(_, parameters)] = calls(&host).try_into().expect("one call");
        let text = parameters["text"].as_str().expect("a text");
        prop_assert_eq!(strict_html::pings(text), Ok(vec![]), "in {}", text);
        let read = strict_html::read(text).map(|(_, units)| units);
        prop_assert!(read.as_ref().is_ok_and(|units| *units <= 4096), "{:?} in {}", read, text);
    }
}
