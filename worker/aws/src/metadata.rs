//! What an uploader wrote beside a file, as it was written.
//! S3 gives out what is not ASCII as encoded words (RFC 2047), whoever put it there and however.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata>

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The metadata by names in lower case.
pub(crate) fn read(metadata: HashMap<String, String>) -> BTreeMap<String, String> {
    metadata.into_iter().map(|(name, value)| (name.to_lowercase(), decoded(&value))).collect()
}

/// Text with its encoded words decoded, if all of them can be; else the text as it is.
fn decoded(text: &str) -> String {
    if text.contains("=?") { words(text).unwrap_or_else(|| text.to_owned()) } else { text.to_owned() }
}

fn words(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, word)) = rest.split_once("=?") {
        // Blanks between two encoded words belong to neither.
        if rest.len() == text.len() || !before.trim().is_empty() {
            bytes.extend_from_slice(before.as_bytes());
        }
        let (charset, word) = word.split_once('?')?;
        let (encoding, word) = word.split_once('?')?;
        let (content, after) = word.split_once("?=")?;
        if !charset.eq_ignore_ascii_case("utf-8") {
            return None;
        }
        match encoding {
            "B" | "b" => bytes.extend(STANDARD.decode(content).ok()?),
            "Q" | "q" => bytes.extend(quoted(content)?),
            _ => return None,
        }
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    // Only the whole is UTF-8: a character may be split between two words.
    String::from_utf8(bytes).ok()
}

fn quoted(content: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain => plain,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (encoded, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("=?UTF-8?B?TXXDsW96?=", "Muñoz"),
            ("=?UTF-8?Q?Mu=C3=B1oz_Garc=c3=ada?=", "Muñoz García"),
            ("=?UTF-8?Q?Mu=C3=B1?= =?UTF-8?B?b3o=?=", "Muñoz"),
            ("=?UTF-8?Q?Mu=C3?= =?UTF-8?Q?=B1oz?=", "Muñoz"),
            ("a =?UTF-8?Q?b?= c", "a b c"),
            // What is none stays as it is.
            ("=?latin1?Q?Mu=F1oz?=", "=?latin1?Q?Mu=F1oz?="),
            ("=?UTF-8?Q?Mu=F1oz?=", "=?UTF-8?Q?Mu=F1oz?="),
            ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
            ("a=?b", "a=?b"),
        ] {
            assert_eq!(decoded(encoded), expected, "{encoded}");
        }
    }

    #[test]
    fn names_are_in_lower_case() {
        let metadata = HashMap::from([("Submission-Id".to_owned(), "s-1".to_owned())]);
        assert_eq!(read(metadata), BTreeMap::from([("submission-id".to_owned(), "s-1".to_owned())]));
    }
}
