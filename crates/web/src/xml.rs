//! Writing XML documents.

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An XML document that is being written, in UTF-8.
pub(crate) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document that begins with its declaration.
    pub(crate) fn new() -> io::Result<Self> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        Ok(Self(writer))
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        self.0.write_event(Event::Text(BytesText::new(&legal(text))))?;
        self.close(name)
    }

    /// The document's bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, legal(value).as_ref()));
    }
    start
}

/// The text without characters that XML 1.0 forbids even escaped, and without carriage returns, which a reader would
/// turn into line breaks.
fn legal(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.contains(forbidden) { Cow::Owned(text.replace(forbidden, "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_the_document() {
        let mut xml = Xml::new().expect("memory");
        xml.text("a", &[("b", "\"<\u{1}>")], "<x> & ]]> \u{0}\u{b}\u{1f}\u{ffff}é\t\n\u{1F980}").expect("memory");
        let written = String::from_utf8(xml.finish()).expect("UTF-8");
        assert!(written.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{written}");
        assert!(written.contains("b=\"&quot;&lt;&gt;\"") && written.contains("&lt;x&gt; &amp; ]]&gt; é\t\n\u{1F980}"));
        assert!(!written.contains(|c: char| c.is_control() && c != '\t' && c != '\n'), "{written:?}");
    }
}
