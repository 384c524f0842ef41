//! Access to the database. The connection is private to this crate.

mod account;
mod address_links;
mod audit;
mod authority;
mod board_mail;
mod changes;
mod channels;
mod connect;
mod delivery;
mod edit_links;
mod figures;
mod first_steps;
mod idempotency;
mod invitations;
mod jobs;
mod joining;
mod lanes;
mod mail;
mod members;
mod names;
mod notices;
mod password_links;
mod placements;
mod plugins;
mod postings;
mod private_file;
mod queue;
mod registrations;
mod remembered;
mod scope;
mod secrets;
mod sessions;
mod setup_links;
mod slugs;
mod tenants;
mod tokens;
mod totp;
mod users;
mod waiting_roles;
mod write;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{Mutex, Notify};
use url::Url;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::keyring::Keyring;

pub use crate::delivery::{
    ChannelState, Desired, FieldFinding, Findings, FragmentKind, FragmentState, Lane, MailState, Operation, Outcome,
    PlacementState, Presence, ProblemKind, SuppressionOrigin,
};
pub use address_links::{ADDRESS_LINK_HOURS, AddressLink, AddressLinks};
pub use audit::{AuditEvent, AuditLog, InstallationEvent, InstallationLog};
pub use board_mail::{BoardMail, BoardMailAccess, BoardMailServer, NewBoardMailServer};
pub use channels::{ChannelUpdate, Channels, CheckedChannel, ConnectionCheck, NewChannel, SharedSecrets};
pub use delivery::channel_rows::Channel;
pub use delivery::recipients::RecipientMark;
pub use edit_links::{DAYS_AFTER_END, EditLinks};
pub use figures::Figures;
pub use first_steps::FirstSteps;
pub use idempotency::{Idempotency, Replay, caller_key};
pub use invitations::{
    INVITATION_DAYS, Invitation, InvitationLink, InvitationState, Invitations, MOST_INVITATIONS_AN_HOUR,
    MOST_OPEN_INVITATIONS,
};
pub use jobs::{
    ApproveOptions, FeedJob, FieldChange, ImportOutcome, ImportRun, Imported, Job, JobAddress, JobQuery, Jobs,
    MAX_RENEWAL_DAYS, Renewal, Revision, Submission, SubmissionOnce, SubmittedOffer,
};
pub use joining::Joined;
pub use lanes::{LaneLimit, LaneSpec, LaneStatus};
pub use mail::{
    Begun, DigestMail, Fragment, HandOver, Handed, MAIL_KEPT_DAYS, Mail, MailContent, MailOutcome, Mailroom,
    NewFragment, NewSuppression, OutboxMail, Suppression,
};
pub use members::{Member, Members, Roles};
pub use notices::{
    BoardWords, ChannelFacts, DueNotice, InvitationFacts, JobFacts, MAX_MAIL_SUBJECT, MAX_MAIL_TEXT, MAX_TOLD_TOGETHER,
    MailLane, NOTICES_KEPT_DAYS, NoticeFacts, NoticeOutcome, NoticeRow, NoticeWords, Notices, Preferences, Prepared,
    StaffPreference, without_links,
};
pub use password_links::{PASSWORD_LINK_MINUTES, PasswordLinks};
pub use placements::{Attempt, Placement, PlacementQuery, Placements, Resolution};
pub use plugins::{NewPlugin, PluginInstall, PluginUpload, PluginVersion, Plugins};
pub use queue::{ATTEMPTS_KEPT, AttemptRecord, Claim, ClaimOptions, DueChannel, LaneHold, Lease, Queue, Verdict};
pub use registrations::{REGISTRATION_HOURS, Registration, Registrations};
pub use scope::{Tenant, TenantScope};
pub use secrets::Secrets;
pub use sessions::{OpenSession, SESSION_DAYS, Session, Sessions};
pub use setup_links::{Founding, SetupLinkState, SetupLinks};
pub use tenants::{DEFAULT_ACCENT, NewTenant, Tenants};
pub use tokens::{ApiToken, Tokens};
pub use totp::{FactorCode, NewTotp, RECOVERY_CODES, Totp};
pub use users::{MAX_PASSWORD, MIN_PASSWORD, NewUser, PasswordMark, User, Users};
pub use waiting_roles::{Appointed, WAITING_ROLE_DAYS, WaitingRole};

