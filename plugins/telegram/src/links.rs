//! Links to chats and to messages.

use crate::settings::ChatId;

/// The address of a message, where it has one: private conversations and small groups have none.
pub(crate) fn message_url(chat: &ChatId, username: Option<&str>, message: i64) -> Option<String> {
    if let Some(name) = username {
        return Some(format!("https://t.me/{name}/{message}"));
    }
    let ChatId::Number(number) = chat else { return None };
    let number = number.to_string();
    let id = number.strip_prefix("-100").filter(|id| id.len() >= 5)?;
    Some(format!("https://t.me/c/{id}/{message}"))
}

/// What a person gives as the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatReference {
    /// This chat.
    Chat(ChatId),
    /// A link that lets people join a private chat: it doesn't tell which one.
    Invitation,
}

impl ChatReference {
    /// Reads `@name`, `name`, `-1001234567890`, `t.me/name`, and links to messages: `t.me/name/123`,
    /// `t.me/c/1234567890/7`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(path) = path_of(text) {
            let mut parts = path.split('/');
            return match (parts.next()?, parts.next()) {
                (first, _) if first.starts_with('+') || first.eq_ignore_ascii_case("joinchat") => {
                    Some(Self::Invitation)
                }
                ("c", Some(id)) => private(id).map(Self::Chat),
                (name, _) => public(name).map(Self::Chat),
            };
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Chat(ChatId::Number(number)));
        }
        public(text.strip_prefix('@').unwrap_or(text)).map(Self::Chat)
    }
}

/// The path of a link to Telegram, without its query and without a slash at the end.
fn path_of(link: &str) -> Option<&str> {
    let link = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    let link = link.strip_prefix("www.").unwrap_or(link);
    let (host, path) = link.split_once('/')?;
    if !["t.me", "telegram.me", "telegram.dog"].iter().any(|known| host.eq_ignore_ascii_case(known)) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    // `t.me/s/name/123` is the page of a public channel.
    Some(path.strip_prefix("s/").unwrap_or(path))
}

/// A chat by its public name, without the `@`.
fn public(name: &str) -> Option<ChatId> {
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (letters && name.starts_with(|c: char| c.is_ascii_alphabetic())).then(|| ChatId::Name(format!("@{name}")))
}

/// A private chat by the number in a link to one of its messages.
fn private(id: &str) -> Option<ChatId> {
    let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    Some(ChatId::Number(digits.then(|| format!("-100{id}"))?.parse().ok()?))
}

/// What a person's link to a message says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MessageLink {
    pub(crate) chat: ChatId,
    pub(crate) thread: Option<i64>,
    pub(crate) message: i64,
}

impl MessageLink {
    /// Reads `t.me/name/123`, `t.me/name/topic/123`, `t.me/c/123/456`, with or without a scheme.
    pub(crate) fn read(link: &str) -> Option<Self> {
        let mut parts: Vec<&str> = path_of(link.trim())?.split('/').collect();
        let chat = if parts.first() == Some(&"c") {
            parts.remove(0);
            private(parts.first()?)?
        } else {
            let name = *parts.first()?;
            let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            ChatId::Name(valid.then(|| format!("@{name}"))?)
        };
        let number = |part: &str| part.parse().ok().filter(|number: &i64| *number > 0);
        match parts.as_slice() {
            [_, message] => Some(Self { chat, thread: None, message: number(message)? }),
            [_, thread, message] => Some(Self { chat, thread: Some(number(thread)?), message: number(message)? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(link: &str) -> Option<(String, Option<i64>, i64)> {
        MessageLink::read(link).map(|l| (l.chat.shown(), l.thread, l.message))
    }

    #[test]
    fn links_of_every_shape_are_read() {
        assert_eq!(read("https://t.me/jobs/7"), Some(("@jobs".into(), None, 7)));
        assert_eq!(read(" t.me/s/jobs/7?single "), Some(("@jobs".into(), None, 7)));
        assert_eq!(read("https://t.me/jobs/3/7"), Some(("@jobs".into(), Some(3), 7)));
        assert_eq!(read("https://t.me/c/1234567890/7/"), Some(("-1001234567890".into(), None, 7)));
        assert_eq!(read("https://t.me/c/1234567890/3/7"), Some(("-1001234567890".into(), Some(3), 7)));
    }

    #[test]
    fn a_chat_is_read_from_whatever_people_copy() {
        let chat = |text: &str| match ChatReference::read(text) {
            Some(ChatReference::Chat(chat)) => Some(chat.shown()),
            Some(ChatReference::Invitation) => Some("invitation".to_owned()),
            None => None,
        };
        for text in [
            "@jobs_es",
            "jobs_es",
            " t.me/jobs_es ",
            "https://t.me/jobs_es",
            "http://www.t.me/jobs_es/",
            "https://telegram.me/jobs_es?boost",
            "https://t.me/s/jobs_es",
            "https://t.me/jobs_es/123",
            "https://t.me/jobs_es/3/7?single",
        ] {
            assert_eq!(chat(text).as_deref(), Some("@jobs_es"), "{text}");
        }
        assert_eq!(chat("https://t.me/c/123456/7").as_deref(), Some("-100123456"));
        assert_eq!(chat("t.me/c/1234567890/3/7").as_deref(), Some("-1001234567890"));
        assert_eq!(chat("-1001234567890").as_deref(), Some("-1001234567890"));
        for text in ["https://t.me/+AbCdEf", "t.me/joinchat/AbCdEf", "https://t.me/+AbCdEf/7"] {
            assert_eq!(chat(text).as_deref(), Some("invitation"), "{text}");
        }
        for text in ["", "@", "https://example.org/jobs", "t.me/", "t.me/c/x/7", "1jobs", "jobs es"] {
            assert_eq!(chat(text), None, "{text}");
        }
    }

    #[test]
    fn other_links_are_not() {
        for link in [
            "https://t.me/jobs",
            "https://t.me/jobs/x",
            "https://t.me/c/7",
            "https://e.org/jobs/7",
            "https://t.me/+abc/7",
            "https://t.me/jobs/-7",
            "jobs/7",
            "",
            "https://t.me/a/1/2/3",
        ] {
            assert_eq!(read(link), None, "{link}");
        }
    }

    #[test]
    fn a_message_has_an_address_where_the_chat_has_one() {
        let private = ChatId::Number(-1001234567890);
        assert_eq!(message_url(&private, Some("jobs"), 7).as_deref(), Some("https://t.me/jobs/7"));
        assert_eq!(message_url(&private, None, 7).as_deref(), Some("https://t.me/c/1234567890/7"));
        assert_eq!(message_url(&ChatId::Number(-4321), None, 7), None);
        assert_eq!(message_url(&ChatId::Number(4321), None, 7), None);
    }
}
