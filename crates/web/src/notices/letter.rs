//! What a mail says: its words in the board's language, and the theme's template around them.

use serde::Serialize;
use tablon_core::TenantScope;
use tablon_core::job::JobState;
use tablon_core::notice::{Audience, NoticeKind};
use tablon_core::store::{DEFAULT_ACCENT, JobFacts, MailContent, NoticeFacts, NoticeWords, without_links};
use url::Url;

use uuid::Uuid;

use super::stop_link::{StopKey, StopLink};
use crate::language::{LOCALES, offered, supported};
use crate::theme::{Theme, ThemeError};

/// What mail about an account calls its sender.
pub(super) const PROGRAM: &str = "Tablón";

/// A mail that is written.
pub(crate) struct Written {
    pub(crate) content: MailContent,
    /// The same for all mails about one offer.
    pub(crate) thread: Option<String>,
    /// Where its recipient switches such mail off.
    pub(crate) stop_url: Option<String>,
}

/// A mail of this kind about a sample offer, for a preview or a test.
pub(crate) fn sample(
    theme: &Theme,
    key: &StopKey,
    scope: &TenantScope,
    kind: NoticeKind,
    words: NoticeWords,
) -> Result<Written, ThemeError> {
    let locale = supported(&scope.locale).unwrap_or(LOCALES[0]);
    let say = |key: &str| theme.locales().message(locale, key, &[]);
    let job = JobFacts {
        id: Uuid::nil(),
        slug: "sample".to_owned(),
        title: say("board-mail-sample-title").unwrap_or_default(),
        state: JobState::Published,
        reason: say("board-mail-sample-reason"),
        expires_at: Some(scope.now() + chrono::Duration::days(3)),
        copies: Vec::new(),
        edit_token: Some("sample".to_owned()),
    };
    let facts = NoticeFacts {
        board: Some(scope.clone()),
        locale: None,
        kind,
        user_id: None,
        job: Some(job),
        channel: None,
        invitation: None,
        link_token: None,
        words,
    };
    Ok(Written { thread: None, ..write(theme, key, scope.store().base_url(), &[facts], None)? })
}

/// The theme's own subject for a kind, with a sample offer.
pub(crate) fn standard_subject(theme: &Theme, scope: &TenantScope, kind: NoticeKind) -> String {
    let locale = supported(&scope.locale).unwrap_or(LOCALES[0]);
    let words = Words { theme, locale, board: one_line(&scope.name), base: scope.store().base_url() };
    let key = format!("notice-{}-subject", kind.as_str().replace(['.', '_'], "-"));
    words.say(&key, &[("title", "{title}".to_owned())])
}

/// What the templates `mail/notice.html` and `mail/notice.txt` are given.
#[derive(Debug, Serialize)]
struct View {
    locale: &'static str,
    subject: String,
    heading: String,
    board: BoardView,
    items: Vec<Item>,
    /// How many other things there are, and where.
    more: Option<Link>,
    /// Why its recipient gets this mail.
    why: String,
    /// For mail to the staff: where they choose what they get.
    settings_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct BoardView {
    name: String,
    url: String,
    accent: String,
}

/// One thing that is told.
#[derive(Debug, Serialize)]
struct Item {
    /// In a mail of several: what this is about.
    heading: Option<String>,
    /// Sentences.
    lines: Vec<String>,
    /// What a moderator or a platform said.
    quote: Option<String>,
    /// Named addresses: the copies of an offer.
    links: Vec<Link>,
    /// What its reader can do.
    action: Option<Link>,
}

#[derive(Debug, Serialize)]
struct Link {
    label: String,
    url: String,
}

/// Writes a mail of these facts: at least one, all of the same board and for the same person. `more`: of a mail of several,
/// how many things it doesn't name.
pub(crate) fn write(
    theme: &Theme,
    key: &StopKey,
    base: &Url,
    facts: &[NoticeFacts],
    more: Option<u64>,
) -> Result<Written, ThemeError> {
    let Some(first) = facts.first() else { return Err(ThemeError::Missing("a notice".to_owned())) };
    let words = Words::of(theme, base, first);
    let single = facts.len() == 1 && more.is_none();
    let more = more.unwrap_or(0);
    let subject = match single {
        true => words.subject(first),
        false => words.say("notice-digest-subject", &[("count", (facts.len() as u64 + more).to_string())]),
    };
    let is_for_staff = first.kind.audience() == Audience::Staff;
    let stops = first.board.as_ref().zip(first.user_id).filter(|_| single && is_for_staff);
    let stop_url = stops.map(|(board, user_id)| {
        let token = key.token(board.id, StopLink { user_id, kind: first.kind });
        format!("{}/notifications/stop/{token}", board.base_path_url())
    });
    let why = match first.kind.audience() {
        Audience::Staff => "notice-why-staff",
        Audience::Poster => "notice-why-poster",
        Audience::Account => match first.kind {
            NoticeKind::AccountInvitation => "notice-why-invited",
            NoticeKind::AccountAddress | NoticeKind::AccountRegistration => "notice-why-typed",
            NoticeKind::AccountAddressChanged => "notice-why-had-account",
            _ => "notice-why-account",
        },
    };
    let staffs = first.board.as_ref().filter(|_| is_for_staff);
    let view = View {
        locale: words.locale,
        heading: subject.clone(),
        board: BoardView {
            name: words.board.clone(),
            url: first.board.as_ref().map_or_else(|| words.root().to_owned(), TenantScope::public_url),
            accent: first.board.as_ref().map_or_else(|| DEFAULT_ACCENT.to_owned(), |board| board.accent.clone()),
        },
        items: facts.iter().map(|facts| words.item(facts, single)).collect(),
        more: words.more(first, more),
        why: words.say(why, &[]),
        settings_url: staffs.map(|board| format!("{}/admin/notifications", board.base_path_url())),
        subject,
    };
    let render = |template| theme.render(template, words.locale, &view);
    let content = MailContent {
        subject: view.subject.clone(),
        html: render("mail/notice.html")?,
        text: render("mail/notice.txt")?,
    };
    let thread = first.job.as_ref().filter(|_| single).map(|job| format!("job.{}", job.id.simple()));
    Ok(Written { content, thread, stop_url })
}

/// The words of one board's mails.
struct Words<'a> {
    theme: &'a Theme,
    locale: &'static str,
    /// The board's name; what the program is called in mail about an account.
    board: String,
    base: &'a Url,
}

