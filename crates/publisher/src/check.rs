//! A check of a channel's connection before it is saved, and what a refusal is about, field by field.

use std::time::Duration;

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::store::{ConnectionCheck, FieldFinding, Findings, ProblemKind};

use crate::outcome::{CallError, Verified};
use crate::plugin::Plugin;
use crate::target::Target;

/// The longest time that somebody who saves a channel waits for the platform.
pub const CHECK_TIME: Duration = Duration::from_secs(10);

/// The problem of a platform that didn't answer within [`CHECK_TIME`].
const NO_ANSWER: &str = "no answer in 10 s";

/// The most times that a plugin may answer with other settings: it writes them in its own way, or the destination moved.
const MOST_MOVES: usize = 2;

/// What a check came to, and the settings as the plugin writes them.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The settings, if the plugin gave others than it got: `https://t.me/jobs` is `@jobs`.
    pub settings: Option<Value>,
    /// The result.
    pub check: ConnectionCheck,
}

impl Plugin {
    /// Asks the platform whether a channel may post there, in at most [`CHECK_TIME`]. Sentences are in the target's
    /// language.
    pub async fn check_connection(&self, mut target: Target, secrets: &Secrets) -> Checked {
        let (locale, names) = (target.locale.clone(), target.secret_names.clone());
        let mut settings = None;
        let asked = tokio::time::timeout(CHECK_TIME, async {
            let mut moves = 0;
            loop {
                match self.verify(&target, secrets).await.result {
                    Err(CallError::Moved(new))
                        if moves < MOST_MOVES && self.secrets_rebound(&target.settings, &new, secrets).is_empty() =>
                    {
                        moves += 1;
                        target.settings = new.clone();
                        settings = Some(new);
                    }
                    result => return result,
                }
            }
        });
        let check = match asked.await {
            Ok(Ok(verified)) => passed(verified, &locale),
            Ok(Err(error)) => {
                let findings = self.findings_of(&error, &names, &locale);
                let said: Vec<&str> = findings.fields.iter().map(|field| field.message.as_str()).collect();
                let problem = if said.is_empty() { error.to_string() } else { said.join(" ") };
                ConnectionCheck::Failed { problem, findings }
            }
            Err(_) => ConnectionCheck::Failed {
                problem: NO_ANSWER.to_owned(),
                findings: Findings::own(ProblemKind::NoAnswer, "en"),
            },
        };
        Checked { settings, check }
    }

    /// What a refusal is about. `secret_names` are those that are set; the sentences are in the language `locale`.
    pub fn findings_of(&self, error: &CallError, secret_names: &[String], locale: &str) -> Findings {
        match error {
            CallError::InvalidSettings(wrong) => {
                let fields = wrong.iter().map(|one| FieldFinding {
                    pointer: format!("/settings{}", one.pointer),
                    message: one.message.clone(),
                });
                Findings::problem(ProblemKind::Settings, locale, fields.collect())
            }
            CallError::Unauthorized(words) => {
                let pointer = match self.credential(secret_names) {
                    Some(name) => format!("/secrets/{name}"),
                    None => "/secrets".to_owned(),
                };
                let fields = vec![FieldFinding { pointer, message: words.clone() }];
                Findings::problem(ProblemKind::Credential, locale, fields)
            }
            CallError::PluginFault(_) | CallError::FaultAfterSending(_) | CallError::Unsupported => {
                Findings::own(ProblemKind::Plugin, "en")
            }
            CallError::RateLimited { .. } => Findings::own(ProblemKind::Busy, "en"),
            _ => Findings::own(ProblemKind::Platform, locale),
        }
    }

    /// The secret that the platform asks for: the only one that is set, or the only one that must be.
    fn credential<'a>(&'a self, secret_names: &[String]) -> Option<&'a str> {
        let only = |fields: Vec<&'a str>| <[&str; 1]>::try_from(fields).ok().map(|[name]| name);
        let set = self.secret_fields().filter(|field| secret_names.contains(&field.name));
        let required = self.secret_fields().filter(|field| field.required);
        only(set.map(|field| field.name.as_str()).collect())
            .or_else(|| only(required.map(|field| field.name.as_str()).collect()))
    }
}

fn passed(verified: Verified, locale: &str) -> ConnectionCheck {
    ConnectionCheck::Passed {
        label: verified.account.label,
        url: verified.account.url,
        remembered: verified.remember,
        findings: Findings { locale: Some(locale.to_owned()), warnings: verified.warnings, ..Findings::default() },
    }
}
