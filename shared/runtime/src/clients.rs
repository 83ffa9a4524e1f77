//! The AWS clients, built once at start from one configuration, so that they share connections.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::{Builder, tls};

/// The clients of a function.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// What clients of other services are built from, when they are first needed.
    pub(crate) config: aws_config::SdkConfig,
    pub(crate) sns: aws_sdk_sns::Client,
}

/// One attempt of a call that takes longer is lost and made again.
const ATTEMPT: Duration = Duration::from_secs(4);

impl Clients {
    /// Builds the clients from the environment that Lambda sets.
    pub(crate) async fn load() -> Clients {
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        // a dated version: a newer SDK must not change time-outs and retries by itself
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().tls_provider(tls).build_https())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build())
            .load()
            .await;
        Clients { sns: aws_sdk_sns::Client::new(&config), config }
    }
}