/// The options of a store.
#[derive(Clone)]
pub struct StoreOptions {
    /// `sqlite:///path/to/file.db` or `postgres://…`.
    pub database_url: String,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
    /// Seals and opens secrets; without it they can be neither stored nor used.
    pub keyring: Option<Keyring>,
    /// The beginning of every link, without a slash at the end of its path.
    pub base_url: Url,
    /// The most connections; 10 is plenty for one process.
    pub max_connections: u32,
}

impl std::fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreOptions").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

/// A handle on everything that is stored; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    db: DatabaseConnection,
    options: StoreOptions,
    /// SQLite has one writer at a time. Waiting here is fair and costs nothing; SQLite's own waiting sleeps.
    writer: Mutex<()>,
    work: Notify,
    notices: Notify,
    sends_mail: AtomicBool,
    sending_notices: notices::SeenSending,
    postings: remembered::ReadPostings,
    sealed: remembered::SealedSecrets,
    /// How often this process has changed each board's public content.
    board_versions: std::sync::Mutex<HashMap<Uuid, u64>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(…)")
    }
}

impl Store {
    /// Connects; the schema must be there ([`Store::migrate`]).
    pub async fn open(options: StoreOptions) -> Result<Self> {
        let db = connect::connect(&options.database_url, options.max_connections).await?;
        Ok(Self(Arc::new(Inner {
            db,
            options,
            writer: Mutex::new(()),
            work: Notify::new(),
            notices: Notify::new(),
            sends_mail: AtomicBool::new(false),
            sending_notices: Default::default(),
            postings: Default::default(),
            sealed: Default::default(),
            board_versions: Default::default(),
        })))
    }

    /// Brings the schema up to date. A SQLite file with data is copied first; returns the copy's path.
    /// Replicas on one PostgreSQL wait for each other.
    pub async fn migrate(database_url: &str, clock: &dyn Clock) -> Result<Option<PathBuf>> {
        connect::migrate(database_url, clock).await
    }

    /// Whether the database answers, and has the schema this program needs.
    pub async fn ping(&self) -> Result<()> {
        use sea_orm::{ConnectionTrait, Statement};
        self.db().query_one_raw(Statement::from_string(self.backend(), "SELECT 1 FROM tenants LIMIT 1")).await?;
        Ok(())
    }

    /// Waits until there may be work on a channel. This is a hint: there may be none, and work of other processes isn't
    /// announced here.
    pub async fn work_appears(&self) {
        self.0.work.notified().await;
    }

    /// Wakes the tasks that wait in [`work_appears`](Self::work_appears).
    pub fn announce_work(&self) {
        self.0.work.notify_one();
    }

    /// Grows whenever this process changes a board's public content. Changes of other replicas aren't counted, so a
    /// cache of pages must also expire after a while.
    pub fn board_version(&self, tenant_id: Uuid) -> u64 {
        let versions = self.0.board_versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.get(&tenant_id).copied().unwrap_or(0)
    }

    pub(crate) fn board_has_changed(&self, tenant_id: Uuid) {
        let mut versions = self.0.board_versions.lock().unwrap_or_else(PoisonError::into_inner);
        *versions.entry(tenant_id).or_default() += 1;
    }

    /// The source of this store's time.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.0.options.clock.clone()
    }

    /// The beginning of every link.
    pub fn base_url(&self) -> &Url {
        &self.0.options.base_url
    }

    /// Whether only one process works on this database (SQLite).
    pub fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Closes every connection.
    pub async fn close(&self) -> Result<()> {
        Ok(self.0.db.close_by_ref().await?)
    }

    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.0.db
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.db.get_database_backend()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.options.clock.now()
    }

    pub(crate) fn keyring(&self) -> Result<&Keyring> {
        self.0.options.keyring.as_ref().ok_or_else(|| Error::Internal("no secret key is configured".to_owned()))
    }
}

/// A number that is never negative, from a signed column.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
