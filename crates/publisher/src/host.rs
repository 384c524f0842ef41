//! All installed plugins: finds them, compiles them, keeps them ready.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use sha2::{Digest, Sha256};
use tablon_core::clock::Clock;
use tablon_core::form::Form;
use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine};

use crate::bindings::{Publisher, PublisherPre};
use crate::cache::CodeCache;
use crate::call::{CallOptions, Runtime};
use crate::capability::egress::{Egress, EgressError};
use crate::capability::vault::Vault;
use crate::description::Description;
use crate::discover::{self, Candidate, Problem};
use crate::grant::Grant;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::package;
use crate::plugin::{Plugin, Source};
use crate::sandbox::Sandbox;
use crate::ticker::Ticker;

/// What a host is made from.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Directories with `*.wasm` files. A plugin there wins over the bundled one of the same id.
    pub plugin_dirs: Vec<PathBuf>,
    /// Whether the plugins inside the program are offered.
    pub bundled: bool,
    /// Where compiled code is kept; none: every start compiles.
    pub cache_dir: Option<PathBuf>,
    /// Proves that cached code is our own: derived from the keyring.
    pub cache_key: [u8; 32],
    /// Networks beside the public internet that plugins may reach, and over plain HTTP too.
    pub allow_networks: Vec<IpNet>,
    /// What the operator lets each plugin have, by id; all it asks for where nothing is said.
    pub grants: BTreeMap<String, Grant>,
    /// What one call may use up.
    pub limits: Limits,
    /// Tells the day, for settings that are dates.
    pub clock: Arc<dyn Clock>,
}

impl HostOptions {
    /// The bundled plugins alone, the public internet alone, no cache.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            plugin_dirs: Vec::new(),
            bundled: true,
            cache_dir: None,
            cache_key: [0; 32],
            allow_networks: Vec::new(),
            grants: BTreeMap::new(),
            limits: Limits::default(),
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
    /// Nor can the HTTP client.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The system gave no thread.
    #[error("no thread for the plugin clock: {0}")]
    Thread(std::io::Error),
}

/// The installed plugins. Clones share them.
#[derive(Clone)]
pub struct PluginHost(Arc<Inner>);

struct Inner {
    options: HostOptions,
    runtime: Arc<Runtime>,
    linker: Linker<Sandbox>,
    cache: Option<CodeCache>,
    installed: RwLock<Arc<Installed>>,
}

#[derive(Default)]
struct Installed {
    plugins: BTreeMap<String, Arc<Plugin>>,
    problems: Vec<Problem>,
}

impl std::fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginHost").field("plugins", &self.installed().plugins.keys()).finish_non_exhaustive()
    }
}

impl PluginHost {
    /// Finds, compiles and describes every plugin. A plugin that can't be used is left out and told by
    /// [`problems`](Self::problems).
    ///
    /// # Errors
    /// When the machine can't run any plugin.
    pub async fn new(options: HostOptions) -> Result<Self, HostError> {
        let engine = engine().map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let linker = linker(&engine).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        // Without a cache a start takes longer; that is no reason not to start.
        let cache = options.cache_dir.as_ref().and_then(|directory| {
            let opened = CodeCache::open(directory, options.cache_key);
            opened
                .inspect_err(|error| {
                    tracing::warn!(path = %directory.display(), %error, "compiled plugins can't be cached");
                })
                .ok()
        });
        let runtime = Runtime {
            egress: Egress::new(&options.allow_networks, options.limits.connect_time)?,
            ticker: Ticker::start(&engine).map_err(HostError::Thread)?,
            turns: Semaphore::new(options.limits.concurrent_calls.max(1)),
            limits: Arc::new(options.limits.clone()),
            engine,
        };
        let host =
            Self(Arc::new(Inner { cache, runtime: Arc::new(runtime), linker, installed: RwLock::default(), options }));
        host.reload().await;
        Ok(host)
    }

