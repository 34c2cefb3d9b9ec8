//! Finds buckets, and makes sure that they may be used and can be trusted.
//! What is done with their objects is left to the store.

use std::sync::Arc;

use aws_config::Region;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::{Bucket, S3Store};
use crate::error::answer;
use crate::{Access, OpenError};

/// What a bucket answers when it is asked whether it is there.
enum Found {
    /// It is, and we may list it; its region, if it says.
    Ours(Option<String>),
    /// It is, in this region, but not where we asked, or we may not list it.
    Elsewhere(String, OpenError),
}

/// Where buckets are that have no region.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
const WITHOUT_REGION: &str = "us-east-1";

/// The object by which a store is asked whether it writes over what must be written once.
const WRITTEN_ONCE: &str = ".vouch/written-once";

impl S3Store {
    /// Opens the store in `bucket`, which also gives out files of the buckets `uploads`.
    ///
    /// # Errors
    /// If one of them does not exist, is in a region that is not allowed, cannot be reached or refuses us; if the store is
    /// not AWS and writes over what must be written once.
    pub async fn open(access: &Access, bucket: &str, uploads: &[String]) -> Result<Self, OpenError> {
        let own = Bucket::find(access, bucket, true).await?;
        if access.is_elsewhere() {
            own.writes_once().await?;
        }
        let mut others: Vec<Bucket> = Vec::new();
        for name in uploads {
            if name != bucket && others.iter().all(|other| other.name != *name) {
                others.push(Bucket::find(access, name, false).await?);
            }
        }
        Ok(Self { own: Arc::new(own), uploads: others.into(), timeouts: access.timeouts })
    }
}

impl Bucket {
    async fn find(access: &Access, name: &str, own: bool) -> Result<Self, OpenError> {
        let what = format!("the bucket {name}");
        check(name, &what)?;
        let here = access.default_region().clone();
        let client = access.s3(here.clone());
        match ask(&client, name, &what).await? {
            Found::Ours(Some(region)) => {
                let region = access.allowed(&what, &region)?;
                let client = if region == here { client } else { access.s3(region) };
                Ok(Self { name: name.to_owned(), client })
            }
            Found::Ours(None) => {
                let region = location(access, &client, name, &here).await;
                access.allowed(&what, &region)?;
                Ok(Self { name: name.to_owned(), client })
            }
            Found::Elsewhere(region, denied) if region == here.as_ref() => {
                access.allowed(&what, &region)?;
                Self { name: name.to_owned(), client }.unlisted(own, denied)
            }
            Found::Elsewhere(region, _) => {
                let client = access.s3(access.allowed(&what, &region)?);
                let bucket = Self { name: name.to_owned(), client };
                match ask(&bucket.client, name, &what).await? {
                    Found::Ours(_) => Ok(bucket),
                    Found::Elsewhere(_, denied) => bucket.unlisted(own, denied),
                }
            }
        }
    }

    /// A bucket that we may not list, which is good enough for one of uploads.
    fn unlisted(self, own: bool, denied: OpenError) -> Result<Self, OpenError> {
        if own || !matches!(denied, OpenError::Denied { .. }) {
            return Err(denied);
        }
        tracing::warn!(
            bucket = self.name,
            "the bucket may not be listed: files that are missing seem forbidden"
        );
        Ok(self)
    }

    /// Whether a second write to the same key is refused. Nothing is left behind but one empty object.
    async fn writes_once(&self) -> Result<(), OpenError> {
        let what = format!("the bucket {}", self.name);
        for second in [false, true] {
            let put = self.client.put_object().bucket(&self.name).key(WRITTEN_ONCE).if_none_match("*");
            let put = put.body(ByteStream::from_static(b"")).send();
            match answer("PutObject", put).await {
                Ok(_) if second => return Err(OpenError::WritesOver { what }),
                Ok(_) => {}
                Err(error) => match error.status() {
                    Some(412) => return Ok(()),
                    Some(501) => return Err(OpenError::WritesOver { what }),
                    // Others may be starting, too.
                    Some(409) => {}
                    Some(_) | None => return Err(error.on_opening(&what)),
                },
            }
        }
        Ok(())
    }
}

/// Asks whether a bucket is there.
async fn ask(client: &Client, name: &str, what: &str) -> Result<Found, OpenError> {
    let error = match answer("HeadBucket", client.head_bucket().bucket(name).send()).await {
        Ok(bucket) => return Ok(Found::Ours(bucket.bucket_region)),
        Err(error) => error,
    };
    match (error.status(), error.region().map(str::to_owned)) {
        (Some(404), _) => Err(OpenError::Missing { what: what.to_owned() }),
        (Some(301 | 400 | 403), Some(region)) => Ok(Found::Elsewhere(region, error.on_opening(what))),
        (Some(_) | None, _) => Err(error.on_opening(what)),
    }
}

/// The region of a bucket that did not tell. Most stores that are not AWS know of none: then it is where they are said
/// to be.
async fn location(access: &Access, client: &Client, name: &str, here: &Region) -> String {
    let asked = client.get_bucket_location().bucket(name).send();
    let said = answer("GetBucketLocation", asked).await.ok().and_then(|answer| answer.location_constraint);
    match said.as_ref().map(|region| region.as_str()) {
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) if !region.is_empty() => region.to_owned(),
        Some(_) | None if access.is_elsewhere() => here.to_string(),
        Some(_) | None => WITHOUT_REGION.to_owned(),
    }
}

/// A name that is none would be a path in the URL of the endpoint.
fn check(name: &str, what: &str) -> Result<(), OpenError> {
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '.';
    if (3..=63).contains(&name.len()) && name.chars().all(fits) && !name.contains("..") {
        return Ok(());
    }
    Err(OpenError::NotUnderstood {
        what: what.to_owned(),
        why: "the name of a bucket has 3 to 63 lower-case letters, digits, '-' and '.'".to_owned(),
    })
}
