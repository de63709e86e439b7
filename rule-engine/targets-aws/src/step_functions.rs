//! `send: { step_functions: ... }`: an execution of a state machine, named by the action's id. One that exists already is this
//! one: a repetition starts nothing.

use aws_sdk_sfn::Client;
use fanin_rule::{Action, Outcome};

use crate::failure::{Thing, done};
use crate::limits::MAX_EXECUTION_INPUT_BYTES;
use crate::names::{Home, is_arn};

/// Starts the execution.
pub(crate) async fn call(client: &Client, (machine, home): (&str, &Home), action: &Action) -> Outcome {
    let thing = Thing {
        service: "Sfn",
        kind: "state machine",
        name: machine,
        permission: "states:StartExecution",
        home,
    };
    let resource = format!("stateMachine:{machine}");
    let arn = if is_arn(machine) { Some(machine.to_owned()) } else { home.arn("states", &resource) };
    let Some(arn) = arn else { return thing.needs_arn() };
    if action.payload.len() > MAX_EXECUTION_INPUT_BYTES {
        return thing.too_large(action.payload.len(), MAX_EXECUTION_INPUT_BYTES);
    }
    let request =
        client.start_execution().state_machine_arn(arn).name(action.id.to_string()).input(&*action.payload);
    match request.send().await {
        Ok(_) => done(),
        Err(error) => {
            let exists =
                error.as_service_error().is_some_and(|refusal| refusal.is_execution_already_exists());
            if exists { done() } else { thing.failed(&error) }
        }
    }
}
