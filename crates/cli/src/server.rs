//! A running board: pages, API and deliveries in one process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tablon_core::{Keyring, Store};
use tablon_publisher::mail::Digests;
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions};
use tablon_publisher::{HostOptions, PluginHost, PluginSource, StoredPlugins};
use tablon_web::theme::Theme;
use tablon_web::{AppState, NoticeTask, WebConfig};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::commands::compiler;
use crate::config::{Config, require_keyring};
use crate::{instance, memory};

/// How long a start waits for plugins. Compiled code is kept, so that only a first start or a new version compiles.
const START_PATIENCE: Duration = Duration::from_secs(15);

/// Everything that serves, ready to answer.
pub(crate) struct Server {
    listener: TcpListener,
    state: AppState,
    reconciler: JoinHandle<()>,
    /// Digests and notices: each in a task of its own.
    mailing: Vec<JoinHandle<()>>,
    stop: CancellationToken,
    /// Held as long as the process lives; the system lets go of it even after a kill.
    _alone: Option<File>,
}

impl Server {
    /// Binds, opens, compiles and starts delivering.
    pub(crate) async fn start(mut config: Config) -> Result<Self> {
        let listener =
            TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
        config.listens_at(listener.local_addr()?);
        if config.is_unencrypted_beyond_loopback() {
            tracing::warn!(base_url = %config.base_url, "plain HTTP: passwords and sessions can be read on the way");
        }
        let keyring = require_keyring(&config)?;
        let alone = config.database.url.sqlite_file().map(lock).transpose()?;
        let store = instance::open(&config, Some(keyring.clone())).await?;
        let stop = CancellationToken::new();
        let host = running_plugins(&config, &keyring, &store, &stop).await?;
        let theme = Theme::open(config.theme_dir.as_deref())?;
        let web = WebConfig {
            trusted_proxies: config.trusted_proxies,
            connections: config.connections,
            ..WebConfig::new(config.base_url, config.listen)
        };
        let state = AppState::new(store.clone(), host.clone(), web, theme, &keyring);
        let notices = NoticeTask::new(store.clone(), state.theme.clone(), &host, &keyring);
        let options = ReconcilerOptions {
            pacing: config.reconciler.pacing,
            concurrency: config.reconciler.concurrency,
            lease: config.reconciler.lease,
            ..ReconcilerOptions::new(tablon_web::auth::lane_key(&keyring))
        };
        let digests = Digests::new(store.clone(), host.clone());
        let mailing = vec![
            tokio::spawn(kept_up("digests", AFTER_A_PANIC, stop.clone(), {
                let stop = stop.clone();
                move || {
                    let (digests, stop) = (digests.clone(), stop.clone());
                    async move { digests.run(stop).await }
                }
            })),
            tokio::spawn(kept_up("notices", AFTER_A_PANIC, stop.clone(), {
                let stop = stop.clone();
                move || notices.clone().run(stop.clone())
            })),
        ];
        tokio::spawn(keep_searchable(store.clone(), stop.clone()));
        tokio::spawn(memory::keep_small(stop.clone()));
        let reconciler = Reconciler::new(store, host, options);
        let reconciler = {
            let stop = stop.clone();
            tokio::spawn(async move { reconciler.run(stop).await })
        };
        Ok(Self { listener, state, reconciler, mailing, stop, _alone: alone })
    }

    /// The address at which people reach it.
    pub(crate) fn url(&self) -> &Url {
        &self.state.config.base_url
    }

    /// What it works on.
    pub(crate) fn store(&self) -> &Store {
        &self.state.store
    }

    /// What its pages work with.
    #[cfg(feature = "demo")]
    pub(crate) fn state(&self) -> &AppState {
        &self.state
    }

    /// The one-time link that makes the operator and the first board, on an instance without users.
    pub(crate) async fn setup_url(&self) -> Result<Option<String>> {
        if self.store().users().count().await? > 0 {
            return Ok(None);
        }
        let token = self.store().setup_links().issue().await?;
        Ok(Some(self.state.config.absolute(&format!("setup/{token}"))))
    }

    /// Answers until told to stop, then lets requests and deliveries finish. Fails when the deliveries end before: a
    /// board that looks well and delivers nothing would be noticed too late, and a service manager starts it again.
    pub(crate) async fn run(self, until: impl Future<Output = ()> + Send) -> Result<()> {
        let Self { listener, state, mut reconciler, mailing, stop, _alone } = self;
        let store = state.store.clone();
        let mut ended_early = None;
        let until = async {
            tokio::select! {
                () = until => {}
                ended = &mut reconciler => {
                    let error = ended.as_ref().err().map(tracing::field::display);
                    tracing::error!(error, "the deliveries ended; stopping");
                    ended_early = Some(ended);
                }
            }
        };
        tablon_web::serve(listener, state, until).await?;
        stop.cancel();
        let ended = match ended_early {
            Some(Ok(())) => Err(anyhow!("the deliveries ended although nobody stopped them")),
            Some(Err(error)) => Err(error).context("the deliveries ended although nobody stopped them"),
            None => reconciler.await.context("the deliveries ended badly"),
        };
        for task in mailing {
            task.await.context("the mail ended badly")?;
        }
        store.close().await?;
        ended
    }
}

/// The plugins of this instance: of the program, of the folders, and those installed into `store`.
pub(crate) async fn plugin_host(
    config: &Config,
    keyring: Option<&Keyring>,
    store: Option<Store>,
) -> Result<PluginHost> {
    Ok(PluginHost::new(host_options(config, keyring, store)).await?)
}

