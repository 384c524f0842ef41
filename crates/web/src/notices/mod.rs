//! Mail to posters and staff: a task that writes it with the theme and hands it to the mail server.
//!
//! ```text
//! store/notices (queued with the change) ─► task ─► sending ─► letter (theme, words) ─► NoticeMailer ─► mail server
//! ```

mod lanes;
pub(crate) mod letter;
mod sending;
mod stop_link;
mod task;

pub(crate) use stop_link::{StopKey, StopLink};
pub use task::NoticeTask;
