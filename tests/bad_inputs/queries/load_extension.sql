-- expected: asks for a function that reaches outside the database
SELECT load_extension('/tmp/x') AS age, 1 AS pain, 2 AS ill
