//! People who can sign in.

use std::sync::OnceLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::audit::{Event, of_account};
use super::{Store, address_links, sessions};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::email_key::EmailKey;
use crate::entity::{password_links, users};
use crate::error::{Conflict, Error, Result};
use crate::form::{Field, FieldErrors, FieldKind, FieldProblem, Form};
use crate::slug::printable;

/// The fewest characters of a password (NIST SP 800-63B demands 8 at least; length is what counts).
pub const MIN_PASSWORD: usize = 10;
/// The most: more would only cost time to hash.
pub const MAX_PASSWORD: usize = 256;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// Their e-mail address, in lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Whether they run this instance.
    pub operator: bool,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// The language that they chose for their pages, BCP 47.
    pub locale: Option<String>,
    /// Whether somebody proved that the address is theirs, or the operator said so.
    pub address_confirmed: bool,
}

/// Who is added.
#[derive(Clone)]
pub struct NewUser {
    /// Their e-mail address.
    pub email: String,
    /// What they are called; the address's first half if empty.
    pub name: String,
    /// Their password, as typed.
    pub password: String,
    /// Whether they run this instance.
    pub operator: bool,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("operator", &self.operator).finish_non_exhaustive()
    }
}

impl NewUser {
    /// Everything that is wrong with the address and the password.
    pub fn problems(&self) -> FieldErrors {
        let mut errors = address_problems(&self.email);
        if let Err(problem) = check_password(&self.password) {
            errors.push("/password", problem);
        }
        errors
    }
}

impl From<users::Model> for User {
    fn from(row: users::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            operator: row.operator,
            created_at: row.created_at,
            locale: row.locale,
            address_confirmed: row.address_confirmed_at.is_some(),
        }
    }
}

/// The people of this instance.
#[derive(Debug)]
pub struct Users<'a>(pub(super) &'a Store);

impl Store {
    /// The people.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// Adds somebody. Hashing the password takes a noticeable fraction of a second of CPU, off the async threads.
    pub async fn create(&self, new: NewUser, by: Actor) -> Result<User> {
        let prepared = prepare(new).await?;
        let tx = self.0.write_as(by).await?;
        let (user, event) = insert(&tx, self.0, prepared).await?;
        tx.commit([event]).await?;
        Ok(user)
    }

