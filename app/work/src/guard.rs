//! Keeps a panic of somebody else's decoder from ending the program.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder that is young or trusts its input, and silences the report of its panic.
///
/// # Errors
/// The decoder's own last words, when it panicked.
pub fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    static SILENCE: Once = Once::new();
    // A caught panic is told as an error; printed by the hook as well it would look like a crash.
    SILENCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                hook(info);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    IS_GUARDED.set(was_guarded);
    result.map_err(|panic| last_words(panic.as_ref()))
}

fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the decoder gave up ({})", text.unwrap_or("it does not say why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        let list: Vec<u8> = Vec::new();
        let error = guarded(|| list[list.len() + 3]).unwrap_err();
        assert!(error.contains("index out of bounds"), "{error}");
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
