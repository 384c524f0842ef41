//! A table whose first row names the columns.

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::plain::{Salary, location, location_from_words, workplace};
use super::{Draft, Import, ImportError, ImportedJob, Warning, country, description};

/// What people call a column, lower case, words joined by `_`.
const NAMES: [(&str, Column); 49] = {
    use Column::*;
    [
        ("title", Title),
        ("job_title", Title),
        ("organization", Organization),
        ("organization.name", Organization),
        ("organisation", Organization),
        ("company", Organization),
        ("employer", Organization),
        ("organization_url", OrganizationUrl),
        ("organization.url", OrganizationUrl),
        ("company_url", OrganizationUrl),
        ("website", OrganizationUrl),
        ("logo", Logo),
        ("logo_url", Logo),
        ("company_logo", Logo),
        ("organization.logo_url", Logo),
        ("description", Description),
        ("city", City),
        ("region", Region),
        ("state", Region),
        ("country", Country),
        ("location", Locations),
        ("locations", Locations),
        ("workplace", Workplace),
        ("remote", Workplace),
        ("remote_countries", RemoteCountries),
        ("employment_type", EmploymentTypes),
        ("employment_types", EmploymentTypes),
        ("job_type", EmploymentTypes),
        ("salary_min", SalaryMin),
        ("salary.min", SalaryMin),
        ("salary_max", SalaryMax),
        ("salary.max", SalaryMax),
        ("salary_currency", SalaryCurrency),
        ("salary.currency", SalaryCurrency),
        ("currency", SalaryCurrency),
        ("salary_period", SalaryPeriod),
        ("salary.period", SalaryPeriod),
        ("tags", Tags),
        ("keywords", Tags),
        ("apply_url", ApplyUrl),
        ("url", ApplyUrl),
        ("link", ApplyUrl),
        ("apply_email", ApplyEmail),
        ("contact_email", ContactEmail),
        ("email", ContactEmail),
        ("language", Language),
        ("valid_through", ValidThrough),
        ("deadline", ValidThrough),
        ("expires", ValidThrough),
    ]
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Organization,
    OrganizationUrl,
    Logo,
    Description,
    City,
    Region,
    Country,
    Locations,
    Workplace,
    RemoteCountries,
    EmploymentTypes,
    SalaryMin,
    SalaryMax,
    SalaryCurrency,
    SalaryPeriod,
    Tags,
    ApplyUrl,
    ApplyEmail,
    ContactEmail,
    Language,
    ValidThrough,
}

pub(super) fn read(text: &str, today: NaiveDate) -> Result<Import, ImportError> {
    let mut reader = ReaderBuilder::new().delimiter(separator(text)).flexible(true).from_reader(text.as_bytes());
    let mut import = Import::default();
    let mut columns = Vec::new();
    for name in reader.headers()? {
        let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
        let column = NAMES.iter().find(|(known, _)| *known == plain).map(|(_, column)| *column);
        if column.is_none() && !plain.is_empty() {
            import.warnings.push(Warning::Unused(format!("the column {name:?}")));
        }
        columns.push(column);
    }
    if columns.iter().all(Option::is_none) {
        return Err(ImportError::NoKnownColumn);
    }
    for record in reader.records() {
        let row = Row { columns: &columns, record: record? };
        if row.record.iter().any(|cell| !cell.trim().is_empty()) {
            import.jobs.push(row.read(today));
        }
    }
    Ok(import)
}

/// Spreadsheets in half of Europe write semicolons. The first row decides: names hold no separators.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

struct Row<'a> {
    columns: &'a [Option<Column>],
    record: StringRecord,
}

impl Row<'_> {
    fn get(&self, wanted: Column) -> Option<String> {
        let cells = self.columns.iter().zip(self.record.iter());
        cells
            .filter(|(column, _)| **column == Some(wanted))
            .map(|(_, cell)| cell.trim())
            .find(|cell| !cell.is_empty())
            .map(str::to_owned)
    }

    /// Cells with several values separate them by `;` or `|`; `,` too where a value can't hold one.
    fn list(&self, wanted: Column, separators: &[char]) -> Vec<String> {
        let cell = self.get(wanted).unwrap_or_default();
        cell.split(separators).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    fn read(&self, today: NaiveDate) -> ImportedJob {
        let mut draft = Draft::new(today);
        draft.set_text("title", self.get(Column::Title));
        self.organization(&mut draft);
        draft.set_text("description", self.get(Column::Description).and_then(|text| description::readable(&text)));
        self.places(&mut draft);
        draft.set_employment_types(self.list(Column::EmploymentTypes, &[';', '|', ',']));
        draft.set_salary(Salary {
            min: self.get(Column::SalaryMin),
            max: self.get(Column::SalaryMax),
            currency: self.get(Column::SalaryCurrency),
            period: self.get(Column::SalaryPeriod),
        });
        draft.set_tags(self.list(Column::Tags, &[';', '|', ',']));
        draft.set_text("apply_url", self.get(Column::ApplyUrl));
        draft.set_text("apply_email", self.get(Column::ApplyEmail));
        draft.set_text("contact_email", self.get(Column::ContactEmail));
        draft.set_text("language", self.get(Column::Language));
        if let Some(date) = self.get(Column::ValidThrough) {
            draft.set_valid_through(&date);
        }
        draft.finish()
    }

    fn organization(&self, draft: &mut Draft) {
        let columns = [("name", Column::Organization), ("url", Column::OrganizationUrl), ("logo_url", Column::Logo)];
        let organization: Map<String, Value> = columns
            .into_iter()
            .filter_map(|(name, column)| Some((name.to_owned(), self.get(column)?.into())))
            .collect();
        if !organization.is_empty() {
            draft.set("organization", organization);
        }
    }

    fn places(&self, draft: &mut Draft) {
        let mut place_of_work = self.get(Column::Workplace).and_then(|words| {
            let known = workplace(&words);
            if known.is_none() {
                draft.not_understood("workplace", &words);
            }
            known
        });
        let country = self.get(Column::Country);
        let code = country.as_deref().and_then(country::code);
        if let (Some(name), None) = (&country, code) {
            draft.not_understood("locations", name);
        }
        let mut locations: Vec<Value> =
            location(self.get(Column::City), self.get(Column::Region), code).into_iter().collect();
        let mut remote = false;
        for words in self.list(Column::Locations, &[';', '|']) {
            if workplace(&words) == Some("remote") {
                remote = true;
            } else {
                locations.extend(location_from_words(&words).filter(|place| !locations.contains(place)));
            }
        }
        if place_of_work.is_none() {
            place_of_work = match (remote, locations.is_empty()) {
                (true, _) => Some("remote"),
                (false, false) => Some("on-site"),
                (false, true) => None,
            };
        }
        if let Some(place_of_work) = place_of_work {
            draft.set("workplace", place_of_work);
        }
        if !locations.is_empty() {
            draft.set("locations", locations);
        }
        draft.set_countries(self.list(Column::RemoteCountries, &[';', '|', ',']));
    }
}
