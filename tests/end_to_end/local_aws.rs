//! Clients of the local AWS that `./test` starts.

use std::time::{Duration, Instant};

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::CreateBucketConfiguration;
use aws_sdk_sns::config::Credentials;
use aws_sdk_ssm::types::ParameterType;
use aws_smithy_http_client::Builder;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::events::{ACCOUNT, REGION};

/// The time limit for a call and for the delivery of a message.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The URL of the local AWS.
pub(crate) fn url() -> String {
    let missing = "run ./test, which starts a local AWS, or set SEALWATCH_TEST_AWS";
    std::env::var("SEALWATCH_TEST_AWS").unwrap_or_else(|_| panic!("{missing}"))
}

/// Clients of the local AWS for one account, in the Region of the events.
#[derive(Debug)]
pub(crate) struct LocalAws {
    runtime: Runtime,
    config: SdkConfig,
}

impl LocalAws {
    pub(crate) fn connect() -> LocalAws {
        LocalAws::in_account(ACCOUNT)
    }

    /// Clients for another account. The local AWS uses the access key as the account id.
    pub(crate) fn in_account(account: &str) -> LocalAws {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
            .region(Region::from_static(REGION))
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            .endpoint_url(url());
        let config = runtime.block_on(config.load());
        LocalAws { runtime, config }
    }

    /// Creates a topic and a queue that receives its messages in SNS envelopes. No other test may use this name.
    pub(crate) fn topic(&self, name: &str) -> Topic<'_> {
        self.topic_with(name, "false")
    }

    /// The same with raw message delivery: without envelopes.
    pub(crate) fn raw_topic(&self, name: &str) -> Topic<'_> {
        self.topic_with(name, "true")
    }

    fn topic_with(&self, name: &str, raw: &str) -> Topic<'_> {
        let sns = aws_sdk_sns::Client::new(&self.config);
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let (arn, queue_url) = self.runtime.block_on(async {
            let topic = sns.create_topic().name(name).send().await.unwrap().topic_arn.unwrap();
            let queue = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
            let queue_arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
            sqs.purge_queue().queue_url(&queue).send().await.unwrap(); // an earlier run may have left messages
            let subscribe = sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(queue_arn);
            subscribe.attributes("RawMessageDelivery", raw).send().await.unwrap();
            (topic, queue)
        });
        Topic { aws: self, sqs, arn, queue_url }
    }

    /// Creates a symmetric customer managed key and returns its ARN.
    pub(crate) fn key(&self) -> String {
        let created = self.runtime.block_on(self.kms().create_key().send()).unwrap();
        created.key_metadata.unwrap().arn.unwrap()
    }

    pub(crate) fn disable_key(&self, arn: &str) {
        self.runtime.block_on(self.kms().disable_key().key_id(arn).send()).unwrap();
    }

    pub(crate) fn enable_rotation(&self, arn: &str, days: i32) {
        let call = self.kms().enable_key_rotation().key_id(arn).rotation_period_in_days(days);
        self.runtime.block_on(call.send()).unwrap();
    }

    pub(crate) fn alias(&self, name: &str, key_arn: &str) {
        let call = self.kms().create_alias().alias_name(name).target_key_id(key_arn);
        self.runtime.block_on(call.send()).unwrap();
    }

    /// Stores an encrypted parameter.
    pub(crate) fn secret_parameter(&self, name: &str, value: &str) {
        let ssm = aws_sdk_ssm::Client::new(&self.config);
        let call = ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString).overwrite(true);
        self.runtime.block_on(call.send()).unwrap();
    }

    /// Creates a bucket with these objects. No other test may use this name.
    pub(crate) fn bucket(&self, name: &str, objects: &[(&str, Vec<u8>)]) {
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::Config::from(&self.config).to_builder().force_path_style(true).build(),
        );
        self.runtime.block_on(async {
            let here = CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
            let created = s3.create_bucket().bucket(name).create_bucket_configuration(here).send().await;
            if let Err(error) = created {
                // an earlier run may have created it
                assert_eq!(error.code(), Some("BucketAlreadyOwnedByYou"), "{error:?}");
            }
            for (key, bytes) in objects {
                s3.put_object().bucket(name).key(*key).body(bytes.clone().into()).send().await.unwrap();
            }
        });
    }

    /// Creates a data stream without encryption.
    pub(crate) fn stream(&self, name: &str) {
        let call = self.kinesis().create_stream().stream_name(name).shard_count(1);
        self.runtime.block_on(call.send()).unwrap();
    }

    pub(crate) fn encrypt_stream(&self, name: &str, key: &str) {
        let kms = aws_sdk_kinesis::types::EncryptionType::Kms;
        let call = self.kinesis().start_stream_encryption().stream_name(name).encryption_type(kms).key_id(key);
        self.runtime.block_on(call.send()).unwrap();
    }

    pub(crate) fn delete_stream(&self, name: &str) {
        self.runtime.block_on(self.kinesis().delete_stream().stream_name(name).send()).unwrap();
    }

    /// Creates a Firehose stream without encryption.
    pub(crate) fn firehose_stream(&self, name: &str) {
        use aws_sdk_firehose::types::{DeliveryStreamType, ExtendedS3DestinationConfiguration};
        let s3 = ExtendedS3DestinationConfiguration::builder().bucket_arn("arn:aws:s3:::clicks");
        let s3 = s3.role_arn(format!("arn:aws:iam::{ACCOUNT}:role/firehose")).build().unwrap();
        let call = self.firehose().create_delivery_stream().delivery_stream_name(name);
        let call = call.delivery_stream_type(DeliveryStreamType::DirectPut).extended_s3_destination_configuration(s3);
        self.runtime.block_on(call.send()).unwrap();
    }

    pub(crate) fn encrypt_firehose(&self, name: &str, key: &str) {
        use aws_sdk_firehose::types::{DeliveryStreamEncryptionConfigurationInput, KeyType};
        let input = DeliveryStreamEncryptionConfigurationInput::builder().key_type(KeyType::CustomerManagedCmk);
        let call = self.firehose().start_delivery_stream_encryption().delivery_stream_name(name);
        let call = call.delivery_stream_encryption_configuration_input(input.key_arn(key).build().unwrap());
        // While the stream is CREATING, other calls are refused.
        let deadline = Instant::now() + TIMEOUT;
        while let Err(error) = self.runtime.block_on(call.clone().send()) {
            assert!(Instant::now() < deadline, "{error:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn schedule_group(&self, name: &str) {
        self.runtime.block_on(self.scheduler().create_schedule_group().name(name).send()).unwrap();
    }

    /// The names of the schedules in a group.
    pub(crate) fn schedules(&self, group: &str) -> Vec<String> {
        let listed = self.runtime.block_on(self.scheduler().list_schedules().group_name(group).send()).unwrap();
        listed.schedules.into_iter().filter_map(|schedule| schedule.name).collect()
    }

    /// What a schedule sends to its target.
    pub(crate) fn schedule_input(&self, group: &str, name: &str) -> String {
        let call = self.scheduler().get_schedule().group_name(group).name(name);
        let schedule = self.runtime.block_on(call.send()).unwrap();
        schedule.target.and_then(|target| target.input).unwrap()
    }

    fn kinesis(&self) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.config)
    }

    fn firehose(&self) -> aws_sdk_firehose::Client {
        aws_sdk_firehose::Client::new(&self.config)
    }

    fn scheduler(&self) -> aws_sdk_scheduler::Client {
        aws_sdk_scheduler::Client::new(&self.config)
    }

    fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config)
    }
}

