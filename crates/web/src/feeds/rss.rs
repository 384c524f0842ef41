//! RSS 2.0, with times and links from Atom, for which it has no elements.

use std::io;

use super::{Entry, Feed};
use crate::xml::Xml;

pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    let namespaces = [
        ("version", "2.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ];
    xml.open("rss", &namespaces)?;
    xml.open("channel", &[])?;
    xml.text("title", &[], &feed.title)?;
    xml.text("link", &[], &feed.home)?;
    xml.text("description", &[], &feed.description)?;
    xml.text("language", &[], &feed.language)?;
    xml.text("lastBuildDate", &[], &feed.updated.to_rfc2822())?;
    let links = [("self", Some(&feed.address)), ("next", feed.next.as_ref())];
    for (rel, href) in links.into_iter().filter_map(|(rel, href)| Some((rel, href?))) {
        xml.empty("atom:link", &[("rel", rel), ("type", "application/rss+xml"), ("href", href)])?;
    }
    for entry in &feed.entries {
        item(&mut xml, entry)?;
    }
    xml.close("channel")?;
    xml.close("rss")?;
    Ok(xml.finish())
}

fn item(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.open("item", &[])?;
    xml.text("title", &[], &entry.title)?;
    xml.text("link", &[], &entry.url)?;
    xml.text("guid", &[("isPermaLink", "false")], &entry.urn())?;
    xml.text("pubDate", &[], &entry.published.to_rfc2822())?;
    xml.text("atom:updated", &[], &entry.updated.to_rfc3339())?;
    // `author` would have to be an e-mail address.
    xml.text("dc:creator", &[], &entry.organization)?;
    for tag in &entry.tags {
        xml.text("category", &[], tag)?;
    }
    xml.text("description", &[], &entry.html)?;
    xml.close("item")
}
