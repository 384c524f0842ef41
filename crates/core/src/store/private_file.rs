//! A SQLite file is its owner's alone: it holds people's addresses and the hashes of passwords.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

/// What SQLite puts beside its file. It gives them the file's mode when it makes them.
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

/// Makes the file with mode 0600 if it isn't there, and takes other people's rights away if it is, from what stands
/// beside it too. A failure is logged: SQLite itself tells better why a file can't be used.
pub(super) fn keep_private(file: &Path) {
    if let Err(error) = create(file).and_then(|()| restrict(file)) {
        tracing::warn!(file = %file.display(), %error, "the database file can't be closed to other users");
        return;
    }
    for suffix in BESIDE {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let beside = PathBuf::from(name);
        if beside.exists()
            && let Err(error) = restrict(&beside)
        {
            tracing::warn!(file = %beside.display(), %error, "a database file can't be closed to other users");
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
