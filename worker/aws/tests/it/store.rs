//! The store against the emulator: the contract, and what is special about S3.

use aws::{OpenError, S3Store};
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use document::{Digest, FileRef};
use pipeline::contract::store_keeps_its_contract;
use pipeline::{Created, FetchError, Key, Store as _};

use crate::emulator::{Emulator, REGION};

async fn made(emulator: &Emulator, bucket: &str, region: &str) {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region))
        .build();
    let bucket = emulator.s3(region).create_bucket().bucket(bucket);
    let bucket = if region == "us-east-1" { bucket } else { bucket.create_bucket_configuration(place) };
    bucket.send().await.unwrap();
}

async fn placed(emulator: &Emulator, bucket: &str, key: &str, bytes: &[u8]) -> Option<String> {
    let put = emulator.s3(REGION).put_object().bucket(bucket).key(key).body(bytes.to_vec().into());
    put.metadata("Submission-Id", "s-1")
        .metadata("name", "=?UTF-8?B?TXXDsW96?=")
        .send()
        .await
        .unwrap()
        .version_id
}

async fn open(emulator: &Emulator, uploads: &[&str]) -> S3Store {
    let uploads: Vec<String> = uploads.iter().map(|bucket| (*bucket).to_owned()).collect();
    S3Store::open(&emulator.access().await, "vouch", &uploads).await.unwrap()
}

