//! A fake Telegram in its own process: `cargo run -p tablon-testkit --example fake-telegram -- 127.0.0.1:8081`.

use std::net::SocketAddr;

use anyhow::Context;
use tablon_testkit::telegram::{FakeTelegram, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse().context("the argument is an address and a port, such as 127.0.0.1:8081")?,
        None => ([127, 0, 0, 1], 8081).into(),
    };
    let fake = FakeTelegram::start(Options::default().listen(listen)).await?;
    println!("Bot API and chats: {}", fake.base_url());
    std::future::pending().await
}
