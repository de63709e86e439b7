//! The state-first store on DynamoDB: cells, slots and shelves in one table.
//!
//! The central type is [`DynamoStore`]: a client and a table. Every decision is one item, changed by one conditional write;
//! there are no transactions, no secondary indexes and no counters. Names and shapes of the items stand in `layout`, the
//! table itself in [`table`].
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | head of a cell | `I`, `P` or `R`, then `#workflow#name#key` | `i` |
//! | chunk of a cell | the same | `c#` and its id |
//! | cell of set-once slots | the same | `m` |
//! | timer | `T#minute#part` | its place |
//! | dead letter, plan, note | `D#`, `C#`, `N#` and the workflow | its place |
//!
//! **Retries.** The client's own are switched off: only who knows whether an earlier attempt may have happened can read the
//! answer of a later one. A throttled request is sent again some times, with pauses; one that timed out, failed inside, or
//! lost its connection may have happened and is sent again too. If then the condition does not hold, the item that is there
//! is compared with the one that was written: the same item under a nonce or a chunk name drawn for this write is our own
//! and the write is done; the same item without such a sign may be a colleague's who decided the same, so the outcome is
//! `Unknown`, never assumed.
//!
//! **Chunks** are written before the head that lists them, each under a name that is new, so an attempt that dies between
//! leaves garbage and no damage. The upper half of a name is the generation, which `Replace` changes: one query with the
//! generation's prefix reads the chunks of today and none of those that were replaced. Garbage goes by the table's TTL, free
//! of charge; where the cell never expires it is deleted.
//!
//! The road not taken: a transaction for head and chunks. It doubles the price of each write, and conflicts with itself.

mod cells;
mod chunks;
mod commit;
mod error;
mod layout;
pub mod limits;
mod requests;
mod scan;
mod shelves;
#[cfg(feature = "simulation")]
pub mod simulation;
mod slots;
mod store;
pub mod table;

pub use store::{Billed, DynamoStore};
