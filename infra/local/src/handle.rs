//! The way to a running host: submit, settle, activate, ask. Cheap to clone, usable from any thread or task.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc;

use fanin_condition::OperateError;
use fanin_event::Scratch;
use fanin_plan::Plan;
use fanin_rule::{Action, Outcome};
use fanin_runtime::documents::{Followed, Redriven};
use fanin_runtime::{Engine, Operation, Origin, Reception, Recognition};
use tokio::sync::oneshot;

use crate::error::HostError;
use crate::inbox::{Arrival, Command, Reply};
use crate::limits::MAX_OPEN_CALLS;
use crate::shared::Shared;

thread_local! {
    /// What recognizing needs: every thread that brings events has its own.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A handle on the host.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("open_calls", &self.shared.open_calls()).finish_non_exhaustive()
    }
}

/// Something that could not be an event, on its way to the dead letters.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Where it came in.
    pub origin: Origin,
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub reason: String,
    /// What it was.
    pub payload: String,
}

impl Handle {
    fn push(&self, command: Command) {
        if let Err(back) = self.shared.inbox.push(command) {
            let (error, command) = *back;
            let error = match (error, self.shared.failure()) {
                (HostError::Closed, Some(reason)) => HostError::Failed(reason),
                (error, _) => error,
            };
            match command {
                Command::Submit { reply, .. } => reply(Err(error)),
                Command::Redrive { reply, .. } => reply(Err(error)),
                Command::Operate { reply, .. } => reply(Err(error)),
                Command::Refuse { reply, .. }
                | Command::Activate { reply, .. }
                | Command::Tick { reply }
                | Command::Flush { reply }
                | Command::Snapshot(reply) => reply(Err(error)),
                // A settlement that comes too late is made again after the next start; a question has no answer.
                Command::Settle { .. } | Command::Query(_) => {}
            }
        }
    }

    /// Submits events; `reply` is called once they are durable, on the writer's thread, or at once with `Busy`.
    pub fn submit_then(&self, events: Vec<Arrival>, reply: Reply<Vec<Reception>>) {
        if self.shared.open_calls() > MAX_OPEN_CALLS {
            return reply(Err(HostError::Busy));
        }
        let texts = events.iter().map(|event| (event.text.as_str(), event.identity));
        let recognize =
            |recognition: Recognition| SCRATCH.with_borrow_mut(|scratch| recognition.ahead(texts, scratch));
        let ahead = self.shared.recognition().map(recognize);
        self.push(Command::Submit { events, ahead, reply });
    }

    /// Submits events and waits until they are durable.
    ///
    /// # Errors
    /// [`HostError::Busy`] when the queue is full, [`HostError::Closed`] or `Failed` when the host takes no more.
    pub fn submit_wait(&self, events: Vec<Arrival>) -> Result<Vec<Reception>, HostError> {
        wait(|reply| self.submit_then(events, reply))
    }

    /// Submits events; ready once they are durable.
    ///
    /// # Errors
    /// As [`Handle::submit_wait`].
    pub async fn submit(&self, events: Vec<Arrival>) -> Result<Vec<Reception>, HostError> {
        let (send, receive) = oneshot::channel();
        self.submit_then(events, Box::new(move |answer| drop(send.send(answer))));
        receive.await.unwrap_or(Err(HostError::Closed))
    }

    /// Puts something that is no event into the dead letters; ready once that is durable.
    ///
    /// # Errors
    /// When the host takes no more.
    pub async fn refuse(&self, refusal: Refusal) -> Result<(), HostError> {
        let (send, receive) = oneshot::channel();
        let reply: Reply<()> = Box::new(move |answer| drop(send.send(answer)));
        self.push(Command::Refuse { refusal, reply });
        receive.await.unwrap_or(Err(HostError::Closed))
    }

    /// Tells how a call ended.
    pub fn settle(&self, action: &Action, outcome: Outcome) {
        let (run, index, attempt) = (action.run, action.index, action.attempt);
        self.push(Command::Settle { run, index, attempt, outcome });
    }

