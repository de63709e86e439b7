//! What must hold for any bytes that come from outside.
//!
//! Each [`Target`] is a function over bytes that panics when something does not hold: not only that nothing panics, but
//! that what was accepted can be read back, that what is refused says why and loses nothing, and that no answer is a
//! server's error. `cargo fuzz` runs them in the folder `fuzz` (a package of its own: it needs a nightly compiler, the
//! project does not); the inputs it found worth keeping lie in `corpus/NAME` and are an ordinary test.
#![expect(clippy::expect_used, clippy::panic, reason = "a target panics where something does not hold")]

mod decoders;
mod http_body;
mod memory;
mod s3_request;
mod stored;
mod texts;

/// Something that is true of any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// Panics where it does not hold.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "workflow_yaml", check: texts::workflow_yaml },
    Target { name: "workflow_json", check: texts::workflow_json },
    Target { name: "test_file", check: texts::test_file },
    Target { name: "capture", check: texts::capture },
    Target { name: "json_path", check: texts::json_path },
    Target { name: "payload_template", check: texts::payload_template },
    Target { name: "decoder", check: decoders::decoder },
    Target { name: "log", check: stored::log },
    Target { name: "snapshot", check: stored::snapshot },
    Target { name: "http_body", check: http_body::http_body },
    Target { name: "s3_request", check: s3_request::s3_request },
];

/// Runs one target by its name.
///
/// # Panics
/// There is none of that name, or what it says does not hold.
pub fn check(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of that name").check)(input);
}
