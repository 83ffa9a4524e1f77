"""What Sealwatch evaluates of the six services, compared with AWS's API models: the source of docs/coverage.md."""

import collections
import fnmatch
import json
import re
import tomllib

from models import ROOT, model, version
from templates import DETECTORS, run, sealwatch

PAGE = ROOT / "docs/coverage.md"
REASONS = ROOT / "infra/tests/coverage.toml"

# The services by the name of their API model, and by their name on the page.
SERVICES = {
    "cloudtrail": "CloudTrail",
    "firehose": "Data Firehose",
    "kafka": "MSK",
    "kafkaconnect": "MSK Connect",
    "kinesis": "Kinesis Data Streams",
    "kms": "KMS",
}

# What a service does by itself and records like a call. No API model has it.
# https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
SERVICE_EVENTS = {"kms": ["DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"]}

# How the operations begin that only read. All others write, or hand out or use something.
READING = ("Describe", "Get", "List", "Lookup", "Search")

# What a member is about, by its name, by the name of its shape, or by the same of a member around it.
SUBJECTS = {
    "keys": r"key|kms|cmk|origin$|multiregion|rotationperiod|pendingwindow|validto|expirationmodel|importtype",
    "encryption": r"crypt|cipher|plaintext",
    "TLS": r"tls|ssl|certificate|url$|uri(?!ty)|endpoint(?!destination|buffering|request|retry|common|type|s3|name)|connectivity"
    r"|zookeeperaccess|publicaccess",
    "credentials": r"authenticat|credential|secret|password|passphrase|token|sasl|scram",
    "policies": r"polic|principal|grant|accesscontrol|(?<!re)sourcearn$",
    "settings that can hold any of these": r"serverproperties|propertiesfile|^configs$|connectorconfiguration|workerconfiguration",
    "the record of key usage": r"eventselector|globalservice|filevalidation",
}

# Names that match and mean something else.
UNRELATED = {
    r"tagkeys?$|^key$": "names of tags",
    r"keyprefix|keytemplate|filekey": "names of S3 objects",
    r"partitionkey|hashkey": "which shard a record goes to",
    r"jsonkey|columntojson|dictionarykey|uniquekeys|surrogatekeys": "the format of records and tables",
    r"scale(in|out)policy": "capacity",
    r"clienttoken": "the idempotency of a call",
    r"contextkeyselectors?": "which context CloudTrail adds to an event",
    r"indexrotationperiod": "the name of a search index",
    r"multiregionenabled": "which Regions' events an event data store holds; retention and scope of event data stores are left out",
}


def words(pattern):
    return re.compile(pattern, re.IGNORECASE)


SENSITIVE = words("|".join(SUBJECTS.values()))
IGNORED = words("|".join(UNRELATED))


class Service:
    """One API model."""

    def __init__(self, name):
        self.name = name
        data = model(name)
        self.shapes = data["shapes"]
        self.event_source = f"{name}.amazonaws.com"
        writing = {it: one for it, one in data["operations"].items() if not it.startswith(READING)}
        told = [kind for one in DETECTORS if one["event_source"] == self.event_source for kind in one["eventbridge_events"]]
        self.events = SERVICE_EVENTS.get(name, []) + told
        # a function with a ledger hears these
        own = [one["closingCalls"]["events"] for one in DETECTORS if one["event_source"] == self.event_source]
        self.closing = {call["name"] for calls in own for call in calls}
        inputs = {it: one.get("input", {}).get("shape") for it, one in writing.items()}
        self.operations = dict(sorted({**inputs, **dict.fromkeys(self.events)}.items()))

    def sensitive_members(self, operation):
        """The sensitive members of an operation's input, each with all its paths: {"Shape.Member": [("A", "B", "Member")]}."""
        found = collections.defaultdict(list)
        if shape := self.operations[operation]:
            self.walk(shape, (), False, (), found)
        return dict(sorted(found.items()))

    def walk(self, shape, path, inherited, outer, found):
        for name, reference in self.shapes[shape].get("members", {}).items():
            inner = self.element(reference["shape"])
            marked = self.shapes[inner].get("sensitive", False)
            if IGNORED.search(name) and not marked:
                continue
            here = bool(marked or inherited or SENSITIVE.search(name) or SENSITIVE.search(inner) and not IGNORED.search(inner))
            if "members" in self.shapes[inner] and inner not in outer:
                self.walk(inner, (*path, name), here, (*outer, inner), found)
            elif here:
                found[f"{shape}.{name}"].append((*path, name))

    def element(self, shape):
        """The shape of what a list or map holds."""
        while self.shapes[shape]["type"] in ("list", "map"):
            one = self.shapes[shape]
            shape = (one.get("member") or one.get("value"))["shape"]
        return shape


