//! The `pacing` capability: a platform's answers say how much may still be sent.

use std::time::Duration;

use crate::bindings::{pacing, types};
use crate::convert;
use crate::outcome::CallError;
use crate::sandbox::Sandbox;

impl pacing::Host for Sandbox {
    async fn hold(&mut self, lane: types::Lane, milliseconds: u64) -> wasmtime::Result<()> {
        self.impure("pacing.hold")?;
        self.traffic.hold(convert::lane(lane), Duration::from_millis(milliseconds.min(CallError::LONGEST_HOLD_MS)));
        Ok(())
    }
}
