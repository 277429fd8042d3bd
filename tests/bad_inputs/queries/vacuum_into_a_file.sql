-- expected: does not ask for rows
VACUUM INTO '/tmp/copy.db'
