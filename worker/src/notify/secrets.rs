//! What announcements are signed with, by version 1.0.0 of Standard Webhooks.
//! Sending them is left to `webhook`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// All secrets in force: while one is replaced, both sign, so that no receiver misses a delivery. Has no debug output.
pub struct Secrets(Vec<Hmac<Sha256>>);

/// The secrets cannot be used. Says nothing of what they are.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot be read")]
    Unreadable(#[from] io::Error),
    /// The file holds no secret.
    #[error("holds no secret")]
    None,
    /// A line is no base64.
    #[error("line {line}: not base64, with or without {PREFIX} before it")]
    NotBase64 {
        /// Counted from 1.
        line: usize,
    },
    /// A secret is too short, or too long.
    #[error("line {line}: {bytes} bytes, and Standard Webhooks asks for 24 to 64")]
    Length {
        /// Counted from 1.
        line: usize,
        /// How many bytes it has.
        bytes: usize,
    },
}

/// What a secret may begin with, so that people know it for one.
const PREFIX: &str = "whsec_";
/// How many bytes a secret has at least, and at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// The file holds no more than so many bytes.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// Secrets come from many hands: some leave out what fills up the last group.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Secrets {
    /// The secrets in a file, one a line.
    ///
    /// # Errors
    /// If there is none, or if a line is none.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let mut text = String::new();
        File::open(path)?.take(MAX_FILE_BYTES).read_to_string(&mut text)?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, SecretError> {
        let lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
        let secrets = lines.map(|(number, line)| secret(number, line)).collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() { Err(SecretError::None) } else { Ok(Self(secrets)) }
    }

    /// What stands in `webhook-signature`: a signature by each secret, of the id, the time in seconds since 1970 and
    /// the body.
    pub fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let signature = |secret: &Hmac<Sha256>| {
            let signed = secret.clone().chain_update(format!("{id}.{timestamp}.")).chain_update(body);
            format!("v1,{}", BASE64.encode(signed.finalize().into_bytes()))
        };
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}

fn secret(line: usize, text: &str) -> Result<Hmac<Sha256>, SecretError> {
    let text = text.strip_prefix(PREFIX).unwrap_or(text);
    let key = BASE64.decode(text).map_err(|_| SecretError::NotBase64 { line })?;
    let wrong = SecretError::Length { line, bytes: key.len() };
    if !LENGTHS.contains(&key.len()) {
        return Err(wrong);
    }
    Hmac::new_from_slice(&key).map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with the libraries of Standard Webhooks.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    #[test]
    fn signatures_are_those_of_the_published_example() {
        let other = BASE64.encode([7; 64]);
        let bare = SECRET.trim_start_matches(PREFIX);
        for (text, signatures) in [
            (SECRET.to_owned(), 1),
            (bare.to_owned(), 1),
            (format!("\n  {SECRET}\r\n\n"), 1),
            (format!("{SECRET}\n{other}\n"), 2),
            (format!("{SECRET}\n{}\n", other.trim_end_matches('=')), 2),
        ] {
            let header = Secrets::parse(&text).unwrap().sign(ID, 1_649_367_553, BODY);
            let all: Vec<&str> = header.split(' ').collect();
            assert_eq!((all[0], all.len()), (SIGNATURE, signatures));
        }
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_it() {
        let short = BASE64.encode([7; 23]);
        for (text, says) in [
            (String::new(), "holds no secret"),
            (" \n\n".to_owned(), "holds no secret"),
            (format!("{SECRET}\nsecret!"), "line 2: not base64, with or without whsec_ before it"),
            ("whsk_C2FVsBQIhrscChlQIMV".to_owned(), "line 1: not base64, with or without whsec_ before it"),
            (short.clone(), "line 1: 23 bytes, and Standard Webhooks asks for 24 to 64"),
            (BASE64.encode([7; 65]), "line 1: 65 bytes, and Standard Webhooks asks for 24 to 64"),
        ] {
            assert_eq!(Secrets::parse(&text).err().unwrap().to_string(), says);
        }
    }
}