def monitored():
    """The rules that are asked about each operation: {(event source, operation): {rule}}."""
    found = collections.defaultdict(set)
    for line in run(sealwatch(), "rules", "--format", "json").splitlines():
        rule = json.loads(line)
        for event in rule["events"]:
            found[event["source"], event["name"]].add(rule["id"])
    return dict(found)


def answered():
    """The rules that have an answer about each operation in a sample event: {(event source, operation): {rule}}."""
    found = collections.defaultdict(set)
    for name, outcomes in tomllib.loads((ROOT / "events/expected.toml").read_text()).items():
        sample = json.loads((ROOT / "events" / name).read_text())
        record = sample.get("detail", sample)
        if "eventName" in record:
            found[record["eventSource"], record["eventName"]].update(*outcomes.values())
        for detector in DETECTORS:
            if sample.get("detail-type") in detector["eventbridge_events"]:
                found[detector["event_source"], sample["detail-type"]].update(*outcomes.values())
    return dict(found)


# Modules that read a part of a call for other readers.
SHARED_READERS = {"event_selectors", "firehose_destination", "firehose_destination_kind"}


def reader(detector):
    """The code that reads the calls of a detector, without its tests."""
    kind = detector.replace("-", "_")
    kind = "kms_key" if kind in ("kms_key_lifecycle", "kms_key_policy") else kind
    code = module(kind)
    imported = shared_readers(code)
    imported |= {name for reader in imported for name in shared_readers(module(reader))}
    return "\n".join([code, *map(module, sorted(imported))])


def shared_readers(code):
    """The modules of `SHARED_READERS` that this code imports."""
    return SHARED_READERS & set(re.findall(r"^use crate::configuration::(\w+)", code, flags=re.MULTILINE))


def module(name):
    text = (ROOT / f"shared/rules/src/configuration/{name}.rs").read_text()
    code = text.split("#[cfg(test)]")[0]
    return re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)


def names_read(event_source, operation):
    """The names of members that the readers of an operation know."""
    monitoring = [
        one["name"]
        for one in DETECTORS
        if one["event_source"] == event_source and operation in [call["name"] for call in one["events"]]
    ]
    return {name for detector in monitoring for name in re.findall(r'"(\w+)"', reader(detector))}


def is_read(paths, names):
    """True if a reader knows every name on every path to a member. CloudTrail records the first letter in lower case."""
    return all(name[:1].lower() + name[1:] in names for path in paths for name in path)


# How a reason begins: for an operation, and for a member of an operation that is watched.
OPEN, LEFT_OUT, NOTHING, ELSEWHERE = "Not watched yet: ", "Left out: ", "Decides nothing: ", "Read elsewhere: "
UNREAD = "Not read yet: "
CLOSING = "Only ends findings: "
OPERATION_REASONS = (OPEN, LEFT_OUT, CLOSING, NOTHING)
MEMBER_REASONS = (UNREAD, LEFT_OUT, NOTHING, ELSEWHERE)

# What to do about a call in the table of detectors that is not in the model.
MODEL_LACKS_IT = "correct the name in the detector's `calls`, raise botocore in infra/models.txt, or add a service event to SERVICE_EVENTS"


