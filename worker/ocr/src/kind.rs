//! Finds out what bytes are from the bytes alone; a name or a declared type is never asked.
//! Whether they are well formed is left to the decoders.

use document::DocumentFault;

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Jpeg,
    Png,
    Tiff,
    Pdf,
}

/// How far into a file the header of a PDF may stand (ISO 32000-1, implementation note 13).
const PDF_HEADER_WITHIN: usize = 1024;

impl Kind {
    /// The kind of `bytes`, or the fault of a document that is of no kind that is read.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, DocumentFault> {
        if bytes.is_empty() {
            return Err(DocumentFault::Empty);
        }
        // A PDF is looked for last, so that a picture that carries one in its metadata stays a picture.
        let found = match infer::get(bytes).map(|kind| kind.mime_type()) {
            Some("image/jpeg") => return Ok(Self::Jpeg),
            Some("image/png") => return Ok(Self::Png),
            Some("image/tiff") => return Ok(Self::Tiff),
            Some("application/pdf") => return Ok(Self::Pdf),
            other => other,
        };
        if is_big_tiff(bytes) {
            return Ok(Self::Tiff);
        }
        if has_pdf_header(bytes) {
            return Ok(Self::Pdf);
        }
        Err(DocumentFault::Unsupported { found: found.or_else(|| other_kind(bytes)).map(str::to_owned) })
    }

    /// The MIME type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Pdf => "application/pdf",
        }
    }
}

fn has_pdf_header(bytes: &[u8]) -> bool {
    bytes
        .get(..bytes.len().min(PDF_HEADER_WITHIN))
        .is_some_and(|head| head.windows(5).any(|at| at == b"%PDF-"))
}

fn is_big_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II\x2b\0") || bytes.starts_with(b"MM\0\x2b")
}

/// Kinds that `infer` does not know, or knows only by some of their brands.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..bytes.len().min(512))?;
    if let Some(brands) = head.strip_prefix(head.get(..4)?).and_then(|rest| rest.strip_prefix(b"ftyp")) {
        let has = |brand: &[u8]| brands.chunks(4).any(|found| found == brand);
        return Some(match () {
            () if has(b"avif") || has(b"avis") => "image/avif",
            () if has(b"heic") || has(b"heix") || has(b"hevc") => "image/heic",
            () if has(b"mif1") || has(b"msf1") || has(b"heis") => "image/heif",
            () => "video/mp4",
        });
    }
    const MARKS: [(&[u8], &str); 11] = [
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51", "image/j2c"),
        (b"\xc5\xd0\xd3\xc6", "application/postscript"),
        (b"%!PS", "application/postscript"),
        (b"\0\0\x02\0\0\0\0\0", "image/x-tga"),
        (b"P4", "image/x-portable-bitmap"),
        (b"P5", "image/x-portable-graymap"),
        (b"P6", "image/x-portable-pixmap"),
        (b"\x01\xda", "image/x-sgi"),
        (b"DDS ", "image/vnd-ms.dds"),
        (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    ];
    MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expected: Result<Kind, Option<&str>>) {
        let expected =
            expected.map_err(|found| DocumentFault::Unsupported { found: found.map(str::to_owned) });
        assert_eq!(Kind::of(bytes), expected, "{name}");
    }

    #[test]
    fn the_kind_is_found_from_the_bytes() {
        check("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", Ok(Kind::Jpeg));
        check("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok(Kind::Png));
        check("little-endian tiff", b"II*\0\x08\0\0\0\0\0", Ok(Kind::Tiff));
        check("big-endian tiff", b"MM\0*\0\0\0\x08\0\0", Ok(Kind::Tiff));
        check("big tiff", b"II\x2b\0\x08\0\0\0\0\0", Ok(Kind::Tiff));
        check("pdf", b"%PDF-1.7\n", Ok(Kind::Pdf));
        check("pdf after a mail header", b"Subject: pay stub\r\n\r\n%PDF-1.4\n", Ok(Kind::Pdf));
        check("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Err(Some("image/heif")));
        check("avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", Err(Some("image/avif")));
        check("webp", b"RIFF\x24\0\0\0WEBPVP8 ", Err(Some("image/webp")));
        check("gif", b"GIF89a\x01\0\x01\0", Err(Some("image/gif")));
        check("bmp", b"BM\x46\0\0\0\0\0\0\0", Err(Some("image/bmp")));
        check("jpeg 2000", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", Err(Some("image/jp2")));
        check("zip", b"PK\x03\x04\x14\0\0\0\0\0", Err(Some("application/zip")));
        check("garbage", b"\x01\x02\x03garbage that is nothing", Err(None));
        assert_eq!(Kind::of(b""), Err(DocumentFault::Empty));
    }
}
