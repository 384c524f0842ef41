use serde_json::Value;

use super::*;

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("../../tests/descriptions.json")).expect("a list")
}

fn text<'a>(case: &'a Value, member: &str) -> &'a str {
    case[member].as_str().unwrap_or_default()
}

#[test]
fn what_is_typed_is_stored_and_shown_as_the_list_says() {
    for case in cases() {
        let typed = text(&case, "typed");
        let stored = case["source"].as_str().unwrap_or(typed);
        assert_eq!(source(typed, 30_000).as_deref(), Ok(stored), "{}", case["name"]);
        for from in [typed, stored, text(&case, "common_mark")] {
            assert_eq!(common_mark(from), text(&case, "common_mark"), "{}: from {from:?}", case["name"]);
        }
        assert_eq!(source(stored, 30_000).as_deref(), Ok(stored), "{}: stored once more", case["name"]);
    }
}

#[test]
fn a_summary_is_what_is_shown_on_one_line() {
    // The separators of a message's items and cells aren't part of the text.
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace().filter(|word| !matches!(*word, "•" | "·" | "1." | "2.")).map(str::to_owned).collect()
    };
    for case in cases() {
        let summary = plain_summary(text(&case, "typed"));
        assert_eq!(words(&summary), words(text(&case, "text")), "{}", case["name"]);
        assert!(!summary.contains("  "), "{summary}");
    }
    let long = plain_summary(&"word ".repeat(100));
    assert!(long.chars().count() <= 200 && long.ends_with("word…"), "{long}");
    let unbroken = plain_summary(&"x".repeat(500));
    assert!(unbroken.chars().count() <= 200 && unbroken.ends_with('…'), "{unbroken}");
}

#[test]
fn what_would_show_nothing_is_nothing() {
    for nothing in
        ["", " \n", "<p> </p>", "---", "![](https://e.org/a.png)", "<script>x</script>", "&nbsp;", ">", "#", "\u{200b}"]
    {
        assert_eq!(source(nothing, 100).as_deref(), Ok(""), "{nothing:?}");
    }
}

#[test]
fn what_is_nested_too_deep_is_refused_and_never_reaches_a_parser() {
    let deep = |before: &str, after: &str, times: usize| format!("{}x{}", before.repeat(times), after.repeat(times));
    for (before, after) in [
        ("<b>", "</b>"),
        ("<ul><li>", "</li></ul>"),
        ("<div>", "</div>"),
        ("<i><b>", "</i></b>"),
        (">", ""),
        ("> ", ""),
        ("- + ", ""),
        ("1. ", ""),
        ("[", "](a)"),
        ("*", "*"),
        ("**a _b ", " b_ a**"),
    ] {
        let text = deep(before, after, 3_000);
        let refused = source(&text, 30_000);
        // Brackets and signs without a meaning to the parser are text.
        if before.starts_with(['[', '*']) && refused.is_ok() {
            continue;
        }
        assert_eq!(refused, Err(Unreadable::TooDeep), "{before}");
        // A row older than the limit is shown as plain text.
        assert!(common_mark(&text).contains('x'), "{before}");
        assert!(source(&deep(before, after, 5), 30_000).is_ok(), "{before}");
    }
    assert_eq!(source(&"x".repeat(1_000), 100), Err(Unreadable::TooLong));
}

#[test]
fn html_that_was_escaped_once_too_often_is_html() {
    assert_eq!(unescape_html("&lt;p&gt;R&amp;amp;D&lt;/p&gt;"), "<p>R&amp;D</p>");
    for text in ["Know your Vec<T>\n\n* and 1 &lt; 2", "<p>&lt;b&gt;x&lt;/b&gt;</p>", "a &lt;b&gt;"] {
        assert_eq!(unescape_html(text), text);
    }
}

