//! One row of a table, or one flat JSON object with the column names of tables.

use serde_json::{Map, Value};

use super::description;
use super::draft::Draft;
use super::headings::Column;
use super::imported::ImportedJob;
use super::places::{Places, workplace};
use super::plain::Salary;

/// The cells whose columns are known.
#[derive(Debug, Default)]
pub(super) struct Row(pub(super) Vec<(Column, String)>);

impl Row {
    fn get(&self, wanted: Column) -> Option<String> {
        let mut cells = self.0.iter().filter(|(column, _)| *column == wanted).map(|(_, cell)| cell.trim());
        cells.find(|cell| !cell.is_empty()).map(str::to_owned)
    }

    /// The values of a cell, separated by `;` or `|`, and by `,` if a value can't contain one.
    fn list(&self, wanted: Column, separators: &[char]) -> Vec<String> {
        // Entities end with a semicolon, too.
        let cell = self.get(wanted).map(|cell| super::entities::unescape(&cell).into_owned()).unwrap_or_default();
        cell.split(separators).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    pub(super) fn read(&self, mut draft: Draft) -> ImportedJob {
        draft.identify(None, self.get(Column::Identifier));
        draft.set_line("title", self.get(Column::Title));
        self.organization(&mut draft);
        draft.set_text("description", self.get(Column::Description).and_then(|text| description::readable(&text)));
        self.places(&mut draft);
        draft.set_employment_types(self.list(Column::EmploymentTypes, &[';', '|', ',']));
        let whole = self.get(Column::Salary);
        draft.set_salary(Salary {
            min: self.get(Column::SalaryMin).or_else(|| whole.clone()),
            max: self.get(Column::SalaryMax).or_else(|| whole.filter(|_| self.get(Column::SalaryMin).is_none())),
            currency: self.get(Column::SalaryCurrency),
            period: self.get(Column::SalaryPeriod),
        });
        draft.set_tags(self.list(Column::Tags, &[';', '|', ',', '\n']));
        let page = self.get(Column::Page);
        draft.set_page(page.as_deref());
        draft.set_line("apply_email", self.get(Column::ApplyEmail));
        draft.set_line("apply_url", self.get(Column::ApplyUrl).or(page));
        draft.set_line("contact_email", self.get(Column::ContactEmail));
        draft.set_line("language", self.get(Column::Language));
        if let Some(date) = self.get(Column::ValidThrough) {
            draft.set_valid_through(&date);
        }
        draft.finish()
    }

    fn organization(&self, draft: &mut Draft) {
        let columns = [("name", Column::Organization), ("url", Column::OrganizationUrl), ("logo_url", Column::Logo)];
        let organization: Map<String, Value> = columns
            .into_iter()
            .filter_map(|(name, column)| Some((name.to_owned(), super::entities::line(&self.get(column)?).into())))
            .collect();
        if !organization.is_empty() {
            draft.set("organization", organization);
        }
    }

    fn places(&self, draft: &mut Draft) {
        let named = self.get(Column::Workplace).and_then(|words| {
            let known = workplace(&words);
            if known.is_none() {
                draft.not_understood("workplace", &words);
            }
            known
        });
        let mut places = Places::default();
        places.add_parts(self.get(Column::City), self.get(Column::Region), self.get(Column::Country), draft);
        for words in self.list(Column::Locations, &[';', '|', '\n']) {
            places.add_words(&words);
        }
        places.add_remote_countries(self.list(Column::RemoteCountries, &[';', '|', ',']), draft);
        places.write(named, draft);
    }
}
