-- expected: which is not allowed
CREATE TEMP TABLE copies AS SELECT * FROM patients
