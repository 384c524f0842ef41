//! The content of a digest: a heading, the parts, the jobs that are no longer open, and the unsubscribe link.
//!
//! One column; styles are attributes of the elements (mail programs drop style sheets); colours work on light and dark
//! backgrounds: text inherits, and only the accent is set.

use tablon_core::TenantScope;
use tablon_core::store::{Fragment, FragmentKind, MailContent};

use super::words::Words;

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// Placeholder in a digest for the unsubscribe link of each recipient. `.invalid` is never a real host (RFC 2606).
pub(crate) const LINK: &str = "https://stop-these-mails.invalid/";

/// The digest of these parts, the same for every recipient.
pub(crate) fn compose(scope: &TenantScope, parts: &[Fragment]) -> MailContent {
    let words = Words::of(&scope.locale);
    let of = |kind| parts.iter().filter(move |part| part.kind == kind).map(|part| &part.content);
    let open: Vec<_> = of(FragmentKind::Open).collect();
    let over: Vec<_> = of(FragmentKind::Over).collect();
    let board = one_line(&scope.name);
    let heading = words.heading(open.len(), &board);
    let page = Page { scope, words, heading: &heading, board: &board, open: &open, over: &over };
    MailContent { html: page.html(), text: page.text(), subject: heading }
}

struct Page<'a> {
    scope: &'a TenantScope,
    words: &'a Words,
    heading: &'a str,
    board: &'a str,
    open: &'a [&'a MailContent],
    over: &'a [&'a MailContent],
}

impl Page<'_> {
    fn html(&self) -> String {
        let Self { words, .. } = self;
        let (heading, url) = (escape(self.heading), escape(&self.scope.public_url()));
        let accent = &self.scope.accent;
        let line = "<hr style=\"border:0;border-top:1px solid #8886;margin:24px 0\">\n";
        let open: Vec<&str> = self.open.iter().map(|part| part.html.trim()).collect();
        let mut body = open.join(&format!("\n{line}"));
        if !self.over.is_empty() {
            if !body.is_empty() {
                body.push_str(&format!("\n{line}"));
            }
            let over: Vec<&str> = self.over.iter().map(|part| part.html.trim()).collect();
            body.push_str(&format!(
                "<h2 style=\"font-size:16px;line-height:1.4;margin:0 0 8px\">{}</h2>\n{}",
                escape(words.over),
                over.join("\n")
            ));
        }
        format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{heading}</title>\n</head>\n\
             <body style=\"margin:0;padding:0\">\n\
             <div style=\"max-width:600px;margin:0 auto;padding:24px 16px;{FONT};font-size:16px;line-height:1.5\">\n\
             <h1 style=\"font-size:22px;line-height:1.3;margin:0 0 24px;padding:0 0 12px;border-bottom:3px solid \
             {accent}\">{heading}</h1>\n\
             {body}\n{line}<p style=\"font-size:13px;margin:0 0 8px\"><a href=\"{url}\">{all}</a> · {board}</p>\n\
             <p style=\"font-size:13px;margin:0;opacity:.8\">{why} <a href=\"{stop}\">{unsubscribe}</a></p>\n\
             </div>\n</body>\n</html>\n",
            language = words.language,
            all = escape(words.all_jobs),
            board = escape(self.board),
            why = escape(&words.why(self.board)),
            stop = LINK,
            unsubscribe = escape(words.unsubscribe),
        )
    }

    fn text(&self) -> String {
        let Self { words, heading, .. } = self;
        let mut text = format!("{heading}\n{}\n", "=".repeat(heading.chars().count()));
        for part in self.open {
            text.push_str(&format!("\n{}\n\n---\n", part.text.trim()));
        }
        if !self.over.is_empty() {
            text.push_str(&format!("\n{}\n", words.over));
            for part in self.over {
                text.push_str(&format!("\n{}\n", part.text.trim()));
            }
        }
        let (why, url) = (words.why(self.board), self.scope.public_url());
        format!("{text}\n{}: {url}\n\n{why}\n{}: {}\n", words.all_jobs, words.unsubscribe, LINK)
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
