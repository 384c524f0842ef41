//! What a board's admins decide about it: its settings, and the rules that its offers must keep.
//!
//! Both are read from JSON in one place, whoever sends it, and every mistake is told at once.

mod blocked;
mod declared;
mod members;
mod rules;
mod settings;
mod violations;

pub(crate) use declared::without_declarations;
pub use declared::{CONSENT, Declared, IS_EMPLOYER};
pub use rules::{BoardRules, MAX_AUTO_APPROVE_AFTER, MAX_BLOCKED, MAX_CONSENT, MAX_MIN_DESCRIPTION, PlaceRule};
pub use settings::{BoardSettings, MAX_DEFAULT_DAYS};
pub(crate) use settings::{currency_of, zone_name};
