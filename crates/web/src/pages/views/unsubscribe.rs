//! The page behind the link that stops a channel's mail.

use serde::Serialize;

use super::Frame;

#[derive(Debug, Serialize)]
pub(crate) struct UnsubscribePage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    /// Whose mail it is, while the channel still sends there.
    pub(crate) address: Option<String>,
    /// Whether everybody on a mailing list sees the same link.
    pub(crate) is_list: bool,
    pub(crate) stopped: bool,
}
