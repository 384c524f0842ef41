//! Countries by whatever name a file uses.

use std::str::FromStr;

use celes::Country;

/// Names that people write and that the ISO table lacks, without spaces.
const MORE_NAMES: [(&str, &str); 16] = [
    ("uk", "GB"),
    ("wales", "GB"),
    ("holland", "NL"),
    ("thenetherlands", "NL"),
    ("deutschland", "DE"),
    ("österreich", "AT"),
    ("schweiz", "CH"),
    ("españa", "ES"),
    ("italia", "IT"),
    ("france", "FR"),
    ("brasil", "BR"),
    ("méxico", "MX"),
    ("perú", "PE"),
    ("panamá", "PA"),
    ("türkiye", "TR"),
    ("vietnam", "VN"),
];

/// ISO 3166-1 alpha-2 code of a country given by code or name: `US`, `USA`, `United-Kingdom`, `España`.
pub(super) fn code(name: &str) -> Option<&'static str> {
    let plain: String = name.to_lowercase().chars().filter(|character| character.is_alphabetic()).collect();
    MORE_NAMES
        .iter()
        .find(|(known, _)| *known == plain)
        .map(|(_, code)| *code)
        .or_else(|| Country::from_str(&plain).ok().map(|country| country.alpha2))
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_country_is_known_by_its_codes_and_names() {
        for (name, expected) in [
            ("US", "US"),
            ("USA", "US"),
            ("United States", "US"),
            ("United-Kingdom", "GB"),
            ("UK", "GB"),
            ("france", "FR"),
            ("España", "ES"),
            ("Czech Republic", "CZ"),
            ("Spain", "ES"),
            ("Poland", "PL"),
            ("Ukraine", "UA"),
            ("Denmark", "DK"),
            ("Singapore", "SG"),
            ("India", "IN"),
            ("Netherlands", "NL"),
            ("Russia", "RU"),
            ("Vietnam", "VN"),
            ("South Korea", "KR"),
        ] {
            assert_eq!(code(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_is_no_country_is_not_guessed() {
        for name in ["", "Paris", "Remote", "Worldwide", "??"] {
            assert_eq!(code(name), None, "{name}");
        }
    }
}
