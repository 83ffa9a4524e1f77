//! Properties of the analysis of every policy.

use super::evaluator::{Caller, allows};
use super::generator::{self, Dice, FOREIGN, OWN, OWN_ORG, THIRD, TRIED};
use super::named::{OWN_VARIABLE, analysis_of, analysis_with_trust, foreign_request, names, owner};
use proptest::prelude::*;
use sealwatch_rules::key_policy::{Analysis, Exposure, Grantee, LockoutLevel, Policy, Trust, analyze};
use serde_json::{Value, json};

/// The first seed: the environment variable `KEY_POLICY_SEED`, or zero.
fn first_seed() -> u64 {
    std::env::var("KEY_POLICY_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The number of policies: the environment variable `KEY_POLICY_CASES`, or 2,000.
fn cases() -> u64 {
    std::env::var("KEY_POLICY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

#[test]
fn every_admitted_caller_is_named() {
    let (mut admitted, mut public, mut too_many) = (0_u64, 0_u64, 0_u64);
    for seed in first_seed()..first_seed() + cases() {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let analysis = analysis_of(&policy);
        let mut anybody = false;
        for _ in 0..20 {
            let request = foreign_request(&mut dice);
            if allows(&policy, &request) {
                admitted += 1;
                anybody |= matches!(request.caller, Caller::Identity { .. });
                assert!(names(&analysis, &request), "seed {seed}: {policy:#}\nadmits {request:#?}\n{analysis:#?}");
            }
        }
        if !analysis.public.is_empty() {
            public += 1;
            // Unusual requests need more attempts before the policy counts as over-reported.
            for _ in 0..400 {
                if anybody {
                    break;
                }
                let action = dice.pick(TRIED);
                anybody = allows(&policy, &generator::identity(&mut dice, THIRD, action))
                    || allows(&policy, &generator::identity(&mut dice, FOREIGN, action));
            }
            let only_unusual = analysis.public.iter().all(|e| !TRIED.iter().any(|action| e.actions.contains(action)));
            if !anybody && !only_unusual {
                too_many += 1;
                if std::env::var_os("KEY_POLICY_SHOW").is_some() {
                    println!("over-reported, seed {seed}: {policy}");
                }
            }
        }
    }
    println!("{} policies, {admitted} calls admitted, {public} public, {too_many} of them over-reported", cases());
    assert!(too_many * 100 < cases() * 4, "{too_many} of {} policies are reported as public and are not", cases());
}

#[test]
fn a_trusted_endpoint_hides_only_its_own_callers() {
    let trust = Trust { vpc_endpoints: ["vpce-1".to_owned()].into(), ..Trust::default() };
    for seed in first_seed()..first_seed() + cases() {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let (analysis, trusting) = (analysis_of(&policy), analysis_with_trust(&policy, &trust));
        assert_eq!(
            (&analysis.public, &analysis.foreign),
            (&trusting.public, &trusting.foreign),
            "seed {seed}: {policy:#}"
        );
        for _ in 0..10 {
            let request = foreign_request(&mut dice);
            let is_trusted = request.context.get("aws:sourcevpce").is_some_and(|ids| ids[0] == "vpce-1");
            let is_named = is_trusted || names(&trusting, &request);
            assert!(is_named || !allows(&policy, &request), "seed {seed}: {policy:#}\nadmits {request:#?}");
        }
    }
}

#[test]
fn the_lockout_level_is_correct() {
    let trusting = Trust { organizations: [OWN_ORG.to_owned()].into(), ..Trust::default() };
    for seed in first_seed()..first_seed() + cases() / 4 {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let trust = if dice.one_in(2) { trusting.clone() } else { Trust::default() };
        let level = analysis_with_trust(&policy, &trust).lockout.level;
        let calls = |dice: &mut Dice| allows(&policy, &generator::identity(dice, OWN, "kms:PutKeyPolicy"));
        match level {
            LockoutLevel::Locked => assert!(!(0..30).any(|_| calls(&mut dice)), "seed {seed}: not locked: {policy:#}"),
            LockoutLevel::None => {
                assert!((0..200).any(|_| calls(&mut dice)), "seed {seed}: {level:?} but locked: {policy:#}");
            }
            LockoutLevel::Fragile => {}
        }
    }
}

/// True if `wide` names every grantee of `narrow` with the same operations.
fn within(narrow: &Analysis, wide: &Analysis) -> bool {
    let lists =
        |a: &Analysis| [a.public.clone(), a.network_bound.clone(), a.foreign.clone(), a.unbound_services.clone()];
    let wide = lists(wide).concat();
    let everyone = |action: &str| wide.iter().any(|e| e.who == Grantee::Everyone && e.actions.contains(action));
    // Everyone from a network or under an unknown condition: other bounds can only make that fewer.
    let bounded = |action: &str| {
        let is_bounded = |who: &Grantee| matches!(who, Grantee::Network | Grantee::UnknownCondition(_));
        wide.iter().any(|e| is_bounded(&e.who) && e.actions.contains(action))
    };
    let is_named = |exposure: &Exposure, action: &str| {
        let same =
            |e: &Exposure| e.actions.contains(action) && (e.who == exposure.who || covers(&e.who, &exposure.who));
        everyone(action) || bounded(action) && exposure.who != Grantee::Everyone || wide.iter().any(same)
    };
    // For services only the operations they could misuse are listed, so other operations are not compared.
    let is_within = |exposure: &Exposure| {
        TRIED.iter().filter(|action| exposure.actions.contains(action)).all(|action| is_named(exposure, action))
    };
    lists(narrow).concat().iter().all(is_within)
}

/// True if `wide` includes `narrow`.
fn covers(wide: &Grantee, narrow: &Grantee) -> bool {
    let account = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    match (wide, narrow) {
        (Grantee::Account(wide), Grantee::Identity(arn)) => *wide == account(arn),
        // An account or id may belong to the organization, and a service for any customer may act for the account.
        (Grantee::Organization(_), Grantee::Account(_) | Grantee::Identity(_) | Grantee::UniqueId(_)) => true,
        // The analysis does not know whether an organization is the key's own.
        (Grantee::Organization(wide), Grantee::Organization(narrow))
        | (Grantee::SourceOrganization(wide), Grantee::SourceOrganization(narrow)) => {
            [wide, narrow].iter().any(|id| *id == OWN_VARIABLE)
        }
        (Grantee::UniqueId(_), Grantee::Account(_) | Grantee::Identity(_) | Grantee::Organization(_)) => true,
        (Grantee::SourceOrganization(_), Grantee::SourceAccount(_)) => true,
        (Grantee::SourceAccount(_), Grantee::SourceAccount(_)) => true,
        // Every service of the generator may have this name, too.
        (Grantee::Service(wide), Grantee::Service(_)) => matches!(wide.as_str(), "*" | "sns.amazonaws.com"),
        (Grantee::Service(_), Grantee::SourceAccount(_) | Grantee::SourceOrganization(_)) => true,
        _ => false,
    }
}

#[test]
fn an_additional_condition_never_widens_access() {
    for seed in first_seed()..first_seed() + cases() / 4 {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let (operator, key, values) = generator::condition(&mut dice);
        // The account of a source that the condition adds is reported, even if another condition names another account or
        // a bucket, whose owner its ARN does not say.
        let adds = |account: &&str| values.to_string().contains(*account);
        let added: Vec<&str> = [FOREIGN, THIRD].into_iter().filter(adds).collect();
        let bucket = format!("{policy}{values}").contains(":own-bucket\"");
        let mut narrower = policy.clone();
        for statement in narrower["Statement"].as_array_mut().unwrap() {
            let has = statement["Condition"].get(&operator).is_some();
            if statement["Effect"] == "Allow" && !has {
                if !statement["Condition"].is_object() {
                    statement["Condition"] = json!({});
                }
                statement["Condition"][&operator] = json!({ key: values });
            }
        }
        let mut analysis = analysis_of(&narrower);
        analysis.foreign.retain(|exposure| match &exposure.who {
            Grantee::SourceAccount(account) => !bucket && !added.contains(&account.as_str()),
            Grantee::SourceOrganization(_) => !bucket,
            _ => true,
        });
        assert!(within(&analysis, &analysis_of(&policy)), "seed {seed}: {policy:#}\nwith {operator} {key} {values}");
    }
}

#[test]
fn a_deny_never_widens_and_an_allow_never_narrows_access() {
    for seed in first_seed()..first_seed() + cases() / 4 {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let extra = generator::statement(&mut dice);
        let mut more = policy.clone();
        more["Statement"].as_array_mut().unwrap().push(extra.clone());
        let (before, after) = (analysis_of(&policy), analysis_of(&more));
        if extra["Effect"] == "Deny" {
            assert!(within(&after, &before), "seed {seed}: {policy:#}\nwith {extra:#}");
            assert!(after.lockout.level >= before.lockout.level, "seed {seed}: {policy:#}\nwith {extra:#}");
        } else {
            assert!(within(&before, &after), "seed {seed}: {policy:#}\nwith {extra:#}");
            assert!(after.lockout.level <= before.lockout.level, "seed {seed}: {policy:#}\nwith {extra:#}");
        }
    }
}

/// The exposures without their statements, sorted. One that another exposure of the same grantee includes is left out: a
/// set that several statements share is not listed again for fewer operations.
fn summary(analysis: &Analysis) -> Vec<String> {
    let lists = [
        &analysis.public,
        &analysis.network_bound,
        &analysis.foreign,
        &analysis.account_wide,
        &analysis.unbound_services,
        &analysis.broad_services,
        &analysis.unbounded_grants,
        &analysis.mixed_duties,
    ];
    let mut summary: Vec<String> = vec![format!("{:?}", analysis.lockout.level)];
    for (n, list) in lists.into_iter().enumerate() {
        let includes = |wide: &Exposure, narrow: &Exposure| {
            let all =
                format!("{:?}", narrow.actions).split('"').skip(1).step_by(2).all(|name| wide.actions.contains(name));
            wide.who == narrow.who && wide.severity >= narrow.severity && all && wide.actions != narrow.actions
        };
        for e in list.iter().filter(|narrow| !list.iter().any(|wide| includes(wide, narrow))) {
            let who = match &e.who {
                Grantee::UnknownCondition(_) => "unknown condition".to_owned(),
                who => who.to_string(),
            };
            let arn = if n == 7 { who.rsplit('/').next().unwrap().to_owned() } else { who };
            summary.push(format!("{n} {arn} {:?} {:?}", e.severity, e.actions));
        }
    }
    summary.sort();
    summary.dedup();
    summary
}

#[test]
fn order_and_letter_case_change_nothing() {
    for seed in first_seed()..first_seed() + cases() / 4 {
        let mut dice = Dice::new(seed);
        let policy = generator::policy(&mut dice);
        let mut other = policy.clone();
        other["Statement"].as_array_mut().unwrap().reverse();
        for statement in other["Statement"].as_array_mut().unwrap() {
            for element in ["Action", "NotAction"] {
                match &mut statement[element] {
                    Value::String(text) => *text = text.to_uppercase(),
                    Value::Array(list) => {
                        list.reverse();
                        list.iter_mut().for_each(|text| *text = json!(text.as_str().unwrap().to_uppercase()));
                    }
                    _ => drop(statement.as_object_mut().unwrap().remove(element)),
                }
            }
            if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
                let changed = std::mem::take(operators).into_iter().rev().map(|(operator, keys)| {
                    let keys: serde_json::Map<String, Value> =
                        keys.as_object().unwrap().iter().map(|(key, v)| (key.to_uppercase(), v.clone())).collect();
                    (operator.to_lowercase(), Value::Object(keys))
                });
                *operators = changed.collect();
            }
        }
        assert_eq!(summary(&analysis_of(&policy)), summary(&analysis_of(&other)), "seed {seed}: {policy:#}");
    }
}

#[test]
fn an_unchanged_policy_admits_no_new_callers() {
    for seed in first_seed()..first_seed() + cases() / 4 {
        let analysis = analysis_of(&generator::policy(&mut Dice::new(seed)));
        let new = analysis.newly_admitted(&analysis);
        assert!(new.public.is_empty() && new.foreign.is_empty() && new.unbound_services.is_empty(), "seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_parser_does_not_panic(text in "[\\[\\]{}\",:*a-zA-Z0-9$é ]{0,80}") {
        if let Ok(policy) = Policy::parse(&text) {
            analyze(&policy, &owner(), &Trust::default());
        }
    }

    #[test]
    fn the_analyzer_does_not_panic(key in "(aws|kms):[A-Za-z:/]{0,20}", value in any::<String>(), principal in any::<String>()) {
        let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": [principal, "*"] },
            "Action": value, "Resource": value, "Condition": { "ArnLike": { key: value, "aws:PrincipalArn": value },
            "StringLike": { "aws:userid": value, "aws:SourceArn": value }, "IpAddress": { "aws:SourceIp": value } } } });
        analysis_of(&policy);
    }
}

/// A Deny with several negated conditions that each have several values, for several principals.
fn multiplying_deny() -> impl Strategy<Value = Value> {
    let who = prop::sample::subsequence(WHO, 1..=3);
    let conditions = prop::collection::vec(
        (prop::sample::select(NEGATED), prop::sample::subsequence(vec![0, 1, 2, 3], 1..=3)),
        1..=8,
    );
    (who, conditions, prop::sample::select(DENIED)).prop_map(|(who, conditions, action)| {
        let mut keys = serde_json::Map::new();
        for ((key, values), chosen) in conditions {
            let values: Vec<&str> = chosen.into_iter().filter_map(|n| values.get(n).copied()).collect();
            if !values.is_empty() {
                keys.insert(key.to_owned(), json!(values));
            }
        }
        json!({ "Effect": "Deny", "Principal": { "AWS": who }, "Action": action, "Resource": "*",
            "Condition": { "StringNotEquals": keys } })
    })
}

fn multiplying_policy() -> impl Strategy<Value = Value> {
    let allow = (prop::sample::subsequence(WHO, 1..=4), prop::sample::select(DENIED)).prop_map(
        |(who, action)| json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": action, "Resource": "*" }),
    );
    (prop::collection::vec(multiplying_deny(), 2..=8), prop::collection::vec(allow, 1..=6))
        .prop_map(|(denies, allows)| json!({ "Version": "2012-10-17", "Statement": ([denies, allows].concat()) }))
}

const WHO: &[&str] =
    &["*", FOREIGN, OWN, "arn:aws:iam::345678901234:role/app", "arn:aws:sts::345678901234:assumed-role/app/now"];

const DENIED: &[&str] = &["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:*Grant*", "kms:*Key*"];

const NEGATED: &[(&str, &[&str])] = &[
    ("aws:PrincipalAccount", &[OWN, FOREIGN, THIRD]),
    ("kms:CallerAccount", &[FOREIGN, THIRD, OWN]),
    ("aws:PrincipalOrgID", &[OWN_ORG, "o-foreign000", "o-third00000"]),
    (
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::345678901234:role/app",
            "arn:aws:iam::456789012345:role/app",
            "arn:aws:iam::210987654321:role/app",
        ],
    ),
    ("aws:userid", &["AROAFOREIGN000000APP:now", "AIDAFOREIGN000000EVE", FOREIGN]),
    ("aws:SourceVpce", &["vpce-1", "vpce-3"]),
    ("kms:ViaService", &["sqs.eu-west-1.amazonaws.com", "sns.eu-west-1.amazonaws.com"]),
    ("aws:PrincipalTag/team", &["keys", "*"]),
    ("aws:SourceAccount", &[FOREIGN, THIRD]),
    ("kms:NewCallerKey", &["x"]),
    ("kms:EncryptionContext:aws:logs:arn", &["arn:aws:logs:eu-west-1:345678901234:log-group:x"]),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn many_ways_past_many_denies_stay_few_and_complete(policy in multiplying_policy(), seed in any::<u64>()) {
        let analysis = analysis_of(&policy);
        let mut dice = Dice::new(seed);
        for _ in 0..60 {
            let request = foreign_request(&mut dice);
            prop_assert!(!allows(&policy, &request) || names(&analysis, &request), "{policy:#}\nadmits {request:#?}\n{analysis:#?}");
        }
        let Analysis { public, network_bound, foreign, unbounded_grants, .. } = &analysis;
        // 128 sets for each of up to 24 principals, three values in each.
        let count = public.len() + network_bound.len() + foreign.len() + unbounded_grants.len();
        prop_assert!(count <= 24 * 128 * 3, "{count} exposures: {policy:#}");
    }
}
