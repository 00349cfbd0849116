//! Requirement A whole: a model converted by a plan, and its result handed to where it is needed, a
//! library folder, a store that takes files over HTTP, a webhook that is told.
//!
//! The places stand in the plan ([`convert::Publish`]); secrets do not. A store or webhook that wants
//! to know who writes is sent `Authorization: Bearer …` with what `KILN_PUBLISH_TOKEN` holds.

mod entry;
mod error;
mod http;
mod library;
mod preview;

use std::path::{Path, PathBuf};

use capture::Drawer;
use convert::{Plan, Receipt};
use formats::{ReadOptions, Target};
use serde::Serialize;
use work::WorkCtx;

use entry::Entry;
pub use error::PublishError;
use http::Http;

/// What was made, and where it went.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    #[serde(flatten)]
    pub receipt: Receipt,
    /// In the order it happened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
}

/// One place that has the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub enum Published {
    /// The entry's own folder in the library.
    Library {
        folder: PathBuf,
    },
    /// The addresses of the files, the model's first.
    Store {
        urls: Vec<String>,
    },
    Webhook {
        url: String,
    },
}

/// Converts as [`convert::convert`] does, then publishes what the plan says. Doing it again replaces
/// what the first time published under the same name.
///
/// # Errors
/// As [`convert::convert`]; a place that refuses the result: `output` is whole then, and so is every
/// place before the one that is named.
pub fn convert_and_publish(
    input: &Path,
    output: &Path,
    plan: &Plan,
    options: &ReadOptions,
    drawer: &Drawer,
    ctx: &WorkCtx,
) -> Result<Outcome, PublishError> {
    let to = plan.publish.stated();
    // An address that is none is told before the work, not after it.
    let store = to.store.as_deref().map(Http::to).transpose()?;
    let webhook = to.webhook.as_deref().map(Http::to).transpose()?;
    let mut receipt = convert::convert(input, output, plan, options, ctx)?;
    if Target::of(output) == Some(Target::KilnScene) {
        preview::attach_to(output, &mut receipt, drawer, ctx)?;
    }
    let mut published = Vec::new();
    if to.is_empty() {
        return Ok(Outcome { receipt, published });
    }
    ctx.stage("publishing");
    let entry = Entry::make(output, &mut receipt, drawer, ctx)?;
    if let Some(library) = &to.library {
        ctx.check_cancelled()?;
        published.push(Published::Library { folder: library::put(&entry, library, ctx)? });
    }
    if let Some(store) = store {
        ctx.check_cancelled()?;
        published.push(Published::Store { urls: store.store(&entry)? });
    }
    if let Some((webhook, url)) = webhook.zip(to.webhook.clone()) {
        ctx.check_cancelled()?;
        webhook.tell(&entry, &published)?;
        published.push(Published::Webhook { url });
    }
    Ok(Outcome { receipt, published })
}

#[cfg(test)]
mod tests;
