//! From readings to a verdict.
//! How it is judged is left to `verify`.

use std::sync::Arc;
use std::time::Duration;

use document::{DocumentFault, Reading};
use tokio::time::Instant;
use verify::rules::Rules;
use verify::verdict::Verdict;

use super::read::faulty;
use super::recall::Recalled;
use crate::cpu::{Cpu, CpuError};
use crate::key::VerdictId;
use crate::{Lane, Timings};

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
        lane: Lane,
        deadline: Duration,
    ) -> Result<Judged, JudgeError> {
        let begun = Instant::now();
        let id = VerdictId::new(&self.submission.submission_id, &self.digests, rules.digest());
        let (submission, circumstances) = (Arc::new(self.submission), Arc::new(self.circumstances));
        let unsafe_to_read =
            |reading: &Reading| faulty(reading.document, DocumentFault::Unsafe, &reading.readers);
        let instead: Vec<Reading> = self.readings.iter().map(unsafe_to_read).collect();
        let run = async |readings: Vec<Reading>| {
            let (submission, rules) = (Arc::clone(&submission), Arc::clone(&rules));
            let circumstances = Arc::clone(&circumstances);
            let judge = move || verify::verify_among(&submission, &readings, &circumstances, &rules);
            cpu.run(lane, deadline, judge).await
        };
        let verdict = match run(self.readings).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::error!(submission_id = submission.submission_id, %error, "the rules failed on a document");
                run(instead).await?
            }
        };
        self.timings.judge = begun.elapsed();
        Ok(Judged { verdict, id, timings: self.timings })
    }
}
