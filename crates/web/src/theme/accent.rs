//! A board's one colour, made readable on light and dark backgrounds.

use tablon_core::store::DEFAULT_ACCENT;

/// The backgrounds of text in the accent colour, a little stricter than the style sheet's.
const LIGHT_PAPER: Rgb = Rgb(0.955, 0.945, 0.93);
const DARK_PAPER: Rgb = Rgb(0.16, 0.155, 0.145);
/// WCAG 2.2 AA asks for 4.5; the rest is for tinted backgrounds.
const ENOUGH: f64 = 4.6;

/// A style sheet that sets the accent to `accent` (`#rrggbb`), or to [`DEFAULT_ACCENT`] if that is no colour.
///
/// The accent fills buttons unchanged, under white or black text, whichever is clearer. As text it is made darker or
/// lighter until it can be read.
pub fn brand_css(accent: &str) -> String {
    let Some(rgb) = Rgb::parse(accent).or_else(|| Rgb::parse(DEFAULT_ACCENT)) else { return String::new() };
    let (h, s, l) = rgb.to_hsl();
    let on_light = nearest(h, s, l, LIGHT_PAPER, -0.01);
    let on_dark = nearest(h, s, l, DARK_PAPER, 0.01);
    let white = Rgb(1.0, 1.0, 1.0).contrast(rgb) >= Rgb(0.0, 0.0, 0.0).contrast(rgb);
    let invert = if white { 100 } else { 0 };
    format!(
        ":root{{--bulma-link-h:{:.0}deg;--bulma-link-s:{:.0}%;--bulma-link-l:{:.1}%;--bulma-link-invert-l:{invert}%;\
         --bulma-link-on-scheme-l:{:.1}%}}\n\
         @media (prefers-color-scheme:dark){{:root{{--bulma-link-on-scheme-l:{:.1}%}}}}\n",
        h * 360.0,
        s * 100.0,
        l * 100.0,
        on_light * 100.0,
        on_dark * 100.0,
    )
}

/// The lightness nearest to `l` in the direction of `step` that is readable on `paper`.
fn nearest(h: f64, s: f64, l: f64, paper: Rgb, step: f64) -> f64 {
    let mut l = l;
    while (0.0..=1.0).contains(&l) && Rgb::from_hsl(h, s, l).contrast(paper) < ENOUGH {
        l += step;
    }
    l.clamp(0.0, 1.0)
}

#[derive(Debug, Clone, Copy)]
struct Rgb(f64, f64, f64);

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
        let part = |range| u8::from_str_radix(&digits[range], 16).ok().map(|v| f64::from(v) / 255.0);
        Some(Self(part(0..2)?, part(2..4)?, part(4..6)?))
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |v: f64| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if a > b { a / b } else { b / a }
    }

    fn to_hsl(self) -> (f64, f64, f64) {
        let Self(r, g, b) = self;
        let (max, min) = (r.max(g).max(b), r.min(g).min(b));
        let (l, range) = ((max + min) / 2.0, max - min);
        if range == 0.0 {
            return (0.0, 0.0, l);
        }
        let s = range / (1.0 - (2.0 * l - 1.0).abs());
        let h = if max == r {
            ((g - b) / range).rem_euclid(6.0)
        } else if max == g {
            (b - r) / range + 2.0
        } else {
            (r - g) / range + 4.0
        };
        (h / 6.0, s, l)
    }

    fn from_hsl(h: f64, s: f64, l: f64) -> Self {
        let channel = |n: f64| {
            let k = (n + h * 12.0).rem_euclid(12.0);
            l - s * l.min(1.0 - l) * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
        };
        Self(channel(0.0), channel(8.0), channel(4.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_accent_can_be_read_as_text_and_under_text() {
        for accent in ["#ffffff", "#000000", "#ffe600", "#0f5f6b", "#ff0000", "#7f7f7f", "#00ff7f"] {
            let rgb = Rgb::parse(accent).expect("a colour");
            let (h, s, l) = rgb.to_hsl();
            for (paper, step) in [(LIGHT_PAPER, -0.01), (DARK_PAPER, 0.01)] {
                let text = Rgb::from_hsl(h, s, nearest(h, s, l, paper, step));
                assert!(text.contrast(paper) >= 4.5, "{accent} on {paper:?}");
            }
            let best = Rgb(1.0, 1.0, 1.0).contrast(rgb).max(Rgb(0.0, 0.0, 0.0).contrast(rgb));
            assert!(best >= 4.5, "a button in {accent}");
        }
    }

    #[test]
    fn what_is_no_colour_leaves_the_default_and_no_css_slips_through() {
        for odd in ["red;}body{display:none", "#12", "", "#12345é"] {
            assert_eq!(brand_css(odd), brand_css(DEFAULT_ACCENT), "{odd}");
        }
    }

    #[test]
    fn hsl_there_and_back() {
        let Rgb(r, g, b) = Rgb::parse("#0f5f6b").expect("a colour");
        let (h, s, l) = Rgb(r, g, b).to_hsl();
        let back = Rgb::from_hsl(h, s, l);
        assert!((back.0 - r).abs() + (back.1 - g).abs() + (back.2 - b).abs() < 1e-9);
    }
}
