//! The code that `wasmtime` generates from the contract in `plugins/wit/1.0`.

wasmtime::component::bindgen!({
    world: "publisher",
    path: "../../plugins/wit/1.0",
    imports: { default: async | trappable },
    exports: { default: async },
});

pub(crate) use self::exports::tablon::plugin::publishing;
pub(crate) use self::tablon::plugin::{http, log, mail, pacing, types};
