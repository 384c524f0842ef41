//! What stands behind the question mark: how each kind of parameter is read, and how OpenAPI describes it.
//!
//! An operation's parameters are declared once, with [`query_params!`]; the extractor and the description are made
//! from the same declaration.

use std::str::FromStr;

use axum::http::request::Parts;
use tablon_core::JobState;
use tablon_core::delivery::{MailState, PlacementState, Presence};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::job::Workplace;
use tablon_core::page::MAX_LIMIT;
use tablon_core::search::MAX_SEARCH;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};
use uuid::Uuid;

use super::body::one_of;
use crate::problem::Problem;

/// The query's pairs, each read by name. Unknown names are ignored: links carry all sorts of tails.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    errors: FieldErrors,
}

impl Query {
    /// The query of a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { pairs, errors: FieldErrors::default() }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value that isn't blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.values(name).map(str::trim).find(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The first value, in the form that `read` takes.
    fn first<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>, wrong: FieldProblem) -> Option<T> {
        let value = read(self.values(name).next()?);
        if value.is_none() {
            self.errors.push(format!("/{name}"), wrong);
        }
        value
    }

    /// How many items are wanted.
    pub(crate) fn limit(&mut self) -> Option<u64> {
        let range = FieldProblem::NumberRange { min: "1".into(), max: MAX_LIMIT.to_string() };
        self.first("limit", |text| text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)), range)
    }

    /// Nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        Ok(self.errors.into_result()?)
    }
}

/// Something that stands as a parameter of a query, or several that belong together.
pub(crate) trait Param: Sized {
    /// Reads the parameter; a mistake is noted.
    fn read(query: &mut Query, name: &str) -> Self;

    /// How OpenAPI describes it.
    fn describe(name: &str, words: &str) -> Vec<Parameter>;
}

fn parameter(name: &str, words: &str, schema: impl Into<RefOr<Schema>>) -> Vec<Parameter> {
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False);
    vec![parameter.description(Some(words.trim())).schema(Some(schema)).build()]
}

/// Any text; a blank one counts as none.
impl Param for Option<String> {
    fn read(query: &mut Query, name: &str) -> Self {
        query.text(name)
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        parameter(name, words, ObjectBuilder::new().schema_type(Type::String))
    }
}

/// Words to search for; the search itself checks how many they are.
#[derive(Debug)]
pub(crate) struct SearchWords(pub(crate) Option<String>);

impl Param for SearchWords {
    fn read(query: &mut Query, name: &str) -> Self {
        Self(query.text(name))
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        parameter(name, words, ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_SEARCH)))
    }
}

impl Param for Option<Uuid> {
    fn read(query: &mut Query, name: &str) -> Self {
        // With its dashes, as every answer writes it.
        let id = |text: &str| Some(text).filter(|text| text.len() == 36).and_then(|text| text.parse().ok());
        query.first(name, id, FieldProblem::Said(format!("{name} must be an id")))
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        parameter(name, words, ObjectBuilder::new().schema_type(Type::String).format(Some(format)))
    }
}

impl Param for bool {
    fn read(query: &mut Query, name: &str) -> Self {
        let problem = FieldProblem::NotOption { options: "true, false".to_owned() };
        query.first(name, |text| text.parse().ok(), problem).unwrap_or(false)
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        parameter(name, words, ObjectBuilder::new().schema_type(Type::Boolean))
    }
}

/// A set of values that a parameter names.
pub(crate) trait Choice: FromStr {
    /// Their names.
    fn names() -> Vec<&'static str>;

    fn wrong() -> FieldProblem {
        FieldProblem::NotOption { options: Self::names().join(", ") }
    }
}

macro_rules! choices {
    ($($kind:ty),+ $(,)?) => {
        $(impl Choice for $kind {
            fn names() -> Vec<&'static str> {
                Self::ALL.map(Self::as_str).to_vec()
            }
        })+
    };
}

choices!(JobState, MailState, PlacementState, Presence, Workplace);

/// One of the values.
impl<T: Choice> Param for Option<T> {
    fn read(query: &mut Query, name: &str) -> Self {
        query.first(name, |text| text.parse().ok(), T::wrong())
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        parameter(name, words, one_of(&T::names()))
    }
}

/// Any of the values: the parameter repeated, or commas between them.
impl<T: Choice> Param for Vec<T> {
    fn read(query: &mut Query, name: &str) -> Self {
        let read: Vec<Option<T>> =
            query.values(name).flat_map(|values| values.split(',')).map(|value| value.parse().ok()).collect();
        if read.iter().any(Option::is_none) {
            query.errors.push(format!("/{name}"), T::wrong());
        }
        read.into_iter().flatten().collect()
    }

