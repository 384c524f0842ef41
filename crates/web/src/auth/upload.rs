//! A file that somebody uploads with a form. Its token is checked before the file is read, and the file goes to disk
//! while it comes.

use std::io::{Read as _, Seek as _, Write as _};
use std::sync::Arc;

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::StatusCode;

use super::csrf::{CSRF_FIELD, CsrfToken, is_from_elsewhere};
use super::keys::AuthKeys;
use crate::config::WebConfig;
use crate::error::PageError;

/// The most bytes of the token's field.
const MAX_TOKEN: usize = 1024;
/// The most characters of a file's name that are kept.
const MAX_NAME: usize = 200;

/// An uploaded file of at most `MAX` bytes. The form has the token first, and then one file.
#[derive(Debug)]
pub(crate) struct Upload<const MAX: usize> {
    /// The file's name on the person's computer; may be empty.
    pub(crate) file_name: String,
    /// The file; empty if none was chosen.
    pub(crate) bytes: Vec<u8>,
}

impl<S, const MAX: usize> FromRequest<S> for Upload<MAX>
where
    S: Send + Sync,
    Arc<AuthKeys>: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (parts, body) = request.into_parts();
        if is_from_elsewhere(&parts.headers, &Arc::<WebConfig>::from_ref(state)) {
            return Err(PageError::FormExpired);
        }
        let token = CsrfToken::of_request(&parts, &FromRef::from_ref(state));
        let mut form = Multipart::from_request(Request::from_parts(parts, body), state)
            .await
            .map_err(|_| PageError::BadRequest("The form was not sent the way our forms send it.".into()))?;
        let first = form.next_field().await.map_err(broken)?;
        let Some(first) = first.filter(|field| field.name() == Some(CSRF_FIELD)) else {
            return Err(PageError::FormExpired);
        };
        let (presented, _) = read::<MAX_TOKEN>(first).await?;
        if !std::str::from_utf8(&presented).is_ok_and(|presented| token.accepts(presented)) {
            return Err(PageError::FormExpired);
        }
        let Some(file) = form.next_field().await.map_err(broken)? else {
            return Ok(Self { file_name: String::new(), bytes: Vec::new() });
        };
        let (bytes, file_name) = read::<MAX>(file).await?;
        Ok(Self { file_name, bytes })
    }
}

/// A field's bytes, and the name of its file. They wait on disk until all have come: a slow upload holds no memory.
async fn read<const MAX: usize>(mut field: Field<'_>) -> Result<(Vec<u8>, String), PageError> {
    let name = field.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let mut file = tempfile::tempfile().map_err(|error| disk(&error))?;
    let mut length = 0;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        length += chunk.len();
        if length > MAX {
            return Err(PageError::TooLarge);
        }
        file.write_all(&chunk).map_err(|error| disk(&error))?;
    }
    let mut bytes = Vec::with_capacity(length);
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(|error| disk(&error))?;
    Ok((bytes, name))
}

fn broken(error: axum::extract::multipart::MultipartError) -> PageError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
        _ => PageError::BadRequest("The form did not arrive whole.".into()),
    }
}

fn disk(error: &std::io::Error) -> PageError {
    tracing::error!(%error, "an upload can't be kept on disk");
    PageError::Internal
}
