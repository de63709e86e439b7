//! The AWS host, deployed into a LocalStack-compatible emulator, as a user would deploy it.
//!
//! An [`Emulator`] is where: a process of the emulator that `make setup` installs, a container started by testcontainers, or
//! whatever `AWS_ENDPOINT_URL` names. A [`Stack`] is one account in it, reached through the same commands as AWS: the
//! `fanin` binary, `cargo lambda`, and boto3 as somebody else's client. Nothing here knows how fanin works inside.

mod emulator;
mod process;
mod stack;

mod container;

pub use container::image;
pub use emulator::{Emulator, Place};
pub use process::root;
pub use stack::Stack;
