"""A cluster of an emulated account, with few words for what tests do in it."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from engine import REGION, tell

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Account:
    """A cluster with subnets, log groups and whatever a test makes."""

    def __init__(self, endpoint: str, cluster: str) -> None:
        self.endpoint, self.cluster = endpoint, cluster
        self.ecs, self.logs = self.client("ecs"), self.client("logs")
        self.forget()
        self.ecs.create_cluster(clusterName=cluster)
        self.subnet = self.client("ec2").describe_subnets()["Subnets"][0]
        self.group = f"/ecs/{cluster}"
        self.logs.create_log_group(logGroupName=self.group)

    def client(self, service: str, **keys: str) -> Any:
        """A client that says at once what it is answered: it tries nothing twice."""
        keys = keys or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, config=once, **keys)

    def tell(self, area: str, **stories: Any) -> None:
        """Tells of the things of this cluster: names are after the cluster's."""
        tell(self.endpoint, area, {f"{self.cluster}-{name}": story for name, story in stories.items()})

    def forget(self) -> list[dict[str, Any]]:
        """Takes back all that was told; answers the calls that were made."""
        return tell(self.endpoint, "", method="DELETE")

    def calls(self) -> list[dict[str, Any]]:
        """The calls since they were asked for last."""
        return tell(self.endpoint, "calls", method="DELETE")

    def define(self, family: str, *containers: dict[str, Any], **more: Any) -> str:
        """Registers a revision; its containers write to the log group."""
        options = {"awslogs-group": self.group, "awslogs-region": REGION, "awslogs-stream-prefix": family}
        logs = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
        answer = self.ecs.register_task_definition(
            family=f"{self.cluster}-{family}",
            containerDefinitions=[
                {"name": "app", "image": "shop/backend:v1", "memory": 512, **logs, **each}
                for each in containers or [{}]
            ],
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            **more,
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    @property
    def network(self) -> dict[str, Any]:
        """Where tasks are."""
        return {"awsvpcConfiguration": {"subnets": [self.subnet["SubnetId"]], "securityGroups": []}}

    def run(self, family: str, **more: Any) -> dict[str, Any]:
        """Runs a task; answers what RunTask answers."""
        return self.ecs.run_task(
            cluster=self.cluster,
            taskDefinition=f"{self.cluster}-{family}",
            launchType="FARGATE",
            networkConfiguration=self.network,
            **more,
        )

    def task(self, arn: str) -> dict[str, Any]:
        """What DescribeTasks shows of one: the task, or its failure."""
        answer = self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])
        return (answer["tasks"] or answer["failures"])[0]

    def statuses(self, arn: str, answers: int) -> list[str]:
        """What so many answers show a task to be."""
        return [shown.get("lastStatus") or shown["reason"] for shown in (self.task(arn) for _ in range(answers))]

    def create(self, name: str, definition: str, desired: int = 0, **more: Any) -> dict[str, Any]:
        """Makes a service with a circuit breaker."""
        return self.ecs.create_service(
            cluster=self.cluster,
            serviceName=f"{self.cluster}-{name}",
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **{"deploymentConfiguration": BREAKER, **more},
        )["service"]

    def update(self, name: str, **more: Any) -> dict[str, Any]:
        """Changes a service."""
        return self.ecs.update_service(cluster=self.cluster, service=f"{self.cluster}-{name}", **more)["service"]

    def service(self, name: str) -> dict[str, Any]:
        """What DescribeServices shows of a service."""
        names = [f"{self.cluster}-{name}"]
        return self.ecs.describe_services(cluster=self.cluster, services=names, include=["TAGS"])["services"][0]

    def deployments(self, name: str) -> list[dict[str, Any]]:
        """What ListServiceDeployments lists."""
        answer = self.ecs.list_service_deployments(cluster=self.cluster, service=f"{self.cluster}-{name}")
        return answer["serviceDeployments"]

    def deployment(self, arn: str) -> dict[str, Any]:
        """What DescribeServiceDeployments shows of one."""
        return self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]

    def tasks(self, **filters: str) -> list[dict[str, Any]]:
        """The tasks that ListTasks finds, described."""
        arns = self.ecs.list_tasks(cluster=self.cluster, **filters)["taskArns"]
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []

    def stream(self, family: str, task: str, container: str = "app") -> dict[str, str]:
        """The stream of a container, as arguments of GetLogEvents."""
        return {"logGroupName": self.group, "logStreamName": f"{family}/{container}/{task.split('/')[-1]}"}
