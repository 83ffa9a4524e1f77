//! The task of a chunk: reads its objects, and keeps what rules need of them.
//!
//! A record or a file that cannot be understood is part of the extract, as the replay of the whole would say it. An object that S3
//! does not hand over fails the chunk: it is there, and a restart after the repair reads it.

use std::ffi::OsString;
use std::path::Path;

use aws_sdk_s3::primitives::ByteStream;
use sealwatch_runtime::tasks::Failure;
use serde_json::{Value, json};

use crate::command;
use crate::plan::lines;
use crate::run::{Chunk, Run};
use crate::task::Backfill;

/// The exit status of `sealwatch extract` if S3 did not hand over an object.
const NOT_FETCHED: i32 = 3;

/// Extracts a chunk.
///
/// # Errors
/// Says why there is no extract.
pub(crate) async fn extract(backfill: &Backfill, chunk: &Chunk, folder: &Path) -> Result<Value, Failure> {
    let run = Run(&chunk.run);
    let key = run.keys(&chunk.chunk);
    let damaged = |why: String| {
        let url = backfill.bucket.url(&key);
        let what_to_do = "delete the plan.json of the run, and start it again: chunks that have an extract are kept";
        Failure::new("ListDamaged", format!("{url} {why}: {what_to_do}"))
    };
    let list = backfill.bucket.get(&key).await?.ok_or_else(|| damaged("does not exist".to_owned()))?;
    if lines(&list) != chunk.objects {
        return Err(damaged(format!("has {} lines and should have {}", lines(&list), chunk.objects)));
    }
    let (keys, file) = (folder.join("list.keys"), folder.join("chunk.extract.gz"));
    let io = |error: std::io::Error| Failure::new("CommandFailed", format!("{}: {error}", keys.display()));
    std::fs::write(&keys, list).map_err(io)?;
    let arguments: [OsString; 6] = [
        "extract".into(),
        "--no-progress".into(),
        "--keys".into(),
        keys.clone().into(),
        "-o".into(),
        file.clone().into(),
    ];
    let ended = command::run(&backfill.program, arguments, folder, &folder.join("output.txt")).await?;
    match ended.status {
        NOT_FETCHED => return Err(Failure::new("ObjectNotFetched", ended.summary())),
        0 | 2 if file.exists() => (),
        status => return Err(Failure::new("ExtractFailed", format!("exit status {status}: {}", ended.summary()))),
    }
    backfill.bucket.put_file(&run.extract(&chunk.chunk), &file, "application/gzip").await?;
    tracing::info!(run = chunk.run, chunk = chunk.chunk, objects = chunk.objects, "extracted");
    Ok(json!({"chunk": chunk.chunk, "objects": chunk.objects, "isComplete": ended.status == 0}))
}

/// Keeps the reason for the report.
pub(crate) async fn keep_reason(backfill: &Backfill, chunk: &Chunk, failure: &Failure) {
    let reason = format!("{}: {}", failure.name, failure.message).into_bytes();
    let key = Run(&chunk.run).failure(&chunk.chunk);
    if let Err(Failure { message, .. }) =
        backfill.bucket.put(&key, ByteStream::from(reason), "text/plain; charset=utf-8").await
    {
        tracing::warn!(chunk = chunk.chunk, "the report cannot say why the chunk failed: {message}");
    }
}
