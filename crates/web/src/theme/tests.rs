//! The languages compared with each other, assets, and an operator's directory over the bundled theme.

use std::collections::BTreeSet;

use super::*;
use crate::encoding::Encoding;

fn theme() -> Theme {
    Theme::open(None).expect("the bundled theme loads")
}

fn keys(locale: &str) -> BTreeSet<String> {
    let (bundled, _) = Files::new(None).locale(&format!("{locale}.ftl")).expect("a locale");
    let text = bundled.expect("a bundled locale");
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
        .collect()
}

#[test]
fn the_languages_have_the_same_messages() {
    let english = keys("en");
    for locale in LOCALES {
        let own = keys(locale);
        let missing: Vec<_> = english.difference(&own).collect();
        let surplus: Vec<_> = own.difference(&english).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{locale}: missing {missing:?}, surplus {surplus:?}");
    }
}

#[test]
fn every_language_knows_every_country() {
    let theme = theme();
    let codes = |locale| theme.locales().names(locale).map(|n| n.countries.keys().cloned().collect::<Vec<_>>());
    for locale in LOCALES {
        assert_eq!(codes(locale).map(|c| c.len()), Some(249), "{locale}");
        assert_eq!(codes(locale), codes("en"), "{locale}");
    }
}

#[test]
fn an_asset_is_served_under_a_name_that_follows_its_content() {
    let theme = theme();
    let url = theme.assets().url("tablon.css").expect("the style sheet");
    let name = url.strip_prefix("/assets/").expect("below /assets/");
    let (asset, hashed) = theme.assets().get(name).expect("served");
    assert!(hashed && asset.content_type.starts_with("text/css"));
    let text = std::str::from_utf8(asset.encoded.plain()).expect("text");
    let font = theme.assets().url("newsreader-600.woff2").expect("the font").replace("/assets/", "");
    assert!(text.contains(&font), "the style sheet names the font as it is served");
    assert!(theme.assets().get("../Cargo.toml").is_none());
}

/// A page may have 30 KB of style over the wire; it has this one sheet and a line for the accent.
#[test]
fn the_style_sheet_is_light() {
    let theme = theme();
    let (sheet, _) = theme.assets().get("tablon.css").expect("the style sheet");
    for encoding in [Encoding::Gzip, Encoding::Brotli] {
        let (sent, bytes) = sheet.encoded.get(encoding);
        assert_eq!(sent, encoding);
        assert!(bytes.len() < 20_000, "{encoding:?}: {} bytes", bytes.len());
    }
}

#[test]
fn an_operators_file_replaces_the_bundled_one_at_the_same_path() {
    let folder = std::env::temp_dir().join(format!("tablon-theme-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(folder.join("pages")).expect("made");
    std::fs::create_dir_all(folder.join("locales")).expect("made");
    std::fs::write(folder.join("pages/error.html"), "{{ t(\"post-a-job\") }} {{ key }}").expect("written");
    std::fs::write(folder.join("locales/en.ftl"), "post-a-job = Post a gig\n").expect("written");
    let theme = Theme::open(Some(&folder)).expect("loads");
    let page = theme.render("pages/error.html", "en", minijinja::context! { key => "<k a='/\"&'>ñ" }).expect("renders");
    assert_eq!(page, "Post a gig &lt;k a=&#39;/&#34;&amp;&#39;&gt;ñ");
    std::fs::write(folder.join("pages/error.html"), "{{ broken").expect("written");
    assert!(Theme::open(Some(&folder)).is_err(), "a broken template is told at start");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn what_a_template_lacks_is_an_error_and_what_is_absent_is_nothing() {
    let folder = std::env::temp_dir().join(format!("tablon-theme-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(folder.join("pages")).expect("made");
    std::fs::write(folder.join("pages/error.html"), "[{{ there }}]{{ missing }}").expect("written");
    std::fs::write(folder.join("pages/boards.html"), "[{{ there }}]{{ t(\"no-such-message\") }}").expect("written");
    std::fs::write(folder.join("pages/login.html"), "[{{ there }}]").expect("written");
    let theme = Theme::open(Some(&folder)).expect("loads");
    let view = minijinja::context! { there => Option::<String>::None };
    assert!(theme.render("pages/error.html", "en", &view).is_err());
    assert!(theme.render("pages/boards.html", "en", &view).is_err());
    assert_eq!(theme.render("pages/login.html", "en", &view).expect("renders"), "[]");
    std::fs::remove_dir_all(&folder).expect("removed");
}
