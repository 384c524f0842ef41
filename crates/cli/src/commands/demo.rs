//! `tablon demo`: everything at once, with nothing to set up.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;
use tablon_core::store::{ApproveOptions, NewTenant, NewUser, Secrets};
use tablon_core::{Actor, Role, TenantScope};
use tablon_testkit::sample_jobs;
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Options};
use tablon_web::channel_setup::{self, ChannelForm};
use tempfile::TempDir;

use crate::arguments::Demo;
use crate::config::Config;
use crate::logging;
use crate::output::Output;
use crate::server::{Server, told_to_stop};

/// The board's short name.
const BOARD: &str = "demo";
/// The moderator who can log in.
const MODERATOR: &str = "moderator@demo.example";
/// Their password. Known to everybody, which is why the demo listens on this machine only unless told otherwise.
const PASSWORD: &str = "publish-it-all";
/// The simulated channel.
const CHANNEL: &str = "@tablon_jobs";
/// So many of the sample jobs wait in the queue; the others are on the board already.
const IN_THE_QUEUE: usize = 3;

#[derive(Serialize)]
struct Guide {
    board: String,
    submit: String,
    login: String,
    queue: String,
    telegram: String,
    email: &'static str,
    password: &'static str,
    data_dir: PathBuf,
}

pub(super) async fn run(demo: &Demo, output: &Output) -> Result<()> {
    let (folder, data_dir) = match &demo.keep {
        Some(folder) => (None, folder.clone()),
        None => {
            let folder = TempDir::with_prefix("tablon-demo-").context("making a folder for the demo")?;
            let path = folder.path().to_path_buf();
            (Some(folder), path)
        }
    };
    let flags = [
        ("data_dir", data_dir.display().to_string()),
        ("listen", demo.listen.to_string()),
        ("plugins.allow_networks", "127.0.0.0/8,::1/128".to_owned()),
        ("log.filter", "warn".to_owned()),
    ];
    // The environment stays out: a demo must never touch the database of a real board.
    let config = Config::load(None, &BTreeMap::new(), &flags)?;
    logging::start(&config.log)?;
    let telegram = FakeTelegram::start(Options::default().listen(demo.telegram)).await?;
    let server = Server::start(config).await?;
    // A first start compiles, and the demo needs its channel.
    server.state().host.reload().await;
    if server.store().tenants().by_slug(BOARD).await?.is_none() {
        seed(&server, &telegram).await?;
    }
    let base = server.url().as_str().trim_end_matches('/').to_owned();
    let guide = Guide {
        board: format!("{base}/t/{BOARD}/"),
        submit: format!("{base}/t/{BOARD}/submit"),
        login: format!("{base}/login"),
        queue: format!("{base}/t/{BOARD}/admin"),
        telegram: telegram.page_url(CHANNEL),
        email: MODERATOR,
        password: PASSWORD,
        data_dir,
    };
    output.print(&guide, text)?;
    server.run(told_to_stop()).await?;
    drop(folder);
    output.say("\nThe demo has ended.")
}

fn text(guide: &Guide) -> String {
    format!(
        "\nTablón is running, beside a Telegram that is simulated on this machine.\n\
         \n\
         1. The board, as everybody sees it:   {}\n\
         2. Submit an offer, no account needed: {}\n\
         3. Log in as the moderator:            {}\n\
         \x20                                      {}   {}\n\
         4. Read what waits, see what Telegram will show, press Publish:\n\
         \x20                                      {}\n\
         5. The channel, as its readers see it: {}\n\
         \n\
         Stop it with Ctrl-C. Then everything is gone, unless you start it with --keep FOLDER.",
        guide.board, guide.submit, guide.login, guide.email, guide.password, guide.queue, guide.telegram
    )
}

/// A board with a moderator, a channel, jobs on it and jobs in its queue.
async fn seed(server: &Server, telegram: &FakeTelegram) -> Result<()> {
    let store = server.store();
    let tenant = store.tenants().create(NewTenant::new(BOARD.parse()?, "Demo board")).await?;
    let moderator =
        NewUser { email: MODERATOR.to_owned(), name: "Maya".to_owned(), password: PASSWORD.to_owned(), operator: true };
    let moderator = store.users().create(moderator).await?;
    tenant.members().set(moderator.id, Role::Owner, Actor::System).await?;
    let form = ChannelForm {
        plugin: "telegram".to_owned(),
        name: "Our Telegram channel".to_owned(),
        settings: json!({ "chat_id": CHANNEL, "api_base_url": telegram.base_url() }),
        secrets: Secrets::from_iter([("bot_token", BOT_TOKEN)]),
    };
    let channel = channel_setup::create(server.state(), &tenant, form, Actor::System).await?;
    channel_setup::verify(server.state(), &tenant, channel.id).await?;
    submit_samples(&tenant, Actor::User(moderator.id)).await
}

async fn submit_samples(tenant: &TenantScope, moderator: Actor) -> Result<()> {
    let jobs = sample_jobs();
    let on_the_board = jobs.len().saturating_sub(IN_THE_QUEUE);
    for (number, job) in jobs.iter().enumerate() {
        let submitted = tenant.jobs().submit(job, Actor::Visitor).await?;
        if number < on_the_board {
            tenant.jobs().approve(submitted.job.id, ApproveOptions::default(), moderator).await?;
        }
    }
    Ok(())
}
