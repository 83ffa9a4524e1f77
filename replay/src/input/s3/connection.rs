//! The connection to S3: credentials, one client for each Region, and errors in words.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ProvideCredentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use sealwatch_runtime::laptop_config;
use tokio::runtime::Runtime;

use crate::input::s3::requests::{Failure, Requests};

/// Where a bucket is searched first if no Region is configured. S3 answers with the right one.
const DEFAULT_REGION: Region = Region::from_static("us-east-1");

/// The threads that wait for the network, decrypt and parse what S3 answers.
const THREADS: usize = 2;

/// A connection that takes longer is abandoned, and the request is sent again; the SDK's own default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// A request whose answer does not begin within this time is sent again. A page of a listing takes S3 less than a second, and the
/// first byte of an object less than that. The SDK has no such limit of its own.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Access to S3.
#[derive(Debug)]
pub(crate) struct S3 {
    pub(super) runtime: Runtime,
    pub(super) link: Arc<S3Link>,
}

/// What tasks need to send requests.
#[derive(Debug)]
pub(super) struct S3Link {
    config: SdkConfig,
    timeouts: TimeoutConfig,
    clients: Mutex<HashMap<Region, Client>>,
    /// The Regions of buckets that are not where they were searched first.
    regions: Mutex<HashMap<String, Region>>,
    pub(super) requests: Requests,
    /// How many requests to list objects were sent.
    pub(super) list_calls: AtomicUsize,
}

impl S3 {
    /// Takes credentials from this profile, or from where the AWS CLI takes them.
    pub(crate) fn connect(profile: Option<&str>) -> Result<S3, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start a thread for S3: {error}"))?;
        let config = runtime.block_on(laptop_config(profile))?;
        runtime.block_on(check_credentials(&config))?;
        Ok(S3 { runtime, link: Arc::new(S3Link::new(config, ANSWER_TIMEOUT)) })
    }

    /// How many requests to list objects were sent.
    pub(crate) fn list_calls(&self) -> usize {
        self.link.list_calls.load(Ordering::Relaxed)
    }
}

impl S3Link {
    fn new(config: SdkConfig, answer_timeout: Duration) -> S3Link {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(answer_timeout).build();
        S3Link {
            config,
            timeouts,
            clients: Mutex::default(),
            regions: Mutex::default(),
            requests: Requests::new(),
            list_calls: AtomicUsize::new(0),
        }
    }

    /// Sends a request to a bucket where it is. If S3 answers that the bucket is in another Region, sends it there: to ask
    /// for the Region first would take longer.
    pub(super) async fn in_region<T, F>(&self, bucket: &str, request: impl Fn(Client) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, (Failure, Option<String>)>>,
    {
        let region = self.region(bucket);
        match request(self.client(region.clone())).await {
            Err((_, Some(found))) if found != region.as_ref() => {
                let found = Region::new(found);
                self.regions.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned(), found.clone());
                request(self.client(found)).await.map_err(|(failure, _)| failure)
            }
            result => result.map_err(|(failure, _)| failure),
        }
    }

    fn region(&self, bucket: &str) -> Region {
        let known = self.regions.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned();
        known.or_else(|| self.config.region().cloned()).unwrap_or(DEFAULT_REGION)
    }

    /// The client for a Region. Clients of a Region share their connections.
    fn client(&self, region: Region) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let create = || {
            let config = aws_sdk_s3::Config::from(&self.config).to_builder().region(region.clone());
            // `Requests` tries again: it has to know how often S3 answers that it should be slower
            let config = config.retry_config(RetryConfig::disabled()).timeout_config(self.timeouts.clone());
            Client::from_conf(config.build())
        };
        clients.entry(region.clone()).or_insert_with(create).clone()
    }
}

/// Fails before the first request if there are no credentials: the error of a request would not say what to do.
async fn check_credentials(config: &SdkConfig) -> Result<(), String> {
    let problem = match config.credentials_provider() {
        None => "none are configured".to_owned(),
        Some(provider) => match provider.provide_credentials().await {
            Ok(_) => return Ok(()),
            Err(error) => with_causes(&error),
        },
    };
    Err(format!(
        "no AWS credentials: use `--profile`, set AWS_PROFILE, sign in (`aws sso login`), or set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY ({problem})"
    ))
}

