//! How fast the command line is, and how much memory it takes: run by `cargo xtask bench`, which prints this table.
//!
//! AWS is a server of our own that knows the few calls of `aws-django logs`, and holds a log of a million lines.
#![expect(clippy::expect_used, clippy::panic, reason = "a program that talks to the person who runs it")]

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[path = "../../pulumi-resource-aws-django/benches/numbers/table.rs"]
mod table;

use table::{head, median, memory_row, milliseconds, row};

/// How often what is fast is measured; the median counts.
const TIMES: usize = 20;

/// The lines of the log, and how many of them a page has: `FilterLogEvents` answers 10,000 at most.
const LINES: usize = 1_000_000;
const PAGE: usize = 10_000;

fn main() {
    head("the command line");
    start();
    a_million_lines();
}

/// From the start of the process to its first call.
fn start() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let times = (0..TIMES).map(|_| {
        let begun = Instant::now();
        let mut child = run(&listener, "status");
        let (stream, _) = listener.accept().expect("the program calls");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("a call has a first line");
        let time = begun.elapsed();
        end(&mut child);
        time
    });
    row("start to the first call, ms", milliseconds(median(times.collect())), 30.0);
}

/// What `aws-django logs` takes at its highest, while it shows a log.
fn a_million_lines() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let mut child = run(&listener, "logs");
    let (told, highest) = mpsc::channel();
    let process = child.id();
    let begun = Instant::now();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = told.clone();
            thread::spawn(move || serve(&stream, process, &told));
        }
    });
    let size = highest.recv_timeout(Duration::from_mins(2)).expect("the log is read to its end");
    let status = child.wait().expect("the program ends");
    assert!(status.success(), "the program ended with {status}");
    let seconds = begun.elapsed().as_secs_f64();
    memory_row(&format!("a log of {LINES} lines, in {seconds:.1} s: memory, MiB"), vec![size], 64.0);
}

/// The program, on an AWS that listens there. Nothing of the user's own configuration has a say.
fn run(listener: &TcpListener, command: &str) -> Child {
    let port = listener.local_addr().expect("it listens").port();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ];
    Command::new(env!("CARGO_BIN_EXE_aws-django"))
        .args([command, "alpha"])
        .env_clear()
        .envs(environment)
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program starts")
}

fn end(child: &mut Child) {
    child.kill().and_then(|()| child.wait()).expect("the program can be ended");
}

/// Answers the calls of a connection. With the last page it tells how much memory the program has taken at its highest.
fn serve(stream: &TcpStream, process: u32, told: &mpsc::Sender<usize>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some((target, request)) = read(&mut reader) {
        let answer = match target.as_deref().and_then(|target| target.rsplit('.').next()) {
            // STS speaks XML.
            None => ACCOUNT.to_owned(),
            Some("ListServices") => json!({"serviceArns": [SERVICE]}).to_string(),
            Some("DescribeServices") => json!({"services": [service()]}).to_string(),
            Some("FilterLogEvents") => {
                let from = request["nextToken"].as_str().map_or(0, |token| token.parse().expect("it is our own"));
                if from + PAGE >= LINES {
                    // Nobody waits for it any more where an earlier one has been told.
                    let _ = told.send(highest(process));
                }
                page(from).to_string()
            }
            Some(other) => panic!("the program calls `{other}`"),
        };
        let length = answer.len();
        // The program may have ended.
        let _ = write!(writer, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}");
    }
}

const SERVICE: &str = "arn:aws:ecs:eu-central-1:123456789012:service/alpha-cluster/alpha-gunicorn";
const ACCOUNT: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

fn service() -> Value {
    json!({
        "serviceName": "alpha-gunicorn",
        "serviceArn": SERVICE,
        "status": "ACTIVE",
        "taskDefinition": "arn:aws:ecs:eu-central-1:123456789012:task-definition/alpha-gunicorn:1",
        "tags": [{"key": "aws-django:image", "value": "backend"}],
    })
}

fn page(from: usize) -> Value {
    let event = |number: usize| {
        let message = format!("10.0.1.7 - \"GET /api/orders/{number} HTTP/1.1\" 200 in 12 ms");
        let (id, at) = (format!("{number:056}"), 1_790_000_000_000_usize + number);
        json!({"eventId": id, "timestamp": at, "logStreamName": "gunicorn/gunicorn/1", "message": message})
    };
    let until = from + PAGE;
    let mut page = json!({"events": (from..until).map(event).collect::<Vec<_>>()});
    if until < LINES {
        page["nextToken"] = json!(until.to_string());
    }
    page
}

/// The target and the body of a request; `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> Option<(Option<String>, Value)> {
    let (mut target, mut length) = (None, 0);
    for number in 0.. {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() && number > 0 {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_lowercase().as_str() {
            "x-amz-target" => target = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().expect("a length is a number"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((target, serde_json::from_slice(&body).unwrap_or_default()))
}

/// The most memory that a process has taken yet, in bytes.
fn highest(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
    let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().expect("it is a number");
    kibibytes * 1024
}
