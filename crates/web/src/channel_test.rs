//! A test message: it is published on a channel and taken away again, and is no copy of any job.

use tablon_core::store::Channel;
use tablon_core::{Actor, Posting, Secrets, TenantScope};
use tablon_publisher::{AttemptContext, CallError, Plugin, Receipt, RetractMode, Target};

use crate::auth::random_key;
use crate::error::PageError;
use crate::previews::said;
use crate::sample_posting;
use crate::state::AppState;

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// It was there, and is gone.
    Removed,
    /// It was there; the platform doesn't delete messages, so it is marked as over.
    Marked {
        /// Where it is.
        url: Option<String>,
    },
    /// It is there, and couldn't be taken away.
    Left {
        /// Why, in the platform's words.
        words: String,
        /// Where it is.
        url: Option<String>,
    },
    /// It wasn't sent.
    Refused {
        /// Why, in the platform's words.
        words: String,
    },
    /// Nobody knows whether it is there.
    Unknown {
        /// What is known.
        words: String,
    },
    /// The platform asked to wait, or failed too often, so nothing was sent.
    Held,
}

impl TestOutcome {
    /// The last part of the message `channel-test-…` of the locales.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Marked { .. } => "marked",
            Self::Left { .. } => "left",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
            Self::Held => "held",
        }
    }

    /// Whether the channel works.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Removed | Self::Marked { .. })
    }

    /// The platform's words.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Left { words, .. } | Self::Refused { words } | Self::Unknown { words } => Some(words.clone()),
            Self::Removed | Self::Marked { .. } | Self::Held => None,
        }
    }

    /// Where the message still is.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Marked { url } | Self::Left { url, .. } => url.clone(),
            _ => None,
        }
    }
}

/// Whether a plugin's messages can be taken away again. A mail can't.
pub fn is_possible(plugin: &Plugin) -> bool {
    plugin.description().features.retract && plugin.manifest().mail.audiences.is_empty()
}

/// Sends a test message and takes it away. Sentences are in the language `locale`.
///
/// # Errors
/// `TooMany` after three in a short time; `NotFound` where the plugin is gone or can't take a message away.
pub async fn run(
    state: &AppState,
    tenant: &TenantScope,
    channel: &Channel,
    by: Actor,
    locale: &'static str,
) -> Result<TestOutcome, PageError> {
    let plugin = state.host.plugin(&channel.plugin).filter(|plugin| is_possible(plugin)).ok_or(PageError::NotFound)?;
    let now = state.clock().now();
    let admitted = state.throttles.test_by_channel.admit(&channel.id.to_string(), now);
    admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    let lanes = tenant.channels().lanes(channel.id).await?;
    if lanes.iter().any(|lane| lane.held_until.or(lane.open_until).is_some_and(|until| until > now)) {
        return Ok(TestOutcome::Held);
    }
    let secrets = tenant.channels().secrets(channel.id).await?;
    tenant.channels().tested(channel.id, by).await?;
    let test = Test {
        posting: posting(state, tenant),
        target: Target { locale: locale.to_owned(), ..Target::of(tenant, channel) },
        attempt: AttemptContext { key: random_key(), number: 1, began: now, now },
        plugin,
        secrets,
    };
    // In a task of its own: if the admin closes the page, the message must be taken away all the same.
    tokio::spawn(test.run()).await.map_err(|error| {
        tracing::error!(%error, "a test message's task failed");
        PageError::Internal
    })
}

/// An offer that says what it is, in the board's language.
fn posting(state: &AppState, tenant: &TenantScope) -> Posting {
    let locale = crate::language::supported(&tenant.locale).unwrap_or(crate::language::LOCALES[0]);
    let say = |key: &str| state.theme.locales().message(locale, key, &[]).unwrap_or_default();
    Posting {
        title: say("channel-test-posting-title"),
        description: say("channel-test-posting-text"),
        organization: tenant.name.clone(),
        url: tenant.public_url(),
        apply_url: tenant.public_url(),
        ..sample_posting::barest(state, tenant)
    }
}

struct Test {
    plugin: std::sync::Arc<Plugin>,
    posting: Posting,
    target: Target,
    secrets: Secrets,
    attempt: AttemptContext,
}

impl Test {
    async fn run(self) -> TestOutcome {
        let Self { plugin, posting, target, secrets, attempt } = &self;
        let receipt = match plugin.publish(posting, target, secrets, attempt).await.result {
            Ok(receipt) => receipt,
            Err(CallError::Unfinished { receipt, .. }) => receipt,
            Err(error @ (CallError::Uncertain(_) | CallError::FaultAfterSending(_))) => {
                return TestOutcome::Unknown { words: said(&error) };
            }
            Err(error) => return TestOutcome::Refused { words: said(&error) },
        };
        self.take_away(receipt).await
    }

    async fn take_away(&self, receipt: Receipt) -> TestOutcome {
        let attempt = AttemptContext { key: random_key(), ..self.attempt.clone() };
        let gone =
            self.plugin.retract(&receipt, RetractMode::Delete, &self.posting, &self.target, &self.secrets, &attempt);
        match gone.await.result {
            Ok(None) | Err(CallError::Gone) => TestOutcome::Removed,
            Ok(Some(marked)) => TestOutcome::Marked { url: marked.url.or(receipt.url) },
            Err(error) => TestOutcome::Left { words: said(&error), url: receipt.url },
        }
    }
}