impl<'a> Words<'a> {
    /// In the language that the reader has chosen, else in the board's. A poster reads what the board offers, and the board's
    /// own words in the language for which they were written.
    fn of(theme: &'a Theme, base: &'a Url, facts: &NoticeFacts) -> Self {
        let board = facts.board.as_ref();
        let chosen = facts.locale.as_deref().and_then(supported);
        let chosen = match (facts.kind.audience(), board) {
            (Audience::Poster, _) if facts.words != NoticeWords::default() => None,
            (Audience::Poster, Some(board)) => chosen.filter(|locale| offered(board).contains(locale)),
            _ => chosen,
        };
        let boards = || board.and_then(|board| supported(&board.locale));
        let locale = chosen.or_else(boards).unwrap_or(LOCALES[0]);
        let board = board.map_or_else(|| PROGRAM.to_owned(), |board| board_name(facts.kind, board));
        Self { theme, locale, board, base }
    }

    /// The base address, without a slash at its end.
    fn root(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// A message of the theme; each can name the board.
    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        let mut args = args.to_vec();
        args.push(("board", self.board.clone()));
        self.theme.locales().message(self.locale, key, &args).unwrap_or_else(|| key.to_owned())
    }

    /// The message of a kind of notice: its name, and what is asked of it.
    fn of_kind(&self, facts: &NoticeFacts, what: &str) -> String {
        let title = facts.job.as_ref().map(|job| job.title.clone()).unwrap_or_default();
        let channel = facts.channel.as_ref().map(|channel| one_line(&channel.name)).unwrap_or_default();
        let key = format!("notice-{}-{what}", facts.kind.as_str().replace(['.', '_'], "-"));
        let (role, maker) = self.invitation(facts);
        let args =
            [("title", title), ("channel", channel), ("day", self.last_day(facts)), ("role", role), ("maker", maker)];
        self.say(&key, &args)
    }

    /// The role that an invitation gives, and who made it.
    fn invitation(&self, facts: &NoticeFacts) -> (String, String) {
        let Some(invitation) = &facts.invitation else { return Default::default() };
        let maker = invitation.maker.as_deref().map(without_links);
        let role = self.say(&format!("role-{}", invitation.role), &[]);
        (role, maker.unwrap_or_else(|| self.board.clone()))
    }

    fn subject(&self, facts: &NoticeFacts) -> String {
        let own = facts.words.subject.as_deref().map(|own| self.filled(own, facts));
        own.unwrap_or_else(|| self.of_kind(facts, "subject"))
    }

    /// The sentences: the board's own paragraphs, or the theme's.
    fn text(&self, facts: &NoticeFacts) -> Vec<String> {
        match &facts.words.text {
            Some(own) => self.filled(own, facts).split("\n\n").map(|text| text.trim().to_owned()).collect(),
            None => vec![self.of_kind(facts, "text")],
        }
    }

    fn filled(&self, own: &str, facts: &NoticeFacts) -> String {
        NoticeWords::fill(own, facts.kind, |name| match name {
            "title" => facts.job.as_ref().map(|job| job.title.clone()).unwrap_or_default(),
            "day" => self.last_day(facts),
            _ => self.board.clone(),
        })
    }

