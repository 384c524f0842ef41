//! Changes to a text at byte positions, applied together.

/// Changes in any order; they mustn't overlap, but the same change may be added twice.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(usize, usize, &'static str)>);

impl Edits {
    /// Replaces the bytes from `start` to `end` with `new`.
    pub(super) fn replace(&mut self, start: usize, end: usize, new: &'static str) {
        self.0.push((start, end, new));
    }

    pub(super) fn insert(&mut self, at: usize, new: &'static str) {
        self.replace(at, at, new);
    }

    /// The changed text; `None` if nothing changes.
    pub(super) fn apply(mut self, text: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.sort_unstable();
        self.0.dedup();
        let mut output = String::with_capacity(text.len() + self.0.len() * 2);
        let mut done = 0;
        for (start, end, new) in self.0 {
            let Some(kept) = text.get(done..start) else { continue };
            output.push_str(kept);
            output.push_str(new);
            done = end;
        }
        output.push_str(text.get(done..).unwrap_or_default());
        Some(output)
    }
}
