//! `vouch dead-letters`: the messages that were given up, and why.
//! Giving up is left to `pipeline` and `notify`; sending again what was mended is `vouch submit`.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use local::KeptLetter;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Builder;

use crate::edges::DataFolder;
use crate::exit::Exit;
use crate::settings::Settings;

/// Shows the messages that were given up, submissions before announcements, oldest first: which submission, why, and after how many deliveries.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print an object a line, with the message itself, which may hold an applicant's particulars
    #[arg(long)]
    json: bool,
}

/// What can be told of a message that is perhaps not a submission.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "subject")]
    submission_id: String,
}

/// Prints all dead letters.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let data = DataFolder::open(settings.data()?)?;
    let runtime = Builder::new_current_thread().build()?;
    let mut letters = Vec::new();
    for queue in [&data.submissions, &data.backlog, &data.verdicts] {
        letters.extend(runtime.block_on(queue.dead_letters())?);
    }
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

fn in_full(letter: &KeptLetter) -> serde_json::Value {
    json!({
        "code": letter.code,
        "detail": letter.detail,
        "deliveries": letter.deliveries,
        "body": String::from_utf8_lossy(&letter.body),
    })
}
