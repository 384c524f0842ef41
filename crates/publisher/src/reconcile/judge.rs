//! Decides the verdict of a call.

use std::time::Duration;

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::clock::Clock;
use tablon_core::store::{
    self as stored, AttemptRecord, Claim, Findings, Lane, LaneHold, Operation, Outcome, ProblemKind, Verdict,
};

use super::{backoff, lanes};
use crate::description::Repeat;
use crate::outcome::{Call, CallError, Located, Presence, Receipt};
use crate::plugin::Plugin;

/// The attempts after which a failing plugin is given up: it won't recover by itself.
const GIVE_UP_ON_FAULTS_AFTER: u32 = 3;

/// The moves after which a destination that keeps moving is given up.
const GIVE_UP_ON_MOVES_AFTER: u32 = 3;
/// The shortest time a lane is held: also if the platform asks to wait and names no time.
const SHORTEST_HOLD_MS: u64 = 1_000;
/// When to check a copy again after the platform failed.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(15 * 60);
/// When to try again if something is missing here: a plugin that is being installed, a database that is away.
const NOT_NOW: Duration = Duration::from_secs(20);
/// The time that a repetition needs to reach the platform before it forgets the first try.
const REPEAT_MARGIN: Duration = Duration::from_secs(30);

/// Judges the outcome of one claim.
pub(super) struct Judge<'a> {
    pub(super) claim: &'a Claim,
    /// Asked after the call: the platform's times count from its answer.
    pub(super) clock: &'a dyn Clock,
    pub(super) lane_key: &'a [u8; 32],
    /// Whether the platform recognises a repetition of a publish with an unknown outcome.
    pub(super) repeat: Repeat,
    /// Whether the channel works, if a call about one copy was refused.
    pub(super) channel: Standing,
}

/// What is known of the channel after a refusal of settings or credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It doesn't work.
    Refused,
    /// It works: the refusal is about the destination of the one copy.
    Works,
    /// It couldn't be asked.
    Unknown,
}

type Judgement = (AttemptRecord, Verdict);

