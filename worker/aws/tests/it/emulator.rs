//! How the tests of this crate speak to the emulator, beside vouch itself.

use aws::{Access, Connection, Keys};

pub use crate::server::{Emulator, REGION, ended_with_us};

/// Any will do: the emulator does not check signatures.
pub fn keys() -> Keys {
    Keys { id: "test".to_owned(), secret: "test".to_owned() }
}

impl Emulator {
    /// How it is reached, in regions that may be more than its own.
    pub fn connection(&self, regions: &[&str]) -> Connection {
        Connection {
            endpoint: Some(self.endpoint.clone()),
            path_style: true,
            keys: Some(keys()),
            ..Connection::new(regions.iter().map(|region| (*region).to_owned()).collect())
        }
    }

    pub async fn access(&self) -> Access {
        self.connection(&[REGION]).open().await.unwrap()
    }

    /// A client of SQS, to set up and to look behind.
    pub fn sqs(&self, region: &str) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .region(aws_sdk_sqs::config::Region::new(region.to_owned()))
            .endpoint_url(&self.endpoint)
            .credentials_provider(aws_sdk_sqs::config::Credentials::new("test", "test", None, None, "test"));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// A client of S3, to set up and to look behind.
    pub fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new(region.to_owned()))
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .credentials_provider(aws_sdk_s3::config::Credentials::new("test", "test", None, None, "test"));
        aws_sdk_s3::Client::from_conf(config.build())
    }
}
