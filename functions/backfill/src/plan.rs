//! The first task: lists what is to be read, in chunks, unless an earlier execution of the run did.

use std::ffi::OsString;
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt, stream};
use sealwatch_rules::util::text::plain;
use sealwatch_runtime::tasks::Failure;
use serde_json::{Value, json};

use crate::command;
use crate::input::{Input, Selection};
use crate::run::{Plan, Run, number};
use crate::task::Backfill;

/// How many lists are written at the same time.
const UPLOADS: usize = 16;

/// Plans a run, and says what is left to do.
///
/// # Errors
/// Says what is wrong with the input, or why the source cannot be listed.
pub(crate) async fn plan(backfill: &Backfill, input: Value, folder: &Path) -> Result<Value, Failure> {
    let input = Input::read(input, &backfill.source, backfill.topic_arn.is_some())?;
    let run = Run(&input.run);
    let plan = match backfill.bucket.get_json::<Plan>(&run.key("plan.json")).await? {
        Some(plan) => {
            check_same(&input.run, &plan.selection, &input.selection)?;
            plan
        }
        None => make(backfill, run, input.selection, folder).await?,
    };
    let missing = run.missing(&plan, &backfill.bucket).await?;
    let items = run.key("items.json");
    backfill.bucket.put_json(&items, &missing).await?;
    tracing::info!(run = input.run, chunks = plan.chunks.len(), missing = missing.len(), "planned");
    Ok(json!({
        "run": input.run,
        "dryRun": input.dry_run,
        "publish": input.publish,
        "plan": plan.plan,
        "chunks": plan.chunks.len(),
        "missing": missing.len(),
        "items": items,
        "mapResults": run.key("map"),
    }))
}

/// A run keeps its plan: with other filters, its extracts would be of different things.
fn check_same(run: &str, planned: &Selection, given: &Selection) -> Result<(), Failure> {
    if planned == given {
        return Ok(());
    }
    let words = |selection: &Selection| serde_json::to_string(selection).unwrap_or_default();
    let why = format!(
        "the run `{run}` exists with {}, and the input has {}: use another name for `run`, or the same input",
        words(planned),
        words(given)
    );
    Err(Failure::new("BadInput", plain(&why)))
}

/// Lists the source, and keeps what is found. The plan itself is written last: without it, there is none.
async fn make(backfill: &Backfill, run: Run<'_>, selection: Selection, folder: &Path) -> Result<Plan, Failure> {
    let chunks_folder = folder.join("plan");
    let mut arguments: Vec<OsString> = vec!["extract".into(), "--plan".into(), chunks_folder.clone().into()];
    arguments.push(format!("--chunk-size={}", backfill.chunk_size).into());
    arguments.extend(selection.arguments().into_iter().map(OsString::from));
    arguments.extend(["--no-progress".into(), selection.source.clone().into()]);
    let ended = command::run(&backfill.program, arguments, folder, &folder.join("output.txt")).await?;
    if ended.status != 0 {
        return Err(Failure::new("PlanFailed", format!("{} cannot be planned: {}", selection.source, ended.summary())));
    }
    let unreadable = |file: &Path, why: &dyn std::fmt::Display| {
        Failure::new("PlanFailed", format!("`sealwatch extract --plan` left no {}: {why}", file.display()))
    };
    let file = chunks_folder.join("plan.json");
    let text = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
    let plan: Value = serde_json::from_slice(&text).map_err(|error| unreadable(&file, &error))?;
    let count = plan.get("chunks").and_then(Value::as_u64).ok_or_else(|| unreadable(&file, &"no `chunks`"))?;
    let count = usize::try_from(count).map_err(|error| unreadable(&file, &error))?;
    let chunks_folder = chunks_folder.as_path();
    let uploads = stream::iter((0..count).map(|index| async move {
        let chunk = number(index);
        let file = chunks_folder.join(format!("{chunk}.keys"));
        let list = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        backfill.bucket.put_file(&run.keys(&chunk), &file, "text/plain; charset=utf-8").await?;
        Ok(lines(&list))
    }));
    let chunks: Vec<usize> = uploads.buffered(UPLOADS).try_collect().await?;
    // what is to be said about the search: a replay of all extracts counts and names it, too
    let search = chunks_folder.join("search.gz");
    backfill.bucket.put_file(&run.extract("000000"), &search, "application/gzip").await?;
    let plan = Plan { selection, chunks, plan };
    backfill.bucket.put_json(&run.key("plan.json"), &plan).await?;
    Ok(plan)
}

/// The number of objects in a list.
pub(crate) fn lines(list: &[u8]) -> usize {
    list.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_its_filters() {
        let planned = Selection { source: "s3://b/".to_owned(), ..Selection::default() };
        assert_eq!(check_same("r", &planned, &planned.clone()), Ok(()));
        let given = Selection { since: Some("2026-01-01".to_owned()), ..planned.clone() };
        let message = check_same("r", &planned, &given).unwrap_err().message;
        let wanted = r#"the run `r` exists with {"source":"s3://b/"}, and the input has {"source":"s3://b/","since":"2026-01-01"}: use another"#;
        assert!(message.starts_with(wanted), "{message}");
    }
}
