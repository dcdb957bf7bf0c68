"""Elastic Load Balancing: listeners, their further certificates and their rules."""

from __future__ import annotations

from typing import Any

from standin.resource import Aws, Change, Function, Refused, Resource, found, given, pages
from standin.resources import acm
from standin.resources.lb import certificates_of, group, new_tags, tags_of, targets, update_tags
from standin.values import Props

# Quotas of Elastic Load Balancing; those of a load balancer count all of its listeners.
VALUES_OF_A_RULE = 5
VALUES_OF_A_CONDITION = 3
WILDCARDS_OF_A_RULE = 5
RULES_OF_A_BALANCER = 100
GROUPS_OF_A_BALANCER = 100

# Actions. Names of the provider beside names of the API.

REDIRECT = {
    "statusCode": "StatusCode",
    "host": "Host",
    "path": "Path",
    "port": "Port",
    "protocol": "Protocol",
    "query": "Query",
}
# A redirect has at least one of these otherwise, so that it ends.
SAME = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}"}
FIXED = {"statusCode": "StatusCode", "contentType": "ContentType", "messageBody": "MessageBody"}


def _renamed(value: Props, names: dict[str, str]) -> dict[str, Any]:
    return {new: value[old] for old, new in names.items() if value.get(old) is not None}


def _backwards(value: dict[str, Any], names: dict[str, str]) -> Props:
    return {old: value[new] for old, new in names.items() if value.get(new) is not None}


def _action(aws: Aws, action: Props) -> dict[str, Any]:
    made: dict[str, Any] = given(Type=action["type"], Order=action.get("order"))
    if action.get("redirect"):
        made["RedirectConfig"] = _renamed(action["redirect"], REDIRECT)
    if action.get("fixedResponse"):
        made["FixedResponseConfig"] = _renamed(action["fixedResponse"], FIXED)
    if action.get("forward"):
        groups = [_renamed(g, {"arn": "TargetGroupArn", "weight": "Weight"}) for g in action["forward"]["targetGroups"]]
        made["ForwardConfig"] = {"TargetGroups": groups}
    if action.get("targetGroupArn"):
        made["TargetGroupArn"] = action["targetGroupArn"]
    wanted = {"redirect": "RedirectConfig", "fixed-response": "FixedResponseConfig", "forward": "TargetGroupArn"}.get(
        action["type"]
    )
    if wanted is None or (wanted not in made and "ForwardConfig" not in made):
        raise Refused(f"InvalidLoadBalancerAction: an action of type `{action['type']}` needs its configuration")
    redirect = made.get("RedirectConfig")
    if redirect and all(redirect.get(name, same) == same for name, same in SAME.items()):
        raise Refused(
            "InvalidLoadBalancerAction: a redirect changes protocol, host, port or path, not to go in a circle"
        )
    for arn in targets([made]):
        if group(aws, arn) is None:
            raise Refused(f"TargetGroupNotFound: there is no target group `{arn}`")
    return made


def _shown_action(action: dict[str, Any]) -> Props:
    shown: Props = given(type=action["Type"], targetGroupArn=action.get("TargetGroupArn"))
    if action.get("RedirectConfig"):
        shown["redirect"] = _backwards(action["RedirectConfig"], REDIRECT)
    if action.get("FixedResponseConfig"):
        shown["fixedResponse"] = _backwards(action["FixedResponseConfig"], FIXED)
    groups = action.get("ForwardConfig", {}).get("TargetGroups")
    if groups and not shown.get("targetGroupArn"):
        shown["forward"] = {
            "targetGroups": [_backwards(g, {"arn": "TargetGroupArn", "weight": "Weight"}) for g in groups]
        }
    return shown


# Listeners.


def _check_certificate(aws: Aws, props: Props) -> None:
    arn = props.get("certificateArn")
    if props.get("protocol") == "HTTPS" and not arn:
        raise Refused("CertificateNotFound: a listener for HTTPS needs `certificateArn`")
    if arn:
        _check_issued(aws, arn)


def _check_issued(aws: Aws, arn: str) -> None:
    if not acm.issued(aws, arn):
        raise Refused(f"UnsupportedCertificate: `{arn}` is not an issued certificate")


def create_listener(aws: Aws, props: Props) -> str:
    """Makes a listener."""
    _check_certificate(aws, props)
    arguments = given(
        LoadBalancerArn=props["loadBalancerArn"],
        Port=props.get("port"),
        Protocol=props.get("protocol") or "HTTP",
        SslPolicy=props.get("sslPolicy"),
        Certificates=[{"CertificateArn": props["certificateArn"]}] if props.get("certificateArn") else None,
        DefaultActions=[_action(aws, action) for action in props["defaultActions"]],
    )
    return aws.elbv2.create_listener(**arguments, **new_tags(props))["Listeners"][0]["ListenerArn"]


