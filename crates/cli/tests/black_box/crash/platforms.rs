//! One channel of each kind, what its platform has seen, and how it misbehaves.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tablon_testkit::discord::{self, FakeDiscord};
use tablon_testkit::receiver::{self, FakeReceiver};
use tablon_testkit::smtp::{self, FakeSmtp};
use tablon_testkit::telegram::{self, BOT_TOKEN};

use super::number_in;
use crate::board::{Board, CHANNEL, Program};

/// A kind of channel, as the bundled plugins make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Telegram,
    DiscordWebhook,
    DiscordBot,
    Email,
    Webhook,
}

/// When a request meets the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// It is there; nothing was done.
    Arrived,
    /// It was done; no answer has left.
    Done,
    /// It was answered.
    Answered,
}

/// What is asked of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Publish,
    Update,
    Close,
    Retract,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Telegram, Self::DiscordWebhook, Self::DiscordBot, Self::Email, Self::Webhook];

    /// Whether a copy can be changed and taken away. A mail that has gone out is nobody's to change.
    pub(super) fn follows(self) -> bool {
        self != Self::Email
    }
}

/// The simulated platforms beside a board. Telegram is the board's own.
pub(super) struct Platforms {
    discord: FakeDiscord,
    receiver: FakeReceiver,
    smtp: FakeSmtp,
}

impl Platforms {
    pub(super) async fn start() -> Self {
        let discord = FakeDiscord::start(discord::Options::default()).await.expect("a fake Discord");
        // One address sends everything here; what Discord allows is another test's matter.
        discord.set_rates(None);
        let receiver = FakeReceiver::start(receiver::Options::default()).await.expect("a receiver");
        let smtp = FakeSmtp::start(smtp::Options::default()).await.expect("a mail server");
        Self { discord, receiver, smtp }
    }

    /// A board beside these platforms.
    pub(super) async fn board(&self, program: Program) -> Board {
        Board::start_with(program).await
    }

    /// Adds a channel of a kind, and returns its id.
    pub(super) async fn add_channel(&self, board: &Board, kind: Kind) -> String {
        let (plugin, settings, secrets) = match kind {
            Kind::Telegram => (
                "telegram",
                json!({ "chat_id": CHANNEL, "api_base_url": board.telegram.base_url() }),
                json!({ "bot_token": BOT_TOKEN }),
            ),
            // A webhook of the forum would open a thread for each job.
            Kind::DiscordWebhook => ("discord", json!({}), json!({ "webhook_url": self.discord.webhook_url() })),
            Kind::DiscordBot => (
                "discord",
                json!({ "channel_id": discord::THREAD.to_string(), "api_base_url": self.discord.base_url() }),
                json!({ "bot_token": discord::BOT_TOKEN }),
            ),
            // The channel's own server: the operator's would also send notices to posters and staff.
            Kind::Email => (
                "email",
                json!({ "to": "list@example.org" }),
                json!({ "smtp_url": format!("{}?from=jobs@board.example", self.smtp.url()) }),
            ),
            Kind::Webhook => {
                ("webhook", json!({ "url": self.receiver.url() }), json!({ "signing_secret": receiver::SECRET }))
            }
        };
        let channel =
            json!({ "plugin": plugin, "name": format!("{kind:?}"), "settings": settings, "secrets": secrets });
        let channel = board.staff.post("/channels", channel).await.expect(201);
        channel["id"].as_str().expect("an id").to_owned()
    }

    /// How often each job was ever sent, by the numbers in the titles.
    pub(super) fn copies(&self, board: &Board, kind: Kind) -> BTreeMap<usize, usize> {
        let texts: Vec<String> = match kind {
            Kind::Telegram => board.telegram.messages(CHANNEL).iter().map(|m| m.text().to_owned()).collect(),
            Kind::DiscordWebhook | Kind::DiscordBot => self.discord_messages(kind).iter().map(first_text).collect(),
            Kind::Email => {
                let subject = |mail: &smtp::Mail| mail.shown_header("subject").expect("a subject");
                self.smtp.mails().iter().map(subject).collect()
            }
            // A receiver acts once on each id: that is its contract.
            Kind::Webhook => {
                let published = |event: &&Value| event["type"] == "job.published";
                self.receiver.events().iter().filter(published).map(Value::to_string).collect()
            }
        };
        let mut copies = BTreeMap::new();
        for text in texts {
            *copies.entry(number_in(&text).expect("a title with its number")).or_default() += 1;
        }
        copies
    }

