//! Finds out what bytes are from the bytes alone; a name or a declared type is never asked.
//! Whether they are well formed is left to the decoders.

use document::DocumentFault;
use memchr::memmem;

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One picture, or the first of several frames.
    Picture(PictureKind),
    Tiff,
    Pdf,
}

/// The kinds of file that hold one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Jpeg,
    Png,
    Webp,
    Gif,
    Bmp,
    Pnm,
    Heif,
    Jpeg2000,
}

/// How far into a file the header of a PDF may stand (ISO 32000-1, implementation note 13).
const PDF_HEADER_WITHIN: usize = 1024;
/// How much of a file is looked at for its kind, PDF and office documents apart.
const HEAD: usize = 512;

const WORD: &str = "application/msword";
const WORD_XML: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

impl Kind {
    /// The kind of `bytes`, or the fault of a document that is of no kind that is read.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, DocumentFault> {
        if bytes.is_empty() {
            return Err(DocumentFault::Empty);
        }
        let found = found(bytes);
        let picture = match found {
            Some("image/jpeg") => PictureKind::Jpeg,
            Some("image/png") => PictureKind::Png,
            Some("image/webp") => PictureKind::Webp,
            Some("image/gif") => PictureKind::Gif,
            Some("image/bmp") => PictureKind::Bmp,
            Some("image/x-portable-anymap") => PictureKind::Pnm,
            Some("image/heic" | "image/heif") => PictureKind::Heif,
            Some("image/jp2") => PictureKind::Jpeg2000,
            Some("image/tiff") => return Ok(Self::Tiff),
            Some("application/pdf") => return Ok(Self::Pdf),
            // A PDF is looked for last, so that a picture that carries one in its metadata stays a picture.
            Some(_) | None if has_pdf_header(bytes) => return Ok(Self::Pdf),
            Some(_) | None => return Err(DocumentFault::Unsupported { found: found.map(str::to_owned) }),
        };
        Ok(Self::Picture(picture))
    }

    /// The MIME type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Picture(kind) => kind.media_type(),
            Self::Tiff => "image/tiff",
            Self::Pdf => "application/pdf",
        }
    }
}

impl PictureKind {
    /// The MIME type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Pnm => "image/x-portable-anymap",
            Self::Heif => "image/heif",
            Self::Jpeg2000 => "image/jp2",
        }
    }
}

/// The MIME type of `bytes`, where they are of a known one.
fn found(bytes: &[u8]) -> Option<&'static str> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    if let Some(brands) = brands(bytes) {
        return Some(of_brands(brands));
    }
    if bytes.starts_with(ZIP) {
        return Some(of_parts(bytes, &ZIP_PARTS).or_else(|| known(bytes)).unwrap_or("application/zip"));
    }
    if bytes.starts_with(OLE) {
        return Some(of_parts(bytes, &OLE_PARTS).unwrap_or("application/x-ole-storage"));
    }
    of_mark(bytes).or_else(|| known(bytes))
}

fn known(bytes: &[u8]) -> Option<&'static str> {
    infer::get(bytes).map(|kind| kind.mime_type())
}

fn has_pdf_header(bytes: &[u8]) -> bool {
    head(bytes, PDF_HEADER_WITHIN).windows(5).any(|at| at == b"%PDF-")
}

fn head(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// The brands of a file of the ISO family, four bytes each.
fn brands(bytes: &[u8]) -> Option<&[u8]> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let brands = rest.strip_prefix(b"ftyp")?;
    let size = usize::try_from(u32::from_be_bytes(*size)).ok()?.saturating_sub(8);
    Some(head(brands, size.min(HEAD)))
}

fn of_brands(brands: &[u8]) -> &'static str {
    let has = |wanted: &[&[u8]]| brands.chunks(4).any(|brand| wanted.contains(&brand));
    match () {
        () if has(&[b"avif", b"avis"]) => "image/avif",
        () if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"]) => "image/heic",
        () if has(&[b"mif1", b"mif2", b"msf1", b"mif3"]) => "image/heif",
        () => "video/mp4",
    }
}

/// What stands in an archive of a zip, and what that makes of it.
const ZIP_PARTS: [(&[u8], &str); 3] = [
    (b"word/", WORD_XML),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];

