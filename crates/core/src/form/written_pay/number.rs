//! One number with its thousands and decimal separators.

/// The factor of a word after a number, as a power of ten.
pub(super) type Power = usize;

/// A number as it was written: digits, `.`, `,`, `'` and single spaces between digits, and its factor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) digits: String,
    pub(super) power: Option<Power>,
}

impl Number {
    /// As a plain decimal; `exponent` is how many decimals the currency has.
    pub(super) fn plain(&self, exponent: u16) -> Option<String> {
        match self.power {
            None => plain(&self.digits, exponent),
            Some(power) => multiplied(&self.digits, power),
        }
    }
}

/// Both ends of a range. In `30-40k` the `k` is meant for both.
pub(super) fn range(least: &Number, most: &Number, exponent: u16) -> Option<(String, String)> {
    let end = most.plain(exponent)?;
    let shared = Number { power: most.power, ..least.clone() };
    let start = match (least.power, shared.plain(exponent)) {
        (None, Some(start)) if most.power.is_some() && value(&start) <= value(&end) => start,
        _ => least.plain(exponent)?,
    };
    Some((start, end))
}

/// A plain decimal, for comparing.
pub(super) fn value(decimal: &str) -> f64 {
    decimal.parse().unwrap_or(0.0)
}

fn plain(raw: &str, exponent: u16) -> Option<String> {
    let dots = raw.matches('.').count();
    let commas = raw.matches(',').count();
    if let Some(by) = [' ', '\''].into_iter().find(|by| raw.contains(*by)) {
        let (whole, fraction) = raw.split_once(['.', ',']).unwrap_or((raw, ""));
        let fits = dots + commas <= 1 && is_grouped(whole, by);
        return fits.then(|| joined(&whole.replace(by, ""), fraction));
    }
    match (dots, commas) {
        (0, 0) => Some(raw.to_owned()),
        (1.., 1..) => {
            let (thousands, decimal) = if raw.rfind('.') < raw.rfind(',') { ('.', ',') } else { (',', '.') };
            let (whole, fraction) = raw.split_once(decimal)?;
            let fits = is_grouped(whole, thousands) && !fraction.contains(['.', ',']);
            fits.then(|| joined(&whole.replace(thousands, ""), fraction))
        }
        (1, 0) | (0, 1) => {
            let (whole, fraction) = raw.split_once(['.', ','])?;
            let looks_grouped = fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0');
            match (looks_grouped, exponent) {
                (true, 3) if dots == 1 && fraction != "000" => Some(joined(whole, fraction)),
                (true, 3) => None,
                (true, _) => Some(format!("{whole}{fraction}")),
                (false, _) => Some(joined(whole, fraction)),
            }
        }
        (2.., 0) => is_grouped(raw, '.').then(|| raw.replace('.', "")),
        (0, 2..) => (is_grouped(raw, ',') || is_grouped_by_lakh(raw)).then(|| raw.replace(',', "")),
    }
}

/// `42.5` with a `k` is 42500. Three digits after the separator could be decimals or thousands: then nothing is read.
fn multiplied(raw: &str, power: Power) -> Option<String> {
    let (whole, fraction) = raw.split_once(['.', ',']).unwrap_or((raw, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > power || fraction.len() == 3 {
        return None;
    }
    let zeros = "0".repeat(power - fraction.len());
    let text = format!("{whole}{fraction}{zeros}");
    let text = text.trim_start_matches('0');
    Some(if text.is_empty() { "0".to_owned() } else { text.to_owned() })
}

fn joined(whole: &str, fraction: &str) -> String {
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

fn is_grouped(text: &str, by: char) -> bool {
    let mut groups = text.split(by);
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && group != "0");
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|group| group.len() == 3)
}

/// As in India: `12,00,000`.
fn is_grouped_by_lakh(text: &str) -> bool {
    let groups: Vec<&str> = text.split(',').collect();
    match groups.as_slice() {
        [first, pairs @ .., last] => {
            (1..=2).contains(&first.len()) && last.len() == 3 && pairs.iter().all(|pair| pair.len() == 2)
        }
        _ => false,
    }
}
