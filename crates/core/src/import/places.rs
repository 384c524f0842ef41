//! The workplace and places of a job, from the words in a file.

mod markers;
mod towns;

use serde_json::{Map, Value};

use super::country;
use super::draft::Draft;
use super::entities::line;
use crate::job::{MAX_LOCATIONS, Workplace};
use crate::search::fold;
use markers::{marker, trimmed};

pub(super) use markers::workplace;

/// Regions that are larger than a country, and never towns.
const WIDE: [&str; 15] = [
    "europe",
    "europa",
    "eu",
    "european union",
    "emea",
    "dach",
    "apac",
    "latam",
    "latin america",
    "america latina",
    "north america",
    "south america",
    "americas",
    "asia",
    "africa",
];

/// The places of one job, as they are found one after another.
#[derive(Debug, Default)]
pub(super) struct Places {
    locations: Vec<Value>,
    /// How many places were more than a board accepts.
    too_many: usize,
    workplace: Option<Workplace>,
    remote_countries: Vec<String>,
}

/// The content of a text about one place.
#[derive(Debug, Default, PartialEq)]
struct Words {
    places: Vec<Place>,
    workplace: Option<Workplace>,
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Place {
    city: Option<String>,
    region: Option<String>,
    country: Option<&'static str>,
}

impl Places {
    /// A place as text: `Paris, France`, `Remote, US`, `Berlin (hybrid)`.
    pub(super) fn add_words(&mut self, text: &str) {
        let words = read(&line(text));
        if let Some(workplace) = words.workplace {
            self.found(workplace);
        }
        for place in words.places {
            let country_alone = place.city.is_none() && place.region.is_none();
            if let (Some(Workplace::Remote), true, Some(code)) = (words.workplace, country_alone, place.country)
                && !self.remote_countries.iter().any(|known| known == code)
            {
                self.remote_countries.push(code.to_owned());
            }
            self.add(place);
        }
    }

    /// A place in separate parts.
    pub(super) fn add_parts(
        &mut self,
        city: Option<String>,
        region: Option<String>,
        country: Option<String>,
        draft: &mut Draft,
    ) {
        let mut place = Place::default();
        for (part, slot) in [(city, &mut place.city), (region, &mut place.region)] {
            let part = part.map(|part| line(&part)).unwrap_or_default();
            let part = trimmed(&part);
            if part.is_empty() {
                continue;
            }
            match marker(part) {
                Some((workplace, rest)) => {
                    self.found(workplace);
                    *slot = rest;
                }
                None => *slot = Some(part.to_owned()),
            }
        }
        if let Some(name) = country {
            place.country = country::code(&name);
            if place.country.is_none() {
                match marker(&name) {
                    Some((workplace, _)) => self.found(workplace),
                    None => draft.not_understood("locations", &name),
                }
            }
        }
        self.add(place);
    }

    /// The countries in which a remote worker may sit, by any name. "Worldwide" restricts nothing.
    pub(super) fn add_remote_countries(&mut self, names: impl IntoIterator<Item = String>, draft: &mut Draft) {
        for name in names {
            match country::code(&name) {
                Some(code) if self.remote_countries.iter().any(|known| known == code) => {}
                Some(code) => self.remote_countries.push(code.to_owned()),
                None if marker(&name).is_some() => {}
                None => draft.not_understood("remote_countries", &name),
            }
        }
    }

    /// Whether an office is named; a country alone isn't one.
    pub(super) fn have_an_office(&self) -> bool {
        self.locations.iter().any(|place| place.get("city").is_some() || place.get("region").is_some())
    }

    /// Writes the result into the job. `named` is the workplace that the file names itself.
    pub(super) fn write(self, named: Option<Workplace>, draft: &mut Draft) {
        let by_places = (!self.locations.is_empty()).then_some(Workplace::OnSite);
        if let Some(workplace) = named.or(self.workplace).or(by_places) {
            draft.set("workplace", workplace.as_str());
        }
        if self.too_many > 0 {
            draft.kept_only("locations", MAX_LOCATIONS, MAX_LOCATIONS + self.too_many);
        }
        if !self.locations.is_empty() {
            draft.set("locations", self.locations);
        }
        if !self.remote_countries.is_empty() {
            draft.set("remote_countries", self.remote_countries);
        }
    }

