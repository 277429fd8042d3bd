-- expected: has parameters
SELECT * FROM patients WHERE id > ?
