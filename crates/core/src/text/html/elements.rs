//! Which tags belong together, and which parts of a text are HTML.

use std::collections::HashMap;
use std::ops::Range;

use super::names::{Role, ends_before, may_stay_open};
use super::tags::{Tag, Token, tokens};
use crate::text::Unreadable;
use crate::text::nesting::MAX_HTML_DEPTH;

/// A part of a text.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Text as typed.
    Text(Range<usize>),
    /// Left out: a tag without effect, a comment beside HTML.
    Nothing,
    /// `<br>`.
    Break,
    /// An element with its content.
    Element { parts: Vec<Part<'a>>, is_block: bool },
}

/// A part of an element.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Text(Range<usize>),
    Start(Tag<'a>),
    /// An end tag, and where it ends.
    End(&'static str, usize),
}

/// Splits the text at its outermost elements.
///
/// # Errors
/// If elements are nested too deep; checked before anything is built of them.
pub(super) fn pieces<'a>(text: &'a str, code: &[Range<usize>]) -> Result<Vec<Piece<'a>>, Unreadable> {
    let tokens = tokens(text, code);
    let matched = match_tags(&tokens);
    if matched.depth > MAX_HTML_DEPTH {
        return Err(Unreadable::TooDeep);
    }
    let any_block = tokens.iter().zip(&matched.starts).any(|(token, starts)| {
        *starts && matches!(token, Token::Tag(tag) if matches!(tag.role, Role::Block | Role::Rule | Role::Hidden))
    });
    let mut builder = Builder { text, ..Builder::default() };
    for (index, token) in tokens.into_iter().enumerate() {
        match token {
            Token::Remark(at) if any_block => builder.leave_out(at),
            Token::Remark(_) => {}
            Token::Tag(tag) => {
                for _ in 0..matched.ended_before[index] {
                    builder.end(tag.at.start..tag.at.start);
                }
                if matched.starts[index] {
                    builder.start(tag);
                } else if matched.ends[index] {
                    builder.end(tag.at);
                } else if matched.ignored[index] {
                    builder.leave_out(tag.at);
                }
            }
        }
    }
    Ok(builder.finish())
}

/// The result for each token.
struct Matched {
    starts: Vec<bool>,
    ends: Vec<bool>,
    /// An end tag whose element was ended earlier.
    ignored: Vec<bool>,
    /// How many elements end before this tag without an end tag of their own.
    ended_before: Vec<usize>,
    depth: usize,
}

