//! The key that seals secrets: from the configuration, or a file that is made at the first start.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use tablon_core::Keyring;
use tablon_core::keyring::MIN_KEY_BYTES;

use super::Config;
use crate::instance;

/// The key's file in the data directory.
const FILE_NAME: &str = "secret.key";

/// A key that somebody configured. Shows nowhere.
#[derive(Clone)]
pub(crate) struct SecretKey(String);

impl FromStr for SecretKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() < MIN_KEY_BYTES { Err(()) } else { Ok(Self(text.to_owned())) }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The keyring of this instance. With SQLite a key file is made where there is none.
pub(crate) fn require_keyring(config: &Config) -> Result<Keyring> {
    if let Some(keyring) = present_keyring(config)? {
        return Ok(keyring);
    }
    let path = config.data_dir.join(FILE_NAME);
    instance::make_folder_of(&path)?;
    make(&path)?;
    read(&path)
}

/// The keyring of this instance, or none where the first start is going to make one. Replicas on PostgreSQL share no
/// disk, and their platforms keep none, so they must be told.
pub(crate) fn present_keyring(config: &Config) -> Result<Option<Keyring>> {
    if let Some(SecretKey(key)) = &config.secret_key {
        return Ok(Some(Keyring::from_secret(key.as_bytes())?));
    }
    if config.database.url.sqlite_file().is_none() {
        bail!(
            "TABLON_SECRET_KEY is not set. With PostgreSQL the key that seals bot tokens and signs sessions must be \
             given, because every process needs the same one. Make one with `openssl rand -base64 32` and keep it safe."
        );
    }
    let path = config.data_dir.join(FILE_NAME);
    if path.exists() { read(&path).map(Some) } else { Ok(None) }
}

/// Makes the file unless there is one. Two processes that start together end with the same key.
fn make(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    // Written in full beside it first: a process that dies half-way leaves no half key, and `hard_link`
    // fails where the name is taken, as O_EXCL would.
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(Keyring::generate().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        match fs::hard_link(&fresh, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    })();
    let _ = fs::remove_file(&fresh);
    written.with_context(|| format!("making the key file {}", path.display()))
}

fn read(path: &Path) -> Result<Keyring> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("others may read the key file {0}; run: chmod 600 {0}", path.display());
    }
    let key = fs::read_to_string(path).with_context(|| format!("reading the key file {}", path.display()))?;
    Keyring::from_secret(key.trim().as_bytes()).with_context(|| format!("the key file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config(flags: &[(&'static str, String)]) -> Config {
        Config::load(None, &BTreeMap::new(), flags).expect("a configuration")
    }

    #[test]
    fn a_sqlite_board_makes_its_key_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let config = config(&[("data_dir", dir.path().display().to_string())]);
        assert!(present_keyring(&config).expect("an answer").is_none());
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0, "asking makes nothing");
        let first = require_keyring(&config).expect("a key").derive("test");
        let again = require_keyring(&config).expect("a key").derive("test");
        assert_eq!(first, again);
        let path = dir.path().join(FILE_NAME);
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing else is left behind");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        assert!(require_keyring(&config).expect_err("a refusal").to_string().contains("chmod 600"));
    }

    #[test]
    fn postgres_without_a_key_says_what_to_do() {
        let error = require_keyring(&config(&[("database.url", "postgres://db/x".to_owned())])).expect_err("a refusal");
        assert!(error.to_string().contains("TABLON_SECRET_KEY"), "{error}");
    }
}
