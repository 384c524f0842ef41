//! Initialises a plugin when it is packed, so that its calls don't have to.
//!
//! Every call of a plugin gets a fresh sandbox; without this, each one would read the locales and parse the template
//! again. A component that exports `wizer-initialize: func()` is instantiated here, the function runs once, and the
//! resulting memory becomes the component's initial memory: every sandbox starts with it. The SDK's export macro adds
//! the export; a component without it stays as it is.
//!
//! The result depends only on the component. Random numbers are always the same, and nothing else of the host may be
//! called: a handle that was open in the saved memory would be invalid in later sandboxes.

mod access;
mod export;
mod sandbox;

use wasmtime::component::{Component, Instance};
use wasmtime::{Config, Engine, OptLevel, Store};
use wasmtime_wizer::Wizer;

use crate::access::Access;
use crate::sandbox::Sandbox;

/// The export that is called.
pub const EXPORT: &str = "wizer-initialize";

/// Why a component can't be initialised.
#[derive(Debug, thiserror::Error)]
pub enum PreinitError {
    /// It isn't a component, or is damaged.
    #[error("the component can't be read: {0}")]
    Unreadable(String),
    /// It does something that can't be saved: it changes a table, for example.
    #[error("the component's state can't be kept: {0}")]
    Unsupported(String),
    /// It can't be compiled or started.
    #[error("the component can't be started: {0}")]
    NotStarted(String),
    /// The function trapped.
    #[error("its initialisation failed: {0}")]
    Failed(String),
    /// It opened something of the host, such as its standard error.
    #[error("its initialisation used the host: it must not print, read a clock or open anything")]
    UsedTheHost,
}

/// The component with its initialised state; `None` if it has no [`EXPORT`].
///
/// # Errors
/// If it has one that doesn't work.
pub fn preinitialise(component: &[u8]) -> Result<Option<Vec<u8>>, PreinitError> {
    if !export::is_there(component, EXPORT)? {
        return Ok(None);
    }
    futures::executor::block_on(run(component)).map(Some)
}

async fn run(wasm: &[u8]) -> Result<Vec<u8>, PreinitError> {
    let mut wizer = Wizer::new();
    // Without the export the component would lack a function that its type names.
    wizer.init_func(EXPORT).keep_init_func(true);
    let (context, instrumented) =
        wizer.instrument_component(wasm).map_err(|error| PreinitError::Unsupported(format!("{error:#}")))?;
    let (mut store, instance) = start(&instrumented).await?;
    initialise(&mut store, &instance).await?;
    if !store.data().is_untouched() {
        return Err(PreinitError::UsedTheHost);
    }
    let mut access = Access { store: &mut store, instance };
    wizer
        .snapshot_component(&context, &mut access)
        .await
        .map_err(|error| PreinitError::Unsupported(format!("{error:#}")))
}

async fn start(wasm: &[u8]) -> Result<(Store<Sandbox>, Instance), PreinitError> {
    let not_started = |error: wasmtime::Error| PreinitError::NotStarted(format!("{error:#}"));
    let mut config = Config::new();
    // It runs for milliseconds; most of the time is compiling.
    config.cranelift_opt_level(OptLevel::None);
    let engine = Engine::new(&config).map_err(not_started)?;
    let component = Component::new(&engine, wasm).map_err(not_started)?;
    let linker = sandbox::linker(&engine, &component).map_err(not_started)?;
    let mut store = Store::new(&engine, Sandbox::new());
    let instance = linker.instantiate_async(&mut store, &component).await.map_err(not_started)?;
    Ok((store, instance))
}

async fn initialise(store: &mut Store<Sandbox>, instance: &Instance) -> Result<(), PreinitError> {
    let failed = |error: wasmtime::Error| PreinitError::Failed(format!("{error:#}"));
    let function = instance.get_typed_func::<(), ()>(&mut *store, EXPORT).map_err(failed)?;
    function.call_async(&mut *store, ()).await.map_err(failed)
}
