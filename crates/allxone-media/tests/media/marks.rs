//! The AI-origin mark: written without touching the picture, read back, never doubled, never breaking a signature.

use allxone_media::{Limits, OriginMark, Picture, Pixels, SourceType, has_ai_origin, mark_ai_origin};
use bytes::Bytes;

use crate::{build, pillow};

fn mark() -> OriginMark {
    OriginMark {
        source: SourceType::TrainedAlgorithmicMedia,
        program: "AllXOne <test> & co".into(),
        version: "0.1.0".into(),
    }
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = build::noise(31, 17, 1);
    vec![
        ("png", build::png_rgb(&rgb, &[])),
        ("encoded", Picture::encode_png(&build::noise_alpha(31, 17)).unwrap().bytes().to_vec()),
        ("jpeg", build::jpeg(&rgb, 90)),
        (
            "jpeg with exif",
            build::with_segments(&build::jpeg(&rgb, 90), &[build::segment(0xE1, &build::exif(6))]),
        ),
        ("jpeg progressive", build::unhex(pillow::JPEG_PROGRESSIVE)),
        ("webp lossless", build::webp(&Pixels::from_rgb(rgb))),
        ("webp lossless with alpha", build::webp(&build::noise_alpha(31, 17))),
        ("webp lossy", build::unhex(pillow::WEBP_LOSSY)),
        ("webp lossy with alpha", build::unhex(pillow::WEBP_LOSSY_ALPHA)),
        ("webp animated", build::unhex(pillow::WEBP_ANIMATED)),
        ("png animated", build::unhex(pillow::PNG_ANIMATED)),
    ]
}

