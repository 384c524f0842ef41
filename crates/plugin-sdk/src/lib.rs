//! What a Tablón plugin written in Rust depends on.
//!
//! A plugin is a component that publishes jobs somewhere. Implement [`Publisher`], name it in
//! [`export!`], build with `--target wasm32-wasip2`. Everything compiles on the host as well, so a
//! plugin's tests run natively against a `testing::ScriptedHost` (feature `testing`).

#[expect(missing_docs, reason = "generated from the contract, which documents it")]
pub mod bindings;
mod error;
mod host;
mod publisher;
mod request;
pub mod rich;
pub mod telegram_html;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

pub use bindings::exports::tablon::plugin::publishing::{
    Account, Description, Ending, Features, Located, Presence, Preview, Repeat, RetractMode, Verified,
};
pub use bindings::tablon::plugin::types::{
    Asset, Attempt, Board, Error, FieldError, Lane, Posting, Receipt, Target, Workplace,
};
pub use host::{HandedOver, Host, HttpError, Level, MailDelivery, MailError, MailMessage, MailState, Weekday};
pub use minijinja::context as template_values;
pub use minijinja::value::Value as TemplateValue;
pub use publisher::{Component, Publisher};
pub use request::{Answer, Method, Repeatable, Request, refused, unanswered};
pub use template::{Escaping, Fitted, Template, TemplateError, fit};
pub use words::{Locales, Words};
