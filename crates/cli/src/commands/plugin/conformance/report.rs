//! What was checked, and what came of it.

use serde::Serialize;
use tablon_publisher::Plugin;

/// The checks so far.
#[derive(Serialize)]
pub(super) struct Report {
    id: String,
    version: String,
    passed: usize,
    failed: usize,
    checks: Vec<Check>,
    /// What wasn't tried, and why.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Check {
    check: String,
    passed: bool,
    /// What came instead of what was expected.
    message: Option<String>,
}

impl Report {
    pub(super) fn new(plugin: &Plugin) -> Self {
        let manifest = plugin.manifest();
        Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            passed: 0,
            failed: 0,
            checks: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn passed(&mut self, check: &str) {
        self.check(check, true, String::new);
    }

    pub(super) fn check(&mut self, check: impl Into<String>, passed: bool, message: impl FnOnce() -> String) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        let message = (!passed).then(message).filter(|message| !message.is_empty());
        self.checks.push(Check { check: check.into(), passed, message });
    }

    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed > 0
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{} {}\n\n", self.id, self.version);
        for check in &self.checks {
            text.push_str(if check.passed { "ok      " } else { "FAILED  " });
            text.push_str(&check.check);
            if let Some(message) = &check.message {
                text.push_str(&format!("\n          {message}"));
            }
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&format!("note    {note}\n"));
        }
        text.push_str(&format!("\n{} passed, {} failed\n", self.passed, self.failed));
        text
    }
}
