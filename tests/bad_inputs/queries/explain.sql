-- expected: does not ask for rows
EXPLAIN SELECT * FROM patients
