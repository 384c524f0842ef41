//! Checks a DKIM signature (RFC 6376), as the recipient's server does. It follows the standard and not our signing
//! code, and reads the mail as received.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::headers;

/// The key in the sender's DNS.
#[derive(Debug, Clone)]
pub enum PublicKey {
    /// An RSA key (PKCS#1, DER).
    Rsa(Vec<u8>),
    /// An Ed25519 key, 32 bytes (RFC 8463).
    Ed25519(Vec<u8>),
}

/// Why a signature is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimError(pub String);

/// Checks the one signature of a mail. Returns the names of the headers it covers, in lower case.
///
/// # Errors
/// Why it is invalid.
pub fn verify(mail: &str, key: &PublicKey) -> Result<Vec<String>, DkimError> {
    check(mail, key).map_err(DkimError)
}

fn check(mail: &str, key: &PublicKey) -> Result<Vec<String>, String> {
    let (headers, body) = headers::read(mail)?;
    let (name, value) =
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("dkim-signature")).ok_or("the mail isn't signed")?;
    let tag = |wanted: &str| {
        let found = value.split(';').filter_map(|tag| tag.split_once('=')).find(|(name, _)| name.trim() == wanted);
        found.map(|(_, value)| value.split_ascii_whitespace().collect::<String>())
    };
    let need = |wanted: &str| tag(wanted).ok_or(format!("the signature has no {wanted}="));
    if need("v")? != "1" || need("c")? != "relaxed/relaxed" {
        return Err("only version 1 and relaxed/relaxed are checked here".into());
    }
    let said = STANDARD.decode(need("bh")?).map_err(|_| "bh= isn't base64")?;
    if said != digest(&SHA256, relaxed_body(body).as_bytes()).as_ref() {
        return Err("the body was changed".into());
    }
    let covered: Vec<String> = need("h")?.split(':').map(str::to_ascii_lowercase).collect();
    if !covered.iter().any(|name| name == "from") {
        return Err("From isn't covered".into());
    }
    let mut signed = String::new();
    let mut left: Vec<&(String, String)> = headers.iter().collect();
    for wanted in &covered {
        // For several headers with one name, the last one first; a missing header counts as empty.
        if let Some(at) = left.iter().rposition(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            let (name, value) = left.remove(at);
            signed.push_str(&relaxed_header(name, value));
            signed.push_str("\r\n");
        }
    }
    signed.push_str(&relaxed_header(name, &without_b(value)));
    let signature = STANDARD.decode(need("b")?).map_err(|_| "b= isn't base64")?;
    let held = match (need("a")?.as_str(), key) {
        ("rsa-sha256", PublicKey::Rsa(key)) => {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed.as_bytes(), &signature)
        }
        ("ed25519-sha256", PublicKey::Ed25519(key)) => {
            let hash = digest(&SHA256, signed.as_bytes());
            UnparsedPublicKey::new(&ED25519, key).verify(hash.as_ref(), &signature)
        }
        (algorithm, _) => return Err(format!("the key isn't one for {algorithm}")),
    };
    held.map_err(|_| "the signature doesn't fit the headers".to_owned())?;
    Ok(covered)
}

/// The signature's own header with an empty b=.
fn without_b(value: &str) -> String {
    let tags: Vec<String> = value
        .split(';')
        .map(|tag| match tag.split_once('=') {
            Some((name, _)) if name.trim() == "b" => format!("{name}="),
            _ => tag.to_owned(),
        })
        .collect();
    tags.join(";")
}

/// RFC 6376, 3.4.2.
fn relaxed_header(name: &str, value: &str) -> String {
    let value: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.trim().to_ascii_lowercase(), value.join(" "))
}

/// RFC 6376, 3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            let mut relaxed = String::new();
            for c in line.trim_end_matches([' ', '\t']).chars() {
                let space = matches!(c, ' ' | '\t');
                if !(space && relaxed.ends_with(' ')) {
                    relaxed.push(if space { ' ' } else { c });
                }
            }
            relaxed
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}
