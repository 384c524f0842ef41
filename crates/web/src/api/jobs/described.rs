//! How OpenAPI describes an offer that is sent: what the form demands, in the words of what comes back.

use serde_json::{Value, json};
use tablon_core::JobContent;
use tablon_core::board::{CONSENT, IS_EMPLOYER};
use tablon_core::job::{Location, Organization, Salary, job_form};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ArrayBuilder, Object, Schema, SchemaType};
use utoipa::{PartialSchema, ToSchema};

/// An offer that is handed in.
#[derive(Debug)]
pub(super) enum JobIn {}

/// What changes about an offer.
#[derive(Debug)]
pub(super) enum JobPatch {}

impl PartialSchema for JobIn {
    fn schema() -> RefOr<Schema> {
        let whole = converted(&form(true)).unwrap_or_default();
        let one_of_the_two = ["apply_url", "apply_email"].map(|name| {
            let given = json!({ "type": "object", "properties": { name: { "type": "string", "minLength": 1 } }, "required": [name] });
            converted(&given).unwrap_or_default()
        });
        let apply = one_of_the_two.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        let about = "An offer that is handed in. It says where to apply: `apply_url`, `apply_email`, or both.";
        AllOfBuilder::new().item(whole).item(Schema::from(apply.build())).description(Some(about)).into()
    }
}

impl ToSchema for JobIn {
    fn name() -> std::borrow::Cow<'static, str> {
        "NewJob".into()
    }
}

impl PartialSchema for JobPatch {
    fn schema() -> RefOr<Schema> {
        let mut patch = form(false);
        patch["description"] =
            json!("What changes about an offer: a JSON merge patch. What is left out stays as it is.");
        converted(&patch).unwrap_or_default().into()
    }
}

impl ToSchema for JobPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "JobPatch".into()
    }
}

/// The schema of the form; `whole` with what it demands.
fn form(whole: bool) -> Value {
    let mut schema = job_form().json_schema("en");
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
    }
    // Which ones there are differs from board to board.
    schema["properties"]["fields"] = json!({ "type": ["object", "null"], "additionalProperties": true });
    document(&mut schema, &JobContent::schema());
    document(&mut schema["properties"]["organization"], &Organization::schema());
    document(&mut schema["properties"]["locations"]["items"], &Location::schema());
    document(&mut schema["properties"]["salary"], &Salary::schema());
    if whole {
        let ticked = |words: &str| json!({ "type": ["boolean", "null"], "description": words });
        schema["properties"][CONSENT] =
            ticked("That the poster agrees to the board's consent text (`rules.consent`), where it has one.");
        schema["properties"][IS_EMPLOYER] =
            ticked("That the poster is the employer, where the board refuses agencies.");
    }
    if !whole {
        for pointer in ["", "/properties/organization"] {
            if let Some(members) = schema.pointer_mut(pointer).and_then(Value::as_object_mut) {
                members.remove("required");
            }
        }
    }
    schema
}

/// Takes over what `known` says about its members.
fn document(schema: &mut Value, known: &RefOr<Schema>) {
    let known = serde_json::to_value(known).unwrap_or_default();
    let Some(members) = schema["properties"].as_object_mut() else { return };
    for (name, member) in members {
        // What may be absent is described within its alternatives.
        let place = &known["properties"][name];
        if let Some(words) = [place, &place["oneOf"][0]].iter().find_map(|place| place["description"].as_str()) {
            member["description"] = json!(words);
        }
    }
}

/// The same in utoipa's types. They can't be read from JSON as they are: an object would lose its alternatives.
fn converted(schema: &Value) -> Option<Schema> {
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let any = alternatives.iter().filter_map(converted).fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        return Some(any.description(schema["description"].as_str()).build().into());
    }
    if let Some(items) = schema.get("items").and_then(converted) {
        let max = schema["maxItems"].as_u64().and_then(|max| usize::try_from(max).ok());
        let kind: SchemaType = serde_json::from_value(schema["type"].clone()).ok()?;
        let list = ArrayBuilder::new().schema_type(kind).items(RefOr::from(items)).max_items(max);
        return Some(list.description(schema["description"].as_str()).build().into());
    }
    let mut object: Object = serde_json::from_value(schema.clone()).ok()?;
    if let Some(members) = schema["properties"].as_object() {
        let described = members.iter().filter_map(|(name, member)| Some((name.clone(), converted(member)?.into())));
        object.properties = described.collect();
    }
    Some(object.into())
}
