"""Evaluates IAM policies as AWS documents it, because the local AWS evaluates none.

Covers what the policies of this project use; anything else raises an error instead of passing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from dataclasses import dataclass, field

from templates import ACCOUNT, REGION, Filled, as_list


@dataclass(frozen=True)
class Call:
    """A call on a resource. The principal is the ARN of a role, or a service such as events.amazonaws.com."""

    principal: str
    action: str
    resource: str
    context: dict = field(default_factory=dict)

    @property
    def account(self):
        """The account of the principal; a service has none."""
        return self.principal.split(":")[4] if self.principal.startswith("arn:") else None


def like(pattern, text):
    """Whether a pattern with * and ? matches a text."""
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in str(pattern))
    return re.fullmatch("".join(parts), str(text), re.S) is not None


def arn_like(pattern, arn):
    """As `like`, but a wildcard does not reach over one of the first five colons."""
    patterns, parts = pattern.split(":", 5), str(arn).split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(like, patterns, parts))


def action_like(pattern, action):
    return like(pattern.lower(), action.lower())


OPERATORS = {
    "StringEquals": lambda wanted, value: str(wanted) == str(value),
    "StringLike": like,
    "ArnEquals": arn_like,  # the same as ArnLike
    "ArnLike": arn_like,
    "Bool": lambda wanted, value: str(wanted).lower() == str(value).lower(),
}


def holds(conditions, context):
    """Whether all conditions of a statement hold. A key that the call does not have matches nothing."""
    for operator, keys in conditions.items():
        matches = OPERATORS[operator]
        for key, wanted in keys.items():
            if key not in context or not any(matches(one, context[key]) for one in as_list(wanted)):
                return False
    return True


def names(principal, call):
    """Whether a statement's `Principal` names the caller, or its account."""
    if principal == "*":
        return True
    for kind, values in principal.items():
        for value in as_list(values):
            if kind == "Service" and value == call.principal:
                return True
            if kind == "AWS" and value in ("*", call.principal, f"arn:aws:iam::{call.account}:root"):
                return True
    return False


def effects(statements, call, resource_policy):
    """The effects of the statements that apply to the call."""
    found = set()
    for one in statements:
        assert not one.keys() - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}, one
        if resource_policy and not names(one["Principal"], call):
            continue
        # a trust policy has no resource: it is that of the role
        resources = as_list(one.get("Resource", call.resource))
        matching = any(action_like(action, call.action) for action in as_list(one["Action"]))
        if matching and any(like(resource, call.resource) for resource in resources) and holds(one.get("Condition", {}), call.context):
            found.add(one["Effect"])
    return found


def allowed(call, identity=(), resource=None):
    """Whether AWS allows a call: `identity` are the statements of the caller, `resource` those of the resource, if it has any.

    A key and a role need a statement of their own; one that names the account passes the decision on to the caller's
    policies. Between accounts, both sides must allow.
    """
    of_caller = effects(identity, call, resource_policy=False)
    of_resource = effects(resource or (), call, resource_policy=True)
    if "Deny" in of_caller | of_resource:
        return False
    if call.account is None:
        return "Allow" in of_resource
    owner = call.resource.split(":")[4] or ACCOUNT
    needs_both = call.account != owner or call.action.startswith("kms:") or call.action == "sts:AssumeRole"
    if needs_both:
        return "Allow" in of_caller and "Allow" in of_resource
    return "Allow" in of_caller or "Allow" in of_resource


