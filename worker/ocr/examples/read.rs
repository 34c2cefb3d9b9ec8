//! Prints the reading of a file as JSON, or with `--lines` its words line by line.

#![expect(clippy::disallowed_methods, reason = "reads files of its own choosing")]
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use anyhow::Context as _;
use ocr::{DocumentReader, ReaderSettings, Readers};

fn main() -> anyhow::Result<()> {
    let mut lines = false;
    let mut settings = ReaderSettings::default();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--lines" => lines = true,
            "--models" => settings.models = arguments.next().map(Into::into),
            "--tesseract" => settings.readers = Readers::Tesseract,
            "--neural" => settings.readers = Readers::Neural,
            _ => files.push(argument),
        }
    }
    let reader = DocumentReader::new(settings)?;
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {file}"))?;
        let (reading, timings) = reader.read(&bytes)?;
        if !lines {
            println!("{}", serde_json::to_string(&reading)?);
            continue;
        }
        println!("# {file} {:?} {timings:?}", reading.fault);
        for page in &reading.pages {
            println!("## page {} {:?} aspect {:.3}", page.number, page.capture, page.aspect);
            match &page.text {
                Err(fault) => println!("{fault:?}"),
                Ok(text) => {
                    println!("{:?}", text.source);
                    for line in text.words.chunk_by(|one, two| one.line == two.line) {
                        let words: Vec<_> = line.iter().map(|word| word.text.as_str()).collect();
                        println!("{}", words.join(" "));
                    }
                    for line in &text.mrz {
                        println!("mrz {}", line.text);
                    }
                    for code in &text.barcodes {
                        println!("{:?} {:?}", code.kind, code.text);
                    }
                }
            }
        }
    }
    Ok(())
}
