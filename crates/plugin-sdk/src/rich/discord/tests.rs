//! What Discord would read in what is written.

use proptest::prelude::*;

use super::super::from_markdown;
use super::DiscordMarkdown;
use crate::Markup;
use crate::testing::strategies::any_description;

fn discord(markdown: &str) -> String {
    from_markdown(markdown).to_discord_markdown()
}

#[test]
fn styles_nest_and_close() {
    assert_eq!(discord("a **b _c_** ~~d~~"), "a **b *c*** ~~d~~");
    assert_eq!(discord("# Why `us`?"), "**Why** `us`\u{200b}**?**");
    assert_eq!(discord("**a**_b_"), "**a**\u{200b}*b*");
}

#[test]
fn text_that_looks_like_markup_is_escaped() {
    assert_eq!(discord(r"2 \* 3, snake\_case, \`x\`, a\|\|b"), r"2 \* 3, snake\_case, \`x\`, a\|\|b");
    assert_eq!(DiscordMarkdown::escape("# a\n> b\n- c\n+d - e"), "\\# a\n\\> b\n\\- c\n\\+d - e");
}

#[test]
fn nobody_is_called() {
    assert_eq!(
        DiscordMarkdown::escape("@everyone @here <@1> <@&2> <#3> <t:4>"),
        "@\u{200b}everyone @\u{200b}here \\<@1> \\<@&2> \\<#3> \\<t:4>"
    );
    assert_eq!(DiscordMarkdown::plain("a  @everyone"), "a @\u{200b}everyone");
    assert_eq!(DiscordMarkdown::escape("https://e.org/@here"), "https://e.org/%40here");
}

#[test]
fn links_lead_to_the_web_and_addresses_stay_whole() {
    assert_eq!(discord("[a_b](https://e.org/(x)?a_b)"), r"[a\_b](https://e.org/%28x%29?a_b)");
    assert_eq!(discord("[a](javascript:alert(1)) [c](/jobs)"), "a c");
    assert_eq!(discord("see https://e.org/a_b_c, yes"), "see https://e.org/a_b_c, yes");
    assert_eq!(
        DiscordMarkdown::link("https://e.org", "https://evil.example"),
        r"[https\://e.org](https://evil.example)"
    );
    assert_eq!(DiscordMarkdown::link("Apply", "mailto:a_b@e.org"), r"Apply: a\_b@e.org");
}

#[test]
fn quotations_are_marked_on_every_line_and_code_keeps_its_own() {
    assert_eq!(discord("> a\n>\n> **b**\n\nc"), "> a\n> \n> **b**\n\nc");
    assert_eq!(discord("```c++\na * b\n```\nx"), "```c++\na * b\n```\n\nx");
    assert_eq!(discord("x `` c`d ``"), "x `` c`d ``");
    assert_eq!(discord("x ``` a``b ```"), r"x a\`\`b");
}

#[test]
fn a_long_text_of_what_begins_like_an_address_is_read_to_its_end() {
    // With a look at the whole rest of the text for each character, this takes many minutes.
    const LENGTH: usize = 200_000;
    for unit in ["a", "\u{e9} ", "aaaa\u{65e5}aaa", "\u{fffd}", "http://", "https://\u{e9}", "http://.", "@h", "> "] {
        let text = unit.repeat(LENGTH / unit.len());
        assert!(DiscordMarkdown::escape(&text).len() >= text.len() / 2, "{unit:?}");
    }
}

/// What Discord reads in a text: the addresses that it makes links of, and the signs of markup outside of them.
/// Its rule for an address is `https?://[^\s<]+[^<.,:;"')\]\s]`; a backslash takes a sign's meaning.
fn read(written: &str) -> (Vec<String>, String) {
    let (mut addresses, mut signs, mut rest) = (Vec::new(), String::new(), written);
    while let Some(c) = rest.chars().next() {
        let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme));
        let address = scheme.and_then(|scheme| {
            let run = rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
            let run = rest[..run].trim_end_matches(['.', ',', ':', ';', '"', '\'', ')', ']']);
            (run.len() > scheme.len() && run[scheme.len()..].chars().count() > 1).then_some(run)
        });
        if let Some(address) = address {
            addresses.push(address.to_owned());
            rest = &rest[address.len()..];
            continue;
        }
        let mut after = rest[c.len_utf8()..].chars();
        if c == '\\' && after.next().is_some_and(|sign| !sign.is_alphanumeric() && !sign.is_whitespace()) {
            rest = after.as_str();
            continue;
        }
        if matches!(c, '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '[') {
            signs.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    (addresses, signs)
}

#[test]
fn an_address_takes_no_sign_of_markup_and_no_backslash_with_it() {
    assert_eq!(DiscordMarkdown::escape("https://e.org/a|b`c\\d<e>f_g"), "https://e.org/a%7Cb%60c%5Cd%3Ce%3Ef_g");
    assert_eq!(discord("[a](<https://e.org/a|b`c>)"), "[a](https://e.org/a%7Cb%60c)");
    // Nothing that Discord makes a link of.
    assert_eq!(DiscordMarkdown::escape("https://_ http://. _x_"), r"https\://\_ http\://. \_x\_");
    assert_eq!(DiscordMarkdown::escape("HTTPS://e.org/a_b"), "https://e.org/a_b");
}

proptest! {
    #[test]
    fn any_text_has_no_signs_and_whole_addresses(text in r#"(https?://[a-zé.,;:"')(|`\\<>_*~@/\[\] -]{0,12}|[a-z*_|`\\<>\[\]~ \n]{0,6}){0,4}"#) {
        let written = DiscordMarkdown::escape(&text);
        let (addresses, signs) = read(&written);
        prop_assert_eq!(signs, "", "{:?} of {:?}", &written, &text);
        for address in addresses {
            prop_assert!(!address.contains(['\\', '|', '`', '<', '>']), "{:?} of {:?}", address, &text);
        }
    }

    #[test]
    fn any_description_calls_nobody_and_says_the_same(markdown in any_description(), limit in 0..4000_usize) {
        let text = from_markdown(&markdown).shortened(limit);
        let written = text.to_discord_markdown();
        let outside_code = !text.runs().iter().any(|run| run.style.code || run.style.pre.is_some());
        if outside_code {
            prop_assert!(!written.contains("@everyone") && !written.contains("@here"), "{}", written);
            let unescaped = written.match_indices('<').any(|(at, _)| !written[..at].ends_with('\\'));
            prop_assert!(!unescaped, "{}", written);
        }
        prop_assert!(written.is_empty() == text.to_plain().trim().is_empty());
    }
}
