//! Listing the objects under a prefix, in the order in which they are read.
//!
//! S3 lists 1,000 keys with a request. A folder with up to 1,000 objects below it takes one request. Larger ones are divided into their
//! folders, which are listed at the same time, a few ahead of the reader: what is held does not grow with the bucket.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::input::filter::Filter;
use crate::input::prefix::Prefix;
use crate::input::s3::connection::S3Link;
use crate::input::s3::order::{Child, Order, by_folders};
use crate::input::s3::page::{Object, Page, Query, list};
use crate::input::s3::url;

/// How many folders are listed ahead, if they are small.
const AHEAD: usize = 64;

/// About how many objects are listed ahead, if the next folders are as large as the last one.
const OBJECTS_AHEAD: usize = 16_000;

/// How many folders are listed ahead, if they are large.
const LARGE_AHEAD: usize = 8;

/// How many children of a folder may wait for a folder that sorts before them. S3 is then asked whether it exists.
const MOST_HELD: usize = 2000;

/// Lists a prefix.
#[derive(Debug)]
pub(super) struct Lister {
    pub(super) prefix: Prefix,
    pub(super) skipped_folders: usize,
    source: Source,
    /// The folders from the prefix down to where the lister is.
    folders: Vec<Folder>,
    /// Folders that are listed ahead, by prefix.
    ahead: HashMap<String, JoinHandle<io::Result<Listed>>>,
    /// How many of them there may be.
    most_ahead: usize,
    /// The prefix, until it is entered.
    first: Option<String>,
}

/// Where folders are listed.
#[derive(Debug, Clone)]
struct Source {
    link: Arc<S3Link>,
    bucket: String,
    filter: Filter,
}

/// The start of a folder.
#[derive(Debug)]
enum Listed {
    /// All objects below it, in order.
    Whole(Vec<Object>),
    /// The first page of what is directly in it, and folders below it that are being listed.
    Divided(Page, Vec<(String, JoinHandle<io::Result<Listed>>)>),
}

/// A folder that the lister is in.
#[derive(Debug)]
struct Folder {
    prefix: String,
    children: VecDeque<Child>,
    /// What follows the children.
    order: Order,
    /// The next page; `None` if there is none.
    next_page: Option<JoinHandle<io::Result<Page>>>,
    /// How many children these were, and how much of the folder was done before them, from 0 to 1.
    total: usize,
    before: f64,
}

impl Lister {
    /// Starts to list a prefix.
    pub(super) fn start(link: &Arc<S3Link>, prefix: Prefix) -> Lister {
        let (bucket, first) = url::parse(&prefix.path).unwrap_or_default();
        let (bucket, first) = (bucket.to_owned(), first.to_owned());
        let source = Source { link: Arc::clone(link), bucket, filter: prefix.filter.clone() };
        let ahead = HashMap::from([(first.clone(), tokio::spawn(source.clone().open(first.clone())))]);
        Lister {
            prefix,
            skipped_folders: 0,
            source,
            folders: Vec::new(),
            ahead,
            most_ahead: LARGE_AHEAD,
            first: Some(first),
        }
    }

    pub(super) fn bucket(&self) -> &str {
        &self.source.bucket
    }

    /// About how much of the prefix is listed, from 0 to 1.
    pub(super) fn position(&self) -> f64 {
        self.folders.iter().rev().fold(0.0, |below, folder| folder.position(below))
    }

    /// The next object; `None` at the end. After an error, nothing more is listed.
    pub(super) async fn next(&mut self) -> Option<io::Result<Object>> {
        if let Some(first) = self.first.take()
            && let Err(problem) = self.enter(first).await
        {
            return Some(Err(problem));
        }
        loop {
            let folder = self.folders.last_mut()?;
            let entered = match folder.children.pop_front() {
                Some(Child::Object(object)) => return Some(Ok(object)),
                Some(Child::Folder(prefix)) if self.source.skips(&prefix) => {
                    self.skipped_folders += 1;
                    Ok(())
                }
                Some(Child::Folder(prefix)) => self.enter(prefix).await,
                None => match folder.refill(&self.source).await {
                    Ok(true) => {
                        self.list_ahead();
                        Ok(())
                    }
                    Ok(false) => {
                        self.folders.pop();
                        Ok(())
                    }
                    Err(problem) => Err(problem),
                },
            };
            if let Err(problem) = entered {
                self.folders.clear();
                return Some(Err(problem));
            }
        }
    }

