//! A strict receiver of Standard Webhooks.
//!
//! It accepts a message only if its headers, its age and its signature follow the
//! [specification](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). It
//! recognises repeated messages by their id, stores what the events say about each job, records every delivery, and
//! fails as networks do if a test asks for it ([`Fault`]).
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use tablon_testkit::receiver::{Action, FakeReceiver, Fault, Options, SECRET};
//!
//! let receiver = FakeReceiver::start(Options::default()).await?;
//! receiver.fault(Fault::on("job.published", Action::LoseAnswer));
//! // … let a board with the address receiver.url() and the secret SECRET publish …
//! assert_eq!(receiver.jobs().len(), 1);
//! receiver.assert_no_violations();
//! # Ok(()) }
//! ```

mod control;
mod delivery;
mod fault;
mod server;
mod signature;
mod world;

pub use delivery::{Delivery, Event, Job};
pub use fault::{Action, Fault};
pub use server::FakeReceiver;
pub use world::{Options, Receiver};

/// The secret of [`Options::default`]: an example of the specification.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