fn match_tags(tokens: &[Token<'_>]) -> Matched {
    let none = || vec![false; tokens.len()];
    let mut matched =
        Matched { starts: none(), ends: none(), ignored: none(), ended_before: vec![0; tokens.len()], depth: 0 };
    // First find which tags have a partner, then which elements are open at each of them.
    let closed = closed(tokens);
    let mut open: Vec<&'static str> = Vec::new();
    let mut counts: HashMap<&'static str, usize> = HashMap::new();
    let mut surplus: HashMap<&'static str, usize> = HashMap::new();
    for (index, token) in tokens.iter().enumerate() {
        let Token::Tag(tag) = token else { continue };
        if matches!(tag.role, Role::Break | Role::Rule | Role::Picture | Role::Void) {
            // Browsers read `</br>` as a break too.
            matched.starts[index] = !tag.closes || tag.role == Role::Break;
        } else if !tag.closes {
            if !closed[index] {
                continue;
            }
            while let Some(last) = open.pop_if(|last| ends_before(last, tag.name)) {
                *counts.entry(last).or_default() -= 1;
                *surplus.entry(last).or_default() += 1;
                matched.ended_before[index] += 1;
            }
            matched.starts[index] = true;
            open.push(tag.name);
            *counts.entry(tag.name).or_default() += 1;
            matched.depth = matched.depth.max(open.len());
        } else if counts.get(tag.name).is_some_and(|count| *count > 0) {
            // Also ends the elements opened since: `<b><i>x</b></i>`.
            while let Some(last) = open.pop() {
                *counts.entry(last).or_default() -= 1;
                if last == tag.name {
                    break;
                }
                *surplus.entry(last).or_default() += 1;
                matched.ended_before[index] += 1;
            }
            matched.ends[index] = true;
        } else if let Some(count) = surplus.get_mut(tag.name).filter(|count| **count > 0) {
            *count -= 1;
            matched.ignored[index] = true;
        }
    }
    matched
}

/// Which start tags have an end tag, or need none: it may be omitted within an element that has its own.
fn closed(tokens: &[Token<'_>]) -> Vec<bool> {
    let mut closed = vec![false; tokens.len()];
    let mut waiting: HashMap<&'static str, Vec<usize>> = HashMap::new();
    // The end tag nearest to each start tag.
    let mut partner = vec![0; tokens.len()];
    for (index, token) in tokens.iter().enumerate() {
        let Token::Tag(tag) = token else { continue };
        if !tag.closes {
            waiting.entry(tag.name).or_default().push(index);
        } else if let Some(start) = waiting.get_mut(tag.name).and_then(Vec::pop) {
            closed[start] = true;
            partner[start] = index;
        }
    }
    let mut inside_until = 0;
    for (index, token) in tokens.iter().enumerate() {
        let Token::Tag(tag) = token else { continue };
        if closed[index] && tag.role == Role::Block {
            inside_until = inside_until.max(partner[index]);
        } else if !tag.closes && index < inside_until && may_stay_open(tag.name) {
            closed[index] = true;
        }
    }
    closed
}

#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    done: usize,
    pieces: Vec<Piece<'a>>,
    open: Vec<(&'static str, Role)>,
    parts: Vec<Part<'a>>,
    /// How many open elements are hidden, and how many are kept.
    hidden: usize,
    kept: usize,
}

impl<'a> Builder<'a> {
    fn inside(&self) -> bool {
        self.kept > 0
    }

    fn take_text(&mut self, until: usize) {
        let range = self.done..until;
        if range.is_empty() || self.hidden > 0 {
            return;
        }
        if self.inside() { self.parts.push(Part::Text(range)) } else { self.pieces.push(Piece::Text(range)) }
    }

    fn leave_out(&mut self, at: Range<usize>) {
        self.take_text(at.start);
        self.done = at.end;
        if !self.inside() {
            self.pieces.push(Piece::Nothing);
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        self.take_text(tag.at.start);
        self.done = tag.at.end;
        let (name, role) = (tag.name, tag.role);
        if self.hidden == 0 {
            match role {
                _ if self.inside() && !matches!(role, Role::Hidden | Role::Void | Role::Transparent) => {
                    self.parts.push(Part::Start(tag));
                }
                Role::Break => self.pieces.push(Piece::Break),
                Role::Rule | Role::Picture => {
                    self.pieces.push(Piece::Element { parts: vec![Part::Start(tag)], is_block: role == Role::Rule });
                }
                Role::Inline | Role::Block => self.parts.push(Part::Start(tag)),
                Role::Void | Role::Hidden | Role::Transparent => {
                    if !self.inside() {
                        self.pieces.push(Piece::Nothing);
                    }
                }
            }
        }
        if !matches!(role, Role::Break | Role::Rule | Role::Picture | Role::Void) {
            self.hidden += usize::from(role == Role::Hidden);
            self.kept += usize::from(is_kept(role));
            self.open.push((name, role));
        }
    }

    fn end(&mut self, at: Range<usize>) {
        self.take_text(at.start);
        self.done = at.end;
        let Some((name, role)) = self.open.pop() else { return };
        self.hidden -= usize::from(role == Role::Hidden);
        self.kept -= usize::from(is_kept(role));
        if !is_kept(role) || self.hidden > 0 {
            if !self.inside() {
                self.pieces.push(Piece::Nothing);
            }
            return;
        }
        self.parts.push(Part::End(name, at.end));
        if !self.inside() {
            let parts = std::mem::take(&mut self.parts);
            let is_block = parts
                .iter()
                .any(|part| matches!(part, Part::Start(tag) if matches!(tag.role, Role::Block | Role::Rule)));
            self.pieces.push(Piece::Element { parts, is_block });
        }
    }

    fn finish(mut self) -> Vec<Piece<'a>> {
        let end = self.text.len();
        while !self.open.is_empty() {
            self.end(end..end);
        }
        self.take_text(end);
        self.pieces
    }
}

/// Whether the converter keeps an element; of the others only the text is kept.
fn is_kept(role: Role) -> bool {
    matches!(role, Role::Inline | Role::Block)
}
