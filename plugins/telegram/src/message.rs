//! The message of a posting.

use std::collections::BTreeMap;

use serde::Serialize;
use tablon_plugin::rich::{self, RichText, clean, from_markdown, utf16_len};
use tablon_plugin::telegram_html::{self, escape, is_linkable};
use tablon_plugin::{
    Ending, Error, Escaping, Fitted, Posting, Target, Template, TemplateError, TemplateValue, Words, Workplace, fit,
    template_values,
};

use crate::hashtags::hashtags;
use crate::settings::{LinkPreview, Settings};

/// What a channel uses unless its admins wrote their own.
pub(crate) const DEFAULT_TEMPLATE: &str = include_str!("../templates/message.html.j2");
const CLOSED_TEMPLATE: &str = include_str!("../templates/closed.html.j2");

/// Bot API, `sendMessage`: 1-4096 characters after entities parsing, which are UTF-16 units.
pub(crate) const LIMIT: usize = 4096;
/// TDLib cuts what it reads at 35,000 bytes, markup included, and so in the middle of a tag.
const MOST_BYTES: usize = 34_000;
/// Of a description; the job's page has the rest. A post of this size is read without scrolling.
const DESCRIPTION: usize = 700;
const MOST_PLACES: usize = 6;
const LONGEST_PLACE: usize = 120;
/// Of title and organisation in a closed copy, which must always fit.
const LONGEST_CLOSED: usize = 500;

/// What is sent, apart from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Content {
    pub(crate) text: String,
    parse_mode: &'static str,
    link_preview_options: LinkPreviewOptions,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
struct LinkPreviewOptions {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prefer_small_media: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prefer_large_media: bool,
}

impl Content {
    /// A mark that tells whether two contents are the same (FNV-1a, 64 bits).
    pub(crate) fn mark(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

/// The message of an open offer.
pub(crate) fn open(posting: &Posting, target: &Target, settings: &Settings) -> Result<(Content, Fitted), Error> {
    let source = target.template.as_deref().filter(|t| !t.trim().is_empty());
    let fitted = compose(posting, source.unwrap_or(DEFAULT_TEMPLATE), &settings.words)
        .map_err(|e| explain(e, &settings.words))?;
    let content = Content {
        text: fitted.message.clone(),
        parse_mode: "HTML",
        link_preview_options: preview_options(settings.link_preview, &posting.url),
    };
    Ok((content, fitted))
}

/// What stays of an offer that is over.
pub(crate) fn closed(posting: &Posting, ending: Ending, settings: &Settings) -> Result<Content, Error> {
    let words = &settings.words;
    let ending = words.say(match ending {
        Ending::Filled => "ending-filled",
        Ending::Closed => "ending-closed",
        Ending::Expired => "ending-expired",
    });
    let values = template_values! {
        ending,
        title => short(&posting.title, LONGEST_CLOSED),
        organization => short(&posting.organization, LONGEST_CLOSED),
        place => place(&posting.locations),
        workplace_name => words.say(workplace(posting.workplace)),
    };
    let text = Template::new(CLOSED_TEMPLATE, Escaping::Html)
        .and_then(|template| template.render(&values))
        .map_err(|e| explain(e, words))?;
    Ok(Content {
        text,
        parse_mode: "HTML",
        link_preview_options: LinkPreviewOptions { is_disabled: true, ..Default::default() },
    })
}

fn compose(posting: &Posting, source: &str, words: &Words) -> Result<Fitted, TemplateError> {
    let mut template = Template::new(source, Escaping::Html)?;
    template.add_markup_function("link", link);
    let description = from_markdown(&posting.description);
    fit(
        DESCRIPTION,
        LIMIT,
        |room| template.render(&values(posting, &description.shortened(room), words)),
        |message| {
            let text = telegram_html::to_text(message).map_err(|e| TemplateError::Markup(e.to_string()))?;
            let length = utf16_len(&text);
            Ok(if message.len() > MOST_BYTES { length.max(LIMIT + 1) } else { length })
        },
    )
    .and_then(|fitted| match fitted.length {
        0 => Err(TemplateError::Invalid("it makes an empty message".to_owned())),
        _ => Ok(fitted),
    })
}

/// Everything a template can name.
fn values(posting: &Posting, description: &RichText, words: &Words) -> TemplateValue {
    let extra: BTreeMap<&str, TemplateValue> = posting
        .extra
        .iter()
        .map(|(name, json)| {
            let value = serde_json::from_str(json);
            (name.as_str(), value.unwrap_or_else(|_| TemplateValue::from(json.as_str())))
        })
        .collect();
    let workplace = workplace(posting.workplace);
    template_values! {
        title => clean(&posting.title),
        organization => clean(&posting.organization),
        description => TemplateValue::from_safe_string(description.to_telegram_html()),
        summary => clean(&posting.summary),
        url => posting.url.clone(),
        apply_url => posting.apply_url.clone(),
        locations => posting.locations.iter().map(|l| clean(l)).collect::<Vec<_>>(),
        place => place(&posting.locations),
        workplace,
        workplace_name => words.say(workplace),
        pay => posting.pay.as_deref().map(clean).filter(|pay| !pay.is_empty()),
        tags => posting.tags.iter().map(|t| clean(t)).collect::<Vec<_>>(),
        hashtags => hashtags(&posting.tags),
        language => posting.language.clone(),
        published_at => posting.published_at.clone(),
        expires_at => posting.expires_at.clone(),
        extra,
        words => words.all(),
    }
}

fn workplace(workplace: Workplace) -> &'static str {
    match workplace {
        Workplace::OnSite => "on-site",
        Workplace::Hybrid => "hybrid",
        Workplace::Remote => "remote",
    }
}

/// The places in one line; of a long list, its beginning and how many more there are.
fn place(locations: &[String]) -> String {
    let places: Vec<String> = locations.iter().map(|l| short(l, LONGEST_PLACE)).filter(|l| !l.is_empty()).collect();
    let shown = places.iter().take(MOST_PLACES).cloned().collect::<Vec<_>>().join(" / ");
    match places.len().saturating_sub(MOST_PLACES) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

fn short(text: &str, limit: usize) -> String {
    RichText::from_plain(&clean(text)).shortened(limit).to_plain()
}

/// A link as markup; the bare address where Telegram would make no link of it.
fn link(label: &str, url: &str) -> String {
    if is_linkable(url) {
        return format!("<a href=\"{}\">{}</a>", escape(url), escape(label));
    }
    let address = url.strip_prefix("mailto:").unwrap_or(url);
    format!("{}: {}", escape(label), escape(&rich::clean(address)))
}

fn preview_options(preview: LinkPreview, url: &str) -> LinkPreviewOptions {
    // A picture's size is ignored unless the address stands here; an address that Telegram can't
    // reach must not.
    let url = is_linkable(url).then(|| url.to_owned());
    match preview {
        LinkPreview::Small if url.is_some() => {
            LinkPreviewOptions { url, prefer_small_media: true, ..Default::default() }
        }
        LinkPreview::Large if url.is_some() => {
            LinkPreviewOptions { url, prefer_large_media: true, ..Default::default() }
        }
        _ => LinkPreviewOptions { is_disabled: true, ..Default::default() },
    }
}

fn explain(error: TemplateError, words: &Words) -> Error {
    match error {
        TemplateError::Invalid(why) | TemplateError::Markup(why) => {
            Error::invalid_setting("/template", words.say_with("error-template", &[("why", &why)]))
        }
        TemplateError::TooLong { over } => {
            Error::Rejected(words.say_with("error-too-long", &[("over", &over.to_string())]))
        }
    }
}
