//! The suite on real implementations: dynoxide in this process, and whatever `FANIN_TEST_DYNAMODB_ENDPOINT` names.

#[path = "support/emulated.rs"]
mod emulated;
mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use emulated::dynoxide;
use fanin_store::suite;
use fanin_store_dynamodb::{DynamoStore, table};
use support::client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynoxide_passes_the_suite() {
    let store = dynoxide().await;
    let failures = suite::state::run(&store, 1).await;
    assert!(failures.is_empty(), "{failures:#?}");
    println!("{}", store.usage());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_named_endpoint_passes_the_suite() {
    let Ok(endpoint) = std::env::var("FANIN_TEST_DYNAMODB_ENDPOINT") else {
        eprintln!("skipped: FANIN_TEST_DYNAMODB_ENDPOINT names no endpoint to run the suite on");
        return;
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let client = client(&endpoint);
    let name = format!("fanin-suite-{}", now.as_millis());
    table::create(&client, &name).await.unwrap();
    let store = DynamoStore::new(&client, &name);
    let failures = suite::state::run(&store, now.subsec_nanos()).await;
    client.delete_table().table_name(&name).send().await.unwrap();
    assert!(failures.is_empty(), "{failures:#?}");
    println!("{}", store.usage());
}
