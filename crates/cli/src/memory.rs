//! Memory that isn't used any more goes back to the system.
//!
//! The C allocator keeps what was freed: some megabytes after a start, when themes and texts were parsed and assets
//! compressed, and more after many requests at once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// When free memory is given back for the first time: what a start does in the background, such as compressing the
/// theme's assets, is done by then.
const FIRST: Duration = Duration::from_secs(2);
/// How often after that.
const EVERY: Duration = Duration::from_secs(60);

/// Gives free memory back after the start and then once a minute, until told to stop.
pub(crate) async fn keep_small(stop: CancellationToken) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        // It walks through every arena of the allocator, which takes milliseconds.
        tokio::task::spawn_blocking(give_back).await.ok();
        pause = EVERY;
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a function of the C library")]
fn give_back() {
    // SAFETY: any thread may call it at any time (malloc_trim(3)); memory in use isn't touched.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Only the GNU C library has this function.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
