"""The bus: one small port, two transports (RabbitMQ, embedded) with the same promises.

Above the port: `consumer` (batches, inbox, verdicts), `retrier` (what could not be handled in its
batch), `commands` (asking and answering). Below it: `rabbitmq/` and `embedded`. Who hears whom is
one table in `topology`.
"""
