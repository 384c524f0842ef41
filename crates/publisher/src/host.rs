//! All installed plugins: finds them, compiles them, keeps them ready.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ipnet::IpNet;
use tablon_core::clock::Clock;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::Publisher;
use crate::cache::CodeCache;
use crate::call::Runtime;
use crate::capability::egress::{Egress, EgressError};
use crate::compile::{self, Compiler, Turns};
use crate::discover::Problem;
use crate::file_fault::FileError;
use crate::grant::Grant;
use crate::limits::Limits;
use crate::load::Loader;
use crate::mail::{MailOptions, Mailer, UnsubscribeKey};
use crate::plugin::{Plugin, Source};
use crate::sandbox::Sandbox;
use crate::source::{Installation, PluginSource};
use crate::ticker::Ticker;

/// How often a running host asks whether the installed plugins have changed.
const POLL: Duration = Duration::from_secs(2);

/// The options of a host.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Directories with `*.wasm` files. A plugin there replaces the bundled one of the same id.
    pub plugin_dirs: Vec<PathBuf>,
    /// Whether the bundled plugins are offered.
    pub bundled: bool,
    /// The source of installed plugins. They replace bundled ones, and a file in a directory replaces them.
    pub installed: Option<Arc<dyn PluginSource>>,
    /// Where components are compiled.
    pub compiler: Compiler,
    /// Where compiled code is cached; none: every start compiles.
    pub cache_dir: Option<PathBuf>,
    /// The key of the cache's MAC, derived from the keyring.
    pub cache_key: [u8; 32],
    /// Networks beside the public internet that plugins may reach, and over plain HTTP too.
    pub allow_networks: Vec<IpNet>,
    /// Limits of one call.
    pub limits: Limits,
    /// Outgoing mail.
    pub mail: MailOptions,
    /// Tells the day, for settings that are dates.
    pub clock: Arc<dyn Clock>,
}

impl HostOptions {
    /// Only bundled plugins, compiled in this process; only the public internet; no cache.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            plugin_dirs: Vec::new(),
            bundled: true,
            installed: None,
            compiler: Compiler::InProcess,
            cache_dir: None,
            cache_key: [0; 32],
            allow_networks: Vec::new(),
            limits: Limits::default(),
            mail: MailOptions::none(UnsubscribeKey::new([0; 32])),
            clock,
        }
    }
}

/// Why there is no host. A plugin that can't be used is a [`Problem`] instead.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The WebAssembly engine can't be set up on this machine.
    #[error("the WebAssembly engine can't be set up: {0}")]
    Engine(String),
    /// The HTTP client can't be set up.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The system couldn't start a thread.
    #[error("no thread for the plugin clock: {0}")]
    Thread(std::io::Error),
}

/// The installed plugins. Clones share them.
#[derive(Clone)]
pub struct PluginHost(Arc<Inner>);

struct Inner {
    loader: Loader,
    installed: RwLock<Arc<Installed>>,
    /// One reload at a time.
    reloading: Mutex<()>,
}

/// The plugins and problems at one moment.
#[derive(Default)]
pub(crate) struct Installed {
    pub(crate) plugins: BTreeMap<String, Arc<Plugin>>,
    pub(crate) problems: Vec<Problem>,
    /// The source's answer; none if it couldn't be asked or a file couldn't be read: then it is asked again.
    pub(crate) installations: Option<Vec<Installation>>,
}

impl std::fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginHost").field("plugins", &self.installed().plugins.keys()).finish_non_exhaustive()
    }
}

impl PluginHost {
    /// Finds, compiles and describes every plugin. A plugin that can't be used is left out and listed by
    /// [`problems`](Self::problems).
    ///
    /// # Errors
    /// When the machine can't run any plugin.
    pub async fn new(options: HostOptions) -> Result<Self, HostError> {
        let host = Self::empty(options)?;
        host.reload().await;
        Ok(host)
    }

    /// A host that hasn't looked for plugins yet: [`reload`](Self::reload) does.
    ///
    /// # Errors
    /// When the machine can't run any plugin.
    pub fn empty(options: HostOptions) -> Result<Self, HostError> {
        let engine = compile::running(&options.limits).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let linker = linker(&engine).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        // Without a cache a start takes longer, but the host still starts.
        let cache = options.cache_dir.as_ref().and_then(|directory| {
            let opened = CodeCache::open(directory, options.cache_key);
            opened
                .inspect_err(|error| {
                    tracing::warn!(path = %directory.display(), %error, "compiled plugins can't be cached");
                })
                .ok()
        });
        let egress = Egress::new(&options.allow_networks, options.limits.connect_time)?;
        let runtime = Runtime {
            mailer: Arc::new(Mailer::new(options.mail.clone(), egress.clone(), &options.limits)),
            egress,
            ticker: Ticker::start(&engine).map_err(HostError::Thread)?,
            turns: Semaphore::new(options.limits.concurrent_calls.max(1)),
            limits: Arc::new(options.limits.clone()),
            engine,
        };
        let loader = Loader { cache, runtime: Arc::new(runtime), linker, turns: Turns::new(), options };
        Ok(Self(Arc::new(Inner { loader, installed: RwLock::default(), reloading: Mutex::default() })))
    }

    /// The mail servers and sender of all channels.
    pub(crate) fn mailer(&self) -> Arc<Mailer> {
        Arc::clone(&self.0.loader.runtime.mailer)
    }

    /// Looks for plugins again. Calls under way finish with their plugin, and until a new one is compiled the old one
    /// is used.
    pub async fn reload(&self) {
        let _turn = self.0.reloading.lock().await;
        let put = |installed| *self.0.installed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(installed);
        let before = self.installed();
        let arrived = |plugin: Arc<Plugin>| {
            let now = self.installed();
            let mut plugins = now.plugins.clone();
            plugins.insert(plugin.id().to_owned(), plugin);
            put(Installed { plugins, problems: now.problems.clone(), installations: now.installations.clone() });
        };
        let installed = self.0.loader.load_all(&before, arrived).await;
        put(installed);
    }

    /// Whether plugins are being loaded now: one that isn't here yet may be soon.
    pub fn is_reloading(&self) -> bool {
        self.0.reloading.try_lock().is_err()
    }

    /// Reloads whenever any process has installed, removed or switched a plugin, until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        let Some(source) = &self.0.loader.options.installed else { return };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL) => {}
            }
            // Outages are logged by the callers that need the database.
            let Ok(now) = source.list().await else { continue };
            if self.installed().installations.as_ref() != Some(&now) {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.reload() => {}
                }
            }
        }
    }

    /// Compiles and describes one file to inspect it: it doesn't become one of the [`plugins`](Self::plugins).
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn inspect(&self, file: &Path, bytes: Vec<u8>) -> Result<Arc<Plugin>, FileError> {
        let source = Source::File(file.to_owned());
        self.0.loader.load(source, bytes.into(), Grant::AsAsked).await.map(Arc::new)
    }

    /// Every plugin that can be used, by id.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        self.installed().plugins.values().cloned().collect()
    }

    /// The plugin with this id.
    pub fn plugin(&self, id: &str) -> Option<Arc<Plugin>> {
        self.installed().plugins.get(id).cloned()
    }

    /// The files that can't be used, and why.
    pub fn problems(&self) -> Vec<Problem> {
        self.installed().problems.clone()
    }

    fn installed(&self) -> Arc<Installed> {
        Arc::clone(&self.0.installed.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Publisher::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    Ok(linker)
}
