//! Jobs as templates show them.

use chrono::Days;
use serde_json::Value;
use tablon_core::form::{FieldErrors, FieldProblem, day};
use tablon_core::job::{JobAction, JobContent, JobState, Location, MarkupGap, Salary};
use tablon_core::search::fold;
use tablon_core::store::{Channel, Job, Renewal};
use tablon_core::{Error, Role, TenantScope};

use super::form_view::Speech;
use super::params::with_query;
use super::views::{CustomField, JobBody, JobCard, May, Place, RenewalForm, TagLink};
use crate::state::AppState;

/// A job in a list, leading to `url`.
pub(super) fn card(job: &Job, url: String, locale: &str) -> JobCard {
    JobCard {
        title: job.content.title.clone(),
        organization: job.content.organization.name.clone(),
        url,
        workplace: job.content.workplace.as_str(),
        locations: places(&job.content),
        remote_countries: job.content.remote_countries.clone(),
        pay: job.content.salary.as_ref().map(|salary| salary.display(locale)),
        published_at: job.published_at,
        submitted_at: Some(job.submitted_at),
        at: job.ended_at.or(job.published_at).or(Some(job.submitted_at)),
        state: job.state.as_str(),
        has_pending: job.pending_revision.is_some(),
    }
}

/// All that a job says to the public.
pub(super) fn public_body(content: &JobContent, tenant: &TenantScope, speech: &Speech<'_>) -> JobBody {
    JobBody { contact_email: None, ..private_body(content, tenant, speech) }
}

/// All that a job says, with the contact address: for staff and the poster.
pub(super) fn private_body(content: &JobContent, tenant: &TenantScope, speech: &Speech<'_>) -> JobBody {
    JobBody {
        title: content.title.clone(),
        organization: content.organization.name.clone(),
        organization_url: content.organization.url.clone(),
        description: content.description.clone(),
        workplace: content.workplace.as_str(),
        locations: places(content),
        remote_countries: content.remote_countries.clone(),
        employment_types: content.employment_types.iter().map(|t| t.as_str()).collect(),
        pay: content.salary.as_ref().map(|salary| salary.display(speech.locale)),
        tags: content.tags.clone(),
        apply_url: content.apply_url.clone(),
        apply_email: content.apply_email.clone(),
        language: content.language.clone(),
        valid_through: content.valid_through,
        custom: custom(content, tenant, speech),
        contact_email: content.contact_email.clone(),
        markup_gap: content.markup_gap().map(MarkupGap::name),
    }
}

fn places(content: &JobContent) -> Vec<Place> {
    let place = |l: &Location| Place { city: l.city.clone(), region: l.region.clone(), country: l.country.clone() };
    content.locations.iter().map(place).collect()
}

fn custom(content: &JobContent, tenant: &TenantScope, speech: &Speech<'_>) -> Vec<CustomField> {
    let public = tenant.form.fields.iter().filter(|f| f.visibility == tablon_core::form::Visibility::Public);
    public
        .filter_map(|field| {
            let value = words(content.fields.get(&field.name)?);
            (!value.is_empty()).then(|| CustomField { label: speech.label(field), value })
        })
        .collect()
}

/// A job's field as one reads it in a comparison of two revisions.
pub(super) fn readable(field: &str, value: &Value, speech: &Speech<'_>) -> String {
    let labelled =
        |prefix: &str, code: &str| speech.say(&format!("{prefix}-{code}")).unwrap_or_else(|| code.to_owned());
    let country = |code: &str| speech.country(code);
    let codes = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
    match field {
        "salary" => {
            serde_json::from_value::<Salary>(value.clone()).map(|s| s.display(speech.locale)).unwrap_or_default()
        }
        "workplace" => value.as_str().map(|code| labelled("workplace", code)).unwrap_or_default(),
        "employment_types" => codes().map(|code| labelled("employment", code)).collect::<Vec<_>>().join(", "),
        "remote_countries" => codes().map(country).collect::<Vec<_>>().join(", "),
        "locations" => {
            let place = |place: &Value| {
                let part = |name: &str| place.get(name).and_then(Value::as_str);
                let parts =
                    [part("city").map(str::to_owned), part("region").map(str::to_owned), part("country").map(country)];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            };
            value.as_array().into_iter().flatten().map(place).collect::<Vec<_>>().join("; ")
        }
        _ => words(value),
    }
}

/// An answer as one reads it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(members) => members.values().map(words).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What staff may do with a job.
pub(super) fn staff_may(state: JobState, role: Role) -> May {
    let may = |action: JobAction| role >= Role::Moderator && action.allowed_in(state);
    May {
        approve: may(JobAction::Approve),
        request_changes: may(JobAction::RequestChanges),
        reject: may(JobAction::Reject),
        spam: may(JobAction::MarkSpam),
        edit: may(JobAction::Edit),
        fill: may(JobAction::Fill),
        close: may(JobAction::Close),
        withdraw: false,
        reopen: may(JobAction::Reopen),
        renew: may(JobAction::Renew),
        reschedule: may(JobAction::Reschedule),
    }
}

/// What its poster may do with a job.
pub(super) fn poster_may(job: &Job) -> May {
    let may = |action: JobAction| action.allowed_to_poster(job.state, job.ended_by);
    May {
        edit: may(JobAction::Edit),
        fill: may(JobAction::Fill),
        close: may(JobAction::Close),
        withdraw: may(JobAction::Withdraw),
        reopen: may(JobAction::Reopen),
        renew: may(JobAction::Renew),
        ..May::default()
    }
}

/// How many days more the form for another last day offers.
const USUAL_RENEWAL: Days = Days::new(30);

/// The form for another last day, as it is shown first.
pub(super) fn renewal_form(job: &Job, tenant: &TenantScope) -> RenewalForm {
    let today = tenant.today(tenant.now());
    let last_day = job.content.valid_through.unwrap_or(today).max(today);
    let day = last_day.checked_add_days(USUAL_RENEWAL).unwrap_or(last_day).to_string();
    RenewalForm { today, day, error: None }
}

/// The last day that was typed.
pub(super) fn renewal(typed: &str) -> Result<Renewal, Error> {
    let wrong = if typed.is_empty() { FieldProblem::Required } else { FieldProblem::NotDate };
    let day = day(typed).ok_or_else(|| FieldErrors::one("/valid_through", wrong))?;
    Ok(Renewal::Through(day))
}

/// Tags that lead to the list filtered by them.
pub(super) fn tag_links(home: &str, tags: impl Iterator<Item = String>, current: &str) -> Vec<TagLink> {
    let current = fold(current);
    tags.map(|name| {
        let is_current = fold(&name) == current;
        // A second click takes the filter off.
        let url = with_query(home, &[("tag", if is_current { "" } else { &name })]);
        TagLink { url, current: is_current, name }
    })
    .collect()
}

/// What a channel's plugin is called in a language; its id while it isn't installed.
pub(super) fn plugin_name(state: &AppState, locale: &str, channel: &Channel) -> String {
    let plugin = state.host.plugin(&channel.plugin);
    plugin.map_or_else(|| channel.plugin.clone(), |plugin| plugin.name_in(locale).to_owned())
}
