//! Limits for nested text: parsers and later steps recurse as deep as the text does, in time and on the stack.

use pulldown_cmark::Event;

use super::Unreadable;

/// The most levels of quotations, lists and emphasis in a description.
pub const MAX_DEPTH: usize = 32;
/// The most levels of HTML elements: pages wrap their text in many elements without a meaning.
pub(super) const MAX_HTML_DEPTH: usize = 100;

/// Refuses lines that begin with too many markers of quotations and lists (`> > - > text`), before a parser reads them.
pub(super) fn check_lines(text: &str) -> Result<(), Unreadable> {
    if text.lines().all(|line| containers(line) <= MAX_DEPTH) { Ok(()) } else { Err(Unreadable::TooDeep) }
}

/// How many quotations and list items one line could open: sometimes more than a parser would find, never fewer.
fn containers(line: &str) -> usize {
    let mut rest = line.trim().as_bytes();
    if rest.first().is_some_and(|sign| matches!(sign, b'-' | b'*') && rest.iter().all(|b| b == sign || *b == b' ')) {
        // A horizontal line, or the underline of a heading.
        return 0;
    }
    let mut count = 0;
    loop {
        while let [b' ' | b'\t', after @ ..] = rest {
            rest = after;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = match rest.get(digits..) {
            Some([b'>', after @ ..]) if digits == 0 => after,
            Some([b'-' | b'+' | b'*', after @ ..]) if digits == 0 && is_parted(after) => after,
            Some([b'.' | b')', after @ ..]) if (1..=9).contains(&digits) && is_parted(after) => after,
            _ => return count,
        };
        count += 1;
    }
}

fn is_parted(after: &[u8]) -> bool {
    matches!(after.first(), None | Some(b' ' | b'\t'))
}

/// The nesting depth of a parser's events.
#[derive(Debug, Default)]
pub(super) struct Depth(usize);

impl Depth {
    /// Follows the next event.
    ///
    /// # Errors
    /// If it goes too deep.
    pub(super) fn follow(&mut self, event: &Event<'_>) -> Result<(), Unreadable> {
        match event {
            Event::Start(_) => self.0 += 1,
            Event::End(_) => self.0 = self.0.saturating_sub(1),
            _ => {}
        }
        if self.0 > MAX_DEPTH { Err(Unreadable::TooDeep) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_across_the_page_is_no_nesting() {
        for line in ["-".repeat(80), "- ".repeat(80), "*".repeat(80), "**bold** - and - so - on".to_owned()] {
            assert!(containers(&line) <= 1, "{line}");
        }
        assert_eq!(containers("> > - 1. 2) + x"), 6);
        assert_eq!(containers(&">".repeat(100)), 100);
        assert_eq!(containers(&"- + ".repeat(50)), 100);
    }
}