    /// What is shown of a job: the title that stands there, unless it is gone or marked as over.
    pub(super) fn offered(&self, board: &Board, kind: Kind, number: usize) -> Vec<String> {
        let this = |text: &String| number_in(text) == Some(number);
        match kind {
            Kind::Telegram => {
                let shown = board.telegram.shown(CHANNEL).into_iter();
                let open = shown.filter(|m| !m.content.entities.iter().any(|e| e.kind.name() == "strikethrough"));
                open.map(|m| m.text().to_owned()).filter(this).collect()
            }
            Kind::DiscordWebhook | Kind::DiscordBot => {
                let shown = self.discord_messages(kind).into_iter().filter(discord::Message::is_shown);
                shown.map(|m| first_text(&m)).filter(|text| !text.contains("~~")).filter(this).collect()
            }
            Kind::Email => Vec::new(),
            Kind::Webhook => {
                let open = self.receiver.jobs().into_values().filter(|job| job.state == "published");
                open.map(|job| job.data.to_string()).filter(this).collect()
            }
        }
    }

    /// Where a person finds the one copy of a job, as they would copy it from the platform.
    pub(super) fn link(&self, board: &Board, kind: Kind, number: usize) -> Option<String> {
        match kind {
            Kind::Telegram => {
                let messages = board.telegram.messages(CHANNEL);
                let message = messages.iter().find(|message| number_in(message.text()) == Some(number))?;
                Some(format!("https://t.me/{}/{}", CHANNEL.trim_start_matches('@'), message.id))
            }
            Kind::DiscordWebhook | Kind::DiscordBot => {
                let messages = self.discord_messages(kind);
                let message = messages.iter().find(|message| number_in(&first_text(message)) == Some(number))?;
                let (guild, channel) = (discord::GUILD, message.channel_id);
                Some(format!("https://discord.com/channels/{guild}/{channel}/{}", message.id))
            }
            // An archive of the list, which nobody asks.
            Kind::Email => Some(format!("https://example.org/list/{number}")),
            Kind::Webhook => None,
        }
    }

    /// How many requests of a step have come so far.
    pub(super) fn requests(&self, board: &Board, kind: Kind, step: Step) -> usize {
        match kind {
            Kind::Telegram => board.telegram.requests_of(telegram_method(step)).len(),
            Kind::DiscordWebhook | Kind::DiscordBot => self.discord.requests_of(discord_operation(kind, step)).len(),
            Kind::Email => self.smtp.conversations().len(),
            Kind::Webhook => {
                let deliveries = self.receiver.requests();
                deliveries.iter().filter(|delivery| delivery.event.as_deref() == Some(webhook_event(step))).count()
            }
        }
    }

    /// Slows the next request of a step down, so that it can be met at a moment.
    pub(super) fn slow(&self, board: &Board, kind: Kind, step: Step, moment: Moment) {
        let ms = 600;
        match (kind, moment) {
            (_, Moment::Answered) => {}
            (Kind::Telegram, Moment::Arrived) => {
                board.telegram.fault(telegram::Fault::on(telegram_method(step), telegram::Action::Delay { ms }));
            }
            (Kind::Telegram, Moment::Done) => {
                board.telegram.fault(telegram::Fault::on(telegram_method(step), telegram::Action::DelayAnswer { ms }));
            }
            (Kind::DiscordWebhook | Kind::DiscordBot, Moment::Arrived) => {
                let operation = discord_operation(kind, step);
                self.discord.fault(discord::Fault::on(operation, discord::Action::Delay { ms }));
            }
            (Kind::DiscordWebhook | Kind::DiscordBot, Moment::Done) => {
                let operation = discord_operation(kind, step);
                self.discord.fault(discord::Fault::on(operation, discord::Action::DelayAnswer { ms }));
            }
            (Kind::Email, Moment::Arrived) => {
                self.smtp.fault(smtp::Fault::at(smtp::Stage::Data, smtp::Action::Delay { ms }));
            }
            (Kind::Email, Moment::Done) => {
                self.smtp.fault(smtp::Fault::at(smtp::Stage::Content, smtp::Action::Delay { ms }));
            }
            (Kind::Webhook, Moment::Arrived) => {
                self.receiver.fault(receiver::Fault::on(webhook_event(step), receiver::Action::Delay { ms }));
            }
            (Kind::Webhook, Moment::Done) => {
                self.receiver.fault(receiver::Fault::on(webhook_event(step), receiver::Action::DelayAnswer { ms }));
            }
        }
    }

    /// Ends what [`slow`](Self::slow) began.
    pub(super) fn calm(&self, board: &Board) {
        board.telegram.clear_faults();
        self.discord.clear_faults();
        self.receiver.clear_faults();
        self.smtp.clear_faults();
    }

