//! Dead letters of a stack on AWS. They are known by their place, which is a text.

use fanin_deploy::stack::{Redriving, Stack};
use fanin_runtime::documents::DeadTold;
use serde_json::json;

use super::{List, Redrive, look, text};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::confirm::confirmed;

/// Letters tried again by one command.
const MOST: usize = 10_000;

pub(super) fn list(global: &Global, name: &str, args: &List) -> anyhow::Result<Exit> {
    let (letters, more) = Stack::open(name)?.dead(&args.which.filter(), args.limit)?;
    match global.output {
        Output::Json => data(&json!({ "letters": letters, "more": more }).to_string()),
        Output::Jsonl => {
            for letter in &letters {
                data(&serde_json::to_string(letter)?);
            }
        }
        Output::Text => {
            for letter in &letters {
                data(&text::on_stack(&letter.place, &letter.row, look(global)));
            }
        }
    }
    if letters.is_empty() {
        say("no dead letter fits, or there are none");
    } else if more {
        say(&format!("only the first {} are shown; more with --limit", letters.len()));
    }
    Ok(Exit::Done)
}

/// One letter; none: it is not there.
pub(super) fn letter(name: &str, place: &str) -> anyhow::Result<Option<DeadTold>> {
    Stack::open(name)?.dead_letter(place)
}

pub(super) fn redrive(global: &Global, name: &str, args: &Redrive) -> anyhow::Result<Exit> {
    let stack = Stack::open(name)?;
    let places = if args.all {
        let (letters, more) = stack.dead(&args.which.filter(), MOST)?;
        if letters.is_empty() {
            say("no dead letter fits");
            return Ok(Exit::NotFound);
        }
        if more {
            say(&format!("there are more than these {}: ask again for the rest", letters.len()));
        }
        letters.into_iter().map(|letter| letter.place).collect()
    } else {
        args.letters.clone()
    };
    if !confirmed(args.yes || !args.all, &format!("try {} letters again?", places.len()))? {
        say("nothing was done");
        return Ok(Exit::No);
    }
    let (mut stayed, mut missing) = (false, false);
    for place in &places {
        match stack.redrive(place)? {
            None => {
                missing = true;
                say(&format!("there is no dead letter {place}: it was tried again, or never was"));
            }
            Some(redriving) => {
                stayed |= !redriving.redriven;
                tell(global, &redriving)?;
            }
        }
    }
    Ok(if missing {
        Exit::NotFound
    } else if stayed {
        Exit::No
    } else {
        Exit::Done
    })
}

fn tell(global: &Global, redriving: &Redriving) -> anyhow::Result<()> {
    if global.output != Output::Text {
        data(&serde_json::to_string(redriving)?);
        return Ok(());
    }
    data(&match &redriving.reason {
        None => format!("{} is on its way again", redriving.place),
        Some(why) => format!("{} stays: {why}", redriving.place),
    });
    Ok(())
}
