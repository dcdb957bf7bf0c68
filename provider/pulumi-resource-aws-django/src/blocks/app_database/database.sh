# Gives an app its own database and role on a shared server, or takes them away, as ACTION says. It may run any number of
# times. The server and its master user come in the variables of libpq; psql reads what is the app's from its environment,
# so that no secret stands in a list of processes.
#
# Both bear DATABASE_ID as their comment, and only who knows it takes them away: whoever made them last.
sql() {
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --set=SHOW_CONTEXT=never "$@"
}

create() {
  sql <<'SQL'
\getenv name APP_DATABASE
\getenv password APP_PASSWORD
\getenv id DATABASE_ID
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name')
\gexec

-- From version 16 on the maker of a role is no full member of it, and may not make it an owner. This comes before the
-- password: the server logs a statement that it refuses, and it refuses this one if the role is somebody else's.
SELECT format('GRANT %I TO CURRENT_USER', :'name')
\gexec

-- Always, so that the role follows a password that has changed.
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'name', :'password')
\gexec

-- A quarter of the connections that the server has for ordinary roles, so that no app takes them all. Always, so that
-- the limit follows the size of the server.
SELECT format('ALTER ROLE %I CONNECTION LIMIT %s', :'name', greatest(1, (
         current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0)
         - coalesce(current_setting('rds.rds_superuser_reserved_connections', true)::int, 0)
       ) / 4))
\gexec

SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name')
\gexec

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'name')
\gexec

SELECT format('COMMENT ON DATABASE %I IS %L', :'name', :'id')
\gexec

SELECT format('COMMENT ON ROLE %I IS %L', :'name', :'id')
\gexec
SQL
}

# What is left at its end bears another id.
drop() {
  left=$(sql --tuples-only --no-align <<'SQL'
\getenv name APP_DATABASE
\getenv id DATABASE_ID
SET client_min_messages = warning;

-- Nobody comes back while the database goes.
SELECT format('ALTER ROLE %I NOLOGIN', rolname)
  FROM pg_roles
 WHERE rolname = :'name' AND shobj_description(oid, 'pg_authid') = :'id'
\gexec

SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database
 WHERE datname = :'name' AND shobj_description(oid, 'pg_database') = :'id'
\gexec

SELECT format('DROP ROLE %I', rolname)
  FROM pg_roles
 WHERE rolname = :'name' AND shobj_description(oid, 'pg_authid') = :'id'
\gexec

SELECT 'the database' FROM pg_database WHERE datname = :'name'
 UNION
SELECT 'the role' FROM pg_roles WHERE rolname = :'name';
SQL
  ) || return
  if [ -n "$left" ]; then
    printf '%s has another id by now, and stays\n' "$left"
    return 65
  fi
}

case $ACTION in
create)
  create
  ;;
drop)
  # A server that RDS has deleted has no address any more.
  if ! getent hosts "$PGHOST" >/dev/null; then
    printf 'there is no server %s any more\n' "$PGHOST"
    exit 68
  fi
  drop
  ;;
*)
  printf 'ACTION must be create or drop, not %s\n' "$ACTION" >&2
  exit 64
  ;;
esac
