//! How long a function takes from the start of its process to its first request: the platform's Runtime API and one service
//! behind TLS are played here, certificates and all.
//!
//! ```text
//! infra/scripts/lambda-build.sh
//! cargo bench -p fanin-lambda --bench cold_start -- [--rounds 30] [NAME=BOOTSTRAP ...]
//! ```
//!
//! The certificates trusted are the system's and one made here (by `openssl`), so that as many are read as on the platform.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot be made ends")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Processes started before those that count: files are read from memory afterwards.
const WARM_UP: usize = 3;
const GIVE_UP: Duration = Duration::from_secs(10);

/// Moments of one start.
struct Seen {
    /// The first bytes of the TLS hello.
    hello: Instant,
    /// The whole head of the first request.
    request: Instant,
}

fn main() {
    let (mut rounds, mut programs) = (30_usize, Vec::new());
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.split_once('=') {
            _ if argument == "--rounds" => {
                rounds = arguments.next().and_then(|n| n.parse().ok()).expect("--rounds N")
            }
            Some((name, path)) => programs.push((name.to_owned(), PathBuf::from(path))),
            None => programs.push((argument.clone(), PathBuf::from(&argument))),
        }
    }
    if programs.is_empty() {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lambda");
        let path = |name: &str| (name.to_owned(), built.join(name).join("bootstrap"));
        programs = ["condition-engine", "rule-engine", "timers"].map(path).into();
    }
    programs.retain(|(name, path)| {
        let there = path.is_file();
        if !there {
            eprintln!("{name}: {} is not there, build it with infra/scripts/lambda-build.sh", path.display());
        }
        there
    });
    let place = std::env::temp_dir().join(format!("fanin-cold-start-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let server = certificates(&place);
    for (name, path) in programs {
        measure(&name, &path, &place, &server, rounds);
    }
    std::fs::remove_dir_all(&place).unwrap();
}

fn measure(name: &str, program: &Path, place: &Path, server: &Arc<ServerConfig>, rounds: usize) {
    let mut hellos = Vec::new();
    let mut requests = Vec::new();
    for round in 0..rounds + WARM_UP {
        let (begun, seen) = start(name, program, place, server);
        if round >= WARM_UP {
            hellos.push(seen.hello - begun);
            requests.push(seen.request - begun);
        }
    }
    println!("{name}: TLS hello {}, first request {} ({rounds} starts)", spread(hellos), spread(requests));
}

/// One start, until the first request is there.
fn start(name: &str, program: &Path, place: &Path, server: &Arc<ServerConfig>) -> (Instant, Seen) {
    let runtime = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let runtime_address = runtime.local_addr().unwrap().to_string();
    let endpoint = format!("https://{}", service.local_addr().unwrap());
    let payload = if name.contains("timers") { TICK } else { BATCH };
    let (sender, seen) = channel();
    std::thread::spawn(move || play_runtime(&runtime, payload));
    let server = server.clone();
    std::thread::spawn(move || play_service(&service, &server, &sender));
    let mut command = Command::new(program);
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::null()).envs(ENVIRONMENT.iter().copied());
    command.env("AWS_LAMBDA_RUNTIME_API", runtime_address).env("AWS_ENDPOINT_URL", endpoint);
    command.env("SSL_CERT_FILE", place.join("trusted.pem"));
    let begun = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let seen = seen.recv_timeout(GIVE_UP);
    child.kill().unwrap();
    child.wait().unwrap();
    (begun, seen.unwrap_or_else(|_| panic_with(name)))
}

fn panic_with(name: &str) -> ! {
    eprintln!("{name}: no request within {} s", GIVE_UP.as_secs());
    std::process::exit(1)
}

/// Hands out one invocation, and then nothing.
fn play_runtime(listener: &TcpListener, payload: &'static str) {
    let mut first = true;
    while let Ok((mut stream, _)) = listener.accept() {
        if !std::mem::take(&mut first) {
            continue;
        }
        if read_head(&mut stream).is_none() {
            return;
        }
        let ends = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(30);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: r1\r\n\
             lambda-runtime-deadline-ms: {}\r\nlambda-runtime-invoked-function-arn: arn\r\ncontent-length: {}\r\n\r\n",
            ends.as_millis(),
            payload.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(payload.as_bytes())).ok();
        std::mem::forget(stream);
    }
}

/// Takes connections until one brings a request.
fn play_service(listener: &TcpListener, config: &Arc<ServerConfig>, seen: &Sender<Seen>) {
    while let Ok((stream, _)) = listener.accept() {
        let mut first = [0];
        if stream.peek(&mut first).is_err() {
            continue;
        }
        let hello = Instant::now();
        let session = ServerConnection::new(config.clone()).unwrap();
        if read_head(&mut StreamOwned::new(session, stream)).is_some() {
            seen.send(Seen { hello, request: Instant::now() }).ok();
            return;
        }
    }
}

fn read_head(stream: &mut impl Read) -> Option<()> {
    let mut head: Vec<u8> = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        head.extend(part.iter().take(read));
    }
    Some(())
}

/// Makes a certificate for this address and an authority that signs it; the authority joins the system's.
fn certificates(place: &Path) -> Arc<ServerConfig> {
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(place).stderr(Stdio::null()).status();
        assert!(done.expect("openssl is needed: install it").success(), "openssl {arguments:?}");
    };
    let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let authority = ["req", "-x509", "-subj", "/CN=cold start", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(&[&authority[..], &new_key[..]].concat());
    let leaf = ["req", "-x509", "-subj", "/CN=127.0.0.1", "-keyout", "leaf.key", "-out", "leaf.pem"];
    let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"];
    let plain = ["-addext", "basicConstraints=critical,CA:FALSE"];
    openssl(&[&leaf[..], &new_key[..], &signed[..], &plain[..]].concat());
    let system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    let mut trusted = system.iter().find_map(|path| std::fs::read(path).ok()).unwrap_or_default();
    trusted.extend(std::fs::read(place.join("ca.pem")).unwrap());
    std::fs::write(place.join("trusted.pem"), trusted).unwrap();
    let chain = CertificateDer::pem_file_iter(place.join("leaf.pem"))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(place.join("leaf.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len().saturating_sub(1) * part / 100).copied().unwrap_or_default();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    format!("{:.1} ms (least {:.1}, 90 % {:.1})", ms(at(50)), ms(at(0)), ms(at(90)))
}

const ENVIRONMENT: &[(&str, &str)] = &[
    ("AWS_LAMBDA_FUNCTION_NAME", "f"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_SESSION_TOKEN", "token"),
    ("FANIN_WORKFLOW", "w"),
    ("FANIN_TABLE", "w-state"),
    ("FANIN_CONDITIONS_QUEUE", "https://sqs.us-east-1.amazonaws.com/1/c"),
    ("FANIN_RULES_QUEUE", "https://sqs.us-east-1.amazonaws.com/1/r"),
    ("FANIN_BUCKET", "w-claims"),
];
const BATCH: &str = r#"{"Records":[{"messageId":"m","body":"{\"fanin\":1,\"do\":\"wake_run\",\"rule\":\"r\",\"run\":\"00000000000080008000000000000000\",\"due\":1}","attributes":{"SentTimestamp":"1","ApproximateFirstReceiveTimestamp":"2","ApproximateReceiveCount":"1"}}]}"#;
const TICK: &str = r#"{"time":"2026-01-01T00:00:00Z"}"#;