def read_listener(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a listener."""
    answer = found(lambda: aws.elbv2.describe_listeners(ListenerArns=[identifier]))
    if not answer or not answer["Listeners"]:
        return None
    listener = answer["Listeners"][0]
    certificates = listener.get("Certificates") or []
    return {
        "arn": identifier,
        "certificateArn": certificates[0]["CertificateArn"] if certificates else None,
        "defaultActions": [_shown_action(action) for action in listener["DefaultActions"]],
        "loadBalancerArn": listener["LoadBalancerArn"],
        "port": listener.get("Port"),
        "protocol": listener.get("Protocol"),
        "sslPolicy": listener.get("SslPolicy") or None,
        **tags_of(aws, identifier),
    }


def update_listener(aws: Aws, identifier: str, change: Change) -> None:
    """Changes what a listener listens to, and what it does."""
    if change.touches("port", "protocol", "sslPolicy", "certificateArn", "defaultActions"):
        new = change.new
        _check_certificate(aws, new)
        arguments = given(
            Port=new.get("port"),
            Protocol=new.get("protocol"),
            SslPolicy=new.get("sslPolicy"),
            Certificates=[{"CertificateArn": new["certificateArn"]}] if new.get("certificateArn") else None,
            DefaultActions=[_action(aws, action) for action in new["defaultActions"]],
        )
        aws.elbv2.modify_listener(ListenerArn=identifier, **arguments)
    update_tags(aws, identifier, change)


def delete_listener(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a listener, and with it its rules."""
    if read_listener(aws, identifier, state):
        aws.elbv2.delete_listener(ListenerArn=identifier)


# Certificates beside the one that a listener shows by default.


def create_certificate(aws: Aws, props: Props) -> str:
    """Adds a certificate to a listener that speaks TLS."""
    listener, arn = props["listenerArn"], props["certificateArn"]
    shown = found(lambda: aws.elbv2.describe_listeners(ListenerArns=[listener]))
    if not shown or not shown["Listeners"]:
        raise Refused(f"ListenerNotFound: there is no listener `{listener}`")
    if shown["Listeners"][0]["Protocol"] not in ("HTTPS", "TLS"):
        raise Refused(f"UnsupportedProtocol: the listener `{listener}` shows no certificate")
    _check_issued(aws, arn)
    aws.elbv2.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn}])
    return f"{listener}_{arn}"


