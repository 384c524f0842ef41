//! Every template in every language.

use std::collections::BTreeSet;

use super::samples;
use crate::language::LOCALES;
use crate::theme::Theme;

/// Set `TABLON_RENDERED` to a directory to look at what this test renders.
#[test]
fn every_page_renders_in_every_language() {
    let theme = Theme::open(None).expect("the bundled theme loads");
    let folder = std::env::var_os("TABLON_RENDERED").map(std::path::PathBuf::from);
    for locale in LOCALES {
        for sample in samples::all(locale) {
            let html = theme
                .render(sample.template, locale, &sample.view)
                .unwrap_or_else(|error| panic!("{} in {locale}: {error:#}", sample.name));
            assert!(!html.contains("<script>alert"), "{} in {locale} lets a script through", sample.name);
            assert!(html.contains(&format!("<html lang=\"{locale}\">")), "{}", sample.name);
            assert_eq!(html.matches("<h1").count(), 1, "{} in {locale} has one first heading", sample.name);
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{}.{locale}.html", sample.name)), html).expect("written");
            }
        }
    }
}

#[test]
fn every_template_has_a_sample() {
    let shown: BTreeSet<&str> = samples::all("en").iter().map(|sample| sample.template).collect();
    let theme = Theme::open(None).expect("the bundled theme loads");
    let pages: BTreeSet<&str> = theme.templates().filter(|name| name.starts_with("pages/")).collect();
    assert_eq!(pages, shown);
}

/// HTML has the first option of a required choice stand for "nothing chosen yet": without one the browser chooses.
#[test]
fn a_required_choice_begins_with_an_empty_option() {
    let theme = Theme::open(None).expect("the bundled theme loads");
    let mut required = 0;
    for sample in samples::all("en") {
        let html = theme.render(sample.template, "en", &sample.view).expect("a page");
        for choice in html.split("<select").skip(1) {
            let (tag, options) = choice.split_once('>').expect("a tag");
            if tag.contains(" required") {
                required += 1;
                assert!(options.trim_start().starts_with("<option value=\"\">"), "{}: <select{tag}>", sample.name);
            }
        }
    }
    assert!(required > 0, "the samples have such a choice");
}
