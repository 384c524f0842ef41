//! From files to plugins that can be called: compiling, linking, describing.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tablon_core::form::Form;
use wasmtime::component::{Component, Linker};

use crate::bindings::PublisherPre;
use crate::cache::{self, CodeCache};
use crate::call::{CallOptions, Runtime};
use crate::capability::vault::Vault;
use crate::chain::{self, Candidate, Content};
use crate::compile::Turns;
use crate::description::Description;
use crate::discover::{self, Problem};
use crate::file_fault::{FileError, FileFault};
use crate::grant::{Grant, Granted};
use crate::host::{HostOptions, Installed};
use crate::manifest::Manifest;
use crate::package::PluginFile;
use crate::plugin::{Plugin, Source};
use crate::sandbox::Sandbox;
use crate::traffic::Traffic;

/// What loading a plugin takes.
pub(crate) struct Loader {
    pub(crate) options: HostOptions,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) linker: Linker<Sandbox>,
    pub(crate) cache: Option<CodeCache>,
    pub(crate) turns: Turns,
}

/// The result for one plugin id.
struct Outcome {
    plugin: Option<Arc<Plugin>>,
    problems: Vec<Problem>,
    /// False: a file couldn't be fetched, but may be available later.
    complete: bool,
}

/// Why a candidate couldn't be loaded.
enum Unusable {
    /// The source can't be reached now.
    Away(String),
    /// The file is broken: trying again doesn't help.
    Broken(FileError),
}

impl Loader {
    /// Loads every plugin; those in `before` aren't compiled again. `arrived` is called for each plugin as soon as it
    /// can be used, so that one that compiles slowly doesn't delay the others.
    pub(crate) async fn load_all(&self, before: &Installed, arrived: impl Fn(Arc<Plugin>)) -> Installed {
        let asked = match &self.options.installed {
            None => Ok(Vec::new()),
            Some(source) => source.list().await,
        };
        let mut problems = Vec::new();
        let rows = match &asked {
            Ok(rows) => rows.clone(),
            Err(error) => {
                let message = format!("the installed plugins can't be read: {error}");
                let fault = FileFault::Unavailable;
                problems.push(Problem { source: Source::Installed, plugin: None, fault, message });
                // While the source has never answered, loading could start a plugin that is switched off, or a bundled
                // one instead of an installed one. So the plugins of `before` are kept.
                if before.installations.is_none() {
                    return Installed { plugins: before.plugins.clone(), problems, installations: None };
                }
                before.installations.clone().unwrap_or_default()
            }
        };
        let chains = chain::of_each_id(&self.options, &rows, &mut problems);
        let mut loading: FuturesUnordered<_> =
            chains.into_iter().map(|(id, chain)| self.first_that_works(id, chain, before)).collect();

        let mut plugins = BTreeMap::new();
        let mut complete = asked.is_ok();
        while let Some(outcome) = loading.next().await {
            complete &= outcome.complete;
            problems.extend(outcome.problems);
            if let Some(plugin) = outcome.plugin {
                arrived(Arc::clone(&plugin));
                plugins.insert(plugin.id().to_owned(), plugin);
            }
        }
        for problem in &problems {
            tracing::warn!(source = %problem.source, message = problem.message, "a plugin can't be used");
        }
        Installed { plugins, problems, installations: complete.then_some(rows) }
    }

    async fn first_that_works(&self, id: String, chain: Vec<Candidate>, before: &Installed) -> Outcome {
        let mut outcome = Outcome { plugin: None, problems: Vec::new(), complete: true };
        for candidate in chain {
            let (source, version) = (candidate.source.clone(), candidate.version());
            let FileError { fault, message } = match self.try_candidate(&id, candidate, before).await {
                Ok((plugin, lacks)) => {
                    if let Some(last) = outcome.problems.last_mut() {
                        let Manifest { version, .. } = plugin.manifest();
                        last.message.push_str(&format!("; version {version} ({source}) is used instead"));
                        last.message.push_str(&told(&id, &source, &lacks));
                    }
                    outcome.plugin = Some(Arc::new(plugin));
                    return outcome;
                }
                Err(Unusable::Away(message)) => {
                    // It may be available soon, and existing receipts may be from this version: no other version
                    // replaces it.
                    outcome.complete = false;
                    let (fault, message) = (FileFault::Unavailable, format!("{id}: {message}"));
                    outcome.problems.push(Problem { source, plugin: Some(id), fault, message });
                    return outcome;
                }
                Err(Unusable::Broken(error)) => error,
            };
            let message = match version {
                Some(version) => format!("{id} {version}: {message}"),
                None => message,
            };
            outcome.problems.push(Problem { source, plugin: Some(id.clone()), fault, message });
        }
        outcome
    }

