//! A form with what was typed into it and what is wrong with it, as `partials/form.html` renders it.

use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct FormView {
    pub(crate) groups: Vec<Group>,
    pub(crate) errors: Vec<FormError>,
    /// What the form has no field for and leaves as it is, in words.
    pub(crate) kept: Vec<String>,
}

/// Fields that belong together; without a legend they stand alone.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Group {
    pub(crate) legend: Option<String>,
    pub(crate) fields: Vec<FieldView>,
}

/// One line of the summary above the form.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FormError {
    /// The id of the field to jump to.
    pub(crate) target: Option<String>,
    pub(crate) label: String,
    pub(crate) message: String,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct FieldView {
    pub(crate) name: String,
    pub(crate) id: String,
    /// The field kind's wire name (`multi_select`), `password`, `lines` (a few lines of text), or `leftover`: a stored
    /// secret without a field.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    pub(crate) required: bool,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    pub(crate) placeholder: Option<String>,
    pub(crate) autocomplete: Option<&'static str>,
    pub(crate) max: Option<usize>,
    /// Values that a browser offers beside a plain field.
    pub(crate) suggestions: Vec<String>,
    /// Of selects.
    pub(crate) options: Vec<OptionView>,
    /// Of countries: the chosen codes.
    pub(crate) chosen: Vec<String>,
    /// Of locations.
    pub(crate) rows: Vec<PlaceRow>,
    pub(crate) may_grow: bool,
    pub(crate) money: Option<MoneyView>,
    /// Of secrets: whether one is stored.
    pub(crate) is_set: bool,
    /// Of secrets that may be taken away: the box for that.
    pub(crate) forget: Option<ForgetView>,
    /// Of secrets that other channels hold too: the box that gives them a new one.
    pub(crate) share: Option<ShareView>,
}

/// A box beside a secret that other channels hold too.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ShareView {
    /// The secret's name.
    pub(crate) secret: String,
    /// The other channels' names.
    pub(crate) channels: Vec<String>,
    pub(crate) chosen: bool,
}

/// A box beside a stored secret.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ForgetView {
    /// The secret's name.
    pub(crate) secret: String,
    pub(crate) chosen: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct OptionView {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PlaceRow {
    pub(crate) index: usize,
    pub(crate) city: String,
    pub(crate) region: String,
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct MoneyView {
    pub(crate) min: String,
    pub(crate) max: String,
    pub(crate) currency: String,
    /// Whether the currency isn't among the ones the list offers.
    pub(crate) currency_is_rare: bool,
    pub(crate) period: String,
}
