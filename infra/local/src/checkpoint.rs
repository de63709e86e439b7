//! The snapshot thread: takes blocks from the engine as the sweep goes on, and commits once the log is as far.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use fanin_store::{Checkpoint, CheckpointWriter, Seq, StoreError};

use crate::inbox::Reply;
use crate::shared::Shared;
use crate::writer::ToWriter;

/// A message to the snapshot thread.
pub(crate) enum ToCheckpoint {
    Begin(Seq),
    Block(u8, Vec<u8>),
    Commit(Vec<Reply<()>>),
}

pub(crate) struct CheckpointThread {
    pub(crate) checkpoint: Box<dyn Checkpoint>,
    pub(crate) blocks: Receiver<ToCheckpoint>,
    pub(crate) writer: SyncSender<ToWriter>,
    pub(crate) shared: Arc<Shared>,
}

impl CheckpointThread {
    /// Runs until the engine hangs up. A snapshot that fails is given up and said; the log still has everything.
    pub(crate) fn run(mut self) {
        let mut open: Option<(Seq, Box<dyn CheckpointWriter>)> = None;
        let mut trouble: Option<StoreError> = None;
        while let Ok(message) = self.blocks.recv() {
            match message {
                ToCheckpoint::Begin(seq) => {
                    trouble = None;
                    match self.checkpoint.begin(seq) {
                        Ok(writer) => open = Some((seq, writer)),
                        Err(error) => trouble = Some(error),
                    }
                }
                ToCheckpoint::Block(section, block) => {
                    if let Some((_, writer)) = &mut open
                        && let Err(error) = writer.put(section, &block)
                    {
                        trouble = Some(error);
                        open = None;
                    }
                }
                ToCheckpoint::Commit(replies) => {
                    let result = match (open.take(), trouble.take()) {
                        (Some((seq, writer)), None) => self.commit(seq, writer),
                        (_, Some(error)) => Err(error.to_string()),
                        (None, None) => Err("no snapshot was begun".to_owned()),
                    };
                    if let Err(reason) = &result {
                        tracing::warn!(reason, "a snapshot was given up; the log still has everything");
                    }
                    for reply in replies {
                        reply(result.clone().map_err(crate::error::HostError::Failed));
                    }
                }
            }
        }
    }

    fn commit(&self, seq: Seq, writer: Box<dyn CheckpointWriter>) -> Result<(), String> {
        if !self.shared.wait_durable(seq) {
            return Err("the log has failed".to_owned());
        }
        writer.commit().map_err(|e| e.to_string())?;
        // The engine has hung up when the host is closing; the next start releases the log then.
        let _ = self.writer.send(ToWriter::Release(seq));
        Ok(())
    }
}