    async fn enter(&mut self, prefix: String) -> io::Result<()> {
        let listed = match self.ahead.remove(&prefix) {
            Some(ahead) => joined(ahead.await)?,
            None => self.source.clone().open(prefix.clone()).await?,
        };
        let mut folder = Folder {
            children: VecDeque::new(),
            order: Order::new(prefix.clone()),
            prefix,
            next_page: None,
            total: 0,
            before: 0.0,
        };
        match listed {
            Listed::Whole(objects) => {
                self.most_ahead = (OBJECTS_AHEAD / objects.len().max(1)).clamp(LARGE_AHEAD, AHEAD);
                folder.total = objects.len();
                folder.children.extend(objects.into_iter().map(Child::Object));
            }
            Listed::Divided(page, below) => {
                self.most_ahead = LARGE_AHEAD;
                self.ahead.extend(below);
                folder.add(page, &self.source);
            }
        }
        self.folders.push(folder);
        self.list_ahead();
        Ok(())
    }

    /// Starts to list the folders that come next.
    fn list_ahead(&mut self) {
        // all of the next ones, whatever is listed already of what comes after them
        for prefix in coming(&self.folders).filter(|prefix| !self.source.skips(prefix)).take(self.most_ahead) {
            if !self.ahead.contains_key(prefix) {
                self.ahead.insert(prefix.clone(), tokio::spawn(self.source.clone().open(prefix.clone())));
            }
        }
    }
}

/// The folders that come next, in their order.
fn coming(folders: &[Folder]) -> impl Iterator<Item = &String> {
    let children = folders.iter().rev().flat_map(|folder| folder.children.iter().take(AHEAD));
    children.filter_map(|child| match child {
        Child::Folder(prefix) => Some(prefix),
        Child::Object(_) => None,
    })
}

impl Drop for Lister {
    fn drop(&mut self) {
        self.ahead.values().for_each(JoinHandle::abort);
    }
}

impl Folder {
    fn add(&mut self, page: Page, source: &Source) {
        self.next_page = page.next.clone().map(|token| {
            let query = source.query(self.prefix.clone(), true);
            let (link, query) = (Arc::clone(&source.link), Query { token: Some(token), ..query });
            tokio::spawn(async move { list(&link, query).await })
        });
        if self.total > 0 {
            self.before += (1.0 - self.before) / 2.0;
        }
        self.order.add(page);
        self.children.extend(std::iter::from_fn(|| self.order.next()));
        self.total = self.children.len();
    }

