//! A mail server's URL.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;
use url::Url;

/// Submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;
/// Submission with TLS from the first byte (RFC 8314).
const SUBMISSIONS: u16 = 465;
/// Relaying without a password.
const RELAY: u16 = 25;

/// A mail server: `smtps://user:password@host:465` or `smtp://user:password@host:587`.
///
/// With `smtp`, the connection switches to TLS (STARTTLS) before anything private is sent, and nothing is sent if the
/// server can't. `?tls=opportunistic` also sends in the clear if the server has no TLS, `?tls=none` always does; `none`
/// is the default for a server on this machine. A password is never sent in the clear. `?from=` names the sender; else
/// it is the user, if that is an address.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    user: Option<String>,
    pub(crate) from: Option<Address>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// In the clear.
    None,
}

impl Security {
    /// Whether every connection is encrypted.
    pub(crate) fn is_secure(self) -> bool {
        matches!(self, Self::Implicit | Self::Required)
    }
}

/// Why a URL doesn't name a mail server; never repeats the URL, which may contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SmtpUrlError(&'static str);

impl FromStr for SmtpServer {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let wrong = |why| Err(SmtpUrlError(why));
        let url = Url::parse(text).map_err(|_| SmtpUrlError("it is no URL"))?;
        let implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return wrong("it must begin with smtp:// or smtps://"),
        };
        let host = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        let Some(host) = host.filter(|host| !host.is_empty()) else { return wrong("it names no server") };
        let host = decoded(host).ok_or(SmtpUrlError("the server's name can't be read"))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return wrong("it has a path; give user, password, server and port alone");
        }
        let (mut security, mut from) = (None, None);
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") if !implicit => security = Some(Security::Required),
                ("tls", "opportunistic") if !implicit => security = Some(Security::Opportunistic),
                ("tls", "none") if !implicit => security = Some(Security::None),
                ("tls", "required") => {}
                ("tls", _) => return wrong("tls must be required, opportunistic or none, and with smtps nothing else"),
                ("from", address) => match address.parse() {
                    Ok(address) => from = Some(address),
                    Err(_) => return wrong("from is no mail address"),
                },
                _ => return wrong("after the question mark, it knows tls and from alone"),
            }
        }
        let (credentials, user) = match (decoded(url.username()), url.password().map(decoded)) {
            (Some(user), None) if user.is_empty() => (None, None),
            (Some(user), Some(Some(password))) if !user.is_empty() => {
                (Some(Credentials::new(user.clone(), password)), Some(user))
            }
            _ => return wrong("it must have both a user and a password, or neither"),
        };
        let security = match security {
            _ if implicit => Security::Implicit,
            Some(security) => security,
            None if is_this_machine(&host) => Security::None,
            None => Security::Required,
        };
        if credentials.is_some() && !security.is_secure() && !is_this_machine(&host) {
            return wrong("a password goes out over TLS only; leave tls=… away");
        }
        let usual = match (implicit, &credentials) {
            (true, _) => SUBMISSIONS,
            (false, Some(_)) => SUBMISSION,
            (false, None) => RELAY,
        };
        Ok(Self { host, port: url.port().unwrap_or(usual), security, credentials, user, from })
    }
}

impl SmtpServer {
    /// The sender: the one of `?from=`, or the user if that is a mail address.
    pub fn user_address(&self) -> Option<super::Sender> {
        self.sender().map(super::Sender::of)
    }

    pub(crate) fn sender(&self) -> Option<Address> {
        self.from.clone().or_else(|| self.user.as_deref()?.parse().ok())
    }
}

fn decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.contains(char::is_control)).then(|| decoded.into_owned())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Without user and password.
impl fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Implicit { "smtps" } else { "smtp" };
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "{scheme}://[{host}]:{port}") } else { write!(f, "{scheme}://{host}:{port}") }
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({self}, {:?})", self.security)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<SmtpServer, String> {
        url.parse::<SmtpServer>().map_err(|error| error.to_string())
    }

    #[test]
    fn a_url_says_where_and_how() {
        let server = read("smtp://me%40example.org:p%2Fw=+d@mail.example.org").unwrap();
        assert_eq!((server.to_string().as_str(), server.security), ("smtp://mail.example.org:587", Security::Required));
        assert_eq!(server.credentials, Some(Credentials::new("me@example.org".into(), "p/w=+d".into())));
        let server = read("smtps://mail.example.org?from=jobs@example.org").unwrap();
        assert_eq!((server.port, server.security), (465, Security::Implicit));
        assert_eq!(server.from.unwrap().to_string(), "jobs@example.org");
        assert_eq!(read("smtp://relay.internal?tls=none").unwrap().port, 25);
    }

    #[test]
    fn a_server_on_this_machine_needs_no_tls_and_any_other_does() {
        for (url, security) in [
            ("smtp://127.0.0.1:2525", Security::None),
            ("smtp://localhost:2525", Security::None),
            ("smtp://[::1]:2525", Security::None),
            ("smtp://127.0.0.1:2525?tls=required", Security::Required),
            ("smtp://10.0.0.1:25", Security::Required),
            ("smtp://relay:25?tls=opportunistic", Security::Opportunistic),
        ] {
            assert_eq!(read(url).unwrap().security, security, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for (url, why) in [
            ("http://mail.example.org", "smtp://"),
            ("smtp://", "no server"),
            ("mail.example.org:587", "smtp://"),
            ("smtp://me@mail.example.org", "both"),
            ("smtp://me:hunter2@mail.example.org?tls=none", "over TLS only"),
            ("smtp://me:hunter2@mail.example.org?tls=opportunistic", "over TLS only"),
            ("smtps://mail.example.org?tls=none", "tls must be"),
            ("smtp://mail.example.org?starttls=1", "tls and from alone"),
            ("smtp://mail.example.org/inbox", "a path"),
            ("smtp://mail.example.org?from=nobody", "no mail address"),
        ] {
            let error = read(url).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{url}: {error}");
        }
    }

    #[test]
    fn a_password_shows_nowhere() {
        let server = read("smtps://me:hunter2@mail.example.org").unwrap();
        assert!(!format!("{server} {server:?}").contains("hunter2"));
    }
}
