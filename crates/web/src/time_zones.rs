//! Time zones to choose from, and the one that is proposed.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use chrono_tz::{TZ_VARIANTS, Tz};

/// The zone in which most people of a region live, by the region in a language's tag.
const OF_REGIONS: &[(&str, Tz)] = &[
    ("AR", Tz::America__Argentina__Buenos_Aires),
    ("AT", Tz::Europe__Vienna),
    ("AU", Tz::Australia__Sydney),
    ("BE", Tz::Europe__Brussels),
    ("BO", Tz::America__La_Paz),
    ("BR", Tz::America__Sao_Paulo),
    ("CA", Tz::America__Toronto),
    ("CH", Tz::Europe__Zurich),
    ("CL", Tz::America__Santiago),
    ("CO", Tz::America__Bogota),
    ("CR", Tz::America__Costa_Rica),
    ("DE", Tz::Europe__Berlin),
    ("DO", Tz::America__Santo_Domingo),
    ("EC", Tz::America__Guayaquil),
    ("ES", Tz::Europe__Madrid),
    ("FR", Tz::Europe__Paris),
    ("GB", Tz::Europe__London),
    ("GT", Tz::America__Guatemala),
    ("IE", Tz::Europe__Dublin),
    ("IN", Tz::Asia__Kolkata),
    ("IT", Tz::Europe__Rome),
    ("MX", Tz::America__Mexico_City),
    ("NL", Tz::Europe__Amsterdam),
    ("NZ", Tz::Pacific__Auckland),
    ("PE", Tz::America__Lima),
    ("PT", Tz::Europe__Lisbon),
    ("PY", Tz::America__Asuncion),
    ("US", Tz::America__New_York),
    ("UY", Tz::America__Montevideo),
    ("VE", Tz::America__Caracas),
];

/// The same for languages without a region.
const OF_LANGUAGES: &[(&str, Tz)] = &[("es", Tz::Europe__Madrid), ("pt", Tz::America__Sao_Paulo)];

/// The zone that the first language of `Accept-Language` suggests; UTC if it suggests none. A script on the page knows
/// better.
pub(crate) fn proposed(headers: &HeaderMap) -> Tz {
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    let first = header.split([',', ';']).next().unwrap_or_default().trim();
    let mut parts = first.split('-');
    let language = parts.next().unwrap_or_default();
    let of = |known: &[(&str, Tz)], name: &str| {
        known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, zone)| *zone)
    };
    parts.find_map(|part| of(OF_REGIONS, part)).or_else(|| of(OF_LANGUAGES, language)).unwrap_or(Tz::UTC)
}

/// The names to choose from: those of places, without the older names that countries and offsets have.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    const AREAS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let names = TZ_VARIANTS.iter().map(|zone| zone.name());
    std::iter::once("UTC").chain(names.filter(|name| AREAS.iter().any(|area| name.starts_with(area))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_of_the_language_proposes_the_zone() {
        for (language, zone) in [
            ("es-MX,es;q=0.9,en-US;q=0.8", Tz::America__Mexico_City),
            ("es", Tz::Europe__Madrid),
            ("pt-BR", Tz::America__Sao_Paulo),
            ("pt-pt", Tz::Europe__Lisbon),
            ("en-Latn-GB;q=0.5", Tz::Europe__London),
            ("en", Tz::UTC),
            ("", Tz::UTC),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, language.parse().expect("a header value"));
            assert_eq!(proposed(&headers), zone, "{language}");
        }
        assert_eq!(proposed(&HeaderMap::new()), Tz::UTC);
    }

    #[test]
    fn every_name_is_taken() {
        assert!(names().count() > 400);
        assert!(names().all(|name| name.parse::<Tz>().is_ok()));
        assert!(OF_REGIONS.iter().all(|(_, zone)| names().any(|name| name == zone.name())));
    }
}
