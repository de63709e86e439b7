//! A table to test on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use fanin_store_dynamodb::{DynamoStore, table};
use tokio::net::TcpListener;

use crate::support::{TABLE, client, url};

/// An empty table in a fresh dynoxide, in this process, on a port of the loopback interface.
pub(crate) async fn dynoxide() -> DynamoStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = url(listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let client = client(&endpoint);
    table::create(&client, TABLE).await.unwrap();
    DynamoStore::new(&client, TABLE)
}
