use clap::Args;
use farm::FarmPlace;

/// Which farm a verb speaks to.
#[derive(Args)]
pub(crate) struct Place {
    /// A studio's Flamenco Manager, such as http://farm.local:8080/; without it, this machine's own
    /// farm
    #[arg(long, value_name = "URL")]
    manager: Option<String>,
    /// Token of that Manager, if it is another machine's Kiln
    #[arg(long, requires = "manager", env = "KILN_MANAGER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Place {
    pub(crate) fn place(&self) -> FarmPlace {
        match &self.manager {
            None => FarmPlace::Embedded,
            Some(url) => FarmPlace::Studio { url: url.clone(), token: self.token.clone() },
        }
    }
}
