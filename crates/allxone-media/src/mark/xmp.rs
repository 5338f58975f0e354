//! The XMP packet itself: a few lines of RDF. Text of others is searched for the one property that matters and never parsed
//! further, so a hostile packet can at worst be left alone.

use memchr::memmem;

use super::{OriginMark, SourceType};

const PROPERTY: &[u8] = b"DigitalSourceType";
const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// Whether a packet states any digital source type.
pub(super) fn names_source_type(packet: &[u8]) -> bool {
    memmem::find(packet, PROPERTY).is_some()
}

/// Whether a packet states a digital source type in which AI took part.
pub(super) fn says_ai(packet: &[u8]) -> bool {
    memmem::find_iter(packet, PROPERTY).any(|at| {
        let value = &packet[at..packet.len().min(at + 256)];
        says_ai_anywhere(value)
    })
}

/// Whether the vocabulary's AI terms occur: both end in this word.
pub(super) fn says_ai_anywhere(data: &[u8]) -> bool {
    memmem::find(data, b"rainedAlgorithmicMedia").is_some()
}

/// A packet with the mark: `existing` extended by one description, or a new one when there is none that can be extended.
pub(super) fn packet(mark: &OriginMark, existing: Option<&[u8]>) -> Vec<u8> {
    let description = description(mark);
    if let Some(existing) = existing
        && std::str::from_utf8(existing).is_ok()
        && memmem::find(existing, b"<rdf:RDF").is_some()
        && let Some(end) = memmem::rfind(existing, b"</rdf:RDF>")
    {
        let mut out = existing[..end].to_vec();
        out.extend_from_slice(description.as_bytes());
        out.extend_from_slice(&existing[end..]);
        return out;
    }
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         {description}</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>"
    )
    .into_bytes()
}

/// IPTC Photo Metadata 2025.1: digital source type, AI system used and its version; and XMP's own creator tool.
fn description(mark: &OriginMark) -> String {
    let term = match mark.source {
        SourceType::TrainedAlgorithmicMedia => "trainedAlgorithmicMedia",
        SourceType::CompositeWithTrainedAlgorithmicMedia => "compositeWithTrainedAlgorithmicMedia",
    };
    let (program, version) = (escape(&mark.program), escape(&mark.version));
    format!(
        "<rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\n\
         <Iptc4xmpExt:DigitalSourceType>{VOCABULARY}{term}</Iptc4xmpExt:DigitalSourceType>\n\
         <Iptc4xmpExt:AISystemUsed>{program}</Iptc4xmpExt:AISystemUsed>\n\
         <Iptc4xmpExt:AISystemVersionUsed>{version}</Iptc4xmpExt:AISystemVersionUsed>\n\
         <xmp:CreatorTool>{program} {version}</xmp:CreatorTool>\n\
         </rdf:Description>\n"
    )
}

/// XML text: markup escaped, control characters (which XML cannot carry) left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}
