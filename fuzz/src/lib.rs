//! The verdict of every target: processor time for each byte.
//!
//! A parser that needs time in the square of its input is fast on what a fuzzer tries, so one input in eight is also
//! repeated until it is as long as what the board takes.

#[cfg(feature = "web")]
pub mod board;

use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

/// The length that inputs are repeated to: the most characters of a description.
const LONG: usize = 30_000;
/// What a short input may cost.
pub const BASE: Duration = Duration::from_millis(20);
/// What each byte may cost: about a hundred times what plain text costs.
const PER_BYTE: Duration = Duration::from_micros(5);

/// Runs `work` on the input and on the input repeated.
///
/// # Panics
/// When it takes longer than the length allows, three times in a row.
pub fn in_time(data: &[u8], work: impl Fn(&str)) {
    in_time_up_to(LONG, BASE, data, work);
}

/// The same for what the board takes `longest` characters of, and where a short input may cost `base`.
///
/// # Panics
/// Likewise.
pub fn in_time_up_to(longest: usize, base: Duration, data: &[u8], work: impl Fn(&str)) {
    let text = String::from_utf8_lossy(data);
    if text.is_empty() {
        return;
    }
    check(&text, base, &work);
    if is_repeated(data) {
        check(&text.repeat((longest / text.len()).max(1)), base, &work);
    }
}

/// Whether an input is repeated too. That takes a hundred times as long as the input alone, so it is done for one input in
/// eight, and always for the same ones: a find can be run again.
fn is_repeated(data: &[u8]) -> bool {
    let mut hasher = std::hash::DefaultHasher::new();
    data.hash(&mut hasher);
    hasher.finish() % 8 == 0
}

fn check(text: &str, base: Duration, work: &impl Fn(&str)) {
    let allowed = base + PER_BYTE * u32::try_from(text.len()).unwrap_or(u32::MAX);
    let least = (0..3).map(|_| {
        let before = processor_time();
        work(text);
        processor_time() - before
    });
    let mut least = least.take_while(|taken| *taken > allowed);
    let slow: Vec<Duration> = least.by_ref().collect();
    assert!(slow.len() < 3, "{} bytes took {slow:?}: more than {allowed:?}", text.len());
}

/// The time that this thread has been running: other programs don't count.
fn processor_time() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(times.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default())
}
