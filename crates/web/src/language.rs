//! The languages of the pages, and the choice for a visitor.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The languages of the bundled pages; the first is the fallback.
pub const LOCALES: &[&str] = &["en", "es", "pt-BR"];

/// The bundled language nearest to what `Accept-Language` prefers.
pub(crate) fn negotiate(headers: &HeaderMap) -> Option<&'static str> {
    let wanted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut ranges: Vec<(f32, &str)> = wanted
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
    ranges.into_iter().find_map(|(_, tag)| supported(tag))
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
        negotiate(&headers)
    }

    #[test]
    fn the_language_with_the_highest_quality_wins() {
        assert_eq!(accepting("en;q=0.3, es-AR;q=0.9, de"), Some("es"));
        assert_eq!(accepting("pt"), Some("pt-BR"));
        assert_eq!(accepting("de, fr;q=0.5"), None);
        assert_eq!(accepting("es;q=0, en"), Some("en"));
    }

    #[test]
    fn nonsense_is_no_language() {
        assert_eq!(accepting(";;,q=1,*"), None);
        assert_eq!(accepting("es;q=abc"), None);
    }
}
