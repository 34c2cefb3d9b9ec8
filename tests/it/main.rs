//! The tests over the real program and the real files, in one binary; what a crate can show by itself is tested there.
//! `cfg(test)` tells clippy that helpers are tests too.

#[cfg(test)]
mod boundaries;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contracts;
mod kill;
