//! Progress bars on standard error; silent where nobody sees them.

use indicatif::{ProgressBar, ProgressStyle};
use work::WorkCtx;

const BAR: &str = "{prefix:.bold} {bar:30} {percent:>3} % {wide_msg}";
const COUNT: &str = "{bar:30} {pos}/{len} {wide_msg}";

/// A bar that follows one piece of work, drawn after a moment's delay so that quick work stays
/// quiet, and the context that moves it.
pub(crate) fn of_work(prefix: &str) -> (ProgressBar, WorkCtx) {
    let bar = ProgressBar::new(1000).with_style(style(BAR)).with_prefix(prefix.to_owned());
    let moved = bar.clone();
    let ctx = WorkCtx::new(move |progress| {
        if let Some(fraction) = progress.fraction {
            moved.set_position((fraction * 1000.0) as u64);
        }
        moved.set_message(progress.stage.clone());
    });
    (bar, ctx)
}

/// A bar for one submission, out of a thousand.
pub(crate) fn of_submission(name: &str) -> ProgressBar {
    ProgressBar::new(1000).with_style(style(BAR)).with_prefix(name.to_owned())
}

/// A bar that counts models.
pub(crate) fn of_count(n: usize) -> ProgressBar {
    if n < 2 {
        return ProgressBar::hidden();
    }
    ProgressBar::new(n as u64).with_style(style(COUNT))
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours and checked by a test; the default is only a fallback.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_valid() {
        for template in [BAR, COUNT] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
