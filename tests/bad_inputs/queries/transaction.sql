-- expected: asks for a transaction
BEGIN EXCLUSIVE
