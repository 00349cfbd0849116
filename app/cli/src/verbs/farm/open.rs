use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use clap::Args;
use farm::FarmJson;
use flamenco::kiln::join_token;
use manager::{Identity, OpenFarm, OwnSettings, StockClients, listen_address};

/// The farm for other machines. Flags come before what stands under `kiln` in the farm's settings.
#[derive(Args)]
pub(super) struct Open {
    /// Open the farm to other machines, by TLS and with a token: 0.0.0.0:8080, or one address of this
    /// machine
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Open it to stock Flamenco Workers and the Blender add-on too, which know neither token nor our
    /// TLS: whoever reaches the address can then run programs as this user
    #[arg(long)]
    open_to_stock: bool,
    /// A further name of this machine, as other machines call it; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Do not answer searches for Managers
    #[arg(long)]
    hidden: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    listen_address(text).ok_or_else(|| "it looks like 0.0.0.0:8080".into())
}

impl Open {
    /// The certificate is kept in `folder`.
    pub(super) fn door(&self, settings: &OwnSettings, folder: &Path) -> Result<Option<OpenFarm>> {
        let listen = self.listen.or_else(|| settings.listen.as_deref().and_then(listen_address));
        let Some(listen) = listen else { return Ok(None) };
        let hosts: Vec<String> = self.host.iter().chain(&settings.hosts).cloned().collect();
        let is_for_stock = self.open_to_stock || settings.open_to_stock;
        let identity = if is_for_stock {
            eprintln!(
                "warning: open to stock Flamenco Workers: whoever reaches {listen} can run programs as \
                 this user, on this machine and on every Worker of the farm, and read what is sent"
            );
            None
        } else {
            Some(Identity::kept_in(folder, &hosts)?)
        };
        Ok(Some(OpenFarm {
            listen,
            stock_clients: if is_for_stock { StockClients::Allowed } else { StockClients::Refused },
            identity,
            hosts,
            is_announced: !(self.hidden || settings.hidden),
        }))
    }
}

/// How other machines reach the farm, a line each; empty when they do not.
pub(super) fn in_words(farm: &FarmJson) -> String {
    let Some(url) = farm.open_at.first() else { return String::new() };
    let mut lines: Vec<String> = farm.open_at.iter().map(|url| format!("open at   {url}")).collect();
    lines.push(format!("Workers   kiln worker --manager '{url}' --token {}", join_token(&farm.token)));
    lines.push(format!("people    kiln submit --manager '{url}' --token {} …", farm.token));
    lines.push(String::new());
    lines.join("\n")
}
