//! From readings to a verdict.
//! How it is judged is left to `verify`.

use std::sync::Arc;
use std::time::Duration;

use document::{DocumentFault, Reading, Submission};
use tokio::time::Instant;
use verify::doubt::Circumstances;
use verify::rules::Rules;
use verify::verdict::Verdict;

use super::read::faulty;
use super::recall::Recalled;
use crate::Timings;
use crate::cpu::{Cpu, CpuError};
use crate::key::VerdictId;

/// A submission with its verdict, not yet published.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) id: VerdictId,
    pub(super) timings: Timings,
}

/// Not even the verdict that a document could not be read could be reached: the fault is ours.
#[derive(Debug, thiserror::Error)]
#[error("no verdict could be reached")]
pub(crate) struct JudgeError(#[from] CpuError);

impl Recalled {
    /// Judges the submission. Readings on which the rules panic or never end are as good as unreadable.
    pub async fn judge(
        mut self,
        rules: Arc<Rules>,
        cpu: &Cpu,
        deadline: Duration,
    ) -> Result<Judged, JudgeError> {
        let begun = Instant::now();
        let id = VerdictId::new(&self.submission.submission_id, &self.digests, rules.digest());
        let (submission, circumstances) = (Arc::new(self.submission), Arc::new(self.circumstances));
        let unsafe_to_read =
            |reading: &Reading| faulty(reading.document, DocumentFault::Unsafe, &reading.readers);
        let instead: Vec<Reading> = self.readings.iter().map(unsafe_to_read).collect();
        let verdict = match judge(&submission, self.readings, &circumstances, &rules, cpu, deadline).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::error!(submission_id = submission.submission_id, %error, "the rules failed on a document");
                judge(&submission, instead, &circumstances, &rules, cpu, deadline).await?
            }
        };
        self.timings.judge = begun.elapsed();
        Ok(Judged { verdict, id, timings: self.timings })
    }
}

async fn judge(
    submission: &Arc<Submission>,
    readings: Vec<Reading>,
    circumstances: &Arc<Circumstances>,
    rules: &Arc<Rules>,
    cpu: &Cpu,
    deadline: Duration,
) -> Result<Verdict, CpuError> {
    let (submission, rules) = (Arc::clone(submission), Arc::clone(rules));
    let circumstances = Arc::clone(circumstances);
    cpu.run(deadline, move || verify::verify_among(&submission, &readings, &circumstances, &rules)).await
}
