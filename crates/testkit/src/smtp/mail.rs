//! A mail, read as a mail program reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::headers::{self, Raw};

/// An accepted mail.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The parts that have no parts inside, in order.
    pub parts: Vec<Part>,
    /// The headers as received, folded and encoded.
    pub headers: Vec<(String, String)>,
    /// The whole mail as received.
    pub raw: String,
    /// Why a strict server refuses it.
    #[serde(skip)]
    pub(super) problem: Option<String>,
}

/// A part of a mail.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// `text/html`
    pub media_type: String,
    /// `utf-8`
    pub charset: Option<String>,
    /// Its text.
    pub text: String,
}

impl Mail {
    /// Reads a mail as it was delivered. What is wrong with it leaves it without parts.
    #[must_use]
    pub fn read(from: String, to: Vec<String>, content: Vec<u8>) -> Self {
        let raw = String::from_utf8_lossy(&content).into_owned();
        let mut mail =
            Self { from, to, subject: String::new(), parts: Vec::new(), headers: Vec::new(), raw, problem: None };
        mail.problem = mail.understand().err();
        mail
    }

    fn understand(&mut self) -> Result<(), String> {
        let (headers, body) = headers::read(&self.raw)?;
        headers::check(&headers)?;
        let mut parts = Vec::new();
        let is_mime = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("mime-version"));
        if !is_mime && headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("content-")) {
            return Err("Content headers without MIME-Version".to_owned());
        }
        collect(&headers, body, &mut parts)?;
        self.parts = parts;
        self.headers = headers;
        self.subject = self.header("Subject").map(headers::decode).unwrap_or_default();
        Ok(())
    }

    /// A header as received, without its folds.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// A header as a reader sees it.
    #[must_use]
    pub fn shown_header(&self, name: &str) -> Option<String> {
        self.header(name).map(headers::decode)
    }

    /// The plain text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.part("text/plain")
    }

    /// The HTML.
    #[must_use]
    pub fn html(&self) -> &str {
        self.part("text/html")
    }

    fn part(&self, media_type: &str) -> &str {
        self.parts.iter().find(|part| part.media_type == media_type).map_or("", |part| &part.text)
    }

    /// The unsubscribe link (RFC 8058).
    #[must_use]
    pub fn unsubscribe_url(&self) -> Option<String> {
        let header = self.shown_header("List-Unsubscribe")?;
        header.split(',').find_map(|uri| {
            let uri = uri.trim().strip_prefix('<')?.strip_suffix('>')?;
            uri.starts_with("http").then(|| uri.to_owned())
        })
    }
}

fn collect(headers: &[Raw], body: &str, parts: &mut Vec<Part>) -> Result<(), String> {
    let value = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| headers::unfold(value))
    };
    let kind = value("content-type").unwrap_or_else(|| "text/plain".to_owned());
    let media_type = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("multipart/") {
        let boundary = parameter(&kind, "boundary").ok_or("a multipart without a boundary")?;
        let body = format!("\r\n{body}");
        let (_, inside) = body.split_once(&format!("\r\n--{boundary}\r\n")).ok_or("no part begins")?;
        let (inside, _) = inside.split_once(&format!("\r\n--{boundary}--")).ok_or("the multipart doesn't end")?;
        for part in inside.split(&format!("\r\n--{boundary}\r\n")) {
            let (headers, body) = match part.strip_prefix("\r\n") {
                Some(body) => (Vec::new(), body),
                None => headers::read(part)?,
            };
            collect(&headers, body, parts)?;
        }
        return Ok(());
    }
    let encoding = value("content-transfer-encoding").unwrap_or_else(|| "7bit".to_owned()).to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "7bit" if body.is_ascii() => body.as_bytes().to_vec(),
        "7bit" => return Err("a 7bit part holds more than ASCII".to_owned()),
        "8bit" => body.as_bytes().to_vec(),
        "quoted-printable" if body.split("\r\n").any(|line| line.len() > 76) => {
            return Err("a quoted-printable line is longer than 76 characters".to_owned());
        }
        "quoted-printable" => unquote(body)?,
        "base64" if body.split("\r\n").any(|line| line.len() > 76) => {
            return Err("a base64 line is longer than 76 characters".to_owned());
        }
        "base64" => {
            let compact: String = body.split_ascii_whitespace().collect();
            STANDARD.decode(compact).map_err(|_| "a part's base64 is broken")?
        }
        other => return Err(format!("the encoding {other} isn't known")),
    };
    let text = String::from_utf8(bytes).map_err(|_| "a part isn't UTF-8")?.replace("\r\n", "\n");
    parts.push(Part { media_type, charset: parameter(&kind, "charset").map(|c| c.to_ascii_lowercase()), text });
    Ok(())
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Quoted-printable (RFC 2045, 6.7).
pub(super) fn unquote(text: &str) -> Result<Vec<u8>, String> {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'=' => {
                let digits = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
                let value = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok()).ok_or("a broken =XX")?;
                bytes.push(value);
                rest = &rest[2..];
            }
            byte => bytes.push(byte),
        }
    }
    Ok(bytes)
}
