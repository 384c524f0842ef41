//! Publishes jobs in a Telegram channel, group or forum topic.

mod bot;
mod chat;
mod copies;
mod hashtags;
mod message;
mod receipt;
mod refusal;
mod settings;

use tablon_plugin::{
    Attempt, Description, Error, Features, Host, Locales, Posting, Presence, Preview, Publisher, Receipt, RetractMode,
    Target, Verified,
};

use crate::settings::Settings;

/// The plugin's languages.
const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// The plugin.
#[derive(Debug, Default)]
pub struct Telegram;

impl Publisher for Telegram {
    fn describe(&self) -> Description {
        Description {
            name: "Telegram".to_owned(),
            settings_schema: settings::form().to_string(),
            default_template: message::DEFAULT_TEMPLATE.to_owned(),
            features: Features::UPDATE | Features::RETRACT | Features::CHECK | Features::ADOPT,
            extra: Vec::new(),
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let settings = Settings::of(target)?;
        let (content, fitted) = message::open(posting, target, &settings)?;
        let warnings = fitted.squeezed.then(|| settings.words.say("warning-squeezed"));
        Ok(vec![Preview {
            format: "telegram-html".to_owned(),
            content: content.text,
            length: u32::try_from(fitted.length).unwrap_or(u32::MAX),
            limit: message::LIMIT as u32,
            unit: "utf16".to_owned(),
            warnings: warnings.into_iter().collect(),
        }])
    }

    fn verify(&self, host: &dyn Host, target: &Target) -> Result<Verified, Error> {
        chat::verify(host, target)
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        _attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        copies::publish(host, posting, target)
    }

    fn update(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        _attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        copies::update(host, receipt, posting, target)
    }

    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        _attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        copies::retract(host, receipt, mode, posting, target)
    }

    fn check(&self, host: &dyn Host, receipt: &Receipt, posting: &Posting, target: &Target) -> Result<Presence, Error> {
        copies::check(host, receipt, posting, target)
    }

    fn adopt(&self, host: &dyn Host, url: &str, target: &Target) -> Result<Receipt, Error> {
        chat::adopt(host, url, target)
    }
}

tablon_plugin::export!(Telegram);
