//! The theme engine: templates, languages and assets of the bundled theme, embedded in the binary.
//!
//! An operator's directory may override it: a file at the same path there replaces the bundled one, and a message in
//! its `locales/*.ftl` replaces the bundled message of that name.

mod accent;
mod assets;
mod error;
mod files;
mod formats;
mod functions;
mod locales;
mod markup;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Output, UndefinedBehavior, escape_formatter};
use serde::Serialize;

pub use accent::brand_css;
pub use assets::{Asset, Assets};
pub use error::ThemeError;
pub use locales::{Locales, Names};
pub use markup::markdown as markdown_html;
pub(crate) use markup::{prepare as prepare_descriptions, summary as description_summary};

use crate::language::LOCALES;
use files::Files;

/// A loaded theme. Rendering takes `&self`; share it in an `Arc`.
pub struct Theme {
    // One environment for each language: messages, numbers and dates then need nothing from the template's
    // context, so they work inside imported macros too, which don't see it.
    environments: HashMap<&'static str, Environment<'static>>,
    assets: Arc<Assets>,
    locales: Arc<Locales>,
}

impl Theme {
    /// The bundled theme, with the operator's `directory` over it.
    ///
    /// Every template is compiled here, so that a mistake in one is reported at the start and not to a visitor.
    pub fn open(directory: Option<&Path>) -> Result<Self, ThemeError> {
        let files = Files::new(directory);
        let assets = Arc::new(Assets::load(&files)?);
        let locales = Arc::new(Locales::load(&files)?);
        let mut environments = HashMap::new();
        for locale in LOCALES {
            environments.insert(*locale, environment(&files, locale, &assets, &locales)?);
        }
        Ok(Self { environments, assets, locales })
    }

    /// Renders `template` (`pages/job.html`) in `locale`, one of [`LOCALES`].
    pub fn render(&self, template: &str, locale: &str, view: impl Serialize) -> Result<String, ThemeError> {
        let environment = self.environments.get(locale).or_else(|| self.environments.get(LOCALES[0]));
        let environment = environment.ok_or(ThemeError::NoLocale)?;
        Ok(environment.get_template(template)?.render(Value::from(Serde(view)))?)
    }

    /// The names of all templates (`pages/job.html`).
    #[cfg(test)]
    pub(crate) fn templates(&self) -> impl Iterator<Item = &str> {
        self.environments
            .get(LOCALES[0])
            .into_iter()
            .flat_map(|environment| environment.templates().map(|(name, _)| name))
    }

    /// The files that pages refer to.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The theme's languages.
    pub fn locales(&self) -> &Locales {
        &self.locales
    }
}

impl std::fmt::Debug for Theme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Theme").field("locales", &LOCALES).finish_non_exhaustive()
    }
}

fn environment(
    files: &Files,
    locale: &'static str,
    assets: &Arc<Assets>,
    locales: &Arc<Locales>,
) -> Result<Environment<'static>, ThemeError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(
        |name| {
            if name.ends_with(".txt") { AutoEscape::None } else { AutoEscape::Html }
        },
    );
    environment.set_formatter(|out, state, value| match value.as_str() {
        // An absent value is shown as nothing, never as the word "none".
        _ if value.is_none() => Ok(()),
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => write_escaped(out, text),
        _ => escape_formatter(out, state, value),
    });
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    functions::register(&mut environment, locale, assets, locales);
    for (name, source) in files.templates()? {
        environment.add_template_owned(name, source)?;
    }
    Ok(environment)
}

/// Escapes what HTML requires in text and in quoted attributes. minijinja's own escaping also replaces the slash, which
/// makes each address longer and no page safer.
fn write_escaped(out: &mut Output<'_>, text: &str) -> Result<(), minijinja::Error> {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, after) = rest.split_at(at);
        out.write_str(before)?;
        out.write_str(match after.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&#34;",
            _ => "&#39;",
        })?;
        rest = after.get(1..).unwrap_or_default();
    }
    out.write_str(rest)?;
    Ok(())
}
