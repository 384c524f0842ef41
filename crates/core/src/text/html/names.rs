//! The elements of HTML, and how each becomes Markdown.

/// How an element becomes Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A line break.
    Break,
    /// A horizontal line.
    Rule,
    /// A picture: its description stays.
    Picture,
    /// Shows nothing and has no end tag (`<meta …>`). Only with attributes: `<link>` alone is probably a word.
    Void,
    /// Never shown, with its content.
    Hidden,
    /// Changes how its text looks, in a way that Markdown has.
    Inline,
    /// Changes its text in a way that Markdown doesn't have: the text stays.
    Transparent,
    /// A block on lines of its own.
    Block,
}

/// The known element with this name: its name in lower case, and its role.
pub(super) fn known(name: &str) -> Option<(&'static str, Role)> {
    const GROUPS: [(Role, &[&str]); 8] = [
        (Role::Break, &["br"]),
        (Role::Rule, &["hr"]),
        (Role::Picture, &["img"]),
        (
            Role::Void,
            &[
                "area", "base", "basefont", "bgsound", "col", "embed", "frame", "input", "keygen", "link", "meta",
                "param", "source", "track", "wbr",
            ],
        ),
        (Role::Hidden, &["head", "iframe", "noembed", "noframes", "script", "style"]),
        (Role::Inline, &["a", "b", "code", "del", "em", "i", "kbd", "s", "samp", "strike", "strong", "tt"]),
        (
            Role::Transparent,
            &[
                "abbr", "acronym", "audio", "bdi", "bdo", "big", "blink", "button", "canvas", "cite", "data",
                "datalist", "dfn", "font", "ins", "label", "map", "mark", "meter", "nobr", "noscript", "object",
                "optgroup", "option", "output", "picture", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "select",
                "slot", "small", "span", "sub", "sup", "svg", "template", "textarea", "time", "u", "var", "video",
            ],
        ),
        (
            Role::Block,
            &[
                "address",
                "article",
                "aside",
                "blockquote",
                "body",
                "caption",
                "center",
                "colgroup",
                "dd",
                "details",
                "dialog",
                "dir",
                "div",
                "dl",
                "dt",
                "fieldset",
                "figcaption",
                "figure",
                "footer",
                "form",
                "frameset",
                "h1",
                "h2",
                "h3",
                "h4",
                "h5",
                "h6",
                "header",
                "hgroup",
                "html",
                "legend",
                "li",
                "listing",
                "main",
                "marquee",
                "menu",
                "nav",
                "ol",
                "p",
                "plaintext",
                "pre",
                "search",
                "section",
                "summary",
                "table",
                "tbody",
                "td",
                "tfoot",
                "th",
                "thead",
                "title",
                "tr",
                "ul",
                "xmp",
            ],
        ),
    ];
    let lower = name.to_ascii_lowercase();
    GROUPS.iter().find_map(|(role, names)| Some((*names.iter().find(|known| **known == lower)?, *role)))
}

/// The name by which the Markdown converter knows a block.
pub(super) fn converted(name: &'static str) -> &'static str {
    match name {
        "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "ol" | "p" | "pre" | "table" | "tbody"
        | "td" | "th" | "thead" | "tr" | "ul" | "a" | "b" | "code" | "em" | "i" | "strong" => name,
        "dir" | "menu" => "ul",
        "listing" | "xmp" | "plaintext" => "pre",
        "kbd" | "samp" | "tt" => "code",
        "tfoot" => "tbody",
        "del" | "s" | "strike" => "del",
        _ => "div",
    }
}

/// Whether HTML allows this element's end tag to be omitted.
pub(super) fn may_stay_open(name: &str) -> bool {
    matches!(name, "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" | "option" | "colgroup")
}

/// Whether an open element `open` without an end tag ends where `next` begins.
pub(super) fn ends_before(open: &str, next: &str) -> bool {
    match open {
        "p" => super::names::known(next).is_some_and(|(_, role)| matches!(role, Role::Block | Role::Rule)),
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr" | "tbody" | "tfoot" | "thead"),
        "tr" => matches!(next, "tr" | "tbody" | "tfoot" | "thead"),
        "thead" | "tbody" | "tfoot" => matches!(next, "tbody" | "tfoot" | "thead"),
        "option" => matches!(next, "option" | "optgroup"),
        _ => false,
    }
}
