//! What a server keeps: the log and its index, the files, the secret and the
//! key of the API; in the data directory, or as long as the server runs.

use std::path::Path;
use std::sync::Arc;

use engine::log::{Log, MemoryLog};
use storage::{Index, Keep, Store};

use crate::StartError;
use crate::api_key::ApiKey;
use crate::files::Files;
use crate::identity;

/// What is kept, opened. In memory there are neither files nor a search.
pub(crate) struct Data {
    pub(crate) log: Arc<dyn Log>,
    /// What the log is in.
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) index: Option<Arc<Index>>,
    pub(crate) files: Option<Arc<Files>>,
    /// What signs the identities that the server gives.
    pub(crate) secret: Vec<u8>,
    pub(crate) api_key: ApiKey,
}

impl Data {
    /// Opens what is in a directory; what is not there yet is made.
    pub(crate) fn open(dir: &Path, keep: Keep, api_key: Option<&[u8]>) -> Result<Self, StartError> {
        let options = storage::Options {
            keep,
            ..storage::Options::default()
        };
        let store = Arc::new(Store::open(dir, options)?);
        Ok(Self {
            log: Arc::clone(&store) as _,
            secret: identity::secret(dir)?,
            index: open_index(&store, dir),
            store: Some(store),
            files: Some(Arc::new(Files::open(dir)?)),
            api_key: api_key.map_or_else(|| ApiKey::of(dir), |key| Ok(ApiKey::new(key)))?,
        })
    }

    /// Begins with nothing, and keeps it as long as the server runs.
    pub(crate) fn in_memory(api_key: Option<&[u8]>) -> Self {
        Self {
            log: Arc::new(MemoryLog::new(uuid::Uuid::new_v4().as_u64_pair().0)),
            store: None,
            index: None,
            files: None,
            secret: identity::random_secret(),
            api_key: api_key.map_or_else(ApiKey::unknown, ApiKey::new),
        }
    }
}

/// The index of a log. A server without one does all but search, and that is
/// better than none.
fn open_index(store: &Arc<Store>, dir: &Path) -> Option<Arc<Index>> {
    match Index::open(Arc::clone(store), dir, chat::words_of) {
        Ok(index) => Some(Arc::new(index)),
        Err(error) => {
            tracing::error!(%error, "nothing can be searched");
            None
        }
    }
}
