//! A channel's messages as their platform shows them.

use serde::Serialize;

/// A channel's previews of a job, or why there are none.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PreviewView {
    pub(crate) channel: String,
    pub(crate) plugin: String,
    pub(crate) problem: Option<PreviewProblem>,
    pub(crate) messages: Vec<PreviewMessage>,
}

/// Why a channel can't show a job.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PreviewProblem {
    /// The plugin's or the host's words.
    pub(crate) words: String,
    /// The line of the template that the words name, and what stands there.
    pub(crate) line: Option<usize>,
    pub(crate) source: Option<String>,
}

/// One message, exactly as it would be sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PreviewMessage {
    /// How it is shown: `telegram`, `discord`, `mail`, `json` or `text`.
    pub(crate) shape: &'static str,
    /// Exactly what is sent.
    pub(crate) content: String,
    /// Of JSON: with line breaks and indents.
    pub(crate) indented: Option<String>,
    pub(crate) discord: Option<DiscordView>,
    pub(crate) mail: Option<MailView>,
    pub(crate) length: u32,
    pub(crate) limit: u32,
    pub(crate) unit: String,
    pub(crate) warnings: Vec<String>,
}

/// A Discord message. Its texts are Discord's markdown.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DiscordView {
    /// Who it is from, where the message says so.
    pub(crate) username: Option<String>,
    /// The name of the forum post that it opens.
    pub(crate) thread: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) embeds: Vec<EmbedView>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct EmbedView {
    /// `#rrggbb`.
    pub(crate) color: String,
    pub(crate) author: Option<EmbedText>,
    pub(crate) title: Option<EmbedText>,
    pub(crate) description: Option<String>,
    pub(crate) fields: Vec<EmbedField>,
    /// An `https` address.
    pub(crate) image: Option<String>,
    pub(crate) thumbnail: Option<String>,
    pub(crate) footer: Option<String>,
    pub(crate) timestamp: Option<String>,
}

/// A text that may lead somewhere; the address is one of the web's.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EmbedText {
    pub(crate) text: String,
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct EmbedField {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) inline: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct MailView {
    pub(crate) subject: String,
    /// A whole document for a frame without scripts and without the network.
    pub(crate) document: Option<String>,
    pub(crate) text: String,
}
