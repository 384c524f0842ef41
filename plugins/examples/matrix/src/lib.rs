//! Posts each job in a Matrix room.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::{
    Attempt, Channel, Context, Description, Draft, EditableMessages, Ending, Error, Failure, Features, Field, Form,
    Handle, Lane, Locales, MessageWriter, Method, PlainText, Posting, Preview, Repeat, Repeatable, Request, Session,
    Shown, Target, Verified,
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
pub struct Settings {
    homeserver: String,
    room: String,
}

/// Where a copy is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Copy {
    room: String,
    event: String,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

/// A channel during a call.
type On<'a> = Session<'a, Settings>;

impl EditableMessages for Plugin {
    type Settings = Settings;
    type Content = String;
    type Copy = Copy;

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

    fn open(&self, target: &Target) -> Result<Channel<Settings>, Error> {
        Channel::read(target, &LOCALES)
    }

    fn offer(&self, draft: &Draft<'_, Settings>) -> Result<String, Error> {
        MESSAGES.open(draft.posting, draft.target, &draft.words).map(|message| message.text)
    }

    fn over(&self, draft: &Draft<'_, Settings>, ending: Ending) -> Result<String, Error> {
        MESSAGES.closed(draft.posting, ending, draft.target, &draft.words).map(|message| message.text)
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let words = self.open(target)?.words;
        Ok(vec![MESSAGES.open(posting, target, &words)?.preview(&words)])
    }

    /// A homeserver knows a transaction id again, for half an hour at the least.
    fn repeats(&self, _: &Target) -> Repeat {
        Repeat::WithinMs(25 * 60 * 1000)
    }

    fn verify(&self, on: &On<'_>, _: &Context) -> Result<Verified, Error> {
        #[derive(Deserialize)]
        struct Rooms {
            joined_rooms: Vec<String>,
        }
        let rooms: Rooms = call(on, request(on, Method::Get, &["joined_rooms"]), Repeatable::Yes)?;
        if !rooms.joined_rooms.contains(&on.settings.room) {
            return Err(Error::invalid_setting("/room", on.words.say("error-not-joined")));
        }
        Ok(Verified::new(&on.settings.room))
    }

    fn send(&self, on: &On<'_>, text: &String, attempt: &Attempt) -> Result<Shown<Copy>, Error> {
        #[derive(Deserialize)]
        struct Sent {
            event_id: String,
        }
        let room = on.settings.room.clone();
        let sent: Sent = call(on, message(on, &room, attempt, &content(text)), Repeatable::No)?;
        let url = format!("https://matrix.to/#/{room}/{}", sent.event_id);
        Ok(Shown::at(Copy { room, event: sent.event_id }).linked(Some(url)))
    }

    /// Matrix edits by a new event that takes the place of the old one.
    fn edit(&self, on: &On<'_>, copy: Copy, text: &String, attempt: &Attempt) -> Result<Shown<Copy>, Error> {
        let edit = json!({
            "msgtype": "m.text", "body": format!("* {text}"), "m.mentions": {},
            "m.new_content": content(text),
            "m.relates_to": { "rel_type": "m.replace", "event_id": copy.event },
        });
        call::<Value>(on, message(on, &copy.room, attempt, &edit), Repeatable::Yes)?;
        Ok(Shown::at(copy))
    }

    fn delete(&self, on: &On<'_>, copy: &Copy, attempt: &Attempt) -> Result<(), Error> {
        let redact = request(on, Method::Put, &["rooms", &copy.room, "redact", &copy.event, &attempt.key]);
        call::<Value>(on, redact.json(&json!({})), Repeatable::Yes).map(drop)
    }
}

/// A message that mentions nobody, whatever its text says: without `m.mentions`, clients would look for names in it.
fn content(text: &str) -> Value {
    json!({ "msgtype": "m.text", "body": text, "m.mentions": {} })
}

fn request(on: &On<'_>, method: Method, path: &[&str]) -> Request {
    let start = Request::new(method, format!("{}/_matrix/client/v3", on.settings.homeserver.trim_end_matches('/')));
    let request = path.iter().fold(start, |request, part| request.segment(part));
    request.secret_header("authorization", "Bearer ", "access_token")
}

fn message(on: &On<'_>, room: &str, attempt: &Attempt, content: &Value) -> Request {
    request(on, Method::Put, &["rooms", room, "send", "m.room.message", &attempt.key]).json(content)
}

/// A homeserver's limits hold for the account.
fn call<T: DeserializeOwned>(on: &On<'_>, request: Request, repeatable: Repeatable) -> Result<T, Error> {
    match on.api().lane(Lane::Credential).address_setting("/homeserver").call(request, repeatable) {
        // Matrix says why in a code; a 403 can be mended by an invitation.
        Err(Failure::Refused(refusal)) if refusal.body["errcode"] == "M_FORBIDDEN" => {
            let sentence = on.words.say_with("error-forbidden-room", &[("room", &on.settings.room)]);
            Err(Error::invalid_setting("/room", on.words.told(&sentence, &refusal.said)))
        }
        done => done.map_err(|failure| failure.meaning(&on.words)),
    }
}

tablon_plugin::export!(Plugin);
