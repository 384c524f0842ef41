//! Which jobs a channel gets and when (the tenant's policy for one channel), and the states of copies, calls and mails.

mod findings;
mod mail_states;
mod rule;
mod schedule;
mod states;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::form::{FieldErrors, FieldProblem, Form};
use crate::job::JobContent;

pub use findings::{FieldFinding, Findings, ProblemKind};
pub use mail_states::{FragmentKind, FragmentState, MailState, SuppressionOrigin};
pub use rule::{DeliveryRule, RULE_FIELDS, RuleMatch};
pub(crate) use schedule::day_begins;
pub use schedule::{Schedule, TimeOfDay, Weekday};
pub use states::{ChannelState, Desired, Lane, Operation, Outcome, PlacementState, Presence};

/// The most rules of a channel, and the most values of a rule.
const MAX_RULES: usize = 20;
const MAX_VALUES: usize = 100;
/// The longest interval between two checks of a copy: a month, in hours.
const MAX_CHECK_HOURS: u32 = 24 * 31;

/// What a channel is given, and when. The usual one: every job, at once, never looked at again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryPolicy {
    /// All must hold; looked at when a job goes on the board.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub rules: Vec<DeliveryRule>,
    /// When copies may be made. Edits and retractions don't wait.
    #[serde(skip_serializing_if = "Schedule::is_empty")]
    pub schedule: Schedule,
    /// How often to look whether each copy is still there and as it should be; never if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 744)]
    pub check_every_hours: Option<u32>,
}

impl DeliveryPolicy {
    /// Reads and checks a policy; `form` holds the tenant's own fields.
    ///
    /// # Errors
    /// Everything that is wrong with it, pointers into the policy.
    pub fn parse(value: &Value, form: &Form) -> Result<Self, FieldErrors> {
        demand_objects(value)?;
        let policy: Self = serde_json::from_value(value.clone())
            .map_err(|error| FieldErrors::one("", FieldProblem::Said(error.to_string())))?;
        let mut errors = FieldErrors::default();
        if policy.rules.len() > MAX_RULES {
            errors.push("/rules", FieldProblem::TooMany { max: MAX_RULES });
        }
        for (i, rule) in policy.rules.iter().enumerate() {
            rule.check(form, &format!("/rules/{i}"), &mut errors);
        }
        policy.schedule.check("/schedule", &mut errors);
        if policy.check_every_hours.is_some_and(|hours| hours == 0 || hours > MAX_CHECK_HOURS) {
            let problem = FieldProblem::NumberRange { min: "1".to_owned(), max: MAX_CHECK_HOURS.to_string() };
            errors.push("/check_every_hours", problem);
        }
        errors.into_result().map(|()| policy)
    }

    /// Whether the channel gets this job.
    pub fn wants(&self, content: &JobContent) -> bool {
        self.rules.iter().all(|rule| rule.holds(content))
    }
}

/// Refuses lists in the place of objects: serde would take their entries for the members, in order.
fn demand_objects(policy: &Value) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut demand = |pointer: String, value: &Value| {
        if !value.is_object() {
            errors.push(pointer, FieldProblem::NotObject);
        }
    };
    demand(String::new(), policy);
    if let Some(schedule) = policy.get("schedule") {
        demand("/schedule".to_owned(), schedule);
    }
    for (i, rule) in policy.get("rules").and_then(Value::as_array).into_iter().flatten().enumerate() {
        demand(format!("/rules/{i}"), rule);
    }
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(policy: Value) -> Vec<String> {
        let form = Form { fields: Vec::new() };
        let errors = DeliveryPolicy::parse(&policy, &form).map(|_| FieldErrors::default()).unwrap_or_else(|e| e);
        errors.0.into_iter().map(|e| e.pointer).collect()
    }

    #[test]
    fn the_empty_policy_is_every_job_at_once() {
        let policy = DeliveryPolicy::parse(&json!({}), &Form { fields: Vec::new() }).unwrap();
        assert_eq!(policy, DeliveryPolicy::default());
        assert_eq!(serde_json::to_value(&policy).unwrap(), json!({}));
    }

    #[test]
    fn each_mistake_is_told_where_it_is() {
        assert_eq!(
            problems(json!({
                "rules": [{ "field": "shoe_size", "match": "any_of", "values": ["42"] },
                          { "field": "tags", "match": "none_of", "values": [] }],
                "schedule": { "from": "18:00", "to": "09:00", "per_day": 0 },
                "check_every_hours": 0,
            })),
            ["/rules/0/field", "/rules/1/values", "/schedule/to", "/schedule/per_day", "/check_every_hours"]
        );
        assert_eq!(problems(json!({ "schedule": { "from": "25:00" } })), [""]);
        assert_eq!(problems(json!({ "shedule": {} })), [""]);
        assert_eq!(problems(json!([])), [""]);
        let rule = json!(["tags", "any_of", ["rust"]]);
        assert_eq!(problems(json!({ "schedule": [null], "rules": [rule] })), ["/schedule", "/rules/0"]);
    }
}
