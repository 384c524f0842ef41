//! What a plugin needs to find its copy again: versioned JSON in a receipt's handle.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Ending, Error, Extra, Receipt, Words};

/// The content of a receipt's handle. It holds its destination, because the channel's settings may change after the
/// copy was made.
///
/// A receipt lives as long as the copy: years, and through every later version of the plugin.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tablon_plugin::{Handle, LastSent, Locales, Receipt};
///
/// #[derive(Serialize, Deserialize)]
/// struct Post {
///     room: String,
///     id: String,
///     #[serde(flatten)]
///     sent: LastSent,
/// }
///
/// impl Handle for Post {
///     const VERSION: u32 = 1;
/// }
///
/// # let words = Locales::new(&[("en", "")]).get("en");
/// let post = Post { room: "jobs".into(), id: "7".into(), sent: LastSent::offer(&"hello") };
/// let receipt = Receipt::write(&post, None);
/// assert_eq!(receipt.read::<Post>(&words).map(|post| post.id), Ok("7".to_owned()));
/// ```
pub trait Handle: Serialize + DeserializeOwned {
    /// The version that is written, from 1. A new field that may be absent needs no new version; a field that changes
    /// its meaning does.
    const VERSION: u32;

    /// Brings the JSON of an older version into the form of this one.
    fn upgrade(_version: u32, older: Value) -> Value {
        older
    }
}

#[derive(Serialize)]
struct Written<'a, H> {
    v: u32,
    #[serde(flatten)]
    handle: &'a H,
}

impl Receipt {
    /// A receipt with this handle; `url` is where a person sees the copy.
    pub fn write<H: Handle>(handle: &H, url: Option<String>) -> Self {
        let written = Written { v: H::VERSION, handle };
        // Plain data: there is nothing in it that could fail to become JSON.
        Self { handle: serde_json::to_vec(&written).unwrap_or_default(), url, extra: Extra::default() }
    }

    /// The handle of a receipt that this version of the plugin wrote, or an older one.
    ///
    /// # Errors
    /// [`Error::Rejected`] where it is of a newer version or of something else: a person has to look after the copy.
    pub fn read<H: Handle>(&self, words: &Words) -> Result<H, Error> {
        let read = || {
            let mut value: Value = serde_json::from_slice(&self.handle)?;
            let version = value.as_object_mut().and_then(|handle| handle.remove("v")).and_then(|v| v.as_u64());
            match version.and_then(|v| u32::try_from(v).ok()) {
                Some(version) if version == H::VERSION => H::deserialize(value),
                Some(version) if version < H::VERSION => H::deserialize(H::upgrade(version, value)),
                Some(version) => Err(serde_json::Error::custom(format!("version {version}"))),
                None => Err(serde_json::Error::custom("it has no version")),
            }
        };
        read().map_err(|why| Error::Rejected(words.say_with("error-receipt", &[("why", &why.to_string())])))
    }
}

/// What a copy was made to show last: an offer, or one that is over; and a mark of it, to tell later whether the same
/// would be sent again. Made to be a flattened part of a [`Handle`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LastSent {
    /// Why the copy is marked as over; none while it is an offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<Why>,
    /// Unknown for a copy that was adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Why {
    Filled,
    Closed,
    Expired,
}

impl LastSent {
    /// An offer with this content.
    pub fn offer(content: &impl Serialize) -> Self {
        Self { closed: None, mark: Some(fingerprint(content)) }
    }

    /// One that is over, with this content.
    pub fn closed(ending: Ending, content: &impl Serialize) -> Self {
        let closed = match ending {
            Ending::Filled => Why::Filled,
            Ending::Closed => Why::Closed,
            Ending::Expired => Why::Expired,
        };
        Self { closed: Some(closed), mark: Some(fingerprint(content)) }
    }

    /// Why the copy is marked as over; none while it is an offer.
    pub fn ending(&self) -> Option<Ending> {
        self.closed.map(|closed| match closed {
            Why::Filled => Ending::Filled,
            Why::Closed => Ending::Closed,
            Why::Expired => Ending::Expired,
        })
    }

    /// Whether this content was sent last.
    pub fn is(&self, content: &impl Serialize) -> bool {
        self.mark.as_deref() == Some(fingerprint(content).as_str())
    }
}

/// A mark that tells whether two contents are the same: FNV-1a of their JSON, 64 bits, in hexadecimal digits. It
/// protects from nothing.
pub fn fingerprint(content: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(content).unwrap_or_default();
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Locales;

    /// Version 2 calls `chat` what was `room` in version 1.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Post {
        chat: String,
        #[serde(flatten)]
        sent: LastSent,
    }

    impl Handle for Post {
        const VERSION: u32 = 2;

        fn upgrade(version: u32, mut older: Value) -> Value {
            assert_eq!(version, 1);
            older["chat"] = older["room"].take();
            older
        }
    }

    fn read(handle: &Value) -> Result<Post, Error> {
        let receipt = Receipt { handle: handle.to_string().into_bytes(), url: None, extra: vec![] };
        receipt.read(&Locales::new(&[]).get("en"))
    }

    #[test]
    fn a_receipt_is_json_with_a_version() {
        let post = Post { chat: "jobs".into(), sent: LastSent::closed(Ending::Filled, &"x") };
        let receipt = Receipt::write(&post, Some("https://e.org/7".into()));
        let json: Value = serde_json::from_slice(&receipt.handle).expect("JSON");
        assert_eq!(json, json!({ "v": 2, "chat": "jobs", "closed": "filled", "mark": fingerprint(&"x") }));
        assert_eq!(read(&json), Ok(post));
    }

    #[test]
    fn older_receipts_are_read_and_newer_ones_are_not() {
        let old = read(&json!({ "v": 1, "room": "jobs" }));
        assert_eq!(old, Ok(Post { chat: "jobs".into(), sent: LastSent::default() }));
        let Err(Error::Rejected(why)) = read(&json!({ "v": 3, "chat": "jobs" })) else { panic!("newer") };
        assert!(why.contains("version 3"), "{why}");
        assert!(matches!(read(&json!({ "chat": "jobs" })), Err(Error::Rejected(_))));
        assert!(matches!(read(&json!("jobs")), Err(Error::Rejected(_))));
    }

    #[test]
    fn the_same_content_is_known_again() {
        let sent = LastSent::offer(&json!({ "text": "a" }));
        assert!(sent.is(&json!({ "text": "a" })) && !sent.is(&json!({ "text": "b" })));
        assert!(!LastSent::default().is(&json!({ "text": "a" })));
        assert_eq!(LastSent::closed(Ending::Expired, &"a").ending(), Some(Ending::Expired));
    }
}
