//! What the cell of a run holds: the run, who is making its calls, and which of them only wait for their answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_rule::Run;
use fanin_store::state::StateError;
use minicbor::{Decode, Encode};

use crate::packed;

/// The newest format this binary writes, which has long runs deflated, and the oldest one.
const CELL_FORMAT: u32 = 2;
const PLAIN_FORMAT: u32 = 1;

/// A call of a run: its index, and the attempt.
pub(super) type Call = (u32, u32);

/// What the cell holds.
#[derive(Clone, Debug)]
pub(super) enum RunCell {
    /// In progress.
    Open(Box<OpenRun>),
    /// The memory of one that is over.
    Over(OverRun),
}

/// A run in progress.
///
/// Every call that is in flight stands in just one place: in a lease, or among the accepted.
#[derive(Clone, Debug)]
pub(super) struct OpenRun {
    /// Version of the plan it was started with.
    pub(super) plan: String,
    /// The run.
    pub(super) run: Run,
    /// The earliest wake-up that was asked for and has not come.
    pub(super) asked: Timestamp,
    /// Calls that a worker makes, or was about to make.
    pub(super) leases: Vec<Lease>,
    /// Calls that the target has taken: the answer comes as a message, nobody makes them again.
    pub(super) accepted: BTreeSet<Call>,
    /// The message that started it again, after a dead letter.
    pub(super) again: Option<String>,
}

/// Calls in the hands of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    /// The message the worker was given: while these calls are open the queue keeps it and will deliver it again.
    pub(super) owner: String,
    /// How often that message had been delivered.
    pub(super) attempt: u32,
    /// Until when everybody else leaves the calls alone. Zero: nobody has them.
    pub(super) until: Timestamp,
    /// The calls.
    pub(super) calls: Vec<Call>,
}

/// The memory of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OverRun {
    /// When it ended.
    pub(super) ended: Timestamp,
    /// The event it ended with.
    pub(super) completion: Arc<str>,
    /// The message that started it again, after a dead letter.
    pub(super) again: Option<String>,
}

/// A cell on its way to or from the store.
pub(super) enum Stored {
    /// All of it.
    Whole(RunCell),
    /// The run itself stands elsewhere: what there is to fetch, and what to do with it.
    Claimed(String, Box<Wire>),
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Envelope<'b> {
    #[n(0)]
    format: u32,
    #[n(1)]
    min_reader: u32,
    #[cbor(b(2), with = "minicbor::bytes")]
    body: &'b [u8],
}

/// The fields, by number.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Wire {
    #[n(0)]
    plan: Option<String>,
    #[cbor(n(1), with = "minicbor::bytes")]
    run: Option<Vec<u8>>,
    #[n(2)]
    claim: Option<String>,
    #[n(3)]
    asked: Option<i64>,
    #[n(4)]
    leases: Vec<LeaseWire>,
    #[n(5)]
    accepted: Vec<(u32, u32)>,
    #[n(6)]
    again: Option<String>,
    #[n(7)]
    ended: Option<i64>,
    #[n(8)]
    completion: Option<String>,
    #[cbor(n(9), with = "minicbor::bytes")]
    deflated: Option<Vec<u8>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct LeaseWire {
    #[n(0)]
    owner: String,
    #[n(1)]
    attempt: u32,
    #[n(2)]
    until: i64,
    #[n(3)]
    calls: Vec<(u32, u32)>,
}

impl OpenRun {
    /// Whether this call is in flight.
    pub(super) fn holds(&self, call: Call) -> bool {
        self.accepted.contains(&call) || self.leased(call)
    }

    /// Whether this call is in a lease.
    pub(super) fn leased(&self, call: Call) -> bool {
        self.leases.iter().any(|lease| lease.calls.contains(&call))
    }

    /// The call is no longer in flight, or moves.
    pub(super) fn take(&mut self, call: Call) {
        self.accepted.remove(&call);
        for lease in &mut self.leases {
            lease.calls.retain(|known| *known != call);
        }
        self.leases.retain(|lease| !lease.calls.is_empty());
    }
}

