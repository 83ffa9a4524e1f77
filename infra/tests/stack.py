"""A deployed stack: put events on its bus, receive its messages as a subscriber, read the logs of its functions."""

import json

from local_aws import until
from msk_stand_in import SAMPLE_ACCOUNT
from templates import DETECTORS, REGION, ROOT, SCAN

# The keys of the samples.
CUSTOMER_KEY = "5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01"
NEW_KEY = "f7d2b8c6-1a3e-4f9d-8c5b-3e0d9f8a6b05"  # of kms-key-lifecycle/create-without-rotation.json
DISABLED_KEY = "c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03"


class Stack:
    def __init__(self, account, name="sealwatch"):
        self.account, self.name = account, name
        self.replaced = {}
        self.messages = {}
        self.scans = []
        for service in ("events", "kms", "lambda", "logs", "scheduler", "sns", "sqs"):
            setattr(self, service + "_" if service == "lambda" else service, account.client(service))

    def arn(self, service, resource):
        return f"arn:aws:{service}:{REGION}:{self.account.id}:{resource}"

    def queue_url(self, name):
        return self.sqs.get_queue_url(QueueName=f"{self.name}-{name}")["QueueUrl"]

    def seed(self):
        """Creates the keys of the samples. The local AWS chooses their ids."""
        for sample, rotates, enabled in ((CUSTOMER_KEY, True, True), (DISABLED_KEY, True, False), (NEW_KEY, False, True)):
            key = self.kms.create_key()["KeyMetadata"]["KeyId"]
            if rotates:
                self.kms.enable_key_rotation(KeyId=key)
            if not enabled:
                self.kms.disable_key(KeyId=key)
            self.replaced[sample] = key
        for alias in json.loads((ROOT / "events/facts/list-aliases.json").read_text())["Aliases"]:
            if alias.get("TargetKeyId") in self.replaced:
                self.kms.create_alias(AliasName=alias["AliasName"], TargetKeyId=self.replaced[alias["TargetKeyId"]])
        self.replaced[SAMPLE_ACCOUNT] = self.account.id
        # what is evaluated after the settle time is looked up, and what does not exist is not reported
        created = self.sample("kinesis-stream/create-without-encryption.json")["detail"]["requestParameters"]
        self.account.client("kinesis").create_stream(StreamName=created["streamName"], ShardCount=1)
        stopped = self.sample("cloudtrail-trail/stop-logging.json")["detail"]["requestParameters"]["name"]
        bucket = f"trail-{self.account.id}"
        self.account.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.account.client("cloudtrail").create_trail(Name=stopped.rsplit("/", 1)[-1], S3BucketName=bucket)

    def subscribe(self):
        """Creates a queue for each of the two topics and subscribes it."""
        for topic in ("findings", "operations"):
            self.sqs.create_queue(QueueName=f"subscriber-{topic}")
            self.sns.subscribe(
                TopicArn=self.arn("sns", f"{self.name}-{topic}"),
                Protocol="sqs",
                Endpoint=self.arn("sqs", f"subscriber-{topic}"),
                Attributes={"RawMessageDelivery": "true"},
            )

    def match_test_sources(self):
        """Changes the deployed rules to match the source test.* instead of aws.*, and nothing else."""
        for bus in self.events.list_event_buses()["EventBuses"]:
            for rule in self.events.list_rules(EventBusName=bus["Name"])["Rules"]:
                pattern = json.loads(rule["EventPattern"])
                pattern["source"] = [source.replace("aws.", "test.", 1) for source in pattern["source"]]
                assert rule["State"] == "ENABLED"
                self.events.put_rule(Name=rule["Name"], EventBusName=bus["Name"], EventPattern=json.dumps(pattern))

    def sample(self, path):
        """A sample event, with the keys and the account of this stack."""
        text = (ROOT / "events" / path).read_text()
        for sample, replacement in self.replaced.items():
            text = text.replace(sample, replacement)
        return json.loads(text)

    def put(self, event, bus="default"):
        """Puts an event on the bus, with a source of test.* instead of aws.*."""
        entry = {
            "Source": event["source"].replace("aws.", "test.", 1),
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": bus,
        }
        answer = self.events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def invoke(self, detector, event):
        """Hands an event to a function, as EventBridge does."""
        call = {"FunctionName": f"{self.name}-{detector}", "InvocationType": "Event"}
        self.lambda_.invoke(**call, Payload=json.dumps(event))

    def received(self, queue):
        """Receives and deletes the messages in a queue."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def gather(self):
        """Receives the messages published so far and returns all about events, as a list for each event id. Those of scans
        are in `scans`."""
        for body in self.received("subscriber-findings"):
            message = json.loads(body)
            if message["detector"] == SCAN:
                self.scans.append(message)
                continue
            self.messages.setdefault(message["findings"][0]["event"]["id"], []).append(message)
        return self.messages

    def scan_of(self, day):
        """The messages about the scan of a day."""
        self.gather()
        return [message for message in self.scans if message["day"] == day]

    def findings(self, *event_ids, names=None):
        """Waits for messages about all of these events. `names` says what to call them if they are missing."""
        try:
            until(lambda: self.gather().keys() >= set(event_ids), f"messages about {event_ids}")
        except AssertionError:
            missing = [(names or {}).get(one, one) for one in event_ids if one not in self.messages]
            raise AssertionError(f"no message about {missing}; the log of the local AWS:\n{self.account.aws.tail()}") from None
        return self.messages

    def log(self, detector):
        """The entries in the log of a function."""
        group = f"/aws/lambda/{self.name}-{detector}"
        lines = self.logs.filter_log_events(logGroupName=group)["events"]
        return [json.loads(line["message"]) for line in lines if line["message"].startswith('{"timestamp"')]

    def logged(self, detector, event_id):
        """The messages that a function logged about an event."""
        return [entry["message"] for entry in self.log(detector) if entry.get("eventId") == event_id]

    def reached(self):
        """The ids of all events that any function logged anything about."""
        return {entry.get("eventId") for detector in DETECTORS for entry in self.log(detector["name"])}


def changed(event, event_id, **members):
    """A copy of an event with another id and other members of the record."""
    event = json.loads(json.dumps(event))
    if "eventName" not in event["detail"]:
        return {**event, "id": event_id}  # an event of EventBridge, not a record
    event["detail"].update(members, eventID=event_id)
    return event
