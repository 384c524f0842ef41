//! schema.org JobPosting, as search engines read it and as pages really write it.

use serde_json::{Map, Value};

use super::description;
use super::draft::Draft;
use super::entities::line;
use super::imported::ImportedJob;
use super::places::Places;
use super::plain::Salary;
use crate::job::Workplace;

type Object = Map<String, Value>;

/// Is this object a JobPosting? The type may be a list, a full address or a compact name.
pub(super) fn is_one(object: &Object) -> bool {
    each(object.get("@type"))
        .any(|kind| kind.as_str().and_then(|kind| kind.rsplit(['/', ':']).next()) == Some("JobPosting"))
}

pub(super) fn read(posting: &Object, mut draft: Draft) -> ImportedJob {
    identify(&mut draft, posting.get("identifier"));
    draft.set_line("title", text(posting.get("title")).or_else(|| text(posting.get("name"))));
    organization(&mut draft, posting.get("hiringOrganization"));
    let markdown = text(posting.get("description")).and_then(|text| description::readable(&text));
    draft.set_text("description", markdown);
    places(&mut draft, posting);
    draft.set_employment_types(words(posting.get("employmentType")));
    salary(&mut draft, posting);
    draft.set_tags(words(posting.get("keywords")).chain(short_skills(posting.get("skills"))));
    application(&mut draft, posting);
    draft.set_line("language", language(posting.get("inLanguage")));
    if let Some(date) = text(posting.get("validThrough")) {
        draft.set_valid_through(&date);
    }
    draft.finish()
}

/// A text, a number, or a PropertyValue that names its issuer.
fn identify(draft: &mut Draft, value: Option<&Value>) {
    match first(value) {
        Some(Value::Object(object)) => {
            let namespace = text(object.get("propertyID")).or_else(|| text(object.get("name")));
            draft.identify(namespace, text(object.get("value")));
        }
        other => draft.identify(None, text(other)),
    }
}

fn organization(draft: &mut Draft, value: Option<&Value>) {
    let Some(value) = first(value) else { return };
    let mut organization = Map::new();
    let mut set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            organization.insert(name.to_owned(), line(&value).into());
        }
    };
    match value {
        Value::Object(object) => {
            set("name", text(object.get("name")).or_else(|| text(object.get("legalName"))));
            set("url", text(object.get("url")).or_else(|| text(object.get("sameAs"))));
            set("logo_url", image(object.get("logo")));
        }
        other => set("name", text(Some(other))),
    }
    if !organization.is_empty() {
        draft.set("organization", organization);
    }
}

fn image(value: Option<&Value>) -> Option<String> {
    match first(value)? {
        Value::Object(object) => text(object.get("url")).or_else(|| text(object.get("contentUrl"))),
        other => text(Some(other)),
    }
}

/// `TELECOMMUTE` beside an office means that both are possible.
fn places(draft: &mut Draft, posting: &Object) {
    let mut places = Places::default();
    for place in each(posting.get("jobLocation")) {
        let address = place.get("address").and_then(|address| first(Some(address))).unwrap_or(place);
        match address {
            Value::Object(object) => places.add_parts(
                text(object.get("addressLocality")),
                text(object.get("addressRegion")),
                country_name(object.get("addressCountry")),
                draft,
            ),
            other => {
                if let Some(words) = text(Some(other)) {
                    places.add_words(&words);
                }
            }
        }
    }
    let remote = words(posting.get("jobLocationType")).any(|kind| kind.eq_ignore_ascii_case("TELECOMMUTE"));
    let named = match (remote, places.have_an_office()) {
        (true, true) => Some(Workplace::Hybrid),
        (true, false) => Some(Workplace::Remote),
        (false, _) => None,
    };
    if remote {
        let countries = each(posting.get("applicantLocationRequirements"));
        places.add_remote_countries(countries.filter_map(|place| country_name(Some(place))), draft);
    }
    places.write(named, draft);
}

/// A name, a Country, or a State whose address says its country.
fn country_name(value: Option<&Value>) -> Option<String> {
    match first(value)? {
        Value::Object(object) => object
            .get("address")
            .and_then(|address| country_name(address.get("addressCountry")))
            .or_else(|| text(object.get("name"))),
        other => text(Some(other)),
    }
}

fn salary(draft: &mut Draft, posting: &Object) {
    let Some(base) = first(posting.get("baseSalary")) else {
        return;
    };
    let value = base.get("value").and_then(|value| first(Some(value)));
    let amount = |name: &str| {
        let inside = value.and_then(|value| value.get(name)).or_else(|| base.get(name));
        number(inside)
    };
    let exact = match value.unwrap_or(base) {
        Value::Object(object) => number(object.get("value")),
        other => number(Some(other)),
    };
    draft.set_salary(Salary {
        min: amount("minValue").or_else(|| exact.clone()),
        max: amount("maxValue").or(exact),
        currency: amount("currency").or_else(|| text(posting.get("salaryCurrency"))),
        period: amount("unitText").or_else(|| amount("unitCode")),
    });
}