    /// Makes every platform misbehave now and then. Returns how many answers it will lose after having acted, at most.
    pub(super) fn misbehave(&self, board: &Board, kind: Kind, publications: u64) -> usize {
        let mut lost = 0;
        // Primes apart, so that the faults of a platform don't fall on the same request.
        for nth in (5..publications).step_by(37) {
            lost += 1;
            match kind {
                Kind::Telegram => {
                    use telegram::{Action, Fault};
                    let on = |action| Fault::on("sendMessage", action);
                    board.telegram.fault(on(Action::LoseAnswer).nth(nth));
                    board.telegram.fault(on(Action::Reset).nth(nth + 7));
                    board.telegram.fault(on(Action::ServerError { code: 500, acts: false }).nth(nth + 11));
                    board.telegram.fault(on(Action::RateLimit { retry_after: 1 }).nth(nth + 23));
                    // What broke off before anything was done looks the same from here.
                    lost += 2;
                }
                Kind::DiscordWebhook | Kind::DiscordBot => {
                    use discord::{Action, Fault, Scope};
                    let on = |action| Fault::on(discord_operation(kind, Step::Publish), action);
                    self.discord.fault(on(Action::CutAnswer).nth(nth));
                    self.discord.fault(on(Action::Reset).nth(nth + 7));
                    self.discord.fault(on(Action::ProxyError { status: 502, acts: false }).nth(nth + 11));
                    let limit = Action::RateLimit { retry_after: 0.7, scope: Scope::default() };
                    self.discord.fault(on(limit).nth(nth + 23));
                    lost += 2;
                }
                Kind::Email => {
                    use smtp::{Action, Fault, Stage};
                    self.smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer).nth(nth));
                    self.smtp.fault(Fault::at(Stage::Content, Action::Reset).nth(nth + 7));
                    let later = Action::reply(451, "4.7.1 Greylisted, please come again");
                    self.smtp.fault(Fault::at(Stage::Rcpt, later).nth(nth + 11));
                    let busy = Action::reply(421, "4.3.2 Too busy");
                    self.smtp.fault(Fault::at(Stage::Mail, busy).nth(nth + 23));
                    lost += 2;
                }
                Kind::Webhook => {
                    use receiver::{Action, Fault};
                    let on = |action| Fault::on("job.published", action);
                    self.receiver.fault(on(Action::LoseAnswer).nth(nth));
                    self.receiver.fault(on(Action::Reset).nth(nth + 7));
                    self.receiver.fault(on(Action::Status { code: 503, acts: true }).nth(nth + 11));
                    self.receiver.fault(on(Action::RateLimit { retry_after: 1 }).nth(nth + 23));
                    lost += 2;
                }
            }
        }
        lost
    }

    /// Panics when a platform was sent what it must not be sent.
    pub(super) fn assert_no_violations(&self, board: &Board) {
        board.telegram.assert_no_violations();
        self.discord.assert_no_violations();
        self.receiver.assert_no_violations();
        self.smtp.assert_no_violations();
    }

    fn discord_messages(&self, kind: Kind) -> Vec<discord::Message> {
        let bot = |message: &discord::Message| matches!(message.author, discord::Author::Bot { .. });
        // The thread's messages are the channel's too.
        let all = self.discord.messages(discord::CHANNEL).into_iter();
        all.filter(|message| bot(message) == (kind == Kind::DiscordBot)).collect()
    }
}

fn first_text(message: &discord::Message) -> String {
    message.embed().map(Value::to_string).unwrap_or_default()
}

fn telegram_method(step: Step) -> &'static str {
    match step {
        Step::Publish => "sendMessage",
        Step::Update | Step::Close => "editMessageText",
        Step::Retract => "deleteMessage",
    }
}

fn discord_operation(kind: Kind, step: Step) -> &'static str {
    match (kind, step) {
        (Kind::DiscordBot, Step::Publish) => "create_message",
        (Kind::DiscordBot, Step::Update | Step::Close) => "update_message",
        (Kind::DiscordBot, Step::Retract) => "delete_message",
        (_, Step::Publish) => "execute_webhook",
        (_, Step::Update | Step::Close) => "update_webhook_message",
        (_, Step::Retract) => "delete_webhook_message",
    }
}

fn webhook_event(step: Step) -> &'static str {
    match step {
        Step::Publish => "job.published",
        Step::Update => "job.updated",
        Step::Close => "job.closed",
        Step::Retract => "job.removed",
    }
}
