//! What the targets share: the limits of a document, and which panics are findings.
//! What is called with the bytes is left to each target, making inputs to libFuzzer, seeds to `run`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::{env, fs, panic};

use libfuzzer_sys::Corpus;
use ocr::Limits;
use verify::rules::RuleFile;

/// Bytes for the handler of signals: a stack that has overflown has no room for it, and its input would be lost.
const SIGNAL_STACK_BYTES: usize = 1 << 16;
/// The folder for the first input of each panic that is caught.
const CAUGHT: &str = "FUZZ_CAUGHT";

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// As in production, but for what makes inputs slow without leading anywhere else: pages and pixels.
pub fn limits() -> Limits {
    Limits { pages: 8, pixels: 1_000_000, ..Limits::default() }
}

/// Decodes `bytes` if they are of one of `kinds`, which are MIME types; others have targets of their own.
pub fn decode(bytes: &[u8], kinds: &[&str]) -> Corpus {
    if !ocr::fuzzing::media_type(bytes).is_some_and(|kind| kinds.contains(&kind)) {
        return Corpus::Reject;
    }
    begin(bytes);
    let reading = ocr::fuzzing::decode(bytes, &limits());
    reading.as_stored().expect("a reading that can be stored");
    Corpus::Keep
}

/// The rule files of this repository.
pub fn rule_files() -> Vec<RuleFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    let entries = |folder: &Path| fs::read_dir(folder).expect("a folder of rule files").flatten();
    let folders = entries(&root).map(|entry| entry.path()).filter(|path| path.is_dir()).chain([root.clone()]);
    let paths = folders.flat_map(|folder| entries(&folder).map(|entry| entry.path()).collect::<Vec<_>>());
    let rules = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let file = |path: PathBuf| RuleFile {
        path: path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned(),
        text: fs::read_to_string(&path).expect("a rule file"),
    };
    rules.map(file).collect()
}

/// To be called with every input, before anything is done with it.
pub fn begin(bytes: &[u8]) {
    static READY: Once = Once::new();
    READY.call_once(|| {
        use_signal_stack();
        let finding = panic::take_hook();
        panic::set_hook(Box::new(move |info| if is_expected(info) { note(info) } else { finding(info) }));
    });
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.extend_from_slice(bytes);
    });
}

/// A decoder of somebody else may give up by panicking, because `ocr` catches that. What it does not catch ends the
/// target nevertheless, and a panic in our own code always does.
fn is_expected(info: &PanicHookInfo<'_>) -> bool {
    info.location().is_some_and(|at| at.file().contains("/registry/src/"))
}

/// Says once for each place that it panics, and keeps the input.
fn note(info: &PanicHookInfo<'_>) {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(place) = info.location().map(ToString::to_string) else { return };
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.insert(place) {
        return;
    }
    eprintln!("caught: {info}");
    let Some(folder) = env::var_os(CAUGHT).map(PathBuf::from) else { return };
    let number = seen.len();
    let kept = INPUT.with_borrow(|input| fs::write(folder.join(format!("caught-{number}")), input));
    kept.unwrap_or_else(|error| eprintln!("the input cannot be kept in {}: {error}", folder.display()));
}

/// Gives the signal handlers of libFuzzer a stack of their own.
fn use_signal_stack() {
    let stack = Vec::leak(vec![0_u8; SIGNAL_STACK_BYTES]);
    let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: SIGNAL_STACK_BYTES };
    // SAFETY: the memory is never freed, and nothing else uses it.
    let outcome = unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
    assert_eq!(outcome, 0, "no stack for signals");
}