fn received(bytes: &[u8]) -> Picture {
    Picture::received(Bytes::copy_from_slice(bytes), &Limits::default()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_mark_is_read_back_and_changes_no_pixel() {
    for (name, file) in files() {
        assert!(!has_ai_origin(&file), "{name}");
        let marked = mark_ai_origin(&file, &mark()).unwrap();
        assert!(has_ai_origin(&marked), "{name}");
        assert_eq!(received(&marked).frames(), received(&file).frames(), "{name}");
        let picture = received(&file).marked(&mark()).unwrap();
        assert_eq!((picture.bytes(), picture.sha256()), (&marked, received(&marked).sha256()), "{name}");
        assert_eq!(picture.frames(), received(&marked).frames(), "{name}");
        assert_eq!(build::other_reader(&marked), build::other_reader(&file), "{name}: other readers agree");
        assert_eq!(mark_ai_origin(&file, &mark()).unwrap(), marked, "{name}: the same bytes again");
        assert_eq!(mark_ai_origin(&marked, &mark()).unwrap(), marked, "{name}: marked once");
        let other = OriginMark { source: SourceType::CompositeWithTrainedAlgorithmicMedia, ..mark() };
        assert_eq!(mark_ai_origin(&marked, &other).unwrap(), marked, "{name}: a mark stays as it is");
        let text = text(&marked);
        assert!(text.contains("digitalsourcetype/trainedAlgorithmicMedia<"), "{name}");
        assert!(
            text.contains("AllXOne &lt;test&gt; &amp; co</Iptc4xmpExt:AISystemUsed>")
                && text.contains(">0.1.0<")
        );
        let prepared = Picture::prepare(marked, &Limits::default()).unwrap();
        assert!(
            !has_ai_origin(prepared.bytes()),
            "{name}: a picture made fit to be sent carries no metadata"
        );
    }
}

#[test]
fn the_composite_term_counts_and_a_camera_does_not() {
    let file = build::png_rgb(&build::noise(4, 4, 1), &[]);
    let composite = OriginMark { source: SourceType::CompositeWithTrainedAlgorithmicMedia, ..mark() };
    let marked = mark_ai_origin(&file, &composite).unwrap();
    assert!(text(&marked).contains("/compositeWithTrainedAlgorithmicMedia<") && has_ai_origin(&marked));
    let camera = "<x:xmpmeta><rdf:RDF><Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture</Iptc4xmpExt:DigitalSourceType></rdf:RDF></x:xmpmeta>";
    let chunk = build::chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", camera.as_bytes()].concat());
    let photo = build::png_rgb(&build::noise(4, 4, 1), &[chunk]);
    assert!(!has_ai_origin(&photo));
    assert_eq!(mark_ai_origin(&photo, &mark()).unwrap(), photo, "what a file says of its origin stays");
}

#[test]
fn metadata_already_there_is_extended_not_replaced() {
    let packet = "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' dc:x='KEPT'/></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";
    let rgb = build::noise(6, 5, 1);
    let chunk = |compressed: bool| {
        let data = if compressed { build::deflate(packet.as_bytes()) } else { packet.into() };
        build::chunk(
            b"iTXt",
            &[b"XML:com.adobe.xmp\0", &[u8::from(compressed), 0, b'e', b'n', 0, 0][..], &data].concat(),
        )
    };
    let text_chunk = build::chunk(b"tEXt", b"Software\0KEPT TOO");
    let coded = build::webp(&Pixels::from_rgb(rgb.clone()));
    let segment = build::segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat());
    let files = [
        build::png_rgb(&rgb, &[chunk(false), text_chunk.clone()]),
        build::png_rgb(&rgb, &[chunk(true), text_chunk]),
        build::with_segments(
            &build::jpeg(&rgb, 90),
            &[build::segment(0xE1, &build::exif(1)), segment, build::segment(0xFE, b"KEPT TOO")],
        ),
        build::riff(&[
            build::vp8x(4, 6, 5),
            coded[12..].to_vec(),
            build::riff_chunk(b"XMP ", packet.as_bytes()),
            build::riff_chunk(b"odd ", b"KEPT TOO"),
        ]),
    ];
    for file in files {
        let marked = mark_ai_origin(&file, &mark()).unwrap();
        let text = text(&marked);
        assert!(has_ai_origin(&marked) && text.contains("KEPT TOO"));
        assert_eq!(text.matches("dc:x='KEPT'").count(), 1);
        assert_eq!(text.matches("</rdf:RDF>").count(), 1, "one packet only");
        assert_eq!(received(&marked).pixels(), received(&file).pixels());
    }
}

#[test]
fn signed_files_are_never_touched() {
    let rgb = build::noise(6, 5, 1);
    let coded = build::webp(&Pixels::from_rgb(rgb.clone()));
    let signed = |says: &str| {
        let manifest = format!("\0\0\0\x20jumb c2pa {says}");
        let jumbf = [b"JP\0\x01\0\0\0\x01", manifest.as_bytes()].concat();
        [
            build::png_rgb(&rgb, &[build::chunk(b"caBX", manifest.as_bytes())]),
            build::with_segments(&build::jpeg(&rgb, 90), &[build::segment(0xEB, &jumbf)]),
            build::riff(&[
                build::vp8x(0, 6, 5),
                coded[12..].to_vec(),
                build::riff_chunk(b"C2PA", manifest.as_bytes()),
            ]),
        ]
    };
    for file in signed("digitalCapture") {
        assert_eq!(mark_ai_origin(&file, &mark()).unwrap(), file);
        assert!(!has_ai_origin(&file));
    }
    for file in signed("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia") {
        assert_eq!(mark_ai_origin(&file, &mark()).unwrap(), file);
        assert!(has_ai_origin(&file));
    }
}

#[test]
fn boxes_of_other_kinds_are_no_signature() {
    let boxed = build::segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb 360 degrees");
    let file = build::with_segments(&build::jpeg(&build::noise(6, 5, 1), 90), &[boxed]);
    let marked = mark_ai_origin(&file, &mark()).unwrap();
    assert!(has_ai_origin(&marked) && text(&marked).contains("360 degrees"));
}

#[test]
fn files_that_cannot_carry_a_mark_say_so() {
    let gif = build::gif(&[build::plain(4, 4, [1, 2, 3, 255])]);
    assert_eq!(mark_ai_origin(&gif, &mark()).unwrap_err().code(), "picture_cannot_mark");
    assert_eq!(mark_ai_origin(b"text", &mark()).unwrap_err().code(), "picture_format_unknown");
    let png = build::png_rgb(&build::noise(4, 4, 1), &[]);
    assert_eq!(mark_ai_origin(&png[..40], &mark()).unwrap_err().code(), "picture_truncated");
}

#[test]
fn a_file_without_a_header_is_refused_and_not_left_unmarked() {
    let mut file = build::png_rgb(&build::noise(4, 4, 1), &[]);
    file[15] = b'E';
    assert_eq!(mark_ai_origin(&file, &mark()).unwrap_err().code(), "picture_damaged");
}
