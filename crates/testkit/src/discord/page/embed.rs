//! An embed as a card.

use serde_json::Value;

use super::markup::{escape, render};

pub(super) fn card(embed: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let color = embed["color"].as_u64().map_or_else(String::new, |color| format!(" style=\"--edge:#{color:06x}\""));
    let mut card = format!("<div class=\"embed\"{color} dir=\"auto\">");
    if let Some(name) = embed["author"]["name"].as_str() {
        card.push_str(&format!("<p class=\"author\">{}</p>", linked(name, embed["author"]["url"].as_str())));
    }
    if let Some(title) = embed["title"].as_str() {
        let title = match embed["url"].as_str() {
            Some(url) => anchor(url, &render(title)),
            None => render(title),
        };
        card.push_str(&format!("<p class=\"title\">{title}</p>"));
    }
    if let Some(description) = embed["description"].as_str() {
        card.push_str(&format!("<div class=\"text\">{}</div>", render(description)));
    }
    let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !fields.is_empty() {
        card.push_str("<dl>");
        for field in fields {
            let class = if field["inline"] == true { " class=\"inline\"" } else { "" };
            let (name, value) = (render(&text(&field["name"])), render(&text(&field["value"])));
            card.push_str(&format!("<div{class}><dt>{name}</dt><dd>{value}</dd></div>"));
        }
        card.push_str("</dl>");
    }
    let footer = [text(&embed["footer"]["text"]), text(&embed["timestamp"])];
    let footer: Vec<String> = footer.iter().filter(|part| !part.is_empty()).map(|part| escape(part)).collect();
    if !footer.is_empty() {
        card.push_str(&format!("<p class=\"foot\">{}</p>", footer.join(" • ")));
    }
    card.push_str("</div>");
    card
}

fn linked(text: &str, url: Option<&str>) -> String {
    url.map_or_else(|| escape(text), |url| anchor(url, &escape(text)))
}

/// A link to another site; `inner` is HTML already.
pub(super) fn anchor(url: &str, inner: &str) -> String {
    format!("<a href=\"{}\" rel=\"noreferrer nofollow\" target=\"_blank\">{inner}</a>", escape(url))
}