    fn describe(name: &str, words: &str) -> Vec<Parameter> {
        parameter(name, words, ArrayBuilder::new().items(one_of(&T::names())))
    }
}

/// Which page of a list, and how many items it has.
#[derive(Debug)]
pub(crate) struct Paging {
    pub(crate) cursor: Option<String>,
    pub(crate) limit: Option<u64>,
}

impl Param for Paging {
    fn read(query: &mut Query, _name: &str) -> Self {
        Self { cursor: query.text("cursor"), limit: query.limit() }
    }

    fn describe(_name: &str, _words: &str) -> Vec<Parameter> {
        let most = usize::try_from(MAX_LIMIT).ok().map(utoipa::Number::UInt);
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(most);
        let mut described = Option::<String>::describe("cursor", "The last page's `next_cursor`.");
        described.extend(parameter("limit", "How many items; 20 unless said.", number));
        described
    }
}

/// Declares the parameters of an operation: a struct, its extractor and its description for OpenAPI.
macro_rules! query_params {
    ($(#[doc = $about:literal])* $visibility:vis struct $kind:ident {
        $($(#[doc = $doc:literal])* $field:ident: $type:ty),+ $(,)?
    }) => {
        $(#[doc = $about])*
        #[derive(Debug)]
        $visibility struct $kind { $($(#[doc = $doc])* pub(super) $field: $type),+ }

        impl<S: Sync> axum::extract::FromRequestParts<S> for $kind {
            type Rejection = $crate::problem::Problem;

            async fn from_request_parts(
                parts: &mut axum::http::request::Parts,
                _state: &S,
            ) -> Result<Self, $crate::problem::Problem> {
                use $crate::api::query::{Param, Query};
                let mut query = Query::of(parts);
                $(let $field = <$type as Param>::read(&mut query, stringify!($field));)+
                query.finish()?;
                Ok(Self { $($field),+ })
            }
        }

        impl utoipa::IntoParams for $kind {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                use $crate::api::query::Param;
                let mut described = Vec::new();
                $(described.extend(<$type as Param>::describe(stringify!($field), concat!($($doc, "\n"),*)));)+
                described
            }
        }
    };
}
pub(crate) use query_params;

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;
    use axum::http::Request;
    use serde_json::json;
    use utoipa::IntoParams as _;

    use super::*;

    query_params! {
        /// A sample.
        struct Sample {
            /// Some.
            state: Vec<JobState>,
            workplace: Option<Workplace>,
            job: Option<Uuid>,
            abandon: bool,
            page: Paging,
        }
    }

    async fn read(query: &str) -> Result<Sample, Problem> {
        let request = Request::builder().uri(format!("/?{query}")).body(()).expect("a request");
        Sample::from_request_parts(&mut request.into_parts().0, &()).await
    }

    #[tokio::test]
    async fn what_is_described_is_read() {
        let id = "01890000-0000-7000-8000-000000000000";
        let query = format!("utm=x&state=published,filled&state=closed&workplace=remote&job={id}&abandon=true&limit=5");
        let sample = read(&query).await.expect("a good query");
        assert_eq!(sample.state, [JobState::Published, JobState::Filled, JobState::Closed]);
        assert_eq!((sample.workplace, sample.abandon, sample.page.limit), (Some(Workplace::Remote), true, Some(5)));
        assert!(sample.job.is_some() && sample.page.cursor.is_none());
    }

    #[tokio::test]
    async fn every_mistake_is_told_at_once_and_a_blank_value_is_one_where_it_means_nothing() {
        let problem = read("state=&workplace=a&job=0189&abandon=yes&limit=&cursor=").await.expect_err("five mistakes");
        let problem = serde_json::to_value(problem).expect("JSON");
        let pointers: Vec<_> = problem["errors"].as_array().expect("a list").iter().map(|e| &e["pointer"]).collect();
        assert_eq!(pointers, ["/state", "/workplace", "/job", "/abandon", "/limit"]);
    }

    #[test]
    fn the_description_names_what_is_taken() {
        let described = serde_json::to_value(Sample::into_params(|| None)).expect("JSON");
        let names: Vec<_> = described.as_array().expect("a list").iter().map(|p| &p["name"]).collect();
        assert_eq!(names, ["state", "workplace", "job", "abandon", "cursor", "limit"]);
        assert_eq!(described[0]["schema"]["items"]["enum"][0], "draft");
        assert_eq!(described[1]["schema"]["enum"], json!(["on-site", "hybrid", "remote"]));
        assert_eq!(described[5]["schema"], json!({"type": "integer", "minimum": 1, "maximum": 100}));
    }
}
