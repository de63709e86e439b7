//! An instance on AWS explained.

use anyhow::bail;
use fanin_deploy::stack::{Asked, Stack};
use fanin_history::present::Explained;

use super::{Explain, instance, not_there};
use crate::args::Global;
use crate::console::Exit;
use crate::show::explanation::Look;
use crate::source::Keys;

pub(super) fn explain(global: &Global, name: &str, look: Look, args: &Explain) -> anyhow::Result<Exit> {
    let Some(condition) = &args.condition else {
        bail!(
            "the story of an event needs a log, which a stack does not keep: `fanin logs --stack {name} --filter ID`"
        );
    };
    let stack = Stack::open(name)?;
    let Some(names) = stack.key_names(condition) else {
        return not_there(global, look, &stack.near(condition), args.misses);
    };
    let key = Keys::read(&args.key)?.resolve(&names)?;
    if let Some(lacking) = names.iter().find(|name| !key.contains_key(*name)) {
        bail!("the key has the parts {}; give --key {lacking}=VALUE too", names.join(", "));
    }
    match stack.instance(condition, &key)? {
        Asked::NotThere(missing) => not_there(global, look, &missing, args.misses),
        Asked::There(told) => {
            instance(global, look, &Explained { told: *told, rounds: Vec::new() }, args.misses)
        }
    }
}
