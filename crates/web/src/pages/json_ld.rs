//! A job in schema.org's words, as search engines read them.

use serde_json::{Map, Value, json};
use tablon_core::job::Workplace;
use tablon_core::store::Job;

use crate::theme::markdown_html;

/// The `JobPosting` of a published job; `None` for one that isn't, and for one that lacks what Google demands: markup
/// with an error is worse than none.
///
/// Fields after Google's "Job posting structured data".
pub(super) fn job_posting(job: &Job) -> Option<Value> {
    let published_at = job.published_at?;
    let content = &job.content;
    if content.markup_gap().is_some() {
        return None;
    }
    let mut posting = Map::new();
    let mut put = |name: &str, value: Value| drop(posting.insert(name.to_owned(), value));
    put("@context", json!("https://schema.org/"));
    put("@type", json!("JobPosting"));
    put("title", json!(content.title));
    put("description", json!(markdown_html(&content.description, 1)));
    put("identifier", json!({ "@type": "PropertyValue", "name": content.organization.name, "value": job.id }));
    put("url", json!(job.url));
    put("datePosted", json!(published_at));
    if let Some(expires_at) = job.expires_at {
        put("validThrough", json!(expires_at));
    }
    let organization = &content.organization;
    put(
        "hiringOrganization",
        without_nulls(json!({
            "@type": "Organization", "name": organization.name, "sameAs": organization.url, "logo": organization.logo_url,
        })),
    );
    if !content.employment_types.is_empty() {
        put("employmentType", json!(content.employment_types));
    }
    // A place without its country is an error to Google.
    let places = content.locations.iter().filter(|place| place.country.is_some()).map(|place| {
        let address = json!({
            "@type": "PostalAddress", "addressLocality": place.city, "addressRegion": place.region,
            "addressCountry": place.country,
        });
        json!({ "@type": "Place", "address": without_nulls(address) })
    });
    let places: Vec<Value> = places.collect();
    if !places.is_empty() {
        put("jobLocation", Value::Array(places));
    }
    if content.workplace == Workplace::Remote {
        put("jobLocationType", json!("TELECOMMUTE"));
        let countries = content.remote_countries.iter().map(|code| json!({ "@type": "Country", "name": code }));
        let countries: Vec<Value> = countries.collect();
        if !countries.is_empty() {
            put("applicantLocationRequirements", Value::Array(countries));
        }
    }
    if let Some(salary) = &content.salary {
        let amount = |text: &Option<String>| text.as_ref().and_then(|t| t.parse::<f64>().ok());
        put(
            "baseSalary",
            json!({
                "@type": "MonetaryAmount",
                "currency": salary.currency,
                "value": without_nulls(json!({
                    "@type": "QuantitativeValue", "minValue": amount(&salary.min), "maxValue": amount(&salary.max),
                    "unitText": salary.period,
                })),
            }),
        );
    }
    Some(Value::Object(posting))
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}
