//! `fanin events tail`: the last entries, and with -f those to come. Goes on when the host is started again.

use std::path::Path;
use std::time::Duration;

use fanin_history::chronicle::{Entries, Follower, Query};
use fanin_history::{History, HistoryError, Window};

use super::{Tail, look, read, write, write_one};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::source::{Api, Source};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// Entries that one look at a running host asks for.
const MOST: usize = 1_000;

pub(super) fn run(global: &Global, args: &Tail) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return super::on_stack::tail(global, stack, args);
    }
    let source = Source::find(&args.at)?;
    let query = args.filter.query(args.lines, Window::default())?;
    if !args.follow {
        let found = read::search(&source, &query)?;
        write(global, &found)?;
        return Ok(Exit::Done);
    }
    match source {
        Source::Files(dir) => follow_files(global, &dir, &query),
        Source::Live(api) => follow_live(global, &api, &query),
    }
}

/// One document cannot follow: then it is one a line.
fn each(global: &Global, found: &Entries) -> anyhow::Result<()> {
    if global.output == Output::Json {
        return found.entries.iter().try_for_each(|entry| {
            data(&serde_json::to_string(entry)?);
            Ok(())
        });
    }
    write(global, found)
}

fn follow_files(global: &Global, dir: &Path, query: &Query) -> anyhow::Result<Exit> {
    let look = look(global);
    let mut history = History::open(dir)?;
    each(global, &fanin_history::chronicle::search(&history, query)?)?;
    let mut follower = Follower::open(&history, query)?;
    let mut trouble = Ok(());
    loop {
        let polled = follower.poll(&mut |entry| {
            if trouble.is_ok() {
                trouble = write_one(global, &entry, look);
            }
        });
        std::mem::replace(&mut trouble, Ok(()))?;
        match polled {
            Ok(_) => {}
            // Frames went away faster than they were read: what is left is followed on.
            Err(HistoryError::Gone { .. }) => {
                say("some of it was released before it was read; going on with what comes now");
                history = History::open(dir)?;
                follower = Follower::open(&history, query)?;
            }
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(PAUSE);
    }
}

fn follow_live(global: &Global, api: &Api, query: &Query) -> anyhow::Result<Exit> {
    let first = read::live(api, query, None)?;
    each(global, &first)?;
    let query = Query { limit: MOST, ..query.clone() };
    let (mut after, mut away) = (first.last, false);
    loop {
        std::thread::sleep(PAUSE);
        match read::live(api, &query, Some(after)) {
            Ok(found) => {
                if std::mem::take(&mut away) {
                    say("the host is there again");
                }
                if found.more {
                    say(&format!("more happened than can be told: only the newest {MOST} follow"));
                }
                each(global, &found)?;
                after = found.last;
            }
            Err(error) if !away => {
                away = true;
                say(&format!("{error:#}; waiting for it"));
            }
            Err(_) => {}
        }
    }
}
