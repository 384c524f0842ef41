//! The imports of a component during its initialisation: an empty WASI, and functions that trap.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, format_err};
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Any number works, but it must be the same in every build: hash maps take their keys from it.
const SEED: [u8; 16] = *b"tablon: packing!";

pub(crate) struct Sandbox {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let wasi = WasiCtxBuilder::new()
            .secure_random(Deterministic::new(SEED.to_vec()))
            .insecure_random(Deterministic::new(SEED.to_vec()))
            .insecure_random_seed(u128::from_le_bytes(SEED))
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        Self { wasi, table: ResourceTable::new() }
    }

    /// Whether the guest has opened nothing: a handle that it keeps would be invalid later.
    pub(crate) fn is_untouched(&self) -> bool {
        self.table.is_empty()
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Links WASI, and a function that traps for every other import.
pub(crate) fn linker(engine: &Engine, component: &Component) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    for (interface, import) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else { continue };
        if interface.starts_with("wasi:") {
            continue;
        }
        let mut into = linker.instance(interface)?;
        for (name, item) in instance.exports(engine) {
            if let ComponentItem::ComponentFunc(_) = item.ty {
                let called = format!("{interface}#{name}");
                into.func_new(name, move |_, _, _, _| Err(format_err!("it called {called}")))?;
            }
        }
    }
    Ok(linker)
}
