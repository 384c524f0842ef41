//! What posters declare with an offer by ticking a box.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::rules::BoardRules;
use crate::form::{FieldErrors, FieldProblem};

/// The member of a submitted offer that says whether the poster agrees to the board's consent text.
pub const CONSENT: &str = "consent";
/// The member of a submitted offer that says whether the poster is the employer, and no agency.
pub const IS_EMPLOYER: &str = "is_employer";

/// What a poster ticked, as it is kept with the revision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Declared {
    /// That they are the employer themselves.
    pub is_employer: bool,
    /// That they agree: the SHA-256 (hex) of the text they agreed to.
    pub consent: Option<String>,
}

impl Declared {
    /// Whether nothing was asked for and nothing ticked.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they agreed to the text that the board asks for now.
    pub fn agrees_to(&self, rules: &BoardRules) -> bool {
        let text = rules.consent.as_deref().map(hash);
        text.is_some() && self.consent == text
    }
}

impl BoardRules {
    /// Reads what was ticked with an offer. What the board doesn't ask for is not kept.
    pub(crate) fn declared(&self, input: &Value) -> Result<Declared, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut ticked = |name: &str, demanded: bool, missing: FieldProblem| {
            let ticked = match input.get(name) {
                None | Some(Value::Null) => Ok(false),
                Some(Value::Bool(ticked)) => Ok(*ticked),
                Some(_) => Err(FieldProblem::NotBoolean),
            };
            match ticked {
                Ok(true) => {}
                Ok(false) if !demanded => {}
                Ok(false) => errors.push(format!("/{name}"), missing),
                Err(problem) => errors.push(format!("/{name}"), problem),
            }
        };
        ticked(IS_EMPLOYER, self.refuse_agencies, FieldProblem::AgenciesRefused);
        ticked(CONSENT, self.consent.is_some(), FieldProblem::ConsentDemanded);
        errors.into_result()?;
        Ok(Declared { is_employer: self.refuse_agencies, consent: self.consent.as_deref().map(hash) })
    }
}

/// The offer alone, without what was ticked with it.
pub(crate) fn without_declarations(input: &Value) -> Value {
    let mut offer = input.clone();
    if let Some(members) = offer.as_object_mut() {
        members.remove(CONSENT);
        members.remove(IS_EMPLOYER);
    }
    offer
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_board_asks_for_must_be_ticked_and_the_text_is_kept_by_its_hash() {
        let rules = BoardRules { refuse_agencies: true, consent: Some("We pay.".to_owned()), ..BoardRules::default() };
        let errors = rules.declared(&json!({ "consent": "yes" })).expect_err("nothing is ticked");
        let told: Vec<_> = errors.0.iter().map(|e| (e.pointer.as_str(), &e.problem)).collect();
        let expected = [("/is_employer", &FieldProblem::AgenciesRefused), ("/consent", &FieldProblem::NotBoolean)];
        assert_eq!(told, expected);
        let declared = rules.declared(&json!({ "consent": true, "is_employer": true })).expect("both are ticked");
        assert!(declared.is_employer && declared.agrees_to(&rules));
        let changed = BoardRules { consent: Some("We pay more.".to_owned()), ..rules };
        assert!(!declared.agrees_to(&changed), "the text is another one");
        let none = BoardRules::default();
        let declared = none.declared(&json!({ "consent": true, "is_employer": true })).expect("nothing is asked for");
        assert!(declared.is_empty() && !declared.agrees_to(&none));
    }
}
