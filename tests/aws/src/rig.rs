//! The whole double for one workflow: database with its table, endpoint, the three functions, and the plan published.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_rule::{SendTarget, Target};
use fanin_state_first::{Claims, publish_plan};
use fanin_store::state::StateError;
use fanin_store_dynamodb::{DynamoStore, table};

use crate::double::Double;
use crate::dynamo::Dynamo;
use crate::lambda::{Bootstraps, Function, FunctionSpec};
use crate::wire::Gateway;
use crate::world::{CONDITIONS, RULES, Shared};

/// The table of the double.
pub const TABLE: &str = "double-state";
/// Its bucket for payloads that are put aside.
pub const BUCKET: &str = "double-claims";

/// Claims of the double, past the wire.
#[derive(Clone)]
pub struct Bucket(pub Shared);

impl Claims for Bucket {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let body = bytes::Bytes::from(body.to_owned());
        self.0.lock().sinks.objects.insert(format!("/{BUCKET}/{key}"), body);
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let world = self.0.lock();
        let found = world.sinks.objects.get(&format!("/{BUCKET}/{key}"));
        Ok(found.map(|body| String::from_utf8_lossy(body).into_owned()))
    }
}

/// How the rig is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Processes of a function at once.
    pub at_once: usize,
    /// Requests are counted and their cost computed.
    pub metered: bool,
}

/// The double, running.
pub struct Rig {
    /// What it knows.
    pub shared: Shared,
    /// The handler of every request.
    pub double: Arc<Double>,
    /// The table, past every fault.
    pub store: DynamoStore,
    /// The claims, past every fault.
    pub bucket: Bucket,
    /// The workflow's name.
    pub workflow: String,
    /// `condition-engine`.
    pub conditions: Arc<Function>,
    /// `rule-engine`.
    pub rules: Arc<Function>,
    /// `timers`.
    pub timers: Arc<Function>,
    _gateway: Gateway,
}

impl Rig {
    /// Starts it, with `plan` current from `at` on. What the functions say goes to files in `logs`.
    ///
    /// # Errors
    /// Something does not start.
    pub async fn start(
        built: &Bootstraps,
        plan: &Plan,
        at: Timestamp,
        setup: Setup,
        logs: &Path,
    ) -> anyhow::Result<Rig> {
        let shared = Shared::at(at);
        for rule in &plan.rules {
            if let Target::Send(SendTarget::Sqs(queue)) = &rule.target {
                shared.lock().queue(queue.rsplit('/').next().unwrap_or_default());
            }
        }
        let dynamo = Dynamo::start().await?;
        let client = client(&dynamo.url());
        table::create(&client, TABLE).await?;
        // Nobody reads the stream here, and the database looks through all of it to number the next record.
        let off =
            serde_json::json!({ "TableName": TABLE, "StreamSpecification": { "StreamEnabled": false } });
        dynamo.ask("UpdateTable", &off).await;
        let store = DynamoStore::new(&client, TABLE);
        let bucket = Bucket(shared.clone());
        publish_plan(&store, &bucket, plan, at).await?;
        let double = Arc::new(Double::new(shared.clone(), dynamo, setup.metered));
        let gateway = Gateway::start(double.clone()).await?;
        let environment = environment(plan, &gateway.url());
        let function = |name: &str| -> anyhow::Result<Arc<Function>> {
            let binary = built.get(name).with_context(|| format!("{name} was not built"))?;
            let log = logs.join(format!("{name}.log"));
            let spec = FunctionSpec::new(&format!("double-{name}"), binary.clone(), environment.clone(), log);
            Ok(Arc::new(Function::new(FunctionSpec { at_once: setup.at_once.max(1), ..spec })))
        };
        let functions = [function("condition-engine")?, function("rule-engine")?, function("timers")?];
        *double.mortal.lock().unwrap() = functions.to_vec();
        let [conditions, rules, timers] = functions;
        let workflow = plan.workflow.to_string();
        Ok(Rig { shared, double, store, bucket, workflow, conditions, rules, timers, _gateway: gateway })
    }
}

fn environment(plan: &Plan, endpoint: &str) -> BTreeMap<String, String> {
    // A function whose name begins so is waited for; the others are invoked asynchronously.
    let names: Vec<&str> =
        plan.functions.iter().map(|f| &*f.name).filter(|name| !name.starts_with("wait-")).collect();
    let queue = |name: &str| format!("{endpoint}/123456789012/{name}");
    let variables = [
        ("FANIN_WORKFLOW", plan.workflow.to_string()),
        ("FANIN_TABLE", TABLE.to_owned()),
        ("FANIN_CONDITIONS_QUEUE", queue(CONDITIONS)),
        ("FANIN_RULES_QUEUE", queue(RULES)),
        ("FANIN_BUCKET", BUCKET.to_owned()),
        ("FANIN_ASYNC", names.join(",")),
        ("FANIN_LOG", std::env::var("FANIN_LOG").unwrap_or_else(|_| "info".to_owned())),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "double".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "double".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A client for an endpoint of this machine.
#[must_use]
pub fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("double", "double", None, None, "double"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}
