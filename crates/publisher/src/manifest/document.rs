//! `plugin.toml` as written; [`super::Manifest`] is the checked form.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lanes::Limit;
use crate::hmac_key::HmacKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) contract: String,
    pub(super) description: Option<String>,
    pub(super) license: Option<String>,
    pub(super) homepage: Option<String>,
    #[serde(default)]
    pub(super) http: HttpSection,
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, SecretSection>,
    #[serde(default)]
    pub(super) mail: MailSection,
    #[serde(default)]
    pub(super) lanes: LanesSection,
    #[serde(default)]
    pub(super) translations: BTreeMap<String, TranslationSection>,
    pub(super) test: Option<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TranslationSection {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct MailSection {
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    pub(super) smtp_secret: Option<String>,
    pub(super) recipient_setting: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpSection {
    #[serde(default)]
    pub(super) hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretSection {
    pub(super) pattern: String,
    #[serde(default)]
    pub(super) origins: Vec<String>,
    pub(super) hmac_key: Option<HmacKey>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct LanesSection {
    pub(super) credential: Option<CredentialSection>,
    pub(super) destination: Option<DestinationSection>,
    pub(super) server: Option<ServerSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialSection {
    pub(super) secret: OneOrMore,
    pub(super) limits: Vec<Limit>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DestinationSection {
    pub(super) settings: Vec<String>,
    pub(super) limits: Vec<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerSection {
    #[serde(default)]
    pub(super) limits: Vec<Limit>,
}
