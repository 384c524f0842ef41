//! What an offer says, after schema.org's `JobPosting`, in wire format.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::form::{Choice, Field, FieldErrors, FieldKind, FieldProblem, Form, Period, is_mail_address, mail_address};
use crate::wire::wire_enum;

/// An offer's fields. Made by [`JobContent::parse`] only, so it is valid wherever it is met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobContent {
    /// What the job is called.
    pub title: String,
    /// Who hires.
    pub organization: Organization,
    /// What the job is about, in CommonMark. Line breaks count; HTML becomes Markdown, and anything else is text.
    pub description: String,
    /// Where the work is done.
    #[serde(default)]
    pub locations: Vec<Location>,
    /// On site, at home, or both.
    pub workplace: Workplace,
    /// Where a remote worker may sit: ISO 3166-1 alpha-2 codes; anywhere if empty.
    #[serde(default)]
    pub remote_countries: Vec<String>,
    /// schema.org's employment types.
    #[serde(default)]
    pub employment_types: Vec<EmploymentType>,
    /// The pay.
    pub salary: Option<Salary>,
    /// Words the reader filters by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where to apply on the web.
    pub apply_url: Option<String>,
    /// Where to apply by mail.
    pub apply_email: Option<String>,
    /// Where moderators reach the poster. Never public, and kept apart from the rest.
    #[serde(default)]
    pub contact_email: Option<String>,
    /// The offer's language, BCP 47.
    pub language: Option<String>,
    /// The last day on which one can apply.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_through: Option<NaiveDate>,
    /// Answers to the tenant's own fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// Who hires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Its web site.
    pub url: Option<String>,
    /// Its logo's address.
    pub logo_url: Option<String>,
}

/// A place; at least one part is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Location {
    /// Town or city.
    pub city: Option<String>,
    /// Region, state or province.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
}

/// A salary range. Amounts are decimal strings on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Salary {
    /// The least.
    pub min: Option<String>,
    /// The most.
    pub max: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// What the amount is paid for.
    pub period: Period,
}

wire_enum! {
    /// Where the work is done.
    Workplace {
        /// At the employer's.
        OnSite = "on-site",
        /// Both.
        Hybrid = "hybrid",
        /// Anywhere, or anywhere in some countries.
        Remote = "remote",
    }
}

wire_enum! {
    /// schema.org's `employmentType`, as search engines list it.
    EmploymentType {
        /// Full time.
        FullTime = "FULL_TIME",
        /// Part time.
        PartTime = "PART_TIME",
        /// Freelance.
        Contractor = "CONTRACTOR",
        /// For a limited time.
        Temporary = "TEMPORARY",
        /// Internship.
        Intern = "INTERN",
        /// Unpaid.
        Volunteer = "VOLUNTEER",
        /// By the day.
        PerDiem = "PER_DIEM",
        /// Something else.
        Other = "OTHER",
    }
}

/// The most characters of a title: search engines cut longer ones, platforms refuse them at 256.
pub const MAX_TITLE: usize = 150;

/// The most places of an offer.
pub(crate) const MAX_LOCATIONS: usize = 10;
/// The most tags of an offer.
pub(crate) const MAX_TAGS: usize = 10;

/// The fields every board asks for.
pub fn job_form() -> Form {
    let text = |max| FieldKind::Text { min: None, max: Some(max), pattern: None };
    let choices = |all: &[&str]| all.iter().map(|v| Choice::new(v)).collect::<Vec<_>>();
    Form {
        fields: vec![
            Field::required("title", text(MAX_TITLE)),
            Field::required("organization.name", text(120)),
            Field::optional("organization.url", FieldKind::Url),
            Field::optional("organization.logo_url", FieldKind::Image),
            Field::required("description", FieldKind::Markdown { max: None }),
            Field::optional("locations", FieldKind::Locations { max_items: MAX_LOCATIONS }),
            Field::optional(
                "workplace",
                FieldKind::Select { options: choices(&Workplace::ALL.map(Workplace::as_str)) },
            )
            .with_default(Workplace::OnSite.as_str()),
            Field::optional("remote_countries", FieldKind::Countries),
            Field::optional(
                "employment_types",
                FieldKind::MultiSelect { options: choices(&EmploymentType::ALL.map(EmploymentType::as_str)) },
            ),
            Field::optional("salary", FieldKind::MoneyRange),
            Field::optional("tags", FieldKind::Tags { max_items: MAX_TAGS }),
            Field::optional("apply_url", FieldKind::Url),
            Field::optional("apply_email", FieldKind::Email),
            Field::required("contact_email", FieldKind::Email).private(),
            Field::optional("language", FieldKind::Language),
            Field::optional("valid_through", FieldKind::Date { future: true }),
        ],
    }
}

/// Which fields an offer must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// For posters and API clients: every required field must be there.
    Full,
    /// For imports: a contact address and a way to apply may be missing.
    Lenient,
}

impl JobContent {
    /// What a revision's row says. Descriptions that were stored as HTML are Markdown from here on.
    pub(crate) fn stored(row: Value) -> serde_json::Result<Self> {
        let mut content: Self = serde_json::from_value(row)?;
        content.description = crate::text::stored_source(content.description);
        Ok(content)
    }

    /// Reads the wire format. `own` are the tenant's own fields (below `/fields`), `today` the tenant's present day.
    pub fn parse(input: &Value, own: &Form, today: NaiveDate, strictness: Strictness) -> Result<Self, FieldErrors> {
        let mut form = job_form();
        if strictness == Strictness::Lenient {
            for field in form.fields.iter_mut().filter(|f| f.name == "contact_email") {
                field.required = false;
            }
        }
        form.fields.extend(own.fields.iter().map(|f| Field { name: format!("fields.{}", f.name), ..f.clone() }));
        let mut input = input.clone();
        // No answers to own fields are fine on a board that has none.
        if own.fields.is_empty()
            && let Some(members) = input.as_object_mut()
            && members.get("fields").is_some_and(|f| f.is_null() || f.as_object().is_some_and(Map::is_empty))
        {
            members.remove("fields");
        }
        // An empty select means "nothing chosen": the default is used.
        if input.get("workplace").and_then(Value::as_str) == Some("")
            && let Some(members) = input.as_object_mut()
        {
            members.remove("workplace");
        }
        mail_link_to_apply_email(&mut input);
        let checked = form.validate(&input, today);
        let nothing =
            |name: &str| input.get(name).is_none_or(|v| v.is_null() || v.as_str().is_some_and(|s| s.trim().is_empty()));
        let mut errors = checked.as_ref().err().cloned().unwrap_or_default();
        if strictness == Strictness::Full && nothing("apply_url") && nothing("apply_email") {
            errors.push("/apply_url", FieldProblem::OneOf { fields: "apply_url, apply_email".to_owned() });
        }
        errors.into_result()?;
        serde_json::from_value(checked?).map_err(|error| FieldErrors::one("", FieldProblem::Said(error.to_string())))
    }

    /// The wire format, as [`JobContent::parse`] takes it.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Moves a `mailto:hr@acme.example` from the apply link to the apply address. If there is another address already, both
/// stay, and the link is refused: a person decides.
fn mail_link_to_apply_email(input: &mut Value) {
    let Some(members) = input.as_object_mut() else { return };
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let (link, known) = (text("apply_url"), text("apply_email"));
    if !is_mail_address(link) {
        return;
    }
    let address = mail_address(link).into_owned();
    if known.is_empty() || mail_address(known).eq_ignore_ascii_case(&address) {
        members.remove("apply_url");
        members.insert("apply_email".to_owned(), address.into());
    }
}
