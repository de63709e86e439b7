//! The dashboard of `fanin dev`: the page, and the API behind it.
//!
//! A [`Memory`] watches the service from its first moment: it keeps the last events and calls, and counts. What it is given it
//! only puts aside, whole batches at a time, so that an event pays next to nothing for it; what is shown of it is read and
//! recognized when somebody looks. A [`Dashboard`] is that memory with the service, the workflow's text and the endpoint for
//! uploads; [`router`] has its routes. [`secured`] puts the headers around every answer of the server.
//!
//! Everything live comes from one clock that ticks only while a page is open. The contract is `docs/dashboard-api.md`.
//!
//! The road not taken: a second engine that follows the log, as those have who follow `GET /events`. It knows more, and doubles
//! the price of every event while it is looked at.

mod api;
mod calls;
mod copy;
mod counts;
mod dashboard;
mod files;
mod forms;
mod headers;
mod keys;
pub mod limits;
mod live;
mod memory;
mod metrics;
mod origins;
mod ring;
mod row;
mod runs;
mod shown;

pub use api::router;
pub use dashboard::{Dashboard, Place};
pub use headers::secured;
pub use memory::Memory;
pub use shown::Reload;
