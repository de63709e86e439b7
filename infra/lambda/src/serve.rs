//! One process of a function: reads its configuration, asks the platform for invocations, hands them to the engine.
//!
//! A configuration that cannot be used does not end the process: each invocation is answered with what is wrong, so that
//! it stands in the log and in the platform's errors, and a mended function works without a crash loop before. An error
//! in one batch gives that batch back, and so does a panic. A development build lives on after it; the deployed one ends,
//! the platform starts another and delivers again what was in hand.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fanin_event::Timestamp;
use fanin_state_first::{Deadline, Handled, Happenings, Received};
use futures_util::future::BoxFuture;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};

use crate::answer::BatchAnswer;
use crate::clients::Clients;
use crate::config::Config;
use crate::deadline::InvocationDeadline;
use crate::event::{SqsBatch, Tick};
use crate::limits::ANSWER_RESERVE;
use crate::logs::{self, REQUEST};

/// What a function needs to work.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The environment's configuration.
    pub config: Arc<Config>,
    /// The services' clients.
    pub clients: Arc<Clients>,
}

impl Setup {
    /// From this process's environment.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn from_env() -> Result<Setup, String> {
        let config = Config::from_env().map_err(|error| error.to_string())?;
        let clients = Clients::new(config.aws.clone())?;
        Ok(Setup { config: Arc::new(config), clients: Arc::new(clients) })
    }
}

/// A number for the metrics: name, unit, number.
pub type Number = (&'static str, &'static str, u64);

/// What an engine tells of a batch or of a tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of each message, in their order; nothing for a tick.
    pub handled: Vec<Handled>,
    /// Numbers of what was done.
    pub numbers: Vec<Number>,
    /// What went wrong, in words that name the thing and what mends it. Its messages come again.
    pub troubles: Vec<String>,
    /// What happened, as far as it is to be told.
    pub happened: Happenings,
}

/// Takes a batch of a queue.
pub trait Batch: Send + Sync + 'static {
    /// Takes the messages.
    fn batch(
        &self,
        received: &[Received],
        deadline: &InvocationDeadline,
    ) -> impl Future<Output = Report> + Send;
}

/// Does what is due.
pub trait Sweep: Send + Sync + 'static {
    /// Does what is due at `now`.
    fn sweep(&self, now: Timestamp, deadline: &InvocationDeadline) -> impl Future<Output = Report> + Send;
}

/// A function that is called with batches of a queue. Returns when the platform ends it.
pub fn batches<B: Batch>(function: &'static str, make: impl FnOnce(&Setup) -> B) -> ExitCode {
    let started = Started::new(function, make);
    run(function, async move {
        let handler = move |event: LambdaEvent<SqsBatch>| {
            let started = started.clone();
            async move {
                let (batch, context) = event.into_parts();
                let id = context.request_id.clone();
                REQUEST.scope(id, started.batch(batch, &context)).await
            }
        };
        lambda_runtime::run_concurrent(service_fn(handler)).await
    })
}

/// A function that is called by the schedule. Returns when the platform ends it.
pub fn ticks<S: Sweep>(function: &'static str, make: impl FnOnce(&Setup) -> S) -> ExitCode {
    let started = Started::new(function, make);
    run(function, async move {
        let handler = move |event: LambdaEvent<Tick>| {
            let started = started.clone();
            async move {
                let (tick, context) = event.into_parts();
                let id = context.request_id.clone();
                REQUEST.scope(id, started.tick(tick, &context)).await
            }
        };
        lambda_runtime::run_concurrent(service_fn(handler)).await
    })
}

/// The engine with the name of its function and of its workflow, or why there is none.
struct Started<T> {
    function: &'static str,
    ready: Arc<Result<(Arc<str>, T), String>>,
}

impl<T> Clone for Started<T> {
    fn clone(&self) -> Self {
        Started { function: self.function, ready: self.ready.clone() }
    }
}

impl<T> Started<T> {
    fn new(function: &'static str, make: impl FnOnce(&Setup) -> T) -> Started<T> {
        logs::init();
        let ready = Setup::from_env().map(|setup| (setup.config.workflow.clone(), make(&setup)));
        if let Err(wrong) = &ready {
            tracing::error!(target: "fanin_lambda", "{wrong}");
        }
        Started { function, ready: Arc::new(ready) }
    }

    fn engine(&self) -> Result<(&str, &T), Diagnostic> {
        match &*self.ready {
            Ok((workflow, engine)) => Ok((workflow, engine)),
            Err(wrong) => Err(diagnostic("Fanin.NotConfigured", wrong)),
        }
    }
}

