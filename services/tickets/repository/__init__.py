"""Reading and writing what tickets owns."""
