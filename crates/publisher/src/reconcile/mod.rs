//! The reconciler: makes each channel show what should be there.
//!
//! It claims placements whose desired and actual state differ, calls the plugin, and records the result. The attempt is
//! recorded before each call, so whenever this process dies, it is known what may have been sent.

mod backoff;
mod judge;
mod lanes;
mod leases;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tablon_core::Secrets;
use tablon_core::clock::Clock;
use tablon_core::store::{AttemptRecord, Claim, ClaimOptions, DueChannel, Operation, Store, Verdict};
use tokio::task::{self, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::description::Repeat;
use crate::host::PluginHost;
use crate::mail::MailContext;
use crate::outcome::{Call, CallError, Ending, Receipt, RetractMode};
use crate::plugin::Plugin;
use crate::target::{AttemptContext, Target};

use judge::Standing;
use leases::Watch;

pub use lanes::lane_specs;

/// The pause after a round that found work and could claim none of it.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// How long a channel is skipped whose rows can't be read.
const AFTER_A_FAILED_CLAIM: Duration = Duration::from_secs(10);
/// The most placements of one channel, one after the other, before other channels get a turn.
const PLACEMENTS_IN_A_ROW: u32 = 20;

/// How often old records are deleted.
const TIDY_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// How the reconciler works.
#[derive(Debug, Clone)]
pub struct ReconcilerOptions {
    /// Whether the manifests' limits apply. A platform's request to wait is always followed.
    pub pacing: bool,
    /// Keeps lane names from being guessed; the same in every replica.
    pub lane_key: [u8; 32],
    /// The most calls at the same time.
    pub concurrency: usize,
    /// How often to look for work without an announcement: jobs whose time has come, other replicas' approvals, claims
    /// of workers that died.
    pub poll: Duration,
    /// How long a claim is valid unless it is renewed, which happens while its call is under way. This long after a
    /// process died, another takes over its work.
    pub lease: Duration,
    /// How long to wait for calls under way when stopping.
    pub grace: Duration,
}

impl ReconcilerOptions {
    /// The default options.
    pub fn new(lane_key: [u8; 32]) -> Self {
        Self {
            pacing: true,
            lane_key,
            concurrency: 64,
            poll: Duration::from_secs(1),
            lease: Duration::from_secs(10),
            grace: Duration::from_secs(10),
        }
    }
}

/// Converges placements until it is told to stop.
#[derive(Debug, Clone)]
pub struct Reconciler {
    store: Store,
    host: PluginHost,
    clock: Arc<dyn Clock>,
    options: Arc<ReconcilerOptions>,
}

impl Reconciler {
    /// A reconciler over what is stored, with the plugins of `host`.
    pub fn new(store: Store, host: PluginHost, options: ReconcilerOptions) -> Self {
        let clock = store.clock();
        Self { store, host, clock, options: Arc::new(options) }
    }

    /// Works until `stop`, then waits for the calls under way. While the database can't be reached, it waits.
    pub async fn run(&self, stop: CancellationToken) {
        // On SQLite this is the only process: every claim belongs to one that died.
        let mut recovering = if self.store.is_embedded() { Recovering::All } else { Recovering::Unrenewed };
        let mut watch = Watch::default();
        let mut calls = Calls::default();
        let mut tidied: Option<Instant> = None;
        let mut away = false;
        while !stop.is_cancelled() {
            let pause = match self.look(&mut calls, recovering, &mut watch, &stop).await {
                Ok(pause) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("the database answers again; publishing goes on");
                    }
                    recovering = Recovering::Unrenewed;
                    if tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
                        tidied = Some(Instant::now());
                        self.tidy().await;
                    }
                    pause
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(%error, "publishing waits for the database");
                    }
                    self.options.poll
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.store.work_appears() => {}
                () = tokio::time::sleep(pause) => {}
                () = calls.one_ends() => {}
            }
        }
        let ended = tokio::time::timeout(self.options.grace, async {
            while !calls.tasks.is_empty() {
                calls.one_ends().await;
            }
        });
        if ended.await.is_err() {
            tracing::warn!(
                calls = calls.tasks.len(),
                "stopped in the middle of calls; their outcome will be asked for"
            );
        }
    }

    async fn tidy(&self) {
        match self.store.queue().tidy().await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "deleted the recorded calls of copies that ended long ago"),
            Err(error) => tracing::warn!(%error, "old recorded calls can't be deleted"),
        }
    }

    /// Works until nothing is due any more, then returns. For tests and tools.
    pub async fn settle(&self) -> tablon_core::Result<()> {
        let mut calls = Calls::default();
        let (go_on, mut watch) = (CancellationToken::new(), Watch::default());
        loop {
            self.look(&mut calls, Recovering::Expired, &mut watch, &go_on).await?;
            if calls.tasks.is_empty() {
                return Ok(());
            }
            calls.one_ends().await;
        }
    }

    /// Starts the due calls. Returns how long until something else is due.
    async fn look(
        &self,
        calls: &mut Calls,
        recovering: Recovering,
        watch: &mut Watch,
        stop: &CancellationToken,
    ) -> tablon_core::Result<Duration> {
        let queue = self.store.queue();
        let recovered = match recovering {
            Recovering::All => queue.recover(true).await?,
            Recovering::Expired => queue.recover(false).await?,
            Recovering::Unrenewed => self.recover_unrenewed(calls, watch).await?,
        };
        if recovered > 0 {
            tracing::warn!(placements = recovered, "took back the claims of a worker that died");
        }
        queue.advance_jobs().await?;
        queue.advance_checks().await?;
        let free = self.options.concurrency.saturating_sub(calls.tasks.len());
        let mut started = false;
        if free > 0 {
            // Channels that are being worked on don't count against the free calls.
            for channel in queue.due_channels(self.options.concurrency as u64).await? {
                if calls.tasks.len() == self.options.concurrency || !calls.busy.insert(channel.id) {
                    continue;
                }
                started = true;
                let (reconciler, stop) = (self.clone(), stop.clone());
                calls.start(channel.id, async move { reconciler.work_on(channel, stop).await });
            }
        }
        let now = self.clock.now();
        let next = queue.next_due().await?;
        let until = next.map_or(self.options.poll, |at| (at - now).to_std().unwrap_or(Duration::ZERO));
        // The due work that wasn't claimed belongs to another replica, or waits for a free call: pause before asking
        // again.
        let shortest = match (started, free) {
            (true, _) => Duration::ZERO,
            (false, 0) => self.options.poll,
            (false, _) => SHORTEST_PAUSE,
        };
        Ok(until.clamp(shortest, self.options.poll))
    }

    /// Takes back the claims that no worker renews. Claims of this process end by themselves.
    async fn recover_unrenewed(&self, calls: &Calls, watch: &mut Watch) -> tablon_core::Result<u64> {
        let queue = self.store.queue();
        if !watch.is_due(Instant::now(), self.options.poll) {
            return Ok(0);
        }
        let mut leases = queue.leases().await?;
        leases.retain(|lease| !calls.busy.contains(&lease.channel_id));
        let mut recovered = 0;
        for lease in watch.lapsed(leases, Instant::now(), self.options.lease) {
            recovered += u64::from(queue.take_back(&lease).await?);
        }
        Ok(recovered)
    }

    /// Works on a channel, one placement after the other, while something is due there, but at most
    /// `PLACEMENTS_IN_A_ROW`, so that channels that wait for a free call get one.
    async fn work_on(&self, channel: DueChannel, stop: CancellationToken) {
        let options = ClaimOptions { lease: self.options.lease, pacing: self.options.pacing };
        let mut claim = match self.store.queue().claim_on(channel, options).await {
            Ok(claim) => claim,
            // The next round will have the same error, and log it.
            Err(tablon_core::Error::Unavailable(_)) => None,
            Err(error) => {
                tracing::error!(channel = %channel.id, %error, "nothing can be claimed on a channel");
                // While this task runs, nobody else works on the channel.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(AFTER_A_FAILED_CLAIM) => {}
                }
                None
            }
        };
        let mut left = PLACEMENTS_IN_A_ROW;
        while let Some(current) = claim.take() {
            left -= 1;
            let (record, verdict) = self.act(&current).await;
            log(&current, &record);
            let go_on = (left > 0 && !stop.is_cancelled()).then_some(options);
            claim = self.record(&current, record, verdict, go_on).await;
        }
    }

    /// Records the result of a claim and, with `go_on`, claims the next due placement of the same channel.
    async fn record(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        verdict: Verdict,
        go_on: Option<ClaimOptions>,
    ) -> Option<Claim> {
        // The result of a call must not be lost because the database is away for a while.
        let mut wait = Duration::from_millis(200);
        let mut refusals = 0;
        loop {
            let queue = self.store.queue();
            let recorded = match go_on {
                Some(options) => queue.finish_and_claim(claim, record.clone(), verdict.clone(), options).await,
                None => queue.finish(claim, record.clone(), verdict.clone()).await.map(|()| None),
            };
            let error = match recorded {
                Ok(next) => return next,
                Err(error) => error,
            };
            tracing::warn!(placement = %claim.placement_id, %error, "the result of a call can't be recorded yet");
            // A database that answers and refuses won't change its answer; the lease ends and a person is asked.
            refusals += u32::from(!matches!(error, tablon_core::Error::Unavailable(_)));
            if refusals >= 5 {
                tracing::error!(placement = %claim.placement_id, "the result of a call is given up");
                return None;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    async fn act(&self, claim: &Claim) -> (AttemptRecord, Verdict) {
        let mut judge = judge::Judge {
            claim,
            clock: &*self.clock,
            lane_key: &self.options.lane_key,
            repeat: Repeat::Never,
            channel: Standing::Refused,
        };
        let Some(plugin) = self.host.plugin(&claim.channel.plugin) else {
            return judge.not_installed();
        };
        let secrets = match claim.scope.channels().secrets_of(&claim.channel).await {
            Ok(secrets) => secrets,
            Err(error) => return judge.no_secrets(&error),
        };
        let mail_context = MailContext {
            closes: matches!(claim.operation, Operation::Close | Operation::Retract),
            unsent: claim.operation == Operation::Publish && claim.maybe_sent_at.is_none(),
            placement_id: Some(claim.placement_id),
        };
        let target = Target::of(&claim.scope, &claim.channel).with_mail_context(mail_context);
        let attempt = AttemptContext {
            key: claim.key.clone(),
            number: claim.number,
            began: claim.began_at,
            now: self.clock.now(),
        };
        if claim.maybe_sent_at.is_some() {
            judge.repeat = plugin.repeats(&target, &secrets).await;
        }
        let receipt = claim.receipt.clone().map(|handle| Receipt { handle, url: claim.url.clone() });
        let plugin: &Plugin = &plugin;
        let posting = &claim.posting;
        match (claim.operation, receipt) {
            (Operation::Publish, _) => {
                if let Some(judgement) = judge.forbids_publish() {
                    return judgement;
                }
                let call = self.leased(claim, plugin.publish(posting, &target, &secrets, &attempt)).await;
                judge.publish(call, plugin, &secrets)
            }
            (Operation::Locate, _) => {
                let call = self.leased(claim, plugin.locate(posting, &target, &secrets, &attempt)).await;
                judge.locate(call, plugin, &secrets)
            }
            (Operation::Update, Some(receipt)) => {
                let call = self.leased(claim, plugin.update(&receipt, posting, &target, &secrets, &attempt)).await;
                judge.channel = standing(claim, &call, plugin, &target, &secrets).await;
                judge.update(call, plugin, &secrets)
            }
            (Operation::Close, Some(receipt)) => {
                let mode = RetractMode::MarkClosed(Ending::Filled);
                let call = plugin.retract(&receipt, mode, posting, &target, &secrets, &attempt);
                let call = self.leased(claim, call).await;
                judge.channel = standing(claim, &call, plugin, &target, &secrets).await;
                judge.retract(call, plugin, &secrets)
            }
            (Operation::Retract, Some(receipt)) => {
                let call = plugin.retract(&receipt, RetractMode::Delete, posting, &target, &secrets, &attempt);
                let call = self.leased(claim, call).await;
                judge.channel = standing(claim, &call, plugin, &target, &secrets).await;
                judge.retract(call, plugin, &secrets)
            }
            (Operation::Check, Some(receipt)) => {
                let call = self.leased(claim, plugin.check(&receipt, posting, &target, &secrets)).await;
                judge.channel = standing(claim, &call, plugin, &target, &secrets).await;
                judge.check(call, plugin)
            }
            // The queue gives these operations only to placements with a receipt.
            (Operation::Update | Operation::Close | Operation::Retract | Operation::Check, None) => judge.no_receipt(),
        }
    }
}

/// Asks whether the channel itself works, after a refused call about one copy that may be at another destination: one
/// old copy must not stop later ones.
async fn standing<T>(claim: &Claim, call: &Call<T>, plugin: &Plugin, target: &Target, secrets: &Secrets) -> Standing {
    let refused = matches!(call.result, Err(CallError::InvalidSettings(_) | CallError::Unauthorized(_)));
    if !refused || !(claim.elsewhere || call.denied) {
        return Standing::Refused;
    }
    match plugin.verify(target, secrets).await.result {
        Ok(_) => Standing::Works,
        Err(CallError::InvalidSettings(_) | CallError::Unauthorized(_)) => Standing::Refused,
        Err(_) => Standing::Unknown,
    }
}

fn log(claim: &Claim, record: &AttemptRecord) {
    tracing::info!(
        tenant = %claim.scope.slug,
        job = %claim.posting.id,
        channel = %claim.channel.id,
        plugin = %claim.channel.plugin,
        operation = %claim.operation,
        outcome = %record.outcome,
        status = record.status,
        duration_ms = u64::try_from(record.duration.as_millis()).unwrap_or(u64::MAX),
        message = record.message.as_deref(),
        "placement attempted"
    );
}

/// Which claims of other processes are taken back.
#[derive(Debug, Clone, Copy)]
enum Recovering {
    /// All: this is the only process, and it has just started.
    All,
    /// Those whose lease is over by this process's clock.
    Expired,
    /// Those that weren't renewed for the length of a lease.
    Unrenewed,
}

/// The channels that are being worked on.
#[derive(Default)]
struct Calls {
    tasks: JoinSet<()>,
    busy: HashSet<Uuid>,
    channels: HashMap<task::Id, Uuid>,
}

impl Calls {
    fn start(&mut self, channel: Uuid, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(work);
        self.channels.insert(task.id(), channel);
    }

    /// Waits until the work on one channel has ended; for ever if there is none.
    async fn one_ends(&mut self) {
        let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                // The lease ends and the placement is tried again; here the panic is only logged.
                if error.is_panic() {
                    tracing::error!(%error, "a placement's task panicked");
                }
                error.id()
            }
        };
        if let Some(channel) = self.channels.remove(&id) {
            self.busy.remove(&channel);
        }
    }
}
