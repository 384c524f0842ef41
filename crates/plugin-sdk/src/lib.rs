//! What a Tablón plugin written in Rust depends on.
//!
//! A plugin is a component that publishes jobs somewhere. Implement [`Publisher`], name it in
//! [`export!`], build with `--target wasm32-wasip2`. Everything compiles on the host as well, so a
//! plugin's tests run natively against a `testing::ScriptedHost` (feature `testing`).
//!
//! | to | there is |
//! |---|---|
//! | ask for settings, and read them | [`Form`], [`Field`], [`Channel`] |
//! | speak several languages | [`Locales`], [`Words`] |
//! | make a message that fits | [`MessageWriter`], [`Markup`]; in parts [`Template`], [`Values`], [`fit`], [`rich`] |
//! | call an HTTP API | [`Request`], [`Api`], [`Repeatable`]; what a refusal means: [`Refusal`], [`Failure`] |
//! | publish where messages can be edited and deleted | [`EditableMessages`], which makes a [`Publisher`] |
//! | find a copy again | [`Handle`], [`LastSent`] |
//! | read what the contract's records grow by, and remember what the platform told | [`Extras`], [`Verified::remembering`], [`Target::recall`] |
//! | send mail, sign, hold a lane, log | [`Host`] |

mod address;
mod api;
#[expect(missing_docs, reason = "generated from the contract, which documents it")]
pub mod bindings;
mod channel;
mod editable;
mod error;
mod extra;
#[cfg_attr(not(any(test, feature = "testing")), expect(unreachable_pub, reason = "`testing` hands them on"))]
mod fixtures;
mod form;
mod hashtags;
mod host;
pub mod html;
mod initialise;
mod kept;
mod message;
mod publisher;
mod rate;
mod receipt;
mod refusal;
mod request;
pub mod rich;
pub mod telegram_html;
mod template;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod values;
mod verified;
mod words;

pub use address::{address_or, same_address};
pub use api::{Api, Failure};
pub use bindings::exports::tablon::plugin::publishing::{
    Account, Description, Ending, Features, Located, Presence, Preview, Repeat, RetractMode, Verified,
};
pub use bindings::tablon::plugin::types::{
    Attempt, Board, Context, Error, Extra, FieldError, Lane, Posting, Receipt, Target, Workplace,
};
pub use channel::Channel;
pub use editable::{Draft, EditableMessages, Session, Shown};
pub use error::unmailed;
pub use extra::{Extras, Place, Salary};
pub use form::{Field, Form};
pub use hashtags::hashtags;
pub use host::{HandedOver, Host, HttpError, Level, MailDelivery, MailError, MailMessage, MailState, Weekday};
pub use message::{Markup, Message, MessageWriter};
pub use minijinja::context as template_values;
pub use minijinja::value::Value as TemplateValue;
pub use publisher::{Component, Publisher};
pub use rate::unix_seconds;
pub use receipt::{Handle, LastSent, fingerprint};
pub use refusal::Refusal;
pub use request::{Answer, Effect, Method, Part, Repeatable, Request, unanswered};
pub use rich::{DiscordMarkdown, MailHtml, PlainText, TelegramHtml};
pub use template::{Escaping, Fitted, Template, TemplateError, fit};
pub use values::{Values, short};
pub use words::{Locales, Words};
