//! Answers that are sent many times and compressed once.

use std::io::Write as _;
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::validator::is_known;

/// Shorter answers don't get smaller by compression.
const WORTH_IT: usize = 256;

/// How the bytes of an answer are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Uncompressed.
    Identity,
    /// `gzip`.
    Gzip,
    /// `br`.
    Brotli,
}

impl Encoding {
    /// Every encoding; its place is its index.
    pub(crate) const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// The client's preferred encoding, the smallest among equals.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let (mut gzip, mut brotli) = (0.0, 0.0);
        for value in headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
            for offer in value.split(',') {
                let mut parts = offer.split(';');
                let name = parts.next().unwrap_or_default().trim();
                let quality = parts.find_map(|part| part.trim().strip_prefix("q="));
                let quality: f32 = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
                if name.eq_ignore_ascii_case("br") {
                    brotli = quality;
                } else if name.eq_ignore_ascii_case("gzip") {
                    gzip = quality;
                }
            }
        }
        match (brotli, gzip) {
            (brotli, gzip) if brotli > 0.0 && brotli >= gzip => Self::Brotli,
            (_, gzip) if gzip > 0.0 => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// The value of `Content-Encoding`.
    pub(crate) fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// The suffix of entity tags for this encoding: strong tags must differ if the bytes do.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gzip",
            Self::Brotli => "-br",
        }
    }
}

/// How much time compressing may take.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Effort {
    /// For an answer that is used for a few seconds.
    Page,
    /// For an answer that is used as long as the process runs.
    Asset,
}

impl Effort {
    fn gzip(self) -> flate2::Compression {
        match self {
            Self::Page => flate2::Compression::new(5),
            Self::Asset => flate2::Compression::best(),
        }
    }

    fn brotli(self) -> u32 {
        match self {
            Self::Page => 4,
            Self::Asset => 9,
        }
    }
}

/// Bytes in every encoding, each made when it is first asked for.
#[derive(Debug)]
pub(crate) struct Encoded {
    plain: Bytes,
    effort: Effort,
    /// `None`: they don't get smaller.
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
}

impl Encoded {
    pub(crate) fn new(plain: Bytes, effort: Effort) -> Self {
        Self { plain, effort, gzip: OnceLock::new(), brotli: OnceLock::new() }
    }

    /// The uncompressed bytes.
    pub(crate) fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The bytes in the encoding, or uncompressed if that isn't longer.
    pub(crate) fn get(&self, wanted: Encoding) -> (Encoding, Bytes) {
        let compressed = match wanted {
            Encoding::Identity => &None,
            Encoding::Gzip => self.gzip.get_or_init(|| self.shorter(gzip(&self.plain, self.effort))),
            Encoding::Brotli => self.brotli.get_or_init(|| self.shorter(brotli(&self.plain, self.effort))),
        };
        match compressed {
            Some(bytes) => (wanted, bytes.clone()),
            None => (Encoding::Identity, self.plain.clone()),
        }
    }

    /// The answer to a request with the headers `asked`: the bytes in the encoding that it likes best, or 304.
    pub(crate) fn answer(&self, asked: &HeaderMap, told: &Told<'_>) -> Response {
        let wanted = if told.compressed { Encoding::wanted(asked) } else { Encoding::Identity };
        let (encoding, bytes) = self.get(wanted);
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(told.cache_control));
        if told.compressed {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if let Ok(tag) = format!("\"{}{}\"", told.tag, encoding.suffix()).parse::<HeaderValue>() {
            let known = is_known(asked, &tag);
            headers.insert(ETAG, tag);
            if known {
                return (StatusCode::NOT_MODIFIED, headers).into_response();
            }
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(told.content_type));
        if let Some(name) = encoding.header() {
            headers.insert(CONTENT_ENCODING, name);
        }
        (headers, bytes).into_response()
    }

    fn shorter(&self, compressed: std::io::Result<Vec<u8>>) -> Option<Bytes> {
        let compressed = compressed.ok()?;
        (self.plain.len() >= WORTH_IT && compressed.len() < self.plain.len()).then(|| compressed.into())
    }
}

/// What a client is told about bytes.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    /// What their entity tags begin with: others for other bytes.
    pub(crate) tag: &'a str,
    pub(crate) content_type: &'static str,
    pub(crate) cache_control: &'static str,
    /// Whether they are sent compressed to those who take it.
    pub(crate) compressed: bool,
}

fn gzip(plain: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 2), effort.gzip());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn brotli(plain: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
    /// The window, as a power of two: none of our pages is longer.
    const WINDOW: u32 = 20;
    let mut compressed = Vec::with_capacity(plain.len() / 2);
    let mut encoder = brotli::CompressorWriter::new(&mut compressed, 4096, effort.brotli(), WINDOW);
    encoder.write_all(plain)?;
    drop(encoder);
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::wanted(&headers)
    }

    #[test]
    fn a_browser_gets_the_shortest_encoding_that_it_takes() {
        assert_eq!(accepting("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepting("gzip, deflate"), Encoding::Gzip);
        assert_eq!(accepting("br;q=0.5, GZIP;q=0.8"), Encoding::Gzip);
        assert_eq!(accepting("br;q=0, gzip;q=0"), Encoding::Identity);
        assert_eq!(accepting("identity"), Encoding::Identity);
        assert_eq!(Encoding::wanted(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn what_does_not_get_shorter_stays_as_it_is() {
        let short = Encoded::new(Bytes::from_static(b"ok\n"), Effort::Asset);
        assert_eq!(short.get(Encoding::Brotli), (Encoding::Identity, Bytes::from_static(b"ok\n")));
        let long = Encoded::new(Bytes::from("a job, ".repeat(500)), Effort::Page);
        for wanted in [Encoding::Gzip, Encoding::Brotli] {
            let (encoding, bytes) = long.get(wanted);
            assert_eq!(encoding, wanted);
            assert!(bytes.len() < 200, "{encoding:?}: {}", bytes.len());
        }
    }
}
