//! Atom (RFC 4287).

use std::io;

use super::{Entry, Feed};
use crate::xml::Xml;

pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", &feed.language)])?;
    xml.text("id", &[], &feed.id)?;
    xml.text("title", &[], &feed.title)?;
    xml.text("subtitle", &[], &feed.description)?;
    xml.text("updated", &[], &feed.updated.to_rfc3339())?;
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed.address)])?;
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.home)])?;
    if let Some(next) = &feed.next {
        xml.empty("link", &[("rel", "next"), ("type", "application/atom+xml"), ("href", next)])?;
    }
    for entry in &feed.entries {
        write_entry(&mut xml, entry)?;
    }
    xml.close("feed")?;
    Ok(xml.finish())
}

fn write_entry(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    let language = entry.language.as_deref().map(|language| ("xml:lang", language));
    xml.open("entry", language.as_slice())?;
    xml.text("id", &[], &entry.urn())?;
    xml.text("title", &[], &entry.title)?;
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.url)])?;
    xml.text("published", &[], &entry.published.to_rfc3339())?;
    xml.text("updated", &[], &entry.updated.to_rfc3339())?;
    xml.open("author", &[])?;
    xml.text("name", &[], &entry.organization)?;
    xml.close("author")?;
    for tag in &entry.tags {
        xml.empty("category", &[("term", tag)])?;
    }
    xml.text("content", &[("type", "html")], &entry.html)?;
    xml.close("entry")
}
