//! The manifest: four lines which say which snapshots count.

use crc32c::crc32c;
use fanin_store::{Seq, StoreError, Version};

use super::format::FORMAT;
use crate::disk::{Access, Dir};
use crate::limits::MAX_MANIFEST_BYTES;

const NAME: &str = "MANIFEST";
const UNFINISHED: &str = "MANIFEST.tmp";
const TITLE: &str = "fanin-manifest ";

/// The committed snapshots that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) newest: Option<Seq>,
    /// The substitute for a damaged newest one; the log is kept from here on.
    pub(crate) previous: Option<Seq>,
}

impl Manifest {
    pub(crate) fn names(self, at: Seq) -> bool {
        self.newest == Some(at) || self.previous == Some(at)
    }

    /// Whether a snapshot at this frame is older than those that count: a base of the history, if it is kept.
    pub(crate) fn is_older(self, at: Seq) -> bool {
        self.previous.or(self.newest).is_some_and(|kept| at < kept)
    }

    /// Replaces the manifest durably.
    pub(crate) fn write(self, dir: &Dir) -> Result<(), StoreError> {
        let mut file = dir.open(UNFINISHED, Access::Create)?;
        file.write_at(self.text().as_bytes(), 0)?;
        file.sync()?;
        dir.rename(UNFINISHED, NAME)?;
        dir.sync()
    }

    /// `None` when there is none.
    pub(crate) fn read(dir: &Dir) -> Result<Option<Manifest>, StoreError> {
        if !dir.list()?.iter().any(|name| name == NAME) {
            return Ok(None);
        }
        let file = dir.open(NAME, Access::Read)?;
        let mut bytes = vec![0; usize::try_from(MAX_MANIFEST_BYTES).unwrap_or(0)];
        let filled = file.read_at(&mut bytes, 0)?;
        let text = String::from_utf8_lossy(bytes.get(..filled).unwrap_or_default()).into_owned();
        match Manifest::parse(&text) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(Unreadable::Damaged) => Err(file.corrupt(0, "the manifest is not whole")),
            Err(Unreadable::Newer(found)) => Err(StoreError::TooNew {
                file: file.path.clone(),
                version: Version::Format,
                found,
                supported: FORMAT,
                way: "use the version of fanin that wrote it, or a later one",
            }),
        }
    }

    fn text(self) -> String {
        let line = |seq: Option<Seq>| seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string());
        let body =
            format!("{TITLE}{FORMAT}\nsnapshot {}\nprevious {}\n", line(self.newest), line(self.previous));
        format!("{body}crc {:08x}\n", crc32c(body.as_bytes()))
    }

    fn parse(text: &str) -> Result<Manifest, Unreadable> {
        let (body, crc) = text.split_once("crc ").ok_or(Unreadable::Damaged)?;
        if crc != format!("{:08x}\n", crc32c(body.as_bytes())) {
            return Err(Unreadable::Damaged);
        }
        let mut lines = body.lines();
        let mut value = |title: &str| lines.next().and_then(|line| line.strip_prefix(title));
        let format = value(TITLE).and_then(|format| format.parse().ok()).ok_or(Unreadable::Damaged)?;
        if format > FORMAT {
            return Err(Unreadable::Newer(format));
        }
        let newest = value("snapshot ").and_then(seq).ok_or(Unreadable::Damaged)?;
        let previous = value("previous ").and_then(seq).ok_or(Unreadable::Damaged)?;
        Ok(Manifest { newest, previous })
    }
}

fn seq(text: &str) -> Option<Option<Seq>> {
    if text == "none" { Some(None) } else { text.parse().ok().map(Some) }
}

enum Unreadable {
    Damaged,
    Newer(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_notices_every_flipped_bit() {
        for previous in [None, Some(17)] {
            let manifest = Manifest { newest: Some(42), previous };
            let text = manifest.text();
            assert!(Manifest::parse(&text).is_ok_and(|found| found == manifest));
            for bit in 0..text.len() * 8 {
                let mut bad = text.clone().into_bytes();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert!(Manifest::parse(&String::from_utf8_lossy(&bad)).is_err(), "bit {bit}");
            }
        }
        assert!(Manifest::parse("").is_err());
    }
}
