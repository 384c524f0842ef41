//! Countries by any name that a file uses.

use std::str::FromStr;

use celes::Country;

/// Names that people write and that the ISO table lacks, without spaces.
const MORE_NAMES: [(&str, &str); 47] = [
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
    ("greatbritain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("reinounido", "GB"),
    ("estadosunidos", "US"),
    ("eeuu", "US"),
    ("eua", "US"),
    ("alemania", "DE"),
    ("alemanha", "DE"),
    ("allemagne", "DE"),
    ("francia", "FR"),
    ("frança", "FR"),
    ("frankreich", "FR"),
    ("spanien", "ES"),
    ("espanha", "ES"),
    ("italien", "IT"),
    ("itália", "IT"),
    ("paísesbajos", "NL"),
    ("holanda", "NL"),
    ("niederlande", "NL"),
    ("bélgica", "BE"),
    ("suiza", "CH"),
    ("suíça", "CH"),
    ("suisse", "CH"),
    ("switzerland", "CH"),
    ("austria", "AT"),
    ("polonia", "PL"),
    ("polska", "PL"),
    ("irlanda", "IE"),
    ("suecia", "SE"),
    ("japón", "JP"),
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

/// The same for the words of a place, where three letters are a code only in capitals: `Ind.` is Indiana.
pub(super) fn code_in_words(part: &str) -> Option<&'static str> {
    let letters = part.chars().filter(|character| character.is_alphabetic());
    let is_abbreviation = part.ends_with('.') && part.matches('.').count() == 1;
    let is_code =
        letters.clone().count() != 3 || letters.clone().all(char::is_uppercase) || part.eq_ignore_ascii_case("usa");
    let digits = part.chars().any(|character| character.is_ascii_digit());
    if is_abbreviation || !is_code || digits { None } else { code(part) }
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
