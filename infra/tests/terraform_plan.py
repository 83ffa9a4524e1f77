"""What a plan of the Terraform module describes, and what a CloudFormation template describes, in one form."""

import json

from templates import ACCOUNT, REGION, as_list, statements


class Plan:
    """The resources of a plan after the module has been applied, so that nothing is unknown. ARNs of roles and of the key are
    replaced by what `Filled` writes for them, because AWS chooses those."""

    def __init__(self, shown, account):
        (module,) = shown["planned_values"]["root_module"]["child_modules"]
        resources = module["resources"]
        text = json.dumps({"resources": resources, "outputs": shown["planned_values"]["outputs"]})
        for one in resources:
            values = one["values"]
            if one["type"] == "aws_iam_role" and "arn" in values:
                text = text.replace(values["arn"], "<AWS::IAM::Role.Arn>")
            if one["type"] == "aws_kms_key":
                text = text.replace(values["arn"], "<AWS::KMS::Key.Arn>").replace(values["key_id"], "<AWS::KMS::Key>")
            if one["type"] == "aws_sqs_queue" and "url" in values:
                text = text.replace(json.dumps(values["url"]), json.dumps("<AWS::SQS::Queue>"))
            if one["type"] == "aws_dynamodb_table" and "stream_label" in values:
                text = text.replace(values["stream_label"], "2026-11-26T00:00:00.000")
        read = json.loads(text.replace(account, ACCOUNT))
        self.resources, self.outputs = read["resources"], read["outputs"]

    def all(self, kind):
        return [one["values"] for one in self.resources if one["type"] == kind]

    def by_key(self, kind):
        """The values of a resource with for_each, by its name and key."""
        return {(one["name"], one.get("index")): one["values"] for one in self.resources if one["type"] == kind}


def first(values, *path):
    """A member of nested blocks, which Terraform writes as lists."""
    for name in path:
        values = (values.get(name) or [{}])[0] if isinstance(values, dict) else {}
    return values


def policy(document):
    """A policy as a set, without differences that have no meaning."""
    read = json.loads(document) if isinstance(document, str) else document
    return statements({"Statement": [{"Resource": "-", **one} for one in read["Statement"]]})


def rule_arn(bus, name):
    return f"arn:aws:events:{REGION}:{ACCOUNT}:rule/" + (name if bus == "default" else f"{bus}/{name}")


def given(pairs):
    """Without what is not given: None, empty text, and empty blocks."""
    return {name: value for name, value in pairs.items() if value not in (None, "", [], {})}


