//! Posts each job in a Matrix room.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::{
    Api, Attempt, Channel, Context, Description, Error, Failure, Features, Field, Form, Handle, Host, Lane, Locales,
    MessageWriter, Method, PlainText, Posting, Preview, Publisher, Receipt, Repeat, Repeatable, Request, RetractMode,
    Target, Verified, Words,
};

/// The plugin's words, in its languages.
pub const LOCALES: Locales =
    Locales::new(&[("en", include_str!("../locales/en.ftl")), ("es", include_str!("../locales/es.ftl"))]);

/// An event may have 64 KB; nobody wants to scroll that far.
const MESSAGES: MessageWriter<PlainText> =
    MessageWriter::new(include_str!("../templates/message.txt.j2"), include_str!("../templates/closed.txt.j2"), 4000);

/// The plugin.
#[derive(Debug, Default)]
pub struct Plugin;

/// What the form asks for, but for the secret.
#[derive(Deserialize)]
struct Settings {
    homeserver: String,
    room: String,
}

/// Where a copy is.
#[derive(Serialize, Deserialize)]
struct Copy {
    room: String,
    event: String,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Settings {
    fn request(&self, method: Method, path: &[&str]) -> Request {
        let start = Request::new(method, format!("{}/_matrix/client/v3", self.homeserver.trim_end_matches('/')));
        let request = path.iter().fold(start, |request, part| request.segment(part));
        request.secret_header("authorization", "Bearer ", "access_token")
    }

    fn message(&self, room: &str, attempt: &Attempt, content: &Value) -> Request {
        self.request(Method::Put, &["rooms", room, "send", "m.room.message", &attempt.key]).json(content)
    }
}

impl Publisher for Plugin {
    fn describe(&self) -> Description {
        Description {
            name: "Matrix".to_owned(),
            settings_schema: Form::new(&LOCALES)
                .field(Field::url("homeserver").required().placeholder("https://matrix.example.org"))
                .field(Field::text("room").required().max(255).placeholder("!abc:example.org").pattern("!.+"))
                .field(Field::secret("access_token").required())
                .to_json(),
            default_template: MESSAGES.default_template().to_owned(),
            features: Features::UPDATE | Features::RETRACT,
            extra: vec![MESSAGES.template_variables(&LOCALES)],
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
        Ok(vec![MESSAGES.open(posting, target, &channel.words)?.preview(&channel.words)])
    }

    /// A homeserver knows a transaction id again, for half an hour at the least.
    fn repeats(&self, _: &Target) -> Repeat {
        Repeat::WithinMs(25 * 60 * 1000)
    }

    fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
        #[derive(Deserialize)]
        struct Rooms {
            joined_rooms: Vec<String>,
        }
        let Channel { settings, words, .. } = Channel::<Settings>::read(target, &LOCALES)?;
        let api = api(host, &words);
        let rooms: Rooms = api
            .call(settings.request(Method::Get, &["joined_rooms"]), Repeatable::Yes)
            .map_err(|failure| failure.meaning(&words))?;
        if !rooms.joined_rooms.contains(&settings.room) {
            return Err(Error::invalid_setting("/room", words.say("error-not-joined")));
        }
        Ok(Verified::new(settings.room))
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let Channel { settings, words, .. } = Channel::<Settings>::read(target, &LOCALES)?;
        let text = MESSAGES.open(posting, target, &words)?.text;
        let request = settings.message(&settings.room, attempt, &content(&text));
        let event = send(host, request, Repeatable::No, &settings, &words)?;
        let url = format!("https://matrix.to/#/{}/{event}", settings.room);
        Ok(Receipt::write(&Copy { room: settings.room, event }, Some(url)))
    }

    fn update(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let Channel { settings, words, .. } = Channel::<Settings>::read(target, &LOCALES)?;
        let copy: Copy = receipt.read(&words)?;
        let text = MESSAGES.open(posting, target, &words)?.text;
        send(host, settings.message(&copy.room, attempt, &copy.edit(&text)), Repeatable::Yes, &settings, &words)?;
        Ok(receipt.clone())
    }

    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        let Channel { settings, words, .. } = Channel::<Settings>::read(target, &LOCALES)?;
        let copy: Copy = receipt.read(&words)?;
        match mode {
            RetractMode::MarkClosed(ending) => {
                let text = MESSAGES.closed(posting, ending, target, &words)?.text;
                let edit = settings.message(&copy.room, attempt, &copy.edit(&text));
                send(host, edit, Repeatable::Yes, &settings, &words)?;
                Ok(Some(receipt.clone()))
            }
            RetractMode::Delete => {
                let path = ["rooms", &copy.room, "redact", &copy.event, &attempt.key];
                let redact = settings.request(Method::Put, &path).json(&json!({}));
                match send(host, redact, Repeatable::Yes, &settings, &words) {
                    // To take away what is gone is done.
                    Ok(_) | Err(Error::Gone) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl Copy {
    /// Matrix edits by a new event that takes the place of the old one.
    fn edit(&self, text: &str) -> Value {
        json!({
            "msgtype": "m.text", "body": format!("* {text}"), "m.mentions": {},
            "m.new_content": content(text),
            "m.relates_to": { "rel_type": "m.replace", "event_id": self.event },
        })
    }
}

/// A message that mentions nobody, whatever its text says: without `m.mentions`, clients would look for names in it.
fn content(text: &str) -> Value {
    json!({ "msgtype": "m.text", "body": text, "m.mentions": {} })
}

/// A homeserver's limits hold for the account.
fn api<'a>(host: &'a dyn Host, words: &'a Words) -> Api<'a> {
    Api::new(host, words).lane(Lane::Credential).address_setting("/homeserver")
}

/// Sends an event and gives its id.
fn send(
    host: &dyn Host,
    request: Request,
    repeatable: Repeatable,
    settings: &Settings,
    words: &Words,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Sent {
        event_id: String,
    }
    match api(host, words).call::<Sent>(request, repeatable) {
        Ok(sent) => Ok(sent.event_id),
        // Matrix says why in a code; a 403 can be mended by an invitation.
        Err(Failure::Refused(refusal)) if refusal.body["errcode"] == "M_FORBIDDEN" => {
            let sentence = words.say_with("error-forbidden-room", &[("room", &settings.room)]);
            Err(Error::invalid_setting("/room", words.told(&sentence, &refusal.said)))
        }
        Err(failure) => Err(failure.meaning(words)),
    }
}

tablon_plugin::export!(Plugin);
