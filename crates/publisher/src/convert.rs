//! Converts between the contract's types and the host's own. All values from a guest are bounded, cleaned and checked
//! here.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use tablon_core::Posting;
use tablon_core::job::Workplace;
use tablon_core::store::Lane;
use url::Url;

use crate::bindings::{publishing, types};
use crate::capability::scrub::Scrubber;
use crate::description::Repeat;
use crate::outcome::{
    Account, CallError, Ending, Fault, Located, Presence, Preview, Receipt, RetractMode, SettingError, Verified,
};
use crate::target::{AttemptContext, Target};

/// The longest sentence of a plugin, in characters.
const MAX_SENTENCE: usize = 500;
/// The most sentences in one list.
const MAX_SENTENCES: usize = 20;
/// The longest URL, in bytes.
const MAX_URL: usize = 2_000;
/// The most messages of one preview, and the longest of them, in bytes.
const MAX_PREVIEWS: usize = 20;
const MAX_PREVIEW: usize = 256 * 1024;

/// A timestamp as the contract has it: `2026-03-01T09:30:00Z`.
fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(crate) fn posting(posting: &Posting) -> types::Posting {
    types::Posting {
        id: posting.id.to_string(),
        revision: posting.revision,
        title: posting.title.clone(),
        organization: posting.organization.clone(),
        description: posting.description.clone(),
        summary: posting.summary.clone(),
        url: posting.url.clone(),
        apply_url: posting.apply_url.clone(),
        locations: posting.locations.clone(),
        workplace: match posting.workplace {
            Workplace::OnSite => types::Workplace::OnSite,
            Workplace::Hybrid => types::Workplace::Hybrid,
            Workplace::Remote => types::Workplace::Remote,
        },
        tags: posting.tags.clone(),
        pay: posting.pay.clone(),
        language: posting.language.clone(),
        published_at: timestamp(posting.published_at),
        expires_at: posting.expires_at.map(timestamp),
        extra: posting.extra.clone(),
    }
}

/// `settings` are the target's, normalised.
pub(crate) fn target<'a>(target: &Target, settings: &Value, secrets: impl Iterator<Item = &'a str>) -> types::Target {
    types::Target {
        id: target.id.clone(),
        board: types::Board {
            name: target.board.name.clone(),
            url: target.board.url.clone(),
            color: target.board.color.clone(),
            extra: Vec::new(),
        },
        settings: settings.to_string(),
        secrets: secrets.map(str::to_owned).collect(),
        template: target.template.clone(),
        locale: target.locale.clone(),
        remembered: target.remembered.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        extra: Vec::new(),
    }
}

pub(crate) fn repeat(repeat: publishing::Repeat) -> Repeat {
    match repeat {
        publishing::Repeat::Never => Repeat::Never,
        publishing::Repeat::WithinMs(ms) => Repeat::WithinMs(ms),
        publishing::Repeat::Always => Repeat::Always,
    }
}

pub(crate) fn attempt(attempt: &AttemptContext) -> types::Attempt {
    types::Attempt {
        key: attempt.key.clone(),
        number: attempt.number,
        began: timestamp(attempt.began),
        now: timestamp(attempt.now),
        extra: Vec::new(),
    }
}

pub(crate) fn context(now: DateTime<Utc>) -> types::Context {
    types::Context { now: timestamp(now), extra: Vec::new() }
}

pub(crate) fn receipt_out(receipt: &Receipt) -> types::Receipt {
    types::Receipt { handle: receipt.handle.clone(), url: receipt.url.clone(), extra: Vec::new() }
}

pub(crate) fn retract_mode(mode: RetractMode) -> publishing::RetractMode {
    match mode {
        RetractMode::Delete => publishing::RetractMode::Delete,
        RetractMode::MarkClosed(ending) => publishing::RetractMode::MarkClosed(match ending {
            Ending::Filled => publishing::Ending::Filled,
            Ending::Closed => publishing::Ending::Closed,
            Ending::Expired => publishing::Ending::Expired,
        }),
    }
}

pub(crate) fn lane(lane: types::Lane) -> Lane {
    match lane {
        types::Lane::Credential => Lane::Credential,
        types::Lane::Destination => Lane::Destination,
        types::Lane::Server => Lane::Server,
    }
}

/// Makes a guest's answers safe for storage and for display.
pub(crate) struct Incoming<'a> {
    pub(crate) scrubber: &'a Scrubber,
}

