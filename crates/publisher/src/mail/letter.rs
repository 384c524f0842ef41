//! A letter: the headers and the body of one mail to one address.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};
use tablon_core::store::MailContent;

use super::header::literal;

/// The headers that a DKIM signature covers: both List-Unsubscribe headers, as RFC 8058 requires, and those that a
/// reader sees. A header that isn't sent isn't listed: a mailing list that adds its own, such as Reply-To, would break
/// the signature. `Content-Type` isn't listed: relays that rewrap a message change it.
const SIGNED: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "MIME-Version",
];

/// The parts of a letter.
pub(crate) struct Letter<'a> {
    pub(crate) from: &'a Mailbox,
    pub(crate) to: &'a Address,
    pub(crate) content: &'a MailContent,
    /// The key of the operation that sends it.
    pub(crate) key: &'a str,
    pub(crate) at: DateTime<Utc>,
    /// `Acme jobs <acme.example.org>`, for the mail of a channel.
    pub(crate) list: Option<ListId<'a>>,
    /// The mails that this one belongs to, by a name that is in each of them.
    pub(crate) thread: Option<&'a str>,
    /// The unsubscribe link of this mail.
    pub(crate) unsubscribe: Option<&'a str>,
    /// Whether a mail program may unsubscribe with one click, without showing that page (RFC 8058).
    pub(crate) one_click: bool,
}

/// The List-Id, by which a mail program recognises this channel's mail.
pub(crate) struct ListId<'a> {
    pub(crate) name: &'a str,
    /// A host name that no other list uses.
    pub(crate) id: String,
}

/// A letter that can be handed over.
pub(crate) struct Sealed {
    pub(crate) envelope: Envelope,
    pub(crate) bytes: Vec<u8>,
}

/// The letter can't be written; the message says why.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be written: {0}")]
pub(crate) struct Unwritable(String);

impl Letter<'_> {
    /// The same for every try of an operation and address, so that a repetition is recognised.
    pub(crate) fn message_id(&self) -> String {
        let digest = Sha256::digest(self.to.to_string().as_bytes());
        format!("<{}.{}@{}>", self.key, hex::encode(&digest[..6]), self.from.email.domain())
    }

    /// Writes it, and signs it if there is a key.
    pub(crate) fn seal(&self, dkim: Option<&DkimConfig>) -> Result<Sealed, Unwritable> {
        let wrong = |error: lettre::error::Error| Unwritable(error.to_string());
        let header = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        // One line, whatever the title contains; the header's encoder would remove a line break too.
        let subject: String =
            self.content.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let body = MultiPart::alternative()
            .boundary(format!("=_{}", self.key))
            .singlepart(part(ContentType::TEXT_PLAIN, &self.content.text))
            .singlepart(part(ContentType::TEXT_HTML, &self.content.html));
        let mut builder = Message::builder()
            .from(shown(self.from))
            .to(Mailbox::new(None, self.to.clone()))
            .raw_header(literal("Subject", subject.trim().to_owned()))
            .date(SystemTime::from(self.at))
            .message_id(Some(self.message_id()))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(list) = &self.list {
            builder = builder.raw_header(header("List-Id", format!("{} <{}>", quoted(list.name), list.id)));
        }
        if let Some(thread) = self.thread {
            // No mail has this Message-ID: mail programs put those together that refer to the same one.
            let root = format!("<{thread}@{}>", self.from.email.domain());
            builder = builder.raw_header(header("References", root.clone())).raw_header(header("In-Reply-To", root));
        }
        if let Some(unsubscribe) = self.unsubscribe {
            builder = builder.raw_header(header("List-Unsubscribe", format!("<{unsubscribe}>")));
        }
        if self.one_click {
            builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        let mut message = builder.multipart(body).map_err(wrong)?;
        if let Some(dkim) = dkim {
            message.sign(dkim);
        }
        Ok(Sealed { envelope: message.envelope().clone(), bytes: message.formatted() })
    }
}

/// A signature's settings for letters of ours.
pub(crate) fn signing(selector: String, domain: String, key: lettre::message::DkimSigningKey) -> DkimConfig {
    let relaxed = DkimCanonicalizationType::Relaxed;
    let headers = SIGNED.map(HeaderName::new_from_ascii_str).to_vec();
    DkimConfig::new(selector, domain, key, headers, DkimCanonicalization { header: relaxed, body: relaxed })
}

/// The sender as readers see it. Encoded words aren't decoded in quotes, but some mail programs do it anyway: in a
/// name that looks like one, `=?` becomes `= ?`.
fn shown(from: &Mailbox) -> Mailbox {
    let name = from.name.as_ref().map(|name| name.replace("=?", "= ?").replace("?=", "? ="));
    Mailbox::new(name, from.email.clone())
}

/// A quoted phrase for a header.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\' | '<' | '>')).collect();
    let plain = plain.replace("=?", "= ?");
    if plain.is_ascii() { format!("\"{plain}\"") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(key: &str, to: &str, minute: u32) -> (String, String) {
        let content =
            MailContent { subject: "Hi\r\nBcc: x@example.org".into(), html: "<p>é</p>".into(), text: "é".into() };
        let letter = Letter {
            from: &"Acme <jobs@board.example>".parse().unwrap(),
            to: &to.parse().unwrap(),
            content: &content,
            key,
            at: DateTime::from_timestamp(i64::from(minute) * 60, 0).unwrap(),
            list: Some(ListId { name: "Café <jobs>\n", id: "list.board.example".into() }),
            thread: None,
            unsubscribe: Some("https://board.example/t/acme/unsubscribe/abc"),
            one_click: true,
        };
        let sealed = letter.seal(None).unwrap();
        (letter.message_id(), String::from_utf8(sealed.bytes).unwrap())
    }

    #[test]
    fn the_same_operation_and_address_have_the_same_name_whenever_they_are_sent() {
        let (id, mail) = message("k1", "list@example.org", 1);
        assert_eq!(id, message("k1", "list@example.org", 2).0);
        assert!(mail.contains(&format!("Message-ID: {id}\r\n")), "{mail}");
        assert_ne!(id, message("k2", "list@example.org", 1).0);
        assert_ne!(id, message("k1", "other@example.org", 1).0);
    }

    #[test]
    fn no_title_and_no_name_adds_a_header() {
        let (_, mail) = message("k1", "list@example.org", 1);
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc") && head.contains("Subject: Hi  Bcc: x@example.org"), "{head}");
        assert!(head.contains("<list.board.example>") && !head.contains("<jobs>"), "{head}");
        assert!(head.is_ascii());
    }
}