    /// The offer's last day, in the board's time zone.
    fn last_day(&self, facts: &NoticeFacts) -> String {
        let at = facts.job.as_ref().and_then(|job| job.expires_at);
        let Some((at, board)) = at.zip(facts.board.as_ref()) else { return String::new() };
        // It is over at the end of the day before.
        let day = (at - chrono::Duration::seconds(1)).with_timezone(&board.time_zone).date_naive();
        self.theme.locales().day(self.locale, day).unwrap_or_else(|| day.to_string())
    }

    fn item(&self, facts: &NoticeFacts, single: bool) -> Item {
        let mut lines = self.text(facts);
        if facts.kind == NoticeKind::JobReceived {
            lines.push(self.say("notice-link-private", &[]));
        }
        let job = facts.job.as_ref();
        let copies = job.map(|job| job.copies.as_slice()).unwrap_or_default();
        let mut links: Vec<Link> = Vec::new();
        if facts.kind == NoticeKind::JobPublished
            && let Some((job, board)) = job.zip(facts.board.as_ref())
        {
            let label = self.say("notice-on-board", &[]);
            links.push(Link { label, url: board.job_url(&job.slug) });
            links.extend(copies.iter().map(|(name, url)| Link { label: one_line(name), url: url.clone() }));
        }
        Item {
            heading: (!single).then(|| self.subject(facts)),
            lines,
            quote: self.quote(facts),
            links,
            action: self.action(facts),
        }
    }

    /// The words of a moderator or a platform.
    fn quote(&self, facts: &NoticeFacts) -> Option<String> {
        match facts.kind {
            NoticeKind::JobChangesRequested | NoticeKind::JobRejected | NoticeKind::JobEditDiscarded => {
                facts.job.as_ref()?.reason.clone()
            }
            NoticeKind::ChannelPaused => facts.channel.as_ref()?.problem.clone(),
            _ => None,
        }
    }

    fn action(&self, facts: &NoticeFacts) -> Option<Link> {
        let url = match (facts.kind, &facts.link_token) {
            (NoticeKind::AccountReset, token) => format!("{}/reset/{}", self.root(), token.as_ref()?),
            (NoticeKind::AccountInvitation, token) => format!("{}/join/{}", self.root(), token.as_ref()?),
            (NoticeKind::AccountAddress, token) => format!("{}/account/address/{}", self.root(), token.as_ref()?),
            (NoticeKind::AccountRegistration, token) => {
                format!("{}/register/{}", facts.board.as_ref()?.base_path_url(), token.as_ref()?)
            }
            (NoticeKind::AccountRegisteredBefore, _) => format!("{}/register", facts.board.as_ref()?.base_path_url()),
            (kind, _) if kind.audience() == Audience::Account => format!("{}/account", self.root()),
            _ => self.board_url(facts)?,
        };
        Some(Link { label: self.of_action(facts), url })
    }

    /// The line below what a mail of several names.
    fn more(&self, first: &NoticeFacts, count: u64) -> Option<Link> {
        let board = first.board.as_ref().filter(|_| count > 0)?;
        let label = self.say("notice-digest-more", &[("count", count.to_string())]);
        Some(Link { label, url: format!("{}/admin", board.base_path_url()) })
    }

    fn of_action(&self, facts: &NoticeFacts) -> String {
        match (facts.kind, facts.kind.audience()) {
            (
                NoticeKind::AccountReset
                | NoticeKind::AccountInvitation
                | NoticeKind::AccountAddress
                | NoticeKind::AccountRegistration
                | NoticeKind::AccountRegisteredBefore,
                _,
            ) => self.of_kind(facts, "action"),
            (_, Audience::Account) => self.say("notice-account-action", &[]),
            _ => self.of_kind(facts, "action"),
        }
    }

    /// The page on the board where its reader goes on.
    fn board_url(&self, facts: &NoticeFacts) -> Option<String> {
        let board = facts.board.as_ref()?;
        let admin = format!("{}/admin", board.base_path_url());
        match (facts.kind, &facts.job, &facts.channel) {
            (NoticeKind::QueueNew | NoticeKind::QueueChanged, Some(job), _) => Some(format!("{admin}/jobs/{}", job.id)),
            (NoticeKind::ChannelPaused, _, Some(channel)) => Some(format!("{admin}/channels/{}", channel.id)),
            (NoticeKind::CopyInDoubt, _, _) => Some(format!("{admin}/placements")),
            (_, Some(job), _) => private_url(board, job),
            _ => None,
        }
    }
}

/// What a mail calls the board. Mail to accounts goes to addresses that somebody typed, so a board's name, which anybody may
/// choose who has a board, brings no link there.
pub(super) fn board_name(kind: NoticeKind, board: &TenantScope) -> String {
    match kind.audience() {
        Audience::Account => without_links(&one_line(&board.name)),
        Audience::Poster | Audience::Staff => one_line(&board.name),
    }
}

fn private_url(scope: &TenantScope, job: &JobFacts) -> Option<String> {
    job.edit_token.as_deref().map(|token| scope.edit_url(token))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
