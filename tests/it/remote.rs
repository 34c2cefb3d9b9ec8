//! The program on SQS and S3, as an emulator speaks them: what it does in production, from a submission to a verdict.
//! What either promises, and what becomes of it in trouble, is tested by the crate `aws`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use server::{Emulator, REGION};

#[path = "../../worker/aws/tests/it/server.rs"]
mod server;

#[test]
fn a_submission_comes_to_its_verdict_and_what_is_none_to_the_dead_letters() {
    let Some(cloud) = Cloud::start() else { return };
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pay-stub-pdf-adp-verified/submission.json");
    let submitted = cloud.vouch(&["submit", &case.display().to_string()]);
    assert_eq!(submitted.status.code(), Some(0), "{}", stderr(&submitted));
    cloud
        .sqs("SendMessage", &json!({"QueueUrl": cloud.queue("submissions"), "MessageBody": "no submission"}));

    let worked = cloud.vouch(&["work", "--until-empty", "--json"]);
    assert_eq!(worked.status.code(), Some(3), "{}", stderr(&worked));
    let lines: Vec<Value> = stdout(&worked).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let verdict = lines.iter().find(|line| line["ending"] == "verdict").unwrap();
    assert_eq!(verdict["disposition"], "verified", "{lines:?}");

    // Whoever hears of it finds it.
    let told = cloud.sqs("ReceiveMessage", &json!({"QueueUrl": cloud.queue("verdicts")}));
    let event: Value = serde_json::from_str(told["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(event["type"], "dev.vouch.verdict.v1");
    assert_eq!(event["data"]["verdict"], verdict["verdict"]);
    let (status, kept) =
        cloud.http("GET", &format!("/{BUCKET}/{}", verdict["verdict"].as_str().unwrap()), &[], b"");
    assert_eq!(status, 200);
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!((&kept["schema"], &kept["disposition"]), (&json!("vouch/verdict/1"), &json!("verified")));

    // Looking at the dead letters leaves them where they are.
    for _ in 0..2 {
        let shown = cloud.vouch(&["dead-letters", "--json"]);
        assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
        let letter: Value = serde_json::from_slice(&shown.stdout).unwrap();
        assert_eq!((&letter["code"], &letter["body"]), (&json!("malformed"), &json!("no submission")));
    }
}

const BUCKET: &str = "vouch-documents";
const QUEUES: [&str; 2] = ["submissions", "verdicts"];

/// The emulator, with the queues and the bucket of a worker.
struct Cloud(Emulator);

impl Cloud {
    fn start() -> Option<Self> {
        let cloud = Self(Emulator::start()?);
        for name in QUEUES {
            cloud.sqs("CreateQueue", &json!({"QueueName": name}));
        }
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        let (status, _) = cloud.http("PUT", &format!("/{BUCKET}"), &[], place.as_bytes());
        assert_eq!(status, 200);
        Some(cloud)
    }

    fn queue(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.0.endpoint)
    }

    fn vouch(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
        command.env_clear().args(args);
        command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        command.envs([("VOUCH_REGIONS", REGION), ("VOUCH_BUCKET", BUCKET), ("VOUCH_PATH_STYLE", "true")]);
        command.env("VOUCH_ENDPOINT", &self.0.endpoint);
        command.env("VOUCH_QUEUE", self.queue("submissions"));
        command.env("VOUCH_VERDICT_QUEUE", self.queue("verdicts"));
        command.output().unwrap()
    }

    /// Calls SQS.
    fn sqs(&self, action: &str, parameters: &Value) -> Value {
        let target = format!("x-amz-target: AmazonSQS.{action}");
        let headers = [target.as_str(), "content-type: application/x-amz-json-1.0"];
        let (status, answer) = self.http("POST", "/", &headers, parameters.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// Makes a request that names the region and is not signed: the emulator does not look.
    fn http(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> (u16, Vec<u8>) {
        let mut connection = TcpStream::connect(self.0.endpoint.trim_start_matches("http://")).unwrap();
        let scope = format!("test/20260101/{REGION}/s3/aws4_request");
        let signed =
            format!("authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let length = format!("content-length: {}", body.len());
        let fixed = ["host: 127.0.0.1", "connection: close", &signed, &length];
        let head =
            [&[&*format!("{method} {path} HTTP/1.0")], &fixed[..], headers, &["", ""]].concat().join("\r\n");
        connection.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_off(end + 4))
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
