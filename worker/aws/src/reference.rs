//! What a reference to a file means in S3: which bucket, which key, which version.
//! Whether files of that bucket are given out is left to `store`.

use pipeline::FetchError;

/// A file in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// Its bucket; vouch's own where the reference is relative.
    pub bucket: Option<&'a str>,
    /// Its key, as it is: not percent-encoded.
    pub key: String,
    /// Its version, where it was said.
    pub version: Option<String>,
}

/// Before the version of an object, at the end of a reference.
const VERSION: &str = "?versionId=";

/// The longest key, in bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1024;

impl<'a> Reference<'a> {
    /// Understands `s3://bucket/key`, `s3://bucket/key?versionId=version` and `key`.
    ///
    /// # Errors
    /// Refuses everything else, and keys with a part `..`: who resolves that on the way lands in another bucket.
    pub fn parse(reference: &'a str) -> Result<Self, FetchError> {
        let parsed = match reference.split_once("://") {
            Some(("s3", rest)) => absolute(rest)?,
            Some((scheme, _)) => {
                let scheme: String = scheme.chars().take(20).collect();
                return Err(refused(&format!("a file at {scheme}:// cannot be had, only at s3://")));
            }
            None => Self { bucket: None, key: relative(reference)?, version: None },
        };
        if parsed.key.len() > LONGEST_KEY {
            return Err(refused("the key of a file has at most 1024 bytes"));
        }
        Ok(parsed)
    }
}

fn absolute(rest: &str) -> Result<Reference<'_>, FetchError> {
    let (bucket, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (key, version) = match rest.rsplit_once(VERSION) {
        Some((key, version)) => (key, Some(decoded(version)?)),
        None => (rest, None),
    };
    if bucket.is_empty() || key.is_empty() || version.as_ref().is_some_and(String::is_empty) {
        return Err(refused("a file in S3 is s3://bucket/key or s3://bucket/key?versionId=version"));
    }
    if key.split('/').any(|part| part == ".." || part == ".") {
        return Err(refused("the key of a file has no part that is '.' or '..'"));
    }
    Ok(Reference { bucket: Some(bucket), key: key.to_owned(), version })
}

/// A path inside the store, as a local store understands it.
fn relative(path: &str) -> Result<String, FetchError> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if path.starts_with('/') || parts.is_empty() || parts.contains(&"..") {
        return Err(refused("a relative path must name a file inside the store"));
    }
    Ok(parts.join("/"))
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Result<String, FetchError> {
    let wrong = || refused("the version of a file is not percent-encoded as it should be");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
            bytes.extend(u8::try_from(high * 16 + low));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn refused(why: &str) -> FetchError {
    FetchError::Refused { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_files() {
        let check = |reference: &str, bucket: Option<&str>, key: &str, version: Option<&str>| {
            let expected = Reference { bucket, key: key.to_owned(), version: version.map(str::to_owned) };
            assert_eq!(Reference::parse(reference).unwrap(), expected, "{reference}");
        };
        check("s3://uploads/88-1203/stub 1.heic", Some("uploads"), "88-1203/stub 1.heic", None);
        check("s3://uploads/talón+1%20.pdf", Some("uploads"), "talón+1%20.pdf", None);
        check("s3://uploads//a//b", Some("uploads"), "/a//b", None);
        check("s3://uploads/a?versionId=3HL4kqtJ", Some("uploads"), "a", Some("3HL4kqtJ"));
        check("s3://uploads/a?versionId=a%2Bb%2f", Some("uploads"), "a", Some("a+b/"));
        check("s3://uploads/a?b", Some("uploads"), "a?b", None);
        check("s3://uploads/a?versionId=b?versionId=c", Some("uploads"), "a?versionId=b", Some("c"));
        check("documents/0a1b", None, "documents/0a1b", None);
        check("./a//b/", None, "a/b", None);
        check("a?versionId=b", None, "a?versionId=b", None);
    }

    #[test]
    fn what_is_no_file_of_the_store_is_refused() {
        for reference in [
            "",
            ".",
            "/",
            "/etc/passwd",
            "..",
            "a/..",
            "../a",
            "a/../../b",
            "https://host/a",
            "file:///a",
            "S3://uploads/a",
            "s3://",
            "s3://uploads",
            "s3://uploads/",
            "s3:///a",
            "s3://uploads/../b/c",
            "s3://uploads/a/./b",
            "s3://uploads/a?versionId=",
            "s3://uploads/?versionId=a",
            "s3://uploads/a?versionId=%4",
            "s3://uploads/a?versionId=%zz",
            "s3://uploads/a?versionId=%ff",
            &"x".repeat(1025),
        ] {
            let refused = Reference::parse(reference);
            assert!(matches!(refused, Err(FetchError::Refused { .. })), "{reference}: {refused:?}");
        }
    }
}
