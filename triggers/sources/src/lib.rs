//! Live receivers: http, folder, schedule, stdin.
