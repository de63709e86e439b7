//! An instance as bytes, for snapshots and stores.
//!
//! CBOR: `[format, min_reader, instance]`, the instance with numbered fields; the same instance makes the same bytes. A
//! reader skips fields it does not know and would lose them when it writes the instance again. So a writer that adds a
//! field which matters raises `min_reader`, and an older reader leaves such an instance alone.

pub(crate) mod fields;
pub mod split;

use minicbor::Encoder;
use minicbor::decode::Decoder;

use crate::instance::Instance;

/// The format this binary writes.
pub const FORMAT: u32 = 1;
/// The oldest reader that may read, and write again, what this binary writes.
const MIN_READER: u32 = 1;

/// Bytes that are no instance this binary can use.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Written by a newer fanin, with fields that this one would lose.
    #[error(
        "the instance has format {format} and needs a reader of format {min_reader}, this fanin reads up to {FORMAT}: upgrade fanin"
    )]
    Newer {
        /// The writer's format.
        format: u32,
        /// The oldest format whose reader may use it.
        min_reader: u32,
    },
    /// Not the bytes of an instance.
    #[error("these bytes are no instance: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// Bytes are left after the instance.
    #[error("{0} bytes are left over after the instance")]
    Trailing(usize),
    /// The head speaks of other chunks than those that came with it.
    #[error("the instance has {expected} chunks, {found} were loaded with it: load it again")]
    Parts {
        /// Chunks the head knows of.
        expected: usize,
        /// Chunks there were.
        found: usize,
    },
    /// The instance could not be written.
    #[error("the instance could not be encoded: {0}")]
    Unwritable(String),
}

impl Instance {
    /// Appends the bytes of this instance to `out`.
    ///
    /// # Errors
    /// [`CodecError::Unwritable`]; writing to memory does not fail, so this is for completeness.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut encoder = Encoder::new(out);
        encoder
            .array(3)
            .and_then(|e| e.u32(FORMAT))
            .and_then(|e| e.u32(MIN_READER))
            .and_then(|e| e.encode(self))
            .map_err(|error| CodecError::Unwritable(error.to_string()))?;
        Ok(())
    }

    /// Reads an instance from all of `bytes`.
    ///
    /// # Errors
    /// [`CodecError`]: a newer format, or not the bytes of an instance.
    pub fn decode(bytes: &[u8]) -> Result<Instance, CodecError> {
        let mut decoder = Decoder::new(bytes);
        decoder.array()?;
        let (format, min_reader) = (decoder.u32()?, decoder.u32()?);
        if min_reader > FORMAT {
            return Err(CodecError::Newer { format, min_reader });
        }
        let mut instance: Instance = decoder.decode()?;
        match bytes.len().saturating_sub(decoder.position()) {
            0 => {}
            left => return Err(CodecError::Trailing(left)),
        }
        instance.index();
        Ok(instance)
    }
}
