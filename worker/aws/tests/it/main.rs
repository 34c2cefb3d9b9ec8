//! The tests of the edges against servers that speak the protocols of SQS and S3: an emulator of both, and answers
//! that are written down beforehand, for what no emulator does.
//! `cfg(test)` tells clippy that helpers are tests too.

#![expect(clippy::disallowed_methods, reason = "looks for a program of its own choosing")]

#[cfg(test)]
mod emulator;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod server;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod start;
#[cfg(test)]
mod store;