impl<B: Batch> Started<B> {
    async fn batch(&self, batch: SqsBatch, context: &Context) -> Result<BatchAnswer, Diagnostic> {
        let (workflow, engine) = self.engine()?;
        let begun = Instant::now();
        let deadline = InvocationDeadline::new(context.deadline());
        let received = batch
            .received(logs::clock())
            .map_err(|wrong| diagnostic("Fanin.BadEvent", &wrong.to_string()))?;
        let report = in_time(&deadline, Box::pin(engine.batch(&received, &deadline))).await;
        let mut numbers = vec![
            ("Messages", "Count", count(received.len())),
            ("Redelivered", "Count", count(received.iter().filter(|message| message.attempt > 1).count())),
            ("OldestMessageAge", "Milliseconds", oldest_age(&received)),
        ];
        let messages = received.len();
        let answer = BatchAnswer::new(received, &report.handled);
        numbers.push(("Returned", "Count", count(answer.again())));
        let troubles = self.told(workflow, numbers, report, begun);
        match troubles {
            // The same to the queue, but seen in the platform's errors, and its poller slows down.
            Some(troubles) if messages > 0 && answer.again() == messages => {
                Err(diagnostic("Fanin.Trouble", &troubles))
            }
            _ => Ok(answer),
        }
    }
}

impl<S: Sweep> Started<S> {
    async fn tick(&self, tick: Tick, context: &Context) -> Result<(), Diagnostic> {
        let (workflow, engine) = self.engine()?;
        let begun = Instant::now();
        let deadline = InvocationDeadline::new(context.deadline());
        let now = tick.now().map_err(|wrong| diagnostic("Fanin.BadEvent", &wrong.to_string()))?;
        let report = in_time(&deadline, Box::pin(engine.sweep(now, &deadline))).await;
        match self.told(workflow, Vec::new(), report, begun) {
            Some(troubles) => Err(diagnostic("Fanin.Trouble", &troubles)),
            None => Ok(()),
        }
    }
}

impl<T> Started<T> {
    /// Writes down what was told; gives the troubles in one text.
    fn told(
        &self,
        workflow: &str,
        mut numbers: Vec<Number>,
        report: Report,
        begun: Instant,
    ) -> Option<String> {
        for trouble in &report.troubles {
            tracing::error!(target: "fanin_lambda", function = self.function, "{trouble}");
        }
        numbers.push((
            "Duration",
            "Milliseconds",
            u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        ));
        numbers.push(("Troubles", "Count", count(report.troubles.len())));
        report.happened.lines.iter().for_each(logs::happened);
        if report.happened.more > 0 {
            numbers.push(("Untold", "Count", count(report.happened.more)));
        }
        numbers.extend(report.numbers);
        logs::metrics(workflow, self.function, &numbers);
        (!report.troubles.is_empty()).then(|| report.troubles.join("; "))
    }
}

/// Gives up a little after the deadline that the work knows of and should have kept, while there is time for an answer. The
/// work is behind a pointer of no known type: a future in a future in a future is more than the compiler looks through.
async fn in_time(deadline: &InvocationDeadline, work: BoxFuture<'_, Report>) -> Report {
    let left = Duration::from_millis(deadline.left().0).saturating_add(ANSWER_RESERVE / 2);
    tokio::time::timeout(left, work).await.unwrap_or_else(|_| Report {
        troubles: vec![
            "the invocation's time was up before the work was done: what is left comes again".to_owned(),
        ],
        ..Report::default()
    })
}

/// The first receipt counts, not the clock: it is the same wherever time comes from.
fn oldest_age(received: &[Received]) -> u64 {
    received.iter().map(|message| message.received.since(message.sent).0).max().unwrap_or(0)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn diagnostic(kind: &str, text: &str) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: text.to_owned() }
}

/// Runs until the platform ends the process. One thread, unless the platform gives it several invocations at once.
fn run(function: &str, work: impl Future<Output = Result<(), lambda_runtime::Error>>) -> ExitCode {
    if let Some(missing) = NEEDED.iter().find(|name| std::env::var_os(name).is_none()) {
        tracing::error!(
            target: "fanin_lambda",
            "{missing} is not set: `{function}` runs as an AWS Lambda function, `fanin deploy WORKFLOW --stack NAME` makes it \
             one; to run a workflow here use `fanin run WORKFLOW`"
        );
        return ExitCode::from(2);
    }
    let several =
        std::env::var("AWS_LAMBDA_MAX_CONCURRENCY").ok().and_then(|n| n.parse::<u32>().ok()).unwrap_or(1) > 1;
    let mut builder = if several {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let ended = match builder.enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(target: "fanin_lambda", "the runtime API cannot be used: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the platform sets for every function; without it there is no platform.
const NEEDED: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];
