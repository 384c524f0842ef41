//! A database for each test. It gives only the URL; the test opens it.
//!
//! SQLite is a file in a temporary folder. PostgreSQL is a throw-away database in the server that
//! `TABLON_TEST_POSTGRES_URL` names; `cargo xtask test` starts one and sets the variable.

use std::fmt;

use anyhow::{Context, Result, bail};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tempfile::TempDir;
use url::Url;

/// The variable that names the maintenance database of a server whose role may create databases.
pub const POSTGRES_VARIABLE: &str = "TABLON_TEST_POSTGRES_URL";

/// The two databases that every storage test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own in a running server.
    Postgres,
}

impl Backend {
    /// Both backends; only SQLite if `TABLON_TEST_POSTGRES_URL` is the word `none`.
    ///
    /// Tests aren't skipped if the variable is missing: [`TestDatabase::new`] then fails and says what to do.
    #[must_use]
    pub fn all() -> Vec<Self> {
        match std::env::var(POSTGRES_VARIABLE) {
            Ok(value) if value == "none" => vec![Self::Sqlite],
            _ => vec![Self::Sqlite, Self::Postgres],
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An empty database that is deleted when this value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Folder { _folder: TempDir },
    Database { server: String, name: String },
}

impl TestDatabase {
    /// An empty database of this backend.
    pub async fn new(backend: Backend) -> Result<Self> {
        match backend {
            Backend::Sqlite => Self::sqlite(),
            Backend::Postgres => Self::postgres().await,
        }
    }

    /// A SQLite file that does not exist yet, in a folder of its own.
    pub fn sqlite() -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("tablon-test-").tempdir().context("creating a temporary folder")?;
        // An absolute path makes four slashes, `sqlite:///` and the path's own.
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Ok(Self { url, kept: Kept::Folder { _folder: folder } })
    }

    /// A new database in the PostgreSQL server of the environment.
    pub async fn postgres() -> Result<Self> {
        let server = match std::env::var(POSTGRES_VARIABLE) {
            Ok(value) if value == "none" => {
                bail!("{POSTGRES_VARIABLE} is 'none': ask Backend::all() which databases to test on")
            }
            Ok(value) if !value.is_empty() => value,
            _ => bail!(
                "{POSTGRES_VARIABLE} is not set, and every storage test runs on PostgreSQL too. `cargo xtask test` starts a \
                 server and sets it; by hand, give it postgres://USER@HOST:PORT/postgres, or the word none to test on SQLite alone"
            ),
        };
        Self::postgres_at(&server).await
    }

    /// A new database in this server; the URL names its maintenance database.
    pub async fn postgres_at(server: &str) -> Result<Self> {
        let mut url = Url::parse(server).context("the URL of the PostgreSQL server does not parse")?;
        // Version 4: names of version 7 from the same millisecond would look alike.
        let name = format!("tablon_test_{}", uuid::Uuid::new_v4().simple());
        run(server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await.context("creating a test database")?;
        url.set_path(&name);
        Ok(Self { url: url.into(), kept: Kept::Database { server: server.to_owned(), name } })
    }

    /// The URL: `sqlite:///…/test.db` or `postgres://…/tablon_test_…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement directly: to create the state of an older version.
    pub async fn execute(&self, statement: &str) -> Result<()> {
        run(&self.url, statement).await
    }

    /// Its backend.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.kept {
            Kept::Folder { .. } => Backend::Sqlite,
            Kept::Database { .. } => Backend::Postgres,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Kept::Database { server, name } = &self.kept else { return };
        let (server, drop_it) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // A separate thread, because a drop can't wait inside the test's runtime.
        let dropped = std::thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, &drop_it))
        });
        // The server is deleted soon, so a database that is left in it does no harm.
        dropped.join().ok();
    }
}

async fn run(url: &str, statement: &str) -> Result<()> {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.context("connecting to a test's database")?;
    let done = connection.execute_unprepared(statement).await;
    connection.close().await.ok();
    done?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sqlite_database_is_a_file_that_goes_away() {
        let database = TestDatabase::sqlite().unwrap();
        let url = database.url().to_owned();
        assert!(url.starts_with("sqlite:///"), "{url}");
        let connection = Database::connect(format!("{url}?mode=rwc")).await.unwrap();
        connection.execute_unprepared("CREATE TABLE t (x INTEGER)").await.unwrap();
        connection.close().await.unwrap();
        let path = std::path::PathBuf::from(url.trim_start_matches("sqlite://"));
        assert!(path.exists());
        drop(database);
        assert!(!path.exists());
    }

    #[cfg(feature = "postgres")]
    #[tokio::test]
    async fn each_postgres_database_is_new_and_is_dropped_even_while_somebody_is_connected() {
        let server = crate::PostgresServer::start().unwrap();
        let one = TestDatabase::postgres_at(&server.url()).await.unwrap();
        let two = TestDatabase::postgres_at(&server.url()).await.unwrap();
        assert_ne!(one.url(), two.url());

        let mut options = ConnectOptions::new(one.url().to_owned());
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        connection.execute_unprepared("CREATE TABLE t (x INTEGER)").await.unwrap();
        let url = one.url().to_owned();
        drop(one);
        let gone = Database::connect(url).await.unwrap_err();
        assert!(gone.to_string().contains("does not exist"), "{gone}");
    }
}
