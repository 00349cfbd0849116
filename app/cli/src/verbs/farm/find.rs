use anyhow::Result;
use flamenco::discovery::{FoundManager, find_managers};
use serde_json::json;

use crate::Outcome;

/// Prints every Manager that answers a search.
pub(super) async fn find(as_json: bool) -> Result<Outcome> {
    let managers = find_managers().await?;
    if as_json {
        println!("{:#}", json!(managers.iter().map(to_json).collect::<Vec<_>>()));
    } else if managers.is_empty() {
        eprintln!(
            "No Manager answers on this network; one may be there all the same, and be named by its address"
        );
    }
    if !as_json {
        for it in &managers {
            let version = if it.wants_token { "wants its token" } else { &it.version };
            println!("{}  {}  {version}", it.url, it.name);
        }
    }
    Ok(Outcome::Done)
}

fn to_json(it: &FoundManager) -> serde_json::Value {
    json!({ "url": it.url, "name": it.name, "version": it.version, "wants_token": it.wants_token })
}
