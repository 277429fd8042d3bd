-- expected: has something behind its first statement
SELECT * FROM patients; SELECT 1
