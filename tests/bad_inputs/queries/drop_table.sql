-- expected: which is not allowed
DROP TABLE patients
