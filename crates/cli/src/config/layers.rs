//! Puts the layers of the configuration on top of each other: file, variables, flags.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::keys::{KEYS, Key, find};

/// The file that is read where it lies in the current directory.
const FILE_NAME: &str = "tablon.toml";
/// Names another file.
pub(crate) const FILE_VARIABLE: &str = "TABLON_CONFIG";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody said anything.
    Default,
    /// `tablon.toml`.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// What was said for each key, as text; lists are joined by commas.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    said: BTreeMap<&'static str, (String, Source)>,
}

impl Layers {
    /// File, then variables, then flags; a later one wins.
    pub(crate) fn read(
        file: Option<&Path>,
        variables: &BTreeMap<String, String>,
        flags: &[(&'static str, String)],
    ) -> Result<Self> {
        let mut layers = Self::default();
        layers.add_file(file, variables)?;
        layers.add_variables(variables)?;
        for (name, value) in flags {
            layers.said.insert(name, (value.clone(), Source::Flag));
        }
        Ok(layers)
    }

    fn add_file(&mut self, file: Option<&Path>, variables: &BTreeMap<String, String>) -> Result<()> {
        let named = file.map(Path::to_path_buf).or_else(|| variables.get(FILE_VARIABLE).map(PathBuf::from));
        let path = match named {
            Some(path) => path,
            None if Path::new(FILE_NAME).is_file() => PathBuf::from(FILE_NAME),
            None => return Ok(()),
        };
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let table: Table = text.parse().with_context(|| format!("{} is not valid TOML", path.display()))?;
        self.add_table("", &table, &path)
    }

    fn add_table(&mut self, section: &str, table: &Table, path: &Path) -> Result<()> {
        for (name, value) in table {
            let name = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
            match (find(&name), value) {
                (Some(key), value) => {
                    let text = as_text(value)
                        .with_context(|| format!("{}: {name} must be {}", path.display(), key.expects))?;
                    self.said.insert(key.name, (text, Source::File(path.to_path_buf())));
                }
                (None, Value::Table(inner)) => self.add_table(&name, inner, path)?,
                (None, _) => bail!("{}: there is no key {name}; `tablon config --explain` lists them", path.display()),
            }
        }
        Ok(())
    }

    fn add_variables(&mut self, variables: &BTreeMap<String, String>) -> Result<()> {
        for key in &KEYS {
            let own = key.variable();
            let name = [Some(own.as_str()), key.platform_variable]
                .into_iter()
                .flatten()
                // An empty variable is how a compose file says "not set".
                .find(|name| variables.get(*name).is_some_and(|value| !value.is_empty()));
            let Some((name, value)) = name.and_then(|name| variables.get_key_value(name)) else { continue };
            let value = if name == "PORT" {
                let port: u16 = value.parse().with_context(|| format!("PORT {value:?} is not a port"))?;
                format!("0.0.0.0:{port}")
            } else {
                value.clone()
            };
            self.said.insert(key.name, (value, Source::Variable(name.clone())));
        }
        Ok(())
    }

    /// What was said for a key.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.said.get(name).map(|(value, _)| value.as_str())
    }

    /// Who said it.
    pub(crate) fn source(&self, name: &str) -> Source {
        self.said.get(name).map_or(Source::Default, |(_, source)| source.clone())
    }

    /// The value of a key that one text holds.
    pub(crate) fn get<T: FromStr>(&self, name: &'static str) -> Result<Option<T>> {
        self.text(name).map(|text| self.parse(name, text.trim())).transpose()
    }

    /// The values of a key that holds several.
    pub(crate) fn list<T: FromStr>(&self, name: &'static str) -> Result<Vec<T>> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(|one| self.parse(name, one)).collect()
    }

    fn parse<T: FromStr>(&self, name: &'static str, text: &str) -> Result<T> {
        text.parse().map_err(|_| self.wrong(name))
    }

    /// The error for a value that won't do; it never repeats a secret.
    pub(crate) fn wrong(&self, name: &'static str) -> anyhow::Error {
        let Some(key) = find(name) else { unreachable!("{name} is in the table of keys") };
        let Key { secret, expects, .. } = key;
        let value = match self.text(name) {
            Some(text) if !secret => format!("{text:?}"),
            _ => "the value".to_owned(),
        };
        anyhow::anyhow!("{name} ({}): {value} is not {expects}", self.source(name))
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Array(values) => values.iter().map(as_text).collect::<Option<Vec<_>>>().map(|values| values.join(",")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("tablon.toml");
        fs::write(&file, "listen = \"127.0.0.1:1\"\nbase_url = \"http://a\"\n[log]\nfilter = \"warn\"\n")
            .expect("a file");
        let layers = Layers::read(
            Some(&file),
            &variables(&[("TABLON_LISTEN", "127.0.0.1:2"), ("TABLON_BASE_URL", "http://b")]),
            &[("listen", "127.0.0.1:3".to_owned())],
        )
        .expect("a configuration");
        assert_eq!(layers.text("listen"), Some("127.0.0.1:3"));
        assert_eq!(layers.source("listen"), Source::Flag);
        assert_eq!(layers.text("base_url"), Some("http://b"));
        assert_eq!(layers.source("base_url"), Source::Variable("TABLON_BASE_URL".to_owned()));
        assert_eq!(layers.text("log.filter"), Some("warn"));
        assert_eq!(layers.source("log.filter"), Source::File(file));
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("tablon.toml");
        fs::write(&file, "[database]\nulr = \"x\"\n").expect("a file");
        let error = Layers::read(Some(&file), &BTreeMap::new(), &[]).expect_err("a refusal");
        assert!(error.to_string().contains("database.ulr"), "{error}");
    }

    #[test]
    fn platforms_set_port_and_database_url_and_our_own_names_win() {
        let layers = Layers::read(None, &variables(&[("PORT", "5000"), ("DATABASE_URL", "postgres://a/b")]), &[])
            .expect("a configuration");
        assert_eq!(layers.text("listen"), Some("0.0.0.0:5000"));
        assert_eq!(layers.text("database.url"), Some("postgres://a/b"));
        let both = variables(&[("DATABASE_URL", "postgres://a/b"), ("TABLON_DATABASE_URL", "sqlite://c.db")]);
        let layers = Layers::read(None, &both, &[]).expect("a configuration");
        assert_eq!(layers.text("database.url"), Some("sqlite://c.db"));
    }

    #[test]
    fn an_error_never_repeats_a_secret() {
        let layers = Layers::read(None, &variables(&[("TABLON_DATABASE_URL", "postgres://me:hunter2@db")]), &[])
            .expect("a configuration");
        assert!(!layers.wrong("database.url").to_string().contains("hunter2"));
    }
}
