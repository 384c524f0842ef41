//! A fake receiver in its own process: `cargo run -p tablon-testkit --example fake-receiver -- 127.0.0.1:8083`.

use std::net::SocketAddr;

use anyhow::Context;
use tablon_testkit::receiver::{FakeReceiver, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse().context("the argument is an address and a port, such as 127.0.0.1:8083")?,
        None => ([127, 0, 0, 1], 8083).into(),
    };
    let fake = FakeReceiver::start(Options { listen, ..Options::default() }).await?;
    println!("The hook: {}", fake.url());
    std::future::pending().await
}
