//! A delivery policy as a form, and back.
//!
//! The form asks what people ask for: tags, workplace, kinds of work, countries, and the board's own choices. Rules
//! that it has no question for (a program set them) are named on the page and kept.

use serde_json::{Map, Value, json};
use tablon_core::delivery::{DeliveryPolicy, DeliveryRule, RuleMatch, TimeOfDay, Weekday};
use tablon_core::form::{Field, FieldErrors, FieldKind, FieldProblem, Form};
use tablon_core::job::job_form;

use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{self, Speech, sentence};
use crate::pages::views::{FieldView, FormView, Group, OptionView};

/// A question whose answer is a rule.
struct Question {
    /// Its name in the form.
    name: String,
    /// The field that its rule looks at.
    field: String,
    matching: RuleMatch,
}

impl Question {
    fn new(name: &str, field: &str, matching: RuleMatch) -> Self {
        Self { name: name.to_owned(), field: field.to_owned(), matching }
    }

    fn asks_for(&self, rule: &DeliveryRule) -> bool {
        self.field == rule.field && self.matching == rule.matching
    }
}

fn questions(form: &Form) -> Vec<Question> {
    let mut questions = vec![
        Question::new("tags", "tags", RuleMatch::AnyOf),
        Question::new("not_tags", "tags", RuleMatch::NoneOf),
        Question::new("workplace", "workplace", RuleMatch::AnyOf),
        Question::new("employment_types", "employment_types", RuleMatch::AnyOf),
        Question::new("country", "country", RuleMatch::AnyOf),
    ];
    questions.extend(choices(form).map(|field| {
        let name = format!("fields.{}", field.name);
        Question::new(&name, &name, RuleMatch::AnyOf)
    }));
    questions
}

/// The board's own fields that offer a choice.
fn choices(form: &Form) -> impl Iterator<Item = &Field> {
    let chooses = |field: &&Field| matches!(field.kind, FieldKind::Select { .. } | FieldKind::MultiSelect { .. });
    form.fields.iter().filter(chooses)
}

/// The rules that no question of the form asks for, each once; those after the first that a question asks for too.
fn others(policy: &DeliveryPolicy, form: &Form) -> Vec<DeliveryRule> {
    let mut open = questions(form);
    let others = policy.rules.iter().filter(|rule| match open.iter().position(|q| q.asks_for(rule)) {
        Some(asked) => {
            open.swap_remove(asked);
            false
        }
        None => true,
    });
    others.cloned().collect()
}

/// What stands in the form.
pub(super) struct Answers(Pairs);

/// A policy made of answers.
pub(super) struct Wanted {
    pub(super) policy: Value,
    /// The form's names of the policy's rules, in their order; empty for those that the form doesn't ask for.
    pub(super) rules: Vec<String>,
}

impl Answers {
    pub(super) fn typed(pairs: &Pairs) -> Self {
        Self(pairs.clone())
    }

    pub(super) fn stored(policy: &DeliveryPolicy, form: &Form) -> Self {
        let mut pairs = Pairs::new();
        for question in questions(form) {
            let rule = policy.rules.iter().find(|rule| question.asks_for(rule));
            let values = rule.map(|rule| rule.values.clone()).unwrap_or_default();
            if question.field == "tags" {
                pairs.push((question.name, values.join(", ")));
            } else {
                pairs.extend(values.into_iter().map(|value| (question.name.clone(), value)));
            }
        }
        let schedule = &policy.schedule;
        for (name, time) in [("at", schedule.at), ("from", schedule.from), ("to", schedule.to)] {
            pairs.extend(time.map(|time| (name.to_owned(), time.to_string())));
        }
        pairs.extend(schedule.days.iter().map(|day| ("days".to_owned(), day_name(*day).to_owned())));
        pairs.extend(schedule.per_day.map(|most| ("per_day".to_owned(), most.to_string())));
        pairs.extend(policy.check_every_hours.map(|hours| ("check_every_hours".to_owned(), hours.to_string())));
        Self(pairs)
    }

