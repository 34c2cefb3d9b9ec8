//! The JSON Schemas of rule files, for editors and for people.

use schemars::schema_for;
use serde_json::Value;

use super::calibration::CalibrationFile;
use super::document::DocumentRule;
use super::doubts::DoubtsFile;
use super::proof::ProofFile;
use super::synonyms::SynonymsFile;
use super::table::TableFile;
use super::verdicts::VerdictsFile;

/// The schema of each kind of rule file, by its name: `calibration`, `document`, `doubts`, `proof`, `synonyms`, `table`,
/// `verdicts`.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("calibration", schema_for!(CalibrationFile).into()),
        ("document", schema_for!(DocumentRule).into()),
        ("doubts", schema_for!(DoubtsFile).into()),
        ("proof", schema_for!(ProofFile).into()),
        ("synonyms", schema_for!(SynonymsFile).into()),
        ("table", schema_for!(TableFile).into()),
        ("verdicts", schema_for!(VerdictsFile).into()),
    ]
}
