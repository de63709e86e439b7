//! Puts a workflow on AWS: the template, the steps, what it costs, and a look at a running stack.
