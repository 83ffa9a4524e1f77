"""A STAND-IN for what MiniStack lacks: a proxy before the local AWS that answers these calls itself and passes everything on.

Checked with MiniStack 1.5.33, which rejects each of them as an unknown action or route:

- kafka: the API of version 2, replicators, cluster policies, channels. Provisioned clusters are MiniStack's own, from its API
  of version 1; serverless ones are held here. There are no policies and no channels.
- kafkaconnect: all of it. Connectors and worker configurations are descriptions that are held here.
- cloudtrail ListEventDataStores, kinesis ListChannels and ListQueues: there are none.
- kms DescribeCustomKeyStores: there are none, but one that is asked for by its id is disconnected.

MiniStack also answers two calls otherwise than AWS. ListKeys says that there is another page, but not how to get it, and
GetKeyRotationStatus answers for keys that cannot rotate, which AWS refuses.

It counts calls: `GET /calls` on it, without a signature, answers with them. It can delay each call.
"""

import json
import re
import threading
import time
import uuid
from collections import Counter, defaultdict
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from faults import Forward, Proxy
from templates import ROOT

SAMPLE_ACCOUNT = "111122223333"


class Kind(NamedTuple):
    """Resources of which the stand-in has descriptions, as the API models kafka-2018-11-14 and kafkaconnect-2021-09-14 have them."""

    list: str  # the operations
    describe: str
    entries: str  # the member with the entries of the list
    arn: str  # the member with their ARN
    only_described: tuple = ()  # what an entry of the list does not show


# By the path of the list, which is that of a description without its ARN.
CLUSTERS = "/api/v2/clusters"
KINDS = {
    CLUSTERS: Kind("ListClustersV2", "DescribeClusterV2", "clusterInfoList", "clusterArn"),
    "/replication/v1/replicators": Kind(
        "ListReplicators", "DescribeReplicator", "replicators", "replicatorArn", ("kafkaClusters", "replicationInfoList")
    ),
    "/v1/connectorOperations": Kind("", "DescribeConnectorOperation", "", "connectorOperationArn"),
    "/v1/connectors": Kind(
        "ListConnectors", "DescribeConnector", "connectors", "connectorArn", ("connectorConfiguration", "stateDescription")
    ),
    "/v1/worker-configurations": Kind(
        "ListWorkerConfigurations",
        "DescribeWorkerConfiguration",
        "workerConfigurations",
        "workerConfigurationArn",
        ("propertiesFileContent",),
    ),
}
LARGEST_PAGE = 100  # MaxResults of both API models
# What these calls answer: there is nothing.
NOTHING = {
    "cloudtrail:ListEventDataStores": {"EventDataStores": []},
    "kafka:ListChannels": {"channels": []},
    "kinesis:ListChannels": {"ChannelSummaries": []},
    "kinesis:ListQueues": {"QueueSummaries": []},
}
NOT_FOUND = 404, {"message": "there is no such resource"}
# The members of a cluster of version 1 that version 2 has at the top; all others are below `provisioned`.
OF_A_CLUSTER = {"activeOperationArn", "clusterArn", "clusterName", "creationTime", "currentVersion", "state", "stateInfo", "tags"}


class StandIn(Proxy):
    """The proxy, what it holds and the calls that it got."""

    def __init__(self, delay=0.0):
        super().__init__(Call)
        self.delay = delay  # seconds before each answer
        self.held = defaultdict(list)  # descriptions, by the path of their list
        self.calls = Counter()  # by `service:Operation`
        self.counting = threading.Lock()

    def hold_samples(self, account):
        """Holds the sample descriptions of this project as those of `account`."""
        for file in sorted((ROOT / "events").glob("msk-*/describe-*.json")):
            sample = json.loads(file.read_text().replace(SAMPLE_ACCOUNT, account))
            path = next(path for path, kind in KINDS.items() if kind.arn in sample)  # that of an operation names a connector too
            if sample not in self.held[path]:
                self.held[path].append(sample)


