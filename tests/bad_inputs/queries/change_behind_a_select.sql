-- expected: has something behind its first statement
SELECT * FROM patients; DROP TABLE patients
