//! The connection to S3: credentials, one client for each bucket, and errors in words.

use std::collections::HashMap;
use std::error::Error;

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ProvideCredentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use sealwatch_runtime::laptop_config;
use tokio::runtime::Runtime;

/// Where a bucket is searched first if no Region is configured. S3 answers with the right one.
const DEFAULT_REGION: Region = Region::from_static("us-east-1");

/// Access to S3.
#[derive(Debug)]
pub(crate) struct S3 {
    pub(crate) runtime: Runtime,
    config: SdkConfig,
    /// A client for each bucket, in its Region.
    clients: HashMap<String, Client>,
}

impl S3 {
    /// Takes credentials from this profile, or from where the AWS CLI takes them.
    pub(crate) fn connect(profile: Option<&str>) -> Result<S3, String> {
        // one thread is enough, in addition to the workers: it mostly waits for the network
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start a thread for S3: {error}"))?;
        let config = runtime.block_on(laptop_config(profile))?;
        runtime.block_on(check_credentials(&config))?;
        Ok(S3 { runtime, config, clients: HashMap::new() })
    }

    /// Creates the client for a bucket, in the Region where the bucket is.
    pub(crate) fn connect_to_bucket(&mut self, bucket: &str) -> Result<Client, String> {
        if let Some(client) = self.clients.get(bucket) {
            return Ok(client.clone());
        }
        let client = self.client_in(self.config.region().cloned().unwrap_or(DEFAULT_REGION));
        let response = self.runtime.block_on(client.head_bucket().bucket(bucket).send());
        let region = match &response {
            Ok(response) => response.bucket_region.as_deref(),
            // S3 names the Region of the bucket even if it denies access
            Err(error) => match error.raw_response() {
                Some(response) => response.headers().get("x-amz-bucket-region"),
                None => return Err(describe_error(error)),
            },
        };
        let client = region.map_or(client, |region| self.client_in(Region::new(region.to_owned())));
        self.clients.insert(bucket.to_owned(), client.clone());
        Ok(client)
    }

    /// The client for a bucket; `None` before [`S3::connect_to_bucket`].
    pub(crate) fn client(&self, bucket: &str) -> Option<&Client> {
        self.clients.get(bucket)
    }

    fn client_in(&self, region: Region) -> Client {
        Client::from_conf(aws_sdk_s3::Config::from(&self.config).to_builder().region(region).build())
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

/// Why a request failed: what S3 answered, or why there was no answer.
pub(crate) fn describe_error<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
        None => {
            let causes = with_causes(error);
            format!("S3 does not answer: {causes}; check network and proxy, and the Region of the profile")
        }
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
