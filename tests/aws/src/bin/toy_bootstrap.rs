//! A function for testing the Runtime API host: it does what its payload says.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(toy)).await
}

/// `{"fail": TEXT}` fails, `{"exit": CODE}` ends the process, `{"sleep": MS}` takes long; everything is echoed.
async fn toy(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let payload = event.payload;
    if let Some(ms) = payload.get("sleep").and_then(Value::as_u64) {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    }
    if let Some(code) = payload.get("exit").and_then(Value::as_i64) {
        std::process::exit(i32::try_from(code).unwrap_or(1));
    }
    if let Some(text) = payload.get("fail").and_then(Value::as_str) {
        return Err(text.into());
    }
    Ok(payload)
}
