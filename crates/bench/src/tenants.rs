//! What many boards cost when nobody asks anything of them.

use anyhow::Result;
use serde_json::json;
use tablon_core::clock::SystemClock;
use tablon_core::store::{Lane, LaneLimit, LaneSpec, NewChannel, NewTenant, StoreOptions};
use tablon_core::{Actor, Keyring, Store};

use crate::board::Board;
use crate::process::{IDLE, resident_megabytes};
use crate::{Extent, Figure};

/// Channels of each board.
const CHANNELS: usize = 4;

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let boards = if extent.rounds < 50 { 10 } else { 1_000 };
    let board = Board::new(&extent.program)?;
    board.json(&["tenant", "create", "first"])?;
    let store = Store::open(StoreOptions {
        database_url: board.database_url(),
        clock: std::sync::Arc::new(SystemClock),
        // Nobody opens these secrets: any key will do.
        keyring: Some(Keyring::from_secret(&[1; 32])?),
        base_url: "https://board.example".parse()?,
        max_connections: 2,
    })
    .await?;
    for number in 0..boards {
        let tenant = NewTenant::new(format!("board-{number}").parse()?, format!("Board {number}"));
        let scope = store.tenants().create(tenant, Actor::System).await?;
        for channel in 0..CHANNELS {
            let limits = vec![LaneLimit { count: 20, per_ms: 60_000, burst: 8 }];
            let new = NewChannel {
                plugin: "telegram".to_owned(),
                name: format!("Channel {channel}"),
                settings: json!({ "chat_id": format!("@board_{number}_{channel}") }),
                secrets: [("bot_token", "12345:secret")].into_iter().collect(),
                lanes: vec![LaneSpec { kind: Lane::Destination, key: format!("{number}-{channel}"), limits }],
            };
            scope.channels().create(new, Actor::System).await?;
        }
    }
    drop(store);
    // The first start compiles the plugins.
    drop(board.serve()?);
    let (running, _) = board.serve()?;
    for number in 0..boards {
        board.request("GET", &format!("/t/board-{number}/"), None, "")?;
    }
    tokio::time::sleep(IDLE).await;
    let memory = resident_megabytes(running.id())?;
    Ok(vec![Figure::new(
        format!("memory, {boards} boards × {CHANNELS} channels, each board's page asked for once"),
        format!("{memory} MB RSS"),
        "",
    )])
}
