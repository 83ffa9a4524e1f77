//! Asking AWS: each question once, not too many at the same time.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use sealwatch_runtime::api::{Api, NoAnswer};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

/// The most calls at the same time. Lambda answers fifteen control-plane calls a second.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_CONCURRENT_CALLS: usize = 8;

/// The most pages of a list that are read.
const MAX_PAGES: usize = 50;

pub(crate) type Asked = Result<Value, NoAnswer>;
type Ask = dyn Fn(&'static str, Value) -> Pin<Box<dyn Future<Output = Asked> + Send>> + Send + Sync;

/// The answers to calls that were made already, by action and parameters, so that no call is made twice.
type Answers = HashMap<(&'static str, String), Arc<OnceCell<Asked>>>;

/// AWS, as the checks see it.
#[derive(Clone)]
pub(crate) struct Aws {
    ask: Arc<Ask>,
    slots: Arc<Semaphore>,
    answers: Arc<Mutex<Answers>>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").finish_non_exhaustive()
    }
}

impl Aws {
    pub(crate) fn new(api: Api) -> Aws {
        Aws::with(move |action, parameters| {
            let api = api.clone();
            Box::pin(async move { api.ask(action, &parameters).await })
        })
    }

    /// AWS that answers as this function does.
    pub(crate) fn with(
        ask: impl Fn(&'static str, Value) -> Pin<Box<dyn Future<Output = Asked> + Send>> + Send + Sync + 'static,
    ) -> Aws {
        Aws { ask: Arc::new(ask), slots: Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS)), answers: Arc::default() }
    }

    /// The answer to one call. Several checks may ask the same.
    pub(crate) async fn ask(&self, action: &'static str, parameters: Value) -> Asked {
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((action, parameters.to_string())).or_default())
        };
        let answer = cell.get_or_init(|| async {
            let _slot = self.slots.acquire().await;
            (self.ask)(action, parameters).await
        });
        answer.await.clone()
    }

    /// The answers to the same call with several parameters, in their order.
    pub(crate) async fn ask_each(
        &self,
        action: &'static str,
        parameters: impl IntoIterator<Item = Value>,
    ) -> Vec<Asked> {
        let mut calls = JoinSet::new();
        for (index, parameters) in parameters.into_iter().enumerate() {
            let aws = self.clone();
            calls.spawn(async move { (index, aws.ask(action, parameters).await) });
        }
        let mut answers = calls.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// All items of a list that has several pages.
    pub(crate) async fn list(
        &self,
        action: &'static str,
        parameters: Value,
        items: &str,
    ) -> Result<Vec<Value>, NoAnswer> {
        let (mut all, mut parameters) = (Vec::new(), parameters);
        for _ in 0..MAX_PAGES {
            let mut page = self.ask(action, parameters.clone()).await?;
            if let Some(Value::Array(list)) = page.get_mut(items).map(Value::take) {
                all.extend(list);
            }
            match page.get("NextToken").filter(|token| !token.is_null()) {
                Some(token) => parameters["NextToken"] = token.clone(),
                None => return Ok(all),
            }
        }
        Err(NoAnswer::Failed(format!("there are more than {MAX_PAGES} pages")))
    }
}

/// A member of an answer that is a text; empty if it is missing.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A number, also one that the answer writes as text.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<i64> {
    let value = value.pointer(pointer)?;
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64)).or_else(|| value.as_str()?.parse().ok())
}

/// The statements of a policy that is text in an answer.
pub(crate) fn statements(policy: &str) -> Vec<Value> {
    let mut policy: Value = serde_json::from_str(policy).unwrap_or_else(|_| json!({}));
    match policy.get_mut("Statement").map(Value::take) {
        Some(Value::Array(statements)) => statements,
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// True if a member of a statement, which is one text or a list, contains a text that `matches`.
pub(crate) fn contains(member: Option<&Value>, matches: impl Fn(&str) -> bool) -> bool {
    match member {
        Some(Value::String(text)) => matches(text),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).any(matches),
        _ => false,
    }
}
