//! Any bytes give a reading: `cargo +nightly fuzz run read fuzz/corpus/read reading/tests/corpus`.
#![no_main]

use countersign_notice::fact::Authenticity;
use countersign_reading::profile::Providers;
use countersign_reading::report::report;
use countersign_reading::{Input, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let input = Input { bytes, media: None, received: None, subject: None, authenticity: Authenticity::Unverified };
    let reading = read(&input, Providers::embedded());
    let _ = report("fuzz", bytes, &reading);
    for span in reading.notices.iter().flat_map(|n| n.deadlines.iter().filter_map(|d| d.span.as_ref())) {
        let text = reading.texts.iter().find(|t| t.part == span.part).expect("a span names a text of the reading");
        assert!(text.text.get(span.range()).is_some(), "a span lies in its text");
    }
});
