-- expected: sqlite.query cannot be run: near "patients": syntax error
patients
