//! Message templates: a tenant's minijinja template, rendered in the sandbox, made to fit.

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use crate::html::escape;

/// Enough for any sensible message; a template that loops forever ends with an error.
const FUEL: u64 = 200_000;
/// The most characters of what stands between `{{` and `}}`. minijinja bounds how deep brackets and blocks are nested, but
/// not how many operators follow each other, and it works through these recursively.
const MAX_EXPRESSION: usize = 1_000;
const NAME: &str = "message";

/// How the values of a message are written.
#[derive(Debug, Clone, Copy)]
pub enum Escaping {
    /// As text in HTML.
    Html,
    /// As this function makes them: a platform's own markup.
    With(fn(&str) -> String),
    /// As they are.
    None,
}

/// A template that is ready to render.
pub struct Template<'a> {
    environment: Environment<'a>,
}

/// Why a message could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// The template is wrong: it names an unknown variable, isn't closed, or doesn't end.
    Invalid(String),
    /// The platform would refuse the markup that the template makes.
    Markup(String),
    /// Too long by this many units even without the text that may be shortened.
    TooLong {
        /// Units over the limit.
        over: usize,
    },
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) | Self::Markup(why) => f.write_str(why),
            Self::TooLong { over } => write!(f, "too long by {over}"),
        }
    }
}

impl std::error::Error for TemplateError {}

impl<'a> Template<'a> {
    /// Reads a template. Unknown variables are errors, so that a misspelt name is seen at once.
    pub fn new(source: &'a str, escaping: Escaping) -> Result<Self, TemplateError> {
        if let Some(line) = overlong_expression(source) {
            let why = format!("an expression has more than {MAX_EXPRESSION} characters (line {line})");
            return Err(TemplateError::Invalid(why));
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().map_err(invalid)?);
        environment.set_fuel(Some(FUEL));
        // minijinja's own escaping of HTML also turns `/` into an entity, four for each address.
        match escaping {
            Escaping::Html => write_values_with(&mut environment, escape),
            Escaping::With(escape) => write_values_with(&mut environment, escape),
            Escaping::None => environment.set_auto_escape_callback(|_| AutoEscape::None),
        }
        environment.add_template(NAME, source).map_err(invalid)?;
        Ok(Self { environment })
    }

    /// Adds a function that a template can call with two texts and whose answer is markup.
    pub fn add_markup_function(&mut self, name: &'static str, function: fn(&str, &str) -> String) {
        self.environment.add_function(name, move |first: String, second: String| {
            Value::from_safe_string(function(&first, &second))
        });
    }

    /// Renders with the given values.
    pub fn render(&self, values: &Value) -> Result<String, TemplateError> {
        let template = self.environment.get_template(NAME).map_err(invalid)?;
        let message = template.render(values.clone()).map_err(invalid)?;
        Ok(message.trim().to_owned())
    }
}

/// The line on which the first expression or block begins that is too long.
fn overlong_expression(source: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(begin) = source.get(at..).and_then(|rest| rest.find('{')).map(|found| at + found) {
        let inside = source.get(begin + 2..).unwrap_or_default();
        at = match source.get(begin..begin + 2) {
            Some("{#") => begin + 2 + inside.find("#}").unwrap_or(inside.len()),
            Some(start @ ("{{" | "{%")) => {
                let length = length_of_expression(inside, if start == "{{" { *b"}}" } else { *b"%}" });
                let expression = inside.get(..length).unwrap_or_default();
                if expression.chars().count() > MAX_EXPRESSION {
                    return Some(1 + source.get(..begin).unwrap_or_default().matches('\n').count());
                }
                let end = begin + 2 + length;
                if start == "{%" && name_of_block(expression) == "raw" { end_of_raw(source, end) } else { end }
            }
            _ => begin + 1,
        };
    }
    None
}

/// The first word of a block; a sign of white space control may precede it.
fn name_of_block(expression: &str) -> &str {
    expression.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim()
}

/// Where `{% endraw %}` begins, behind which braces mean something again.
fn end_of_raw(source: &str, from: usize) -> usize {
    let blocks = source.get(from..).unwrap_or_default().match_indices("{%");
    let mut blocks = blocks.map(|(found, _)| from + found);
    let ends = |at: &usize| {
        let inside = source.get(at + 2..).unwrap_or_default();
        name_of_block(inside.split_once("%}").map_or(inside, |(block, _)| block)) == "endraw"
    };
    blocks.find(ends).unwrap_or(source.len())
}

/// The bytes up to `end`, which stands in no string and no bracket, as minijinja counts them.
fn length_of_expression(inside: &str, end: [u8; 2]) -> usize {
    let bytes = inside.as_bytes();
    let (mut at, mut quote, mut open) = (0, None, 0_isize);
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(delimiter), _) if delimiter == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, _) if open == 0 && bytes.get(at..at + 2) == Some(&end) => return at,
            (None, b'(' | b'[' | b'{') => open += 1,
            (None, b')' | b']' | b'}') => open -= 1,
            (None, _) => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Values are escaped unless they were made as markup. The name of the mode matters to nobody: the formatter does it all.
fn write_values_with(environment: &mut Environment<'_>, escape: fn(&str) -> String) {
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("platform".into()));
    environment.set_formatter(move |out, _, value| {
        if value.is_undefined() || value.is_none() {
            return Ok(());
        }
        let text = value.to_string();
        let written = if value.is_safe() { out.write_str(&text) } else { out.write_str(&escape(&text)) };
        written.map_err(|e| minijinja::Error::new(ErrorKind::WriteFailure, e.to_string()))
    });
}

fn invalid(error: minijinja::Error) -> TemplateError {
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    let detail = error.detail().map(|d| format!(": {d}")).unwrap_or_default();
    TemplateError::Invalid(format!("{}{detail}{line}", error.kind()))
}

