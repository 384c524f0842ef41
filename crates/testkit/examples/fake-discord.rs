//! A fake Discord in its own process: `cargo run -p tablon-testkit --example fake-discord -- 127.0.0.1:8082`.

use std::net::SocketAddr;

use anyhow::Context;
use tablon_testkit::discord::{FakeDiscord, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse().context("the argument is an address and a port, such as 127.0.0.1:8082")?,
        None => ([127, 0, 0, 1], 8082).into(),
    };
    let fake = FakeDiscord::start(Options::default().listen(listen)).await?;
    println!("The channel: {}\nIts webhook: {}", fake.page_url(), fake.webhook_url());
    std::future::pending().await
}