def of_terraform(plan):
    """Each part of the system by its kind and name."""
    found = {}
    policies = {}
    for (name, key), role in plan.by_key("aws_iam_role").items():
        own = plan.by_key("aws_iam_role_policy")[name, key]
        policies[name, key] = (policy(own["policy"]), policy(role["assume_role_policy"]), role["path"], role["permissions_boundary"] or None)
    for key, one in plan.by_key("aws_lambda_function").items():
        network = first(one, "vpc_config")
        found["function", one["function_name"]] = given({
            **{name: one[name] for name in ("description", "handler", "runtime", "timeout", "architectures")},
            "memory": one["memory_size"],
            "environment": first(one, "environment")["variables"],
            "reserved": None if one["reserved_concurrent_executions"] == -1 else one["reserved_concurrent_executions"],
            "network": given({name: sorted(network.get(name, [])) for name in ("subnet_ids", "security_group_ids")}),
            "log": (first(one, "logging_config")["log_format"], first(one, "logging_config")["log_group"]),
        })
        found["role of", one["function_name"]] = policies.pop(("function", key[1]))
    found["other roles", ""] = sorted(map(repr_of_role, policies.values()))
    for one in plan.all("aws_lambda_function_event_invoke_config"):
        found["failures of", one["function_name"]] = (
            one["qualifier"], one["maximum_retry_attempts"], one["maximum_event_age_in_seconds"],
            first(one, "destination_config", "on_failure")["destination"],
        )
    targets = {}
    for one in plan.all("aws_cloudwatch_event_target"):
        transformer = first(one, "input_transformer")
        targets.setdefault(one["rule"], []).append(given({
            "arn": one["arn"], "role": one["role_arn"], "dead letters": first(one, "dead_letter_config")["arn"],
            "paths": transformer.get("input_paths"), "template": transformer.get("input_template"),
        }))
    for one in plan.all("aws_cloudwatch_event_rule"):
        found["rule", one["name"]] = given({
            "pattern": json.loads(one["event_pattern"]), "bus": one["event_bus_name"], "description": one["description"],
            "targets": targets[one["name"]],
        })
    rules = plan.by_key("aws_cloudwatch_event_rule")
    invoked = [(one["function_name"], rule_arn(rules[key]["event_bus_name"], rules[key]["name"]), one) for key, one in plan.by_key("aws_lambda_permission").items()]
    # the ARN of a rule that is created on another bus is not known yet
    assert all(one.get("source_arn", arn) == arn for _, arn, one in invoked)
    found["invoked by", ""] = sorted((function, arn, one["principal"]) for function, arn, one in invoked)
    for one in plan.all("aws_sqs_queue"):
        found["queue", one["name"]] = (one["sqs_managed_sse_enabled"], one["message_retention_seconds"])
    queues = [policy(one["policy"]) for one in plan.all("aws_sqs_queue_policy")]
    found["policies of queues", ""] = set().union(*queues)
    for one in plan.all("aws_sns_topic"):
        found["topic", one["name"]] = (one["display_name"], one["kms_master_key_id"] or None)
    found["policies of topics", ""] = set().union(*(policy(one["policy"]) for one in plan.all("aws_sns_topic_policy")))
    found["subscriptions", ""] = sorted((one["topic_arn"], one["protocol"], one["endpoint"]) for one in plan.all("aws_sns_topic_subscription"))
    for one in plan.all("aws_cloudwatch_log_group"):
        found["log", one["name"]] = (one["retention_in_days"], one["kms_key_id"])
    for one in plan.all("aws_cloudwatch_metric_alarm"):
        queries = [given({
            "id": query["id"], "expression": query["expression"], "period": query["period"] or None, "returns": query["return_data"],
            "metric": [first(query, "metric").get(name) for name in ("namespace", "metric_name", "period", "stat")] if query["metric"] else None,
        }) for query in one["metric_query"]]
        names = ("alarm_description", "namespace", "metric_name", "statistic", "dimensions", "period", "evaluation_periods", "threshold",
                 "comparison_operator", "treat_missing_data", "alarm_actions", "ok_actions")
        found["alarm", one["alarm_name"]] = given({**{name: one[name] for name in names}, "queries": sorted(queries, key=lambda it: it["id"])})
        if queries:
            found["alarm", one["alarm_name"]].pop("period", None)
    for one in plan.all("aws_scheduler_schedule"):
        target = first(one, "target")
        found["schedule", one["name"]] = given({
            **{name: one[name] for name in ("group_name", "description", "schedule_expression")},
            "window": first(one, "flexible_time_window")["mode"], "arn": target["arn"], "role": target["role_arn"], "input": target["input"],
            "retries": [first(target, "retry_policy")[name] for name in ("maximum_event_age_in_seconds", "maximum_retry_attempts")],
            "dead letters": first(target, "dead_letter_config").get("arn"),
        })
    found["schedule groups", ""] = [one["name"] for one in plan.all("aws_scheduler_schedule_group")]
    for one in plan.all("aws_dynamodb_table"):
        found["table", one["name"]] = {
            "billing": one["billing_mode"], "key": one["hash_key"], "stream": one["stream_view_type"],
            "attributes": sorted(it["name"] + it["type"] for it in one["attribute"]),
            "indexes": sorted((it["name"], it["hash_key"], it["range_key"] or "", it["projection_type"]) for it in one["global_secondary_index"]),
            "expires": [first(one, "ttl")[name] for name in ("attribute_name", "enabled")],
            "recovery": first(one, "point_in_time_recovery")["enabled"],
            "encryption": [first(one, "server_side_encryption")[name] for name in ("enabled", "kms_key_arn")],
        }
    for one in plan.all("aws_kms_key"):
        found["key", ""] = (one["enable_key_rotation"], policy(one["policy"]))
    found["alias", ""] = [one["name"] for one in plan.all("aws_kms_alias")]
    for one in plan.all("aws_lambda_event_source_mapping"):
        found["stream of the ledger", ""] = {
            "function": one["function_name"].rsplit(":", 1)[-1], "stream": one["event_source_arn"], "start": one["starting_position"], "batch": one["batch_size"],
            "window": one["maximum_batching_window_in_seconds"], "answers": one["function_response_types"],
            "halved": one["bisect_batch_on_function_error"], "retries": one["maximum_retry_attempts"], "age": one["maximum_record_age_in_seconds"],
            "pattern": json.loads(first(one, "filter_criteria", "filter")["pattern"]),
            "failures": first(one, "destination_config", "on_failure")["destination_arn"],
        }
    for one in plan.all("aws_cloudwatch_event_bus"):
        found["bus", one["name"]] = True
    for one in plan.all("aws_cloudwatch_dashboard"):
        found["dashboard", one["dashboard_name"]] = json.loads(one["dashboard_body"])
    return found


