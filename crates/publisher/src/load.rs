//! From files to plugins that can be called: which of them count, compiling, linking, describing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tablon_core::form::Form;
use wasmtime::component::{Component, Linker};

use crate::bindings::PublisherPre;
use crate::cache::{self, CodeCache};
use crate::call::{CallOptions, Runtime};
use crate::capability::vault::Vault;
use crate::compile::Turns;
use crate::description::Description;
use crate::discover::{self, Candidate, Problem};
use crate::grant::Grant;
use crate::host::{HostOptions, Installed};
use crate::manifest::Manifest;
use crate::package;
use crate::plugin::{Plugin, Source};
use crate::sandbox::Sandbox;
use crate::source::{Installation, InstalledFile, PluginSource};

/// What loading a plugin takes.
pub(crate) struct Loader {
    pub(crate) options: HostOptions,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) linker: Linker<Sandbox>,
    pub(crate) cache: Option<CodeCache>,
    pub(crate) turns: Turns,
}

/// A set of plugins in the making.
struct Making<'a> {
    before: &'a Installed,
    plugins: BTreeMap<String, Arc<Plugin>>,
    problems: Vec<Problem>,
    switched_off: BTreeSet<String>,
}

impl Making<'_> {
    fn problem(&mut self, source: Source, message: String) {
        tracing::warn!(%source, message, "a plugin can't be used");
        self.problems.push(Problem { source, message });
    }

    /// The same file, already compiled.
    fn known(&self, sha256: &str) -> Option<&Arc<Plugin>> {
        self.before.plugins.values().find(|plugin| plugin.sha256 == sha256)
    }
}

impl Loader {
    /// Everything there is. What is in `before` already isn't compiled again.
    pub(crate) async fn load_all(&self, before: &Installed) -> Installed {
        let asked = match &self.options.installed {
            None => Ok(Vec::new()),
            Some(source) => source.list().await,
        };
        let installations = asked.as_ref().ok().cloned();
        let rows = match &asked {
            Ok(rows) => rows.as_slice(),
            // Better what was there than nothing.
            Err(_) => before.installations.as_deref().unwrap_or_default(),
        };
        let switched_off = rows.iter().filter(|row| !row.enabled).map(|row| row.id.clone()).collect();
        let mut making = Making { before, plugins: BTreeMap::new(), problems: Vec::new(), switched_off };

        for directory in &self.options.plugin_dirs {
            for candidate in discover::in_directory(directory, &mut making.problems) {
                self.add(candidate, &mut making).await;
            }
        }
        let mut complete = true;
        if let Some(source) = &self.options.installed {
            for row in rows.iter().filter(|row| row.enabled) {
                complete &= self.add_installed(row, &**source, &mut making).await;
            }
        }
        if let Err(error) = &asked {
            making.problem(Source::Installed, format!("the installed plugins can't be read: {error}"));
        }
        if self.options.bundled {
            for candidate in discover::bundled() {
                self.add(candidate, &mut making).await;
            }
        }
        let Making { plugins, problems, .. } = making;
        Installed { plugins, problems, installations: installations.filter(|_| complete) }
    }

    async fn add(&self, candidate: Candidate, making: &mut Making<'_>) {
        let source = candidate.source;
        let id = match manifest_of(&candidate.bytes) {
            Ok(manifest) => manifest.id,
            Err(message) => return making.problem(source, message),
        };
        if making.switched_off.contains(&id) {
            return;
        }
        if let Some(other) = making.plugins.get(&id) {
            // What an operator put there stands in front of the bundled plugin.
            if source != Source::Bundled {
                let message = format!("{} has the same id, {id}, and was found first", other.source);
                making.problem(source, message);
            }
            return;
        }
        let known = making.known(&hash(&candidate.bytes)).cloned();
        let loaded = match known {
            Some(known) => Ok(self.again(&known, source.clone(), Grant::AsAsked)),
            None => self.load(source.clone(), candidate.bytes, Grant::AsAsked).await,
        };
        match loaded {
            Ok(plugin) => drop(making.plugins.insert(id, Arc::new(plugin))),
            Err(message) => making.problem(source, message),
        }
    }

    /// False: a file couldn't be fetched now, and may be later.
    async fn add_installed(&self, row: &Installation, source: &dyn PluginSource, making: &mut Making<'_>) -> bool {
        let Some(current) = &row.current else { return true };
        if let Some(other) = making.plugins.get(&row.id) {
            let message = format!("{}: {} has the same id and stands in front of it", row.id, other.source);
            making.problem(Source::Installed, message);
            return true;
        }
        let mut complete = true;
        let mut fetched = async |file: &InstalledFile| match self.fetch(&row.id, file, source, making.before).await {
            Ok(plugin) => Ok(plugin),
            Err(Unloaded::Away(message)) => {
                complete = false;
                Err(message)
            }
            Err(Unloaded::Broken(message)) => Err(message),
        };
        let message = match fetched(current).await {
            Ok(plugin) => {
                making.plugins.insert(row.id.clone(), Arc::new(plugin));
                return true;
            }
            Err(message) => format!("{} {}: {message}", row.id, current.version),
        };
        let previous = match &row.previous {
            Some(previous) => fetched(previous).await.ok(),
            None => None,
        };
        match previous {
            Some(plugin) => {
                let message = format!("{message}; version {} goes on", plugin.manifest.version);
                making.problem(Source::Installed, message);
                making.plugins.insert(row.id.clone(), Arc::new(plugin));
            }
            None => making.problem(Source::Installed, message),
        }
        complete
    }

