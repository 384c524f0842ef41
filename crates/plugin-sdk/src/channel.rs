//! A tenant's channel as a plugin works with it: settings of the plugin's own type, and words.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Locales, Target, Words};

/// The channel of a call.
///
/// ```
/// use serde::Deserialize;
/// use tablon_plugin::{Channel, Error, Locales, Target};
///
/// #[derive(Deserialize)]
/// struct Settings {
///     room: String,
///     #[serde(default)]
///     silent: bool,
/// }
///
/// fn room(target: &Target) -> Result<String, Error> {
///     const LOCALES: Locales = Locales::new(&[("en", "-platform = Chatter")]);
///     let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
///     Ok(channel.settings.room)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Channel<S> {
    /// Its settings. The host has checked them against the form.
    pub settings: S,
    /// The words of its language.
    pub words: Words,
    /// As they came, to be given back with a change.
    raw: Value,
}

impl<S: DeserializeOwned> Channel<S> {
    /// Reads the settings of a target. A setting that was left empty comes as `null` and counts as absent, so that
    /// `#[serde(default)]` is all it takes.
    ///
    /// # Errors
    /// [`Error::InvalidSettings`] where the type and the form of the settings disagree.
    pub fn read(target: &Target, locales: &Locales) -> Result<Self, Error> {
        let words = locales.get(&target.locale);
        let unreadable = |why: serde_json::Error| {
            Error::invalid_setting("", words.say_with("error-settings", &[("why", &why.to_string())]))
        };
        let raw: Value = serde_json::from_str(&target.settings).map_err(unreadable)?;
        let mut present = raw.clone();
        if let Some(settings) = present.as_object_mut() {
            settings.retain(|_, value| !value.is_null());
        }
        let settings = S::deserialize(present).map_err(unreadable)?;
        Ok(Self { settings, words, raw })
    }
}

impl<S> Channel<S> {
    /// The destination has moved: the settings with one of them changed, the rest as it was.
    pub fn moved(&self, setting: &str, value: impl Into<Value>) -> Error {
        let mut moved = self.raw.clone();
        if let Some(settings) = moved.as_object_mut() {
            settings.insert(setting.to_owned(), value.into());
        }
        Error::Moved(moved.to_string())
    }
}