fn application(draft: &mut Draft, posting: &Object) {
    let contact = first(posting.get("applicationContact"));
    let email = contact
        .and_then(|contact| text(contact.get("email")))
        .map(|email| email.trim_start_matches("mailto:").to_owned());
    let page = text(posting.get("url")).or_else(|| text(posting.get("@id")).filter(|id| id.starts_with("http")));
    draft.set_page(page.as_deref());
    let url = contact.and_then(|contact| text(contact.get("url"))).or_else(|| text(posting.get("url")));
    if url.is_none() {
        draft.set_line("apply_email", email.clone());
    }
    draft.set_line("apply_url", url);
    draft.set_line("contact_email", email);
}

fn language(value: Option<&Value>) -> Option<String> {
    match first(value)? {
        Value::Object(object) => text(object.get("alternateName")).or_else(|| text(object.get("name"))),
        other => text(Some(other)),
    }
}

/// Some pages list skills, others write a paragraph; only a list makes tags.
fn short_skills(value: Option<&Value>) -> impl Iterator<Item = String> {
    const LONGEST_TAG: usize = 30;
    let skills: Vec<String> = words(value).collect();
    let all_short = skills.iter().all(|skill| skill.chars().count() <= LONGEST_TAG);
    skills.into_iter().filter(move |_| all_short)
}

/// Any value may be single or in a list.
fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter(|value| !value.is_null())
}

fn first(value: Option<&Value>) -> Option<&Value> {
    each(value).next()
}

/// Every word of a list, or of a text with commas.
fn words(value: Option<&Value>) -> impl Iterator<Item = String> {
    let texts: Vec<String> = each(value).filter_map(|value| text(Some(value))).collect();
    texts
        .into_iter()
        .flat_map(|text| text.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
}

/// The same for numbers whose point is a decimal point: three digits after it are never thousands.
pub(super) fn number(value: Option<&Value>) -> Option<String> {
    let text = text(value)?;
    let is_number = first(value).is_some_and(Value::is_number);
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Some(if is_number && decimals == 3 { format!("{text}0") } else { text })
}

/// Text, a number, or a value with its language.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match first(value)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Object(object) => return text(object.get("@value").or_else(|| object.get("name"))),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn imported(posting: Value) -> ImportedJob {
        let today = "2026-01-01".parse().expect("a date");
        read(posting.as_object().expect("an object"), Draft::new(today))
    }

    #[test]
    fn the_type_may_be_a_list_or_a_full_address() {
        for kind in [
            json!("JobPosting"),
            json!(["Thing", "JobPosting"]),
            json!("https://schema.org/JobPosting"),
            json!("schema:JobPosting"),
        ] {
            assert!(is_one(json!({ "@type": kind }).as_object().expect("an object")), "{kind}");
        }
        assert!(!is_one(json!({"@type": "Organization"}).as_object().expect("an object")));
    }

    #[test]
    fn a_remote_job_with_an_office_is_hybrid_and_keeps_its_countries() {
        let job = imported(json!({
            "@type": "JobPosting", "jobLocationType": "TELECOMMUTE",
            "applicantLocationRequirements": [{"@type": "Country", "name": "USA"}, {"@type": "Country", "name": "Atlantis"}],
            "jobLocation": {"@type": "Place", "address": {"addressLocality": ", Mountain View", "addressRegion": "CA", "addressCountry": {"name": "United States"}}}
        }));
        assert_eq!(job.job["workplace"], "hybrid");
        assert_eq!(job.job["remote_countries"], json!(["US"]));
        assert_eq!(job.job["locations"], json!([{"city": "Mountain View", "region": "CA", "country": "US"}]));
        assert!(job.warnings.iter().any(|warning| warning.to_string().contains("Atlantis")));
    }

    #[test]
    fn an_exact_salary_is_both_ends_of_the_range() {
        let job = imported(json!({
            "@type": "JobPosting",
            "baseSalary": {"currency": "USD", "value": {"value": 40.0, "unitText": "HOUR"}}
        }));
        assert_eq!(job.job["salary"], json!({"min": "40", "max": "40", "currency": "USD", "period": "HOUR"}));
    }

    #[test]
    fn an_application_contact_is_never_lost_and_a_missing_one_is_said() {
        let job = imported(json!({"@type": "JobPosting", "applicationContact": {"email": "mailto:hr@acme.example"}}));
        assert_eq!(job.job["apply_email"], "hr@acme.example");
        assert_eq!(job.job["contact_email"], "hr@acme.example");
        let job = imported(json!({"@type": "JobPosting", "title": "Rust engineer"}));
        let warnings: Vec<String> = job.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.contains(&"contact_email is missing".to_owned()), "{warnings:?}");
    }

    #[test]
    fn a_closing_date_in_the_past_is_dropped_and_said() {
        let job = imported(json!({"@type": "JobPosting", "validThrough": "2024-03-18T00:00"}));
        assert_eq!(job.job.get("valid_through"), None);
        assert!(job.warnings.iter().any(|warning| warning.to_string().starts_with("valid_through 2024-03-18")));
        let job = imported(json!({"@type": "JobPosting", "validThrough": "2026-03-18T00:00:00+02:00"}));
        assert_eq!(job.job["valid_through"], "2026-03-18");
    }
}
