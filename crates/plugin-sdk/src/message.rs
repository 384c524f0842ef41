//! A posting as a message in a platform's markup, within the platform's limit.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::kept::Kept;
use crate::rich::{RichText, from_markdown};
use crate::{
    Ending, Error, Escaping, Extra, Locales, Posting, Preview, Target, Template, TemplateError, TemplateValue, Values,
    Words, fit, short,
};

/// Of title and organisation in a copy that is over, which must always fit.
const LONGEST_CLOSED: usize = 500;
/// Of a description where the writer isn't told otherwise. The job's page has the rest; a post of this size is read
/// without scrolling.
const DESCRIPTION: usize = 700;

/// A platform's way to write text: how to escape it, what a link looks like, and how the length is counted.
pub trait Markup {
    /// The name of the format in a [`Preview`]: `telegram-html`, `text`, …
    const FORMAT: &'static str;
    /// What [`measure`](Self::measure) counts: `utf16`, `characters` or `bytes`.
    const UNIT: &'static str;

    /// A stranger's text as text.
    fn escape(text: &str) -> String;

    /// Styled text in this markup.
    fn write(text: &RichText) -> String;

    /// A link; the label and the bare address where the platform would make none of it.
    fn link(label: &str, url: &str) -> String;

    /// The length of a message by the platform's own rule.
    ///
    /// # Errors
    /// Why the platform would refuse the markup: a tenant's template may have made anything.
    fn measure(message: &str) -> Result<usize, String>;
}

/// Makes messages of postings: by the tenant's template, or the plugin's own, with the description cut to what the
/// platform's limit leaves for it.
///
/// ```
/// use tablon_plugin::{MessageWriter, PlainText};
/// const MESSAGES: MessageWriter<PlainText> =
///     MessageWriter::new("{{ title }}\n{{ description }}\n{{ url }}", "{{ ending }}: {{ title }}", 500).description(300);
/// ```
#[derive(Debug)]
pub struct MessageWriter<M> {
    template: &'static str,
    closed_template: &'static str,
    limit: usize,
    description: usize,
    markup: PhantomData<M>,
}

/// A message that the platform takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What is sent.
    pub text: String,
    /// By the platform's rule.
    pub length: usize,
    /// The platform's limit.
    pub limit: usize,
    /// Whether the description got less room than was wanted for it.
    pub squeezed: bool,
    format: &'static str,
    unit: &'static str,
}

impl Message {
    /// The message as the host previews it.
    pub fn preview(&self, words: &Words) -> Preview {
        let clamped = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Preview {
            format: self.format.to_owned(),
            content: self.text.clone(),
            length: clamped(self.length),
            limit: clamped(self.limit),
            unit: self.unit.to_owned(),
            warnings: self.squeezed.then(|| words.say("warning-squeezed")).into_iter().collect(),
            extra: Extra::default(),
        }
    }
}

impl<M: Markup> MessageWriter<M> {
    /// A writer with the plugin's templates, for an offer and for one that is over, and the platform's limit.
    pub const fn new(template: &'static str, closed_template: &'static str, limit: usize) -> Self {
        Self { template, closed_template, limit, description: DESCRIPTION, markup: PhantomData }
    }

    /// The same with another length of descriptions, in UTF-16 units.
    #[must_use]
    pub const fn description(self, units: usize) -> Self {
        Self { description: units, ..self }
    }

    /// The plugin's template, for [`Description::default_template`](crate::Description).
    pub const fn default_template(&self) -> &'static str {
        self.template
    }

    /// What a template of this writer can name, for [`Description::extra`](crate::Description): the template editor shows
    /// it. A plugin's word `variable-title` explains `title` in its own way.
    pub fn template_variables(&self, locales: &Locales) -> (String, String) {
        let translations = locales.read_all();
        let variable = |name: &&str| {
            let word = format!("variable-{}", name.replace('_', "-"));
            serde_json::json!({ "name": name, "help": translations.say(&word) })
        };
        let names = Values::NAMES.iter().chain(&["description", "link"]);
        let variables: Vec<_> = names.map(variable).collect();
        ("template-variables".to_owned(), serde_json::Value::from(variables).to_string())
    }

    /// The message of an open offer.
    ///
    /// # Errors
    /// [`Error::InvalidSettings`] at `/template` where the template doesn't work; [`Error::Rejected`] where the message
    /// is too long even without its description.
    pub fn open(&self, posting: &Posting, target: &Target, words: &Words) -> Result<Message, Error> {
        let source = target.template.as_deref().filter(|template| !template.trim().is_empty());
        let values = Values::of(posting, target, words);
        let description = from_markdown(&posting.description);
        let template = source.map_or_else(|| Self::own(self.template), |source| Self::read(source).map(Arc::new));
        self.write(template, self.description, |room| {
            values.clone().markup("description", M::write(&description.shortened(room))).to_value()
        })
        .map_err(|error| error.explained(words))
    }

    /// What stays of an offer that is over. Its template knows `ending`, and the title and organisation are cut so
    /// that it always fits.
    ///
    /// # Errors
    /// As those of [`open`](Self::open), should the plugin's own template be wrong.
    pub fn closed(&self, posting: &Posting, ending: Ending, target: &Target, words: &Words) -> Result<Message, Error> {
        let values = Values::of(posting, target, words)
            .with("ending", words.ending(ending))
            .with("title", short(&posting.title, LONGEST_CLOSED))
            .with("organization", short(&posting.organization, LONGEST_CLOSED));
        self.write(Self::own(self.closed_template), 0, |_| values.to_value()).map_err(|error| error.explained(words))
    }

    /// A template of the plugin's own, which is read once.
    fn own(source: &'static str) -> Result<Arc<Template<'static>>, TemplateError> {
        /// The text by where it lies, and the markup by its functions.
        type Key = (usize, usize, usize, usize);
        static READ: Kept<Key, Arc<Template<'static>>> = Kept::new();
        let escape: fn(&str) -> String = M::escape;
        let link: fn(&str, &str) -> String = M::link;
        let key = (source.as_ptr() as usize, source.len(), escape as usize, link as usize);
        READ.get_or_make(key, || Self::read(source).map(Arc::new))
    }

    fn read(source: &str) -> Result<Template<'_>, TemplateError> {
        let mut template = Template::new(source, Escaping::With(M::escape))?;
        template.add_markup_function("link", M::link);
        Ok(template)
    }

    fn write(
        &self,
        template: Result<Arc<Template<'_>>, TemplateError>,
        wanted: usize,
        values: impl Fn(usize) -> TemplateValue,
    ) -> Result<Message, TemplateError> {
        let template = template?;
        let measure = |message: &str| M::measure(message).map_err(TemplateError::Markup);
        let fitted = fit(wanted, self.limit, |room| template.render(&values(room)), measure)?;
        if fitted.length == 0 {
            return Err(TemplateError::Invalid("it makes an empty message".to_owned()));
        }
        Ok(Message {
            text: fitted.message,
            length: fitted.length,
            limit: self.limit,
            squeezed: fitted.squeezed,
            format: M::FORMAT,
            unit: M::UNIT,
        })
    }
}

