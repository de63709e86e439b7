//! Named limits of workflow and test files. Going past one is the diagnostic `F002` at the place where it happens, or
//! the outcome its comment states.

use fanin_event::Span;

/// Bytes of one file.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Lists and mappings inside each other.
pub const MAX_DEPTH: usize = 64;
/// Values of one file, those that aliases repeat included: a few lines of aliases of aliases could fill the memory.
pub const MAX_NODES: usize = 200_000;
/// Bytes of a name.
pub const MAX_NAME_BYTES: usize = 100;
/// Entries of one of the four maps.
pub const MAX_ENTRIES: usize = 2_000;
/// Members of one condition, names of one `when`.
pub const MAX_MEMBERS: usize = 256;
/// Captures in one `by`.
pub const MAX_KEY_CAPTURES: usize = 16;
/// Entries of one `retry` or one `catch`, error names of one such entry.
pub const MAX_HANDLERS: usize = 32;
/// Words of one `command`.
pub const MAX_ARGUMENTS: usize = 256;
/// The longest duration that can be written: ten years.
pub const MAX_DURATION: Span = Span::days(3_653);
/// The longest `timeout` of a function: that of a function service.
pub const MAX_TIMEOUT: Span = Span::seconds(900);
/// `timeout` of a function that does not say.
pub const DEFAULT_TIMEOUT: Span = Span::seconds(60);
/// `retain` of a condition that does not say.
pub const DEFAULT_RETAIN: Span = Span::days(5);
/// The shortest `retain` of a condition with an event from outside: EventBridge delivers again for 24 hours.
pub const MIN_RETAIN: Span = Span::days(1);
/// A shorter `retain` is a warning: a queue may hold an event for so long.
pub const ADVISED_RETAIN: Span = Span::days(4);
/// `max_concurrency` of a `map`, at most.
pub const MAX_CONCURRENCY: u32 = 10_000;
/// `max_concurrency` of a `map` that does not say.
pub const DEFAULT_CONCURRENCY: u32 = 40;
/// `IntervalSeconds` and `MaxAttempts` of a retrier, at most, as in Amazon States Language.
pub const MAX_RETRY_NUMBER: u64 = 99_999_999;
/// Diagnostics of one file; further ones are only counted.
pub const MAX_DIAGNOSTICS: usize = 100;
/// Test cases of one test file.
pub const MAX_TESTS: usize = 2_000;
/// Entries of one `given`, `expect` or `never`.
pub const MAX_STEPS: usize = 10_000;
/// Orders that `shuffle` plays, at most.
pub const MAX_SHUFFLE: u32 = 10_000;
/// Characters of a line that `fmt` writes; a list or mapping in brackets that is longer gets lines of its own.
pub const MAX_LINE: usize = 120;
/// Fields of a pattern that a node of `graph` names; further ones are `...`.
pub const MAX_GRAPH_FIELDS: usize = 3;
/// Nodes and bends of a drawing; a larger workflow is refused as a drawing and has the other formats.
pub const MAX_DRAWN_CELLS: usize = 5_000;
/// Entries of one `allow`.
pub const MAX_ALLOWS: usize = 64;
/// Alternatives of a pattern that are looked at to compare it with others; about one with more nothing is said.
pub const MAX_COMPARED_BRANCHES: usize = 32;
/// Pairs of patterns that are compared with each other in one file; about further ones nothing is said.
pub const MAX_COMPARED_PAIRS: usize = 20_000;
