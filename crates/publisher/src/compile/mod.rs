//! Turns a component into code for this machine.
//!
//! A component from a stranger may keep a compiler busy for hours or fill the memory, so a server compiles in a child
//! process with limits. The child has no access to the server's memory and variables and, if the system offers that, to
//! files and connections ([`Confinement`]). This limits what compiling uses and what a component that exploits the
//! compiler can reach. But it is no full protection, because the server runs the code that the child returns. The
//! operator decides whose plugins are installed.

mod child;
mod confine;
mod engine;
pub mod worker;

use std::borrow::Cow;
use std::time::Duration;

use tokio::sync::Mutex;
use wasmtime::Engine;

pub use child::ChildCompiler;
pub use confine::Confinement;
pub(crate) use engine::running;

/// Where components are compiled.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// In this process, without limits: for tests.
    #[default]
    InProcess,
    /// In a child process with limits.
    Child(ChildCompiler),
}

/// Limits for compiling one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Address space of the child, in bytes.
    pub memory: u64,
    /// Processor time, on all cores together.
    pub cpu: Duration,
    /// Time from start to end.
    pub time: Duration,
}

impl Default for CompileLimits {
    /// Ten times what a JavaScript engine of 13 MB takes in a build without optimisation (30 s of computing, 600 MB).
    fn default() -> Self {
        Self { memory: 4 << 30, cpu: Duration::from_secs(300), time: Duration::from_secs(300) }
    }
}

/// One component at a time: two would need twice the memory, and a start has several.
pub(crate) struct Turns(Mutex<()>);

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(()))
    }
}

impl Compiler {
    /// The component's code for this machine, as [`wasmtime::component::Component::serialize`] gives it.
    ///
    /// # Errors
    /// A sentence about the component's error, or the limit that it exceeded.
    pub(crate) async fn compile(
        &self,
        turns: &Turns,
        engine: &Engine,
        wasm: Cow<'static, [u8]>,
    ) -> Result<Vec<u8>, String> {
        let _turn = turns.0.lock().await;
        let code = match self {
            Self::InProcess => {
                let engine = engine.clone();
                let compiled = tokio::task::spawn_blocking(move || engine.precompile_component(&wasm)).await;
                compiled.map_err(|_| "the compiler gave up on it".to_owned())?.map_err(|error| format!("{error:#}"))?
            }
            Self::Child(child) => child.compile(&wasm).await?,
        };
        if Engine::detect_precompiled(&code) != Some(wasmtime::Precompiled::Component) {
            return Err("the compiler gave something that is no code".to_owned());
        }
        Ok(code)
    }
}
