//! Plugins that mail: a board of its own, and a mail server that refuses, stalls and hangs up.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tablon_core::store::{Channel, NewChannel, NewTenant, Secrets, StoreOptions};
use tablon_core::{Actor, Keyring, Posting, Store, TenantScope};
use tablon_publisher::mail::{MailOptions, UnsubscribeKey};
use tablon_publisher::{Call, CallError, Ending, Manifest, Plugin, Receipt, RetractMode, Target};
use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Options, Stage};
use tempfile::TempDir;

use super::report::Report;
use super::samples::{Samples, attempt, edited, ordinary, unusual};
use crate::instance;

/// Where no address of `[test]` leads to anybody.
const BOARD: &str = "https://board.example";
/// How long a server that stalls takes, in milliseconds: longer than a call may.
const STALL: u64 = 60_000;

/// The simulated mail server of a plugin whose manifest asks for mail.
pub(super) async fn server_for(manifest: &Manifest) -> Result<Option<FakeSmtp>> {
    if manifest.mail.audiences.is_empty() {
        return Ok(None);
    }
    FakeSmtp::start(Options::default()).await.map(Some)
}

/// The operator's mail, by way of the simulated server.
pub(super) fn mail_by(smtp: &FakeSmtp) -> Result<MailOptions> {
    Ok(MailOptions {
        server: Some(smtp.url().parse().context("the simulated mail server's address")?),
        from: Some("jobs@board.example".parse().map_err(|()| anyhow!("no sender"))?),
        host_name: "board.example".to_owned(),
        ..MailOptions::none(UnsubscribeKey::new([0; 32]))
    })
}

/// What the checks work with.
struct Board {
    smtp: FakeSmtp,
    plugin: Arc<Plugin>,
    scope: TenantScope,
    channel: Channel,
    secrets: Secrets,
    /// The last attempt that was made: each operation has a key of its own, by which the outbox knows it.
    last: u64,
    store: Store,
    _folder: TempDir,
}

/// Tries everything that sends. `base` is where the simulated platform is.
pub(super) async fn check(
    smtp: FakeSmtp,
    plugin: &Arc<Plugin>,
    samples: &Samples,
    base: &str,
    report: &mut Report,
) -> Result<()> {
    let mut board = Board::new(smtp, plugin, samples, base).await?;
    board.verify(report).await;
    if let Some(receipt) = board.publish(report).await {
        board.refusals(report).await?;
        board.losses(report).await;
        board.follow(report, &receipt).await;
        board.strangers(report).await;
    }
    board.store.close().await?;
    Ok(())
}

impl Board {
    async fn new(smtp: FakeSmtp, plugin: &Arc<Plugin>, samples: &Samples, base: &str) -> Result<Self> {
        let folder = TempDir::with_prefix("tablon-test-").context("making a folder for the test's board")?;
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let clock = instance::clock();
        Store::migrate(&url, &*clock).await?;
        let store = Store::open(StoreOptions {
            database_url: url,
            clock,
            keyring: Some(Keyring::from_secret(Keyring::generate().as_bytes())?),
            base_url: BOARD.parse()?,
            max_connections: 2,
        })
        .await?;
        let scope = store.tenants().create(NewTenant::new("acme".parse()?, "Acme jobs"), Actor::System).await?;
        let secrets = samples.secrets(base);
        let settings = plugin.validate_settings(&samples.settings(base)).map_err(|errors| anyhow!("{errors}"))?;
        let channel = NewChannel {
            plugin: plugin.id().to_owned(),
            name: "Test".to_owned(),
            settings,
            secrets: secrets.clone(),
            lanes: Vec::new(),
        };
        let channel = scope.channels().create(channel, Actor::System).await?;
        Ok(Self { smtp, plugin: Arc::clone(plugin), scope, channel, secrets, last: 0, store, _folder: folder })
    }

    fn target(&self) -> Target {
        Target::of(&self.scope, &self.channel)
    }

    /// A server that is well, and has no mail.
    fn afresh(&self) {
        self.smtp.clear_faults();
        self.smtp.forget_mails();
    }

