//! The tests over the real program and the real files, in one binary; what a crate can show by itself is tested there.

mod boundaries;
mod cli;
mod contracts;
mod kill;