impl Judge<'_> {
    pub(super) fn publish(&self, call: Call<Receipt>, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        let record = self.record(&call);
        match call.result {
            Ok(receipt) => record.done(Outcome::Published, live(receipt)),
            Err(CallError::Uncertain(words)) => {
                record.said(Outcome::Unverified, words, Verdict::Unverified { locate: true })
            }
            Err(error @ CallError::FaultAfterSending(_)) => {
                record.said(error.outcome(), error.to_string(), Verdict::Unverified { locate: true })
            }
            Err(error) => self.failed(error, &record, plugin, secrets),
        }
    }

    pub(super) fn update(&self, call: Call<Receipt>, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        let record = self.record(&call);
        match call.result {
            Ok(receipt) => record.done(Outcome::Updated, live(receipt)),
            Err(CallError::Unsupported) => record.done(Outcome::Unsupported, Verdict::Unsupported),
            Err(error) => self.failed(error, &record, plugin, secrets),
        }
    }

    pub(super) fn retract(&self, call: Call<Option<Receipt>>, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        let record = self.record(&call);
        match call.result {
            Ok(None) | Err(CallError::Gone) => record.done(Outcome::Retracted, Verdict::Retracted),
            Err(CallError::Unsupported) => record.done(Outcome::Unsupported, Verdict::Unsupported),
            Ok(Some(receipt)) => {
                record.done(Outcome::Closed, Verdict::Struck { receipt: receipt.handle, url: receipt.url })
            }
            Err(error) => self.failed(error, &record, plugin, secrets),
        }
    }

    pub(super) fn locate(&self, call: Call<Located>, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        let record = self.record(&call);
        let ask = Verdict::Unverified { locate: false };
        match call.result {
            Ok(Located::Found(receipt)) => record.done(Outcome::Located, live(receipt)),
            // It was searched for at another destination than it was sent to.
            Ok(Located::Absent) if self.claim.elsewhere => {
                let words =
                    "it isn't where the channel points now, and it was sent before that was changed; please look";
                record.said(Outcome::Unknowable, words.to_owned(), ask)
            }
            Ok(Located::Absent) => record.done(Outcome::NotSent, Verdict::NotSent { certain: true }),
            Ok(Located::Unknowable) | Err(CallError::Unsupported) if self.may_repeat() => {
                record.done(Outcome::Repeatable, Verdict::NotSent { certain: false })
            }
            Ok(Located::Unknowable) | Err(CallError::Unsupported) => {
                let words = "the platform can't tell whether the message arrived; please look";
                record.said(Outcome::Unknowable, words.to_owned(), ask)
            }
            Err(error @ (CallError::Transient(_) | CallError::RateLimited { .. })) => {
                self.failed(error, &record, plugin, secrets)
            }
            Err(error) => record.said(error.outcome(), error.to_string(), ask),
        }
    }

    /// A check changes nothing, so its failure puts nothing at risk.
    pub(super) fn check(&self, call: Call<Presence>, plugin: &Plugin) -> Judgement {
        let record = self.record(&call);
        let presence = match call.result {
            Ok(presence) => presence,
            Err(CallError::Gone) => Presence::Absent,
            Err(error @ (CallError::InvalidSettings(_) | CallError::Unauthorized(_))) => {
                let verdict = match self.channel {
                    Standing::Refused => {
                        let pause = self.pause(&error, plugin);
                        return record.said(error.outcome(), error.to_string(), pause);
                    }
                    Standing::Works => Verdict::Checked { presence: stored::Presence::Unknowable },
                    Standing::Unknown => Verdict::CheckLater { at: self.clock.now() + LOOK_AGAIN_AFTER },
                };
                return record.said(Outcome::Elsewhere, elsewhere(&error), verdict);
            }
            Err(CallError::RateLimited { lane, ms }) => {
                let until = self.clock.now() + Duration::from_millis(ms.max(SHORTEST_HOLD_MS));
                let words = format!("the platform asks to wait for {ms} ms");
                return record.said(Outcome::RateLimited, words, Verdict::Hold { lane: self.lane(lane), until });
            }
            Err(error @ (CallError::Transient(_) | CallError::Uncertain(_))) => {
                let at = self.clock.now() + LOOK_AGAIN_AFTER;
                return record.said(error.outcome(), error.to_string(), Verdict::CheckLater { at });
            }
            Err(error) => {
                let presence = stored::Presence::Unknowable;
                return record.said(error.outcome(), error.to_string(), Verdict::Checked { presence });
            }
        };
        let (outcome, presence) = match presence {
            Presence::Present => (Outcome::Present, stored::Presence::Present),
            Presence::Altered(how) if !how.is_empty() => {
                return record.said(Outcome::Altered, how, Verdict::Checked { presence: stored::Presence::Altered });
            }
            Presence::Altered(_) => (Outcome::Altered, stored::Presence::Altered),
            Presence::Absent => (Outcome::Absent, stored::Presence::Absent),
            Presence::Unknowable => (Outcome::Unknowable, stored::Presence::Unknowable),
        };
        record.done(outcome, Verdict::Checked { presence })
    }

    /// The plugin isn't here (any more, or yet: replicas are updated one after the other); wait for it.
    pub(super) fn not_installed(&self) -> Judgement {
        let words = format!("the plugin \"{}\" isn't installed", self.claim.channel.plugin);
        self.not_now(Outcome::NotInstalled, words)
    }

    /// The judgement if a publish can't be repeated safely; `None` if it may be sent.
    pub(super) fn forbids_publish(&self) -> Option<Judgement> {
        let forbidden = self.claim.maybe_sent_at.is_some() && !self.may_repeat();
        forbidden.then(|| {
            let words = "it may have been sent before, and the platform wouldn't recognise a repetition; please look";
            let ask = Verdict::Unverified { locate: false };
            Recorder::nothing().said(Outcome::Unverified, words.to_owned(), ask)
        })
    }

    /// The secrets can't be read: another key, or the database is away.
    pub(super) fn no_secrets(&self, error: &tablon_core::Error) -> Judgement {
        let record = Recorder::nothing();
        match error {
            tablon_core::Error::Internal(words) => {
                let pause = Verdict::Pause { findings: Findings::own(ProblemKind::Secrets, "en") };
                record.said(Outcome::Unauthorized, words.clone(), self.unless_unverified(pause))
            }
            error => {
                tracing::warn!(%error, "a channel's secrets can't be read");
                let words = "the channel's secrets couldn't be read; nothing was sent".to_owned();
                self.not_now(Outcome::NotNow, words)
            }
        }
    }

    /// No request was made, and nothing is wrong with the placement.
    fn not_now(&self, kind: Outcome, words: String) -> Judgement {
        let verdict = match self.claim.operation {
            Operation::Check => Verdict::CheckLater { at: self.clock.now() + LOOK_AGAIN_AFTER },
            _ => Verdict::Wait { at: self.clock.now() + NOT_NOW },
        };
        Recorder::nothing().said(kind, words, verdict)
    }

    /// A copy without a receipt can't be found again.
    pub(super) fn no_receipt(&self) -> Judgement {
        Recorder::nothing().said(
            Outcome::NoRecord,
            "there is no record of where the copy is".to_owned(),
            Verdict::Rejected,
        )
    }

    fn lane(&self, lane: Lane) -> Lane {
        lanes::of_channel(&self.claim.channel, lane)
    }

    fn record<T>(&self, call: &Call<T>) -> Recorder {
        let now = self.clock.now();
        let hold = |(lane, time): &(Lane, Duration)| LaneHold { lane: self.lane(*lane), until: now + *time };
        Recorder { status: call.status, duration: call.duration, holds: call.holds.iter().map(hold).collect() }
    }

    fn failed(&self, error: CallError, record: &Recorder, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        let (kind, words) = (error.outcome(), error.to_string());
        match error {
            CallError::InvalidSettings(_) | CallError::Unauthorized(_) => match self.channel {
                Standing::Refused => record.said(kind, words, self.pause(&error, plugin)),
                Standing::Works => record.said(Outcome::Elsewhere, elsewhere(&error), Verdict::Rejected),
                Standing::Unknown => self.again(kind, words, record, backoff::GIVE_UP_AFTER),
            },
            CallError::RateLimited { lane, ms } => {
                let until = self.clock.now() + Duration::from_millis(ms.max(SHORTEST_HOLD_MS));
                record.said(kind, words, Verdict::Hold { lane: self.lane(lane), until })
            }
            // Only a publish isn't repeatable, and a publish with this error is handled before.
            CallError::Transient(words) | CallError::Uncertain(words) => {
                self.again(kind, words, record, backoff::GIVE_UP_AFTER)
            }
            CallError::Unfinished { receipt, words } => self.unfinished(receipt, words, record),
            CallError::PluginFault(_) | CallError::FaultAfterSending(_) => {
                self.again(kind, words, record, GIVE_UP_ON_FAULTS_AFTER)
            }
            CallError::Rejected(words) => record.said(kind, words, Verdict::Rejected),
            CallError::Unsupported => record.said(kind, words, Verdict::Rejected),
            CallError::Moved(settings) => self.moved(settings, record, plugin, secrets),
            CallError::Gone if self.claim.operation == Operation::Publish => {
                record.said(kind, words, Verdict::Rejected)
            }
            CallError::Gone => record.said(kind, words, Verdict::Vanished),
        }
    }

    /// Pauses the channel, and says which fields the refusal is about.
    fn pause(&self, error: &CallError, plugin: &Plugin) -> Verdict {
        let locale = &self.claim.scope.locale;
        Verdict::Pause { findings: plugin.findings_of(error, &self.claim.channel.secret_names, locale) }
    }

    /// The receipt of the finished part is kept, also if the rest is given up.
    fn unfinished(&self, receipt: Receipt, words: String, record: &Recorder) -> Judgement {
        // There is no confirmed copy yet that a person's answer could be about.
        if self.claim.operation == Operation::Locate {
            return record.said(Outcome::Unfinished, words, Verdict::Unverified { locate: false });
        }
        let give_up = self.claim.failures.saturating_add(1) >= backoff::GIVE_UP_AFTER;
        let at = (!give_up).then(|| self.clock.now() + backoff::wait(self.claim.failures, self.claim.placement_id));
        let words = match at {
            Some(_) => words,
            None => format!("{words} (given up after {} attempts)", self.claim.failures.saturating_add(1)),
        };
        record.said(
            Outcome::Unfinished,
            words,
            Verdict::Unfinished { receipt: receipt.handle, url: receipt.url, at, trouble: false },
        )
    }

    /// New settings from the platform, reported by the plugin. They may name another destination, but never another
    /// origin for a secret: a person who knows the secret must decide that.
    fn moved(&self, settings: Value, record: &Recorder, plugin: &Plugin, secrets: &Secrets) -> Judgement {
        if !plugin.secrets_rebound(&self.claim.channel.settings, &settings, secrets).is_empty() {
            let words = "the plugin's new settings would send a secret elsewhere".to_owned();
            return self.again(Outcome::PluginFault, words, record, GIVE_UP_ON_FAULTS_AFTER);
        }
        if self.claim.failures >= GIVE_UP_ON_MOVES_AFTER {
            let words = "the destination keeps moving".to_owned();
            return record.said(Outcome::Moved, words, self.unless_unverified(Verdict::Rejected));
        }
        let lanes = lanes::lane_specs(plugin, self.claim.scope.id, &settings, secrets, self.lane_key);
        // Follow the first move at once.
        let at = match self.claim.failures {
            0 => self.clock.now(),
            failures => self.clock.now() + backoff::wait(failures, self.claim.placement_id),
        };
        record.said(Outcome::Moved, "the destination has moved".to_owned(), Verdict::Moved { settings, lanes, at })
    }

    fn again(&self, kind: Outcome, words: String, record: &Recorder, give_up_after: u32) -> Judgement {
        if self.claim.failures.saturating_add(1) >= give_up_after {
            let verdict = self.unless_unverified(Verdict::Rejected);
            return record.said(
                kind,
                format!("{words} (given up after {} attempts)", self.claim.failures.saturating_add(1)),
                verdict,
            );
        }
        let at = self.clock.now() + backoff::wait(self.claim.failures, self.claim.placement_id);
        record.said(kind, words, Verdict::Retry { at, trouble: kind == Outcome::Transient })
    }

    /// An unknown outcome stays unknown, whatever else fails.
    fn unless_unverified(&self, verdict: Verdict) -> Verdict {
        if self.claim.operation == Operation::Locate { Verdict::Unverified { locate: false } } else { verdict }
    }

    /// Whether the platform recognises a repetition of this publish.
    fn may_repeat(&self) -> bool {
        if self.claim.elsewhere {
            return false;
        }
        match (self.repeat, self.claim.maybe_sent_at) {
            (Repeat::Never, _) => false,
            (Repeat::Always, _) | (Repeat::WithinMs(_), None) => true,
            (Repeat::WithinMs(ms), Some(first)) => self.clock.now() + REPEAT_MARGIN < first + Duration::from_millis(ms),
        }
    }
}

/// The message for a copy at a destination that the settings no longer name, or where the credential isn't valid.
fn elsewhere(error: &CallError) -> String {
    format!("the channel works, but this copy is where its settings don't lead any more: {error}")
}

fn live(receipt: Receipt) -> Verdict {
    Verdict::Live { receipt: receipt.handle, url: receipt.url }
}

/// The parts of a call that the record of its attempt keeps.
struct Recorder {
    status: Option<u16>,
    duration: Duration,
    holds: Vec<LaneHold>,
}

impl Recorder {
    /// No call was made.
    fn nothing() -> Self {
        Self { status: None, duration: Duration::ZERO, holds: Vec::new() }
    }

    fn done(&self, outcome: Outcome, verdict: Verdict) -> Judgement {
        (self.attempt(outcome, None), verdict)
    }

    fn said(&self, outcome: Outcome, words: String, verdict: Verdict) -> Judgement {
        (self.attempt(outcome, Some(words)), verdict)
    }

    fn attempt(&self, outcome: Outcome, message: Option<String>) -> AttemptRecord {
        AttemptRecord { outcome, status: self.status, duration: self.duration, message, holds: self.holds.clone() }
    }
}
