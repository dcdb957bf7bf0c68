fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

ecs() {
  AWS_PAGER='' aws ecs "$@" --region "$region" --output text
}

echo "running $family"
started=$(ecs run-task --cluster "$cluster" --task-definition "$family" --count 1 --launch-type FARGATE \
  --propagate-tags TASK_DEFINITION --network-configuration "$network" \
  --query '[tasks[0].taskArn, failures[0].reason, failures[0].detail]') ||
  fail "$family could not be started, and no service has moved"
case $started in
arn:*) task=${started%%[[:space:]]*} ;;
*) fail "$family was not started, and no service has moved; ECS says: $started" ;;
esac

echo "waiting for $task"
while :; do
  state=$(ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].lastStatus') ||
    fail "nothing can be said about $task, and no service has moved"
  case $state in
  STOPPED) break ;;
  None) fail "$task is not known to ECS any more, and no service has moved" ;;
  esac
  ecs wait tasks-stopped --cluster "$cluster" --tasks "$task" || echo "still waiting for $task"
done

for container in database backend_update; do
  code=$(ecs describe-tasks --cluster "$cluster" --tasks "$task" \
    --query "tasks[0].containers[?name=='$container'].exitCode | [0]") || code=unknown
  if [ "$code" != 0 ]; then
    reason=$(ecs describe-tasks --cluster "$cluster" --tasks "$task" \
      --query 'tasks[0].[stoppedReason, containers[].reason | [0]]') || reason=unknown
    fail "the container $container of $task ended with the exit code $code, and no service has moved
ECS says: $reason
its output is in the log group $log_group"
  fi
done

for service in "$@"; do
  shift
  count=$(ecs describe-services --cluster "$cluster" --services "$service" --include TAGS \
    --query "services[0].tags[?key=='desired-count'].value | [0]") || fail "nothing can be said about $service"
  case $count in
  '' | *[!0-9]*) fail "$service has no tag desired-count that says how many tasks it is to have" ;;
  esac
  echo "moving $service to its newest revision, $count tasks"
  deployment=$(ecs update-service --cluster "$cluster" --service "$service" --task-definition "$service" \
    --desired-count "$count" --force-new-deployment \
    --query "service.deployments[?status=='PRIMARY'].id | [0]") || fail "$service could not be moved"
  set -- "$@" "$service" "$deployment"
done

while [ "$#" -gt 0 ]; do
  service=$1
  deployment=$2
  shift 2
  echo "waiting for $service"
  ecs wait services-stable --cluster "$cluster" --services "$service" ||
    fail "$service is not stable yet: look at its events and its logs"
  live=$(ecs describe-services --cluster "$cluster" --services "$service" \
    --query "services[0].deployments[?status=='PRIMARY'].id | [0]") || fail "nothing can be said about $service"
  [ "$live" = "$deployment" ] ||
    fail "$service went back to what ran before, since its new tasks did not start or did not become healthy"
done
echo 'the newest revisions are live'
