"""notify's rows: `deliveries` are the ledger of mails, `notices` what operators are told,
`preferences` how they want to be told.
"""
