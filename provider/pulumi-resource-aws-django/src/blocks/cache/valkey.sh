# Settings come from standard input, so that the password stands in no list of processes. Nothing is kept on disk, and
# only what has an end of life makes room for new entries: Celery's queues have none.
exec valkey-server - <<SETTINGS
port $PORT
requirepass "$REDIS_PASSWORD"
maxmemory $MAXMEMORY
maxmemory-policy volatile-lru
appendonly no
save ""
dir /tmp
SETTINGS
