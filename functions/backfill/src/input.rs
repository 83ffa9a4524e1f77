//! The input of an execution.

use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::util::text::plain;
use sealwatch_runtime::tasks::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::Run;

/// The input of an execution: what to read, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    /// The name of the run: a second execution with this name goes on where the first one stopped.
    pub(crate) run: String,
    #[serde(flatten)]
    pub(crate) selection: Selection,
    /// List and estimate only.
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// Publish findings to the topic of the stack.
    #[serde(default)]
    pub(crate) publish: bool,
}

/// What a run reads. It does not change as long as the run has its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selection {
    /// `s3://bucket/prefix`; empty in an input for all that the stack may read.
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) regions: Vec<String>,
}

impl Selection {
    /// The filters as arguments of the command line.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let times = [("since", &self.since), ("until", &self.until)];
        let times = times.into_iter().filter_map(|(name, time)| Some(format!("--{name}={}", time.as_ref()?)));
        let accounts = self.accounts.iter().map(|account| format!("--account={account}"));
        let regions = self.regions.iter().map(|region| format!("--region={region}"));
        times.chain(accounts).chain(regions).collect()
    }
}

impl Input {
    /// Reads the input of an execution, for a stack that may read `source`.
    ///
    /// # Errors
    /// Says which member is wrong, and what it has to be.
    pub(crate) fn read(value: Value, source: &str, has_topic: bool) -> Result<Input, Failure> {
        let known = ["run", "source", "since", "until", "accounts", "regions", "dryRun", "publish"];
        let rejected = |why: String| Failure::new("BadInput", plain(&format!("the input of the execution: {why}")));
        // serde cannot refuse unknown members of what is flattened
        if let Some(name) =
            value.as_object().and_then(|members| members.keys().find(|name| !known.contains(&name.as_str())))
        {
            return Err(rejected(format!("unknown member `{name}`; known are {}", known.join(", "))));
        }
        let mut input: Input = serde_json::from_value(value).map_err(|error| {
            rejected(format!("{error}; for example {{\"run\": \"all-of-2026\", \"since\": \"2026-01-01\"}}"))
        })?;
        if !Run::is_name(&input.run) {
            return Err(rejected(format!("`run` is `{}`: up to 60 letters, digits and hyphens", input.run)));
        }
        if input.selection.source.is_empty() {
            source.clone_into(&mut input.selection.source);
        }
        if !is_within(&input.selection.source, source) {
            return Err(rejected(format!(
                "`source` is `{}`, and this stack may read {source}: change the parameters SourceBucket and SourcePrefix",
                input.selection.source
            )));
        }
        let selection = &input.selection;
        if let Some(account) = selection.accounts.iter().find(|account| !is_account(account)) {
            return Err(rejected(format!(
                "`accounts` has `{account}`: twelve digits in quotes, for example \"111122223333\""
            )));
        }
        let is_region = |region: &str| {
            !region.is_empty() && region.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        };
        if let Some(region) = selection.regions.iter().find(|region| !is_region(region)) {
            return Err(rejected(format!("`regions` has `{region}`: a Region is like eu-west-1")));
        }
        if input.publish && !has_topic {
            return Err(rejected(
                "`publish` is true, and the stack has no topic: set its parameter TopicArn".to_owned(),
            ));
        }
        Ok(input)
    }
}

/// True if `url` is the URL `source` or begins with it. S3 has prefixes of text: `logs` is also one of `logs-2025/`.
fn is_within(url: &str, source: &str) -> bool {
    let rest = url.strip_prefix(source);
    // the bucket itself ends at a slash: `s3://logs` is not a prefix of `s3://logs-2025`
    rest.is_some_and(|rest| rest.is_empty() || source.matches('/').count() > 2 || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOURCE: &str = "s3://trail/AWSLogs/o-a1b2c3d4e5/";

    fn read(value: Value) -> Result<Input, String> {
        Input::read(value, SOURCE, false).map_err(|failure| {
            assert_eq!(failure.name, "BadInput");
            failure.message.strip_prefix("the input of the execution: ").unwrap().to_owned()
        })
    }

    #[test]
    fn the_name_of_the_run_suffices() {
        let input = read(json!({"run": "all"})).unwrap();
        assert_eq!(input.selection, Selection { source: SOURCE.to_owned(), ..Selection::default() });
        assert_eq!((input.dry_run, input.publish, input.selection.arguments()), (false, false, vec![]));
    }

    #[test]
    fn filters_become_arguments() {
        let source = format!("{SOURCE}111122223333/");
        let given = json!({"run": "r-1", "source": source, "since": "2026-01-01", "until": "2026-01-31", "dryRun": true,
            "accounts": ["111122223333", "222233334444"], "regions": ["eu-west-1"]});
        let input = read(given).unwrap();
        assert!(input.dry_run);
        let wanted =
            "--since=2026-01-01 --until=2026-01-31 --account=111122223333 --account=222233334444 --region=eu-west-1";
        assert_eq!(input.selection.arguments().join(" "), wanted);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_do() {
        for (given, wanted) in [
            (json!({}), "missing field `run`; for example"),
            (json!("all"), "invalid type: string \"all\""),
            (json!({"run": ""}), "`run` is ``: up to 60 letters, digits and hyphens"),
            (json!({"run": "a/b"}), "`run` is `a/b`"),
            (json!({"run": "r", "dryrun": true}), "unknown member `dryrun`; known are run, source"),
            (json!({"run": "r", "dryRun": "yes"}), "invalid type: string \"yes\", expected a boolean"),
            (
                json!({"run": "r", "source": "s3://other/"}),
                "`source` is `s3://other/`, and this stack may read s3://trail/AWSLogs",
            ),
            (json!({"run": "r", "accounts": ["1234"]}), "`accounts` has `1234`: twelve digits"),
            (json!({"run": "r", "regions": ["Ireland"]}), "`regions` has `Ireland`: a Region is like"),
            (json!({"run": "r", "publish": true}), "`publish` is true, and the stack has no topic"),
        ] {
            let message = read(given).unwrap_err();
            assert!(message.contains(wanted), "{message}");
        }
        assert!(Input::read(json!({"run": "r", "publish": true}), SOURCE, true).unwrap().publish);
    }

    #[test]
    fn a_source_lies_within_that_of_the_stack() {
        for (url, source, want) in [
            ("s3://logs", "s3://logs", true),
            ("s3://logs/", "s3://logs", true),
            ("s3://logs-2025/", "s3://logs", false),
            ("s3://logs/AWSLogs/1", "s3://logs/AWSLogs", true),
            ("s3://logs/AWS", "s3://logs/AWSLogs", false),
            ("/tmp/x", "s3://logs", false),
        ] {
            assert_eq!(is_within(url, source), want, "{url} {source}");
        }
    }
}
