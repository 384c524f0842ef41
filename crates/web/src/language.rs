//! The languages of the pages, and the choice for a visitor.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use tablon_core::Tenant;

/// The languages of the bundled pages; the first is the fallback.
pub const LOCALES: &[&str] = &["en", "es", "pt-BR"];

/// The bundled languages that a visitor asks for, the most wanted first. Of fixed size, so that it can be a part of a
/// cache's key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct WantedLanguages([Option<&'static str>; LOCALES.len()]);

impl WantedLanguages {
    /// What `Accept-Language` asks for; each range stands for the bundled language nearest to it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut wanted = Self::default();
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok()).unwrap_or_default();
        let mut ranges: Vec<(f32, &str)> = header
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';');
                let tag = parts.next()?.trim();
                let quality = parts
                    .find_map(|p| p.trim().strip_prefix("q="))
                    .map_or(Some(1.0), |q| q.parse::<f32>().ok())
                    .filter(|q| *q > 0.0)?;
                Some((quality, tag))
            })
            .collect();
        // Stable: equal qualities keep the order the browser sent.
        ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
        for locale in ranges.into_iter().filter_map(|(_, tag)| supported(tag)) {
            if !wanted.0.contains(&Some(locale))
                && let Some(place) = wanted.0.iter_mut().find(|place| place.is_none())
            {
                *place = Some(locale);
            }
        }
        wanted
    }

    /// The most wanted of the offered languages.
    pub(crate) fn among(&self, offered: &[&'static str]) -> Option<&'static str> {
        self.0.into_iter().flatten().find(|locale| offered.contains(locale))
    }
}

/// The languages in which a board's public pages can be read: those that it offers, and its own.
pub(crate) fn offered(tenant: &Tenant) -> Vec<&'static str> {
    let known = tenant.locales.iter().filter_map(|tag| LOCALES.iter().find(|known| *known == tag).copied());
    let mut offered: Vec<&'static str> = known.collect();
    if offered.is_empty() {
        return LOCALES.to_vec();
    }
    if let Some(own) = supported(&tenant.locale)
        && !offered.contains(&own)
    {
        offered.insert(0, own);
    }
    offered
}

/// The bundled language for a tag: the same tag, else one of the same primary language.
pub fn supported(tag: &str) -> Option<&'static str> {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    LOCALES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(tag))
        .or_else(|| LOCALES.iter().find(|known| primary(known) == primary(tag)))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, value.parse().expect("a header value"));
        WantedLanguages::of(&headers).among(LOCALES)
    }

    #[test]
    fn the_language_with_the_highest_quality_wins() {
        assert_eq!(accepting("en;q=0.3, es-AR;q=0.9, de"), Some("es"));
        assert_eq!(accepting("pt"), Some("pt-BR"));
        assert_eq!(accepting("de, fr;q=0.5"), None);
        assert_eq!(accepting("es;q=0, en"), Some("en"));
    }

    #[test]
    fn only_an_offered_language_is_chosen() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "en, es-MX;q=0.8, es;q=0.7, pt;q=0.5".parse().expect("a header value"));
        let wanted = WantedLanguages::of(&headers);
        assert_eq!(wanted, WantedLanguages([Some("en"), Some("es"), Some("pt-BR")]));
        assert_eq!(wanted.among(&["pt-BR", "es"]), Some("es"));
        assert_eq!(wanted.among(&[]), None);
    }

    #[test]
    fn nonsense_is_no_language() {
        assert_eq!(accepting(";;,q=1,*"), None);
        assert_eq!(accepting("es;q=abc"), None);
    }
}
