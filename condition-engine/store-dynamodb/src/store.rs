//! The store: a client, a table, what was asked so far; the ports, each operation in a file of its own.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use fanin_store::state::{
    Base, Cell, CellKey, CellKind, CellWrite, PutIf, Read, Scanned, Shelf, ShelfEntry, ShelfName, Slots,
    StateError, StateStore, Usage,
};

use crate::limits::ATTEMPT_TIMEOUT_MS;

/// The state-first store on a table. Clones share the connection and the counts.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) endpoint: Arc<OnceLock<String>>,
    pub(crate) usage: Arc<Mutex<Usage>>,
    pub(crate) billed: Arc<Mutex<Billed>>,
    pub(crate) ask_cost: bool,
}

/// What the service says its requests cost, in capacity units. Refused writes cost too and are not told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Billed {
    /// For writes.
    pub write_units: f64,
    /// For reads.
    pub read_units: f64,
}

impl DynamoStore {
    /// A store on a table. Of the client the connection, credentials, region and endpoint are taken; its retries are
    /// switched off (see the crate's page), and an attempt gets a time limit where the client has none.
    #[must_use]
    pub fn new(client: &Client, table: impl Into<String>) -> DynamoStore {
        let endpoint = Arc::new(OnceLock::new());
        let timeouts = client.config().timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let mut limited = timeouts.to_builder();
        if timeouts.operation_attempt_timeout().is_none() {
            limited = limited.operation_attempt_timeout(Duration::from_millis(ATTEMPT_TIMEOUT_MS));
        }
        let config = client.config().to_builder();
        let config = config.retry_config(RetryConfig::disabled()).timeout_config(limited.build());
        let config = config.interceptor(Watch { endpoint: Arc::clone(&endpoint) });
        DynamoStore {
            client: Client::from_conf(config.build()),
            table: table.into(),
            endpoint,
            usage: Arc::default(),
            billed: Arc::default(),
            ask_cost: false,
        }
    }

    /// Asks the service with every request what it cost; see [`billed`](DynamoStore::billed).
    #[must_use]
    pub fn asking_costs(self) -> DynamoStore {
        DynamoStore { ask_cost: true, ..self }
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What was asked of the store so far, and what it cost by the sizes of the items. The size of an item before a write is
    /// the one it had when it was loaded.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the service says it cost, where it was asked.
    #[must_use]
    pub fn billed(&self) -> Billed {
        *self.billed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes where requests go, for the texts of errors.
#[derive(Debug)]
struct Watch {
    endpoint: Arc<OnceLock<String>>,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "fanin-store"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.endpoint.get().is_none() {
            // Whoever comes second wanted to note the same.
            let _ = self.endpoint.set(context.request().uri().to_owned());
        }
        Ok(())
    }
}

impl StateStore for DynamoStore {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        self.load_cells(keys, read).await
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        self.commit_all(writes).await
    }

    async fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.fill_slots(key, slots, expires).await
    }

    async fn close(&self, key: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        self.close_slots(key, total, &note).await
    }

    async fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.renew_slots(key, life, slots, expires).await
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.read_slots(key, read).await
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> Result<Scanned, StateError> {
        self.scan_page(&CellKey::prefix(kind, workflow, name), after.as_deref()).await
    }
}

impl Shelf for DynamoStore {
    async fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        self.put_value(shelf, &entry, &when, expires).await
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, read: Read) -> Result<Option<Vec<u8>>, StateError> {
        self.get_value(shelf, sort, read).await
    }

    async fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.list_values(shelf, after, limit).await
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.remove_values(shelf, sorts).await
    }
}
