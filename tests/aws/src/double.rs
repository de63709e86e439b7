//! The endpoint of the double: every request of the functions comes here, may meet a fault, is counted, and is answered.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use fanin_event::Identity;
use fanin_rule::{Action, ActionId, Outcome, Target, base64};
use serde_json::{Value, json};

use crate::dynamo::Dynamo;
use crate::faults::{Fault, Faults, Rates, SLOW, broken, throttled};
use crate::lambda::Function;
use crate::meter::{self, Used};
use crate::wire::{Answer, Call, Handler, Reply, Service, sqs};
use crate::world::{Invoked, Shared};

/// The handler.
pub struct Double {
    /// What it knows.
    pub shared: Shared,
    /// The database.
    pub dynamo: Dynamo,
    /// What goes wrong.
    pub faults: Mutex<Faults>,
    /// What was used, where it is counted.
    pub used: Option<Mutex<Used>>,
    /// Whom a fault may kill.
    pub mortal: Mutex<Vec<Arc<Function>>>,
}

impl Double {
    /// Without faults.
    #[must_use]
    pub fn new(shared: Shared, dynamo: Dynamo, metered: bool) -> Double {
        Double {
            shared,
            dynamo,
            faults: Mutex::new(Faults::new(0, Rates::default())),
            used: metered.then(Mutex::default),
            mortal: Mutex::default(),
        }
    }

    /// From now on these things go wrong.
    pub fn disturb(&self, seed: u64, rates: Rates) {
        *self.faults.lock().unwrap() = Faults::new(seed, rates);
    }

    fn kill(&self) {
        for function in self.mortal.lock().unwrap().iter() {
            if function.kill_one() {
                return;
            }
        }
    }

    async fn serve(&self, call: &Call) -> Answer {
        if call.service != Service::Dynamo
            && let Some(used) = &self.used
        {
            used.lock().unwrap().count(call.service, &call.operation, &call.body);
        }
        match call.service {
            Service::Dynamo => self.dynamo(call).await,
            Service::Sqs => {
                let mut world = self.shared.lock();
                let now = world.now;
                sqs(&mut world.queues, &endpoint(call), now, call)
            }
            Service::Lambda => self.invoke(call),
            _ => self.shared.lock().sinks.answer(call),
        }
    }

    async fn dynamo(&self, call: &Call) -> Answer {
        let Some(used) = &self.used else {
            return self.dynamo.forward(&call.headers, call.body.clone()).await;
        };
        let mut request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        if let Some(object) = request.as_object_mut() {
            object.insert("ReturnConsumedCapacity".to_owned(), Value::from("TOTAL"));
        }
        let before = meter::before(&self.dynamo, &call.operation, &request).await;
        let answer = self.dynamo.forward(&call.headers, request.to_string().into()).await;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        meter::charge(used, &self.dynamo, (&call.operation, &request), before, (answer.status, &told)).await;
        answer
    }

    fn invoke(&self, call: &Call) -> Answer {
        let function = call.path.split('/').nth(3).unwrap_or_default();
        let function = crate::wire::percent(function);
        let function = function.rsplit(":function:").next().unwrap_or_default();
        let request = String::from_utf8_lossy(&call.body).into_owned();
        let header = |name: &str| call.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let later = header("x-amz-invocation-type") == "Event";
        let mut payload: Value = serde_json::from_str(&request).unwrap_or_default();
        let tag = payload.as_object_mut().and_then(|p| p.shift_remove("_fanin"));
        let context = base64::decode(header("x-amz-client-context"))
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .unwrap_or_default();
        let Some(action) = action(function, tag.as_ref(), &context, &payload) else {
            return Answer::error(
                400,
                "InvalidRequestContentException",
                "neither `_fanin` nor a client context",
            );
        };
        let mut world = self.shared.lock();
        let answered = !later;
        let outcome =
            world.stub.as_ref().filter(|_| answered).and_then(|stub| stub(function, &action.payload));
        world.invoked.push(Invoked { action, request, answered });
        drop(world);
        if later {
            return Answer::json(202, &Value::Null);
        }
        match outcome {
            Some(Outcome::Failed { error, cause }) => {
                let body = json!({ "errorType": error, "errorMessage": cause });
                let mut answer = Answer::json(200, &body);
                answer.headers.insert("x-amz-function-error".to_owned(), "Unhandled".to_owned());
                answer
            }
            Some(Outcome::Done { result }) => {
                Answer { body: result.into(), ..Answer::json(200, &Value::Null) }
            }
            None => Answer::error(404, "ResourceNotFoundException", "Function not found"),
        }
    }
}

fn endpoint(call: &Call) -> String {
    let host = call.headers.get("host").and_then(|v| v.to_str().ok()).unwrap_or_default();
    format!("http://{host}")
}

/// The call, as far as the request tells: an asynchronous one has everything in its tag, one that is waited for has its id.
fn action(function: &str, tag: Option<&Value>, context: &Value, payload: &Value) -> Option<Action> {
    let custom = context.get("custom").unwrap_or(&Value::Null);
    let of = |tagged: &str, told: &str| tag.and_then(|t| t.get(tagged)).or_else(|| custom.get(told)).cloned();
    let text = |value: Value| value.as_str().map(ToOwned::to_owned).unwrap_or_else(|| value.to_string());
    // Some are written as UUIDs.
    let identity = |value: Value| {
        let hex = value.as_str().unwrap_or_default().replace('-', "");
        serde_json::from_value::<Identity>(Value::from(hex)).ok()
    };
    let number = |value: Value| text(value).parse::<u32>().ok();
    let id = identity(of("action", "fanin-action-id")?)?;
    Some(Action {
        id: ActionId(id),
        run: tag.and_then(|t| t.get("run")).cloned().and_then(identity).unwrap_or(id),
        index: tag.and_then(|t| t.get("index")).cloned().and_then(number).unwrap_or(0),
        attempt: of("attempt", "fanin-attempt").and_then(number).unwrap_or(1),
        rule: of("rule", "fanin-rule").map(text).unwrap_or_default().into(),
        workflow: "".into(),
        target: Target::Invoke { function: function.into() },
        payload: payload.to_string().into(),
    })
}

impl Handler for Double {
    fn handle(self: Arc<Self>, call: Call) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move {
            let fault = self.faults.lock().unwrap().draw();
            match fault {
                Fault::Throttle => return Reply::Answer(throttled(call.service)),
                Fault::Broken => return Reply::Answer(broken(call.service)),
                Fault::CutBefore => return Reply::Cut,
                Fault::KillBefore => {
                    self.kill();
                    return Reply::Cut;
                }
                _ => {}
            }
            let answer = self.serve(&call).await;
            match fault {
                Fault::CutAfter => Reply::Cut,
                Fault::KillAfter => {
                    self.kill();
                    Reply::Cut
                }
                Fault::Slow => {
                    tokio::time::sleep(SLOW).await;
                    Reply::Answer(answer)
                }
                _ => Reply::Answer(answer),
            }
        })
    }
}
