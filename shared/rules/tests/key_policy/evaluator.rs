//! Decides whether a policy allows a request.
//!
//! Written from the IAM user guide ("Policy evaluation logic", "Condition operators", "Single-valued vs. multivalued
//! context keys"), not from the analyzer. It evaluates single requests and cannot list all possible callers. An account
//! principal is assumed to delegate to IAM policies that allow everything.

use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    pub(crate) action: &'static str,
    /// Keys in lower case.
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Caller {
    /// The account, the ARN of the role or user, and the ARN of the session.
    Identity {
        account: String,
        arn: String,
        session: Option<String>,
    },
    Service {
        name: String,
    },
}

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:210987654321:key/1b2c3d4e-0000-4000-8000-00000000cafe";

pub(crate) fn allows(policy: &Value, request: &Request) -> bool {
    let variables = policy["Version"] == "2012-10-17";
    let applies = |effect: &str| {
        list(&policy["Statement"])
            .iter()
            .any(|statement| statement["Effect"] == effect && matches(statement, request, variables))
    };
    applies("Allow") && !applies("Deny")
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(|value| value.as_str().unwrap()).collect()
}

fn matches(statement: &Value, request: &Request, variables: bool) -> bool {
    let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => names(principal, &request.caller),
        (_, Some(excluded)) => !names(excluded, &request.caller),
        _ => false,
    };
    let action = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(listed), _) => texts(listed).iter().any(|pattern| action_matches(pattern, request.action)),
        (_, Some(others)) => !texts(others).iter().any(|pattern| action_matches(pattern, request.action)),
        _ => false,
    };
    let resource = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(listed), _) => texts(listed).iter().any(|pattern| glob(pattern, KEY)),
        (_, Some(others)) => !texts(others).iter().any(|pattern| glob(pattern, KEY)),
        _ => false,
    };
    principal && action && resource && conditions(statement, request, variables)
}

fn action_matches(pattern: &str, action: &str) -> bool {
    glob(&pattern.to_lowercase(), &action.to_lowercase())
}

fn names(principal: &Value, caller: &Caller) -> bool {
    if principal == "*" {
        return true;
    }
    texts(&principal["AWS"]).iter().any(|entry| match caller {
        _ if *entry == "*" => true,
        Caller::Service { .. } => false,
        Caller::Identity { account, arn, session } => {
            let delegates = entry.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
            entry == account || delegates == Some(account) || entry == arn || session.as_deref() == Some(entry)
        }
    }) || texts(&principal["Service"]).iter().any(|entry| matches!(caller, Caller::Service { name } if name == entry))
}

fn conditions(statement: &Value, request: &Request, variables: bool) -> bool {
    let Some(operators) = statement.get("Condition").and_then(Value::as_object) else { return true };
    operators.iter().all(|(operator, keys)| {
        let keys = keys.as_object().unwrap();
        keys.iter().all(|(key, wanted)| condition(operator, key, &texts(wanted), request, variables))
    })
}

fn condition(operator: &str, key: &str, wanted: &[&str], request: &Request, variables: bool) -> bool {
    let found = request.context.get(&key.to_lowercase()).filter(|values| !values.is_empty());
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (set, operator),
        None => ("", operator),
    };
    if operator == "Null" {
        return wanted.contains(if found.is_none() { &"true" } else { &"false" });
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let negated = operator.contains("Not");
    let Some(found) = found else {
        return if_exists || set == "ForAllValues" || negated && set != "ForAnyValue";
    };
    let holds = |value: &String| {
        let any = wanted.iter().any(|wanted| match resolve(wanted, request, variables) {
            Some(wanted) => compare(&operator.replace("Not", ""), value, &wanted),
            None => false,
        });
        any != negated
    };
    if set == "ForAllValues" { found.iter().all(holds) } else { found.iter().any(holds) }
}

/// The text with its variables replaced; `None` if one has no value.
fn resolve(wanted: &str, request: &Request, variables: bool) -> Option<String> {
    if !variables || !wanted.contains("${") {
        return Some(wanted.to_owned());
    }
    let (before, rest) = wanted.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    let value = request.context.get(&name.to_lowercase())?.first()?;
    resolve(&format!("{before}{value}{after}"), request, variables)
}

fn compare(operator: &str, value: &str, wanted: &str) -> bool {
    match operator {
        "StringEquals" => value == wanted,
        "StringEqualsIgnoreCase" => value.to_lowercase() == wanted.to_lowercase(),
        "StringLike" => glob(wanted, value),
        "ArnEquals" | "ArnLike" => {
            let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
            let (wanted, value) = (parts(wanted), parts(value));
            wanted.len() == 6 && value.len() == 6 && wanted.iter().zip(&value).all(|(w, v)| glob(w, v))
        }
        "Bool" => value.to_lowercase() == wanted.to_lowercase(),
        "IpAddress" => in_range(value, wanted),
        "DateLessThan" => value < wanted,
        "NumericLessThan" => value.parse::<f64>().unwrap() < wanted.parse::<f64>().unwrap(),
        other => panic!("unknown operator {other} from the generator"),
    }
}

fn in_range(address: &str, range: &str) -> bool {
    let (host, length) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(address), Ok(host)) = (address.parse::<std::net::Ipv4Addr>(), host.parse::<std::net::Ipv4Addr>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32 - length.parse::<u32>().unwrap()).unwrap_or(0);
    address.to_bits() & mask == host.to_bits() & mask
}

fn glob(pattern: &str, text: &str) -> bool {
    fn go(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', [])) => true,
            Some((b'*', rest)) => (0..=text.len()).any(|n| go(rest, &text[n..])),
            Some((b'?', rest)) => !text.is_empty() && go(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && go(rest, &text[1..]),
        }
    }
    go(pattern.as_bytes(), text.as_bytes())
}