class Coverage:
    """The models, the rules and the reasons, and what is wrong between them."""

    def __init__(self, services, rules, answered, reasons, names_read):
        self.rules, self.answered, self.reasons, self.names_read = rules, answered, reasons, names_read
        self.services = services
        self.problems = []
        for service in services:
            table = reasons.get(service.name, {})
            operations, members = table.get("operations", {}), table.get("members", {})
            self.check_operations(service, operations)
            self.check_members(service, members)
            self.check_form(service, "operations", operations, OPERATION_REASONS)
            self.check_form(service, "members", members, MEMBER_REASONS)

    def watching(self, service, operation):
        """The rules that watch an operation: those that are asked about it, and answer for some sample."""
        call = (service.event_source, operation)
        return sorted(self.rules.get(call, set()) & self.answered.get(call, set()))

    def reason(self, service, kind, name):
        """The reason for an operation or member: of its own name, or of the pattern that matches."""
        table = self.reasons.get(service.name, {}).get(kind, {})
        matching = [pattern for pattern in table if fnmatch.fnmatchcase(name, pattern)]
        return table[matching[0]] if matching else None

    def unread(self, service):
        """The sensitive members of watched operations that no rule reads on some path: {"Shape.Member": [operation]}."""
        found = collections.defaultdict(list)
        for operation in service.operations:
            if (service.event_source, operation) in self.rules:
                names = self.names_read(service.event_source, operation)
                for member, paths in service.sensitive_members(operation).items():
                    if not is_read(paths, names):
                        found[member].append(operation)
        return found

    def say(self, service, name, problem):
        self.problems.append(f"{service.name}:{name}: {problem}")

    def check_operations(self, service, table):
        asked = {operation: rules for (source, operation), rules in self.rules.items() if source == service.event_source}
        for operation in service.operations:
            if operation not in asked and operation not in table:
                self.say(service, operation, f"no rule watches it, and {REASONS.name} gives no reason")
            if operation in asked and operation in table:
                rules = ", ".join(sorted(asked[operation]))
                self.say(service, operation, f"{REASONS.name} says why no rule watches it, but these do: {rules}")
            is_closing = table.get(operation, "").startswith(CLOSING)
            if is_closing and operation not in service.closing:
                self.say(service, operation, f"{REASONS.name} says that it ends findings, but it is no closing call of a detector")
            if operation in service.closing and operation in table and not is_closing:
                self.say(service, operation, f"it is a closing call of a detector: its sentence must begin with `{CLOSING}`")
        for operation in sorted(table.keys() - service.operations.keys()):
            self.say(service, operation, f"{REASONS.name} has it, but the API model has no such writing operation")
        for operation in sorted(asked):
            if operation not in service.operations:
                self.say(service, operation, f"a rule watches it, but the API model has no such writing operation: {MODEL_LACKS_IT}")
            elif not self.watching(service, operation):
                self.say(service, operation, "rules are asked about it, but none has an answer for any sample in events/")

    def check_members(self, service, table):
        unread = self.unread(service)
        for member, where in unread.items():
            if self.reason(service, "members", member) is None:
                problem = f"a sensitive member of {', '.join(where)}: no rule reads it, and {REASONS.name} gives no reason"
                self.say(service, member, problem)
            elif len([pattern for pattern in table if fnmatch.fnmatchcase(member, pattern)]) > 1:
                self.say(service, member, f"{REASONS.name} answers it twice")
        for pattern in table:
            if not fnmatch.filter(unread, pattern):
                problem = f"{REASONS.name} has it, but no watched operation has such a sensitive member that is not read"
                self.say(service, pattern, problem)

    def check_form(self, service, kind, table, begins):
        if list(table) != sorted(table):
            self.say(service, kind, f"the table in {REASONS.name} is not sorted")
        for name, reason in table.items():
            if not reason.startswith(begins) or not reason.endswith("."):
                self.say(service, name, f"the reason must begin with one of {begins} and end with a full stop: {reason!r}")


def coverage():
    reasons = tomllib.loads(REASONS.read_text())
    unknown = reasons.keys() - SERVICES.keys()
    assert not unknown, f"{REASONS.name}: unknown services: {unknown}"
    return Coverage([Service(name) for name in SERVICES], monitored(), answered(), reasons, names_read)


