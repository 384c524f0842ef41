//! Which database a URL means.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of a database. Its password shows in no log and no error.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the whole URL.
    Postgres(String),
}

impl DatabaseUrl {
    /// The file of a SQLite database.
    pub(crate) fn sqlite_file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }

    /// The whole URL, password included, for the driver alone.
    pub(crate) fn expose(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(url) => url.clone(),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            let file = file.split_once('?').map_or(file, |(file, _)| file);
            // A database in memory ends with the connection; a board needs one that lasts.
            return if file.is_empty() || file == ":memory:" { Err(()) } else { Ok(Self::Sqlite(file.into())) };
        }
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_postgres && url::Url::parse(text).is_ok() { Ok(Self::Postgres(text.to_owned())) } else { Err(()) }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Postgres(text) = self else { return f.write_str(&self.expose()) };
        let Ok(mut url) = url::Url::parse(text) else { return f.write_str("postgres://…") };
        // Neither can fail on a URL that has a host.
        let _ = url.set_password(None);
        url.set_query(None);
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_url_means_a_file() {
        for (url, file) in [
            ("sqlite:///srv/t.db", "/srv/t.db"),
            ("sqlite://t.db", "t.db"),
            ("sqlite:t.db", "t.db"),
            ("sqlite:///srv/t.db?mode=rwc", "/srv/t.db"),
        ] {
            let parsed: DatabaseUrl = url.parse().expect("a database");
            assert_eq!(parsed.sqlite_file(), Some(Path::new(file)), "{url}");
        }
    }

    #[test]
    fn other_databases_and_databases_in_memory_are_refused() {
        for url in ["mysql://a/b", "sqlite::memory:", "sqlite:", "t.db", ""] {
            assert_eq!(url.parse::<DatabaseUrl>(), Err(()), "{url}");
        }
    }

    #[test]
    fn a_password_shows_nowhere() {
        let url: DatabaseUrl = "postgres://me:hunter2@db/x?password=hunter2".parse().expect("a database");
        assert_eq!(url.to_string(), "postgres://me@db/x");
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
