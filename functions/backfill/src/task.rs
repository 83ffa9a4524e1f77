//! The three tasks, and what they need.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use sealwatch_rules::cloudtrail::json_error::words;
use sealwatch_runtime::tasks::Failure;
use sealwatch_runtime::{laptop_config, time_left, variable};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::bucket::Bucket;
use crate::run::Chunk;
use crate::{extract, plan, report};

/// The name of the bucket of the stack.
const BUCKET: &str = "SEALWATCH_BACKFILL_BUCKET";

/// What runs may read: `s3://bucket/prefix`.
const SOURCE: &str = "SEALWATCH_BACKFILL_SOURCE";

/// How many objects a chunk has.
const CHUNK_SIZE: &str = "SEALWATCH_BACKFILL_CHUNK_SIZE";

/// The ARN of the topic for findings; none are published without it.
const TOPIC_ARN: &str = "SEALWATCH_TOPIC_ARN";

/// A task gives up this long before Lambda ends the function, so that it can say why.
const MARGIN: Duration = Duration::from_secs(5);

/// What all tasks need.
#[derive(Debug)]
pub(crate) struct Backfill {
    pub(crate) bucket: Bucket,
    pub(crate) source: String,
    pub(crate) chunk_size: usize,
    pub(crate) topic_arn: Option<String>,
    /// This program, which is also the command line.
    pub(crate) program: PathBuf,
}

/// A task, as the state machine sends it.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "camelCase", deny_unknown_fields)]
enum Task {
    /// Lists what is to be read, in chunks.
    Plan { input: Value },
    /// Reads one chunk.
    Extract { chunk: Chunk },
    /// Evaluates all extracts.
    Report(report::Request),
}

impl Task {
    fn name(&self) -> &'static str {
        match self {
            Task::Plan { .. } => "plan",
            Task::Extract { .. } => "extract",
            Task::Report(_) => "report",
        }
    }
}

/// Connects to AWS with what the environment says.
///
/// # Errors
/// Names the variable that is missing or wrong.
pub(crate) async fn connect() -> Result<impl Fn(Value, SystemTime) -> TaskFuture + Send, String> {
    let required = |name| variable(name).ok_or_else(|| format!("{name} is not set: deploy infra/backfill again"));
    let (bucket, source) = (required(BUCKET)?, required(SOURCE)?);
    let chunk_size = required(CHUNK_SIZE)?;
    let chunk_size = chunk_size
        .parse()
        .ok()
        .filter(|size| *size > 0)
        .ok_or(format!("{CHUNK_SIZE} is `{chunk_size}`, which is no number of objects"))?;
    let program =
        std::env::current_exe().map_err(|error| format!("this program does not know where it is: {error}"))?;
    let client = Client::new(&laptop_config(None).await?);
    let bucket = Bucket::new(client, bucket);
    let backfill = Arc::new(Backfill { bucket, source, chunk_size, topic_arn: variable(TOPIC_ARN), program });
    Ok(move |task, time_limit| -> TaskFuture { Box::pin(carry_out(Arc::clone(&backfill), task, time_limit)) })
}

type TaskFuture = std::pin::Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

async fn carry_out(backfill: Arc<Backfill>, task: Value, time_limit: SystemTime) -> Result<Value, Failure> {
    let task: Task = serde_json::from_value(task).map_err(|error| {
        let words = words(&error);
        let why = format!("{words}: this function carries out the tasks of the state machine; start that one instead");
        Failure::new("BadTask", why)
    })?;
    let name = task.name();
    let left = time_left(time_limit, SystemTime::now()).saturating_sub(MARGIN);
    let work = async {
        let folder = folder()?;
        match &task {
            Task::Plan { input } => plan::plan(&backfill, input.clone(), folder.path()).await,
            Task::Extract { chunk } => extract::extract(&backfill, chunk, folder.path()).await,
            Task::Report(request) => report::report(&backfill, request, folder.path()).await,
        }
    };
    let done = tokio::time::timeout(left, work).await.unwrap_or_else(|_| Err(too_slow(name)));
    if let (Task::Extract { chunk }, Err(failure)) = (&task, &done) {
        extract::keep_reason(&backfill, chunk, failure).await;
    }
    done
}

/// A folder that is gone at the end of the task: the next one may run in the same sandbox.
fn folder() -> Result<TempDir, Failure> {
    tempfile::tempdir()
        .map_err(|error| Failure::new("CommandFailed", format!("no folder for temporary files: {error}")))
}

fn too_slow(task: &'static str) -> Failure {
    let what_to_do = match task {
        "plan" => {
            "listing takes longer than a function may run: divide it into several runs by `accounts`, or by `since` and `until`"
        }
        "extract" => {
            "a chunk takes longer than a function may run: set the parameter ChunkSize lower, or ExtractMemory higher, and use another name for the run"
        }
        _ => {
            "the report takes longer than a function may run: download the extracts and use `sealwatch replay`, or divide it into several runs"
        }
    };
    Failure::new("TimeLimit", format!("{what_to_do}; see docs/backfill.md"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tasks_are_read_as_the_state_machine_sends_them() {
        let read = |value: Value| serde_json::from_value::<Task>(value).map(|task| task.name());
        let chunk = json!({"run": "r", "chunk": "000001", "objects": 5});
        assert_eq!(read(json!({"task": "plan", "input": {"run": "r"}})).unwrap(), "plan");
        assert_eq!(read(json!({"task": "extract", "chunk": chunk})).unwrap(), "extract");
        assert_eq!(
            read(json!({"task": "report", "plan": {"run": "r", "publish": false}, "tolerated": 1})).unwrap(),
            "report"
        );
        assert!(read(json!({"Records": []})).is_err());
    }

    #[test]
    fn the_state_machine_sends_these_tasks() {
        let text = include_str!("../../../infra/backfill/state-machine.asl.json");
        for task in ["plan", "extract", "report"] {
            assert_eq!(text.matches(&format!(r#""task": "{task}""#)).count(), 1, "{task}");
        }
    }
}