def repr_of_role(role):
    return tuple(sorted(part) if isinstance(part, set) else part for part in role)


def of_template(template, role_statements):
    """The same of a template with its parameters. `role_statements` gives everything that a role allows."""
    found = {}
    resources = template.template["Resources"]
    roles = {}
    for name, one in template.properties("AWS::IAM::Role").items():
        allowed = {tuple(statement) for statement in role_statements(template, name)}
        roles[name] = (allowed, policy(one["AssumeRolePolicyDocument"]), one["Path"], one.get("PermissionsBoundary"))
    names = {}
    for logical_id, one in template.properties("AWS::Lambda::Function").items():
        name = names[logical_id] = one["FunctionName"]
        network = one.get("VpcConfig", {})
        found["function", name] = given({
            "description": one["Description"], "handler": one["Handler"], "runtime": one["Runtime"], "timeout": one["Timeout"],
            "architectures": one["Architectures"], "memory": one["MemorySize"], "environment": one["Environment"]["Variables"],
            "reserved": int(one["ReservedConcurrentExecutions"]) if "ReservedConcurrentExecutions" in one else None,
            "network": given({"subnet_ids": sorted(network.get("SubnetIds", [])), "security_group_ids": sorted(network.get("SecurityGroupIds", []))}),
            "log": (one["LoggingConfig"]["LogFormat"], one["LoggingConfig"]["LogGroup"]),
        })
        found["role of", name] = roles.pop(resources[logical_id]["Properties"]["Role"]["Fn::GetAtt"][0])
    found["other roles", ""] = sorted(map(repr_of_role, roles.values()))
    for one in template.properties("AWS::Lambda::EventInvokeConfig").values():
        found["failures of", one["FunctionName"]] = (
            one["Qualifier"], one["MaximumRetryAttempts"], one["MaximumEventAgeInSeconds"], one["DestinationConfig"]["OnFailure"]["Destination"],
        )
    for one in template.properties("AWS::Events::Rule").values():
        found["rule", one["Name"]] = given({
            "pattern": one["EventPattern"], "bus": one.get("EventBusName", "default"), "description": one.get("Description"),
            "targets": [given({
                "arn": it["Arn"], "role": it.get("RoleArn"), "dead letters": it["DeadLetterConfig"]["Arn"],
                "paths": it.get("InputTransformer", {}).get("InputPathsMap"), "template": it.get("InputTransformer", {}).get("InputTemplate"),
            }) for it in one["Targets"]],
        })
    rules = template.properties("AWS::Events::Rule")
    found["invoked by", ""] = sorted(
        (one["FunctionName"], rule_arn(rule.get("EventBusName", "default"), rule["Name"]), one["Principal"])
        for logical_id, one in template.properties("AWS::Lambda::Permission").items()
        for rule in [rules[resources[logical_id]["Properties"]["SourceArn"]["Fn::GetAtt"][0]]]
    )
    for one in template.properties("AWS::SQS::Queue").values():
        found["queue", one["QueueName"]] = (one["SqsManagedSseEnabled"], one["MessageRetentionPeriod"])
    found["policies of queues", ""] = set().union(*(policy(one["PolicyDocument"]) for one in template.properties("AWS::SQS::QueuePolicy").values()))
    for one in template.properties("AWS::SNS::Topic").values():
        found["topic", one["TopicName"]] = (one["DisplayName"], one.get("KmsMasterKeyId"))
    topics = [policy(one["PolicyDocument"]) for one in template.properties("AWS::SNS::TopicPolicy").values()]
    found["policies of topics", ""] = set().union(*topics)
    found["subscriptions", ""] = sorted((one["TopicArn"], one["Protocol"], one["Endpoint"]) for one in template.properties("AWS::SNS::Subscription").values())
    for one in template.properties("AWS::Logs::LogGroup").values():
        found["log", one["LogGroupName"]] = (int(one["RetentionInDays"]), one["KmsKeyId"])
    for one in template.properties("AWS::CloudWatch::Alarm").values():
        queries = [given({
            "id": it["Id"], "expression": it.get("Expression"), "period": it.get("Period"), "returns": it["ReturnData"],
            "metric": [it["MetricStat"]["Metric"]["Namespace"], it["MetricStat"]["Metric"]["MetricName"], it["MetricStat"]["Period"], it["MetricStat"]["Stat"]]
            if "MetricStat" in it else None,
        }) for it in one.get("Metrics", [])]
        found["alarm", one["AlarmName"]] = given({
            "alarm_description": one["AlarmDescription"], "namespace": one.get("Namespace"), "metric_name": one.get("MetricName"),
            "statistic": one.get("Statistic"), "dimensions": {it["Name"]: it["Value"] for it in one.get("Dimensions", [])}, "period": one.get("Period"),
            "evaluation_periods": one["EvaluationPeriods"], "threshold": one["Threshold"], "comparison_operator": one["ComparisonOperator"],
            "treat_missing_data": one["TreatMissingData"], "alarm_actions": one["AlarmActions"], "ok_actions": one.get("OKActions"),
            "queries": sorted(queries, key=lambda it: it["id"]),
        })
    for one in template.properties("AWS::Scheduler::Schedule").values():
        target = one["Target"]
        found["schedule", one["Name"]] = given({
            "group_name": one["GroupName"], "description": one["Description"], "schedule_expression": one["ScheduleExpression"],
            "window": one["FlexibleTimeWindow"]["Mode"], "arn": target["Arn"], "role": target["RoleArn"], "input": target["Input"],
            "retries": [target["RetryPolicy"][name] for name in ("MaximumEventAgeInSeconds", "MaximumRetryAttempts")],
            "dead letters": target.get("DeadLetterConfig", {}).get("Arn"),
        })
    found["schedule groups", ""] = [one["Name"] for one in template.properties("AWS::Scheduler::ScheduleGroup").values()]
    for one in template.properties("AWS::DynamoDB::Table").values():
        keys = lambda schema: [it["AttributeName"] for it in schema] + [""] * (2 - len(schema))
        found["table", one["TableName"]] = {
            "billing": one["BillingMode"], "key": one["KeySchema"][0]["AttributeName"], "stream": one["StreamSpecification"]["StreamViewType"],
            "attributes": sorted(it["AttributeName"] + it["AttributeType"] for it in one["AttributeDefinitions"]),
            "indexes": sorted((it["IndexName"], *keys(it["KeySchema"]), it["Projection"]["ProjectionType"]) for it in one["GlobalSecondaryIndexes"]),
            "expires": [one["TimeToLiveSpecification"][name] for name in ("AttributeName", "Enabled")],
            "recovery": one["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
            "encryption": [one["SSESpecification"][name] for name in ("SSEEnabled", "KMSMasterKeyId")],
        }
    for one in template.properties("AWS::KMS::Key").values():
        found["key", ""] = (one["EnableKeyRotation"], policy(one["KeyPolicy"]))
    found["alias", ""] = [one["AliasName"] for one in template.properties("AWS::KMS::Alias").values()]
    for one in template.properties("AWS::Lambda::EventSourceMapping").values():
        found["stream of the ledger", ""] = {
            "function": one["FunctionName"].rsplit(":", 1)[-1], "stream": one["EventSourceArn"], "start": one["StartingPosition"], "batch": one["BatchSize"],
            "window": one["MaximumBatchingWindowInSeconds"], "answers": one["FunctionResponseTypes"], "halved": one["BisectBatchOnFunctionError"],
            "retries": one["MaximumRetryAttempts"], "age": one["MaximumRecordAgeInSeconds"],
            "pattern": json.loads(as_list(one["FilterCriteria"]["Filters"])[0]["Pattern"]),
            "failures": one["DestinationConfig"]["OnFailure"]["Destination"],
        }
    for one in template.properties("AWS::Events::EventBus").values():
        found["bus", one["Name"]] = True
    for one in template.properties("AWS::CloudWatch::Dashboard").values():
        found["dashboard", one["DashboardName"]] = json.loads(one["DashboardBody"])
    return found
