//! The fields of one job while they are collected, and its warnings.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::entities::line;
use super::identity::Named;
use super::imported::{ImportedJob, MAX_WARNINGS};
use super::plain;
use super::warning::Warning;
use crate::form::with_scheme;
use crate::job::{MAX_TAGS, Period};

/// Collects the fields of one job and its warnings.
pub(super) struct Draft {
    pub(super) job: Map<String, Value>,
    pub(super) warnings: Vec<Warning>,
    today: NaiveDate,
    named: Named,
}

impl Draft {
    pub(super) fn new(today: NaiveDate) -> Self {
        Self { job: Map::new(), warnings: Vec::new(), today, named: Named::default() }
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.job.insert(field.to_owned(), value.into());
    }

    pub(super) fn set_text(&mut self, field: &str, value: Option<String>) {
        if let Some(value) = value {
            self.set(field, value);
        }
    }

    /// One line, with entities decoded.
    pub(super) fn set_line(&mut self, field: &str, value: Option<String>) {
        self.set_text(field, value.map(|value| line(&value)).filter(|value| !value.is_empty()));
    }

    /// The source's identifier of the job, and who issued it.
    pub(super) fn identify(&mut self, namespace: Option<String>, identifier: Option<String>) {
        self.named.namespace = namespace.map(|namespace| line(&namespace));
        self.named.identifier = identifier.map(|identifier| line(&identifier)).filter(|name| !name.is_empty());
    }

    /// The address of the job's own page.
    pub(super) fn set_page(&mut self, page: Option<&str>) {
        self.named.page = page.map(line).filter(|page| !page.is_empty());
    }

    /// Members of an object that aren't fields of a job.
    pub(super) fn unused_members(&mut self, names: &[String]) {
        const SHOWN: usize = 8;
        if names.is_empty() {
            return;
        }
        let shown: Vec<String> = names.iter().take(SHOWN).map(|name| name.chars().take(40).collect()).collect();
        let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        self.warn(Warning::Unused(format!("the member {}{more}", shown.join(", "))));
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.job.get(field).is_some_and(|value| !value.is_null())
    }

    pub(super) fn not_understood(&mut self, field: &'static str, value: &str) {
        const SHOWN: usize = 80;
        let mut shown: String = value.chars().take(SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        self.warn(Warning::NotUnderstood { field, value: shown });
    }

    /// A list had more entries than a board accepts.
    pub(super) fn kept_only(&mut self, field: &'static str, kept: usize, of: usize) {
        self.warn(Warning::KeptOnly { field, kept, of });
    }

    /// Nobody reads hundreds of warnings about one job, and a list of 60,000 strange places has as many.
    pub(super) fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning);
        }
    }

    /// Only the day counts: `2026-03-18T00:00`, with or without seconds and zone, is the 18th of March.
    pub(super) fn set_valid_through(&mut self, text: &str) {
        self.named.valid_through = Some(text.to_owned());
        let day = text.get(..10).and_then(|day| day.parse::<NaiveDate>().ok()).or_else(|| plain::day(text));
        match day {
            Some(day) if day < self.today => self.warn(Warning::PastDate(day.to_string())),
            Some(day) => self.set("valid_through", day.to_string()),
            None => self.not_understood("valid_through", text),
        }
    }

    pub(super) fn set_employment_types(&mut self, names: impl IntoIterator<Item = String>) {
        let mut types: Vec<Value> = Vec::new();
        for name in names {
            match plain::employment_type(&name) {
                Some(kind) if !types.iter().any(|known| known == kind) => types.push(kind.into()),
                Some(_) => {}
                None => self.not_understood("employment_types", &name),
            }
        }
        if !types.is_empty() {
            self.set("employment_types", types);
        }
    }

    pub(super) fn set_tags(&mut self, tags: impl IntoIterator<Item = String>) {
        let mut known = HashSet::new();
        let mut kept: Vec<Value> = Vec::new();
        for tag in tags {
            let tag = line(&tag).trim_start_matches('#').to_owned();
            if tag.is_empty() || !known.insert(tag.to_lowercase()) {
                continue;
            }
            if kept.len() < MAX_TAGS {
                kept.push(tag.into());
            }
        }
        if known.len() > MAX_TAGS {
            self.kept_only("tags", MAX_TAGS, known.len());
        }
        if !kept.is_empty() {
            self.set("tags", kept);
        }
    }

    pub(super) fn set_salary(&mut self, salary: plain::Salary) {
        match salary.understand() {
            Ok(Some(pay)) => {
                if pay.year_stands_in {
                    let value = Period::Year.as_str().to_owned();
                    self.warn(Warning::StandIn { field: "salary.period", value });
                }
                self.set("salary", pay.wire);
            }
            Ok(None) => {}
            Err(value) => self.not_understood("salary", &value),
        }
    }

    pub(super) fn finish(mut self) -> ImportedJob {
        self.stand_in();
        let missing = [
            ("title", !self.has("title")),
            ("organization.name", self.organization_name().is_none()),
            ("description", !self.has("description")),
            ("apply_url or apply_email", !self.has("apply_url") && !self.has("apply_email")),
            ("contact_email", !self.has("contact_email")),
        ];
        for (field, absent) in missing {
            if absent {
                self.warnings.push(Warning::Missing(field));
            }
        }
        let identity = self.named.identity(&self.job);
        ImportedJob { job: Value::Object(self.job), warnings: self.warnings, identity }
    }

    pub(super) fn organization_name(&self) -> Option<&Value> {
        self.job.get("organization").and_then(|organization| organization.get("name"))
    }

    /// Fills in a missing description or organisation: lists of links have no descriptions, and some name no
    /// organisation. The moderator completes them.
    pub(super) fn stand_in(&mut self) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if !self.has("description")
            && let Some(title) = text(self.job.get("title"))
        {
            self.set("description", title.clone());
            self.warnings.push(Warning::StandIn { field: "description", value: title });
        }
        if self.organization_name().is_none() {
            let address = text(self.job.get("organization").and_then(|organization| organization.get("url")))
                .or_else(|| text(self.job.get("apply_url")));
            let host =
                address.and_then(|address| Some(url::Url::parse(&with_scheme(&address)).ok()?.host_str()?.to_owned()));
            let Some(name) = host.map(|host| host.trim_start_matches("www.").to_owned()) else { return };
            let organization = self.job.entry("organization").or_insert_with(|| Value::Object(Map::new()));
            if let Some(organization) = organization.as_object_mut() {
                organization.insert("name".to_owned(), name.clone().into());
                self.warnings.push(Warning::StandIn { field: "organization.name", value: name });
            }
        }
    }
}