class Deployed(Filled):
    """A template whose references are the ARNs that its resources would have."""

    def __init__(self, template, account=ACCOUNT, **parameters):
        self.account = account
        super().__init__(template, **parameters)

    def reference(self, name):
        if name == "AWS::AccountId":
            return self.account
        kind = self.template["Resources"].get(name, {}).get("Type")
        if kind == "AWS::IAM::ManagedPolicy":
            return f"arn:aws:iam::{self.account}:policy/{name}"
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{self.account}/{self.properties(kind)[name]['QueueName']}"
        if kind == "AWS::KMS::Key":
            return name
        return super().reference(name)

    def getatt_(self, argument):
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        resource = self.template["Resources"][name]
        if attribute in ("Arn", "KeyId"):
            properties = {key: self.fill(one) for key, one in resource["Properties"].items() if "Name" in key or key == "Path"}
            if resource["Type"] == "AWS::IAM::Role":
                # CloudFormation names a role <stack>-<logical id>-<random>
                role = properties.get("RoleName", f"sealwatch-{name}-1A2B3C4D5E6F")
                return f"arn:aws:iam::{self.account}:role{properties.get('Path', '/')}{role}"
            if resource["Type"] == "AWS::KMS::Key":
                return f"arn:aws:kms:{REGION}:{self.account}:key/{name}" if attribute == "Arn" else name
            if resource["Type"] == "AWS::Events::Rule":
                bus = properties.get("EventBusName", "default")
                inner = "" if bus == "default" else f"{bus}/"
                return f"arn:aws:events:{REGION}:{self.account}:rule/{inner}{properties['Name']}"
        return super().getatt_(argument).replace(f":{ACCOUNT}:", f":{self.account}:")

    def arn(self, logical_id):
        return self.getatt_([logical_id, "Arn"])

    def ids(self, kind):
        """The logical ids of all resources of a type."""
        return [name for name, one in self.resources.items() if one["Type"] == kind]

    def role(self, arn):
        """The statements of a role's policies, and those of its trust policy."""
        (role,) = [one for one in self.ids("AWS::IAM::Role") if self.arn(one) == arn]
        properties = self.properties("AWS::IAM::Role")[role]
        documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
        managed = self.properties("AWS::IAM::ManagedPolicy")
        by_arn = {self.reference(one): managed[one]["PolicyDocument"] for one in managed}
        documents += [by_arn[one] for one in properties.get("ManagedPolicyArns", [])]
        identity = [statement for one in documents for statement in as_list(one["Statement"])]
        return identity, properties["AssumeRolePolicyDocument"]["Statement"]

    def policy_of(self, arn):
        """The statements of a resource's own policy: a queue, a topic, a key, a function, a bus, a role."""
        statements = []
        for kind, of in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::TopicPolicy", "Topics")):
            for one in self.ids(kind):
                raw = self.template["Resources"][one]["Properties"][of]
                targets = [self.arn(each["Ref"]) for each in raw if "Ref" in each]
                if arn in targets:
                    statements += self.properties(kind)[one]["PolicyDocument"]["Statement"]
        for one in self.ids("AWS::KMS::Key"):
            if self.arn(one) == arn:
                statements += self.properties("AWS::KMS::Key")[one]["KeyPolicy"]["Statement"]
        for one in self.ids("AWS::Events::EventBus"):
            if self.arn(one) == arn:
                statements += as_list(self.properties("AWS::Events::EventBus")[one].get("Policy", {}).get("Statement", []))
        for properties in self.properties("AWS::Lambda::Permission").values():
            # filled in, a reference to a function is its name and an attribute `Arn` its ARN
            if properties["FunctionName"].rsplit(":", 1)[-1] == arn.rsplit(":", 1)[-1]:
                condition = {"ArnLike": {"aws:SourceArn": properties["SourceArn"]}}
                principal = {"Service": properties["Principal"]}
                statements.append({"Effect": "Allow", "Principal": principal, "Action": properties["Action"], "Resource": arn, "Condition": condition})
        return statements

    def allows(self, call, others=()):
        """Whether AWS allows a call on a resource of this template, or on one with the statements `others`."""
        known = {self.arn(one) for one in self.ids("AWS::IAM::Role")}
        identity, _ = self.role(call.principal) if call.principal in known else ([], [])
        if call.action == "sts:AssumeRole" and call.resource in known:
            _, statements = self.role(call.resource)
        else:
            statements = self.policy_of(call.resource) or others
        # a caller of another template brings its own statements
        return allowed(call, identity, statements)
