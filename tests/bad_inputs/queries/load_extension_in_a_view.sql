-- expected: cannot be run: unsafe use of load_extension()
SELECT age, 1 AS pain, 2 AS ill FROM reaching
