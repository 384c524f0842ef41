//! A channel's message template, tested before it is used. Pages and the API both use it.

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

/// The posting of a preview: that of the job, whatever its state, or a sample.
///
/// # Errors
/// `NotFound` when there is no such job.
pub async fn posting(state: &AppState, tenant: &TenantScope, job: Option<Uuid>) -> Result<Posting> {
    match job {
        Some(id) => tenant.jobs().posting(id).await?.ok_or(Error::NotFound),
        None => Ok(sample_posting::full(state, tenant)),
    }
}

/// The stored form of the template: uniform line breaks; `None` if it has no text.
pub fn normal(typed: &str) -> Option<String> {
    let template = typed.replace("\r\n", "\n").trim_end().to_owned();
    Some(template).filter(|template| !template.trim().is_empty())
}

/// Renders the template with a full offer and with a minimal one, so that its author learns of errors now and not when
/// a job is published. Nothing is sent.
///
/// # Errors
/// `Invalid`: at `/template` with the plugin's sentence, and at `/settings/…` for errors of the settings.
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

/// The errors of a failed rendering, by field.
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

/// The names that a template can use, with their meaning in a language if the plugin gives it.
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
