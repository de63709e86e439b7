//! Named limits of looking back. Each says what happens past it.

/// Events of which a question about the past may remember how they hang together. Past it the question has to be narrowed
/// with `--since` or `--until`.
pub const MAX_LINKS: usize = 8_000_000;
/// Answers to calls that a backtest takes from the log. Past it the stretch has to be made shorter.
pub const MAX_ANSWERS: usize = 4_000_000;
/// Bytes of these answers. Past it the stretch has to be made shorter.
pub const MAX_ANSWER_BYTES: usize = 512 * 1024 * 1024;
/// Keys of conditions that ended in one version of a backtest. Past it the stretch has to be made shorter.
pub const MAX_ENDED_KEYS: usize = 16_000_000;
/// Firings, calls and ends of runs that one version of a backtest has given out and the other has not yet. Past it the
/// oldest is counted as a difference without waiting longer, and the report says how many.
pub const MAX_UNPAIRED: usize = 1_000_000;
/// Bytes of these. Past it as above.
pub const MAX_UNPAIRED_BYTES: usize = 512 * 1024 * 1024;
/// Events that one story tells of. Past it what follows is left out, and the story says so.
pub const MAX_STORY_EVENTS: usize = 2_000;
/// Members of a firing that are told unless the question says otherwise; the others are given as a number.
pub const DEFAULT_MEMBERS_TOLD: usize = 20;
/// Members of a firing that a question may ask for.
pub const MAX_MEMBERS_TOLD: usize = 1_000;
/// Rounds of an instance that a question may ask for; of more the last ones are told.
pub const MAX_ROUNDS_TOLD: usize = 100;
/// Calls of a run that are told, and again as many failed ones among the rest; the others are given as a number.
pub const MAX_CALLS_TOLD: usize = 20;
/// Moments at which an event came again that are listed; the others are given as a number.
pub const MAX_REPEATS_TOLD: usize = 20;
/// Bytes of a payload or a result in a story or a list of events; a longer one is cut.
pub const MAX_TEXT_TOLD: usize = 4_096;
/// Events whose ids fit what was asked for that are listed.
pub const MAX_CANDIDATES: usize = 20;
/// Near misses that a story lists.
pub const MAX_MISSES_TOLD: usize = 10;
/// Frames that the versions of a backtest are ahead of what is compared. Past it the reader of the log waits.
pub const MAX_FRAMES_AHEAD: usize = 8;
/// Times that open calls of a copied log are ended, and with them whatever calls follow from that. Past it the rest stays
/// open, and the answer says so: a workflow that answers failures with calls for ever.
pub const MAX_SETTLE_ROUNDS: usize = 100;
/// Entries that one question for events gets; of more the newest are given, and how many there are besides.
pub const MAX_ENTRIES: usize = 10_000;
/// Entries that a follower of a log remembers for whoever asks next. Past it the log is read again.
pub const MAX_FOLLOWED: usize = 10_000;
/// Runs whose rule a reader remembers, to name it when a call ends. Past it the oldest half is forgotten, and such a call is
/// told without its rule.
pub const MAX_NAMED_RUNS: usize = 1_000_000;
/// Bytes of the entries that one question for events gets. Past it the oldest are left out.
pub const MAX_ENTRIES_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of log files that are looked through for near misses where no engine remembers any; always at least one file with
/// records. Older events are not looked at.
pub const MISSES_LOOK_BACK_BYTES: u64 = 64 * 1024 * 1024;
