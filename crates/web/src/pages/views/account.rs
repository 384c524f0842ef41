//! Pages about a person's account, and those that lead to one.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FormView, Frame};

#[derive(Debug, Serialize)]
pub(crate) struct Account {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) done: Option<&'static str>,
    pub(crate) email: String,
    pub(crate) email_confirmed: bool,
    /// The address to which a link was mailed, and until when that is good.
    pub(crate) address_asked: Option<AddressAsked>,
    /// Whether this instance sends mail to accounts.
    pub(crate) mails: bool,
    pub(crate) operator: bool,
    pub(crate) address: FormView,
    pub(crate) profile: FormView,
    pub(crate) password: FormView,
    /// Since when a log-in asks for a code.
    pub(crate) totp_since: Option<DateTime<Utc>>,
    pub(crate) codes_left: u64,
    pub(crate) sessions: Vec<SessionView>,
    pub(crate) boards: Vec<AccountBoard>,
    /// Why a board can't be left.
    pub(crate) boards_problem: Option<String>,
}

/// An address that waits for its proof.
#[derive(Debug, Serialize)]
pub(crate) struct AddressAsked {
    pub(crate) email: String,
    pub(crate) until: DateTime<Utc>,
}

/// The page of a link that proves an address.
#[derive(Debug, Serialize)]
pub(crate) struct AccountAddress {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    /// `works`, `over`, `other` (another account asked for it) or `taken` (another account has the address).
    pub(crate) state: &'static str,
    /// The address that it proves.
    pub(crate) email: String,
    /// The address of whoever is signed in.
    pub(crate) present: String,
}

/// The page where people register as members of a board, or join with their account.
#[derive(Debug, Serialize)]
pub(crate) struct Register {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    /// Whether an address was sent.
    pub(crate) sent: bool,
    /// Whether there is a mail server.
    pub(crate) mails: bool,
    /// Who is signed in.
    pub(crate) user: Option<String>,
    /// Whether they belong to the board already.
    pub(crate) member: bool,
    /// Where one logs in and comes back.
    pub(crate) enter_url: String,
    pub(crate) form: FormView,
}

/// The page of the link with which somebody registers.
#[derive(Debug, Serialize)]
pub(crate) struct RegisterLink {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    /// `works`, `over`, or `taken` (the address has an account by now).
    pub(crate) state: &'static str,
    pub(crate) email: String,
    pub(crate) register_url: String,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct SessionView {
    pub(crate) handle: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) used: DateTime<Utc>,
    pub(crate) browser: Option<String>,
    pub(crate) current: bool,
}

/// A board that somebody belongs to.
#[derive(Debug, Serialize)]
pub(crate) struct AccountBoard {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) role: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct AccountTotp {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    /// The new secret, sealed.
    pub(crate) pending: String,
    /// The QR code: an address with the picture in it.
    pub(crate) picture: String,
    /// The new secret, for typing.
    pub(crate) key: String,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct AccountTotpOff {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct RecoveryCodes {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) codes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LoginCode {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    /// Who has given the right password, sealed.
    pub(crate) step: String,
    pub(crate) next: String,
    /// The fields of another form, which is sent after the log-in.
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) form: FormView,
}

/// An invitation as whoever has its link sees it.
#[derive(Debug, Serialize)]
pub(crate) struct Join {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    /// `open`, `used`, `revoked` or `expired`.
    pub(crate) state: &'static str,
    /// The inviting board's name.
    pub(crate) inviting: String,
    pub(crate) inviting_url: String,
    pub(crate) role: &'static str,
    /// What the person is called who made it.
    pub(crate) inviter: Option<String>,
    /// The only address that it is for.
    pub(crate) email: Option<String>,
    /// Who is signed in.
    pub(crate) user: Option<String>,
    /// Whether it is for whoever is signed in.
    pub(crate) fits: bool,
    /// Where one logs in and comes back.
    pub(crate) enter_url: String,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct Reset {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    /// Whether the link works.
    pub(crate) valid: bool,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct Forgot {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    /// Whether an address was sent.
    pub(crate) sent: bool,
    /// Whether this instance sends mail to accounts.
    pub(crate) mails: bool,
    pub(crate) form: FormView,
}
