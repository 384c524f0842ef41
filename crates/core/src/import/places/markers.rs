//! Words that name a workplace and no place.

use crate::job::Workplace;
use crate::search::fold;

/// The workplace that a text names, and the rest of it, which may be a place: `Remote in Spain`, `US Remote`.
pub(super) fn marker(text: &str) -> Option<(Workplace, Option<String>)> {
    const PHRASES: [(&str, Workplace); 40] = {
        use Workplace::{OnSite, Remote};
        [
            ("home office", Remote),
            ("homeoffice", Remote),
            ("home-office", Remote),
            ("home based", Remote),
            ("work from home", Remote),
            ("work from anywhere", Remote),
            ("wfh", Remote),
            ("anywhere", Remote),
            ("anywhere in the world", Remote),
            ("any location", Remote),
            ("everywhere", Remote),
            ("worldwide", Remote),
            ("world wide", Remote),
            ("weltweit", Remote),
            ("mundial", Remote),
            ("global", Remote),
            ("globally", Remote),
            ("distributed", Remote),
            ("telecommute", Remote),
            ("telework", Remote),
            ("telearbeit", Remote),
            ("fernarbeit", Remote),
            ("a distancia", Remote),
            ("trabajo a distancia", Remote),
            ("cualquier lugar", Remote),
            ("qualquer lugar", Remote),
            ("en cualquier lugar", Remote),
            ("em qualquer lugar", Remote),
            ("a distance", Remote),
            ("virtual", Remote),
            ("on-site", OnSite),
            ("onsite", OnSite),
            ("on site", OnSite),
            ("in office", OnSite),
            ("in-office", OnSite),
            ("office", OnSite),
            ("presencial", OnSite),
            ("vor ort", OnSite),
            ("sur site", OnSite),
            ("home-based", Remote),
        ]
    };
    const REMOTE: [&str; 8] =
        ["remote", "remoto", "remota", "remotely", "teletrabajo", "teletrabalho", "teletravail", "homeoffice"];
    const HYBRID: [&str; 4] = ["hybrid", "hibrido", "hibrida", "hybride"];
    const FILLER: [&str; 27] = [
        "fully",
        "100%",
        "only",
        "first",
        "friendly",
        "ok",
        "possible",
        "allowed",
        "in",
        "from",
        "within",
        "the",
        "work",
        "working",
        "job",
        "position",
        "based",
        "trabajo",
        "trabalho",
        "en",
        "em",
        "or",
        "and",
        "desde",
        "completamente",
        "full",
        "moglich",
    ];
    let folded = fold(text.trim().trim_end_matches('.'));
    if let Some((_, workplace)) = PHRASES.iter().find(|(phrase, _)| *phrase == folded) {
        return Some((*workplace, None));
    }
    let kind = |word: &str| {
        let word = fold(word.trim_matches(|c: char| !c.is_alphanumeric()));
        let remote = REMOTE.contains(&&*word).then_some(Workplace::Remote);
        remote.or_else(|| HYBRID.contains(&&*word).then_some(Workplace::Hybrid))
    };
    let workplace = text.split_whitespace().find_map(kind)?;
    let rest: Vec<&str> = text
        .split_whitespace()
        .filter(|word| kind(word).is_none() && !FILLER.contains(&&*fold(word)))
        .map(trimmed)
        .filter(|word| !word.is_empty())
        .collect();
    Some((workplace, (!rest.is_empty()).then(|| rest.join(" "))))
}

/// A part of a place without the signs that part it from others.
pub(super) fn trimmed(part: &str) -> &str {
    part.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '-' | '–' | '/' | '|'))
}

/// The board's value for a workplace that has a column of its own.
pub(in crate::import) fn workplace(text: &str) -> Option<Workplace> {
    match &*fold(text.trim()) {
        "yes" | "true" | "1" | "si" | "sim" | "ja" | "oui" | "x" | "fully" | "fully_remote" => Some(Workplace::Remote),
        "no" | "false" | "0" | "nao" | "nein" | "non" | "none" => Some(Workplace::OnSite),
        _ => match marker(text)? {
            (workplace, None) => Some(workplace),
            _ => None,
        },
    }
}
