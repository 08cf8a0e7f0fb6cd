"""The commands of `./sportello`.

Only this folder and `services/__main__.py` use several services.
"""
