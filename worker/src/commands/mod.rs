//! One file per command: its arguments, and a `run` that returns how the program ends.
//! Parsing the command line and setting up the process are left to `main`.

pub mod config;
pub mod dead_letters;
pub mod evaluate;
pub mod health;
pub mod income_report;
pub mod notify;
pub mod rules;
pub mod schema;
pub mod submit;
pub mod verdicts;
pub mod verify;
pub mod work;