    async fn send(&mut self, posting: &Posting) -> Call<Receipt> {
        self.last += 1;
        self.again(posting).await
    }

    /// The same attempt once more.
    async fn again(&self, posting: &Posting) -> Call<Receipt> {
        self.plugin.publish(posting, &self.target(), &self.secrets, &attempt(self.last)).await
    }

    async fn verify(&self, report: &mut Report) {
        let call = self.plugin.verify(&self.target(), &self.secrets).await;
        let right = call.result.is_ok() && self.smtp.mails().is_empty() && self.smtp.violations().is_empty();
        report.check("mail, verify: all is well, and nothing is sent", right, || self.told(&call));

        self.smtp.offline();
        let call = self.plugin.verify(&self.target(), &self.secrets).await;
        let right = !matches!(call.result, Ok(_) | Err(CallError::PluginFault(_) | CallError::FaultAfterSending(_)));
        report.check("mail, verify: nobody is there", right, || self.told(&call));
        self.smtp.online().await.ok();

        let Some(name) = &self.plugin.manifest().mail.smtp_secret else { return };
        let url = format!("{}?from=team@acme.example", self.smtp.url());
        let own = self.secrets.iter().map(|(name, secret)| (name.to_owned(), secret.to_owned()));
        let own: Secrets = own.chain([(name.clone(), url)]).collect();
        let before = self.smtp.conversations().len();
        let call = self.plugin.verify(&self.target(), &own).await;
        let right = call.result.is_ok() && self.smtp.conversations().len() > before;
        report.check(format!("mail, verify: the channel's own server ({name})"), right, || self.told(&call));
    }

    async fn publish(&mut self, report: &mut Report) -> Option<Receipt> {
        self.afresh();
        let call = self.send(&ordinary()).await;
        let mails = self.smtp.mails();
        let right = call.result.is_ok() && self.smtp.violations().is_empty();
        report.check("mail, publish: all is well", right, || self.told(&call));
        let receipt = call.result.ok()?;
        if mails.is_empty() {
            report.note("with the settings of [test] it mails nothing at once: set them so that it does, to try more");
            return None;
        }
        let said =
            |mail: &tablon_testkit::smtp::Mail| !mail.subject.trim().is_empty() && !mail.text().trim().is_empty();
        report.check("mail, publish: each has a subject and plain text", mails.iter().all(said), String::new);

        let call = self.again(&ordinary()).await;
        let right = self.smtp.mails().len() == mails.len()
            && !matches!(call.result, Err(CallError::PluginFault(_) | CallError::FaultAfterSending(_)));
        report.check("mail, publish: the same attempt again mails nothing twice", right, || self.told(&call));
        Some(receipt)
    }

    async fn refusals(&mut self, report: &mut Report) -> Result<()> {
        use CallError as E;
        self.afresh();
        let no = Action::reply(550, "5.1.1 No such user here");
        self.smtp.fault(Fault::at(Stage::Rcpt, no).always());
        let call = self.send(&ordinary()).await;
        let right = matches!(call.result, Err(E::Rejected(_) | E::InvalidSettings(_) | E::Unauthorized(_)));
        report.check("mail, publish: 550", right, || format!("{}; expected: rejected", self.told(&call)));

        self.afresh();
        let later = Action::reply(451, "4.7.1 Try again later");
        self.smtp.fault(Fault::at(Stage::Rcpt, later).always());
        let call = self.send(&ordinary()).await;
        let right = matches!(call.result, Err(E::Transient(_) | E::RateLimited { .. }));
        report.check("mail, publish: 451", right, || format!("{}; expected: transient", self.told(&call)));
        self.afresh();
        let call = self.again(&ordinary()).await;
        let right = call.result.is_ok() && !self.smtp.mails().is_empty();
        report.check("mail, publish: the next try after 451", right, || self.told(&call));

        self.smtp.offline();
        let call = self.send(&ordinary()).await;
        let right = matches!(call.result, Err(E::Transient(_)));
        report.check("mail, publish: nobody is there", right, || format!("{}; expected: transient", self.told(&call)));
        self.smtp.online().await
    }

