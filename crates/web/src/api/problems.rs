//! The problems that operations answer with. Each stands once in the OpenAPI document, and operations refer to it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Components, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Header, HeaderBuilder, Ref, RefOr};
use utoipa::{IntoResponses, Number, ToSchema as _};

use crate::problem::Problem;

/// A problem of `components/responses`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProblemAnswer {
    name: &'static str,
    status: StatusCode,
    words: &'static str,
}

/// Declares the problems by name, and all of them as a list.
macro_rules! problem_answers {
    ($($name:ident = $component:literal, $status:ident, $words:literal;)+) => {
        $(const $name: ProblemAnswer =
            ProblemAnswer { name: $component, status: StatusCode::$status, words: $words };)+
        const ALL: [ProblemAnswer; [$($component),+].len()] = [$($name),+];
    };
}

problem_answers! {
    BAD_REQUEST = "BadRequest", BAD_REQUEST, "The body is missing or is not JSON, or a header can't be read.";
    UNAUTHORIZED = "Unauthorized", UNAUTHORIZED, "There is no token where one is needed, or the one that was sent is no good here.";
    FORBIDDEN = "Forbidden", FORBIDDEN, "The token's role is too small.";
    NOT_FOUND = "NotFound", NOT_FOUND, "There is no such board, or nothing with this id that the caller may see.";
    CONFLICT = "Conflict", CONFLICT, "The present state doesn't allow it.";
    STALE = "Stale", PRECONDITION_FAILED, "It has changed since the revision that `If-Match` names.";
    TOO_LARGE = "TooLarge", PAYLOAD_TOO_LARGE, "The body is too large.";
    UNSUPPORTED_TYPE = "UnsupportedType", UNSUPPORTED_MEDIA_TYPE, "The body is of another type.";
    INVALID = "Invalid", UNPROCESSABLE_ENTITY, "Fields of the body or parameters of the query are wrong; each is named in `errors`.";
    REFUSED = "Refused", UNPROCESSABLE_ENTITY, "The platform or its plugin refused, or couldn't be asked.";
    TOO_MANY = "TooMany", TOO_MANY_REQUESTS, "Too many requests from one address without a token, or too many checks of one board's mail server.";
    INTERNAL = "Internal", INTERNAL_SERVER_ERROR, "A fault of the server's, which is in its log.";
    UNAVAILABLE = "Unavailable", SERVICE_UNAVAILABLE, "The database can't be reached, or too many read from this board at once.";
}

impl ProblemAnswer {
    fn entry(self) -> (String, RefOr<Response>) {
        (self.status.as_str().to_owned(), Ref::from_response_name(self.name).into())
    }

    fn response(self) -> Response {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let answer = ResponseBuilder::new().description(self.words).content("application/problem+json", problem);
        match self.status {
            StatusCode::UNAUTHORIZED => {
                answer.header("WWW-Authenticate", header(Type::String, "`Bearer`: how to authenticate."))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                answer.header("Retry-After", header(Type::Integer, "When to try again, in seconds."))
            }
            _ => answer,
        }
        .build()
    }
}

fn header(kind: Type, words: &str) -> Header {
    let bound = (kind == Type::Integer).then_some(Number::UInt(1));
    let schema = ObjectBuilder::new().schema_type(kind).minimum(bound);
    HeaderBuilder::new().schema(Some(schema)).description(Some(words)).build()
}

/// Puts the problems into the document's `components`.
pub(super) fn describe(components: &mut Components) {
    components.responses.extend(ALL.map(|answer| (answer.name.to_owned(), answer.response().into())));
}

/// Declares sets of problems that an operation lists among its `responses`.
macro_rules! answered_instead {
    ($($(#[doc = $doc:literal])* $set:ident = [$($problem:ident),+ $(,)?];)+) => {
        $($(#[doc = $doc])*
        #[derive(Debug)]
        pub(crate) enum $set {}

        impl IntoResponses for $set {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$($problem.entry()),+])
            }
        })+
    };
}

answered_instead! {
    /// What every operation for staff may answer instead.
    ForStaff = [UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INTERNAL, UNAVAILABLE];
    /// What every public operation may answer instead.
    ForAnybody = [UNAUTHORIZED, NOT_FOUND, INTERNAL, UNAVAILABLE];
    /// What a public operation may answer that does more for staff.
    ForStaffToo = [FORBIDDEN];
    /// What an operation that takes a body may answer instead.
    ForBodies = [BAD_REQUEST, TOO_LARGE, UNSUPPORTED_TYPE, INVALID];
    /// What an operation with parameters in the query may answer instead.
    ForQueries = [INVALID];
    /// What an operation that changes a state may answer instead.
    ForChanges = [CONFLICT];
    /// What an operation that takes `If-Match` may answer instead.
    ForRevisions = [BAD_REQUEST, STALE];
    /// What an operation that anybody may flood answers instead.
    ForFloods = [TOO_MANY];
    /// What an operation that needs a plugin may answer instead.
    ForPlugins = [REFUSED];
}
