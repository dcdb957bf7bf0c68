"""AWS for tests: moto, with what ECS, RDS, ElastiCache and other services do and moto does not.

If nothing is told, a deployment is done at once and a task that is run ends with 0 at once. A test tells other stories
by HTTP, at the server's port. `PUT` of JSON puts all that is said of an area in the place of what was said before, `{}`
and `DELETE` take it back, `DELETE /_test/` takes back everything. What is misspelt is answered with 400.

    PUT /_test/tasks     {FAMILY: story}          of tasks that RunTask makes          `told.TaskStory`
    PUT /_test/services  {SERVICE: story}         of deployments, and counts           `told.ServiceStory`
    PUT /_test/run       {FAMILY: where}          carry the containers' commands out   `told.Run`
    PUT /_test/faults    {"ecs:RunTask": fault}   refuse calls                         `told.Fault`
    PUT /_test/identity  {"account": "…"}         another account for STS to say       `told.Identity`
    GET /_test/calls                              all calls, who made each, errors; DELETE answers and forgets them

Keys are patterns of names as in a shell; the first one that fits counts. Members are in camel case. A story is taken by
a task or a deployment when it begins and stays with it; `times` gives it to the first so many only.

No clock moves anything. A number says how many answers show a state: `{"pending": 2, "running": 1}` is a task that is
PENDING in two answers, RUNNING in one, then STOPPED. An answer of DescribeTasks counts for the tasks it names, one of
DescribeServiceDeployments for the deployment and its tasks, one of DescribeServices for all of the service's, one of
ListServiceDeployments or DescribeServices for `listed`. Only what `run` carries out takes its real time.

Each answer of ours is held to botocore's model of its operation (`answers.check`).
"""

from __future__ import annotations

# To import these replaces what they replace.
from emulation import (  # noqa: F401
    cloudmap,
    ec2,
    ecr,
    ecs,
    elasticache,
    iam,
    identity,
    listeners,
    log_groups,
    logs,
    quick,
    rds,
    s3,
    scaling,
    targets,
)
from emulation.calls import Calls
from emulation.control import Control


def application() -> Control:
    """Moto's WSGI application, with all of this in front of it."""
    return Control(Calls(quick.MOTO))
