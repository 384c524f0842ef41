//! A platform that follows a script, for the tests of what all such platforms share.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Draft, EditableMessages, Session, Shown};
use crate::{
    Attempt, Channel, Context, Description, Ending, Error, Features, Handle, Level, Locales, Located, MailError,
    Posting, Presence, Preview, Target, Verified,
};

/// A platform whose every answer is a step of a script, and which writes down what it is asked.
#[derive(Default)]
pub(super) struct Chatter;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Copy {
    id: u32,
}

impl Handle for Copy {
    const VERSION: u32 = 2;

    fn upgrade(_: u32, mut older: Value) -> Value {
        older["id"] = older["number"].take();
        older
    }
}

type On<'a> = Session<'a, Value>;

/// The script's next word decides: `gone`, `refuses`, `half`, `altered`, or all is well.
fn next(on: &On<'_>, asked: &str) -> Result<String, Error> {
    let said = match on.host.probe_mail("script") {
        Err(MailError::Refused(said)) => said,
        _ => String::new(),
    };
    on.host.log(Level::Info, asked, &[]);
    match said.as_str() {
        "gone" => Err(Error::Gone),
        "refuses" => Err(Error::Unsupported),
        "later" => Err(Error::Transient("later".into())),
        _ => Ok(said),
    }
}

fn shown(copy: Copy, said: &str) -> Shown<Copy> {
    let shown = Shown::at(copy);
    if said == "half" { shown.unfinished("the name is missing") } else { shown }
}

impl EditableMessages for Chatter {
    type Settings = Value;
    type Content = String;
    type Copy = Copy;

    fn describe(&self) -> Description {
        Description {
            name: "Chatter".into(),
            settings_schema: "{}".into(),
            default_template: String::new(),
            features: Features::UPDATE | Features::RETRACT,
            extra: vec![],
        }
    }

    fn open(&self, target: &Target) -> Result<Channel<Value>, Error> {
        Channel::read(target, &Locales::new(&[("en", "")]))
    }

    fn offer(&self, draft: &Draft<'_, Value>) -> Result<String, Error> {
        match draft.posting.title.as_str() {
            "" => Err(Error::Rejected("no title".into())),
            title => Ok(title.into()),
        }
    }

    fn over(&self, draft: &Draft<'_, Value>, ending: Ending) -> Result<String, Error> {
        Ok(format!("{ending:?}: {}", draft.posting.title))
    }

    fn render(&self, _: &Posting, _: &Target) -> Result<Vec<Preview>, Error> {
        Ok(vec![])
    }

    fn verify(&self, _: &On<'_>, context: &Context) -> Result<Verified, Error> {
        Ok(Verified::new(&context.now))
    }

    fn send(&self, on: &On<'_>, content: &String, attempt: &Attempt) -> Result<Shown<Copy>, Error> {
        let said = next(on, &format!("send {content} {}", attempt.number))?;
        Ok(shown(Copy { id: 7 }, &said).linked(Some("https://chatter.example/7".into())))
    }

    fn edit(&self, on: &On<'_>, copy: Copy, content: &String, _: &Attempt) -> Result<Shown<Copy>, Error> {
        let said = next(on, &format!("edit {} {content}", copy.id))?;
        Ok(shown(copy, &said))
    }

    fn delete(&self, on: &On<'_>, copy: &Copy, _: &Attempt) -> Result<(), Error> {
        next(on, &format!("delete {}", copy.id)).map(drop)
    }

    fn look(&self, on: &On<'_>, copy: &Copy, expected: Option<&String>) -> Result<Presence, Error> {
        let said = next(on, &format!("look {} {expected:?}", copy.id))?;
        Ok(if said == "altered" { Presence::Altered("another title".into()) } else { Presence::Present })
    }

    fn locate(&self, on: &On<'_>, content: &String, _: &Attempt) -> Result<Located, Error> {
        next(on, &format!("search {content}"))?;
        Ok(Shown::at(Copy { id: 9 }).located(content))
    }

    fn adopt(&self, on: &On<'_>, reference: &str) -> Result<Shown<Copy>, Error> {
        next(on, &format!("adopt {reference}"))?;
        Ok(Shown::at(Copy { id: 8 }).linked(Some(reference.into())))
    }
}
