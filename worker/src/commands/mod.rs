//! One file per command: its arguments, and a `run` that returns how the program ends.
//! Parsing the command line and setting up the process are left to `main`.

pub mod evaluate;
pub mod rules;
pub mod schema;
pub mod verify;
pub mod submit;
pub mod work;
