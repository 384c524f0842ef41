//! Descriptions as HTML and as summaries: made once for each text, and off the threads that answer requests.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use comrak::nodes::{Node, NodeValue, TableAlignment};
use comrak::{Arena, Options, format_html, parse_document};
use tablon_core::text::{common_mark, plain_summary};

use super::{LINK_REL, SCHEMES};

/// The most bytes of texts and HTML in the cache: some thousand descriptions.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

static RENDERED: LazyLock<Mutex<Rendered>> = LazyLock::new(Mutex::default);

/// A description's source as HTML. Headings begin one level below the page's own, whatever the writer used: the highest
/// becomes `h2` with a `shift` of 1. Pictures become their description, and none of the writer's HTML is left.
pub fn markdown(source: &str, shift: u8) -> String {
    shifted(&kept(source).unwrap_or_else(|| keep(source)).html, shift)
}

/// The beginning of a description as plain text on one line.
pub(crate) fn summary(source: &str) -> String {
    kept(source).unwrap_or_else(|| keep(source)).summary.clone()
}

/// Renders the descriptions that aren't rendered yet, so that [`markdown`] and [`summary`] find them. A text costs up to some
/// milliseconds, during which an async thread would answer nobody.
pub(crate) async fn prepare(sources: impl IntoIterator<Item = &str>) {
    let missing: Vec<String> = sources.into_iter().filter(|source| kept(source).is_none()).map(str::to_owned).collect();
    if missing.is_empty() {
        return;
    }
    let rendering = tokio::task::spawn_blocking(move || {
        for source in missing {
            keep(&source);
        }
    });
    if let Err(error) = rendering.await {
        // The page renders it again, and fails itself if necessary.
        tracing::error!(%error, "a description could not be rendered");
    }
}

fn kept(source: &str) -> Option<Arc<Shown>> {
    RENDERED.lock().unwrap_or_else(PoisonError::into_inner).get(source)
}

fn keep(source: &str) -> Arc<Shown> {
    let common_mark = common_mark(source);
    let shown = Arc::new(Shown { html: rendered(&common_mark), summary: plain_summary(&common_mark) });
    RENDERED.lock().unwrap_or_else(PoisonError::into_inner).add(source, Arc::clone(&shown));
    shown
}

/// What is shown of a description.
#[derive(Debug)]
struct Shown {
    html: String,
    summary: String,
}

impl Shown {
    fn len(&self) -> usize {
        self.html.len() + self.summary.len()
    }
}

/// What is shown of the texts that were rendered last.
#[derive(Default)]
struct Rendered {
    by_source: HashMap<Box<str>, (Arc<Shown>, u64)>,
    bytes: usize,
    /// Counts uses, to find the least recently used entry.
    uses: u64,
}

impl Rendered {
    fn get(&mut self, source: &str) -> Option<Arc<Shown>> {
        self.uses += 1;
        let (shown, used) = self.by_source.get_mut(source)?;
        *used = self.uses;
        Some(Arc::clone(shown))
    }

    fn add(&mut self, source: &str, shown: Arc<Shown>) {
        self.uses += 1;
        self.bytes += source.len() + shown.len();
        if let Some((old, _)) = self.by_source.insert(source.into(), (shown, self.uses)) {
            self.bytes -= source.len() + old.len();
        }
        if self.bytes > KEPT_BYTES {
            self.drop_older_half();
        }
    }

    fn drop_older_half(&mut self) {
        let mut uses: Vec<u64> = self.by_source.values().map(|(_, used)| *used).collect();
        uses.sort_unstable();
        let middle = uses.get(uses.len() / 2).copied().unwrap_or_default();
        self.by_source.retain(|_, (_, used)| *used > middle);
        self.bytes = self.by_source.iter().map(|(source, (shown, _))| source.len() + shown.len()).sum();
    }
}