    /// Everybody, by address.
    pub async fn list(&self) -> Result<Vec<User>> {
        let rows = users::Entity::find().order_by_asc(users::Column::Email).all(self.0.db()).await?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// How many there are; none means that the instance is new.
    pub async fn count(&self) -> Result<u64> {
        Ok(users::Entity::find().count(self.0.db()).await?)
    }

    /// Somebody by e-mail address.
    pub async fn by_email(&self, email: &EmailKey) -> Result<Option<User>> {
        let row = users::Entity::find().filter(users::Column::Email.eq(email.as_str())).one(self.0.db()).await?;
        Ok(row.map(User::from))
    }

    /// Somebody by id.
    pub async fn by_id(&self, id: Uuid) -> Result<Option<User>> {
        Ok(users::Entity::find_by_id(id).one(self.0.db()).await?.map(User::from))
    }

    /// Whoever has this address and this password.
    pub async fn authenticate(&self, email: &EmailKey, password: &str) -> Result<Option<User>> {
        Ok(self.check_password(email, password).await?.map(|(user, _)| user))
    }

    /// The same, with a mark of the password that was right. An unknown address takes as long as a wrong password. A wrong
    /// password is told in the log a little later, and once an hour at most.
    pub async fn check_password(&self, email: &EmailKey, password: &str) -> Result<Option<(User, PasswordMark)>> {
        let row = users::Entity::find().filter(users::Column::Email.eq(email.as_str())).one(self.0.db()).await?;
        let hash = row.as_ref().map_or_else(|| dummy_hash().to_owned(), |r| r.password_hash.clone());
        let matches = matches(hash, password).await?;
        match row {
            Some(row) if matches => {
                let mark = PasswordMark::of(&row.password_hash);
                Ok(Some((row.into(), mark)))
            }
            Some(row) => {
                sessions::note_failure(self.0, row.id);
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Sets somebody's password and ends their sessions.
    pub async fn set_password(&self, id: Uuid, password: &str, by: Actor) -> Result<()> {
        let hash = hash_checked("/password", password).await?;
        let tx = self.0.write_as(by).await?;
        write_password(&tx, id, hash).await?;
        sessions::end_all(&tx, id).await?;
        let events = of_account(&tx, AuditAction::UserSetPassword, id).await?;
        tx.commit(events).await
    }
}

/// A digest of a password's stored hash: it tells whether the password was changed since, and nothing about either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordMark(pub [u8; 32]);

impl PasswordMark {
    pub(super) fn of(hash: &str) -> Self {
        Self(Sha256::digest(hash.as_bytes()).into())
    }
}

/// An account, locked until the end of the transaction: a change of its password or address waits.
pub(super) async fn locked(tx: &DatabaseTransaction, id: Uuid) -> Result<users::Model> {
    users::Entity::find_by_id(id).lock_exclusive().one(tx).await?.ok_or(Error::NotFound)
}

/// Whether there is an account with this address, in lower case.
pub(super) async fn has_account(tx: &DatabaseTransaction, email: &str) -> Result<bool> {
    Ok(users::Entity::find().filter(users::Column::Email.eq(email)).one(tx).await?.is_some())
}

/// What is wrong with an address, at `/email`.
fn address_problems(email: &str) -> FieldErrors {
    let form = Form { fields: vec![Field::required("email", FieldKind::Email)] };
    form.validate(&json!({ "email": email }), chrono::NaiveDate::MIN).err().unwrap_or_default()
}

/// `Invalid` at `pointer` unless it is an address.
pub(super) fn check_address(pointer: &str, email: &EmailKey) -> Result<()> {
    let mut problems = address_problems(email.as_str());
    for problem in &mut problems.0 {
        pointer.clone_into(&mut problem.pointer);
    }
    Ok(problems.into_result()?)
}

/// The hash of a new password; `pointer` names its field when it is refused.
pub(super) async fn hash_checked(pointer: &str, password: &str) -> Result<String> {
    check_password(password).map_err(|p| Error::Invalid(FieldErrors::one(pointer, p)))?;
    hash(password.to_owned()).await
}

/// Writes a password's hash, and takes back the links with which another one, or another address, could be set.
pub(super) async fn write_password(tx: &DatabaseTransaction, id: Uuid, hash: String) -> Result<()> {
    let row = locked(tx, id).await?;
    let mut row: users::ActiveModel = row.into();
    row.password_hash = Set(hash);
    row.update(tx).await?;
    address_links::end_of(tx, id).await?;
    password_links::Entity::delete_many().filter(password_links::Column::UserId.eq(id)).exec(tx).await?;
    Ok(())
}

/// A person whose fields were checked and whose password was hashed.
pub(super) struct Prepared {
    pub(super) id: Uuid,
    pub(super) email: String,
    name: String,
    password_hash: String,
    operator: bool,
    address_confirmed: bool,
}

impl Prepared {
    /// The same, whose address nobody has proved.
    pub(super) fn unproved(self) -> Self {
        Self { address_confirmed: false, ..self }
    }
}

/// Checks and hashes, before any transaction begins.
pub(super) async fn prepare(new: NewUser) -> Result<Prepared> {
    new.problems().into_result()?;
    let email = EmailKey::of(&new.email).as_str().to_owned();
    let name = name_or_address(&new.name, &email);
    let password_hash = hash(new.password).await?;
    Ok(Prepared { id: Uuid::now_v7(), email, name, password_hash, operator: new.operator, address_confirmed: true })
}

/// Adds somebody within a transaction, and tells what to record.
pub(super) async fn insert(tx: &DatabaseTransaction, store: &Store, new: Prepared) -> Result<(User, Event)> {
    if has_account(tx, &new.email).await? {
        return Err(Conflict::EmailTaken.into());
    }
    let row = users::ActiveModel {
        id: Set(new.id),
        email: Set(new.email),
        name: Set(new.name),
        password_hash: Set(new.password_hash),
        operator: Set(new.operator),
        created_at: Set(store.now()),
        locale: Set(None),
        address_confirmed_at: Set(new.address_confirmed.then(|| store.now())),
    };
    let user: User = row.insert(tx).await?.into();
    let event = Event::of_installation(AuditAction::UserCreate, SubjectKind::User, user.id);
    let event = event.with("operator", user.operator);
    Ok((user, event))
}

/// What somebody is called: what they typed, or the address's first half.
pub(super) fn name_or_address(typed: &str, email: &str) -> String {
    match printable(typed).trim() {
        "" => email.split('@').next().unwrap_or(email).to_owned(),
        name => name.chars().take(100).collect(),
    }
}

pub(super) fn check_password(password: &str) -> Result<(), FieldProblem> {
    let length = password.chars().count();
    let mut chars = password.chars();
    let first = chars.next();
    if length < MIN_PASSWORD || chars.all(|c| Some(c) == first) {
        Err(FieldProblem::WeakPassword)
    } else if length > MAX_PASSWORD {
        Err(FieldProblem::TooLong { max: MAX_PASSWORD })
    } else {
        Ok(())
    }
}

pub(super) async fn hash(password: String) -> Result<String> {
    off_thread(move || hash_now(&password)).await?
}

/// Whether `hash` is that of `password`.
pub(super) async fn matches(hash: String, password: &str) -> Result<bool> {
    let password: String = password.chars().take(MAX_PASSWORD + 1).collect();
    off_thread(move || {
        PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}

fn hash_now(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("a password couldn't be hashed: {error}")))
}

/// What an unknown address is compared with.
fn dummy_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash_now("nobody has this password").unwrap_or_default())
}

/// Hashing takes 19 MiB and a core each: however many people knock, only so many are heard at once.
static HASHING: Semaphore = Semaphore::const_new(4);

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = HASHING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}