    /// Another workplace replaces `OnSite`, and nothing else is replaced: files name remote work beside an office more
    /// often than the reverse.
    fn found(&mut self, workplace: Workplace) {
        if self.workplace.is_none_or(|known| known == Workplace::OnSite) {
            self.workplace = Some(workplace);
        }
    }

    fn add(&mut self, place: Place) {
        let mut wire = Map::new();
        for (name, value) in
            [("city", place.city.as_deref()), ("region", place.region.as_deref()), ("country", place.country)]
        {
            if let Some(value) = value {
                wire.insert(name.to_owned(), value.into());
            }
        }
        let wire = Value::Object(wire);
        if wire == Value::Object(Map::new()) || self.locations.contains(&wire) {
            return;
        }
        if self.locations.len() < MAX_LOCATIONS {
            self.locations.push(wire);
        } else {
            self.too_many += 1;
        }
    }
}

fn read(text: &str) -> Words {
    let mut words = Words::default();
    let mut parts: Vec<String> = Vec::new();
    for part in split(text) {
        match marker(&part) {
            Some((workplace, rest)) => {
                words.workplace = words.workplace.or(Some(workplace));
                parts.extend(rest);
            }
            None => parts.push(part),
        }
    }
    words.places = places(&parts);
    words
}

/// At commas and brackets, and at dashes and slashes with spaces around: `Aix-en-Provence` and `Frankfurt/Main` stay.
fn split(text: &str) -> Vec<String> {
    let spaced = [" - ", " – ", " — ", " / ", " | ", " · ", ": "]
        .into_iter()
        .fold(text.to_owned(), |text, by| text.replace(by, ","));
    let parts = spaced.split([',', ';', '(', ')', '[', ']', '\n']).map(trimmed);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn places(parts: &[String]) -> Vec<Place> {
    let Some((last, before)) = parts.split_last() else { return Vec::new() };
    let named: Vec<Option<&'static str>> = parts.iter().map(|part| country::code_in_words(part)).collect();
    // `US, Canada`: each a place of its own. `US, CA` is a state.
    if parts.len() > 1 && named.iter().all(Option::is_some) && !towns::is_state(last) {
        return named.into_iter().map(|country| Place { country, ..Place::default() }).collect();
    }
    let first = parts.first().map_or("", String::as_str);
    let at_the_end = named.last().copied().flatten().filter(|_| is_country_after(last, before));
    if at_the_end.is_some() {
        return vec![place(before, at_the_end)];
    }
    // `Spain, Madrid` and `US, CA`; but `Lebanon, PA` is a town.
    if let (Some(country), true) = (named.first().copied().flatten(), parts.len() > 1)
        && (!towns::is_state(last) || country == "US")
        && is_country_after(first, &[])
    {
        return vec![place(&parts[1..], Some(country))];
    }
    vec![place(parts, None)]
}

/// Whether the last part of a place is the country of this name or code: `CA` after a town is more often California
/// than Canada, and the text alone doesn't say which.
fn is_country_after(last: &str, before: &[String]) -> bool {
    let town = before.first().map(|town| fold(town)).unwrap_or_default();
    let code = last.to_uppercase();
    if towns::is_elsewhere(&code, &town) {
        return false;
    }
    if !towns::is_state(last) && !towns::is_state_by_name(last) {
        return true;
    }
    let county = before.last().is_some_and(|part| fold(part).contains("county"));
    towns::is_in_the_country(&code, &town) || (before.len() >= 2 && !county)
}

fn place(parts: &[String], country: Option<&'static str>) -> Place {
    let (first, others) = match parts.split_first() {
        Some((first, others)) => (Some(first.clone()), others),
        None => (None, parts),
    };
    let no_town = first.as_deref().is_some_and(|first| {
        WIDE.contains(&&*fold(first))
            || (others.is_empty() && (towns::is_state(first) || towns::is_state_by_name(first)))
    });
    if no_town {
        return Place { city: None, region: Some(parts.join(", ")), country };
    }
    Place { city: first, region: (!others.is_empty()).then(|| others.join(", ")), country }
}

#[cfg(test)]
mod tests;
