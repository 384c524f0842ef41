//! The second factor of a log-in: codes of an authenticator app, and recovery codes for who has lost it.
//!
//! A secret that is being set up is stored nowhere: the page carries it sealed, with its person and its end, until it is
//! confirmed by a code. So it can't get in the way of one that is enabled.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use data_encoding::BASE32_NOPAD;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::audit::{Event, of_account};
use super::{PasswordMark, Store, User, sessions, users};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::entity::{recovery_codes, totp};
use crate::error::{Conflict, Error, Result};
use crate::keyring::{random_bytes, token_hash};
use crate::totp::{SECRET_BYTES, TotpSecret};

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// The bytes of a recovery code: 80 bits, so that a plain hash hides it well enough.
const CODE_BYTES: usize = 10;
/// The minutes in which a set-up must be confirmed.
const PENDING_MINUTES: i64 = 15;

/// A code as it was typed, without its spaces and dashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorCode {
    /// Of the app: six digits.
    App(String),
    /// A recovery code, in lower case.
    Recovery(String),
}

impl FactorCode {
    /// What somebody typed.
    pub fn of(typed: &str) -> Self {
        let code: String = typed.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        if code.len() <= 6 { Self::App(code) } else { Self::Recovery(code.to_lowercase()) }
    }
}

/// A secret that is being set up.
pub struct NewTotp {
    /// The secret with its person and its end, sealed: it comes back when it is confirmed.
    pub pending: String,
    /// The secret in base32, for typing.
    pub key: Zeroizing<String>,
    /// The address for the QR code.
    pub address: Zeroizing<String>,
}

impl std::fmt::Debug for NewTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewTotp(…)")
    }
}

/// Second factors.
#[derive(Debug)]
pub struct Totp<'a>(&'a Store);

impl Store {
    /// Second factors.
    pub fn totp(&self) -> Totp<'_> {
        Totp(self)
    }
}

