//! Turns the bytes of an upload into a reading: pages, words with places and confidences, or a fault.
//! What the words mean is left to `verify`; fetching bytes and keeping readings to `pipeline`.

#![warn(clippy::indexing_slicing)]

mod barcode;
mod capture;
mod decode;
mod engine;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod kind;
mod limits;
mod line;
mod looks;
mod merge;
mod mrz;
mod neural;
mod opened;
mod parts;
mod pdf;
mod prepare;
mod quality;
mod reader;
mod recognise;
mod resize;
mod show;
mod timings;
mod turn;
mod zone;

pub use limits::Limits;
pub use neural::NeuralError;
pub use opened::{About, Opened};
pub use reader::{DocumentReader, ReadPage, ReaderError, ReaderSettings, joined};
pub use recognise::Readers;
pub use show::PagePicture;
pub use timings::{ReadTimings, Stage};
