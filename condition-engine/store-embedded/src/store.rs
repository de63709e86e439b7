//! Opening a directory: lock, find, check, recover.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanin_store::{Seq, StoreError, Version};

use crate::disk::{Dir, Disk, RealDisk, create_dir};
use crate::lock::DirLock;
use crate::log::{self, FileJournal, Found, Ground};
use crate::options::{Options, Protections};
use crate::report::OpenReport;
use crate::snapshot::{self, FileCheckpoint, Manifest, Snapshots};

/// The store of a directory. It has no state of its own: it is where the ports come from.
#[derive(Debug)]
pub struct FileStore;

impl FileStore {
    /// Opens a directory for writing; creates it when it is not there. The lock is held until the journal, the checkpoint and
    /// every snapshot writer are dropped.
    ///
    /// # Errors
    /// `Locked`, `ReadOnly`, `DiskFull`, `Io`; `BadOption`; `TooNew` and `TooOld` for files of other versions; `Corrupt` when
    /// what was acknowledged is not all there.
    ///
    /// ```
    /// use fanin_store::Journal;
    /// use fanin_store_embedded::{FileStore, Options};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let (mut journal, checkpoint, report) = FileStore::open(dir.path(), Options::new(1))?;
    /// assert!(report.fresh);
    /// assert_eq!(journal.append(&[b"one", b"two"])?, 2); // durable now
    /// drop((journal, checkpoint));
    ///
    /// let (mut journal, _checkpoint, _report) = FileStore::open(dir.path(), Options::new(1))?;
    /// journal.replay(1, &mut |seq, frame| {
    ///     assert_eq!((seq, frame), (2, b"two".as_slice()));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(
        dir: impl AsRef<Path>,
        options: Options,
    ) -> Result<(FileJournal, FileCheckpoint, OpenReport), StoreError> {
        options.check()?;
        create_dir(dir.as_ref())?;
        let lock = DirLock::take(dir.as_ref())?;
        let files = Dir::new(Arc::new(RealDisk::new(dir.as_ref())));
        open_on(files, Some(lock), options, Protections::default())
    }

    /// Opens a store on a disk that the caller brings, without a lock: a simulated one, whose power can be cut.
    ///
    /// # Errors
    /// As [`FileStore::open`], without `Locked`.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        options: Options,
    ) -> Result<(FileJournal, FileCheckpoint, OpenReport), StoreError> {
        options.check()?;
        open_on(Dir::new(disk), None, options, Protections::default())
    }

    /// Looks into a directory without a lock and without writing, also while another process writes there.
    ///
    /// # Errors
    /// As [`FileStore::open`], without those of writing; semantics are not checked.
    pub fn inspect(dir: impl AsRef<Path>) -> Result<crate::Inspection, StoreError> {
        crate::Inspection::of(&Dir::new(Arc::new(RealDisk::new(dir.as_ref()))))
    }

    /// Looks at every byte of a directory, tells what is damaged and what a repair would do and lose. Writes nothing; a directory
    /// in use is looked at again when something seems to be wrong.
    ///
    /// # Errors
    /// `Io` and its relatives when the directory cannot be read. Damage is no error: it is what is told.
    pub fn diagnose(dir: impl AsRef<Path>) -> Result<crate::Diagnosis, StoreError> {
        let live = DirLock::holder(dir.as_ref()).is_some();
        let files = Dir::new(Arc::new(RealDisk::new(dir.as_ref())));
        Ok(crate::diagnose::examine(&files, live)?.diagnosis)
    }

    /// The bytes of one frame of a log that may be damaged; `None` when it is not there, or not whole. Reads the whole log: for
    /// telling people of when a frame is.
    ///
    /// # Errors
    /// `Io` and its relatives when the directory cannot be read.
    pub fn salvage(dir: impl AsRef<Path>, seq: Seq) -> Result<Option<Vec<u8>>, StoreError> {
        crate::diagnose::frame(&Dir::new(Arc::new(RealDisk::new(dir.as_ref()))), seq)
    }

    /// Carries out the plan of a diagnosis, under the lock. What it takes out of use lies in `damaged-<n>` in the directory
    /// afterwards.
    ///
    /// # Errors
    /// `Changed` when a new look does not give the same plan, `TooMany`, `Locked`: nothing was done. `Io` and its relatives: the
    /// directory can be diagnosed and repaired again.
    pub fn repair(
        dir: impl AsRef<Path>,
        plan: &crate::RepairPlan,
    ) -> Result<crate::RepairReport, crate::RepairError> {
        crate::repair::repair(dir.as_ref(), plan)
    }

    /// Who has a directory open for writing, if anybody has. Takes nothing away from a process that holds it.
    pub fn holder(dir: impl AsRef<Path>) -> Option<crate::Holder> {
        DirLock::holder(dir.as_ref())
    }

    /// A reader of the frames after `after` that can be polled: for following a directory in which another process writes.
    /// Reads nothing yet; the first poll reads the segment in which frame `after + 1` is or will be.
    #[must_use]
    pub fn tail(dir: impl AsRef<Path>, after: Seq) -> crate::Tail {
        crate::Tail::new(Dir::new(Arc::new(RealDisk::new(dir.as_ref()))), after)
    }
}

