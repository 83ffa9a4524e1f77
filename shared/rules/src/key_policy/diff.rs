//! What a new policy admits that the earlier one did not.

use super::action::Actions;
use super::analysis::{Analysis, Exposure, Grantee};
use std::collections::BTreeMap;

impl Analysis {
    /// This analysis, reduced to the exposures that the earlier policy of the same key did not have.
    ///
    /// An exposure is old if the same grantee, or everyone, already had all its operations.
    #[must_use]
    pub fn newly_admitted(&self, earlier: &Analysis) -> Analysis {
        let held = actions_by_grantee(earlier.public.iter().chain(&earlier.network_bound).chain(&earlier.foreign));
        let everyone = held.get(&Grantee::Everyone).copied().unwrap_or(Actions::NONE);
        let admitted = |list: &[Exposure]| {
            let is_new = |exposure: &&Exposure| {
                let before = held.get(&exposure.who).copied().unwrap_or(Actions::NONE);
                !exposure.actions.without(before.or(everyone)).is_empty()
            };
            list.iter().filter(is_new).cloned().collect::<Vec<_>>()
        };
        Analysis {
            public: admitted(&self.public),
            network_bound: admitted(&self.network_bound),
            foreign: admitted(&self.foreign),
            account_wide: added(&self.account_wide, &earlier.account_wide),
            unbound_services: added(&self.unbound_services, &earlier.unbound_services),
            broad_services: added(&self.broad_services, &earlier.broad_services),
            unbounded_grants: added(&self.unbounded_grants, &earlier.unbounded_grants),
            mixed_duties: added(&self.mixed_duties, &earlier.mixed_duties),
            ..self.clone()
        }
    }
}

/// The exposures of `now` with operations that `before` did not give to the same grantee.
fn added(now: &[Exposure], before: &[Exposure]) -> Vec<Exposure> {
    let held = actions_by_grantee(before);
    let old = |exposure: &Exposure| held.get(&exposure.who).copied().unwrap_or(Actions::NONE);
    now.iter().filter(|exposure| !exposure.actions.without(old(exposure)).is_empty()).cloned().collect()
}

fn actions_by_grantee<'a>(exposures: impl IntoIterator<Item = &'a Exposure>) -> BTreeMap<&'a Grantee, Actions> {
    let mut held = BTreeMap::new();
    for exposure in exposures {
        let actions = held.entry(&exposure.who).or_insert(Actions::NONE);
        *actions = actions.or(exposure.actions);
    }
    held
}

#[cfg(test)]
mod tests {
    use super::super::analyze::analyze;
    use super::super::document::Policy;
    use super::super::owner::{Owner, Trust};
    use super::*;
    use serde_json::{Value, json};

    fn analysis(statements: &[Value]) -> Analysis {
        let owner = Owner {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            resource: None,
        };
        let policy = Policy::parse(&json!({ "Statement": statements }).to_string()).unwrap();
        analyze(&policy, &owner, &Trust::default())
    }

    fn allow(principal: &Value, action: &str, condition: &Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", "Condition": condition})
    }

    /// How many exposures there are of each kind.
    fn counts(analysis: &Analysis) -> [usize; 8] {
        let Analysis { public, network_bound, foreign, account_wide, .. } = analysis;
        let Analysis { unbound_services, broad_services, unbounded_grants, mixed_duties, .. } = analysis;
        [public, network_bound, foreign, account_wide, unbound_services, broad_services, unbounded_grants, mixed_duties]
            .map(Vec::len)
    }

    #[test]
    fn of_every_kind_only_what_is_new_is_left() {
        let none = json!({});
        let everyone = json!("*");
        let network = json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}});
        let account = json!({"StringEquals": {"kms:CallerAccount": "111122223333"}});
        let root = |account: &str| json!({"AWS": format!("arn:aws:iam::{account}:root")});
        let role = json!({"AWS": "arn:aws:iam::111122223333:role/keys"});
        let service = json!({"Service": "logs.eu-west-1.amazonaws.com"});
        let kinds = [
            allow(&everyone, "kms:Decrypt", &none),
            allow(&everyone, "kms:Decrypt", &network),
            allow(&root("444455556666"), "kms:Decrypt", &none),
            allow(&everyone, "kms:Decrypt", &account),
            allow(&service, "kms:Decrypt", &none),
            allow(&service, "kms:PutKeyPolicy", &none),
            allow(&role, "kms:CreateGrant", &none),
            allow(&role, "kms:*", &none),
        ];
        for (kind, statement) in kinds.iter().enumerate() {
            let now = analysis(std::slice::from_ref(statement));
            let all = counts(&now);
            assert!(all[kind] > 0, "{statement}: {all:?}");
            assert_eq!(counts(&now.newly_admitted(&analysis(&[]))), all, "{statement}");
            assert_eq!(counts(&now.newly_admitted(&now)), [0; 8], "{statement}");
        }
    }

    #[test]
    fn more_operations_are_new_and_what_everyone_had_is_old() {
        let of = |principal: Value, action: &str| analysis(&[allow(&principal, action, &json!({}))]);
        let foreign = json!({"AWS": "arn:aws:iam::444455556666:root"});
        for (now, before, want) in [
            (of(foreign.clone(), "kms:Decrypt"), of(foreign.clone(), "kms:*"), 0),
            (of(foreign.clone(), "kms:*"), of(foreign.clone(), "kms:Decrypt"), 1),
            (of(foreign.clone(), "kms:Decrypt"), of(json!("*"), "kms:*"), 0),
            (of(foreign.clone(), "kms:Decrypt"), of(json!("*"), "kms:Encrypt"), 1),
            (of(foreign, "kms:Decrypt"), of(json!({"AWS": "arn:aws:iam::777788889999:root"}), "kms:*"), 1),
        ] {
            assert_eq!(now.newly_admitted(&before).foreign.len(), want, "{before:?}");
        }
    }
}
