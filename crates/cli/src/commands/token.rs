//! `tablon token`: access to the API of a board.

use anyhow::{Result, bail};
use serde::Serialize;
use tablon_core::{Actor, Error, Role};
use tablon_web::mint_api_token;
use uuid::Uuid;

use crate::arguments::Token;
use crate::config::{Config, require_keyring};
use crate::instance;
use crate::output::{Output, table};

#[derive(Serialize)]
struct Created {
    id: Uuid,
    token: String,
    name: String,
    role: Role,
    tenant: String,
}

#[derive(Serialize)]
struct Revoked {
    id: Uuid,
    revoked: bool,
}

pub(super) async fn run(command: Token, config: &Config, output: &Output) -> Result<()> {
    // A token signed with a key that the server doesn't have would be worth nothing.
    let keyring = require_keyring(config)?;
    let store = instance::open(config, None).await?;
    match command {
        Token::Create { tenant, role, name } => {
            let tenant = instance::board(&store, &tenant).await?;
            let row = tenant.tokens().create(&name, role, None, Actor::CommandLine).await?;
            let token = mint_api_token(&keyring, tenant.id, row.id, tenant.now())?;
            let created = Created { id: row.id, token, name, role, tenant: tenant.slug.clone() };
            output.print(&created, |created| {
                format!("{}\nThis is shown only now. Revoke it with: tablon token revoke {}", created.token, created.id)
            })?;
        }
        Token::List { tenant } => {
            let tokens = instance::board(&store, &tenant).await?.tokens().list().await?;
            output.print(&tokens, |tokens| {
                let rows =
                    tokens.iter().map(|token| vec![token.id.to_string(), token.name.clone(), token.role.to_string()]);
                table(&["id", "name", "role"], &rows.collect::<Vec<_>>())
            })?;
        }
        Token::Revoke { id, tenant } => {
            let tenant = instance::board(&store, &tenant).await?;
            match tenant.tokens().revoke(id, Actor::CommandLine).await {
                Err(Error::NotFound) => bail!("the board {} has no token {id}", tenant.slug),
                done => done?,
            }
            output.print(&Revoked { id, revoked: true }, |_| "The token is worth nothing any more.".to_owned())?;
        }
    }
    Ok(store.close().await?)
}
