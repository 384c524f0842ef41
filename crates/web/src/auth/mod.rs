//! Who may do what: sessions for people, bearer tokens for programs, private links for posters,
//! and the tokens that tie a form to the visitor it was shown to.

mod bearer;
mod browser_name;
mod csrf;
mod keys;
mod log_in_step;
mod origin;
mod poster;
mod recognised;
mod role;
mod session;
mod sign_in;
mod staff;
mod upload;

pub use bearer::{ApiActor, Bearer, Caller, mint_api_token};
pub(crate) use browser_name::browser_name;
pub(crate) use csrf::{AGAIN, CSRF_FIELD, is_form, is_from_elsewhere, random_key};
pub use csrf::{CsrfForm, CsrfToken, TypedForm, carry_token};
pub use keys::{AuthKeys, lane_key};
pub(crate) use log_in_step::{LogInStep, open_step, seal_step};
pub use origin::foreign_origin;
pub use poster::{Poster, poster_cookie};
pub(crate) use poster::{mailbox_cookie, opened_link};
pub(crate) use recognised::{Recognised, current_session, recognise};
pub use role::{AsAdmin, AsModerator, AsOwner, AtLeast};
pub use session::{end_session, session_cookie, session_secret};
pub use sign_in::{SignInError, sign_in};
pub use staff::{Operator, SignedIn, Staff};
pub(crate) use upload::Upload;
