//! What people do: they intervene at instances, and try dead letters again. Checked before it is written, answered with
//! what followed.

use fanin_condition::OperateError;
use fanin_runtime::documents::{Followed, Redriven, stays};
use fanin_runtime::{Operation, Record};

use super::Apply;
use crate::inbox::Reply;

impl Apply {
    pub(super) fn operate(&mut self, operation: &Operation, reply: Reply<Result<Followed, OperateError>>) {
        // What time has done already comes first: the check has to see what the turn will see.
        self.tick();
        let at = self.stamp();
        if let Err(refused) = self.engine.check_operation(operation, at) {
            return reply(Ok(Err(refused)));
        }
        let followed = operation.with_record(at, |record| self.turn_and_tell(record));
        self.wait_for(reply, Ok(followed));
    }

    pub(super) fn redrive(&mut self, letter: u64, reply: Reply<Option<Redriven>>) {
        if self.engine.dead_letters().get(letter).is_none() {
            return reply(Ok(None));
        }
        let before = self.engine.stats().dead_letters;
        let at = self.stamp();
        let followed = self.turn_and_tell(&Record::Redriven { at, letter });
        let reason = self.engine.dead_letters().get(letter).map(stays);
        let again = self.engine.stats().dead_letters > before;
        let died_again = self.engine.dead_letters().last_number().filter(|_| again);
        let redriven = reason.is_none();
        self.wait_for(reply, Some(Redriven { number: letter, redriven, reason, died_again, followed }));
    }

    /// Takes a record to the engine and says what followed from it; what it gave out goes the way of everything else.
    fn turn_and_tell(&mut self, record: &Record<'_>) -> Followed {
        self.frame.outbox.append(self.engine.outbox());
        let _ = self.turn(record);
        let out = self.engine.outbox();
        let followed = Followed::of(&out);
        self.frame.outbox.append(out);
        followed
    }
}
