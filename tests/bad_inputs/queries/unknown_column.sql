-- expected: sqlite.query cannot be run: no such column: weight
SELECT weight FROM patients