impl RunCell {
    /// Whether it is only the memory of a run.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, RunCell::Over(_))
    }

    /// Version of the plan of the run in progress; empty: there is none.
    pub(super) fn plan(&self) -> &str {
        match self {
            RunCell::Open(open) => &open.plan,
            RunCell::Over(_) => "",
        }
    }

    /// The bytes of the run itself, which may be many; none for one that is over.
    pub(super) fn run_bytes(&self) -> Option<Vec<u8>> {
        match self {
            RunCell::Open(open) => Some(open.run.encode()),
            RunCell::Over(_) => None,
        }
    }

    /// The head of the cell: the run's bytes inside it, deflated when they are long, or where they are.
    pub(super) fn encode(&self, run: Option<Vec<u8>>, claim: Option<String>) -> Vec<u8> {
        let deflated = run.as_deref().and_then(packed::deflate);
        let format = if deflated.is_some() { CELL_FORMAT } else { PLAIN_FORMAT };
        let run = if deflated.is_some() { None } else { run };
        let wire = match self {
            RunCell::Open(open) => Wire {
                plan: Some(open.plan.clone()),
                run,
                claim,
                asked: (open.asked != Timestamp::NEVER).then_some(open.asked.0),
                leases: open.leases.iter().map(lease_to_wire).collect(),
                accepted: open.accepted.iter().copied().collect(),
                again: open.again.clone(),
                ended: None,
                completion: None,
                deflated,
            },
            RunCell::Over(over) => Wire {
                plan: None,
                run: None,
                claim: None,
                asked: None,
                leases: Vec::new(),
                accepted: Vec::new(),
                again: over.again.clone(),
                ended: Some(over.ended.0),
                completion: Some(over.completion.to_string()),
                deflated: None,
            },
        };
        // Writing to memory has no error; an empty answer would be refused by `decode`.
        let body = minicbor::to_vec(&wire).unwrap_or_default();
        let envelope = Envelope { format, min_reader: format, body: &body };
        minicbor::to_vec(&envelope).unwrap_or_default()
    }

    /// Reads a head.
    pub(super) fn decode(head: &[u8]) -> Result<Stored, StateError> {
        let envelope: Envelope<'_> = minicbor::decode(head).map_err(unreadable)?;
        if envelope.min_reader > CELL_FORMAT {
            return Err(StateError::Unreadable(format!(
                "a stored run needs a reader of format {}, this fanin reads up to {CELL_FORMAT}: run `fanin deploy` with the newer fanin",
                envelope.min_reader
            )));
        }
        let mut wire: Wire = minicbor::decode(envelope.body).map_err(unreadable)?;
        if let Some(ended) = wire.ended {
            let completion = wire.completion.unwrap_or_default().into();
            let over = OverRun { ended: Timestamp(ended), completion, again: wire.again };
            return Ok(Stored::Whole(RunCell::Over(over)));
        }
        let run = match wire.deflated.take() {
            Some(bytes) => {
                let run = packed::inflate(&bytes).ok_or_else(|| unreadable("what is deflated is damaged"))?;
                Some(run)
            }
            None => wire.run.take(),
        };
        match (run, wire.claim.take()) {
            (Some(run), _) => Ok(Stored::Whole(wire.finish(&run)?)),
            (None, Some(key)) => Ok(Stored::Claimed(key, Box::new(wire))),
            (None, None) => Err(unreadable("there is no run in it")),
        }
    }
}

impl Wire {
    /// Puts the run in.
    pub(super) fn finish(self, run: &[u8]) -> Result<RunCell, StateError> {
        let run = Run::decode(run).map_err(|error| StateError::Unreadable(error.to_string()))?;
        Ok(RunCell::Open(Box::new(OpenRun {
            plan: self.plan.unwrap_or_default(),
            run,
            asked: self.asked.map_or(Timestamp::NEVER, Timestamp),
            leases: self.leases.into_iter().map(lease_from_wire).collect(),
            accepted: self.accepted.into_iter().collect(),
            again: self.again,
        })))
    }
}

fn unreadable(what: impl std::fmt::Display) -> StateError {
    StateError::Unreadable(format!("the bytes of a stored run cannot be read: {what}"))
}

fn lease_to_wire(lease: &Lease) -> LeaseWire {
    LeaseWire {
        owner: lease.owner.clone(),
        attempt: lease.attempt,
        until: lease.until.0,
        calls: lease.calls.clone(),
    }
}

fn lease_from_wire(wire: LeaseWire) -> Lease {
    Lease { owner: wire.owner, attempt: wire.attempt, until: Timestamp(wire.until), calls: wire.calls }
}