class Call(Forward):
    """A call and its answer."""

    def answer(self):
        url = urlsplit(self.path)
        if url.path == "/calls" and not self.service:
            return json_answer(200, self.server.calls)
        self.query, path = dict(parse_qsl(url.query)), unquote(url.path).rstrip("/")
        name = f"{self.service}:{self.operation(path)}"
        with self.server.counting:
            self.server.calls[name] += 1
        time.sleep(self.server.delay)
        answer = self.own_answer(name, path)
        return answer and json_answer(*answer)

    def operation(self, path):
        """The name of the call; its method and path if the stand-in does not know it."""
        target = self.headers.get("x-amz-target") or ""
        action = re.search(rb"(?:^|&)Action=(\w+)", self.body)
        if target or action:
            return target.rsplit(".")[-1] or action[1].decode()
        collection, _, arn = path.partition("/arn:")
        if arn.endswith(("/channels", "/policy")):
            return "ListChannels" if arn.endswith("/channels") else "GetClusterPolicy"
        if collection in KINDS and self.command == "GET":
            return KINDS[collection].describe if arn else KINDS[collection].list
        if path == CLUSTERS:
            return "CreateClusterV2"
        return f"{self.command} {path}"

    def own_answer(self, name, path):
        """A status and a body. `None` for what the local AWS knows."""
        if name in NOTHING:
            return 200, NOTHING[name]
        if name == "kms:DescribeCustomKeyStores":
            store = json.loads(self.body).get("CustomKeyStoreId")
            return 200, {"CustomKeyStores": [{"CustomKeyStoreId": store, "ConnectionState": "DISCONNECTED"}] if store else []}
        if name == "kafka:GetClusterPolicy":
            return NOT_FOUND
        if name == "kafka:CreateClusterV2":
            return self.create_cluster(json.loads(self.body))
        collection, _, arn = path.partition("/arn:")
        kind = KINDS.get(collection)
        if not kind:
            return None
        region, account = f"arn:{arn}".split(":")[3:5] if arn else (self.region, self.account())
        descriptions = [one for one in self.server.held[collection] if one[kind.arn].split(":")[3:5] == [region, account]]
        descriptions += self.provisioned() if collection == CLUSTERS else []
        if not arn:
            return self.page(kind.entries, [without(kind.only_described, one) for one in descriptions])
        found = next((one for one in descriptions if one[kind.arn] == f"arn:{arn}"), None)
        return NOT_FOUND if not found else (200, {"clusterInfo": found} if collection == CLUSTERS else found)

    def account(self):
        """The account of the caller: its access key, or what the local AWS says whose it is."""
        if self.user.isdigit():
            return self.user
        signature = re.sub(r"/\w+/aws4_request", "/sts/aws4_request", self.headers["authorization"])
        headers = {"authorization": signature, "content-type": "application/x-www-form-urlencoded"}
        body = self.pass_on("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", headers)[2]
        return re.search(rb"<Account>(\d+)</Account>", body)[1].decode()

    def provisioned(self):
        """The clusters of the local AWS as version 2 shows them."""
        headers = {"authorization": self.headers["authorization"]}
        status, _, body = self.pass_on("GET", "/v1/clusters", b"", headers)
        clusters = json.loads(body)["clusterInfoList"] if status == 200 else []
        return [
            {
                **{name: value for name, value in cluster.items() if name in OF_A_CLUSTER},
                "clusterType": "PROVISIONED",
                "provisioned": {name: value for name, value in cluster.items() if name not in OF_A_CLUSTER},
            }
            for cluster in clusters
        ]

    def create_cluster(self, request):
        if "provisioned" in request:
            version_1 = {**request.pop("provisioned"), **request}
            headers = {"authorization": self.headers["authorization"], "content-type": "application/json"}
            status, _, body = self.pass_on("POST", "/v1/clusters", json.dumps(version_1).encode(), headers)
            return status, {**json.loads(body), "clusterType": "PROVISIONED"}
        arn = f"arn:aws:kafka:{self.region}:{self.account()}:cluster/{request['clusterName']}/{uuid.uuid4()}-s1"
        created = {"clusterArn": arn, "clusterName": request["clusterName"], "state": "ACTIVE", "clusterType": "SERVERLESS"}
        self.server.held[CLUSTERS].append({**created, "serverless": request["serverless"]})
        return 200, created

    def page(self, member, entries):
        start = int(self.query.get("nextToken", 0))
        end = start + min(int(self.query.get("maxResults", LARGEST_PAGE)), LARGEST_PAGE)
        more = {"nextToken": str(end)} if end < len(entries) else {}
        return 200, {member: entries[start:end], **more}


def without(names, entry):
    """An entry without the members of these names, at any depth."""
    return {k: without(names, v) if isinstance(v, dict) else v for k, v in entry.items() if k not in names}


def json_answer(status, body):
    headers = {"content-type": "application/json", **({"x-amzn-errortype": "NotFoundException"} if status == 404 else {})}
    return status, headers, json.dumps(body).encode()
