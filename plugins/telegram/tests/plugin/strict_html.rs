//! A second reader of Telegram's HTML, written apart from the one under test: an event at a time,
//! with the nesting rules of the Bot API's documentation.

use std::collections::BTreeSet;

/// The text and how many UTF-16 units it has, or what Telegram's "can't parse entities" would say.
pub(crate) fn read(html: &str) -> Result<(String, usize), String> {
    let (text, _) = parse(html)?;
    let units = text.encode_utf16().count();
    Ok((text, units))
}

/// What Telegram would make of the text by itself: mentions of people and commands to bots, where it stands outside of
/// code. Taken wider than TDLib does: any letter may begin one, and only ASCII before an `@` makes it an address.
pub(crate) fn pings(html: &str) -> Result<Vec<String>, String> {
    let (text, code) = parse(html)?;
    let chars: Vec<char> = text.chars().collect();
    let is_word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let starts = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let in_address = |c: &char| is_word(c) || chars.get(at) == Some(&'/') && "/<>".contains(*c);
        matches!(chars.get(at), Some('@' | '/')) && !before.is_some_and(in_address) && !code.contains(&at)
    };
    let ping = |at: usize| {
        let name: String = chars.iter().skip(at + 1).take_while(|c| is_word(c)).collect();
        let sign = chars.get(at).filter(|_| starts(at) && !name.is_empty())?;
        Some(format!("{sign}{name}"))
    };
    Ok((0..chars.len()).filter_map(ping).collect())
}

/// The text, and which of its characters are code.
fn parse(html: &str) -> Result<(String, BTreeSet<usize>), String> {
    let mut text = String::new();
    let mut code = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    let mut chars = html.chars();
    while let Some(c) = chars.next() {
        if c != '<' && open.iter().any(|tag| tag == "code" || tag == "pre") {
            code.insert(text.chars().count());
        }
        match c {
            '<' => {
                let tag: String = chars.by_ref().take_while(|c| *c != '>').collect();
                if let Some(name) = tag.strip_prefix('/') {
                    if open.pop().as_deref() != Some(name) {
                        return Err(format!("unmatched </{name}>"));
                    }
                    continue;
                }
                let name = tag.split(' ').next().unwrap_or_default().to_owned();
                let attributes = tag.get(name.len()..).unwrap_or_default();
                check_attributes(&name, attributes)?;
                let inside = |outer: &str| open.iter().any(|o| o == outer);
                let lone_code = name == "code" && open.last().is_some_and(|o| o == "pre");
                if (inside("code") || inside("pre")) && !lone_code {
                    return Err(format!("<{name}> inside of code"));
                }
                if name == "blockquote" && inside("blockquote") {
                    return Err("nested blockquote".into());
                }
                let outer = open.iter().find(|o| !["pre", "blockquote"].contains(&o.as_str()));
                if let ("code" | "pre", Some(outer)) = (name.as_str(), outer) {
                    return Err(format!("code inside of <{outer}>"));
                }
                if name == "a" && inside("a") {
                    return Err("nested link".into());
                }
                open.push(name);
            }
            '>' => return Err("a bare >".into()),
            '&' => {
                let entity: String = chars.by_ref().take_while(|c| *c != ';').collect();
                text.push(match entity.as_str() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    other => return Err(format!("entity &{other};")),
                });
            }
            c => text.push(c),
        }
    }
    if let Some(name) = open.pop() {
        return Err(format!("<{name}> is not closed"));
    }
    Ok((text, code))
}

fn check_attributes(name: &str, attributes: &str) -> Result<(), String> {
    let valid = match name {
        "b" | "i" | "s" | "pre" | "blockquote" => attributes.is_empty(),
        "code" => {
            attributes.is_empty()
                || attributes.starts_with(" class=\"language-") && attributes.matches('"').count() == 2
        }
        "a" => {
            let start = ["\"https://", "\"http://"].iter().any(|s| attributes.starts_with(&format!(" href={s}")));
            start && attributes.ends_with('"') && attributes.matches('"').count() == 2
        }
        _ => false,
    };
    if valid { Ok(()) } else { Err(format!("<{name}{attributes}>")) }
}