pub(crate) fn open_on(
    dir: Dir,
    lock: Option<DirLock>,
    options: Options,
    protections: Protections,
) -> Result<(FileJournal, FileCheckpoint, OpenReport), StoreError> {
    for name in dir.list()?.iter().filter(|name| snapshot::is_ours(name)) {
        dir.remove(name)?;
    }
    let snapshots = snapshot::find(&dir)?;
    let found = log::find(&dir, protections, false)?;
    check_reach(&dir, &found, &snapshots)?;
    check_semantics(&dir, &found, &snapshots, options.semantics)?;
    // While a damaged file is there nothing is removed: a person may want to look.
    if snapshots.damaged.is_empty() {
        let history = options.keeps_bases().then(|| found.first());
        snapshot::remove_obsolete(&dir, snapshots.manifest, history);
    }
    // The process before may have died between a change of names and its sync. A recycled segment whose old name came back
    // would have a header of another epoch.
    dir.sync()?;
    let mut report = report(&found, &snapshots);
    let shared = Shared::new(lock, found.last(), snapshots.manifest);
    let shared = Arc::new(Shared { keeps_bases: options.keeps_bases(), ..shared });
    let semantics = options.semantics;
    let ground = Ground { dir: dir.clone(), options, protections, shared: Arc::clone(&shared) };
    let journal = FileJournal::recover(ground, found)?;
    (report.epoch, report.segments) = journal.size();
    Ok((journal, FileCheckpoint::new(dir, semantics, shared), report))
}

/// The newest snapshot and the log must meet: the log begins at or before the frame after it, and does not end before it.
pub(crate) fn check_reach(dir: &Dir, found: &Found, snapshots: &Snapshots) -> Result<(), StoreError> {
    let (at, first, last) = (snapshots.manifest.newest.unwrap_or(0), found.first(), found.last());
    let corrupt = |what| {
        let name = found.segments.last().map_or("", |segment| segment.name.as_str());
        Err(StoreError::Corrupt { file: dir.path(name), offset: 0, what })
    };
    if first > at.saturating_add(1) {
        let broken = snapshots.damaged.iter().map(|damage| format!("; {}: {}", damage.file, damage.what));
        let broken: String = broken.collect();
        return corrupt(format!(
            "the log begins at frame {first}, and no usable snapshot reaches that far{broken}"
        ));
    }
    if at > last {
        return corrupt(format!("the log ends at frame {last}, before the snapshot at {at}"));
    }
    Ok(())
}

