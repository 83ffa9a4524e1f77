//! The one task that owns everything a scan knows: it starts calls, takes their answers, and evaluates what is complete.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::aws::partition::{is_region, of_region};
use sealwatch_rules::configuration::key::Scope;
use sealwatch_rules::engine::existing::{Entry, Listing};
use sealwatch_rules::engine::lookup::{LIST_ACCOUNTS, MAX_ROUNDS};
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::rules::answered;
use sealwatch_rules::{Change, Facts, Lookup, LookupResult, evaluate, pending_lookups};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::scan::caller::Caller;
use crate::scan::lists::{LIST_ALIASES, Page, aliases, entries, member, needs_aliases, region_list};
use crate::scan::places::{Organization, Place};
use crate::scan::problem::{Problem, SAME_TOKEN};
use crate::scan::report::{Cursor, Report, Step, Wanted};
use crate::scan::{gap, requests};

/// How many resources are looked up at the same time. Further pages wait, so that memory does not grow with the account.
const MAX_OPEN: usize = 2000;

/// A resource that is being looked up, with a change for each row that evaluates it.
struct Open<'a> {
    /// None if only lists about it are wanted: then it is not counted.
    changes: Vec<Change<'a>>,
    /// Look-ups, and lists about it, that have no answer yet.
    waiting: usize,
    rounds: usize,
    /// True if something could not be looked up.
    is_incomplete: bool,
    /// The resource that it was listed for: it stays open until then.
    parent: Option<usize>,
}

/// An answer.
enum Answer {
    Page(Page, Result<Value, Problem>),
    Lookup(Lookup, Result<LookupResult, Problem>),
}

pub(super) struct Scan<'a> {
    wanted: &'a Wanted<'a>,
    scope: Scope<'a>,
    caller: Arc<Caller>,
    organization: Organization,
    facts: Facts,
    /// The ARNs of resources that do not exist any more.
    deleted: BTreeSet<String>,
    pages: VecDeque<Page>,
    /// True once a page was started. Each part of a scan starts one, or it would never end.
    has_begun: bool,
    /// The tokens that lists have returned, with the resource that they are about: none is followed twice.
    tokens: HashSet<(&'static str, Option<usize>, String)>,
    /// The resources of lists of the whole Region. What changes meanwhile may move an entry to the next page.
    listed: HashSet<(&'static str, String)>,
    open: HashMap<usize, Open<'a>>,
    next_id: usize,
    /// Who waits for a look-up that was started.
    waiting: BTreeMap<Lookup, Vec<usize>>,
    calls: JoinSet<Answer>,
    report: Report,
    tell: &'a mut (dyn FnMut(Step<'_>) + Send),
}

