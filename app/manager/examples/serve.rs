//! A Manager on a free loopback port, open to whoever reaches it, with nothing in it: for programs that
//! judge its answers (`cargo xtask contract`). Prints its address; ends when standard input closes.

use std::io::Read;

use manager::{Manager, ManagerConfig, StockClients};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let home = std::env::args().nth(1).ok_or("usage: serve FOLDER")?;
    let mut config = ManagerConfig::new(home);
    config.stock_clients = StockClients::Allowed;
    let manager = Manager::start(config).await?;
    println!("http://{}", manager.local_addr());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    manager.shutdown().await;
    Ok(())
}
