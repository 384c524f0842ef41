//! JSON in the shapes that exports have: one object, an array, a graph, a list, one object a line. It is read element
//! by element, so that a file of any size takes little memory.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use chrono::NaiveDate;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

use super::draft::Draft;
use super::error::ImportError;
use super::graph::{Nodes, refers};
use super::headings::{Column, column};
use super::imported::{ImportedJob, Take};
use super::job_posting;
use super::table_row::Row;
use super::warning::Warning;
use crate::job::job_form;

/// The members that hold lists of jobs: a page's graph, an ItemList and its ListItems, a list as the API prints it.
const NESTED: [&str; 6] = ["@graph", "itemListElement", "item", "items", "jobs", "mainEntity"];
/// The most postings that wait for nodes which they refer to.
const MAX_WAITING: usize = 100_000;
/// The most warnings about the file as a whole.
const MAX_WARNINGS: usize = 20;

pub(super) fn read(source: impl Read, today: NaiveDate, take: &mut Take<'_>) -> Result<Vec<Warning>, ImportError> {
    let mut source = BufReader::new(source);
    let mut sink =
        Sink { today, take, nodes: Nodes::default(), waiting: Vec::new(), warnings: Vec::new(), ended: false };
    while skip_space(&mut source)? && !sink.ended {
        let mut document = Deserializer::from_reader(&mut source);
        match Document(&mut sink).deserialize(&mut document) {
            Err(error) if !sink.ended => return Err(error.into()),
            _ => {}
        }
    }
    sink.finish();
    Ok(sink.warnings)
}

/// Skips white space and says whether something follows. A comma between documents is allowed.
fn skip_space(source: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let space = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | 0x1e);
        match buffer.iter().position(|byte| !space(byte)) {
            Some(count) => {
                source.consume(count);
                return Ok(true);
            }
            None => {
                let count = buffer.len();
                source.consume(count);
            }
        }
    }
}

/// Takes the elements of a file.
struct Sink<'a, 'b> {
    today: NaiveDate,
    take: &'a mut Take<'b>,
    nodes: Nodes,
    /// Postings that refer to nodes which may come later.
    waiting: Vec<Map<String, Value>>,
    warnings: Vec<Warning>,
    /// The caller wants no more.
    ended: bool,
}

impl Sink<'_, '_> {
    fn element(&mut self, value: Value) {
        if self.ended {
            return;
        }
        match value {
            Value::Array(values) => values.into_iter().for_each(|value| self.element(value)),
            Value::Object(object) if job_posting::is_one(&object) => {
                object.values().for_each(|value| self.nodes.collect(value));
                if refers(&object) && self.waiting.len() < MAX_WAITING {
                    self.waiting.push(object);
                } else {
                    self.give(job_posting::read(&object, Draft::new(self.today)));
                }
            }
            Value::Object(mut object) => {
                if let Some(inner) = NESTED.into_iter().find_map(|name| object.remove(name)) {
                    self.nodes.collect(&Value::Object(object));
                    self.element(inner);
                } else if is_a_job(&object) {
                    let draft = Draft::new(self.today);
                    self.give(plain_object(object, draft));
                } else if object.contains_key("@id") {
                    self.nodes.collect(&Value::Object(object));
                } else {
                    let kind = object.get("@type").map_or_else(|| "unknown".to_owned(), Value::to_string);
                    self.warn(format!("an object of the type {kind}"));
                }
            }
            other => self.warn(format!("the value {other}")),
        }
    }

    fn give(&mut self, job: ImportedJob) {
        if let ControlFlow::Break(()) = (self.take)(job) {
            self.ended = true;
        }
    }

    fn warn(&mut self, what: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning::Unused(what.chars().take(200).collect()));
        }
    }

    fn finish(&mut self) {
        for mut posting in std::mem::take(&mut self.waiting) {
            if self.ended {
                break;
            }
            self.nodes.follow(&mut posting);
            self.give(job_posting::read(&posting, Draft::new(self.today)));
        }
    }
}

