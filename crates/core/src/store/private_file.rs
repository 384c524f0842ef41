//! Only its owner may read a SQLite file: it has people's addresses and the hashes of passwords.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

/// The files that SQLite creates beside its file. They get the file's mode.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The file behind a SQLite URL; `None` for another database or one in memory.
pub(super) fn sqlite_file(database_url: &str) -> Option<PathBuf> {
    if !database_url.starts_with("sqlite:") || database_url.contains(":memory:") || database_url.contains("mode=memory")
    {
        return None;
    }
    let options = SqliteConnectOptions::from_str(database_url).ok()?;
    Some(options.get_filename().to_path_buf())
}

/// Creates the file with mode 0600, or removes other users' rights if it exists, also from the files beside it. A
/// failure is logged: SQLite's own error says better why a file can't be used.
pub(super) fn keep_private(file: &Path) {
    if let Err(error) = create(file).and_then(|()| restrict(file)) {
        tracing::warn!(file = %file.display(), %error, "other users' rights to the database file can't be removed");
        return;
    }
    for suffix in BESIDE {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let beside = PathBuf::from(name);
        if beside.exists()
            && let Err(error) = restrict(&beside)
        {
            tracing::warn!(file = %beside.display(), %error, "other users' rights to a database file can't be removed");
        }
    }
}

#[cfg(unix)]
fn create(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

#[cfg(unix)]
fn restrict(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = std::fs::metadata(file)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        std::fs::set_permissions(file, permissions)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn create(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> std::io::Result<()> {
    Ok(())
}
