use std::time::Duration;

use flamenco::{Client, ClientError};
use serde::{Deserialize, Serialize};

use crate::{FarmError, FarmJson, Home, start};

/// Which farm: this machine's own, or a studio's Manager.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FarmPlace {
    /// Starts when needed, ends when idle.
    #[default]
    Embedded,
    Studio {
        url: String,
        /// Only a Kiln farm wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
}

impl std::fmt::Debug for FarmPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::fmt::Display for FarmPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded => f.write_str("this machine"),
            Self::Studio { url, .. } => f.write_str(url),
        }
    }
}

/// A farm that can be asked.
#[derive(Clone)]
pub struct Farm {
    place: FarmPlace,
    client: Client,
}

/// On the same machine an answer takes milliseconds; a port that keeps silent is not a farm.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

impl Farm {
    /// The farm at `place`; the embedded one is started if it does not run.
    ///
    /// # Errors
    /// When the embedded farm does not start, or the address is none.
    pub async fn connect(home: &Home, place: &FarmPlace) -> Result<Self, FarmError> {
        match place {
            FarmPlace::Embedded => Self::embedded(home).await,
            FarmPlace::Studio { url, token } => Self::at(url, token.as_deref()),
        }
    }

    /// This machine's own farm, started beside the running program if it does not run.
    ///
    /// # Errors
    /// When it does not start; the message names its log.
    pub async fn embedded(home: &Home) -> Result<Self, FarmError> {
        match Self::running(home).await? {
            Some(farm) => Ok(farm),
            None => start::start(home).await,
        }
    }

    /// This machine's own farm, if it runs; never starts it.
    ///
    /// # Errors
    /// When `farm.json` cannot be read.
    pub async fn running(home: &Home) -> Result<Option<Self>, FarmError> {
        let Some(found) = FarmJson::read(home)? else { return Ok(None) };
        let Ok(farm) = Self::of(&found) else { return Ok(None) };
        let answer = tokio::time::timeout(LOOK_LIMIT, farm.client.clone().with_tries(1).version()).await;
        Ok(match answer {
            Ok(Ok(_)) => Some(farm),
            // Busy, but it is the farm that says so.
            Ok(Err(ClientError::Refused { status: 429 | 500..=599, .. })) => Some(farm),
            Ok(Err(_)) | Err(_) => None,
        })
    }

    /// A studio's Manager. Nothing is sent yet.
    ///
    /// # Errors
    /// When `url` is not an address, or the token cannot be sent.
    pub fn at(url: &str, token: Option<&str>) -> Result<Self, FarmError> {
        let mut client = Client::new(url)?;
        if let Some(token) = token {
            client = client.with_token(token)?;
        }
        Ok(Self { place: FarmPlace::Studio { url: url.into(), token: token.map(str::to_owned) }, client })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn place(&self) -> &FarmPlace {
        &self.place
    }

    fn of(found: &FarmJson) -> Result<Self, ClientError> {
        let client = Client::new(&found.url)?.with_token(&found.token)?;
        Ok(Self { place: FarmPlace::Embedded, client })
    }
}
