//! The answer of a `verify`, in the making.

use serde::Serialize;

use crate::{Account, Extra, Extras, Verified};

impl Verified {
    /// All is well; `label` is what the platform calls the destination.
    ///
    /// ```
    /// use tablon_plugin::Verified;
    /// let verified = Verified::new("#jobs")
    ///     .linked(Some("https://chatter.example/jobs".to_owned()))
    ///     .warning("The bot may not delete messages.")
    ///     .remembering("max_characters", &500);
    /// assert_eq!(verified.account.label, "#jobs");
    /// ```
    pub fn new(label: impl Into<String>) -> Self {
        let account = Account { label: label.into(), url: None, extra: Extra::default() };
        Self { account, warnings: Vec::new(), remember: Extra::default(), extra: Extra::default() }
    }

    /// With the address where a person sees the destination, if it has one.
    #[must_use]
    pub fn linked(mut self, url: Option<String>) -> Self {
        self.account.url = url;
        self
    }

    /// With a sentence about what will not work as well as it could.
    #[must_use]
    pub fn warning(mut self, sentence: impl Into<String>) -> Self {
        self.warnings.push(sentence.into());
        self
    }

    /// With something that later calls need, and that the platform tells: an instance's own limits. It is given back as
    /// [`Target::recall`](crate::Target::recall), also to `render`. All names and values together: 16 KiB at the most.
    /// No secrets.
    #[must_use]
    pub fn remembering(mut self, name: &str, value: &impl Serialize) -> Self {
        self.remember.put(name, value);
        self
    }
}