    /// Looks for plugins anew. Calls that are under way finish with the plugin they began with.
    pub async fn reload(&self) {
        let mut problems = Vec::new();
        let mut candidates = Vec::new();
        for directory in &self.0.options.plugin_dirs {
            candidates.extend(discover::in_directory(directory, &mut problems));
        }
        if self.0.options.bundled {
            candidates.extend(discover::bundled());
        }
        let mut plugins: BTreeMap<String, Arc<Plugin>> = BTreeMap::new();
        for candidate in candidates {
            let source = candidate.source.clone();
            match self.load(candidate, &plugins).await {
                Ok(Some(plugin)) => {
                    plugins.insert(plugin.id().to_owned(), Arc::new(plugin));
                }
                // A directory's plugin stands in front of the bundled one.
                Ok(None) => {}
                Err(message) => {
                    tracing::warn!(%source, message, "a plugin can't be used");
                    problems.push(Problem { source, message });
                }
            }
        }
        *self.0.installed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Installed { plugins, problems });
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

    /// `None` where another plugin of the same id has the precedence.
    async fn load(
        &self,
        candidate: Candidate,
        before: &BTreeMap<String, Arc<Plugin>>,
    ) -> Result<Option<Plugin>, String> {
        let manifest = package::manifest(&candidate.bytes).map_err(|e| e.to_string())?;
        let manifest = Manifest::parse(manifest).map_err(|e| e.to_string())?;
        if let Some(other) = before.get(&manifest.id) {
            return match candidate.source {
                Source::Bundled => Ok(None),
                Source::File(_) => {
                    Err(format!("{} has the same id, {}, and was found first", other.source, manifest.id))
                }
            };
        }
        let source = candidate.source;
        let sha256 = hex::encode(Sha256::digest(&candidate.bytes));
        let inner = Arc::clone(&self.0);
        let compiled = tokio::task::spawn_blocking(move || inner.prepare(&candidate.bytes)).await;
        let pre = compiled.map_err(|_| "the compiler gave up on it".to_owned())??;

        let manifest = Arc::new(manifest);
        let description = self.describe(&pre, &manifest).await?;
        let settings_form =
            Form { fields: description.settings_schema.fields.iter().filter(|f| !f.is_secret()).cloned().collect() };
        Ok(Some(Plugin {
            grant: self.0.options.grants.get(&manifest.id).cloned().unwrap_or_default(),
            manifest,
            description,
            source,
            sha256,
            pre,
            runtime: Arc::clone(&self.0.runtime),
            clock: Arc::clone(&self.0.options.clock),
            settings_form,
        }))
    }

    async fn describe(&self, pre: &PublisherPre<Sandbox>, manifest: &Arc<Manifest>) -> Result<Description, String> {
        let options = CallOptions {
            pre,
            plugin: Arc::from(manifest.id.as_str()),
            channel: "",
            vault: Arc::new(Vault::empty(Arc::clone(manifest))),
            pure: Some("describe"),
        };
        let ended = self
            .0
            .runtime
            .call(options, |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_describe(store).await })
            })
            .await;
        let raw = ended.returned.map_err(|fault| format!("it can't describe itself: {fault}"))?;
        Description::checked(raw, manifest)
    }
}

impl Inner {
    fn prepare(&self, wasm: &[u8]) -> Result<PublisherPre<Sandbox>, String> {
        let engine = &self.runtime.engine;
        let component = match &self.cache {
            Some(cache) => cache.compile(engine, wasm),
            None => Component::from_binary(engine, wasm),
        };
        let component = component.map_err(|error| format!("it can't be compiled: {error:#}"))?;
        let linked = self.linker.instantiate_pre(&component).and_then(PublisherPre::new);
        linked.map_err(|error| format!("it doesn't fit contract {}: {error:#}", crate::manifest::CONTRACT))
    }
}

fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // Traps are told by their kind; nobody reads a plugin's stack.
    config.wasm_backtrace_max_frames(None);
    config.max_wasm_stack(512 * 1024);
    Engine::new(&config)
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Publisher::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    Ok(linker)
}