impl<'a> Scan<'a> {
    pub(super) async fn new(
        place: &'a Place,
        wanted: &'a Wanted<'a>,
        tell: &'a mut (dyn FnMut(Step<'_>) + Send),
    ) -> Scan<'a> {
        Scan {
            wanted,
            scope: Scope { partition: of_region(&place.region), region: &place.region, account: &place.account },
            caller: Arc::new(Caller::new(place.api().await)),
            organization: place.organization.clone(),
            facts: Facts::default(),
            deleted: BTreeSet::new(),
            pages: VecDeque::new(),
            has_begun: false,
            tokens: HashSet::new(),
            listed: HashSet::new(),
            open: HashMap::new(),
            next_id: 0,
            waiting: BTreeMap::new(),
            calls: JoinSet::new(),
            report: Report::default(),
            tell,
        }
    }

    /// What it did.
    pub(super) fn report(mut self) -> Report {
        self.report.calls = self.caller.calls() + self.organization.take_calls();
        // only a call that panicked leaves its resource open
        self.report.counts.denied += self.open.values().filter(|open| !open.changes.is_empty()).count();
        self.report
    }

    /// Lists all aliases, if keys are scanned, before anything else.
    pub(super) async fn list_aliases(&mut self, from: Option<&Cursor>) {
        let Some(row) = aliases().filter(|_| needs_aliases(&self.wanted.rows)) else { return };
        let is_new = from.is_none_or(|cursor| cursor.0.contains_key(LIST_ALIASES));
        let mut next = Some(Page::first(row.listing));
        let mut listed = Vec::new();
        while let Some(page) = next {
            match page.ask(&self.caller).await {
                Ok(answer) => {
                    let entries = entries(page.listing, &answer);
                    self.facts.insert_aliases(entries);
                    listed.extend(entries.iter().filter(|_| is_new).cloned());
                    next = self.next_page(&page, &answer);
                }
                Err(problem) => {
                    self.refuse(LIST_ALIASES, &problem, "");
                    next = None;
                }
            }
        }
        listed.iter().for_each(|entry| self.add(row.listing, None, entry));
    }

    /// Starts the lists of the Region: all of them, or those that are not finished.
    pub(super) fn list(&mut self, from: Option<&Cursor>) {
        let mut seen = BTreeSet::new();
        for row in &self.wanted.rows {
            let listing = region_list(row.listing);
            let action = listing.permission.action;
            if action == LIST_ALIASES || !seen.insert(action) {
                continue;
            }
            let mut page = Page::first(listing);
            match from.map(|cursor| cursor.0.get(action)) {
                Some(None) => continue,
                Some(Some(Some(token))) => {
                    if let Some(next) = &listing.next {
                        page.parameters.insert(next.parameter.to_owned(), token.clone());
                    }
                }
                None | Some(Some(None)) => {}
            }
            self.pages.push_back(page);
        }
    }

    pub(super) async fn run(&mut self) {
        loop {
            self.start_pages();
            match self.calls.join_next().await {
                Some(Ok(Answer::Page(page, answer))) => self.take_page(page, answer),
                Some(Ok(Answer::Lookup(lookup, answer))) => self.take_lookup(lookup, answer),
                Some(Err(error)) => self.refuse("a call", &Problem::Failed(error.to_string()), ""), // it panicked
                None if self.pages.is_empty() => return,
                None => {}
            }
        }
    }

    /// Starts pages: all that belong to an open resource, and others as long as few resources are open.
    fn start_pages(&mut self) {
        for _ in 0..self.pages.len() {
            let Some(page) = self.pages.pop_front() else { return };
            if page.parent.is_none() {
                if self.has_begun && self.wanted.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    self.postpone(&page);
                    continue;
                }
                if self.open.len() >= MAX_OPEN {
                    self.pages.push_back(page);
                    continue;
                }
                self.has_begun = true;
            }
            let caller = Arc::clone(&self.caller);
            self.calls.spawn(async move {
                let answer = page.ask(&caller).await;
                Answer::Page(page, answer)
            });
        }
    }

    /// Notes where to go on.
    fn postpone(&mut self, page: &Page) {
        let token = page.listing.next.as_ref().and_then(|next| page.parameters.get(next.parameter).cloned());
        self.report.cursor.0.insert(page.action().to_owned(), token);
    }

    fn take_page(&mut self, page: Page, answer: Result<Value, Problem>) {
        let parent = page.parent;
        match answer {
            Ok(answer) => {
                for entry in entries(page.listing, &answer) {
                    self.add(page.listing, parent, entry);
                }
                if let Some(next) = self.next_page(&page, &answer) {
                    self.pages.push_back(next);
                    return;
                }
            }
            // the resource was deleted meanwhile: it has no list
            Err(Problem::NotFound) if parent.is_some() => {}
            Err(problem) => {
                let of = parent.and_then(|id| self.open.get(&id)).and_then(|open| open.changes.first());
                let of = of.map(|change| name(change).to_owned()).unwrap_or_default();
                self.refuse(page.action(), &problem, &of);
                if let Some(parent) = parent.and_then(|id| self.open.get_mut(&id)) {
                    parent.is_incomplete = true;
                }
            }
        }
        if let Some(parent) = parent {
            self.answer(parent);
        }
    }

    /// The next page of a list, if there is one.
    fn next_page(&mut self, page: &Page, answer: &Value) -> Option<Page> {
        let next = page.listing.next.as_ref()?;
        let has_more = next.more.is_empty() || member(answer, next.more).and_then(Value::as_bool) == Some(true);
        let token = match next.token {
            "" => entries(page.listing, answer).last().cloned(),
            token => member(answer, token).cloned(),
        };
        match token.filter(|token| token.as_str().is_none_or(|text| !text.is_empty())) {
            Some(token) if has_more => {
                if !self.tokens.insert((page.action(), page.parent, token.to_string())) {
                    self.refuse(page.action(), &Problem::Failed(SAME_TOKEN.to_owned()), "");
                    return None;
                }
                let mut parameters = page.parameters.clone();
                parameters.insert(next.parameter.to_owned(), token);
                Some(Page { listing: page.listing, parameters, parent: page.parent })
            }
            None if has_more && !next.more.is_empty() => {
                let why = format!("`{}` is true, and `{}` is missing", next.more, next.token);
                self.refuse(page.action(), &Problem::Failed(why), "");
                None
            }
            _ => None,
        }
    }

    /// Adds the resource of an entry, and asks for what belongs to it.
    fn add(&mut self, listing: &'static Listing, parent: Option<usize>, value: &Value) {
        let entry = Entry { value, scope: self.scope, facts: &self.facts };
        let is_listed = |other: &Listing| other.permission.action == listing.permission.action;
        let (mut changes, mut described) = (Vec::new(), Vec::new());
        for row in self.wanted.rows.iter().filter(|row| is_listed(row.listing)) {
            let Some(change) = row.change(&entry, self.scope, self.wanted.at) else { continue };
            if let (Some(call), Some(arn)) = (row.described_by, change.resource.identity()) {
                described.push((Lookup::new(call, arn), answered(call, value.clone())));
            }
            changes.push(change);
        }
        let id = self.next_id;
        let pages = self.pages_of(listing, &entry, id);
        if changes.is_empty() && pages.is_empty() {
            return;
        }
        let listed = changes.first().map_or_else(|| value.to_string(), |change| name(change).to_owned());
        if parent.is_none() && !self.listed.insert((listing.permission.action, listed)) {
            return;
        }
        for (lookup, result) in described {
            self.facts.insert(lookup, result);
        }
        self.next_id += 1;
        if !changes.is_empty() {
            self.report.counts.listed += 1;
            (self.tell)(Step::Listed);
        }
        let waiting = pages.len();
        let open = Open { changes, waiting, rounds: 0, is_incomplete: false, parent };
        self.open.insert(id, open);
        if let Some(parent) = parent.and_then(|id| self.open.get_mut(&id)) {
            parent.waiting += 1;
        }
        pages.into_iter().for_each(|page| self.pages.push_front(page));
        self.look_up(id);
    }

    /// The lists that are asked about an entry: the grants of a key, the channels of a cluster.
    fn pages_of(&self, listing: &Listing, entry: &Entry<'_>, parent: usize) -> Vec<Page> {
        let mut seen = BTreeSet::new();
        let mut pages = Vec::new();
        for row in &self.wanted.rows {
            let Some(of) = row.listing.of.as_ref() else { continue };
            let is_asked = of.listing.permission.action == listing.permission.action && (of.asks)(entry);
            let Some(asked) = entry.text(of.member).filter(|_| is_asked) else { continue };
            if seen.insert(row.listing.permission.action) {
                let mut page = Page::first(row.listing);
                page.parameters.insert(of.parameter.to_owned(), Value::String(asked.to_owned()));
                pages.push(Page { parent: Some(parent), ..page });
            }
        }
        pages
    }

    /// Starts the look-ups that a resource needs next; evaluates it if there are none.
    fn look_up(&mut self, id: usize) {
        let Some(open) = self.open.get_mut(&id) else { return };
        let mut pending = BTreeSet::new();
        for change in &open.changes {
            pending.extend(pending_lookups(change, &self.facts, self.wanted.settings, Phase::All));
        }
        open.rounds += 1;
        if open.rounds > MAX_ROUNDS && !pending.is_empty() {
            let first = pending.first().map_or("", |lookup| lookup.call);
            let arn = open.changes.first().map(|change| name(change).to_owned()).unwrap_or_default();
            open.is_incomplete = true;
            self.refuse(first, &Problem::Failed(format!("not done after {MAX_ROUNDS} rounds")), &arn);
            pending = BTreeSet::new();
        }
        let Some(open) = self.open.get_mut(&id) else { return };
        open.waiting += pending.len();
        if open.waiting == 0 {
            return self.finish(id);
        }
        for lookup in pending {
            let waiting = self.waiting.entry(lookup.clone()).or_default();
            waiting.push(id);
            if waiting.len() == 1 {
                self.start(lookup);
            }
        }
    }

    fn start(&mut self, lookup: Lookup) {
        if lookup.call == LIST_ACCOUNTS {
            let organization = self.organization.clone();
            self.calls.spawn(async move {
                let answer = organization.accounts().await.map(LookupResult::Accounts);
                Answer::Lookup(lookup, answer)
            });
            return;
        }
        let caller = Arc::clone(&self.caller);
        // a key may be in another Region
        let arn = Arn::parse(&lookup.arn).filter(|arn| arn.partition == self.scope.partition);
        let region = arn.map(|arn| arn.region).filter(|region| is_region(region)).unwrap_or_default().to_owned();
        self.calls.spawn(async move {
            let answer = match requests::parameters(&lookup) {
                Some(parameters) => caller.ask(lookup.call, &parameters, &region).await,
                None => Err(Problem::Failed("a scan does not know this call".to_owned())),
            };
            let answer = answer.map(|answer| answered(lookup.call, answer));
            Answer::Lookup(lookup, answer)
        });
    }

    fn take_lookup(&mut self, lookup: Lookup, answer: Result<LookupResult, Problem>) {
        let waiting = self.waiting.remove(&lookup).unwrap_or_default();
        // nobody can look into another account: that is a fact about the resource, and no gap of the scan
        let is_own = Arn::parse(&lookup.arn).is_none_or(|arn| arn.account == self.scope.account);
        let result = match answer {
            Ok(result) => result,
            Err(Problem::NotFound) => LookupResult::Deleted,
            Err(problem) => {
                if is_own {
                    self.refuse(lookup.call, &problem, &lookup.arn);
                }
                LookupResult::Unknown(gap::reason(lookup.call, &problem, &lookup.arn, is_own))
            }
        };
        if matches!(result, LookupResult::Deleted) && !is_optional(lookup.call) {
            self.deleted.insert(lookup.arn.clone());
        }
        let is_refused = is_own && matches!(result, LookupResult::Unknown(_));
        for id in &waiting {
            let Some(open) = self.open.get_mut(id) else { continue };
            open.is_incomplete |= is_refused;
        }
        self.facts.insert(lookup, result);
        waiting.into_iter().for_each(|id| self.answer(id));
    }

    /// Counts an answer that a resource waited for.
    fn answer(&mut self, id: usize) {
        let Some(open) = self.open.get_mut(&id) else { return };
        open.waiting -= 1;
        if open.waiting == 0 {
            self.look_up(id);
        }
    }

    /// Evaluates a resource.
    fn finish(&mut self, id: usize) {
        let Some(open) = self.open.remove(&id) else { return };
        if open.changes.is_empty() {
            return;
        }
        let (facts, gaps) = (&self.facts, &self.report.gaps);
        // Another resource that needed the same look-up may have met the gap first.
        let mut is_incomplete = open.is_incomplete;
        let mut evaluated = Vec::new();
        for change in &open.changes {
            let mut findings = evaluate(change, facts, self.wanted.settings);
            let all = findings.len();
            findings.retain(|finding| !gaps.explain(&finding.outcome)); // named once, as a gap
            is_incomplete |= findings.len() < all;
            evaluated.push((change, findings));
        }
        let is_deleted = open.changes.iter().any(|change| self.deleted.contains(name(change)));
        let counts = &mut self.report.counts;
        match (is_deleted, is_incomplete) {
            (true, _) => counts.deleted += 1,
            (false, true) => counts.denied += 1,
            (false, false) => counts.evaluated += 1,
        }
        for (change, findings) in evaluated {
            (self.tell)(Step::Evaluated(change, findings));
        }
        (self.tell)(Step::Done);
        // Policies are large, and nothing else needs them once the grants of the key are done, which its row waits for.
        let keys =
            open.changes.iter().filter(|change| change.resource.kind == "AWS::KMS::Key" && open.parent.is_none());
        keys.for_each(|change| self.facts.forget(change.resource.identity().unwrap_or_default()));
        if let Some(parent) = open.parent {
            self.answer(parent);
        }
    }

    /// Notes what could not be seen.
    fn refuse(&mut self, action: &'static str, problem: &Problem, of: &str) {
        match problem {
            Problem::NotOffered => {
                self.report.not_offered.insert(action);
            }
            problem => self.report.gaps.add(self.scope, action, problem, of),
        }
    }
}

/// True for a call that finds nothing if the resource exists and has no policy.
fn is_optional(call: &str) -> bool {
    matches!(call, "cloudtrail:GetResourcePolicy" | "kafka:GetClusterPolicy" | "kinesis:GetResourcePolicy")
}

/// The ARN of a resource, or its name if its kind has none.
pub(super) fn name<'c>(change: &'c Change<'_>) -> &'c str {
    change.resource.identity().unwrap_or(&change.resource.name)
}
