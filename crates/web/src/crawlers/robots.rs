//! `robots.txt` (RFC 9309).

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::validator::Document;
use crate::visitor::Visitor;

const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// The paths of a board that crawlers leave out: each path itself and everything below it.
const OF_BOARD: &[&str] = &["/admin", "/api", "/edit", "/my", "/register", "/submit", "/unsubscribe"];
/// The same for the base address.
const OF_INSTANCE: &[&str] = &["/admin", "/api", "/login", "/logout", "/plugins", "/setup"];

/// Crawlers read this file at a board's own host. At the base address they read [`of_instance`]'s, and this one only
/// has the board's rules.
pub(super) async fn of_board(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let mut rules = Rules::new();
    rules.keep_out(&visitor.root, OF_BOARD);
    // The log-in page is only at the base address; a board's own host doesn't have it.
    rules.keep_out("", &["/login"]);
    Ok(rules.with_sitemap(&format!("{}/sitemap.xml", tenant.public_url())).answer(&headers))
}

pub(super) async fn of_instance(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let mut rules = Rules::new();
    rules.keep_out("", OF_INSTANCE);
    rules.keep_out("/t/*", OF_BOARD);
    rules.with_sitemap(&state.config.absolute("sitemap.xml")).answer(&headers)
}

struct Rules(String);

impl Rules {
    fn new() -> Self {
        Self("User-agent: *\n".to_owned())
    }

    /// Rules match prefixes: `/t/*/my` alone would match the job `/t/acme/jobs/my-first-job-1a2b3c4d` too. So below a
    /// wildcard each path gets two rules: one with its end, and one with a slash after it.
    fn keep_out(&mut self, root: &str, paths: &[&str]) {
        for path in paths {
            let ends: &[&str] = if root.contains('*') { &["$", "/"] } else { &[""] };
            for end in ends {
                // Writing into a string doesn't fail.
                let _ = writeln!(self.0, "Disallow: {root}{path}{end}");
            }
        }
    }

    fn with_sitemap(mut self, address: &str) -> Document {
        let _ = writeln!(self.0, "\nSitemap: {address}");
        Document::new(MEDIA_TYPE, self.0.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_with_a_wildcard_hits_no_job() {
        let mut rules = Rules::new();
        rules.keep_out("/t/*", &["/my"]);
        assert_eq!(rules.0, "User-agent: *\nDisallow: /t/*/my$\nDisallow: /t/*/my/\n");
    }
}
