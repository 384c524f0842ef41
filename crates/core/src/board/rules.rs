//! The rules that a board's offers must keep.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::blocked;
use super::members::Members;
use crate::form::{FieldErrors, FieldProblem};
use crate::wire::wire_enum;

/// The most entries of each list of what is blocked.
pub const MAX_BLOCKED: usize = 200;
/// The most characters of a blocked word or domain.
const MAX_ENTRY: usize = 253;
/// The most characters of the consent text.
pub const MAX_CONSENT: usize = 2_000;
/// The most offers that must have been approved before a poster's next ones are approved by themselves.
pub const MAX_AUTO_APPROVE_AFTER: u64 = 20;
/// The most characters that a board may demand of a description.
pub const MAX_MIN_DESCRIPTION: u64 = 5_000;

wire_enum! {
    /// What an offer must say about where the work is.
    PlaceRule {
        /// Nothing.
        Optional = "optional",
        /// A place; for remote work, its countries will do.
        Place = "place",
        /// A place with its country; for remote work, its countries will do. Search engines demand the same.
        Country = "country",
    }
}

/// The rules of a board. They hold for whoever hands in or changes an offer as its poster; staff are told and not stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoardRules {
    /// Whether an offer must state its pay.
    pub require_pay: bool,
    /// What it must say about where the work is.
    pub require_place: PlaceRule,
    /// The fewest characters of a description, as a reader sees it; any length if `null`.
    #[schema(minimum = 1, maximum = 5000)]
    pub min_description: Option<u64>,
    /// Words and phrases that must not occur. Whole words; capital letters and accents don't matter.
    #[schema(max_items = 200, example = json!(["crypto", "get rich quick"]))]
    pub blocked_words: Vec<String>,
    /// Domains that must not be linked to or named, with everything below them; in ASCII (punycode).
    #[schema(max_items = 200, example = json!(["bit.ly"]))]
    pub blocked_domains: Vec<String>,
    /// Whether agencies are refused: posters must tick that they are the employer.
    pub refuse_agencies: bool,
    /// What posters must agree to, as plain text; nothing if `null`.
    #[schema(max_length = 2000)]
    pub consent: Option<String>,
    /// After how many approved offers in a row a poster's next ones are published without a moderator, if they are sent
    /// after a private link was opened that was mailed to the same address; never if `null`.
    #[schema(minimum = 1, maximum = 20)]
    pub auto_approve_after: Option<u64>,
}

impl Default for BoardRules {
    fn default() -> Self {
        Self {
            require_pay: false,
            require_place: PlaceRule::Optional,
            min_description: None,
            blocked_words: Vec::new(),
            blocked_domains: Vec::new(),
            refuse_agencies: false,
            consent: None,
            auto_approve_after: None,
        }
    }
}

impl BoardRules {
    /// Reads rules; `null` members, and those that are absent, are as in no rules.
    pub(super) fn parse(input: Value, pointer: &str) -> Result<Self, FieldErrors> {
        let mut members = Members::of(input, pointer);
        let require_pay = members.flag("require_pay", false);
        let require_place = match members.line("require_place", MAX_ENTRY) {
            None => PlaceRule::Optional,
            Some(rule) => rule.parse().unwrap_or_else(|_| {
                let options = PlaceRule::ALL.map(PlaceRule::as_str).join(", ");
                members.wrong("require_place", FieldProblem::NotOption { options });
                PlaceRule::Optional
            }),
        };
        let min_description = members.whole("min_description", 1, MAX_MIN_DESCRIPTION);
        let blocked_words = members.list("blocked_words", MAX_BLOCKED, blocked::word);
        let blocked_domains = members.list("blocked_domains", MAX_BLOCKED, blocked::domain);
        let refuse_agencies = members.flag("refuse_agencies", false);
        let consent = members.lines("consent", MAX_CONSENT);
        let auto_approve_after = members.whole("auto_approve_after", 1, MAX_AUTO_APPROVE_AFTER);
        members.finish().into_result()?;
        Ok(Self {
            require_pay,
            require_place,
            min_description,
            blocked_words,
            blocked_domains,
            refuse_agencies,
            consent,
            auto_approve_after,
        })
    }
}
