//! Schemas of members for OpenAPI, and what is changed about them.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// One of these texts.
pub(crate) fn one_of(values: &[&str]) -> RefOr<Schema> {
    string().enum_values(Some(values.iter().copied())).into()
}

/// A text of a certain form: the most characters, and the pattern.
pub(crate) fn formed_text(max: usize, pattern: &str) -> RefOr<Schema> {
    string().max_length(Some(max)).pattern(Some(pattern)).into()
}

pub(super) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The same with members that may be `null`.
pub(crate) fn patched(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.properties.values_mut().for_each(|member| *member = nullable(member.clone()));
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// The same, and `null`.
pub(crate) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::OneOf(one_of)) if one_of.items.contains(&Object::with_type(Type::Null).into()) => {
            RefOr::T(Schema::OneOf(one_of))
        }
        RefOr::T(Schema::Array(mut array)) => {
            if let SchemaType::Type(kind) = array.schema_type {
                array.schema_type = SchemaType::Array(vec![kind, Type::Null]);
            }
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Type(kind) = object.schema_type {
                object.schema_type = SchemaType::Array(vec![kind, Type::Null]);
            }
            if let Some(values) = &mut object.enum_values {
                values.push(Value::Null);
            }
            RefOr::T(Schema::Object(object))
        }
        other => OneOfBuilder::new().item(Object::with_type(Type::Null)).item(other).into(),
    }
}

/// A text that may also be blank.
pub(super) fn without_lower_bound(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) if object.schema_type == SchemaType::Type(Type::String) => {
            object.min_length = None;
            object.pattern = None;
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// The same with what the declaration says about it.
pub(crate) fn documented(schema: RefOr<Schema>, words: &str) -> RefOr<Schema> {
    let words = words.trim();
    if words.is_empty() {
        return schema;
    }
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(words.to_owned());
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = Some(words.to_owned());
            RefOr::T(Schema::OneOf(one_of))
        }
        RefOr::Ref(mut reference) => {
            reference.description = words.to_owned();
            RefOr::Ref(reference)
        }
        other => other,
    }
}

/// The same with an example.
pub(crate) fn with_example(schema: RefOr<Schema>, example: impl Into<Value>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.examples = vec![example.into()];
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}
