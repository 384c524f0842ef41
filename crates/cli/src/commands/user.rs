//! `tablon user`: the people of this instance.

use std::io::Read;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tablon_core::store::{NewUser, PASSWORD_LINK_MINUTES, User as Account};
use tablon_core::{Actor, Conflict, EmailKey, Error, Keyring, Role};
use uuid::Uuid;

use crate::arguments::{User, UserCreate};
use crate::config::Config;
use crate::instance;
use crate::output::{Output, table};

#[derive(Serialize)]
struct Created {
    id: Uuid,
    email: String,
    name: String,
    operator: bool,
    tenant: Option<String>,
    role: Option<Role>,
    /// Only when this command made it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    id: Uuid,
    email: String,
    /// Only when this command made it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

#[derive(Serialize)]
struct ResetLink {
    id: Uuid,
    email: String,
    url: String,
}

#[derive(Serialize)]
struct Readdressed {
    id: Uuid,
    email: String,
}

#[derive(Serialize)]
struct TotpOff {
    id: Uuid,
    email: String,
    /// Whether codes were asked for until now.
    changed: bool,
}

pub(super) async fn run(command: User, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    match command {
        User::Create(create) => create_user(&store, create, output).await?,
        User::Password { email, password_stdin } => {
            let user = known(&store, &email).await?;
            let (password, made_up) = new_password(password_stdin)?;
            store.users().set_password(user.id, &password, Actor::CommandLine).await?;
            let changed = Changed { id: user.id, email: user.email, password: made_up };
            output.print(&changed, |changed| {
                format!("{} has a new password and is signed out everywhere.", changed.email)
                    + &shown_once(changed.password.as_deref())
            })?;
        }
        User::Email { email, new } => {
            let user = known(&store, &email).await?;
            let user = match store.users().set_address(user.id, &EmailKey::of(&new), Actor::CommandLine).await {
                Ok(user) => user,
                Err(Error::Conflict(Conflict::EmailTaken)) => bail!("there is a user {new} already"),
                Err(Error::Invalid(_)) => bail!("{new:?} is no e-mail address"),
                Err(error) => return Err(error.into()),
            };
            output.print(&Readdressed { id: user.id, email: user.email }, |user| {
                format!("{email} logs in with {} from now on.", user.email)
            })?;
        }
        User::ResetLink { email } => {
            let user = known(&store, &email).await?;
            let token = store.password_links().issue(user.id, Actor::CommandLine).await?;
            let base = config.base_url.as_str().trim_end_matches('/');
            let link = ResetLink { id: user.id, email: user.email, url: format!("{base}/reset/{token}") };
            output.print(&link, |link| {
                format!(
                    "With this link {} can set a new password, once and within {PASSWORD_LINK_MINUTES} minutes:\n{}",
                    link.email, link.url
                )
            })?;
        }
        User::TotpOff { email } => {
            let user = known(&store, &email).await?;
            let changed = store.totp().switch_off(user.id, Actor::CommandLine).await?;
            let off = TotpOff { id: user.id, email: user.email, changed };
            output.print(&off, |off| {
                let text =
                    if off.changed { "logs in without codes from now on." } else { "logs in without codes already." };
                format!("{} {text}", off.email)
            })?;
        }
        User::List => {
            output.print(&store.users().list().await?, |users| {
                let row = |user: &Account| {
                    let role = if user.operator { "operator" } else { "" };
                    vec![user.email.clone(), user.name.clone(), role.to_owned()]
                };
                table(&["e-mail", "name", ""], &users.iter().map(row).collect::<Vec<_>>())
            })?;
        }
    }
    Ok(store.close().await?)
}

/// The user with an address.
async fn known(store: &tablon_core::Store, email: &str) -> Result<Account> {
    match store.users().by_email(&EmailKey::of(email)).await? {
        Some(user) => Ok(user),
        None => bail!("there is no user {email}"),
    }
}

async fn create_user(store: &tablon_core::Store, create: UserCreate, output: &Output) -> Result<()> {
    let tenant = match &create.tenant {
        Some(slug) => Some(instance::board(store, slug).await?),
        None => None,
    };
    let (user, made_up) = match store.users().by_email(&EmailKey::of(&create.email)).await? {
        Some(_) if tenant.is_none() => bail!("there is a user {} already", create.email),
        // What would be dropped is refused: nobody may think that it was done.
        Some(_) if create.password_stdin => bail!(
            "there is a user {0} already; leave out --password-stdin to give them a role, and use \
             `tablon user password {0}` for a new password",
            create.email
        ),
        Some(user) if create.operator && !user.operator => bail!(
            "there is a user {} already, and who is there can't be made an operator; leave out --operator to give \
             them a role",
            create.email
        ),
        Some(user) if create.name.as_ref().is_some_and(|name| *name != user.name) => bail!(
            "there is a user {} already, called {:?}; leave out --name to give them a role",
            create.email,
            user.name
        ),
        Some(user) => (user, None),
        None => {
            let (password, made_up) = new_password(create.password_stdin)?;
            let new = NewUser {
                email: create.email,
                name: create.name.unwrap_or_default(),
                password,
                operator: create.operator,
            };
            (store.users().create(new, Actor::CommandLine).await?, made_up)
        }
    };
    if let (Some(tenant), Some(role)) = (&tenant, create.role) {
        tenant.members().set(user.id, role, Actor::CommandLine).await?;
    }
    let created = Created {
        id: user.id,
        email: user.email,
        name: user.name,
        operator: user.operator,
        tenant: tenant.map(|tenant| tenant.slug.clone()),
        role: create.role,
        password: made_up,
    };
    output.print(&created, |created| {
        let mut text = format!("{} can sign in", created.email);
        if let (Some(tenant), Some(role)) = (&created.tenant, created.role) {
            text.push_str(&format!(" and is {role} of {tenant}"));
        }
        text.push('.');
        text + &shown_once(created.password.as_deref())
    })
}

/// The password to set, and again if this command made it up.
fn new_password(from_stdin: bool) -> Result<(String, Option<String>)> {
    if from_stdin {
        return Ok((password_from_stdin()?, None));
    }
    let password: String = Keyring::generate().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    Ok((password.clone(), Some(password)))
}

fn shown_once(password: Option<&str>) -> String {
    password.map(|password| format!("\nPassword, shown only now: {password}")).unwrap_or_default()
}

/// Everything up to the end; the line break that `echo` adds is not part of it.
fn password_from_stdin() -> Result<String> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).context("reading the password from standard input")?;
    let password = password.trim_end_matches(['\n', '\r']).to_owned();
    if password.is_empty() {
        bail!("--password-stdin: standard input is empty");
    }
    Ok(password)
}