    /// Makes `plan` the current one.
    ///
    /// # Errors
    /// When it cannot be: it belongs to another workflow, or too many older versions are still in use.
    pub fn activate(&self, plan: &Plan) -> Result<(), HostError> {
        let plan = plan.to_json().map_err(fanin_runtime::ActivateError::from)?;
        wait(|reply| self.push(Command::Activate { plan, reply }))
    }

    /// Tries a dead letter again; ready once that is durable. None: there is no such letter.
    ///
    /// # Errors
    /// When the host takes no more.
    pub async fn redrive(&self, letter: u64) -> Result<Option<Redriven>, HostError> {
        let (send, receive) = oneshot::channel();
        self.push(Command::Redrive { letter, reply: Box::new(move |answer| drop(send.send(answer))) });
        receive.await.unwrap_or(Err(HostError::Closed))
    }

    /// As [`Handle::redrive`], for threads.
    ///
    /// # Errors
    /// When the host takes no more.
    pub fn redrive_wait(&self, letter: u64) -> Result<Option<Redriven>, HostError> {
        wait(|reply| self.push(Command::Redrive { letter, reply }))
    }

    /// Lets a person intervene at an instance; ready once that is durable, with what followed. What cannot be done is not
    /// written, and the inner error says why.
    ///
    /// # Errors
    /// When the host takes no more.
    pub async fn operate(&self, operation: Operation) -> Result<Result<Followed, OperateError>, HostError> {
        let (send, receive) = oneshot::channel();
        let reply = Box::new(move |answer| drop(send.send(answer)));
        self.push(Command::Operate { operation: Box::new(operation), reply });
        receive.await.unwrap_or(Err(HostError::Closed))
    }

    /// As [`Handle::operate`], for threads.
    ///
    /// # Errors
    /// When the host takes no more.
    pub fn operate_wait(&self, operation: Operation) -> Result<Result<Followed, OperateError>, HostError> {
        wait(|reply| self.push(Command::Operate { operation: Box::new(operation), reply }))
    }

    /// Lets the host look at its clock now: for virtual time.
    ///
    /// # Errors
    /// When the host takes no more.
    pub fn tick(&self) -> Result<(), HostError> {
        wait(|reply| self.push(Command::Tick { reply }))
    }

    /// Waits until everything submitted before is durable and let out.
    ///
    /// # Errors
    /// When the host takes no more.
    pub fn flush(&self) -> Result<(), HostError> {
        wait(|reply| self.push(Command::Flush { reply }))
    }

    /// Takes a snapshot and waits until it is committed.
    ///
    /// # Errors
    /// When it was given up; the log still has everything.
    pub fn snapshot(&self) -> Result<(), HostError> {
        wait(|reply| self.push(Command::Snapshot(reply)))
    }

    /// Looks at the state between two turns. The state may be ahead of what is durable by a few frames.
    ///
    /// # Errors
    /// When the host has stopped.
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Result<T, HostError> {
        let (send, receive) = mpsc::channel();
        self.push(Command::Query(Box::new(move |engine| drop(send.send(look(engine))))));
        receive.recv().map_err(|_| HostError::Closed)
    }

    /// As [`Handle::look`], for tasks.
    ///
    /// # Errors
    /// When the host has stopped.
    pub async fn look_async<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Result<T, HostError> {
        let (send, receive) = oneshot::channel();
        self.push(Command::Query(Box::new(move |engine| drop(send.send(look(engine))))));
        receive.await.map_err(|_| HostError::Closed)
    }

    /// Calls that wait, run, or whose end is not known to the engine yet.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.shared.open_calls()
    }

    /// Syncs of the log so far.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.shared.syncs()
    }
}

fn wait<T: Send + 'static>(push: impl FnOnce(Reply<T>)) -> Result<T, HostError> {
    let (send, receive) = mpsc::channel();
    push(Box::new(move |answer| drop(send.send(answer))));
    receive.recv().unwrap_or(Err(HostError::Closed))
}
