//! What `fanin dev` does when its directory is not what it should be: in use, read-only, torn, damaged, full.

#[path = "failures/disk.rs"]
mod disk;
#[path = "failures/host.rs"]
mod host;
#[path = "failures/log.rs"]
mod log;
