//! Text in HTML, and HTML that is whole.

/// Elements that have no end.
const VOID: [&str; 7] = ["br", "hr", "img", "meta", "wbr", "col", "link"];

/// Makes text safe in HTML, as content and as an attribute's value.
///
/// ```
/// assert_eq!(tablon_plugin::html::escape("1 < 2 & \"3\""), "1 &lt; 2 &amp; &quot;3&quot;");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether every element that begins ends, in the right order: a part that isn't closed would swallow whatever stands
/// after it.
///
/// ```
/// use tablon_plugin::html::well_formed;
/// assert!(well_formed("<p>a<br>b</p>").is_ok() && well_formed("<p>a</b>").is_err());
/// ```
///
/// # Errors
/// What is wrong.
pub fn well_formed(html: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((_, from)) = rest.split_once('<') {
        if let Some(comment) = from.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("a comment doesn't end")?.1;
            continue;
        }
        if from.to_ascii_lowercase().starts_with("!doctype") {
            rest = from.split_once('>').ok_or("the doctype doesn't end")?.1;
            continue;
        }
        let end = end_of_tag(from).ok_or_else(|| format!("a tag doesn't end: <{}", start(from)))?;
        let tag = &from[..end];
        rest = &from[end + 1..];
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(format!("no tag: <{}", start(from)));
        }
        if closes {
            match open.pop() {
                Some(last) if last == name => {}
                Some(last) => return Err(format!("<{last}> ends with </{name}>")),
                None => return Err(format!("</{name}> ends what never began")),
            }
        } else if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.pop().map_or(Ok(()), |name| Err(format!("<{name}> doesn't end")))
}

/// Where the tag ends that begins here: a `>` outside of quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_is_well_formed_and_what_is_not_is_told() {
        for good in
            ["", "a < b".replace("< b", "&lt; b").as_str(), "<p>a<br>b</p>", "<a href=\"x>y\">z</a>", "<!-- <p> -->"]
        {
            assert_eq!(well_formed(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("<p>a", "<p> doesn't end"),
            ("<b><i></b></i>", "<i> ends with </b>"),
            ("</div>", "never began"),
            ("<p", "a tag doesn't end"),
            ("a < b", "a tag doesn't end"),
            ("<a href=\"x>y</a>", "a tag doesn't end"),
        ] {
            assert!(well_formed(bad).unwrap_err().contains(why), "{bad}: {:?}", well_formed(bad));
        }
    }
}
