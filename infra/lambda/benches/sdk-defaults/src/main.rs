//! `condition-engine` with every feature the SDK has by default: its chain of regions and credentials, its HTTP client, its
//! TLS. All else is the function's own code, so that what differs is the SDK's part of a start.

use std::process::ExitCode;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use fanin_lambda::engines::{ConditionEngine, conditions};
use fanin_lambda::{Clients, Setup};

fn main() -> ExitCode {
    fanin_lambda::serve::batches("condition-engine", engine)
}

fn engine(setup: &Setup) -> ConditionEngine {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime to read the configuration in");
    let shared = runtime.block_on(aws_config::load_defaults(BehaviorVersion::v2026_01_12()));
    let clients =
        Clients::over(setup.config.aws.clone(), shared).expect("clients over the SDK's configuration");
    conditions(&Setup { config: setup.config.clone(), clients: Arc::new(clients) })
}
