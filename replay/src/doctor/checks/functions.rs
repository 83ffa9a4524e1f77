//! The functions: whether they can run, who may invoke them, and where their failed events go.

use std::collections::BTreeSet;
use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::rules::DETECTORS;
use sealwatch_rules::util::wildcard;
use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};

use crate::doctor::aws::{contains, number, statements, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::rules::feeding;
use crate::doctor::checks::stack::GET_FUNCTION;
use crate::doctor::stack::Stack;

const POLICY: Permission = allow("lambda:GetPolicy", GET_FUNCTION_RESOURCE);
const INVOKE_CONFIG: Permission = allow("lambda:GetFunctionEventInvokeConfig", GET_FUNCTION_RESOURCE);
const ACCOUNT: Permission = allow("lambda:GetAccountSettings", "*");

const GET_FUNCTION_RESOURCE: &str = "arn:{partition}:lambda:{region}:{account}:function:{name}-*";

/// What a new account has, and what no reservation may take from the other functions.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>
const SCARCE: i64 = 10;

pub(super) static CHECK: Check = Check {
    name: "functions",
    question: "Can each function run, may its rule invoke it, and are its failed events kept?",
    calls: &[GET_FUNCTION, POLICY, INVOKE_CONFIG, ACCOUNT],
    faults: &[
        &MISSING,
        &NOT_ACTIVE,
        &NOT_UPDATED,
        &NO_CONCURRENCY,
        &NOT_INVOCABLE,
        &NO_DESTINATION,
        &MIXED,
        &SCARCE_CONCURRENCY,
    ],
    run: |stack| Box::pin(run(stack)),
};

static MISSING: Fault = Fault {
    id: "function-missing",
    wrong: "the function `{function}` does not exist",
    follows: "Its calls are not evaluated. After 24 hours they are in the queue for rule dead letters.",
    fix: "CloudFormation does not notice that a resource is gone: remove it from the template, deploy, put it back, deploy",
};

static NOT_ACTIVE: Fault = Fault {
    id: "function-not-active",
    wrong: "the function `{function}` is {state}: {reason}",
    follows: "It cannot be invoked.",
    fix: "aws lambda get-function-configuration --function-name {function}",
};

static NOT_UPDATED: Fault = Fault {
    id: "function-not-updated",
    wrong: "the last update of the function `{function}` failed: {reason}",
    follows: "It runs its former code and configuration.",
    fix: "deploy the stack again",
};

static NO_CONCURRENCY: Fault = Fault {
    id: "function-switched-off",
    wrong: "the function `{function}` may not run: its reserved concurrency is 0",
    follows: "Its events wait for six hours and are then in the queue for failed events.",
    fix: "aws lambda delete-function-concurrency --function-name {function}",
};

static NOT_INVOCABLE: Fault = Fault {
    id: "function-not-invocable",
    wrong: "the policy of the function `{function}` does not let its rule invoke it",
    follows: "EventBridge gives up each event after 24 hours, and it is in the queue for rule dead letters.",
    fix: "aws lambda add-permission --function-name {function} --statement-id doctor --action lambda:InvokeFunction --principal events.amazonaws.com --source-arn {rule}",
};

static NO_DESTINATION: Fault = Fault {
    id: "function-without-destination",
    wrong: "the function `{function}` does not send failed events to `{queue}`",
    follows: "An event on which it fails three times is lost.",
    fix: r#"aws lambda put-function-event-invoke-config --function-name {function} --qualifier '$LATEST' --maximum-retry-attempts 2 --maximum-event-age-in-seconds 21600 --destination-config '{"OnFailure":{"Destination":"{queue}"}}'"#,
};

static MIXED: Fault = Fault {
    id: "functions-of-several-architectures",
    wrong: "the functions have several architectures: {architectures}",
    follows: "Those that were not built for theirs cannot start.",
    fix: "build and deploy the stack again, with all functions for one processor",
};

static SCARCE_CONCURRENCY: Fault = Fault {
    id: "account-concurrency",
    wrong: "all functions of the account together may handle only {limit} events at the same time",
    follows: "Other functions can use them up. Events then wait for up to six hours.",
    fix: "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let existing: Vec<(&str, &Value)> =
        stack.functions.iter().filter_map(|(name, found)| Some((*name, found.as_ref().ok()?))).collect();
    for (name, found) in &stack.functions {
        let function = stack.named(name);
        match found {
            Err(NoAnswer::NotFound) => answer.wrong(&stack, &MISSING, &[("function", &function)]),
            Err(why) => answer.unanswered(GET_FUNCTION.action, &function, why),
            Ok(found) => state(&stack, &function, found, &mut answer),
        }
    }
    let named = existing.iter().map(|(name, _)| json!({"FunctionName": stack.named(name)}));
    let policies = stack.aws.ask_each(POLICY.action, named).await;
    // what CloudFormation sets belongs to the qualifier that EventBridge invokes
    let latest = existing.iter().map(|(name, _)| json!({"FunctionName": stack.named(name), "Qualifier": "$LATEST"}));
    let destinations = stack.aws.ask_each(INVOKE_CONFIG.action, latest).await;
    let queue = stack.arn("sqs", &stack.named("failed-events"));
    for (((name, _), policy), destination) in existing.iter().zip(policies).zip(destinations) {
        let function = stack.named(name);
        let policy = match &policy {
            Ok(policy) => Some(text(policy, "/Policy")),
            Err(NoAnswer::NotFound) => Some(""),
            Err(why) => {
                answer.unanswered(POLICY.action, &function, why);
                None
            }
        };
        let detector = DETECTORS.iter().find(|detector| detector.name == *name);
        let rules = detector.into_iter().flat_map(|detector| feeding(detector, stack.ledger().is_some()));
        for rule in rules.map(|(rule, _)| stack.rule_arn(stack.bus(), &stack.named(&rule))) {
            if policy.is_some_and(|policy| !lets_invoke(policy, &rule)) {
                answer.wrong(&stack, &NOT_INVOCABLE, &[("function", &function), ("rule", &rule)]);
            }
        }
        match destination {
            Ok(config) if text(&config, "/DestinationConfig/OnFailure/Destination") == queue => {}
            Ok(_) | Err(NoAnswer::NotFound) => {
                answer.wrong(&stack, &NO_DESTINATION, &[("function", &function), ("queue", &queue)]);
            }
            Err(why) => answer.unanswered(INVOKE_CONFIG.action, &function, &why),
        }
    }
    let architectures: BTreeSet<&str> =
        existing.iter().map(|(_, found)| text(found, "/Configuration/Architectures/0")).collect();
    if architectures.len() > 1 {
        let architectures: Vec<&str> = architectures.into_iter().collect();
        answer.wrong(&stack, &MIXED, &[("architectures", &architectures.join(", "))]);
    }
    match stack.aws.ask(ACCOUNT.action, json!({})).await {
        Ok(account) => {
            let limit = number(&account, "/AccountLimit/UnreservedConcurrentExecutions");
            if let Some(limit) = limit.filter(|limit| *limit <= SCARCE) {
                answer.wrong(&stack, &SCARCE_CONCURRENCY, &[("limit", &limit.to_string())]);
            }
        }
        Err(why) => answer.unanswered(ACCOUNT.action, "", &why),
    }
    answer.summary = format!("{} functions are active, and their rules may invoke them", existing.len());
    answer
}

fn state(stack: &Stack, function: &str, found: &Value, answer: &mut Answer) {
    let configuration = |name: &str| text(found, &format!("/Configuration/{name}"));
    let state = configuration("State");
    // a function that has not been invoked for weeks is inactive, and the next event activates it
    if !["Active", "Inactive", ""].contains(&state) {
        let values = [("function", function), ("state", state), ("reason", configuration("StateReason"))];
        answer.wrong(stack, &NOT_ACTIVE, &values);
    }
    if configuration("LastUpdateStatus") == "Failed" {
        let values = [("function", function), ("reason", configuration("LastUpdateStatusReason"))];
        answer.wrong(stack, &NOT_UPDATED, &values);
    }
    if number(found, "/Concurrency/ReservedConcurrentExecutions") == Some(0) {
        answer.wrong(stack, &NO_CONCURRENCY, &[("function", function)]);
    }
}

/// True if a policy allows EventBridge to invoke the function for this rule.
fn lets_invoke(policy: &str, rule: &str) -> bool {
    statements(policy).iter().any(|statement| {
        let sources = ["ArnLike", "ArnEquals", "StringEquals", "StringLike"].into_iter().filter_map(|operator| {
            let condition = statement.get("Condition")?.get(operator)?.as_object()?;
            condition.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")).map(|(_, value)| value)
        });
        let mut sources = sources.peekable();
        statement["Effect"] == "Allow"
            && contains(statement.pointer("/Principal/Service"), |service| service == "events.amazonaws.com")
            && contains(statement.get("Action"), |action| wildcard::matches(action, "lambda:InvokeFunction"))
            && (sources.peek().is_none()
                || sources.any(|arns| contains(Some(arns), |arn| wildcard::matches(arn, rule))))
    })
}