    fn all(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(n, v)| n == name && !v.trim().is_empty());
        values.map(|(_, value)| value.trim()).collect()
    }

    fn rule_values(&self, question: &Question) -> Vec<&str> {
        if question.field == "tags" {
            let typed = text(&self.0, &question.name).split([',', ';', '\n']).map(str::trim);
            typed.map(|tag| tag.trim_start_matches('#')).filter(|tag| !tag.is_empty()).collect()
        } else {
            self.all(&question.name)
        }
    }

    /// The policy that the answers make of `current`. What is no time or number goes in as it was typed, to be told.
    pub(super) fn policy(&self, current: &DeliveryPolicy, form: &Form) -> Wanted {
        let mut rules = Vec::new();
        let mut names = Vec::new();
        for question in questions(form) {
            let values = self.rule_values(&question);
            if !values.is_empty() {
                rules.push(json!({ "field": question.field, "match": question.matching, "values": values }));
                names.push(question.name);
            }
        }
        for rule in others(current, form) {
            rules.push(json!(rule));
            names.push(String::new());
        }
        let mut schedule = Map::new();
        for name in ["at", "from", "to"] {
            if let Some(time) = self.all(name).first() {
                schedule.insert(name.to_owned(), json!(time));
            }
        }
        let days = self.all("days");
        if !days.is_empty() {
            schedule.insert("days".to_owned(), json!(days));
        }
        if let Some(most) = self.number("per_day") {
            schedule.insert("per_day".to_owned(), most);
        }
        let mut policy = json!({ "rules": rules, "schedule": schedule });
        if let Some(hours) = self.number("check_every_hours") {
            policy["check_every_hours"] = hours;
        }
        Wanted { policy, rules: names }
    }

    fn number(&self, name: &str) -> Option<Value> {
        let typed = text(&self.0, name);
        (!typed.is_empty()).then(|| typed.parse::<u32>().map_or_else(|_| json!(typed), |number| json!(number)))
    }

    /// What the domain would only tell of the policy as a whole: times and numbers that are none.
    fn malformed(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for name in ["at", "from", "to"] {
            if self.all(name).first().is_some_and(|time| TimeOfDay::parse(time).is_none()) {
                errors.push(format!("/{name}"), FieldProblem::Pattern);
            }
        }
        for name in ["per_day", "check_every_hours"] {
            if self.number(name).is_some_and(|number| !number.is_number()) {
                errors.push(format!("/{name}"), FieldProblem::NotNumber);
            }
        }
        errors
    }
}

/// The errors of a policy by the form's names.
pub(super) fn by_field(errors: FieldErrors, rules: &[String]) -> FieldErrors {
    let mut named = FieldErrors::default();
    for error in errors.0 {
        let pointer = error.pointer.strip_prefix("/delivery").unwrap_or(&error.pointer);
        let rule = pointer.strip_prefix("/rules/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        let name = match rule.and_then(|index| rules.get(index)) {
            Some(name) => name.clone(),
            None => pointer.trim_start_matches("/schedule").trim_start_matches('/').to_owned(),
        };
        named.push(format!("/{name}"), error.problem);
    }
    named
}

/// The form. `checks`: whether the plugin can look at its copies.
pub(super) fn view(
    speech: &Speech<'_>,
    answers: &Answers,
    (form, policy): (&Form, &DeliveryPolicy),
    errors: &FieldErrors,
    checks: bool,
) -> FormView {
    // A text that is no time is refused as a whole; the form says which one it was.
    let malformed = answers.malformed();
    let errors = if malformed.0.is_empty() { errors } else { &malformed };
    let draw = Draw { speech, answers, errors };
    let mut rules = vec![draw.tags("tags"), draw.tags("not_tags")];
    rules.extend(["workplace", "employment_types"].into_iter().filter_map(|name| {
        let built_in = job_form();
        let field = built_in.fields.iter().find(|field| field.name == name)?;
        Some(draw.choice(name, speech.label_of(name), field))
    }));
    rules.push(draw.field("country", "countries"));
    rules.extend(choices(form).map(|field| draw.choice(&format!("fields.{}", field.name), speech.label(field), field)));
    let days = FieldView {
        options: Weekday::ALL
            .map(|day| draw.option("days", day_name(day), speech.say(&format!("weekday-{}", day_name(day)))))
            .into(),
        ..draw.field("days", "multi_select")
    };
    let when = vec![
        draw.field("at", "time"),
        draw.field("from", "time"),
        draw.field("to", "time"),
        days,
        draw.field("per_day", "number"),
    ];
    let group = |name: &str, fields| Group { legend: speech.say(&format!("delivery-{name}")), fields };
    let mut groups = vec![group("rules", rules), group("schedule", when)];
    if checks {
        groups.push(group("checks", vec![draw.field("check_every_hours", "number")]));
    }
    let known = |pointer: &str| groups.iter().flat_map(|g| &g.fields).any(|f| pointer == format!("/{}", f.name));
    let strays = errors.0.iter().filter(|error| !known(&error.pointer)).map(|error| sentence(speech, &error.problem));
    let strays: Vec<String> = strays.collect();
    let view = form_view::form(groups, strays);
    FormView { kept: others(policy, form).iter().map(|rule| said(speech, rule)).collect(), ..view }
}

/// A rule in words: `organization: none of Acme`.
fn said(speech: &Speech<'_>, rule: &DeliveryRule) -> String {
    let key = match rule.matching {
        RuleMatch::AnyOf => "delivery-any-of",
        RuleMatch::NoneOf => "delivery-none-of",
    };
    let args = [("field", speech.label_of(&rule.field)), ("values", rule.values.join(", "))];
    speech.say_with(key, &args).unwrap_or_default()
}

