//! Synthetic CloudTrail records. The same seed gives the same bytes on every machine.

/// Pseudo-random numbers.
///
/// <https://prng.di.unimi.it/splitmix64.c>
pub(crate) struct Numbers(u64);

impl Numbers {
    /// The sequence for a seed.
    pub(crate) fn of(seed: u64) -> Numbers {
        Numbers(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, below the limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = self.below(choices.len() as u64) as usize;
        choices[index]
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (format!("{:016x}", self.next()), format!("{:016x}", self.next()));
        format!("{}-{}-{}-{}-{}", &a[..8], &a[8..12], &a[12..], &b[..4], &b[4..])
    }
}

/// A call: source, name, request, response. `#` stands for a random id.
type Call = (&'static str, &'static str, &'static str, &'static str);

const READ_CALLS: [Call; 8] = [
    ("ec2", "DescribeInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-#"}]},"filterSet":{}}"#, "null"),
    (
        "ec2",
        "DescribeNetworkInterfaces",
        r#"{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-#"}]},"filterSet":{}}"#,
        "null",
    ),
    (
        "kms",
        "Decrypt",
        r#"{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:worker-#"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        "null",
    ),
    (
        "kms",
        "GenerateDataKey",
        r#"{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/#","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::data-lake"},"keySpec":"AES_256"}"#,
        "null",
    ),
    ("sts", "GetCallerIdentity", "null", "null"),
    ("s3", "GetBucketAcl", r#"{"bucketName":"bucket-#","Host":"s3.eu-west-1.amazonaws.com","acl":""}"#, "null"),
    ("monitoring", "DescribeAlarms", r#"{"maxRecords":100,"alarmNamePrefix":"TargetTracking-table/#"}"#, "null"),
    ("kinesis", "DescribeStreamSummary", r#"{"streamName":"orders-#"}"#, "null"),
];

const OTHER_WRITE_CALLS: [Call; 5] = [
    (
        "ec2",
        "CreateTags",
        r#"{"resourcesSet":{"items":[{"resourceId":"i-#"}]},"tagSet":{"items":[{"key":"team","value":"payments"}]}}"#,
        r#"{"_return":true}"#,
    ),
    (
        "sts",
        "AssumeRole",
        r#"{"roleArn":"arn:aws:iam::111122223333:role/deploy","roleSessionName":"session-#","durationSeconds":3600}"#,
        r#"{"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:session-#","arn":"arn:aws:sts::111122223333:assumed-role/deploy/session-#"}}"#,
    ),
    (
        "iam",
        "PutRolePolicy",
        r##"{"roleName":"worker-#","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":\"arn:aws:s3:::data-lake/*\"}]}"}"##,
        "null",
    ),
    (
        "logs",
        "CreateLogStream",
        r#"{"logGroupName":"/aws/lambda/worker","logStreamName":"2026/11/20/[$LATEST]#"}"#,
        "null",
    ),
    (
        "ecs",
        "CreateCluster",
        r#"{"clusterName":"batch-#"}"#,
        r#"{"cluster":{"clusterName":"batch-#","status":"ACTIVE"}}"#,
    ),
];

const MONITORED_CALLS: [Call; 5] = [
    ("kinesis", "CreateStream", r#"{"streamName":"orders-#","shardCount":2}"#, "null"),
    (
        "kinesis",
        "StartStreamEncryption",
        r#"{"streamName":"orders-#","encryptionType":"KMS","keyId":"alias/orders"}"#,
        "null",
    ),
    (
        "kinesis",
        "StopStreamEncryption",
        r#"{"streamName":"orders-#","encryptionType":"KMS","keyId":"alias/orders"}"#,
        "null",
    ),
    (
        "kms",
        "DisableKeyRotation",
        r#"{"keyId":"0f0e0d0c-0b0a-4908-8706-050403020100"}"#,
        r#"{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/0f0e0d0c-0b0a-4908-8706-050403020100"}"#,
    ),
    (
        "cloudtrail",
        "UpdateTrail",
        r#"{"name":"trail-#","kmsKeyId":"alias/trail","enableLogFileValidation":true}"#,
        r#"{"name":"trail-#","trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/trail-#"}"#,
    ),
];

/// This many records, each as compact JSON. `monitored` is the number of monitored calls in a million records.
pub(crate) fn records(numbers: &mut Numbers, records: usize, monitored: u64) -> Vec<String> {
    (0..records).map(|index| record(numbers, index, monitored)).collect()
}

fn record(numbers: &mut Numbers, index: usize, monitored: u64) -> String {
    let chance = numbers.below(1_000_000);
    let (calls, read_only) = match chance {
        _ if chance < monitored => (&MONITORED_CALLS[..], false),
        _ if numbers.below(100) < 80 => (&READ_CALLS[..], true),
        _ => (&OTHER_WRITE_CALLS[..], false),
    };
    let (source, name, request, response) = numbers.one_of(calls);
    let id = numbers.uuid();
    let (request, response) = (request.replace('#', &id), response.replace('#', &id));
    let role = numbers.one_of(&["worker", "deploy", "reporting", "AWSServiceRoleForAutoScaling"]);
    let session = format!("i-{:017x}", numbers.next() >> 4);
    let agent = numbers.one_of(&[
        "aws-sdk-java/2.29.6 Linux/6.1 OpenJDK_64-Bit_Server_VM/21.0.5 Java/21.0.5 exec-env/AWS_ECS_FARGATE",
        "Boto3/1.35.60 md/Botocore#1.35.60 ua/2.0 os/linux#6.1.112 md/arch#x86_64 lang/python#3.12.7 cfg/retry-mode#legacy",
        "autoscaling.amazonaws.com",
    ]);
    let (hour, minute, second) = (numbers.below(24), index / 60 % 60, index % 60);
    let (request_id, event_id, principal) = (numbers.uuid(), numbers.uuid(), numbers.next() >> 24);
    let address = format!("10.{}.{}.{}", numbers.below(256), numbers.below(256), numbers.below(256));
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROA{principal:012X}:{session}","#,
            r#""arn":"arn:aws:sts::111122223333:assumed-role/{role}/{session}","accountId":"111122223333","#,
            r#""accessKeyId":"ASIAEXAMPLE{principal:012X}","sessionContext":{{"sessionIssuer":{{"type":"Role","#,
            r#""principalId":"AROA{principal:012X}","arn":"arn:aws:iam::111122223333:role/{role}","accountId":"111122223333","#,
            r#""userName":"{role}"}},"attributes":{{"creationDate":"2026-11-20T00:00:00Z","mfaAuthenticated":"false"}}}}}},"#,
            r#""eventTime":"2026-11-20T{hour:02}:{minute:02}:{second:02}Z","eventSource":"{source}.amazonaws.com","#,
            r#""eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"{address}","userAgent":"{agent}","#,
            r#""requestParameters":{request},"responseElements":{response},"requestID":"{request_id}","#,
            r#""eventID":"{event_id}","readOnly":{read_only},"eventType":"AwsApiCall","managementEvent":true,"#,
            r#""recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","#,
            r#""cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{source}.eu-west-1.amazonaws.com"}}}}"#
        ),
        principal = principal,
        session = session,
        role = role,
        hour = hour,
        minute = minute,
        second = second,
        source = source,
        name = name,
        address = address,
        agent = agent,
        request = request,
        response = response,
        request_id = request_id,
        event_id = event_id,
        read_only = read_only
    )
}
