//! The rule files of this repository, the checks they hold, and what follows from them.

#![cfg(test)]

mod decide;
mod doubt;
mod extract;
mod household;
mod names;
mod rules;
mod statements;
mod support;
mod totals;