    /// Adds pages until there are children. False at the end.
    async fn refill(&mut self, source: &Source) -> io::Result<bool> {
        while self.children.is_empty() {
            if self.order.len() > MOST_HELD
                && let Some(folder) = self.order.waits_for()
            {
                let query = Query { most: Some(1), ..source.query(folder.clone(), false) };
                let page = list(&source.link, query).await?;
                self.order.answer(folder, !page.objects.is_empty() || page.next.is_some());
                self.children.extend(std::iter::from_fn(|| self.order.next()));
                self.total = self.children.len();
                continue;
            }
            match self.next_page.take() {
                Some(page) => self.add(joined(page.await)?, source),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// How much of this folder is done, if so much of its current child is.
    fn position(&self, of_child: f64) -> f64 {
        let left = self.children.len() as f64;
        let part = match self.total {
            0 => 1.0,
            total => ((total as f64 - left - 1.0).max(0.0) + of_child) / total as f64,
        };
        let size = if self.next_page.is_some() { (1.0 - self.before) / 2.0 } else { 1.0 - self.before };
        self.before + part * size
    }
}

impl Source {
    /// Lists the start of a folder.
    async fn open(self, prefix: String) -> io::Result<Listed> {
        let mut below = Vec::new();
        if !self.filter.may_skip_below(&url::of(&self.bucket, &prefix)) {
            let mut page = list(&self.link, self.query(prefix.clone(), false)).await?;
            if page.next.is_none() {
                page.objects.sort_by(|one, other| by_folders(&one.key, &other.key));
                return Ok(Listed::Whole(page.objects));
            }
            // folders that fill the page hold more than it
            for folder in common_folders(&page.objects, prefix.len()).take_while(|folder| !self.skips(folder)) {
                let divided = self.clone().open_divided(folder.clone(), Vec::new());
                below.push((folder, tokio::spawn(divided)));
            }
        }
        self.open_divided(prefix, below).await
    }

    async fn open_divided(
        self,
        prefix: String,
        below: Vec<(String, JoinHandle<io::Result<Listed>>)>,
    ) -> io::Result<Listed> {
        Ok(Listed::Divided(list(&self.link, self.query(prefix, true)).await?, below))
    }

    fn query(&self, prefix: String, divided: bool) -> Query {
        Query { bucket: self.bucket.clone(), prefix, divided, ..Query::default() }
    }

    fn skips(&self, folder: &str) -> bool {
        !self.filter.is_empty() && self.filter.skips_object(&url::of(&self.bucket, folder))
    }
}

/// The folders below a prefix of this length that hold all of these objects, the outermost first.
fn common_folders(objects: &[Object], prefix: usize) -> impl Iterator<Item = String> {
    let (first, last) = (objects.first().map(|object| &object.key), objects.last().map(|object| &object.key));
    let common = first
        .zip(last)
        .map_or(0, |(first, last)| first.bytes().zip(last.bytes()).take_while(|(first, last)| first == last).count());
    let first = first.cloned().unwrap_or_default();
    let ends: Vec<usize> = first.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at + 1).collect();
    let ends = ends.into_iter().filter(move |end| (prefix + 1..=common).contains(end));
    ends.filter_map(move |end| first.get(..end).map(str::to_owned))
}

/// The result of a task.
fn joined<T>(result: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    result.unwrap_or_else(|error| Err(io::Error::other(format!("the listing was aborted: {error}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_in_the_current_one_come_before_those_after_it() {
        let folder = |prefix: &str, children: &[&str]| Folder {
            prefix: prefix.to_owned(),
            children: children.iter().map(|name| Child::Folder(format!("{prefix}{name}/"))).collect(),
            order: Order::new(prefix.to_owned()),
            next_page: None,
            total: children.len(),
            before: 0.0,
        };
        let folders = [
            folder("", &["account-2", "account-3"]),
            folder("account-1/", &[]),
            folder("account-1/11/", &["02", "03"]),
        ];
        let next: Vec<&String> = coming(&folders).collect();
        assert_eq!(next, ["account-1/11/02/", "account-1/11/03/", "account-2/", "account-3/"]);
    }

    #[test]
    fn folders_that_fill_a_page_are_known_from_it() {
        let object = |key: &str| Object { key: key.to_owned(), bytes: 0 };
        let common =
            |prefix: &str, keys: [&str; 2]| common_folders(&keys.map(object), prefix.len()).collect::<Vec<_>>();
        let keys = ["AWSLogs/1/CloudTrail/eu/a", "AWSLogs/1/CloudTrail/us/b"];
        assert_eq!(common("", keys), ["AWSLogs/", "AWSLogs/1/", "AWSLogs/1/CloudTrail/"]);
        assert_eq!(common("AWSLogs/1/", keys), ["AWSLogs/1/CloudTrail/"]);
        assert_eq!(common("AWS", ["AWSLogs/1", "AWSLogs/2"]), ["AWSLogs/"]);
        assert_eq!(common("", ["a/b", "b/c"]), Vec::<String>::new());
    }
}
