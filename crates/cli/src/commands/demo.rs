//! `tablon demo`: everything at once, with nothing to set up.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;
use tablon_core::store::{ApproveOptions, NewTenant, NewUser, Secrets};
use tablon_core::{Actor, Role, TenantScope};
use tablon_testkit::discord::{self, FakeDiscord};
use tablon_testkit::sample_jobs;
use tablon_testkit::smtp::{self, FakeSmtp};
use tablon_testkit::telegram::{self, BOT_TOKEN, FakeTelegram};
use tablon_web::channel_setup::{self, ChannelForm, Editor};
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
/// The simulated channel on Telegram.
const CHANNEL: &str = "@tablon_jobs";
/// Who subscribed to the simulated mailing list.
const LIST: &str = "list@demo.example";
/// Who writes to it.
const SENDER: &str = "jobs@demo.example";
/// So many of the sample jobs wait in the queue; the others are on the board already.
const IN_THE_QUEUE: usize = 3;

#[derive(Serialize)]
struct Guide {
    board: String,
    submit: String,
    login: String,
    queue: String,
    telegram: String,
    discord: String,
    mail: String,
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
    let platforms = Platforms::start(demo).await?;
    let flags = [
        ("data_dir", data_dir.display().to_string()),
        ("listen", demo.listen.to_string()),
        ("plugins.allow_networks", "127.0.0.0/8,::1/128".to_owned()),
        ("smtp.url", platforms.smtp.url()),
        ("smtp.from", SENDER.to_owned()),
        ("log.filter", "warn".to_owned()),
    ];
    // The environment stays out: a demo must never touch the database of a real board.
    let config = Config::load(None, &BTreeMap::new(), &flags)?;
    logging::start(&config.log)?;
    let server = Server::start(config).await?;
    // A first start compiles, and the demo needs its channels.
    server.state().host.reload().await;
    if server.store().tenants().by_slug(BOARD).await?.is_none() {
        seed(&server, &platforms).await?;
    }
    let base = server.url().as_str().trim_end_matches('/').to_owned();
    let guide = Guide {
        board: format!("{base}/t/{BOARD}/"),
        submit: format!("{base}/t/{BOARD}/submit"),
        login: format!("{base}/login"),
        queue: format!("{base}/t/{BOARD}/admin"),
        telegram: platforms.telegram.page_url(CHANNEL),
        discord: platforms.discord.page_url(),
        mail: platforms.smtp.page_url(),
        email: MODERATOR,
        password: PASSWORD,
        data_dir,
    };
    output.print(&guide, text)?;
    server.run(told_to_stop()).await?;
    drop(folder);
    output.say("\nThe demo has ended.")
}

/// What the board publishes to, all on this machine.
struct Platforms {
    telegram: FakeTelegram,
    discord: FakeDiscord,
    smtp: FakeSmtp,
}

impl Platforms {
    async fn start(demo: &Demo) -> Result<Self> {
        Ok(Self {
            telegram: FakeTelegram::start(telegram::Options::default().listen(demo.telegram)).await?,
            discord: FakeDiscord::start(discord::Options::default().listen(demo.discord)).await?,
            smtp: FakeSmtp::start(smtp::Options::default().control(demo.mail)).await?,
        })
    }

    /// A channel on each.
    fn channels(&self) -> [ChannelForm; 3] {
        let form = |plugin: &str, name: &str, settings, secrets| ChannelForm {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            settings,
            secrets,
            public_name: None,
        };
        let bot = Secrets::from_iter([("bot_token", BOT_TOKEN.to_owned())]);
        let webhook = Secrets::from_iter([("webhook_url", self.discord.webhook_url())]);
        let chat = json!({ "chat_id": CHANNEL, "api_base_url": self.telegram.base_url() });
        [
            form("telegram", "Our Telegram channel", chat, bot),
            form("discord", "Our Discord channel", json!({}), webhook),
            form("email", "Our mailing list", json!({ "to": LIST }), Secrets::default()),
        ]
    }
}

fn text(guide: &Guide) -> String {
    format!(
        "\nTablón is running, beside a Telegram, a Discord and a mail server that are simulated on this machine.\n\
         \n\
         1. The board, as everybody sees it:   {}\n\
         2. Submit an offer, no account needed: {}\n\
         3. Log in as the moderator:            {}\n\
         \x20                                      {}   {}\n\
         4. Read what waits, see what each channel will show, press Publish:\n\
         \x20                                      {}\n\
         5. The channels, as their readers see them:\n\
         \x20  Telegram:                           {}\n\
         \x20  Discord:                            {}\n\
         \x20  Mail:                               {}\n\
         \n\
         Stop it with Ctrl-C. Then everything is gone, unless you start it with --keep FOLDER.",
        guide.board,
        guide.submit,
        guide.login,
        guide.email,
        guide.password,
        guide.queue,
        guide.telegram,
        guide.discord,
        guide.mail
    )
}

/// A board with a moderator, channels, jobs on it and jobs in its queue.
async fn seed(server: &Server, platforms: &Platforms) -> Result<()> {
    let store = server.store();
    let tenant = store.tenants().create(NewTenant::new(BOARD.parse()?, "Demo board"), Actor::System).await?;
    let moderator =
        NewUser { email: MODERATOR.to_owned(), name: "Maya".to_owned(), password: PASSWORD.to_owned(), operator: true };
    let moderator = store.users().create(moderator, Actor::System).await?;
    tenant.members().set(moderator.id, Role::Owner, Actor::System).await?;
    for form in platforms.channels() {
        let by = Editor { actor: Actor::System, locale: &tenant.locale };
        channel_setup::create(server.state(), &tenant, form, by).await?;
    }
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
