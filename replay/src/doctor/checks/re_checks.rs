//! The re-checks: their schedule group exists, and none is overdue.

use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::util::time::{Seconds, body_time};
use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};

use crate::doctor::aws::{number, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::Stack;

const GROUP: Permission =
    allow("scheduler:GetScheduleGroup", "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}");
pub(crate) const LIST: Permission = allow("scheduler:ListSchedules", "*");
const SCHEDULE: Permission =
    allow("scheduler:GetSchedule", "arn:{partition}:scheduler:{region}:{account}:schedule/{name}/*");

pub(super) static CHECK: Check = Check {
    name: "re-checks",
    question: "Can re-checks be scheduled, and is none overdue?",
    calls: &[GROUP, LIST, SCHEDULE],
    faults: &[&NO_GROUP, &OVERDUE, &DISABLED],
    run: |stack| Box::pin(run(stack)),
};

/// A re-check that cannot be delivered is tried again for an hour and then is in the queue for schedule dead letters.
const TRIED_FOR: Seconds = 2 * 3600;

/// The most schedules that are looked at one by one.
const MAX_SCHEDULES: usize = 20;

static NO_GROUP: Fault = Fault {
    id: "no-schedule-group",
    wrong: "the schedule group `{group}` does not exist",
    follows: "Functions cannot schedule re-checks: events of new streams, keys and trails are in the queue for failed events.",
    fix: "aws scheduler create-schedule-group --name {group}",
};

static OVERDUE: Fault = Fault {
    id: "re-check-overdue",
    wrong: "the re-check `{schedule}` was due at {time}",
    follows: "The settled state of the resource has not been evaluated.",
    fix: "aws scheduler get-schedule --group-name {group} --name {schedule}",
};

static DISABLED: Fault = Fault {
    id: "re-check-disabled",
    wrong: "the re-check `{schedule}` is disabled",
    follows: "The settled state of the resource will not be evaluated.",
    fix: "aws scheduler get-schedule --group-name {group} --name {schedule}",
};

/// All schedules of the stack's group.
pub(crate) async fn schedules(stack: &Stack) -> Result<Vec<Value>, NoAnswer> {
    stack.aws.list(LIST.action, json!({"ScheduleGroup": stack.name}), "Schedules").await
}

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    match stack.aws.ask(GROUP.action, json!({"Name": stack.name})).await {
        Ok(_) => {}
        Err(NoAnswer::NotFound) => answer.wrong(&stack, &NO_GROUP, &[("group", &stack.name)]),
        Err(why) => answer.unanswered(GROUP.action, &stack.name, &why),
    }
    let schedules = match schedules(&stack).await {
        Ok(schedules) => schedules,
        Err(NoAnswer::NotFound) => Vec::new(),
        Err(why) => {
            answer.unanswered(LIST.action, &stack.name, &why);
            return answer;
        }
    };
    // `<detector>-<attempt>-<event>`: not the canary, and not what a hub keeps of its members
    let own = |schedule: &&Value| {
        sealwatch_rules::rules::DETECTORS.iter().any(|detector| text(schedule, "/Name").starts_with(detector.name))
    };
    let schedules: Vec<&Value> = schedules.iter().filter(own).collect();
    for schedule in schedules.iter().filter(|schedule| text(schedule, "/State") == "DISABLED") {
        answer.wrong(&stack, &DISABLED, &[("schedule", text(schedule, "/Name")), ("group", &stack.name)]);
    }
    // none can be overdue that was created a short time ago
    let old = |schedule: &&&Value| number(schedule, "/CreationDate").is_some_and(|at| at + TRIED_FOR < stack.now);
    let old: Vec<&str> =
        schedules.iter().filter(old).map(|schedule| text(schedule, "/Name")).take(MAX_SCHEDULES).collect();
    let asked = old.iter().map(|name| json!({"Name": name, "groupName": stack.name}));
    for (name, found) in old.iter().zip(stack.aws.ask_each(SCHEDULE.action, asked).await) {
        match found {
            Ok(found) => {
                // at(2026-11-20T03:04:05), in UTC
                let time =
                    text(&found, "/ScheduleExpression").trim_start_matches("at(").trim_end_matches(')').to_owned();
                if body_time(&format!("{time}Z")).is_some_and(|due| due + TRIED_FOR < stack.now) {
                    let values = [("schedule", *name), ("group", &stack.name), ("time", &time)];
                    answer.wrong(&stack, &OVERDUE, &values);
                }
            }
            Err(NoAnswer::NotFound) => {} // delivered meanwhile
            Err(why) => answer.unanswered(SCHEDULE.action, name, &why),
        }
    }
    answer.summary = match schedules.len() {
        0 => "none is scheduled".to_owned(),
        1 => "1 is scheduled".to_owned(),
        more => format!("{more} are scheduled"),
    };
    answer
}