fn host_options(config: &Config, keyring: Option<&Keyring>, store: Option<Store>) -> HostOptions {
    let options = HostOptions {
        plugin_dirs: config.plugins.dirs.clone(),
        allow_networks: config.plugins.allow_networks.clone(),
        installed: store.map(|store| Arc::new(StoredPlugins(store)) as Arc<dyn PluginSource>),
        compiler: compiler(),
        mail: config.smtp.options(&config.base_url, keyring),
        ..HostOptions::new(instance::clock())
    };
    code_cache(options, config, keyring)
}

/// The same options with a place for compiled code. Without a keyring none is kept, and nothing is written.
pub(crate) fn code_cache(options: HostOptions, config: &Config, keyring: Option<&Keyring>) -> HostOptions {
    let Some(keyring) = keyring else { return options };
    HostOptions {
        cache_dir: Some(config.data_dir.join("cache").join("plugins")),
        cache_key: keyring.derive("plugin-code-cache"),
        ..options
    }
}

/// The plugins of a running board. One that takes long to compile doesn't keep the board from answering, and whatever is
/// installed later is taken up.
async fn running_plugins(
    config: &Config,
    keyring: &Keyring,
    store: &Store,
    stop: &CancellationToken,
) -> Result<PluginHost> {
    let host = PluginHost::empty(host_options(config, Some(keyring), Some(store.clone())))?;
    let loading = tokio::spawn({
        let host = host.clone();
        async move { host.reload().await }
    });
    if tokio::time::timeout(START_PATIENCE, loading).await.is_err() {
        tracing::warn!("some plugins are still being compiled; their channels wait");
    }
    tokio::spawn({
        let (host, stop) = (host.clone(), stop.clone());
        async move { host.watch(stop).await }
    });
    Ok(host)
}

/// The pause before a task that panicked begins again: whatever it met may be there still.
const AFTER_A_PANIC: Duration = Duration::from_secs(10);

/// Runs a task until it ends by itself, and begins it again after a panic: what sends mail must not end because one mail
/// can't be sent, nor end anything else. The reconciler isn't run like this, because its claims outlive a panic: there the
/// process ends, and a service manager starts it again.
async fn kept_up<F>(name: &'static str, pause: Duration, stop: CancellationToken, begin: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while let Err(error) = tokio::spawn(begin()).await {
        tracing::error!(task = name, %error, "a task panicked; it begins again in a moment");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How often jobs are looked for whose searchable text an older version of this program has written.
const REINDEX_EVERY: Duration = Duration::from_secs(60);
/// The pause between two batches, so that other writers get their turn.
const REINDEX_PAUSE: Duration = Duration::from_millis(20);

/// Folds the searchable texts of jobs anew that an older version has written, until told to stop.
async fn keep_searchable(store: Store, stop: CancellationToken) {
    let mut folded = 0;
    loop {
        let pause = match store.reindex_jobs().await {
            Ok(0) => {
                if std::mem::take(&mut folded) > 0 {
                    tracing::info!("every job is searchable as this version folds texts");
                }
                REINDEX_EVERY
            }
            Ok(jobs) => {
                if folded == 0 {
                    tracing::info!("jobs stored by an older version are made searchable anew");
                }
                folded += jobs;
                REINDEX_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "stored jobs can't be made searchable anew; trying again in a minute");
                REINDEX_EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Two processes on one SQLite file would each think themselves alone.
fn lock(database: &Path) -> Result<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    instance::make_folder_of(database)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another process serves {} already. With SQLite one process alone may; use PostgreSQL for several.",
            database.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

/// Completes when the process is told to stop: by the terminal, by a service manager, by a container's end.
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind: SignalKind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "a signal can't be listened to");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_begins_again_and_ends_no_other() {
        let (begun, others) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let stop = CancellationToken::new();
        let panicking = tokio::spawn(kept_up("panicking", Duration::ZERO, stop.clone(), {
            let begun = begun.clone();
            move || {
                let begun = begun.clone();
                async move {
                    let turn = begun.fetch_add(1, Ordering::SeqCst);
                    assert!(turn > 1, "the first two turns panic");
                }
            }
        }));
        let other = tokio::spawn(kept_up("other", Duration::ZERO, stop.clone(), {
            let (others, stop) = (others.clone(), stop.clone());
            move || {
                let (others, stop) = (others.clone(), stop.clone());
                async move {
                    others.fetch_add(1, Ordering::SeqCst);
                    stop.cancelled().await;
                }
            }
        }));
        panicking.await.expect("it ends by itself the third time");
        assert_eq!(begun.load(Ordering::SeqCst), 3);
        assert!(!other.is_finished());
        stop.cancel();
        other.await.expect("it ends when told to");
        assert_eq!(others.load(Ordering::SeqCst), 1, "it never noticed");
    }

    #[tokio::test]
    async fn when_the_deliveries_end_the_server_stops_and_says_so() {
        let dir = tempfile::tempdir().expect("a folder");
        let flags = [("data_dir", dir.path().display().to_string()), ("listen", "127.0.0.1:0".to_owned())];
        let config = Config::load(None, &BTreeMap::new(), &flags).expect("a configuration");
        let server = Server::start(config).await.expect("a server");
        server.reconciler.abort();
        let ended = tokio::time::timeout(Duration::from_secs(10), server.run(pending())).await.expect("it stops");
        let error = format!("{:#}", ended.expect_err("a failure"));
        assert!(error.contains("the deliveries ended although nobody stopped them"), "{error}");
    }
}
