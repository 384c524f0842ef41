//! Reads the state of an instrumented component through the functions that wizer added.

use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime::{Result, Store, format_err};
use wasmtime_wizer::ComponentInstanceState;

use crate::sandbox::Sandbox;

/// An instance after its initialisation.
pub(crate) struct Access<'a> {
    pub(crate) store: &'a mut Store<Sandbox>,
    pub(crate) instance: Instance,
}

impl Access<'_> {
    async fn call<R: Lift + 'static>(&mut self, interface: &str, name: &str) -> Result<R> {
        let missing = || format_err!("the instrumented component lacks {interface}#{name}");
        let (_, interface) = self.instance.get_export(&mut *self.store, None, interface).ok_or_else(missing)?;
        let (_, index) = self.instance.get_export(&mut *self.store, Some(&interface), name).ok_or_else(missing)?;
        let function = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, index)?;
        Ok(function.call_async(&mut *self.store, ()).await?.0)
    }

    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// If wizer didn't add the function: the trait can't return an error.
    async fn read<R: Lift + 'static>(&mut self, interface: &str, name: &str) -> R {
        match self.call(interface, name).await {
            Ok(value) => value,
            Err(error) => panic!("{error:#}"),
        }
    }
}

impl ComponentInstanceState for Access<'_> {
    async fn call_func_ret_list_u8(&mut self, interface: &str, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let list: WasmList<u8> = self.read(interface, name).await;
        contents(list.as_le_slice(&*self.store));
    }

    async fn call_func_ret_s32(&mut self, interface: &str, name: &str) -> i32 {
        self.read(interface, name).await
    }

    async fn call_func_ret_s64(&mut self, interface: &str, name: &str) -> i64 {
        self.read(interface, name).await
    }

    async fn call_func_ret_f32(&mut self, interface: &str, name: &str) -> u32 {
        f32::to_bits(self.read(interface, name).await)
    }

    async fn call_func_ret_f64(&mut self, interface: &str, name: &str) -> u64 {
        f64::to_bits(self.read(interface, name).await)
    }
}
