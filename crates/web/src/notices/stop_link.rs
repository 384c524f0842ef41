//! The link that switches one kind of notice off for one person, in the mail itself (RFC 8058).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tablon_core::Keyring;
use tablon_core::notice::NoticeKind;
use uuid::Uuid;

/// The bytes of the MAC that are used: 128 bits can't be guessed.
const TAG: usize = 16;

/// Signs and checks links.
#[derive(Clone)]
pub(crate) struct StopKey([u8; 32]);

/// What a link switches off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StopLink {
    /// For whom.
    pub(crate) user_id: Uuid,
    /// What.
    pub(crate) kind: NoticeKind,
}

impl StopKey {
    pub(crate) fn derive(keyring: &Keyring) -> Self {
        Self(keyring.derive("notification-stop"))
    }

    /// The token of a link in mail of this board.
    pub(crate) fn token(&self, board_id: Uuid, link: StopLink) -> String {
        let mut bytes = link.user_id.as_bytes().to_vec();
        bytes.extend(link.kind.as_str().as_bytes());
        let tag = self.tag(board_id, &bytes).finalize().into_bytes();
        bytes.extend(&tag[..TAG]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a token of this board switches off; `None` if we didn't sign it.
    pub(crate) fn check(&self, board_id: Uuid, token: &str) -> Option<StopLink> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        self.tag(board_id, said).verify_truncated_left(tag).ok()?;
        let (user, kind) = said.split_at_checked(16)?;
        let kind = std::str::from_utf8(kind).ok()?.parse().ok()?;
        Some(StopLink { user_id: Uuid::from_slice(user).ok()?, kind })
    }

    fn tag(&self, board_id: Uuid, said: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0);
        let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(board_id.as_bytes());
        mac.update(said);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_switches_off_its_own_kind_for_its_own_person_on_its_own_board() {
        let key = StopKey([1; 32]);
        let board = Uuid::from_u128(1);
        let link = StopLink { user_id: Uuid::from_u128(2), kind: NoticeKind::QueueNew };
        let token = key.token(board, link);
        assert_eq!(key.check(board, &token), Some(link));
        assert_eq!(key.check(Uuid::from_u128(3), &token), None);
        assert_eq!(StopKey([2; 32]).check(board, &token), None);
        for changed in [String::new(), "!".to_owned(), token[..token.len() - 2].to_owned(), format!("B{}", &token[1..])]
        {
            assert_eq!(key.check(board, &changed).filter(|read| *read == link), None, "{changed}");
        }
    }
}
