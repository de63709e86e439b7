//! Which way an event came in. One list for receivers, engine and log.

/// Which way an event came in. The numbers are stored in the log, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Origin {
    /// An HTTP request.
    Http = 0,
    /// A write to the object-store endpoint.
    Store = 1,
    /// A file in a watched folder.
    Folder = 2,
    /// A line of standard input.
    Stdin = 3,
    /// A schedule.
    Schedule = 4,
    /// The host's own interface: tests, benches, embedding programs.
    Internal = 5,
}

impl Origin {
    /// The origin with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Origin> {
        [Origin::Http, Origin::Store, Origin::Folder, Origin::Stdin, Origin::Schedule, Origin::Internal]
            .get(usize::from(number))
            .copied()
    }
}
