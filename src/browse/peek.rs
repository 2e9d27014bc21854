//! Looking at the beginning of an artifact, without keeping a file of it.

use std::path::PathBuf;

use super::{Download, Host, download};
use crate::{domain::Failure, probe::Stay};

impl Host {
    /// The first bytes of an artifact of a run whose artifacts are at `root_uri`: `first` of
    /// them at most, all of a shorter one.
    ///
    /// # Errors
    /// What the answer says where it is no success; `Network` where it breaks off.
    pub async fn peek(
        &self,
        stay: &Stay,
        run: &str,
        root_uri: &str,
        path: &str,
        first: u64,
    ) -> Result<Vec<u8>, Failure> {
        if first == 0 {
            return Ok(Vec::new());
        }
        let whose = Download {
            run: run.to_owned(),
            root_uri: root_uri.to_owned(),
            folder: PathBuf::new(),
            overwrite: false,
            concurrency: 1,
        };
        let request = download::request(Self::root(stay), &whose, path)?;
        let incoming = self.open(stay, &request, Some((0, first - 1))).await?;
        let keep = usize::try_from(first).unwrap_or(usize::MAX);
        Ok(incoming.whole(keep).await?.body.to_vec())
    }
}