impl TemplateError {
    /// What it means for the channel: a template to mend, or a posting that doesn't go.
    pub fn explained(&self, words: &Words) -> Error {
        match self {
            Self::Invalid(why) | Self::Markup(why) => {
                Error::invalid_setting("/template", words.say_with("error-template", &[("why", why)]))
            }
            Self::TooLong { over } => Error::Rejected(words.say_with("error-too-long", &[("over", &over.to_string())])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{posting, target};
    use crate::{Locales, PlainText};

    const MESSAGES: MessageWriter<PlainText> = MessageWriter::new(
        "{{ title }}\n{{ description }}\n{{ link(words.apply, url) }}",
        "{{ ending }}: {{ title }}",
        120,
    );

    fn words() -> Words {
        Locales::new(&[("en", "-platform = Chatter")]).get("en")
    }

    #[test]
    fn the_description_is_cut_to_what_the_limit_leaves() {
        let long = Posting { description: "word ".repeat(100), url: "https://e.org".into(), ..posting() };
        let message = MESSAGES.open(&long, &target(serde_json::json!({})), &words()).expect("a message");
        assert!(message.length <= 120 && message.length > 110 && message.squeezed, "{message:?}");
        assert!(message.text.contains("word…") && message.text.ends_with("See the offer and apply: https://e.org"));
        let preview = message.preview(&words());
        assert_eq!((preview.format.as_str(), preview.unit.as_str(), preview.limit), ("text", "characters", 120));
        assert!(preview.warnings[0].contains("Chatter"));
    }

    #[test]
    fn everything_a_template_can_name_is_explained_in_every_language() {
        const LOCALES: Locales = Locales::new(&[("en", ""), ("es", ""), ("pt-BR", "")]);
        let (name, json) = MESSAGES.template_variables(&LOCALES);
        let variables: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
        assert!(name == "template-variables" && variables.len() == 20, "{json}");
        for variable in &variables {
            let help = variable["help"].as_object().expect("texts");
            assert!(
                help.len() == 3
                    && help.values().all(|text| !text.as_str().unwrap_or("variable-").starts_with("variable-")),
                "{variable}"
            );
        }
        let names: String = variables
            .iter()
            .filter(|v| v["name"] != "link")
            .map(|v| format!("{{{{ {} }}}}", v["name"].as_str().unwrap_or_default()))
            .collect();
        let target = Target { template: Some(names), ..target(serde_json::json!({})) };
        let roomy: MessageWriter<PlainText> = MessageWriter::new("", "", 20_000);
        assert!(roomy.open(&posting(), &target, &words()).is_ok());
    }

    #[test]
    fn a_tenants_template_wins_and_its_faults_are_explained() {
        let with = |template: &str| Target { template: Some(template.into()), ..target(serde_json::json!({})) };
        let shown = MESSAGES.open(&posting(), &with("{{ title }} at {{ board.name }}"), &words());
        assert_eq!(shown.map(|message| message.text).as_deref(), Ok("Rust engineer at Acme jobs"));
        let shown = MESSAGES.open(&posting(), &with(" \n"), &words());
        assert!(shown.is_ok_and(|message| message.text.contains("We build boards")));
        let wrong = MESSAGES.open(&posting(), &with("{{ titel }}"), &words());
        assert!(matches!(wrong, Err(Error::InvalidSettings(fields)) if fields[0].pointer == "/template"));
    }

    #[test]
    fn a_message_that_can_not_fit_is_rejected_and_a_closed_one_always_fits() {
        let long = Posting { title: "long ".repeat(900), ..posting() };
        let target = target(serde_json::json!({}));
        let open = MESSAGES.open(&long, &target, &words());
        assert!(matches!(open, Err(Error::Rejected(why)) if why.contains("longer than Chatter allows")));
        let roomy: MessageWriter<PlainText> = MessageWriter::new("x", "{{ ending }}: {{ title }}", 600);
        let closed = roomy.closed(&long, Ending::Filled, &target, &words()).expect("a message");
        assert!(closed.text.starts_with("This position is filled: long") && closed.text.ends_with('…'));
    }
}
