//! The page that sends a form once more that couldn't be taken: its fields are carried along, and a button sends them.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use super::errors::mistakes;
use super::form_view::Speech;
use super::frame::{bare_frame, frame, page};
use super::views::{ErrorItem, Resend};
use crate::error::PageError;
use crate::kept_form::KeptForm;
use crate::state::AppState;
use crate::visitor::Visitor;

/// Fields that people don't see in the form, and so don't see here either.
const UNSEEN: &[&str] = &["action", "revision", "from", "hollow", "submission", "next", "mail", "suppression"];

/// The page for the error because of which the form wasn't taken.
pub(super) fn page_for(
    state: &AppState,
    visitor: &Visitor,
    error: &PageError,
    kept: &KeptForm,
) -> Result<Response, PageError> {
    let errors = mistakes(&Speech::new(state, visitor), error);
    resend(state, visitor, kept, (error.key(), visitor.csrf.token(), errors))
}

/// The page for somebody who had to log in first; `token` is good for the new session.
pub(super) fn after_login(
    state: &AppState,
    visitor: &Visitor,
    kept: &KeptForm,
    token: &str,
) -> Result<Response, PageError> {
    resend(state, visitor, kept, ("signed-in", token, Vec::new()))
}

fn resend(
    state: &AppState,
    visitor: &Visitor,
    kept: &KeptForm,
    (key, token, errors): (&'static str, &str, Vec<ErrorItem>),
) -> Result<Response, PageError> {
    let view = Resend {
        frame: if visitor.tenant.is_some() { frame(state, visitor) } else { bare_frame(state, visitor) },
        csrf: token.to_owned(),
        key,
        errors,
        action: kept.action.clone(),
        pairs: kept.pairs.clone(),
        had_secret: kept.had_secret,
        has_page: kept.has_page,
        typed: typed(&Speech::new(state, visitor), visitor, kept),
    };
    let mut response = page(state, visitor, "pages/resend.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a person typed or chose, by the fields' labels.
fn typed(speech: &Speech<'_>, visitor: &Visitor, kept: &KeptForm) -> Vec<ErrorItem> {
    let own = visitor.tenant.as_ref().map(|tenant| tenant.form.fields.as_slice()).unwrap_or_default();
    let label = |name: &str| match name.strip_prefix("fields.").and_then(|name| own.iter().find(|f| f.name == name)) {
        Some(field) => speech.label(field),
        None => speech.label_of_pointer(&name.replace('.', "/")),
    };
    let mut items: Vec<(&str, ErrorItem)> = Vec::new();
    let seen = kept.pairs.iter().filter(|(name, value)| !value.trim().is_empty() && !UNSEEN.contains(&name.as_str()));
    for (name, value) in seen {
        match items.iter_mut().find(|(other, _)| other == name) {
            Some((_, item)) => item.message = format!("{}, {}", item.message, value.trim()),
            None => items.push((name, ErrorItem { label: label(name), message: value.trim().to_owned() })),
        }
    }
    items.into_iter().map(|(_, item)| item).collect()
}