impl Totp<'_> {
    /// Since when somebody's log-in asks for a code.
    pub async fn enabled_since(&self, user_id: Uuid) -> Result<Option<DateTime<Utc>>> {
        Ok(totp::Entity::find_by_id(user_id).one(self.0.db()).await?.map(|row| row.enabled_at))
    }

    /// How many recovery codes somebody has left.
    pub async fn codes_left(&self, user_id: Uuid) -> Result<u64> {
        let codes = recovery_codes::Entity::find().filter(recovery_codes::Column::UserId.eq(user_id));
        Ok(codes.count(self.0.db()).await?)
    }

    /// A new secret, for `issuer` as the app shows it. Nothing is stored before [`enable`](Self::enable).
    pub fn begin(&self, user: &User, issuer: &str) -> Result<NewTotp> {
        let secret = TotpSecret(Zeroizing::new(random_bytes::<SECRET_BYTES>().to_vec()));
        let ends = (self.0.now() + Duration::minutes(PENDING_MINUTES)).timestamp();
        let mut plain = Zeroizing::new(ends.to_be_bytes().to_vec());
        plain.extend_from_slice(&secret.0);
        let pending = URL_SAFE_NO_PAD.encode(self.0.keyring()?.seal(&plain, &pending_context(user.id))?);
        Ok(NewTotp { pending, key: secret.text(), address: secret.address(issuer, &user.email) })
    }

    /// The same secret again, for a page that is shown once more; `None` when its time is over.
    pub fn again(&self, user: &User, pending: &str, issuer: &str) -> Result<Option<NewTotp>> {
        let secret = self.pending(user.id, pending)?;
        Ok(secret.map(|secret| NewTotp {
            pending: pending.to_owned(),
            key: secret.text(),
            address: secret.address(issuer, &user.email),
        }))
    }

    fn pending(&self, user_id: Uuid, pending: &str) -> Result<Option<TotpSecret>> {
        let Ok(record) = URL_SAFE_NO_PAD.decode(pending) else { return Ok(None) };
        let Ok(plain) = self.0.keyring()?.open(&record, &pending_context(user_id)) else { return Ok(None) };
        let Some((ends, secret)) = plain.split_first_chunk::<8>() else { return Ok(None) };
        let over = i64::from_be_bytes(*ends) <= self.0.now().timestamp();
        Ok((!over).then(|| TotpSecret(Zeroizing::new(secret.to_vec()))))
    }

    /// Makes log-ins ask for a code, if `code` is one of the pending secret, and gives the recovery codes. `None`: it
    /// isn't, or the set-up took too long.
    ///
    /// # Errors
    /// [`Conflict::TotpEnabled`] when one is enabled already.
    pub async fn enable(&self, user_id: Uuid, pending: &str, code: &FactorCode) -> Result<Option<Vec<String>>> {
        let FactorCode::App(code) = code else { return Ok(None) };
        let Some(secret) = self.pending(user_id, pending)? else { return Ok(None) };
        let Some(step) = secret.step_of(code, self.0.now()) else { return Ok(None) };
        let sealed = self.0.keyring()?.seal(&secret.0, &context(user_id))?;
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        if totp::Entity::find_by_id(user_id).one(&*tx).await?.is_some() {
            return Err(Conflict::TotpEnabled.into());
        }
        let row = totp::ActiveModel {
            user_id: Set(user_id),
            secret: Set(sealed),
            last_step: Set(step),
            enabled_at: Set(self.0.now()),
        };
        row.insert(&*tx).await?;
        recovery_codes::Entity::delete_many().filter(recovery_codes::Column::UserId.eq(user_id)).exec(&*tx).await?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| new_code()).collect();
        let rows = codes.iter().map(|code| recovery_codes::ActiveModel {
            user_id: Set(user_id),
            code_hash: Set(code_hash(user_id, code)),
        });
        recovery_codes::Entity::insert_many(rows).exec_without_returning(&*tx).await?;
        let events = of_account(&tx, AuditAction::UserTotpOn, user_id).await?;
        tx.commit(events).await?;
        Ok(Some(codes.iter().map(|code| grouped(code)).collect()))
    }

    /// Begins a session, if the code is good; it is used up. `None`: it isn't. `given` is the mark of the password that was
    /// given before.
    ///
    /// # Errors
    /// `NotFound` when that isn't the account's password any more.
    pub async fn log_in(
        &self,
        user_id: Uuid,
        given: &PasswordMark,
        code: &FactorCode,
        browser: Option<&str>,
    ) -> Result<Option<String>> {
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        // Under lock: a change of the password ends every session, and must not miss the one that begins here.
        if PasswordMark::of(&users::locked(&tx, user_id).await?.password_hash) != *given {
            return Err(Error::NotFound);
        }
        let Some(mut events) = self.use_up(&tx, user_id, code).await? else {
            drop(tx);
            sessions::note_failure(self.0, user_id);
            return Ok(None);
        };
        let token = sessions::begin(&tx, self.0, user_id, browser).await?;
        events.extend(of_account(&tx, AuditAction::UserLogIn, user_id).await?);
        tx.commit(events).await?;
        Ok(Some(token))
    }

    /// Makes log-ins ask for no code any more, if the code is good. Whether it was.
    pub async fn disable(&self, user_id: Uuid, code: &FactorCode) -> Result<bool> {
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        let Some(mut events) = self.use_up(&tx, user_id, code).await? else { return Ok(false) };
        take_away(&tx, user_id).await?;
        events.extend(of_account(&tx, AuditAction::UserTotpOff, user_id).await?);
        tx.commit(events).await?;
        Ok(true)
    }

    /// The same without a code, for the operator. Whether there was one.
    pub async fn switch_off(&self, user_id: Uuid, by: Actor) -> Result<bool> {
        let tx = self.0.write_as(by).await?;
        if !take_away(&tx, user_id).await? {
            return Ok(false);
        }
        let events = of_account(&tx, AuditAction::UserTotpOff, user_id).await?;
        tx.commit(events).await?;
        Ok(true)
    }

    /// Checks a code and uses it up. The events of that; `None`: it isn't good.
    async fn use_up(&self, tx: &DatabaseTransaction, user_id: Uuid, code: &FactorCode) -> Result<Option<Vec<Event>>> {
        match code {
            FactorCode::App(code) => {
                let Some(row) = totp::Entity::find_by_id(user_id).one(tx).await? else { return Ok(None) };
                let secret = TotpSecret(self.0.keyring()?.open(&row.secret, &context(user_id))?);
                let Some(step) = secret.step_of(code, self.0.now()) else { return Ok(None) };
                // The condition is part of the statement: of two requests with one code, one changes the row.
                let used = totp::Entity::update_many()
                    .col_expr(totp::Column::LastStep, Expr::value(step))
                    .filter(totp::Column::UserId.eq(user_id))
                    .filter(totp::Column::LastStep.lt(step))
                    .exec(tx)
                    .await?;
                Ok((used.rows_affected == 1).then(Vec::new))
            }
            FactorCode::Recovery(code) => {
                let key = (user_id, code_hash(user_id, code));
                if recovery_codes::Entity::delete_by_id(key).exec(tx).await?.rows_affected == 0 {
                    return Ok(None);
                }
                Ok(Some(of_account(tx, AuditAction::UserRecoveryCode, user_id).await?))
            }
        }
    }
}

/// Takes an app and its recovery codes away; whether there was one.
pub(super) async fn take_away(tx: &DatabaseTransaction, user_id: Uuid) -> Result<bool> {
    recovery_codes::Entity::delete_many().filter(recovery_codes::Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(totp::Entity::delete_by_id(user_id).exec(tx).await?.rows_affected > 0)
}

/// What the secret of an account is sealed for.
fn context(user_id: Uuid) -> String {
    format!("user/{user_id}/totp")
}

fn pending_context(user_id: Uuid) -> String {
    format!("user/{user_id}/totp-pending")
}

fn new_code() -> String {
    BASE32_NOPAD.encode(&random_bytes::<CODE_BYTES>()).to_lowercase()
}

/// In groups of four, as people copy it.
fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

fn code_hash(user_id: Uuid, code: &str) -> String {
    token_hash(&format!("{user_id} {code}"))
}
