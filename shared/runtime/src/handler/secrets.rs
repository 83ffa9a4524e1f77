//! Nothing that a function writes or sends shows a secret: the property of the rules, over the handler.
//!
//! A schedule gets the event as it was received: it brings it back to the function, as Lambda itself does.

#[path = "../../../rules/tests/secrets/planted.rs"]
mod planted;
#[path = "../../../rules/tests/secrets/secret.rs"]
mod secret;

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use sealwatch_rules::output::sns::Notification;
use sealwatch_rules::rules::DETECTORS;
use tracing::Level;

use super::*;
use crate::ledger::testing::FakeStore;

/// Look-ups that answer with what the case knows, and everything else in memory.
struct Recording {
    answers: Option<Value>,
    published: RefCell<Vec<Notification>>,
    ledger: Option<FakeStore>,
}

impl Edges for Recording {
    type Ledger = FakeStore;

    async fn look_up(&self, _: &Change<'_>, _: &Settings, _: Phase, _: &str) -> Result<Facts, String> {
        let mut facts = Facts::default();
        match &self.answers {
            Some(answers) => facts.insert_cli_output(answers).map(|()| facts),
            None => Ok(facts),
        }
    }

    async fn schedule(&self, _: &Recheck<'_>) -> Result<(), String> {
        Ok(())
    }

    async fn send(&self, _: &str, _: Seconds, _: &str, _: String) -> Result<(), String> {
        Ok(())
    }

    async fn publish(&self, notification: Notification) -> Result<(), String> {
        self.published.borrow_mut().push(notification);
        Ok(())
    }

    fn ledger(&self) -> Option<&FakeStore> {
        self.ledger.as_ref()
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const SETTINGS: &str = "[keys]\nsettle = '0s'\n[notify]\nchat = true\nunverified = true";

/// Handles the record of a case by a function, and returns all that it wrote and sent.
fn handled(detector: &'static Detector, planted: &planted::Planted, has_ledger: bool) -> Vec<(String, String)> {
    let edges = Recording {
        answers: serde_json::from_slice(&planted.facts).ok(),
        published: RefCell::default(),
        ledger: has_ledger.then(FakeStore::default),
    };
    let settings = Settings::parse(SETTINGS, &sealwatch_rules::rules::RULE_IDS).unwrap();
    let function = Function { detector, settings, edges, clock: || 1_800_000_000 };
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let payload = String::from_utf8_lossy(&planted.record);
    let invocation = Invocation { request_id: "r", function_arn: "", deadline: None, time_limit: None };
    let mut counts = Counts::default();
    let result = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(function.handle_payload(&payload, &invocation, &mut counts))
    });
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("\"level\":\"DEBUG\""), "{logged}");
    let mut outputs = vec![("the log".to_owned(), logged)];
    if let Err(failure) = result {
        outputs.push(("the failure".to_owned(), format!("{:?}", Diagnostic::from(failure))));
    }
    let published = function.edges.published.take();
    outputs.extend(published.iter().map(|notification| ("a notification".to_owned(), format!("{notification:?}"))));
    let items = function.edges.ledger.iter().flat_map(|ledger| ledger.items.take());
    outputs.extend(items.map(|(_, item)| ("an item of the ledger".to_owned(), item.to_string())));
    outputs
}

proptest! {
    #![proptest_config(secret::config(100))]

    #[test]
    fn nothing_that_a_function_writes_or_sends_shows_a_secret(planted in planted::planted(), has_ledger in any::<bool>()) {
        for detector in DETECTORS {
            secret::nothing_shows(&planted.secret, &handled(detector, &planted, has_ledger))?;
        }
    }
}
