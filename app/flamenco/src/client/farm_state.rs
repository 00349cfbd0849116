use super::{Client, segment};
use crate::ClientError;
use crate::kiln::{self, Info};
use crate::wire::{
    Audience, Configuration, FarmStatusReport, FlamencoVersion, SharedStorageLocation, StatusChangeRequest,
    Variables, Worker, WorkerList, WorkerSummary, WorkerTag, WorkerTagChange, WorkerTagList,
};

/// The Manager itself, and its Workers.
impl Client {
    /// # Errors
    /// See [`ClientError`].
    pub async fn version(&self) -> Result<FlamencoVersion, ClientError> {
        self.get("/api/v3/version").await
    }

    /// `None` on a Manager that is not ours, or that is so only to those who have its token.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn kiln_info(&self) -> Result<Option<Info>, ClientError> {
        match self.get(&format!("{}/info", kiln::BASE)).await {
            Ok(info) => Ok(Some(info)),
            // A real Manager sends unknown paths to its web application, or answers 404.
            Err(
                ClientError::Refused { status: 300..=399 | 404 | 405, .. } | ClientError::Malformed { .. },
            ) => Ok(None),
            // One that is open to stock clients lets us do what they do.
            Err(ClientError::Refused { status: 401, .. }) if !self.has_token() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks a farm of ours to end; its jobs go on at its next start.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn shutdown(&self) -> Result<(), ClientError> {
        self.post(&format!("{}/shutdown", kiln::BASE), &()).await.map(drop)
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn configuration(&self) -> Result<Configuration, ClientError> {
        self.get("/api/v3/configuration").await
    }

    /// Where the shared storage lies for `audience` on `platform` (see [`crate::wire::platform`]).
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn shared_storage(
        &self,
        audience: Audience,
        platform: &str,
    ) -> Result<SharedStorageLocation, ClientError> {
        let platform = segment(platform);
        self.get(&format!("/api/v3/configuration/shared-storage/{audience}/{platform}")).await
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn variables(&self, audience: Audience, platform: &str) -> Result<Variables, ClientError> {
        self.get(&format!("/api/v3/configuration/variables/{audience}/{}", segment(platform))).await
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn farm_status(&self) -> Result<FarmStatusReport, ClientError> {
        self.get("/api/v3/status").await
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn workers(&self) -> Result<Vec<WorkerSummary>, ClientError> {
        Ok(self.get::<WorkerList>("/api/v3/worker-mgt/workers").await?.workers)
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn worker(&self, id: &str) -> Result<Worker, ClientError> {
        self.get(&format!("/api/v3/worker-mgt/workers/{}", segment(id))).await
    }

    /// Asks a Worker to become something; it learns of it when it next asks.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_worker_status(&self, id: &str, change: StatusChangeRequest) -> Result<(), ClientError> {
        self.post(&format!("/api/v3/worker-mgt/workers/{}/setstatus", segment(id)), &change).await?;
        Ok(())
    }

    /// Gives a Worker these tags and no others.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_worker_tags(&self, id: &str, tags: &[String]) -> Result<(), ClientError> {
        let change = WorkerTagChange { tag_ids: tags.to_vec() };
        self.post(&format!("/api/v3/worker-mgt/workers/{}/settags", segment(id)), &change).await?;
        Ok(())
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn worker_tags(&self) -> Result<Vec<WorkerTag>, ClientError> {
        Ok(self.get::<WorkerTagList>("/api/v3/worker-mgt/tags").await?.tags)
    }
}