/// A document whose lists are passed on element by element.
struct Document<'s, 'a, 'b>(&'s mut Sink<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a job or a list of jobs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Value>()? {
            self.0.element(element);
            if self.0.ended {
                return Err(A::Error::custom("nobody wants more"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        let mut had_a_list = false;
        while let Some(name) = members.next_key::<String>()? {
            // A posting may have members of any name; in all files we have seen, its type comes before them.
            if NESTED.contains(&&*name) && !job_posting::is_one(&object) {
                members.next_value_seed(Document(&mut *self.0))?;
                had_a_list = true;
            } else {
                object.insert(name, members.next_value()?);
            }
        }
        if had_a_list {
            self.0.nodes.collect(&Value::Object(object));
        } else {
            self.0.element(Value::Object(object));
        }
        if self.0.ended { Err(A::Error::custom("nobody wants more")) } else { Ok(()) }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.element(text.into());
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.0.element(value.into());
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.0.element(value.into());
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.0.element(value.into());
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.0.element(value.into());
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }
}

fn is_a_job(object: &Map<String, Value>) -> bool {
    let is_a_node = ["@type", "@id"].into_iter().any(|name| object.contains_key(name));
    !is_a_node && object.keys().any(|name| column(name) == Some(Column::Title))
}

/// A job that was exported from a board, or a flat object with the column names of tables.
fn plain_object(object: Map<String, Value>, draft: Draft) -> ImportedJob {
    let is_ours =
        object.get("organization").is_some_and(Value::is_object) || object.keys().all(|name| is_wire_name(name));
    if is_ours { as_the_api_takes_it(object, draft) } else { as_a_row(object, draft) }
}

fn is_wire_name(name: &str) -> bool {
    const ADDED_BY_THE_SERVER: [&str; 13] = [
        "id",
        "slug",
        "url",
        "state",
        "revision",
        "pending_revision",
        "published_at",
        "publish_at",
        "expires_at",
        "submitted_at",
        "ended_at",
        "reason",
        "edit_url",
    ];
    ADDED_BY_THE_SERVER.contains(&name) || is_field(name)
}

fn is_field(name: &str) -> bool {
    name == "fields" || job_form().fields.iter().any(|field| field.name.split('.').next() == Some(name))
}

/// Removes the members that the server added; the rest stays.
fn as_the_api_takes_it(object: Map<String, Value>, mut draft: Draft) -> ImportedJob {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    draft.identify(Some("tablon".to_owned()), text("id"));
    draft.set_page(text("url").as_deref());
    let mut unused: Vec<String> = Vec::new();
    for (name, value) in object {
        match value {
            Value::Null => {}
            Value::String(date) if name == "valid_through" => draft.set_valid_through(&date),
            Value::Array(tags) if name == "tags" => {
                let words = tags.iter().filter_map(Value::as_str).map(str::to_owned);
                draft.set_tags(words.collect::<Vec<_>>());
            }
            Value::String(text) if name != "description" => {
                if is_field(&name) {
                    draft.set_line(&name, Some(text));
                } else if !is_wire_name(&name) {
                    unused.push(name);
                }
            }
            value if is_field(&name) => draft.set(&name, value),
            _ if is_wire_name(&name) => {}
            _ => unused.push(name),
        }
    }
    draft.unused_members(&unused);
    draft.finish()
}

fn as_a_row(object: Map<String, Value>, mut draft: Draft) -> ImportedJob {
    let mut row = Row::default();
    let mut unused: Vec<String> = Vec::new();
    for (name, value) in object {
        match (column(&name), words(&value)) {
            (_, None) if value.is_null() => {}
            (Some(column), Some(words)) => row.0.push((column, words)),
            _ => unused.push(name),
        }
    }
    draft.unused_members(&unused);
    row.read(draft)
}

/// A value as the text of a table's cell.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) => job_posting::number(Some(value)),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(values) => {
            let words: Vec<String> = values.iter().filter_map(words).collect();
            (!words.is_empty()).then(|| words.join(";"))
        }
        Value::Object(object) => object.get("name").and_then(words),
        Value::Null => None,
    }
}
