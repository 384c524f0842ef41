//! A fake mail server in its own process, with a page of its mails one port above:
//! `cargo run -p tablon-testkit --example fake-smtp -- 127.0.0.1:2525`.

use std::net::SocketAddr;

use anyhow::Context;
use tablon_testkit::smtp::{FakeSmtp, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse().context("the argument is an address and a port, such as 127.0.0.1:2525")?,
        None => ([127, 0, 0, 1], 2525).into(),
    };
    let page = SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or_default());
    let fake = FakeSmtp::start(Options::default().listen(listen).control(page)).await?;
    println!("SMTP: {}\nThe mails: {}", fake.url(), fake.page_url());
    std::future::pending().await
}
