//! `vouch schema`: prints the contracts, what vouch reads and writes, as JSON Schemas.
//! What the contracts hold is left to the types they are derived from.

use std::io::Write;

use clap::builder::PossibleValuesParser;
use document::stored::{SUBMISSION_SCHEMA, StoredSubmission};
use schemars::{Schema, schema_for};
use serde_json::{Map, Value};
use verify::income_report::Transmission;
use verify::rules::calibration::{CALIBRATION_SCHEMA, CalibrationFile};
use verify::rules::document::DocumentRule;
use verify::rules::proof::{PROOF_SCHEMA, ProofFile};
use verify::rules::table::{TABLE_SCHEMA, TableFile};
use verify::rules::verdicts::{VERDICTS_SCHEMA, VerdictsFile};
use verify::verdict::{VERDICT_SCHEMA, Verdict};

use crate::evaluate::comparison::COMPARISON_SCHEMA;
use crate::evaluate::{Comparison, EVALUATION_SCHEMA, Evaluation};
use crate::exit::Exit;

/// Prints the JSON Schemas of what vouch reads and writes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One contract; without it, an object with all of them by name
    #[arg(value_parser = PossibleValuesParser::new(CONTRACTS.iter().map(|contract| contract.name)))]
    name: Option<String>,
}

struct Contract {
    name: &'static str,
    /// What the contract's own `schema` field says, such as `vouch/verdict/1`.
    version: &'static str,
    schema: fn() -> Schema,
}

const CONTRACTS: &[Contract] = &[
    Contract { name: "submission", version: SUBMISSION_SCHEMA, schema: || schema_for!(StoredSubmission) },
    Contract { name: "verdict", version: VERDICT_SCHEMA, schema: || schema_for!(Verdict) },
    Contract { name: "income-report", version: "cms/income-report/1", schema: || schema_for!(Transmission) },
    Contract { name: "evaluation", version: EVALUATION_SCHEMA, schema: || schema_for!(Evaluation) },
    Contract { name: "comparison", version: COMPARISON_SCHEMA, schema: || schema_for!(Comparison) },
    Contract { name: "document-rules", version: "vouch/document/1", schema: || schema_for!(DocumentRule) },
    Contract { name: "proof-rules", version: PROOF_SCHEMA, schema: || schema_for!(ProofFile) },
    Contract { name: "table-rules", version: TABLE_SCHEMA, schema: || schema_for!(TableFile) },
    Contract {
        name: "calibration-rules",
        version: CALIBRATION_SCHEMA,
        schema: || schema_for!(CalibrationFile),
    },
    Contract { name: "verdicts-rules", version: VERDICTS_SCHEMA, schema: || schema_for!(VerdictsFile) },
];

/// Prints one contract's schema, or all of them by name.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let printed = match &args.name {
        Some(name) => CONTRACTS.iter().find(|contract| contract.name == name).map(Contract::to_json),
        None => {
            Some(CONTRACTS.iter().map(|it| (it.name.to_owned(), it.to_json())).collect::<Map<_, _>>().into())
        }
    };
    writeln!(out, "{:#}", printed.unwrap_or(Value::Null))?;
    Ok(Exit::Done)
}

impl Contract {
    /// The schema with its identity: `vouch/verdict/1` becomes `urn:vouch:verdict:1`.
    fn to_json(&self) -> Value {
        let mut schema = (self.schema)();
        schema.insert("$id".to_owned(), format!("urn:{}", self.version.replace('/', ":")).into());
        schema.to_value()
    }
}
