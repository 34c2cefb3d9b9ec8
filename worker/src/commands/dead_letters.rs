//! `vouch dead-letters`: the messages that were given up, and why.
//! Giving up is left to `pipeline` and `notify`; sending again what was mended is `vouch submit`.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use pipeline::KeptLetter;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Builder;

use crate::edges::Place;
#[cfg(feature = "aws")]
use crate::edges::giving_up;
use crate::exit::Exit;
use crate::settings::Settings;

/// Shows the messages that were given up, submissions before announcements, oldest first: which submission, why, and after
/// how many deliveries. Of queues in SQS, nobody else sees them for a moment, and at most 10,000 of a queue are shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print an object a line, with the message itself, which may hold an applicant's particulars
    #[arg(long)]
    json: bool,
}

/// So many are shown of a queue in SQS, which must be asked for each ten of them.
#[cfg(feature = "aws")]
const MOST: usize = 10_000;

/// What can be told of a message that is perhaps not a submission.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "subject")]
    submission_id: String,
}

/// Prints all dead letters.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let place = Place::of(settings)?;
    let letters = runtime.block_on(gathered(&place))?;
    if args.json {
        for letter in &letters {
            writeln!(out, "{}", in_full(letter))?;
        }
        return Ok(Exit::Done);
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["submission", "code", "deliveries", "why"]);
    for letter in &letters {
        let name = serde_json::from_slice(&letter.body).map_or_else(
            |_| format!("a message of {} bytes", letter.body.len()),
            |named: Named| named.submission_id,
        );
        table.add_row([name, letter.code.clone(), letter.deliveries.to_string(), letter.detail.clone()]);
    }
    writeln!(out, "{table}")?;
    Ok(Exit::Done)
}

/// The letters of all queues.
async fn gathered(place: &Place) -> anyhow::Result<Vec<KeptLetter>> {
    let mut letters = Vec::new();
    match place {
        Place::Folder(data) => {
            for queue in [&data.submissions, &data.backlog, &data.verdicts] {
                letters.extend(queue.dead_letters().await?);
            }
        }
        #[cfg(feature = "aws")]
        Place::Remote(remote) => {
            for queue in giving_up(remote).await? {
                letters.extend(queue.dead_letters(MOST).await?);
            }
        }
    }
    Ok(letters)
}

fn in_full(letter: &KeptLetter) -> serde_json::Value {
    json!({
        "code": letter.code,
        "detail": letter.detail,
        "deliveries": letter.deliveries,
        "body": String::from_utf8_lossy(&letter.body),
    })
}
