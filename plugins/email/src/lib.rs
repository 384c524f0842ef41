//! Sends jobs to a mailing list: each as soon as it is published, or together once a day or a week.

mod letter;

use serde::{Deserialize, Serialize};
use tablon_plugin::{
    Attempt, Channel, Context, Description, Ending, Error, Features, Field, Form, HandedOver, Handle, Host, LastSent,
    Locales, Located, MailDelivery, MailState, Posting, Preview, Publisher, Receipt, RetractMode, Target, Verified,
    Weekday, unmailed,
};

use crate::letter::Kind;

/// The plugin's languages.
const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// Whom it mails, as the manifest names them.
const AUDIENCE: &str = "setting:to";
const DELIVERIES: [&str; 3] = ["at_once", "daily", "weekly"];
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The plugin.
#[derive(Debug, Default)]
pub struct Email;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    delivery: String,
    hour: Option<u8>,
    #[serde(default)]
    weekday: String,
    #[serde(default)]
    subject_prefix: String,
}

/// What was handed over to the host's outbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Copy {
    /// None for a copy that a person pointed at.
    id: Option<String>,
    /// What tells that the offer is over, once it was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(flatten)]
    sent: LastSent,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Settings {
    fn delivery(&self) -> MailDelivery {
        let hour = self.hour.unwrap_or(8);
        match self.delivery.as_str() {
            "daily" => MailDelivery::Daily(hour),
            "weekly" => {
                let day = DAYS.iter().find(|(name, _)| *name == self.weekday).map_or(Weekday::Monday, |(_, day)| *day);
                MailDelivery::Weekly((day, hour))
            }
            _ => MailDelivery::AtOnce,
        }
    }

    fn is_at_once(&self) -> bool {
        matches!(self.delivery(), MailDelivery::AtOnce)
    }

    fn kind(&self) -> Kind<'_> {
        Kind { in_a_digest: !self.is_at_once(), prefix: &self.subject_prefix }
    }
}

impl Publisher for Email {
    // The host's outbox sends nothing twice under one key, but it can't find out what a mail server did with a mail
    // whose answer was lost: `locate` tells what is on record, and where that isn't enough a person is asked. So
    // `repeats` keeps its default answer, never.
    fn describe(&self) -> Description {
        let form = Form::new(&LOCALES)
            .field(Field::email("to").required())
            // The host reads it: which headers a mail has that stop it.
            .field(Field::select("recipient", &["person", "list"]).default("person"))
            .field(Field::select("delivery", &DELIVERIES).default("at_once"))
            .field(Field::integer("hour").min(0).max(23).default(8))
            .field(Field::select("weekday", &DAYS.map(|(name, _)| name)).default("monday"))
            .field(Field::text("subject_prefix").max(40))
            .field(Field::secret("smtp_url").pattern("^smtps?://[^\\s]{3,500}$"));
        Description {
            name: "E-mail".to_owned(),
            settings_schema: form.to_json(),
            default_template: letter::HTML.default_template().to_owned(),
            features: Features::UPDATE | Features::RETRACT | Features::LOCATE | Features::ADOPT,
            extra: vec![letter::HTML.template_variables(&LOCALES)],
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let channel = open(target)?;
        let message = letter::open(posting, target, channel.settings.kind(), &channel.words)?;
        Ok(vec![letter::preview(&message)])
    }

    /// Greets the mail server and logs in. Nothing is sent.
    fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
        open(target)?;
        host.probe_mail(AUDIENCE).map(Verified::new).map_err(unmailed)
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let channel = open(target)?;
        let (settings, words) = (&channel.settings, &channel.words);
        let message = letter::open(posting, target, settings.kind(), words)?;
        let handed = host.send_mail(AUDIENCE, &attempt.key, &message, settings.delivery());
        match handed.map_err(unmailed)? {
            HandedOver { state: MailState::Unknown, .. } => Err(Error::Uncertain(words.say("error-unknown"))),
            HandedOver { state: MailState::Refused, .. } => Err(Error::Rejected(words.say("error-rejected"))),
            HandedOver { id, .. } => {
                let copy = Copy { id: Some(id), note: None, sent: LastSent::offer(&letter::preview(&message).content) };
                Ok(Receipt::write(&copy, None))
            }
        }
    }

