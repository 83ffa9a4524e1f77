//! Parses and analyzes any text as a key policy: it must not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwatch_rules::key_policy::{Owner, Policy, Trust, analyze};

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Err(error) => assert!(error.line > 0),
        Ok(policy) => {
            let owner = Owner {
                account: "111122223333".to_owned(),
                region: "eu-west-1".to_owned(),
                partition: "aws".to_owned(),
                resource: None,
            };
            let analysis = analyze(&policy, &owner, &Trust::default());
            // An unchanged policy admits nobody new.
            assert!(analysis.newly_admitted(&analysis).public.is_empty());
        }
    }
});
