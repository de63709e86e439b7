//! Journal and checkpoint on files: segments, group commit, snapshots, recovery.
