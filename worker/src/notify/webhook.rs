//! The receiver of announcements, as one call: an announcement goes out, an answer comes back.
//! What follows from an answer is left to `settle`.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::secrets::Secrets;
use crate::process;

/// Where announcements go.
pub struct Webhook {
    client: Client,
    url: Url,
    secrets: Secrets,
}

/// What the receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has the announcement.
    Taken {
        /// 200 to 299.
        status: u16,
    },
    /// It does not want this announcement.
    Refused {
        /// One that says so.
        status: u16,
        /// Whether it will never want it.
        for_good: bool,
    },
    /// Nothing that it said is about this announcement: it is in trouble, or we are not known to it.
    Trouble {
        /// Any other, if it answered.
        status: Option<u16>,
        /// For the operator: what went wrong.
        why: String,
        /// How long it asked us to wait, no longer than [`LONGEST_WAIT`].
        retry_after: Option<Duration>,
    },
}

/// No receiver makes us wait longer: it may have meant milliseconds.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
/// How long a delivery takes at the most, from the connection to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection takes at the most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// So much of an answer is taken off the connection, so that the next delivery can use it. Nobody looks at it.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// The header that a trace goes on in, by W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The URL of a webhook.
///
/// # Errors
/// If it is none.
pub fn parse_url(text: &str) -> anyhow::Result<Url> {
    // The URL itself may hold a password, so that no message may.
    let url = Url::parse(text).map_err(|error| anyhow!("the webhook is no URL: {error}"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        other => Err(anyhow!("the webhook must be https:// or http:// and a host, and not {other}:")),
    }
}

impl Webhook {
    /// A webhook at `url`. Connects to nothing yet.
    ///
    /// # Errors
    /// If it needs certificates, and the system has none to trust.
    pub fn new(url: Url, secrets: Secrets) -> anyhow::Result<Self> {
        let mut client = Client::builder()
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        process::choose_encryption();
        if url.scheme() == "http" {
            if !is_loopback(&url) {
                tracing::warn!(
                    "the webhook is plain http: others on the way can read whose case has a verdict"
                );
            }
            // Where no certificate is looked at, none need be there.
            client = client.tls_certs_only([]);
        }
        let client =
            client.build().context("no certificates of authorities, by which the webhook is known")?;
        Ok(Self { client, url, secrets })
    }

    /// Sends an announcement, signed as of now.
    pub async fn deliver(&self, id: &str, body: &[u8], trace: Option<&str>) -> Answer {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let request = self.client.post(self.url.clone()).headers(self.headers(id, now, body, trace));
        match request.body(body.to_vec()).send().await {
            Ok(response) => {
                let answer = Answer::of(response.status(), response.headers(), now);
                drain(response).await;
                answer
            }
            Err(error) => Answer::Trouble { status: None, why: why(error), retry_after: None },
        }
    }

    fn headers(&self, id: &str, now: Duration, body: &[u8], trace: Option<&str>) -> HeaderMap {
        let timestamp = now.as_secs();
        let signature = self.secrets.sign(id, timestamp, body);
        let named = [
            (HeaderName::from_static("webhook-id"), Some(id)),
            (HeaderName::from_static("webhook-timestamp"), Some(timestamp.to_string().as_str())),
            (HeaderName::from_static("webhook-signature"), Some(signature.as_str())),
            (TRACEPARENT, trace),
        ]
        .map(|(name, text)| Some((name, HeaderValue::from_str(text?).ok()?)));
        let content = (CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
        named.into_iter().flatten().chain([content]).collect()
    }
}

impl Answer {
    /// What a status says. Most of what a receiver answers in the 400s it answers whatever it is sent: that it does not
    /// know the address, the method or the signature. Only a few are about what was sent.
    fn of(status: StatusCode, headers: &HeaderMap, now: Duration) -> Self {
        let code = status.as_u16();
        match code {
            200..=299 => Self::Taken { status: code },
            400 | 413 | 422 => Self::Refused { status: code, for_good: false },
            410 => Self::Refused { status: code, for_good: true },
            _ => Self::Trouble {
                status: Some(code),
                why: format!("status {code}"),
                retry_after: retry_after(headers, now),
            },
        }
    }
}

/// Takes the rest of an answer off the connection, if there is not much of it.
async fn drain(mut response: Response) {
    let mut left = MAX_ANSWER_BYTES;
    while let Ok(Some(bytes)) = response.chunk().await {
        match left.checked_sub(bytes.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Duration) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = rfc2822::parse(text).ok()?.timestamp().as_second();
            Duration::from_secs(u64::try_from(until).ok()?).saturating_sub(now)
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// What went wrong, without the URL: it may hold a password.
fn why(error: reqwest::Error) -> String {
    match () {
        () if error.is_connect() && error.is_timeout() => "no connection in time".to_owned(),
        () if error.is_timeout() => "no answer in time".to_owned(),
        () => format!("{:#}", anyhow::Error::from(error.without_url())),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_http_or_https() {
        for (url, ok) in [
            ("https://portal.example/hooks?to=vouch", true),
            ("https://***@portal.example/hooks?***", true),
            ("http://portal.default.svc:8080", true),
            ("ftp://portal.example", false),
            ("portal.example/hooks", false),
            ("", false),
        ] {
            assert_eq!(parse_url(url).is_ok(), ok, "{url}");
        }
        let error = parse_url("https://ana:secret@:99999/").unwrap_err();
        assert!(!format!("{error:#}").contains("secret"));
    }

    #[test]
    fn loopback_is_told_from_elsewhere() {
        for (url, loopback) in [
            ("http://localhost:1/", true),
            ("http://127.1.2.3/", true),
            ("http://[::1]:8080/", true),
            ("http://portal/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&parse_url(url).unwrap()), loopback, "{url}");
        }
    }

    #[test]
    fn only_some_answers_are_about_what_was_sent() {
        let answer =
            |status| Answer::of(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), Duration::ZERO);
        for status in [200, 202, 204, 299] {
            assert_eq!(answer(status), Answer::Taken { status });
        }
        for (status, for_good) in [(400, false), (413, false), (422, false), (410, true)] {
            assert_eq!(answer(status), Answer::Refused { status, for_good });
        }
        for status in [301, 307, 401, 403, 404, 405, 408, 415, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(answer(status), Answer::Trouble { status: Some(it), .. } if it == status));
        }
    }

    #[test]
    fn whoever_asks_us_to_wait_is_waited_for_within_reason() {
        // Sun, 06 Nov 1994 08:49:37 GMT is the date in the standard of HTTP.
        let now = Duration::from_secs(784_111_777);
        let seconds = |count| Some(Duration::from_secs(count));
        for (text, wait) in [
            ("0", seconds(0)),
            (" 120 ", seconds(120)),
            ("86400", Some(LONGEST_WAIT)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("Mon, 07 Nov 1994 08:00:00 GMT", Some(LONGEST_WAIT)),
            ("-1", None),
            ("soon", None),
        ] {
            let headers = [(RETRY_AFTER, HeaderValue::from_str(text).unwrap())].into_iter().collect();
            assert_eq!(retry_after(&headers, now), wait, "{text}");
        }
    }
}
