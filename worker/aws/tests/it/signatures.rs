//! Signatures against a server that checks them: `s3s-fs`, which is there where somebody installed it:
//! `cargo install s3s-fs --version 0.14.1 --features binary --root target/s3s-fs`.
