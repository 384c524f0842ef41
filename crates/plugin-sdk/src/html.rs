//! Text in HTML.

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
