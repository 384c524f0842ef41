//! The letters themselves, whatever strangers typed.

use proptest::prelude::*;
use serde_json::{Value, json};
use tablon_plugin::html::well_formed;
use tablon_plugin::testing::strategies::any_posting;
use tablon_plugin::testing::{assert_form_is_translated, assert_words_agree, posting, target};
use tablon_plugin::{Error, Locales, Posting, Publisher, Target};
use tablon_plugin_email::Email;

const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../../locales/en.ftl")),
    ("es", include_str!("../../locales/es.ftl")),
    ("pt-BR", include_str!("../../locales/pt-BR.ftl")),
]);

fn mail(posting: &Posting, target: &Target) -> Value {
    let previews = Email.render(posting, target).unwrap();
    assert_eq!((previews.len(), previews[0].format.as_str()), (1, "mail"));
    assert!(previews[0].length <= previews[0].limit, "{}", previews[0].length);
    serde_json::from_str(&previews[0].content).unwrap()
}

fn text<'a>(mail: &'a Value, part: &str) -> &'a str {
    mail[part].as_str().unwrap()
}

#[test]
fn every_language_has_every_word() {
    assert_words_agree(&LOCALES);
    assert_form_is_translated(&Email.describe().settings_schema, &LOCALES);
}

#[test]
fn a_mail_of_its_own_is_a_page_and_a_part_of_a_digest_is_not() {
    let own = mail(&posting(), &target(json!({ "to": "list@example.org", "subject_prefix": "[Jobs]" })));
    assert!(text(&own, "subject").starts_with("[Jobs] "), "{own}");
    for piece in ["<!doctype html>", "color-scheme", "max-width:600px", posting().url.as_str()] {
        assert!(text(&own, "html").contains(piece), "{piece}");
    }
    assert!(text(&own, "text").contains(&posting().url) && !text(&own, "text").contains('<'));
    let part = mail(&posting(), &target(json!({ "to": "list@example.org", "delivery": "daily" })));
    assert!(!text(&part, "html").contains("<html") && text(&part, "html").contains(&posting().url));
}

#[test]
fn a_boards_own_template_makes_the_html_and_a_broken_one_is_told() {
    let with =
        |template: &str| Target { template: Some(template.to_owned()), ..target(json!({ "to": "a@b.example" })) };
    let own = mail(&posting(), &with("<p>{{ title }}!</p>"));
    assert!(text(&own, "html").contains("!</p>") && !text(&own, "text").contains("!</p>"));
    for (broken, why) in [("<p>{{ title }}", "doesn't end"), ("{{ titel }}", "line 1"), ("<b><i></b></i>", "ends with")]
    {
        match Email.render(&posting(), &with(broken)) {
            Err(Error::InvalidSettings(errors)) => {
                assert!(errors[0].pointer == "/template" && errors[0].message.contains(why), "{errors:?}");
            }
            other => panic!("{broken}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_posting_holds_the_mail_is_sound(posting in any_posting(), digest: bool) {
        let settings = json!({ "to": "list@example.org", "delivery": if digest { "weekly" } else { "at_once" } });
        let mail = mail(&posting, &target(settings));
        let subject = text(&mail, "subject");
        prop_assert!(!subject.trim().is_empty() && subject.chars().count() <= 200, "{subject:?}");
        prop_assert!(!subject.chars().any(char::is_control), "{subject:?}");
        let html = text(&mail, "html");
        prop_assert_eq!(well_formed(html), Ok(()), "{}", html);
        prop_assert!(!html.to_lowercase().contains("<script") && !html.contains("javascript:\""), "{html}");
        let plain = text(&mail, "text");
        prop_assert!(!plain.trim().is_empty() && !plain.contains('\0') && !plain.contains('\r'), "{plain:?}");
    }

    #[test]
    fn a_title_never_breaks_out_of_its_line(title in "[a-z]{0,5}(\r\n|\n|\r|\u{2028}|\0)(Bcc: x@y\r\n|[a-z]{0,5}){0,3}") {
        let posting = Posting { title: format!("a{title}"), ..posting() };
        let mail = mail(&posting, &target(json!({ "to": "list@example.org" })));
        let subject = text(&mail, "subject");
        prop_assert!(!subject.contains(['\r', '\n', '\0']), "{subject:?}");
    }
}
