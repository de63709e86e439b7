//! What the project's own tests share: the embedded host as a stage for scenarios, the real `fanin` as a child process,
//! the crash harness, the soak, and measuring.

pub mod client;
pub mod crash;
pub mod embedded;
pub mod measure;
pub mod process;
pub mod soak;
