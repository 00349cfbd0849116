#![no_main]

// The first byte chooses what the rest is said to be; most encodings tell by themselves.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kiln_fuzz::picture(bytes));
