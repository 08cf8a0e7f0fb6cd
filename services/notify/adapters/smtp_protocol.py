"""The content of a mail and the answer to it, as two steps.

`aiosmtplib.SMTP.data` writes the content and awaits the answer in one call, so that its caller
cannot tell whether an answer was lost before or after the final dot, which decides whether the
server may have taken the mail.

Parts of aiosmtplib that are not documented, and that this module, and no other, uses:

- `SMTP.protocol`, the connection's asyncio protocol, None without a connection;
- `SMTPProtocol.write(data)` and `SMTPProtocol.read_response(timeout)`.

pyproject.toml bounds aiosmtplib below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: see how `SMTP.data` writes and reads
now, do the same here, run tests/integration/notify, then raise the bound.
"""

import aiosmtplib


def write_content(smtp: aiosmtplib.SMTP, content: bytes) -> None:
    """Write `content`, which ends with the final dot. Raises SMTPServerDisconnected."""
    protocol = smtp.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    protocol.write(content)


async def read_answer(smtp: aiosmtplib.SMTP, *, timeout: float) -> aiosmtplib.SMTPResponse:
    """Return the server's next answer, awaited for `timeout` seconds.

    Raises SMTPServerDisconnected.
    """
    protocol = smtp.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return await protocol.read_response(timeout=timeout)
