//! The `log` capability: lines in the host's log, bounded and without secrets.

use crate::bindings::log::{self, Level};
use crate::sandbox::Sandbox;

/// The longest message and the longest field, in characters.
const MAX_TEXT: usize = 500;
/// The most fields of a line.
const MAX_FIELDS: usize = 8;

impl log::Host for Sandbox {
    async fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        self.impure("log.write")?;
        self.lines_written += 1;
        if self.lines_written > self.limits.log_lines {
            return Ok(());
        }
        let scrubber = &self.vault.scrubber;
        let message = scrubber.sentence(&message, MAX_TEXT);
        let fields: Vec<String> = fields
            .iter()
            .take(MAX_FIELDS)
            .map(|(name, value)| format!("{}={:?}", scrubber.sentence(name, 40), scrubber.sentence(value, MAX_TEXT)))
            .collect();
        let (plugin, channel, fields) = (&*self.plugin, self.channel.as_str(), fields.join(" "));
        match level {
            Level::Debug => tracing::debug!(target: "tablon::plugin", plugin, channel, fields, "{message}"),
            Level::Info => tracing::info!(target: "tablon::plugin", plugin, channel, fields, "{message}"),
            Level::Warn => tracing::warn!(target: "tablon::plugin", plugin, channel, fields, "{message}"),
            Level::Error => tracing::error!(target: "tablon::plugin", plugin, channel, fields, "{message}"),
        }
        Ok(())
    }
}
