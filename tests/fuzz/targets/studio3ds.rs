#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kiln_fuzz::read("3DS", "model.3ds", bytes));
