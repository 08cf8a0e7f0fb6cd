"""The bus over RabbitMQ 3.10 to 4.x.

The broker only carries: retries and dead letters live in the consumers' databases.
"""
