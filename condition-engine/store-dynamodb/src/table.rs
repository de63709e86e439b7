//! The table: its definition, which the deployment's template repeats, and its creation for tests.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableStatus, TimeToLiveSpecification,
};
use fanin_store::state::StateError;

use crate::limits::MAX_TABLE_POLLS;

/// The partition key, text.
pub const PARTITION_KEY: &str = "pk";
/// The sort key, text.
pub const SORT_KEY: &str = "sk";
/// The attribute with the second from which an item is garbage.
pub const TTL_ATTRIBUTE: &str = fanin_store::state::row::field::EXPIRES;
/// What the stream tells of a change.
pub const STREAM_VIEW: &str = "NEW_AND_OLD_IMAGES";
/// How the table is paid.
pub const BILLING_MODE: &str = "PAY_PER_REQUEST";

/// The actions on the table which the functions need.
pub const ACTIONS: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
];

/// The actions a person needs beside them to look at everything.
pub const ACTIONS_OF_PEOPLE: &[&str] = &["dynamodb:Scan"];

/// Makes the table if it is not there, and waits until it may be used. For tests and emulators: a deployment makes it by its
/// template.
///
/// # Errors
/// `Unusable` with what the service said.
pub async fn create(client: &Client, table: &str) -> Result<(), StateError> {
    let stream =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.build().map_err(|error| unusable(table, &error))?);
    for (name, kind) in [(PARTITION_KEY, KeyType::Hash), (SORT_KEY, KeyType::Range)] {
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        let text = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        request = request
            .key_schema(key.map_err(|error| unusable(table, &error))?)
            .attribute_definitions(text.build().map_err(|error| unusable(table, &error))?);
    }
    match request.send().await {
        Err(error) if error.code() == Some("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(unusable(table, &error)),
        Ok(_) => {}
    }
    wait(client, table).await?;
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL_ATTRIBUTE).build();
    let ttl = ttl.map_err(|error| unusable(table, &error))?;
    let request = client.update_time_to_live().table_name(table).time_to_live_specification(ttl);
    request.send().await.map(|_| ()).map_err(|error| unusable(table, &error))
}

async fn wait(client: &Client, table: &str) -> Result<(), StateError> {
    for _ in 0..MAX_TABLE_POLLS {
        let described = client.describe_table().table_name(table).send().await;
        let described = described.map_err(|error| unusable(table, &error))?;
        if described.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(StateError::Unusable(format!("table {table} was created and does not become active")))
}

fn unusable(table: &str, error: &(impl std::error::Error + 'static)) -> StateError {
    StateError::Unusable(format!("table {table} cannot be made: {}", DisplayErrorContext(error)))
}
