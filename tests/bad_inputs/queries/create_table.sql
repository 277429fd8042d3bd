-- expected: which is not allowed
CREATE TABLE copies AS SELECT * FROM patients
