"""PostgreSQL and RabbitMQ for the tests and the bench, taken from wherever this machine can give
them.

choose.py      where a server comes from, in this order: a URL in the environment, Docker, the
               machine's own programs, `apt-get install` and then the same; otherwise one sentence
               (`NoServer`) that says what to do
server.py      what a server can do: url, start, stop, restart, kill, pause, resume; databases and
               vhosts of one's own
private_*.py   the machine's programs, started in a temporary folder on free ports
containers.py  the same in Docker
given.py       servers of somebody else, given by URL: used, never stopped
vhosts.py      a pool of vhosts, one for each test
proxy.py       a TCP proxy that cuts, holds and heals connections
"""