def page(found):
    """docs/coverage.md."""
    rows = [
        (service, operation, found.watching(service, operation), found.reason(service, "operations", operation) or "")
        for service in found.services
        for operation in service.operations
    ]
    count = lambda begins: sum(reason.startswith(begins) for _, _, _, reason in rows)
    watched = sum(bool(rules) for _, _, rules, _ in rows)
    lines = [
        "<!-- Written by infra/tests/test_coverage.py: see CONTRIBUTING.md. -->",
        "# Coverage",
        "",
        "Which operations of the six services Sealwatch evaluates, and why it leaves out the others. This page is generated from AWS's",
        f"API models (botocore {version()}), the table of rules, the sample events, and one sentence for each operation without a",
        "rule. A test fails if the models have an operation or a sensitive member that this page does not answer.",
        "",
        f"Of {len(rows)} operations and service events that do more than read, {watched} are watched, {count(OPEN)} are not watched"
        f" yet, {count(CLOSING)}",
        "only end findings (a function with a ledger hears them),",
        f"{count(LEFT_OUT)} are left out on purpose, and {count(NOTHING)} decide nothing about encryption.",
        "",
        "## What is left out on purpose?",
        "",
        "Retention, monitoring, versions, tags, log buckets and IAM policies: other tools check them, and they do not decide whether data",
        "is encrypted. Sealwatch reads key policies, because a key policy alone can grant the use of a key.",
        "",
        "## What is a sensitive member?",
        "",
        "A member of an operation's input that the API model marks as sensitive; or one whose name or shape, or that of a structure",
        "around it, matches one of these patterns (case does not matter):",
        "",
        "| About | Pattern |",
        "| --- | --- |",
        *(f"| {subject} | {code(pattern)} |" for subject, pattern in SUBJECTS.items()),
        "",
        "Names that match one of these mean something else and do not count:",
        "",
        "| Pattern | What it names |",
        "| --- | --- |",
        *(f"| {code(pattern)} | {meaning} |" for pattern, meaning in UNRELATED.items()),
        "",
        "A rule is listed if it has an answer, other than that it does not apply, for a sample event of the operation in `events/`.",
        "Members are named `Shape.Member`, as in the API model, because one shape occurs in many places. A member is read if the code that",
        "reads the operation's record knows every name on every path to it.",
    ]
    for service in found.services:
        lines += ["", f"## {SERVICES[service.name]}", "", f"Event source `{service.event_source}`.", ""]
        lines += ["| Operation | Watched by, or why not | Sensitive members |", "| --- | --- | --- |"]
        for operation in service.operations:
            watched = found.watching(service, operation)
            answer = ", ".join(f"[{rule}](rules/{rule}.md)" for rule in watched)
            answer = answer or found.reason(service, "operations", operation) or "**No answer.**"
            kind = ", a service event" if operation in service.events else ""
            lines.append(f"| `{operation}`{kind} | {answer} | {members(found, service, operation)} |")
        if unread := found.unread(service):
            lines += ["", "Members that no rule reads:", "", "| Member | In | Why |", "| --- | --- | --- |"]
            for member, where in sorted(unread.items()):
                reason = found.reason(service, "members", member) or "**No answer.**"
                lines.append(f"| `{member}` | {', '.join(f'`{it}`' for it in where)} | {reason} |")
    return "\n".join(lines) + "\n"


def members(found, service, operation):
    """The sensitive members of an operation. Those of a watched operation that no rule reads are in a table of their own."""
    sensitive = service.sensitive_members(operation)
    if not found.watching(service, operation):
        return ", ".join(f"`{member}`" for member in sensitive)
    names = found.names_read(service.event_source, operation)
    read = [f"`{member}`" for member, paths in sensitive.items() if is_read(paths, names)]
    unread = len(sensitive) - len(read)
    return ", ".join(read) + ("; " if read and unread else "") + (f"{unread} not read: see below" if unread else "")


def code(pattern):
    """A pattern as code in a cell of a table."""
    return "`" + pattern.replace("|", "\\|") + "`"