def read_certificate(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads whether a listener still has a certificate beside its first."""
    listener, arn = identifier.split("_", 1)
    shown = found(lambda: certificates_of(aws, listener)) or []
    if not any(each["CertificateArn"] == arn and not each["IsDefault"] for each in shown):
        return None
    return {"certificateArn": arn, "listenerArn": listener}


def delete_certificate(aws: Aws, identifier: str, state: Props) -> None:
    """Takes a certificate away from a listener."""
    if read_certificate(aws, identifier, state):
        listener, arn = identifier.split("_", 1)
        aws.elbv2.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn}])


# Rules.

PLAIN_CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _condition(condition: Props) -> dict[str, Any]:
    kinds = [name for name, value in condition.items() if value]
    if len(kinds) != 1:
        raise Refused(f"InvalidConditionField: a condition has one field, got {kinds}")
    kind = kinds[0]
    if kind in PLAIN_CONDITIONS:
        field, config = PLAIN_CONDITIONS[kind]
        return {"Field": field, config: {"Values": condition[kind]["values"]}}
    if kind == "httpHeader":
        header = condition[kind]
        config = {"HttpHeaderName": header["httpHeaderName"], "Values": header["values"]}
        return {"Field": "http-header", "HttpHeaderConfig": config}
    if kind == "queryStrings":
        values = [_renamed(item, {"key": "Key", "value": "Value"}) for item in condition[kind]]
        return {"Field": "query-string", "QueryStringConfig": {"Values": values}}
    raise Refused(f"InvalidConditionField: there is no condition `{kind}`")


def _shown_condition(condition: dict[str, Any]) -> Props:
    for name, (field, config) in PLAIN_CONDITIONS.items():
        if condition["Field"] == field:
            return {name: {"values": condition.get(config, {}).get("Values") or condition.get("Values", [])}}
    if condition["Field"] == "http-header":
        header = condition["HttpHeaderConfig"]
        return {"httpHeader": {"httpHeaderName": header["HttpHeaderName"], "values": header["Values"]}}
    values = condition["QueryStringConfig"]["Values"]
    return {"queryStrings": [_backwards(item, {"key": "Key", "value": "Value"}) for item in values]}


def _conditions(props: Props) -> list[dict[str, Any]]:
    conditions = [_condition(condition) for condition in props["conditions"]]
    values = [next(v["Values"] for v in c.values() if isinstance(v, dict)) for c in conditions]
    counts = [len(items) for items in values]
    wildcards = sum(str(value).count("*") + str(value).count("?") for items in values for value in items)
    if wildcards > WILDCARDS_OF_A_RULE:
        raise Refused(f"ValidationError: a rule has at most {WILDCARDS_OF_A_RULE} wildcards, got {wildcards}")
    if max(counts, default=0) > VALUES_OF_A_CONDITION:
        raise Refused(
            f"TooManyMatchEvaluations: a condition has at most {VALUES_OF_A_CONDITION} values, got {max(counts)}"
        )
    if sum(counts) > VALUES_OF_A_RULE:
        raise Refused(f"TooManyUniqueMatchEvaluations: a rule has at most {VALUES_OF_A_RULE} values, got {sum(counts)}")
    if not conditions:
        raise Refused("ValidationError: a rule has at least one condition")
    return conditions


def _free_priority(aws: Aws, props: Props) -> int:
    """The priority that is asked for, or the one after the last."""
    rules = pages(aws.elbv2, "describe_rules", "Rules", ListenerArn=props["listenerArn"])
    taken = [int(rule["Priority"]) for rule in rules if rule["Priority"] != "default"]
    priority = props.get("priority") or max(taken, default=0) + 1
    if priority in taken:
        raise Refused(f"PriorityInUse: priority `{priority}` is currently in use")
    if not 1 <= priority <= 50_000:
        raise Refused(f"ValidationError: priority `{priority}` is not between 1 and 50000")
    return priority


def _check_quotas(aws: Aws, listener: str, actions: list[dict[str, Any]]) -> None:
    """Refuses a rule, or a target group of it, that would be one too many for the load balancer."""
    # `arn:…:listener/app/NAME/BALANCER/LISTENER` holds the load balancer's ARN.
    balancer = listener.replace(":listener/", ":loadbalancer/").rsplit("/", 1)[0]
    listeners = pages(aws.elbv2, "describe_listeners", "Listeners", LoadBalancerArn=balancer)
    rules = [
        r for item in listeners for r in pages(aws.elbv2, "describe_rules", "Rules", ListenerArn=item["ListenerArn"])
    ]
    if sum(1 for rule in rules if not rule["IsDefault"]) >= RULES_OF_A_BALANCER:
        raise Refused(f"TooManyRules: a load balancer has at most {RULES_OF_A_BALANCER} rules")
    groups = targets([*actions, *(action for rule in rules for action in rule["Actions"])])
    if len(groups) > GROUPS_OF_A_BALANCER:
        raise Refused(
            f"TooManyUniqueTargetGroupsPerLoadBalancer: a load balancer has at most {GROUPS_OF_A_BALANCER} target groups"
        )


def create_rule(aws: Aws, props: Props) -> str:
    """Makes a rule."""
    actions = [_action(aws, action) for action in props["actions"]]
    _check_quotas(aws, props["listenerArn"], actions)
    answer = aws.elbv2.create_rule(
        ListenerArn=props["listenerArn"],
        Conditions=_conditions(props),
        Actions=actions,
        Priority=_free_priority(aws, props),
        **new_tags(props),
    )
    return answer["Rules"][0]["RuleArn"]


def read_rule(aws: Aws, identifier: str, _state: Props) -> Props | None:
    """Reads a rule."""
    answer = found(lambda: aws.elbv2.describe_rules(RuleArns=[identifier]))
    if not answer or not answer["Rules"]:
        return None
    rule = answer["Rules"][0]
    # `arn:…:listener-rule/app/NAME/BALANCER/LISTENER/RULE` holds the listener's ARN.
    listener = identifier.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0]
    return {
        "actions": [_shown_action(action) for action in rule["Actions"]],
        "arn": identifier,
        "conditions": [_shown_condition(condition) for condition in rule["Conditions"]],
        "listenerArn": listener,
        "priority": int(rule["Priority"]),
        **tags_of(aws, identifier),
    }


def update_rule(aws: Aws, identifier: str, change: Change) -> None:
    """Changes priority, conditions, actions and tags of a rule."""
    if change.touches("priority"):
        priority = _free_priority(aws, change.new)
        aws.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": identifier, "Priority": priority}])
    if change.touches("conditions", "actions"):
        actions = [_action(aws, action) for action in change.new["actions"]]
        aws.elbv2.modify_rule(RuleArn=identifier, Conditions=_conditions(change.new), Actions=actions)
    update_tags(aws, identifier, change)


def delete_rule(aws: Aws, identifier: str, state: Props) -> None:
    """Deletes a rule."""
    if read_rule(aws, identifier, state):
        aws.elbv2.delete_rule(RuleArn=identifier)


RESOURCES: dict[str, Resource] = {
    "aws:lb/listener:Listener": Resource(
        create_listener,
        read_listener,
        delete_listener,
        update_listener,
        ordered=frozenset({"defaultActions"}),
    ),
    "aws:lb/listenerCertificate:ListenerCertificate": Resource(
        create_certificate, read_certificate, delete_certificate
    ),
    "aws:lb/listenerRule:ListenerRule": Resource(
        create_rule,
        read_rule,
        delete_rule,
        update_rule,
        ordered=frozenset({"actions"}),
    ),
}
FUNCTIONS: dict[str, Function] = {}
