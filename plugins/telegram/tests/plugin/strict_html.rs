//! A second reader of Telegram's HTML, written apart from the one under test: an event at a time,
//! with the nesting rules of the Bot API's documentation.

/// The text and how many UTF-16 units it has, or what Telegram's "can't parse entities" would say.
pub(crate) fn read(html: &str) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut chars = html.chars();
    while let Some(c) = chars.next() {
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
    let units = text.encode_utf16().count();
    Ok((text, units))
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
