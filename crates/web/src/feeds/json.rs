//! JSON Feed 1.1.

use std::io;

use serde_json::{Value, json};

use super::{Entry, Feed};

pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut document = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "description": feed.description,
        "language": feed.language,
        "items": feed.entries.iter().map(item).collect::<Vec<_>>(),
    });
    if let Some(next) = &feed.next {
        document["next_url"] = json!(next);
    }
    Ok(serde_json::to_vec(&document)?)
}

fn item(entry: &Entry) -> Value {
    let mut item = json!({
        "id": entry.urn(),
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": entry.published.to_rfc3339(),
        "date_modified": entry.updated.to_rfc3339(),
        "authors": [{ "name": entry.organization }],
        "tags": entry.tags,
    });
    if let Some(language) = &entry.language {
        item["language"] = json!(language);
    }
    item
}