fn file(reference: impl Into<String>) -> FileRef {
    FileRef(reference.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "vouch", REGION).await;
    let store = open(&emulator, &[]).await;
    store_keeps_its_contract(store, async |key: &str, bytes: &[u8]| {
        placed(&emulator, "vouch", key, bytes).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_bucket_and_key_as_they_are_named() {
    let Some(emulator) = Emulator::start() else { return };
    for bucket in ["vouch", "uploads", "private"] {
        made(&emulator, bucket, REGION).await;
    }
    let store = open(&emulator, &["uploads", "vouch", "uploads"]).await;
    for key in ["88-1203/talón 1+2.pdf", "a%20b", "a//b", "a?b", "é/ñ?x=1&y=2#z", "a=b;c,d'e(f)!*"] {
        for bucket in ["vouch", "uploads", "private"] {
            placed(&emulator, bucket, key, key.as_bytes()).await;
        }
        for bucket in ["vouch", "uploads"] {
            let fetched = store.fetch(&file(format!("s3://{bucket}/{key}")), 100).await.unwrap();
            assert_eq!(fetched, key.as_bytes(), "{key}");
        }
        let refused = store.fetch(&file(format!("s3://private/{key}")), 100).await;
        let Err(FetchError::Refused { why }) = refused else { panic!("{refused:?}") };
        assert_eq!(why, "files are fetched from these buckets alone: vouch, uploads");
    }
    let missing = store.fetch(&file("s3://uploads/other"), 100).await;
    assert!(matches!(missing, Err(FetchError::Missing)), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_that_is_asked_for_is_fetched() {
    let Some(emulator) = Emulator::start() else { return };
    for bucket in ["vouch", "uploads"] {
        made(&emulator, bucket, REGION).await;
    }
    let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let s3 = emulator.s3(REGION);
    s3.put_bucket_versioning().bucket("uploads").versioning_configuration(versions).send().await.unwrap();
    let first = placed(&emulator, "uploads", "stub.pdf", b"first").await.unwrap();
    let second = placed(&emulator, "uploads", "stub.pdf", b"second").await.unwrap();
    let deletion =
        s3.delete_object().bucket("uploads").key("stub.pdf").send().await.unwrap().version_id.unwrap();
    let store = open(&emulator, &["uploads"]).await;
    let of = |version: &str| file(format!("s3://uploads/stub.pdf?versionId={version}"));
    assert_eq!(store.fetch(&of(&first), 100).await.unwrap(), b"first");
    assert_eq!(store.fetch(&of(&second), 100).await.unwrap(), b"second");
    assert_eq!(store.metadata(&of(&first)).await.unwrap()["submission-id"], "s-1");
    for gone in [of(&deletion), of("no-such-version"), file("s3://uploads/stub.pdf")] {
        let missing = store.fetch(&gone, 100).await;
        assert!(matches!(missing, Err(FetchError::Missing)), "{gone:?}: {missing:?}");
        let missing = store.metadata(&gone).await;
        assert!(matches!(missing, Err(FetchError::Missing)), "{gone:?}: {missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_uploader_wrote_is_told() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "vouch", REGION).await;
    placed(&emulator, "vouch", "uploads/stub.pdf", b"stub").await;
    let store = open(&emulator, &[]).await;
    let metadata = store.metadata(&file("uploads/stub.pdf")).await.unwrap();
    assert_eq!((metadata["submission-id"].as_str(), metadata["name"].as_str()), ("s-1", "Muñoz"));
    store.put(&Key::document(&Digest::of(b"a")), b"a").await.unwrap();
    let document = file(Key::document(&Digest::of(b"a")).to_string());
    assert!(store.metadata(&document).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_up_to_the_limit_and_not_beyond() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "vouch", REGION).await;
    let large: Vec<u8> = (0..20_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    placed(&emulator, "vouch", "large", &large).await;
    let store = open(&emulator, &[]).await;
    let size = large.len() as u64;
    assert!(store.fetch(&file("large"), size).await.unwrap() == large);
    let over = store.fetch(&file("large"), size - 1).await;
    assert!(
        matches!(over, Err(FetchError::TooLarge { bytes }) if bytes == size),
        "{:?}",
        over.map(|it| it.len())
    );
    // And the store itself takes what is large.
    let key = Key::document(&Digest::of(&large));
    assert_eq!(store.create_if_absent(&key, &large).await.unwrap(), Created::New);
    assert!(store.get(&key).await.unwrap().unwrap() == large);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_used_only_where_it_may_be() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "vouch", REGION).await;
    made(&emulator, "elsewhere", "us-east-2").await;
    made(&emulator, "abroad", "eu-west-1").await;
    let open = async |regions: &[&str], bucket: &str, uploads: &[&str]| {
        let access = emulator.connection(regions).open().await.unwrap();
        let uploads: Vec<String> = uploads.iter().map(|it| (*it).to_owned()).collect();
        S3Store::open(&access, bucket, &uploads).await
    };
    for (bucket, uploads) in [("abroad", &[][..]), ("vouch", &["elsewhere", "abroad"])] {
        let refused = open(&[REGION, "us-east-2"], bucket, uploads).await.map(|_| ()).unwrap_err();
        let expected =
            "the bucket abroad is in region eu-west-1, which is not allowed; allowed: us-west-2, us-east-2";
        assert_eq!(refused.to_string(), expected);
    }
    for (bucket, uploads) in [("none", &[][..]), ("vouch", &["none"])] {
        let missing = open(&[REGION], bucket, uploads).await.map(|_| ());
        assert!(matches!(missing, Err(OpenError::Missing { .. })), "{missing:?}");
    }
    for bucket in ["", "a", "vouch/elsewhere", "../vouch", "Vouch", "arn:aws:s3:::vouch"] {
        let refused = open(&[REGION], bucket, &[]).await.map(|_| ());
        assert!(matches!(refused, Err(OpenError::NotUnderstood { .. })), "{bucket}: {refused:?}");
    }
    // Each bucket is called in its own region.
    emulator
        .s3("us-east-2")
        .put_object()
        .bucket("elsewhere")
        .key("a")
        .body(b"a".to_vec().into())
        .send()
        .await
        .unwrap();
    let store = open(&[REGION, "us-east-2"], "vouch", &["elsewhere"]).await.unwrap();
    assert_eq!(store.fetch(&file("s3://elsewhere/a"), 1).await.unwrap(), b"a");
}