/// A message that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// What is sent.
    pub message: String,
    /// Its length in the platform's units.
    pub length: usize,
    /// Whether the shortened text got less room than was wanted for it.
    pub squeezed: bool,
}

/// Makes a message of at most `limit` units by giving one text less room.
///
/// `message` makes the message with the text cut to so many units; `measure` counts it by the
/// platform's rule, and fails where the platform would refuse the markup. The text gets `wanted`
/// units where that fits, else the most that does.
pub fn fit(
    wanted: usize,
    limit: usize,
    message: impl Fn(usize) -> Result<String, TemplateError>,
    measure: impl Fn(&str) -> Result<usize, TemplateError>,
) -> Result<Fitted, TemplateError> {
    let attempt = |room: usize| -> Result<(String, usize), TemplateError> {
        let message = message(room)?;
        let length = measure(&message)?;
        Ok((message, length))
    };
    let (message, length) = attempt(wanted)?;
    if length <= limit {
        return Ok(Fitted { message, length, squeezed: false });
    }
    let (mut best, mut length) = attempt(0)?;
    if length > limit {
        return Err(TemplateError::TooLong { over: length - limit });
    }
    // Fits with `low`, doesn't with `high`. A template may use the text twice or change its length,
    // so every candidate is rendered and measured; some dozen renders at the most.
    let (mut low, mut high) = (0, wanted);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let (candidate, measured) = attempt(middle)?;
        if measured <= limit {
            (best, length, low) = (candidate, measured, middle);
        } else {
            high = middle;
        }
    }
    Ok(Fitted { message: best, length, squeezed: true })
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn render(source: &str, values: Value) -> Result<String, TemplateError> {
        Template::new(source, Escaping::Html)?.render(&values)
    }

    #[test]
    fn values_are_text_and_never_markup_or_templates() {
        let title = "{{ bot_token }} <b>{% if %} /";
        let shown = render("<i>{{ title }}</i>", context! { title });
        assert_eq!(shown.as_deref(), Ok("<i>{{ bot_token }} &lt;b&gt;{% if %} /</i>"));
    }

    #[test]
    fn a_platforms_own_escaping_reaches_values_lists_and_filters() {
        let escaping = Escaping::With(|text| text.replace('*', "\\*"));
        let template = Template::new("*{{ title }}* {{ tags | join(' ') }} {{ title | upper }}", escaping);
        let values = context! { title => "a*b/<", tags => ["*x"] };
        let shown = template.and_then(|template| template.render(&values));
        assert_eq!(shown.as_deref(), Ok("*a\\*b/<* \\*x A\\*B/<"));
    }

    #[test]
    fn markup_made_by_the_plugin_goes_in_as_it_is() {
        let body = Value::from_safe_string("<b>x</b>".to_owned());
        assert_eq!(render("{{ body }}", context! { body }).as_deref(), Ok("<b>x</b>"));
    }

    #[test]
    fn a_misspelt_variable_is_an_error_with_its_line() {
        let error = render("a\n{{ titel }}", context! { title => "x" });
        assert!(matches!(error, Err(TemplateError::Invalid(why)) if why.contains("line 2")));
    }

    #[test]
    fn a_template_that_does_not_end_is_an_error() {
        let source = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert!(matches!(render(source, context! {}), Err(TemplateError::Invalid(_))));
    }

    #[test]
    fn an_expression_without_end_is_an_error_with_its_line() {
        let chain = "-".repeat(100_000);
        for source in [
            format!("a\n{{{{ {chain}1 }}}}"),
            format!("{{# {{{{ #}}\n{{% if {chain}1 %}}{{% endif %}}"),
            format!("{{ {{{{ a }}}}\n{{{{ '}}}}' ~ \"\\\"}}}}\" ~ {chain}1 }}}}"),
            format!("\n{{{{ {chain}"),
            format!("\n{{{{ {{'a': {{}}}} ~ {chain}1 }}}}"),
            format!("\n{{% if a %}} %}}{{{{ {chain}1 }}}}"),
            format!("\n{{% raw %}}{{#{{% endraw %}}{{{{ {chain}1 }}}}"),
            format!("{{%- raw -%}} {{{{ {{% if %}}\n{{%+ endraw -%}}{{{{ {chain}1 }}}}"),
        ] {
            let error = render(&source, context! { a => 1 });
            assert!(
                matches!(error, Err(TemplateError::Invalid(why)) if why.contains("more than 1000 characters (line 2)"))
            );
        }
        let fine = format!(
            "{chain}{{{{ a }}}}{{# {chain} {{{{ #}}{{{{ '}}}}{{{{' }}}}{chain}{{% raw %}}{{{{{chain}{{% endraw %}}{{{{ {} }}}}",
            "a".to_owned() + &"|e".repeat(400)
        );
        assert!(render(&fine, context! { a => "x" }).is_ok());
    }

    #[test]
    fn the_longest_text_that_fits_is_chosen() {
        let message = |room: usize| Ok(format!("12345{}", "x".repeat(room * 2)));
        let fitted = fit(100, 20, message, |m| Ok(m.len()));
        let fitted = fitted.map(|f| (f.message.len(), f.length, f.squeezed));
        assert_eq!(fitted, Ok((19, 19, true)));
    }

    #[test]
    fn what_fits_is_left_alone_and_what_never_fits_is_an_error() {
        let message = |room: usize| Ok("x".repeat(10 + room));
        let measure = |m: &str| Ok(m.len());
        assert_eq!(fit(5, 15, message, measure).map(|f| f.squeezed), Ok(false));
        assert_eq!(fit(5, 7, message, measure), Err(TemplateError::TooLong { over: 3 }));
    }
}