    /// The mail may be there, and nobody says so.
    async fn losses(&mut self, report: &mut Report) {
        let stall = Action::Delay { ms: STALL };
        for (what, action) in [("is lost", Action::LoseAnswer), ("doesn't come in time", stall)] {
            self.afresh();
            self.smtp.fault(Fault::at(Stage::Content, action));
            let call = self.send(&ordinary()).await;
            let right = matches!(call.result, Err(CallError::Uncertain(_)));
            let check = format!("mail, publish: the answer {what}");
            report.check(check, right, || format!("{}; expected: uncertain", self.told(&call)));
            let (mails, sessions) = (self.smtp.mails().len(), self.smtp.conversations().len());
            self.again(&ordinary()).await;
            let right = self.smtp.mails().len() == mails;
            report.check(format!("mail, publish: nothing is sent twice where the answer {what}"), right, || {
                let more = self.smtp.conversations().len() - sessions;
                format!("{} mails came of it, and {more} more connections", self.smtp.mails().len())
            });
            let call = self.plugin.locate(&ordinary(), &self.target(), &self.secrets, &attempt(self.last)).await;
            self.no_fault(report, &format!("mail, locate: the answer {what}"), &call);
        }
    }

    /// What is done with a copy afterwards may be anything but a fault.
    async fn follow(&mut self, report: &mut Report, receipt: &Receipt) {
        self.afresh();
        let (target, plugin) = (self.target(), Arc::clone(&self.plugin));
        let mut next = || {
            self.last += 1;
            attempt(self.last)
        };
        let (second, third, fourth) = (next(), next(), next());
        let update = plugin.update(receipt, &edited(), &target, &self.secrets, &second).await;
        self.no_fault(report, "mail, update", &update);
        let mode = RetractMode::MarkClosed(Ending::Filled);
        let close = plugin.retract(receipt, mode, &edited(), &target, &self.secrets, &third).await;
        self.no_fault(report, "mail, retract (mark as filled)", &close);
        let delete = plugin.retract(receipt, RetractMode::Delete, &edited(), &target, &self.secrets, &fourth).await;
        self.no_fault(report, "mail, retract (delete)", &delete);
        let look = plugin.check(receipt, &edited(), &target, &self.secrets).await;
        self.no_fault(report, "mail, check", &look);
        let foreign = Receipt { handle: b"\xff{not json".to_vec(), url: None };
        let update = plugin.update(&foreign, &edited(), &target, &self.secrets, &second).await;
        self.no_fault(report, "mail, update: a receipt that can't be read", &update);
    }

    async fn strangers(&mut self, report: &mut Report) {
        for (what, posting) in unusual() {
            self.afresh();
            let call = self.send(&posting).await;
            let right = matches!(call.result, Ok(_) | Err(CallError::Rejected(_)));
            let strict = self.smtp.violations().is_empty() && !self.smtp.mails().iter().any(has_smuggled);
            report.check(format!("mail, publish, {what}"), right && strict, || self.told(&call));
        }
    }

    fn no_fault<T>(&self, report: &mut Report, check: &str, call: &Call<T>) {
        let right = !matches!(call.result, Err(CallError::PluginFault(_) | CallError::FaultAfterSending(_)))
            && self.smtp.violations().is_empty();
        report.check(check, right, || self.told(call));
    }

    fn told<T>(&self, call: &Call<T>) -> String {
        let came = match &call.result {
            Ok(_) => "it says that it is done".to_owned(),
            Err(error) => format!("it says {}: {error}", error.outcome()),
        };
        let violations = self.smtp.violations();
        if violations.is_empty() { came } else { format!("{came}; {}", violations.join("; ")) }
    }
}

/// Whether a header came of an offer's text.
fn has_smuggled(mail: &tablon_testkit::smtp::Mail) -> bool {
    mail.header("X-Evil").is_some()
}

/// More than enough for a call that is cut off: the server that stalls outlives it.
const _: () = assert!(Duration::from_millis(STALL).as_secs() > super::CALL_SECONDS);
