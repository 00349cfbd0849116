#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kiln_fuzz::read("ZIP", "model.zip", bytes));
