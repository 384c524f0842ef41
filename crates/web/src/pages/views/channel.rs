//! Channels, and what they are made of.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::store::Lane;

use super::{Event, FormView, Frame, OptionView, PreviewView, StaffView};

#[derive(Debug, Serialize)]
pub(crate) struct Channels {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) channels: Vec<ChannelCard>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelCard {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) plugin_name: String,
    pub(crate) state: &'static str,
    pub(crate) problem: Option<ChannelProblem>,
    /// What won't work as well as it could, and its language if it isn't the page's.
    pub(crate) warnings: Vec<String>,
    pub(crate) warnings_lang: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) account_url: Option<String>,
}

/// Why a channel is paused.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelProblem {
    /// The last part of the message `channel-problem-…`, if the kind of problem is known.
    pub(crate) kind: Option<&'static str>,
    /// In the platform's or the plugin's words; one for each field that it is about.
    pub(crate) words: Vec<ProblemWords>,
    /// The language of the words, if it isn't the page's.
    pub(crate) lang: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProblemWords {
    /// The field's label.
    pub(crate) field: Option<String>,
    pub(crate) words: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelNew {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) plugins: Vec<PluginCard>,
    pub(crate) plugin: String,
    pub(crate) plugin_name: String,
    pub(crate) form: Option<FormView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PluginCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

/// What every page of one channel has.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelHead {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) channel: ChannelCard,
    /// Which of its pages this is: `settings`, `template`, `delivery`, `mail`, `history` or `remove`.
    pub(crate) tab: &'static str,
    /// Whether it sends mail.
    pub(crate) sends_mail: bool,
    /// How many digests wait for a person's word.
    pub(crate) asking: u64,
    /// Whether everybody it mails to has asked for no more.
    pub(crate) unsubscribed: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelMail {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    pub(crate) suppressions: Vec<SuppressionRow>,
    pub(crate) outbox: Vec<MailRow>,
    pub(crate) next_url: Option<String>,
    /// An address that was typed and is wrong, and why.
    pub(crate) typed: String,
    pub(crate) error: Option<String>,
}

/// Somebody who wants no more mail.
#[derive(Debug, Serialize)]
pub(crate) struct SuppressionRow {
    pub(crate) id: String,
    pub(crate) address: Option<String>,
    /// `one-click`, `page` or `admin`.
    pub(crate) origin: &'static str,
    pub(crate) at: DateTime<Utc>,
}

/// A mail, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct MailRow {
    pub(crate) id: String,
    pub(crate) subject: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) state: &'static str,
    /// The mail server's words.
    pub(crate) problem: Option<String>,
    pub(crate) at: DateTime<Utc>,
    /// Whether it is a digest that waits for a person's word.
    pub(crate) asks: bool,
    /// The page of the copy that it is.
    pub(crate) copy_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelPage {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    pub(crate) verified: Option<Verified>,
    /// Whether its plugin can send a message that is taken away again.
    pub(crate) may_test: bool,
    /// What became of the test message.
    pub(crate) test: Option<TestView>,
    pub(crate) form: FormView,
    pub(crate) lanes: Vec<LaneView>,
    pub(crate) previews: Vec<PreviewView>,
    /// The job that the previews show.
    pub(crate) preview_of: Option<String>,
}

/// What asking the platform brought.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    pub(crate) ok: bool,
    /// Whose credential it is, or why it was refused, in the platform's words.
    pub(crate) words: String,
}

/// What became of a test message.
#[derive(Debug, Serialize)]
pub(crate) struct TestView {
    /// The last part of the message `channel-test-…`.
    pub(crate) outcome: &'static str,
    /// Whether it is as it should be.
    pub(crate) ok: bool,
    /// In the platform's words.
    pub(crate) words: Option<String>,
    /// Where the message is, if it is still there.
    pub(crate) url: Option<String>,
}

/// What a channel's traffic is held up by.
#[derive(Debug, Serialize)]
pub(crate) struct LaneView {
    pub(crate) kind: Lane,
    /// The platform asked to wait.
    pub(crate) held_until: Option<DateTime<Utc>>,
    /// It failed so often that nothing is tried for a while.
    pub(crate) open_until: Option<DateTime<Utc>>,
    pub(crate) failures: u64,
    /// What the last of them was.
    pub(crate) problem: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelTemplate {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    /// What stands in the editor.
    pub(crate) template: String,
    pub(crate) default_template: String,
    /// Whether the channel has a template of its own.
    pub(crate) own: bool,
    /// Whether what stands in the editor is what the channel uses.
    pub(crate) saved: bool,
    /// The form's token was stale, and nothing was done.
    pub(crate) unsent: bool,
    pub(crate) max: usize,
    pub(crate) variables: Vec<TemplateVariable>,
    pub(crate) jobs: Vec<OptionView>,
    pub(crate) preview: PreviewView,
}

#[derive(Debug, Serialize)]
pub(crate) struct TemplateVariable {
    pub(crate) name: String,
    pub(crate) help: Option<String>,
}

/// The preview alone, for the script of the editor.
#[derive(Debug, Serialize)]
pub(crate) struct TemplatePreview {
    pub(crate) preview: PreviewView,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelDelivery {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    pub(crate) form: FormView,
    pub(crate) zone: String,
    /// How many copies wait for their time.
    pub(crate) waiting: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelHistory {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    pub(crate) events: Vec<Event>,
    pub(crate) next_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelRemove {
    #[serde(flatten)]
    pub(crate) head: ChannelHead,
    /// Copies that are or may be on the platform.
    pub(crate) copies: u64,
    /// Where they are listed.
    pub(crate) copies_url: String,
}
