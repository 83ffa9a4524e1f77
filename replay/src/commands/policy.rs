//! `sealwatch policy`: evaluates key policies as documents, before or after they are applied.

use std::path::Path;

use sealwatch_rules::engine::context::Seen;
use sealwatch_rules::key_policy::{Owner, Policy};
use sealwatch_rules::rules::kms_key_policy::{DETECTOR, holds_with_more_allows};
use sealwatch_rules::util::time::written;
use sealwatch_rules::{Event, Facts, Finding, Outcome, Settings};
use serde_json::{Value, json};

use crate::cli::PolicyArgs;
use crate::commands::now;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::input::policy_document::{Deployment, PolicyDocument};
use crate::input::policy_documents;
use crate::input::reader;
use crate::messages;
use crate::report::html::Head;
use crate::report::policies::PolicyReport;
use crate::settings_file;
use crate::summary::Problems;

/// Evaluates all policies and prints the report.
pub(crate) fn run(args: &PolicyArgs) -> Result<ExitStatus, CliError> {
    let settings = settings_file::load_in(args.settings.as_deref(), args.language)?;
    settings_file::require_rules(&settings, DETECTOR.rules.iter().map(|rule| rule.id))?;
    let mut report = PolicyReport::new(args.format, args.all, settings.language);
    let (mut unreadable, mut evaluated, mut problems) = (0, 0, Problems::default());
    let deployment = Deployment { account: args.account.as_deref(), region: args.region.as_deref() };
    for file in &args.files {
        let name = policy_documents::file_name(file);
        let documents = match documents(file, deployment) {
            Ok(documents) => documents,
            Err(problem) => {
                warn(&name, &problem);
                problems.add(format!("{name}: {problem}"));
                unreadable += 1;
                continue;
            }
        };
        if documents.is_empty() {
            warn(&name, "no `aws_kms_key` in this plan, or `AWS::KMS::Key` in this template: nothing to evaluate");
        }
        for document in documents {
            if let Err(problem) = check(&document) {
                warn(&document.name(), &problem);
                problems.add(format!("{}: {problem}", document.name()));
                unreadable += 1;
                continue;
            }
            evaluated += 1;
            evaluate(&document, args, &settings, &mut report)?;
        }
    }
    let disabled: Vec<String> = settings
        .disabled()
        .filter(|rule| DETECTOR.rules.iter().any(|own| own.id == *rule))
        .map(str::to_owned)
        .collect();
    let files: Vec<String> = args.files.iter().map(|file| policy_documents::file_name(file)).collect();
    let (subject, time) = (files.join(", "), written(now()));
    let head = Head { command: "policy", subject, time, problems, language: settings.language, ..Head::default() };
    report.finish(head, evaluated, unreadable, &disabled, args.exit_zero)
}

fn documents(file: &Path, deployment: Deployment<'_>) -> Result<Vec<PolicyDocument>, String> {
    if file.is_dir() {
        return Err("this is a folder: name the files in it".to_owned());
    }
    let text = reader::read_text(file).map_err(|error| error.to_string())?;
    policy_documents::find(file, text, deployment)
}

/// Fails if the policy is not valid.
fn check(document: &PolicyDocument) -> Result<(), String> {
    let Some(text) = &document.text else { return Ok(()) };
    Policy::parse(text).map(|_| ()).map_err(|error| error.to_string())
}

/// Warns of principals with which KMS rejects the policy. They admit nobody, so the rules may have nothing to report.
fn warn_of_rejected_principals(document: &PolicyDocument, owner: &Owner) {
    const SHOWN: usize = 20;
    let Some(policy) = document.text.as_deref().and_then(|text| Policy::parse(text).ok()) else { return };
    let mut rejected = policy.rejected_principals(owner);
    for problem in rejected.by_ref().take(SHOWN) {
        warn(&document.name(), &problem);
    }
    match rejected.count() {
        0 => {}
        more => warn(&document.name(), &format!("KMS rejects {more} more principals")),
    }
}

fn warn(name: &str, problem: &str) {
    messages::print(format!("{name}: {problem}"));
}

/// The owner of the key: from `--account`, or from the file, or from the policy itself.
fn owner(document: &PolicyDocument, args: &PolicyArgs) -> Option<String> {
    let given = args.account.clone().or_else(|| document.account.clone());
    given.or_else(|| Policy::parse(document.text.as_deref()?).ok()?.likely_owner().map(str::to_owned))
}

/// Evaluates one policy like the call that would apply it.
fn evaluate(
    document: &PolicyDocument,
    args: &PolicyArgs,
    settings: &Settings,
    report: &mut PolicyReport,
) -> Result<(), CliError> {
    let account = owner(document, args).unwrap_or_default();
    if account.is_empty() && document.text.is_some() {
        warn(&document.name(), "the account that owns the key is unknown: add `--account ID`");
    }
    let error = |problem: String| CliError::PolicyDocument { name: document.name(), problem };
    let record = put_key_policy(document, &account, args.region.as_deref()).to_string();
    let event = Event::parse(&record).map_err(|problem| error(problem.to_string()))?;
    let mut change = event.change_for(&DETECTOR).map_err(|_| error("cannot be evaluated".to_owned()))?;
    change.event.name.clear();
    change.seen = Seen::Document;
    change.resource.name = document.name();
    let owner = Owner {
        account,
        region: change.scope.region.to_owned(),
        partition: change.scope.partition.to_owned(),
        resource: None,
    };
    warn_of_rejected_principals(document, &owner);
    let facts = Facts::default();
    let findings = sealwatch_rules::evaluate(&change, &facts, settings);
    let findings = findings.into_iter().filter(|finding| args.all || !is_not_applicable(finding));
    let findings: Vec<Finding<'_>> = findings.map(|finding| as_known(finding, document, settings)).collect();
    report.print(&findings, document);
    Ok(())
}

/// Makes the finding unverified if Allows that are not known could change it: they can only add to what the others allow.
fn as_known<'a>(finding: Finding<'a>, document: &PolicyDocument, settings: &'a Settings) -> Finding<'a> {
    let Some(why) = &document.unknown else { return finding };
    let holds = document.text.is_some() && holds_with_more_allows(&finding);
    if holds || is_not_applicable(&finding) { finding } else { finding.unverified(why.clone(), settings) }
}

fn is_not_applicable(finding: &Finding<'_>) -> bool {
    matches!(finding.outcome, Outcome::NotApplicable(_))
}

/// The record of a call that would apply a policy.
fn put_key_policy(document: &PolicyDocument, account: &str, region: Option<&str>) -> Value {
    json!({
        "eventSource": DETECTOR.event_source,
        "eventName": "PutKeyPolicy",
        "eventID": document.name(),
        "awsRegion": region.or(document.region.as_deref()).unwrap_or_default(),
        "recipientAccountId": account,
        "requestParameters": {
            "keyId": document.key,
            "keyUsage": document.usage,
            "policy": document.text,
            "bypassPolicyLockoutSafetyCheck": document.bypass,
        },
    })
}
