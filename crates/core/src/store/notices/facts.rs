//! What a notice tells, as it is when the mail is written.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{DueNotice, NoticeWords, Notices};
use crate::actor::Role;
use crate::email_key::EmailKey;
use crate::entity::notices::Model;
use crate::entity::{placements, users};
use crate::error::Result;
use crate::job::JobState;
use crate::notice::{Audience, NoticeKind};
use crate::store::{
    InvitationState, PlacementState, TenantScope, address_links, invitations, password_links, registrations,
};

/// How long the news that an offer is on the board waits for its copies at most.
const LONGEST_WAIT_FOR_COPIES: Duration = Duration::minutes(5);
/// After what time it looks at them again.
const WAIT_FOR_COPIES: Duration = Duration::seconds(5);

/// The most things that one mail names; it says how many others there are.
pub const MAX_TOLD_TOGETHER: usize = 50;

/// What there is to send.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// These facts.
    Ready {
        /// At least one, at most [`MAX_TOLD_TOGETHER`].
        facts: Vec<NoticeFacts>,
        /// How many further things there are, which the mail doesn't name.
        more: u64,
    },
    /// Nothing yet: look again then.
    NotYet(DateTime<Utc>),
    /// Nothing any more.
    Nothing,
}

/// What a mail tells. Everything in it is so at this moment.
#[derive(Debug, Clone)]
pub struct NoticeFacts {
    /// The board; none for what is about somebody's account alone.
    pub board: Option<TenantScope>,
    /// The language that its reader has chosen: in their account, or by sending the offer in it.
    pub locale: Option<String>,
    /// What is told.
    pub kind: NoticeKind,
    /// The member of the staff it is for; none for a poster.
    pub user_id: Option<Uuid>,
    /// The offer that it is about.
    pub job: Option<JobFacts>,
    /// The channel that it is about.
    pub channel: Option<ChannelFacts>,
    /// The invitation that it is about.
    pub invitation: Option<InvitationFacts>,
    /// The token of the link in it: of an invitation, or for a new password.
    pub link_token: Option<String>,
    /// The board's own words.
    pub words: NoticeWords,
}

/// An invitation, as far as its mail tells of it.
#[derive(Debug, Clone)]
pub struct InvitationFacts {
    /// The role that it gives.
    pub role: Role,
    /// What its maker is called.
    pub maker: Option<String>,
}

/// An offer, as far as mails tell of it: never its description.
#[derive(Debug, Clone)]
pub struct JobFacts {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its title, with links that mail programs would make of it broken.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// What a moderator told the poster.
    pub reason: Option<String>,
    /// When it leaves the board.
    pub expires_at: Option<DateTime<Utc>>,
    /// The channels that show it, and its addresses there.
    pub copies: Vec<(String, String)>,
    /// The token of the poster's private link, in mails to posters; none if staff have ended the offer's links.
    pub edit_token: Option<String>,
}

/// A channel, as far as mails tell of it.
#[derive(Debug, Clone)]
pub struct ChannelFacts {
    /// Its id.
    pub id: Uuid,
    /// What the board's admins call it.
    pub name: String,
    /// Why it is paused.
    pub problem: Option<String>,
}

