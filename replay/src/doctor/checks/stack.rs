//! The stack itself: it exists, and has the version of this command.

use std::collections::BTreeSet;
use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::Stack;

/// The version of this command. The functions' descriptions begin with "Sealwatch" and theirs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) const GET_FUNCTION: Permission =
    allow("lambda:GetFunction", "arn:{partition}:lambda:{region}:{account}:function:{name}-*");

pub(super) static CHECK: Check = Check {
    name: "stack",
    question: "Does the stack exist, and does it run the version of this command?",
    calls: &[GET_FUNCTION],
    faults: &[&NO_STACK, &OTHER_VERSION, &NO_VERSION],
    run: |stack| Box::pin(run(stack)),
};

static NO_STACK: Fault = Fault {
    id: "no-stack",
    wrong: "there is no stack named `{name}` in {region} of account {account}: none of its functions exists",
    follows: "Nothing evaluates calls here.",
    fix: "deploy Sealwatch as README.md says, or name the parameter `Name` of the stack with --stack and its Region with --region",
};

static OTHER_VERSION: Fault = Fault {
    id: "other-version",
    wrong: "the functions are of version {version}, this command is {command}",
    follows: "The checks below compare the stack with what this version deploys.",
    fix: "deploy this version, or use the command of that version",
};

static NO_VERSION: Fault = Fault {
    id: "no-version",
    wrong: "the functions do not say their version",
    follows: "The stack is older than this command, or was deployed otherwise. The checks below compare it with what this version deploys.",
    fix: "deploy this version",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    if stack.is_missing() {
        let values = [("name", stack.name.as_str()), ("region", &stack.region), ("account", &stack.account)];
        answer.wrong(&stack, &NO_STACK, &values);
        return answer;
    }
    let mut versions = BTreeSet::new();
    for function in stack.functions.values() {
        match function {
            Ok(function) => {
                versions.insert(version(text(function, "/Configuration/Description")));
            }
            Err(sealwatch_runtime::api::NoAnswer::NotFound) => {} // the check of the functions reports it
            Err(why) => answer.unanswered(GET_FUNCTION.action, &stack.named("*"), why),
        }
    }
    for version in &versions {
        match version {
            None => answer.wrong(&stack, &NO_VERSION, &[]),
            Some(VERSION) => {}
            Some(version) => answer.wrong(&stack, &OTHER_VERSION, &[("version", version), ("command", VERSION)]),
        }
    }
    let kind = if stack.is_hub() { "the hub of an organization" } else { "for one account" };
    answer.summary = format!("`{}`, {kind}, version {VERSION}", stack.name);
    answer
}

/// The version in the description of a function.
fn version(description: &str) -> Option<&str> {
    let version = description.strip_prefix("Sealwatch ")?;
    version.split([' ', ':', ',']).next().filter(|version| !version.is_empty())
}