/// Frames are replayed by the engine that wrote them or its successor.
fn check_semantics(
    dir: &Dir,
    found: &Found,
    snapshots: &Snapshots,
    supported: u32,
) -> Result<(), StoreError> {
    let check = |file: &dyn Fn() -> String, number: u32, needed: bool| {
        let version = Version::Semantics;
        if number > supported {
            let way = "use the version of fanin that wrote it, or a later one";
            return Err(StoreError::TooNew { file: file(), version, found: number, supported, way });
        }
        let oldest = supported.saturating_sub(1);
        if needed && number < oldest {
            let way = "start a version in between, let it take a snapshot and stop, then start this one";
            return Err(StoreError::TooOld { file: file(), version, found: number, supported: oldest, way });
        }
        Ok(())
    };
    let at = snapshots.manifest.newest.unwrap_or(0);
    if let Some(semantics) = snapshots.semantics {
        check(&|| dir.path(&snapshot::name(at)), semantics, true)?;
    }
    for (index, segment) in found.segments.iter().enumerate() {
        let next = found.segments.get(index.saturating_add(1));
        let end = next.map_or(found.last(), |next| next.header.first_seq.saturating_sub(1));
        let replayed = end > at && end >= segment.header.first_seq;
        check(&|| dir.path(&segment.name), segment.header.semantics, replayed)?;
    }
    Ok(())
}

pub(crate) fn report(found: &Found, snapshots: &Snapshots) -> OpenReport {
    OpenReport {
        fresh: found.segments.is_empty(),
        epoch: found.segments.last().map_or(0, |segment| segment.header.epoch),
        segments: found.segments.len(),
        first: found.first(),
        last: found.last(),
        snapshot: snapshots.manifest.newest,
        semantics: found.segments.last().map(|segment| segment.header.semantics),
        torn: found.end.as_ref().and_then(|end| end.torn.clone()),
        damaged: snapshots.damaged.clone(),
    }
}

/// What the journal, the checkpoint and the writers of one opening share.
pub(crate) struct Shared {
    durable: AtomicU64,
    keeps_bases: bool,
    committed: Mutex<Committed>,
    _lock: Option<DirLock>,
}

struct Committed {
    manifest: Manifest,
    /// The first failed sync of a name.
    poison: Option<String>,
}

impl Shared {
    pub(crate) fn new(lock: Option<DirLock>, durable: Seq, manifest: Manifest) -> Shared {
        let committed = Mutex::new(Committed { manifest, poison: None });
        Shared { durable: AtomicU64::new(durable), keeps_bases: false, committed, _lock: lock }
    }

    /// Whether older snapshots stay as bases of the history.
    pub(crate) fn keeps_bases(&self) -> bool {
        self.keeps_bases
    }

    pub(crate) fn durable(&self) -> Seq {
        self.durable.load(Ordering::Acquire)
    }

    pub(crate) fn set_durable(&self, seq: Seq) {
        self.durable.store(seq, Ordering::Release);
    }

    pub(crate) fn manifest(&self) -> Manifest {
        self.committed().manifest
    }

    /// The log is needed after this frame, also when the newest snapshot turns out to be damaged.
    pub(crate) fn floor(&self) -> Seq {
        self.manifest().previous.unwrap_or(0)
    }

    /// Commits one snapshot at a time. Once a name may or may not be durable, none is committed any more.
    pub(crate) fn change_manifest(
        &self,
        change: impl FnOnce(Manifest) -> Result<Manifest, StoreError>,
    ) -> Result<(), StoreError> {
        let mut committed = self.committed();
        if let Some(cause) = &committed.poison {
            return Err(StoreError::Poisoned { cause: cause.clone() });
        }
        match change(committed.manifest) {
            Ok(after) => committed.manifest = after,
            Err(error) => {
                if let StoreError::Io { .. } | StoreError::ReadOnly { .. } = error {
                    committed.poison = Some(error.to_string());
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn committed(&self) -> MutexGuard<'_, Committed> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
