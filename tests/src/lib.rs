//! What the project's own tests share: the embedded host as a stage for scenarios, the real `fanin` as a child process,
//! the crash harness, the soak, what both have in common, recovery with many open calls, and measuring.

pub mod client;
pub mod crash;
pub mod embedded;
pub mod long;
pub mod measure;
pub mod process;
pub mod recovery;
pub mod soak;
