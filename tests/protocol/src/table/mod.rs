//! A model of the service that the store of the AWS host asks: one table, request by request.
//!
//! The host's turns run on the real `fanin-store-dynamodb`, whose client ends here instead of in a socket. Every request is one
//! effect of the [`World`](crate::World), so a worker dies, is told to come again or hears nothing between any two of the requests
//! which one call of the store makes: chunks and their head, rounds of a batch, pages of a query. What the model does beside
//! that: stale reads, conditions that hold at the moment of the write, batches of which a part is left undone, pages that end
//! early, the service's limits, and a refusal of all that it does not know.

mod expression;
mod left;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use service::{Answer, Table};
pub(crate) use wire::store;

/// An item, in the service's own JSON.
pub(crate) type Item = BTreeMap<String, Value>;