impl Notices<'_> {
    /// What a mail tells; without what isn't true any more, or isn't wanted.
    pub async fn prepare(&self, due: &DueNotice) -> Result<Prepared> {
        let is_for_staff = due.rows.first().is_some_and(|row| row.kind.audience() == Audience::Staff);
        let rows = if is_for_staff { self.still_news(&due.rows).await? } else { due.rows.iter().collect() };
        let mut facts = Vec::new();
        let mut rest = rows.iter();
        for row in rest.by_ref() {
            if let Some(again) = self.waits_for_copies(row).await? {
                return Ok(Prepared::NotYet(again));
            }
            facts.extend(self.facts_of(row).await?);
            if facts.len() == MAX_TOLD_TOGETHER {
                break;
            }
        }
        let more = rest.count() as u64;
        Ok(if facts.is_empty() { Prepared::Nothing } else { Prepared::Ready { facts, more } })
    }

    /// The news that an offer is on the board names its copies: it waits while they are being made, but not for long.
    async fn waits_for_copies(&self, row: &Model) -> Result<Option<DateTime<Utc>>> {
        let (NoticeKind::JobPublished, Some(job_id), Some(board_id)) = (row.kind, row.job_id, row.board_id) else {
            return Ok(None);
        };
        let now = self.0.now();
        if now >= row.created_at + LONGEST_WAIT_FOR_COPIES {
            return Ok(None);
        }
        use placements::{Column, Entity};
        let copies = Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::JobId.eq(job_id));
        let under_way = [PlacementState::Pending, PlacementState::Sending];
        let waits = copies.filter(Column::State.is_in(under_way)).one(self.0.db()).await?;
        Ok(waits.map(|_| now + WAIT_FOR_COPIES))
    }

    async fn facts_of(&self, row: &Model) -> Result<Option<NoticeFacts>> {
        if row.kind.audience() == Audience::Account {
            return self.account_facts(row).await;
        }
        let Some(board_id) = row.board_id else { return Ok(None) };
        let scopes = self.0.tenants().by_ids([board_id]).await?;
        let Some(scope) = scopes.get(&board_id) else { return Ok(None) };
        if row.recipient.is_none() {
            return Ok(None);
        }
        let job = match row.job_id {
            Some(id) => job_facts(scope, row, id).await?,
            None => None,
        };
        let channel = match row.channel_id {
            Some(id) => scope.channels().get(id).await?,
            None => None,
        };
        if !is_so(scope, row, job.as_ref()) {
            return Ok(None);
        }
        let channel = channel.map(|channel| ChannelFacts {
            id: channel.id,
            name: channel.name.clone(),
            problem: channel.problem.clone(),
        });
        let words = match row.kind.audience() {
            Audience::Poster => scope.notice_words().get(row.kind).await?,
            Audience::Staff | Audience::Account => NoticeWords::default(),
        };
        let locale = match (row.user_id, row.job_id) {
            (None, Some(job_id)) => scope.jobs().poster_locale(job_id).await?,
            (user_id, _) => self.locale_of(user_id).await?,
        };
        Ok(Some(NoticeFacts {
            board: Some(scope.clone()),
            locale,
            kind: row.kind,
            user_id: row.user_id,
            job,
            channel,
            invitation: None,
            link_token: None,
            words,
        }))
    }

    /// The language that somebody has chosen in their account.
    async fn locale_of(&self, user_id: Option<Uuid>) -> Result<Option<String>> {
        let Some(id) = user_id else { return Ok(None) };
        Ok(users::Entity::find_by_id(id).one(self.0.db()).await?.and_then(|user| user.locale))
    }

    /// The language that whoever has this address has chosen in their account.
    async fn locale_at(&self, address: Option<&str>) -> Result<Option<String>> {
        let Some(address) = address else { return Ok(None) };
        let user = self.0.users().by_email(&EmailKey::of(address)).await?;
        Ok(user.and_then(|user| user.locale))
    }

    /// Facts about an account, or about an invitation; none if its link doesn't work any more.
    async fn account_facts(&self, row: &Model) -> Result<Option<NoticeFacts>> {
        let mut facts = NoticeFacts {
            board: None,
            locale: self.locale_of(row.user_id).await?,
            kind: row.kind,
            user_id: row.user_id,
            job: None,
            channel: None,
            invitation: None,
            link_token: None,
            words: NoticeWords::default(),
        };
        if let Some(board_id) = row.board_id {
            let scopes = self.0.tenants().by_ids([board_id]).await?;
            let Some(scope) = scopes.get(&board_id) else { return Ok(None) };
            facts.board = Some(scope.clone());
        }
        if row.user_id.is_none() {
            facts.locale = self.locale_at(row.recipient.as_deref()).await?;
        }
        match (row.kind, row.link_id, &facts.board) {
            (NoticeKind::AccountReset, Some(link_id), _) => {
                let token = password_links::token_of(self.0, link_id)?;
                if !self.0.password_links().is_valid(&token).await? {
                    return Ok(None);
                }
                facts.link_token = Some(token);
            }
            (NoticeKind::AccountInvitation, Some(link_id), Some(scope)) => {
                let found = scope.invitations().get(link_id).await?;
                let Some(invitation) = found.filter(|invitation| invitation.state == InvitationState::Open) else {
                    return Ok(None);
                };
                let maker = scope.invitations().maker_name(&invitation).await?.filter(|name| !name.is_empty());
                facts.invitation = Some(InvitationFacts { role: invitation.role, maker });
                facts.link_token = Some(invitations::token_of(self.0, link_id)?);
            }
            (NoticeKind::AccountAddress, Some(link_id), _) => {
                let token = address_links::token_of(self.0, link_id)?;
                let Some(link) = self.0.address_links().find(&token).await? else { return Ok(None) };
                facts.locale = self.locale_of(Some(link.user_id)).await?;
                facts.link_token = Some(token);
            }
            (NoticeKind::AccountRegistration, Some(link_id), Some(scope)) => {
                let token = registrations::token_of(self.0, link_id)?;
                if !scope.offers_registration() || scope.registrations().find(&token).await?.is_none() {
                    return Ok(None);
                }
                facts.link_token = Some(token);
            }
            (NoticeKind::AccountRegisteredBefore, _, Some(scope)) if scope.offers_registration() => {}
            (
                NoticeKind::AccountReset
                | NoticeKind::AccountInvitation
                | NoticeKind::AccountAddress
                | NoticeKind::AccountRegistration
                | NoticeKind::AccountRegisteredBefore,
                _,
                _,
            ) => return Ok(None),
            _ => {}
        }
        Ok(Some(facts))
    }
}

