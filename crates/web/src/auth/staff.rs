//! Signed-in people.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::Method;
use axum::http::request::Parts;
use tablon_core::store::User;
use tablon_core::{Actor, Role, Store};

use super::csrf::CsrfToken;
use super::keys::AuthKeys;
use super::recognised::{Recognised, current_session};
use super::role::{AsModerator, AtLeast};
use crate::config::WebConfig;
use crate::error::PageError;
use crate::tenancy::{CurrentTenant, Entrance, typed_address};

/// A signed-in person, at the base address. Others are sent to the log-in page.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The token for every form on the page.
    pub csrf: CsrfToken,
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Store: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        // Cookies aren't sent to a board's own host anyway; this check makes sure.
        if parts.extensions.get::<Entrance>().is_some_and(|entrance| *entrance != Entrance::Base) {
            return Err(PageError::NotFound);
        }
        let session = match parts.extensions.get::<Recognised>() {
            Some(Recognised(session)) => session.clone(),
            None => current_session(state, &parts.headers).await?,
        };
        let Some(session) = session else {
            // A form can't be sent again after the log-in, so the person begins at the start page.
            let next = match parts.method {
                Method::GET | Method::HEAD => typed_address(parts),
                _ => "/".to_owned(),
            };
            return Err(PageError::SignIn { next });
        };
        Ok(Self { user: session.user, csrf: CsrfToken::of_request(parts, &FromRef::from_ref(state)) })
    }
}

/// The instance's operator, signed in. For any other signed-in person: "not allowed".
#[derive(Debug, Clone)]
pub struct Operator {
    /// The person.
    pub user: User,
}

impl<S> FromRequestParts<S> for Operator
where
    S: Send + Sync,
    Store: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let SignedIn { user, .. } = SignedIn::from_request_parts(parts, state).await?;
        if user.operator { Ok(Self { user }) } else { Err(PageError::Forbidden) }
    }
}

/// A signed-in person with at least the role `M` in the current tenant.
///
/// Without a session: the log-in page; with a smaller role: "not allowed"; for an unknown tenant: "not found".
#[derive(Debug, Clone)]
pub struct Staff<M: AtLeast = AsModerator> {
    /// The person.
    pub user: User,
    /// Their role here; the instance's operator is an owner everywhere.
    pub role: Role,
    /// The token for every form on the page.
    pub csrf: CsrfToken,
    least: PhantomData<M>,
}

impl<M: AtLeast> Staff<M> {
    /// The actor for the audit log.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.id)
    }

    /// Whether the person has at least `role`.
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// "Not allowed" unless the person has at least `role`.
    pub fn require(&self, role: Role) -> Result<(), PageError> {
        if self.may(role) { Ok(()) } else { Err(PageError::Forbidden) }
    }
}

impl<S, M> FromRequestParts<S> for Staff<M>
where
    S: Send + Sync,
    Store: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
    Arc<AuthKeys>: FromRef<S>,
    M: AtLeast,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(parts, state).await?;
        let SignedIn { user, csrf } = SignedIn::from_request_parts(parts, state).await?;
        match tenant.members().role_of(&user).await? {
            Some(role) if role >= M::ROLE => Ok(Self { user, role, csrf, least: PhantomData }),
            _ => Err(PageError::Forbidden),
        }
    }
}