/// The error of a request to a bucket that does not exist; `None` if it may.
pub(super) fn missing_bucket<T, E, R>(result: &Result<T, SdkError<E, R>>, bucket: &str) -> Option<io::Error>
where
    E: ProvideErrorMetadata,
{
    let problem = match result.as_ref().err()?.code()? {
        "NoSuchBucket" => "does not exist",
        "InvalidBucketName" => "cannot exist: no bucket may have this name",
        _ => return None,
    };
    Some(io::Error::new(io::ErrorKind::NotFound, format!("the bucket `{bucket}` {problem}")))
}

/// The codes of errors about credentials that are there, and do not work (any more).
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const BAD_CREDENTIALS: [&str; 6] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];

/// Why a request failed: what S3 answered, or why there was no answer.
pub(crate) fn describe_error<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let causes = with_causes(error);
    let is_timeout = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    };
    match (error.code(), error) {
        (Some(code), _) => {
            let message = error.message().unwrap_or("no message").trim_end_matches('.');
            let remedy = match code {
                code if BAD_CREDENTIALS.contains(&code) => {
                    "; sign in again (`aws sso login`), or use other keys: `--profile`, AWS_PROFILE, AWS_ACCESS_KEY_ID"
                }
                "RequestTimeTooSkewed" => "; set the clock of this machine",
                _ => "",
            };
            format!("{code}: {message}{remedy}")
        }
        (None, SdkError::ResponseError(_) | SdkError::ServiceError(_)) => format!(
            "the answer cannot be read: {causes}; if AWS_ENDPOINT_URL or a proxy is set, check that S3 is what answers there"
        ),
        _ if is_timeout => {
            format!("S3 did not answer in time: {causes}; check network and proxy, and try again later")
        }
        _ => format!("S3 does not answer: {causes}; check network and proxy, and the Region of the profile"),
    }
}

/// An error and its causes, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut messages = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        messages.push(cause.to_string());
        next = cause.source();
    }
    messages.dedup();
    // some errors of the SDK have several lines
    messages.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::path::PathBuf;

    use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

    use crate::input::filter::Filter;
    use crate::input::places::Places;
    use crate::input::prefix::Prefix;
    use crate::input::s3::objects::{Listed, Objects};

    /// Access to an S3 at this address, which must begin to answer within the time.
    fn connect_to(address: &str, answer_timeout: Duration) -> S3 {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = runtime.block_on(laptop_config(None)).unwrap().to_builder();
        let config = config
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test")))
            .region(DEFAULT_REGION)
            .endpoint_url(address);
        S3 { runtime, link: Arc::new(S3Link::new(config.build(), answer_timeout)) }
    }

    #[test]
    fn an_answer_that_never_begins_is_waited_for_only_so_long() {
        // the system accepts connections, and nobody answers
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let s3 = connect_to(&format!("http://{}", listener.local_addr().unwrap()), Duration::from_millis(50));
        let mut fetched = Objects::start_listed(&s3, vec![PathBuf::from("s3://logs/a.json")], 1000);
        let Some(Listed::Object(_, Some(fetch))) = fetched.next() else { panic!("the object is fetched") };
        let problem = fetch.wait().unwrap_err().to_string();
        assert!(problem.contains("S3 did not answer in time"), "{problem}");
        let (path, filter) = (PathBuf::from("s3://logs/a"), Filter::default());
        let places = Arc::new(Places::new(std::slice::from_ref(&path)));
        let prefixes = vec![Prefix { path, filter, index: 0, places, elsewhere: None }];
        match Objects::start(&s3, prefixes, None).next() {
            Some(Listed::Problem(error)) => assert!(error.to_string().contains("did not answer in time"), "{error}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(s3.list_calls(), 4, "it is tried again");
    }
}
