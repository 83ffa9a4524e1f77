//! The settings, as the functions read them when they start.

use std::sync::Arc;

use sealwatch_rules::Settings;
use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_runtime::api::NoAnswer;
use serde_json::json;

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::stack::GET_FUNCTION;
use crate::doctor::stack::Stack;

const PARAMETER: Permission = allow("ssm:GetParameter", "arn:{partition}:ssm:{region}:{account}:parameter/{name}*");

/// Objects that are named like the stack. The command needs no more than the settings, wherever else they are.
const OBJECT: Permission = allow("s3:GetObject", "arn:{partition}:s3:::*/{name}*");

pub(super) static CHECK: Check = Check {
    name: "settings",
    question: "Can the settings be read, and are they valid?",
    calls: &[GET_FUNCTION, PARAMETER, OBJECT],
    faults: &[&MISSING, &INVALID],
    run: |stack| Box::pin(run(stack)),
};

static MISSING: Fault = Fault {
    id: "settings-missing",
    wrong: "the parameter `{parameter}` with the settings does not exist",
    follows: "No function that starts from now on can evaluate anything.",
    fix: "aws ssm put-parameter --name {parameter} --type String --value file://sealwatch.toml",
};

static INVALID: Fault = Fault {
    id: "settings-invalid",
    wrong: "the settings {place}: {problem}",
    follows: "No function that starts from now on can evaluate anything.",
    fix: "correct them and deploy, see docs/settings.md",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    if let Some(why) = stack.unknown() {
        answer.unanswered(GET_FUNCTION.action, &stack.named("*"), why);
        return answer;
    }
    let Some(settings) = stack.variable("SEALWATCH_SETTINGS") else {
        answer.summary = "the defaults".to_owned();
        return answer;
    };
    let (text, place) = match settings.strip_prefix("ssm:") {
        None if settings.starts_with("s3://") => match stack.aws.ask(OBJECT.action, json!({"Url": settings})).await {
            Ok(found) => (text(&found, "/Text").to_owned(), format!("in `{settings}`")),
            Err(why) => {
                answer.unanswered(OBJECT.action, settings, &why);
                return answer;
            }
        },
        None => (settings.to_owned(), "of the stack".to_owned()),
        Some(name) => {
            let parameters = json!({"Name": name, "WithDecryption": true});
            match stack.aws.ask(PARAMETER.action, parameters).await {
                Ok(found) => (text(&found, "/Parameter/Value").to_owned(), format!("in the parameter `{name}`")),
                Err(NoAnswer::NotFound) => {
                    answer.wrong(&stack, &MISSING, &[("parameter", name)]);
                    return answer;
                }
                Err(why) => {
                    answer.unanswered(PARAMETER.action, name, &why);
                    return answer;
                }
            }
        }
    };
    match Settings::parse(&text, &RULE_IDS) {
        Ok(_) => answer.summary = format!("valid, {place}"),
        Err(problem) => {
            answer.wrong(&stack, &INVALID, &[("place", &place), ("problem", &problem.to_string())]);
        }
    }
    answer
}
