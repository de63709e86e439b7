//! The target port and the targets without an SDK: command, lambda, bootstrap, http, respond, outbox.
