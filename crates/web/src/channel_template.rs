//! A channel's message template, tried out before it is used. Pages and the API both come here.

use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::Channel;
use tablon_core::{Error, Posting, Result, TenantScope};
use tablon_publisher::{CallError, Plugin, Target, TemplateVariable};
use uuid::Uuid;

use crate::previews::said;
use crate::sample_posting;
use crate::state::AppState;

/// The most characters of a message template.
pub const MAX_TEMPLATE: usize = 20_000;

/// What a preview shows: the job, whatever its state, or an offer that is made up.
///
/// # Errors
/// `NotFound` when there is no such job.
pub async fn posting(state: &AppState, tenant: &TenantScope, job: Option<Uuid>) -> Result<Posting> {
    match job {
        Some(id) => tenant.jobs().posting(id).await?.ok_or(Error::NotFound),
        None => Ok(sample_posting::full(state, tenant)),
    }
}

/// The template as it is stored: line breaks of one kind, and none at all for one without text.
pub fn normal(typed: &str) -> Option<String> {
    let template = typed.replace("\r\n", "\n").trim_end().to_owned();
    Some(template).filter(|template| !template.trim().is_empty())
}

/// Renders the template with an offer that says everything and with one that says the least, so that what can't be
/// rendered is told to whoever writes it and not found out when a job is published. Nothing leaves the plugin.
///
/// # Errors
/// `Invalid`: at `/template` with the plugin's sentence, and at `/settings/…` for what isn't the template's fault.
pub async fn check(
    state: &AppState,
    tenant: &TenantScope,
    plugin: &Plugin,
    channel: &Channel,
    template: &str,
) -> Result<()> {
    let template = Some(template.to_owned());
    let target = Target::of(tenant, &Channel { template, ..channel.clone() });
    for sample in [sample_posting::full(state, tenant), sample_posting::barest(state, tenant)] {
        plugin.render(&sample, &target).await.result.map_err(|error| Error::Invalid(wrong(error)))?;
    }
    Ok(())
}

/// What a failed rendering says, by the field that it is about.
pub fn wrong(error: CallError) -> FieldErrors {
    let mut errors = FieldErrors::default();
    match error {
        CallError::InvalidSettings(settings) => {
            for setting in settings {
                let pointer = match setting.pointer.as_str() {
                    "" | "/template" => "/template".to_owned(),
                    other => format!("/settings{other}"),
                };
                errors.push(pointer, FieldProblem::Said(setting.message));
            }
        }
        other => errors.push("/template", FieldProblem::Said(said(&other))),
    }
    errors
}

/// What a template can name, with its meaning in a language, where the plugin says it.
pub fn variables(plugin: &Plugin, locale: &str) -> Vec<(String, Option<String>)> {
    let help = |variable: &TemplateVariable| variable.help.as_ref().map(|help| help.get(locale).to_owned());
    let told = plugin.description().template_variables.iter();
    told.map(|variable| (variable.name.clone(), help(variable).filter(|help| !help.is_empty()))).collect()
}

#[cfg(test)]
mod tests {
    use tablon_publisher::{Fault, FaultKind, SettingError};

    use super::*;

    #[test]
    fn the_template_is_blamed_for_what_is_its_fault_only() {
        let setting = |pointer: &str| SettingError { pointer: pointer.into(), message: "No.".into() };
        let errors = wrong(CallError::InvalidSettings(vec![setting("/template"), setting("/chat_id"), setting("")]));
        let pointers: Vec<_> = errors.0.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/template", "/settings/chat_id", "/template"]);
        let errors =
            wrong(CallError::PluginFault(Fault { kind: FaultKind::Trapped, words: "it wanted too much".into() }));
        assert_eq!(errors.0[0].pointer, "/template");
        assert!(errors.to_string().contains("it wanted too much"));
    }

    #[test]
    fn a_template_without_text_is_none() {
        assert_eq!(normal(" \r\n "), None);
        assert_eq!(normal("a\r\nb\r\n").as_deref(), Some("a\nb"));
    }
}
