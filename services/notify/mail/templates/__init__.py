"""The words of what notify sends: `mails` to requesters, `notices` to operators."""