/// The HTML with headings from `h1` on. It is written from a tree without raw HTML, and only with the elements that
/// this function allows, so that it needs no sanitiser: an HTML parser needs quadratic time for a text of ampersands.
fn rendered(common_mark: &str) -> String {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.render.hardbreaks = true;
    // If the parser ever finds HTML all the same, it is shown as text.
    options.render.escape = true;
    let arena = Arena::new();
    let root = parse_document(&arena, common_mark, &options);
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    let levels = nodes.iter().filter_map(|node| match &node.data.borrow().value {
        NodeValue::Heading(heading) => Some(heading.level),
        _ => None,
    });
    let highest = levels.min().unwrap_or(1);
    for node in nodes {
        if !is_kept(node, highest) {
            while let Some(words) = node.first_child() {
                node.insert_before(words);
            }
            node.detach();
        }
    }
    let mut html = String::new();
    match format_html(root, &options, &mut html) {
        // These signs are escaped in texts, so only elements are changed.
        Ok(()) => with_rel(&html).replace("<br />", "<br>").replace("<hr />", "<hr>"),
        // Writing into a string doesn't fail; if it ever does, an empty text is the safe answer.
        Err(_) => String::new(),
    }
}

/// Adds `rel` to every link.
fn with_rel(html: &str) -> String {
    const LINK: &str = "<a href=\"";
    let mut parts = html.split(LINK);
    let mut output = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (address, rest) = part.split_once("\">").unwrap_or((part, ""));
        output.extend([LINK, address, "\" rel=\"", LINK_REL, "\">", rest]);
    }
    output
}

/// Normalises an element, and says whether it is kept; of the others only the text is.
fn is_kept(node: Node<'_>, highest_heading: u8) -> bool {
    match &mut node.data.borrow_mut().value {
        NodeValue::Heading(heading) => heading.level = heading.level - highest_heading + 1,
        NodeValue::CodeBlock(code) => code.info.clear(),
        NodeValue::Table(table) => table.alignments.fill(TableAlignment::None),
        NodeValue::Link(link) => {
            link.title.clear();
            return leads_outside(&link.url) && !node.ancestors().skip(1).any(is_link);
        }
        NodeValue::Image(_) => return false,
        _ => {}
    }
    true
}

fn is_link(node: Node<'_>) -> bool {
    matches!(node.data.borrow().value, NodeValue::Link(_))
}

/// Whether an address is absolute and has an allowed scheme.
fn leads_outside(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}

