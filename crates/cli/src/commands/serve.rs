//! `tablon serve`.

use anyhow::Result;
use serde::Serialize;

use crate::config::Config;
use crate::output::Output;
use crate::server::{Server, told_to_stop};

#[derive(Serialize)]
struct Started {
    url: String,
    /// Makes the operator and the first board; only on an instance without users.
    setup_url: Option<String>,
}

pub(super) async fn run(config: Config, output: &Output) -> Result<()> {
    let server = Server::start(config).await?;
    let started = Started { url: server.url().to_string(), setup_url: server.setup_url().await? };
    output.print(&started, |started| match &started.setup_url {
        Some(link) => format!(
            "Tablón is at {}\n\nNobody can sign in yet. Open this link, which works once, to make yourself the operator\n\
             and to make the first board:\n\n  {link}\n",
            started.url
        ),
        None => format!("Tablón is at {}", started.url),
    })?;
    server.run(told_to_stop()).await
}
