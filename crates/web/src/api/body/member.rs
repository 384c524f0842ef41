//! The members of a request body: how each kind is read, and how OpenAPI describes it.
//!
//! A body is declared once, with [`request_body!`]; the reader and the description are made from the same declaration.

use std::ops::Deref;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use tablon_core::delivery::{DeliveryPolicy, Schedule};
use tablon_core::form::{FieldProblem, MAIL_PATTERN, day};
use tablon_core::text::characters::{VISIBLE_PATTERN, is_visible};
use tablon_core::{EmailKey, Role};
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

use super::Fields;
use super::schema::{formed_text, nullable, patched, string, without_lower_bound};

/// Something that stands as a member of a request body.
pub(crate) trait Member: Sized {
    /// Whether a body without this member is refused.
    const REQUIRED: bool = true;
    /// The most characters of a blank text that stands for no value where the member may be absent.
    const LONGEST_BLANK: Option<usize> = None;

    /// Reads the member; `None` when a mistake was noted.
    fn read(fields: &mut Fields, name: &str) -> Option<Self>;

    /// How OpenAPI describes it.
    fn describe() -> RefOr<Schema>;
}

/// A text of 1 to `MAX` characters once the blanks around it are cut off, with something to see in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text itself.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Member for Text<MAX> {
    const LONGEST_BLANK: Option<usize> = Some(MAX);

    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let text = fields.optional_text(name, MAX).filter(|text| is_visible(text));
        if text.is_none() {
            fields.required_too(name);
        }
        text.map(Self)
    }

    fn describe() -> RefOr<Schema> {
        string().min_length(Some(1)).max_length(Some(MAX)).pattern(Some(VISIBLE_PATTERN)).into()
    }
}

/// An e-mail address. The domain checks its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailAddress(Text<{ EmailKey::MAX }>);

impl MailAddress {
    /// The text itself.
    pub(crate) fn into_string(self) -> String {
        self.0.into_string()
    }
}

impl Member for MailAddress {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        Text::read(fields, name).map(Self)
    }

    fn describe() -> RefOr<Schema> {
        formed_text(EmailKey::MAX, MAIL_PATTERN)
    }
}

/// May be absent, `null` or, for a text, blank.
impl<T: Member> Member for Option<T> {
    const REQUIRED: bool = false;

    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        if fields.is_absent(name) || T::LONGEST_BLANK.is_some_and(|longest| fields.is_blank(name, longest)) {
            fields.value(name);
            return Some(None);
        }
        T::read(fields, name).map(Some)
    }

    fn describe() -> RefOr<Schema> {
        nullable(without_lower_bound(T::describe()))
    }
}

/// A member of a merge patch: what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// It was left out.
    Nothing,
    /// It is to become this.
    Value(T),
}

impl<T> Given<T> {
    /// The new value, if there is one.
    pub(crate) fn into_option(self) -> Option<T> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The same with another kind of value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Option<U> {
        self.into_option().map(change)
    }
}

impl<T: Member> Member for Given<T> {
    const REQUIRED: bool = false;

    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        if fields.has(name) { T::read(fields, name).map(Self::Value) } else { Some(Self::Nothing) }
    }

    fn describe() -> RefOr<Schema> {
        T::describe()
    }
}

/// A member that must be there and may be `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Demanded<T>(pub(crate) T);

impl<T: Member> Member for Demanded<T> {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        if !fields.has(name) {
            fields.required_too(name);
            return None;
        }
        T::read(fields, name).map(Self)
    }

    fn describe() -> RefOr<Schema> {
        T::describe()
    }
}

/// A choice between texts: its reader, and its values for the description.
macro_rules! choice_member {
    ($($kind:ty = $values:expr),+ $(,)?) => {
        $(impl $crate::api::body::Member for $kind {
            fn read(fields: &mut $crate::api::body::Fields, name: &str) -> Option<Self> {
                let choice = fields.optional_choice(name, &$values);
                if choice.is_none() {
                    fields.required_too(name);
                }
                choice
            }

            fn describe() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::api::body::one_of(&$values)
            }
        })+
    };
}
pub(crate) use choice_member;

choice_member!(Role = Role::ALL.map(Role::as_str));

impl Member for DateTime<Utc> {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let text = Text::<64>::read(fields, name)?;
        let moment = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc());
        // An offset can lead out of the years that RFC 3339 can write.
        let moment = moment.filter(|moment| (0..=9999).contains(&moment.year()));
        if moment.is_none() {
            fields.said(name, format!("{name} must be a moment such as 2026-12-31T09:00:00Z"));
        }
        moment
    }

    fn describe() -> RefOr<Schema> {
        string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
    }
}

