//! The verbs for AWS in front of an account that lets nobody do anything: each says which permission is missing. The account is
//! a listener here that knows who asks, and refuses everything else as the services do.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};

const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/guest</Arn><UserId>AID</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"#;
const REFUSED_FORM: &str = r"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>guest may not</Message></Error><RequestId>1</RequestId></ErrorResponse>";
const REFUSED_XML: &str = r"<Error><Code>AccessDenied</Code><Message>guest may not</Message></Error>";
const REFUSED_JSON: &str =
    r#"{"__type":"AccessDeniedException","Message":"guest may not","message":"guest may not"}"#;

/// Answers one request of a connection after the other.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut length, mut form, mut line) = (0, false, String::new());
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        // Lambda says the version of its API in the path.
        let mut json = line.split(' ').nth(1).is_some_and(|path| path.starts_with("/20"));
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            json |= header.starts_with("content-type: application/x-amz-json");
            form |= header.starts_with("content-type: application/x-www-form-urlencoded");
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let asks_who = String::from_utf8_lossy(&body).contains("Action=GetCallerIdentity");
        let (status, kind, said) = match () {
            () if asks_who => ("200 OK", "text/xml", IDENTITY),
            () if json => ("403 Forbidden", "application/x-amz-json-1.1", REFUSED_JSON),
            () if form => ("403 Forbidden", "text/xml", REFUSED_FORM),
            () => ("403 Forbidden", "application/xml", REFUSED_XML),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nx-amzn-errortype: AccessDeniedException\r\ncontent-length: {}\r\n\r\n",
            said.len()
        );
        let mut stream = &stream;
        stream.write_all(head.as_bytes())?;
        stream.write_all(said.as_bytes())?;
    }
}

fn account() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}")
}

fn fanin(dir: &Path, endpoint: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    let settings = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDGUEST"),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    command.current_dir(dir).args(args).envs(settings).env("HOME", dir).output().unwrap()
}

#[test]
fn every_verb_names_the_permission_that_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = account();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/uploads/workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    let stack = ["--stack", "shop"];
    let with = |args: &[&'static str]| [args, &stack[..]].concat();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (with(&["status"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["explain", "job_complete", "--key", "a"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["state"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["events"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["dead", "list"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["emit", "--source", "a", "--type", "b"]), "`lambda:GetFunctionConfiguration`"),
        (with(&["logs"]), "`lambda:GetFunctionConfiguration`"),
        (vec!["deploy", workflow, "--stack", "shop", "--functions", ".", "--yes"], "`lambda:GetFunction`"),
        (with(&["destroy", "--yes"]), "`cloudformation:DescribeStacks`"),
    ];
    for (args, permission) in cases {
        let refused = fanin(dir.path(), &endpoint, &args);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("you may not") && said.contains(permission), "{args:?}: {said}");
        assert!(said.contains("guest may not") && !said.contains("not-a-secret"), "{args:?}: {said}");
    }
}
