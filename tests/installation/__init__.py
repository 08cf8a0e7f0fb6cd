"""A whole Sportello of one's own, for the tests and the bench: the one way of starting it.

start.py         embedded (`up`), or each service as processes of its own on PostgreSQL and RabbitMQ
installation.py  what can then be done with it: addresses, stop, kill and start again,
                 the command line with its settings
program.py       one of its processes
databases.py     what its databases say, read directly
http.py          a light client: keep-alive connections
people.py        people who send forms, sign in and act
mails.py         the mails that have left it
live.py          the stream of changes
waiting.py       waiting for something that other processes do
"""
