//! Addresses and parameters of SMTP commands.

/// `FROM:<a@example.org> SIZE=1` → the address and the rest.
pub(super) fn address_in<'a>(text: &'a str, prefix: &str) -> Option<(String, &'a str)> {
    let head = text.get(..prefix.len())?;
    if !head.eq_ignore_ascii_case(prefix) {
        return None;
    }
    // RFC 5321 allows no space after the colon, and most servers refuse one.
    let (address, rest) = text[prefix.len()..].strip_prefix('<')?.split_once('>')?;
    let is_null = address.is_empty();
    (is_null || is_address(address)).then(|| (address.to_owned(), rest))
}

/// `local@domain`, checked only as far as a server does before it asks the domain.
pub(super) fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = quoted || (!local.is_empty() && local.chars().all(allowed) && !local.contains(".."));
    let domain_fits = !domain.is_empty() && domain.chars().all(|c| c.is_ascii_alphanumeric() || ".-[]:".contains(c));
    local.len() <= 64 && domain.len() <= 255 && local_fits && domain_fits
}

/// ` SIZE=1 BODY=8BITMIME` → pairs.
pub(super) fn parameters(text: &str) -> Vec<(String, String)> {
    let pair = |word: &str| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (name.to_ascii_uppercase(), value.to_owned())
    };
    text.split_ascii_whitespace().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_in_angle_brackets_right_after_the_colon() {
        assert_eq!(address_in("FROM:<a@example.org> SIZE=1", "FROM:"), Some(("a@example.org".into(), " SIZE=1")));
        assert_eq!(address_in("from:<>", "FROM:"), Some((String::new(), "")));
        for wrong in ["FROM: <a@example.org>", "FROM:a@example.org", "TO:<a@example.org>", "FROM:<a b@example.org>"] {
            assert_eq!(address_in(wrong, "FROM:"), None, "{wrong}");
        }
    }
}