/// The streams of an OLE file are named in UTF-16.
const OLE_PARTS: [(&[u8], &str); 3] = [
    (b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0", WORD),
    (b"W\0o\0r\0k\0b\0o\0o\0k\0", "application/vnd.ms-excel"),
    (b"P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 \0D\0o\0c\0", "application/vnd.ms-powerpoint"),
];

fn of_parts(bytes: &[u8], parts: &[(&[u8], &'static str)]) -> Option<&'static str> {
    parts.iter().find(|(name, _)| memmem::find(bytes, name).is_some()).map(|(_, kind)| *kind)
}

/// Kinds that `infer` does not know, or knows less of.
fn of_mark(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 10] = [
        (b"II\x2b\0", "image/tiff"),
        (b"MM\0\x2b", "image/tiff"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51", "image/jp2"),
        (b"\xc5\xd0\xd3\xc6", "application/postscript"),
        (b"%!PS", "application/postscript"),
        (b"\0\0\x02\0\0\0\0\0", "image/x-tga"),
        (b"\x01\xda", "image/x-sgi"),
        (b"DDS ", "image/vnd-ms.dds"),
        (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    ];
    if let [b'P', b'1'..=b'6', white, ..] = bytes
        && white.is_ascii_whitespace()
    {
        return Some("image/x-portable-anymap");
    }
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expected: Result<Kind, Option<&str>>) {
        let expected =
            expected.map_err(|found| DocumentFault::Unsupported { found: found.map(str::to_owned) });
        assert_eq!(Kind::of(bytes), expected, "{name}");
    }

    fn picture(kind: PictureKind) -> Result<Kind, Option<&'static str>> {
        Ok(Kind::Picture(kind))
    }

    #[test]
    fn the_kind_is_found_from_the_bytes() {
        check("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", picture(PictureKind::Jpeg));
        check("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", picture(PictureKind::Png));
        check("webp", b"RIFF\x24\0\0\0WEBPVP8 ", picture(PictureKind::Webp));
        check("gif", b"GIF89a\x01\0\x01\0", picture(PictureKind::Gif));
        check("bmp", b"BM\x46\0\0\0\0\0\0\0", picture(PictureKind::Bmp));
        check("pbm", b"P4\n16 16\n", picture(PictureKind::Pnm));
        check("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", picture(PictureKind::Heif));
        check("heif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", picture(PictureKind::Heif));
        check("jpeg 2000", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", picture(PictureKind::Jpeg2000));
        check("bare jpeg 2000", b"\xff\x4f\xff\x51\0\x2f\0\0", picture(PictureKind::Jpeg2000));
        check("little-endian tiff", b"II*\0\x08\0\0\0\0\0", Ok(Kind::Tiff));
        check("big-endian tiff", b"MM\0*\0\0\0\x08\0\0", Ok(Kind::Tiff));
        check("big tiff", b"II\x2b\0\x08\0\0\0\0\0", Ok(Kind::Tiff));
        check("pdf", b"%PDF-1.7\n", Ok(Kind::Pdf));
        check("pdf after a mail header", b"Subject: pay stub\r\n\r\n%PDF-1.4\n", Ok(Kind::Pdf));
        assert_eq!(Kind::of(b""), Err(DocumentFault::Empty));
    }

    #[test]
    fn what_is_not_read_is_named() {
        check("avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", Err(Some("image/avif")));
        check("avif by its second brand", b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Err(Some("image/avif")));
        check("a film", b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Err(Some("video/mp4")));
        check("brands end with their box", b"\0\0\0\x10ftypisom\0\0\0\0heic", Err(Some("video/mp4")));
        check("zip", b"PK\x03\x04\x14\0\0\0\0\0", Err(Some("application/zip")));
        check("garbage", b"\x01\x02\x03garbage that is nothing", Err(None));
        check("prose on taxes", b"P45 forms are due", Err(None));
    }

    #[test]
    fn office_documents_are_named() {
        let zip = |name: &str| {
            let mut bytes = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0".to_vec();
            bytes.extend([0; 12]);
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0; 2]);
            bytes.extend(name.as_bytes());
            bytes
        };
        // Word writes its own parts far behind others.
        let word = [zip("[Content_Types].xml"), vec![0; 9000], zip("word/document.xml")].concat();
        check("docx", &word, Err(Some(WORD_XML)));
        let ole = |name: &str| {
            let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
            bytes.extend([0; 600]);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        check("doc", &ole("WordDocument"), Err(Some(WORD)));
        check("xls", &ole("Workbook"), Err(Some("application/vnd.ms-excel")));
        check("another ole file", &ole("Contents"), Err(Some("application/x-ole-storage")));
    }
}
