//! Posts each job as plain text to an address.

use serde::{Deserialize, Serialize};
use tablon_plugin::{
    Api, Attempt, Channel, Context, Description, Error, Features, Field, Form, Handle, Host, Lane, Locales,
    MessageWriter, Method, PlainText, Posting, Preview, Publisher, Receipt, Refusal, Repeat, Repeatable, Request,
    Target, Verified,
};

/// The plugin's words, in its languages.
pub const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// Messages of at most 2000 characters. The platform can't mark a message as over, so there is no text for that.
const MESSAGES: MessageWriter<PlainText> = MessageWriter::new(include_str!("../templates/message.txt.j2"), "", 2000);

/// The plugin.
#[derive(Debug, Default)]
pub struct Plugin;

/// A channel's settings, as the form asks for them.
#[derive(Deserialize)]
struct Settings {
    url: String,
}

/// What is remembered of a copy. Receipts outlive versions of a plugin: keep reading old ones.
#[derive(Serialize, Deserialize)]
struct Copy {
    url: String,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Publisher for Plugin {
    fn describe(&self) -> Description {
        Description {
            name: "Hello world".to_owned(),
            settings_schema: Form::new(&LOCALES)
                .field(Field::url("url").required())
                .field(Field::secret("token"))
                .to_json(),
            default_template: MESSAGES.default_template().to_owned(),
            // What the platform can do beside taking messages: `Features::UPDATE | Features::RETRACT`.
            features: Features::empty(),
            extra: Vec::new(),
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
        let message = MESSAGES.open(posting, target, &channel.words)?;
        Ok(vec![message.preview(&channel.words)])
    }

    fn repeats(&self, _target: &Target) -> Repeat {
        // Say `Repeat::Always` if the platform recognises the key that `publish` sends along.
        Repeat::Never
    }

    fn verify(&self, _host: &dyn Host, target: &Target, _context: &Context) -> Result<Verified, Error> {
        let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
        Ok(Verified::new(channel.settings.url).warning(channel.words.say("warning-unproved")))
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
        let message = MESSAGES.open(posting, target, &channel.words)?;
        let url = channel.settings.url;
        let mut request = Request::new(Method::Post, &url)
            .header("content-type", "text/plain; charset=utf-8")
            .header("idempotency-key", &attempt.key)
            .body(message.text);
        if target.secrets.iter().any(|name| name == "token") {
            request = request.secret_header("authorization", "Bearer ", "token");
        }
        let answer = Api::new(host, &channel.words).send(request, Repeatable::No)?;
        if !answer.is_success() {
            return Err(Refusal::of(&answer, Lane::Destination, Repeatable::No).meaning(&channel.words));
        }
        Ok(Receipt::write(&Copy { url }, None))
    }
}

tablon_plugin::export!(Plugin);