#[test]
fn doubling_a_text_doubles_the_work() {
    let units = [
        "a\n",
        "    a\n\n",
        "- a\n",
        "• a\n",
        "1. a\n  b\n",
        "> a\n",
        "`",
        "```\n",
        "~~~ a\n",
        "[",
        "[a]",
        "[a](",
        "![a](b)",
        "[a]: b\n\n",
        "*",
        "**a ",
        "a_",
        "*a **b ",
        "~a~ ",
        "|a",
        "|a|b|\n|-|-|\n",
        "| |\n",
        "<",
        "<b>",
        "</b>",
        "<!--",
        "&",
        "&a",
        "\\",
        "<https://a> ",
        "https://a ",
        "a@b.c ",
        "\u{85}",
        "#\n",
        "a\n===\n",
        "\"a'",
        "o\ta\n",
    ];
    for unit in units {
        for before in ["", "x\n", "> ", "- ", "    "] {
            let work = |times: usize| {
                let mut work = 0;
                let text = format!("{before}{}", unit.repeat(times));
                // A text that is refused is refused early.
                let length = common_mark::counted(&text, &mut work).map_or(0, |shown| shown.len());
                work + length
            };
            let (once, twice) = (work(300), work(600));
            assert!(twice <= once * 5 / 2 + 1_000, "{before:?} and {unit:?}: {once}, then {twice}");
        }
    }
}

#[test]
fn a_long_text_of_openings_without_ends_is_read_to_its_end() {
    // With a search to the end of the text at each opening, this takes many minutes.
    const LENGTH: usize = 200_000;
    for unit in [
        "<!--",
        "a<br>b<!--c",
        "<br><!doctype",
        "<!doctype html",
        "<br><script>",
        "<style>a",
        "<br><title>",
        "<b x='",
        "<b x=\"a' ",
        "|<br>",
        "<br",
        "<b>&lt;",
        "<p>|",
        "</",
        "\\<br>",
        "`<br>",
        "<b><!-",
        "<!-- a -->",
    ] {
        let text = unit.repeat(LENGTH / unit.len());
        // Deep nesting is refused, everything else is read.
        assert!(matches!(html::to_markdown(&text), Ok(_) | Err(Unreadable::TooDeep)), "{unit:?}");
    }
}

#[test]
fn doubling_html_doubles_the_markdown() {
    for unit in [
        "<p></p>",
        "<b>a</b>",
        "<br>",
        "<hr>",
        "<li>a",
        "<td>a</td>",
        "<i><b>a</i></b>",
        "<p>a",
        "</p>",
        "<!---->",
        "&amp;",
    ] {
        for (before, after) in [("", ""), ("<p>", "</p>"), ("<ul>", "</ul>"), ("<table><tr>", "</tr></table>")] {
            let length = |times: usize| {
                let text = format!("{before}{}{after}", unit.repeat(times));
                html::to_markdown(&text).map_or(0, |markdown| markdown.len())
            };
            let (once, twice) = (length(200), length(400));
            assert!(twice <= once * 5 / 2 + 1_000, "{before}{unit}: {once}, then {twice}");
        }
    }
}

#[test]
fn no_mixture_of_html_and_code_changes_when_it_is_stored_again() {
    // In each, a block that becomes Markdown or an empty element that goes decides anew which backticks are a pair.
    for typed in [
        "<br><p>\n````<br>",
        "<br>- ```\n<code><br>```\n",
        "</code></code>``<ul><li>z</li></ul>``<code></code>",
        "<br><pre><br>~~~`<br>`<b>x</b>",
        "a <pre>```<br>``<br>```</pre>",
        "<b></b>    ``<ul><li>z</li></ul>``",
        "<code></code>```<ul><li>z</li></ul>```",
        "```<br>```<code></code>\n",
        "``<b>x</b>``<code></code></code>    </b>",
        "<br><p>`<p>y</p>~~~<code><ul><li>z</li></ul>`",
    ] {
        let stored = source(typed, 30_000).expect("it is read");
        assert_eq!(source(&stored, 30_000).as_deref(), Ok(stored.as_str()), "{typed:?}");
        assert_eq!(stored_source(stored.clone()), stored, "{typed:?}");
    }
}
