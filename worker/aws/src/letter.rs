//! A message that was given up, as it lies in the queue of dead letters: the body as it came, the rest in attributes.
//! When a message is given up is left to `pipeline`.

use std::collections::HashMap;

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use pipeline::{DeadLetter, Delivery, KeptLetter};

/// The name of the attribute that says what a message is part of.
pub(crate) const TRACE: &str = "traceparent";
const CODE: &str = "code";
const DETAIL: &str = "detail";
const DELIVERIES: &str = "deliveries";

/// The longest reason, in bytes: it should not be what makes a message too long.
const LONGEST_DETAIL: usize = 4096;

pub(crate) type Attributes = HashMap<String, MessageAttributeValue>;

/// What stands beside a message that is given up.
pub(crate) fn attributes(delivery: &Delivery, letter: &DeadLetter) -> Result<Attributes, BuildError> {
    let detail = sendable(&letter.detail);
    let values = [
        (CODE, "String", letter.code.to_owned()),
        (DETAIL, "String", detail),
        (DELIVERIES, "Number", delivery.attempt.to_string()),
        (TRACE, "String", delivery.trace.clone().unwrap_or_default()),
    ];
    // SQS takes no empty values.
    let values = values.into_iter().filter(|(.., value)| !value.is_empty());
    values.map(|(name, kind, value)| Ok((name.to_owned(), attribute(kind, value)?))).collect()
}

/// What a message is part of, as an attribute.
pub(crate) fn trace(trace: &str) -> Result<MessageAttributeValue, BuildError> {
    attribute("String", trace.to_owned())
}

/// The text of an attribute.
pub(crate) fn text<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.message_attributes()?.get(name)?.string_value()
}

/// A number that SQS keeps of a message.
pub(crate) fn number(message: &Message, name: &MessageSystemAttributeName) -> Option<u64> {
    message.attributes()?.get(name)?.parse().ok()
}

/// What lies in the queue of dead letters. The code is `unknown` where the message came here without one: it left no room
/// for a reason, or the queue itself moved it here.
pub(crate) fn read(message: Message) -> KeptLetter {
    let part = |name| text(&message, name).unwrap_or_default();
    let code = part(CODE);
    KeptLetter {
        code: if code.is_empty() { "unknown" } else { code }.to_owned(),
        detail: part(DETAIL).to_owned(),
        deliveries: part(DELIVERIES).parse().unwrap_or(0),
        body: message.body.unwrap_or_default().into_bytes(),
    }
}

fn attribute(kind: &str, value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build()
}

/// A reason that SQS takes: not too long, and of the characters that may stand in XML.
fn sendable(detail: &str) -> String {
    let cut = detail.floor_char_boundary(LONGEST_DETAIL);
    let (kept, left_out) = detail.split_at_checked(cut).unwrap_or((detail, ""));
    let allowed = |it: char| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let mut text: String = kept.chars().map(|it| if allowed(it) { it } else { '\u{fffd}' }).collect();
    if !left_out.is_empty() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use pipeline::Receipt;

    use super::*;

    fn delivery(trace: Option<&str>) -> Delivery {
        let trace = trace.map(str::to_owned);
        Delivery { receipt: Receipt(String::new()), attempt: 3, age: None, trace, body: b"a".to_vec() }
    }

    #[test]
    fn a_reason_is_kept_and_read_again() {
        let letter = DeadLetter { code: "malformed", detail: "line 1".to_owned() };
        let attributes = attributes(&delivery(Some("00-1-2-01")), &letter).unwrap();
        assert_eq!(attributes[TRACE].string_value(), Some("00-1-2-01"));
        let kept = read(Message::builder().body("a").set_message_attributes(Some(attributes)).build());
        let expected = KeptLetter {
            code: "malformed".to_owned(),
            detail: "line 1".to_owned(),
            deliveries: 3,
            body: b"a".to_vec(),
        };
        assert!(kept == expected, "{kept:?}");
    }

    #[test]
    fn a_message_without_a_reason_is_shown_all_the_same() {
        let kept = read(Message::builder().body("a").build());
        assert_eq!((kept.code.as_str(), kept.detail.as_str(), kept.deliveries), ("unknown", "", 0));
    }

    #[test]
    fn what_sqs_would_refuse_is_not_sent() {
        let letter = |detail: &str| DeadLetter { code: "malformed", detail: detail.to_owned() };
        let empty = attributes(&delivery(None), &letter("")).unwrap();
        assert_eq!(empty.len(), 2, "{:?}", empty.keys());
        assert_eq!(sendable("a\0b\u{1b}c\u{ffff}d\té𝄞"), "a\u{fffd}b\u{fffd}c\u{fffd}d\té𝄞");
        let long = sendable(&"é".repeat(LONGEST_DETAIL));
        assert!(long.len() <= LONGEST_DETAIL + '…'.len_utf8() && long.ends_with("é…"), "{}", long.len());
    }
}
