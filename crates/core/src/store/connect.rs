//! Connections to SQLite and PostgreSQL, and the migration to the current schema.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tablon_migrations::{Migrator, MigratorTrait};

use super::private_file::{keep_private, sqlite_file};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// How long a statement waits for SQLite's write lock, which another program (a back-up) may hold.
const BUSY: Duration = Duration::from_secs(10);
/// How long a request waits for a connection before it fails cleanly.
const ACQUIRE: Duration = Duration::from_secs(5);
/// PostgreSQL's advisory lock for migrations: an arbitrary number, the same in every replica.
const MIGRATION_LOCK: i64 = 0x7461_626c_6f6e;

pub(super) async fn connect(database_url: &str, max_connections: u32) -> Result<DatabaseConnection> {
    if let Some(file) = sqlite_file(database_url) {
        keep_private(&file);
    }
    let mut options = ConnectOptions::new(database_url.to_owned());
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .connect_timeout(ACQUIRE)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(BUSY)
        });
    Ok(Database::connect(options).await?)
}

pub(super) async fn migrate(database_url: &str, clock: &dyn Clock) -> Result<Option<PathBuf>> {
    // One connection: an advisory lock belongs to the connection that took it.
    let db = connect(database_url, 1).await?;
    let migrated = migrate_on(&db, clock).await;
    db.close_by_ref().await?;
    migrated
}

async fn migrate_on(db: &DatabaseConnection, clock: &dyn Clock) -> Result<Option<PathBuf>> {
    if db.get_database_backend() == DbBackend::Sqlite {
        let pending = Migrator::get_pending_migrations(db).await?;
        let applied = Migrator::get_applied_migrations(db).await?;
        let copy = if pending.is_empty() || applied.is_empty() { None } else { Some(copy_sqlite(db, clock).await?) };
        Migrator::up(db, None).await?;
        return Ok(copy);
    }
    execute(db, &format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    let migrated = Migrator::up(db, None).await;
    execute(db, &format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})")).await?;
    migrated?;
    Ok(None)
}

/// Copies the file beside itself: to go back to an older version, put the copy in its place.
async fn copy_sqlite(db: &DatabaseConnection, clock: &dyn Clock) -> Result<PathBuf> {
    let row = db
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT file FROM pragma_database_list WHERE name = 'main'",
        ))
        .await?
        .ok_or_else(|| Error::Internal("SQLite doesn't tell where its file is".to_owned()))?;
    let file: String = row.try_get("", "file")?;
    let copy = format!("{file}.before-{}", clock.now().format("%Y%m%dT%H%M%S%3f"));
    // SQLite accepts an empty file as a new database, and keeps its mode.
    keep_private(&PathBuf::from(&copy));
    db.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [copy.clone().into()])).await?;
    Ok(PathBuf::from(copy))
}

async fn execute(db: &DatabaseConnection, sql: &str) -> Result<()> {
    db.execute_unprepared(sql).await?;
    Ok(())
}
