//! Named limits of looking back. Each says what happens past it.

/// Events of which a question about the past may remember how they hang together. Past it the question has to be narrowed
/// with `--since` or `--until`.
pub const MAX_LINKS: usize = 8_000_000;
