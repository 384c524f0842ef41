//! The mail addresses of an audience.

use serde_json::Value;
use tablon_core::store::Channel;

use super::mailbox::MailError;
use crate::manifest::Audience;

/// The most addresses of one audience.
const MOST_RECIPIENTS: usize = 50;

/// Whether a text is one mail address.
pub fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// The addresses of an audience: a setting that holds one, several separated by commas, or a list.
pub(crate) fn recipients(settings: &Value, audience: &Audience) -> Result<Vec<String>, MailError> {
    let Audience::Setting(name) = audience;
    let texts: Vec<&str> = match settings.get(name) {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut addresses: Vec<String> = Vec::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        let address = text.parse::<lettre::Address>();
        let address = address.map_err(|_| MailError::Invalid(format!("{text} is no mail address")))?.to_string();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    match addresses.len() {
        0 => Err(MailError::Invalid(format!("the setting {name} holds no mail address"))),
        many if many > MOST_RECIPIENTS => {
            Err(MailError::Invalid(format!("the setting {name} holds more than {MOST_RECIPIENTS} addresses")))
        }
        _ => Ok(addresses),
    }
}

/// The mail addresses in a channel's settings.
pub fn recipients_of(channel: &Channel) -> Vec<String> {
    let names = channel.settings.as_object().into_iter().flat_map(|settings| settings.keys());
    names.flat_map(|name| recipients(&channel.settings, &Audience::Setting(name.clone())).unwrap_or_default()).collect()
}
