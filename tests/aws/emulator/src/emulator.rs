//! Where the tests deploy to.

use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// How long an emulator may take to be ready.
const READY: Duration = Duration::from_secs(90);

/// Which kind of emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A process of the installed emulator.
    Process,
    /// A container, through testcontainers, of the image that `FANIN_CONTAINER` names; `LOCALSTACK_AUTH_TOKEN` is passed on.
    Container,
    /// What `AWS_ENDPOINT_URL` names.
    Endpoint,
}

/// A running emulator; dropping it ends what was started.
#[derive(Debug)]
pub struct Emulator {
    endpoint: String,
    _running: Running,
}

#[derive(Debug)]
enum Running {
    Process(#[expect(dead_code, reason = "dropping it ends the process")] Guard),
    Container(#[expect(dead_code, reason = "dropping it removes the container")] Box<crate::container::Held>),
    Elsewhere,
}

/// Kills a process when it goes.
#[derive(Debug)]
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Emulator {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, does not start, or does not answer in time.
    pub async fn start(place: Place) -> Result<Emulator> {
        let emulator = match place {
            Place::Process => Emulator::process()?,
            Place::Container => {
                let (endpoint, held) = crate::container::start().await?;
                Emulator { endpoint, _running: Running::Container(Box::new(held)) }
            }
            Place::Endpoint => {
                let endpoint = std::env::var("AWS_ENDPOINT_URL").context("AWS_ENDPOINT_URL is not set")?;
                Emulator { endpoint, _running: Running::Elsewhere }
            }
        };
        emulator.ready().await?;
        Ok(emulator)
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.endpoint.trim_end_matches('/')
    }

    fn process() -> Result<Emulator> {
        let program = process::root().join(".tools/aws-emulator/bin/ministack");
        if !program.exists() {
            bail!("{} is missing: run infra/scripts/setup.sh aws (make test-aws does)", program.display());
        }
        let port = process::free_port()?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let log = process::log_file(&format!("emulator-{port}.log"))?;
        // Functions inherit its environment: it gets nothing but what AWS would give them.
        let child = std::process::Command::new(&program)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", process::scratch()?)
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_REGION", process::REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        Ok(Emulator { endpoint, _running: Running::Process(Guard(child)) })
    }

    async fn ready(&self) -> Result<()> {
        let begun = Instant::now();
        let health = format!("{}/_localstack/health", self.endpoint());
        loop {
            match process::get(&health).await {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > READY => {
                    bail!("the emulator at {} is not ready after {READY:?}: {error}", self.endpoint());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}