    async fn fetch(
        &self,
        id: &str,
        file: &InstalledFile,
        source: &dyn PluginSource,
        before: &Installed,
    ) -> Result<Plugin, Unloaded> {
        let known = before.plugins.values().find(|plugin| plugin.sha256 == file.sha256);
        if let Some(known) = known {
            return Ok(self.again(known, Source::Installed, file.grant.clone()));
        }
        let bytes = source.file(&file.sha256).await.map_err(Unloaded::Away)?;
        let bytes = bytes.ok_or_else(|| Unloaded::Broken("its file is gone".to_owned()))?;
        if hash(&bytes) != file.sha256 {
            return Err(Unloaded::Broken("its file isn't the one that was installed".to_owned()));
        }
        let plugin = self.load(Source::Installed, Cow::Owned(bytes), file.grant.clone()).await;
        let plugin = plugin.map_err(Unloaded::Broken)?;
        if plugin.manifest.id != id {
            return Err(Unloaded::Broken(format!("its manifest says that it is {}", plugin.manifest.id)));
        }
        Ok(plugin)
    }

    /// A plugin that is loaded, from another place or under another grant.
    fn again(&self, known: &Plugin, source: Source, grant: Grant) -> Plugin {
        Plugin {
            manifest: Arc::clone(&known.manifest),
            description: known.description.clone(),
            source,
            sha256: known.sha256.clone(),
            size: known.size,
            imports: known.imports.clone(),
            grant: self.grant(&known.manifest, grant),
            pre: known.pre.clone(),
            runtime: Arc::clone(&known.runtime),
            clock: Arc::clone(&known.clock),
            settings_form: known.settings_form.clone(),
        }
    }

    fn grant(&self, manifest: &Manifest, otherwise: Grant) -> Grant {
        self.options.grants.get(&manifest.id).cloned().unwrap_or(otherwise)
    }

    /// Checks, compiles, links and describes one file.
    pub(crate) async fn load(&self, source: Source, bytes: Cow<'static, [u8]>, grant: Grant) -> Result<Plugin, String> {
        let manifest = manifest_of(&bytes)?;
        let (sha256, size) = (hash(&bytes), bytes.len());
        let component = self.compile(bytes).await.map_err(|error| format!("it can't be compiled: {error}"))?;
        let engine = &self.runtime.engine;
        let imports = component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect();
        let linked = self.linker.instantiate_pre(&component).and_then(PublisherPre::new);
        let pre =
            linked.map_err(|error| format!("it doesn't fit contract {}: {error:#}", crate::manifest::CONTRACT))?;

        let manifest = Arc::new(manifest);
        let description = self.describe(&pre, &manifest).await?;
        let settings_form =
            Form { fields: description.settings_schema.fields.iter().filter(|f| !f.is_secret()).cloned().collect() };
        Ok(Plugin {
            grant: self.grant(&manifest, grant),
            manifest,
            description,
            source,
            sha256,
            size,
            imports,
            pre,
            runtime: Arc::clone(&self.runtime),
            clock: Arc::clone(&self.options.clock),
            settings_form,
        })
    }

    async fn compile(&self, wasm: Cow<'static, [u8]>) -> Result<Component, String> {
        let engine = &self.runtime.engine;
        if let Some(component) = self.cache.as_ref().and_then(|cache| cache.find(engine, &wasm)) {
            return Ok(component);
        }
        let code = self.options.compiler.compile(&self.turns, engine, wasm.clone()).await?;
        if let Some(cache) = &self.cache {
            cache.keep(engine, &wasm, &code);
        }
        cache::deserialize(engine, &code).map_err(|error| format!("{error:#}"))
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
            .runtime
            .call(options, |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_describe(store).await })
            })
            .await;
        let raw = ended.returned.map_err(|fault| format!("it can't describe itself: {fault}"))?;
        Description::checked(raw, manifest)
    }
}

/// Why an installed file gave no plugin.
enum Unloaded {
    /// The source is away; later it may be there.
    Away(String),
    /// It won't get better.
    Broken(String),
}

fn manifest_of(bytes: &[u8]) -> Result<Manifest, String> {
    let manifest = package::manifest(bytes).map_err(|e| e.to_string())?;
    Manifest::parse(manifest).map_err(|e| e.to_string())
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
