//! Text folded for comparison in a search and for addresses.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::latin;

/// Raised whenever [`fold`] gives another result for some text: stored texts with a lower version are folded anew.
pub(crate) const FOLD_VERSION: i64 = 1;

/// Folds a text for comparison: lower case, Latin and Greek letters without their marks (`Łódź` is `lodz`, `Straße` is
/// `strasse`), dashes and any white space as one space, nothing invisible. Composed and decomposed text fold alike.
///
/// Marks of other scripts stay: `й` and `が` are letters of their own there.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Whether the marks that follow are dropped.
    let mut drops_marks = false;
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if is_combining_mark(c) {
            if !drops_marks {
                folded.push(c);
            }
            continue;
        }
        if is_ignorable(c) {
            continue;
        }
        drops_marks = is_markless(c);
        match c {
            _ if is_gap(c) => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            '‘' | '’' | 'ʼ' | '′' => folded.push('\''),
            'ς' => folded.push('σ'),
            c if c.is_ascii() => folded.push(c),
            c => match latin::ascii(c) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(c),
            },
        }
    }
    folded.truncate(folded.trim_end_matches(' ').len());
    // Letters that kept their marks are composed again. ASCII, by far the most texts, skips this.
    if folded.is_ascii() { folded } else { folded.nfc().collect() }
}

/// Whether this character separates words: white space, control characters, every dash, the underscore.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Whether this character is invisible or inside a word without changing it: the soft hyphen, joiners and direction
/// marks, and the dot of the Catalan `l·l`.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{B7}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// Letters whose marks people leave out in a search: Latin, Greek, and the Cyrillic `ё`, which is mostly printed as
/// `е`.
fn is_markless(c: char) -> bool {
    c.is_ascii_alphabetic()
        || latin::ascii(c).is_some()
        || matches!(c, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' | 'е')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latin_letter_folds_to_what_people_type() {
        for (text, folded) in [
            ("Łódź", "lodz"),
            ("Straße STRAẞE", "strasse strasse"),
            ("Ørsted Þórður Đorđe Æsir Œuvre", "orsted thordur dorde aesir oeuvre"),
            ("İstanbul ısı Iğdır", "istanbul isi igdir"),
            ("Nguyễn Thị Hồng Đường", "nguyen thi hong duong"),
            ("Tiếng Việt: Ơn Ư", "tieng viet: on u"),
            ("ﬁnance ﬀ ĳs ŉ ſ Ǆ", "finance ff ijs 'n s dz"),
            ("Ħamrun ŧ ŋ ə ƒ ɓ Ɗ Ȼ ᴀ", "hamrun t n e f b d c a"),
            ("Ｆｕｌｌ　ｗｉｄｔｈ ℡ ① ½", "full width tel 1 1⁄2"),
            ("col·laborador l'Oréal L’Oréal", "collaborador l'oreal l'oreal"),
            ("Ångström Señor Çelik Žižek Čapek Ťuk ďábel", "angstrom senor celik zizek capek tuk dabel"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn no_letter_with_a_latin_name_is_forgotten() {
        // Latin-1, Latin Extended-A, -B and Additional: the letters of living languages. The four clicks, a digit-like
        // letter and two glottal stops have no ASCII letter that people would type.
        let latin = ('\u{C0}'..='\u{24F}').chain('\u{1E00}'..='\u{1EFF}').chain('\u{FB00}'..='\u{FB06}');
        let without: String = latin.filter(|c| c.is_alphabetic() && !fold(&c.to_string()).is_ascii()).collect();
        assert_eq!(without, "ƻƾǀǁǂǃɁɂẚ");
    }

    #[test]
    fn composed_and_decomposed_are_the_same() {
        for text in ["Łódź", "Nguyễn", "Ґанок й ё", "が", "한국", "Ελλάδα ΣΟΦΟΣ"] {
            let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
            assert_eq!(fold(&composed), fold(&decomposed), "{text}");
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
        assert_ne!(fold("й"), fold("и"), "a letter of its own");
        assert_eq!(fold("ΣΟΦΌΣ"), fold("σοφός"));
    }

    #[test]
    fn dashes_and_white_space_are_one_gap() {
        for text in ["full stack", "Full-Stack", "full‑stack", "full – stack", "full_stack", " full\u{a0}\n stack "]
        {
            assert_eq!(fold(text), "full stack", "{text}");
        }
        assert_eq!(fold("soft\u{ad}ware zero\u{200b}width"), "software zerowidth");
        assert_eq!(fold("C++ C# .NET node.js CI/CD"), "c++ c# .net node.js ci/cd");
    }
}
