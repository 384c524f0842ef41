//! The origin of a log-in form.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

use crate::config::WebConfig;
use crate::tenancy::is_base;

/// The origin of a form that wasn't shown at the base address. `None`: it was, or the client is no browser.
///
/// Behind a proxy that sends its own name as `Host`, every address looks like the base address here. Browsers send the
/// form's real origin in `Origin`, and a page can't change that. No session may begin at another address, because its
/// cookies and links would be for the base address.
pub fn foreign_origin<'a>(headers: &'a HeaderMap, config: &WebConfig) -> Option<&'a str> {
    let origin = headers.get(ORIGIN)?.to_str().unwrap_or("null");
    if origin == config.base_url.origin().ascii_serialization() {
        return None;
    }
    // On a developer's machine all names of the machine are the base address, also those of tunnels to it.
    let typed = origin.strip_prefix("http://").unwrap_or_default();
    let is_here = || headers.get(HOST).is_some_and(|host| host.as_bytes() == typed.as_bytes());
    (!(config.is_local() && is_base(config, typed) && is_here())).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(base: &str, origin: Option<&str>, host: &str) -> bool {
        let config = WebConfig::new(base.parse().expect("a URL"), "127.0.0.1:8080".parse().expect("an address"));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a host"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().expect("an origin"));
        }
        foreign_origin(&headers, &config).is_some()
    }

    #[test]
    fn a_form_stood_at_the_base_address_or_was_sent_by_no_browser() {
        let base = "https://jobs.example.org/";
        assert!(!foreign(base, Some("https://jobs.example.org"), "127.0.0.1:8080"));
        assert!(!foreign(base, None, "jobs.example.org"));
        for elsewhere in ["http://jobs.example.org", "https://acme.jobs.example.org", "https://evil.example", "null"] {
            assert!(foreign(base, Some(elsewhere), "jobs.example.org"), "{elsewhere}");
        }
    }

    #[test]
    fn on_a_developers_machine_every_name_of_it_is_the_base_address() {
        let base = "http://127.0.0.1:8080/";
        assert!(!foreign(base, Some("http://localhost:8080"), "localhost:8080"));
        assert!(!foreign(base, Some("http://localhost:9999"), "localhost:9999"), "a tunnel");
        assert!(foreign(base, Some("http://localhost:3000"), "localhost:8080"), "another program");
        assert!(foreign(base, Some("https://jobs.example.org"), "127.0.0.1:8080"), "a proxy in front");
    }
}
