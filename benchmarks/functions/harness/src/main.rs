//! Measures the time from the start of a function's process to its request for the first event, and to the arrival of
//! its first alert at SNS over TLS. `benchmarks/startup` builds everything and runs this program.
//!
//! usage: harness RUNS QUOTA CA_FOLDER (NAME BINARY EVENT)...
//!
//! QUOTA limits a process to this share of a core, in percent, after its request for the first event: Lambda, too,
//! starts functions at full speed. 100 sets no limit. A function whose EVENT is `-` is not expected to publish.

mod quota;
mod servers;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio, exit};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::quota::Quota;
use crate::servers::{Authority, Mark, RuntimeApi};

/// A function that takes longer is considered hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first runs are not counted: they load the binary into the page cache.
const WARM_UP: usize = 2;

/// The measurements of one function.
#[derive(Debug, Default)]
struct Figures {
    /// Milliseconds from the start of the process to the first poll.
    poll: Vec<f64>,
    /// Milliseconds from the start of the process to the first alert, or to the response of a function that does not
    /// publish.
    alert: Vec<f64>,
    /// Milliseconds from the event to the alert or the response.
    event: Vec<f64>,
    /// Peak resident memory, in KiB.
    memory: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runs, percent, folder, functions @ ..] = &arguments[..] else { usage() };
    let (Ok(runs), Ok(percent)) = (runs.parse::<usize>(), percent.parse::<f64>()) else { usage() };
    if runs == 0 || functions.is_empty() || functions.len() % 3 != 0 {
        usage();
    }
    let authority = Authority::new(Path::new(folder));
    let quota = (percent < 100.0).then(|| Quota::new(percent));
    let functions: Vec<&[String]> = functions.chunks(3).collect();
    let mut figures: Vec<Figures> = functions.iter().map(|_| Figures::default()).collect();
    for run in 0..WARM_UP + runs {
        // in turns, so that other work on the machine affects all of them
        for (function, figures) in functions.iter().zip(&mut figures) {
            let [name, binary, event] = function else { usage() };
            measure(name, binary, event, &authority, quota.as_ref(), figures);
            if run + 1 == WARM_UP {
                *figures = Figures::default();
            }
        }
    }
    println!("Milliseconds: fastest / p50 / p90.\n");
    println!("| | binary MB | resident MB | first poll | first alert | event to alert |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (function, figures) in functions.iter().zip(&mut figures) {
        let [name, binary, event] = function else { usage() };
        let size = fs::metadata(binary).map_or(0, |file| file.len()) as f64 / 1e6;
        let memory = percentile(&mut figures.memory, 50) / 1024.0;
        let [poll, alert, to_alert] = [&mut figures.poll, &mut figures.alert, &mut figures.event]
            .map(|values| [0, 50, 90].map(|percent| format!("{:.2}", percentile(values, percent))).join(" / "));
        match event.as_str() {
            "-" => println!("| {name} | {size:.1} | {memory:.1} | {poll} | none | none |"),
            _ => println!("| {name} | {size:.1} | {memory:.1} | {poll} | {alert} | {to_alert} |"),
        }
    }
}

fn usage() -> ! {
    eprintln!("usage: harness RUNS QUOTA CA_FOLDER (NAME BINARY EVENT)...");
    exit(2)
}

/// One run: from the start of the process to its alert.
fn measure(name: &str, binary: &str, event: &str, authority: &Authority, quota: Option<&Quota>, figures: &mut Figures) {
    let publishes = event != "-";
    let event = if publishes {
        fs::read(event).unwrap_or_else(|error| failed(name, &format!("{event}: {error}")))
    } else {
        b"{}".to_vec()
    };
    let (sender, marks) = channel();
    // A new server for each run: the last poll of a killed process must not get the event of the next one.
    let mut api = RuntimeApi::listen();
    let sns = authority.serve(sender.clone());
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs(lambda_environment(name))
        .env("AWS_LAMBDA_RUNTIME_API", api.address())
        .env("AWS_ENDPOINT_URL", format!("https://{sns}"))
        .env("SEALWATCH_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings")
        .env("SEALWATCH_SCHEDULE_GROUP", "sealwatch")
        .env("SEALWATCH_SCHEDULE_ROLE_ARN", "arn:aws:iam::111122223333:role/sealwatch")
        .env("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", "arn:aws:sqs:eu-west-1:111122223333:sealwatch")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Adds the endpoint's authority to the roots that a function trusts anyway, so that it parses as many as in Lambda.
    match name.starts_with("sealwatch") {
        true => command.env("AWS_CA_BUNDLE", authority.amazon_and_own()),
        false => command.env("SSL_CERT_FILE", authority.platform_and_own()),
    };
    let start = Instant::now();
    let child = command.spawn().unwrap_or_else(|error| failed(name, &format!("{binary}: {error}")));
    let mut child = Running(child);
    let pid = child.0.id();
    let quota = quota.map(|quota| quota.path().to_owned());
    api.serve(event, sender, move || {
        if let Some(quota) = &quota {
            quota::enter(quota, pid);
        }
    });
    let poll = wait(name, &mut child, &marks, |mark| matches!(mark, Mark::Poll(_)));
    let done = wait(name, &mut child, &marks, |mark| match mark {
        Mark::Alert(_) => publishes,
        Mark::Answer(_) => !publishes,
        _ => false,
    });
    figures.poll.push(millis(poll - start));
    figures.alert.push(millis(done - start));
    figures.event.push(millis(done - poll));
    figures.memory.push(memory(pid));
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The environment variables that Lambda sets for a function, and nothing else.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn lambda_environment(name: &str) -> [(&str, &str); 12] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "ASIA0000000000000000"),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_SESSION_TOKEN", "not-a-token"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TZ", ":UTC"),
    ]
}

/// A process that is killed at the end of its run.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill(); // fails if it has ended
        let _ = self.0.wait();
    }
}

/// Waits for a mark. If the function exits or hangs, the measurement ends.
fn wait(name: &str, child: &mut Running, marks: &Receiver<Mark>, wanted: impl Fn(&Mark) -> bool) -> Instant {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match marks.recv_timeout(Duration::from_millis(100)) {
            Ok(mark) if wanted(&mark) => return mark.time(),
            Ok(Mark::Failure(problem)) => failed(name, &problem),
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => failed(name, "the servers stopped"),
            Err(RecvTimeoutError::Timeout) => {
                if let Ok(Some(status)) = child.0.try_wait() {
                    failed(name, &format!("the process ended: {status}"));
                }
                if Instant::now() > deadline {
                    failed(name, "no response in time");
                }
            }
        }
    }
}

fn failed(name: &str, problem: &str) -> ! {
    eprintln!("{name}: {problem}");
    exit(1)
}

/// The peak resident memory of a process, in KiB.
fn memory(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() - 1) * percent / 100).copied().unwrap_or_default()
}