    /// What still waits for its digest is replaced. A mail that has gone out is nobody's to change any more, but of an offer
    /// that is open again no digest may say that it is over.
    fn update(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        _: &Attempt,
    ) -> Result<Receipt, Error> {
        let channel = open(target)?;
        let copy: Copy = receipt.read(&channel.words)?;
        // Also where the channel sends at once by now: what was put by before waits for its digest.
        let Some(id) = copy.id else { return Err(Error::Unsupported) };
        let kind = Kind { in_a_digest: true, prefix: &channel.settings.subject_prefix };
        let message = letter::open(posting, target, kind, &channel.words)?;
        let withdrawn = match &copy.note {
            Some(note) => host.cancel_mail(note).map_err(unmailed)?,
            None => false,
        };
        if !host.replace_mail(&id, &message).map_err(unmailed)? && !withdrawn {
            return Err(Error::Unsupported);
        }
        let sent = LastSent::offer(&letter::preview(&message).content);
        Ok(Receipt::write(&Copy { id: Some(id), note: None, sent }, receipt.url.clone()))
    }

    /// What still waits for its digest is taken out of it. After that, the next digest says that the offer is over;
    /// where there are no digests nothing is said, because nobody wants a second mail about it. Of an offer that was taken
    /// down nothing is said at all.
    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        let channel = open(target)?;
        let (settings, words) = (&channel.settings, &channel.words);
        let copy: Copy = receipt.read(words)?;
        if let Some(id) = &copy.id
            && host.cancel_mail(id).map_err(unmailed)?
        {
            return Ok(None);
        }
        let (ending, tells) = match mode {
            RetractMode::MarkClosed(ending) => (ending, !settings.is_at_once()),
            RetractMode::Delete => (Ending::Closed, false),
        };
        let note = letter::over(posting, ending, target, words)?;
        let told = match tells {
            true => Some(host.send_mail(AUDIENCE, &attempt.key, &note, settings.delivery()).map_err(unmailed)?.id),
            false => None,
        };
        let copy = Copy { note: told, sent: LastSent::closed(ending, &letter::preview(&note).content), ..copy };
        Ok(Some(Receipt::write(&copy, receipt.url.clone())))
    }

    fn locate(&self, host: &dyn Host, posting: &Posting, target: &Target, attempt: &Attempt) -> Result<Located, Error> {
        let channel = open(target)?;
        let found = host.find_mail(&attempt.key).map_err(unmailed)?;
        let receipt = |id: String| {
            let message = letter::open(posting, target, channel.settings.kind(), &channel.words)?;
            let copy = Copy { id: Some(id), note: None, sent: LastSent::offer(&letter::preview(&message).content) };
            Ok(Located::Found(Receipt::write(&copy, None)))
        };
        match found {
            Some(HandedOver { id, state: MailState::Sent, .. }) => receipt(id),
            // It waits for its digest, and that is where it belongs.
            Some(HandedOver { id, state: MailState::Queued, .. }) if !channel.settings.is_at_once() => receipt(id),
            Some(HandedOver { state: MailState::Unknown, .. }) => Ok(Located::Unknowable),
            Some(HandedOver { state: MailState::Queued | MailState::Refused, .. }) | None => Ok(Located::Absent),
        }
    }

    /// The link to the list's archive, or the Message-ID.
    fn adopt(
        &self,
        _: &dyn Host,
        reference: &str,
        _: &Posting,
        target: &Target,
        _: &Context,
    ) -> Result<Receipt, Error> {
        let words = open(target)?.words;
        let (link, id) = (reference.trim(), reference.trim().trim_start_matches("mid:"));
        let is_link = link.starts_with("https://") || link.starts_with("http://");
        let is_id = id.len() > 2 && id.contains('@') && !id.contains(char::is_whitespace);
        if !is_link && !is_id {
            return Err(Error::Rejected(words.say("error-adopt")));
        }
        let copy = Copy { id: None, note: None, sent: LastSent::default() };
        Ok(Receipt::write(&copy, is_link.then(|| link.to_owned())))
    }
}

fn open(target: &Target) -> Result<Channel<Settings>, Error> {
    Channel::read(target, &LOCALES)
}

tablon_plugin::export!(Email);