impl Incoming<'_> {
    fn sentence(&self, text: &str) -> String {
        self.scrubber.sentence(text, MAX_SENTENCE)
    }

    fn sentences(&self, texts: &[String]) -> Vec<String> {
        texts.iter().take(MAX_SENTENCES).map(|text| self.sentence(text)).collect()
    }

    /// A link a person may click, or nothing.
    fn link(&self, url: Option<String>) -> Option<String> {
        let url = url.filter(|url| url.len() <= MAX_URL && self.scrubber.text(url) == *url)?;
        let parsed = Url::parse(&url).ok()?;
        // The parsed form: without control characters and other characters that a link can't have.
        matches!(parsed.scheme(), "https" | "http").then(|| parsed.into())
    }

    /// # Errors
    /// What is wrong with it.
    pub(crate) fn receipt(&self, receipt: types::Receipt) -> Result<Receipt, Fault> {
        let length = receipt.handle.len();
        if length == 0 || length > Receipt::MAX_HANDLE {
            let words = format!("its receipt has {length} bytes; 1 to {} are allowed", Receipt::MAX_HANDLE);
            return Err(if length == 0 { Fault::contract(words) } else { Fault::oversized(words) });
        }
        Ok(Receipt { handle: receipt.handle, url: self.link(receipt.url) })
    }

    pub(crate) fn located(&self, located: publishing::Located) -> Result<Located, Fault> {
        Ok(match located {
            publishing::Located::Found(receipt) => Located::Found(self.receipt(receipt)?),
            publishing::Located::Absent => Located::Absent,
            publishing::Located::Unknowable => Located::Unknowable,
        })
    }

    pub(crate) fn verified(&self, verified: publishing::Verified) -> Result<Verified, Fault> {
        let account = Account {
            label: self.scrubber.sentence(&verified.account.label, 200),
            url: self.link(verified.account.url),
        };
        let remember = self.remembered(verified.remember)?;
        Ok(Verified { account, warnings: self.sentences(&verified.warnings), remember })
    }

    /// # Errors
    /// What is wrong with it.
    fn remembered(&self, extra: types::Extra) -> Result<BTreeMap<String, Value>, Fault> {
        let length: usize = extra.iter().map(|(name, json)| name.len() + json.len()).sum();
        if length > Verified::MAX_REMEMBERED {
            let most = Verified::MAX_REMEMBERED;
            return Err(Fault::oversized(format!("it wants {length} bytes to be remembered; {most} are allowed")));
        }
        let read = |(name, json): (String, String)| {
            // It is stored in the clear.
            let (name, json) = (self.scrubber.text(&name), self.scrubber.text(&json));
            match serde_json::from_str(&json) {
                Ok(value) => Ok((name, value)),
                Err(_) => {
                    let name = self.sentence(&name);
                    Err(Fault::contract(format!("what it wants to be remembered as {name} is no JSON")))
                }
            }
        };
        extra.into_iter().map(read).collect()
    }

    pub(crate) fn presence(&self, presence: publishing::Presence) -> Presence {
        match presence {
            publishing::Presence::Present => Presence::Present,
            publishing::Presence::Altered(how) => Presence::Altered(self.sentence(&how)),
            publishing::Presence::Absent => Presence::Absent,
            publishing::Presence::Unknowable => Presence::Unknowable,
        }
    }

    pub(crate) fn previews(&self, previews: Vec<publishing::Preview>) -> Result<Vec<Preview>, Fault> {
        if previews.len() > MAX_PREVIEWS || previews.iter().any(|p| p.content.len() > MAX_PREVIEW) {
            let words = format!("its preview is more than {MAX_PREVIEWS} messages of {MAX_PREVIEW} bytes");
            return Err(Fault::oversized(words));
        }
        let each = previews.into_iter().map(|preview| Preview {
            format: self.scrubber.sentence(&preview.format, 40),
            // Exactly the bytes that are sent, so unchanged. A pure call has no secrets to leak.
            content: preview.content,
            length: preview.length,
            limit: preview.limit,
            unit: self.scrubber.sentence(&preview.unit, 20),
            warnings: self.sentences(&preview.warnings),
        });
        Ok(each.collect())
    }

    /// `settled` normalises new settings, or says what is wrong with them.
    pub(crate) fn error(
        &self,
        error: types::Error,
        settled: impl FnOnce(&Value) -> Result<Value, String>,
    ) -> CallError {
        match error {
            types::Error::InvalidSettings(fields) => {
                let each = fields.iter().take(MAX_SENTENCES).map(|field| SettingError {
                    pointer: self.scrubber.sentence(&field.pointer, 200),
                    message: self.sentence(&field.message),
                });
                CallError::InvalidSettings(each.collect())
            }
            types::Error::Unauthorized(text) => CallError::Unauthorized(self.sentence(&text)),
            types::Error::RateLimited((lane, ms)) => {
                CallError::RateLimited { lane: self::lane(lane), ms: ms.min(CallError::LONGEST_HOLD_MS) }
            }
            types::Error::Transient(text) => CallError::Transient(self.sentence(&text)),
            types::Error::Uncertain(text) => CallError::Uncertain(self.sentence(&text)),
            types::Error::Unfinished((receipt, text)) => match self.receipt(receipt) {
                Ok(receipt) => CallError::Unfinished { receipt, words: self.sentence(&text) },
                Err(why) => CallError::PluginFault(why),
            },
            types::Error::Rejected(text) => CallError::Rejected(self.sentence(&text)),
            types::Error::Moved(json) => {
                let parsed =
                    serde_json::from_str(&self.scrubber.text(&json)).map_err(|_| "they are no JSON".to_owned());
                match parsed.and_then(|value| settled(&value)) {
                    Ok(settings) => CallError::Moved(settings),
                    Err(why) => {
                        let words = self.sentence(&format!("its new settings don't do: {why}"));
                        CallError::PluginFault(Fault::contract(words))
                    }
                }
            }
            types::Error::Gone => CallError::Gone,
            types::Error::Unsupported => CallError::Unsupported,
        }
    }
}
