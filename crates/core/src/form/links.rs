//! Addresses as people type them: without `https://`, or with an unneeded `mailto:`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Endings of files that look like the last part of a host name.
const FILE_ENDINGS: [&str; 12] =
    ["svg", "png", "jpg", "jpeg", "gif", "webp", "pdf", "html", "htm", "php", "aspx", "docx"];

/// The address with `https://` in front, if it begins with a host name and no scheme: `www.acme.example/jobs`,
/// `//acme.example`. Everything else stays as it is.
pub(crate) fn with_scheme(text: &str) -> Cow<'_, str> {
    let rest = text.strip_prefix("//").unwrap_or(text);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, "0"));
    let label = |label: &str| {
        let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.chars().all(inside)
    };
    // Digits alone would be a version or an IP address; `logo.svg` is a file beside the page that it was copied from.
    let top = |label: &str| {
        label.chars().count() >= 2 && label.chars().all(char::is_alphabetic) && !FILE_ENDINGS.contains(&label)
    };
    let mut labels = host.split('.');
    let is_host = host.contains('.')
        && labels.next_back().is_some_and(|last| top(last) || last.starts_with("xn--"))
        && labels.all(label)
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit());
    if is_host { Cow::Owned(format!("https://{rest}")) } else { Cow::Borrowed(text) }
}

/// The address in a `mailto:` link, decoded and without what follows the `?`; other text stays as it is.
pub(crate) fn mail_address(text: &str) -> Cow<'_, str> {
    let Some(rest) = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and(text.get(7..)) else {
        return Cow::Borrowed(text);
    };
    let address = rest.split('?').next().unwrap_or_default().trim();
    percent_decode_str(address).decode_utf8().unwrap_or(Cow::Borrowed(address))
}

/// Whether the text of a web address field is a mail address: `mailto:hr@acme.example`, `hr@acme.example`.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains("//") && super::scalars::email(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_gets_its_scheme() {
        for (typed, whole) in [
            ("acme.example", "https://acme.example"),
            ("www.acme.example/jobs?id=1", "https://www.acme.example/jobs?id=1"),
            ("acme.example:8443/x", "https://acme.example:8443/x"),
            ("//acme.example/x", "https://acme.example/x"),
            ("münchen.example", "https://münchen.example"),
        ] {
            assert_eq!(with_scheme(typed), whole, "{typed}");
        }
        for same in [
            "https://acme.example",
            "http://acme.example",
            "HTTPS://acme.example",
            "ftp://acme.example",
            "javascript:alert(1)",
            "mailto:hr@acme.example",
            "hr@acme.example",
            "data:text/html,x.y",
            "localhost",
            "img/logo.svg",
            "logo.svg",
            "10.0.0.1",
            "1.2",
            "see below.",
            "acme .example",
        ] {
            assert_eq!(with_scheme(same), same);
        }
    }

    #[test]
    fn a_mail_link_is_its_address() {
        assert_eq!(mail_address("mailto:hr@acme.example?subject=Job%201"), "hr@acme.example");
        assert_eq!(mail_address("MAILTO:hr%2Bjobs@acme.example"), "hr+jobs@acme.example");
        assert_eq!(mail_address("hr@acme.example"), "hr@acme.example");
        assert!(is_mail_address("mailto:hr@acme.example") && is_mail_address("hr@acme.example"));
        assert!(!is_mail_address("https://acme.example/@hr") && !is_mail_address("mailto:") && !is_mail_address(""));
    }
}
