//! The tests over the real program and the real files, in one binary; what a crate can show by itself is tested there.
//! `cfg(test)` tells clippy that helpers are tests too.

#![expect(clippy::disallowed_methods, reason = "reads files of its own choosing")]

#[cfg(test)]
mod boundaries;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod config;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod evaluate;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod income_report;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod receiver;
#[cfg(feature = "aws")]
#[cfg(test)]
mod remote;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod telemetry;
