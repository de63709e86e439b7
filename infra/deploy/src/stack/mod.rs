//! A look at a running stack, and a hand for it: the same questions and operations that the embedded host answers.
//!
//! A [`Stack`] is found by its name alone: the workflow's name stands in the environment of its function, the plan in its
//! table. It is synchronous, for the command line; every method names the thing and the permission when it fails.

mod dead;
mod emit;
mod events;
mod instances;
mod logs;
mod pages;
mod runs;
mod sender;
mod status;

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use fanin_event::Timestamp;
use fanin_state_first::{Conditions, PlanSet, Plans};
use fanin_store_dynamodb::DynamoStore;

use crate::aws::{Aws, code_of, trouble};
use crate::bucket::Bucket;
use crate::names::{FunctionName, Names};
use crate::steps::now;

pub use dead::{Redriving, StackLetter};
pub use emit::Emitted;
pub use events::{EventQuestion, Lines};
pub use instances::{Asked, InstanceList, OperateAnswer, Unread};
pub use logs::{LogLine, LogLines, LogQuestion};
pub use runs::RunList;
pub use status::{QueueStatus, StackStatus};

use sender::Sender;

/// A stack that is deployed.
#[derive(Debug)]
pub struct Stack {
    names: Names,
    workflow: String,
    aws: Arc<Aws>,
    conditions: Conditions<DynamoStore, Sender, Bucket>,
    plans: Arc<PlanSet>,
    runtime: tokio::runtime::Runtime,
}

impl Stack {
    /// Finds the stack `name` in the account and region of the environment.
    ///
    /// # Errors
    /// No credentials or region, no such stack, no plan, no permission.
    pub fn open(name: &str) -> anyhow::Result<Stack> {
        let names = Names::new(name)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (workflow, aws, conditions, plans) = runtime.block_on(async {
            let aws = Arc::new(Aws::connect().await?);
            let workflow = workflow_of(&aws, &names).await?;
            let store = DynamoStore::new(&aws.dynamodb, names.table());
            let bucket = Bucket::new(&aws.s3, names.bucket(&aws.account, &aws.region));
            let sender = Sender::new(aws.clone(), &names);
            let plans = Plans::new(&workflow).look((&store, &bucket), now()).await?;
            let conditions = Conditions::new(&workflow, store, sender, bucket);
            anyhow::Ok((workflow, aws, conditions, plans))
        })?;
        Ok(Stack { names, workflow, aws, conditions, plans, runtime })
    }

    /// The name of its workflow.
    #[must_use]
    pub fn workflow(&self) -> &str {
        &self.workflow
    }

    /// The clock of the person who asks.
    fn now() -> Timestamp {
        now()
    }

    fn store(&self) -> DynamoStore {
        DynamoStore::new(&self.aws.dynamodb, self.names.table())
    }

    fn bucket(&self) -> Bucket {
        Bucket::new(&self.aws.s3, self.names.bucket(&self.aws.account, &self.aws.region))
    }
}

/// The workflow's name, from the function that serves it.
async fn workflow_of(aws: &Aws, names: &Names) -> anyhow::Result<String> {
    let function = names.function(FunctionName::ConditionEngine);
    let asked = aws.lambda.get_function_configuration().function_name(&function).send().await;
    let found = match asked {
        Ok(found) => found,
        Err(error) if code_of(&error).contains("NotFound") => bail!(
            "there is no stack {:?} in {}: it has no function {function}. `fanin deploy WORKFLOW --stack {}` makes one; \
             another account or region is chosen with AWS_PROFILE and AWS_REGION",
            names.stack(),
            aws.place(),
            names.stack()
        ),
        Err(error) => {
            let what = format!("looking at the function {function}");
            return Err(trouble(&what, "lambda:GetFunctionConfiguration", &error));
        }
    };
    let variables = found.environment().and_then(|environment| environment.variables());
    variables
        .and_then(|all| all.get("FANIN_WORKFLOW"))
        .cloned()
        .with_context(|| format!("the function {function} is not one of fanin: it has no FANIN_WORKFLOW"))
}

/// An error of the store, in the words of the command line.
fn told(error: &impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}")
}
