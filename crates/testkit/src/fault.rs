//! Failures of the network and a platform, on demand.

use serde::{Deserialize, Serialize};

/// A failure, and the calls that it happens to: `A` is the type of the platform's actions, `C` the type that names its
/// calls.
///
/// In JSON the action's fields are beside the others:
/// `{"on":"sendMessage","nth":2,"action":"rate_limit","retry_after":7}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "A: Deserialize<'de>, C: Deserialize<'de>"))]
pub struct Fault<A, C = String> {
    /// Only these calls; all if `None`.
    pub on: Option<C>,
    /// The number of the first call it happens to, counted from 1 when the fault was added.
    #[serde(default = "one")]
    pub nth: u64,
    /// For how many calls in a row; for ever if `None`.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What happens.
    #[serde(flatten)]
    pub action: A,
}

fn one() -> u64 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn once() -> Option<u64> {
    Some(1)
}

impl<A, C> Fault<A, C> {
    /// For the next of these calls.
    #[must_use]
    pub fn on(call: impl Into<C>, action: A) -> Self {
        Self { on: Some(call.into()), nth: 1, times: Some(1), action }
    }

    /// For the next call of any kind.
    #[must_use]
    pub fn on_any(action: A) -> Self {
        Self { on: None, nth: 1, times: Some(1), action }
    }

    /// From the nth call on, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// For this many calls in a row.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// For ever.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

/// The added faults, each with the number of its calls so far.
#[derive(Debug)]
pub struct Script<A, C = String> {
    faults: Vec<(Fault<A, C>, u64)>,
}

impl<A, C> Default for Script<A, C> {
    fn default() -> Self {
        Self { faults: Vec::new() }
    }
}

impl<A: Clone, C: Clone> Script<A, C> {
    pub(crate) fn add(&mut self, fault: Fault<A, C>) {
        self.faults.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault<A, C>> {
        self.faults.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts this call for every fault that applies to it, and returns the action of the first due one.
    pub(crate) fn next<Q: ?Sized>(&mut self, call: &Q) -> Option<A>
    where
        C: PartialEq<Q>,
    {
        let mut due = None;
        for (fault, seen) in &mut self.faults {
            if fault.on.as_ref().is_some_and(|wanted| wanted != call) {
                continue;
            }
            *seen += 1;
            let over = fault.times.is_some_and(|times| *seen >= fault.nth + times);
            if due.is_none() && *seen >= fault.nth && !over {
                due = Some(fault.action.clone());
            }
        }
        self.faults.retain(|(fault, seen)| fault.times.is_none_or(|times| *seen + 1 < fault.nth + times));
        due
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "action", rename_all = "snake_case")]
    enum Action {
        Reset,
        RateLimit { retry_after: u64 },
    }

    fn happens(script: &mut Script<Action>, calls: &[&str]) -> Vec<bool> {
        calls.iter().map(|call| script.next(*call).is_some()).collect()
    }

    #[test]
    fn a_fault_happens_to_the_calls_it_names_and_no_other() {
        let mut script = Script::default();
        script.add(Fault::on("send", Action::Reset).nth(2).times(2));
        assert_eq!(happens(&mut script, &["send", "look", "send", "send", "send"]), [false, false, true, true, false]);
        assert!(script.list().is_empty());
    }

    #[test]
    fn a_fault_on_any_call_counts_every_call_and_may_have_no_end() {
        let mut script = Script::default();
        script.add(Fault::on_any(Action::Reset).nth(2).always());
        assert_eq!(happens(&mut script, &["send", "look", "send"]), [false, true, true]);
        script.clear();
        assert_eq!(happens(&mut script, &["send"]), [false]);
    }

    #[test]
    fn where_two_faults_are_due_the_first_happens_and_both_have_seen_the_call() {
        let mut script = Script::<Action>::default();
        script.add(Fault::on("send", Action::RateLimit { retry_after: 7 }));
        script.add(Fault::on_any(Action::Reset).times(2));
        assert_eq!(script.next("send"), Some(Action::RateLimit { retry_after: 7 }));
        assert_eq!(script.next("send"), Some(Action::Reset));
        assert_eq!(script.next("send"), None);
    }

    #[test]
    fn a_fault_is_written_in_json_with_its_action_beside_it() {
        let read = |json| serde_json::from_value::<Fault<Action>>(json).unwrap();
        let limited = read(json!({ "on": "send", "action": "rate_limit", "retry_after": 7 }));
        assert_eq!(limited, Fault::on("send", Action::RateLimit { retry_after: 7 }));
        assert_eq!(read(json!({ "action": "reset", "nth": 3, "times": null })), {
            Fault::on_any(Action::Reset).nth(3).always()
        });
        assert_eq!(read(serde_json::to_value(&limited).unwrap()), limited);
    }
}