impl Member for NaiveDate {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let text = Text::<64>::read(fields, name)?;
        let day = day(&text);
        if day.is_none() {
            fields.wrong(name, FieldProblem::NotDate);
        }
        day
    }

    fn describe() -> RefOr<Schema> {
        string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole<const MIN: u64, const MAX: u64>(pub(crate) u64);

impl<const MIN: u64, const MAX: u64> Member for Whole<MIN, MAX> {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let value = fields.value(name).unwrap_or_default();
        // To JSON Schema, 30.0 is a whole number too.
        let whole = |float: f64| (float.fract() == 0.0 && (0.0..1e15).contains(&float)).then_some(float as u64);
        let number =
            value.as_u64().or_else(|| value.as_f64().and_then(whole)).filter(|number| (MIN..=MAX).contains(number));
        if number.is_none() {
            let range = FieldProblem::NumberRange { min: MIN.to_string(), max: MAX.to_string() };
            fields.wrong(name, if value.is_number() { range } else { FieldProblem::NotNumber });
        }
        number.map(Self)
    }

    fn describe() -> RefOr<Schema> {
        let bound = |bound: u64| usize::try_from(bound).ok().map(utoipa::Number::UInt);
        ObjectBuilder::new().schema_type(Type::Integer).minimum(bound(MIN)).maximum(bound(MAX)).into()
    }
}

impl Member for Uuid {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let id = fields.value(name).as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok());
        if id.is_none() {
            fields.said(name, format!("{name} must be an id"));
        }
        id
    }

    fn describe() -> RefOr<Schema> {
        string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
    }
}

impl Member for Tz {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let zone = fields.value(name).as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok());
        if zone.is_none() {
            fields.wrong(name, FieldProblem::NotTimeZone);
        }
        zone
    }

    fn describe() -> RefOr<Schema> {
        let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        string().enum_values(Some(zones)).examples([json!("Europe/Madrid")]).into()
    }
}

impl Member for bool {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let value = fields.value(name).as_ref().and_then(Value::as_bool);
        if value.is_none() {
            fields.wrong(name, FieldProblem::NotBoolean);
        }
        value
    }

    fn describe() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

/// An object of any members; empty when it is absent or `null`.
impl Member for Map<String, Value> {
    const REQUIRED: bool = false;

    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        Some(fields.object(name))
    }

    fn describe() -> RefOr<Schema> {
        let members = AdditionalProperties::<Schema>::FreeForm(true);
        nullable(ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(members)).into())
    }
}

/// A merge patch of a channel's delivery policy; `null` is the usual one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeliveryPatch(pub(crate) Value);

impl Member for DeliveryPatch {
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.value(name).map(Self)
    }

    fn describe() -> RefOr<Schema> {
        // A part that is `null` goes back to the usual.
        let mut policy = patched(DeliveryPolicy::schema());
        if let RefOr::T(Schema::Object(policy)) = &mut policy {
            policy.properties.insert("schedule".to_owned(), nullable(patched(Schedule::schema())));
        }
        nullable(policy)
    }
}

/// Declares a request body: a struct, its reader (`read`) and its description for OpenAPI.
macro_rules! request_body {
    ($(#[doc = $about:literal])* $visibility:vis struct $kind:ident as $name:literal {
        $($(#[doc = $doc:literal])* $(#[example($example:expr)])? $field:ident: $type:ty),+ $(,)?
    }) => {
        $(#[doc = $about])*
        #[derive(Debug)]
        $visibility struct $kind { $($(#[doc = $doc])* pub(super) $field: $type),+ }

        impl $kind {
            /// Reads the body and tells every mistake in it.
            pub(super) fn read(body: serde_json::Value) -> Result<Self, $crate::problem::Problem> {
                use $crate::api::body::{Fields, Member};
                let mut fields = Fields::of(body)?;
                $(let $field = <$type as Member>::read(&mut fields, stringify!($field));)+
                fields.finish()?;
                match ($($field,)+) {
                    ($(Some($field),)+) => Ok(Self { $($field),+ }),
                    // A reader that answers nothing has noted why, and `finish` has told it.
                    _ => Err($crate::problem::Problem::internal()),
                }
            }
        }

        impl utoipa::PartialSchema for $kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use $crate::api::body::{Member, documented};
                let object = utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::Object)
                    .description(Some(concat!($($about, "\n"),*).trim()))
                    .additional_properties(Some(
                        utoipa::openapi::schema::AdditionalProperties::<utoipa::openapi::schema::Schema>::FreeForm(false),
                    ));
                $(
                    let described = documented(<$type as Member>::describe(), concat!($($doc, "\n"),*));
                    $(let described = $crate::api::body::with_example(described, $example);)?
                    let object = object.property(stringify!($field), described);
                    let object = if <$type as Member>::REQUIRED { object.required(stringify!($field)) } else { object };
                )+
                object.into()
            }
        }

        impl utoipa::ToSchema for $kind {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}
pub(crate) use request_body;
