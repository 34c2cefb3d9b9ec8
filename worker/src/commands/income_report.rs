//! `vouch income-report`: what the verified pay stubs of one person say, in the form of CMS.
//! What the form holds is left to `verify::income_report`.

use std::io::Write;

use anyhow::{Context as _, bail};
use document::Digest;
use jiff::Timestamp;
use verify::income_report::{IncomeReport, Metadata, Transmission, report};
use verify::verdict::{Disposition, Verdict};

use crate::edges::DataFolder;
use crate::exit::Exit;
use crate::published;
use crate::settings::Settings;

/// Prints the income report of a case as JSON, from the verdicts in the data folder. Only stubs that were verified are
/// in it; those that say too little are named on standard error.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case
    #[arg(long, value_name = "ID")]
    case: String,

    /// Whom of the household [default: the applicant]
    #[arg(long, value_name = "ID")]
    member: Option<String>,

    /// The person said to have other jobs too
    #[arg(long)]
    has_other_jobs: bool,
}

/// Below this confidence a value counts as not read, as it does where verdicts are made.
const LEAST: f64 = 0.8;

/// Prints the report, or says why there is none.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let data = DataFolder::open(settings.data()?)?;
    let theirs = |verdict: &Verdict| {
        verdict.case_id == args.case
            && verdict.member_id == args.member
            && verdict.disposition == Disposition::Verified
    };
    let verdicts: Vec<Verdict> = published::newest(&data.store)?.into_iter().filter(theirs).collect();
    let (found, left_out) = report(&verdicts, LEAST);
    for stub in &left_out {
        tracing::warn!(submission = %stub.submission_id, "a stub is not in the report: {}", stub.reason);
    }
    if found.employments.is_empty() {
        let none = || -> anyhow::Result<Exit> {
            bail!("no verified pay stub of case {} can be reported", args.case)
        };
        return none().context(Exit::Invalid);
    }
    let reported = IncomeReport { has_other_jobs: args.has_other_jobs, ..found };
    writeln!(out, "{:#}", serde_json::to_value(transmission(args, &verdicts, reported))?)?;
    Ok(Exit::Done)
}

fn transmission(args: &Args, verdicts: &[Verdict], income_report: IncomeReport) -> Transmission {
    let submission_ids: Vec<String> = verdicts.iter().map(|verdict| verdict.submission_id.clone()).collect();
    let stamps =
        verdicts.iter().map(|verdict| format!("{} {}", verdict.submission_id, verdict.rules.digest.hex()));
    let code = Digest::of(stamps.collect::<Vec<_>>().join("\n").as_bytes()).hex().to_uppercase();
    #[expect(clippy::disallowed_methods, reason = "the form wants the time at which it was made")]
    let now = Timestamp::now();
    Transmission {
        confirmation_code: format!("V{}", code.get(..10).unwrap_or_default()),
        completed_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        agency_partner_metadata: Metadata {
            case_number: args.case.clone(),
            member_id: args.member.clone(),
            submission_ids,
        },
        income_report,
    }
}