    /// The candidate's plugin, and the permissions of its own grant that it lacks because it replaces another version.
    async fn try_candidate(
        &self,
        id: &str,
        candidate: Candidate,
        before: &Installed,
    ) -> Result<(Plugin, Granted), Unusable> {
        let Candidate { source, content, grant: own, most } = candidate;
        let grant = match &most {
            Some(most) => own.clone().within(most),
            None => own.clone(),
        };
        let lacks = |plugin: &Plugin| own.of(&plugin.manifest).beyond(&plugin.grant.of(&plugin.manifest));
        let sha256 = match &content {
            Content::File(file) => file.sha256.clone(),
            Content::Stored(file) => file.sha256.clone(),
        };
        if let Some(known) = before.plugins.values().find(|plugin| plugin.sha256 == sha256) {
            let plugin = self.again(known, source, grant);
            let lacks = lacks(&plugin);
            return Ok((plugin, lacks));
        }
        let file = match content {
            Content::File(file) => file,
            Content::Stored(_) => self.fetch(sha256).await?,
        };
        let plugin = self.load(source, file, grant).await.map_err(Unusable::Broken)?;
        if plugin.manifest.id != id {
            let message = format!("its manifest says that it is {}", plugin.manifest.id);
            return Err(Unusable::Broken(FileFault::Manifest.because(message)));
        }
        let lacks = lacks(&plugin);
        Ok((plugin, lacks))
    }

    async fn fetch(&self, sha256: String) -> Result<PluginFile, Unusable> {
        let broken = |message: &str| Unusable::Broken(FileFault::Unreadable.because(message));
        let gone = || broken("its file is gone");
        let source = self.options.installed.as_ref().ok_or_else(gone)?;
        let bytes = source.file(&sha256).await.map_err(Unusable::Away)?.ok_or_else(gone)?;
        let file = PluginFile::from(bytes);
        if file.sha256 != sha256 {
            return Err(broken("its file isn't the one that was installed"));
        }
        Ok(file)
    }

    /// A plugin that is already loaded, from another source or with another grant.
    fn again(&self, known: &Plugin, source: Source, grant: Grant) -> Plugin {
        Plugin {
            manifest: Arc::clone(&known.manifest),
            description: known.description.clone(),
            source,
            sha256: known.sha256.clone(),
            size: known.size,
            imports: known.imports.clone(),
            grant,
            pre: known.pre.clone(),
            runtime: Arc::clone(&known.runtime),
            clock: Arc::clone(&known.clock),
            settings_form: known.settings_form.clone(),
        }
    }

    /// Checks, compiles, links and describes one file.
    pub(crate) async fn load(&self, source: Source, file: PluginFile, grant: Grant) -> Result<Plugin, FileError> {
        let manifest = discover::manifest_of(&file.bytes)?;
        let (sha256, size) = (file.sha256.clone(), file.bytes.len());
        let compiled = self.compile(file).await;
        let component =
            compiled.map_err(|error| FileFault::Compile.because(format!("it can't be compiled: {error}")))?;
        let engine = &self.runtime.engine;
        let imports = component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect();
        let linked = self.linker.instantiate_pre(&component).and_then(PublisherPre::new);
        let pre = linked.map_err(|error| {
            FileFault::Contract.because(format!("it doesn't fit contract {}: {error:#}", crate::manifest::CONTRACT))
        })?;

        let manifest = Arc::new(manifest);
        let description = self.describe(&pre, &manifest).await?;
        let settings_form =
            Form { fields: description.settings_schema.fields.iter().filter(|f| !f.is_secret()).cloned().collect() };
        Ok(Plugin {
            grant,
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

    async fn compile(&self, file: PluginFile) -> Result<Component, String> {
        let engine = &self.runtime.engine;
        let PluginFile { bytes, sha256 } = file;
        if let Some(component) = self.cache.as_ref().and_then(|cache| cache.find(engine, &sha256)) {
            return Ok(component);
        }
        let code = self.options.compiler.compile(&self.turns, engine, bytes).await?;
        if let Some(cache) = &self.cache {
            cache.keep(engine, &sha256, &code);
        }
        cache::deserialize(engine, &code).map_err(|error| format!("{error:#}"))
    }

    async fn describe(&self, pre: &PublisherPre<Sandbox>, manifest: &Arc<Manifest>) -> Result<Description, FileError> {
        let options = CallOptions {
            pre,
            plugin: Arc::from(manifest.id.as_str()),
            channel: "",
            vault: Arc::new(Vault::empty(Arc::clone(manifest))),
            pure: Some("describe"),
            traffic: Traffic::default(),
            mail: None,
        };
        let ended = self
            .runtime
            .call(options, |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_describe(store).await })
            })
            .await;
        let raw = ended
            .returned
            .map_err(|fault| FileFault::Description.because(format!("it can't describe itself: {}", fault.words)))?;
        Description::checked(raw, manifest).map_err(|message| FileFault::Manifest.because(message))
    }
}

/// The permissions that a replacing version lacks, and how the operator grants them.
fn told(id: &str, source: &Source, lacks: &Granted) -> String {
    let lacks: Vec<String> = lacks.permissions().iter().map(ToString::to_string).collect();
    if lacks.is_empty() {
        return String::new();
    }
    let way_out = match source {
        Source::Installed => format!("`tablon plugin rollback {id} --yes` grants that"),
        _ => format!("`tablon plugin remove {id}` gives it that"),
    };
    format!(", with no more than is granted now, so it may not {}; {way_out}", lacks.join(", "))
}