/// A topic and the queue that is subscribed to it.
#[derive(Debug)]
pub(crate) struct Topic<'a> {
    aws: &'a LocalAws,
    sqs: aws_sdk_sqs::Client,
    pub(crate) arn: String,
    queue_url: String,
}

impl Topic<'_> {
    /// The only message that the subscriber receives, as JSON.
    #[track_caller]
    pub(crate) fn message(&self) -> Value {
        let deadline = Instant::now() + TIMEOUT;
        let mut messages = Vec::new();
        while messages.is_empty() && Instant::now() < deadline {
            messages = self.messages();
        }
        assert_eq!(messages.len(), 1, "expected one message: {messages:#?}");
        messages.remove(0)
    }

    /// The findings in the only message that the subscriber receives.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<Value> {
        let envelope = self.message();
        let message: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
        message["findings"].as_array().unwrap().clone()
    }

    /// Removes all messages from the queue and returns them. The local AWS delivers a message before it responds to the
    /// publish, so none can arrive later.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let call = self.sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10);
            let call = call.wait_time_seconds(0);
            let received = self.aws.runtime.block_on(call.send()).unwrap().messages.unwrap_or_default();
            if received.is_empty() {
                return all;
            }
            for message in received {
                all.push(serde_json::from_str(message.body().unwrap()).unwrap());
                let delete = self.sqs.delete_message().queue_url(&self.queue_url);
                let delete = delete.receipt_handle(message.receipt_handle.unwrap());
                self.aws.runtime.block_on(delete.send()).unwrap();
            }
        }
    }
}
