//! Where a queue is, as its URL says.
//! Whether it may be there is left to `connection`.

use crate::OpenError;

/// Where a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub name: String,
    /// Its URL, where it was given by one.
    pub url: Option<String>,
    /// Its region, where the URL says.
    pub region: Option<String>,
    /// Where to call, where the URL says and it is no usual place of AWS.
    pub endpoint: Option<String>,
}

/// The domains of AWS's own endpoints.
const AWS: &[&str] = &[".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
/// What queues were called before regions had names in URLs.
const BEFORE_REGIONS: &str = "us-east-1";

impl Place {
    /// Understands the URL of a queue, or its name.
    pub fn parse(queue: &str) -> Result<Self, OpenError> {
        let refused =
            |why: &str| OpenError::NotUnderstood { what: "the queue".to_owned(), why: why.to_owned() };
        let place = match split_url(queue) {
            None if queue.contains([':', '/']) => {
                return Err(refused("it must be the URL of a queue, https://..., or its name"));
            }
            None => Self { name: queue.to_owned(), url: None, region: None, endpoint: None },
            Some((origin, host, path)) => {
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                let aws = AWS.iter().find_map(|domain| host.strip_suffix(domain));
                let region = aws.map(region).transpose().map_err(refused)?;
                let usual = aws.is_some() && !host.contains(".vpce.");
                let endpoint = (!usual).then(|| origin.to_owned());
                Self { name, url: Some(queue.to_owned()), region, endpoint }
            }
        };
        if place.name.ends_with(".fifo") {
            return Err(refused("it is a FIFO queue, in which one message that waits holds up others"));
        }
        let fits = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
        if place.name.is_empty() || place.name.len() > 80 || !place.name.chars().all(fits) {
            return Err(refused("the name of a queue has 1 to 80 letters, digits, '-' and '_'"));
        }
        Ok(place)
    }
}

/// The region in what stands before the domain of AWS: `sqs.us-west-2`, `sqs-fips.us-west-2`, `us-west-2.queue`,
/// `queue`, `vpce-1.sqs.us-west-2.vpce`.
fn region(labels: &str) -> Result<String, &'static str> {
    let labels: Vec<&str> = labels.split('.').collect();
    match labels.as_slice() {
        ["sqs" | "sqs-fips", region] | [region, "queue"] | [_, "sqs" | "sqs-fips", region, "vpce"] => {
            Ok((*region).to_owned())
        }
        ["queue"] => Ok(BEFORE_REGIONS.to_owned()),
        _ => Err("it is at AWS, but no URL of a queue: https://sqs.<region>.amazonaws.com/<account>/<name>"),
    }
}

/// An endpoint, without what follows its host.
pub(crate) fn endpoint(url: &str) -> Result<&str, OpenError> {
    match split_url(url) {
        Some((origin, _, "" | "/")) => Ok(origin),
        Some(_) | None => Err(OpenError::NotUnderstood {
            what: "the endpoint".to_owned(),
            why: "it must be http:// or https:// and a host, with nothing behind".to_owned(),
        }),
    }
}

/// Whether an endpoint is one of AWS's own: of a network's gateway to it, for example.
pub(crate) fn is_aws(endpoint: &str) -> bool {
    split_url(endpoint).is_some_and(|(_, host, _)| AWS.iter().any(|domain| host.ends_with(domain)))
}

/// Scheme and host with its port, the host alone, and the path.
fn split_url(url: &str) -> Option<(&str, &str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (origin, path) = url.split_at_checked(url.len() - rest.len() + authority.len())?;
    // Whoever puts a name and a password before the host wants something else.
    let host = if authority.contains(['@', '[']) { None } else { authority.split(':').next() };
    match host {
        Some(host) if !host.is_empty() => Some((origin, host, path)),
        Some(_) => None,
        None if authority.starts_with('[') => Some((origin, authority, path)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_of_aws_says_where_it_is() {
        for (url, region) in [
            ("https://sqs.us-west-2.amazonaws.com/123456789012/submissions", "us-west-2"),
            ("https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/submissions", "us-gov-west-1"),
            ("https://sqs.us-east-2.api.aws/123456789012/submissions", "us-east-2"),
            ("https://us-west-1.queue.amazonaws.com/123456789012/submissions", "us-west-1"),
            ("https://queue.amazonaws.com/123456789012/submissions", "us-east-1"),
            ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/submissions", "cn-north-1"),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!(
                (place.name.as_str(), place.region.as_deref()),
                ("submissions", Some(region)),
                "{url}"
            );
            assert_eq!((place.url.as_deref(), place.endpoint), (Some(url), None));
        }
        let private = "https://vpce-0a1-b2.sqs.us-west-2.vpce.amazonaws.com";
        let place = Place::parse(&format!("{private}/123456789012/submissions")).unwrap();
        assert_eq!((place.region.as_deref(), place.endpoint.as_deref()), (Some("us-west-2"), Some(private)));
    }

    #[test]
    fn a_queue_elsewhere_is_called_where_it_is() {
        for (url, origin) in [
            ("http://localhost:9324/000000000000/submissions", "http://localhost:9324"),
            ("https://queues.example.org/submissions", "https://queues.example.org"),
            ("http://[::1]:9324/queue/submissions", "http://[::1]:9324"),
            // Not AWS, however it looks.
            (
                "https://sqs.us-west-2.amazonaws.com.example.org/1/submissions",
                "https://sqs.us-west-2.amazonaws.com.example.org",
            ),
            ("https://notamazonaws.com/1/submissions", "https://notamazonaws.com"),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!((place.name.as_str(), place.region), ("submissions", None), "{url}");
            assert_eq!(place.endpoint.as_deref(), Some(origin));
        }
        let named = Place::parse("submissions").unwrap();
        assert_eq!((named.url, named.region, named.endpoint), (None, None, None));
    }

    #[test]
    fn what_is_no_queue_is_refused() {
        for (queue, why) in [
            ("", "1 to 80"),
            ("https://queues.example.org/", "1 to 80"),
            ("with a space", "1 to 80"),
            (&"x".repeat(81), "1 to 80"),
            ("submissions.fifo", "FIFO"),
            ("https://sqs.us-west-2.amazonaws.com/123456789012/submissions.fifo", "FIFO"),
            ("arn:aws:sqs:us-west-2:123456789012:submissions", "must be the URL"),
            ("ftp://host/submissions", "must be the URL"),
            ("https://", "must be the URL"),
            ("https://user@host/submissions", "must be the URL"),
            ("https://s3.us-west-2.amazonaws.com/submissions", "no URL of a queue"),
            ("https://sqs.amazonaws.com/1/submissions", "no URL of a queue"),
        ] {
            let refused = Place::parse(queue).unwrap_err().to_string();
            assert!(refused.contains(why), "{queue}: {refused}");
        }
    }

    #[test]
    fn an_endpoint_is_scheme_and_host() {
        assert_eq!(endpoint("http://127.0.0.1:4566/").unwrap(), "http://127.0.0.1:4566");
        assert!(is_aws("https://bucket.vpce-0a1-b2.s3.us-west-2.vpce.amazonaws.com"));
        assert!(!is_aws("http://127.0.0.1:4566") && !is_aws("https://amazonaws.com.example.org"));
        for wrong in ["127.0.0.1:4566", "http://host/path", "http://", "s3://bucket", "http://a@host"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