/// Whether what it tells its poster is still so: a reminder of an offer that has ended isn't told. What staff are told was
/// looked at before.
fn is_so(scope: &TenantScope, row: &Model, job: Option<&JobFacts>) -> bool {
    use JobState as S;
    let state = job.map(|job| job.state);
    match row.kind {
        NoticeKind::JobReceived => state.is_some_and(|state| !state.is_ended()),
        NoticeKind::JobChangesRequested => state == Some(S::ChangesRequested),
        NoticeKind::JobRejected => state == Some(S::Rejected),
        NoticeKind::JobPublished | NoticeKind::JobEditAccepted | NoticeKind::JobEditDiscarded => {
            state == Some(S::Published)
        }
        NoticeKind::JobExpiring => {
            let last_day = job.and_then(|job| job.expires_at);
            state == Some(S::Published) && last_day == row.concerns && last_day > Some(scope.now())
        }
        NoticeKind::JobEnded => matches!(state, Some(S::Filled | S::Expired | S::Closed)),
        NoticeKind::QueueNew | NoticeKind::QueueChanged | NoticeKind::ChannelPaused | NoticeKind::CopyInDoubt => {
            row.job_id.is_none() || job.is_some()
        }
        // These have facts of their own.
        NoticeKind::AccountInvitation
        | NoticeKind::AccountReset
        | NoticeKind::AccountAddress
        | NoticeKind::AccountAddressTaken
        | NoticeKind::AccountAddressChanged
        | NoticeKind::AccountRegistration
        | NoticeKind::AccountRegisteredBefore
        | NoticeKind::AccountPasswordChanged
        | NoticeKind::AccountTotpOn
        | NoticeKind::AccountTotpOff
        | NoticeKind::AccountRecoveryCode => false,
    }
}

async fn job_facts(scope: &TenantScope, row: &Model, id: Uuid) -> Result<Option<JobFacts>> {
    let Some(job) = scope.jobs().get(id).await? else { return Ok(None) };
    // Somebody whose address was taken out of the offer gets no link to it any more.
    if row.user_id.is_none() && job.content.contact_email != row.recipient {
        return Ok(None);
    }
    let copies = match row.kind {
        NoticeKind::JobPublished => copies(scope, id).await?,
        _ => Vec::new(),
    };
    let edit_token = match (row.user_id, &row.recipient) {
        (None, Some(address)) => scope.edit_links().for_mail(id, address).await?,
        _ => None,
    };
    Ok(Some(JobFacts {
        id,
        slug: job.slug,
        title: without_links(&job.content.title),
        state: job.state,
        reason: job.reason,
        expires_at: job.expires_at,
        copies,
        edit_token,
    }))
}

/// The channels that show an offer, with its addresses there.
async fn copies(scope: &TenantScope, job_id: Uuid) -> Result<Vec<(String, String)>> {
    let channels = scope.channels().list().await?;
    let name = |id| channels.iter().find(|channel| channel.id == id).map(|channel| channel.name.clone());
    let placements = scope.placements().for_job(job_id).await?;
    Ok(placements.into_iter().filter_map(|copy| Some((name(copy.channel_id)?, copy.url?))).collect())
}

/// The most characters of a title in a mail.
const MOST_OF_A_TITLE: usize = 120;

/// A title in which no mail program finds a link. Strangers choose title and address, so a title could carry their
/// advertisement to anybody. Mail programs make links of what has a dot within (`evil.example`), so such a dot becomes a
/// middle dot (`Node·js` still reads well), and so do the other dots that host names may have.
pub fn without_links(title: &str) -> String {
    let mut shown = String::new();
    let mut characters = title.chars().take(MOST_OF_A_TITLE).peekable();
    while let Some(character) = characters.next() {
        let joins = characters.peek().is_some_and(|next| !next.is_whitespace());
        match character {
            '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{2024}' if joins => shown.push('\u{b7}'),
            ':' if characters.peek() == Some(&'/') => shown.push(' '),
            '@' | '\u{ff20}' => shown.push_str(" at "),
            character if character.is_control() => shown.push(' '),
            character => shown.push(character),
        }
    }
    if title.chars().count() > MOST_OF_A_TITLE {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mail_program_finds_a_link_in_a_title() {
        for (title, shown) in [
            ("Rust developer", "Rust developer"),
            ("Node.js, senior. Remote.", "Node·js, senior. Remote."),
            ("evil.example/x", "evil·example/x"),
            ("https://evil.example", "https //evil·example"),
            ("evil.com,now", "evil·com,now"),
            ("evil。com and evil．io", "evil·com and evil·io"),
            ("write boss@evil.example", "write boss at evil·example"),
            ("mailto:boss@evil", "mailto:boss at evil"),
            ("a\r\nBcc: b", "a  Bcc: b"),
        ] {
            assert_eq!(without_links(title), shown);
        }
        assert_eq!(without_links(&"x".repeat(300)).chars().count(), MOST_OF_A_TITLE + 1);
    }
}
