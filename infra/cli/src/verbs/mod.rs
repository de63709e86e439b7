//! The verbs, one file each. This is the switch.

pub(crate) mod backtest;
pub(crate) mod check;
pub(crate) mod completions;
#[cfg(feature = "aws")]
pub(crate) mod cost;
pub(crate) mod dead;
#[cfg(feature = "aws")]
pub(crate) mod deploy;
#[cfg(feature = "aws")]
pub(crate) mod destroy;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod emit;
pub(crate) mod events;
pub(crate) mod explain;
mod files;
pub(crate) mod fmt;
pub(crate) mod graph;
mod host;
pub(crate) mod init;
#[cfg(feature = "aws")]
pub(crate) mod logs;
pub(crate) mod matching;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod state;
#[cfg(feature = "aws")]
pub(crate) mod status;
#[cfg(feature = "aws")]
pub(crate) mod template;
pub(crate) mod test;

use crate::args::{Args, Verb};
use crate::console::Exit;

/// Carries out the command.
pub(crate) fn run(args: Args) -> anyhow::Result<Exit> {
    let global = args.global;
    match args.verb {
        Verb::Init(init) => init::run(&global, &init),
        Verb::Check(check) => check::run(&global, &check),
        Verb::Fmt(fmt) => fmt::run(&global, &fmt),
        Verb::Schema(schema) => schema::run(&global, &schema),
        Verb::Graph(graph) => graph::run(&global, &graph),
        Verb::Test(test) => test::run(&global, &test),
        Verb::Run(run) => run::run(&global, &run),
        Verb::Dev(dev) => dev::run(&global, dev),
        Verb::Emit(emit) => emit::run(&global, &emit),
        Verb::Match(matching) => matching::run(&global, &matching),
        Verb::Doctor(doctor) => doctor::run(&global, &doctor),
        Verb::Explain(explain) => explain::run(&global, &explain),
        Verb::Events(events) => events::run(&global, &events),
        Verb::State(state) => state::run(&global, &state),
        Verb::Dead(dead) => dead::run(&global, &dead),
        Verb::Replay(replay) => replay::run(&global, &replay),
        Verb::Backtest(backtest) => backtest::run(&global, &backtest),
        #[cfg(feature = "aws")]
        Verb::Template(template) => template::run(&global, &template),
        #[cfg(feature = "aws")]
        Verb::Deploy(deploy) => deploy::run(&global, &deploy),
        #[cfg(feature = "aws")]
        Verb::Destroy(destroy) => destroy::run(&global, &destroy),
        #[cfg(feature = "aws")]
        Verb::Cost(cost) => cost::run(&global, &cost),
        #[cfg(feature = "aws")]
        Verb::Status(status) => status::run(&global, &status),
        #[cfg(feature = "aws")]
        Verb::Logs(logs) => logs::run(&global, &logs),
        Verb::Completions(completions) => completions::run(&completions),
    }
}