/// Moves headings down by `shift` levels.
fn shifted(html: &str, shift: u8) -> String {
    let mut output = html.to_owned();
    for level in (1..=6_u8).rev() {
        let below = (level + shift).min(6);
        for (before, after) in [("<h", ">"), ("</h", ">")] {
            let (from, to) = (format!("{before}{level}{after}"), format!("{before}{below}{after}"));
            if from != to && output.contains(&from) {
                output = output.replace(&from, &to);
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use ammonia::{Builder, UrlRelative};

    use super::*;

    #[test]
    fn a_description_can_carry_no_script() {
        let hostile = "Hi <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> **b** \
                       ![p](https://e.example/p.png) [rel](/admin) <a href='data:text/html,x'>d</a>";
        let html = markdown(hostile, 1);
        for bad in ["script", "javascript", "onerror", "<img", "data:", "href=\"/admin"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("<strong>b</strong>"), "{html}");
    }

    #[test]
    fn a_sanitiser_finds_nothing_to_take_out() {
        let mut sanitiser = Builder::default();
        sanitiser
            .tags(
                [
                    "a",
                    "blockquote",
                    "br",
                    "code",
                    "del",
                    "em",
                    "h2",
                    "h3",
                    "h4",
                    "h5",
                    "h6",
                    "hr",
                    "li",
                    "ol",
                    "p",
                    "pre",
                    "strong",
                    "table",
                    "tbody",
                    "td",
                    "th",
                    "thead",
                    "tr",
                    "ul",
                ]
                .into(),
            )
            .tag_attributes([("a", ["href", "rel"].into()), ("ol", ["start"].into())].into())
            .generic_attributes(std::collections::HashSet::new())
            .url_schemes(SCHEMES.into())
            .url_relative(UrlRelative::Deny)
            .link_rel(None);
        let hostile = [
            "[a](javascript:x) [b]( JavaScript:x) [c](&#106;avascript:x) <javascript:x> [d](data:text/html,x) [e](//x)",
            "[f](https://x \"ti\\\"tle\") [g [h](https://h)](https://g) [https://i](https://j) ![k](https://k)",
            "``` \"><script>\nx\n```\n\n<script>a</script\n\n<a href=\"https://x\" onclick=\"y\">z</a> <b onmouseover=x>c</b>",
            "<svg><script>x</script></svg> <math><mtext></p><style><img src=x onerror=y></style></mtext></math>",
            "| a | b |\n|:-:|--:|\n| <b>1</b> | `</td><script>` |\n\n3. x\n\n<!--<p>--> & &lt;p&gt; \"'",
            "https://x.example/\"onclick=y www.x.example/<b> a@b.example ftp://x.example mailto:a@b.example",
        ];
        for source in hostile {
            let html = markdown(source, 1);
            // The sanitiser writes quotation marks in texts unescaped, and attributes in its own order.
            let shape = |html: &str| {
                let html = html.replace("&quot;", "\"").replace("&#39;", "'");
                let mut signs: Vec<char> = html.chars().filter(|c| !c.is_whitespace()).collect();
                signs.sort_unstable();
                String::from_iter(signs)
            };
            assert_eq!(shape(&sanitiser.clean(&html).to_string()), shape(&html), "{html}");
        }
    }

    #[test]
    fn the_page_shows_the_same_as_channels() {
        // Core and the renderer of plugins are tested with the same list.
        let cases: serde_json::Value =
            serde_json::from_str(include_str!("../../../../core/tests/descriptions.json")).expect("a list");
        for case in cases.as_array().expect("a list") {
            let html = case["html"].as_str().expect("HTML");
            for source in ["typed", "common_mark"] {
                let source = case[source].as_str().expect("text");
                assert_eq!(markdown(source, 1).trim(), html, "{}", case["name"]);
            }
        }
    }

    #[test]
    fn headings_of_a_description_stand_below_the_pages_title() {
        assert_eq!(markdown("# Us", 1).trim(), "<h2>Us</h2>");
        assert_eq!(markdown("### Us", 1).trim(), "<h2>Us</h2>", "whatever the writer began with");
        assert_eq!(markdown("## A\n#### B", 4).trim(), "<h5>A</h5>\n<h6>B</h6>");
    }

    #[test]
    fn links_pass_on_no_reputation() {
        let html = markdown("[us](https://acme.example) and https://other.example", 1);
        assert_eq!(html.matches("rel=\"nofollow ugc noopener\"").count(), 2, "{html}");
    }

    #[tokio::test]
    async fn a_text_is_rendered_once_and_the_least_used_make_room() {
        let text = "Rendered **once** in this test";
        assert!(kept(text).is_none());
        prepare([text]).await;
        let first = kept(text).expect("rendered");
        markdown(text, 3);
        assert_eq!(summary(text), "Rendered once in this test");
        assert!(Arc::ptr_eq(&first, &kept(text).expect("rendered")));
        let mut rendered = Rendered::default();
        let big = Arc::new(Shown { html: "x".repeat(KEPT_BYTES / 4), summary: String::new() });
        rendered.add("first", Arc::clone(&big));
        rendered.add("second", Arc::clone(&big));
        rendered.get("first");
        rendered.add("third", Arc::clone(&big));
        rendered.add("fourth", big);
        assert!(rendered.bytes <= KEPT_BYTES);
        assert!(rendered.get("fourth").is_some() && rendered.get("second").is_none());
    }
}
