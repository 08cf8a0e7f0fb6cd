#!/bin/sh
# Runs once, when the data folder of PostgreSQL is new: one user and one database for each service.
set -eu
make() {
    psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set=password="$2" <<SQL
create user "$1" password :'password';
create database "sportello_$1" owner "$1";
revoke all on database "sportello_$1" from public;
SQL
}
make intake "$INTAKE_DATABASE_PASSWORD"
make tickets "$TICKETS_DATABASE_PASSWORD"
make routing "$ROUTING_DATABASE_PASSWORD"
make notify "$NOTIFY_DATABASE_PASSWORD"
make portal "$PORTAL_DATABASE_PASSWORD"
