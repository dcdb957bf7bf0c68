task=$(AWS_PAGER='' aws ecs list-tasks --region "$region" --cluster "$cluster" --service-name "$service" \
  --desired-status RUNNING --query 'taskArns[0]' --output text) || exit 1
if [ "$task" = None ]; then
  echo "no task of $service is running: release the application first, or wait until one has started" >&2
  exit 1
fi
exec aws ecs execute-command --region "$region" --cluster "$cluster" --task "$task" --container "$container" \
  --interactive --command /bin/sh