/// Draws fields with what was answered and what is wrong.
struct Draw<'a> {
    speech: &'a Speech<'a>,
    answers: &'a Answers,
    errors: &'a FieldErrors,
}

impl Draw<'_> {
    fn field(&self, name: &str, kind: &'static str) -> FieldView {
        let key = format!("delivery-field-{}", name.replace('_', "-"));
        let wrong = self.errors.0.iter().find(|error| error.pointer == format!("/{name}"));
        FieldView {
            name: name.to_owned(),
            id: format!("f-{}", name.replace('.', "-")),
            kind,
            label: self.speech.say(&key).unwrap_or_else(|| name.to_owned()),
            help: self.speech.say(&format!("{key}-help")),
            value: text(&self.answers.0, name).to_owned(),
            chosen: self.answers.all(name).into_iter().map(str::to_owned).collect(),
            error: wrong.map(|error| self.sentence(name, &error.problem)),
            ..FieldView::default()
        }
    }

    /// Times have no sentence of their own among a form's.
    fn sentence(&self, name: &str, problem: &FieldProblem) -> String {
        let own = match (name, problem) {
            ("at" | "from" | "to", FieldProblem::Pattern) => self.speech.say("delivery-not-time"),
            ("to", FieldProblem::Said(_)) => self.speech.say("delivery-to-early"),
            _ => None,
        };
        own.unwrap_or_else(|| sentence(self.speech, problem))
    }

    fn tags(&self, name: &str) -> FieldView {
        self.field(name, "tags")
    }

    fn choice(&self, name: &str, label: String, field: &Field) -> FieldView {
        let choices = match &field.kind {
            FieldKind::Select { options } | FieldKind::MultiSelect { options } => options.as_slice(),
            _ => &[],
        };
        let option = |choice| {
            let label = self.speech.option(&field.name, choice);
            self.option(name, &choice.value, Some(label))
        };
        FieldView { label, options: choices.iter().map(option).collect(), ..self.field(name, "multi_select") }
    }

    fn option(&self, name: &str, value: &str, label: Option<String>) -> OptionView {
        let chosen = self.answers.all(name).iter().any(|answer| answer.eq_ignore_ascii_case(value));
        OptionView { value: value.to_owned(), label: label.unwrap_or_else(|| value.to_owned()), chosen }
    }
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_form() -> Form {
        let field = json!({
            "name": "seniority", "type": "select",
            "options": [{ "value": "junior", "label": "Junior" }, { "value": "senior", "label": "Senior" }]
        });
        serde_json::from_value(json!({ "fields": [field] })).expect("a form")
    }

    fn policy(value: Value) -> DeliveryPolicy {
        DeliveryPolicy::parse(&value, &own_form()).expect("a policy")
    }

    #[test]
    fn a_policy_survives_its_form() {
        let stored = policy(json!({
            "rules": [
                { "field": "tags", "match": "any_of", "values": ["rust", "sql"] },
                { "field": "tags", "match": "none_of", "values": ["unpaid"] },
                { "field": "workplace", "match": "any_of", "values": ["remote"] },
                { "field": "fields.seniority", "match": "any_of", "values": ["senior"] },
                { "field": "organization", "match": "none_of", "values": ["Acme"] },
            ],
            "schedule": { "at": "09:00", "from": "08:00", "to": "18:30", "days": ["monday", "friday"], "per_day": 5 },
            "check_every_hours": 24,
        }));
        let again = Answers::stored(&stored, &own_form()).policy(&stored, &own_form());
        assert_eq!(policy(again.policy), stored);
        assert_eq!(again.rules, ["tags", "not_tags", "workplace", "fields.seniority", ""]);
    }

    #[test]
    fn an_emptied_form_keeps_only_what_it_does_not_ask_for() {
        let rule = |matching| json!({ "field": "organization", "match": matching, "values": ["Acme"] });
        let tags = json!({ "field": "tags", "match": "any_of", "values": ["rust"] });
        let stored = policy(json!({ "rules": [tags, rule("any_of"), tags], "check_every_hours": 1 }));
        let emptied = Answers::typed(&Vec::new()).policy(&stored, &own_form());
        assert_eq!(emptied.policy, json!({ "rules": [rule("any_of"), tags], "schedule": {} }));
    }

    #[test]
    fn a_mistake_is_told_at_its_field() {
        let typed = Answers::typed(&vec![("per_day".into(), "many".into()), ("at".into(), "25:00".into())]);
        let pointers: Vec<_> = typed.malformed().0.into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/at", "/per_day"]);
        let mut errors = FieldErrors::default();
        errors.push("/delivery/rules/1/values", FieldProblem::Required);
        errors.push("/delivery/schedule/to", FieldProblem::Required);
        let named = by_field(errors, &["tags".into(), "workplace".into()]);
        assert_eq!(named.0.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["/workplace", "/to"]);
    }
}
