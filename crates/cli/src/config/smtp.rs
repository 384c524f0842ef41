//! Outgoing mail: which server, in whose name, signed or not.

use anyhow::{Result, bail};
use tablon_core::Keyring;
use tablon_publisher::mail::{DkimKey, MailOptions, Sender, SmtpServer, SmtpUrlError, UnsubscribeKey};
use url::Url;

use super::layers::Layers;

/// The operator's mail.
#[derive(Debug)]
pub(crate) struct Smtp {
    pub(crate) server: Option<SmtpServer>,
    pub(crate) from: Option<Sender>,
    pub(crate) dkim: Option<DkimKey>,
    /// Somebody said whom mail is from, rather than that it was worked out.
    pub(crate) is_own_sender: bool,
}

impl Smtp {
    pub(super) fn read(layers: &Layers, base_url: &Url) -> Result<Self> {
        let server =
            match layers.text("smtp.url") {
                Some(url) => Some(url.trim().parse().map_err(|error: SmtpUrlError| {
                    anyhow::anyhow!("smtp.url ({}): {error}", layers.source("smtp.url"))
                })?),
                None => None,
            };
        let named: Option<Sender> = layers.get("smtp.from")?;
        // A user that is an address is who the server knows us as.
        let from = named.or_else(|| server.as_ref().and_then(SmtpServer::user_address));
        let is_own_sender = from.is_some();
        let from = from.or_else(|| server.as_ref().and(guessed(base_url)));
        Ok(Self { dkim: dkim(layers, from.as_ref())?, server, from, is_own_sender })
    }

    /// What the plugin host sends mail with.
    pub(crate) fn options(&self, base_url: &Url, keyring: Option<&Keyring>) -> MailOptions {
        // Without a keyring nothing is sent: `doctor` and `plugin list` look at plugins alone.
        let key = keyring.map_or([0; 32], |keyring| keyring.derive(UnsubscribeKey::PURPOSE));
        MailOptions {
            server: self.server.clone(),
            from: self.from.clone(),
            dkim: self.dkim.clone(),
            host_name: base_url.host_str().unwrap_or("localhost").to_owned(),
            ..MailOptions::none(UnsubscribeKey::new(key))
        }
    }
}

/// `jobs@` and the host that boards are reached at.
fn guessed(base_url: &Url) -> Option<Sender> {
    let host = base_url.domain().unwrap_or("localhost");
    format!("jobs@{host}").parse().ok()
}

fn dkim(layers: &Layers, from: Option<&Sender>) -> Result<Option<DkimKey>> {
    let Some(key) = layers.text("smtp.dkim_key") else { return Ok(None) };
    let Some(selector) = layers.text("smtp.dkim_selector") else {
        bail!("smtp.dkim_key is set and smtp.dkim_selector isn't: receivers wouldn't know where the public key is");
    };
    let domain = layers.text("smtp.dkim_domain").map(str::to_owned).or_else(|| from.map(Sender::domain));
    let Some(domain) = domain else { bail!("smtp.dkim_key is set and smtp.from isn't: nobody's mail would be signed") };
    match DkimKey::new(&domain, selector.trim(), key) {
        Ok(key) => Ok(Some(key)),
        Err(_) => Err(layers.wrong("smtp.dkim_key")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Config;

    fn with(pairs: &[(&'static str, &str)]) -> anyhow::Result<Config> {
        let flags: Vec<_> = pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Config::load(None, &BTreeMap::new(), &flags)
    }

    #[test]
    fn the_sender_is_said_or_follows_from_the_user_or_the_address_of_the_boards() {
        let from = |pairs: &[(&'static str, &'static str)]| {
            let smtp = with(pairs).expect("a configuration").smtp;
            smtp.from.map(|from| (from.to_string(), smtp.is_own_sender))
        };
        let base = ("base_url", "https://board.example");
        let local = ("smtp.url", "smtp://127.0.0.1:2525");
        assert_eq!(from(&[base]), None);
        assert_eq!(from(&[base, local]), Some(("jobs@board.example".into(), false)));
        assert_eq!(from(&[local]), Some(("jobs@localhost".into(), false)));
        let user = ("smtp.url", "smtps://jobs%40example.org:secret@mail.example.org");
        assert_eq!(from(&[base, user]), Some(("jobs@example.org".into(), true)));
        assert_eq!(from(&[base, user, ("smtp.from", "a@b.example")]), Some(("a@b.example".into(), true)));
    }

    #[test]
    fn a_wrong_address_of_a_server_is_told_without_its_password() {
        let error = with(&[("smtp.url", "smtp://me:hunter2@mail.example.org?tls=none")]).expect_err("a refusal");
        assert!(error.to_string().starts_with("smtp.url") && !error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_signature_needs_a_selector_and_a_key_that_is_one() {
        let signed = |more: &[(&'static str, &'static str)]| {
            let base = [("smtp.url", "smtp://127.0.0.1:25"), ("smtp.from", "jobs@example.org")];
            with(&[&base, more].concat())
        };
        let key = ("smtp.dkim_key", "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
        assert!(signed(&[key, ("smtp.dkim_selector", "tablon")]).expect("a configuration").smtp.dkim.is_some());
        assert!(signed(&[key]).expect_err("a refusal").to_string().contains("dkim_selector"));
        let wrong = signed(&[("smtp.dkim_key", "hunter2"), ("smtp.dkim_selector", "tablon")]);
        let wrong = wrong.expect_err("a refusal").to_string();
        assert!(wrong.contains("is not an RSA key") && !wrong.contains("hunter2"), "{wrong}");
    }
}
